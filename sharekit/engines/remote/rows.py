"""What an engine returned becomes a table here: by way of an Arrow stream, or of a text file.

A build must not change because a cluster added in another order. So rows are sorted unless the
query itself orders them, and floating-point numbers keep 12 significant digits (6 of single
precision): sums that were added up in parallel differ in the last ones. The SHA-256 of what then
stands there is the rows' fingerprint."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import duckdb
from msgspec import Struct

from sharekit.engines.duckdb.values import Described, columns_of_description, literal, quoted
from sharekit.engines.duckdb.wire import Message
from sharekit.engines.remote.adapter import Reply, unique_names
from sharekit.engines.sources.column_rhythm import column_rhythm
from sharekit.records import replace

LONGEST_LINE = 256 * 1024**2
"""Bytes of one row as text."""
_DIGITS = {"DOUBLE": 12, "FLOAT": 6}
_DATED = frozenset(("DATE", "TIMESTAMP", "TIMESTAMPTZ"))
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?"
)
_WIDEST = 38


class TooManyRowsError(Exception):
    """The query returns more rows than the engine's max_rows."""


class OddValueError(Exception):
    """A value that no value of its column's type is: a date 0000-00-00, say."""

    def __init__(self, column: str, value: str, kind: str) -> None:
        super().__init__(column, value, kind)
        self.column = column
        self.value = value
        self.kind = kind


class StoredTable(Struct, frozen=True):
    """One result, as a table of the target file."""

    columns: tuple[Described, ...]
    count: int
    latest: Mapping[str, str | None]
    """Latest day of each column of dates or timestamps that is not after the as-of date."""
    rhythms: Mapping[str, Message | None]
    """How the days of each of these columns come, as JSON values."""
    fingerprint: str


def write_rows(
    db: Any,
    table: str,
    reply: Reply,
    folder: Path,
    *,
    max_rows: int,
    ordered: bool,
    as_of: str,
    are_days: bool = False,
) -> StoredTable:
    """Write a reply's rows as `target.main.<table>`. `are_days`: they are days, each with its first
    and its last moment. Raises TooManyRowsError before it has read many more."""
    raw = f"temp.main.{quoted(f'{table} raw')}"
    try:
        if reply.arrow is not None:
            _from_arrow(db, raw, reply.arrow, max_rows)
        else:
            _from_batches(db, raw, reply, folder / f"{table}.csv", max_rows)
        if _count(db, raw) > max_rows:
            raise TooManyRowsError
        target = f"target.main.{quoted(table)}"
        stored_table = _normalised(db, raw, target, ordered, as_of)
        return replace(stored_table, rhythms=_day_rhythm(db, target)) if are_days else stored_table
    finally:
        db.execute(f"DROP TABLE IF EXISTS {raw}")


def _from_arrow(db: Any, raw: str, stream: Any, max_rows: int) -> None:
    db.register("arriving", stream)
    try:
        names = [str(row[0]) for row in db.execute("DESCRIBE SELECT * FROM arriving").fetchall()]
        columns = ", ".join(map(quoted, unique_names(names)))
        db.execute(
            f"CREATE TEMP TABLE {raw} AS SELECT * FROM arriving AS t({columns}) LIMIT"
            f" {max_rows + 1}"
        )
    finally:
        db.unregister("arriving")


# -- rows as text ---------------------------------------------------------------------------------


def _from_batches(db: Any, raw: str, reply: Reply, path: Path, max_rows: int) -> None:
    """Python's rows by way of a file: executemany takes 400 times as long."""
    values = [_Values(field.iso) for field in reply.fields]
    try:
        with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
            count = 0
            for batch in reply.batches or ():
                count += len(batch)
                if count > max_rows:
                    raise TooManyRowsError
                _write(file, batch, values)
        names = unique_names(field.name for field in reply.fields)
        types = [
            field.type or column_values.type()
            for field, column_values in zip(reply.fields, values, strict=True)
        ]
        _read_back(db, raw, path, dict(zip(names, types, strict=True)))
    finally:
        path.unlink(missing_ok=True)


def _write(file: TextIO, batch: Sequence[Sequence[Any]], values: Sequence[_Values]) -> None:
    for row in batch:
        cells = []
        for cell, column_values in zip(row, values, strict=True):
            if cell is None:
                cells.append("")
                continue
            column_values.note(cell)
            cells.append('"' + _text(cell).replace('"', '""') + '"')
        file.write(",".join(cells) + "\n")


