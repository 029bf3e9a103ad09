"""How the columns of views and metrics add up, by their ids. sqlglot is loaded for the first text
that nobody has read before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from sharekit.numbers import additivity
from sharekit.numbers.additivity import Outputs
from sharekit.numbers.cache.answers import Remember


def outputs_by_item(
    text: Callable[[str], str | None],
    upstream: Callable[[str], Iterable[str]],
    remember: Remember,
) -> Callable[[str], Outputs]:
    """Reads the columns of an item off its SQL. `text` gives the SQL of a view or a metric by its
    id, None where there is none; `upstream` all that an item reads."""

    @cache
    def reader() -> additivity.AdditivityReader:
        return additivity.AdditivityReader(text)

    @cache
    def outputs(item: str) -> Outputs:
        sql = text(item)
        if sql is None:
            return Outputs()
        read = [(name, below) for name in sorted(upstream(item)) if (below := text(name))]
        return remember("adds", [sql, read], lambda: reader().outputs(sql), Outputs)

    return outputs
