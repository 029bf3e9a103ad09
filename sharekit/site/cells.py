"""The rows of a table metric as a page shows them: as they are, or as their column says. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.exact import as_number
from sharekit.numbers.formats import (
    format_day,
    format_period,
    format_value,
    is_format,
)
from sharekit.numbers.results import Cell, Column, Reading, Rows, Slice
from sharekit.project.shapes import ColumnFront, MetricFront
from sharekit.site.charts import Subject, members_target, sparkline
from sharekit.site.exact_text import csv_cell, digits
from sharekit.wording.english import capital
from sharekit.wording.headline import value_period
from sharekit.wording.number_phrases import period_before

Dress = Callable[[float], str]
"""How a quantity reads."""


class TableColumn(Struct, frozen=True):
    name: str
    numeric: bool
    drawn: bool = False
    """Whether its cells are drawings."""


class TableCell(Struct, frozen=True):
    text: str
    numeric: bool
    raw: str | None
    drawing: Markup | None = None
    worse: bool = False
    """Whether it is on the wrong side."""


class RowsTable(Struct, frozen=True):
    """The rows of a table metric."""

    id: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    note: str
    caption: str = ""
    faint: frozenset[int] = frozenset()
    """Rows of members that are based on too few cases."""


def rows_table(
    table: Rows, front: MetricFront, table_id: str, most: int, title: str = ""
) -> RowsTable:
    """The rows of a table metric, at most so many.

    Numbers are written with the digits that the query returned, without thousands or rounding:
    nobody can tell an amount from an id but the one who declares it."""
    dresses = [_dress(column, front) for column in table.columns]
    rows = tuple(
        tuple(_cell(cell, dress) for cell, dress in zip(row, dresses, strict=True))
        for row in table.rows[:most]
    )
    columns = tuple(TableColumn(column.name, column.kind == "number") for column in table.columns)
    return RowsTable(table_id, columns, rows, _more(len(table.rows), most), title)


MOST_COLUMNS = 12


def values_table(
    subject: Subject,
    reading: Reading,
    table_id: str,
    most: int,
    *,
    by: str | None = None,
    last: int | None = None,
    title: str = "",
) -> RowsTable:
    """The values of a number as a table, newest first: one column, or one for each of the largest
    members of `by`."""
    if by is not None:
        slices = reading.slices.get(by, ())
        if not any(member_slice.series for member_slice in slices):
            return _members_table(subject, slices, by, table_id, most, title)
        columns = [
            (member_slice.name, member_slice.series) for member_slice in slices[:MOST_COLUMNS]
        ]
    else:
        columns = [(subject.title, reading.series)]
    days = sorted({point.on for _, series in columns for point in series}, reverse=True)[:last]
    if not days:
        values = [[_value(subject, reading.value)]] if reading.value is not None else []
        return _table(table_id, [subject.title], values, most, title)
    series_by_day = [dict(series) for _, series in columns]
    rows = [
        [_first_day(day, subject), *(_value(subject, by_day.get(day)) for by_day in series_by_day)]
        for day in days
    ]
    return _table(
        table_id,
        [(subject.grain or "day").capitalize(), *(name for name, _ in columns)],
        rows,
        most,
        title,
    )


def member_rows(subject: Subject, reading: Reading, by: str, table_id: str, most: int) -> RowsTable:
    """A row for each member: its value, share, change, course, and where it is of its target."""
    slices = reading.slices.get(by, ())
    number_target = members_target(reading, by)
    shares = any(member_slice.share is not None for member_slice in slices)
    has_targets = (
        any(member_slice.target is not None for member_slice in slices) or number_target is not None
    )
    period = reading.grain is not None
    columns = [TableColumn(by.replace("_", " ").capitalize(), False)]
    columns += [TableColumn(capital(value_period(reading)) or subject.title, True)]
    columns += [TableColumn("Share", True)] if shares else []
    columns += [TableColumn(f"On {period_before(reading)}", True)] if period else []
    columns += [TableColumn("Status", False)] if has_targets else []
    columns += [TableColumn("Course", False, True)] if period else []
    rows = []
    for member_slice in slices[:most]:
        cells = [TableCell(member_slice.name, False, None), _value(subject, member_slice.value)]
        cells += [_share(member_slice)] if shares else []
        cells += [_change(subject, member_slice)] if period else []
        cells += [_status(subject, member_slice, number_target)] if has_targets else []
        cells += [_course(subject, reading, by, member_slice)] if period else []
        rows.append(tuple(cells))
    faint = frozenset(
        at for at, member_slice in enumerate(slices[:most]) if subject.too_few(member_slice)
    )
    return RowsTable(table_id, tuple(columns), tuple(rows), _more(len(slices), most), faint=faint)


def _share(member_slice: Slice) -> TableCell:
    return TableCell("" if member_slice.share is None else f"{member_slice.share:.1%}", True, None)


def _change(subject: Subject, member_slice: Slice) -> TableCell:
    previous = member_slice.previous
    change_text = subject.comparison_text(previous) if previous else ""
    return TableCell(
        change_text, True, None, worse=previous is not None and previous.better is False
    )


def _course(subject: Subject, reading: Reading, by: str, member_slice: Slice) -> TableCell:
    line = sparkline(subject, reading, by=by, member=member_slice.member, bare=True)
    return TableCell("", False, None, line)


def _status(subject: Subject, member_slice: Slice, number_target: float | None) -> TableCell:
    """ "Missed, 6 pt below 80%": where a member is of its own target, else of the number's."""
    target = member_slice.target if member_slice.target is not None else number_target
    if target is None or member_slice.value is None:
        return TableCell("", False, None)
    change = member_slice.value - target
    missed = change < 0 if subject.direction == "up" else change > 0
    where = f"{subject.distance(change)} {'above' if change > 0 else 'below'}" if change else "on"
    if subject.direction == "none":
        return TableCell(f"{capital(where)} {subject.target(target)}", False, None)
    word = "Missed" if missed else "Met"
    return TableCell(f"{word}, {where} {subject.target(target)}", False, None, worse=missed)


