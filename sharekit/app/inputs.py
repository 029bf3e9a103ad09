"""Which files a build reads, and one fingerprint of them all: light enough to ask before anything
heavy is imported.

Reads the configuration loosely: what is wrong in it is the loader's to say. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from io import BufferedReader
from pathlib import Path

from msgspec import Struct

from sharekit.errors import SharekitError
from sharekit.files.fence import MOST_LEVELS, Fence, open_regular
from sharekit.files.globs import depth, folder_before_glob, glob_pattern
from sharekit.files.toml import LARGEST, parse_toml

CACHE = ".sharekit"
"""Folder of caches and records in a project; git need not know it."""
CONFIG = "sharekit.toml"
PYPROJECT = "pyproject.toml"
LEDGER_VARIABLE = "SHAREKIT_LEDGER_FILE"
"""Environment variable that names the ledger's file, wherever it is."""
_OURS = Path(__file__).parent.parent
_PIECE = 1 << 16
"""Bytes read at once: most files are smaller, and as much is set aside for each."""
DECLARED = ("metrics", "dashboards")
"""Folders of a project whose every file counts."""
_TEXTS = (".sql", ".md", ".yaml", ".yml", ".toml")
"""How the name of a declared file ends."""
_SECTIONS = frozenset(
    ["project", "people", "audiences", "sources", "mail", "announce", "okrs", "limits", "site"]
)
"""Sections that name nothing outside the project's files, sources looked at one by one."""


class ProjectInputs(Struct, frozen=True, dict=True):
    """A project's folder and what its configuration says, unchecked."""

    root: Path
    config_path: str
    config: Mapping[str, object]
    """Empty where the file cannot be read as TOML."""

    def setting(self, section: str, key: str) -> object:
        """A value of the configuration as written; None where it is absent or stands in something
        else."""
        table = self.config.get(section)
        return table.get(key) if isinstance(table, dict) else None

    @cached_property
    def fence(self) -> Fence:
        """Through which every file of the project is read."""
        return Fence.around(self.root)

    @cached_property
    def content(self) -> str:
        """One hash of every file that a build may read, and of the software that reads them."""
        return self._hash_of_files(self._digest)

    @cached_property
    def texts(self) -> str:
        """One hash of all that the files declare: texts by content, data by name, size and time,
        and the software."""
        return self._hash_of_files(
            lambda path: (
                self._digest(path) if path.endswith(_TEXTS) else str(_stat(self.root / path))
            )
        )

    @cached_property
    def history_key(self) -> str:
        """All that decides what git knows of the past: the commit, and how far back it was
        fetched."""
        asked = ("HEAD", "--is-shallow-repository", "--git-path", "shallow")
        answer = _output(self.root, "git", "rev-parse", *asked)
        oldest = self.root / answer.rpartition("\n")[2]
        return (
            f"{answer} {_digest(partial(open_regular, oldest))}" if "\ntrue\n" in answer else answer
        )

    def _hash_of_files(self, state_of: Callable[[str], str]) -> str:
        files = ((path, state_of(path)) for path in self.files())
        return _hash_of((*sorted(_software().items()), *files))

    def _digest(self, path: str) -> str:
        return _digest(partial(self.fence.open, path))

    def files(self) -> Iterator[str]:
        """Path of every file that a build reads or refuses, in a stable order."""
        yield from (name for name in (CONFIG, PYPROJECT) if self.fence.has(name))
        for folder in DECLARED:
            yield from self._below(folder)
        for pattern in self._source_paths():
            folder = folder_before_glob(pattern)
            fits = glob_pattern(pattern).match
            yield from (
                path for path in self._below(folder, depth(pattern) - depth(folder)) if fits(path)
            )

    def _below(self, folder: str, levels: int = MOST_LEVELS) -> Iterator[str]:
        """Files in a folder; last those that the fence refuses, since each is an error of the
        build."""
        refused: list[str] = []
        yield from self.fence.below(folder, levels, refused=lambda path, _: refused.append(path))
        yield from refused

    def only_files(self) -> bool:
        """Whether files are all a build depends on, so that an unchanged fingerprint means an
        unchanged site."""
        sources = all(
            isinstance(source, dict) and "url" not in source for source in self._sources()
        )
        return sources and _SECTIONS.issuperset(self.config)

    def _sources(self) -> list[object]:
        sources = self.config.get("sources")
        return list(sources.values()) if isinstance(sources, dict) else []

    def _source_paths(self) -> list[str]:
        paths = [source.get("path") for source in self._sources() if isinstance(source, dict)]
        below = [
            path
            for path in paths
            if isinstance(path, str) and path and ".." not in Path(path).parts
        ]
        return sorted(path for path in below if not Path(path).is_absolute())


def find_project(start: Path) -> ProjectInputs:
    """The project in a folder or the nearest one above it. Raises SharekitError where there is
    none."""
    for folder in (start, *start.parents):
        fence = Fence.around(folder)
        if fence.has(CONFIG):
            return ProjectInputs(folder, CONFIG, _toml(fence, CONFIG))
        if fence.has(PYPROJECT):
            tool = _toml(fence, PYPROJECT).get("tool")
            if isinstance(tool, dict) and isinstance(tool.get("sharekit"), dict):
                return ProjectInputs(folder, PYPROJECT, tool["sharekit"])
    raise SharekitError(
        f"there is no {CONFIG} in {start} or above it",
        hint="Run sharekit init to start a project, or name its folder with --project.",
    )


def _toml(fence: Fence, name: str) -> Mapping[str, object]:
    try:
        return parse_toml(fence.read(name, LARGEST).decode("utf-8-sig"))
    except (OSError, ValueError):
        return {}


