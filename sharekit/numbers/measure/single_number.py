"""One number: rows without dates -> Reading. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sharekit.errors import Problem, ProblemsError
from sharekit.numbers.measure.columns import column_problem, date_cast
from sharekit.numbers.measure.comparisons import target_on, targets_of
from sharekit.numbers.measure.headline_comparisons import compared_with_target
from sharekit.numbers.measure.headline_member import with_headline_member
from sharekit.numbers.measure.inputs import MeasureInputs
from sharekit.numbers.measure.labels import names_of
from sharekit.numbers.measure.misleading_totals import counted_twice
from sharekit.numbers.measure.reading_targets import with_row_targets
from sharekit.numbers.measure.slices import alike_members, misspelled_orders, slices_of_number
from sharekit.numbers.measure.totals import add_up
from sharekit.numbers.results import Reading, Rows
from sharekit.project.manifest import Metric
from sharekit.project.shapes import KeyResultFront, MetricFront


def number_reading(inputs: MeasureInputs, rows: Rows) -> tuple[Reading, tuple[Problem, ...]]:
    """The reading of a query that returns no date, and warnings. Raises ProblemsError."""
    metric, data = inputs.metric, inputs.rows
    _refuse_periods(metric)
    count = len(rows.rows)
    if count > 1 and not data.roles.dimensions:
        raise ProblemsError([_several_rows(metric, rows)])
    data.refuse_repeats()
    table = data.table([0] * count)
    rule = data.rule()
    totals = add_up(metric, rule, table, 2, adds=data.adds)
    notes, problems = counted_twice(metric, totals, names_of(inputs.labels, totals.slices))
    value = totals.total[0] if totals.total else None
    problems = (*problems, *data.lacking_parts(rule, finer=False))
    if totals.total and value is None:
        problems = (*problems, _no_value(metric))
    targets = targets_of(metric)
    target = target_on(targets, inputs.as_of)
    reading = Reading(
        "sliced" if data.roles.dimensions else "number",
        value,
        notes=notes,
        comparisons=compared_with_target(metric, value, target),
        slices=slices_of_number(metric, totals, inputs.project.week_start),
        target=target,
        targets=targets,
        data_until=inputs.coverage.until,
        rule=rule if data.roles.dimensions else None,
    )
    alike = alike_members(metric, reading.slices, inputs.labels)
    problems = (*problems, *misspelled_orders(metric, reading.slices), *alike)
    reading = with_row_targets(inputs, reading, rule, table, (date.min,))
    return with_headline_member(metric, reading, has_total=totals.total is not None), problems


def _refuse_periods(metric: Metric) -> None:
    """Refuse what asks for periods, of a query that returns no date."""
    idle = list(_about_periods(metric.front))
    if idle:
        hint = (
            "Return a date column, such as date_trunc('week', ...)::DATE AS week, or take it out."
        )
        message = "`{}` needs periods, and the query returns no date"
        raise ProblemsError(
            [
                column_problem(metric, "no-time-column", message.format(option), key=key, hint=hint)
                for key, option in idle
            ]
        )


def _about_periods(front: MetricFront) -> Iterator[tuple[str, str]]:
    """Key and option of what says nothing of a value without a date."""
    for kind in front.compare or ():
        if kind != "target":
            yield "compare", f"compare: {kind}"
    if front.missing != "gap":
        yield "missing", f"missing: {front.missing}"
    if isinstance(front, KeyResultFront) and front.measured != "last_period":
        yield "measured", f"measured: {front.measured}"
    if front.chart == "line" or (front.chart and not front.dimensions):
        yield "chart", f"chart: {front.chart}"
    for key in ("over_time", "since", "settles", "change"):
        if getattr(front, key) is not None:
            yield key, key


def _several_rows(metric: Metric, rows: Rows) -> Problem:
    hint = (
        "Return one row, or a date column for a series, or declare `dimensions`, or write"
        " `kind: table`."
    )
    for at, column in enumerate(rows.columns):
        if cast := date_cast(metric, rows, at):
            hint = (
                f"Column `{column.name}` is text; for a series make it a date: {cast} AS"
                f" {column.name}. {hint}"
            )
            break
    return column_problem(
        metric,
        "several-rows",
        f"the query returns {len(rows.rows):,} rows, and nothing tells them apart",
        hint=hint,
    )


def _no_value(metric: Metric) -> Problem:
    message = "the query returns no value: NULL, or no finite number"
    hint = "Look at what it reads: an aggregate over no rows and a division by zero give none."
    return column_problem(metric, "no-value", message, hint=hint, severity="warning")
