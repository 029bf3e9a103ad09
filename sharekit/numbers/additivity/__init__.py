"""How the values of a query add up, read off its SQL: over slices, and over time.

The outermost aggregate of a column decides, followed through steps, subqueries, views and metrics.
Sums and counts add up, and so do sums, differences and constant multiples of them; distinct counts,
means, medians, quantiles, extremes, modes, ratios, windows and what cannot be followed do not.
Units decide nothing. Pure. The reader is loaded when it is first asked for: sqlglot takes its
time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sharekit.numbers.additivity.column_additivity import (
    ROW,
    UNKNOWN,
    Additivity,
    Outputs,
)

if TYPE_CHECKING:
    from sharekit.numbers.additivity.query_reader import AdditivityReader

__all__ = [
    "ROW",
    "UNKNOWN",
    "Additivity",
    "AdditivityReader",
    "Outputs",
]


def __getattr__(name: str) -> object:
    if name == "AdditivityReader":
        from sharekit.numbers.additivity.query_reader import AdditivityReader

        return AdditivityReader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
