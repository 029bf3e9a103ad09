"""How key results ended: by what was declared on the last day of their period, whatever was
declared since.

Of each period that is over the project is read as it was committed on that day, and what was
declared of a key result then is measured on today's data. Where the ledger knows value and score of
the first build after the end, those stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from math import isclose

from msgspec import Struct

from sharekit.errors import ProblemsError, SharekitError
from sharekit.history import History, manifest_at
from sharekit.history.moment import Moment
from sharekit.numbers.measure.comparisons import comparison
from sharekit.numbers.results import (
    ClosedKeyResult,
    ClosedReading,
    OkrReading,
    Reading,
    Result,
    Results,
)
from sharekit.okr.assessment import score_objectives
from sharekit.project.manifest import Manifest, Metric, renamed_objectives
from sharekit.records import replace
from sharekit.revisions.effect import on_todays_data
from sharekit.revisions.effect.measure import EffectMeasurer
from sharekit.revisions.find import find_revisions
from sharekit.revisions.published_values import ClosedResult
from sharekit.revisions.revision import CLASSES
from sharekit.visible import may_see_end

_PROMISE = tuple(name for name, kind in CLASSES.items() if kind in ("retargeted", "redefined"))
"""Front-matter keys that a score rests on."""
ClosedResults = Mapping[tuple[str, date], ClosedResult]
"""What the ledger knows of how key results ended, by id and last day."""


class PastPeriods(Struct, frozen=True):
    """What is asked of the past."""

    history: History
    today: Manifest
    measurer: EffectMeasurer
    results: ClosedResults

    @property
    def as_of(self) -> date:
        return self.measurer.as_of


def has_ended(manifest: Manifest, as_of: date) -> bool:
    """Whether any period is over: without one there is nothing to look up."""
    return bool(_last_days(manifest, as_of))


def with_closed_results(results: Results, ends: PastPeriods) -> Results:
    """The results with each key result whose period is over as it ended, and objectives scored by
    that."""
    outcomes, settled = dict(results.results), list[ClosedKeyResult]()
    for day in _last_days(ends.today, ends.as_of):
        then = _declared_on(ends, day)
        if then is not None:
            _close(outcomes, settled, ends, then, day)
    for item, result in outcomes.items():
        metric = ends.today.metrics.get(item)
        if (
            metric is not None
            and metric.okr is not None
            and (closed := ends.results.get((item, metric.okr.period.end)))
        ):
            outcomes[item] = _as_kept(result, closed, metric)
    objectives = score_objectives(ends.today, outcomes, settled)
    return replace(results, results=outcomes, objectives=objectives, settled=tuple(settled))


def with_closed_terms(manifest: Manifest, results: Results) -> Manifest:
    """The manifest to show: what ended stands there with the promise and the query that it ended
    with."""
    metrics = dict(manifest.metrics)
    for item, result in results.results.items():
        if result.closed is not None and item in metrics:
            metrics[item] = _with_promise(metrics[item], result.closed.metric)
    return replace(manifest, metrics=metrics)


def _last_days(manifest: Manifest, as_of: date) -> list[date]:
    periods = [metric.okr.period for metric in manifest.key_results.values() if metric.okr]
    periods += [objective.period for objective in manifest.objectives.values() if objective.period]
    return sorted({period.end for period in periods if period.end < as_of})


def _declared_on(ends: PastPeriods, day: date) -> Manifest | None:
    """The project as it stood at the end of a day; None where history does not go back so far."""
    commit = ends.history.commit_on(day, ends.today.config.project.timezone)
    try:
        return None if commit is None else manifest_at(ends.history, commit)
    except (ProblemsError, SharekitError):
        return None


def _close(
    results: dict[str, Result],
    settled: list[ClosedKeyResult],
    ends: PastPeriods,
    then: Manifest,
    day: date,
) -> None:
    today = ends.today
    renamed = renamed_objectives(then.objectives, today.objectives)
    ended_key_results = [
        _below_todays_objective(metric, renamed)
        for metric in then.key_results.values()
        if metric.okr and metric.okr.period.end == day
    ]
    changed = _changes(ends, then, (metric.id for metric in ended_key_results))
    for metric in ended_key_results:
        now = today.metrics.get(metric.id)
        if now is not None and not may_see_end(metric, now, today):
            continue  # it was a narrower audience's then: its past is not for this one
        stays = _is_unmoved(metric, now)
        if stays and not changed.get(metric.id):
            continue
        if not stays and (metric.okr is None or metric.okr.objective not in today.objectives):
            continue
        ended = _result_on_todays_data(ends, then, metric, now)
        if ended is None or ended.okr is None:
            continue
        if not stays:
            closed = ends.results.get((metric.id, day))
            result = _as_kept(ended, closed, metric) if closed else ended
            settled.append(ClosedKeyResult(metric, result.reading, result.okr or ended.okr))
        elif metric.id in results and (result := results[metric.id]).okr is not None:
            would = ClosedReading(metric, result.reading, result.okr, changed[metric.id])
            results[metric.id] = replace(result, reading=ended.reading, okr=ended.okr, closed=would)


def _below_todays_objective(metric: Metric, renamed: Mapping[str, str]) -> Metric:
    """A key result of the past, below its objective as that is called now."""
    if metric.okr is None or metric.okr.objective not in renamed:
        return metric
    return replace(metric, okr=replace(metric.okr, objective=renamed[metric.okr.objective]))


def _is_unmoved(then: Metric, now: Metric | None) -> bool:
    """Whether a key result is where it ended: in the same objective, with the same period."""
    if now is None or now.okr is None or then.okr is None:
        return False
    return (now.okr.objective, now.okr.period) == (then.okr.objective, then.okr.period)


def _changes(ends: PastPeriods, then: Manifest, items: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Item -> what of its promise or definition changed since."""
    item_ids, moment = set(items), Moment(None, ends.history.moment().on, "")
    revisions = find_revisions(
        then,
        ends.today,
        before_moment=None,
        after_moment=moment,
        as_of=ends.as_of,
        compare=ends.measurer.compare,
    )
    return {revision.item: tuple(_changed_parts(revision.classes, (field.name for field in revision.fields)))
            for revision in revisions if revision.item in item_ids}  # fmt: skip


