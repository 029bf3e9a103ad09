"""What an earlier run left unfinished, made ready to go: the same bytes where they are still to be
had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sharekit.announce.journal import Journal
from sharekit.announce.ledger.ids import Ids
from sharekit.announce.ledger.ledger import OPEN, Claim, Delivery, Entry, View
from sharekit.announce.outbox import Letter, addressed, is_addressed_to, posted
from sharekit.announce.plan import Announcement
from sharekit.announce.recipients import HookUrl, Target, names_hidden, target
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
    hook_url: HookUrl,
    ids: Ids,
) -> Resumed:
    """Letters for all that a claim left open and that is still to be sent, and for what a corrected
    address missed.

    `remake` makes an announcement anew from the claim's states; it is asked only where this machine
    has no copy, or the copy names what its readers may no longer see."""
    made: dict[str, Announcement | None] = {}
    entries = {entry.key: entry for entry in view.entries(claim.keys)}
    letters: list[Letter] = []
    gone: list[Delivery] = []
    lost: dict[str, Entry] = {}
    for delivery in view.deliveries(claim.keys):
        entry = entries[delivery.key]
        if delivery.status not in OPEN and not (delivery.status == "refused" and delivery.mailbox):
            continue
        goes_to = target(delivery, entry, manifest, hook_url)
        if delivery.status == "refused" and (
            goes_to is None or goes_to.mark in ("", delivery.mailbox)
        ):
            continue
        if goes_to is None:
            gone.append(replace(delivery, status="left", at=now, code=""))
            continue
        kept = _kept(delivery, entry, goes_to, manifest, journal, ids)
        if kept is not None:
            letters.append(kept)
            continue
        if entry.key not in made:
            made[entry.key] = remake(claim, entry)
        announcement = made[entry.key]
        if announcement is None:
            lost[entry.key] = entry
        elif goes_to.recipient is None:
            letters.append(posted(announcement, delivery.recipient, goes_to.mark, claim.date, ids))
        else:
            letter = addressed(announcement, goes_to.recipient, claim.date)
            letters.append(replace(letter, recipient=delivery.recipient))
    return Resumed(tuple(entries.values()), tuple(letters), tuple(gone), tuple(lost.values()))


def _kept(
    delivery: Delivery,
    entry: Entry,
    goes_to: Target,
    manifest: Manifest,
    journal: Journal,
    ids: Ids,
) -> Letter | None:
    """The very bytes of the earlier run, where they are here and may still go there."""
    content = journal.kept(delivery.sha256)
    if content is None or names_hidden(entry, manifest):
        return None
    if goes_to.recipient is None:
        post_id = ids.webhook(entry.key)
        return Letter(entry.key, delivery.recipient, "", content, goes_to.mark, post_id)
    address = wire_address(goes_to.recipient.address)
    if not is_addressed_to(content, address):
        return None
    return Letter(entry.key, delivery.recipient, address, content, goes_to.mark)
