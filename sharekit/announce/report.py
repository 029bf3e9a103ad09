"""What a run of announce did, for the command line to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sharekit.announce.ledger.ledger import Claim, Delivery, LedgerEntry
from sharekit.announce.plan import Announcement
from sharekit.revisions.revision import Revision

Ending = Literal["baseline", "nothing", "older", "dry-run", "trial", "sent"]


@dataclass(frozen=True)
class MessageResult:
    """What became of one message in this run."""

    delivery: Delivery
    why: str = ""
    """Why it was not delivered, as a sentence without addresses."""


@dataclass(frozen=True)
class Report:
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
    found: tuple[Delivery, ...] = ()
    """Answers that an earlier run had got and not recorded; the ledger has them now."""
    others: tuple[Claim, ...] = ()
    """Still held by another run that may be sending."""
    lost: tuple[LedgerEntry, ...] = ()
    """Unfinished ones that can no longer be made from what was declared."""
    unrecorded: str = ""
    """Why the ledger could not be told of what was sent; this machine's journal has it."""
    stopped: str = ""
    """Why sending ended early."""
    behind: date | None = None
    """Day of the numbers told last, where those at hand are of an earlier one, and so are compared
    with none."""
    held: tuple[Revision, ...] = ()
    """Revisions that wait until their query runs."""
    notes: tuple[str, ...] = field(default_factory=tuple)
    """What else to say, a sentence each."""

    def with_status(self, *statuses: str) -> tuple[MessageResult, ...]:
        return tuple(result for result in self.results if result.delivery.status in statuses)

    @property
    def exit_code(self) -> int:
        """0 all is told; 1 a revision is held; 2 an address is wrong; 3 something is still to be
        sent."""
        if self.ending == "dry-run":
            return 1 if self.held else 0
        if (
            self.with_status("pending", "claimed")
            or self.others
            or self.lost
            or self.unrecorded
            or self.stopped
        ):
            return 3
        return 2 if self.with_status("refused") else 1 if self.held else 0
