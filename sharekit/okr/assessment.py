"""Key results and objectives scored as of a date: a Reading and what was promised -> OkrReading.
Pure.

What a key result is scored by, where its type or its data leave a choice:

- *Current* is the value of the reading that it is scored by (`scored`): the last whole period, or
  the OKR's so far.
- What is expected, the gap and the status are of the last day that this value covers, `through`,
  and of no later one: a number exactly on its line is on track on every day, at any grain. A number
  without time is of the as-of day.
- A week belongs to the OKR's period in which its last day lies, a month likewise.
- `early` is the first tenth of the period, and also the time before its first complete week or
  month: what was measured earlier says nothing about it.
- A key result closes when its period is over and what will be measured of it is there: all of its
  weeks or months, of what is measured to date its last day. Data that come late are waited for
  (`WAIT`); until then it stands as of the last day that is measured.
- `maintain` earns as time passes (formulas.maintain_progress); outside its band today it is `at_risk` at
  best.
- `milestone` runs from 0 to 1 unless declared otherwise; `baseline` counts measured periods
  (formulas.learning_progress)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from sharekit.numbers.periods import GRAIN_DAYS, last_day, parse_span
from sharekit.numbers.results import (
    ClosedKeyResult,
    Forecast,
    ObjectiveReading,
    OkrReading,
    Point,
    Reading,
    Result,
    Status,
)
from sharekit.okr import formulas as okr
from sharekit.okr.scored_reading import own_periods, own_points
from sharekit.project.manifest import KeyResultTerms, Manifest, Metric, Objective, Period
from sharekit.project.shapes import Checkpoint, Grain, KeyResultFront, OkrConfig

_OPEN_ORDER: tuple[Status, ...] = ("on_track", "at_risk", "off_track")


_DAY = timedelta(days=1)
WAIT = timedelta(days=14)
"""How long after a period's end its last data may still come, beyond what `settles` says. Then a key
result closes with what there is."""


class _Measured(Struct, frozen=True):
    """What was measured of a key result, reduced to what scoring needs."""

    current: float | None
    points: tuple[Point, ...]
    """Complete periods that ended within the OKR's period, each dated by its last day."""
    through: date
    """Last day that `current` covers, within the OKR's period."""
    timeless: bool
    to_date: bool = False
    """Whether `current` adds up the OKR's period so far."""

    @property
    def values(self) -> list[float | None]:
        return [self.current] if self.timeless else [point.value for point in self.points]

    @property
    def begun(self) -> bool:
        """Whether a complete period of the OKR's own has been seen."""
        return self.timeless or bool(self.points)


def assess_key_result(
    terms: KeyResultTerms,
    reading: Reading | None,
    as_of: date,
    config: OkrConfig,
    *,
    dropped: bool = False,
) -> OkrReading:
    """Score one key result by the reading that it is scored by. `dropped`: its objective was given
    up (its own state counts as well)."""
    front, period = terms.front, terms.period
    baseline, target = baseline_and_target(front)
    measured = _measure(terms, reading, as_of)
    closed = _is_closed(terms, reading, measured, as_of)
    day = period.end if closed else measured.through
    pace = _declared_pace(front)
    expected = okr.expected_progress(period, day, baseline, target, pace)
    has_line = front.type in ("increase", "decrease", "milestone")
    raw = okr.raw_progress(measured.current, baseline, target) if has_line else None
    score = _progress(front, measured, raw, okr.elapsed_share(period, day))
    corners: tuple[Point, ...] = ()
    if has_line and baseline is not None and target is not None:
        corners = okr.expected_course(period, baseline, target, pace)
    behind = okr.gap(expected, score)
    outlook = _outlook(terms, measured, reading, raw, closed=closed) if has_line else _Outlook()
    status = _status(terms, measured, score, behind, as_of, config, outlook.forecast)
    if closed:
        status = okr.closed_status(score, okr.GOOD[terms.commitment])
    begun = measured.current is not None and as_of >= period.start
    return OkrReading(
        baseline=baseline,
        target=target,
        original_target=target,
        current=measured.current,
        raw=raw,
        score=score,
        expected=expected,
        gap=behind,
        status="dropped" if dropped or front.state == "dropped" else status,
        closed=closed,
        ended=period.end if closed else None,
        elapsed_days=min(max(0, (as_of - period.start).days), period.days),
        total_days=period.days,
        expected_value=okr.expected_value(corners, day),
        through=measured.through if begun else None,
        forecast=outlook.forecast,
        needed_rate=outlook.needed_rate,
        actual_rate=outlook.actual_rate,
        outside=_outside(front, measured),
        rate_grain=_rate_grain(reading),
        pace=corners,
    )


