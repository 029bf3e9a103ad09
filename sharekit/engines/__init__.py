"""Where SQL runs. One contract; every engine turns its driver's errors into QueryError or
OutsideError here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct

from sharekit.errors import QueryError
from sharekit.numbers.results import Column, Rows, SourceInfo


class Query(Struct, frozen=True):
    """One SELECT to run, and the name to report it by."""

    id: str
    sql: str


class QueryResult(Struct, frozen=True):
    """What became of one Query: rows or an error, never both."""

    id: str
    rows: Rows | None
    error: QueryError | None
    seconds: float = 0.0


class Extract(Struct, frozen=True):
    """What another engine returned for an item that names one: its rows are the table `metrics.ID`
    here."""

    info: SourceInfo
    """As of a source: columns, rows, fingerprint, latest day."""
    error: QueryError | None = None
    """Why there are no rows; its place is in the item's own text."""
    doubt: QueryError | None = None
    """Why the `version` of its engine could not be asked, so that the rows were."""
    tables: tuple[SourceInfo, ...] = ()
    """The tables that its days come from, of which only the days are known; none where its own rows
    say from when to when they reach."""
    days_unknown: str | None = None
    """Why it is not known up to which day its rows reach."""


class Engine(Protocol):
    """Runs one SELECT at a time or many at once, over the manifest's sources, views and metrics."""

    name: str
    version: str
    """Driver version: belongs in every cache key."""
    dialect: str
    """The name sqlglot knows it by."""

    def sources(self) -> Mapping[str, SourceInfo]:
        """All declared sources as found, each with its error where it could not be read."""

    def begin(self, items: Iterable[str]) -> None:
        """Start asking the engines that these items name, each item once, and return at once; what
        runs here is left out."""

    def extracts(self, items: Iterable[str]) -> Mapping[str, Extract]:
        """What the engines that these items name returned; waits for it."""

    def first_day(self) -> date:
        """The first day of the project's data, with which the table of days begins; waits for all
        other engines."""

    def canonical(self, sql: str) -> str:
        """One text for all spellings of one parse (comments and spacing gone). Raises QueryError on
        a syntax error."""

    def columns(self, sql: str) -> tuple[Column, ...]:
        """The columns a query would return, without running it. Raises QueryError."""

    def query(self, sql: str) -> Rows:
        """Run one SELECT. Raises QueryError, or OutsideError; no driver's own exception leaves
        here."""

    def run(self, queries: Sequence[Query]) -> Iterator[QueryResult]:
        """Run many; answers come in the order of the queries. A failing one never stops the
        others."""

    def close(self) -> None:
        """Free processes and files. Safe to call twice."""
