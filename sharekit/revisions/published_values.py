"""Where numbers stood when they were last published, and what moved since although nothing declared
did."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from math import isclose

from msgspec import Struct

from sharekit.history.moment import Moment
from sharekit.numbers.exact import change_between, difference
from sharekit.numbers.results import Result, Results, Status
from sharekit.project.manifest import Manifest, Metric
from sharekit.record_json import from_plain, to_plain, to_sparse
from sharekit.records import replace
from sharekit.revisions.fields import digest
from sharekit.revisions.revision import (
    RANKS,
    FieldChange,
    Impact,
    Revision,
    RevisionClass,
    ValueForm,
)

KEPT = 60
"""Past periods that are remembered of each number: more than a year of weeks."""
SHOWN = 12
"""Restated periods that a revision names."""


class ClosedResult(Struct, frozen=True):
    """How a key result ended, as the first build after the end had it. It stays so."""

    end: date
    """Last day of its period."""
    value: float | None
    score: float | None
    status: Status


class LateResult(Struct, frozen=True):
    """What a key result that ended would be by today's declaration and data."""

    score: float | None
    status: Status


class PublishedValue(Struct, frozen=True):
    """What was published of one number."""

    value: float | None
    period: date | None = None
    """First day of the headline's period."""
    status: Status | None = None
    """Of a key result."""
    series: tuple[tuple[date, float], ...] = ()
    """Complete periods, oldest first, at most KEPT."""
    closings: tuple[ClosedResult, ...] = ()
    """How each of its periods ended, oldest first."""
    late: LateResult | None = None
    """Where data were corrected after its period ended."""


def published_value(result: Result) -> PublishedValue:
    """What a result publishes. A value carried over from an earlier day stands for that day."""
    reading = result.reading
    closings = _closings(result)
    if reading is None:
        return PublishedValue(
            None, status=result.okr.status if result.okr else None, closings=closings
        )
    closed = result.closed
    late = LateResult(closed.okr.score, closed.okr.status) if closed else None
    series = [(point.on, point.value) for point in reading.series if point.value is not None]
    status = result.okr.status if result.okr else None
    return PublishedValue(
        reading.value,
        reading.period_start,
        status,
        tuple(series[-KEPT:]),
        closings,
        late if closed and "data" in closed.changed else None,
    )


def _closings(result: Result) -> tuple[ClosedResult, ...]:
    okr = result.okr
    if okr is None or okr.ended is None or result.failure is not None or okr.status == "dropped":
        return ()
    return (ClosedResult(okr.ended, okr.current, okr.score, okr.status),)


def published_values(results: Results) -> dict[str, PublishedValue]:
    """What a build publishes anew, by id; a number that failed has not moved, and is left out."""
    by_item = {
        item: published_value(result)
        for item, result in results.results.items()
        if result.failure is None
    }
    for closed in results.settled:
        item, terms = closed.metric.id, closed.metric.okr
        failed = item in results.results and item not in by_item
        if failed or terms is None or not closed.okr.closed:
            continue
        ended = ClosedResult(
            terms.period.end, closed.okr.current, closed.okr.score, closed.okr.status
        )
        now = by_item.get(item, PublishedValue(None))
        closings = tuple(sorted((*now.closings, ended), key=lambda closing: closing.end))
        by_item[item] = replace(now, closings=closings)
    return by_item


def values_to_json(values: Mapping[str, PublishedValue]) -> dict[str, object]:
    """Published values as JSON."""
    return {item: _value_to_json(published) for item, published in values.items()}


def _value_to_json(published: PublishedValue) -> dict[str, object]:
    value: dict[str, object] = to_plain(published)
    if published.late is None:
        del value["late"]
    return value


def values_from_json(document: Mapping[str, object]) -> dict[str, PublishedValue]:
    """The same back; an entry that is none is left out."""
    by_item: dict[str, PublishedValue] = {}
    for item, value in document.items():
        try:
            by_item[item] = from_plain(value, PublishedValue)
        except ValueError:
            continue
    return by_item


def merge_published(
    before: Mapping[str, object], now: Mapping[str, object], declared: Collection[str]
) -> dict[str, object]:
    """What stands once `now` is published after `before`, both as JSON says it.

    A number that is not there today, or has no data yet, stands where it stood: what it did
    meanwhile is told when it is back, and not forgotten because of the day between. Of one that is
    not `declared` any more only how it ended stays."""
    earlier_values = values_from_json(before)
    newer = {
        item: _over(earlier_values.get(item), published)
        for item, published in values_from_json(now).items()
    }
    gone = {
        item: PublishedValue(None, closings=published.closings)
        for item, published in (earlier_values | newer).items()
        if item not in declared and published.closings
    }
    standing = {**before, **values_to_json(newer)}
    return {item: value for item, value in standing.items() if item in declared} | values_to_json(
        gone
    )


def _over(before: PublishedValue | None, now: PublishedValue) -> PublishedValue:
    if before is None:
        return now
    series = now.series or before.series
    days = {closed.end for closed in before.closings}
    new_closings = (closed for closed in now.closings if closed.end not in days)
    closings = tuple(sorted((*before.closings, *new_closings), key=lambda closing: closing.end))
    newest = before if now.value is None and now.status in (None, "unknown") else now
    return replace(newest, series=series, closings=closings)