def _declared_pace(front: KeyResultFront) -> Sequence[Checkpoint]:
    """The checkpoints; () where progress is expected day by day."""
    if front.pace == "linear" or front.type in ("maintain", "baseline"):
        return ()
    return front.pace


def _rate_grain(reading: Reading | None) -> Grain:
    return okr.rate_grain(reading.grain if reading else None)


class _Outlook(Struct, frozen=True):
    """Where a key result is going, and how fast it has to go."""

    forecast: Forecast | None = None
    needed_rate: float | None = None
    actual_rate: float | None = None


def _outlook(
    terms: KeyResultTerms,
    measured: _Measured,
    reading: Reading | None,
    raw: float | None,
    *,
    closed: bool,
) -> _Outlook:
    """Of a key result that goes from a baseline to a target; what is closed has only the rate it
    went at."""
    baseline, target = baseline_and_target(terms.front)
    if measured.current is None or baseline is None or target is None:
        return _Outlook()
    period, grain = terms.period, _rate_grain(reading)
    if closed:
        return _Outlook(actual_rate=_actual_rate(measured, period, baseline, None, grain))
    forecast = _forecast(terms, measured, reading, (baseline, target))
    needed = None
    if raw is None or raw < 1:
        start = max(measured.through, period.start)
        needed = okr.needed_rate(measured.current, target, start, period.end, grain)
    return _Outlook(forecast, needed, _actual_rate(measured, period, baseline, forecast, grain))


def _forecast(
    terms: KeyResultTerms, measured: _Measured, reading: Reading | None, way: tuple[float, float]
) -> Forecast | None:
    """The projection. `way`: baseline and target."""
    front, period, bounds = terms.front, terms.period, _bounds(terms.front, reading)
    if front.measured == "last_period" or reading is None or measured.current is None:
        return okr.forecast(measured.points, period.end, *way, bounds=bounds)
    grain = None if front.numerator else reading.grain
    periods = own_periods(reading, period)
    return okr.forecast_to_date(
        measured.current, measured.through, periods, period, *way, grain=grain, bounds=bounds
    )


def _actual_rate(
    measured: _Measured, period: Period, baseline: float, forecast: Forecast | None, grain: Grain
) -> float | None:
    """The slope of the line that the forecast goes on: of a number without time its way from the
    baseline."""
    if measured.to_date:
        days_left = (period.end - measured.through).days
        return (
            (forecast.value - forecast.start) / days_left * GRAIN_DAYS[grain]
            if forecast and days_left > 0
            else None
        )
    if not measured.timeless:
        return okr.actual_rate(measured.points, grain)
    return okr.actual_rate(
        (Point(period.start, baseline), Point(measured.through, measured.current)), grain
    )


def baseline_and_target(front: KeyResultFront) -> tuple[float | None, float | None]:
    """Baseline and target of the value, with the defaults of the type: a milestone runs from 0 to
    1."""
    if front.type == "milestone":
        return (
            0.0 if front.baseline is None else front.baseline,
            1.0 if front.target is None else front.target,
        )
    return front.baseline, target_of(front)


def target_of(front: KeyResultFront) -> float | None:
    """The declared target of the value. That of a `baseline` counts periods to measure and is none
    of the value."""
    return None if front.type == "baseline" else front.target


ScoredKeyResults = Sequence[tuple[Metric, OkrReading]]
"""Key results of one objective, each with its reading."""


def assess_objectives(
    objectives: Iterable[Objective],
    scored_key_results: Mapping[str, ScoredKeyResults],
    config: OkrConfig,
) -> dict[str, ObjectiveReading]:
    """All objectives. `scored_key_results`: the key results of each that has any.

    An objective that has key results of its own is scored by them alone, whatever serves it: those
    that serve it have scores of their own, and nothing counts twice. One that has none is scored by
    the objectives that serve it."""
    all_objectives = list(objectives)
    children: dict[str, list[Objective]] = {}
    for child in all_objectives:
        if child.front.parent is not None:
            children.setdefault(child.front.parent, []).append(child)
    scored_readings: dict[str, _Scored] = {}

    def scored(objective: Objective, above: frozenset[str]) -> _Scored:
        """`above`: those that are being scored; a circle, which checks refuse, ends where it
        closes."""
        if objective.id not in scored_readings:
            own_key_results, here = scored_key_results.get(objective.id, ()), above | {objective.id}
            below = (
                []
                if own_key_results
                else [child for child in children.get(objective.id, ()) if child.id not in here]
            )
            parts = (
                [scored(child, here).part for child in below]
                if below
                else [_part(*scored_key_result) for scored_key_result in own_key_results]
            )
            scored_readings[objective.id] = _mean_of(
                objective, parts, config, by_objectives=bool(below)
            )
        return scored_readings[objective.id]

    return {objective.id: scored(objective, frozenset()).reading for objective in all_objectives}


