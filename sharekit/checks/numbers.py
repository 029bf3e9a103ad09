"""Rules: what a metric's front matter says must make sense for one number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sharekit.checks.checked_project import CheckedProject, query_place
from sharekit.errors import Problem, Severity
from sharekit.numbers.additivity import UNKNOWN
from sharekit.numbers.additivity.advice import three_fixes, why_not
from sharekit.numbers.additivity.columns import time_name, value_name
from sharekit.numbers.formats import FORMAT_NAMES, is_format
from sharekit.numbers.periods import parse_span
from sharekit.project.lineage import SCHEMA, Lineage
from sharekit.project.manifest import Metric
from sharekit.project.read.did_you_mean import nearest, suggestion
from sharekit.project.shapes import DatedTarget


def additivity_rules(project: CheckedProject) -> Iterator[Problem]:
    """Slices that do not add up have a rule: never a guess. A column that is read as it stands in
    its source is refused when its rows are there (measure), so that one such number stops no
    other."""
    for metric in project.manifest.metrics.values():
        front = metric.front
        if (
            not front.dimensions
            or front.kind == "table"
            or front.total
            or front.numerator
            or front.denominator
        ):
            continue
        if project.facts[metric.id].fault is not None:
            continue
        outputs = project.outputs(metric.id)
        value = value_name(front, outputs)
        if value is None or outputs.totals or outputs.of(value).over(front.dimensions):
            continue
        additivity = outputs.of(value)
        if additivity.how in ("row", "constant"):
            continue
        hint = three_fixes(additivity, front.dimensions, time_name(front, outputs)) + "."
        yield Problem(
            "no-total-rule",
            why_not(additivity, front.dimensions),
            metric.at("dimensions"),
            hint=hint,
        )


def over_time(project: CheckedProject) -> Iterator[Problem]:
    """A measurement is carried only where the value is a level."""
    for metric in project.manifest.metrics.values():
        front = metric.front
        if front.missing == "last" and front.over_time not in ("last", None):
            message = (
                f"`missing: last` carries a measurement on, and `over_time` is {front.over_time}"
            )
            hint = (
                "Write `over_time: last` for a level, such as a balance or a headcount; else take"
                " `missing` out."
            )
            yield Problem("carried-flow", message, metric.at("missing"), hint=hint)
        elif front.missing == "last" and front.over_time is None:
            outputs = project.outputs(metric.id)
            value = value_name(front, outputs)
            if value is None or outputs.of(value).how == "level":
                continue
            message = (
                "`missing: last` carries a measurement on, and nothing says that the value is a"
                " level"
            )
            hint = (
                "Write `over_time: last` too: of several rows of one period the last one is the"
                " value."
            )
            yield Problem("carried-flow", message, metric.at("missing"), hint=hint)


def ratio_parts(project: CheckedProject) -> Iterator[Problem]:
    """The two parts of a ratio add up over the slices; a count of distinct things does not."""
    for metric in project.manifest.metrics.values():
        front = metric.front
        if not front.dimensions or project.facts[metric.id].fault is not None:
            continue
        for key in ("numerator", "denominator"):
            name = getattr(front, key)
            if name is None:
                continue
            additivity = project.outputs(metric.id).of(name)
            if (
                additivity.how not in ("adds", "not")
                or additivity.over(front.dimensions)
                or additivity == UNKNOWN
            ):
                continue
            over = " and ".join(front.dimensions)
            message = f"the {key} does not add up over {over}: {additivity.reason}"
            hint = (
                "The total divides sums of its slices. Take a sum or a count, or let the query"
                " return total rows (GROUP BY GROUPING SETS) instead of naming its parts."
            )
            yield Problem("part-not-a-sum", message, metric.at(key), hint=hint, severity="warning")


def own_totals(project: CheckedProject, item: str) -> bool:
    """Whether total rows come out of the query or of something it reads."""
    return any(
        project.facts[name].own_totals
        for name in (item, *project.lineage.upstream(item))
        if name in project.facts
    )


_AGGREGATES = re.compile(r"\b(sum|count|avg|mean|median)\s*\(", re.IGNORECASE)


def totals_of_others(project: CheckedProject) -> Iterator[Problem]:
    """What adds up another metric tells its total rows apart: where its dimension is NULL."""
    for item in project.manifest.queries:
        facts = project.facts[item.id]
        text = item.sql.text.lower()
        if facts.fault is not None or not _AGGREGATES.search(text):
            continue
        for read in facts.reads:
            upstream = project.manifest.metrics.get(read.name) if read.schema == SCHEMA else None
            if upstream is None or not project.facts[upstream.id].own_totals:
                continue
            dimensions = upstream.front.dimensions
            if not dimensions or any(name.lower() in text for name in dimensions):
                continue
            name = dimensions[0]
            yield Problem(
                "total-counted-twice",
                f"metrics.{upstream.id} also returns total rows, in which `{name}` is NULL, and they"
                " are counted here too",
                query_place(item, read.line, read.column, len(read.name)),
                hint=f"Write `WHERE {name} IS NOT NULL`; or `IS NULL` to read the totals alone.",
                severity="warning",
            )


def ratios(project: CheckedProject) -> Iterator[Problem]:
    """A numerator comes with a denominator, and a ratio needs no other rule."""
    for metric in project.manifest.metrics.values():
        front = metric.front
        if (front.numerator is None) != (front.denominator is None):
            present, lacking = (
                ("numerator", "denominator") if front.numerator else ("denominator", "numerator")
            )
            hint = f"Name the column whose sum is the ratio's other part: `{lacking}: column`."
            yield Problem(
                "half-ratio", f"`{present}` without `{lacking}`", metric.at(present), hint=hint
            )
        elif front.numerator is not None and front.total is not None:
            message = (
                "a ratio's total is the sum of its numerators divided by that of its denominators"
            )
            yield Problem("two-total-rules", message, metric.at("total"), hint="Take `total` out.")


def headlines(project: CheckedProject) -> Iterator[Problem]:
    """A slice speaks where there are slices and no total; a target has something to be compared
    with."""
    for metric in project.manifest.metrics.values():
        front = metric.front
        if front.headline is not None and not front.dimensions:
            message = "`headline` names a member, but there are no `dimensions`"
            hint = (
                "Declare the column that has this member: `dimensions: [quantile]`; or take"
                " `headline` out."
            )
            yield Problem("headline-without-dimension", message, metric.at("headline"), hint=hint)
        elif front.headline is not None and (front.total == "sum" or front.numerator is not None):
            message = "`headline` names a slice, but this number has a total"
            hint = (
                "Take `headline` out; or write `total: none`, and the slice becomes the headline."
            )
            yield Problem("headline-of-total", message, metric.at("headline"), hint=hint)
        elif front.headline is None and front.total == "none" and front.dimensions:
            key = next(
                (key for key in ("target", "band") if getattr(front, key) is not None), "total"
            )
            if key == "total" and metric.okr is None:
                continue
            what = f"the {key}" if key != "total" else "the key result"
            message = f"{what} cannot be compared: there is no total"
            hint = (
                f"Write `headline:` and the member of {front.dimensions[0]} to use as the headline."
            )
            severity: Severity = "error" if metric.okr else "warning"
            yield Problem(
                "target-without-total", message, metric.at(key), hint=hint, severity=severity
            )


def dimensions(project: CheckedProject) -> Iterator[Problem]:
    """Dimensions are named once, and are neither the time nor the value."""
    for metric in project.manifest.metrics.values():
        front, dimension_names = metric.front, set[str]()
        column_roles = {
            name: key for key in ("time", "value") if (name := getattr(front, key)) is not None
        }
        for index, name in enumerate(front.dimensions):
            place = metric.at(f"dimensions[{index}]")
            if name in dimension_names:
                yield Problem(
                    "duplicate-dimension",
                    f"`{name}` is named twice",
                    place,
                    hint="Keep one of them.",
                )
            elif name in column_roles:
                message = f"`{name}` is already the {column_roles[name]}"
                yield Problem(
                    "bad-dimension",
                    message,
                    place,
                    hint="A dimension is a column that slices the value.",
                )
            dimension_names.add(name)
        for name in front.order:
            if name.casefold() not in {dimension.casefold() for dimension in front.dimensions}:
                none = f"It has none: write `dimensions: [{name}]`."
                hint = suggestion(name, front.dimensions, are="Its dimensions are", none=none)
                yield Problem(
                    "unknown-dimension",
                    f"`{name}` is not a dimension here",
                    metric.at(f"order.{name}"),
                    hint=hint,
                )


def formats(project: CheckedProject) -> Iterator[Problem]:
    """`format` is d3's or one of our names; `max_age` and `settles` are spans of time."""
    for metric in project.manifest.metrics.values():
        written = metric.front.format
        if written is not None and not is_format(written):
            near = nearest(written, FORMAT_NAMES, 1)
            names = f'Write a d3 format such as ",.1%", or a name: {", ".join(FORMAT_NAMES)}.'
            hint = f"Did you mean `{near[0]}`?" if near else names
            yield Problem(
                "bad-format", f'"{written}" is not a format', metric.at("format"), hint=hint
            )
        for key, span in (("max_age", metric.front.max_age), ("settles", metric.front.settles)):
            if span is not None and parse_span(span) is None:
                hint = 'Write it like "8 days", "36 hours" or "2 weeks".'
                yield Problem(
                    "bad-span", f'"{span}" is not a span of time', metric.at(key), hint=hint
                )


