"""Asks DuckDB what expressions of literals are worth, for comparisons of queries
(`canonical.constants`).

A database of its own, with nothing in it: no file, no network, no extension. Only expressions of
literals and of a few functions get here, so that the answer is the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sharekit.sqldiff.canonical.constants import Folded

SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET threads = 1",
    "SET memory_limit = '256MB'",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class ConstantFolder:
    """The values of constant expressions, each asked for once.

    DuckDB is loaded when the first one is.
    """

    def __init__(self) -> None:
        self._folded: dict[str, Folded | None] = {}

    def __call__(self, expressions: Sequence[str]) -> Sequence[Folded | None]:
        for text in expressions:
            if text not in self._folded:
                self._folded[text] = self._constant_value(text)
        return [self._folded[text] for text in expressions]

    @cached_property
    def _connection(self) -> Any:
        import duckdb

        connection = duckdb.connect(":memory:")
        for setting in SETTINGS:
            connection.execute(setting)
        return connection

    def _constant_value(self, text: str) -> Folded | None:
        import duckdb

        try:
            row = self._connection.execute(
                f"SELECT typeof(v), v::VARCHAR FROM (SELECT ({text}) AS v) s"
            ).fetchone()
        except duckdb.Error:
            return None  # it may fail in the query too; that is not for a comparison to say
        return (str(row[0]), row[1]) if row else None


def function_names() -> frozenset[str]:
    """Names of all functions of the installed DuckDB, folded."""
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions()"
        ).fetchall()
    return frozenset(name.casefold() for (name,) in rows)
