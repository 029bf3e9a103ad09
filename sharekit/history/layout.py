"""Which paths of a repository belong to a project, and what they hold at a commit."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import takewhile
from pathlib import PurePosixPath

from msgspec import Struct

from sharekit.files.pointers import LFS_POINTER, LONGEST
from sharekit.files.toml import TomlError, parse_toml
from sharekit.history.git import Git
from sharekit.project.addresses import without_addresses

CONFIGS = ("sharekit.toml", "pyproject.toml")
FOLDERS = ("metrics", "dashboards")
TEXTS = (".sql", ".md", ".yaml", ".yml")
"""Suffixes of declared files below FOLDERS; every other file there counts by its content's hash
alone."""
TEXT_LONGEST = 1_000_000
"""Bytes; a longer declared file was refused in its day, and is none of the past either."""
LFS_PREFIX = "lfs:"
_FILES, _LINK = ("100644", "100755"), "120000"


class DeclaredTexts(Struct, frozen=True, dict=True):
    """What a project declares at one commit, as text."""

    files: Mapping[str, str]
    """Path relative to the project -> text, for the configuration and all declared files."""
    digests: Mapping[str, str]
    """Path -> hash of every file: git's blob id, or `lfs:` and the SHA-256 of the file that a
    pointer stands for."""

    @cached_property
    def addressless(self) -> DeclaredTexts:
        """The same without addresses in the configuration: what is kept of it elsewhere."""
        layout = {
            path: without_addresses(text) if path in CONFIGS else text
            for path, text in self.files.items()
        }
        return DeclaredTexts(layout, self.digests)

    @property
    def configured(self) -> bool:
        """Whether a project was there at all."""
        return any(name in self.files for name in CONFIGS)


class TreeEntry(Struct, frozen=True):
    """What stands at a path: its mode and the id of its content."""

    mode: str
    blob: str

    @property
    def is_link(self) -> bool:
        return self.mode == _LINK


class BlobCache(Struct, frozen=True):
    """Contents that were read, by id."""

    texts: Mapping[str, str]
    targets: Mapping[str, str]
    """Blob of a Git LFS pointer -> digest of what it stands for."""


class Layout(Struct, frozen=True, dict=True):
    """A project's place in its repository."""

    git: Git
    """Runs at the top of the work tree."""
    prefix: str
    """The project's folder below the top, "" where it is the top."""

    def path(self, name: str) -> str:
        """A project's path as git knows it, "." for the whole repository."""
        return "/".join(part for part in (self.prefix, name) if part) or "."

    def short(self, path: str) -> str:
        """A path of the repository as the project knows it."""
        return path.removeprefix(f"{self.prefix}/") if self.prefix else path

    @cached_property
    def configs(self) -> tuple[str, ...]:
        return tuple(self.path(name) for name in CONFIGS)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Where declarations are."""
        return tuple(self.path(name) for name in (*CONFIGS, *FOLDERS))

    def is_text(self, path: str) -> bool:
        """Whether it is the configuration or a declared file, read by the loader."""
        below = self.short(path).startswith(tuple(f"{name}/" for name in FOLDERS))
        return path in self.configs or (below and path.endswith(TEXTS))

    def holds_text(self, path: str) -> bool:
        """Whether its content is read: that of declared files, and of those elsewhere that a link
        may name."""
        return path in self.configs or path.endswith(TEXTS)

    def sources(self, blobs: BlobCache, configs: Iterable[TreeEntry]) -> tuple[str, ...]:
        """Files and folders elsewhere in the project that these configurations name as sources, as
        git knows them."""
        paths: dict[str, None] = {}
        for pattern in (
            pattern
            for entry in configs
            for pattern in _source_paths(blobs.texts.get(entry.blob, ""))
        ):
            parts = PurePosixPath(pattern).parts
            if ".." in parts or pattern.startswith("/") or parts[:1] == ("metrics",):
                continue
            paths[
                self.path("/".join(takewhile(lambda part: not set(part) & set("*?["), parts)))
            ] = None
        return tuple(paths)

    def linked(self, blobs: BlobCache, entries: Iterable[tuple[str, TreeEntry]]) -> tuple[str, ...]:
        """Files elsewhere in the project that links among the declared ones name, as git knows
        them."""
        home = f"{self.prefix}/" if self.prefix else ""
        targets: dict[str, None] = {}
        for path, entry in entries:
            if entry.is_link and entry.blob in blobs.texts:
                target = posixpath.normpath(
                    posixpath.join(posixpath.dirname(path), blobs.texts[entry.blob])
                )
                if (
                    target.startswith(home)
                    and not target.startswith(("/", ".."))
                    and target not in ("", ".")
                ):
                    targets[target] = None
        usual = tuple(f"{place}/" for place in self.places)
        return tuple(target for target in targets if not target.startswith(usual))

    def tree(self, commit: str, paths: Iterable[str]) -> dict[str, TreeEntry]:
        """Path -> entry of all files below these paths at a commit."""
        listed_paths = list(paths)
        tree_paths = [] if "." in listed_paths else listed_paths
        listing = self.git.listing(commit, tree_paths)
        tree_entries: dict[str, TreeEntry] = {}
        for line in listing.decode("utf-8", "surrogateescape").split("\0"):
            head, _, path = line.partition("\t")
            if path:
                mode, _, blob = head.split(" ")
                tree_entries[path] = TreeEntry(mode, blob)
        return tree_entries

    def blobs(self, entries: Iterable[tuple[str, TreeEntry]]) -> BlobCache:
        """Read every text and link once, and the small data files, which may be pointers."""
        all_entries = list(entries)
        texts = {
            entry.blob
            for path, entry in all_entries
            if entry.mode == _LINK or (self.holds_text(path) and entry.mode in _FILES)
        }
        data = {
            entry.blob
            for path, entry in all_entries
            if not self.holds_text(path) and entry.mode in _FILES
        }
        contents = self._contents(texts, TEXT_LONGEST)
        pointers = self._contents(data, LONGEST)
        return BlobCache(
            {blob: as_text(content) for blob, content in contents.items()},
            {blob: target for blob, content in pointers.items() if (target := lfs_target(content))},
        )

    def _contents(self, blobs: Iterable[str], longest: int) -> dict[str, bytes]:
        """Contents of those that are there and no longer than this."""
        small = [blob for blob, size in self.git.sizes(blobs).items() if size <= longest]
        return {blob: content for blob, content in self.git.objects(small) if content is not None}

    def declared(self, state: Mapping[str, TreeEntry], blobs: BlobCache) -> DeclaredTexts:
        """The project that these paths hold."""
        files: dict[str, str] = {}
        digests: dict[str, str] = {}
        for path in sorted(state):
            entry = _followed_link(path, state, blobs)
            if entry is None or entry.mode not in _FILES:
                continue
            name = self.short(path)
            digests[name] = blobs.targets.get(entry.blob, entry.blob)
            if self.is_text(path) and entry.blob in blobs.texts:
                files[name] = blobs.texts[entry.blob]
        return DeclaredTexts(files, digests)


def is_long(size: int) -> bool:
    """Whether a declared file of so many bytes was refused in its day."""
    return size > TEXT_LONGEST


def lfs_target(content: bytes) -> str | None:
    """The digest of the file that a Git LFS pointer stands for, `lfs:<sha256>`; None for any other
    content."""
    if not content.startswith(LFS_POINTER):
        return None
    checksum_lines = [line for line in content.splitlines() if line.startswith(b"oid sha256:")]
    return (
        f"{LFS_PREFIX}{checksum_lines[0][len(b'oid sha256:') :].decode('ascii', 'replace')}"
        if checksum_lines
        else None
    )


def as_text(content: bytes) -> str:
    """A declared file's text, without byte order mark and with plain line ends, whatever machine it
    was made on."""
    return content.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")


def _followed_link(path: str, state: Mapping[str, TreeEntry], blobs: BlobCache) -> TreeEntry | None:
    """What a path holds: itself, or the file of the same commit that a link names. None for links
    that lead out."""
    entry = state[path]
    for _ in range(8):
        if entry.mode != _LINK:
            return entry
        target = blobs.texts.get(entry.blob, "")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if path not in state:
            return None
        entry = state[path]
    return None


def _source_paths(config: str) -> list[str]:
    try:
        table: object = parse_toml(config)
    except TomlError:
        return []
    if isinstance(table, dict) and isinstance(tool := table.get("tool"), dict):
        table = tool.get("sharekit")
    sources = table.get("sources") if isinstance(table, dict) else None
    entries = sources.values() if isinstance(sources, dict) else []
    return [
        entry["path"]
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("path"), str)
    ]
