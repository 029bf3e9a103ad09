"""What a run of announce did, for the command line to say."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct, field

from sharekit.announce.ledger.ledger import Claim, Delivery, DeliveryStatus, LedgerEntry
from sharekit.announce.plan import Announcement
from sharekit.revisions.revision import Revision

Ending = Literal["baseline", "nothing", "older", "dry-run", "trial", "sent"]


class MessageResult(Struct, frozen=True):
    """What became of one message in this run."""

    deliveries: tuple[Delivery, ...]
    """Of each announcement that it carries: the same answer."""
    why: str = ""
    """Why it was not delivered, as a sentence without addresses."""
    permanent: bool = False
    """Whether somebody must change a setting first: another try is of no use."""

    @property
    def status(self) -> DeliveryStatus:
        return self.deliveries[0].status

    @property
    def recipient(self) -> str:
        return self.deliveries[0].recipient

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(delivery.key for delivery in self.deliveries)


class Cause(Struct, frozen=True):
    """Why messages were not delivered, or why the run did not come to its end."""

    status: Literal["refused", "pending", "unfinished", "stopped"]
    cause: str
    """A sentence without addresses; a server's own words where it said any."""
    permanent: bool
    """Whether somebody must change something first: another try is of no use."""
    recipients: tuple[str, ...] = ()
    """Keys of people, or `webhook:` and a name; each message of theirs once."""


class Report(Struct, frozen=True):
    """One run."""

    ending: Ending
    """`baseline`: the ledger was empty; `older`: a later commit was announced already."""
    commit: str
    ledger: str
    """Where it is."""
    announcements: tuple[Announcement, ...] = ()
    """New ones."""
    resumed: tuple[LedgerEntry, ...] = ()
    """Those that an earlier run left unfinished."""
    results: tuple[MessageResult, ...] = ()
    confirmed: tuple[Delivery, ...] = ()
    """Answers that an earlier run had got and not recorded; the ledger has them now."""
    others: tuple[Claim, ...] = ()
    """Still held by another run that may be sending."""
    lost: tuple[LedgerEntry, ...] = ()
    """Unfinished ones that can no longer be made from what was declared."""
    unrecorded: str = ""
    """Why the ledger could not be told of what was sent; this machine's journal has it."""
    stopped: str = ""
    """Why sending ended early."""
    permanent: bool = False
    """Whether what kept the ledger from being told, or ended sending, needs somebody to change a
    setting."""
    behind: date | None = None
    """Day of the numbers told last, where those at hand are of an earlier one, and so are compared
    with none."""
    base_unused: bool = False
    """Whether the keeper named a base although the ledger has begun, so that it counts for
    nothing."""
    held: tuple[Revision, ...] = ()
    """Revisions that wait until their query runs."""
    notes: tuple[str, ...] = field(default_factory=tuple)
    """What else to say, a sentence each."""

    def with_status(self, *statuses: str) -> tuple[MessageResult, ...]:
        return tuple(result for result in self.results if result.status in statuses)

    @property
    def exit_code(self) -> int:
        """0 all is told; 1 a revision is held; 2 an address or a setting is wrong; 3 something is
        still to be sent, and another run may do it."""
        if self.ending == "dry-run":
            return 1 if self.held else 0
        if self.permanent or any(result.permanent for result in self.with_status("pending")):
            return 2
        if (
            self.with_status("pending", "claimed")
            or self.others
            or self.lost
            or self.unrecorded
            or self.stopped
        ):
            return 3
        return 2 if self.with_status("refused") else 1 if self.held else 0


def causes(report: Report) -> tuple[Cause, ...]:
    """Why something of this run was not delivered, each cause once."""
    by_cause: dict[tuple[str, str, bool], list[str]] = {}
    for result in report.with_status("refused", "pending"):
        permanent = result.permanent or result.status == "refused"
        cause = (result.status, result.why or "not sent yet", permanent)
        by_cause.setdefault(cause, []).append(result.recipient)
    listed_causes = [
        Cause("refused" if status == "refused" else "pending", why, permanent, tuple(who))
        for (status, why, permanent), who in by_cause.items()
    ]
    listed_causes += [
        Cause("unfinished", f"{entry.key} can no longer be made from what was declared then", True)
        for entry in report.lost
    ]
    listed_causes += [
        Cause("unfinished", f"another run has {', '.join(claim.keys)} {claim.since}", False)
        for claim in report.others
    ]
    listed_causes += [
        Cause("unfinished", reason, report.permanent)
        for reason in (report.stopped, report.unrecorded)
        if reason
    ]
    return tuple(listed_causes)
