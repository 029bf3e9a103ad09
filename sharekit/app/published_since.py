"""What was published before, as the ledger of announcements keeps it: what moved since, and what
was sent to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sharekit.announce.ledger.ledger import WEBHOOK, Delivery, Entry, State, View
from sharekit.history import Declared, History, filled, manifest_of, recall
from sharekit.history.moment import Moment
from sharekit.numbers.results import Results
from sharekit.project.manifest import Manifest
from sharekit.revisions.announced_effects import as_announced, effects_from_json
from sharekit.revisions.effect import HELD, held_words
from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.published_values import (
    Closing,
    from_json,
    moved,
    moves_from_json,
    standings,
)
from sharekit.revisions.revision import MAILED, Impact, Revision, RevisionClass, Sent

_UNMOVED: frozenset[RevisionClass] = frozenset({"words", "check_in", "cosmetic"})
"""Classes that leave a number where it is."""
_NO_NUMBER = Impact(None, None, None, None, None)


@dataclass(frozen=True)
class Published:
    """What the ledger knows of a project."""

    state: State
    """What was published last."""
    moves: tuple[Revision, ...]
    """What moved by itself and was told since the ledger began, oldest first."""
    entries: tuple[Entry, ...]
    deliveries: tuple[Delivery, ...]
    declared: Callable[[], Declared]
    """What it declared then, read from git when it is asked for; what git no longer has counts as
    it stands today."""


def read_published(view: View, history: History, remote: str | None) -> Published | None:
    """All that pages tell of a ledger; None where it has not begun. Raises SharekitError where it
    is damaged. `remote`: may be asked for what is not here."""
    if view.empty:
        return None
    told = view.told

    def declared() -> Declared:
        found = recall(history, told.moment.commit, told.digests, remote)
        return filled(found, history.declared()).facts

    moves = moves_from_json(view.moves())
    return Published(told, moves, view.entries(), view.deliveries(), declared)


def closings(known: Published | None) -> dict[tuple[str, date], Closing]:
    """How key results ended, by id and last day, as the first build after the end had it."""
    standing = from_json(known.state.published) if known else {}
    return {(item, each.end): each for item, now in standing.items() for each in now.closings}


def quiet_moves(
    before: State, after: State, manifest: Manifest, revisions: Iterable[Revision]
) -> tuple[Revision, ...]:
    """What moved by itself from one published state to another. `manifest` and `revisions` are
    those of `after`."""
    return moved(
        from_json(before.published),
        from_json(after.published),
        manifest,
        as_of=after.as_of,
        before_moment=before.day,
        after_moment=after.day,
        revised=_revised(revisions),
    )


def with_published(
    revisions: tuple[Revision, ...],
    known: Published,
    manifest: Manifest,
    results: Results,
    head: Moment,
    compare: Comparer,
) -> tuple[Revision, ...]:
    """What git tells, with who was told of it, and what the numbers did by themselves up to the
    as-of date."""
    fresh = _moves_since(known, manifest, results, head, compare)
    told = {each.id for each in known.moves}
    until = [each for each in known.moves if each.on <= results.as_of]
    return (*_sent((*revisions, *until), known), *(each for each in fresh if each.id not in told))


def _moves_since(
    known: Published, manifest: Manifest, results: Results, head: Moment, compare: Comparer
) -> tuple[Revision, ...]:
    """What moved by itself since it was last told. What changed of the files is only looked at
    where anything did."""
    told = known.state
    if results.as_of < told.as_of:
        return ()
    today = replace(told, moment=head, as_of=results.as_of).day
    found = moved(
        from_json(told.published),
        standings(results),
        manifest,
        as_of=results.as_of,
        before_moment=told.day,
        after_moment=today,
    )
    if not found:
        return ()
    before = manifest_of(known.declared(), None)
    changed = find_revisions(
        before,
        manifest,
        before_moment=told.moment,
        after_moment=today,
        as_of=results.as_of,
        compare=compare,
    )
    revised = _revised(changed)
    return tuple(each for each in found if each.item not in revised)


def _revised(revisions: Iterable[Revision]) -> frozenset[str]:
    return frozenset(each.item for each in revisions if set(each.classes) - _UNMOVED)


def with_held(
    revisions: Sequence[Revision], results: Results, known: Published | None
) -> tuple[Revision, ...]:
    """Each revision whose query does not run today: held where it is the newest of its item and
    nobody was told of it; of an earlier one nothing is said of the number. Without a ledger none
    counts as told that moves the number."""
    newest = {each.item: each.id for each in revisions if MAILED.intersection(each.classes)}

    def waits(revision: Revision) -> bool:
        if newest.get(revision.item) != revision.id or revision.sent is not None:
            return False
        if known is None:
            return revision.impact is not None
        return revision.item in known.state.held or revision.after.on > known.state.moment.on

    def one(revision: Revision) -> Revision:
        result, impact = results.results.get(revision.item), revision.impact
        if waits(revision) and result is not None and result.failure is not None:
            held = impact.held if impact and impact.held else held_words(result)
            return replace(revision, impact=replace(_NO_NUMBER, held=held))
        if impact is None or impact.held is None:
            return revision
        reason = impact.held.removeprefix(HELD).strip()
        return replace(
            revision,
            impact=replace(_NO_NUMBER, unavailable=f"This definition no longer runs: {reason}"),
        )

    return tuple(map(one, revisions))


def _sent(revisions: Sequence[Revision], known: Published) -> tuple[Revision, ...]:
    """Each revision with what became of its announcement.

    An announcement tells what changed since the one before, which may be more than one commit: then
    it belongs to the newest of an item's revisions that were there when it was made. One that tells
    of what moved by itself is of that."""
    people = _people(known.deliveries)
    sent: dict[str, Sent] = {}
    by_id = {each.id for each in (*revisions, *known.moves)}
    by_item: dict[str, list[Revision]] = {}
    for each in revisions:
        if MAILED.intersection(each.classes):
            by_item.setdefault(each.item, []).append(each)
    for entry in known.entries:
        if not people.get(entry.key):
            continue
        for item, told in zip(entry.items, entry.revisions, strict=False):
            there = [each for each in by_item.get(item, ()) if each.after.on <= entry.date]
            name = told if told in by_id else there[-1].id if there else None
            if name is not None:
                sent[name] = Sent(entry.date.date(), people[entry.key])
    announced = {name: each for entry in known.entries for name, each in entry.effects.items()}
    effects = effects_from_json(announced)
    return tuple(_as_sent(each, sent.get(each.id), effects.get(each.id)) for each in revisions)


def _as_sent(revision: Revision, sent: Sent | None, effect: Impact | None) -> Revision:
    """A revision with what became of its announcement, and with the effect that this told."""
    found = revision if sent is None else replace(revision, sent=sent)
    if effect is None:
        return found
    return replace(found, impact=as_announced(revision.impact, effect))


def _people(deliveries: Iterable[Delivery]) -> Mapping[str, int]:
    """Announcement -> people who got it."""
    found: dict[str, int] = {}
    for each in deliveries:
        if each.status == "sent" and not each.recipient.startswith(WEBHOOK):
            found[each.key] = found.get(each.key, 0) + 1
    return found
