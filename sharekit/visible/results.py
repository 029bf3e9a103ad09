"""Values and scores, made of what an audience may see alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sharekit.numbers.results import ClosedKeyResult, Reading, Result, Results
from sharekit.okr.assessment import score_objectives
from sharekit.project.manifest import Manifest, Metric, Sql
from sharekit.records import replace
from sharekit.revisions.revision import Revision
from sharekit.visible.hidden import Hidden
from sharekit.visible.manifest import without_hidden_names
from sharekit.visible.types import PASS, VisibleManifest, VisibleResults

FAILED = "It could not be computed today."


NOT_RENEWED = "What it reads could not be renewed today."


def shown_results(
    results: Results,
    manifest: Manifest,
    shown: VisibleManifest,
    withheld: Collection[str],
    hidden: Hidden,
    revisions: list[Revision],
) -> VisibleResults:
    """Outcomes of visible items. Objectives are scored by what is visible alone: what a tree says
    adds up from what it shows, and a hidden key result or objective cannot be read off the score
    of one that it serves."""
    outcomes = {name: results.results[name] for name in shown.metrics if name in results.results}
    settled = tuple(
        replace(closed, metric=_as_ended(closed.metric, shown, hidden))
        for closed in results.settled
        if _settled_in_sight(closed, manifest, shown)
    )
    targets = _original_targets(revisions)

    def cut_result(name: str, result: Result) -> Result:
        metric = shown.metrics[name]
        if metric.front.target is None and manifest.metrics[name].target_metric is not None:
            result = _without_target(result)
        if result.closed is not None:
            result = replace(result, closed=replace(result.closed, metric=metric))
        return _with_target(_without_cause(result, withheld, hidden), targets.get(name))

    return VisibleResults(
        as_of=results.as_of,
        results={name: cut_result(name, outcome) for name, outcome in outcomes.items()},
        objectives=score_objectives(shown, outcomes, settled),
        settled=settled,
        door=PASS,
    )


def _as_ended(metric: Metric, shown: VisibleManifest, hidden: Hidden) -> Metric:
    """A key result as it was declared at its end, naming nothing that is out of sight."""
    sql = Sql("") if hidden.named_in(metric.sql.text) else metric.sql
    return replace(without_hidden_names(metric, shown.metrics), sql=sql)


def _without_target(result: Result) -> Result:
    """An outcome without a target that is another metric's, which is out of sight."""

    def cut_reading(reading: Reading | None) -> Reading | None:
        if reading is None:
            return None
        others = tuple(
            comparison for comparison in reading.comparisons if comparison.kind != "target"
        )
        return replace(reading, target=None, targets=(), comparisons=others)

    closed = result.closed and replace(result.closed, reading=cut_reading(result.closed.reading))
    return replace(result, reading=cut_reading(result.reading), closed=closed)


def _settled_in_sight(settled: ClosedKeyResult, manifest: Manifest, shown: VisibleManifest) -> bool:
    """Whether a key result that ended is one of an objective in sight, and is in sight itself,
    today as at its end."""
    terms, today = settled.metric.okr, manifest.metrics.get(settled.metric.id)
    hidden = today is not None and today.id not in shown.metrics
    if terms is None or terms.objective not in shown.objectives or hidden:
        return False
    return manifest.sees(shown.audience, settled.metric.audiences)


def _without_cause(result: Result, withheld: Collection[str], hidden: Hidden) -> Result:
    """An outcome whose failure, or age, names nothing that is out of sight."""
    failure, stale, unseen = result.failure, result.stale, result.id in withheld
    if failure is not None and (unseen or hidden.mentioned_in(failure.message)):
        failure = replace(failure, message=FAILED[:1].lower() + FAILED[1:-1], hint=None, excerpt=())
        stale = stale and FAILED
    elif stale is not None and (unseen or hidden.mentioned_in(stale)):
        stale = NOT_RENEWED
    return replace(result, failure=failure, stale=stale)


def _original_targets(revisions: Iterable[Revision]) -> dict[str, float]:
    """Item -> the target that it was introduced with, where all that is visible of its past agrees.

    Of one that was opened to this audience a revision has been cut, and what was before stays
    untold."""
    original_targets: dict[str, set[float | None]] = {}
    for revision in revisions:
        original_targets.setdefault(revision.item, set()).add(revision.original_target)
    first = {
        item: next(iter(targets)) for item, targets in original_targets.items() if len(targets) == 1
    }
    return {item: target for item, target in first.items() if target is not None}


def _with_target(result: Result, target: float | None) -> Result:
    if result.okr is None or target is None:
        return result
    return replace(result, okr=replace(result.okr, original_target=target))
