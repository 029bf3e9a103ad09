"""A project's folder -> the texts of its declared files and the paths of its data files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from sharekit.errors import Place, Problem, SharekitError
from sharekit.files.fence import MOST_LEVELS, NO_FILE, Fence
from sharekit.files.globs import depth, folder_before_glob
from sharekit.project.data_formats import table_path
from sharekit.project.load.parse import kind_of, probable_path
from sharekit.project.read.config_text import PYPROJECT, SHAREKIT_TOML, config_values
from sharekit.project.read.plain_text import LARGEST, decode
from sharekit.project.shapes import LAKES

DATA = "metrics/data"
"""Every data file here is a table by its own name."""

WORKBOOKS = (".xls", ".xlsb", ".ods", ".numbers")
"""Workbooks of kinds that are not read."""


class ProjectFiles(Struct, frozen=True):
    """What a project consists of, before any of it is understood."""

    texts: Mapping[str, str]
    data_files: tuple[str, ...]
    """Paths below metrics/data and in folders that sources name, sorted."""
    problems: tuple[Problem, ...] = ()
    unreadable: frozenset[str] = frozenset()
    """Paths that are there and have no text."""
    same_as: Mapping[str, str] = field(default_factory=dict)
    """Data file -> the first path of the same file on the disk: links make two paths of one
    file."""


def read_folder(root: Path) -> ProjectFiles:
    """Everything declared in a folder. Links that lead out of it, and hidden files, are not
    followed or read."""
    if not root.is_dir():
        raise SharekitError(
            f"there is no folder {root}", hint="Name the folder that holds sharekit.toml."
        )
    reader = _FolderReader(Fence.around(root))
    for name in (SHAREKIT_TOML, PYPROJECT):
        if reader.fence.has(name):
            reader.text(name)
    for folder in ("metrics", "dashboards"):
        for path in reader.below(folder):
            if kind_of(path) is not None:
                reader.text(path)
            elif better_path := probable_path(path):
                reader.problems[path] = _unread(
                    path, "this file is not read", f"Rename it to {better_path}."
                )
    data = reader.data()
    for path in data:
        if path.startswith(f"{DATA}/") and path.lower().endswith(WORKBOOKS):
            hint = "Save it as an Excel workbook (.xlsx), and read that."
            reader.problems[path] = _unread(path, "workbooks of this kind are not read", hint)
    problems = tuple(reader.problems.values())
    return ProjectFiles(
        reader.texts, data, problems, frozenset(reader.unreadable), reader.same_files(data)
    )


def data_paths(root: Path) -> tuple[str, ...]:
    """Paths of the data files in a folder, sorted: below metrics/data, and in folders that sources name."""
    reader = _FolderReader(Fence.around(root))
    for name in (SHAREKIT_TOML, PYPROJECT):
        if reader.fence.has(name):
            reader.text(name)
    return tuple(path for path in reader.data() if path.startswith(f"{DATA}/") or not kind_of(path))


def with_untracked(tracked: Iterable[str], untracked: Iterable[str]) -> tuple[str, ...]:
    """Paths of one commit with those that lie beside it, sorted. A table of its own goes before one of the same name
    that lies there today."""
    paths = set(tracked)
    tables = {table_path(path) for path in paths if path.startswith(f"{DATA}/")}
    return tuple(sorted(paths | {path for path in untracked if table_path(path) not in tables}))


def _unread(path: str, message: str, hint: str) -> Problem:
    return Problem("unread-file", message, Place(path), hint=hint, severity="warning")


class _FolderReader:
    def __init__(self, fence: Fence) -> None:
        self.fence = fence
        self.texts: dict[str, str] = {}
        self.problems: dict[str, Problem] = {}
        self.unreadable: set[str] = set()

    def text(self, path: str) -> None:
        """Read one declared file, or note why it cannot be read."""
        read = self._read(path)
        if isinstance(read, Problem):
            self.problems[path] = read
            self.unreadable.add(path)
            self.texts[path] = ""
        else:
            self.texts[path] = read

    def _read(self, path: str) -> str | Problem:
        try:
            content = self.fence.read(path, LARGEST + 1)
        except OSError as error:
            reason = (error.strerror or "it cannot be opened").lower()
            return Problem("unreadable-file", f"this file cannot be read: {reason}", Place(path))
        return decode(content, path)

    def below(self, folder: str, levels: int = MOST_LEVELS) -> Iterator[str]:
        """Paths of regular files in a folder of the project, sorted, to this many levels below
        it."""
        return self.fence.below(folder, levels, refused=self._refuse)

    def _refuse(self, path: str, reason: str) -> None:
        if reason == NO_FILE:
            self.problems[path] = _unread(path, reason, "Put a file here.")
        else:
            self.problems[path] = Problem(
                "bad-link", reason, Place(path), hint="Put the file itself here."
            )

    def data(self) -> tuple[str, ...]:
        """Paths of data files, sorted; none of a text that was read."""
        paths = set(self.below(DATA))
        for pattern in self.source_patterns():
            folder = folder_before_glob(pattern)
            paths.update(
                path
                for path in self.below(folder, depth(pattern) - depth(folder))
                if path not in self.texts
            )
        return tuple(sorted(paths))

    def same_files(self, paths: Iterable[str]) -> dict[str, str]:
        """Each path with the first one of the same file, whether a link of names or of the disk
        made it two."""
        first: dict[tuple[int, int], str] = {}
        same: dict[str, str] = {}
        for path in paths:
            try:
                status = (self.fence.root / path).stat()
            except OSError:
                continue
            same[path] = first.setdefault((status.st_dev, status.st_ino), path)
        return same

    def source_patterns(self) -> Iterator[str]:
        """Paths of declared sources, so far as the configuration can be read; checks look at them
        closely."""
        for name in (SHAREKIT_TOML, PYPROJECT):
            if not self.texts.get(name):
                continue
            sources = config_values(self.texts[name], name).value.get("sources")
            for source in sources.values() if isinstance(sources, dict) else ():
                path = source.get("path") if isinstance(source, dict) else None
                if (
                    isinstance(path, str)
                    and not path.startswith("/")
                    and ".." not in path.split("/")
                ):
                    yield f"{path}/**" if source.get("format") in LAKES else path
