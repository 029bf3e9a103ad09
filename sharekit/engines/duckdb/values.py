"""What a result's columns and cells become: in the worker on the way out, in the parent on the way
in."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

NUMBERS = frozenset(
    {
        "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
        "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL",
    }
)  # fmt: skip
_KINDS = {
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "VARCHAR": "text",
    "ENUM": "text",
    "UUID": "text",
    "JSON": "text",
    "BOOLEAN": "bool",
    **dict.fromkeys(NUMBERS, "number"),
}
_AS_IS = (NUMBERS | _KINDS.keys()) - {"UUID", "TIMESTAMP WITH TIME ZONE"}

_EDGES = frozenset((date.min, date.max, datetime.min, datetime.max))
SIGNIFICANT = 12
"""Digits of a double that do not depend on the order in which it was added up."""
LARGEST_WHOLE = 1e15
"""From here on most doubles are whole numbers, sums of fractions too."""

_SINGLE = struct.Struct("f")

Described = tuple[str, str, str]
"""A column: name, DuckDB's type, our kind."""


def columns_of_description(columns: Iterable[Sequence[Any]]) -> list[Described]:
    """Columns of a cursor's description or of DESCRIBE: pairs that begin with name and type."""
    return [(str(column[0]), *_type(str(column[1]))) for column in columns]


def _type(name: str) -> tuple[str, str]:
    if name == '"NULL"':
        # 2.0 knows a type for a bare NULL; 1.5 calls it INTEGER.
        return "INTEGER", "number"
    return name, _KINDS.get(base(name), "other")


def base(type_name: str) -> str:
    """A type without its parameters: DECIMAL of DECIMAL(10,2); other types whole, lists and structs
    too."""
    head = re.fullmatch(r"(DECIMAL|ENUM|VARCHAR)\(.*\)", type_name, re.S)
    return head[1] if head else type_name


def is_sendable(column: Described) -> bool:
    """Whether the column's cells can be sent as Python has them."""
    return base(column[1]) in _AS_IS


def beyond_python(columns: Sequence[Described], rows: Sequence[Sequence[Any]]) -> set[int]:
    """The columns whose days or times may be other ones: Python has its first or its last one where
    DuckDB has an infinite one."""
    return {
        at
        for at, (_, _, kind) in enumerate(columns)
        if kind in ("date", "timestamp") and not _EDGES.isdisjoint(row[at] for row in rows)
    }


def sendable_query(
    sql: str, columns: Sequence[Described], as_text: Collection[int] = ()
) -> tuple[str, int]:
    """A query around `sql` (one SELECT, without a semicolon) in which every cell can be sent, and
    the columns `as_text` as DuckDB writes them; and how many bytes of it stand before `sql`.

    Instants become their time in the session's zone, the project's, with its offset; lists,
    structs, intervals, times, UUIDs and bytes become DuckDB's text of them."""
    names = [f"c{index}" for index in range(len(columns))]
    as_is = [at not in as_text and is_sendable(column) for at, column in enumerate(columns)]
    casts = [name if same else _as_text(name) for name, same in zip(names, as_is, strict=True)]
    select_list = ", ".join(
        f"{cast} AS {quoted(column[0])}" for cast, column in zip(casts, columns, strict=True)
    )
    before = f"SELECT {select_list} FROM (\n"
    return f"{before}{sql}\n) AS t({', '.join(names)})", len(before.encode())


def _as_text(name: str) -> str:
    return f"CAST({name} AS VARCHAR)"


def quoted(name: str) -> str:
    """An identifier as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def to_json(rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as a JSON list of lists. Decimals are texts, of which every digit arrives; so are
    infinities, of which JSON has none; NaN is no value: null."""
    try:
        return _dumps(rows)
    except ValueError:
        return _dumps([[_finite(cell) for cell in row] for row in rows])


def _dumps(rows: Sequence[Sequence[Any]]) -> bytes:
    return json.dumps(
        rows, default=_encoded, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode()


def _encoded(cell: object) -> object:
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _finite(cell: Any) -> Any:
    if not isinstance(cell, float) or math.isfinite(cell):
        return cell
    return str(cell) if math.isinf(cell) else None


def reader(type_name: str, kind: str) -> Callable[[Any], Any] | None:
    """How the parent reads the cells of a column; None where they are what they are."""
    readers: dict[str, Callable[[Any], Any]] = {
        "DECIMAL": _decimal,
        "FLOAT": _single,
        "DOUBLE": _double,
    }
    return {"date": _date, "timestamp": _timestamp}.get(kind) or readers.get(base(type_name))


def _date(cell: Any) -> date | None:
    return None if cell is None else date.fromisoformat(cell)


def local_times(cells: Sequence[datetime | None]) -> list[datetime | None]:
    """Instants as times of the project's zone. Of an hour that a clock goes through twice, the
    second has `fold`."""
    first: dict[datetime, timedelta] = {}
    for cell in cells:
        if cell is not None and (offset := cell.utcoffset()) is not None:
            local = cell.replace(tzinfo=None)
            first[local] = max(first.get(local, offset), offset)
    return [None if cell is None else _local(cell, first) for cell in cells]


def _local(cell: datetime, first: Mapping[datetime, timedelta]) -> datetime:
    local, offset = cell.replace(tzinfo=None), cell.utcoffset()
    return local if offset is None else local.replace(fold=int(offset < first[local]))


def _timestamp(cell: Any) -> datetime | None:
    return None if cell is None else datetime.fromisoformat(cell)


def _decimal(cell: Any) -> Decimal | None:
    return None if cell is None else Decimal(cell)


def _double(cell: Any) -> float | None:
    return float(cell) if type(cell) is str else cell


def without_noise(cells: Sequence[float | None]) -> list[float | None]:
    """Doubles of one column with 12 significant digits.

    DuckDB adds doubles in the order in which its threads meet them, so that the last of their 17
    digits differ from run to run: without them the same data give the same figures. A column of
    whole numbers alone, such as ids, has no such digits."""
    if all(cell is None or (cell.is_integer() and abs(cell) < LARGEST_WHOLE) for cell in cells):
        return list(cells)
    return [None if cell is None else _rounded(cell) for cell in cells]


def _rounded(number: float) -> float:
    """By way of two digits more: sums of amounts often end in a 5 just behind the last digit, and
    noise must not decide which way that goes."""
    return float(f"{float(f'{number:.{SIGNIFICANT + 2}g}'):.{SIGNIFICANT}g}")


def _single(cell: Any) -> float | None:
    """A number of 32 bits as people write it: 0.1 and not 0.10000000149011612."""
    if cell is None or not math.isfinite(number := float(cell)):
        return None if cell is None else number
    spellings = (float(f"{number:.{digits}g}") for digits in range(6, 9))
    return next(
        (spelling for spelling in spellings if _SINGLE.pack(spelling) == _SINGLE.pack(number)),
        number,
    )
