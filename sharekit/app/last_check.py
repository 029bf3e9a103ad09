"""What the last `check --no-run` had to say, kept beside the caches: the same files are not read and
checked again. Lost or damaged, it costs one check."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from sharekit.errors import Problem
from sharekit.files.sharekit_folders import read_own_record, write_own_record

FILE = "check.json"


class CheckRecord(Struct, frozen=True, tag=1):
    """One check of the files alone. The tag is the form that it is written in."""

    fingerprint: str | None
    """Of all that was looked at; None where it must be looked at again in any case."""
    summary: tuple[str, ...]
    """Lines on what the project declares."""
    problems: tuple[Problem, ...]


def read_check(folder: Path, fingerprint: str) -> CheckRecord | None:
    """The record in a cache folder; None where there is none of this fingerprint."""
    record = read_own_record(folder / FILE, CheckRecord)
    return record if record is not None and record.fingerprint == fingerprint else None


def write_check(folder: Path, record: CheckRecord) -> None:
    """Keep a record, whole or not at all. Raises OSError where the folder cannot be written."""
    write_own_record(folder / FILE, record)
