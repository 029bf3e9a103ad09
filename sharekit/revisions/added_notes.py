"""The note that belongs to a change: the newest entry, added in the same change, and not a copy of
an older one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from sharekit.project.manifest import Manifest, Metric, View
from sharekit.project.shapes import NoAnnouncement, Retired, RevisionNote
from sharekit.records import replace
from sharekit.revisions.revision import Entry, Revision
from sharekit.sqldiff.types import SqlChange
from sharekit.visible import all_see


def new_entry(before: Metric | View, after: Metric | View) -> Entry | None:
    """The newest note, where it was added between the two states and says something that no earlier
    one said."""
    older, newer = before.front.revisions, after.front.revisions
    if not newer or newer[-1] in older:
        return None
    written = {_comparable_text(entry) for entry in (*older, *newer[:-1])}
    return None if _comparable_text(newer[-1]) in written else newer[-1]


def new_entries(before: Metric | View, after: Metric | View) -> tuple[Entry, ...]:
    """All notes that were added between two states, in the order of the file.

    A note of the same day and reason as one that is there no longer is that note with its words
    corrected, and a copy of what was said before is none."""
    older, newer = before.front.revisions, after.front.revisions
    corrected = [_occasion(entry) for entry in older if entry not in newer]
    written = {_comparable_text(entry) for entry in older}
    entries: list[Entry] = []
    for entry in newer:
        if entry in older:
            continue
        if _occasion(entry) in corrected:
            corrected.remove(_occasion(entry))
            continue
        if _comparable_text(entry) not in written:
            entries.append(entry)
        written.add(_comparable_text(entry))
    return tuple(entries)


def notes_on_views(
    metric: Metric, changes: Sequence[SqlChange], before: Manifest, after: Manifest
) -> tuple[Entry, ...]:
    """The notes that explain a metric whose definition changed in views alone, the newest last,
    where each view has one and the metric's readers may see them."""
    names = {change.item for change in changes}
    entries = notes_of_views(metric, changes, before, after)
    return () if len(entries) < len(names) else in_order(entries)


def in_order(entries: Mapping[str, tuple[Entry, ...]]) -> tuple[Entry, ...]:
    """Notes of several views, oldest first."""
    every_one = (entry for notes in entries.values() for entry in notes)
    return tuple(sorted(every_one, key=lambda entry: entry.date))


def notes_of_views(
    metric: Metric, changes: Sequence[SqlChange], before: Manifest, after: Manifest
) -> Mapping[str, tuple[Entry, ...]]:
    """The new notes of each view through which a metric changed, of those that its readers may
    see."""
    notes: dict[str, tuple[Entry, ...]] = {}
    for name in dict.fromkeys(change.item or "" for change in changes):
        was, now = before.views.get(name), after.views.get(name)
        if was is None or now is None or not all_see(metric.audiences, now.audiences, after):
            continue
        if (entry := new_entry(was, now)) is not None:
            notes[name] = new_entries(was, now) or (entry,)
    return notes


def _occasion(entry: Entry) -> tuple[object, ...]:
    """What stays of a note when its words are corrected."""
    return entry.date, "" if isinstance(entry, NoAnnouncement) else entry.reason


def retirement(item: str, before: Manifest, after: Manifest, on: date) -> Entry | None:
    """Why a key result is gone: the new `retired:` entry of its objective, or, where that is gone
    too, of another one that its readers may see; or that its period was over."""
    metric = before.metrics[item]
    if metric.okr is None:
        return None
    same = after.objectives.get(metric.okr.objective)
    for objective in [same] if same else after.objectives.values():
        old = before.objectives.get(objective.id)
        retired_items = old.front.retired if old else []
        for entry in reversed(objective.front.retired):
            is_new = entry.id == item and entry not in retired_items
            if is_new and all_see(metric.audiences, objective.audiences, after):
                return _retirement_note(entry)
    if metric.okr.period.end < on:
        return NoAnnouncement(date=on, announce="none", because="Its period was over.")
    return None


def _retirement_note(entry: Retired) -> RevisionNote:
    return RevisionNote(date=entry.date, reason="scope", why=entry.why, we_will=entry.we_will)


def _comparable_text(entry: Entry) -> str:
    texts = (
        entry.because if isinstance(entry, NoAnnouncement) else f"{entry.why} {entry.we_will or ''}"
    )
    return " ".join(texts.split()).casefold()


def with_corrected_notes(revisions: Iterable[Revision], today: Manifest) -> tuple[Revision, ...]:
    """Revisions with the words that their notes have by now: a note that was corrected is still the
    same note."""
    entries = list(revisions)
    places: dict[str, list[int]] = {}
    for place, revision in enumerate(entries):
        if revision.note is not None and revision.item in today.metrics:
            places.setdefault(revision.item, []).append(place)
    for item, positions in places.items():
        now = [
            declared_note
            for declared_note in today.metrics[item].front.revisions
            if isinstance(declared_note, RevisionNote)
        ]
        notes = [note for place in positions if (note := entries[place].note) is not None]
        new_notes = [declared_note for declared_note in now if declared_note not in notes]
        for place, note in zip(positions, notes, strict=True):
            same = next(
                (
                    declared_note
                    for declared_note in new_notes
                    if _occasion(declared_note) == _occasion(note)
                ),
                None,
            )
            if note not in now and same is not None:
                new_notes.remove(same)
                entries[place] = replace(entries[place], note=same)
    return tuple(entries)


def with_late_notes(
    revisions: Sequence[Revision], today: Manifest, as_of: date
) -> tuple[Revision, ...]:
    """Revisions, oldest first, with the reason that was written for them in a later commit: the
    first one since, up to the next revision of the same item that has one, and that one's where
    nothing lies between. What was written for other readers is not."""
    entries = list(revisions)
    used = [note for revision in entries for note in _notes_of(revision)]
    later: dict[str, Revision] = {}
    next_notes: dict[str, RevisionNote | None] = {}
    last_days: dict[str, date] = {}
    for place, revision in reversed(list(enumerate(entries))):
        item, next_one = revision.item, later.get(revision.item)
        later[item] = revision
        if next_one is not None and next_one.readers != revision.readers:
            next_notes[item], last_days[item] = None, next_one.on - timedelta(days=1)
        if revision.note_missing:
            late_notes = (
                note
                for note in _declared_notes(revision, today)
                if revision.on <= note.date <= last_days.get(item, as_of) and note not in used
            )
            note = next(late_notes, next_notes.get(item))
            entries[place] = revision = replace(revision, note=note)
        if "introduced" in revision.classes:  # what came before was another life of it
            next_notes[item], last_days[item] = None, revision.on
        elif revision.note is not None:
            next_notes[item], last_days[item] = revision.note, revision.note.date
    return tuple(entries)


def _notes_of(revision: Revision) -> tuple[RevisionNote, ...]:
    notes = (revision.note, *(reason.note for reason in revision.earlier))
    return tuple(note for note in notes if note is not None)


def _declared_notes(revision: Revision, today: Manifest) -> list[RevisionNote]:
    """The notes that today's files have of an item, where its readers may see them; of one that is
    gone those of its objective."""
    if "retired" in revision.classes:
        retired = (
            entry
            for objective in today.objectives.values()
            for entry in objective.front.retired
            if entry.id == revision.item and all_see(revision.audiences, objective.audiences, today)
        )
        return [_retirement_note(entry) for entry in retired]
    metric = today.metrics.get(revision.item)
    if metric is None or not all_see(revision.audiences, metric.audiences, today):
        return []
    entries = metric.front.revisions
    return [entry for entry in entries if isinstance(entry, RevisionNote)]
