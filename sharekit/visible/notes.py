"""Which notes an audience may read: those written while the item was in its sight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from sharekit.revisions.revision import Entry, Revision
from sharekit.visible.readers import Door

_Notes = Mapping[str, list[Entry]]


class NotesInSight(Struct, frozen=True):
    """Tells an audience's notes from those written while others alone could see the item.

    The revision that brought a note tells whom it is for; of a note that came with none its day
    does."""

    seen_notes: _Notes
    """Item -> notes that came with revisions in sight."""
    hidden_notes: _Notes
    """Item -> notes that came with revisions out of sight."""
    away: Mapping[str, list[tuple[date, date]]]
    """Item -> from which day to which it was out of sight, where it is in sight again."""
    unknown_until: date | None = None
    """Day up to which nobody can tell what was in whose sight: older commits are not here."""

    def has(self, item: str, note: Entry | None) -> bool:
        if note is None or note in self.hidden_notes.get(item, ()):
            return False
        if note in self.seen_notes.get(item, ()):
            return True
        # What came with no revision that is known here may have come when others alone saw it.
        return self.unknown_until is None and not self.was_away(item, note.date)

    def was_away(self, item: str, day: date) -> bool:
        """Whether an item that is in sight was, or may have been, out of it on a day."""
        if self.unknown_until is not None and day <= self.unknown_until:
            return True
        return any(first <= day <= last for first, last in self.away.get(item, ()))


def notes_in_sight(
    door: Door, past: Iterable[Revision], unknown_until: date | None = None
) -> NotesInSight:
    """`past`: everything that happened after `unknown_until`, oldest first."""
    seen_notes: dict[str, list[Entry]] = {}
    hidden_notes: dict[str, list[Entry]] = {}
    away: dict[str, list[tuple[date, date]]] = {}
    since: dict[str, date] = {}
    for revision in past:
        item, in_sight = revision.item, door.readers(revision.readers)
        notes = (revision.note, *(reason.note for reason in revision.earlier))
        written = [note for note in notes if note is not None]
        (seen_notes if in_sight else hidden_notes).setdefault(item, []).extend(written)
        if not in_sight:
            since.setdefault(item, revision.on)
        elif item in since:
            away.setdefault(item, []).append((since.pop(item), revision.on))
    return NotesInSight(seen_notes, hidden_notes, away, unknown_until)
