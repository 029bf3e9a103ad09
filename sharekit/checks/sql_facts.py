"""What a query's text alone tells: what it reads, whether it is one SELECT, what in it changes from
run to run. Pure.

Facts depend on nothing but the text, so that they can be kept by its hash: `facts_to_json`,
`facts_from_json`."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct, to_builtins

from sharekit.read_json import read_json
from sharekit.sqldiff.types import TableRead


class WordPosition(Struct, frozen=True):
    """A word in a query. Lines and columns count from 1 inside its text."""

    name: str
    line: int
    column: int
    length: int
    chance: bool = False
    """Whether it is drawn by chance, not read from the clock."""


class NotOneSelect(Struct, frozen=True):
    """Why a text is not one SELECT."""

    code: str
    message: str
    hint: str | None = None
    line: int = 1
    column: int | None = None
    length: int = 1


class SqlFacts(Struct, frozen=True):
    """What one query's text tells."""

    fault: NotOneSelect | None = None
    """All else is empty where the text cannot be read."""
    reads: tuple[TableRead, ...] = ()
    unsteady: tuple[WordPosition, ...] = ()
    """now(), random() and the like."""
    own_totals: bool = False
    """Whether it returns its own total rows: GROUPING SETS, ROLLUP or CUBE."""
    outputs: tuple[str, ...] | None = None
    """Names of its columns in lower case; None where only data can tell (`*`, COLUMNS, PIVOT)."""


def read_sql(text: str, dialect: str = "duckdb") -> SqlFacts:
    """The facts of one query. sqlglot is loaded when the first text is read that no cache knows."""
    from sharekit.checks.sql_reading import facts_of

    return facts_of(text, dialect)


def facts_to_json(facts: SqlFacts) -> str:
    """Facts as text that `facts_from_json` reads back."""
    return json.dumps(to_builtins(facts), separators=(",", ":"))


def facts_from_json(text: str) -> SqlFacts | None:
    """Facts as `facts_to_json` wrote them; None for any other text, since a cache is not to be
    trusted."""
    try:
        document: dict[str, Any] = read_json(text)
        return SqlFacts(
            None if document["fault"] is None else NotOneSelect(**document["fault"]),
            tuple(TableRead(**read) for read in document["reads"]),
            tuple(WordPosition(**position) for position in document["unsteady"]),
            bool(document["own_totals"]),
            None
            if document["outputs"] is None
            else tuple(str(name) for name in document["outputs"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
