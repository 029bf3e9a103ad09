"""The commits on a line of first parents and the paths that each touched, from one `git log`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from sharekit.history.git import Git
from sharekit.history.layout import TreeEntry
from sharekit.history.moment import Moment
from sharekit.records import replace

_HEAD = "%x01%H%x00%P%x00%cI%x00%ct%x00%aN"
_LATEST = 32_503_679_999
"""The last second of the year 2999, in seconds since 1970."""
_LONGEST = 200
"""Characters of a name."""


class PathChange(Struct, frozen=True):
    """What a commit did to a path."""

    status: str
    """Git's letter: A added, M modified, D deleted, T another kind of file."""
    path: str
    """Below the top of the repository."""
    entry: TreeEntry
    """What stands there since; of a deleted one, zeros."""


class CommitChanges(Struct, frozen=True):
    """One commit and what it did to the paths that were asked for."""

    commit: str
    parents: tuple[str, ...]
    moment: Moment
    changes: tuple[PathChange, ...]


def single_commit(git: Git, commit: str) -> CommitChanges:
    """A single commit, without its changes."""
    return _with_branch_authors(
        git, _read(git, ["--no-walk", "-s", "--end-of-options", commit, "--"])
    )[0]


def walk(git: Git, span: str, paths: Iterable[str]) -> list[CommitChanges]:
    """Commits of a span (`A`, or `A..B`) that touched these paths, oldest first; merges against
    their first parent."""
    touches = _read(
        git, ["--raw", "--first-parent", "-m", "--reverse", "--end-of-options", span, "--", *paths]
    )
    return _with_branch_authors(git, touches)


def _read(git: Git, args: Sequence[str]) -> list[CommitChanges]:
    fixed = (
        "-z",
        "--no-abbrev",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--no-notes",
        "--encoding=UTF-8",
    )
    return list(_touches(git.run("log", *fixed, f"--format={_HEAD}", *args).out))


def _touches(out: bytes) -> Iterator[CommitChanges]:
    """Five fields a commit, then for each path `:mode mode id id status` and the path, all ended by
    NUL."""
    tokens = [
        token.removeprefix("\n") for token in out.decode("utf-8", "surrogateescape").split("\0")
    ]
    at = 0
    while at < len(tokens) and tokens[at].startswith("\x01"):
        commit = tokens[at][1:]
        parents, dated, seconds, author = tokens[at + 1 : at + 5]
        at += 5
        changes: list[PathChange] = []
        while at < len(tokens) and (tokens[at].startswith(":") or tokens[at] == ""):
            if tokens[at]:
                _, mode, _, blob, status = tokens[at][1:].split(" ")
                changes.append(PathChange(status[0], tokens[at + 1], TreeEntry(mode, blob)))
            at += 2 if tokens[at] else 1
        moment = Moment(commit, _arrival(dated, seconds), _clean(author))
        yield CommitChanges(commit, tuple(parents.split()), moment, tuple(changes))


def _arrival(dated: str, seconds: str) -> datetime:
    """When a commit came to this line of history: the committer's date, however long before it was
    written.

    Where that is no date of this world, the nearest one.
    """
    at = max(0, min(int(seconds or 0), _LATEST))
    try:
        written = datetime.fromisoformat(dated)
    except ValueError:
        return datetime.fromtimestamp(at, UTC)
    return datetime.fromtimestamp(at, UTC) if at == _LATEST else written


def _clean(name: str) -> str:
    """A name on one line, whoever wrote it."""
    printable = "".join(char if char.isprintable() else " " for char in name[:_LONGEST])
    return " ".join(printable.split())


def _with_branch_authors(git: Git, touches: list[CommitChanges]) -> list[CommitChanges]:
    """Name for a merge the author of the merged branch, not whoever pressed the button."""
    merged = sorted({touch.parents[1] for touch in touches if len(touch.parents) == 2})
    if not merged:
        return touches
    commit_lines = "".join(f"{commit}\n" for commit in merged).encode()
    listing = git.run(
        "log",
        "--no-walk=unsorted",
        "--ignore-missing",
        "-z",
        "-s",
        "--format=%H%x00%aN",
        "--stdin",
        stdin=commit_lines,
    )
    fields = listing.out.decode("utf-8", "replace").split("\0")
    authors = dict(zip(fields[0::2], fields[1::2], strict=False))
    return [
        _with_author(touch, authors.get(touch.parents[1], "") if len(touch.parents) == 2 else "")
        for touch in touches
    ]


def _with_author(touch: CommitChanges, author: str) -> CommitChanges:
    return replace(touch, moment=replace(touch.moment, author=_clean(author))) if author else touch
