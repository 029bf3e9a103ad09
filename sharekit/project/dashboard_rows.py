"""How the entries of a `metrics` block stand: in rows that fill their width. Pure.

Checks and the page read the same columns."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sharekit.project.shapes import MetricPlacement

MOST_COLUMNS = 4
CHART_COLUMNS = 2
"""Charts side by side where a block does not say."""


class Share(Struct, frozen=True):
    """What one entry takes of its row."""

    width: int
    of: int

    @property
    def wide(self) -> bool:
        """Whether it has the row for itself, or two thirds of it."""
        return 3 * self.width >= 2 * self.of


def columns_of(entries: Sequence[MetricPlacement], columns: int | None) -> int | None:
    """The columns of a block that says `columns`, or a `width` in one of its entries; None for one
    that leaves it to the page."""
    widest = max((entry.width or 0 for entry in entries), default=0)
    if columns is not None or not widest:
        return columns
    return max(widest, MOST_COLUMNS if all(map(is_card, entries)) else CHART_COLUMNS)


def is_card(entry: MetricPlacement) -> bool:
    """Whether a place asks for a card: for no chart and no table."""
    has_options = entry.chart or entry.by or entry.last or entry.accumulate
    return entry.chart == "card" or not has_options


def even_shares(count: int, most: int) -> tuple[Share, ...]:
    """Entries of one width in as few rows as `most` of them side by side allow, each row as long as
    the others or one longer: five cards stand as three and two, not as four and one."""
    rows = -(-count // most)
    share, more = divmod(count, rows) if rows else (0, 0)
    lengths = [share + (row < more) for row in range(rows)]
    return tuple(Share(1, length) for length in lengths for _ in range(length))


def shares(widths: Sequence[int], columns: int) -> tuple[Share, ...]:
    """Entries in order, as many in a row as fit; a row that is not full is stretched."""
    rows: list[list[int]] = []
    for width in widths:
        if not rows or sum(rows[-1]) + width > columns:
            rows.append([])
        rows[-1].append(width)
    return tuple(Share(width, sum(row)) for row in rows for width in row)
