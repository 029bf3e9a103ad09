"""What a query's text alone tells: what it reads, whether it is one SELECT, what in it changes from
run to run. Pure. Facts depend on nothing but the text, so that they can be kept by its hash."""

from __future__ import annotations

from msgspec import Struct

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