def ledger_file(project: ProjectInputs, where: object, environ: Mapping[str, str]) -> Path | None:
    """The file that holds the ledger, by SHAREKIT_LEDGER_FILE or `[announce] ledger`; None where
    git holds it.

    What the repository names lies in the project, since a change of it may be anybody's; the
    environment may name any file. Raises SharekitError for a path that leads out."""
    if from_environment := environ.get(LEDGER_VARIABLE, "").strip():
        return project.root / from_environment
    if not isinstance(where, str) or not where.startswith("file:"):
        return None
    path = where.removeprefix("file:").strip()
    try:
        return project.fence.inside(path)
    except OSError:
        raise SharekitError(
            f"the ledger in [announce] is {path}, which lies outside the project",
            hint=f"Name a file in the project, or set {LEDGER_VARIABLE}={path} in the environment.",
        ) from None


def fingerprint(
    project: ProjectInputs, options: Mapping[str, str], environ: Mapping[str, str] | None = None
) -> str | None:
    """One hash of all that a build's output depends on: files by content as they were when this was
    asked first, the commit, the ledger, options, and the software.

    None where something outside the project's files is read, so that nothing can be known without
    asking it."""
    if not project.only_files():
        return None
    inputs = {
        **options,
        "files": project.content,
        "history": project.history_key,
        "ledger": _ledger(project, environ or {}),
    }
    return _hash_of(sorted(inputs.items()))


def declared_fingerprint(project: ProjectInputs) -> str:
    """One hash of all that a check of the files alone depends on: what they declare, the commit and
    the software. No data is read for it."""
    return _hash_of([("files", project.texts), ("history", project.history_key)])


def _hash_of(pairs: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for name, value in pairs:
        digest.update(f"{name}\0{value}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def snapshot(project: ProjectInputs) -> tuple[tuple[str, int, int, int], ...]:
    """Path, inode, size and time of every file: changes when a file is saved, and costs no
    reading."""
    return tuple((path, *_stat(project.root / path)) for path in project.files())


HEAD_FILES = ("HEAD", "logs/HEAD", "reftable/tables.list")
"""Below git's folder of a work tree: what is written when another commit is checked out."""


def head_watcher(root: Path) -> Callable[[], object]:
    """Tells, without running git, whether another commit is checked out: its answer differs then."""
    folder = _output(root, "git", "rev-parse", "--absolute-git-dir")
    paths = [Path(folder, name) for name in HEAD_FILES] if folder else []
    return lambda: tuple(map(_stat, paths))


def _stat(path: Path) -> tuple[int, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0, 0)
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns)


def _digest(opened: Callable[[], BufferedReader]) -> str:
    """Hash of a file's content; where it cannot be read, the reason."""
    digest = hashlib.sha256()
    try:
        with opened() as file:
            while content := file.read(_PIECE):
                digest.update(content)
    except OSError as error:
        return str(error)
    return digest.hexdigest()


def refuse_committed_cache(project: ProjectInputs) -> None:
    """Raise SharekitError where the cache folder comes with the repository: what it says would be
    believed."""
    tracked = _output(project.root, "git", "ls-files", "--", CACHE)
    if tracked:
        raise SharekitError(
            f"{tracked.splitlines()[0]} is in git, but {CACHE}/ is a cache that sharekit"
            " trusts, so nobody may commit it",
            hint=f"Run git rm -r --cached {CACHE}, and add /{CACHE}/ to .gitignore.",
        )


def refuse_committed_link(project: ProjectInputs, folder: Path) -> None:
    """Raise SharekitError where a folder that is written to lies behind a link that is in git:
    whoever committed it would choose what is overwritten."""
    inside = folder.absolute()
    for path in (inside, *inside.parents):
        if not path.is_relative_to(project.root) or path == project.root:
            return
        name = path.relative_to(project.root).as_posix()
        if path.is_symlink() and _output(project.root, "git", "ls-files", "--", name):
            raise SharekitError(
                f"{name} is a link that is in git, so nothing is written through it",
                hint=f"Run git rm --cached {name} and add /{name} to .gitignore, or write elsewhere.",
            )


def _ledger(project: ProjectInputs, environ: Mapping[str, str]) -> str:
    """The version of the ledger of announcements that is at hand: pages tell what it knows."""
    if (file := ledger_file(project, project.setting("announce", "ledger"), environ)) is not None:
        return _digest(partial(open_regular, file))
    return _output(
        project.root, "git", "for-each-ref", "--format=%(objectname) %(refname)", "refs/sharekit"
    )


def _output(folder: Path, *command: str) -> str:
    """What a command prints; "" where it fails or is not there."""
    try:
        process = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError:
        return ""
    return process.stdout.strip() if process.returncode == 0 else ""


def _software() -> Mapping[str, str]:
    """Versions of Python and of every installed package, and the state of our own files."""
    return {
        "python": sys.version,
        "packages": " ".join(_packages()),
        "sharekit": str([(path.name, *_stat(path)[1:]) for path in _own_files()]),
    }


def software_version() -> str:
    """One hash of this program by content, and of the versions of all packages beside it."""
    digest = hashlib.sha256(" ".join((sys.version, *_packages())).encode())
    for path in _own_files():
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _packages() -> list[str]:
    """Names and versions of the installed packages."""
    folders = {*sys.path, str(_OURS.parent)}
    entries = (entry for folder in folders for entry in _entries(folder))
    return sorted(entry.name for entry in entries if _is_package(entry.name))


def _own_files() -> list[Path]:
    """The files of this program, without what was compiled from them."""
    return [
        Path(folder, name)
        for folder, _, names in sorted(os.walk(_OURS))
        if os.path.basename(folder) != "__pycache__"
        for name in sorted(names)
    ]


def _is_package(name: str) -> bool:
    return name.endswith(".dist-info")


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder or "."))
    except OSError:
        return []
