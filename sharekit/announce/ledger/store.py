"""Where a ledger lies: a small tree of text files that changes only by compare-and-swap.

Two places serve: a git ref of its own, which every clone can reach, and one file, for those who may
not push."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from msgspec import Struct

from sharekit.errors import OutsideError, SharekitError
from sharekit.read_json import read_json


class LedgerFiles(Struct, frozen=True):
    """One version of a ledger's files."""

    version: str
    """Names exactly this version; "" where there is no ledger yet."""
    paths: frozenset[str]
    load: Callable[[Iterable[str]], Mapping[str, str]]
    """Contents of some of the paths, read when they are asked for."""

    def below(self, folder: str) -> list[str]:
        """Paths below a folder, sorted."""
        return sorted(path for path in self.paths if path.startswith(f"{folder}/"))


class LedgerStore(Protocol):
    """A place for a ledger."""

    where: str
    """For sentences: "refs/sharekit/announced at origin"."""

    def open(self) -> LedgerFiles:
        """The newest version. Raises OutsideError where it cannot be reached, SharekitError where
        it is damaged."""

    def swap(
        self,
        old: LedgerFiles,
        changes: Mapping[str, str | None],
        message: str,
        when: datetime,
        *,
        afresh: bool = False,
    ) -> bool:
        """Make `old` with these files set (None: removed) the newest version; False where `old` no
        longer is it. `afresh`: the new version leads to no earlier one.

        Raises OutsideError where the place may not be written: nothing has changed then.
        """

    def require_writable(self) -> None:
        """Raises OutsideError where the place may not be written. Changes nothing."""


class FileStore:
    """A ledger in one JSON file. A lock beside it orders writers; the file is replaced whole, so
    none reads half."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.where = str(path)

    def open(self) -> LedgerFiles:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return LedgerFiles("", frozenset(), lambda paths: {})
        except OSError as error:
            raise OutsideError(f"the ledger {self.path} cannot be read: {error.strerror}") from None
        files = self._files(content)
        version = hashlib.sha256(content).hexdigest()
        return LedgerFiles(
            version, frozenset(files), lambda paths: {path: files[path] for path in paths}
        )

    def swap(
        self,
        old: LedgerFiles,
        changes: Mapping[str, str | None],
        message: str,
        when: datetime,
        *,
        afresh: bool = False,
    ) -> bool:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with locked(self.path.with_name(f"{self.path.name}.lock")):
                now = self.open()
                if now.version != old.version:
                    return False
                files = {**now.load(now.paths), **changes}
                self._replace(
                    {path: text for path, text in sorted(files.items()) if text is not None},
                    message,
                )
                return True
        except OSError as error:
            raise OutsideError(
                f"the ledger {self.path} cannot be written: {error.strerror}",
                hint="Name another place in [announce] ledger, or make the folder writable.",
            ) from None

    def require_writable(self) -> None:
        folder = next(path for path in self.path.parents if path.exists())
        if not os.access(self.path if self.path.exists() else folder, os.W_OK) or not os.access(
            folder, os.W_OK
        ):
            raise OutsideError(
                f"the ledger {self.path} cannot be written",
                hint="Name another place in [announce] ledger, or make the folder writable.",
            )

    def _files(self, content: bytes) -> dict[str, str]:
        try:
            document = read_json(content)
            files = document["files"]
            if all(isinstance(path, str) and isinstance(text, str) for path, text in files.items()):
                return dict(files)
        except (ValueError, TypeError, KeyError, AttributeError):
            pass
        raise SharekitError(
            f"{self.path} is not a ledger of sharekit, or it is damaged",
            hint=(
                "Bring back its last good copy. Without one, move it away: the next announce then"
                " starts a new ledger with what is declared now, and sends nothing."
            ),
        )

    def _replace(self, files: Mapping[str, str], message: str) -> None:
        document = {
            "sharekit": "ledger of announcements; sharekit ledger shows it",
            "last": message,
            "files": files,
        }
        write_whole(self.path, (json.dumps(document, indent=1) + "\n").encode())


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file so that a crash leaves the old one or the new one, on the disk itself."""
    new_file = path.with_name(f"{path.name}.new")
    with new_file.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new_file, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the folder's own list of names on the disk. Windows has no call for it."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a lock until the block ends or the process dies. Yields False where another holds it and
    `wait` is off."""
    with path.open("a+b") as file:
        is_locked = _lock_file(file, wait)
        try:
            yield is_locked
        finally:
            if is_locked:
                _give(file)


def _lock_file(file: IO[bytes], wait: bool) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        if wait:
            raise
        return False
    return True


def _give(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)
