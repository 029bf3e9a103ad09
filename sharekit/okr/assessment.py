"""Key results and objectives judged as of a date: a Reading and what was promised -> OkrReading. Pure.

What a key result is judged by, where its type or its data leave a choice:

- *Current* is the headline, the last complete period's value. Once the OKR's period is over it is the last
  period that ended within it, so that a score does not move after the close. (A number without time has no past:
  its query must end at the period's end by itself.)
- A week belongs to the OKR's period in which its last day lies, a month likewise.
- `early` is the first tenth of the period, and also the time before its first complete week or month: what was
  measured earlier says nothing about it.
- `maintain` earns as time passes (okr.kept_progress); outside its band today it is `at_risk` at best.
- `milestone` runs from 0 to 1 unless declared otherwise; `baseline` counts measured periods (okr.learned_progress).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sharekit.numbers.periods import last_day
from sharekit.numbers.results import ObjectiveReading, OkrReading, Point, Reading, Status
from sharekit.okr import formulas as okr
from sharekit.project.manifest import KeyResultTerms, Metric, Objective
from sharekit.project.shapes import Checkpoint, KeyResultFront, OkrConfig

_OPEN_ORDER: tuple[Status, ...] = ("on_track", "at_risk", "off_track")


@dataclass(frozen=True)
class _Measured:
    """What was measured of a key result, reduced to what judging needs."""

    current: float | None
    points: tuple[Point, ...]
    """Complete periods that ended within the OKR's period, each dated by its last day."""
    through: date | None
    """Last day that `current` covers; None for a number without time."""
    timeless: bool

    @property
    def values(self) -> list[float | None]:
        return [self.current] if self.timeless else [point.value for point in self.points]

    @property
    def begun(self) -> bool:
        """Whether a complete period of the OKR's own has been seen."""
        return self.timeless or bool(self.points)


def judge(
    terms: KeyResultTerms, reading: Reading | None, as_of: date, config: OkrConfig, *, dropped: bool = False
) -> OkrReading:
    """Judge one key result by its reading. `dropped`: its objective was given up (its own state counts as well)."""
    front, period = terms.front, terms.period
    baseline, target = promise(front)
    pace: Sequence[Checkpoint] = () if front.pace == "linear" or front.type in ("maintain", "baseline") else front.pace
    measured = _measure(terms, reading, as_of)
    straight = front.type in ("increase", "decrease", "milestone")
    elapsed = okr.elapsed_share(period, as_of)
    expected = okr.expected_progress(period, as_of, baseline, target, pace)
    raw = okr.raw_progress(measured.current, baseline, target) if straight else None
    done = _progress(front, measured, raw, elapsed)
    closed = as_of > period.end
    corners: tuple[Point, ...] = ()
    if straight and baseline is not None and target is not None:
        corners = okr.course(period, baseline, target, pace)
    behind = okr.gap(expected, done)
    status = _status(terms, measured, done, behind, as_of, config)
    grain = okr.rate_grain(reading.grain if reading else None)
    forecast = needed = actual = None
    if straight and measured.current is not None and baseline is not None and target is not None:
        through = measured.through or as_of
        actual = okr.actual_rate(measured.current, baseline, period.start, min(through, period.end), grain)
        if not closed:
            start = max(as_of, period.start)
            reached = raw is not None and raw >= 1
            needed = None if reached else okr.needed_rate(measured.current, target, start, period.end, grain)
            bounds = _bounds(front, reading)
            forecast = okr.forecast(measured.points, period.end, baseline, target, bounds=bounds)
    return OkrReading(
        baseline=baseline,
        target=target,
        original_target=target,
        current=measured.current,
        raw=raw,
        progress=done,
        expected=expected,
        gap=behind,
        score=done,
        status="dropped" if dropped or front.state == "dropped" else status,
        closed=closed,
        elapsed_days=min(max(0, (as_of - period.start).days), period.days),
        total_days=period.days,
        expected_value=okr.expected_value(corners, as_of),
        forecast=forecast,
        needed_rate=needed,
        actual_rate=actual,
        rate_grain=grain,
        pace=corners,
    )


def promise(front: KeyResultFront) -> tuple[float | None, float | None]:
    """Baseline and target of the value, with the defaults of the type: a milestone runs from 0 to 1."""
    if front.type == "milestone":
        return (0.0 if front.baseline is None else front.baseline, 1.0 if front.target is None else front.target)
    return front.baseline, target_of(front)


def target_of(front: KeyResultFront) -> float | None:
    """The declared target of the value. That of a `baseline` counts periods to measure and is none of the value."""
    return None if front.type == "baseline" else front.target


Judged = Sequence[tuple[Metric, OkrReading]]
"""Key results of one objective, each with its reading."""


def assess_objectives(
    objectives: Iterable[Objective], judged: Mapping[str, Judged], config: OkrConfig
) -> dict[str, ObjectiveReading]:
    """All objectives. `judged`: the key results of each that has any.

    An objective that has key results of its own is graded by them alone, whatever serves it: those that serve it have
    grades of their own, and nothing counts twice. One that has none is graded by the objectives that serve it.
    """
    listed = list(objectives)
    children: dict[str, list[Objective]] = {}
    for each in listed:
        if each.front.parent is not None:
            children.setdefault(each.front.parent, []).append(each)
    found: dict[str, _Graded] = {}

    def graded(objective: Objective, above: frozenset[str]) -> _Graded:
        """`above`: those that are being graded; a circle, which checks refuse, ends where it closes."""
        if objective.id not in found:
            own, here = judged.get(objective.id, ()), above | {objective.id}
            below = [] if own else [each for each in children.get(objective.id, ()) if each.id not in here]
            parts = [graded(each, here).part for each in below] if below else [_part(*each) for each in own]
            found[objective.id] = _mean_of(objective, parts, config, by_objectives=bool(below))
        return found[objective.id]

    return {each.id: graded(each, frozenset()).reading for each in listed}


