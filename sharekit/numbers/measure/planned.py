"""What rows say about the periods to come: a plan, never a measurement. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import compress

from msgspec import Struct

from sharekit.errors import ProblemsError
from sharekit.numbers.measure.computed_targets import Targets, column_targets, targets_by_day
from sharekit.numbers.measure.gaps import headline_values
from sharekit.numbers.measure.series_rows import SeriesRows
from sharekit.numbers.measure.timeline import Timeline
from sharekit.numbers.results import Point
from sharekit.project.manifest import Metric


class PlannedRows(Struct, frozen=True):
    """The rows of the periods to come, apart from all others."""

    starts: tuple[date, ...]
    """First days of those periods that have rows."""
    is_planned: Sequence[bool]
    """Of each row of the query, whether it is one of them."""
    rows: SeriesRows
    """In the slots of their periods; the last slot is for all other rows."""

    @property
    def size(self) -> int:
        """How many slots there are, with that for all other rows."""
        return len(self.starts) + 1


def planned_rows(rows: SeriesRows, timeline: Timeline) -> PlannedRows | None:
    """The rows of the periods to come; None where there are none."""
    if not timeline.planned:
        return None
    starts = tuple(sorted(set(timeline.planned.values())))
    slot_of = {start: slot for slot, start in enumerate(starts)}
    is_planned = [cell in timeline.planned for cell in rows.cells]
    cells = list(compress(rows.cells, is_planned))
    slots = [slot_of[timeline.planned[cell]] for cell in cells]
    table = rows.table.only(is_planned).at(slots)
    return PlannedRows(starts, is_planned, rows.with_rows(table, cells))


def planned_points(metric: Metric, planned: PlannedRows | None) -> tuple[Point, ...]:
    """The values of the periods to come. What does not add up there has none: a plan never stops
    what is measured."""
    if planned is None:
        return ()
    try:
        values = headline_values(metric, planned.rows.totals(planned.size).totals) or ()
    except ProblemsError:
        return ()
    dated = zip(planned.starts, values, strict=False)
    return tuple(Point(start, value) for start, value in dated if value is not None)


def planned_targets(
    metric: Metric, planned: PlannedRows | None, column: Sequence[float | None]
) -> Targets:
    """The targets of the periods to come, from the column that `target` names."""
    if planned is None:
        return ()
    here = list(compress(column, planned.is_planned))
    rows = planned.rows
    try:
        values = column_targets(metric, rows.rule, rows.table, here, planned.size)
    except ProblemsError:
        return ()
    return targets_by_day(planned.starts, values)
