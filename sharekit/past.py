"""The story so far: every revision in a project's history, for its pages, and the change that is not committed yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from sharekit.changes import Moment, Revision
from sharekit.errors import Place, Problem, SharekitError
from sharekit.history import SHALLOW_HINT, History, manifest_at, manifests
from sharekit.manifest import Manifest
from sharekit.revisions import Comparer, find_revisions, numbered, turns
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


@dataclass(frozen=True)
class Change:
    """Two states of a project and what lies between them."""

    before: Manifest
    after: Manifest
    before_moment: Moment
    after_moment: Moment
    revisions: tuple[Revision, ...]
    """Net changes, in the order of ids; not numbered. Those of form alone are among them."""


def change(
    history: History, today: Manifest, as_of: date, compare: Comparer, base: str, head: str | None = None
) -> Change:
    """What changed from one commit to another; without `head`, to the work tree, whose manifest is `today`.

    Raises SharekitError where a commit is not there or holds no project.
    """
    before = manifest_at(history, base)
    after = today if head is None else manifest_at(history, head)
    moments = history.moment(base), history.working(as_of) if head is None else history.moment(head)
    found = find_revisions(
        before, after, before_moment=moments[0], after_moment=moments[1], as_of=as_of, compare=compare
    )
    return Change(before, after, *moments, found)


def fork_point(history: History, base: str) -> str:
    """Where HEAD left the branch `base`: what a pull request is compared with. Raises SharekitError."""
    commit = history.resolve(base)
    found = history.git.run("merge-base", commit, history.head, check=False)
    if found.code == 0:
        return found.text
    history.require_whole()
    raise SharekitError(f"HEAD has no commit in common with {base}", hint="Name the branch that it came from.")


def shallow_warning(history: History) -> tuple[str, str] | None:
    """What is missing and how to get it, in a shallow clone."""
    return (SHALLOW, SHALLOW_HINT) if history.shallow else None


def no_history(reason: str, hint: str, manifest: Manifest) -> Problem:
    """The warning that pages cannot tell of earlier definitions."""
    return Problem("no-history", reason, Place(manifest.config_path), hint=hint, severity="warning", phase="data")


def _states(history: History, today: Manifest, as_of: date) -> Iterator[tuple[Moment, Manifest]]:
    """What was declared when, up to the work tree. A page as of a day knows no later one, so none is told."""
    last = datetime.combine(as_of, time(12), UTC)
    for moment, manifest in manifests(history):
        late = moment.on.date() > as_of
        yield replace(moment, on=last) if late else moment, manifest
    if not history.committed():
        yield history.working(as_of), today
