"""The pre-read as an announcement: one mail to each member before each meeting, by the rules of
every other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sharekit.announce.ledger.ledger import LedgerEntry
from sharekit.announce.plan import Announcement, mail_host, mail_to, project_key, sends_mail
from sharekit.announce.recipients import Recipient, members, reachable
from sharekit.mail.announcement import MailContent
from sharekit.mail.message import eml, message_id
from sharekit.project.manifest import Manifest

DIGEST: Final = "digest"
"""The kind in the ledger."""


@dataclass(frozen=True)
class PreRead:
    """The pre-read of one audience's meeting, in words."""

    audience: str
    on: date
    """Day of the meeting."""
    content: MailContent

    @property
    def key(self) -> str:
        """One for each meeting: what was sent for a day is not sent for it again, whatever it says
        by now."""
        return f"{DIGEST}.{self.audience}.{self.on.isoformat()}"


def plan_digests(
    reads: Sequence[PreRead], manifest: Manifest, known: Collection[str]
) -> tuple[Announcement, ...]:
    """Announcements of these pre-reads, by mail alone. `known`: keys of announcements made
    earlier."""
    if not sends_mail(manifest):
        return ()
    made = [
        digest_announcement(pre_read, manifest) for pre_read in reads if pre_read.key not in known
    ]
    return tuple(
        announcement for announcement in made if announcement.recipients or announcement.unreachable
    )


def rebuilt_pre_read(
    entry: LedgerEntry, reads: Sequence[PreRead], manifest: Manifest
) -> Announcement | None:
    """A pre-read of the ledger, made anew; None where its meeting is no longer the next one."""
    pre_read = next((read for read in reads if read.key == entry.key), None)
    return digest_announcement(pre_read, manifest) if pre_read else None


def digest_announcement(read: PreRead, manifest: Manifest) -> Announcement:
    """The announcement of one pre-read, which begins a thread of its own. It has no owner to reply
    to."""
    project, host = project_key(manifest), mail_host(manifest)
    own_id = message_id(project, read.key, host=host)
    root = message_id(project, "thread", read.key, host=host)

    def render(recipient: Recipient, when: datetime) -> bytes:
        this_id = message_id(project, "trial", read.key, host=host) if recipient.trial else own_id
        return eml(
            mail_to(
                recipient, read.content, manifest, read.audience, None, when, (this_id, root, ())
            )
        )

    def post(webhook: str) -> bytes:
        raise AssertionError(f"pre-reads go to members, not to {webhook}")

    written, unreachable = reachable(members(read.audience, manifest), manifest)
    return Announcement(
        key=read.key,
        kind=DIGEST,
        thread=read.key,
        items=(),
        revisions=(),
        audience=read.audience,
        content=read.content,
        views=(),
        message_id=own_id,
        recipients=written,
        unreachable=unreachable,
        render=render,
        post=post,
    )