@dataclass(frozen=True)
class _Part:
    """What an objective is the mean of: a key result, or an objective that serves it."""

    score: float | None
    expected: float | None
    status: Status
    closed: bool
    weight: float
    good: float
    """The score that is good at its end."""


@dataclass(frozen=True)
class _Graded:
    """An objective's reading, and what it is as a part of the one that it serves."""

    reading: ObjectiveReading
    part: _Part


def _part(metric: Metric, reading: OkrReading) -> _Part:
    return _Part(reading.score, reading.expected, reading.status, reading.closed, weight(metric), _good(metric))


def _mean_of(objective: Objective, parts: Sequence[_Part], config: OkrConfig, *, by_objectives: bool) -> _Graded:
    """Weighted mean of the parts' scores, and a status by the same rule on the means; objectives weigh the same.

    Dropped parts do not count. The means of score and expectation are over those that have a score. What is closed is
    `achieved` when its mean reaches the mean of what is good for its parts, by their key results' commitments.
    """
    counts: Counter[Status] = Counter(part.status for part in parts)
    active = [part for part in parts if part.status != "dropped"]
    scored = [part for part in active if part.score is not None]
    score = okr.weighted_mean((part.score, part.weight) for part in scored)
    expected = okr.weighted_mean((part.expected, part.weight) for part in scored)
    good = okr.weighted_mean((part.good, part.weight) for part in scored) or 1.0
    closed = bool(scored) and all(part.closed for part in scored)
    status = _objective_status([part.status for part in active])
    if objective.front.state == "dropped" or (parts and not active):
        status = "dropped"
    elif status is None and score is not None and expected is not None:
        status = okr.closed_status(score, good) if closed else okr.pace_status(expected - score, config)
    status = status or "unknown"
    reading = ObjectiveReading(objective.id, score, expected, status, dict(sorted(counts.items())), by_objectives)
    return _Graded(reading, _Part(score, expected, status, closed, 1.0, good))


def weight(metric: Metric) -> float:
    """Weight in the objective's mean."""
    return metric.okr.front.weight if metric.okr else 1.0


def _bounds(front: KeyResultFront, reading: Reading | None) -> tuple[float, float]:
    """What a forecast may not leave: 0 where no value ever was negative, 1 where a share never was above it."""
    values = [point.value for point in reading.series if point.value is not None] if reading else []
    low = 0.0 if all(value >= 0 for value in values) else -math.inf
    return low, 1.0 if front.unit == "%" and all(value <= 1 for value in values) else math.inf


def _measure(terms: KeyResultTerms, reading: Reading | None, as_of: date) -> _Measured:
    period = terms.period
    if reading is None or reading.grain is None:
        return _Measured(reading.value if reading else None, (), None, timeless=True)
    ended = (
        Point(reading.measured_on or end if point.on == reading.period_start else end, point.value)
        for point in reading.series
        if (end := last_day(point.on, reading.grain))
    )
    points = tuple(point for point in ended if period.start <= point.on <= period.end)
    if as_of > period.end:
        last = points[-1] if points else Point(period.end, None)
        return _Measured(last.value, points, last.on, timeless=False)
    through = reading.period_end
    return _Measured(reading.value, points, through, timeless=False)


def _progress(front: KeyResultFront, measured: _Measured, raw: float | None, elapsed: float) -> float | None:
    if front.type == "maintain":
        return None if front.band is None else okr.kept_progress(measured.values, front.band, elapsed)
    if front.type == "baseline":
        return okr.learned_progress(measured.values, front.target)
    return okr.progress(raw)


def _status(
    terms: KeyResultTerms,
    measured: _Measured,
    done: float | None,
    behind: float | None,
    as_of: date,
    config: OkrConfig,
) -> Status:
    front, period = terms.front, terms.period
    if as_of < period.start:
        return "not_started"
    if as_of > period.end:
        return okr.closed_status(done, okr.GOOD[terms.commitment])
    if okr.is_early(period, as_of, config.grace) or not measured.begun:
        return "early"
    if done is not None and done >= 1 and front.type != "maintain":
        return "achieved"
    status = okr.pace_status(behind, config)
    outside = front.band is not None and measured.current is not None and not okr.inside(measured.current, front.band)
    if front.type == "maintain" and outside and status in _OPEN_ORDER:
        return max(status, "at_risk", key=_OPEN_ORDER.index)
    return status


def _good(metric: Metric) -> float:
    return okr.GOOD[metric.okr.commitment] if metric.okr else 1.0


def _objective_status(statuses: Sequence[Status]) -> Status | None:
    """The status all share where it tells about time rather than pace, or where all are achieved."""
    shared = set(statuses)
    if len(shared) == 1 and shared <= {"not_started", "early", "unknown", "achieved"}:
        return statuses[0]
    return "early" if shared and shared <= {"not_started", "early"} else None
