"""What announce is given: the commit, how to compare it, and everything outside that it has to do
with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct, field

from sharekit.announce.answer_mails import WordedAnswer
from sharekit.announce.channels.delivery import Channel
from sharekit.announce.digests import PreRead
from sharekit.announce.journal import Journal
from sharekit.announce.ledger.ledger import DeclaredState, Ledger
from sharekit.announce.plan import RevisionWriter
from sharekit.history import Relation
from sharekit.project.manifest import Manifest
from sharekit.publish import Publisher
from sharekit.revisions.revision import Revision


class StateComparison(Struct, frozen=True):
    """What changed between two states, and how it is put into words."""

    revisions: tuple[Revision, ...]
    writer: RevisionWriter
    answers: tuple[WordedAnswer, ...] = ()
    """Questions that were answered, for those who asked."""
    held: tuple[Revision, ...] = ()
    """Revisions that wait: their query fails, or its data are out of reach."""


class Compare(Protocol):
    """Compares two declared states, with today's data: the same states give the same revisions."""

    def __call__(self, before: DeclaredState, after: DeclaredState) -> StateComparison: ...


class AnnouncedCommit(Struct, frozen=True):
    """The commit to announce."""

    state: DeclaredState
    manifest: Manifest
    """Says who belongs to an audience, and where to write."""
    relation: Callable[[str], Relation]
    """How this commit stands to an earlier one."""
    touched_since: Callable[[str], bool] = field(default=lambda commit: True)
    """Whether a commit between an earlier one and this touched what is declared."""
    require_published: Callable[[], None] = field(default=lambda: None)
    """Raises SharekitError where this commit is not on the published branch."""

    @property
    def commit(self) -> str:
        return self.state.moment.commit or ""


class Environment(Struct, frozen=True):
    """Everything outside that announce has to do with."""

    ledger: Ledger
    journal: Journal
    outbox: Publisher
    channels: Callable[[], Mapping[str, Channel]]
    """Opens the ways out; asked before anything is claimed, never in a dry run."""
    clock: Callable[[], datetime]
    wait: Callable[[float], None]
    run: str
    """Id of this run, unlike any other's."""
    place: str = ""
    """Where this run is to be seen: the address of a job. "" where none is known."""
    digests: Callable[[], tuple[PreRead, ...]] = field(default=lambda: ())
    """Makes the pre-reads of the next meetings; asked only where one is to be sent."""
    hook_url: Callable[[str], str] = field(default=lambda name: "")
    """Where a webhook posts to, by its name; "" where that is not known."""
    step: Callable[[str], None] = field(default=lambda name: None)
    """Told of each step as it is done: opened, decided, rendered, claimed, answered, journaled,
    recorded."""


class Options(Struct, frozen=True):
    """What the keeper asks for."""

    dry_run: bool = False
    to: str | None = None
    """Send each new mail to this address alone, and leave the ledger as it is."""
    digest: bool = False
    """Also send the pre-read of each audience's next meeting, once for each meeting."""
    pending: bool = False
    """Only finish what earlier runs left open."""
    max_messages: int = 200
    base: DeclaredState | None = None
    """What counts as announced while the ledger is empty."""
    accept_rewrite: bool = False
    """HEAD does not follow the commit announced last, and that is meant."""
    take_over: bool = False
    """Go on with what another run holds: the keeper says that it is over."""
    drop: tuple[str, ...] = ()
    """Keys of announcements that are no longer to be sent."""
