"""From revisions to announcements: which ones, of what, to whom. Pure.

Recipients are members of the item's audiences and nobody else, each once and in the words of one
audience that they belong to. An announcement is of one item;
`outbox.py` puts those to one reader into messages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import urlsplit

from msgspec import Struct, field

from sharekit.announce.ledger.ids import Ids
from sharekit.announce.ledger.ledger import WEBHOOK, LedgerEntry
from sharekit.announce.recipients import hook_audience, members, reachable, reading_audiences
from sharekit.errors import Place, Problem, ProblemsError, SharekitError
from sharekit.mail.compose import MailContent, Part, mail_of
from sharekit.mail.envelope import is_address, message_id
from sharekit.mail.revision_view import RevisionView
from sharekit.project.manifest import Audiences, Manifest
from sharekit.revisions.announced_effects import effects_to_json
from sharekit.revisions.note_snippet import note_command
from sharekit.revisions.revision import MAILED, Impact, Revision
from sharekit.visible import sees_audiences

Kind = Literal["revision", "bundle", "answer", "digest"]
"""`bundle`: several revisions of one owner, of a ledger that an earlier sharekit wrote."""
Thread = Callable[[str], Sequence[tuple[str, str]]]
"""Name of a thread -> key and Message-ID of each announcement in it so far, oldest first."""


class RevisionWriter(Protocol):
    """Puts revisions into words, as those whom they are for may read them."""

    def audiences(self, revision: Revision) -> Audiences:
        """Those of its audiences that may see it at all."""

    def views(self, revisions: tuple[Revision, ...], audience: str) -> tuple[RevisionView, ...]:
        """What is said about each to an audience, with its picture."""


class Announcement(Struct, frozen=True):
    """What is announced to those whom an item is for: one revision, one answer, or a pre-read."""

    key: str
    """Stable, and unlike that of any earlier announcement of the item; also a file's name."""
    kind: Kind
    thread: str
    """The item, or for a bundle its owner and audience."""
    items: tuple[str, ...]
    revisions: tuple[str, ...]
    audiences: Audiences
    owner: str | None
    """Key of whom replies go to."""
    content: MailContent
    """Its mail, where it is sent by itself, in the words of the first audience."""
    parts: tuple[Part, ...]
    """What the composer makes a mail of, alone or with others, in those words; none for a
    pre-read."""
    message_id: str
    root: str
    """Id of its thread's root."""
    earlier: tuple[str, ...]
    """Ids of the earlier announcements of its thread."""
    recipients: tuple[str, ...]
    """Keys of people with an address, in the order of [people], then of webhooks."""
    unreachable: tuple[str, ...]
    """Keys of members to whom no mail can go."""
    names: tuple[str, ...] = ()
    """Ids of what it names besides its items."""
    effects: Mapping[str, object] = field(default_factory=dict)
    """What it says that its revisions do to their numbers, for the ledger."""
    reader: Callable[[str], MailContent] | None = None
    """The mail for one person by key, where each gets another one."""
    versions: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    """The parts in the words of each audience, where there are several."""
    reading: Mapping[str, str] = field(default_factory=dict)
    """Recipient -> the audience in whose words it reads, where there are several."""

    @property
    def views(self) -> tuple[RevisionView, ...]:
        """What it says about revisions, for the terminal."""
        return tuple(part for part in self.parts if isinstance(part, RevisionView))

    def audience_for(self, recipient: str) -> str:
        """The audience in whose words a recipient reads it."""
        return self.reading.get(recipient, self.audiences[0])

    def parts_for(self, recipient: str) -> tuple[Part, ...]:
        """What the composer makes this recipient's mail of."""
        return self.versions.get(self.audience_for(recipient), self.parts)

    def entry(self, date: datetime, commit: str) -> LedgerEntry:
        """What the ledger keeps of it."""
        return LedgerEntry(
            key=self.key,
            kind=self.kind,
            thread=self.thread,
            items=self.items,
            revisions=self.revisions,
            audiences=self.audiences,
            subject=self.content.subject,
            message_id=self.message_id,
            date=date,
            commit=commit,
            names=self.names,
            effects=self.effects,
        )


