"""Targets that are not written as numbers: a column of the query, or another metric. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sharekit.errors import Problem
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.comparisons import comparison, declared_comparisons
from sharekit.numbers.measure.totals import MetricColumns, Rule, add_up
from sharekit.numbers.results import Point, Reading
from sharekit.project.manifest import Metric
from sharekit.records import replace

Targets = tuple[tuple[date, float], ...]


def column_targets(
    metric: Metric, rule: Rule, table: MetricColumns, column: Sequence[float | None], size: int
) -> list[float | None]:
    """The target of each slot: slices' targets add up where their values do; else all rows of a
    slot must say one."""
    if rule == "sum":
        return list(
            add_up(metric, "sum", replace(table, value=column), size).total or [None] * size
        )
    values: list[set[float]] = [set() for _ in range(size)]
    for slot, target in zip(table.slots, column, strict=True):
        if target is not None:
            values[slot].add(target)
    return [next(iter(targets)) if len(targets) == 1 else None for targets in values]


def with_targets(metric: Metric, reading: Reading, targets: Targets) -> Reading:
    """The reading with these targets, the headline compared with the one of its own period. Those
    of a series are each of one period, and a period without one has no target."""
    if reading.period_start is None:
        target = targets[-1][1] if targets else None
    else:
        end = reading.period_end or reading.period_start
        target = next(
            (value for day, value in reversed(targets) if reading.period_start <= day <= end), None
        )
    comparisons = tuple(
        period_comparison
        for period_comparison in reading.comparisons
        if period_comparison.kind != "target"
    )
    if (
        target is not None
        and reading.value is not None
        and "target" in declared_comparisons(metric)
    ):
        comparisons = (
            *comparisons,
            comparison("target", None, reading.value, target, metric.front),
        )
    return replace(
        reading,
        target=target,
        targets=targets,
        targets_by_period=reading.period_start is not None,
        comparisons=comparisons,
    )


def with_target_metric(
    metric: Metric, reading: Reading, target_reading: Reading | None
) -> tuple[Reading, tuple[Problem, ...]]:
    """The reading with the values of another metric as its targets, those of periods to come too,
    and what is wrong with that."""
    name = metric.target_metric
    if target_reading is None:
        return reading, (
            _complaint(metric, f"the target, metrics.{name}, could not be computed", None),
        )
    if target_reading.grain != reading.grain:
        message = (
            f"the target is by {target_reading.grain or 'no period'}, and the value by"
            f" {reading.grain or 'no period'}"
        )
        return reading, (
            _complaint(metric, message, f"Give metrics.{name} the grain of this metric."),
        )
    planned = {point.on for point in target_reading.planned}
    open_point = target_reading.open_point
    points = (
        *target_reading.partial,
        *target_reading.series,
        *target_reading.unsettled,
        *([open_point] if open_point and open_point.on not in planned else []),
        *target_reading.planned,
    )
    if target_reading.grain is None and target_reading.value is not None:
        points = (Point(date.min, target_reading.value),)
    targeted = with_targets(
        metric,
        reading,
        tuple((point.on, point.value) for point in points if point.value is not None),
    )
    if targeted.target is None:
        return targeted, (
            _complaint(metric, f"metrics.{name} has no value for the period of the headline", None),
        )
    return targeted, ()


def _complaint(metric: Metric, message: str, hint: str | None) -> Problem:
    return column_problem(metric, "no-target", message, key="target", hint=hint, severity="warning")


def targets_by_day(days: Sequence[date], values: Sequence[float | None]) -> Targets:
    """Targets by the first days of their periods."""
    dated = ((day, value) for day, value in zip(days, values, strict=False) if value is not None)
    return tuple(sorted(dated))


def target_metrics(metrics: Mapping[str, Metric]) -> dict[str, str]:
    """Id of each metric whose target is another metric -> that one's id."""
    return {
        name: target
        for name, metric in metrics.items()
        if (target := metric.target_metric) is not None
    }
