"""Long lists: a page shows what comes first and folds the rest, under titles that say how much is
there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

Row = TypeVar("Row")


class Fold(Struct, Generic[Row], frozen=True):
    """Rows that are read once their title is opened."""

    title: str
    note: str
    """What it holds: "2 off track, 3 on track"; "" where the title says it."""
    rows: tuple[Row, ...]


class FoldedList(Struct, Generic[Row], frozen=True):
    """A list of which the first rows are shown."""

    shown: tuple[Row, ...]
    folds: tuple[Fold[Row], ...]
    """The rest; empty for a list that is shown whole."""

    @property
    def count(self) -> int:
        """All rows, shown or folded."""
        return len(self.rows)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in order."""
        return (*self.shown, *(row for fold in self.folds for row in fold.rows))


def folded(
    rows: Sequence[Row],
    most: int,
    title_of: Callable[[Row], str],
    note_of: Callable[[Sequence[Row]], str],
) -> FoldedList[Row]:
    """The first `most` rows, and the rest by title in the order of its first row. One row more than
    `most` is shown too, since its fold would be as long as the row."""
    shown_count = len(rows) if len(rows) <= most + 1 else most
    groups: dict[str, list[Row]] = {}
    for row in rows[shown_count:]:
        groups.setdefault(title_of(row), []).append(row)
    folds = (Fold(title, note_of(group), tuple(group)) for title, group in groups.items())
    return FoldedList(tuple(rows[:shown_count]), tuple(folds))


def folded_in_one(rows: Sequence[Row], most: int, noun: str = "") -> FoldedList[Row]:
    """The first `most` rows, and the rest under one title: "35 more questions"."""
    title = f"{len(rows) - most} more {noun}".rstrip()
    return folded(rows, most, lambda row: title, lambda rows: "")
