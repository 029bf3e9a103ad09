"""Rules: what a metric's front matter says must make sense for one number."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.checks.context import Project
from sharekit.checks.units import is_count
from sharekit.errors import Problem
from sharekit.numbers.formats import FORMAT_NAMES, is_format
from sharekit.numbers.periods import parse_span
from sharekit.project.lineage import Lineage
from sharekit.project.manifest import Metric
from sharekit.project.read.did_you_mean import nearest
from sharekit.project.shapes import DatedTarget

THREE_WAYS = (
    "Say how: `numerator: column` and `denominator: column` for a ratio, `total: sum` where a sum is right, "
    "or `total: none` where there is no total. A query with its own total rows by GROUPING SETS needs nothing."
)


def totals(project: Project) -> Iterator[Problem]:
    """Slices of what is no count add up by a rule, never by a guess."""
    for metric in project.manifest.metrics.values():
        front = metric.front
        if not front.dimensions or front.kind == "table" or front.total or front.numerator or front.denominator:
            continue
        if is_count(front.unit, front.format) or _own_totals(project, metric.id):
            continue
        shown = f'"{front.unit}"' if front.unit else f"the format {front.format}"
        message = f"values in {shown} do not simply add up over {', '.join(front.dimensions)}"
        yield Problem("no-total-rule", message, metric.at("dimensions"), hint=THREE_WAYS)


def _own_totals(project: Project, item: str) -> bool:
    """Whether total rows come out of the query or of something it reads."""
    return any(
        project.facts[each].own_totals for each in (item, *project.lineage.upstream(item)) if each in project.facts
    )


def ratios(project: Project) -> Iterator[Problem]:
    """A numerator comes with a denominator, and a ratio needs no other rule."""
    for metric in project.manifest.metrics.values():
        front = metric.front
        if (front.numerator is None) != (front.denominator is None):
            there, lacking = ("numerator", "denominator") if front.numerator else ("denominator", "numerator")
            hint = f"Name the column whose sum is the ratio's other part: `{lacking}: column`."
            yield Problem("half-ratio", f"`{there}` without `{lacking}`", metric.at(there), hint=hint)
        elif front.numerator is not None and front.total is not None:
            message = "a ratio's total is the sum of its numerators by the sum of its denominators"
            yield Problem("two-total-rules", message, metric.at("total"), hint="Take `total` out.")


def dimensions(project: Project) -> Iterator[Problem]:
    """Dimensions are named once, and are neither the time nor the value."""
    for metric in project.manifest.metrics.values():
        front, seen = metric.front, set[str]()
        taken = {name: key for key in ("time", "value") if (name := getattr(front, key)) is not None}
        for index, name in enumerate(front.dimensions):
            place = metric.at(f"dimensions[{index}]")
            if name in seen:
                yield Problem("duplicate-dimension", f"`{name}` is named twice", place, hint="Keep one of them.")
            elif name in taken:
                message = f"`{name}` is the {taken[name]} already"
                yield Problem("bad-dimension", message, place, hint="A dimension is a column that slices the value.")
            seen.add(name)


def formats(project: Project) -> Iterator[Problem]:
    """`format` is d3's or one of our names; `max_age` and `settles` are spans of time."""
    for metric in project.manifest.metrics.values():
        written = metric.front.format
        if written is not None and not is_format(written):
            near = nearest(written, FORMAT_NAMES, 1)
            names = f'Write a d3 format such as ",.1%", or a name: {", ".join(FORMAT_NAMES)}.'
            hint = f"Did you mean `{near[0]}`?" if near else names
            yield Problem("bad-format", f'"{written}" is no format', metric.at("format"), hint=hint)
        for key, span in (("max_age", metric.front.max_age), ("settles", metric.front.settles)):
            if span is not None and parse_span(span) is None:
                hint = 'Write it like "8 days", "36 hours" or "2 weeks".'
                yield Problem("bad-span", f'"{span}" is no span of time', metric.at(key), hint=hint)


def targets(project: Project) -> Iterator[Problem]:
    """Dated targets ascend; a comparison with the target has one."""
    for metric in project.manifest.metrics.values():
        target = metric.front.target
        if isinstance(target, list):
            yield from _dated(metric, target)
        compares = metric.front.compare or ()
        if "target" in compares and target is None and metric.okr is None:
            place = metric.at(f"compare[{compares.index('target')}]")
            hint = "Write `target: 0.8`, or take it out of `compare`."
            yield Problem("no-target", "this compares with a target, and there is none", place, hint=hint)


def _dated(metric: Metric, target: list[DatedTarget]) -> Iterator[Problem]:
    if not target:
        yield Problem(
            "no-target", "the list of targets is empty", metric.at("target"), hint="Write one, or take it out."
        )
    for index in range(1, len(target)):
        if target[index].from_ <= target[index - 1].from_:
            message = f"the target from {target[index].from_} stands after the one from {target[index - 1].from_}"
            place = metric.at(f"target[{index}].from")
            yield Problem("target-order", message, place, hint="Write dated targets oldest first, one for a day.")


def drives(project: Project) -> Iterator[Problem]:
    """What a metric drives is there."""
    manifest = project.manifest
    for metric in manifest.metrics.values():
        for index, name in enumerate(metric.front.drives):
            place = metric.at(f"drives[{index}]")
            yield from project.unknown("metric", name, manifest.metrics, place, none="No metric is declared yet.")
    edges = {
        name: tuple(each for each in metric.front.drives if each in manifest.metrics)
        for name, metric in manifest.metrics.items()
    }
    circle = Lineage(edges, {}).circle()
    if circle:
        message = f"these drive each other: {' → '.join(circle)}"
        hint = "Take one `drives` out: what moves what goes one way."
        yield Problem("circle", message, manifest.metrics[circle[0]].at("drives[0]"), hint=hint)
