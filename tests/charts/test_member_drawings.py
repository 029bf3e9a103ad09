"""Drawings of the members of a dimension, and of what moved a number."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import chart_samples as samples
import pytest
from chart_samples import FLIGHTS, PUNCTUAL
from drawing_parts import label_of, lines, number, parsed
from svg_paths import corners

from sharekit.numbers.results import Point
from sharekit.records import replace
from sharekit.site import charts

# -- members --------------------------------------------------------------------------------------


def test_end_labels_are_kept_fourteen_pixels_apart() -> None:
    days = samples.weeks(8)
    slices = tuple(
        samples.member(name, samples.series(days, 10, 20 + n / 100, 0))
        for n, name in enumerate("ABCDE")
    )
    reading = samples.reading(samples.series(days, 10, 20.02, 0), slices={"part": slices})
    for svg in (
        charts.by_lines(FLIGHTS, reading, "part").wide,
        charts.by_lines(FLIGHTS, reading, "part").narrow,
    ):
        heights = sorted(number(group.findall("text")[-1], "y") for group in parsed(svg).iter("g"))
        assert len(heights) == 6
        assert all(after - before >= 13.9 for before, after in pairwise(heights))


def test_lines_can_be_lit_by_their_key() -> None:
    chart = charts.by_lines(PUNCTUAL, samples.punctual(), "origin")
    keys = {group.get("data-s"): group.get("class") for group in parsed(chart.wide).iter("g")}
    assert keys == {
        charts.member_key("JFK"): "s c1",
        charts.member_key("EWR"): "s c2",
        charts.member_key("LGA"): "s c3",
        "all": "s is-on",
    }
    lit = charts.by_lines(PUNCTUAL, samples.punctual(), "origin", lit=charts.member_key("JFK"))
    assert 'class="s is-on" data-s="' + charts.member_key("JFK") in lit.wide


def test_keys_tell_all_members_apart() -> None:
    members = ["all", "All", "a b", "a-b", "a_b", "A B", "", "日本", "東京", "x"]
    keys = [charts.member_key(member) for member in members]
    assert len(set(keys)) == len(members)
    assert "all" not in keys
    assert all(re.fullmatch(r"[a-z0-9-]+", key) for key in keys)
    assert charts.member_key("x") == "x"


def test_many_members_are_small_multiples_on_one_scale() -> None:
    chart = charts.by_lines(PUNCTUAL, samples.punctual(), "carrier")
    cells = [group for group in parsed(chart.wide).iter("g") if group.get("class") == "cell"]
    assert len(cells) == 12
    assert "and 2 between, in the CSV file" in chart.wide
    scales = {
        tuple(
            node.text
            for node in cell.iter("text")
            if node.get("text-anchor") == "end" and "%" in (node.text or "")
        )[:2]
        for cell in cells[::3]
    }
    assert len(scales) == 1
    assert set(chart.table.head[1:-1]) < set(samples.CARRIERS)
    assert len(chart.table.head[1:-1]) == 12


@pytest.mark.parametrize("name", ["Region North {}", "Sales region of the far north {}"])
def test_headings_of_small_charts_tell_their_members_apart(name: str) -> None:
    carriers = samples.punctual().slices["carrier"][:12]
    named = tuple(replace(part, member=name.format(n)) for n, part in enumerate(carriers))
    reading = replace(samples.punctual(), slices={"region": named})
    for size in ("half", "full"):
        chart = charts.by_lines(PUNCTUAL, reading, "region", charts.ChartOptions(size=size))
        for svg in (chart.wide, chart.narrow):
            cells = [cell for cell in parsed(svg).iter("g") if "cell" in (cell.get("class") or "")]
            headings = [cell.findall("text")[-2:] for cell in cells]
            assert len({heading.text for heading, _ in headings}) == 12
            for heading, value in headings:
                assert not label_of(heading).box.overlap(label_of(value).box)


def test_members_without_a_total_are_drawn_over_their_own_periods() -> None:
    punctual = samples.punctual()
    short = replace(punctual.slices["origin"][0], series=punctual.slices["origin"][0].series[4:])
    slices = {"origin": (short, *punctual.slices["origin"][1:])}
    chart = charts.by_lines(
        PUNCTUAL, replace(punctual, series=(), value=None, open_point=None, slices=slices), "origin"
    )
    assert [group.get("class") for group in parsed(chart.wide).iter("g")] == [
        "s c1",
        "s c2",
        "s c3",
    ]
    assert len(chart.table.rows) == 26
    assert chart.table.rows[0][1].text == ""
    assert chart.table.head == ("Week", "JFK", "EWR", "LGA")


def test_of_many_members_the_best_and_the_worst_are_drawn() -> None:
    shops = tuple(f"Shop {n:03}" for n in range(300))
    reading = samples.flights(26, shops)
    up = replace(FLIGHTS, direction="up")
    values = {entry.member: entry.value or 0.0 for entry in reading.slices["origin"]}
    ranked = sorted(values, key=lambda member: -values[member])
    for chart in (charts.by_bars(up, reading, "origin"), charts.by_lines(up, reading, "origin")):
        drawn = [shop for shop in shops if f">{shop}<" in chart.wide]
        assert set(drawn) == {*ranked[:6], *ranked[-6:]}
        assert "and 288 between, in the CSV file" in chart.wide
        assert "others" not in chart.wide
    together = sum(values.values()) - sum(values[shop] for shop in (*ranked[:6], *ranked[-6:]))
    assert f"together {up.text(together)}" in charts.by_bars(up, reading, "origin").wide


def test_years_of_days_are_a_median_within_its_range() -> None:
    reading = samples.daily(1_826)
    daily = replace(FLIGHTS, grain="day")
    chart = charts.line_chart(daily, reading)
    for drawing in (chart.wide, chart.narrow):
        (line,), (band,) = lines(drawing), lines(drawing, "range")
        assert 30 < len(corners(line)) < 160
        assert band.endswith("Z")
    assert "the line is their median, the band their range" in chart.finding
    few = charts.line_chart(daily, reading, charts.ChartOptions(last=91))
    assert lines(few.wide, "range") == []
    assert "median" not in few.finding


def test_years_of_days_as_bars_are_medians_with_their_range() -> None:
    reading = samples.daily(1_826)
    daily = replace(FLIGHTS, grain="day")
    chart = charts.bar_chart(daily, reading)
    for drawing in (chart.wide, chart.narrow):
        (bars,), (ranges,) = lines(drawing, "r1"), lines(drawing, "reach")
        assert bars.count("M") == ranges.count("M") < 130
        _, *widths = (float(width) for width in re.findall(r"h(\d[\d.]*)", bars))
        assert min(widths) >= 2
    assert "the bar is their median, the line their range" in chart.finding
    few = charts.bar_chart(daily, reading, charts.ChartOptions(last=91))
    assert lines(few.wide, "reach") == []
    assert "median" not in few.finding


def test_a_bar_of_a_week_is_its_median_and_its_line_the_range() -> None:
    values = [float(n % 7 + 10 * (n // 7)) for n in range(7 * 30)]
    start = date(2013, 1, 7)
    series = [Point(start + timedelta(days=n), value) for n, value in enumerate(values)]
    drawing = charts.bar_chart(
        replace(FLIGHTS, grain="day"), samples.reading(series, grain="day")
    ).wide
    (bars,), (ranges,) = lines(drawing, "r1"), lines(drawing, "reach")
    tops = [float(top) for top in re.findall(r"M[\d.]+ ([\d.]+)h", bars)]
    reaches = re.findall(r"M[\d.]+ ([\d.]+)V([\d.]+)", ranges)
    ten = (tops[0] - tops[-1]) / 29
    assert len(tops) == 30
    for top, (high, low) in zip(tops, reaches, strict=True):
        assert float(low) - top == pytest.approx(0.3 * ten, abs=0.2)
        assert top - float(high) == pytest.approx(0.3 * ten, abs=0.2)


def test_a_stack_of_many_days_is_drawn_by_their_mean() -> None:
    daily = replace(FLIGHTS, grain="day")
    chart = charts.by_stack(daily, samples.daily(365, whole=True), "origin")
    for drawing in (chart.wide, chart.narrow):
        assert lines(drawing, "r1")[0].count("M") < 130
    assert "each bar is their mean" in chart.finding
    assert "mean" not in charts.by_stack(daily, samples.daily(91, whole=True), "origin").finding


def test_members_that_do_not_add_up_are_not_stacked() -> None:
    assert 'class="s' in charts.by_stack(PUNCTUAL, samples.punctual(), "origin").wide
    assert 'class="r1"' in charts.by_stack(FLIGHTS, samples.flights(), "origin").wide


def test_a_stack_sums_what_it_leaves_out() -> None:
    reading = samples.flights(13, tuple("ABCDEF"))
    chart = charts.by_stack(FLIGHTS, reading, "origin")
    rest = sum(entry.value or 0 for entry in reading.slices["origin"][3:])
    assert f"{rest:,.0f} others" in chart.wide
    assert chart.table.head == ("Week", "A", "B", "C", "D", "E", "F", "All")


def test_ranked_shares_show_the_total_and_sums_do_not() -> None:
    assert 'data-s="all"' in charts.by_bars(PUNCTUAL, samples.punctual(), "origin").wide
    chart = charts.by_bars(FLIGHTS, samples.flights(), "origin")
    assert 'data-s="all"' not in chart.wide
    assert chart.table.foot[1].value == samples.flights().value
    assert [cell.text for cell in chart.table.foot] == ["All", "6,158 flights", "100.0%"]


# -- what moved it --------------------------------------------------------------------------------


def test_what_moved_it_adds_up() -> None:
    reading = samples.flights(13, tuple("ABCDEFGH"))
    chart = charts.moved_chart(FLIGHTS, reading, "origin")
    assert chart is not None
    parts = sum(float(row[1].value or 0) for row in chart.table.rows)
    together = (reading.series[-1].value or 0) - (reading.series[-2].value or 0)
    assert parts == pytest.approx(together)
    assert chart.table.foot[1].value == together
    assert len(chart.table.rows) == 6


def test_what_belongs_to_no_member_is_told() -> None:
    reading = samples.flights(13)
    missing = replace(reading, slices={"origin": reading.slices["origin"][:2]})
    chart = charts.moved_chart(FLIGHTS, missing, "origin")
    assert chart is not None
    assert chart.table.rows[-1][0].text == "No origin"


def test_a_ratio_is_not_split_into_parts_it_does_not_have() -> None:
    assert charts.moved_chart(PUNCTUAL, samples.punctual(), "origin") is None
    assert charts.moved_chart(FLIGHTS, samples.flights(1), "origin") is None
    assert charts.moved_chart(FLIGHTS, samples.flights(), "nothing") is None
