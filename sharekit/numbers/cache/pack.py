"""Many small texts in one file, so that a build with a thousand results reads once and writes once.
Each section of a project's cache is such a file; its name says which code made it.

Each line is `key checksum text`. A line that was cut or changed is a miss and nothing else; a file
is written beside and then moved into place, so that a reader sees the old one or the new one,
whole."""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Callable, Iterable
from importlib.metadata import version as version_of
from pathlib import Path

from sharekit.files.sharekit_folders import read_own, write_own


class TextStore:
    """Texts by key, least recently used first. Keys have no space in them; texts have no line
    break. Without a path they last as long as the store."""

    def __init__(self, path: Path | None, *, most_bytes: int = 256 * 1024**2) -> None:
        self.path = path
        self._most = most_bytes
        self._lines = {} if path is None else _read(path)
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
        if self.path is None or not self._changed:
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


def open_section(
    folder: Path | None, name: str, version: Callable[[], str], *, most_bytes: int
) -> TextStore:
    """A section of the cache in a folder; None: there is no cache, and texts last as long as the
    store. `version` names what made the texts: those of another version are misses."""
    path = None if folder is None else folder / f"{name}-{version()}"
    return TextStore(path, most_bytes=most_bytes)


def code_version(files: Iterable[Path], *packages: str) -> str:
    """Names some of our own code, and the packages that it stands on."""
    ours = b"".join(path.read_bytes() for path in files)
    theirs = "".join(map(version_of, packages)).encode()
    return hashlib.sha256(ours + theirs).hexdigest()[:12]


def text_key(text: str) -> str:
    """A key for a text of any length."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path) -> dict[str, bytes]:
    content = read_own(path)
    if content is None:
        return {}
    lines: dict[str, bytes] = {}
    for line in content.split(b"\n"):
        key, space, packed = line.partition(b" ")
        if space and key.isascii():
            lines[key.decode("ascii")] = packed
    return lines
