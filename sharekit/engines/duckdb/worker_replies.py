"""What the worker answered, checked before anybody believes it: shapes, sizes, and words without
control characters."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, get_args

from sharekit.engines.duckdb.error_messages import to_error
from sharekit.engines.duckdb.values import local_times, reader, without_noise
from sharekit.engines.duckdb.wire import Message
from sharekit.errors import QueryError, QueryFault
from sharekit.numbers.results import Cell, Column, ColumnKind, Rows

_CELLS = frozenset({str, int, float, bool, type(None)})


def error_of(sql: str, answer: Message) -> QueryError | None:
    """The error that the worker tells of this query, if it does."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return None
    fault, offset, length, hint = (error.get(key) for key in ("fault", "offset", "length", "hint"))
    kinds: tuple[QueryFault, ...] = get_args(QueryFault)
    return to_error(
        sql,
        _clean(error.get("message")),
        fault=next((kind for kind in kinds if kind == fault), "failed"),
        hint=_clean(hint) if hint else None,
        offset=offset if isinstance(offset, int) else None,
        length=length if isinstance(length, int) and length < 1000 else 1,
    )


def rows_of(answer: Message, max_rows: int) -> Rows:
    """The rows of a query. Raises QueryError where they are no rows, or hold what no page can
    show."""
    try:
        return _rows(answer, max_rows)
    except (KeyError, TypeError, ValueError, OverflowError) as reason:
        raise QueryError(
            f"the result cannot be used: {reason}",
            hint="Filter such rows out, or cast the column to VARCHAR.",
        ) from None


def columns_of(answer: Message) -> tuple[Column, ...]:
    """The columns of a query. Raises QueryError where they are none."""
    try:
        return _columns(answer["columns"])
    except (KeyError, TypeError, ValueError):
        raise _nonsense() from None


def text_of(answer: Message) -> str:
    """The canonical text of a query. Raises QueryError where it is no text."""
    if not isinstance(answer.get("text"), str):
        raise _nonsense()
    return str(answer["text"])


def day_of(answer: Message) -> date | None:
    """The latest day of a source. Raises QueryError where it is no day."""
    until = answer.get("until")
    try:
        return None if until is None else date.fromisoformat(until)
    except (TypeError, ValueError):
        raise _nonsense() from None


def seconds_of(answer: Message, otherwise: float) -> float:
    """How long the query ran."""
    seconds = answer.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < 1e6 else otherwise


def _rows(answer: Message, max_rows: int) -> Rows:
    columns = _columns(answer["columns"])
    rows = answer["rows"]
    width = len(columns)
    if len(rows) > max_rows or any(type(row) is not list or len(row) != width for row in rows):
        raise ValueError("it has another shape than its columns")
    if not {type(cell) for row in rows for cell in row} <= _CELLS:
        raise ValueError("it holds cells within cells")
    if any(math.inf in row or -math.inf in row for row in rows):
        raise ValueError("it holds an infinite number")
    readers = [
        (index, read)
        for index, column in enumerate(columns)
        if (read := reader(column.type, column.kind)) is not None
    ]
    cells: list[list[Cell]] = [list(row) for row in rows] if readers else rows
    for index, read in readers:
        _read_column(columns[index], index, cells, read)
    return Rows(columns, tuple(map(tuple, cells)))


def _read_column(
    column: Column, index: int, rows: list[list[Cell]], read: Callable[[Any], Cell]
) -> None:
    for row in rows:
        try:
            row[index] = read(row[index])
        except (ValueError, ArithmeticError):
            wrong = "no number" if column.kind == "number" else "no date of the years 1 to 9999"
            raise ValueError(f"`{column.name}` holds {_clean(row[index])}, {wrong}") from None
    if column.type == "TIMESTAMP WITH TIME ZONE":
        moments: list[Any] = [row[index] for row in rows]
        _put(rows, index, local_times(moments))
    if column.type == "DOUBLE":
        doubles: list[Any] = [row[index] for row in rows]
        _put(rows, index, without_noise(doubles))


def _put(rows: list[list[Cell]], index: int, cells: Sequence[Cell]) -> None:
    for row, cell in zip(rows, cells, strict=True):
        row[index] = cell


def _columns(wired: Any) -> tuple[Column, ...]:
    columns = tuple(
        Column(_clean(name), _clean(kind), fault_kind) for name, kind, fault_kind in wired
    )
    if any(column.kind not in get_args(ColumnKind) for column in columns):
        raise ValueError("a column of no kind")
    return columns


def _clean(text: object) -> str:
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", " ", str(text))[:2000]


def _nonsense() -> QueryError:
    return QueryError("the query process gave an invalid answer")
