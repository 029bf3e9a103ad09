"""How the values of a query add up, read off its SQL: over slices, and over time.

The outermost aggregate of a column decides, followed through steps, subqueries, views and metrics.
Sums and counts add up, and so do sums, differences and constant multiples of them; distinct counts,
means, medians, quantiles, extremes, modes, ratios, windows and what cannot be followed do not.
Units decide nothing. Pure. The reader is loaded when it is first asked for: sqlglot takes its
time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

from sharekit.numbers.additivity.column_additivity import (
    ROW,
    UNKNOWN,
    Additivity,
    Outputs,
)
from sharekit.numbers.cache.answers import Remember

if TYPE_CHECKING:
    from sharekit.numbers.additivity.query_reader import AdditivityReader

__all__ = [
    "ROW",
    "UNKNOWN",
    "Additivity",
    "Outputs",
    "outputs_by_item",
]


def outputs_by_item(
    text: Callable[[str], str | None],
    upstream: Callable[[str], Iterable[str]],
    remember: Remember,
) -> Callable[[str], Outputs]:
    """Reads the columns of an item off its SQL. `text` gives the SQL of a view or a metric by its
    id, None where there is none; `upstream` all that an item reads."""

    @cache
    def reader() -> AdditivityReader:
        from sharekit.numbers.additivity.query_reader import AdditivityReader

        return AdditivityReader(text)

    @cache
    def outputs(item: str) -> Outputs:
        sql = text(item)
        if sql is None:
            return Outputs()
        read = [(name, below) for name in sorted(upstream(item)) if (below := text(name))]
        return remember("adds", [sql, read], lambda: reader().outputs(sql), Outputs)

    return outputs
