"""The worker's database: sources read-only under their names, views and metrics under `metrics.`,
all of it locked.

Views are made when a query first reads them, so that a project of a thousand metrics pays for none
that nobody reads."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable
from typing import Any

import duckdb

from sharekit.engines.duckdb.error_messages import raw_error, reader_message
from sharekit.engines.duckdb.guard import (
    ITEMS_SCHEMA,
    Guard,
    GuardRefusal,
    Parsed,
    canonical,
    parse_one,
)
from sharekit.engines.duckdb.values import literal, quoted
from sharekit.engines.duckdb.wire import Message

ROLLUPS = "rollups"
TEXTS = "item_texts"
"""Schema of the items' own texts. DuckDB looks for a view's unqualified names beside the view
first: here each has a name that no query can say, so that `FROM orders` means the source in every
text, that of `metrics.orders` too."""
DAYS_TABLE = "days"

_SETTINGS_AT_START = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
}
_SESSION_SETTINGS = (
    "SET errors_as_json = true",
    "SET enable_progress_bar = false",
)
"""Settings that belong to one cursor: each must have them before the lock."""
_SETTINGS = (
    "SET python_enable_replacements = false",
    "SET python_scan_all_frames = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class ViewsNeeded(Exception):  # noqa: N818  not an error: a query waits for these
    """Views to be materialised before this query can run."""

    def __init__(self, items: Iterable[str]) -> None:
        super().__init__()
        self.items = tuple(items)


def end_default_connection() -> None:
    """DuckDB 1.5 opens a database when it is imported, with threads that would stand outside walls
    put up later. DuckDB 2 opens none before it is asked."""
    if duckdb.__version__.startswith("1."):
        duckdb.default_connection().close()


def connect(setup: Message) -> Any:
    """An in-memory database with the setup's limits, not locked yet."""
    folder = setup["folder"]
    return duckdb.connect(
        ":memory:",
        config={
            **_SETTINGS_AT_START,
            "threads": str(setup["threads"]),
            "memory_limit": setup["memory"],
            "temp_directory": os.path.join(folder, "spill"),
            "max_temp_directory_size": setup["spill"],
            "home_directory": folder,
            "secret_directory": folder,
            "extension_directory": folder,
        },
    )


def lock(connection: Any, timezone: str, cursors: Iterable[Any] = ()) -> None:
    """No file, no network, no extension, no Python variable, and no way back; for all cursors that
    there will be.

    Instants have the days and hours of `timezone`: the project's, in every query.
    """
    for cursor in (connection, *cursors):
        for setting in (f"SET TimeZone = {literal(timezone)}", *_SESSION_SETTINGS):
            cursor.execute(setting)
    for setting in _SETTINGS:
        connection.execute(setting)


