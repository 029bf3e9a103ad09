"""Every announcement, week by week, with filters, and how to follow them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from sharekit.numbers.formats import format_day
from sharekit.numbers.periods import floor
from sharekit.project.days import MONTHS
from sharekit.records import replace
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import (
    KIND_WORDS,
    ItemEvent,
    announced_events,
    link_of,
    page_link,
)
from sharekit.site.icons import Icon
from sharekit.site.pages.listing import PageStep, steps
from sharekit.site.pages.page import Page
from sharekit.site.prose import Prose
from sharekit.wording.english import capital, counted, plain_words

MOST_EVENTS = 100
"""Announcements on one page."""
MANY_NEW = 4
"""So many introductions on one day are told as one."""


class TimelineEvent(Struct, frozen=True):
    """One announcement."""

    kind: str
    word: str
    icon: Icon
    title: str
    href: str
    """The top of its page."""
    entry: str
    """Its entry in the log."""
    was: str
    now: str
    voice: Prose
    we_will: Prose
    owner_key: str
    owner: str
    moment: str
    when: str
    details: tuple[str, ...]


class Week(Struct, frozen=True):
    """The announcements of one week."""

    id: str
    title: str
    span: str
    events: tuple[TimelineEvent, ...]


class FilterChoice(Struct, frozen=True):
    """One choice of a filter."""

    value: str
    label: str


class FeedLink(Struct, frozen=True):
    title: str
    href: str


class MailReaders(Struct, frozen=True):
    """People who chose the same mails."""

    mails: str
    """"The pre-read alone"."""
    names: str


class ChangesView(Struct, frozen=True):
    """What the page places."""

    shown: str
    weeks: tuple[Week, ...]
    kinds: tuple[FilterChoice, ...]
    owners: tuple[FilterChoice, ...]
    feed: str
    feeds: tuple[FeedLink, ...]
    steps: tuple[PageStep, ...]
    since: str
    """What is not listed: "Changes before 1 Jan 2026 are not listed."; "" where all is."""
    address: str
    readers: tuple[MailReaders, ...]
    config: str
    """Path of the file that says who reads what."""
    command: str


def changes_pages(tree: AudienceTree, item_events: Sequence[ItemEvent]) -> Iterator[Page]:
    """All announcements, newest first, on as many pages as it takes; one empty page where there are
    none."""
    events = gathered(announced_events(item_events))
    chunks = [events[at : at + MOST_EVENTS] for at in range(0, len(events), MOST_EVENTS)] or [[]]
    for number, chunk in enumerate(chunks, 1):
        page = links.numbered_page(links.CHANGES, number)
        yield Page(
            path=page,
            template="changes.html",
            title="Changes" if number == 1 else f"Changes, page {number}",
            description="Every change of a number, a target or a definition, and the reason for it.",
            section="changes",
            entrance=number == 1,
            twin=links.twin(page) if number == 1 else "",
            view=ChangesView(
                shown=f"{len(chunk)} announcement{'' if len(chunk) == 1 else 's'}",
                weeks=tuple(_weeks(tree, page, chunk)),
                kinds=_kinds(chunk),
                owners=_owners(chunk),
                feed=links.href(page, links.FEED),
                feeds=tuple(_feeds(page, item_events)),
                steps=steps(links.CHANGES, page, len(chunks)),
                since=_since(tree.manifest.config.project.history_since),
                address=tree.manifest.config.mail.unsubscribe
                or tree.manifest.config.mail.from_
                or "",
                readers=tuple(_readers(tree)),
                config=tree.manifest.config_path,
                command="sharekit diff HEAD~10",
            ),
        )


def _since(day: date | None) -> str:
    return "" if day is None else f"Changes before {format_day(day, year=True)} are not listed."


_MAIL: Mapping[str, str] = {
    "each": "Announcements and the pre-read",
    "digest": "The pre-read alone",
    "none": "No mail",
}
"""The choices of `mail` in [people], in words."""


def _readers(tree: AudienceTree) -> Iterator[MailReaders]:
    """Who gets which mails of this audience; nobody where no mail is sent."""
    config = tree.manifest.config
    members = tree.manifest.people_of((tree.scope.audience,))
    here = [
        person
        for key, person in config.people.items()
        if key in members and person.email and config.mail.from_
    ]
    for choice, choice_words in _MAIL.items():
        names = [person.name for person in here if person.mail == choice]
        if names:
            yield MailReaders(choice_words, ", ".join(names))


def gathered(item_events: Sequence[ItemEvent]) -> list[ItemEvent]:
    """Many introductions of one day become one entry: a first import says one thing, not forty."""
    new: dict[date, list[ItemEvent]] = {}
    for event in item_events:
        if event.kind == "new" and not event.note:
            new.setdefault(event.on, []).append(event)
    events: list[ItemEvent] = []
    for event in item_events:
        group = new.get(event.on, []) if event.kind == "new" and not event.note else []
        if len(group) < MANY_NEW:
            events.append(event)
        elif event is group[0]:
            events.append(_joined_event(group))
    return events


def _joined_event(group: Sequence[ItemEvent]) -> ItemEvent:
    first = group[0]
    owners = dict.fromkeys(event.owner for event in group if event.owner)
    return replace(
        first,
        item="",
        title=f"{capital(counted(len(group), 'item'))} shared for the first time",
        owner=plain_words(owners, 4),
        owner_key=" ".join(dict.fromkeys(event.owner_key for event in group if event.owner_key)),
        was="",
        now="",
        voice="",
        details=(plain_words([event.title for event in group], 12),),
        revision=None,
    )


def _weeks(tree: AudienceTree, page: str, item_events: Sequence[ItemEvent]) -> Iterator[Week]:
    week_start = tree.manifest.config.project.week_start
    starts = [floor(event.on, "week", week_start) for event in item_events]
    for start in dict.fromkeys(starts):
        events = tuple(
            timeline_event(tree, page, event)
            for event, week in zip(item_events, starts, strict=True)
            if week == start
        )
        year, number, _ = (start + timedelta(days=3)).isocalendar()
        name = f"Week {number}" if year == tree.as_of.year else f"Week {number}, {year}"
        yield Week(f"w-{start.isoformat()}", name, _span(start), events)


def _span(start: date) -> str:
    """ "16 to 22 November"."""
    end = start + timedelta(days=6)
    first = str(start.day) if start.month == end.month else f"{start.day} {MONTHS[start.month - 1]}"
    return f"{first} to {end.day} {MONTHS[end.month - 1]}"


def timeline_event(tree: AudienceTree, page: str, event: ItemEvent) -> TimelineEvent:
    source = tree.manifest.metrics.get(event.item)
    place = tree.prose(page, source.path if source else "")
    we_will = event.note.we_will if event.note else None
    sentences = (
        [capital(change.sentence) for change in event.revision.sql_changes[:3]]
        if event.revision
        else []
    )
    voice = event.voice or (". ".join(sentences) + "." if sentences else "")
    return TimelineEvent(
        kind=event.kind,
        word=event.word,
        icon=event.icon,
        title=event.title,
        href=page_link(tree, page, event) if event.item else "",
        entry=link_of(tree, page, event) if event.item else "",
        was=event.was,
        now=event.now,
        voice=tree.texts.line(voice, place),
        we_will=tree.texts.line(we_will, place),
        owner_key=event.owner_key,
        owner=event.owner,
        moment=event.moment,
        when=event.when,
        details=event.details,
    )


def _kinds(item_events: Sequence[ItemEvent]) -> tuple[FilterChoice, ...]:
    """The kinds that there are; no filter where there is only one."""
    kinds = {event.kind for event in item_events}
    if len(kinds) < 2:
        return ()
    return tuple(
        FilterChoice(kind, kind_words[1])
        for kind, kind_words in KIND_WORDS.items()
        if kind in kinds
    )


def _owners(item_events: Sequence[ItemEvent]) -> tuple[FilterChoice, ...]:
    owners = {
        event.owner_key: event.owner
        for event in item_events
        if event.owner_key and " " not in event.owner_key
    }
    if len(owners) < 2:
        return ()
    return tuple(
        FilterChoice(key, name) for key, name in sorted(owners.items(), key=lambda owner: owner[1])
    )


def _feeds(page: str, item_events: Sequence[ItemEvent]) -> Iterator[FeedLink]:
    yield FeedLink("All changes", links.href(page, links.FEED))
    for key, name in owners_of(item_events).items():
        yield FeedLink(name, links.href(page, links.owner_feed(key)))


def owners_of(item_events: Sequence[ItemEvent]) -> dict[str, str]:
    """Everybody who has announced something: key and name, by name."""
    owners = {
        event.owner_key: event.owner for event in announced_events(item_events) if event.owner_key
    }
    return dict(sorted(owners.items(), key=lambda owner: (owner[1], owner[0])))
