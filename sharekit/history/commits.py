"""A project's past, read from git: what was declared at a commit, who declared it and when.

The line of history is that of first parents, so a merged branch counts as one change on the day it
was merged, and a squash or a rebase needs no special care: only what was declared matters, never
how it came there."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from sharekit.errors import SharekitError
from sharekit.files.fence import open_regular
from sharekit.history import log
from sharekit.history.git import REMOTE_SECONDS, Git, failure
from sharekit.history.layout import (
    TEXT_LONGEST,
    BlobCache,
    DeclaredTexts,
    Layout,
    TreeEntry,
    as_text,
)
from sharekit.history.moment import Moment
from sharekit.project.load import TextReader, data_paths

SHALLOW_HINT = (
    "Fetch the whole history: `fetch-depth: 0` of actions/checkout, or git fetch --unshallow."
)
_DEEPEN = (64, 1024)
"""Commits that `look_further` adds before it asks for all of them."""

Relation = Literal["same", "follows", "older", "apart", "unknown"]


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return UTC


class Snapshot(Struct, frozen=True):
    """One commit on the line of history that touched what is declared."""

    moment: Moment
    declared: DeclaredTexts
    changed: frozenset[str]
    """Paths that this commit touched, relative to the project."""
    elsewhere: tuple[str, ...]
    """Places outside the usual ones where any configuration until then had sources, as git knows
    them."""


class NoHistory(Struct, frozen=True):
    """Why a project has no past to look at."""

    reason: str
    hint: str


class PastTexts(Struct, frozen=True):
    """What was read of the past so far. Whoever opens it more than once hands on the same one."""

    reader: TextReader = msgspec.field(default_factory=TextReader)
    """Parses each text once."""
    declared: dict[str, DeclaredTexts] = msgspec.field(default_factory=dict)
    """Commit -> what it declares; of the commit that is checked out."""


def open_history(
    project: Path, environ: Mapping[str, str] | None = None, texts: PastTexts | None = None
) -> History | NoHistory:
    """The history of a project's folder, which may lie anywhere in its repository. `texts`: of
    earlier openings of the same one.

    Raises SharekitError where git refuses the repository because another user owns it.
    """
    if shutil.which("git", path=None if environ is None else environ.get("PATH")) is None:
        return NoHistory(
            "git is not installed",
            "Install git; without it nothing is known of earlier definitions.",
        )
    git = Git(project, environ)
    ask = ("rev-parse", "--show-toplevel", "--show-prefix", "--git-common-dir")
    answer = git.run(*ask, check=False)
    if answer.code != 0:
        if "not a git repository" in answer.err or "must be run in a work tree" in answer.err:
            return NoHistory(
                f"{project} is not in a git repository",
                "Start one with git init, and commit the project.",
            )
        raise failure(ask, answer)
    top, prefix, common = (answer.text + "\n\n").split("\n")[:3]
    head = git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False)
    if head.code != 0:
        return NoHistory(
            "the repository has no commits", "Commit the project: git add . && git commit"
        )
    return History(
        Layout(git.at(Path(top)), prefix.strip("/")),
        head.text,
        (project / common).resolve(),
        texts or PastTexts(),
    )


def committed_paths(history: History | NoHistory) -> frozenset[str]:
    """Paths of declared files that are committed, as they are called in the project; none without
    git."""
    if isinstance(history, NoHistory):
        return frozenset()
    layout = history.layout
    return frozenset(
        layout.short(path)
        for path in layout.tree(history.head, layout.places)
        if layout.is_text(path)
    )


@dataclass(frozen=True)
class History:
    """The commits of one project."""

    layout: Layout
    head: str
    """Commit that is checked out, on a branch or not."""
    common_dir: Path
    """Git's own folder, shared by all work trees: the place for records that nobody commits."""
    texts: PastTexts = field(default_factory=PastTexts, compare=False, repr=False)
    """What was read already."""

    @property
    def git(self) -> Git:
        return self.layout.git

    @cached_property
    def untracked(self) -> tuple[str, ...]:
        """Data files of the work tree that HEAD does not hold, by paths of the project: what CI fetched, or git
        ignores. They are the data of every commit."""
        tracked = self.declared().digests
        root = self.git.folder / self.layout.prefix
        return tuple(path for path in data_paths(root) if path not in tracked)

    @cached_property
    def author_names(self) -> str | None:
        """What decides under which name an author is told, besides the commit: the repository's
        mailmap. None where others are set up, whose content is not looked at."""
        if self.git.text("config", "--get-regexp", r"^mailmap\.", check=False):
            return None
        try:
            with open_regular(self.git.folder / ".mailmap") as file:
                return as_text(file.read(TEXT_LONGEST))
        except OSError:
            return ""

    def commit_on(self, day: date, timezone: str) -> str | None:
        """The commit of the line of first parents that stood at the end of a day; None where none
        did, or where it is not here. When a commit came to this line shows in the day it was
        committed."""
        midnight = datetime.combine(day + timedelta(days=1), time(), _zone(timezone))
        command = (
            "rev-list",
            "-1",
            "--first-parent",
            f"--before={int(midnight.timestamp()) - 1}",
            self.head,
        )
        return self.git.text(*command, check=False) or None

    @property
    def shallow(self) -> bool:
        """Whether older commits are missing here. Asked anew each time, as `look_further` may fetch
        them: git keeps a list of where it was cut off."""
        try:
            return (self.common_dir / "shallow").stat().st_size > 0
        except OSError:
            return False

    def require_whole(self) -> None:
        """Raises SharekitError in a shallow clone, for what needs all of the
        past."""
        if self.shallow:
            raise SharekitError(
                "this clone holds only the newest commits, not the whole history", hint=SHALLOW_HINT
            )

    def resolve(self, rev: str) -> str:
        """The commit that a name, such as `origin/main` or `HEAD~1`, stands for. Raises
        SharekitError."""
        if not rev.startswith("-") and rev.isprintable():
            name = f"{rev}^{{commit}}"
            answer = self.git.run(
                "rev-parse", "--verify", "--quiet", "--end-of-options", name, check=False
            )
            if answer.code == 0:
                return answer.text
        hint = (
            SHALLOW_HINT
            if self.shallow
            else "Name a branch, a tag or a commit; git log --oneline lists them."
        )
        raise SharekitError(f"there is no commit {rev!r} in this repository", hint=hint)

    def fork_point(self, base: str) -> str:
        """Where HEAD left the branch `base`: what a pull request is compared with. Raises
        SharekitError."""
        if shared := self._shared(base, "HEAD"):
            return shared
        self.require_whole()
        raise SharekitError(
            f"HEAD has no commit in common with {base}", hint="Name the branch that it came from."
        )

    def start_of(self, head: str, base: str) -> str:
        """Where `head` left `base`: what its own changes begin with. Where it is older than that, or
        has nothing in common with it, `base` itself. Raises SharekitError."""
        shared = self._shared(base, head)
        return base if shared in (None, self.resolve(head)) else shared

    def _shared(self, base: str, head: str) -> str | None:
        """The newest commit that two lines have in common, as far as it is here."""
        answer = self.git.run("merge-base", self.resolve(base), self.resolve(head), check=False)
        return answer.text if answer.code == 0 else None

    def knows(self, rev: str) -> bool:
        """Whether a commit of this name is here."""
        return self.git.succeeds(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}"
        )

    def moment(self, rev: str = "HEAD") -> Moment:
        """Who and when of one commit."""
        return log.single_commit(self.git, self._commit(rev)).moment

    def begins(self) -> date:
        """The last day on which a line of the commits that are here begins: before it, a shallow
        clone knows nothing."""
        roots = self.git.text("rev-list", "--max-parents=0", "HEAD").split()
        return max(self.moment(root).on.date() for root in roots)

    def working(self, as_of: date) -> Moment:
        """The moment of the work tree, not a commit yet."""
        return Moment(None, datetime.combine(as_of, time(12), UTC), "")

    def committed(self) -> bool:
        """Whether the project's declared files are as HEAD has them, with nothing changed or new
        beside them."""
        return not self.git.run(
            "status", "--porcelain", "-z", "-uall", "--", *self.layout.places
        ).out

    def declared(self, rev: str = "HEAD") -> DeclaredTexts:
        """All that the project declares at a commit. Empty where there was no project yet."""
        commit = self._commit(rev)
        if commit != self.head:
            return self._declared(commit)
        remembered = self.texts.declared
        if commit not in remembered:
            remembered.clear()
            remembered[commit] = self._declared(commit)
        return remembered[commit]

    def _declared(self, commit: str) -> DeclaredTexts:
        layout = self.layout
        state = layout.tree(commit, layout.places)
        blobs = layout.blobs(state.items())
        sources = layout.sources(blobs, [state[path] for path in layout.configs if path in state])
        elsewhere = (*sources, *layout.linked(blobs, state.items()))
        if elsewhere:
            state |= layout.tree(commit, elsewhere)
            blobs = layout.blobs(state.items())
        return layout.declared(state, blobs)

    def snapshots(
        self,
        until: str = "HEAD",
        *,
        since: str | None = None,
        elsewhere: tuple[str, ...] | None = None,
    ) -> Iterator[Snapshot]:
        """Commits that touched what is declared, oldest first; only those after `since`, where it
        is given. `elsewhere`: that of the snapshot at `since`, by whoever has it.

        Commits that only bring new rows in a data file are passed over, as are those before there
        was a project. Merges are compared with their first parent. In a shallow clone the oldest
        commit stands for all that came before it."""
        last, layout = self._commit(until), self.layout
        first = None if since is None else self._commit(since)
        span = last if first is None else f"{first}..{last}"

        def look(
            paths: Iterable[str],
        ) -> tuple[list[log.CommitChanges], dict[str, TreeEntry], list[tuple[str, TreeEntry]]]:
            touched, begin = (
                list(log.walk(self.git, span, paths)),
                {} if first is None else layout.tree(first, paths),
            )
            return (
                touched,
                begin,
                [
                    *begin.items(),
                    *((change.path, change.entry) for touch in touched for change in touch.changes),
                ],
            )

        before = elsewhere
        if before is None:
            before = () if first is None else self._sources_elsewhere(first)
        paths = (*layout.places, *before, *self._sources_elsewhere(span))
        touches, state, entries = look(paths)
        blobs = layout.blobs(entries)
        if linked := layout.linked(blobs, entries):
            touches, state, entries = look((*paths, *linked))
            blobs = layout.blobs(entries)
        watched = _Watched(layout, blobs, before, state)
        for touch in touches:
            for change in touch.changes:
                if change.status == "D":
                    state.pop(change.path, None)
                else:
                    state[change.path] = change.entry
            tells = watched.tells(touch)
            declared = layout.declared(state, blobs)
            if declared.configured and tells:
                changed = frozenset(layout.short(change.path) for change in touch.changes)
                yield Snapshot(touch.moment, declared, changed, watched.elsewhere)

    def first_declared(self) -> str | None:
        """The commit that brought the project's configuration to the line of first parents; None
        where none did."""
        touches = log.walk(self.git, self.head, self.layout.configs)
        return next((touch.commit for touch in touches), None)

    def configurations(self) -> Iterator[DeclaredTexts]:
        """The configuration at each commit that changed it, without the rest of what is declared."""
        touches = log.walk(self.git, self.head, self.layout.configs)
        changes = [change for touch in touches for change in touch.changes]
        blobs = self.layout.blobs((change.path, change.entry) for change in changes)
        for change in changes:
            if change.status != "D":
                yield self.layout.declared({change.path: change.entry}, blobs)

    def count(self, until: str) -> int:
        """How many commits up to one touched what is declared."""
        return int(
            self.git.text("rev-list", "--count", "--first-parent", until, "--", *self.layout.places)
        )

    def relation(self, earlier: str, later: str = "HEAD") -> Relation:
        """How `later` stands to `earlier`: `follows` it, is `older`, or on another line (`apart`).

        `unknown`: this clone is shallow and does not reach far enough; see `look_further`.
        """
        later = self._commit(later)
        if later == earlier:
            return "same"
        if len(self.git.have([earlier, later])) == 2:
            if self.git.succeeds("merge-base", "--is-ancestor", earlier, later):
                return "follows"
            if self.git.succeeds("merge-base", "--is-ancestor", later, earlier):
                return "older"
        return "unknown" if self.shallow else "apart"

    def passes(self, commit: str, until: str = "HEAD") -> bool:
        """Whether the line of first parents that ends in `until` goes through a commit; False too
        where the commit is not here."""
        last = self._commit(until)
        if commit == last:
            return True
        if not self.git.have([commit]):
            return False
        span = ("rev-list", "--first-parent", "--parents", f"{commit}..{last}")
        oldest = self.git.text(*span, check=False).splitlines()[-1:]
        return bool(oldest) and oldest[0].split()[1:2] == [commit]

    def touched_since(self, earlier: str) -> bool:
        """Whether a commit after `earlier` touched what is declared; also where that is not known
        here."""
        if not self.git.have([earlier]):
            return True
        span = f"{earlier}..{self.head}"
        return bool(self.git.text("rev-list", "-1", span, "--", *self.layout.places))

    def look_further(self, remote: str, earlier: str) -> Relation:
        """Fetch older commits into a shallow clone until it is known how HEAD stands to `earlier`.

        Adds commits but no branch, and touches no file. Raises GitError where the remote does not
        answer."""
        relation = self.relation(earlier)
        if relation != "unknown":
            return relation
        is_there = bool(self.git.have([earlier])) or self._fetch(
            "--depth=1", remote, earlier, check=False
        )
        commits = [self.head, *([earlier] if is_there else [])]
        for depth in _DEEPEN:
            self._fetch(f"--deepen={depth}", remote, *commits)
            relation = self.relation(earlier)
            if relation != "unknown":
                return relation
        self._fetch("--unshallow", remote, *commits)
        return self.relation(earlier)

    def fetch(self, remote: str, ref: str) -> None:
        """Bring the commits of a branch here, and change no branch or file. Raises GitError."""
        self._fetch(*(("--depth=1",) if self.shallow else ()), remote, ref)

    def fetch_commit(self, remote: str, commit: str) -> bool:
        """Bring one commit here that no branch may hold any more; False where the remote has not
        got it, or does not answer. A whole clone stays whole."""
        return self._fetch(*(("--depth=1",) if self.shallow else ()), remote, commit, check=False)

    def _fetch(self, *args: str, check: bool = True) -> bool:
        quiet = (
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--refmap=",
        )
        return self.git.run("fetch", *quiet, *args, check=check, seconds=REMOTE_SECONDS).code == 0

    def _commit(self, rev: str) -> str:
        return self.head if rev in ("HEAD", self.head) else self.resolve(rev)

    def _sources_elsewhere(self, span: str) -> tuple[str, ...]:
        """Places outside the usual ones where any configuration in a span of commits had sources."""
        touches = log.walk(self.git, span, self.layout.configs)
        changes = [change for touch in touches for change in touch.changes]
        blobs = self.layout.blobs((change.path, change.entry) for change in changes)
        return self.layout.sources(blobs, [change.entry for change in changes])


