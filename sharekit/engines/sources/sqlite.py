"""Inside the loader's process: one table of an SQLite file as separated text. The file is only
read."""

from __future__ import annotations

import csv
import os
import sqlite3
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sharekit.engines.duckdb.values import quoted
from sharekit.engines.sources.notation import SourceError

CHUNK = 10_000


def write_csv(
    path: str, out: str, table: str, options: Mapping[str, Any]
) -> tuple[tuple[int, ...] | None, frozenset[str]]:
    """Write the table's rows, in the order of their keys. Returns the columns that are declared as
    text too."""
    if os.path.exists(f"{path}-wal") and os.path.getsize(f"{path}-wal"):
        raise SourceError(
            "some of its rows are still in a file beside it, which ends in -wal",
            "Close the program that writes it, or run PRAGMA wal_checkpoint(TRUNCATE) in it.",
        )
    try:
        # Nobody else writes to it now, so no lock is needed, which would want a writable folder.
        connection = sqlite3.connect(f"file:{quote(path)}?mode=ro&immutable=1", uri=True)
        connection.text_factory = bytes
        try:
            name = _table(connection, table)
            text_columns = _declared_text(connection, name)
            _copy(connection, name, out)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise SourceError(f"SQLite cannot read it: {error}") from None
    return None, text_columns


def _table(connection: sqlite3.Connection, table_name: str) -> str:
    query = (
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE"
        " 'sqlite\\_%' ESCAPE '\\'"
    )
    names = sorted(row[0].decode("utf-8", "replace") for row in connection.execute(query))
    for name in names:
        if name.lower() == table_name.lower():
            return str(name)
    raise SourceError(
        f"it has no table {table_name}",
        f"Write table = one of: {', '.join(names)}." if names else None,
    )


def _declared_text(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    rows = connection.execute(f"PRAGMA table_info({quoted(table)})").fetchall()
    kinds = {
        row[1].decode("utf-8", "replace"): row[2].decode("utf-8", "replace").upper() for row in rows
    }
    return frozenset(
        name
        for name, kind in kinds.items()
        if any(word in kind for word in ("CHAR", "TEXT", "CLOB"))
    )


def _copy(connection: sqlite3.Connection, table: str, out: str) -> None:
    cursor = connection.execute(f"SELECT * FROM {quoted(table)}")
    names = [column[0] for column in cursor.description]
    with open(out, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        while rows := cursor.fetchmany(CHUNK):
            writer.writerows([_text(cell) for cell in row] for row in rows)


def _text(cell: object) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return "" if cell is None else repr(cell) if isinstance(cell, float) else str(cell)