def with_data_effect(revision: Revision, published: PublishedValue | None) -> Revision:
    """A redefinition with what newer data did to the value that was published last: O - P, of one
    period and by the old definition. The same where nothing was published of the period."""
    impact = revision.impact
    if published is None or impact is None or impact.old is None:
        return revision
    if "redefined" not in revision.classes or impact.definition_effect is None:
        return revision  # what it was and what it is cannot be taken from each other
    newest = impact.old_series[-1] if impact.old_series else None
    period = None if newest is None else newest.on
    was = published.value if published.period == period else None
    if was is None and newest is not None and newest.value == impact.old:
        was = dict(published.series).get(newest.on)
    if was is None:
        return revision
    effect = difference(impact.old, was)
    return replace(revision, impact=replace(impact, published=was, data_effect=effect))


def moves_to_json(revisions: Iterable[Revision]) -> dict[str, object]:
    """Those that the data made by themselves, by a name that tells day, number and kind, as JSON
    can say them."""
    return {
        f"{revision.on.isoformat()}.{revision.item}.{revision.classes[0]}": to_sparse(
            replace(revision, place=None, sent=None)
        )
        for revision in revisions
        if revision.moved_by_data
    }


def moves_from_json(documents: Iterable[object]) -> tuple[Revision, ...]:
    """The same back, oldest first; an entry that is none is left out."""
    revisions: list[Revision] = []
    for value in documents:
        try:
            revisions.append(from_plain(value, Revision))
        except ValueError:
            continue
    return tuple(
        sorted(revisions, key=lambda revision: (revision.on, revision.item, revision.classes))
    )


def status_moves(
    published: Mapping[str, PublishedValue],
    now: Mapping[str, PublishedValue],
    manifest: Manifest,
    *,
    as_of: date,
    before_moment: Moment | None,
    after_moment: Moment,
    revised: Collection[str] = (),
) -> tuple[Revision, ...]:
    """Slipped, recovered and restated numbers, in the order of ids.

    `published` is what stood there last and `now` what stands there as of a day, which the two
    moments are on; `revised` are ids whose definition or terms changed since: what moves with a
    revision is told with it, and not a second time."""
    revisions: list[Revision] = []
    for item in sorted(now):
        metric, before = manifest.metrics.get(item), published.get(item)
        if metric is not None and before is not None and item not in revised:
            builds = _Builds(metric, manifest, as_of, before_moment, after_moment)
            revisions += _moves(builds, before, now[item])
    return tuple(revisions)


class _Builds(Struct, frozen=True):
    """Two builds between which the values of a number moved."""

    metric: Metric
    manifest: Manifest
    as_of: date
    before: Moment | None
    after: Moment

    def revision(
        self,
        name: RevisionClass,
        state: object,
        impact: Impact,
        fields: tuple[FieldChange, ...] = (),
        after_end: str | None = None,
    ) -> Revision:
        """A revision of what was published. `state` tells it from others of its class."""
        metric = self.metric
        return Revision(
            id=digest([metric.id, name, state, self.as_of.isoformat()]),
            item=metric.id,
            kind="key_result" if metric.okr else "metric",
            title=metric.title,
            owner=metric.owner,
            readers=self.manifest.readers(metric.audiences),
            form=ValueForm(metric.front.unit, metric.front.format),
            classes=(name,),
            after=self.after,
            before=self.before,
            fields=fields,
            impact=impact,
            place=metric.at("title"),
            after_end=after_end,
        )


def _moves(builds: _Builds, before: PublishedValue, now: PublishedValue) -> Iterator[Revision]:
    turn = _turn(before.status, now.status)
    if turn is not None:
        impact = Impact(
            published=before.value,
            old=before.value,
            new=now.value,
            data_effect=change_between(now.value, before.value),
            definition_effect=None,
            status_before=before.status,
            status_after=now.status,
        )
        yield builds.revision(turn, [before.status, now.status], impact)
    if restated := restatements(before, now):
        yield _restatement(builds, now, restated)


def _restatement(
    builds: _Builds, now: PublishedValue, restated: Sequence[tuple[date, float, float]]
) -> Revision:
    metric = builds.metric
    _, old, new = max(restated, key=lambda moved: abs(moved[2] - moved[1]))
    days = [(day.isoformat(), was, value) for day, was, value in restated]
    impact = Impact(
        published=old, old=new, new=new, data_effect=difference(new, old), definition_effect=None
    )
    ended = _end_of(metric, now)
    after_end = None
    if ended is not None and now.late is not None:
        after_end = metric.okr.period.label if metric.okr else None
        impact = replace(
            impact,
            score_before=ended.score,
            score_after=now.late.score,
            status_before=ended.status,
            status_after=now.late.status,
        )
    fields = tuple(FieldChange(*day) for day in days[-SHOWN:])
    return builds.revision("restated", [list(day) for day in days], impact, fields, after_end)


def _end_of(metric: Metric, published: PublishedValue) -> ClosedResult | None:
    """How the period ended that the key result has today."""
    end = metric.okr.period.end if metric.okr else None
    return next((closed for closed in published.closings if closed.end == end), None)


def restatements(
    before: PublishedValue, now: PublishedValue
) -> tuple[tuple[date, float, float], ...]:
    """Periods published before whose values are others now: first day, value then, value now;
    oldest first."""
    values = dict(now.series)
    return tuple(
        (day, old, values[day])
        for day, old in before.series
        if day in values and not isclose(old, values[day], rel_tol=1e-9, abs_tol=1e-12)
    )


def _turn(before: Status | None, after: Status | None) -> RevisionClass | None:
    old, new = (RANKS.get(status) if status else None for status in (before, after))
    if old is None or new is None or old == new:
        return None
    return "slipped" if new < old else "recovered"
