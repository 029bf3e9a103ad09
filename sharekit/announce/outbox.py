"""Announcements as files of the outbox: what is there are the very bytes that go out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from sharekit.announce.channels.delivery import OutgoingMessage
from sharekit.announce.ledger.ledger import WEBHOOK, Delivery, DeliveryStatus, LedgerEntry
from sharekit.announce.plan import Announcement
from sharekit.announce.recipients import HookUrl, Recipient, mark, recipient_of, unknown_url
from sharekit.announce.settings import MAIL
from sharekit.artifacts import Artifact
from sharekit.mail.message import wire_address
from sharekit.mail.outbox_pages import OutboxMail, outbox_pages
from sharekit.project.manifest import Manifest


@dataclass(frozen=True)
class OutboxMessage:
    """One message for one recipient."""

    key: str
    recipient: str
    """Key of a person, or `webhook:` and its name."""
    address: str = field(repr=False)
    """As SMTP takes it; "" for a webhook."""
    content: bytes = field(repr=False)
    mark: str = field(default="", repr=False)
    """Recognises the address, or a webhook's, in the ledger."""

    @property
    def channel(self) -> str:
        return self.recipient if self.recipient.startswith(WEBHOOK) else MAIL

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def path(self) -> str:
        """Its place in the outbox."""
        kind = "eml" if self.channel == MAIL else "json"
        return f"{quote(f'{self.key}.{self.recipient}', safe='')}.{kind}"

    @property
    def outgoing(self) -> OutgoingMessage:
        return OutgoingMessage(self.key, self.address, self.content)

    def delivery(self, status: DeliveryStatus, at: datetime, code: str = "") -> Delivery:
        return Delivery(self.key, self.recipient, status, at, code, self.sha256, self.mark)


def outbox_messages(
    announcements: Iterable[Announcement],
    manifest: Manifest,
    date: datetime,
    hook_url: HookUrl = unknown_url,
) -> tuple[OutboxMessage, ...]:
    """Every message of these announcements, dated."""
    return tuple(
        outbox_message(announcement, recipient, manifest, date, hook_url)
        for announcement in announcements
        for recipient in announcement.recipients
    )


def outbox_message(
    announcement: Announcement,
    recipient: str,
    manifest: Manifest,
    date: datetime,
    hook_url: HookUrl,
) -> OutboxMessage:
    """One message of an announcement, for a person with an address or a webhook."""
    if recipient.startswith(WEBHOOK):
        return webhook_message(
            announcement,
            recipient,
            mark(announcement.key, hook_url(recipient.removeprefix(WEBHOOK))),
        )
    person = recipient_of(recipient, manifest)
    assert person is not None, "only people with an address are recipients"
    return mail_for(announcement, person, date)


def mail_for(announcement: Announcement, person: Recipient, date: datetime) -> OutboxMessage:
    """The mail of an announcement to anybody."""
    content = announcement.render(person, date)
    marked = mark(announcement.key, person.address)
    return OutboxMessage(
        announcement.key, person.key, wire_address(person.address), content, marked
    )


def webhook_message(announcement: Announcement, recipient: str, marked: str) -> OutboxMessage:
    """The message of an announcement for a webhook."""
    return OutboxMessage(
        announcement.key, recipient, "", announcement.post(recipient.removeprefix(WEBHOOK)), marked
    )


def is_addressed_to(content: bytes, address: str) -> bool:
    """Whether a mail that was made earlier goes to this address still."""
    head = content.partition(b"\r\n\r\n")[0]
    to = re.search(rb"(?m)^To: (?:.*\r\n)(?:[ \t].*\r\n)*", head + b"\r\n")
    return to is not None and address.encode() in to[0]


def outbox(
    announcements: Sequence[Announcement],
    mails: Sequence[OutboxMessage],
    resumed: Sequence[LedgerEntry] = (),
) -> list[Artifact]:
    """The outbox: each message, a page for each announcement's mail, and a list of them all."""

    def messages(key: str) -> tuple[tuple[str, str], ...]:
        return tuple((mail.recipient, mail.path) for mail in mails if mail.key == key)

    new = [
        OutboxMail(
            key=announcement.key,
            subject=announcement.content.subject,
            messages=messages(announcement.key),
            html=announcement.content.html,
            image=announcement.content.image,
            unreachable=announcement.unreachable,
        )
        for announcement in announcements
    ]
    left = [OutboxMail(entry.key, entry.subject, messages(entry.key)) for entry in resumed]
    files = {mail.path: mail.content for mail in mails}
    return [
        *(Artifact(path, content) for path, content in files.items()),
        *outbox_pages([*new, *left]),
    ]