def _read_back(db: Any, raw: str, path: Path, types: Mapping[str, str]) -> None:
    if os.path.getsize(path) == 0:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
        db.execute(f"CREATE TEMP TABLE {raw} ({columns})")
        return
    texts = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in types)
    line = min(LONGEST_LINE, max(os.path.getsize(path) + 1, 2 * 1024**2))
    options = {
        "columns": "{" + texts + "}",
        "auto_detect": "false",
        "header": "false",
        "delim": "','",
        "quote": "'\"'",
        "escape": "'\"'",
        "nullstr": "''",
        "allow_quoted_nulls": "false",
        "strict_mode": "true",
        "parallel": "false",
        "max_line_size": str(line),
        "buffer_size": str(2 * line),  # left out, DuckDB 1.5 takes 32 lines at once: gigabytes
    }
    # Read as text, then cast: a reader of typed text has formats of its own for dates and numbers.
    casts = ", ".join(
        f"{_cast(quoted(name), kind)} AS {quoted(name)}" for name, kind in types.items()
    )
    arguments = ", ".join(f"{name} = {value}" for name, value in options.items())
    texts_of_rows = f"read_csv({literal(str(path))}, {arguments})"
    try:
        db.execute(f"CREATE TEMP TABLE {raw} AS SELECT {casts} FROM {texts_of_rows}")
    except duckdb.ConversionException:
        _tell_odd_value(db, texts_of_rows, types)
        raise


def _tell_odd_value(db: Any, rows: str, types: Mapping[str, str]) -> None:
    """Raise OddValueError for the first value that does not fit, which DuckDB's error does not
    name."""
    for name, kind in types.items():
        column = quoted(name)
        fits = _cast(column, kind, "TRY_CAST")
        odd = db.execute(
            f"SELECT {column} FROM {rows} WHERE {column} IS NOT NULL AND {fits} IS NULL LIMIT 1"
        ).fetchone()
        if odd is not None:
            raise OddValueError(name, str(odd[0]), kind)


def _cast(column: str, kind: str, cast: str = "CAST") -> str:
    if kind == "VARCHAR":
        return column
    if kind in _DATED:
        # PostgreSQL writes BC last, where DuckDB reads over it.
        column = f"regexp_replace({column}, '^(\\d+-\\d+-\\d+)(.*) BC$', '\\1 (BC)\\2')"
    return f"{cast}({column} AS {kind})"


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bytes | bytearray | memoryview):
        return bytes(cell).decode("utf-8", "replace")
    if isinstance(cell, timedelta):
        return f"{cell.days} days {cell.seconds} seconds {cell.microseconds} microseconds"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return str(cell)


class _Values:
    """What the values of one column are, where the driver does not say its type."""

    def __init__(self, iso: bool = False) -> None:
        """`iso`: see Field."""
        self.kinds: set[type] = set()
        self.iso = iso
        """Whether all texts so far are dates or times."""
        self.written: set[str] = set()
        """As what."""
        self.integer_digits = 0
        """Most digits before the point."""
        self.fraction = 0
        """Most digits after it."""
        self.zoned = False

    def note(self, cell: Any) -> None:
        kind = type(cell)
        self.kinds.add(kind)
        if kind is Decimal and cell.is_finite():
            _, digits, exponent = cell.as_tuple()
            assert isinstance(exponent, int)
            self.fraction = max(self.fraction, -exponent)
            self.integer_digits = max(self.integer_digits, len(digits) + exponent, 0)
        elif kind is Decimal:
            self.kinds.add(float)
        elif kind is int:
            self.integer_digits = max(self.integer_digits, len(str(abs(cell))))
        elif kind is datetime and cell.tzinfo is not None:
            self.zoned = True
        elif kind is str and self.iso:
            type_of_text = _iso_type(cell)
            self.iso = type_of_text is not None
            self.written.add(type_of_text or "VARCHAR")

    def type(self) -> str:
        """DuckDB's type for all of them; a column without a value is text."""
        kinds = self.kinds
        if not kinds:
            return "VARCHAR"
        if kinds <= {bool}:
            return "BOOLEAN"
        if kinds <= {int}:
            return (
                "BIGINT"
                if self.integer_digits < 19
                else f"DECIMAL({_WIDEST},0)"
                if self.integer_digits <= _WIDEST
                else "DOUBLE"
            )
        if kinds <= {int, Decimal}:
            fits = self.integer_digits + self.fraction <= _WIDEST
            return f"DECIMAL({_WIDEST},{self.fraction})" if fits else "DOUBLE"
        if kinds <= {int, Decimal, float}:
            return "DOUBLE"
        if kinds == {str} and self.iso and len(self.written) == 1:
            return next(iter(self.written))
        if kinds == {str} and self.iso and self.written == {"DATE", "TIMESTAMP"}:
            return "TIMESTAMP"
        if kinds <= {date}:
            return "DATE"
        if kinds <= {date, datetime}:
            return "TIMESTAMPTZ" if self.zoned else "TIMESTAMP"
        type_names = {timedelta: "INTERVAL", time: "TIME", UUID: "UUID"}
        return type_names.get(next(iter(kinds)), "VARCHAR") if len(kinds) == 1 else "VARCHAR"


