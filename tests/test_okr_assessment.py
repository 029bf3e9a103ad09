"""How key results and objectives are judged."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharekit.numbers.results import Comparison, OkrReading, Point, Reading, Status
from sharekit.okr import assessment as judging
from sharekit.okr import formulas as okr
from sharekit.okr.assessment import assess_objectives
from sharekit.okr.scored_reading import scored
from sharekit.project.manifest import KeyResultTerms, Metric, Objective, Period
from sharekit.project.shapes import (
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


def weekly(values: list[float | None], start: date = date(2013, 10, 6)) -> list[Point]:
    return [Point(start + timedelta(weeks=index), value) for index, value in enumerate(values)]


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
