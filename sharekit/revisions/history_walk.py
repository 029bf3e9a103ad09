"""The fold over history: every revision ever, each numbered, with the target that its item began
with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from sharekit import sqldiff
from sharekit.history.states import PastState
from sharekit.project.manifest import Manifest, Readers
from sharekit.records import replace
from sharekit.revisions.find import revisions_between
from sharekit.revisions.meaning import Comparer, ManifestState
from sharekit.revisions.revision import UNCOUNTED, Revision


class HistoryStep(Struct, frozen=True):
    """What one step of history revised, and the states it lies between."""

    before: PastState | None
    """None before the first state, which introduces everything in it."""
    after: PastState
    revisions: tuple[Revision, ...]
    """Those of form alone left out; not numbered yet."""


def history_steps(
    states: Iterable[PastState],
    *,
    after: PastState | None = None,
    compare: Comparer | None = None,
    as_of: date | None = None,
) -> Iterator[HistoryStep]:
    """The steps along a line of states, oldest first, from `after` on. Without it the first state
    introduces everything in it. No day after `as_of` has come: whether the period of a key result
    was over when it was taken away is told by that."""
    memory = compare or Comparer(sqldiff.compare_sql)
    last = None if after is None else (after, ManifestState.of(after.manifest, memory))
    for state in states:
        new = ManifestState.of(state.manifest, memory)
        before, old = last or (None, ManifestState.of(_nothing(state.manifest), memory))
        moments = None if before is None else before.moment, state.moment
        day = state.moment.on.date()
        day = day if as_of is None else min(day, as_of)
        revisions = revisions_between(old, new, *moments, day, memory)
        yield HistoryStep(
            before,
            state,
            tuple(revision for revision in revisions if revision.classes != ("cosmetic",)),
        )
        last = (state, new)


def number_revisions(revisions: Sequence[Revision]) -> tuple[Revision, ...]:
    """Count each item's revisions from 1 and carry its first target along, oldest first.

    Only what changes an item for its readers counts; words and check-ins share the number of what
    they follow, and what changed while the item was opened to more people that of its opening:
    nobody reads both. What was retired and comes again knows whom it was for."""
    counts: dict[str, int] = {}
    targets: dict[str, float | None] = {}
    gone: dict[str, Readers] = {}
    numbered = []
    for revision in revisions:
        item = revision.item
        changed = {change.name: change for change in revision.fields}
        if "unit" in changed and "target" in changed:
            # What was promised in another unit is no earlier state of this target.
            targets[item] = _plain_number(changed["target"].after)
        elif item not in targets:
            targets[item] = _first_target(revision)
        if item not in counts:
            counts[item] = 1
        elif set(revision.classes) - UNCOUNTED and (revision.opens or not revision.former):
            counts[item] += 1
        back = gone.pop(item, ()) if "introduced" in revision.classes else ()
        if revision.is_gone:
            gone[item] = revision.readers
        numbered.append(
            replace(revision, number=counts[item], original_target=targets[item], gone_from=back)
        )
    return tuple(numbered)


def _first_target(revision: Revision) -> float | None:
    """The target before the first change that we know of, where it is a plain number."""
    value = next(
        (change.before for change in revision.fields if change.name == "target"),
        revision.first_target,
    )
    return _plain_number(value)


def _plain_number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _nothing(manifest: Manifest) -> Manifest:
    """A project before its first commit: the same people and settings, and nothing declared."""
    return replace(
        manifest,
        sources={},
        views={},
        metrics={},
        objectives={},
        dashboards={},
        asks={},
        broken=frozenset(),
        files={},
    )
