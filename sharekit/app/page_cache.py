"""Drawn pages, kept in a folder between builds: one file for what one key stands for.

Pages of another version of this program are misses, and what a build did not use is removed
after it. Lost or damaged, the folder costs the drawing again."""

from __future__ import annotations

import hashlib
import zlib
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from sharekit.files.sharekit_folders import own_folder, read_own, write_own

FOLDER = "pages"


class PageCounts(Struct, frozen=True):
    """What one build did with pages."""

    reused: int
    """How many keys had their pages here."""
    drawn: int
    """How many had to be drawn."""


class FolderPageCache:
    """A PageCache (see `sharekit.site.drawn_pages`) below a project's cache folder."""

    def __init__(self, cache_dir: Path, version: str) -> None:
        """`version` names the code that draws."""
        self._folder = cache_dir / FOLDER
        self._version = version
        self._reused: set[str] = set()
        self._drawn: set[str] = set()

    def get(self, key: str) -> bytes | None:
        name = self._name(key)
        content = read_own(self._folder / name)
        if content is None or content[:8] != _checksum(content[9:]):
            return None
        self._reused.add(name)
        return content[9:]

    def put(self, key: str, content: bytes) -> None:
        name = self._name(key)
        self._drawn.add(name)
        with suppress(OSError):
            write_own(self._folder / name, _checksum(content) + b"\n" + content)

    def end_build(self) -> PageCounts:
        """Remove what this build neither read nor wrote."""
        used = self._reused | self._drawn
        with suppress(OSError):
            for path in own_folder(self._folder).glob("*.page"):
                if path.name not in used:
                    path.unlink()
        counts = PageCounts(len(self._reused), len(self._drawn))
        self._reused, self._drawn = set(), set()
        return counts

    def _name(self, key: str) -> str:
        return f"{hashlib.sha256(f'{self._version} {key}'.encode()).hexdigest()[:40]}.page"


def _checksum(content: bytes) -> bytes:
    return b"%08x" % zlib.crc32(content)