class _Part(Struct, frozen=True):
    """What an objective is the mean of: a key result, or an objective that serves it."""

    score: float | None
    expected: float | None
    status: Status
    closed: bool
    weight: float
    good: float
    """The score that is good at its end."""


class _Scored(Struct, frozen=True):
    """An objective's reading, and what it is as a part of the one that it serves."""

    reading: ObjectiveReading
    part: _Part


def _part(metric: Metric, reading: OkrReading) -> _Part:
    return _Part(
        reading.score,
        reading.expected,
        reading.status,
        reading.closed,
        weight(metric),
        _good(metric),
    )


def _mean_of(
    objective: Objective, parts: Sequence[_Part], config: OkrConfig, *, by_objectives: bool
) -> _Scored:
    """Weighted mean of the parts' scores, and a status by the same rule on the means; objectives
    count the same.

    Dropped parts do not count. The means of score and expectation are over those that have a score.
    What is closed is `achieved` when its mean reaches the mean of what is good for its parts, by
    their key results' commitments."""
    counts: Counter[Status] = Counter(part.status for part in parts)
    active, scored = _active(parts), _scored_parts(parts)
    score, expected = _means(parts)
    good = okr.weighted_mean((part.good, part.weight) for part in scored) or 1.0
    closed = bool(scored) and all(part.closed for part in scored)
    status = _objective_status([part.status for part in active])
    if objective.front.state == "dropped" or (parts and not active):
        status = "dropped"
    elif status is None and score is not None and expected is not None:
        status = (
            okr.closed_status(score, good) if closed else okr.pace_status(expected - score, config)
        )
    status = status or "unknown"
    reading = ObjectiveReading(
        objective.id, score, expected, status, dict(sorted(counts.items())), by_objectives
    )
    return _Scored(reading, _Part(score, expected, status, closed, 1.0, good))


def _active(parts: Sequence[_Part]) -> Sequence[_Part]:
    """What was not dropped: nothing else counts anywhere."""
    return [part for part in parts if part.status != "dropped"]


def _scored_parts(parts: Sequence[_Part]) -> Sequence[_Part]:
    return [part for part in _active(parts) if part.score is not None]


def _means(parts: Sequence[_Part]) -> tuple[float | None, float | None]:
    """The mean score by weight, and what the pace expects of the same parts."""
    scored = _scored_parts(parts)
    score = okr.weighted_mean((part.score, part.weight) for part in scored)
    return score, okr.weighted_mean((part.expected, part.weight) for part in scored)


def mean_scores(scored_key_results: ScoredKeyResults) -> tuple[float | None, float | None]:
    """Mean score of key results by weight, and the mean of what is expected of those whose period
    lasts. The same sums as an objective's: whatever shows a score of several key results has it
    from here."""
    parts = [_part(metric, reading) for metric, reading in scored_key_results]
    return _means(parts)[0], _means([part for part in parts if not part.closed])[1]


def score_objectives(
    manifest: Manifest, results: Mapping[str, Result], settled: Iterable[ClosedKeyResult] = ()
) -> dict[str, ObjectiveReading]:
    """The readings of all objectives of a manifest, from the results of its key results.

    `settled`: key results that ended with an objective and then went on elsewhere: they count there
    as they ended, and what goes on counts where it is now."""
    scored_key_results: dict[str, list[tuple[Metric, OkrReading]]] = {
        name: [] for name in manifest.objectives
    }
    ended: set[tuple[str, str]] = set()
    for closed in settled:
        terms = closed.metric.okr
        if terms is not None and terms.objective in scored_key_results:
            scored_key_results[terms.objective].append((closed.metric, closed.okr))
            ended.add((closed.metric.id, terms.objective))
    for name, metric in manifest.key_results.items():
        result, terms = results.get(name), metric.okr
        if (
            terms is None
            or result is None
            or result.okr is None
            or (name, terms.objective) in ended
        ):
            continue
        if terms.objective in scored_key_results:
            scored_key_results[terms.objective].append((metric, result.okr))
    return assess_objectives(manifest.objectives.values(), scored_key_results, manifest.config.okrs)