class _Watched:
    """What of a repository can change what is declared, along its commits: the usual places, and
    those elsewhere that a configuration or a link has named until then."""

    def __init__(
        self,
        layout: Layout,
        blobs: BlobCache,
        elsewhere: tuple[str, ...],
        state: Mapping[str, TreeEntry],
    ) -> None:
        self._layout, self._blobs = layout, blobs
        self.elsewhere = elsewhere
        self._links = {path: entry for path, entry in state.items() if entry.is_link}

    def tells(self, touch: log.CommitChanges) -> bool:
        """Whether a commit, the next one, can have changed what is declared. New rows in a data file
        do not."""
        linked = set(self._linked())
        for change in touch.changes:
            self._links.pop(change.path, None)
            if change.status != "D" and change.entry.is_link:
                self._links[change.path] = change.entry
        linked.update(self._linked())
        configs = [change.entry for change in touch.changes if change.path in self._layout.configs]
        sources = self._layout.sources(self._blobs, configs)
        self.elsewhere = tuple(dict.fromkeys((*self.elsewhere, *sources)))
        places = (*self._layout.places, *self.elsewhere)
        return any(
            (change.status != "M" or self._layout.holds_text(change.path))
            and (change.path in linked or any(_is_in(change.path, place) for place in places))
            for change in touch.changes
        )

    def _linked(self) -> tuple[str, ...]:
        return self._layout.linked(self._blobs, self._links.items())


def _is_in(path: str, place: str) -> bool:
    return place == "." or path == place or path.startswith(f"{place}/")
