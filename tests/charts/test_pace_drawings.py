"""The drawing of a key result: its pace, its projection and its band."""

from __future__ import annotations

from datetime import date

import chart_samples as samples
import pytest
from chart_samples import AS_OF, OFFICES, PUNCTUAL, Q4
from drawing_parts import lines, parsed
from svg_paths import corners

from sharekit.project.shapes import KeyResultFront
from sharekit.records import replace
from sharekit.site import charts
from sharekit.site.charts import Subject
from sharekit.site.pages.key_result import course_title


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


@pytest.mark.parametrize(
    ("baseline", "target", "current", "title"),
    [
        (1884, 2250, 2041, "At 2,041, on the way to 2,250"),
        (1884, 2250, 1884, "Still at the baseline of 1,884"),
        (1884, 2250, 1700, "At 1,700, below the baseline of 1,884"),
        (90, 40, 95, "At 95, above the baseline of 90"),
    ],
)
def test_what_lies_behind_its_baseline_is_on_no_way_to_its_target(
    baseline: float, target: float, current: float, title: str
) -> None:
    front = KeyResultFront(title="Active offices", baseline=baseline, target=target)
    okr = samples.okr(current, baseline=baseline, target=target, forecast=None)
    assert course_title(OFFICES, front, okr) == title


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
            points = corners(node.get("d", ""))
            assert points
            assert all(0 <= y <= height for _, y in points)


def test_confidence_goes_in_steps() -> None:
    svg = charts.confidence_chart([(date(2013, 10, 5), 7), (date(2013, 11, 21), 4)])
    (line,) = lines(svg)
    assert len(corners(line)) == 3
    assert parsed(svg).get("aria-label") == "Confidence: 7 of 10 from 5 Oct, 4 from 21 Nov."
    assert charts.confidence_chart([]) == ""
