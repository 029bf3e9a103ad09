"""What was published before, as the ledger of announcements keeps it: what moved since, and what
was sent to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from sharekit.announce.ledger.ledger import (
    WEBHOOK,
    DeclaredState,
    Delivery,
    LedgerEntry,
    LedgerView,
)
from sharekit.history import History, filled, manifest_of, recall
from sharekit.history.moment import Moment
from sharekit.numbers.results import Results
from sharekit.project.manifest import Manifest
from sharekit.records import replace
from sharekit.revisions.announced_effects import as_announced, effects_from_json
from sharekit.revisions.effect import HELD, held_words
from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.published_values import (
    ClosedResult,
    moves_from_json,
    published_values,
    status_moves,
    values_from_json,
)
from sharekit.revisions.revision import MAILED, Announced, Impact, Revision, RevisionClass

_UNMOVED: frozenset[RevisionClass] = frozenset({"words", "check_in", "cosmetic"})
"""Classes that leave a number where it is."""
_NO_NUMBER = Impact(None, None, None, None, None)


class LedgerFacts(Struct, frozen=True):
    """What the ledger knows of a project."""

    state: DeclaredState
    """What was published last."""
    moves: tuple[Revision, ...]
    """What moved by itself and was announced since the ledger began, oldest first."""
    entries: tuple[LedgerEntry, ...]
    deliveries: tuple[Delivery, ...]
    declared: Callable[[], Manifest]
    """What it declared then, read from git when it is asked for; what git no longer has counts as
    it stands today."""


def read_published(view: LedgerView, history: History, remote: str | None) -> LedgerFacts | None:
    """All that pages tell of a ledger; None where it has not begun. Raises SharekitError where it
    is damaged. `remote`: may be asked for what is not here."""
    if view.empty:
        return None
    view.read_ahead()
    declared_state = view.announced

    def declared() -> Manifest:
        recalled = recall(history, declared_state.moment.commit, declared_state.digests, remote)
        return manifest_of(history, filled(recalled, history.declared()).addressless)

    moves = moves_from_json(view.moves())
    return LedgerFacts(declared_state, moves, view.entries(), view.deliveries(), declared)


def closings(ledger: LedgerFacts | None) -> dict[tuple[str, date], ClosedResult]:
    """How key results ended, by id and last day, as the first build after the end had it."""
    standing = values_from_json(ledger.state.published) if ledger else {}
    return {(item, closed.end): closed for item, now in standing.items() for closed in now.closings}


def moves_between(
    before: DeclaredState, after: DeclaredState, manifest: Manifest, revisions: Iterable[Revision]
) -> tuple[Revision, ...]:
    """What moved by itself from one published state to another. `manifest` and `revisions` are
    those of `after`."""
    revisions_since = tuple(revisions)
    moves = status_moves(
        values_from_json(before.published),
        values_from_json(after.published),
        manifest,
        as_of=after.as_of,
        before_moment=before.day,
        after_moment=after.day,
        revised=_revised_items(revisions_since),
    )
    return _for_those_who_knew(moves, revisions_since)


def with_published(
    revisions: tuple[Revision, ...],
    ledger: LedgerFacts,
    manifest: Manifest,
    results: Results,
    head: Moment,
    compare: Comparer,
) -> tuple[Revision, ...]:
    """What git holds, with who heard of it, and what the numbers did by themselves up to the
    as-of date."""
    moves = _moves_since(ledger, manifest, results, head, compare)
    announced = {revision.id for revision in ledger.moves}
    until = [revision for revision in ledger.moves if revision.on <= results.as_of]
    return (
        *_with_announcements((*revisions, *until), ledger),
        *(revision for revision in moves if revision.id not in announced),
    )


def _moves_since(
    ledger: LedgerFacts, manifest: Manifest, results: Results, head: Moment, compare: Comparer
) -> tuple[Revision, ...]:
    """What moved by itself since the last announcement. What changed of the files is only looked at
    where anything did."""
    declared_state = ledger.state
    if results.as_of < declared_state.as_of:
        return ()
    today = replace(declared_state, moment=head, as_of=results.as_of).day
    revisions = status_moves(
        values_from_json(declared_state.published),
        published_values(results),
        manifest,
        as_of=results.as_of,
        before_moment=declared_state.day,
        after_moment=today,
    )
    if not revisions:
        return ()
    before = ledger.declared()
    changed = find_revisions(
        before,
        manifest,
        before_moment=declared_state.moment,
        after_moment=today,
        as_of=results.as_of,
        compare=compare,
    )
    revised = _revised_items(changed)
    moves = tuple(revision for revision in revisions if revision.item not in revised)
    return _for_those_who_knew(moves, changed)


def _revised_items(revisions: Iterable[Revision]) -> frozenset[str]:
    """Items whose number moves with what was declared. What was only opened to more people moves by
    itself."""
    return frozenset(
        revision.item
        for revision in revisions
        if set(revision.classes) - _UNMOVED and not revision.opens
    )


def _for_those_who_knew(
    moves: Iterable[Revision], revisions: Iterable[Revision]
) -> tuple[Revision, ...]:
    """Moves of numbers; of one that was opened to more people meanwhile, for those alone who could
    see where it stood."""
    former = {revision.item: revision.former for revision in revisions if revision.opens}
    return tuple(replace(move, former=former.get(move.item, ())) for move in moves)


def mark_held(
    revisions: Sequence[Revision], results: Results, ledger: LedgerFacts | None
) -> tuple[Revision, ...]:
    """Each revision whose query does not run today: held where it is the newest of its item and
    nobody heard of it; of an earlier one nothing is said about the number. Without a ledger none
    counts as announced that moves the number."""
    newest = {
        revision.item: revision.after
        for revision in revisions
        if MAILED.intersection(revision.classes)
    }

    def waits(revision: Revision) -> bool:
        if newest.get(revision.item) != revision.after or revision.sent is not None:
            return False
        if ledger is None:
            return revision.impact is not None
        return revision.item in ledger.state.held or revision.after.on > ledger.state.moment.on

    def without_number(revision: Revision) -> Revision:
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

    return tuple(map(without_number, revisions))


def _with_announcements(revisions: Sequence[Revision], ledger: LedgerFacts) -> tuple[Revision, ...]:
    """Each revision with what became of its announcement.

    An announcement tells what changed since the one before, which may be more than one commit: then
    it belongs to the newest of an item's revisions that were there when it was made. One that tells
    of what moved by itself is of that."""
    people = _people(ledger.deliveries)
    sent: dict[str, Announced] = {}
    by_id = {revision.id for revision in (*revisions, *ledger.moves)}
    by_item: dict[str, list[Revision]] = {}
    for revision in revisions:
        if MAILED.intersection(revision.classes):
            by_item.setdefault(revision.item, []).append(revision)
    for entry in ledger.entries:
        if not people.get(entry.key):
            continue
        for item, revision_id in zip(entry.items, entry.revisions, strict=False):
            messages = [
                revision for revision in by_item.get(item, ()) if revision.after.on <= entry.date
            ]
            name = revision_id if revision_id in by_id else messages[-1].id if messages else None
            if name is not None:
                sent[name] = Announced(entry.date.date(), people[entry.key])
    announced = {name: effect for entry in ledger.entries for name, effect in entry.effects.items()}
    effects = effects_from_json(announced)
    return tuple(
        _as_sent(revision, sent.get(revision.id), effects.get(revision.id))
        for revision in revisions
    )


def _as_sent(revision: Revision, sent: Announced | None, effect: Impact | None) -> Revision:
    """A revision with what became of its announcement, and with the effect that it gave."""
    entry = revision if sent is None else replace(revision, sent=sent)
    if effect is None:
        return entry
    return replace(entry, impact=as_announced(revision.impact, effect))


def _people(deliveries: Iterable[Delivery]) -> Mapping[str, int]:
    """Announcement -> people who got it."""
    counts: dict[str, int] = {}
    for delivery in deliveries:
        if delivery.status == "sent" and not delivery.recipient.startswith(WEBHOOK):
            counts[delivery.key] = counts.get(delivery.key, 0) + 1
    return counts