def is_announced(revision: Revision, manifest: Manifest) -> bool:
    """Whether a revision goes out by itself, rather than to pages, feeds and digests only."""
    if revision.no_announcement is not None:
        return False
    config, classes = manifest.config.announce, set(revision.classes)
    if revision.kind == "metric":
        metric = manifest.metrics.get(revision.item)
        if metric is None or metric.front.announce != "mail":
            return False
    elif revision.kind != "key_result":
        return False
    if classes & MAILED:
        return True
    if config.status and classes & {"slipped", "recovered"}:
        return True
    return "restated" in classes and (
        revision.after_end is not None or _moved_far(revision, config.restated_above)
    )


def _moved_far(revision: Revision, limit: float | None) -> bool:
    impact = revision.impact
    if limit is None or impact is None or impact.published is None or impact.data_effect is None:
        return False
    return abs(impact.data_effect) > limit * abs(impact.published)


def require_notes(revisions: Iterable[Revision]) -> None:
    """Raises ProblemsError, naming every revision that nobody explained: it is not announced
    half."""
    missing = [revision for revision in revisions if revision.note_missing]
    if missing:
        raise ProblemsError(
            Problem(
                "revision-without-note",
                f"{revision.title} was revised without a reason",
                revision.place or Place(revision.item),
                hint=(
                    f"Write why and what you will do: {note_command(revision)}\nNothing was sent."
                ),
            )
            for revision in missing
        )


def plan(
    revisions: Sequence[Revision],
    manifest: Manifest,
    writer: RevisionWriter,
    thread: Thread,
    ids: Ids | None = None,
) -> tuple[Announcement, ...]:
    """Announcements of these revisions, in their order, each to the audiences of its item.

    `manifest` is the project at HEAD, which says who belongs to an audience and where to write.
    `ids`: what message ids are made from, by default the project as it is called at HEAD.
    """
    announcements: list[Announcement] = []
    for revision in revisions:
        if not is_announced(revision, manifest) or not writer.audiences(revision):
            continue
        before = thread(revision.item)
        short = hashlib.sha256(revision.id.encode()).hexdigest()[:10]
        key = f"{revision.item}.{len(before) + 1}.{short}"
        announcement = _announcement(
            key, revision.item, (revision,), manifest, writer, before, ids or ids_of(manifest)
        )
        if announcement.recipients or announcement.unreachable or not revision.known_to:
            announcements.append(announcement)
    return tuple(announcements)


def rebuilt_announcement(
    entry: LedgerEntry,
    revisions: Sequence[Revision],
    manifest: Manifest,
    writer: RevisionWriter,
    thread: Thread,
    ids: Ids | None = None,
) -> Announcement | None:
    """An announcement of the ledger, made anew from the same states; None where they no longer give
    it."""
    by_id, by_item = (
        {revision.id: revision for revision in revisions},
        {revision.item: revision for revision in revisions},
    )
    entries = [
        by_id.get(declared) or by_item.get(item)
        for declared, item in zip(entry.revisions, entry.items, strict=True)
    ]
    group = tuple(revision for revision in entries if revision is not None)
    if len(group) < len(entries) or not _audiences_of(group, writer):
        return None
    earlier = list(thread(entry.thread))
    place = next(
        (number for number, (key, _) in enumerate(earlier) if key == entry.key), len(earlier)
    )
    return _announcement(
        entry.key, entry.thread, group, manifest, writer, earlier[:place], ids or ids_of(manifest)
    )


def _audiences_of(group: Sequence[Revision], writer: RevisionWriter) -> Audiences:
    """Audiences that may see all of these revisions."""
    audience_sets = [set(writer.audiences(revision)) for revision in group]
    return tuple(sorted(set.intersection(*audience_sets)))


def _announcement(
    key: str,
    thread: str,
    group: tuple[Revision, ...],
    manifest: Manifest,
    writer: RevisionWriter,
    before: Sequence[tuple[str, str]],
    ids: Ids,
) -> Announcement:
    audiences = _audiences_of(group, writer)
    reading = reading_audiences(audiences, manifest) if len(audiences) > 1 else {}
    versions = {
        name: writer.views(group, name) for name in dict.fromkeys((*audiences, *reading.values()))
    }
    parts = versions[audiences[0]]
    knowing = frozenset.intersection(*(frozenset(revision.known_to) for revision in group))
    people = [key for key in members(audiences, manifest) if key not in knowing]
    written, unreachable = reachable(people, manifest)
    return Announcement(
        key=key,
        kind="bundle" if len(group) > 1 else "revision",
        thread=thread,
        items=tuple(revision.item for revision in group),
        revisions=tuple(revision.id for revision in group),
        audiences=audiences,
        owner=group[0].owner,
        content=mail_of(parts, stop_address(manifest)),
        parts=parts,
        message_id=message_id(ids.project, key, host=ids.host),
        root=message_id(ids.project, "thread", thread, host=ids.host),
        earlier=tuple(earlier_id for _, earlier_id in before),
        recipients=(
            *(written if sends_mail(manifest) else ()),
            *_webhooks(audiences, manifest, knowing),
        ),
        unreachable=unreachable if sends_mail(manifest) else (),
        names=_names(group, manifest),
        effects=effects_to_json(group),
        versions=versions,
        reading=reading,
    )


