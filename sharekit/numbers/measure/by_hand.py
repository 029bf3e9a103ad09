"""The reading of a key result that is kept by hand: its check-ins are its series. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sharekit.numbers.measure.comparisons import comparison, declared_comparisons
from sharekit.numbers.results import Comparison, Point, Reading
from sharekit.project.manifest import KeyResultTerms, Metric
from sharekit.records import replace

SILENT_AFTER = timedelta(days=31)
"""Without a check-in for longer, a key result that is open and not yet met says so."""


def by_hand(metric: Metric, as_of: date) -> Reading:
    """What the check-ins say as of a day: the newest value until then, with its day. Later ones are
    not known yet."""
    assert metric.okr is not None
    front = metric.okr.front
    newest = {
        checkin.on: checkin.value
        for checkin in front.checkins
        if checkin.value is not None and checkin.on <= as_of
    }
    if not newest and front.type == "milestone" and as_of >= metric.okr.period.start:
        newest = {metric.okr.period.start: front.baseline or 0.0}  # it has not moved yet
    series = tuple(Point(day, newest[day]) for day in sorted(newest))
    last = series[-1] if series else None
    target = None if front.type == "baseline" else front.target
    silent = last is not None and _is_silent(metric.okr, last, as_of)
    return Reading(
        "series",
        last.value if last else None,
        grain="day",
        period_start=last.on if last else None,
        period_end=last.on if last else None,
        series=series,
        comparisons=tuple(_comparisons(metric, series, target)),
        irregular=True,
        target=target,
        targets=() if target is None else ((date.min, float(target)),),
        data_until=last.on if last else None,
        silent_since=last.on if last and silent else None,
    )


def _is_silent(terms: KeyResultTerms, last: Point, as_of: date) -> bool:
    front = terms.front
    met = (
        front.baseline is not None
        and front.target is not None
        and ((last.value or 0.0) - front.target) * (front.target - front.baseline) >= 0
    )
    expected = min(as_of, terms.period.end) - SILENT_AFTER
    return not met and front.state != "dropped" and last.on < expected


def _comparisons(
    metric: Metric, series: tuple[Point, ...], target: float | None
) -> Iterator[Comparison]:
    """The newest value against the check-in before it, and against the target."""
    for kind in declared_comparisons(metric):
        if kind == "target" and series and target is not None:
            yield comparison("target", None, series[-1].value or 0.0, target, metric.front)
        elif kind == "previous" and len(series) > 1:
            before, newest = series[-2:]
            entry = comparison(
                "previous", before.on, newest.value or 0.0, before.value or 0.0, metric.front
            )
            yield replace(entry, measured=True)
