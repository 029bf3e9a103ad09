"""What an earlier run left unfinished, made ready to go: the same bytes where they are still to be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sharekit.announce.journal import Journal
from sharekit.announce.ledger.ledger import OPEN, WEBHOOK, Claim, Delivery, DeliveryStatus, Entry, View
from sharekit.announce.outbox import Letter, is_addressed_to, letter
from sharekit.announce.plan import Announcement, members, recipient_of
from sharekit.mail.message import wire_address
from sharekit.project.manifest import Manifest


@dataclass(frozen=True)
class Resumed:
    """One claim's open messages."""

    entries: tuple[Entry, ...]
    letters: tuple[Letter, ...]
    gone: tuple[Delivery, ...]
    """Of recipients who are not to be written to any more."""
    lost: tuple[Entry, ...]
    """Announcements that what was declared then no longer gives."""


def resume(
    view: View,
    claim: Claim,
    manifest: Manifest,
    journal: Journal,
    remake: Callable[[Claim, Entry], Announcement | None],
    now: datetime,
) -> Resumed:
    """Letters for all that a claim left open, as far as recipients still belong to the audience.

    `remake` makes an announcement anew from the claim's states; it is asked only where this machine has no copy.
    """
    made: dict[str, Announcement | None] = {}
    entries = {entry.key: entry for entry in view.entries(claim.keys)}
    letters: list[Letter] = []
    gone: list[Delivery] = []
    lost: dict[str, Entry] = {}
    for delivery in view.deliveries(claim.keys):
        if delivery.status not in OPEN:
            continue
        entry = entries[delivery.key]
        address = _address(delivery.recipient, entry.audience, manifest)
        if address is None:
            gone.append(_left(delivery, now))
            continue
        kept = journal.kept(delivery.sha256)
        if kept is not None and (not address or is_addressed_to(kept, address)):
            letters.append(Letter(entry.key, delivery.recipient, address, kept))
            continue
        if entry.key not in made:
            made[entry.key] = remake(claim, entry)
        announcement = made[entry.key]
        if announcement is None:
            lost[entry.key] = entry
        else:
            letters.append(letter(announcement, delivery.recipient, manifest, claim.date))
    return Resumed(tuple(entries.values()), tuple(letters), tuple(gone), tuple(lost.values()))


def _left(delivery: Delivery, now: datetime) -> Delivery:
    status: DeliveryStatus = "left"
    return Delivery(delivery.key, delivery.recipient, status, now, "", delivery.sha256)


def _address(recipient: str, audience: str, manifest: Manifest) -> str | None:
    """Where it goes today, "" for a webhook; None for who left the audience since, or has no address."""
    if recipient.startswith(WEBHOOK):
        names = {hook.name for hook in manifest.config.announce.webhooks}
        return "" if recipient.removeprefix(WEBHOOK) in names else None
    person = recipient_of(recipient, manifest) if recipient in members(audience, manifest) else None
    return wire_address(person.address) if person else None
