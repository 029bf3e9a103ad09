"""A project of three peers in a real repository, and everything announce needs to tell them of its
revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from gitrepos import Repo, environment, new_repo
from smtp_servers import Mailbox, mail_server

from sharekit.announce.audience_writers import AudienceWriters, with_retired
from sharekit.announce.environment import AnnouncedCommit, Environment, Options, StateComparison
from sharekit.announce.journal import Journal
from sharekit.announce.ledger.changes import baseline
from sharekit.announce.ledger.git_store import GitStore, choose_remote
from sharekit.announce.ledger.ledger import DeclaredState, Ledger, LedgerView
from sharekit.announce.ledger.store import FileStore, LedgerStore
from sharekit.announce.report import Report
from sharekit.announce.run import announce
from sharekit.announce.settings import open_channels
from sharekit.app.ledger_facts import moves_between
from sharekit.history import DeclaredTexts, History, manifest_at, manifest_of, open_history, recall
from sharekit.history.git import Git
from sharekit.numbers.results import Results
from sharekit.project.lineage import Lineage
from sharekit.project.manifest import Manifest
from sharekit.publish import FolderPublisher
from sharekit.records import replace
from sharekit.revisions.find import find_revisions
from sharekit.revisions.revision import Revision
from sharekit.site.folders import tree_url
from sharekit.visible import Visible, visible_to

START = datetime(2013, 11, 22, 9, 30, tzinfo=UTC)
AS_OF = date(2013, 11, 22)
ALL = ["maria@ports.example", "jonas@ports.example", "eve@ports.example"]
"""Addresses of the three."""
CONFIG = """[project]
name = "New York Airports"
url = "https://numbers.example.com/ny/"

[people.maria]
name = "Maria Okafor"
email = "maria@ports.example"
role = "Head of JFK"

[people.jonas]
name = "Jonas Lind"
email = "jonas@ports.example"

[people.eve]
name = "Eve Sato"
email = "eve@ports.example"

[audiences.airports]
title = "Airport heads"
members = ["maria", "jonas", "eve"]

