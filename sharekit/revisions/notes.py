"""The note that belongs to a change: the newest entry, added in the same change, and not a copy of an older one."""

from __future__ import annotations

from datetime import date

from sharekit.project.manifest import Manifest, Metric
from sharekit.project.shapes import NoAnnouncement, RevisionNote

Entry = RevisionNote | NoAnnouncement


def new_entry(before: Metric, after: Metric) -> Entry | None:
    """The newest note, where it was added between the two states and says something that no earlier one said."""
    older, newer = before.front.revisions, after.front.revisions
    if not newer or newer[-1] in older:
        return None
    said = {_words(entry) for entry in (*older, *newer[:-1])}
    return None if _words(newer[-1]) in said else newer[-1]


def retirement(item: str, before: Manifest, after: Manifest, on: date) -> Entry | None:
    """Why a key result is gone: its objective's new `retired:` entry, or that its period was over."""
    metric = before.metrics[item]
    if metric.okr is None:
        return None
    old = before.objectives.get(metric.okr.objective)
    new = after.objectives.get(metric.okr.objective)
    known = old.front.retired if old else []
    for entry in reversed(new.front.retired if new else []):
        if entry.id == item and entry not in known:
            return RevisionNote(date=entry.date, reason="scope", why=entry.why, we_will=entry.we_will)
    if metric.okr.period.end < on:
        return NoAnnouncement(date=on, announce="none", because="Its period was over.")
    return None


def _words(entry: Entry) -> str:
    said = entry.because if isinstance(entry, NoAnnouncement) else f"{entry.why} {entry.we_will or ''}"
    return " ".join(said.split()).casefold()
