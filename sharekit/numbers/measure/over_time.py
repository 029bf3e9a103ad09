"""How several rows of one period become one value: `over_time`. Pure.

What adds up is summed in one go. Everything else is first added up over the slices at each time of
the data, and then the times of a period become one value: the last one of a level, a mean, the
largest, the smallest. A slice without a row at a time is no zero there: with `missing: last` it has
its last measurement, else that time has no total."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct, field

from sharekit.numbers.additivity import Additivity
from sharekit.numbers.measure.totals import MetricColumns, Rule, Totals, Values, add_up, member_name
from sharekit.numbers.results import Cell
from sharekit.project.manifest import Metric
from sharekit.project.shapes import OverTime

SliceKey = tuple[tuple[str, str], ...]
"""The member of each dimension, in declared order."""


class SlotTotals(Struct, frozen=True):
    """What rows add up to, by slot, and where a slice was missing."""

    totals: Totals
    incomplete: Mapping[int, tuple[Cell, SliceKey]] = field(default_factory=dict)
    """Slot -> the latest time in it, where that has no total, and the slice for which it has
    none."""
    times: Mapping[int, Cell] = field(default_factory=dict)
    """Slot -> the latest time in it that has a total (or a slice, where there is no total)."""


def over_time_rule(metric: Metric, rule: Rule, additivity: Additivity, time: str) -> OverTime:
    """How the values of one period become one: as declared, else as the aggregate says."""
    front = metric.front
    if front.over_time is not None:
        return front.over_time
    if rule == "ratio" or additivity.over([time]):
        return "sum"
    if additivity.how == "level":
        return "last"
    return "sum" if front.total == "sum" and not front.dimensions else "none"


def add_up_over_time(
    metric: Metric,
    rule: Rule,
    over_time: OverTime,
    table: MetricColumns,
    cells: Sequence[Cell],
    size: int,
    *,
    adds: bool,
) -> SlotTotals:
    """Totals and slices of every slot. `cells` is the time of each row. Raises ProblemsError."""
    if over_time == "sum":
        return SlotTotals(add_up(metric, rule, table, size, adds=adds))
    order = sorted((cell for cell in set(cells) if isinstance(cell, date)), key=_time_order)
    at: dict[Cell, int] = {cell: number for number, cell in enumerate(order)}
    fine = table.at([at.get(cell, len(order)) for cell in cells])
    missing: dict[int, SliceKey] = {}
    if rule in ("sum", "ratio") and table.dimensions and metric.front.missing != "zero":
        if metric.front.missing == "last":
            fine = _carried_forward(fine, len(order))
        else:
            missing = _missing(fine, len(order))
    totals = add_up(metric, rule, fine, len(order) + 1, adds=adds)
    totals = _without_missing(totals, missing)
    slots: list[list[int]] = [[] for _ in range(size)]
    slot_of = dict(zip(cells, table.slots, strict=True))
    for number, cell in enumerate(order):
        slots[slot_of[cell]].append(number)
    return _joined_over_time(totals, slots, over_time, order, missing)


def _time_order(cell: Cell) -> tuple[int, float]:
    if isinstance(cell, datetime):
        seconds = cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
        return cell.toordinal(), seconds
    assert isinstance(cell, date)
    return cell.toordinal(), 0.0


# -- slices without a row -------------------------------------------------------------------------


def _rows_by_members(table: MetricColumns, size: int) -> dict[tuple[Cell, ...], list[int | None]]:
    """For each combination of members the row that holds its value at each time, None where it has
    none."""
    rows_of: dict[tuple[Cell, ...], list[int | None]] = {}
    values = table.value if table.value is not None else table.denominator
    keys = zip(*(column for _, column in table.dimensions), strict=True)
    for row, (key, slot) in enumerate(zip(keys, table.slots, strict=True)):
        rows = rows_of.setdefault(key, [None] * (size + 1))
        if values is not None and values[row] is not None:
            rows[slot] = row
    return rows_of


def _carried_forward(table: MetricColumns, size: int) -> MetricColumns:
    """The rows and, where a slice has none after its first, its last one once more."""
    slots, rows = [], list[int]()
    for rows_by_slot in _rows_by_members(table, size).values():
        last: int | None = None
        for slot, row in enumerate(rows_by_slot[:size]):
            last = row if row is not None else last
            if last is not None:
                slots.append(slot)
                rows.append(last)

    def pick(column: Sequence[float | None] | None) -> Sequence[float | None] | None:
        return None if column is None else [column[row] for row in rows]

    dimensions = [(name, [column[row] for row in rows]) for name, column in table.dimensions]
    return MetricColumns(
        slots, dimensions, pick(table.value), pick(table.numerator), pick(table.denominator)
    )


def _missing(table: MetricColumns, size: int) -> dict[int, SliceKey]:
    """The times at which a slice that has begun has no value, each with the first such slice by
    name."""
    missing: dict[int, SliceKey] = {}
    dimensions = [name for name, _ in table.dimensions]
    for key, rows_by_slot in _rows_by_members(table, size).items():
        name = tuple(zip(dimensions, map(member_name, key), strict=True))
        begun = False
        for slot, row in enumerate(rows_by_slot[:size]):
            begun = begun or row is not None
            if begun and row is None:
                missing[slot] = min(name, missing.get(slot, name))
    return missing


def _without_missing(totals: Totals, missing: Mapping[int, SliceKey]) -> Totals:
    if totals.total is None or not missing:
        return totals
    total = [None if slot in missing else value for slot, value in enumerate(totals.total)]
    return Totals(totals.rule, total, totals.slices)


# -- times of a period ----------------------------------------------------------------------------


def _last(values: Sequence[float]) -> float:
    return values[-1]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


_JOINING: Mapping[OverTime, Callable[[Sequence[float]], float]] = {
    "last": _last,
    "mean": _mean,
    "max": max,
    "min": min,
    "none": _last,  # there is one time in a period, or the rows were refused
}


def _joined_over_time(
    totals: Totals,
    slots: Sequence[Sequence[int]],
    over_time: OverTime,
    order: Sequence[Cell],
    missing: Mapping[int, SliceKey],
) -> SlotTotals:
    join = _JOINING[over_time]

    def reduce(values: Values) -> Values:
        measured = ([value for at in times if (value := values[at]) is not None] for times in slots)
        return [join(measured_values) if measured_values else None for measured_values in measured]

    incomplete = {
        slot: (order[times[-1]], missing[times[-1]])
        for slot, times in enumerate(slots)
        if times and times[-1] in missing
    }
    times = {
        slot: order[at]
        for slot, times_of_slot in enumerate(slots)
        if (at := _latest(totals, times_of_slot)) is not None
    }
    return SlotTotals(totals.changed(reduce), incomplete, times)


def _latest(totals: Totals, slots: Sequence[int]) -> int | None:
    """The last of some times that has a total, or any slice where there are no totals."""
    rows = (
        [totals.total]
        if totals.total is not None
        else [row for members in totals.slices.values() for row in members.values()]
    )
    return next((at for at in reversed(slots) if any(row[at] is not None for row in rows)), None)
