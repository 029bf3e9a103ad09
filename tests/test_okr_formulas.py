"""The arithmetic of key results: progress, pace, status, forecast, means."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sampling import mostly_slow

from sharekit.numbers.results import Point, Status
from sharekit.okr import formulas as okr
from sharekit.project.manifest import Period
from sharekit.project.shapes import (
    Checkpoint,
    OkrConfig,
)

Q4 = Period("2013-Q4", date(2013, 10, 1), date(2013, 12, 31))
AS_OF = date(2013, 11, 22)
RULES = OkrConfig()
NUMBER = st.floats(-1e9, 1e9, allow_nan=False)
SHARE = st.floats(0, 1)
Q4_DAYS = st.dates(Q4.start, Q4.end)


# -- progress -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current", "baseline", "target", "raw"),
    [
        (0.78, 0.74, 0.82, 0.5),
        (0.74, 0.74, 0.82, 0.0),
        (0.86, 0.74, 0.82, 1.5),
        (0.70, 0.74, 0.82, -0.5),
        (6.71, 6.80, 5.90, 0.1),  # lower is better: the same formula
        (7.25, 6.80, 5.90, -0.5),
        (2041, 1884, 2250, 157 / 366),
    ],
)
def test_progress_counts_from_the_baseline(
    current: float, baseline: float, target: float, raw: float
) -> None:
    assert okr.raw_progress(current, baseline, target) == pytest.approx(raw)


def test_without_a_way_to_go_there_is_no_progress() -> None:
    assert okr.raw_progress(1, 2, 2) is None
    assert okr.raw_progress(None, 0, 1) is None
    assert okr.raw_progress(1, None, 1) is None
    assert okr.progress(None) is None
    assert okr.gap(0.5, None) is None


@given(NUMBER, NUMBER, NUMBER, NUMBER)
def test_progress_grows_towards_the_target(
    a: float, b: float, baseline: float, target: float
) -> None:
    assume(abs(target - baseline) > 1e-6)
    low, high = sorted((a, b), key=lambda value: value if target > baseline else -value)
    first, second = (
        okr.raw_progress(low, baseline, target),
        okr.raw_progress(high, baseline, target),
    )
    assert first is not None
    assert second is not None
    assert first <= second


@given(NUMBER, NUMBER, NUMBER)
def test_progress_is_clamped(current: float, baseline: float, target: float) -> None:
    done = okr.progress(okr.raw_progress(current, baseline, target))
    assert done is None or 0 <= done <= 1


@given(NUMBER, NUMBER, NUMBER)
def test_up_and_down_are_mirror_images(current: float, baseline: float, target: float) -> None:
    assert okr.raw_progress(-current, -baseline, -target) == okr.raw_progress(
        current, baseline, target
    )


@given(NUMBER, NUMBER, NUMBER, st.floats(1e-3, 1e3))
def test_progress_does_not_depend_on_the_unit(
    current: float, baseline: float, target: float, scale: float
) -> None:
    assume(abs(target - baseline) > 1e-3)
    raw = okr.raw_progress(current, baseline, target)
    scaled = okr.raw_progress(current * scale, baseline * scale, target * scale)
    assert scaled == pytest.approx(raw, rel=1e-6, abs=1e-6)


def test_the_largest_floats_do_not_overflow() -> None:
    assert okr.raw_progress(0.0, -1.7e308, 1.7e308) == pytest.approx(0.5)


# -- maintain and baseline ------------------------------------------------------------------------


def test_what_is_kept_earns_as_time_passes() -> None:
    assert okr.maintain_progress([0.5, 0.9], (0, 1), 0.4) == pytest.approx(0.4), (
        "always inside: exactly as expected"
    )
    assert okr.maintain_progress([0.5, 2, 0.5, 2], (0, 1), 1.0) == pytest.approx(0.5), (
        "at the end: the share inside"
    )
    assert okr.maintain_progress([None, 0.5], (0, 1), 0.4) == pytest.approx(0.4), (
        "gaps are not held against anyone"
    )
    assert okr.maintain_progress([None], (0, 1), 0.4) is None
    assert okr.maintain_progress([0, 1], (0, 1), 1.0) == 1, "both ends belong to the band"


@given(st.lists(NUMBER, min_size=1), NUMBER, NUMBER, SHARE)
def test_nobody_keeps_more_than_the_time_that_passed(
    values: list[float], a: float, b: float, elapsed: float
) -> None:
    done = okr.maintain_progress(values, (min(a, b), max(a, b)), elapsed)
    assert done is not None
    assert 0 <= done <= elapsed


def test_learning_a_number_takes_the_periods_that_were_asked_for() -> None:
    assert okr.learning_progress([None], None) == 0
    assert okr.learning_progress([1.0, None, 2.0], 4) == 0.5
    assert okr.learning_progress([1.0], None) == 1
    assert okr.learning_progress([1.0, 1.0], 1) == 1


# -- pace -----------------------------------------------------------------------------------------


def test_the_first_day_expects_nothing_and_the_last_everything() -> None:
    assert okr.elapsed_share(Q4, Q4.start) == 0
    assert okr.elapsed_share(Q4, Q4.end) == 1
    assert okr.elapsed_share(Q4, AS_OF) == pytest.approx(52 / 91)
    assert okr.elapsed_share(Q4, date(2013, 9, 1)) == 0
    assert okr.elapsed_share(Q4, date(2014, 9, 1)) == 1
    day = Period("a day", AS_OF, AS_OF)
    assert okr.elapsed_share(day, AS_OF) == 1
    assert okr.elapsed_share(day, AS_OF - timedelta(days=1)) == 0


CHECKPOINTS = (
    Checkpoint(on=date(2013, 11, 1), value=0.78),
    Checkpoint(on=date(2013, 12, 1), value=0.80),
)


def test_checkpoints_bend_the_course() -> None:
    corners = okr.expected_course(Q4, 0.74, 0.82, CHECKPOINTS)
    assert [point.on for point in corners] == [
        Q4.start,
        date(2013, 11, 1),
        date(2013, 12, 1),
        Q4.end,
    ]
    assert okr.expected_value(corners, Q4.start) == 0.74
    assert okr.expected_value(corners, date(2013, 11, 16)) == pytest.approx(0.79)
    assert okr.expected_value(corners, Q4.end) == 0.82
    assert okr.expected_value(corners, date(2014, 5, 1)) == 0.82
    assert okr.expected_value(corners, date(2013, 1, 1)) == 0.74
    assert okr.expected_progress(Q4, date(2013, 11, 16), 0.74, 0.82, CHECKPOINTS) == pytest.approx(
        0.625
    )
    assert okr.expected_value((), AS_OF) is None


def test_a_checkpoint_on_the_edge_takes_its_place_and_one_outside_none() -> None:
    edge = (Checkpoint(on=Q4.end, value=0.9), Checkpoint(on=date(2014, 1, 5), value=5))
    assert okr.expected_course(Q4, 0.74, 0.82, edge) == (Point(Q4.start, 0.74), Point(Q4.end, 0.9))


@given(Q4_DAYS, Q4_DAYS, NUMBER, NUMBER)
def test_a_linear_pace_expects_the_elapsed_share(
    day: date, other: date, baseline: float, target: float
) -> None:
    assume(abs(target - baseline) > 1e-3)
    expected = okr.expected_progress(Q4, day, baseline, target)
    assert expected == okr.elapsed_share(Q4, day)
    value = okr.expected_value(okr.expected_course(Q4, baseline, target), day)
    assert okr.raw_progress(value, baseline, target) == pytest.approx(expected, abs=1e-6)
    if day <= other:
        assert expected <= okr.expected_progress(Q4, other, baseline, target)


# -- status ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gap", "status"),
    [
        (-0.4, "on_track"),
        (0.10, "on_track"),
        (0.57 - 0.47, "on_track"),
        (0.1001, "at_risk"),
        (0.30, "at_risk"),
        (0.77 - 0.47, "at_risk"),
        (0.3001, "off_track"),
        (None, "unknown"),
    ],
)
def test_status_is_told_by_the_gap(gap: float | None, status: Status) -> None:
    assert okr.pace_status(gap, RULES) == status


def test_the_thresholds_are_settings() -> None:
    assert okr.pace_status(0.15, OkrConfig(on_track=0.2, at_risk=0.4)) == "on_track"
    assert okr.pace_status(0.35, OkrConfig(on_track=0.2, at_risk=0.4)) == "at_risk"


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_smaller_gap_is_never_worse(a: float, b: float) -> None:
    order: list[Status] = ["on_track", "at_risk", "off_track"]
    small, large = sorted((a, b))
    assert order.index(okr.pace_status(small, RULES)) <= order.index(okr.pace_status(large, RULES))


@pytest.mark.parametrize(
    ("score", "committed", "aspirational"),
    [
        (1.0, "achieved", "achieved"),
        (0.999, "partial", "achieved"),
        (0.7, "partial", "achieved"),
        (0.69, "partial", "partial"),
        (0.4, "partial", "partial"),
        (0.39, "missed", "missed"),
        (0.0, "missed", "missed"),
        (None, "unknown", "unknown"),
    ],
)
def test_a_closed_score_is_read_by_its_commitment(
    score: float | None, committed: Status, aspirational: Status
) -> None:
    assert okr.closed_status(score, okr.GOOD["committed"]) == committed
    assert okr.closed_status(score, okr.GOOD["aspirational"]) == aspirational


# -- rates and forecast ---------------------------------------------------------------------------


def test_rates_are_told_per_week_or_month() -> None:
    through = date(2013, 11, 18)
    assert okr.actual_rate(
        [Point(Q4.start, 0.74), Point(through, 0.74 + 0.01 * 48 / 7)], "week"
    ) == pytest.approx(0.01)
    assert okr.actual_rate([Point(through, 0.74)], "week") is None
    assert okr.needed_rate(0.76, 0.82, date(2013, 12, 10), Q4.end, "week") == pytest.approx(0.02)
    assert okr.needed_rate(0.76, 0.82, Q4.end, Q4.end, "week") is None
    assert [okr.rate_grain(grain) for grain in (None, "day", "week", "month", "quarter", "year")] == [
        "week", "week", "week", "month", "month", "month",
    ]  # fmt: skip


@given(NUMBER, NUMBER, st.dates(Q4.start, Q4.end - timedelta(days=1)))
def test_going_on_at_the_needed_rate_reaches_the_target(
    current: float, target: float, through: date
) -> None:
    rate = okr.needed_rate(current, target, through, Q4.end, "week")
    assert rate is not None
    weeks = (Q4.end - through).days / 7
    assert current + rate * weeks == pytest.approx(target, rel=1e-6, abs=1e-3)


def weekly(values: list[float | None], start: date = date(2013, 10, 6)) -> list[Point]:
    return [Point(start + timedelta(weeks=index), value) for index, value in enumerate(values)]


def test_a_straight_line_is_drawn_on() -> None:
    found = okr.forecast(weekly([0.74, 0.75, 0.76, 0.77]), date(2013, 12, 29), 0.74, 0.82)
    assert found is not None
    assert found.value == pytest.approx(0.74 + 12 * 0.01)
    assert found.low == pytest.approx(found.value)
    assert found.high == pytest.approx(found.value)
    assert found.score == 1.0


def test_the_line_is_sens_and_its_range_the_outermost_residuals() -> None:
    # Slopes between pairs: 2, 1.5, 2/3, 0.75, 1, 0, 1/3, -1, 0, 1; their median is 0.708. Residuals
    # of y - 0.708 x: 1.292, 2.583, 2.875, 1.167, 1.458; the median is 1.458.
    points = [
        Point(date(2013, 11, number), value) for number, value in enumerate([2.0, 4, 5, 4, 5], 1)
    ]
    found = okr.forecast(points, date(2013, 11, 6), 0, 10)
    slope = (2 / 3 + 0.75) / 2
    level = 5 - 5 * slope
    wider = (
        math.sqrt(5 / 3 * (1 + 1 / 5 + 9 / 10)) * 1.637744 / 1.179761
    )  # t(0.90, 3); z at 0.625 / 5.25
    assert found is not None
    assert found.value == pytest.approx(level + 6 * slope)
    assert found.low == pytest.approx(found.value + (4 - 4 * slope - level) * wider)
    assert found.high == pytest.approx(found.value + (5 - 3 * slope - level) * wider)
    assert found.score == pytest.approx(found.value / 10)
    assert found.start == pytest.approx(level + 5 * slope)


@pytest.mark.parametrize(
    ("count", "ahead"), mostly_slow([(4, 9), (6, 7), (8, 5), (12, 1), (26, 1), (26, 26)], quick=2)
)
def test_the_range_holds_about_four_of_five_ends(count: int, ahead: int) -> None:
    chance, inside, tries = random.Random(7), 0, 800
    for _ in range(tries):
        values = [0.5 + 0.01 * week + chance.gauss(0, 0.03) for week in range(count)]
        day = date(2013, 10, 6) + timedelta(weeks=count - 1 + ahead)
        found = okr.forecast(weekly(list(values)), day, 0, 1)
        assert found is not None
        end = 0.5 + 0.01 * (count - 1 + ahead) + chance.gauss(0, 0.03)
        inside += found.low <= end <= found.high
    assert 0.74 <= inside / tries <= 0.88


def test_one_stormy_week_does_not_turn_the_line() -> None:
    calm = [0.74 + 0.01 * week for week in range(9)]
    storm = [*calm[:6], 0.2, *calm[7:]]
    plain, stormy = (
        okr.forecast(weekly(list(values)), Q4.end, 0.74, 0.82) for values in (calm, storm)
    )
    assert plain is not None
    assert stormy is not None
    assert stormy.value == pytest.approx(plain.value, abs=1e-9)
    assert (plain.outlook, stormy.outlook) == (
        "reached",
        "open",
    ), "what happened once may happen again"


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=30),
    st.floats(-1e3, 1e3),
    st.floats(-1e3, 1e3),
)
def test_a_verdict_is_given_only_where_the_whole_range_agrees(
    values: list[float], low: float, high: float
) -> None:
    assume(abs(low - high) > 1e-3)
    for baseline, target in ((low, high), (high, low)):
        found = okr.forecast(weekly(list(values)), Q4.end, baseline, target)
        assert found is not None
        good = [
            (each - target) * (1 if target > baseline else -1) >= 0
            for each in (found.low, found.high)
        ]
        if found.outlook == "open":
            assert good != [True, True]
        else:
            assert all(abs(e - target) < 1e-5 or g == (found.outlook == "reached")
                       for e, g in zip((found.low, found.high), good, strict=True))  # fmt: skip


def test_too_few_points_forecast_nothing() -> None:
    assert okr.forecast(weekly([0.74, 0.75, None, 0.76]), Q4.end, 0.74, 0.82) is None
    assert okr.forecast([Point(AS_OF, 1.0)] * 5, Q4.end, 0.74, 0.82) is None


def test_a_forecast_stays_where_values_can_be() -> None:
    found = okr.forecast(weekly([5.0, 2, 4, 1]), Q4.end, 6, 0, bounds=(0, math.inf))
    assert found is not None
    assert (found.value, found.low) == (0, 0)
    assert found.high > 0, "a bound cuts an end of the range and never all of it"


def test_a_forecast_beyond_all_numbers_is_none() -> None:
    assert okr.forecast(weekly([-1.7e308, 1.7e308, -1.7e308, 1.7e308]), Q4.end, 0, 1) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=40), st.floats(-1e6, 1e6))
def test_a_forecast_lies_in_its_range_and_moves_with_its_data(
    values: list[float], by: float
) -> None:
    found = okr.forecast(weekly(list(values)), date(2014, 8, 1), 0, 1)
    moved = okr.forecast(weekly([value + by for value in values]), date(2014, 8, 1), 0, 1)
    assert found is not None
    assert moved is not None
    assert found.low <= found.value <= found.high
    assert moved.value == pytest.approx(found.value + by, rel=1e-6, abs=1e-2)


@given(st.integers(1, 400))
def test_the_quantile_falls_to_the_normal_ones(degrees: int) -> None:
    assert okr.student_t_90(degrees) > okr.student_t_90(degrees + 1) > 1.2815515
    # The integral of Student's density up to it is 0.90 (Simpson's rule on 2,000 steps).
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(
        degrees * math.pi
    )
    quantile, steps = okr.student_t_90(degrees), 2_000

    def density(x: float) -> float:
        return scale * (1 + x * x / degrees) ** (-(degrees + 1) / 2)

    inner = math.fsum(
        (4 if step % 2 else 2) * density(quantile * step / steps) for step in range(1, steps)
    )
    area = (density(0) + density(quantile) + inner) * quantile / steps / 3
    assert area == pytest.approx(0.40, abs=1e-5)


# -- means ----------------------------------------------------------------------------------------


def test_an_objective_is_the_weighted_mean() -> None:
    assert okr.weighted_mean([(1.0, 1), (0.4, 3), (None, 9)]) == pytest.approx(0.55)
    assert okr.weighted_mean([(None, 1)]) is None
    assert okr.weighted_mean([(0.5, 1e-300), (0.5, 1e300)]) == pytest.approx(0.5)


@given(st.lists(st.tuples(SHARE, st.floats(0.01, 100)), min_size=1), st.floats(0.1, 10))
def test_a_mean_lies_between_its_scores(scores: list[tuple[float, float]], scale: float) -> None:
    mean = okr.weighted_mean(scores)
    assert mean is not None
    assert (
        min(score for score, _ in scores) - 1e-9 <= mean <= max(score for score, _ in scores) + 1e-9
    )
    assert okr.weighted_mean(
        [(score, weight * scale) for score, weight in scores]
    ) == pytest.approx(mean)
