"""What every drawing keeps: valid, escaped, the same each time, said in words, and honest about
gaps and zero."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from xml.etree import ElementTree

import chart_samples as samples
import pytest
from chart_gallery import panels, write_gallery
from chart_samples import AS_OF, FLIGHTS, OFFICES, PUNCTUAL, Q4
from markupsafe import Markup

from sharekit.escape import script_json
from sharekit.numbers.results import Point
from sharekit.records import replace
from sharekit.revisions.revision import EffectStep
from sharekit.site import charts
from sharekit.site.charts import Chart, Mark, Node, StripMark, Subject
from sharekit.site.charts.chart_markup import DRAWN
from sharekit.site.charts.labels import Label, text_width
from sharekit.site.icons import SYMBOLS

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert(1)</script>&amp;'%{x}"


def every_chart() -> Iterator[tuple[str, Chart]]:
    for title, chart in panels().items():
        if chart is None:
            continue
        for value, one in chart.items() if isinstance(chart, dict) else [("", chart)]:
            yield f"{title} {value}".strip(), one


EVERY = dict(every_chart())
each_chart = pytest.mark.parametrize("chart", EVERY.values(), ids=EVERY.keys())


def parsed(svg: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def lines(svg: Markup, class_: str = "ln") -> list[str]:
    return [node.get("d", "") for node in parsed(svg).iter("path") if node.get("class") == class_]


def number(node: ElementTree.Element, name: str) -> float:
    return float(node.get(name, "nan"))


def label_of(node: ElementTree.Element) -> Label:
    place = number(node, "x"), number(node, "y")
    return Label(node.text or "", *place, node.get("text-anchor", "start"), node.get("class"))


# -- all drawings ---------------------------------------------------------------------------------


@each_chart
def test_both_drawings_are_well_formed_and_named_by_the_finding(chart: Chart) -> None:
    for svg, class_ in ((chart.wide, "w"), (chart.narrow, "n")):
        root = parsed(svg)
        assert root.get("class") == class_
        assert root.get("role") == "img"
        assert root.get("aria-label") == chart.finding
    assert chart.finding.endswith(".")


@each_chart
def test_a_page_keeps_as_much_room_on_a_phone_as_its_drawing_takes(chart: Chart) -> None:
    figure = chart.figure
    if figure and figure["layout"]["meta"]["kind"] in DRAWN:
        assert parsed(chart.make_room()).get("viewBox") == parsed(chart.narrow).get("viewBox")


@each_chart
def test_there_is_no_inline_style_and_no_handler(chart: Chart) -> None:
    for svg in (chart.wide, chart.narrow):
        for node in parsed(svg).iter():
            assert not [name for name in node.attrib if name == "style" or name.startswith("on")]


@each_chart
def test_there_are_at_most_five_gridlines(chart: Chart) -> None:
    for svg in (chart.wide, chart.narrow):
        per_plot = [
            {
                node.get("y1")
                for node in group
                if node.get("class") in ("grid", "axis") and node.get("y1") == node.get("y2")
            }
            for group in parsed(svg).iter()
        ]
        assert max(len(heights) for heights in per_plot) <= 5


@each_chart
def test_nothing_is_drawn_left_of_or_below_the_drawing(chart: Chart) -> None:
    for svg in (chart.wide, chart.narrow):
        root = parsed(svg)
        width, height = map(float, root.get("viewBox", "").split()[2:])
        for node in root.iter():
            for name, most in (
                ("x", width),
                ("x1", width),
                ("cx", width),
                ("y", height),
                ("y1", height),
                ("cy", height),
            ):
                assert -1 <= number(node, name) <= most + 1 or node.get(name) is None


def test_coordinates_have_at_most_one_decimal() -> None:
    for chart in EVERY.values():
        for found in re.findall(r'\b(?:x|y|x1|x2|y1|y2|cx|cy|d|width|height)="([^"]*)"', chart.svg):
            assert not re.search(r"\.\d\d", found), found


@pytest.mark.slow
def test_the_same_readings_give_the_same_bytes(tmp_path_factory: pytest.TempPathFactory) -> None:
    one, other = (write_gallery(tmp_path_factory.mktemp("gallery")).read_bytes() for _ in range(2))
    assert one == other


def test_every_class_has_a_rule(tmp_path_factory: pytest.TempPathFactory) -> None:
    static = files("sharekit.site").joinpath("static")
    rules = "".join(static.joinpath(name).read_text() for name in ("site.css", "charts.css"))
    known = set(re.findall(r"\.([A-Za-z_][\w-]*)", rules))
    html = write_gallery(tmp_path_factory.mktemp("classes")).read_text()
    drawn = [
        word
        for svg in re.findall(r"<svg.*?</svg>", html, re.S)
        for word in re.findall(r'class="([^"]*)"', svg)
    ]
    used = {name for names in drawn for name in names.split()}
    assert used - known - {"lb--soft", "row", "cap", "cell", "me"} - known == set()


# -- text from people -----------------------------------------------------------------------------


def test_text_from_people_stays_text() -> None:
    subject = replace(PUNCTUAL, title=HOSTILE)
    reading = samples.punctual()
    slices = (replace(reading.slices["origin"][0], member=HOSTILE), *reading.slices["origin"][1:])
    hostile = replace(
        reading,
        slices={
            HOSTILE: slices,
            "many": tuple(replace(s, member=HOSTILE + s.member) for s in reading.slices["carrier"]),
        },
    )
    drawn = [
        charts.line_chart(
            subject, hostile, charts.ChartOptions(marks=[Mark(date(2013, 11, 4), HOSTILE)])
        ),
        charts.by_lines(subject, hostile, HOSTILE),
        charts.by_lines(subject, hostile, "many"),
        charts.by_bars(subject, hostile, HOSTILE),
        charts.pace_chart(
            subject, reading, samples.okr(0.77, baseline=0.7, target=0.8, forecast=None), Q4, AS_OF
        ),
    ]
    made = [
        charts.plot(chart, HOSTILE, live=True) + charts.table_markup(chart.table, HOSTILE)
        for chart in drawn
    ]
    made += [
        charts.explore_button(HOSTILE, HOSTILE),
        charts.lineage_drawing(HOSTILE, [Node(HOSTILE, HOSTILE)], []),
    ]
    made.append(charts.strip([StripMark(HOSTILE, 0.5, "on_track")], 0.5))
    for markup in made:
        assert "<script>alert" not in markup
        assert 'alert(1)</script>"' not in markup
        ElementTree.fromstring(f"<div>{str(markup).replace(' hidden=', ' data-h=')}</div>")


def test_names_from_right_to_left_leave_numbers_where_they_are() -> None:
    """Without marks around them, "A 6, B -9" is read as "9- B ,6 A"."""
    name = "\u05ea\u05dc \u05d0\u05d1\u05d9\u05d1"
    months = samples.months(6)
    members = (
        samples.member(name, samples.series(months, 5, 6, 0)),
        samples.member("Oslo", samples.series(months, 9, 7, 0)),
    )
    total = samples.series(months, 14, 13, 0)
    reading = samples.reading(total, grain="month", slices={"region": members})
    kept = f"\u200e{name}\u200e"
    lines = charts.by_lines(FLIGHTS, reading, "region")
    assert f"Oslo 7, {kept} 6." in lines.finding
    assert f"6 {kept}" in str(lines.wide)
    assert lines.table.head[1:3] == (kept, "Oslo")
    assert kept in str(charts.by_bars(FLIGHTS, reading, "region").wide)


def test_a_value_that_is_no_number_is_a_gap() -> None:
    points = samples.series(samples.weeks(6), 10, 20, 0)
    odd = (*points[:2], Point(points[2].on, math.nan), *points[3:5], Point(points[5].on, math.inf))
    gaps = samples.with_gaps(points, 2, 5)
    assert (
        charts.line_chart(FLIGHTS, samples.reading(odd)).svg
        == charts.line_chart(FLIGHTS, samples.reading(gaps)).svg
    )


# -- gaps, zero, open periods ---------------------------------------------------------------------


def test_a_gap_breaks_the_line() -> None:
    points = samples.series(samples.weeks(10), 10, 20, 1)
    (whole,) = lines(charts.line_chart(FLIGHTS, samples.reading(points)).wide)
    (broken,) = lines(
        charts.line_chart(FLIGHTS, samples.reading(samples.with_gaps(points, 4))).wide
    )
    assert whole.count("M") == 1
    assert broken.count("M") == 2
    assert broken.count("L") == whole.count("L") - 2


def test_a_value_between_two_gaps_is_a_dot() -> None:
    points = samples.with_gaps(samples.series(samples.weeks(7), 10, 20, 1), 2, 4)
    (drawn,) = lines(charts.line_chart(FLIGHTS, samples.reading(points)).wide)
    assert "h0" in drawn


def test_the_open_period_is_apart_from_the_line() -> None:
    points = samples.series(samples.weeks(10), 10, 20, 1)
    closed = charts.line_chart(FLIGHTS, samples.reading(points))
    running = charts.line_chart(FLIGHTS, samples.reading(points, running=19.0))
    (line,), (open_line,) = lines(running.wide), lines(running.wide, "ln ln--open")
    assert line.count("L") == 9
    assert open_line.startswith("M" + line.rsplit("L", 1)[1])
    assert "dot--open" in running.wide
    assert "dot--open" not in closed.wide
    assert "19 flights so far" not in running.wide
    assert "19 so far" in running.wide
    assert running.table.rows[-1][0].text.endswith(", so far")


def test_a_fraction_of_a_full_period_does_not_flatten_the_line() -> None:
    chart = charts.line_chart(FLIGHTS, samples.flights())
    assert "2,310 so far" in chart.wide
    assert "dot--open" not in chart.wide
    assert "dot--open" not in charts.sparkline(FLIGHTS, samples.flights())


def test_periods_in_part_never_leave_the_plot() -> None:
    points = samples.series(samples.weeks(12), 1000, 1010, 1)
    first = (Point(points[0].on - timedelta(days=7), 90.0),)
    for running, words in ((150.0, "↓ 150 so far"), (9000.0, "↑ 9,000 so far"), (1005.0, "1,005")):
        reading = replace(samples.reading(points, running=running), partial=first)
        drawn = charts.line_chart(FLIGHTS, reading).wide
        rows = [
            float(row)
            for line in lines(drawn, "ln ln--open")
            for row in re.findall(r"[ML]-?[\d.]+ (-?[\d.]+)", line)
        ]
        ground = [float(row) for row in re.findall(r'class="axis"[^>]* y1="([\d.]+)"', drawn)]
        assert words in drawn
        assert rows
        assert max(rows) <= max(ground)


def columns(root: ElementTree.Element) -> list[tuple[float, float]]:
    """Top and height of the upright bars of the first colour."""
    drawn = [node.get("d", "") for node in root.iter("path") if node.get("class") == "r1"]
    found = re.findall(r"M\S+ (\S+?)h\S+?v(\S+?)h", "".join(drawn))
    return [(float(top), float(height)) for top, height in found]


def test_bars_start_at_zero() -> None:
    for chart in (
        charts.bar_chart(FLIGHTS, samples.flights()),
        charts.by_stack(FLIGHTS, samples.flights(), "origin"),
    ):
        root = parsed(chart.wide)
        (axis,) = {number(node, "y1") for node in root.iter("line") if node.get("class") == "axis"}
        ends = [top + height for top, height in columns(root)]
        assert ends
        assert all(abs(end - axis) < 1.6 for end in ends)


def test_negative_bars_hang_below_the_axis() -> None:
    points = tuple(
        Point(day, value)
        for day, value in zip(samples.weeks(4), (5.0, -3.0, 2.0, -4.0), strict=True)
    )
    root = parsed(charts.bar_chart(FLIGHTS, samples.reading(points)).wide)
    (axis,) = [number(node, "y1") for node in root.iter("line") if node.get("class") == "axis"]
    tops = [top for top, _ in columns(root)]
    assert [top < axis - 1 for top in tops] == [True, False, True, False]


def test_bars_are_as_long_as_their_values() -> None:
    reading = samples.flights()
    root = parsed(charts.by_bars(FLIGHTS, reading, "origin").wide)
    widths = [number(node, "width") for node in root.iter("rect") if node.get("class") == "r1"]
    values = [entry.value or 0 for entry in reading.slices["origin"]]
    assert [width / widths[0] for width in widths] == pytest.approx(
        [value / values[0] for value in values], abs=0.01
    )


# -- targets and marks ----------------------------------------------------------------------------


def test_a_dated_target_is_a_step_with_both_values() -> None:
    chart = charts.line_chart(PUNCTUAL, samples.punctual())
    (path,) = lines(chart.wide, "target")
    assert path.count("H") == 2
    assert path.count("V") == 1
    assert "Target 82%" in chart.wide
    assert ">85%<" in chart.wide
    assert [row[2].text for row in chart.table.rows[-3:]] == ["82.0%", "82.0%", "82.0%"]


@pytest.mark.parametrize("running", [4300.0, 4100.0, 3000.0])
def test_the_newest_bars_value_keeps_off_the_open_ones(running: float) -> None:
    reading = samples.reading(samples.series(samples.weeks(26), 900, 4000, 0), running=running)
    for drawing in (
        charts.bar_chart(FLIGHTS, reading).wide,
        charts.bar_chart(FLIGHTS, reading).narrow,
    ):
        said = [
            node
            for node in parsed(drawing).iter("text")
            if (node.get("class") or "").startswith("lb")
        ]
        boxes = [label_of(node).box for node in said]
        assert len(boxes) == 2
        assert boxes[0].overlap(boxes[1]) == 0


def test_the_newest_value_keeps_off_the_days_below_the_plot() -> None:
    falling = samples.reading(
        samples.series(samples.weeks(26), 0.105, 0.081, 0.004), running=0.083, target=0.08
    )
    for drawing in (
        charts.line_chart(PUNCTUAL, falling).wide,
        charts.line_chart(PUNCTUAL, falling).narrow,
    ):
        said = list(parsed(drawing).iter("text"))
        (value,) = [node for node in said if "lb--accent" in (node.get("class") or "")]
        bottom = max(number(node, "y") for node in said)
        days = [node for node in said if number(node, "y") == bottom]
        boxes = [label_of(node).box for node in (value, *days)]
        assert all(boxes[0].overlap(other) == 0 for other in boxes[1:])


def test_a_target_out_of_reach_is_told_in_words() -> None:
    chart = charts.line_chart(
        FLIGHTS, samples.reading(samples.series(samples.weeks(8), 900, 940, 3), target=9000)
    )
    assert "Target 9,000, above this chart" in chart.wide
    assert not lines(chart.wide, "target")


def test_many_targets_have_words_where_all_have_room() -> None:
    """A plan by month: its words would lie over each other, the line and the axis."""
    sold = samples.series(samples.months(22), 300, 330, 6)
    subject = Subject("sales", "Sales", None, "integer", "up", "month")

    def said(goals: list[float]) -> list[str]:
        targets = [(p.on, goal) for p, goal in zip(sold, goals, strict=False) if goal]
        reading = samples.reading(sold, grain="month", targets=targets)
        drawing = parsed(charts.line_chart(subject, reading, charts.ChartOptions(size="full")).wide)
        labels = [label_of(node) for node in drawing.iter("text")]
        for one, other in pairwise(sorted(labels, key=lambda label: label.box.top)):
            assert not one.box.overlap(other.box), (one.text, other.text)
        return sorted(label.text for label in labels if label.class_ == "lb lb--soft lb--sm")

    monthly = [303.0 + n % 12 for n in range(22)]
    assert said(monthly) == ["Target 312"]
    assert said([214, *[0] * 4, 218, *[0] * 4, 222, *[0] * 4, 226]) == [
        "214",
        "218",
        "222",
        "Target 226",
    ]


def test_marks_stand_on_their_day_and_never_write_over_each_other() -> None:
    reading = samples.punctual()
    marks = [
        Mark(reading.series[-1].on - timedelta(days=n), f"revision {n}") for n in (0, 3, 7, 90)
    ]
    root = parsed(
        charts.line_chart(
            PUNCTUAL,
            reading,
            charts.ChartOptions(marks=[*marks, Mark(date(2001, 1, 1), "long ago")]),
        ).wide
    )
    groups = [
        node for node in root.iter("g") if (node.findtext("title") or "").startswith("revision")
    ]
    assert len(groups) == 4
    assert "long ago" not in "".join(root.itertext())
    labels = [node for node in root.iter("text") if node.get("class") == "mark"]
    assert [label.text for label in labels] == ["revision 0", "revision 90"]


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
        assert line.count("L") < 160
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


# -- key results ----------------------------------------------------------------------------------


def test_the_pace_says_how_far_behind() -> None:
    chart = charts.pace_chart(
        OFFICES, samples.offices(), samples.okr(2041, original=2400), Q4, AS_OF
    )
    for svg in (chart.wide, chart.narrow):
        words = [node.text for node in parsed(svg).iter("text")]
        assert {"52 behind", "2,041", "2,250 target", "2,158 projected", "today"} <= set(words)
    assert "2,400 first target" in chart.wide
    assert (
        chart.finding
        == "Active offices, 1 Oct to 31 Dec 2013: 1,884 to 2,041 on 22 Nov. Expected pace on 22 Nov"
        " 2,093, so 52 behind. Projected for 31 Dec: 2,158, between 2,124 and 2,192. Target"
        " 2,250, was 2,400."
    )


def test_what_is_on_track_is_not_called_behind() -> None:
    on_track = samples.okr(2085, status="on_track")
    chart = charts.pace_chart(OFFICES, samples.offices(), on_track, Q4, AS_OF)
    assert "behind" not in chart.wide
    assert 'class="behind"' not in chart.wide


def test_a_closed_key_result_has_no_today_and_no_projection() -> None:
    closed = samples.okr(2262, status="achieved", closed=True)
    chart = charts.pace_chart(OFFICES, samples.offices(), closed, Q4, date(2014, 1, 9))
    assert "today" not in chart.wide
    assert "projected" not in chart.wide


def test_only_the_key_results_own_periods_count() -> None:
    chart = charts.pace_chart(
        PUNCTUAL,
        samples.punctual(),
        samples.okr(0.77, baseline=0.74, target=0.82, forecast=None),
        Q4,
        AS_OF,
    )
    days = [row[0].value for row in chart.table.rows]
    assert days[0] == "2013-10-06"
    assert days[-1] == "2013-11-17"


def test_a_number_without_time_is_a_point_today() -> None:
    single = replace(samples.offices(), grain=None, series=(), shape="number")
    chart = charts.pace_chart(OFFICES, single, samples.okr(2041, forecast=None), Q4, AS_OF)
    assert [row[0].value for row in chart.table.rows] == ["2013-11-22"]


@pytest.mark.parametrize(
    ("forecast", "said"),
    [
        ((2158, 2124, 2192), "At this pace it ends 92 short of its target"),
        ((2260, 2255, 2300), "At this pace it ends 10 above its target"),
        ((2250.3, 2250, 2300), "At this pace it ends on its target"),
        ((2260, 2200, 2300), "Too early to tell: 2,200 to 2,300 at the end"),
        (None, None),
    ],
)
def test_the_headline_tells_where_it_ends(
    forecast: tuple[float, float, float] | None, said: str | None
) -> None:
    course = charts.course_of(
        OFFICES, samples.offices(), samples.okr(2041, forecast=forecast), Q4, AS_OF
    )
    assert charts.pace_headline(course) == said


def test_where_lower_is_better_the_end_is_better_than_the_target() -> None:
    bugs = Subject("bugs", "Open bugs", "bugs", ",.0f", "down")
    for told, said in [
        ((40, 35, 45), "ends 10 bugs below its"),
        ((60, 55, 70), "ends 10 bugs short of its"),
    ]:
        falling = samples.okr(80, baseline=100, target=50, forecast=told)
        course = charts.course_of(bugs, samples.offices(), falling, Q4, AS_OF)
        assert said in (charts.pace_headline(course) or "")


def test_a_distance_of_a_few_things_is_neither_none_nor_exact() -> None:
    bugs = Subject("bugs", "Open bugs", "bugs", ",.0f", "down")
    assert [bugs.distance(change) for change in (0.12, 2.86, 20.3, 1.0)] == [
        "0.1 bugs",
        "2.9 bugs",
        "20 bugs",
        "1 bug",
    ]
    assert bugs.rate(-0.175) == "−0.2 bugs"
    assert PUNCTUAL.rate(0.003) == "+0.3 pt"
    assert [bugs.short_change(1), bugs.short_change(-3)] == [
        "+1",
        "−3",
    ], "no unit inside a drawing, not even of one"


def test_a_range_without_width_is_not_told() -> None:
    sure = samples.okr(2041, forecast=(2158, 2158, 2158))
    assert "2,158 to" not in charts.pace_chart(OFFICES, samples.offices(), sure, Q4, AS_OF).wide
    wide = samples.okr(2041)
    assert "2,124 to 2,192" in charts.pace_chart(OFFICES, samples.offices(), wide, Q4, AS_OF).wide


def test_a_band_of_shares_has_no_ticks_below_zero() -> None:
    kept = replace(samples.okr(0.006, baseline=0.0, target=0.01, forecast=None), pace=())
    points = samples.series(samples.weeks(8), 0.004, 0.006, 0.001)
    chart = charts.pace_chart(PUNCTUAL, samples.reading(points), kept, Q4, AS_OF, band=(0.0, 0.01))
    assert "−" not in chart.wide


def test_a_wild_projection_is_cut_at_the_frame() -> None:
    wild = samples.okr(2041, forecast=(9000, 2000, 20000))
    root = parsed(charts.pace_chart(OFFICES, samples.offices(), wild, Q4, AS_OF).wide)
    height = float(root.get("viewBox", "").split()[3])
    for node in root.iter("path"):
        if node.get("class") in ("band", "ln ln--proj"):
            numbers = [float(found) for found in re.findall(r"-?[\d.]+", node.get("d", ""))]
            assert all(0 <= y <= height for y in numbers[1::2])


def test_confidence_goes_in_steps() -> None:
    svg = charts.confidence_chart([(date(2013, 10, 5), 7), (date(2013, 11, 21), 4)])
    (line,) = lines(svg)
    assert line.count("L") == 2
    assert parsed(svg).get("aria-label") == "Confidence: 7 of 10 from 5 Oct, 4 from 21 Nov."
    assert charts.confidence_chart([]) == ""


# -- definitions and lineage ----------------------------------------------------------------------


def test_the_difference_between_definitions_is_hatched_where_both_are_known() -> None:
    days = samples.weeks(10)
    old = samples.with_gaps(samples.series(days, 20, 30, 0), 4)
    chart = charts.definition_chart(FLIGHTS, old, samples.series(days, 15, 22, 0))
    assert len(lines(chart.wide, "between")) == 2
    assert "8 lower" in chart.wide
    assert chart.finding.endswith(
        "Old: 20 to 30 flights. New: 15 to 22 flights. The newest value is 8 flights lower."
    )


def test_the_bridge_adds_up_even_where_the_steps_do_not() -> None:
    steps = [EffectStep("Trials", -139.0), EffectStep("Refunds", -61.0)]
    rows = charts.bridge(OFFICES, 2268, 2041, steps)
    assert [(row.label, row.text) for row in rows] == [
        ("Old definition", "2,268"),
        ("Trials", "\N{MINUS SIGN}139"),
        ("Refunds", "\N{MINUS SIGN}61"),
        ("Other differences", "\N{MINUS SIGN}27"),
        ("New definition", "2,041"),
    ]
    assert [row.total for row in rows] == [True, False, False, False, True]


def test_lineage_says_how_many_it_leaves_out_and_its_links_work() -> None:
    svg = charts.lineage_drawing(
        "mrr", [Node("a")], [Node(f"m{n}", f"m{n}.html") for n in range(9)]
    )
    root = parsed(svg)
    assert root.get("role") == "group"
    assert [link.get("href") for link in root.iter("a")] == [f"m{n}.html" for n in range(5)]
    assert "+4 more" in "".join(root.itertext())
    assert root.get("aria-label", "").startswith("Lineage of mrr: reads a; used by m0, m1")


def test_long_names_stay_whole() -> None:
    name = "on_time_departures_by_origin_and_carrier"
    assert name in charts.lineage_drawing(name, [Node(name)], [])
    assert "used by nothing else yet" in charts.lineage_drawing(name, [Node(name)], [])


def test_a_name_longer_than_its_box_is_cut_inside_it() -> None:
    name = "The share of all orders placed by customers that were delivered within the window"
    for drawing in (
        charts.lineage_drawing(name, [Node(name)], []),
        charts.lineage_drawing("mrr", [Node(name)], []),
    ):
        for group in parsed(drawing).iter("g"):
            box, label = group.find("rect"), group.find("text")
            assert box is not None
            assert label is not None
            bold = group.get("class") == "me"
            wide = text_width(label.text or "", 12, bold=bold)
            assert number(label, "x") + wide <= number(box, "x") + number(box, "width")


# -- cards ----------------------------------------------------------------------------------------


def test_a_sparkline_has_thirteen_points_and_a_labelled_target() -> None:
    svg = charts.sparkline(
        PUNCTUAL, replace(samples.punctual(40), series=samples.punctual(40).series, open_point=None)
    )
    (line,) = lines(svg)
    assert len(re.findall(r"[ML]", line)) == 13
    assert [node.text for node in parsed(svg).iter("text")] == ["target", "82%"]
    assert parsed(svg).get("aria-hidden") == "true"


def test_one_value_is_no_line() -> None:
    assert charts.sparkline(FLIGHTS, samples.reading([Point(AS_OF, 3.0)])) == ""
    assert charts.sparkline(FLIGHTS, replace(samples.flights(), series=())) == ""


def test_the_bar_shows_score_pace_and_gap() -> None:
    svg = charts.bullet(samples.okr(2041))
    root = parsed(svg)
    parts = {node.get("class"): node for node in root}
    assert root.get("class") == "bullet bullet--risk"
    assert parts["fill"].get("width") == "42.9%"
    assert parts["gap"].get("x") == "42.9%"
    assert parts["gap"].get("width") == "14.2%"
    assert parts["pace"].get("x1") == "57.1%"
    assert charts.bullet_text(samples.okr(2041)) == "Score 0.43 of 1.00, 0.57 expected by 22 Nov"


def test_on_track_has_no_gap_and_a_closed_one_no_pace() -> None:
    assert 'class="gap"' not in charts.bullet(samples.okr(2080, status="on_track"))
    closed = samples.okr(2250, status="achieved", closed=True)
    assert 'class="pace"' not in charts.bullet(closed)
    assert charts.bullet_text(closed) == "Final score 1.00 of 1.00"
    assert "bullet--none" in charts.bullet(replace(samples.okr(2041), score=None, status="unknown"))


def test_marks_on_the_strip_never_overlap() -> None:
    marks = [StripMark(f"K{n}", 0.5 + n / 1000, "on_track") for n in range(9)] + [
        StripMark("none", None, "unknown")
    ]
    svg = charts.strip(marks, 0.58)
    places = [(number(node, "x"), number(node, "y")) for node in parsed(svg).iter("use")]
    assert len(places) == 9
    assert all(
        abs(x - other_x) >= 14 or abs(y - other_y) >= 14
        for n, (x, y) in enumerate(places)
        for other_x, other_y in places[:n]
    )
    assert min(y for _, y in places) >= 16
    label = parsed(svg).get("aria-label")
    assert (
        label
        == "Scores of 10 key results: 9 on track from 0.50 to 0.51 and 1 no data. Expected: 0.58."
    )


def test_two_hundred_key_results_are_counted_and_no_tower() -> None:
    marks = [StripMark(f"K{n}", 0.9 + n / 10_000, "on_track") for n in range(190)]
    marks += [StripMark(f"L{n}", 0.1, "off_track") for n in range(10)]
    root = parsed(charts.strip(marks, 0.58))
    assert float(root.get("viewBox", "").split()[3]) < 290
    counts = [
        int(node.text or "") for node in root.iter("text") if (node.text or "").startswith("+")
    ]
    assert len(list(root.iter("use"))) + sum(counts) == 200
    assert all(
        number(node, "y") > 16 for node in root.iter("text") if (node.text or "").startswith("+")
    )


def test_every_icon_of_the_strip_is_in_the_sprite() -> None:
    statuses = [
        "early",
        "not_started",
        "on_track",
        "at_risk",
        "off_track",
        "achieved",
        "partial",
        "missed",
        "dropped",
    ]
    svg = charts.strip([StripMark(status, 0.5, status) for status in statuses], None)  # type: ignore[arg-type]
    used = set(re.findall(r'href="#i-([a-z]+)"', svg))
    assert used == {"none", "on", "risk", "off", "met"}
    assert used <= set(SYMBOLS)


def test_share_bars_stay_in_their_track() -> None:
    assert 'width="68.3%"' in charts.share_bar(0.683)
    assert 'width="100%"' in charts.share_bar(1.7).split("track")[1]
    assert charts.share_bar(None).count("<rect") == charts.share_bar(-2).count("<rect") == 1


# -- placing --------------------------------------------------------------------------------------


def test_a_dashboard_gets_the_drawing_that_fits() -> None:
    punctual, flights = samples.punctual(), samples.flights()
    assert 'class="target"' in charts.chart_for(PUNCTUAL, punctual).wide  # type: ignore[union-attr]
    assert 'class="s' in charts.chart_for(PUNCTUAL, punctual, by="origin").wide  # type: ignore[union-attr]
    assert 'class="r2"' in charts.chart_for(FLIGHTS, flights, by="origin").wide  # type: ignore[union-attr]
    assert 'class="row"' in charts.chart_for(FLIGHTS, flights, by="origin", kind="bar").wide  # type: ignore[union-attr]
    assert 'class="r1"' in charts.chart_for(FLIGHTS, flights, kind="bar").wide  # type: ignore[union-attr]
    assert charts.chart_for(FLIGHTS, flights, kind="card") is None
    assert charts.chart_for(FLIGHTS, replace(flights, shape="number", series=(), slices={})) is None


def test_one_plot_holds_one_drawing_and_the_ranges_of_all_choices() -> None:
    reading = samples.punctual()
    views = {
        str(n): charts.line_chart(PUNCTUAL, reading, charts.ChartOptions(last=n)) for n in (8, 13)
    }
    html = charts.plot(views, "c1", view="weeks", shown_range="13")
    assert html == charts.plot(views["13"], "c1")
    live = charts.plot(views, "c1", view="weeks", shown_range="13", live=True)
    assert '"ranges":{"8":["2013-09-23","2013-11-18"],"13":["2013-08-19","2013-11-18"]}' in live
    assert live.count('"ticktext"') == 3
    root = parsed(live)
    first, room = (
        root.iter(f"{SVG}svg") if root.find(f".//{SVG}svg") is not None else root.iter("svg")
    )
    assert (first.get("class"), room.get("class"), len(room)) == ("w", "n", 0)
    assert room.get("viewBox") == parsed(views["13"].narrow).get("viewBox")


def test_a_table_carries_raw_values_for_files() -> None:
    table = charts.table_markup(charts.line_chart(PUNCTUAL, samples.punctual(4)).table, "t1")
    root = parsed(table)
    (first, *_), last = root.find("tbody"), list(root.find("tbody") or ())[-1]  # type: ignore[misc]
    assert first.find("th").get("data-value") == "2013-10-21"  # type: ignore[union-attr]
    assert last.find("td").text == "74.2%"  # type: ignore[union-attr]
    assert last.find("td").get("data-value") == "0.742"  # type: ignore[union-attr]
    assert root.get("id") == "t1"


def test_years_of_days_have_years_below_them() -> None:
    days = [date(2009, 1, 1) + timedelta(days=n) for n in range(1826)]
    daily = replace(FLIGHTS, grain="day")
    chart = charts.line_chart(
        daily, samples.reading(samples.series(days, 900, 4000, 30), grain="day")
    )
    for drawing in (chart.wide, chart.narrow):
        words = [node.text for node in parsed(drawing).iter("text")]
        assert [word for word in words if word in ("2010", "2011", "2012", "2013")] == [
            "2010",
            "2011",
            "2012",
            "2013",
        ]
    assert "1,826 days to" in chart.finding


def test_a_series_that_never_moves_says_so_once() -> None:
    quiet = samples.reading(tuple(Point(day, 7.0) for day in samples.weeks(8)))
    assert (
        "8 weeks to the week of 11 Nov 2013: 7 flights throughout."
        in charts.line_chart(FLIGHTS, quiet).finding
    )


def test_several_members_at_one_end_are_counted() -> None:
    day = samples.LAST_WEEK
    values = {"MQ": 13.0, "EV": 11.0, "AS": 0.0, "DL": 0.0, "YV": 0.0}
    slices = tuple(
        samples.member(name, (Point(day, value),), value / 24) for name, value in values.items()
    )
    reading = samples.reading((Point(day, 24.0),), slices={"carrier": slices})
    finding = charts.by_bars(FLIGHTS, reading, "carrier").finding
    assert finding.endswith("all 24 flights; highest MQ 13, lowest 0 at 3 of them, 1 between.")


def test_ten_years_of_days_stay_light() -> None:
    days = [date(2004, 1, 1) + timedelta(days=n) for n in range(3650)]
    chart = charts.line_chart(
        OFFICES,
        samples.reading(samples.series(days, 10, 900, 80), grain="day"),
        charts.ChartOptions(size="full"),
    )
    assert len(chart.wide) < 40_000
    assert len(script_json(chart.figure)) < 90_000
