"""The story so far: every revision in a project's history, for its pages, and the change that is not committed yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sharekit.changes import Moment, Revision
from sharekit.errors import Place, Problem
from sharekit.history import SHALLOW_HINT, History, manifests
from sharekit.manifest import Manifest
from sharekit.revisions import numbered, turns
from sharekit.weigh import Weigher

SHALLOW = "this clone holds only the newest commits, so earlier revisions are not on the pages"


def past(history: History, today: Manifest, as_of: date, weigher: Weigher) -> tuple[Revision, ...]:
    """Revisions up to the work tree, oldest first, numbered, with their effect on today's data.

    `today` is the manifest of the work tree. In a shallow clone the oldest commit that is there introduces everything,
    which nobody should be told: those revisions are left out.
    """
    found: list[Revision] = []
    shallow = history.shallow
    for place, turn in enumerate(turns(_states(history, today, as_of), as_of=as_of, compare=weigher.compare)):
        if place == 0 and shallow:
            continue
        found += (weigher.weighed(revision, turn.before, turn.after) for revision in turn.revisions)
    return numbered(found)


def shallow_warning(history: History) -> tuple[str, str] | None:
    """What is missing and how to get it, in a shallow clone."""
    return (SHALLOW, SHALLOW_HINT) if history.shallow else None


def no_history(reason: str, hint: str, manifest: Manifest) -> Problem:
    """The warning that pages cannot tell of earlier definitions."""
    return Problem("no-history", reason, Place(manifest.config_path), hint=hint, severity="warning", phase="data")


def _states(history: History, today: Manifest, as_of: date) -> Iterator[tuple[Moment, Manifest]]:
    yield from manifests(history)
    if not history.committed():
        yield history.working(as_of), today