def _members_table(
    subject: Subject, slices: Sequence[Slice], by: str, table_id: str, most: int, title: str
) -> RowsTable:
    rows = [
        [TableCell(member_slice.name, False, None), _value(subject, member_slice.value)]
        for member_slice in slices
    ]
    return _table(table_id, [by.replace("_", " ").capitalize(), subject.title], rows, most, title)


def _table(
    table_id: str, names: Sequence[str], rows: Sequence[Sequence[TableCell]], most: int, title: str
) -> RowsTable:
    columns = tuple(TableColumn(name, at > 0 or len(names) == 1) for at, name in enumerate(names))
    return RowsTable(
        table_id, columns, tuple(map(tuple, rows[:most])), _more(len(rows), most), title
    )


def _first_day(day: date, subject: Subject) -> TableCell:
    return TableCell(
        format_period(day, subject.grain, year=True, fiscal=subject.fiscal), False, day.isoformat()
    )


def _value(subject: Subject, value: float | None) -> TableCell:
    return TableCell(subject.text(value), True, None if value is None else csv_cell(value))


def _more(count: int, most: int) -> str:
    return (
        f"The first {most} rows; {count - most:,} more are in the CSV file." if count > most else ""
    )


def declared(columns: Mapping[str, ColumnFront], name: str) -> ColumnFront | None:
    """What is said about a column; names match as in SQL, whatever their case."""
    return next(
        (column for key, column in columns.items() if key.casefold() == name.casefold()), None
    )


def _dress(column: Column, front: MetricFront) -> Dress | None:
    """How a column's numbers read: as it is declared; of the value, as the metric's unit and format
    say."""
    column_front = declared(front.columns, column.name)
    unit, form = (column_front.unit, column_front.format) if column_front else (None, None)
    if column_front is None and column.name.casefold() == (front.value or "value").casefold():
        unit, form = front.unit, front.format
    if form is not None and not is_format(form):
        unit, form = form, None
    if unit is None and form is None:
        return None
    return lambda value: str(format_value(value, unit, form))


def _cell(cell: Cell, dress: Dress | None) -> TableCell:
    if cell is None:
        return TableCell("", False, None)
    if isinstance(cell, bool):
        return TableCell("yes" if cell else "no", False, None)
    if isinstance(cell, (int, float, Decimal)):
        return TableCell(_written(cell, dress), True, csv_cell(cell))
    if isinstance(cell, datetime):
        return TableCell(f"{format_day(cell, year=True)}, {_time(cell)}", False, cell.isoformat())
    if isinstance(cell, date):
        return TableCell(format_day(cell, year=True), False, cell.isoformat())
    return TableCell(cell, False, None)


def _time(moment: datetime) -> str:
    """The time of day, with seconds and their parts where there are any."""
    return moment.time().isoformat("auto" if moment.second or moment.microsecond else "minutes")


def _written(cell: int | float | Decimal, dress: Dress | None) -> str:
    if not math.isfinite(cell):
        return ("\N{MINUS SIGN}" if cell < 0 else "") + "\N{INFINITY}"
    if dress is not None:
        return dress(cell if isinstance(cell, float) else as_number(cell))
    return digits(cell).replace("-", "\N{MINUS SIGN}")
