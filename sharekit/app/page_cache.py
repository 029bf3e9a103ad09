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

    def __init__(self, cache_dir: Path, version: str, *, at_hand: bool = False) -> None:
        """`version` names the code that draws. `at_hand`: what one build used is at hand in the
        next, in memory."""
        self._folder = cache_dir / FOLDER
        self._version = version
        self._reused: set[str] = set()
        self._drawn: set[str] = set()
        self._at_hand: dict[str, bytes] | None = {} if at_hand else None

    def get(self, key: str) -> bytes | None:
        name = self._name(key)
        content = (self._at_hand or {}).get(name) or _read(self._folder / name)
        if content is not None:
            self._reused.add(name)
            self._keep(name, content)
        return content

    def put(self, key: str, content: bytes) -> None:
        name = self._name(key)
        self._drawn.add(name)
        self._keep(name, content)
        with suppress(OSError):
            write_own(self._folder / name, _checksum(content) + b"\n" + content)

    def _keep(self, name: str, content: bytes) -> None:
        if self._at_hand is not None:
            self._at_hand[name] = content

    def end_build(self) -> PageCounts:
        """Remove what this build neither read nor wrote."""
        used = self._reused | self._drawn
        with suppress(OSError):
            for path in own_folder(self._folder).glob("*.page"):
                if path.name not in used:
                    path.unlink()
        if self._at_hand is not None:
            self._at_hand = {name: self._at_hand[name] for name in used}
        counts = PageCounts(len(self._reused), len(self._drawn))
        self._reused, self._drawn = set(), set()
        return counts

    def _name(self, key: str) -> str:
        return f"{hashlib.sha256(f'{self._version} {key}'.encode()).hexdigest()[:40]}.page"


def _read(path: Path) -> bytes | None:
    content = read_own(path)
    return None if content is None or content[:8] != _checksum(content[9:]) else content[9:]


def _checksum(content: bytes) -> bytes:
    return b"%08x" % zlib.crc32(content)