def _changed_parts(classes: Iterable[str], fields: Iterable[str]) -> Iterator[str]:
    names = [name for name in fields if name in _PROMISE]
    yield from names
    if "redefined" in classes and not any(CLASSES[name] == "redefined" for name in names):
        yield "definition"


def _result_on_todays_data(
    ends: PastPeriods, then: Manifest, metric: Metric, now: Metric | None
) -> Result | None:
    """What was declared then, on today's data; of one that is kept by hand, with the check-ins made
    until today."""
    state = on_todays_data(then, ends.today)
    if (
        metric.by_hand
        and now is not None
        and now.by_hand
        and metric.okr is not None
        and now.okr is not None
    ):
        front = metric.okr.front.model_copy(update={"checkins": now.okr.front.checkins})
        with_checkins = replace(metric, front=front, okr=replace(metric.okr, front=front))
        state = replace(state, metrics={**state.metrics, metric.id: with_checkins})
    result = ends.measurer.measure(state, metric.id)
    return None if result.failure is not None else result


def _as_kept(result: Result, closed: ClosedResult, metric: Metric) -> Result:
    """The result with value and score of the first build after the end, where today's data give
    others."""
    if result.okr is None or not result.okr.closed or result.failure is not None:
        return result
    if _are_close(result.okr.score, closed.score) and _are_close(result.okr.current, closed.value):
        return result
    reading = None if result.reading is None else _reading_kept(result.reading, closed, metric)
    would = result.closed or ClosedReading(metric, result.reading, result.okr, ())
    would = replace(would, changed=(*would.changed, "data"))
    return replace(result, reading=reading, okr=_kept_okr(result.okr, closed), closed=would)


def _reading_kept(reading: Reading, closed: ClosedResult, metric: Metric) -> Reading:
    """The reading with the value of the end, compared with its target alone: of the periods before
    it today's data say something else."""
    compared = tuple(
        comparison(earlier.kind, earlier.period, closed.value, earlier.value, metric.front)
        for earlier in reading.comparisons
        if earlier.kind == "target" and closed.value is not None
    )
    return replace(reading, value=closed.value, comparisons=compared)


def _kept_okr(okr: OkrReading, closed: ClosedResult) -> OkrReading:
    return replace(okr, current=closed.value, score=closed.score, status=closed.status)


def _are_close(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return isclose(first, second, rel_tol=1e-9, abs_tol=1e-12)


def _with_promise(now: Metric, then: Metric) -> Metric:
    """Today's words with the promise, the query and the period of the end."""
    if now.okr is None or then.okr is None:
        return now
    old = then.okr.front
    front = now.okr.front.model_copy(
        update={name: getattr(old, name) for name in _PROMISE if hasattr(old, name)}
    )
    terms = replace(now.okr, period=then.okr.period, commitment=then.okr.commitment, front=front)
    return replace(now, front=front, okr=terms, sql=then.sql, by_hand=then.by_hand)