def _iso_type(text: str) -> str | None:
    """DuckDB's type of a date or time as ISO 8601 writes it; None for any other text."""
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None  # 2025-02-30
    if match["time"] is None:
        return "DATE"
    return "TIMESTAMP" if match["zone"] is None else "TIMESTAMPTZ"


# -- the same rows, the same bytes ----------------------------------------------------------------


def _normalised(db: Any, raw: str, table: str, ordered: bool, as_of: str) -> StoredTable:
    columns = columns_of_description(db.execute(f"DESCRIBE {raw}").fetchall())
    rounded = ", ".join(
        f"{_rounded(quoted(name), kind)} AS {quoted(name)}" for name, kind, _ in columns
    )
    order = "" if ordered else " ORDER BY ALL"
    db.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {rounded} FROM {raw}{order}")
    columns = columns_of_description(db.execute(f"DESCRIBE {table}").fetchall())
    days = [name for name, _, kind in columns if kind in ("date", "timestamp")]
    numbers = [name for name, _, kind in columns if kind == "number"]
    return StoredTable(
        tuple(columns),
        _count(db, table),
        _latest_days(db, table, days, as_of),
        {
            name: column_rhythm(db, name, kind, table, numbers)
            for name, _, kind in columns
            if name in days
        },
        _fingerprint(db, table, columns),
    )


def _latest_days(db: Any, table: str, names: Sequence[str], as_of: str) -> dict[str, str | None]:
    """The last day of each column that is not after the as-of date."""
    if not names:
        return {}
    days = [f"TRY_CAST({quoted(name)} AS DATE)" for name in names]
    within = f"{{day}} BETWEEN DATE '0001-01-01' AND DATE {literal(as_of)}"
    select_list = ", ".join(
        f"(max({day}) FILTER (WHERE {within.format(day=day)}))::VARCHAR" for day in days
    )
    row = db.execute(f"SELECT {select_list} FROM {table}").fetchone()
    return dict(zip(names, row, strict=True))


def _day_rhythm(db: Any, table: str) -> Mapping[str, Message | None]:
    """How the days of a table of days come. Where its moments are of other days, since they came in
    another time zone, they are left out."""
    day = "TRY_CAST(day AS DATE)"
    moments = " UNION ALL ".join(
        f"SELECT CASE WHEN {moment}::DATE = {day} THEN {moment} ELSE {day}::TIMESTAMP END AS moment"
        f" FROM {table}"
        for moment in ("TRY_CAST(earliest AS TIMESTAMP)", "TRY_CAST(latest AS TIMESTAMP)")
    )
    return {"day": column_rhythm(db, "moment", "timestamp", f"({moments})")}


def _rounded(column: str, kind: str) -> str:
    digits = _DIGITS.get(kind)
    if digits is None:
        return column
    # By way of two digits more: noise must not decide where a 5 stands just behind the last digit.
    long = f"CAST(format('{{:.{digits + 1}e}}', {column}) AS DOUBLE)"
    short = f"CAST(format('{{:.{digits - 1}e}}', {long}) AS {kind}) + 0"
    return f"CASE WHEN isfinite({column}) THEN CAST({short} AS {kind}) ELSE {column} END"


def _count(db: Any, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _fingerprint(db: Any, table: str, columns: Iterable[Described]) -> str:
    """SHA-256 over names, types and every cell, each with its length, so that no two results have
    the same."""
    columns = list(columns)
    checksum = hashlib.sha256(repr([column[:2] for column in columns]).encode())
    texts = ", ".join(
        f"coalesce(strlen({_as_text(name, kind)}) || ':' || {_as_text(name, kind)}, 'N')"
        for name, kind, _ in columns
    )
    cursor = db.execute(f"SELECT concat({texts}) FROM {table}")
    while rows := cursor.fetchmany(10_000):
        checksum.update("\n".join(row[0] for row in rows).encode("utf-8", "surrogatepass"))
        checksum.update(b"\n")
    return checksum.hexdigest()


def _as_text(name: str, kind: str) -> str:
    return f"hex({quoted(name)})" if kind == "BLOB" else f"{quoted(name)}::VARCHAR"
