"""Rows -> Reading: what one metric's SQL says as of a date. Pure.

`number` reads rows without dates, `series` rows with them. What does not fit comes back as Problems
of phase "data"; nothing is raised.

Members that are NULL in the data show as "(none)" where slices add up. Where a query brings total
rows of its own (GROUPING SETS, ROLLUP, CUBE or UNION) NULL means total, so such members need a
name: COALESCE(origin, 'unknown')."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from msgspec import Struct

from sharekit.errors import Problem, ProblemsError
from sharekit.numbers.additivity import Outputs
from sharekit.numbers.measure.columns import column_problem, sql_place, unknown_columns
from sharekit.numbers.measure.computed_targets import target_metrics, with_target_metric
from sharekit.numbers.measure.date_problems import EMPTY_HINT
from sharekit.numbers.measure.inputs import MeasureInputs
from sharekit.numbers.measure.labels import Labels, with_labels
from sharekit.numbers.measure.misleading_totals import mixed_units
from sharekit.numbers.measure.period_coverage import Coverage
from sharekit.numbers.measure.rows import MetricRows, metric_rows
from sharekit.numbers.measure.series import series_reading
from sharekit.numbers.measure.shares import not_a_share
from sharekit.numbers.measure.single_number import number_reading
from sharekit.numbers.measure.totals import may_have_total_rows
from sharekit.numbers.results import Reading, Rows, Slice
from sharekit.project.manifest import Metric
from sharekit.project.shapes import ProjectConfig

__all__ = [
    "Coverage",
    "Measurement",
    "may_have_total_rows",
    "measure",
    "member",
    "sql_place",
    "target_metrics",
    "with_target_metric",
]


class Measurement(Struct, frozen=True):
    """What rows came to. There is no reading exactly where one of the problems is an error."""

    reading: Reading | None
    problems: tuple[Problem, ...] = ()


def measure(
    metric: Metric,
    rows: Rows,
    as_of: date,
    project: ProjectConfig,
    *,
    data_until: date | None = None,
    totals: bool | None = None,
    outputs: Outputs | None = None,
    coverage: Coverage | None = None,
    looks_back: bool = False,
    labels: Labels = MappingProxyType({}),
) -> Measurement:
    """Read a metric's rows as of a date.

    `coverage` says from when to when the sources it reads have data; `data_until` is only the last
    day, where no more is known. `totals` says whether the SQL, or that of anything it reads, can
    bring total rows; default: told from the metric's own SQL. `outputs` says how
    its columns add up; default: read off its own SQL alone. `looks_back`: whether its SQL has
    windows or offsets by rows. `labels`: names of members from lookups."""
    covered = coverage or Coverage.through(data_until)
    if metric.front.kind == "table":
        return _table(metric, rows, covered.until)
    may_total = may_have_total_rows(metric.sql.text) if totals is None else totals
    try:
        columns = _own_outputs(metric) if outputs is None else outputs
        data, warnings = metric_rows(metric, rows, may_total, columns)
        _refuse_no_rows(data, rows, covered)
        inputs = MeasureInputs(data, as_of, project, covered, looks_back, labels)
        if data.roles.time is None:
            reading, problems = number_reading(inputs, rows)
        else:
            reading, problems = series_reading(inputs, data.columns[data.roles.time])
    except ProblemsError as error:
        return Measurement(None, error.problems)
    mixed = mixed_units(metric, reading, columns)
    remarks = (*warnings, *problems, *mixed, *not_a_share(metric, reading))
    return Measurement(with_labels(reading, labels), remarks)


def _own_outputs(metric: Metric) -> Outputs:
    from sharekit.numbers.additivity.query_reader import AdditivityReader

    return AdditivityReader(lambda name: None).outputs(metric.sql.text)


def member(reading: Reading, name: str) -> Slice | None:
    """The slice of a member, `{{ id[JFK] }}`: of the first dimension, in declared order, that has
    one so called."""
    for slices in reading.slices.values():
        for member_slice in slices:
            if member_slice.member == name:
                return member_slice
    return None


def _table(metric: Metric, rows: Rows, data_until: date | None) -> Measurement:
    strangers = tuple(unknown_columns(metric, rows))
    if strangers:
        return Measurement(None, strangers)
    problems: tuple[Problem, ...] = ()
    if not rows.rows:
        problems = (
            column_problem(metric, "empty-result", "the table has no rows", severity="warning"),
        )
    return Measurement(Reading("table", None, table=rows, data_until=data_until), problems)


def _refuse_no_rows(data: MetricRows, rows: Rows, coverage: Coverage) -> None:
    """Refuse a query without rows, except a series where no row means none: that is of data which
    are there."""
    front = data.metric.front
    means_none = front.missing == "zero" and front.grain and data.roles.time is not None
    if rows.rows:
        return
    message, hint = "the query returns no rows", EMPTY_HINT
    if means_none and coverage.is_empty:
        message = "its sources are empty, so a missing row cannot stand for zero"
        hint = "Load its rows; `missing: zero` fills only as far as the data reach."
    elif means_none and coverage.unknown_end is not None:
        message = (
            "the query returns no rows, and it is not known up to which day its data reach"
            f" ({coverage.unknown_end})"
        )
        hint = "Let it return days of a table's own column, so that the table can be asked."
    elif means_none:
        return
    raise ProblemsError([column_problem(data.metric, "empty-result", message, hint=hint)])