[mail]
from = "numbers@ports.example"
host = "127.0.0.1"
security = "none"
"""
OBJECTIVE = "---\ntitle: Punctual\nowner: maria\nperiod: 2013-Q4\n---\nBecause travellers wait.\n"
FOLDER = "metrics/okrs/2013-q4/punctual"


def key_result(
    target: float = 0.85, *, title: str = "JFK leaves on time", note: str = "", owner: str = "maria"
) -> str:
    entry = (
        f"revisions:\n  - date: 2013-11-22\n    reason: was_wrong\n    why: {note}\n    we_will: Do"
        " better.\n"
        if note
        else ""
    )
    return (
        f"/* ---\ntitle: {title}\nowner: {owner}\nbaseline: 0.7\ntarget: {target}\n"
        f"direction: up\ngrain: week\n{entry}--- */\n"
        "SELECT DATE '2013-11-11' AS week, 0.75 AS value\n"
    )


def files(**changed: str) -> dict[str, str]:
    base = {
        ".gitignore": "/.sharekit/\n/outbox/\n",
        "sharekit.toml": CONFIG,
        f"{FOLDER}/objective.md": OBJECTIVE,
        f"{FOLDER}/jfk.sql": key_result(),
    }
    return base | {f"{FOLDER}/{name}.sql": text for name, text in changed.items()}


def begin(path: Path, **changed: str) -> Repo:
    repo = new_repo(path)
    repo.commit(files(**changed), "Begin")
    return repo


def revise(repo: Repo, target: float = 0.82, name: str = "jfk", **keys: str) -> str:
    """Commit another target, with its note."""
    return repo.commit(
        {f"{FOLDER}/{name}.sql": key_result(target, note=f"It is {target} now.", **keys)}, "Revise"
    )


@dataclass
class Clock:
    """Goes on by a second each time it is asked, and by as much as anybody waits."""

    now: datetime = START
    waited: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += timedelta(seconds=seconds)


def compare(
    history: History, before: DeclaredState, after: DeclaredState, *, today: Manifest | None = None
) -> StateComparison:
    """What find_revisions finds, put into the words of real mails. No query is run. `today` has the
    sender, whose address a state is compared without."""
    old, new = (manifest_of(history, declared(history, each)) for each in (before, after))
    found = find_revisions(
        old, new, before_moment=before.moment, after_moment=after.moment, as_of=after.as_of
    )
    told = (*found, *moves_between(before, after, new, found))
    spoken = with_retired(new, old, told)
    if today is not None:
        mail = {"mail": today.config.mail}
        spoken = replace(spoken, config=spoken.config.model_copy(update=mail))
    return StateComparison(told, words(spoken, told, Results(after.as_of, {})))


def declared(history: History, state: DeclaredState) -> DeclaredTexts:
    remote = choose_remote(history.git)
    return recall(history, state.moment.commit, state.digests, remote).declared.addressless


def words(manifest: Manifest, revisions: Iterable[Revision], results: Results) -> AudienceWriters:
    """What puts revisions into words, through the door."""
    known = tuple(revisions)

    def share(audience: str) -> Visible:
        url = tree_url(manifest, audience)
        return visible_to(audience, manifest, results, Lineage({}, {}), known, url=url)

    return AudienceWriters(share)


def state_at(
    history: History, rev: str = "HEAD", published: Mapping[str, object] | None = None
) -> DeclaredState:
    return DeclaredState(history.moment(rev), AS_OF, history.declared(rev).digests, published or {})


@dataclass
class Announcer:
    """One machine's view of the project."""

    repo: Repo
    port: int = 0
    ledger_file: Path | None = None
    clock: Clock = field(default_factory=Clock)
    wait: Callable[[float], None] | None = None
    environ: dict[str, str] = field(default_factory=dict)
    runs: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))
    name: str = "run"
    on_step: Callable[[str], None] = field(default=lambda name: None)
    steps: list[str] = field(default_factory=list)
    published: Mapping[str, object] = field(default_factory=dict)
    """What is published of each number today."""

    @property
    def history(self) -> History:
        found = open_history(self.repo.path, environment())
        assert isinstance(found, History)
        return found

    @property
    def store(self) -> LedgerStore:
        if self.ledger_file is not None:
            return FileStore(self.ledger_file)
        git = Git(self.repo.path, environment())
        return GitStore(git, choose_remote(git))

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.store, clock=self.clock, wait=self.wait or self.clock.wait)

    def view(self) -> LedgerView:
        return self.ledger.open()

    def statuses(self) -> dict[tuple[str, str], str]:
        return {(each.key, each.recipient): each.status for each in self.view().deliveries()}

    def by_person(self) -> dict[str, str]:
        """Recipient -> status of the newest announcement."""
        newest = self.view().entries()[-1].key
        return {
            recipient: status
            for (key, recipient), status in self.statuses().items()
            if key == newest
        }

    @property
    def outbox(self) -> Path:
        return self.repo.path / "outbox"

    def head(self) -> AnnouncedCommit:
        return self._head(history := self.history, manifest_at(history))

    def _head(self, history: History, manifest: Manifest) -> AnnouncedCommit:
        remote = choose_remote(history.git)

        def relation(commit: str) -> str:
            known = history.relation(commit)
            return history.look_further(remote, commit) if known == "unknown" and remote else known

        return AnnouncedCommit(
            state_at(history, published=self.published),
            manifest,
            relation,
            history.touched_since,
        )  # type: ignore[arg-type]

    def environment(self) -> Environment:
        return self._environment(history := self.history, manifest_at(history))

    def _environment(self, history: History, manifest: Manifest) -> Environment:
        settings = {"SHAREKIT_SMTP_PORT": str(self.port or 9)} | self.environ

        def step(name: str) -> None:
            self.steps.append(name)
            self.on_step(name)

        return Environment(
            ledger=self.ledger,
            journal=Journal(history.common_dir / "sharekit"),
            outbox=FolderPublisher(self.outbox, ignored=True),
            channels=lambda: open_channels(
                manifest, settings, self.clock, root=Path(manifest.root or ".")
            ),
            clock=self.clock,
            wait=self.wait or self.clock.wait,
            run=f"{self.name}{next(self.runs)}",
            step=step,
        )

    def announce(self, options: Options | None = None, **changed: object) -> Report:
        chosen = replace(options or Options(), **changed)  # type: ignore[arg-type]
        history, head, environment = self.opened()
        asked = partial(compare, history, today=head.manifest)
        return announce(head, asked, environment, chosen)

    def opened(self) -> tuple[History, AnnouncedCommit, Environment]:
        """What one run reads of the project, read once."""
        history = self.history
        manifest = manifest_at(history)
        return history, self._head(history, manifest), self._environment(history, manifest)


@contextmanager
def peers(
    path: Path, mailbox: Mailbox | None = None, **changed: str
) -> Iterator[tuple[Announcer, Mailbox]]:
    """A project whose ledger has begun, and a mail server."""
    box = mailbox or Mailbox()
    with mail_server(box) as port:
        announcer = Announcer(begin(path, **changed), port)
        assert announcer.ledger.write(
            announcer.view(), baseline(state_at(announcer.history)), "Begin"
        )
        yield announcer, box
