"""Atom feeds of the announcements (RFC 4287): all of an audience's, and each owner's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sharekit.escape import html
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import ItemEvent, announced_events, page_of

MOST_ENTRIES = 50


def feed(
    tree: AudienceTree,
    item_events: Sequence[ItemEvent],
    *,
    title: str,
    path: str,
    owner: str | None = None,
) -> str:
    """The feed at `path`: announced events, newest first, of one owner where given.

    Ids are URNs made of the item and its revision, and of nothing that is ever shown.
    """
    events = [
        event
        for event in announced_events(item_events)
        if owner is None or event.owner_key == owner
    ][:MOST_ENTRIES]
    newest = max((_moment(event) for event in events), default=_at_noon(tree.as_of))
    home, itself = _address(tree, path, links.CHANGES), _address(tree, path, path)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{html(tree.manifest.config.project.language)}">',
        f"  <title>{html(title)}</title>",
        f"  <id>{html(_urn(tree, f'{_audience(tree)}/{path}'))}</id>",
        f'  <link rel="self" href="{html(itself)}"/>',
        f'  <link href="{html(home)}"/>',
        f"  <updated>{newest.isoformat()}</updated>",
        "  <generator>sharekit</generator>",
    ]
    if not all(event.owner for event in events) or not events:
        lines.append(f"  <author><name>{html(tree.manifest.config.project.name)}</name></author>")
    for event in events:
        lines += _entry(tree, path, event)
    return "\n".join([*lines, "</feed>", ""])


def _entry(tree: AudienceTree, path: str, event: ItemEvent) -> list[str]:
    target = page_of(tree, event)
    address = _address(tree, path, target or links.CHANGES, event.id if target else "")
    values = (
        f", {event.was} to {event.now}"
        if event.was and event.now
        else f", {event.now}"
        if event.now
        else ""
    )
    sentences = [
        part
        for part in (
            event.voice,
            event.note.we_will if event.note else "",
            ". ".join(event.details),
        )
        if part
    ]
    lines = [
        "  <entry>",
        f"    <title>{html(f'{event.word}: {event.title}{values}')}</title>",
        f"    <id>{html(_urn(tree, f'{event.item}/{event.revision.id if event.revision else event.id}'))}</id>",
        f'    <link href="{html(address)}"/>',
        f"    <updated>{_moment(event).isoformat()}</updated>",
    ]
    if event.owner:
        lines.append(f"    <author><name>{html(event.owner)}</name></author>")
    lines += [
        f'    <category term="{html(event.kind)}"/>',
        f"    <summary>{html(' '.join(' '.join(sentences).split()))}</summary>",
        "  </entry>",
    ]
    return lines


def _urn(tree: AudienceTree, what: str) -> str:
    """An id that stays whatever the project, its audiences and its address are called: what it
    began with tells it from others. Where history does not know that, its name does."""
    project = tree.scope.origin or links.slug(tree.manifest.config.project.name)
    return f"urn:sharekit:{project}:" + ":".join(links.slug(part) for part in what.split("/"))


def _audience(tree: AudienceTree) -> str:
    """Tells the feeds of several audiences apart; an entry that two of them have is one."""
    return hashlib.sha256(tree.scope.audience.encode()).hexdigest()[:8]


def _address(tree: AudienceTree, path: str, target: str, fragment: str = "") -> str:
    return (
        links.absolute(tree.url, target, fragment)
        if tree.url
        else links.href(path, target, fragment)
    )


def _moment(event: ItemEvent) -> datetime:
    if len(event.moment) == 10:
        return _at_noon(date.fromisoformat(event.moment))
    moment = datetime.fromisoformat(event.moment)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _at_noon(day: date) -> datetime:
    """A day without a time: noon UTC, which is that day in most of the world."""
    return datetime.combine(day, time(12), UTC)
