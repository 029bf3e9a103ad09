"""The data behind the charts: figures that Plotly accepts, that nothing can break out of, and that
say the same."""

from __future__ import annotations

import json
import math
import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import chart_samples as samples
import plotly.graph_objects as go
import pytest
from chart_samples import FLIGHTS, OFFICES, PUNCTUAL
from drawing_parts import EVERY, HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from sampling import mostly_slow

from sharekit.escape import script_json
from sharekit.numbers.results import Point
from sharekit.records import replace
from sharekit.site import charts
from sharekit.site.charts import Chart, Mark, Subject
from sharekit.site.charts.figure_packing import PX, grouped, packed
from sharekit.site.charts.plotly_figures import plotly_text

LIVE = {name: chart for name, chart in EVERY.items() if chart.figure}


@pytest.mark.parametrize("name", mostly_slow(LIVE, quick=20))
def test_plotly_accepts_every_figure(name: str) -> None:
    chart = LIVE[name]
    figure = go.Figure(chart.figure)
    assert len(figure.data) == len(chart.figure["data"])


@pytest.mark.parametrize("name", mostly_slow(LIVE, quick=20))
def test_a_figure_says_nothing_about_looks(name: str) -> None:
    chart = LIVE[name]
    looks = {
        "line",
        "marker",
        "font",
        "color",
        "fillcolor",
        "width",
        "height",
        "margin",
        "template",
    }

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for inner in value.values() for key in keys(inner)}
        return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()

    assert not keys(chart.figure) & looks


def test_only_an_empty_chart_has_nothing_to_explore() -> None:
    assert set(EVERY) - set(LIVE) == {"No data"}
    assert "data-chart" not in charts.plot(EVERY["No data"], "c", live=True)


