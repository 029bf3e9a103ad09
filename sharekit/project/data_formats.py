"""Which files hold tables, and in what format: by their names, as everybody asks who meets a file.
Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

_FORMATS: Mapping[str, str] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".duckdb": "duckdb",
    ".db": "duckdb",
}
_PACKED = (".gz", ".zst")
"""Endings of compressed files."""


def format_of(path: str) -> str | None:
    """The format that a file's name tells, in any case; None where it tells none. A `.db` file may
    be of SQLite as well."""
    return _FORMATS.get(PurePosixPath(_unpacked(path.lower())).suffix)


def table_path(path: str) -> str:
    """A path without the endings that tell the format: `metrics/data/orders` for
    `metrics/data/orders.csv.gz`."""
    return str(PurePosixPath(_unpacked(path)).with_suffix(""))


def _unpacked(path: str) -> str:
    return path.removesuffix(next((end for end in _PACKED if path.lower().endswith(end)), ""))
