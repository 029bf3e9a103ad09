"""Results of earlier builds: which file has them, and when they were asked for.

The key of a result: the query as it was sent, the as-of date, the time zone, engine, dialect,
address without its secret, the driver's version, and this module's layout. Whether the rows are
still right nobody can tell but the engine: so each build asks, unless the keeper says `keep` or
`version`."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from sharekit.files.sharekit_folders import read_own_record, write_own_record
from sharekit.numbers.results import Rhythm

LAYOUT = 4
"""Goes up when tables are written otherwise for the same rows."""
INDEX = "index.json"
FORGET_SECONDS = 14 * 24 * 3600
BUSY_SECONDS = 3600
"""Files younger than this may be another build's."""


class StoredResult(Struct, frozen=True):
    """One result: where it is, and what is known of it."""

    file: str
    size: int
    table: str
    columns: tuple[tuple[str, str, str], ...]
    count: int
    latest: Mapping[str, str | None]
    rhythms: Mapping[str, Rhythm | None]
    """How the days of each column of dates come; None where it has none."""
    fingerprint: str
    asked: float
    """When the engine was asked for it."""
    version: str | None = None
    """What the keeper's `version` said then."""


def key_of(*parts: object) -> str:
    """The key of one result."""
    return hashlib.sha256(json.dumps([LAYOUT, *parts], default=str).encode()).hexdigest()


class ResultStore:
    """The folder of results. Damaged or lost, it costs the queries again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._results = _read(folder / INDEX)

    def get(self, key: str) -> StoredResult | None:
        """A result whose file is there, whole."""
        stored_result = self._results.get(key)
        if stored_result is None:
            return None
        with suppress(OSError):
            if (self.folder / stored_result.file).stat().st_size == stored_result.size:
                return stored_result
        return None

    def place(self, part_file: Path, fingerprints: Iterable[tuple[str, str]], duckdb: str) -> Path:
        """Take a finished file in, under the name of what is in it: the same rows are the same
        file."""
        name = key_of(duckdb, sorted(fingerprints))
        target = self.folder / f"{name}.duckdb"
        if target.exists():
            part_file.unlink(missing_ok=True)
        else:
            os.replace(part_file, target)
        return target

    def put(self, results: Mapping[str, StoredResult]) -> None:
        """Remember results, forget what nobody asked for in two weeks, and remove files that none
        is in."""
        now = time.time()
        stored_results = {
            key: stored_result
            for key, stored_result in _read(self.folder / INDEX).items()
            if now - stored_result.asked < FORGET_SECONDS
        }
        stored_results |= results
        self._results = stored_results
        with suppress(OSError):
            write_own_record(self.folder / INDEX, stored_results)
        file_names = {stored_result.file for stored_result in stored_results.values()}
        for path in self.folder.glob("*.duckdb*"):
            with suppress(OSError):
                if path.name not in file_names and now - path.stat().st_mtime > BUSY_SECONDS:
                    path.unlink()


def _read(path: Path) -> dict[str, StoredResult]:
    return read_own_record(path, dict[str, StoredResult]) or {}
