"""When a page counts as old. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from sharekit.numbers.periods import parse_span
from sharekit.project.manifest import Metric
from sharekit.site.audience_tree import AudienceTree


def old_from(tree: AudienceTree) -> str:
    """The first day on which a reader is warned that the pages were not rebuilt; "" where the as-of
    date is set once and for all.

    It is the day on which a second build is due and has not come, or, from the day after the first
    on, the one on which the data of a number pass their `max_age`."""
    config = tree.manifest.config.project
    rebuilt_every = parse_span(config.rebuilt_every)
    if config.as_of is not None or rebuilt_every is None:
        return ""
    late = tree.as_of + (tree.as_of - rebuilt_every.before(tree.as_of)) + timedelta(days=1)
    too_old = (_too_old(tree, metric) for metric in tree.manifest.metrics.values())
    first = min([late, *(day for day in too_old if day)])
    return max(first, tree.as_of + timedelta(days=2)).isoformat()


def _too_old(tree: AudienceTree, metric: Metric) -> date | None:
    """The first day on which the data of a number that is fresh today pass their `max_age`."""
    result = tree.result(metric)
    limit = parse_span(metric.front.max_age) if metric.front.max_age else None
    until = result.reading.data_until if result.reading else None
    if limit is None or until is None or result.stale or result.failure:
        return None
    return until + (until - limit.before(until)) + timedelta(days=1)
