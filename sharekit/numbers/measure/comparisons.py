"""The headline against the period before, a year ago and the target. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from sharekit.numbers.exact import difference
from sharekit.numbers.formats import change_way, is_few
from sharekit.numbers.results import Comparison
from sharekit.project.manifest import Metric
from sharekit.project.shapes import CompareKind, DatedTarget, Grain, KeyResultFront, MetricFront

YEAR_AGO: dict[Grain, int] = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""How many periods back a year ago is; of days and weeks, so many that the same weekdays meet."""
TO_DATE: dict[CompareKind, CompareKind] = {
    "previous_to_date": "previous",
    "year_ago_to_date": "year_ago",
}
"""To-date comparisons, and whose period they look into."""


MOST_TIMES = 10.0
"""A change of more than so many times what it is compared with is told in the unit: the base is
next to nothing."""


def declared_comparisons(metric: Metric) -> tuple[CompareKind, ...]:
    """The comparisons a metric declares, in its order; default: previous, and target where there is
    one."""
    declared = metric.front.compare
    if declared is not None:
        return tuple(dict.fromkeys(declared))
    has_target = targets_of(metric) or isinstance(metric.front.target, str)
    return ("previous", "target") if has_target else ("previous",)


def targets_of(metric: Metric) -> tuple[tuple[date, float], ...]:
    """All targets of a metric's value with their first days, oldest first; a single one holds from
    date.min.

    The target of a `baseline` key result counts periods to measure and is none of the value.
    """
    front = metric.front
    target = front.target
    if (
        target is None
        or isinstance(target, str)
        or (isinstance(front, KeyResultFront) and front.type == "baseline")
    ):
        return ()
    if isinstance(target, list):
        return tuple(
            sorted((entry.from_, entry.value) for entry in target if isinstance(entry, DatedTarget))
        )
    return ((date.min, float(target)),)


def target_on(targets: Sequence[tuple[date, float]], day: date) -> float | None:
    """The target that holds on a day; None before the first one."""
    return next((value for first, value in reversed(targets) if first <= day), None)


SAME = 1e-8
"""Relative difference that no text shows, so that nothing is said to be worse by it."""


def comparison(
    kind: CompareKind,
    period: date | None,
    headline: float,
    base: float,
    front: MetricFront,
    through: date | None = None,
) -> Comparison:
    """change = headline - other; change_pct = change / other; better where the change goes the
    declared way.

    There is no change_pct where it would mislead: where either value lies below zero (a loss that
    grows by half is not "up 50%"), or from next to nothing. A handful of things changes by a count,
    unless `change:` says otherwise."""
    direction = front.direction
    change = difference(headline, base)
    share = change / base if base > 0 and headline >= 0 else None
    if share is not None and not share <= MOST_TIMES:
        share = None
    is_none = direction == "none" or math.isclose(headline, base, rel_tol=SAME)
    better = None if is_none else (change > 0) == (direction == "up")
    way = change_way(front.unit, front.format, front.change)
    if front.change is None and share is not None and is_few(change, share):
        way = "absolute"
    return Comparison(kind, period, base, change, share, better, way, through)
