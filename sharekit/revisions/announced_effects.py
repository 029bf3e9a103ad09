"""The effect of a revision as it was announced: numbers and statuses, as the ledger holds them. An
entry of a log or a feed says what held on its day, whatever the data say by now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sharekit.record_json import from_plain, to_sparse
from sharekit.records import replace
from sharekit.revisions.revision import Impact, Revision


def effects_to_json(revisions: Iterable[Revision]) -> dict[str, object]:
    """Revision -> its effect. What it says about a query in words is left out: history knows it."""
    return {
        revision.id: to_sparse(replace(revision.impact, steps=(), rows=(), unavailable=None))
        for revision in revisions
        if revision.impact is not None and revision.impact.held is None
    }


def effects_from_json(document: Mapping[str, object]) -> dict[str, Impact]:
    """The same back; an entry that is none is left out."""
    impacts: dict[str, Impact] = {}
    for revision, value in document.items():
        try:
            impacts[revision] = from_plain(value, Impact)
        except ValueError:
            continue
    return impacts


def as_announced(computed: Impact | None, announced: Impact) -> Impact:
    """The announced effect, with the words that history finds for it where they are of the same
    numbers."""
    if computed is None:
        return announced
    has_no_old_value = announced.old is None
    if (computed.old, computed.new) != (announced.old, announced.new):
        return replace(announced, unavailable=computed.unavailable if has_no_old_value else None)
    return replace(
        announced,
        steps=computed.steps,
        rows=computed.rows,
        unavailable=computed.unavailable if has_no_old_value else None,
    )
