"""Announcements put into messages: one for each, or one for all where a reader is due three or more.

A message names the announcements that it carries, and the ledger records each of them for its
recipient. What a message says, and its id, follow from those alone, so that a run elsewhere makes
the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from sharekit.announce.channels.delivery import OutgoingMessage
from sharekit.announce.ledger.ids import Ids
from sharekit.announce.ledger.ledger import WEBHOOK, Delivery, DeliveryStatus
from sharekit.announce.plan import Announcement, ids_of, mail_host, stop_address
from sharekit.announce.recipients import HookUrl, Recipient, mark, recipient_of, unknown_url
from sharekit.announce.settings import MAIL
from sharekit.mail.chat import chat_message
from sharekit.mail.compose import TOGETHER, MailContent, Part, grouped, mail_of, message_of
from sharekit.mail.envelope import Mail, Mailbox, eml, is_address, message_id, wire_address
from sharekit.mail.revision_view import RevisionView
from sharekit.project.manifest import Manifest
from sharekit.records import replace


@dataclass(frozen=True)
class OutboxMessage:
    """One message for one recipient."""

    keys: tuple[str, ...]
    """Of the announcements that it carries."""
    recipient: str
    """Key of a person, or `webhook:` and its name."""
    address: str = field(repr=False)
    """As SMTP takes it; "" for a webhook."""
    content: bytes = field(repr=False)
    marks: tuple[str, ...] = field(default=(), repr=False)
    """For each announcement what recognises the address, or a webhook's, in the ledger."""
    post_id: str = ""
    """By what a webhook's receiver tells a repeat."""
    audiences: tuple[str, ...] = ()
    """For each announcement the audience in whose words it is."""
    person: str = ""
    """Key of the person, where that is no longer `recipient`."""
    mail: MailContent | None = field(default=None, repr=False, compare=False)
    """What the mail shows; None for a webhook, and for bytes of an earlier run."""

    @property
    def channel(self) -> str:
        return self.recipient if self.recipient.startswith(WEBHOOK) else MAIL

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """What to call it beside others: the announcement's key, or one for all that it carries."""
        return self.keys[0] if len(self.keys) == 1 else joined_key(self.keys)

    @property
    def path(self) -> str:
        """Its place in the outbox."""
        kind = "eml" if self.channel == MAIL else "json"
        return f"{quote(f'{self.name}.{self.recipient}', safe='')}.{kind}"

    @property
    def outgoing(self) -> OutgoingMessage:
        return OutgoingMessage(self.post_id, self.address, self.content)

    def deliveries(
        self, status: DeliveryStatus, at: datetime, code: str = ""
    ) -> tuple[Delivery, ...]:
        """What became of it, for each announcement that it carries."""
        return tuple(
            Delivery(
                key, self.recipient, status, at, code, self.sha256, marked, audience, self.person
            )
            for key, marked, audience in zip(self.keys, self.marks, self.audiences, strict=True)
        )


def joined_key(keys: Iterable[str]) -> str:
    """One key for several announcements in one message."""
    digest = hashlib.sha256("\0".join(sorted(keys)).encode()).hexdigest()
    return f"together.{digest[:10]}"


def outbox_messages(
    announcements: Sequence[Announcement],
    manifest: Manifest,
    date: datetime,
    hook_url: HookUrl = unknown_url,
    ids: Ids | None = None,
) -> tuple[OutboxMessage, ...]:
    """Every message of these announcements, dated: a reader gets one where there are many."""
    item_ids = ids or ids_of(manifest)
    due: dict[str, list[Announcement]] = {}
    for announcement in announcements:
        for recipient in announcement.recipients:
            due.setdefault(recipient, []).append(announcement)
    batches = {recipient: _batches(messages) for recipient, messages in due.items()}
    written: list[OutboxMessage] = []
    for announcement in announcements:
        for recipient in announcement.recipients:
            batch = next(candidate for candidate in batches[recipient] if announcement in candidate)
            if batch[0] is announcement:
                written.append(_message(batch, recipient, manifest, date, hook_url, item_ids))
    return tuple(written)


def _batches(announcements: Sequence[Announcement]) -> list[tuple[Announcement, ...]]:
    """What one reader is due, by message. A pre-read is a message of its own."""
    with_parts = tuple(announcement for announcement in announcements if announcement.parts)
    if len(with_parts) < TOGETHER:
        return [(announcement,) for announcement in announcements]
    return [
        with_parts,
        *((announcement,) for announcement in announcements if not announcement.parts),
    ]


def trial_messages(
    messages: Iterable[OutboxMessage],
    announcements: Sequence[Announcement],
    someone: Recipient,
    manifest: Manifest,
    date: datetime,
    ids: Ids,
) -> tuple[OutboxMessage, ...]:
    """Each different mail among these messages, for somebody who tries them out."""
    by_key = {announcement.key: announcement for announcement in announcements}
    different = {
        (message.keys, message.audiences): message.recipient
        for message in messages
        if message.channel == MAIL
    }
    return tuple(
        mail_message(
            [by_key[key] for key in keys], replace(someone, like=reader), manifest, date, ids
        )
        for (keys, _), reader in different.items()
    )