class Catalog:
    """What a query finds. One per process; its own changes are made under a lock, by a cursor of
    its own."""

    def __init__(self, setup: Message) -> None:
        self._connection = connect(setup)
        self._items: dict[str, str] = setup["items"]
        self._rollups = frozenset(setup["rollups"])
        self._broken: dict[str, str] = dict(setup["broken"])
        self._as_of: str = setup["as_of"]
        self._created: set[str] = set()
        self._lock = threading.RLock()
        self._guard = Guard(setup["sources"], self._items, [DAYS_TABLE] if setup["days"] else [])
        self._missing: dict[str, str] = setup["missing"]
        self.stamp = 0
        """Goes up whenever there is something new to see."""
        self.unreadable: list[str] = []
        """Sources whose database file could not be opened."""
        self._build(setup)
        self.cursors = [self._connection.cursor() for _ in range(setup["lanes"])]
        """One for each thread that runs jobs; the connection itself is for changes, under the
        lock."""
        lock(self._connection, setup["timezone"], self.cursors)

    def _build(self, setup: Message) -> None:
        self._connection.execute(f"CREATE SCHEMA {ITEMS_SCHEMA}")
        self._connection.execute(f"CREATE SCHEMA {TEXTS}")
        self._connection.execute(
            f"CREATE MACRO main.as_of() AS CAST({literal(self._as_of)} AS DATE)"
        )
        if setup["days"]:
            self._connection.execute(f"CREATE TABLE main.{DAYS_TABLE} AS {setup['days']}")
        for index, (name, path) in enumerate(setup["databases"].items()):
            alias = f"source_{index}"
            try:
                self._connection.execute(
                    f"ATTACH {literal(path)} AS {alias} (READ_ONLY, TYPE duckdb)"
                )
                self._connection.execute(
                    f"CREATE VIEW main.{quoted(name)} AS FROM {alias}.main.data"
                )
            except duckdb.Error:
                self.unreadable.append(name)
        self._show_extracts(setup["extracts"])
        if self._rollups:
            self._attach_rollups(os.path.join(setup["folder"], setup["rollups_file"]))
            rollups = self._connection.execute(
                f"SELECT table_name FROM duckdb_tables() WHERE database_name = '{ROLLUPS}'"
            ).fetchall()
            for (name,) in rollups:
                self._show_rollup(name)

    def _show_extracts(self, extracts: dict[str, list[str]]) -> None:
        """What other engines returned stands in files, one table for each item."""
        aliases: dict[str, str] = {}
        for item, (path, table) in extracts.items():
            if path not in aliases:
                aliases[path] = f"engine_{len(aliases)}"
                self._connection.execute(
                    f"ATTACH {literal(path)} AS {aliases[path]} (READ_ONLY, TYPE duckdb)"
                )
            name = f"{ITEMS_SCHEMA}.{quoted(item)}"
            self._connection.execute(
                f"CREATE VIEW {name} AS FROM {aliases[path]}.main.{quoted(table)}"
            )
            self._created.add(item)

    def _attach_rollups(self, path: str) -> None:
        """The tables that an earlier worker made serve this one too, unless it died and left the
        file unreadable."""
        try:
            self._connection.execute(f"ATTACH {literal(path)} AS {ROLLUPS}")
        except duckdb.Error:
            for file in (path, f"{path}.wal"):
                if os.path.exists(file):
                    os.remove(file)
            self._connection.execute(f"ATTACH {literal(path)} AS {ROLLUPS}")

    def close(self) -> None:
        """Close the database; nothing may run in it any more."""
        for cursor in (*self.cursors, self._connection):
            cursor.close()

    def admit(self, cursor: Any, sql: str) -> Parsed:
        """Judge a query and see to it that all it reads is there. Raises Refused, Needs, or
        DuckDB's exception."""
        parsed = self._guard.parse(cursor, sql)
        self._prepare(parsed, ())
        return parsed

    def canonical(self, cursor: Any, sql: str) -> str:
        """One text for all spellings of one parse: the parse itself, as JSON, without the places in
        the text.

        It is not turned back into SQL: DuckDB 1.5 writes `a CROSS JOIN b LEFT JOIN c` and `a, (b
        LEFT JOIN c)` alike."""
        return canonical(parse_one(cursor, sql)[1])

    def materialize(self, cursor: Any, item: str) -> None:
        """Make a view a table, with the caller's cursor, so that its time limit can interrupt
        it."""
        if item in self._created:
            return
        self._prepare(self._guard.parse(cursor, self._items[item]), (item,))
        cursor.execute(f"CREATE TABLE {ROLLUPS}.main.{quoted(item)} AS {self._items[item]}")
        with self._lock:
            self._show_rollup(item)

    def mark_broken(self, item: str, message: str) -> None:
        """From now on, what reads this item fails with that message."""
        with self._lock:
            self._broken[item] = message

    def until(self, cursor: Any, source: str, column: str) -> str | None:
        """Latest day in a source's time column that is not after the as-of date."""
        day = f"CAST({quoted(column)} AS DATE)"
        query = f"SELECT max({day})::VARCHAR FROM main.{quoted(source)} WHERE {day} <= as_of()"
        newest = cursor.execute(query).fetchone()[0]
        return None if newest is None else str(newest)

    def columns_of(self, sql: str) -> str | None:
        """The columns of the tables that a query reads, as a sentence for people."""
        with self._lock:
            try:
                reads = self._guard.parse(self._connection, sql).reads
                tables = [*reads.sources, *(f"{ITEMS_SCHEMA}.{item}" for item in reads.items)]
                return " ".join(map(self._columns_in_words, tables[:3])) or None
            except (duckdb.Error, GuardRefusal):
                # A hint must not turn one error into another.
                return None

    def _columns_in_words(self, table: str) -> str:
        name = ".".join(map(quoted, table.split(".")))
        rows = self._connection.execute(f"DESCRIBE SELECT * FROM {name}").fetchall()
        return f"{table} has: {', '.join(_column_name(str(row[0])) for row in rows)}."

    def _prepare(self, parsed: Parsed, above: tuple[str, ...]) -> None:
        for source in parsed.reads.sources:
            if source in self._missing:
                raise GuardRefusal(
                    f"the source {source} cannot be read: {self._missing[source]}", fault="failed"
                )
        if all(item in self._created and item not in self._broken for item in parsed.reads.items):
            return
        with self._lock:
            for item in parsed.reads.items:
                self._ensure(item, above)

    def _ensure(self, item: str, above: tuple[str, ...]) -> None:
        """Make the view `metrics.<item>`, and first what it reads."""
        if item in above:
            circle = " → ".join((*above[above.index(item) :], item))
            raise GuardRefusal(f"these read each other in a circle: {circle}", fault="failed")
        if item in self._broken:
            raise _blame(self._broken[item])
        if item in self._created:
            return
        if item in self._rollups:
            raise ViewsNeeded([item])
        try:
            self._prepare(self._guard.parse(self._connection, self._items[item]), (*above, item))
            text = f"{TEXTS}.{quoted(f'text of {item}')}"
            self._connection.execute(f"CREATE VIEW {text} AS {self._items[item]}")
            self._connection.execute(f"CREATE VIEW {ITEMS_SCHEMA}.{quoted(item)} AS FROM {text}")
        except (duckdb.Error, GuardRefusal) as error:
            message = reader_message(item, raw_error(error, lambda: None).message)
            self._broken[item] = message
            raise _blame(message) from None
        self._created.add(item)
        self.stamp += 1

    def _show_rollup(self, item: str) -> None:
        name = quoted(item)
        self._connection.execute(f"CREATE VIEW {ITEMS_SCHEMA}.{name} AS FROM {ROLLUPS}.main.{name}")
        self._created.add(item)
        self.stamp += 1


def _column_name(name: str) -> str:
    """A column as SQL writes it."""
    return name if re.fullmatch(r"[^\W\d]\w*", name) else quoted(name)


def _blame(message: str) -> GuardRefusal:
    """The error of whoever reads a broken item; its message begins with the name of the one to
    correct."""
    return GuardRefusal(message, fault="failed", hint=f"Correct {message.partition(' ')[0]} first.")
