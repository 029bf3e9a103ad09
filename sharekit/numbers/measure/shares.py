"""Numbers that read a hundred times too large, because they are per cent where the unit "%" wants
shares: in the values, and in what the front matter says about them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sharekit.errors import Problem
from sharekit.numbers.formats import format_value, is_share
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.results import Reading
from sharekit.project.manifest import Metric
from sharekit.project.shapes import DatedTarget, KeyResultFront

_LEAST = 1.5
"""150% and less is a share like any other."""
_MOST = 100
_TIMES = 10
"""A target is seldom so many times as large as all that was ever measured."""


def not_a_share(metric: Metric, reading: Reading) -> Iterator[Problem]:
    """96.4 with unit "%" reads 9,640%: most likely the query, or a check-in, says per cent where a
    share is meant. So does `target: 80` beside values of 0.7."""
    front = metric.front
    if not is_share(front.unit, front.format):
        return
    values = [point.value for point in reading.series if point.value is not None] or [
        reading.value or 0.0
    ]
    if min(values) > _LEAST and max(values) <= _MOST:
        text = format_value(values[-1], front.unit, front.format)
        message = f"the value is {values[-1]:.4g}, which reads {text}"
        hint = "Return a share, 0.8 for 80%: divide by 100 in the query."
        if metric.by_hand:
            hint = "Write shares, 0.8 for 80%: in check-ins, baseline and target."
        yield column_problem(
            metric, "not-a-share", message, key="unit", hint=hint, severity="warning"
        )
    yield from _percent_beside_shares(metric, values)


def _percent_beside_shares(metric: Metric, values: Sequence[float]) -> Iterator[Problem]:
    """Targets, bands and baselines that are per cent beside values that are shares."""
    front = metric.front
    largest = max(map(abs, values))
    for key, number in _declared_values(metric):
        if _LEAST < abs(number) <= _MOST and abs(number) > _TIMES * largest:
            name = key.partition("[")[0]
            text = format_value(number, front.unit, front.format)
            yield column_problem(
                metric,
                "not-a-share",
                f"`{name}` is {number:g}, which reads {text}",
                key=key if key in metric.keys else name,
                hint=f'Write {number / 100:g}: with the unit "%", values are shares.',
                severity="warning",
            )


def _declared_values(metric: Metric) -> Iterator[tuple[str, float]]:
    """What the front matter says about values in their unit, each with its key."""
    front = metric.front
    target = front.target
    if isinstance(target, list):
        for number, entry in enumerate(target):
            if isinstance(entry, DatedTarget):
                yield f"target[{number}].value", entry.value
    elif isinstance(target, int | float) and getattr(front, "type", None) != "baseline":
        yield "target", target
    if isinstance(front.targets, dict):
        yield from ((f"targets.{member}", number) for member, number in front.targets.items())
    yield from ((f"band[{number}]", bound) for number, bound in enumerate(front.band or ()))
    if isinstance(front, KeyResultFront):
        if front.baseline is not None:
            yield "baseline", front.baseline
        if isinstance(front.pace, list):
            for number, point in enumerate(front.pace):
                yield f"pace[{number}].value", point.value
