"""Messages as files of the outbox: what is there are the very bytes that go out."""

from __future__ import annotations

from collections.abc import Sequence

from sharekit.announce.ledger.ledger import LedgerEntry
from sharekit.announce.outbox_messages import OutboxMessage
from sharekit.announce.plan import Announcement
from sharekit.artifacts import Artifact
from sharekit.mail.compose import MailContent
from sharekit.mail.outbox_pages import OutboxMail, outbox_pages


def outbox(
    announcements: Sequence[Announcement],
    messages: Sequence[OutboxMessage],
    resumed: Sequence[LedgerEntry] = (),
) -> list[Artifact]:
    """The outbox: each message, a page for each different mail, and a list of them all."""
    missing = {
        announcement.key: announcement.unreachable
        for announcement in announcements
        if announcement.unreachable
    }
    subjects = {entry.key: entry.subject for entry in resumed}
    subjects |= {announcement.key: announcement.content.subject for announcement in announcements}
    mails = [
        _outbox_mail(name, sent_to, subjects, missing)
        for name, sent_to in _by_mail(messages).items()
    ]
    keys_with_message = {key for message in messages for key in message.keys}
    mails += [
        OutboxMail(
            announcement.key,
            announcement.content.subject,
            (),
            announcement.content.html,
            announcement.content.image,
            announcement.unreachable,
        )
        for announcement in announcements
        if announcement.key not in keys_with_message
    ]
    files = {message.path: message.content for message in messages}
    return [
        *(Artifact(path, content) for path, content in files.items()),
        *outbox_pages(mails),
    ]


def _by_mail(messages: Sequence[OutboxMessage]) -> dict[str, list[OutboxMessage]]:
    """Messages by what they carry; those that say something else to their reader apart."""
    by_mail: dict[str, list[OutboxMessage]] = {}
    mail_by_name: dict[str, MailContent | None] = {}
    for message in messages:
        mail_content = mail_by_name.setdefault(message.name, message.mail)
        same = message.mail is None or mail_content is None or message.mail == mail_content
        name = message.name if same else f"{message.name}.{message.recipient}"
        by_mail.setdefault(name, []).append(message)
    return by_mail


def _outbox_mail(
    name: str,
    messages: Sequence[OutboxMessage],
    subjects: dict[str, str],
    missing: dict[str, tuple[str, ...]],
) -> OutboxMail:
    keys = messages[0].keys
    mail = next((message.mail for message in messages if message.mail), None)
    people = dict.fromkeys(person for key in keys for person in missing.get(key, ()))
    return OutboxMail(
        key=name,
        subject=mail.subject if mail else subjects[keys[0]],
        messages=tuple((message.recipient, message.path) for message in messages),
        html=mail.html if mail else "",
        image=mail.image if mail else None,
        unreachable=tuple(people),
    )
