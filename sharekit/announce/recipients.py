"""Who may get a message, asked when it is planned and again before it is sent.

Between the two a person may have left the audience, the thing may have become another audience's,
an address may have been corrected. A mailbox gets one mail of each announcement, however many
people share it."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from msgspec import Struct

from sharekit.announce.ledger.ledger import WEBHOOK, Delivery, LedgerEntry
from sharekit.mail.envelope import is_address
from sharekit.project.manifest import Audiences, DeclaredItem, Manifest
from sharekit.project.shapes import WebhookConfig
from sharekit.visible import (
    audiences_of_source,
    declared_by_id,
    person_sees,
    sees_audiences,
    sees_item,
)

HookUrl = Callable[[str], str]
"""Name of a webhook -> where it posts to; "" where that is not known."""


def unknown_url(_name: str) -> str:
    """A HookUrl where nothing is posted."""
    return ""


class Recipient(Struct, frozen=True):
    """Who gets a mail. For a trial it has an id of its own: the real one must not look like its
    repeat."""

    key: str
    name: str
    address: str
    trial: bool = False
    like: str = ""
    """In a trial, the key of the recipient whose mail it is."""

    @property
    def reads_like(self) -> str:
        """Key of whoever reads in the same words."""
        return self.like or self.key


@dataclass(frozen=True)
class Destination:
    """Where one message of an announcement goes now."""

    recipient: Recipient | None
    """None for a webhook."""
    mark: str = field(repr=False)
    """What tells a corrected address from the one that refused it."""


def recipient_of(key: str, manifest: Manifest) -> Recipient | None:
    """A person with a usable address; None for anybody else."""
    person = manifest.config.people.get(key)
    if person is None or person.email is None or not is_address(person.email):
        return None
    return Recipient(key, person.name, person.email)


def members(audiences: Audiences, manifest: Manifest) -> tuple[str, ...]:
    """People of any of these audiences, in the order of [people]."""
    inside = manifest.people_of(audiences)
    return tuple(key for key in manifest.config.people if key in inside)


def reading_audiences(audiences: Audiences, manifest: Manifest) -> dict[str, str]:
    """Recipient -> the audience in whose words it reads what is for these: the first that a person
    belongs to, or that all readers of a webhook may see."""
    reading = {
        key: next(name for name in audiences if key in manifest.audiences.get(name, ()))
        for key in members(audiences, manifest)
    }
    for hook in manifest.config.announce.webhooks:
        readers = hook_audience(hook, manifest)
        visible_audiences = (
            name for name in audiences if sees_audiences(readers, (name,), manifest)
        )
        reading[f"{WEBHOOK}{hook.name}"] = next(visible_audiences, readers)
    return reading


def hook_audience(hook: WebhookConfig, manifest: Manifest) -> str:
    """Whose announcements a webhook takes; check asks for a name where the project has several."""
    return hook.audience or manifest.default_audiences[0]


def reachable(
    people: Iterable[str], manifest: Manifest, kind: str = ""
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of these people those to write to, one for each mailbox, and those to whom no mail can go.
    Who wants no mail of this kind is neither."""
    mailboxes: dict[str, str] = {}
    without: list[str] = []
    for key in people:
        if not wants_mail(key, manifest, kind):
            continue
        recipient = recipient_of(key, manifest)
        if recipient is None:
            without.append(key)
        else:
            mailboxes.setdefault(recipient.address.casefold(), key)
    return tuple(mailboxes.values()), tuple(without)


def wants_mail(key: str, manifest: Manifest, kind: str) -> bool:
    """Whether somebody chose to get such mails: `mail` in their part of [people]."""
    person = manifest.config.people.get(key)
    choice = person.mail if person else "each"
    return choice == "each" or (choice == "digest" and kind == "digest")


def mark(announcement: str, address: str) -> str:
    """Recognises an address without telling it: another mark for each announcement. "" for no
    address."""
    if not address:
        return ""
    return hmac.new(announcement.encode(), address.casefold().encode(), sha256).hexdigest()[:16]


