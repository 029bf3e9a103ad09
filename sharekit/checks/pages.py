"""Rules: dashboards place what is there, in a way it can be shown."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.checks.checked_project import CheckedProject
from sharekit.errors import Place, Problem
from sharekit.numbers.periods import parse_period, parse_span
from sharekit.project.dashboard_body import (
    ChangesBlock,
    LiveNumber,
    MetricsBlock,
    OkrsBlock,
    ProseBlock,
    TableBlock,
)
from sharekit.project.manifest import Metric
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.shapes import KeyResultFront, MetricPlacement

_NOBODY = "Nobody is declared yet: write [people.maria] in sharekit.toml."
_NO_METRIC = "No metric is declared yet: `sharekit new metric` makes one."


def readable_bodies(project: CheckedProject) -> Iterator[Problem]:
    """Blocks and live numbers can be read."""
    for _, body in project.bodies:
        yield from body.problems


def blocks(project: CheckedProject) -> Iterator[Problem]:
    """Blocks name metrics, objectives and people that are there."""
    for dashboard, body in project.bodies:
        for block in body.parts:
            head = Place(dashboard.path, getattr(block, "line", 1), 1, 3)
            match block:
                case MetricsBlock():
                    for index, placement in enumerate(block.metrics):
                        yield from _placement_problems(project, placement, block, index)
                case TableBlock():
                    place = block.keys.get("id") or block.keys.get("", head)
                    yield from _unknown_item(project, block.table.id, place)
                case OkrsBlock():
                    yield from _scorecard(project, block, head)
                case ChangesBlock() if block.changes.owner is not None:
                    place = block.keys.get("owner", head)
                    people = project.manifest.config.people
                    yield from project.unknown(
                        "person", block.changes.owner, people, place, none=_NOBODY
                    )
                case ProseBlock():
                    for number in block.numbers:
                        yield from _live(project, number)


def _unknown_item(project: CheckedProject, name: str, place: Place) -> Iterator[Problem]:
    yield from project.unknown("metric", name, project.manifest.metrics, place, none=_NO_METRIC)


def _placement_problems(
    project: CheckedProject, placement: MetricPlacement, block: MetricsBlock, index: int
) -> Iterator[Problem]:
    item_place = block.keys[f"[{index}]"]
    place = block.keys.get(f"[{index}].id", item_place)
    yield from _unknown_item(project, placement.id, place)
    if placement.last is not None and parse_span(placement.last) is None:
        hint = 'Write it like "26 weeks", "90 days" or "12 months".'
        where = block.keys.get(f"[{index}].last", item_place)
        yield Problem("bad-span", f'"{placement.last}" is not a span of time', where, hint=hint)
    metric = project.manifest.metrics.get(placement.id)
    if metric is None:
        return
    if metric.front.kind == "table" and placement.chart != "table":
        hint = f"Place it by a ```table block with `id: {placement.id}`."
        yield Problem(
            "table-as-card",
            f"`{placement.id}` is a table, and a card shows one number",
            place,
            hint=hint,
        )
    if placement.by is not None and placement.by not in metric.front.dimensions:
        where = block.keys.get(f"[{index}].by", item_place)
        none = f"It has none. Write `dimensions: [{placement.by}]` in {metric.path}."
        out = suggestion(placement.by, metric.front.dimensions, are="Its dimensions are", none=none)
        message = f"`{placement.id}` has no dimension `{placement.by}`"
        yield Problem("unknown-dimension", message, where, hint=out)


def _scorecard(project: CheckedProject, block: OkrsBlock, head: Place) -> Iterator[Problem]:
    card, manifest = block.scorecard, project.manifest
    if card.objective is not None:
        place = block.keys.get("objective", head)
        none = "There is no objective.md yet."
        yield from project.unknown(
            "objective", card.objective, manifest.objectives, place, none=none
        )
    if card.owner is not None:
        yield from project.unknown(
            "person",
            card.owner,
            manifest.config.people,
            block.keys.get("owner", head),
            none=_NOBODY,
        )
    if (
        card.period is not None
        and parse_period(card.period, manifest.config.project.fiscal_year) is None
    ):
        labels = {
            terms.period.label for metric in manifest.key_results.values() if (terms := metric.okr)
        }
        if card.period not in labels:
            hint = (
                suggestion(card.period, labels, are="Periods here are")
                or "Write 2013-Q4, 2013-H2, 2013-11 or 2013."
            )
            message = f'"{card.period}" is not understood as a period'
            yield Problem("bad-period", message, block.keys.get("period", head), hint=hint)


def _live(project: CheckedProject, number: LiveNumber) -> Iterator[Problem]:
    yield from _unknown_item(project, number.id, number.place)
    metric = project.manifest.metrics.get(number.id)
    if metric is None:
        return
    if metric.front.kind == "table":
        hint = f"Place its rows by a ```table block with `id: {number.id}`."
        yield Problem(
            "bad-live-number", f"`{number.id}` is a table, not one number", number.place, hint=hint
        )
    elif number.part == "target" and not _has_target(metric, number.member):
        hint = f"Write `target: 0.8` in {metric.path}."
        yield Problem("no-target", f"`{number.id}` has no target", number.place, hint=hint)
    elif number.member is not None and not metric.front.dimensions:
        hint = f"Write its `dimensions` in {metric.path}, or leave [{number.member}] out."
        yield Problem(
            "unknown-dimension", f"`{number.id}` has no dimensions", number.place, hint=hint
        )


def _has_target(metric: Metric, member: str | None) -> bool:
    front = metric.front
    return (
        front.target is not None
        or (member is not None and front.targets is not None)
        or (isinstance(front, KeyResultFront) and front.type in ("maintain", "milestone"))
    )
