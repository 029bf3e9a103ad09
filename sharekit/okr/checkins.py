"""Check-ins: what the owner of a key result says on a day. Of one kept by hand they are its values.
Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sharekit.numbers.results import Comparison, Point, Reading
from sharekit.project.manifest import Metric
from sharekit.project.shapes import CheckIn


def values_as_sql(checkins: Iterable[CheckIn]) -> str:
    """The values as a query, so that other queries can read a key result that is kept by hand."""
    rows = [
        f"(DATE '{checkin.on.isoformat()}', {checkin.value!r}::DOUBLE)"
        for checkin in checkins
        if checkin.value is not None
    ]
    if not rows:
        return "SELECT NULL::DATE AS day, NULL::DOUBLE AS value WHERE false"
    return f"SELECT day, value FROM (VALUES {', '.join(rows)}) AS checkins(day, value)"


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
    series = tuple(Point(day, newest[day]) for day in sorted(newest))
    last = series[-1] if series else None
    target = None if front.type == "baseline" else front.target
    return Reading(
        "series",
        last.value if last else None,
        grain="day",
        period_start=last.on if last else None,
        period_end=last.on if last else None,
        series=series,
        comparisons=_against(metric, last.value if last else None, target),
        target=target,
        targets=() if target is None else ((date.min, float(target)),),
        data_until=last.on if last else None,
    )


def _against(metric: Metric, value: float | None, target: float | None) -> tuple[Comparison, ...]:
    if value is None or target is None:
        return ()
    change, way = value - target, metric.front.direction
    better = None if way == "none" or not change else (change > 0) == (way == "up")
    return (
        Comparison(
            "target", None, target, change, change / abs(target) if target else None, better
        ),
    )


def newest_confidence(checkins: Iterable[CheckIn], declared: float | None) -> float | None:
    """The owner's confidence: that of the newest check-in that gives one, else the declared one."""
    said = [
        (checkin.on, checkin.confidence) for checkin in checkins if checkin.confidence is not None
    ]
    return max(said, key=lambda each: each[0])[1] if said else declared
