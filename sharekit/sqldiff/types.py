"""What reading a query, and comparing two, says. Nothing of ours is imported here, and no sqlglot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

Schema: TypeAlias = Mapping[str, Mapping[str, str] | Sequence[str]]
"""Columns of tables: "flights" or "metrics.on_time" -> names, or names with types."""
LONGEST = 140
"""Characters of a condition in a sentence."""
Verdict = Literal["identical", "cosmetic", "rewritten", "changed"]
"""`identical`: the same text; `cosmetic`: the same query in another spelling; `rewritten`: other
steps, proved to mean the same; `changed`: anything not proved."""


class TableRead(Struct, frozen=True):
    """A table named in FROM or JOIN. Lines and columns count from 1 inside the query's text."""

    name: str
    schema: str
    """"" for a plain name; "metrics" for `metrics.on_time`."""
    line: int
    column: int
    catalog: str = ""
    """"" unless the name has three parts."""

    @property
    def full_name(self) -> str:
        return ".".join(part for part in (self.catalog, self.schema, self.name) if part)


class SqlChange(Struct, frozen=True):
    """One thing that changed in the meaning of a query, as a sentence."""

    op: Literal["+", "-", "~"]
    sentence: str
    """"filter added: `origin = 'JFK'`"; code in it is between backticks."""
    item: str | None = None
    """View or metric in which it changed, where that is not the revised item itself."""
    moved: bool = False
    """Whether the query only runs elsewhere now: the rows decide whether that changes anything."""


class RowChange(Struct, frozen=True):
    """Rows of today's data that a changed filter leaves out or takes in."""

    op: Literal["+", "-"]
    """"-": they counted before and count no longer; "+": they count now and did not before."""
    condition: str
    """SQL of the condition that does it."""
    rows: int
    of: int
    """Of how many rows: for "-" those that counted before, for "+" those that count now."""

    @property
    def sentence(self) -> str:
        """ "1,204 of 31,000 rows no longer count: `origin <> 'JFK'` leaves them out"."""
        condition = self.condition.replace("`", "'")
        condition = condition if len(condition) <= LONGEST else f"{condition[: LONGEST - 3]}..."
        if self.op == "-":
            return (
                f"{self.rows:,} of {self.of:,} rows no longer count: `{condition}` leaves them out"
            )
        return f"{self.rows:,} of {self.of:,} rows count now, without `{condition}`"


class SqlComparison(Struct, frozen=True):
    """Whether two queries mean the same, and what changed where they do not."""

    verdict: Verdict
    changes: tuple[SqlChange, ...] = ()
    """Never empty where the verdict is `changed`; always empty where it is not."""

    @property
    def same(self) -> bool:
        """Whether both queries were proved to mean the same."""
        return self.verdict != "changed"
