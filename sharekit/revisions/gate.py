"""The gate of a pull request: a key result is not revised without a word to the peers."""

from __future__ import annotations

from collections.abc import Iterable

from sharekit.errors import Place, Problem
from sharekit.project.manifest import Manifest
from sharekit.revisions.change_sentences import revision_sentences
from sharekit.revisions.note_snippet import note_command, note_snippet, through_view
from sharekit.revisions.revision import Revision

LONGEST = 8
"""Lines on what changed, before the rest is counted."""


def gate(revisions: Iterable[Revision], after: Manifest, before: Manifest) -> tuple[Problem, ...]:
    """One error for each key result that was revised without a new note: what changed, and the
    snippet to paste."""
    entries = tuple(revisions)
    return tuple(
        _problem(revision, entries, after, before) for revision in entries if revision.note_missing
    )


def _problem(
    revision: Revision, revisions: tuple[Revision, ...], after: Manifest, before: Manifest
) -> Problem:
    lines = revision_sentences(revision, after if revision.item in after.metrics else before)
    listed_lines = [
        *lines[:LONGEST],
        *([f"and {len(lines) - LONGEST} more"] if len(lines) > LONGEST else []),
    ]
    place = revision.place or Place(revision.item)
    late = f" after the end of {revision.after_end}" if revision.after_end else ""
    what = (
        "taken out"
        if "retired" in revision.classes and revision.item not in after.metrics
        else "revised"
    )
    hint = "\n".join(
        (
            "What changed:",
            *(f"  {line}" for line in listed_lines),
            f"Add to {place.path}, or run {note_command(revision)}:"
            if place.path in after.files
            else f"Bring {place.path} back with this, or add it to another objective:",
            *(f"  {line}" for line in note_snippet(revision, after).splitlines()),
            *_once_for_all(revision, revisions),
            *_keep_identity(revision, revisions, after, before),
        )
    )
    return Problem(
        "revision-without-note",
        f"{revision.title} was {what}{late} without a reason",
        place,
        hint=hint,
    )


def _once_for_all(revision: Revision, revisions: tuple[Revision, ...]) -> tuple[str, ...]:
    """Where the change of one view revised several: the note that explains all of them."""
    views = {change.item for change in revision.sql_changes}
    view = next(iter(views)) if len(views) == 1 else None
    revisions_through_view = through_view(view, revisions) if view else ()
    if revision not in revisions_through_view or len(revisions_through_view) < 2:
        return ()
    return (
        f"Or explain all {len(revisions_through_view)} at once: {note_command(revision, view)}",
    )


def _keep_identity(
    revision: Revision, revisions: tuple[Revision, ...], after: Manifest, before: Manifest
) -> tuple[str, ...]:
    """A way to keep identity, where a retired item lives on under another id."""
    retired = before.metrics.get(revision.item)
    if retired is None or "retired" not in revision.classes or revision.item in after.metrics:
        return ()
    for introduced in revisions:
        new = after.metrics.get(introduced.item)
        if (
            new is not None
            and "introduced" in introduced.classes
            and new.definition.strip() == retired.definition.strip()
        ):
            return (
                (
                    f"If {new.path} is the same key result, keep its identity there with `id:"
                    f" {revision.item}`."
                ),
            )
    return ()
