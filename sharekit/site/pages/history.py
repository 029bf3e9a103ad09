"""What happened to one thing, as the lines at the end of its page: of a number, an objective or a
dashboard."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import ItemEvent, page_of
from sharekit.site.from_to_rows import FieldRow, from_to
from sharekit.site.prose import Prose

MOST_LOGGED = 6
"""Changed values that one line names."""


class LogEntry(Struct, frozen=True):
    """One line of the history."""

    iso: str
    day: str
    voice: Prose
    we_will: Prose
    note: str
    rows: tuple[FieldRow, ...]
    """What else changed, from and to."""
    sql: Prose
    """What changed in the SQL."""
    id: str


def history_of(tree: AudienceTree, item_events: Sequence[ItemEvent]) -> dict[str, list[ItemEvent]]:
    """Item -> its events, newest first."""
    groups: dict[str, list[ItemEvent]] = {}
    for event in item_events:
        if page_of(tree, event):
            groups.setdefault(event.item, []).append(event)
    return groups


def history_log(
    tree: AudienceTree, page: str, history: Sequence[ItemEvent]
) -> tuple[LogEntry, ...]:
    """The lines of a thing's history, newest first. Each has the address that news link to."""
    return tuple(_log_entry(tree, page, event) for event in history)


def _log_entry(tree: AudienceTree, page: str, event: ItemEvent) -> LogEntry:
    manifest, revision, note = tree.manifest, event.revision, event.note
    source = (
        manifest.metrics.get(event.item)
        or manifest.objectives.get(event.item)
        or manifest.dashboards.get(event.item)
    )
    place = tree.prose(page, source.path if source else "")
    detail = event.details[0] if event.details else event.word
    change = f"{event.was} to {event.now}" if event.was and event.now else ""
    parts = (event.owner, detail[:1].lower() + detail[1:] if event.owner else detail, change)
    rows = from_to(tree, revision) if revision and revision.before is not None else ()
    sentences = [sql_change.sentence for sql_change in revision.sql_changes] if revision else []
    return LogEntry(
        event.moment,
        event.when,
        tree.texts.line(event.voice, place),
        tree.texts.line(note.we_will if note else "", place),
        ", ".join(part for part in parts if part),
        tuple(row for row in rows if (row.was, row.now) != (event.was, event.now))[:MOST_LOGGED],
        tree.texts.line("; ".join(sentences), tree.prose(page, "")),
        event.id,
    )
