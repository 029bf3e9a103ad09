"""What an earlier run left unfinished, made ready to go: the same bytes where they are still to be
had."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache

from msgspec import Struct

from sharekit.announce.journal import Journal
from sharekit.announce.ledger.ids import Ids
from sharekit.announce.ledger.ledger import OPEN, WEBHOOK, Claim, Delivery, LedgerEntry, LedgerView
from sharekit.announce.outbox_messages import (
    OutboxMessage,
    joined_key,
    mail_message,
    webhook_message,
)
from sharekit.announce.plan import Announcement
from sharekit.announce.recipients import (
    Destination,
    HookUrl,
    current_destination,
    mark,
    person_of,
    says_too_much,
)
from sharekit.mail.envelope import wire_address
from sharekit.project.manifest import Manifest
from sharekit.records import replace


class ResumedClaim(Struct, frozen=True):
    """One claim's open messages."""

    entries: tuple[LedgerEntry, ...]
    messages: tuple[OutboxMessage, ...]
    gone: tuple[Delivery, ...]
    """Of recipients who are not to be written to any more."""
    renamed: tuple[Delivery, ...]
    """Refused by the mailbox of people who have another key now, by which a later run knows them
    at another address."""
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
    ids: Ids,
) -> ResumedClaim:
    """Messages for all that a claim left open and that is still to be sent, and for what a corrected
    address missed. Announcements that were in one message stay in one.

    `remake` makes an announcement anew from the claim's states; it is asked only where this machine
    has no copy, or the copy names what its readers may no longer see."""
    entries = {entry.key: entry for entry in view.entries(claim.keys)}
    made_anew = cache(lambda key: remake(claim, entries[key]))
    messages: list[OutboxMessage] = []
    gone: list[Delivery] = []
    renamed: list[Delivery] = []
    lost: dict[str, LedgerEntry] = {}
    for deliveries in _by_message(view.deliveries(claim.keys)):
        destinations = {
            delivery.key: current_destination(delivery, entries[delivery.key], manifest, hook_url)
            for delivery in deliveries
        }
        gone += _without_recipient(deliveries, destinations, now)
        going = [
            delivery
            for delivery in deliveries
            if _unfinished(delivery) and _may_go(delivery, destinations[delivery.key])
        ]
        staying = [delivery for delivery in deliveries if delivery not in going]
        renamed += _under_new_keys(staying, manifest)
        destination = destinations[going[0].key] if going else None
        if destination is None:
            continue
        if len(going) == len(deliveries):
            sources = [entries[delivery.key] for delivery in deliveries]
            message = _earlier_bytes(
                deliveries, sources, destination, manifest, journal, ids, hook_url
            )
            if message is not None:
                messages.append(message)
                continue
        keys = [delivery.key for delivery in going]
        announcements = [rebuilt for key in keys if (rebuilt := made_anew(key))]
        lost |= {key: entries[key] for key in keys if made_anew(key) is None}
        if announcements:
            messages.append(
                _message(announcements, going[0], destination, manifest, claim.date, hook_url, ids)
            )
    return ResumedClaim(
        tuple(entries.values()),
        tuple(messages),
        tuple(gone),
        tuple(renamed),
        tuple(lost.values()),
    )


def _without_recipient(
    deliveries: Iterable[Delivery], destinations: Mapping[str, Destination | None], now: datetime
) -> list[Delivery]:
    """Those that are open and have nobody to go to any more, as the ledger will have them."""
    return [
        replace(delivery, status="left", at=now, code="")
        for delivery in deliveries
        if delivery.status in OPEN and destinations[delivery.key] is None
    ]


def _under_new_keys(waiting: Iterable[Delivery], manifest: Manifest) -> list[Delivery]:
    """Those that were refused and whose person has another key by now."""
    return [
        replace(delivery, person=person)
        for delivery in waiting
        if delivery.status == "refused" and (person := _new_key(delivery, manifest))
    ]


def _new_key(delivery: Delivery, manifest: Manifest) -> str | None:
    """The key of the person, where the ledger does not have it yet."""
    if delivery.recipient.startswith(WEBHOOK):
        return None
    person = person_of(delivery, manifest)
    return None if person in (None, delivery.recipient, delivery.person) else person


def _by_message(deliveries: Iterable[Delivery]) -> list[list[Delivery]]:
    """Deliveries that one message made: to one recipient, of the same bytes."""
    by_message: dict[tuple[str, str], list[Delivery]] = {}
    for delivery in deliveries:
        by_message.setdefault((delivery.recipient, delivery.sha256 or delivery.key), []).append(
            delivery
        )
    return list(by_message.values())


def _unfinished(delivery: Delivery) -> bool:
    """Whether it is still to be sent, or was refused at an address that may be corrected."""
    return delivery.status in OPEN or (delivery.status == "refused" and bool(delivery.mailbox))


def _may_go(delivery: Delivery, destination: Destination | None) -> bool:
    """Whether there is somewhere to send it that has not refused it."""
    if destination is None:
        return False
    return delivery.status != "refused" or destination.mark not in ("", delivery.mailbox)


def _message(
    announcements: Sequence[Announcement],
    delivery: Delivery,
    destination: Destination,
    manifest: Manifest,
    date: datetime,
    hook_url: HookUrl,
    ids: Ids,
) -> OutboxMessage:
    if destination.recipient is None:
        url = hook_url(delivery.recipient.removeprefix(WEBHOOK))
        return webhook_message(announcements, delivery.recipient, url, manifest, date, ids)
    message = mail_message(announcements, destination.recipient, manifest, date, ids)
    return replace(message, recipient=delivery.recipient, person=_later_key(delivery, destination))


def _later_key(delivery: Delivery, destination: Destination) -> str:
    key = destination.recipient.key if destination.recipient else ""
    return "" if key == delivery.recipient else key


def _earlier_bytes(
    deliveries: Sequence[Delivery],
    entries: Sequence[LedgerEntry],
    destination: Destination,
    manifest: Manifest,
    journal: Journal,
    ids: Ids,
    hook_url: HookUrl,
) -> OutboxMessage | None:
    """The very bytes of the earlier run, where they are here and may still go there."""
    content = journal.stored_mail(deliveries[0].sha256)
    if content is None or any(
        says_too_much(delivery, destination, entry, manifest)
        for delivery, entry in zip(deliveries, entries, strict=True)
    ):
        return None
    keys, recipient = tuple(delivery.key for delivery in deliveries), deliveries[0].recipient
    audiences = tuple(delivery.audience for delivery in deliveries)
    if destination.recipient is None:
        url = hook_url(recipient.removeprefix(WEBHOOK))
        marks = tuple(mark(key, url) for key in keys)
        post_id = ids.webhook(keys[0] if len(keys) == 1 else joined_key(keys))
        return OutboxMessage(keys, recipient, "", content, marks, post_id, audiences)
    address = wire_address(destination.recipient.address)
    if not is_addressed_to(content, address):
        return None
    marks = tuple(mark(key, destination.recipient.address) for key in keys)
    person = _later_key(deliveries[0], destination)
    return OutboxMessage(
        keys, recipient, address, content, marks, audiences=audiences, person=person
    )


def is_addressed_to(content: bytes, address: str) -> bool:
    """Whether a mail that was made earlier goes to this address still."""
    head = content.partition(b"\r\n\r\n")[0]
    to = re.search(rb"(?m)^To: (?:.*\r\n)(?:[ \t].*\r\n)*", head + b"\r\n")
    return to is not None and address.encode() in to[0]
