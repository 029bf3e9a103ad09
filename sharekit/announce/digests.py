"""The pre-read as an announcement: one mail to each member before each meeting, by the rules of
every other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sharekit.announce.ledger.ids import Ids
from sharekit.announce.ledger.ledger import Delivery, LedgerEntry
from sharekit.announce.plan import Announcement, ids_of, sends_mail
from sharekit.announce.recipients import members, person_of, reachable, recipient_of
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
        """One for each meeting: what was sent for a day is not sent for it again to anybody,
        whatever it says by now."""
        return f"{DIGEST}.{self.audience}.{self.on.isoformat()}"


def plan_digests(
    reads: Sequence[PreRead],
    manifest: Manifest,
    sent: Collection[str],
    deliveries: Callable[[Collection[str]], Iterable[Delivery]],
    ids: Ids | None = None,
) -> tuple[Announcement, ...]:
    """Announcements of these pre-reads, by mail alone. `sent`: keys of announcements made earlier,
    of which `deliveries` tells to whom each went. One that was sent goes to those who have joined
    since, also where it was sent when the audience had another name."""
    if not sends_mail(manifest):
        return ()
    announcements: list[Announcement] = []
    for read in reads:
        digest = digest_announcement(read, manifest, ids)
        keys = [key for key in sent if _is_of(key, read) or _is_of_gone(key, read, manifest)]
        if not keys:
            announcements.append(digest)
            continue
        had = [person_of(delivery, manifest) for delivery in deliveries(keys)]
        reached = {_mailbox(key, manifest) for key in had if key is not None}
        announcements += [
            digest_announcement(read, manifest, ids, joined=key)
            for key in digest.recipients
            if _mailbox(key, manifest) not in reached
        ]
    return tuple(
        announcement
        for announcement in announcements
        if announcement.recipients or announcement.unreachable
    )


def _is_of(key: str, read: PreRead) -> bool:
    return key == read.key or key.startswith(f"{read.key}.")


def _is_of_gone(key: str, read: PreRead, manifest: Manifest) -> bool:
    """Whether it was for a meeting of that day, and of an audience that is declared no more: the same
    meeting under its earlier name."""
    kind, _, audience_and_day = key.partition(".")
    audience, _, day = audience_and_day.partition(".")
    return (
        kind == DIGEST
        and audience not in manifest.audiences
        and day.partition(".")[0] == read.on.isoformat()
    )


def _mailbox(key: str, manifest: Manifest) -> str:
    recipient = recipient_of(key, manifest)
    return recipient.address.casefold() if recipient else ""


def rebuilt_pre_read(
    entry: LedgerEntry, reads: Sequence[PreRead], manifest: Manifest, ids: Ids | None = None
) -> Announcement | None:
    """A pre-read of the ledger, made anew; None where its meeting is no longer the next one."""
    read = next((read for read in reads if _is_of(entry.key, read)), None)
    if read is None:
        return None
    return digest_announcement(read, manifest, ids, joined=entry.key[len(read.key) + 1 :])


def digest_announcement(
    read: PreRead, manifest: Manifest, ids: Ids | None = None, *, joined: str = ""
) -> Announcement:
    """The announcement of one pre-read, which begins a thread of its own. It has no owner to reply
    to. `joined`: key of the one person whom it is for, who came after the others had it."""
    item_ids = ids or ids_of(manifest)
    project, host = item_ids.project, item_ids.host
    people = (joined,) if joined else members((read.audience,), manifest)
    written, unreachable = reachable(people, manifest, DIGEST)
    key = f"{read.key}.{joined}" if joined else read.key
    return Announcement(
        key=key,
        kind=DIGEST,
        thread=key,
        items=(),
        revisions=(),
        audiences=(read.audience,),
        owner=None,
        content=read.content,
        parts=(),
        message_id=message_id(project, key, host=host),
        root=message_id(project, "thread", key, host=host),
        earlier=(),
        recipients=written,
        unreachable=unreachable,
        reader=read.reader,
    )
