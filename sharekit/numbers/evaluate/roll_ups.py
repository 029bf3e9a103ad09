"""Where one view would spare many reads of a large source. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sharekit.errors import Problem
from sharekit.numbers.additivity import Outputs
from sharekit.numbers.additivity.columns import value_name
from sharekit.numbers.results import SourceInfo
from sharekit.project.lineage import Lineage
from sharekit.project.manifest import Manifest, Metric

CROWD = 5
"""So many metrics over one large source want one view of it."""
LARGE = 1_000_000
"""Rows from which reading them again counts."""
_GAIN = (
    "A view with `materialize: true` that adds them up by day and dimension reads them once: over 100"
    " million rows, 100 metrics took 16 seconds of processor time instead of 318."
)
"""Measured by tests/bench/bench_large.py --metrics 100."""


def roll_ups(
    manifest: Manifest,
    sources: Mapping[str, SourceInfo],
    lineage: Lineage,
    outputs: Callable[[str], Outputs],
) -> Iterator[Problem]:
    """A warning for each large source that many metrics read whole, though what they show adds
    up."""
    for name, info in sources.items():
        if (info.rows or 0) < LARGE or name not in manifest.sources:
            continue
        readers = [
            metric
            for metric in manifest.metrics.values()
            if _reads_whole(metric.id, name, manifest, lineage)
            and _adds_up(metric, outputs(metric.id))
        ]
        if len(readers) >= CROWD:
            message = f"{len(readers)} metrics each read all {info.rows:,} rows of {name}"
            place = manifest.sources[name].place
            yield Problem(
                "many-scans", message, place, hint=_GAIN, severity="warning", phase="data"
            )


def _reads_whole(item: str, source: str, manifest: Manifest, lineage: Lineage) -> bool:
    """Whether an item reads a source, itself or through what is no table of its own."""
    view = manifest.views.get(item)
    if view is not None and view.front.materialize:
        return False
    return source in lineage.sources.get(item, ()) or any(
        _reads_whole(upstream, source, manifest, lineage)
        for upstream in lineage.items.get(item, ())
    )


def _adds_up(metric: Metric, outputs: Outputs) -> bool:
    """Whether its value, or the parts of it, are sums that a view can hold."""
    front = metric.front
    value = value_name(front, outputs)
    ratio_columns = [name.lower() for name in (front.numerator, front.denominator) if name]
    names = ratio_columns if len(ratio_columns) == 2 else [value] if value is not None else []
    return bool(names) and all(outputs.of(name).how == "adds" for name in names)
