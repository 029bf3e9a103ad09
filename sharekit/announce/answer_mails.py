"""Answers as announcements: each person who asked gets one mail, by the rules of every other
announcement."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from sharekit.announce.ledger.ids import Ids
from sharekit.announce.ledger.ledger import LedgerEntry
from sharekit.announce.plan import Announcement, Thread, ids_of, sends_mail, stop_address
from sharekit.announce.recipients import reachable, reading_audiences
from sharekit.asks.answered import AnsweredQuestion, askers_of
from sharekit.mail.answer_mail import AnswerView
from sharekit.mail.compose import mail_of
from sharekit.mail.envelope import message_id
from sharekit.project.manifest import Manifest

ANSWER: Final = "answer"
"""The kind in the ledger."""


class WordedAnswer(Struct, frozen=True):
    """An answer in words."""

    answer: AnsweredQuestion
    views: Mapping[str, AnswerView]
    """By audience of the question."""

    @property
    def thread(self) -> str:
        """Unlike any metric's id, which has no hyphen."""
        return f"answer-{self.answer.ask.id}"


def plan_answers(
    worded: Sequence[WordedAnswer], manifest: Manifest, thread: Thread, ids: Ids | None = None
) -> tuple[Announcement, ...]:
    """Announcements of these answers, by mail alone; none where nobody who asked may see it and can
    be written to.

    `manifest` is the project at HEAD, which says who belongs to an audience and where to write.
    """
    if not sends_mail(manifest):
        return ()
    announcements = []
    for answer in worded:
        before = thread(answer.thread)
        short = hashlib.sha256(f"{answer.thread}\0{answer.answer.item.id}".encode()).hexdigest()[
            :10
        ]
        announcements.append(
            _announcement(
                f"{answer.thread}.{len(before) + 1}.{short}",
                answer,
                manifest,
                before,
                ids or ids_of(manifest),
            )
        )
    return tuple(
        announcement
        for announcement in announcements
        if announcement.recipients or announcement.unreachable
    )


def rebuilt_answer(
    entry: LedgerEntry,
    worded: Sequence[WordedAnswer],
    manifest: Manifest,
    thread: Thread,
    ids: Ids | None = None,
) -> Announcement | None:
    """An answer's announcement of the ledger, made anew; None where its states no longer give
    it."""
    answer = next((candidate for candidate in worded if candidate.thread == entry.thread), None)
    if answer is None:
        return None
    earlier = list(thread(entry.thread))
    place = next(
        (number for number, (key, _) in enumerate(earlier) if key == entry.key), len(earlier)
    )
    return _announcement(entry.key, answer, manifest, earlier[:place], ids or ids_of(manifest))


def _announcement(
    key: str, worded: WordedAnswer, manifest: Manifest, before: Sequence[tuple[str, str]], ids: Ids
) -> Announcement:
    answer, project, host = worded.answer, ids.project, ids.host
    askers = askers_of(answer, manifest)
    written, unreachable = reachable(askers, manifest)
    audiences = answer.ask.audiences
    versions = {name: (worded.views[name],) for name in audiences}
    parts = versions[audiences[0]]
    return Announcement(
        key=key,
        kind=ANSWER,
        thread=worded.thread,
        items=(answer.item.id,),
        revisions=(),
        audiences=audiences,
        owner=answer.owner,
        content=mail_of(parts, stop_address(manifest)),
        parts=parts,
        message_id=message_id(project, key, host=host),
        root=message_id(project, "thread", worded.thread, host=host),
        earlier=tuple(earlier_id for _, earlier_id in before),
        recipients=written,
        unreachable=unreachable,
        versions=versions,
        reading=reading_audiences(audiences, manifest) if len(audiences) > 1 else {},
    )
