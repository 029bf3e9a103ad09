"""Rows that are in a source twice, as where an export was saved again or two exports overlap. Runs in
the loader's process."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sharekit.engines.duckdb.values import quoted

MOST_ROWS = 5_000_000
"""More are not looked through: it would cost more than reading them."""
_IDS = ("id", "uuid", "guid")


def repeated_rows(
    connection: Any, table: str, source: str, columns: Sequence[str]
) -> list[Mapping[str, str]]:
    """A note where rows of a table are the same as another one in every column, their id too. Rows
    that only share an id may be versions of one thing; without an id equal rows may be two events."""
    id_column = next((name for name in columns if _is_own_id(name, source)), None)
    if id_column is None:
        return []
    column = quoted(id_column)
    count, ids = connection.execute(
        f"SELECT count({column}), count(DISTINCT {column}) FROM {table} HAVING count(*) <= {MOST_ROWS}"
    ).fetchone() or (0, 0)
    if count == ids:
        return []
    # Each column by name: an alias of the row could be the name of a column.
    row = ", ".join(map(quoted, columns))
    (repeats,) = connection.execute(
        f"SELECT coalesce(sum(equal - 1), 0) FROM (SELECT count(*) AS equal FROM {table}"
        f" WHERE {column} IN (SELECT {column} FROM {table} GROUP BY ALL HAVING count(*) > 1)"
        f" GROUP BY hash({row}))"
    ).fetchone()
    if not repeats:
        return []
    rows = "1 row repeats" if repeats == 1 else f"{repeats:,} rows repeat"
    return [
        {
            "column": id_column,
            "message": f"{rows} another one: `{id_column}` and everything else are the same",
            "hint": "Remove what was exported twice, or read it through a view: SELECT DISTINCT *.",
            "kind": "repeats",
        }
    ]


def _is_own_id(column: str, source: str) -> bool:
    """Whether a column tells the rows of a source apart: `id`, or `order_id` of `orders_2026`."""
    name = column.casefold()
    item_name = name.removesuffix("_id")
    plural = rf"({re.escape(item_name)}(e?s)?|{re.escape(item_name[:-1])}ies)[_\d]*"
    return name in _IDS or (item_name != name and re.fullmatch(plural, source) is not None)
