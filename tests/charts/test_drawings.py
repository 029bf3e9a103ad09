"""What every drawing keeps: valid, escaped, the same each time, said in words, and honest about
gaps and zero."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from xml.etree import ElementTree

import chart_samples as samples
import pytest
from chart_gallery import write_gallery
from chart_samples import AS_OF, FLIGHTS, OFFICES, PUNCTUAL, Q4
from drawing_parts import EVERY, HOSTILE, SVG, each_chart, label_of, lines, number, parsed
from svg_paths import corners

from sharekit.escape import script_json
from sharekit.numbers.results import Point
from sharekit.records import replace
from sharekit.site import charts
from sharekit.site.charts import Chart, Mark, Node, StripMark, Subject
from sharekit.site.charts.chart_markup import DRAWN

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
    assert len(corners(broken)) == len(corners(whole)) - 1


def test_a_value_between_two_gaps_is_a_dot() -> None:
    points = samples.with_gaps(samples.series(samples.weeks(7), 10, 20, 1), 2, 4)
    (drawn,) = lines(charts.line_chart(FLIGHTS, samples.reading(points)).wide)
    assert "h0" in drawn


def test_the_open_period_is_apart_from_the_line() -> None:
    points = samples.series(samples.weeks(10), 10, 20, 1)
    closed = charts.line_chart(FLIGHTS, samples.reading(points))
    running = charts.line_chart(FLIGHTS, samples.reading(points, running=19.0))
    (line,), (open_line,) = lines(running.wide), lines(running.wide, "ln ln--open")
    assert len(corners(line)) == 10
    assert corners(open_line)[0] == corners(line)[-1]
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
    assert finding == (
        "Flights operated by carrier, week of 11 Nov 2013: all 24 flights; highest MQ 13, lowest 0 at"
        " 3 of them, 1 between."
    )


def test_ten_years_of_days_stay_light() -> None:
    days = [date(2004, 1, 1) + timedelta(days=n) for n in range(3650)]
    chart = charts.line_chart(
        OFFICES,
        samples.reading(samples.series(days, 10, 900, 80), grain="day"),
        charts.ChartOptions(size="full"),
    )
    assert len(chart.wide) < 40_000
    assert len(script_json(chart.figure)) < 90_000
