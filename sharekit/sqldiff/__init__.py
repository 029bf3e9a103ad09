"""Do two queries mean the same, and if not, what changed, in plain English.

`compare_sql` and its answer are loaded when they are first asked for: sqlglot takes its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sharekit.sqldiff.compare import compare_sql
    from sharekit.sqldiff.types import SqlChange, SqlComparison

__all__ = ["SqlChange", "SqlComparison", "compare_sql"]


def __getattr__(name: str) -> object:
    if name == "compare_sql":
        from sharekit.sqldiff.compare import compare_sql

        return compare_sql
    if name in ("SqlChange", "SqlComparison"):
        from sharekit.sqldiff import types

        return getattr(types, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
