"""What is known of the days in sources, and of where the days of members are. Data alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct


class DatedSource(Struct, frozen=True):
    """A source as far as its days go."""

    time: str
    """Its column of days."""
    columns: frozenset[str] = frozenset()
    """All names in lower case."""


class DatedColumns(Struct, frozen=True):
    """What is known of the tables: `dated` has the columns that are dates or moments, `columns` all;
    both by name in lower case. A table is a source, or `metrics.NAME` where another engine returned
    its rows. `text` gives the SQL of a view or a metric."""

    dated: Mapping[str, frozenset[str]]
    columns: Mapping[str, frozenset[str]]
    text: Callable[[str], str | None]


class MemberDays(Struct, frozen=True):
    """Where the members of a dimension are to be asked for."""

    source: str
    time: str
    """The source's column of days."""
    column: str | None
    """The dimension, where it is a column of that source as it stands."""
    sql: str
    """Returns each `member` and `day`, once."""
    of_calendar: bool = False
    """Whether it is made of the day itself, such as its year: then its members end by the
    calendar."""
