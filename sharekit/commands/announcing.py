"""What `sharekit announce` and `sharekit ledger` work with: the project at HEAD, its ledger, and how states compare."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from sharekit.announce import Compared, Head, World
from sharekit.announce.journal import Journal
from sharekit.announce.settings import open_channels
from sharekit.announce.slips import slips
from sharekit.announce.words import Words
from sharekit.build import Tell, evaluated
from sharekit.changes import Revision
from sharekit.checks import check
from sharekit.commands import Session
from sharekit.errors import ProblemsError, SharekitError, exit_code
from sharekit.history import History, NoHistory, Relation, manifest_at, manifest_of, manifests, open_history
from sharekit.history.gitstore import GitStore, choose_remote, ledger_ref
from sharekit.history.ledger import Ledger, State
from sharekit.history.store import FileStore, Store
from sharekit.impact import on_todays_data
from sharekit.inputs import CACHE
from sharekit.loader import load
from sharekit.manifest import Manifest
from sharekit.publish.folder import FolderPublisher
from sharekit.results import Results
from sharekit.revisions import Comparer, find_revisions, fold
from sharekit.sqldiff.compare import compare_sql
from sharekit.weigh import Weigher, weigh_all

OUTBOX = "outbox"


@dataclass(frozen=True)
class Desk:
    """A project that has something to tell."""

    session: Session
    as_of: date
    tell: Tell

    @cached_property
    def history(self) -> History:
        found = open_history(self.session.project.root, self.session.environ)
        if isinstance(found, NoHistory):
            raise SharekitError(f"announcing needs git: {found.reason}", hint=found.hint)
        return found

    @cached_property
    def manifest(self) -> Manifest:
        """The project at HEAD. Raises ProblemsError where anything in its files is wrong."""
        problems = check(self.people)
        if exit_code(problems):
            raise ProblemsError(problems)
        return self.people

    @cached_property
    def people(self) -> Manifest:
        """The project at HEAD for its names and settings, whatever else may be wrong in its files."""
        return manifest_at(self.history)

    @cached_property
    def remote(self) -> str | None:
        return choose_remote(self.history.git)

    @cached_property
    def store(self) -> Store:
        """The ledger's place, by [announce] ledger."""
        where = self.people.config.announce.ledger
        if where == "git":
            return GitStore(self.history.git, self.remote, ledger_ref(self.history.layout.prefix))
        path = where.removeprefix("file:").strip()
        if not where.startswith("file:") or not path:
            raise SharekitError(
                f"the ledger in [announce] is {where!r}, which is no place", hint='Write "git" or "file:PATH".'
            )
        return FileStore(self.session.project.root / path)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.store, clock=self.session.clock, wait=time.sleep)

    def state(self, rev: str = "HEAD", statuses: Mapping[str, str] | None = None) -> State:
        """What was declared at a commit."""
        history = self.history
        declared = history.declared(rev)
        if not declared.configured:
            raise SharekitError(f"there was no project at {rev} yet", hint="Name a later commit.")
        return State(history.moment(rev), self.as_of, declared, statuses or {})

    def head(self) -> Head:
        """The commit to announce."""
        return Head(self.state(statuses=self._statuses()), self.manifest, self._relation)

    def _statuses(self) -> Mapping[str, str]:
        """How key results stand, where that is announced too."""
        if not self.manifest.config.announce.status:
            return {}
        root = self.session.project.root
        found = evaluated(root, as_of=self.as_of, cache_dir=root / CACHE, tell=self.tell)
        return {item: result.okr.status for item, result in found.results.results.items() if result.okr}

    def _relation(self, earlier: str) -> Relation:
        """How HEAD stands to what was announced last; a shallow clone fetches as far as it must."""
        known = self.history.relation(earlier)
        if known != "unknown" or self.remote is None:
            return known
        self.tell("Fetching older commits")
        return self.history.look_further(self.remote, earlier)

    def world(self, outbox: Path, run: str) -> World:
        session = self.session
        return World(
            ledger=self.ledger,
            journal=Journal(self._records),
            outbox=FolderPublisher(outbox),
            channels=lambda: open_channels(self.manifest, session.environ, session.clock),
            clock=session.clock,
            wait=time.sleep,
            run=run,
            step=lambda name: self.tell(f"Announcing: {name}"),
        )

    @property
    def _records(self) -> Path:
        """A folder of git's own, which nobody commits or publishes, for each project of the repository."""
        ref = ledger_ref(self.history.layout.prefix)
        return self.history.common_dir / "sharekit" / ref.rpartition("/")[2]

    @cached_property
    def comparison(self) -> Comparison:
        return Comparison(self)


@dataclass(frozen=True)
class Comparison:
    """Compares two states on today's data, as announce asks for it."""

    desk: Desk
    comparer: Comparer = field(default_factory=lambda: Comparer(compare_sql))

    @cached_property
    def today(self) -> Manifest:
        return load(self.desk.session.project.root)

    @cached_property
    def weigher(self) -> Weigher:
        cache = self.desk.session.project.root / CACHE
        return Weigher(self.today, self.desk.as_of, self.comparer, cache)

    def __call__(self, before: State, after: State) -> Compared:
        """Every revision between the two, with its effect, and the words for it."""
        self.desk.tell("Comparing with what was announced last")
        old, new = manifest_of(before.declared, None), manifest_of(after.declared, None)
        found = find_revisions(
            old,
            new,
            before_moment=before.moment,
            after_moment=after.moment,
            as_of=after.as_of,
            compare=self.comparer,
        )
        weighed = weigh_all(found, self.weigher, old, new)
        revised = frozenset(each.item for each in weighed if set(each.classes) - {"words", "check_in", "cosmetic"})
        told = self._numbered((*weighed, *slips(before, after, new, revised)), after.moment.commit)
        states = {each.item: new if _knows(new, each.item) else old for each in told}
        return Compared(told, Words(states, self._results(told, states)))

    def _results(self, revisions: tuple[Revision, ...], states: Mapping[str, Manifest]) -> Results:
        """Today's values of what the mails speak of."""
        items = {each.item: states[each.item] for each in revisions if each.item in states[each.item].metrics}
        found = {
            item: self.weigher.measure(on_todays_data(state, self.today), item) for item, state in sorted(items.items())
        }
        return Results(self.desk.as_of, found)

    def _numbered(self, revisions: tuple[Revision, ...], commit: str | None) -> tuple[Revision, ...]:
        """Each revision with the number that the item's page gives it, where history is here to count."""
        history = self.desk.history
        if not revisions or commit is None or history.shallow or not history.git.have([commit]):
            return revisions
        known = {each.item: each for each in fold(manifests(history, commit), compare=self.comparer)}
        return tuple(
            replace(each, number=known[each.item].number, original_target=known[each.item].original_target)
            if each.item in known
            else each
            for each in revisions
        )


def _knows(manifest: Manifest, item: str) -> bool:
    return item in manifest.metrics or item in manifest.objectives or item in manifest.dashboards