def test_a_figure_holds_the_values_and_words_of_the_drawing() -> None:
    reading = samples.punctual()
    figure = charts.line_chart(
        PUNCTUAL, reading, charts.ChartOptions(marks=[Mark(date(2013, 11, 4), "redefined")])
    ).figure
    series, running, target = figure["data"]
    assert series["x"][-1] == "2013-11-11"
    assert series["y"][-1] == pytest.approx(reading.value, abs=1e-5)
    assert series["text"][-1] == PUNCTUAL.text(reading.value)
    assert series["y"][26 // 3] is None
    assert running["text"] == ["", "74.2% so far"]
    assert target["y"] == [0.85, 0.85, 0.82, 0.82]
    assert figure["layout"]["shapes"][0]["label"]["text"] == "redefined"
    assert figure["layout"]["yaxis"]["ticktext"] == ["70%", "75%", "80%", "85%"]


def test_members_carry_the_keys_of_the_switches() -> None:
    figure = charts.by_lines(PUNCTUAL, samples.punctual(), "origin").figure
    keys = [trace["meta"].get("key") for trace in figure["data"]]
    assert keys == [
        charts.member_key("JFK"),
        charts.member_key("EWR"),
        charts.member_key("LGA"),
        "all",
        None,
    ]


def test_words_from_people_are_no_markup_for_plotly() -> None:
    subject = replace(PUNCTUAL, title=HOSTILE)
    reading = samples.punctual()
    slices = (replace(reading.slices["origin"][0], member=HOSTILE + "<b>bold</b>"),)
    figures = [
        charts.line_chart(
            subject, reading, charts.ChartOptions(marks=[Mark(date(2013, 11, 4), HOSTILE)])
        ).figure,
        charts.by_lines(subject, replace(reading, slices={"o": slices}), "o").figure,
        charts.by_bars(subject, replace(reading, slices={"o": slices}), "o").figure,
    ]
    for figure in figures:
        text = json.dumps(figure).replace("<extra></extra>", "")
        assert "<" not in text
        assert "%{x}" not in text


@given(st.text())
def test_plain_words_have_no_tag_and_no_template(words: str) -> None:
    shown = plotly_text(words)
    assert "<" not in shown
    assert "%{" not in shown


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_json_in_a_page_cannot_end_its_element_and_reads_back(value: object) -> None:
    text = script_json(value)
    assert isinstance(text, Markup)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == value


def test_what_json_cannot_say_never_reaches_a_page() -> None:
    with pytest.raises(ValueError, match="JSON"):
        script_json({"y": math.nan})
    odd = samples.reading(
        (*samples.series(samples.weeks(5), 1, 9, 0)[:4], Point(date(2013, 11, 11), math.nan))
    )
    assert script_json(charts.line_chart(FLIGHTS, odd).figure)


def test_numbers_are_short() -> None:
    chart = charts.definition_chart(OFFICES, samples.offices().series, samples.offices().series)
    figure = packed(chart.figure)
    for trace in figure["data"]:
        assert all(len(repr(value)) <= 8 for value in trace["y"])


@pytest.mark.parametrize("chart", LIVE.values(), ids=list(LIVE))
def test_days_are_written_once_and_nothing_is_lost(chart: Chart) -> None:
    small = packed(chart.figure)
    days = days_of(small)

    def written(trace: dict[str, Any]) -> dict[str, Any]:
        x, text = trace["x"], trace.get("text")
        whole = {"x": days[x[0] : x[0] + x[1]]} if days and isinstance(x[0], int) else {}
        if isinstance(text, dict):
            numbers = (
                "" if y is None else grouped(y, text["scale"], text["digits"]) for y in trace["y"]
            )
            whole["text"] = [
                text["before"] + each + text["after"] if each else "" for each in numbers
            ]
        return {**trace, **whole}

    whole = {name: each for name, each in small.items() if name not in ("days", "data")}
    assert whole == like({name: each for name, each in chart.figure.items() if name != "data"})
    axis = chart.figure["layout"]["yaxis"].get("range") or [0, 0]
    for trace, each in zip(map(written, small["data"]), chart.figure["data"], strict=True):
        if "orientation" not in each:
            shown = (axis[1] - axis[0]) / PX
            assert trace["y"] == [
                None if y is None else pytest.approx(y, abs=shown) for y in each["y"]
            ]
        assert {**trace, "y": each["y"], "x": each["x"]} == each
        if "orientation" in each:
            reach = max(map(abs, filter(None, each["x"])), default=0)
            assert trace["x"] == [
                None if x is None else pytest.approx(x, abs=reach / 1000) for x in each["x"]
            ]
        else:
            assert trace["x"] == each["x"]


@given(
    st.integers(0, 10**7),
    st.sampled_from((1, 2, 8, 200, 1000)),
    st.sampled_from((1, 100)),
    st.integers(0, 3),
)
def test_a_number_is_rounded_as_a_browser_rounds_it(
    whole: int, parts: int, scale: int, digits: int
) -> None:
    """Halfway between two neighbours up, as JavaScript's toFixed does: 2.5 is 3."""
    exact = Decimal(whole / parts * scale)
    assert grouped(whole / parts, scale, digits) == (
        f"{exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,f}"
    )


def like(value: Any) -> Any:
    """What equals the value, with numbers that may end after nine digits."""
    if isinstance(value, dict):
        return {key: like(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [like(inner) for inner in value]
    return pytest.approx(value, rel=1e-9) if isinstance(value, float) else value


@pytest.mark.parametrize(
    ("low", "step", "digits"), [(12_345_672, 2, 0), (1e9, 0.5, 1), (0.5, 1e-5, 6), (2e12, 1e9, -6)]
)
def test_values_have_the_digits_that_their_axis_shows(low: float, step: float, digits: int) -> None:
    """However little of a large number moves, it is drawn to a fraction of a pixel, and no finer."""
    plain = Subject("members", "Members", None, None, "up", "week")
    points = [Point(day, low + step * n * 1.1) for n, day in enumerate(samples.weeks(9))]
    layout = (figure := packed(charts.line_chart(plain, samples.reading(points)).figure))["layout"]
    axis_low, axis_high = layout["yaxis"]["range"]
    pixel = (axis_high - axis_low) / 300
    for drawn, point in zip(figure["data"][0]["y"], points, strict=True):
        assert drawn == pytest.approx(point.value, rel=0, abs=pixel / 20)
    assert len(set(figure["data"][0]["y"])) == len(points)
    assert axis_low == layout["yaxis"]["tickvals"][0]
    assert len(set(layout["yaxis"]["tickvals"])) == len(layout["yaxis"]["tickvals"])
    assert axis_high > axis_low


def test_values_have_the_digits_of_the_closest_view() -> None:
    """Years with a fall, and a range of weeks in which single members come and go."""
    series = samples.reading(samples.fallen_then_still())
    plain = Subject("members", "Members", None, None, "up", "week")
    views = {
        str(last): charts.line_chart(plain, series, charts.ChartOptions(last=last))
        for last in (8, 52)
    }
    markup = charts.plot(views, "c", view="weeks", live=True)
    figure = json.loads(re.search(r'data-figure="">(.*?)</script>', markup)[1])
    assert figure["data"][0]["y"][-3:] == [12_345_690, 12_345_694, 12_345_692]


def days_of(small: dict[str, Any]) -> list[str]:
    """The days of a packed figure, written out."""
    days = small.get("days", [])
    if isinstance(days, list):
        return days
    first = date.fromisoformat(days["from"])
    return [(first + timedelta(days=n * days["step"])).isoformat() for n in range(days["many"])]


def test_some_figures_share_their_days() -> None:
    assert [name for name, chart in LIVE.items() if "days" in packed(chart.figure)]


def test_all_lines_of_a_chart_together_stay_within_a_page() -> None:
    reading = samples.daily(3_000)
    one = reading.slices["origin"][0]
    many = tuple(replace(one, member=f"origin {n}") for n in range(14))
    figure = charts.by_lines(OFFICES, replace(reading, slices={"origin": many}), "origin").figure
    lengths = {
        len(trace["x"]) for trace in figure["data"] if trace["meta"]["role"] in ("member", "total")
    }
    assert lengths == {923}
    assert figure["layout"]["xaxis"]["range"][0] == figure["data"][0]["x"][0]
    assert figure["data"][0]["x"][-1] == reading.series[-1].on.isoformat()
