"""Share before asked: metrics and OKRs as SQL files in git, published as pages and
announcements."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sharekit.sqldiff.compare import compare_sql
    from sharekit.sqldiff.types import SqlChange, SqlComparison

__version__ = "0.1.0"
__all__ = ["SqlChange", "SqlComparison", "__version__", "compare_sql"]


def __getattr__(name: str) -> object:
    """What the package exports is loaded when it is first asked for, so that `import sharekit`
    costs nothing."""
    if name in __all__:
        import sharekit.sqldiff

        return getattr(sharekit.sqldiff, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
