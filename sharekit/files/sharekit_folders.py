"""Folders that sharekit makes for itself inside a project."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sharekit.files.fence import read_regular
from sharekit.record_json import from_text, to_text

RecordT = TypeVar("RecordT")
IGNORE = ".gitignore"
IGNORE_ALL = b"*\n"
"""What a folder's own .gitignore says, so that `git add` leaves it out whatever the project's
.gitignore says."""


def own_folder(folder: Path) -> Path:
    """Make a folder that git ignores. Raises OSError where it cannot be made."""
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        if not (folder / IGNORE).exists():
            (folder / IGNORE).write_bytes(IGNORE_ALL)
    return folder


def write_own(path: Path, content: bytes) -> None:
    """Write a file of ours beside and move it into place, whatever stands there. Raises OSError."""
    own_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        replace_own(Path(name), path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def replace_own(new_file: Path, path: Path) -> None:
    """Move a file of ours to its place. A folder that stands there is nobody's, and goes. Raises
    OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    os.replace(new_file, path)


def read_own(path: Path) -> bytes | None:
    """A file of ours; None where there is none that can be read: a link, a device and a folder are
    none."""
    try:
        return None if path.is_symlink() else read_regular(path)
    except OSError:
        return None


def write_own_record(path: Path, record: object) -> None:
    """Keep a record, or several, as JSON, whole or not at all. Raises OSError."""
    write_own(path, to_text(record).encode())


def read_own_record(path: Path, form: type[RecordT]) -> RecordT | None:
    """What `write_own_record` wrote; None where it is damaged, of another form or not there."""
    content = read_own(path)
    try:
        return None if content is None else from_text(content, form)
    except ValueError:
        return None
