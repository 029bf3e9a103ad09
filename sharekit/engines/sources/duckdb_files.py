"""What a .duckdb file defines itself: its views and generated columns run as queries when it is
read, and whoever made the file is trusted no more than whoever writes a metric. So they are held to
the same rules, before anything runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import Any

import duckdb
from msgspec import Struct

from sharekit.engines.duckdb.guard import (
    Guard,
    GuardRefusal,
    fold_name,
    parse_one,
    read_tree,
    refuse_function,
)
from sharekit.engines.sources.notation import SourceError

MOST_VIEWS = 100
"""Views that one table may stand on."""
_HINT = "Store the rows as a table in that file: CREATE TABLE t AS FROM v."


class StoredTables(Struct, frozen=True):
    """What the attached file `origin` holds, by folded "schema.name"."""

    views: Mapping[str, str]
    """The statement that made each view."""
    tables: Mapping[str, str]
    macros: frozenset[str]

    @classmethod
    def of(cls, connection: Any) -> StoredTables:
        def by_full_name(rows: list[tuple[str, str, str]]) -> dict[str, str]:
            return {fold_name(f"{schema}.{name}"): sql or "" for schema, name, sql in rows}

        here = "FROM {0}() WHERE database_name = 'origin' AND NOT internal"
        views = connection.execute(
            f"SELECT schema_name, view_name, sql {here.format('duckdb_views')}"
        ).fetchall()
        tables = connection.execute(
            f"SELECT schema_name, table_name, sql {here.format('duckdb_tables')}"
        ).fetchall()
        macros = connection.execute(
            f"SELECT function_name {here.format('duckdb_functions')}"
        ).fetchall()
        return cls(
            by_full_name(views),
            by_full_name(tables),
            frozenset(fold_name(name) for (name,) in macros),
        )


def require_safe_table(connection: Any, table: str, hidden: Collection[str] = ()) -> None:
    """Raise SourceError where reading this table of `origin` would run what a metric's SQL may not,
    or show rows of a table that is `hidden`: kept for people who may not all see this one."""
    stored = StoredTables.of(connection)
    guard = Guard((name.removeprefix("main.") for name in (*stored.views, *stored.tables)), ())
    waiting, visited = [_full(table)], set[str]()
    while waiting:
        name = waiting.pop()
        if name in visited:
            continue
        visited.add(name)
        if name in hidden and name != _full(table):
            raise SourceError(
                f"{table} is a view of {name.removeprefix('main.')}, which another source keeps for"
                " fewer people",
                "Give both sources one audience.",
            )
        if len(visited) > MOST_VIEWS:
            raise SourceError(f"{table} reads more than {MOST_VIEWS} views", _HINT)
        try:
            if name in stored.views:
                reads = _tables_of_view(connection, guard, stored, stored.views[name])
                waiting += [_full(read) for read in reads]
            elif "generated" in stored.tables.get(name, "").lower():
                for word in _called_names(stored.tables[name]):
                    _refuse(word, stored)
        except (GuardRefusal, duckdb.Error) as error:
            what = "view" if name in stored.views else "table"
            reason = error.message if isinstance(error, GuardRefusal) else "it cannot be parsed"
            raise SourceError(
                f"the {what} {name.removeprefix('main.')} in it is not read: {reason}", _HINT
            ) from None


def _full(name: str) -> str:
    folded = fold_name(name)
    return folded if "." in folded else f"main.{folded}"


def _tables_of_view(
    connection: Any, guard: Guard, stored: StoredTables, statement: str
) -> tuple[str, ...]:
    """The tables that a view reads. Raises Refused."""
    query = _query(statement)
    _, tree = parse_one(connection, query)
    parsed = read_tree(tree)
    for word in _functions(parsed):
        _refuse(word, stored)
    return guard.tables_read(parsed).sources


def _refuse(function: str, stored: StoredTables) -> None:
    if fold_name(function) in stored.macros:
        raise GuardRefusal(f"it uses the macro {function} of that file")
    refuse_function(fold_name(function), None)


def _query(statement: str) -> str:
    """The SELECT of a CREATE VIEW name (columns) AS SELECT ...;"""
    data, depth = statement.encode(), 0
    for offset, _ in duckdb.tokenize(statement):
        depth += (data[offset : offset + 1] == b"(") - (data[offset : offset + 1] == b")")
        word = data[offset : offset + 3].lower()
        if depth == 0 and word[:2] == b"as" and word[2:].isspace():
            return data[offset + 3 :].decode().strip().removesuffix(";")
    raise GuardRefusal("its definition is not known")


def _called_names(statement: str) -> Iterator[str]:
    """Words that stand before a parenthesis: functions, and types too, which are called like no
    function."""
    data = statement.encode()
    offsets = [offset for offset, _ in duckdb.tokenize(statement)]
    for start, stop in pairwise(offsets):
        if data[stop : stop + 1] == b"(":
            yield data[start:stop].decode().strip().strip('"')


def _functions(tree: Any) -> Iterator[str]:
    """Names of all functions that a parsed query calls."""
    stack = [tree]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if isinstance(name := value.get("function_name"), str):
                yield name
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
