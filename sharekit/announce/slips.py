"""Key results whose status got worse or better since it was last told, without anybody having revised them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from sharekit.changes import Impact, Revision, RevisionClass
from sharekit.history.ledger import State
from sharekit.manifest import Manifest, Metric
from sharekit.results import Status

RANKS: Mapping[str, int] = {"on_track": 0, "achieved": 0, "at_risk": 1, "partial": 1, "off_track": 2, "missed": 2}
"""How bad a status is. Others say nothing of how it goes, and from or to them nothing is told."""


def slips(told: State, now: State, manifest: Manifest, revised: frozenset[str]) -> tuple[Revision, ...]:
    """One revision for each key result that slipped or recovered, save those `revised` anyway, whose mail says it.

    `manifest` is that of `now`.
    """
    return tuple(_found(told, now, manifest, revised))


def _found(told: State, now: State, manifest: Manifest, revised: frozenset[str]) -> Iterator[Revision]:
    for item, metric in manifest.key_results.items():
        before, after = told.statuses.get(item, ""), now.statuses.get(item, "")
        if item in revised or before not in RANKS or after not in RANKS or RANKS[before] == RANKS[after]:
            continue
        change: RevisionClass = "slipped" if RANKS[after] > RANKS[before] else "recovered"
        yield _slip(metric, change, before, after, told, now)


def _slip(metric: Metric, change: RevisionClass, before: str, after: str, told: State, now: State) -> Revision:
    parts = (metric.id, change, before, after, told.moment.commit or "", now.as_of.isoformat())
    return Revision(
        id=hashlib.sha256("\0".join(parts).encode()).hexdigest(),
        item=metric.id,
        kind="key_result",
        title=metric.title,
        owner=metric.owner,
        audience=metric.audience,
        classes=(change,),
        after=now.moment,
        before=told.moment,
        impact=Impact(None, None, None, None, None, status_before=_status(before), status_after=_status(after)),
    )


def _status(text: str) -> Status:
    assert text in RANKS
    return text  # type: ignore[return-value]
