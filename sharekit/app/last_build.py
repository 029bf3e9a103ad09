"""What the last build left behind, kept beside the caches: lets an unchanged project say so at
once, and the next build say what changed. Lost or damaged, it costs one build from the caches and
the comparison, nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from sharekit.files.sharekit_folders import read_own_record, write_own_record

FILE = "build.json"


class LastValue(Struct, frozen=True):
    """Where one number stood: enough to say what moved."""

    text: str
    """The headline as people read it: "2,041"."""
    status: str | None = None
    """Of a key result."""


class BuildRecord(Struct, frozen=True, tag=1):
    """One build, as the next one needs to know it. The tag is the form that it is written in."""

    fingerprint: str | None
    """Of all its inputs; None where it must be run again in any case."""
    out: str
    """Absolute path of the folder it published to."""
    report: str = ""
    """What it had to say, warnings above all; said again where nothing changed."""
    standings: Mapping[str, LastValue] = field(default_factory=dict)
    """Metric or key result -> where it stood."""
    files: tuple[tuple[str, int, int], ...] = ()
    """Path, size and modification time (ns) of every published file."""

    def holds(self, fingerprint: str | None, out: Path) -> bool:
        """Whether building again would give what is there: the same inputs, and nobody touched the
        output."""
        same = fingerprint is not None and fingerprint == self.fingerprint and str(out) == self.out
        return same and self.files == published_files(out)


def published_files(out: Path) -> tuple[tuple[str, int, int], ...]:
    """Path, size and modification time of everything in a folder, in order."""
    return tuple(sorted(_walk(str(out), "")))


def _walk(folder: str, prefix: str) -> Iterator[tuple[str, int, int]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, f"{prefix}{entry.name}/")
        else:
            stat = entry.stat(follow_symlinks=False)
            yield f"{prefix}{entry.name}", stat.st_size, stat.st_mtime_ns


def read_record(folder: Path) -> BuildRecord | None:
    """The last build's record in a cache folder; None where there is none that can be read."""
    return read_own_record(folder / FILE, BuildRecord)


def write_record(folder: Path, record: BuildRecord) -> None:
    """Keep a record, whole or not at all. Raises OSError where the folder cannot be written."""
    write_own_record(folder / FILE, record)
