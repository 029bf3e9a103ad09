"""Puts a build into a folder: written whole beside the old one, then swapped in one step.

What can be found after a crash, between any two steps:

    site/                      the old site or the new one, whole
    .site.sharekit-new-XXXX    a new site not yet whole, or the old one on its way out

On Linux and macOS the swap is one system call, so a reader never meets a missing or mixed folder.
Elsewhere it takes two renames; a crash between them leaves the old site under the second name, and
`recover` puts it back."""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Protocol

from sharekit.artifacts import Artifact
from sharekit.errors import OutsideError, SharekitError
from sharekit.files.sharekit_folders import IGNORE, IGNORE_ALL

MARKER = ".sharekit"
"""File that says the folder is ours to replace; without it nothing is ever removed."""
_MARKER_TEXT = (
    b"sharekit made this folder and replaces it whole at every build. Keep nothing of your own in"
    b" it.\n"
)
_FORBIDDEN = frozenset('\\:*?"<>|') | {chr(code) for code in range(32)} | {"\x7f"}


class Publisher(Protocol):
    """Puts all artifacts of one build out, or none of them."""

    def publish(self, artifacts: Iterable[Artifact]) -> None:
        """Raises SharekitError where they cannot be put out; what was out before then still is."""


class FolderPublisher:
    """Replaces one folder by the artifacts of a build. Files that did not change keep their
    modification time."""

    def __init__(
        self,
        root: Path,
        *,
        exchange: Callable[[Path, Path], bool] | None = None,
        ignored: bool = False,
        option: str = "--out",
    ) -> None:
        """`ignored`: the folder is of mails and has a .gitignore that leaves all of it out. `option`
        names another folder."""
        self._ignored = ignored
        self._option = option
        self.root = root.resolve()
        """The folder itself: where `root` is a link, the folder it leads to."""
        self._exchange = exchange or exchange_folders

    def publish(self, artifacts: Iterable[Artifact]) -> None:
        """Write beside, swap, remove the old. Refuses bad or double paths and folders that sharekit
        did not make."""
        files = checked(artifacts)
        if self._ignored:
            files[IGNORE] = IGNORE_ALL
        try:
            self.root.parent.mkdir(parents=True, exist_ok=True)
            self.recover()
            self._refuse_foreign()
            with _staging(self.root) as staging:
                _write(staging, files, self.root)
                self._swap(staging)
        except OSError as error:
            raise _outside(error, self.root, self._option) from error

    def recover(self) -> None:
        """Finish or undo what a crashed build left behind. A build that still runs is left
        alone."""
        if not self.root.parent.is_dir():
            return
        leftovers = sorted(
            path
            for path in self.root.parent.iterdir()
            if path.name.startswith((self._new_prefix, self._old_prefix))
        )
        for leftover in leftovers:
            handle = _lock(leftover)
            if handle is None:
                continue
            with suppress(OSError), _closing(handle):
                if leftover.name.startswith(self._old_prefix) and not self.root.exists():
                    leftover.rename(self.root)
                else:
                    shutil.rmtree(leftover, ignore_errors=True)

    @property
    def _new_prefix(self) -> str:
        return f".{self.root.name}.sharekit-new-"

    @property
    def _old_prefix(self) -> str:
        return f".{self.root.name}.sharekit-old-"

    def _swap(self, staging: Path) -> None:
        if not self.root.exists():
            staging.rename(self.root)
        elif not self._exchange(staging, self.root):
            aside = staging.with_name(staging.name.replace(self._new_prefix, self._old_prefix))
            self.root.rename(aside)
            staging.rename(self.root)
            shutil.rmtree(aside, ignore_errors=True)

    def _refuse_foreign(self) -> None:
        if not self.root.exists():
            return
        if not self.root.is_dir():
            raise SharekitError(
                f"{self.root} is a file, not a folder",
                hint=f"Name another folder with {self._option}.",
            )
        if not any(self.root.iterdir()):
            return
        # Mails in place of a published site would be read by whoever reads the site.
        held = "mails, and no site" if (self.root / IGNORE).is_file() else "a site, and no mails"
        if not (self.root / MARKER).is_file():
            held = "files that sharekit did not make"
        elif (self.root / IGNORE).is_file() is self._ignored:
            return
        raise SharekitError(
            f"{self.root} holds {held}, so it is not replaced",
            hint=f"Name another folder with {self._option}, or empty this one first.",
        )


