"""The fence around a folder: which files in it are read, and how. Every reader of a project's tree
goes through here.

A file is read only where it is a regular one and lies in the open below the folder, once all links
are followed. So nothing waits for a device or a FIFO, no link shows what lies elsewhere, and none
shows what is hidden: .git/config can hold the token with which CI checked the project out. Standard
library only."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

MOST_FILES = 100_000
"""Files of one walk; whoever has more of them names them to something else than a walk."""
MOST_LEVELS = 100
"""Folders inside each other."""

OUTSIDE, NOWHERE = "this link leads out of the project", "this link leads nowhere"
HIDDEN = "this link leads to something hidden"
NO_FILE = "this is a device, a pipe or a socket, not a file"
_NO_NAMES = frozenset(("", ".", ".."))
"""Parts of a path that name nothing in a folder."""


class FenceError(OSError):
    """A file that the fence does not open; `strerror` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EPERM, reason)


def _ignore(path: str, reason: str) -> None:
    """Who only reads need not hear of what is left out; the loader reports it."""


@dataclass(frozen=True)
class Fence:
    """The files below one folder."""

    root: Path
    """Absolute, with no link in it."""
    most_files: int = field(default=MOST_FILES, kw_only=True)

    @classmethod
    def around(cls, root: Path) -> Fence:
        return cls(Path(os.path.realpath(root)))

    def refusal(self, path: str) -> str | None:
        """Why a path is not followed: a link that leads out, nowhere, or to something hidden. None
        where it may be."""
        return self._refusal(path, os.path.realpath(self._at(path)))

    def _at(self, path: str) -> str:
        return os.path.join(self.root, path)

    def _refusal(self, path: str, real: str) -> str | None:
        """The same, with all links of the path followed already."""
        base = os.path.join(self.root, "")
        inside = real.startswith(base) or real == str(self.root)
        if inside and not os.path.lexists(self._at(path)):
            return None
        if not os.path.exists(real):
            return NOWHERE
        if not inside:
            return OUTSIDE
        hidden = any(part.startswith(".") for part in real.removeprefix(base).split(os.sep))
        return HIDDEN if hidden and real != str(self.root) else None

    def inside(self, path: str) -> Path:
        """Where a path of the project is, be it there or not. Raises FenceError where that is
        outside."""
        real = Path(os.path.realpath(self.root / path))
        if not real.is_relative_to(self.root):
            raise FenceError(
                "it is outside the project" if not (self.root / path).is_symlink() else OUTSIDE
            )
        return real

    def open(self, path: str) -> BufferedReader:
        """A regular file of the project, to be read. Raises OSError: FenceError for all that the
        fence holds back."""
        real = self._real(path)
        if reason := self._refusal(path, real):
            raise FenceError(reason)
        return open_regular(real)

    def _real(self, path: str) -> str:
        """Where a path leads. Most have no link in them, which is seen faster below the root than
        along the whole path."""
        below = self._at("")
        parts = path.split("/")
        if os.altsep or not _NO_NAMES.isdisjoint(parts):
            return os.path.realpath(self._at(path))
        for part in parts:
            below = os.path.join(below, part)
            if os.path.islink(below):
                return os.path.realpath(self._at(path))
        return below

    def read(self, path: str, most: int) -> bytes:
        """A file's content, or its first `most` bytes. Raises OSError."""
        with self.open(path) as file:
            size = os.fstat(file.fileno()).st_size
            return file.read(min(most, size + 1))  # as much as is asked for is set aside at once

    def has(self, path: str) -> bool:
        """Whether something stands at a path, be it readable or not."""
        return os.path.lexists(self.root / path) and not (self.root / path).is_dir()

    def below(
        self,
        folder: str,
        levels: int = MOST_LEVELS,
        *,
        refused: Callable[[str, str], None] = _ignore,
    ) -> Iterator[str]:
        """Paths of regular files in a folder, sorted, to this many levels below it, without hidden
        ones.

        `refused` hears of each path that is left out, and why.
        """
        files_left = [self.most_files]
        yield from self._below(folder, min(levels, MOST_LEVELS), refused, files_left)
        if files_left[0] < 0:
            refused(
                folder or ".",
                f"there are more than {self.most_files:,} files here; the rest are left out",
            )

    def _below(
        self, folder: str, levels: int, refused: Callable[[str, str], None], files_left: list[int]
    ) -> Iterator[str]:
        if levels < 1:
            return
        if folder and (reason := self.refusal(folder)):
            refused(folder, reason)
            return
        for entry in self._entries(folder):
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_symlink() and (reason := self.refusal(path)):
                refused(path, reason)
            elif entry.is_dir():
                if not entry.is_symlink():
                    yield from self._below(path, levels - 1, refused, files_left)
            elif not entry.is_file():
                refused(path, NO_FILE)
            else:
                files_left[0] -= 1
                if files_left[0] < 0:
                    return
                yield path
            if files_left[0] < 0:
                return

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / folder) as scanned:
                return sorted(
                    (entry for entry in scanned if not entry.name.startswith(".")),
                    key=lambda entry: entry.name,
                )
        except OSError:
            return []


def open_regular(path: Path | str) -> BufferedReader:
    """Open a file for reading where it is a regular one; never waits. Raises OSError."""
    if not stat.S_ISREG(
        os.stat(path).st_mode
    ):  # before it is opened, since opening alone can move a device
        raise FenceError(NO_FILE)
    flags = (
        os.O_RDONLY
        | getattr(os, "O_NONBLOCK", 0)
        | getattr(os, "O_CLOEXEC", 0)
        | getattr(os, "O_BINARY", 0)
    )
    handle = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FenceError(NO_FILE)
    return os.fdopen(handle, "rb")


def read_regular(path: Path) -> bytes:
    """Content of a regular file, wherever it is. Raises OSError."""
    with open_regular(path) as file:
        return file.read()