def weight(metric: Metric) -> float:
    """Weight in the objective's mean."""
    return metric.okr.front.weight if metric.okr else 1.0


def _bounds(front: KeyResultFront, reading: Reading | None) -> tuple[float, float]:
    """What a forecast may not leave: 0 where nothing measured or promised is negative, 1 where no
    share is above it."""
    values = [point.value for point in reading.series if point.value is not None] if reading else []
    values += [value for value in baseline_and_target(front) if value is not None]
    low = 0.0 if all(value >= 0 for value in values) else -math.inf
    return low, 1.0 if front.unit == "%" and all(value <= 1 for value in values) else math.inf


def _measure(terms: KeyResultTerms, reading: Reading | None, as_of: date) -> _Measured:
    period = terms.period
    if reading is None or reading.grain is None:
        return _Measured(
            reading.value if reading else None, (), min(as_of, period.end), timeless=True
        )
    front, points = terms.front, own_points(reading, period)
    through = points[-1].on if points else period.start
    if front.type == "milestone":  # a step that was not taken is known to be not taken
        through = max(period.start, min(as_of, period.end))
    to_date = terms.front.measured == "period_to_date" and reading.since is not None
    return _Measured(reading.value, points, through, timeless=False, to_date=to_date)


def _is_closed(
    terms: KeyResultTerms, reading: Reading | None, measured: _Measured, as_of: date
) -> bool:
    """Whether the period is over, and all of it is measured that will be."""
    front, end = terms.front, terms.period.end
    if as_of <= end:
        return False
    settles = parse_span(front.settles) if front.settles else None
    settled_until = settles.before(as_of) if settles else as_of
    if settled_until > end + WAIT:
        return True
    steps = front.type in ("milestone", "baseline")
    if steps or reading is None or reading.grain is None or reading.irregular:
        return True
    if measured.to_date and (reading.data_until is None or reading.data_until < end):
        return measured.through >= end
    return not measured.points or last_day(measured.through + _DAY, reading.grain) > end


def _progress(
    front: KeyResultFront, measured: _Measured, raw: float | None, elapsed: float
) -> float | None:
    if front.type == "maintain":
        return (
            None
            if front.band is None
            else okr.maintain_progress(measured.values, front.band, elapsed)
        )
    if front.type == "baseline":
        return okr.learning_progress(measured.values, front.target)
    return okr.progress(raw)


def _is_met_for_good(front: KeyResultFront, measured: _Measured, forecast: Forecast | None) -> bool:
    """Whether a target that is reached may be called met before the end: not by one lucky week."""
    if front.type in ("milestone", "baseline") or measured.timeless:
        return True
    return front.type != "maintain" and forecast is not None and forecast.outlook == "reached"


def _outside(front: KeyResultFront, measured: _Measured) -> tuple[int, int] | None:
    values = [value for value in measured.values if value is not None]
    if front.type != "maintain" or front.band is None or not values:
        return None
    band = front.band
    return sum(not okr.is_in_band(value, band) for value in values), len(values)


def _status(
    terms: KeyResultTerms,
    measured: _Measured,
    score: float | None,
    behind: float | None,
    as_of: date,
    config: OkrConfig,
    forecast: Forecast | None,
) -> Status:
    front, period = terms.front, terms.period
    if as_of < period.start:
        return "not_started"
    if okr.is_early(period, measured.through, config.grace) or not measured.begun:
        return "early"
    if score is not None and score >= 1 and _is_met_for_good(front, measured, forecast):
        return "achieved"
    status = okr.pace_status(behind, config)
    outside = (
        front.band is not None
        and measured.current is not None
        and not okr.is_in_band(measured.current, front.band)
    )
    if front.type == "maintain" and outside and status in _OPEN_ORDER:
        return max(status, "at_risk", key=_OPEN_ORDER.index)
    return status


def _good(metric: Metric) -> float:
    return okr.GOOD[metric.okr.commitment] if metric.okr else 1.0


def _objective_status(statuses: Sequence[Status]) -> Status | None:
    """The status all share where it tells about time rather than pace, or where all are
    achieved."""
    shared = set(statuses)
    if len(shared) == 1 and shared <= {"not_started", "early", "unknown", "achieved"}:
        return statuses[0]
    return "early" if shared and shared <= {"not_started", "early"} else None