def targets(project: CheckedProject) -> Iterator[Problem]:
    """Dated targets ascend; a comparison with the target has one."""
    for metric in project.manifest.metrics.values():
        target = metric.front.target
        if isinstance(target, list):
            yield from _dated_target_problems(metric, target)
        compares = metric.front.compare or ()
        if "target" in compares and target is None and metric.okr is None:
            place = metric.at(f"compare[{compares.index('target')}]")
            hint = "Write `target: 0.8`, or take it out of `compare`."
            yield Problem(
                "no-target", "`compare` names a target, but there is none", place, hint=hint
            )


def _dated_target_problems(metric: Metric, target: list[DatedTarget]) -> Iterator[Problem]:
    if not target:
        yield Problem(
            "no-target",
            "the list of targets is empty",
            metric.at("target"),
            hint="Write one, or take it out.",
        )
    for index in range(1, len(target)):
        if target[index].from_ <= target[index - 1].from_:
            message = (
                f"the target from {target[index].from_} comes after the one from"
                f" {target[index - 1].from_}"
            )
            place = metric.at(f"target[{index}].from")
            yield Problem(
                "target-order",
                message,
                place,
                hint="Write dated targets oldest first, one for a day.",
            )


def bands(project: CheckedProject) -> Iterator[Problem]:
    """A band has its lower value first. Those of key results are checked with their type."""
    for metric in project.manifest.plain_metrics.values():
        band = metric.front.band
        if band is not None and band[0] >= band[1]:
            message = f"the band begins at {band[0]:g} and ends at {band[1]:g}"
            yield Problem(
                "bad-band",
                message,
                metric.at("band"),
                hint="Write the lower value first: `band: [0.9, 1]`.",
            )


