"""The arithmetic of key results, and how it judges them."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sampling import mostly_slow

from sharekit.numbers.results import Comparison, OkrReading, Point, Reading, Status
from sharekit.okr import assessment as judging
from sharekit.okr import formulas as okr
from sharekit.okr.assessment import assess_objectives
from sharekit.okr.scored_reading import scored
from sharekit.project.manifest import KeyResultTerms, Metric, Objective, Period
from sharekit.project.shapes import (
    Checkpoint,
    Commitment,
    KeyResultFront,
    ObjectiveFront,
    OkrConfig,
)
from sharekit.records import replace

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


# -- judging --------------------------------------------------------------------------------------


def terms(
    commitment: Commitment = "committed", period: Period = Q4, **front: object
) -> KeyResultTerms:
    return KeyResultTerms(
        "punctual", period, commitment, KeyResultFront.model_validate({"title": "JFK", **front})
    )


def reading(values: list[float | None], first: date = date(2013, 9, 2)) -> Reading:
    """A weekly reading whose headline is its last value."""
    points = tuple(weekly(values, first))
    return Reading(
        "series",
        points[-1].value,
        grain="week",
        period_start=points[-1].on,
        period_end=points[-1].on + timedelta(days=6),
        series=points,
    )


def judge(
    terms: KeyResultTerms,
    reading: Reading | None,
    as_of: date,
    config: OkrConfig,
    *,
    dropped: bool = False,
) -> OkrReading:
    return judging.assess_key_result(
        terms, scored(terms, reading, as_of), as_of, config, dropped=dropped
    )


WEEKS = [
    0.74,
    0.74,
    0.74,
    0.74,
    0.75,
    0.75,
    0.76,
    0.76,
    0.77,
    0.77,
    0.78,
]  # weeks of 2 September to 11 November


def test_a_key_result_is_judged_by_its_headline() -> None:
    found = judge(terms(baseline=0.74, target=0.82), reading(WEEKS), AS_OF, RULES)
    assert found.current == 0.78
    assert found.through == date(2013, 11, 17), "the last day of the last whole week"
    assert found.raw == found.score == pytest.approx(0.5)
    assert found.expected == pytest.approx(47 / 91)
    assert found.gap == pytest.approx(47 / 91 - 0.5)
    assert (found.status, found.closed) == ("on_track", False)
    assert (found.elapsed_days, found.total_days) == (52, 91)
    assert found.expected_value == pytest.approx(0.74 + 0.08 * 47 / 91)
    assert found.actual_rate == pytest.approx(0.005), "of 0.75, 0.75, 0.76, 0.76, 0.77, 0.77, 0.78"
    assert found.needed_rate == pytest.approx(0.04 / (44 / 7)), "from 18 November to 31 December"
    assert found.rate_grain == "week"
    assert found.forecast is not None
    assert found.forecast.on == Q4.end
    assert found.pace == (Point(Q4.start, 0.74), Point(Q4.end, 0.82))
    assert found.original_target == found.target == 0.82


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        (date(2013, 9, 30), "not_started"),
        (date(2013, 10, 1), "early"),
        (date(2013, 10, 10), "early"),
        (date(2013, 10, 11), "early"),
        (date(2013, 10, 14), "at_risk"),
        (date(2013, 11, 22), "off_track"),
        (date(2013, 12, 31), "off_track"),
        (date(2014, 1, 1), "missed"),
    ],
)
def test_no_status_in_the_first_tenth_and_a_score_after_the_last_day(
    as_of: date, status: Status
) -> None:
    weeks = (as_of - date(2013, 9, 2)).days // 7
    flat = reading([0.74] * weeks)
    assert judge(terms(baseline=0.74, target=0.82), flat, as_of, RULES).status == status


def test_a_month_in_which_nothing_was_measured_is_early() -> None:
    points = (Point(date(2013, 8, 1), 0.74), Point(date(2013, 9, 1), 0.74))
    september = Reading("series", 0.74, "month", date(2013, 9, 1), date(2013, 9, 30), points)
    assert (
        judge(terms(baseline=0.74, target=0.82), september, date(2013, 10, 25), RULES).status
        == "early"
    )
    assert judge(terms(baseline=0.74, target=0.82), september, AS_OF, RULES).rate_grain == "month"


def test_a_closed_score_does_not_move_afterwards() -> None:
    values = [
        *WEEKS,
        0.79,
        0.79,
        0.80,
        0.80,
        0.80,
        0.80,
        0.95,
        0.95,
    ]  # the last week that ends in Q4 is that of 23 December
    final = judge(terms(baseline=0.74, target=0.82), reading(values), date(2014, 1, 20), RULES)
    assert final.closed
    assert final.current == 0.80
    assert final.score == pytest.approx(0.75)
    assert final.status == "partial"
    assert final.expected == 1
    assert final.needed_rate is None
    assert final.forecast is None
    aspirational = judge(
        terms("aspirational", baseline=0.74, target=0.82), reading(values), date(2014, 1, 20), RULES
    )
    assert aspirational.status == "achieved"


@pytest.mark.parametrize("measured", ["last_period", "period_to_date"])
def test_a_period_that_ends_on_the_last_day_counts_and_the_next_does_not(measured: str) -> None:
    """The OKR ends on Sunday, 29 December, and so does its last week."""
    period = Period("to a Sunday", date(2013, 10, 7), date(2013, 12, 29))
    promise = terms(period=period, baseline=0, target=20, measured=measured)
    weeks = reading([float(number) for number in range(1, 15)], date(2013, 10, 7))
    running = tuple(Point(point.on, point.value) for point in weeks.series[:12])
    result = judge(promise, replace(weeks, running=running), date(2014, 1, 20), RULES)
    assert result.closed
    assert (result.current, result.through) == (12, date(2013, 12, 29))


def test_reaching_the_target_is_told_before_the_end_where_the_whole_range_lies_beyond_it() -> None:
    found = judge(terms(baseline=0.74, target=0.78), reading(WEEKS), AS_OF, RULES)
    assert found.status == "achieved"
    assert found.needed_rate is None


def test_one_lucky_week_is_not_met() -> None:
    lucky = [*WEEKS[:-1], 0.83]
    found = judge(terms(baseline=0.74, target=0.82), reading(lucky), AS_OF, RULES)
    assert (found.score, found.status) == (1.0, "on_track")
    assert found.forecast is not None
    assert found.forecast.outlook == "open"


def test_a_sum_to_date_goes_on_by_the_level_of_its_periods() -> None:
    through = date(2013, 11, 17)
    weeks = tuple(weekly([10.0] * 7, date(2013, 10, 6)))
    forecast = okr.forecast_to_date(70, through, weeks, Q4, 0, 130, grain="week")
    assert forecast is not None
    left = (Q4.end - through).days
    assert forecast.value == pytest.approx(70 + 10 * left / 7)
    assert (forecast.start, forecast.on) == (70, Q4.end)
    period = Period("from a Monday", date(2013, 9, 30), date(2013, 12, 29))
    weekly_tens = reading([10.0] * 7, period.start)
    sums = tuple(Point(point.on, 10.0 * n) for n, point in enumerate(weekly_tens.series, 1))
    promise = terms(period=period, baseline=0, target=130, measured="period_to_date")
    judged = judge(promise, replace(weekly_tens, running=sums), AS_OF, RULES)
    assert (judged.current, judged.through) == (70, date(2013, 11, 17))
    assert judged.actual_rate == pytest.approx(10), "so much in each week that is left"


def test_a_share_is_never_forecast_above_all_of_it() -> None:
    shares = reading([0.88, 0.89, 0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98])
    judged = judge(terms(baseline=0.80, target=0.99, unit="%"), shares, AS_OF, RULES)
    assert judged.forecast is not None
    assert (judged.forecast.value, judged.forecast.high) == (1.0, 1.0)


def test_what_has_ended_is_compared_with_its_target_by_the_value_of_its_end() -> None:
    later = reading([*WEEKS, 0.79, 0.79, 0.79, 0.79, 0.79, 0.70, 0.95, 0.95])
    now = replace(later, comparisons=(Comparison("target", None, 0.80, 0.15, 0.1875, True),))
    ended = scored(terms(baseline=0.74, target=0.80), now, date(2014, 1, 20))
    assert ended is not None
    (target,) = ended.comparisons
    assert target.change == pytest.approx(-0.10)
    assert target.change_pct == pytest.approx(-0.125)
    assert target.better is False


def test_what_was_never_measured_closes_without_a_score() -> None:
    judged = judge(terms(baseline=0.74, target=0.82), None, date(2014, 1, 5), RULES)
    assert (judged.closed, judged.score) == (True, None)


def test_lower_can_be_better() -> None:
    falling = reading([6.0] * 7 + [5.0, 4.0, 3.0])
    found = judge(terms(type="decrease", baseline=6, target=1), falling, AS_OF, RULES)
    assert found.score == pytest.approx(0.6)
    assert found.status == "on_track"
    assert found.needed_rate is not None
    assert found.needed_rate < 0


def test_without_a_value_there_is_no_status() -> None:
    gap = judge(terms(baseline=0.74, target=0.82), reading([*WEEKS, None]), AS_OF, RULES)
    assert (gap.current, gap.score, gap.gap, gap.status) == (None, None, None, "unknown")
    nothing = judge(terms(baseline=0.74, target=0.82), None, AS_OF, RULES)
    assert (nothing.status, nothing.score) == ("unknown", None)


def test_a_kept_band_is_on_track_and_a_broken_one_at_risk_at_best() -> None:
    band = terms(type="maintain", band=(0.0, 0.01))
    kept = judge(band, reading([0.005] * 11), AS_OF, RULES)
    assert kept.score == pytest.approx(kept.expected)
    assert kept.status == "on_track"
    broken = judge(band, reading([0.005] * 10 + [0.02]), AS_OF, RULES)
    assert broken.gap == pytest.approx(47 / 91 / 7)
    assert (kept.outside, broken.outside) == ((0, 7), (1, 7))
    assert broken.status == "at_risk"
    mended = judge(band, reading([0.005] * 9 + [0.02, 0.005]), AS_OF, RULES)
    assert mended.status == "on_track"
    closed = judge(band, reading([0.005] * 16 + [0.02]), date(2014, 1, 1), RULES)
    assert closed.score == pytest.approx(12 / 13)
    assert closed.status == "partial"
    assert (closed.forecast, closed.needed_rate, closed.pace) == (None, None, ())


def test_a_milestone_runs_from_nothing_to_done() -> None:
    done = Reading("number", 0.6)
    found = judge(terms(type="milestone"), done, AS_OF, RULES)
    assert (found.baseline, found.target, found.score) == (0, 1, 0.6)
    assert found.status == "on_track"


def test_a_baseline_is_learned_by_measuring() -> None:
    assert judge(terms(type="baseline"), reading(WEEKS), AS_OF, RULES).status == "achieved"
    slow = judge(terms(type="baseline", target=13), reading(WEEKS), AS_OF, RULES)
    assert slow.score == pytest.approx(7 / 13)
    assert judge(terms(type="baseline"), None, AS_OF, RULES).status == "off_track"


def test_what_was_given_up_says_so() -> None:
    assert (
        judge(
            terms(baseline=0.74, target=0.82, state="dropped"), reading(WEEKS), AS_OF, RULES
        ).status
        == "dropped"
    )
    assert (
        judge(terms(baseline=0.74, target=0.82), reading(WEEKS), AS_OF, RULES, dropped=True).status
        == "dropped"
    )


def test_checkpoints_are_what_is_expected() -> None:
    pace = [{"on": date(2013, 11, 22), "value": 0.80}]
    found = judge(terms(baseline=0.74, target=0.82, pace=pace), reading(WEEKS), AS_OF, RULES)
    assert found.expected_value == pytest.approx(0.74 + 0.06 * 47 / 52), (
        "of 17 November, the last day measured"
    )
    assert found.expected == pytest.approx(0.75 * 47 / 52)
    assert found.status == "at_risk"


@pytest.mark.slow
@given(
    st.lists(st.one_of(st.none(), NUMBER), min_size=1, max_size=30),
    NUMBER,
    NUMBER,
    st.dates(Q4.start, date(2014, 3, 1)),
)
def test_any_course_of_events_can_be_judged(
    values: list[float | None], baseline: float, target: float, as_of: date
) -> None:
    for kind in ("increase", "decrease", "milestone", "baseline", "maintain"):
        band = (min(baseline, target), max(baseline, target))
        found = judge(
            terms(type=kind, baseline=baseline, target=target, band=band),
            reading(values),
            as_of,
            RULES,
        )
        assert found.score is None or 0 <= found.score <= 1
        assert 0 <= found.expected <= 1
        assert as_of > Q4.end or not found.closed
        assert found.closed or as_of <= Q4.end + timedelta(days=14)


# -- objectives -----------------------------------------------------------------------------------


def key_result(
    score: float | None, status: Status, *, expected: float = 0.5, closed: bool = False
) -> OkrReading:
    return OkrReading(
        baseline=0, target=1, original_target=1, current=score, raw=score, expected=expected, gap=None,
        score=score, status=status, closed=closed, elapsed_days=1, total_days=2,
    )  # fmt: skip


def objective(
    *judged: tuple[OkrReading, float, Commitment], state: str = "open"
) -> tuple[float | None, Status]:
    front = ObjectiveFront.model_validate({"title": "Punctual", "state": state})
    metrics = [
        (Metric(f"kr_{number}", "x.sql", "all", okr=terms(commitment, weight=weight)), found)
        for number, (found, weight, commitment) in enumerate(judged)
    ]
    punctual = Objective("punctual", "objective.md", ("all",), front=front)
    found = assess_objectives([punctual], {"punctual": metrics}, RULES)["punctual"]
    assert sum(found.counts.values()) == len(judged)
    return found.score, found.status


def test_an_objective_is_judged_by_the_same_rule_on_the_means() -> None:
    score, status = objective(
        (key_result(0.2, "off_track"), 1, "committed"),
        (key_result(0.5, "on_track"), 2, "committed"),
    )
    assert score == pytest.approx(0.4)
    assert status == "on_track"
    _, status = objective(
        (key_result(0.1, "off_track"), 1, "committed"),
        (key_result(None, "unknown"), 1, "committed"),
    )
    assert status == "off_track"


def test_dropped_key_results_do_not_count() -> None:
    score, status = objective(
        (key_result(0.0, "dropped"), 5, "committed"), (key_result(0.6, "on_track"), 1, "committed")
    )
    assert (score, status) == (0.6, "on_track")
    assert objective((key_result(0.0, "dropped"), 1, "committed"))[1] == "dropped"
    assert objective((key_result(0.6, "on_track"), 1, "committed"), state="dropped")[1] == "dropped"


def test_a_closed_objective_expects_what_its_key_results_do() -> None:
    def closed(score: float) -> OkrReading:
        return key_result(score, "partial", expected=1, closed=True)

    assert (
        objective((closed(0.7), 1, "aspirational"), (closed(0.7), 1, "aspirational"))[1]
        == "achieved"
    )
    assert (
        objective((closed(1.0), 1, "committed"), (closed(0.7), 1, "aspirational"))[1] == "achieved"
    )
    assert (
        objective((closed(0.7), 1, "committed"), (closed(0.7), 1, "aspirational"))[1] == "partial"
    )
    assert objective((closed(0.1), 1, "committed"))[1] == "missed"


def test_an_objective_without_news_says_what_its_key_results_say() -> None:
    assert objective()[1] == "unknown"
    for status in ("not_started", "early", "unknown", "achieved"):
        found = key_result(None if status == "unknown" else 0.5, status)
        assert objective((found, 1, "committed"), (found, 1, "committed"))[1] == status
