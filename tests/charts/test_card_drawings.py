"""The small drawings of cards and scorecards."""

from __future__ import annotations

import re

import chart_samples as samples
from chart_samples import AS_OF, FLIGHTS, PUNCTUAL
from drawing_parts import lines, number, parsed
from svg_paths import corners

from sharekit.numbers.results import Point
from sharekit.records import replace
from sharekit.site import charts
from sharekit.site.charts import StripMark
from sharekit.site.icons import SYMBOLS


def test_a_sparkline_has_thirteen_points_and_a_labelled_target() -> None:
    svg = charts.sparkline(
        PUNCTUAL, replace(samples.punctual(40), series=samples.punctual(40).series, open_point=None)
    )
    (line,) = lines(svg)
    assert len(corners(line)) == 13
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
