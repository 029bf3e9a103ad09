"""Do a dashboard's charts suit the values that they draw? What the SQL alone does not tell: whether
there are periods, and whether parts of a whole are below zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sharekit.errors import Problem
from sharekit.numbers.formats import format_period, format_value
from sharekit.numbers.results import Reading, Result
from sharekit.project.dashboard_body import MetricsBlock, parse_body
from sharekit.project.manifest import Manifest, Metric
from sharekit.project.shapes import MetricPlacement


def undrawable(manifest: Manifest, results: Mapping[str, Result]) -> Iterator[Problem]:
    """Entries of `metrics` blocks that ask for a drawing which the values do not allow."""
    for dashboard in manifest.dashboards.values():
        for block in parse_body(dashboard) if dashboard.declared else ():
            if not isinstance(block, MetricsBlock):
                continue
            for index, placement in enumerate(block.metrics):
                result, metric = results.get(placement.id), manifest.metrics.get(placement.id)
                if result is None or result.reading is None or metric is None:
                    continue
                for key, message, hint in _unfit(metric, result.reading, placement):
                    place = block.keys.get(f"[{index}].{key}", block.keys[f"[{index}]"])
                    yield Problem("no-effect", message, place, hint=hint, phase="data")


def _unfit(
    metric: Metric, reading: Reading, placement: MetricPlacement
) -> Iterator[tuple[str, str, str]]:
    """Key, sentence and hint of what does not suit."""
    if reading.grain is None:
        yield from _without_periods(placement)
    elif placement.by and (
        placement.chart == "stacked" or (placement.chart == "bar" and placement.last)
    ):
        yield from _below_zero(metric, reading, placement)


def _without_periods(placement: MetricPlacement) -> Iterator[tuple[str, str, str]]:
    if placement.chart in ("line", "stacked") or (
        placement.chart == "bar" and placement.by is None
    ):
        hint = (
            f"Write `chart: bar` to see its values by {placement.by}."
            if placement.by
            else "Leave `chart` out to see its card."
        )
        message = f"`chart: {placement.chart}` goes over time, and `{placement.id}` has no periods"
        yield "chart", message, hint
    for key in ("last", "accumulate"):
        if getattr(placement, key) is not None:
            message = f"`{key}` goes over time, and `{placement.id}` has no periods"
            yield key, message, f"Leave `{key}` out."


def _below_zero(
    metric: Metric, reading: Reading, placement: MetricPlacement
) -> Iterator[tuple[str, str, str]]:
    values = [
        (point.value, member_slice.name, point.on)
        for member_slice in reading.slices.get(placement.by or "", ())
        for point in member_slice.series
        if point.value is not None and point.value < 0
    ]
    if values and reading.grain:
        value, name, on = min(values)
        value_text = format_value(value, metric.front.unit, metric.front.format)
        when = format_period(on, reading.grain, year=True, fiscal=reading.fiscal)
        message = f"parts of a whole are stacked, and {name} is below zero: {value_text}, {when}"
        yield "chart", message, f"Write `chart: line` to see it by {placement.by}."
