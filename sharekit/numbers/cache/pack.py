"""Many small texts in one file, so that a build with a thousand results reads once and writes once.

Each line is `key checksum text`. A line that was cut or changed is a miss and nothing else; a file
is written beside and then moved into place, so that a reader sees the old one or the new one,
whole."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterable
from pathlib import Path

from sharekit.files.own import read_own, write_own


class TextStore:
    """Texts by key, least recently used first. Keys have no space in them; texts have no line
    break."""

    def __init__(self, path: Path, *, most_bytes: int = 256 * 1024**2) -> None:
        self.path = path
        self._most = most_bytes
        self._lines = _read(path)
        self._changed = False

    def __contains__(self, key: str) -> bool:
        return key in self._lines

    def get(self, key: str) -> str | None:
        """The text under a key; None where there is none, or it is damaged."""
        line = self._lines.get(key)
        if line is None:
            return None
        checksum, _, text = line.partition(b" ")
        if checksum != b"%08x" % zlib.crc32(text):
            self.drop(key)
            return None
        self._lines[key] = self._lines.pop(key)
        return text.decode("utf-8")

    def put(self, key: str, text: str) -> None:
        """Keep a text under a key."""
        data = text.encode("utf-8")
        line = b"%08x %s" % (zlib.crc32(data), data)
        if self._lines.pop(key, None) != line:
            self._changed = True
        self._lines[key] = line

    def drop(self, key: str) -> None:
        """Forget a key."""
        self._changed |= self._lines.pop(key, None) is not None

    def keys(self) -> Iterable[str]:
        return tuple(self._lines)

    def save(self) -> None:
        """Write what changed, without the least recently used beyond the limit. A folder that
        cannot be written costs the next build some time and nothing else."""
        if not self._changed:
            return
        size = sum(map(len, self._lines.values()))
        for key in tuple(self._lines):
            if size <= self._most:
                break
            size -= len(self._lines.pop(key))
        content = b"".join(
            b"%s %s\n" % (key.encode("ascii"), line) for key, line in self._lines.items()
        )
        with contextlib.suppress(OSError):
            write_own(self.path, content)
            self._changed = False


def _read(path: Path) -> dict[str, bytes]:
    content = read_own(path)
    if content is None:
        return {}
    lines: dict[str, bytes] = {}
    for line in content.split(b"\n"):
        key, space, rest = line.partition(b" ")
        if space and key.isascii():
            lines[key.decode("ascii")] = rest
    return lines
