"""A reading with the targets that its rows bring, and with what is said about each member. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sharekit.errors import ProblemsError
from sharekit.numbers.measure.computed_targets import column_targets, targets_by_day, with_targets
from sharekit.numbers.measure.inputs import MeasureInputs
from sharekit.numbers.measure.member_targets import (
    ByMember,
    column_of_targets,
    counts_of,
    declared_targets,
    few_last,
    nothing_counted,
    unknown_members,
    with_member_targets,
)
from sharekit.numbers.measure.planned import PlannedRows, planned_targets
from sharekit.numbers.measure.slices import order_of_members
from sharekit.numbers.measure.totals import MetricColumns, Rule
from sharekit.numbers.results import Reading


def with_row_targets(
    inputs: MeasureInputs,
    reading: Reading,
    rule: Rule,
    table: MetricColumns,
    starts: Sequence[date],
    planned: PlannedRows | None = None,
) -> Reading:
    """The reading with the targets of the column that `target` names, where it names one, and with
    what is said about each member. `starts` are the first days of the periods, by slot; `planned` are
    the rows of those to come. Raises ProblemsError."""
    is_there = reading.period_start in starts
    slot = starts.index(reading.period_start) if is_there else len(starts) - 1
    reading = _with_members(inputs, reading, rule, table, slot)
    column = inputs.rows.targets()
    if column is None:
        return reading
    values = column_targets(inputs.metric, rule, table, column, len(starts) + 1)
    here = targets_by_day(starts, values)
    to_come = planned_targets(inputs.metric, planned, column)
    targets = (*here, *(target for target in to_come if target not in here))
    return with_targets(inputs.metric, reading, targets)


def _with_members(
    inputs: MeasureInputs, reading: Reading, rule: Rule, table: MetricColumns, slot: int
) -> Reading:
    """With the target of each member of a dimension, and the cases its value is based on."""
    metric, front = inputs.metric, inputs.metric.front
    if front.targets is None and front.minimum_count is None:
        return reading
    column = inputs.rows.member_targets()
    targets: ByMember = dict.fromkeys(reading.slices, declared_targets(metric))
    if column is not None:
        targets = column_of_targets(rule, table, column, slot)
    counted = inputs.rows.counted(table) if front.minimum_count is not None else None
    if front.minimum_count is not None and counted is None:
        raise ProblemsError([nothing_counted(metric)])
    if unknown := list(unknown_members(metric, reading)):
        raise ProblemsError(unknown)
    counts = counts_of(table, counted, slot) if counted is not None else {}
    reading = with_member_targets(reading, targets, counts)

    def has_order(dimension: str, members: Sequence[str]) -> bool:
        return order_of_members(metric, dimension, members, inputs.project.week_start) is not None

    return few_last(reading, front.minimum_count, has_order)