def current_destination(
    delivery: Delivery, entry: LedgerEntry, manifest: Manifest, hook_url: HookUrl
) -> Destination | None:
    """Where a message goes that was planned earlier; None where it is no longer to be sent."""
    if delivery.recipient.startswith(WEBHOOK):
        name = delivery.recipient.removeprefix(WEBHOOK)
        return (
            Destination(None, mark(entry.key, hook_url(name)))
            if _hook_may(name, entry, manifest)
            else None
        )
    key = person_of(delivery, manifest)
    recipient = (
        recipient_of(key, manifest)
        if key is not None
        and wants_mail(key, manifest, entry.kind)
        and _person_may(key, entry, manifest)
        else None
    )
    return Destination(recipient, mark(entry.key, recipient.address)) if recipient else None


def says_too_much(
    delivery: Delivery, destination: Destination, entry: LedgerEntry, manifest: Manifest
) -> bool:
    """Whether a message made earlier is in another audience's words than its reader's today, or
    names something that its readers may no longer see."""
    items = [item for name in entry.items if (item := declared_by_id(name, manifest)) is not None]
    current = items[0].audiences if items else entry.audiences
    audience = current[0]
    if len(current) > 1 or len(entry.audiences) > 1:
        audience = delivery.audience
        if audience not in current or not _reads_as(audience, delivery, destination, manifest):
            return True
    return any(_hidden(name, audience, manifest) for name in entry.names)


def _reads_as(
    audience: str, delivery: Delivery, destination: Destination, manifest: Manifest
) -> bool:
    """Whether a recipient may still read what was put into an audience's words."""
    if destination.recipient is None:
        name = delivery.recipient.removeprefix(WEBHOOK)
        hooks = (hook for hook in manifest.config.announce.webhooks if hook.name == name)
        return any(
            sees_audiences(hook_audience(hook, manifest), (audience,), manifest) for hook in hooks
        )
    return destination.recipient.key in manifest.audiences.get(audience, frozenset())


def _hidden(name: str, audience: str, manifest: Manifest) -> bool:
    """Whether an audience may not see what is declared by this name."""
    item, source = declared_by_id(name, manifest), manifest.sources.get(name)
    if item is not None and not sees_item(audience, item, manifest):
        return True
    return source is not None and not all(
        sees_audiences(audience, keepers, manifest)
        for keepers in audiences_of_source(source, manifest)
    )


def person_of(delivery: Delivery, manifest: Manifest) -> str | None:
    """The key of whoever it was for: the same person may be called otherwise by now."""
    for key_then in (delivery.person, delivery.recipient):
        if key_then in manifest.config.people:
            return key_then
    same = (
        key
        for key, person in manifest.config.people.items()
        if delivery.mailbox
        and person.email
        and mark(delivery.key, person.email) == delivery.mailbox
    )
    return next(same, None)


def _person_may(person: str, entry: LedgerEntry, manifest: Manifest) -> bool:
    things, gone = _things(entry, manifest)
    inside = person in manifest.people_of(entry.audiences)
    must_be_member = gone or _is_of_the_past(entry, manifest)
    return all(person_sees(person, thing, manifest) for thing in things) and (
        inside or not must_be_member
    )


def _is_of_the_past(entry: LedgerEntry, manifest: Manifest) -> bool:
    """Whether it tells what a thing was among audiences that are still there: the past is for those
    who belong to them today, whoever may see the thing by now. One that is not there was renamed."""
    return bool(entry.revisions) and manifest.audiences.keys() >= set(entry.audiences)


def _hook_may(name: str, entry: LedgerEntry, manifest: Manifest) -> bool:
    hook = next(
        (webhook for webhook in manifest.config.announce.webhooks if webhook.name == name), None
    )
    if hook is None:
        return False
    audience = hook_audience(hook, manifest)
    things, gone = _things(entry, manifest)
    sees_things = all(sees_item(audience, thing, manifest) for thing in things)
    must_see_audiences = gone or _is_of_the_past(entry, manifest)
    return sees_things and (
        not must_see_audiences or sees_audiences(audience, entry.audiences, manifest)
    )


def _things(entry: LedgerEntry, manifest: Manifest) -> tuple[list[DeclaredItem], bool]:
    """What an announcement is about as it is declared now, and whether its audience itself is
    asked: where a thing is gone, or where it is about none."""
    names = [
        *entry.items,
        *([entry.thread.removeprefix("answer-")] if entry.kind == "answer" else []),
    ]
    items = [declared_by_id(name, manifest) for name in names]
    return [item for item in items if item is not None], not items or any(
        item is None for item in items
    )
