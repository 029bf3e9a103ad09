"""What there is to ask the data about a query, each with the query that asks it. Data alone."""

from __future__ import annotations

from msgspec import Struct


class TextPosition(Struct, frozen=True):
    """Where something stands in the text of a view or a metric; lines and columns count from 1."""

    item: str
    line: int
    column: int | None
    length: int


class JoinSide(Struct, frozen=True):
    """One source of a join, with the columns by which it is joined."""

    alias: str
    name: str
    """As people know it."""


class JoinProbe(Struct, frozen=True):
    """How many rows two joined sources have for each of their keys. The query returns rows and keys
    of the left one, then of the right one, each of what the other one matches."""

    sql: str
    left: JoinSide
    right: JoinSide
    on: str
    spot: TextPosition


class JoinedAggregate(Struct, frozen=True):
    """An aggregate over joined sources."""

    text: str
    item: str
    sources: frozenset[str]
    """Aliases of the sources whose columns it takes; all where it counts rows."""
    joins: tuple[JoinProbe, ...]
    """The joins of its SELECT."""


class UnitProbe(Struct, frozen=True):
    """Which units rows have that are summed. The query returns how many there are, and two of
    them."""

    sql: str
    column: str
    source: str
    text: str
    """The aggregate."""
    spot: TextPosition


class LostParts(Struct, frozen=True):
    """A sum or difference of several parts. The query returns how many rows there are, how many of
    them lose what a part has, and for each part how many of those have no value of it."""

    sql: str
    text: str
    parts: tuple[str, ...]
    filled: str
    """The same with a 0 for each part that has no value; "" where that is too long to read."""
    of_rows: bool
    """Whether rows are lost before they are added up; else values of groups."""
    spot: TextPosition


class Probes(Struct, frozen=True):
    """All that there is to ask about one view or metric."""

    summed: tuple[JoinedAggregate, ...] = ()
    units: tuple[UnitProbe, ...] = ()
    parts: tuple[LostParts, ...] = ()
