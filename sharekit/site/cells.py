"""The rows of a table metric as a page shows them: as they are, or as their column says. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sharekit.project.shapes import ColumnFront, MetricFront
from sharekit.numbers.exact import as_number
from sharekit.numbers.formats import format_day, format_value, is_format
from sharekit.site.exact_text import csv_cell, digits
from sharekit.numbers.results import Cell, Column, Rows

Dress = Callable[[float], str]
"""How a quantity reads."""


@dataclass(frozen=True)
class TableColumn:
    name: str
    numeric: bool


@dataclass(frozen=True)
class TableCell:
    text: str
    numeric: bool
    raw: str | None


@dataclass(frozen=True)
class RowsTable:
    """The rows of a table metric."""

    id: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    note: str
    caption: str = ""


def rows_table(table: Rows, front: MetricFront, table_id: str, most: int, title: str = "") -> RowsTable:
    """The rows of a table metric, at most so many.

    Numbers are written with the digits that the query returned, without thousands or rounding: nobody can tell an
    amount from an id but the one who declares it.
    """
    dresses = [_dress(column, front) for column in table.columns]
    rows = tuple(
        tuple(_cell(cell, dress) for cell, dress in zip(row, dresses, strict=True)) for row in table.rows[:most]
    )
    left_out = len(table.rows) - len(rows)
    note = f"The first {most} rows; {left_out:,} more are in the CSV file." if left_out > 0 else ""
    columns = tuple(TableColumn(column.name, column.kind == "number") for column in table.columns)
    return RowsTable(table_id, columns, rows, note, title)


def declared(columns: Mapping[str, ColumnFront], name: str) -> ColumnFront | None:
    """What is said of a column; names match as in SQL, whatever their case."""
    return next((column for key, column in columns.items() if key.casefold() == name.casefold()), None)


def _dress(column: Column, front: MetricFront) -> Dress | None:
    """How a column's numbers read: as it is declared; of the value, as the metric's unit and format say."""
    said = declared(front.columns, column.name)
    unit, form = (said.unit, said.format) if said else (None, None)
    if said is None and column.name.casefold() == (front.value or "value").casefold():
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
        return TableCell(f"{format_day(cell, year=True)}, {cell:%H:%M}", False, cell.isoformat())
    if isinstance(cell, date):
        return TableCell(format_day(cell, year=True), False, cell.isoformat())
    return TableCell(cell, False, None)


def _written(cell: int | float | Decimal, dress: Dress | None) -> str:
    if not math.isfinite(cell):
        return ("\N{MINUS SIGN}" if cell < 0 else "") + "\N{INFINITY}"
    if dress is not None:
        return dress(cell if isinstance(cell, float) else as_number(cell))
    return digits(cell).replace("-", "\N{MINUS SIGN}")
