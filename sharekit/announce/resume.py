"""What an earlier run left unfinished, made ready to go: the same bytes where they are still to be
had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sharekit.announce.journal import Journal
from sharekit.announce.ledger.ledger import OPEN, Claim, Delivery, LedgerEntry, LedgerView
from sharekit.announce.outbox import OutboxMessage, is_addressed_to, mail_for, webhook_message
from sharekit.announce.plan import Announcement
from sharekit.announce.recipients import HookUrl, Target, current_target, names_hidden
from sharekit.mail.message import wire_address
from sharekit.project.manifest import Manifest


@dataclass(frozen=True)
class ResumedClaim:
    """One claim's open messages."""

    entries: tuple[LedgerEntry, ...]
    messages: tuple[OutboxMessage, ...]
    gone: tuple[Delivery, ...]
    """Of recipients who are not to be written to any more."""
    lost: tuple[LedgerEntry, ...]
    """Announcements that what was declared then no longer gives."""


def resume(
    view: LedgerView,
    claim: Claim,
    manifest: Manifest,
    journal: Journal,
    remake: Callable[[Claim, LedgerEntry], Announcement | None],
    now: datetime,
    hook_url: HookUrl,
) -> ResumedClaim:
    """Letters for all that a claim left open and that is still to be sent, and for what a corrected
    address missed.

    `remake` makes an announcement anew from the claim's states; it is asked only where this machine
    has no copy, or the copy names what its readers may no longer see."""
    made: dict[str, Announcement | None] = {}
    entries = {entry.key: entry for entry in view.entries(claim.keys)}
    messages: list[OutboxMessage] = []
    gone: list[Delivery] = []
    lost: dict[str, LedgerEntry] = {}
    for delivery in view.deliveries(claim.keys):
        entry = entries[delivery.key]
        if delivery.status not in OPEN and not (delivery.status == "refused" and delivery.mailbox):
            continue
        goes_to = current_target(delivery, entry, manifest, hook_url)
        if delivery.status == "refused" and (
            goes_to is None or goes_to.mark in ("", delivery.mailbox)
        ):
            continue
        if goes_to is None:
            gone.append(replace(delivery, status="left", at=now, code=""))
            continue
        outbox_message = _kept(delivery, entry, goes_to, manifest, journal)
        if outbox_message is not None:
            messages.append(outbox_message)
            continue
        if entry.key not in made:
            made[entry.key] = remake(claim, entry)
        announcement = made[entry.key]
        if announcement is None:
            lost[entry.key] = entry
        elif goes_to.recipient is None:
            messages.append(webhook_message(announcement, delivery.recipient, goes_to.mark))
        else:
            message = mail_for(announcement, goes_to.recipient, claim.date)
            messages.append(replace(message, recipient=delivery.recipient))
    return ResumedClaim(tuple(entries.values()), tuple(messages), tuple(gone), tuple(lost.values()))


def _kept(
    delivery: Delivery, entry: LedgerEntry, goes_to: Target, manifest: Manifest, journal: Journal
) -> OutboxMessage | None:
    """The very bytes of the earlier run, where they are here and may still go there."""
    content = journal.kept(delivery.sha256)
    if content is None or names_hidden(entry, manifest):
        return None
    if goes_to.recipient is None:
        return OutboxMessage(entry.key, delivery.recipient, "", content, goes_to.mark)
    address = wire_address(goes_to.recipient.address)
    if not is_addressed_to(content, address):
        return None
    return OutboxMessage(entry.key, delivery.recipient, address, content, goes_to.mark)
