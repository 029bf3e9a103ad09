"""A number that runs exactly on its line is on track on every day, at any grain, and its pace ends
on the target."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sharekit.numbers.measure import measure
from sharekit.numbers.periods import floor
from sharekit.numbers.results import Cell, Column, OkrReading, Rows
from sharekit.okr.assessment import assess_key_result
from sharekit.okr.scored_reading import scored
from sharekit.project.manifest import KeyResultTerms, Metric, Period, Sql
from sharekit.project.shapes import Grain, KeyResultFront, OkrConfig, ProjectConfig

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
GRAINS: list[Grain] = ["day", "week", "month", "quarter"]


def key_result(
    period: Period, baseline: float, target: float, grain: Grain, **front: object
) -> Metric:
    kind = "increase" if target > baseline else "decrease"
    declared = {
        "title": "On its line",
        "type": kind,
        "baseline": baseline,
        "target": target,
        "grain": grain,
        **front,
    }
    shape = KeyResultFront.model_validate(declared)
    return Metric("line", "metrics/okrs/o/line.sql", ("all",), front=shape, sql=Sql("SELECT 1"),
                  okr=KeyResultTerms("o", period, "committed", shape))  # fmt: skip


def series(rows: list[tuple[Cell, ...]], *names: str) -> Rows:
    kinds = ["date", *["number"] * len(names)]
    columns = zip(("day", *names), ("DATE", *["DOUBLE"] * len(names)), kinds, strict=True)
    return Rows(tuple(Column(name, type_, kind) for name, type_, kind in columns), tuple(rows))  # type: ignore[arg-type]


def judged(metric: Metric, rows: Rows, as_of: date, until: date | None = None) -> OkrReading:
    found = measure(metric, rows, as_of, ProjectConfig(name="p"), data_until=until or as_of - DAY)
    assert found.reading is not None, found.problems
    assert metric.okr is not None
    return assess_key_result(
        metric.okr, scored(metric.okr, found.reading, as_of), as_of, OkrConfig()
    )


def on_the_line(period: Period, baseline: float, target: float, day: date) -> float:
    return baseline + (target - baseline) * (day - period.start).days / period.days


@given(
    st.sampled_from(GRAINS),
    st.sampled_from([(date(2026, 10, 1), date(2026, 12, 31)), (date(2024, 1, 1), date(2024, 3, 31)),
                     (date(2026, 7, 1), date(2026, 12, 31)), (date(2026, 1, 1), date(2026, 12, 31))]),
    st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.integers(1, 365),
)  # fmt: skip
def test_an_exact_line_is_on_track_on_every_day_at_any_grain(
    grain: Grain, ends: tuple[date, date], baseline: float, target: float, passed: int
) -> None:
    period = Period("p", *ends)
    baseline = 0.0 if grain == "quarter" else baseline
    assume(abs(target - baseline) > 1e-3)
    as_of = min(period.start + passed * DAY, period.end)
    values: dict[date, Cell] = {}
    day = period.start - 40 * DAY
    while day < as_of:
        values[floor(day, grain)] = on_the_line(period, baseline, target, day)
        day += DAY
    found = judged(
        key_result(period, baseline, target, grain), series(list(values.items()), "value"), as_of
    )
    assert found.status in ("early", "on_track", "achieved")
    if found.through is not None and found.through > period.start:
        assert found.gap == pytest.approx(0, abs=1e-6)
        assert found.expected_value == pytest.approx(found.current, rel=1e-6, abs=1e-6)
        assert found.status == "early" or found.expected >= 0.10 - 1e-9
    if found.forecast is not None:
        width = 1e-6 * max(1.0, abs(target), abs(baseline))
        assert found.forecast.value == pytest.approx(target, abs=width)
        assert found.forecast.outlook == "reached"
        assert found.actual_rate is not None
        if found.needed_rate is not None:
            assert found.actual_rate == pytest.approx(found.needed_rate, rel=1e-4, abs=1e-6)


@example("week", 92, 1)
@given(st.sampled_from(["day", "week", "month"]), st.integers(1, 92), st.integers(1, 50))
def test_a_sum_to_date_that_grows_evenly_is_on_track_on_every_day(
    grain: Grain, passed: int, daily: int
) -> None:
    period = Period("2026-Q4", date(2026, 10, 1), date(2026, 12, 31))
    metric = key_result(period, 0, 92 * daily, grain, measured="period_to_date", total="sum")
    as_of = period.start + passed * DAY
    days = [period.start - 20 * DAY + number * DAY for number in range(passed + 20)]
    found = judged(metric, series([(day, float(daily)) for day in days], "value"), as_of)
    assert found.status in ("early", "on_track", "achieved", "unknown")
    if found.through is not None:
        assert found.current == daily * ((found.through - period.start).days + 1), (
            "days before the period do not count"
        )
        assert found.gap == pytest.approx(0, abs=0.02)
    if as_of > period.end:
        assert found.score == pytest.approx(1), "all of its days are there, in the last week too"


@pytest.mark.parametrize("measured", ["last_period", "period_to_date"])
def test_a_key_result_closes_when_its_last_data_are_there(measured: str) -> None:
    period = Period("2026-Q4", date(2026, 10, 1), date(2026, 12, 31))
    metric = key_result(period, 0, 92, "week", measured=measured, total="sum")

    def seen(last: date, as_of: date) -> OkrReading:
        days = [period.start + number * DAY for number in range((last - period.start).days + 1)]
        return judged(metric, series([(day, 1.0) for day in days], "value"), as_of, last)

    late = seen(date(2026, 12, 23), date(2027, 1, 2))
    assert (late.closed, late.through) == (False, date(2026, 12, 20))
    assert late.status not in ("achieved", "partial", "missed")
    there = seen(date(2026, 12, 31), date(2027, 1, 2))
    assert there.closed
    assert there.through == (date(2026, 12, 27 if measured == "last_period" else 31))
    never = seen(date(2026, 12, 23), date(2027, 1, 15))
    assert never.closed, "what has not come in two weeks is not waited for"


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=14, max_size=91),
    st.integers(0, 40),
)
def test_a_ratio_to_date_is_the_sums_of_the_days_so_far(
    days: list[tuple[int, int]], before: int
) -> None:
    period = Period("2026-Q4", date(2026, 10, 1), date(2026, 12, 31))
    metric = key_result(
        period, 0.9, 0.1, "week", measured="period_to_date", numerator="late", denominator="calls"
    )
    as_of = period.start + len(days) * DAY
    early: list[tuple[Cell, ...]] = [
        (period.start - n * DAY, 1.0, 1.0) for n in range(1, before + 1)
    ]
    rows: list[tuple[Cell, ...]] = [
        (period.start + n * DAY, float(min(late, calls)), float(calls))
        for n, (late, calls) in enumerate(days)
    ]
    found = judged(metric, series([*early, *rows], "late", "calls"), as_of)
    through = floor(as_of, "week") - DAY
    counted = [
        (late, calls) for (day, late, calls) in rows if isinstance(day, date) and day <= through
    ]
    assert found.through == through
    assert found.current == pytest.approx(sum(a for a, _ in counted) / sum(b for _, b in counted))  # type: ignore[arg-type]
