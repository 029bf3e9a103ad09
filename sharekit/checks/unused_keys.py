"""Rules: what is written does something. A key that would have no effect is refused, with what to
write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sharekit.checks.checked_project import CheckedProject
from sharekit.checks.numbers import own_totals
from sharekit.errors import Problem
from sharekit.numbers.additivity.columns import time_name, value_name
from sharekit.project.dashboard_body import MetricsBlock
from sharekit.project.dashboard_rows import MOST_COLUMNS, columns_of, is_card
from sharekit.project.manifest import Metric
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.shapes import KeyResultType, MetricPlacement

NOT_OF_TABLES: tuple[str, ...] = (
    "direction", "grain", "time", "dimensions", "numerator", "denominator", "total", "missing", "compare", "target",
    "targets", "minimum_count", "labels", "chart", "change", "headline", "band", "order", "over_time", "since",
    "settles", "unit_column", "value",
)  # fmt: skip
"""Keys that say how one number reads; a table has none."""
UNPACED: Mapping[KeyResultType, str] = {
    "maintain": "a band is to be kept all the time",
    "baseline": "it counts the periods that are measured",
}
"""Types of key results whose expected course no `pace` changes."""


def keys(project: CheckedProject) -> Iterator[Problem]:
    """Keys of metrics and key results that have no effect on such an item."""
    for metric in project.manifest.metrics.values():
        if metric.front.kind == "table":
            yield from _of_table(metric) if metric.okr is None else ()
            continue
        if metric.front.columns:
            hint = (
                "Write `kind: table` to show the rows as they are, or say `unit` and `format` of"
                " the value."
            )
            yield _without_effect(
                metric, "columns", "`columns` says how the columns of a table are shown", hint
            )
        for key in ("targets", "minimum_count"):
            if getattr(metric.front, key) is not None and not metric.front.dimensions:
                hint = "Write `dimensions`, or take it out."
                message = f"`{key}` is about members, and this number has no dimension"
                yield _without_effect(metric, key, message, hint)
        yield from _lookups(project, metric)
        if metric.front.chart in ("card", "table", "stacked"):
            message = (
                f"`chart: {metric.front.chart}` draws nothing: a metric's own chart is `line` or"
                " `bar`"
            )
            hint = (
                f"Take it out; in a dashboard write `{{id: {metric.id}, chart:"
                f" {metric.front.chart}}}`."
            )
            yield _without_effect(metric, "chart", message, hint)
        if metric.okr is not None:
            yield from _of_key_result(metric)


def _lookups(project: CheckedProject, metric: Metric) -> Iterator[Problem]:
    """Names of members are of a dimension, and come from a source or view that is there."""
    tables = [*project.manifest.sources, *project.manifest.views]
    for dimension, lookup in metric.front.labels.items():
        key, table = f"labels.{dimension}", lookup.partition(".")[0]
        if dimension not in metric.front.dimensions:
            hint = suggestion(
                dimension,
                metric.front.dimensions,
                are="Its dimensions are",
                none="Write `dimensions`, or take it out.",
            )
            message = f"`{dimension}` is not a dimension here"
            yield Problem("unknown-dimension", message, metric.at(key), hint=hint)
        if table.lower() not in {name.lower() for name in tables}:
            hint = suggestion(table, tables, are="There are", none="Put a file in metrics/data/.")
            message = f"there is no source or view `{table}`"
            yield Problem("unknown-source", message, metric.at(key), hint=hint)


def _of_table(metric: Metric) -> Iterator[Problem]:
    for key in NOT_OF_TABLES:
        if key in metric.keys or any(
            place.startswith((f"{key}[", f"{key}.")) for place in metric.keys
        ):
            hint = (
                "Take it out; or take `kind: table` out, and let the query return one value for"
                " each period."
            )
            yield _without_effect(
                metric, key, f"`{key}` describes one number, but this is a table", hint
            )


def _of_key_result(metric: Metric) -> Iterator[Problem]:
    assert metric.okr is not None
    kind = metric.okr.front.type
    if kind in UNPACED and "pace" in metric.keys:
        message = f"`pace` does nothing for `{kind}`: {UNPACED[kind]}"
        yield _without_effect(metric, "pace", message, "Take it out.")
    if "announce" in metric.keys and metric.front.announce == "page":
        message = "`announce: page` does nothing: revisions of key results always go out by mail"
        hint = (
            "Take it out; a change that nobody needs to hear of is noted with `announce: none`"
            " under `revisions`."
        )
        yield _without_effect(metric, "announce", message, hint)


def _without_effect(metric: Metric, key: str, message: str, hint: str) -> Problem:
    return Problem("no-effect", message, metric.at(key), hint=hint)


def placement_options(project: CheckedProject) -> Iterator[Problem]:
    """Options of an entry in a `metrics` block that have no effect on such a drawing."""
    for _, body in project.bodies:
        for block in body.parts:
            for index, placement in enumerate(
                block.metrics if isinstance(block, MetricsBlock) else ()
            ):
                metric = project.manifest.metrics.get(placement.id)
                if metric is None or not isinstance(block, MetricsBlock):
                    continue
                item_place = block.keys[f"[{index}]"]
                for key, message, hint in _idle(project, metric, placement):
                    yield Problem(
                        "no-effect",
                        message,
                        block.keys.get(f"[{index}].{key}", item_place),
                        hint=hint,
                    )


def rows(project: CheckedProject) -> Iterator[Problem]:
    """Columns and widths of a `metrics` block lay something out, and leave charts room."""
    for _, body in project.bodies:
        for block in body.parts:
            if isinstance(block, MetricsBlock):
                yield from _widths(block)


def _widths(block: MetricsBlock) -> Iterator[Problem]:
    columns = columns_of(block.metrics, block.columns)
    if len(block.metrics) == 1 and columns is not None:
        key = "columns" if block.columns is not None else "width"
        place = block.keys.get("columns") or block.keys.get("[0].width", block.keys["[0]"])
        message = f"`{key}` does nothing here: one entry alone fills its row"
        yield Problem("no-effect", message, place, hint="Take it out, or add another entry.")
        return
    for index, placement in enumerate(block.metrics):
        item_place = block.keys[f"[{index}]"]
        width = placement.width or 1
        if columns is not None and width > columns:
            yield Problem(
                "too-wide",
                f"`width: {width}` is more than this block has columns, which is {columns}",
                block.keys.get(f"[{index}].width", item_place),
                hint=f"Write `width: {columns}`, or `columns: {width}`.",
            )
        elif columns == MOST_COLUMNS and width == 1 and not is_card(placement):
            yield Problem(
                "too-narrow",
                f"`{placement.id}` is too narrow to read in one of four columns",
                item_place,
                hint=f"Write `width: 2` in {{id: {placement.id}, ...}}, or `columns: 3`.",
            )


def _idle(
    project: CheckedProject, metric: Metric, placement: MetricPlacement
) -> Iterator[tuple[str, str, str]]:
    if placement.chart == "card" and placement.by is not None:
        hint = (
            f"Write `chart: line`, `bar` or `table` to see it by {placement.by}, or leave `by` out."
        )
        yield "by", "a card shows one number, and `by` asks for many", hint
    if placement.accumulate is not None:
        yield from _accumulating(project, metric, placement)
    if placement.chart == "stacked" and placement.by is None:
        names = metric.front.dimensions
        hint = f"Write `by: {names[0]}` beside it." if names else "Write `chart: line`."
        yield "chart", "`stacked` shows each member's share, and needs `by`", hint
    elif placement.chart == "stacked" and not _adds_up(project, metric):
        hint = f"Write `chart: line` to see it by {placement.by}."
        yield "chart", "`stacked` shows shares of a whole, and these values do not add up", hint
    if metric.front.kind == "table" and placement.last is not None:
        hint = "Leave `last` out, and filter in the query: WHERE day >= as_of() - INTERVAL 28 DAY."
        yield "last", f"`{metric.id}` is a table, which has no periods to go back over", hint
    if (
        placement.chart == "bar"
        and placement.by
        and placement.last
        and not _adds_up(project, metric)
    ):
        hint = (
            f"Write `chart: line` to see it by {placement.by} over time, or leave `last` out to see"
            " the latest values."
        )
        yield (
            "last",
            "bars by member over time are stacked, and these values do not add up",
            hint,
        )


def _accumulating(
    project: CheckedProject, metric: Metric, placement: MetricPlacement
) -> Iterator[tuple[str, str, str]]:
    """`accumulate` draws one line of sums within a span."""
    span = placement.accumulate
    if placement.chart not in (None, "line"):
        message = f"`accumulate` draws a line, not a `{placement.chart}`"
        yield "chart", message, "Leave `chart` or `accumulate` out."
    if placement.by is not None:
        yield "by", "`accumulate` draws the whole, not its members", "Leave `by` out."
    if placement.last is not None:
        message = f"`accumulate` shows the {span} so far, and goes no further back"
        yield "last", message, "Leave `last` out."
    if metric.okr is not None:
        hint = "Place the number that it reads, or leave `accumulate` out."
        yield "accumulate", "a key result has its pace on its own page", hint
    elif not _adds_up_over_time(project, metric):
        hint = (
            "Write `over_time: sum` in its front matter if its periods add up; else `chart: line`."
        )
        yield "accumulate", f"nothing says that the periods of `{metric.id}` add up", hint
    elif metric.front.grain in _NOT_WITHIN[span or "month"]:
        hint = "Write a longer span, or `chart: line`."
        message = f"`{metric.id}` has one value a {metric.front.grain}, so no {span} has several to add up"
        yield "accumulate", message, hint


_NOT_WITHIN: Mapping[str, tuple[str, ...]] = {
    "month": ("month", "quarter", "year"),
    "quarter": ("quarter", "year"),
    "year": ("year",),
}
"""Span -> grains that do not fit into it several times."""


def _adds_up_over_time(project: CheckedProject, metric: Metric) -> bool:
    """Whether the values of several periods make one sum."""
    front = metric.front
    if front.numerator or front.kind == "table":
        return False
    if front.over_time is not None:
        return front.over_time == "sum"
    outputs = project.outputs(metric.id)
    value, time = value_name(front, outputs), time_name(front, outputs)
    return value is not None and outputs.of(value).over([time] if time else [])


def _adds_up(project: CheckedProject, metric: Metric) -> bool:
    """Whether slices add up by a sum, so far as the declaration tells."""
    front = metric.front
    return front.total == "sum" or not (
        front.total == "none" or front.numerator or own_totals(project, metric.id)
    )
