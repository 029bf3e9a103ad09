"""What is known of a column: whether its values add up, and over what. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from msgspec import Struct, field

How = Literal["adds", "scaled", "level", "row", "constant", "not"]
"""adds: a sum or a count. scaled: a sum or a count times a column, which adds up once it is summed.
level: the last value in time. row: a column of a source, read as it is. constant: the same in every
row. not: anything else."""


class Additivity(Struct, frozen=True):
    """How the values of one column add up."""

    how: How
    why: str = ""
    """Why they do not, as a clause: "avg(minutes) is a mean"."""
    apart: frozenset[str] = frozenset()
    """Columns over which values that otherwise add up do not: a user counted on two days is one
    user."""
    natural: bool = False
    """Whether it counts, so that it is never below zero."""
    parts: tuple[str, ...] = ()
    """SQL of the two sums that it is a ratio of, in the same query; () where it is no ratio of
    sums."""
    of_parts: bool = False
    """Whether it is a sum or a difference of several such values: in a row where one of them is NULL
    it is NULL too, and what the rows add up to lacks the others."""

    def over(self, columns: Collection[str]) -> bool:
        """Whether a sum over all values of these columns is the value without them."""
        return self.how == "adds" and self.apart.isdisjoint(name.lower() for name in columns)

    @property
    def reason(self) -> str:
        """Why it does not add up."""
        if self.how == "row":
            return "it is read as it is in its source"
        return self.why or "its query cannot be followed"


ROW = Additivity("row")
CONSTANT = Additivity("constant", "it is a constant")
NOTHING = Additivity("constant", "it is NULL")
UNKNOWN = Additivity("not", "its query cannot be followed")


class Outputs(Struct, frozen=True):
    """The columns that a query returns, and how each adds up."""

    columns: Mapping[str, Additivity] = field(default_factory=dict)
    """By name in lower case; what has no name stands under its text."""
    rest: Additivity | None = UNKNOWN
    """Of columns that a star brings, or all where nothing could be read."""
    totals: bool = False
    """Whether the query returns its own total rows: GROUPING SETS, or a branch of UNION without
    dimensions."""

    def of(self, name: str | None) -> Additivity:
        """How one column adds up."""
        return self.columns.get(name.lower() if name else "", self.rest or UNKNOWN)
