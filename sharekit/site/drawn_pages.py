"""What drawing makes, how it is remembered between builds, and what is filled in last."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct, convert, to_builtins

from sharekit.artifacts import Artifact
from sharekit.documents import NumberEntry
from sharekit.read_json import read_json
from sharekit.site.audience_tree import PLACEHOLDER


class ListEntries(Struct, frozen=True):
    """What files that list everything say about one number."""

    metric: str
    index: NumberEntry
    """In sharekit.json."""
    search: str
    """In the search index, as JSON."""
    llms: str
    """In llms.txt."""


class DrawnPages(Struct, frozen=True):
    """Pages and the files beside them."""

    artifacts: tuple[Artifact, ...]
    pages: tuple[str, ...]
    charts: bool
    """Whether there is something to explore."""
    entries: ListEntries | None = None
    """Of the number whose pages these are."""


class PageCache(Protocol):
    """Remembers what was drawn, by a key of all that it was drawn from."""

    def get(self, key: str) -> bytes | None:
        """What was put under the key; None where nothing was, or it is damaged."""

    def put(self, key: str, content: bytes) -> None:
        """Remember. Where that fails, the next build draws again."""


def packed(drawn: DrawnPages) -> bytes:
    """As bytes: a line that lists the files, then their contents."""
    files = [[artifact.path, len(artifact.content)] for artifact in drawn.artifacts]
    head = json.dumps(
        {
            "files": files,
            "pages": drawn.pages,
            "charts": drawn.charts,
            "entries": to_builtins(drawn.entries),
        }
    )
    return b"\n".join([head.encode(), b"".join(artifact.content for artifact in drawn.artifacts)])


def unpacked(content: bytes) -> DrawnPages:
    """What `packed` was given."""
    line, _, contents = content.partition(b"\n")
    head = read_json(line)
    return DrawnPages(
        tuple(_files(head["files"], contents)),
        tuple(head["pages"]),
        bool(head["charts"]),
        convert(head["entries"], ListEntries | None),
    )


def _files(paths_and_sizes: Iterable[tuple[str, int]], content: bytes) -> Iterator[Artifact]:
    start = 0
    for path, size in paths_and_sizes:
        yield Artifact(path, content[start : start + size])
        start += size


def filled(artifact: Artifact, texts: Mapping[str, str]) -> Artifact:
    """The artifact with the texts in place of their placeholders."""
    content = artifact.content
    if PLACEHOLDER.encode() not in content:
        return artifact
    for placeholder, text in texts.items():
        content = content.replace(placeholder.encode(), text.encode())
    return Artifact(artifact.path, content)
