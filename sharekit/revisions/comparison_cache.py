"""What comparing two queries gave, kept between builds: a history meets the same changes of its
past each time.

Trusted as the files are, like what is known of each query's text (see `facts`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path

from sharekit import sqldiff
from sharekit.engines.duckdb.constant_folding import ConstantFolder
from sharekit.numbers.cache.pack import code_version, open_section, text_key
from sharekit.record_json import from_text, to_text
from sharekit.sqldiff.types import Schema, SqlComparison


def comparing() -> Callable[..., SqlComparison]:
    """Compares two queries, with the engine to say what constants in them are worth."""
    return partial(sqldiff.compare_sql, fold=ConstantFolder())


class KnownComparisons:
    """Compares as `comparing` does, from the store where it has the answer. Nothing is written
    before `save`."""

    def __init__(self, folder: Path | None) -> None:
        self._texts = open_section(folder, "compared", _comparer, most_bytes=32 * 1024**2)

    def __call__(
        self,
        before: str,
        after: str,
        *,
        schema: Schema | None = None,
        dialect: str = "duckdb",
    ) -> SqlComparison:
        key = text_key(json.dumps([before, after, schema, dialect], sort_keys=True))
        document = self._texts.get(key)
        if document is not None and (remembered_comparison := _read(document)) is not None:
            return remembered_comparison
        comparison = self._compare(before, after, schema=schema, dialect=dialect)
        self._texts.put(key, to_text(comparison))
        return comparison

    @cached_property
    def _compare(self) -> Callable[..., SqlComparison]:
        return comparing()

    def save(self) -> None:
        """Write what is new. Never raises: without it the next build is slower and otherwise the
        same."""
        self._texts.save()


def _read(document: str) -> SqlComparison | None:
    try:
        return from_text(document, SqlComparison)
    except ValueError:
        return None


def _comparer() -> str:
    """Names the code that compares, and the engine that folds constants: another version may find
    something else."""
    files = sorted(Path(sqldiff.__file__).parent.rglob("*.py"))
    return code_version(files, "sqlglot", "duckdb")
