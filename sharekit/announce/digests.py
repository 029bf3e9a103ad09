"""The pre-read as an announcement: one mail to each member before each meeting, by the rules of
every other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sharekit.announce.ledger.ids import Ids
from sharekit.announce.ledger.ledger import LedgerEntry
from sharekit.announce.plan import Announcement, ids_of, sends_mail
from sharekit.announce.recipients import members, reachable
from sharekit.mail.compose import MailContent
from sharekit.mail.envelope import message_id
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
    """For everybody."""
    reader: Callable[[str], MailContent] | None = field(default=None, compare=False)
    """For one person, by key: with what is asked of them first."""

    @property
    def key(self) -> str:
        """One for each meeting: what was sent for a day is not sent for it again, whatever it says
        by now."""
        return f"{DIGEST}.{self.audience}.{self.on.isoformat()}"


def plan_digests(
    reads: Sequence[PreRead], manifest: Manifest, sent: Collection[str], ids: Ids | None = None
) -> tuple[Announcement, ...]:
    """Announcements of these pre-reads, by mail alone. `sent`: keys of announcements made
    earlier."""
    if not sends_mail(manifest):
        return ()
    made = [
        digest_announcement(pre_read, manifest, ids)
        for pre_read in reads
        if pre_read.key not in sent
    ]
    return tuple(
        announcement for announcement in made if announcement.recipients or announcement.unreachable
    )


def rebuilt_pre_read(
    entry: LedgerEntry, reads: Sequence[PreRead], manifest: Manifest, ids: Ids | None = None
) -> Announcement | None:
    """A pre-read of the ledger, made anew; None where its meeting is no longer the next one."""
    pre_read = next((read for read in reads if read.key == entry.key), None)
    return digest_announcement(pre_read, manifest, ids) if pre_read else None


def digest_announcement(read: PreRead, manifest: Manifest, ids: Ids | None = None) -> Announcement:
    """The announcement of one pre-read, which begins a thread of its own. It has no owner to reply
    to."""
    item_ids = ids or ids_of(manifest)
    project, host = item_ids.project, item_ids.host
    written, unreachable = reachable(members((read.audience,), manifest), manifest, DIGEST)
    return Announcement(
        key=read.key,
        kind=DIGEST,
        thread=read.key,
        items=(),
        revisions=(),
        audiences=(read.audience,),
        owner=None,
        content=read.content,
        parts=(),
        message_id=message_id(project, read.key, host=host),
        root=message_id(project, "thread", read.key, host=host),
        earlier=(),
        recipients=written,
        unreachable=unreachable,
        reader=read.reader,
    )
