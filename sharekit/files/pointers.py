"""Files that only say where the real one is: what git has in place of a large file that was not fetched."""

from __future__ import annotations

from pathlib import Path

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
LONGEST = 1024
"""Bytes; longer files are no pointers, by the specification of Git LFS."""
_ANNEX_POINTER = b"/annex/objects/"


def pointer_of(path: Path) -> str | None:
    """ "Git LFS" or "git-annex", whose pointer a file is; None for any other file."""
    if path.stat().st_size > LONGEST:
        return None
    content = path.read_bytes().replace(b"\r\n", b"\n")
    if content.startswith(LFS_POINTER):
        return "Git LFS"
    return "git-annex" if content.startswith(_ANNEX_POINTER) else None