def _names(group: Sequence[Revision], manifest: Manifest) -> tuple[str, ...]:
    """Ids of all that a message may name besides its items; who may see them is asked again before
    it is sent."""
    mentioned: set[str] = set()
    for revision in group:
        mentioned.update(revision.touches)
        values = [value for change in revision.fields for value in (change.before, change.after)]
        mentioned.update(name for value in values for name in (value if isinstance(value, list) else [value])
                    if isinstance(name, str))  # fmt: skip
        sentences = [sql_change.sentence for sql_change in revision.sql_changes]
        sentences += _sentences(revision.impact) if revision.impact else []
        mentioned.update(word for sentence in sentences for word in re.findall(r"\w+", sentence))
        mentioned.update(sql_change.item for sql_change in revision.sql_changes if sql_change.item)
    names = {
        *manifest.metrics,
        *manifest.views,
        *manifest.objectives,
        *manifest.dashboards,
        *manifest.sources,
    }
    return tuple(sorted((mentioned & names) - {revision.item for revision in group}))


def _sentences(impact: Impact) -> list[str]:
    """What a message says about an effect in words, an engine's own among them."""
    sentences = [*(step.label for step in impact.steps), *(row.sentence for row in impact.rows)]
    return [*sentences, impact.unavailable or "", impact.held or ""]


def stop_address(manifest: Manifest) -> str:
    """Whom one writes to for fewer mails."""
    return manifest.config.mail.unsubscribe or manifest.config.mail.from_ or ""


def sends_mail(manifest: Manifest) -> bool:
    """Whether announcements go by mail: whether [mail] says from where."""
    return manifest.config.mail.from_ is not None


def ids_of(manifest: Manifest) -> Ids:
    """What the message ids of a project are made from, when its ledger begins."""
    return Ids(project_key(manifest), mail_host(manifest))


def project_key(manifest: Manifest) -> str:
    """What tells this project's Message-IDs from another's at the same host."""
    return manifest.config.project.url or manifest.config.project.name


def mail_host(manifest: Manifest) -> str:
    """The host in Message-IDs and List-Id: the site's, else that of the sender."""
    host = (
        urlsplit(manifest.config.project.url or "").hostname
        or (manifest.config.mail.from_ or "").rpartition("@")[2]
    )
    return host if host and is_address(f"id@{host}") else "sharekit.invalid"


def _webhooks(
    audiences: Audiences, manifest: Manifest, knowing: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Webhooks whose readers may all see what is for these audiences, and do not all know it
    already."""
    readers = {
        hook.name: hook_audience(hook, manifest) for hook in manifest.config.announce.webhooks
    }
    return tuple(
        f"{WEBHOOK}{name}"
        for name, audience in readers.items()
        if sees_audiences(audience, audiences, manifest)
        and (not knowing or set(members((audience,), manifest)) - knowing)
    )


def require_channel(manifest: Manifest) -> None:
    """Raises SharekitError where announcements have neither mail nor webhook, or two webhooks share a name."""
    config = manifest.config
    if not sends_mail(manifest) and not config.announce.webhooks:
        raise SharekitError(
            "no sender address: set `from` under [mail]",
            hint=(
                f'Add to {manifest.config_path}: [mail] from = "numbers@example.com", host ='
                ' "smtp.example.com"'
            ),
        )
    names = [hook.name for hook in config.announce.webhooks]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SharekitError(
            f"two webhooks are called {twice[0]}",
            hint="Each needs a name of its own in the ledger.",
        )
    if config.mail.from_ is not None and not is_address(config.mail.from_):
        raise SharekitError(
            "the address in [mail] from cannot be used",
            hint="Write it as name@host, without quotes.",
        )