def replacements(project: CheckedProject) -> Iterator[Problem]:
    """What replaces a metric is another one, in use; and only what is deprecated is replaced."""
    metrics = project.manifest.metrics
    for metric in metrics.values():
        name = metric.front.replaced_by
        if name is None:
            continue
        place = metric.at("replaced_by")
        if metric.front.state != "deprecated":
            message = "`replaced_by` is for a deprecated metric, and this one is in use"
            hint = "Write `state: deprecated` beside it, or take it out."
            yield Problem("no-effect", message, place, hint=hint)
        elif name == metric.id or (name in metrics and metrics[name].front.state == "deprecated"):
            hint = "Name the metric that people are to use from now on."
            yield Problem("bad-replacement", f"`{name}` is itself deprecated", place, hint=hint)


def drives(project: CheckedProject) -> Iterator[Problem]:
    """What a metric drives is there."""
    manifest = project.manifest
    for metric in manifest.metrics.values():
        for index, name in enumerate(metric.front.drives):
            place = metric.at(f"drives[{index}]")
            yield from project.unknown(
                "metric", name, manifest.metrics, place, none="No metric is declared yet."
            )
    edges = {
        name: tuple(drive for drive in metric.front.drives if drive in manifest.metrics)
        for name, metric in manifest.metrics.items()
    }
    circle = Lineage(edges, {}).circle()
    if circle:
        message = f"these drive each other: {' → '.join(circle)}"
        hint = "Take one `drives` out: a number cannot drive what drives it."
        yield Problem("circle", message, manifest.metrics[circle[0]].at("drives[0]"), hint=hint)