def checked(artifacts: Iterable[Artifact]) -> dict[str, bytes]:
    """Content by path. Raises SharekitError for a path that leaves the folder, or that two
    artifacts share.

    Paths are compared without case, since some file systems do so too.
    """
    files: dict[str, bytes] = {}
    path_of: dict[str, str] = {}
    parents: set[str] = set()
    for artifact in artifacts:
        path = artifact.path
        if not _is_safe(path):
            raise SharekitError(
                f"the path {path!r} cannot be written", hint="Rename the file that it is made from."
            )
        key = path.casefold()
        if key in path_of:
            raise SharekitError(
                f"two files would be written to {path}"
                + ("" if path_of[key] == path else f" and {path_of[key]}"),
                hint="Rename one of the files that they are made from.",
            )
        path_of[key] = path
        parents.add(key.rpartition("/")[0])
        files[path] = artifact.content
    folders = parents | {
        str(above) for parent in parents for above in PurePosixPath(parent).parents
    }
    if clashes := sorted(folders.intersection(path_of)):
        raise SharekitError(
            f"{path_of[clashes[0]]} would be a file and a folder", hint="Rename one of them."
        )
    return files


def _is_safe(path: str) -> bool:
    parts = path.split("/")
    return path != MARKER and all(
        part not in ("", ".", "..")
        and not _FORBIDDEN.intersection(part)
        and not part.endswith((" ", "."))
        for part in parts
    )


@contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """A fresh folder beside `root`, locked so that no other build takes it for a leftover; gone in
    the end."""
    while True:
        folder = root.parent / f".{root.name}.sharekit-new-{secrets.token_hex(4)}"
        folder.mkdir()
        handle = _lock(folder)
        if handle is not None and folder.exists():
            break
        if handle is not None and handle >= 0:
            os.close(
                handle
            )  # another build met the folder before its lock and took it for a leftover
    with _closing(handle):
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _closing(handle: int) -> Iterator[None]:
    try:
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def _lock(folder: Path) -> int | None:
    """Hold a folder until the handle is closed or the process ends; None where another one holds it
    or it is gone.

    Windows cannot lock a folder: there the handle is -1, and two builds at once into one folder may
    fail."""
    if sys.platform == "win32":
        return -1
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _write(staging: Path, files: dict[str, bytes], old: Path) -> None:
    if old.is_dir():
        shutil.copymode(old, staging)
    folders = {""}
    for path, content in sorted({**files, MARKER: _MARKER_TEXT}.items()):
        folder = path.rpartition("/")[0]
        if folder not in folders:
            (staging / folder).mkdir(parents=True, exist_ok=True)
            folders.add(folder)
        new = os.path.join(staging, path)
        if not _keep(os.path.join(old, path), new, content):
            Path(new).write_bytes(content)


def _keep(old: str, new: str, content: bytes) -> bool:
    """Take an unchanged file over, so that web servers and rsync see that it is the same one."""
    try:
        status = os.lstat(old)
        if not stat.S_ISREG(status.st_mode) or status.st_size != len(content):
            return False
        with open(old, "rb", buffering=0) as file:
            if file.read() != content:
                return False
        os.link(old, new)
    except OSError:
        return False
    return True


def exchange_folders(first: Path, second: Path) -> bool:
    """Swap two folders in one step; False where the system cannot."""
    paths = os.fsencode(first), os.fsencode(second)
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            at_cwd, exchange = -100, 2
            return bool(libc.renameat2(at_cwd, paths[0], at_cwd, paths[1], exchange) == 0)
        if sys.platform == "darwin":
            swap = 2
            return bool(libc.renamex_np(paths[0], paths[1], swap) == 0)
    return False


def _outside(error: OSError, root: Path, option: str) -> SharekitError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        return OutsideError(
            f"{root} cannot be written: {error.strerror}",
            hint="What was there before is still there.",
        )
    return SharekitError(
        f"{root} cannot be written: {error.strerror}",
        hint=(
            f"What was there before is still there. Name another folder with {option}, or make this one"
            " writable."
        ),
    )