def _message(
    announcements: Sequence[Announcement],
    recipient: str,
    manifest: Manifest,
    date: datetime,
    hook_url: HookUrl,
    ids: Ids,
) -> OutboxMessage:
    if recipient.startswith(WEBHOOK):
        url = hook_url(recipient.removeprefix(WEBHOOK))
        return webhook_message(announcements, recipient, url, manifest, date, ids)
    person = recipient_of(recipient, manifest)
    assert person is not None, "only people with an address are recipients"
    return mail_message(announcements, person, manifest, date, ids)


def mail_message(
    announcements: Sequence[Announcement],
    person: Recipient,
    manifest: Manifest,
    date: datetime,
    ids: Ids,
) -> OutboxMessage:
    """The mail of one announcement or of several, to anybody."""
    keys = tuple(announcement.key for announcement in announcements)
    content = _content(announcements, person, manifest)
    return OutboxMessage(
        keys,
        person.key,
        wire_address(person.address),
        eml(_mail(announcements, content, person, manifest, date, ids)),
        tuple(mark(key, person.address) for key in keys),
        audiences=_audiences(announcements, person.reads_like),
        mail=content,
    )


def webhook_message(
    announcements: Sequence[Announcement],
    recipient: str,
    url: str,
    manifest: Manifest,
    date: datetime,
    ids: Ids,
) -> OutboxMessage:
    """The post of one announcement or of several, to a webhook. `url`: where that posts to."""
    name = recipient.removeprefix(WEBHOOK)
    hook = next(webhook for webhook in manifest.config.announce.webhooks if webhook.name == name)
    parts = _parts(announcements, recipient)
    keys = tuple(announcement.key for announcement in announcements)
    views = [part for part in parts if isinstance(part, RevisionView)]
    body = chat_message(hook.kind, message_of(parts, stop_address(manifest)), views, date)
    return OutboxMessage(
        keys,
        recipient,
        "",
        body,
        tuple(mark(key, url) for key in keys),
        ids.webhook(keys[0] if len(keys) == 1 else joined_key(keys)),
        _audiences(announcements, recipient),
    )


def _audiences(announcements: Sequence[Announcement], recipient: str) -> tuple[str, ...]:
    return tuple(announcement.audience_for(recipient) for announcement in announcements)


def _parts(announcements: Sequence[Announcement], recipient: str) -> tuple[Part, ...]:
    return tuple(
        part for announcement in announcements for part in announcement.parts_for(recipient)
    )


def _content(
    announcements: Sequence[Announcement], person: Recipient, manifest: Manifest
) -> MailContent:
    if len(announcements) > 1:
        return mail_of(_parts(announcements, person.reads_like), stop_address(manifest))
    (announcement,) = announcements
    if announcement.reader:
        return announcement.reader(person.key)
    if announcement.audience_for(person.reads_like) == announcement.audiences[0]:
        return announcement.content
    return mail_of(announcement.parts_for(person.reads_like), stop_address(manifest))


def _mail(
    announcements: Sequence[Announcement],
    content: MailContent,
    recipient: Recipient,
    manifest: Manifest,
    date: datetime,
    ids: Ids,
) -> Mail:
    """One recipient's mail. It joins the thread of what leads it; replies go to the owner, if all
    are of one."""
    settings, config = manifest.config.mail, manifest.config
    first = _leading(announcements, recipient.reads_like)
    audience = first.audience_for(recipient.reads_like)
    key = (
        first.key
        if len(announcements) == 1
        else joined_key(announcement.key for announcement in announcements)
    )
    mail_id = message_id(ids.project, *(["trial"] if recipient.trial else []), key, host=ids.host)
    owners = {announcement.owner for announcement in announcements}
    owner = config.people.get(first.owner or "") if len(owners) == 1 else None
    answers = owner is not None and owner.email is not None and is_address(owner.email)
    assert settings.from_ is not None
    return Mail(
        subject=content.subject,
        text=content.text,
        html=content.html,
        image=content.image,
        sender=Mailbox(settings.from_name or config.project.name, settings.from_),
        to=Mailbox(recipient.name, recipient.address),
        reply_to=Mailbox(owner.name, owner.email) if answers and owner and owner.email else None,
        date=date,
        message_id=mail_id,
        thread=first.root,
        earlier=first.earlier,
        list_name=manifest.audience_title(audience),
        list_id=settings.list_id or f"{audience}.{mail_host(manifest)}",
        unsubscribe=settings.unsubscribe or settings.from_,
        unsubscribe_url=settings.unsubscribe_url or "",
    )


def _leading(announcements: Sequence[Announcement], recipient: str) -> Announcement:
    if len(announcements) == 1:
        return announcements[0]
    leading_part = grouped(_parts(announcements, recipient))[0][0]
    return next(
        announcement
        for announcement in announcements
        if any(leading_part is own_part for own_part in announcement.parts_for(recipient))
    )
