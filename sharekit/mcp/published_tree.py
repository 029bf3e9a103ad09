"""The documents of one audience's tree, read anew for every answer, all of one build, and never
outside its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, cast, get_type_hints

from msgspec import Struct

from sharekit.documents import (
    INDEX,
    ChangeEntry,
    ChangesDocument,
    NumberDocument,
    NumberEntry,
    OkrsDocument,
    TreeIndex,
)
from sharekit.errors import SharekitError
from sharekit.numbers.exact import as_number
from sharekit.project.read.did_you_mean import suggestion
from sharekit.read_json import read_json

T = TypeVar("T")
D = TypeVar("D", TreeIndex, OkrsDocument, ChangesDocument, NumberDocument)
_TRIES = 5
"""How often an answer begins again because a build swapped the folder under it."""


class UnreadableError(SharekitError):
    """The tree is not there, or holds nothing that can be read."""


class PublishedTree(Struct, frozen=True, dict=True):
    """One audience's tree as it stands on disk."""

    folder: Path
    audience: str

    @cached_property
    def index(self) -> TreeIndex:
        """sharekit.json. Raises UnreadableError where it is another audience's, or older than these
        documents."""
        index = _as_document(TreeIndex, _document(self.folder, INDEX))
        if index["audience"] != self.audience:
            raise UnreadableError(
                "the folder holds another audience's site now", hint="Start sharekit mcp again."
            )
        return index

    @cached_property
    def metrics(self) -> Mapping[str, NumberEntry]:
        """Rows of metrics and key results, by id."""
        return {row["id"]: row for row in self.index["metrics"]}

    @cached_property
    def scorecard(self) -> OkrsDocument:
        """okrs.json."""
        return _as_document(OkrsDocument, _document(self.folder, self.index["okrs"]))

    @cached_property
    def changes(self) -> Sequence[ChangeEntry]:
        """What changes.json lists, newest first."""
        return _as_document(ChangesDocument, _document(self.folder, self.index["changes"]))[
            "changes"
        ]

    def number(self, metric: str) -> NumberDocument:
        """data/<id>.json of a metric that the index has: the file is the one named there, never
        made from the id."""
        return _as_document(NumberDocument, _document(self.folder, self.metrics[metric]["data"]))

    def person(self, key: str | None) -> str | None:
        """Name of somebody who answers for something here; the key itself where it is no
        person's."""
        person = self.index["people"].get(key) if key else None
        return person["name"] if person else key

    def address(self, page: str | None) -> str | None:
        """Full address of a page; relative to the tree's root where the project does not say where
        it is published."""
        return f"{self.index['url'] or ''}{page}" if page else None


class TreeFolder(Struct, frozen=True):
    """Where one audience's tree is published; each answer is made from a whole build of it."""

    folder: Path
    audience: str

    def answer(self, make: Callable[[PublishedTree], T]) -> T:
        """What `make` says about the tree. Where a build swaps the folder meanwhile, it is asked
        again.

        Raises UnreadableError where there is no tree, and whatever `make` raises.
        """
        for _ in range(_TRIES):
            before = _generation(self.folder)
            try:
                tool_answer = make(PublishedTree(self.folder, self.audience))
            except UnreadableError:
                if _generation(self.folder) == before:
                    raise
                continue
            if _generation(self.folder) == before:
                return tool_answer
        raise UnreadableError("the site keeps being rebuilt", hint="Ask again in a moment.")


def find_tree(site: Path, audience: str | None) -> TreeFolder:
    """The tree of an audience below a built site; of the only one where none is named. Raises
    SharekitError."""
    trees = _trees(site)
    if not trees:
        raise SharekitError(
            f"there is no built site in {site}",
            hint="Run sharekit build first, or name its folder with --site.",
        )
    if audience is None:
        if len(trees) > 1:
            raise SharekitError(
                "this site is built for several audiences",
                hint=f"Choose one: --audience {' or '.join(sorted(trees))}.",
            )
        audience = next(iter(trees))
    if audience not in trees:
        raise SharekitError(
            f"this site is not built for an audience {audience}",
            hint=suggestion(audience, trees, are="It is built for"),
        )
    tree_folder = TreeFolder(trees[audience], audience)
    tree_folder.answer(lambda published: published.scorecard)
    return tree_folder


def _trees(site: Path) -> dict[str, Path]:
    """Audience -> folder of its tree: the site itself where there is one alone, else the folders in
    it."""
    folders = (
        [site]
        if (site / INDEX).is_file()
        else sorted(path.parent for path in site.glob(f"*/{INDEX}"))
    )
    audience_of = {folder: _document(folder, INDEX).get("audience") for folder in folders}
    return {
        audience: folder for folder, audience in audience_of.items() if isinstance(audience, str)
    }


def _generation(folder: Path) -> tuple[int, int] | None:
    """Another one whenever a build puts another folder in this one's place."""
    try:
        stat = folder.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_ctime_ns


def _as_document(kind: type[D], document: dict[str, Any]) -> D:
    """A document as what it is. Raises UnreadableError where it lacks what all of its kind have."""
    if not get_type_hints(kind).keys() <= document.keys():
        raise UnreadableError("an older sharekit made this site", hint="Run sharekit build again.")
    return cast("D", document)


def _document(folder: Path, path: str) -> dict[str, Any]:
    try:
        document = read_json(_read(folder, path), parse_float=lambda text: as_number(Decimal(text)))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise UnreadableError(
            f"{path} of the site cannot be read", hint="Run sharekit build again."
        )
    return document


def _read(folder: Path, path: str) -> str:
    """A file below the folder; one that links lead out of it is none."""
    try:
        inside = PurePosixPath(path)
        file = folder.joinpath(*inside.parts).resolve(strict=True)
        if not inside.is_absolute() and file.is_relative_to(folder.resolve(strict=True)):
            return file.read_text(encoding="utf-8")
    except OSError:
        pass
    raise UnreadableError("the site is not there", hint="Run sharekit build.")
