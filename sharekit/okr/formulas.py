"""The arithmetic of key results, one public function for each formula. Pure; grades are 0.0 to 1.0.

Signs: with baseline b, target t and current value c, (c - b) / (t - b) counts progress upwards when the target lies
above the baseline and downwards when it lies below, so `increase` and `decrease` need no cases of their own.

Sources: grades 0.0 to 1.0, and committed against aspirational objectives, as at Google (J. Doerr, Measure What
Matters, 2018, chapters 9 to 12 and "Google's OKR Playbook"): a committed one is expected to reach 1.0, an
aspirational one averages 0.7; 0.4 to 0.6 is progress that fell short, below 0.4 no real progress.
"""

from __future__ import annotations

import math
import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from statistics import NormalDist

from sharekit.numbers.periods import GRAIN_DAYS
from sharekit.numbers.results import Forecast, Point, Status
from sharekit.project.manifest import Period
from sharekit.project.shapes import Checkpoint, Commitment, Grain, OkrConfig

GOOD: dict[Commitment, float] = {"committed": 1.0, "aspirational": 0.7}
"""The grade that is good at the end of the period."""
FELL_SHORT = 0.4
"""Grade from which a closed key result counts as `partial` rather than `missed`."""
FORECAST_POINTS = 26
"""Most points a forecast looks back: half a year of weeks; older ones say little of today's pace."""
MIN_FORECAST_POINTS = 4
"""Fewer points leave one degree of freedom or none, and a range too wide to mean anything."""
_TOLERANCE = 1e-9
"""So that 0.57 - 0.47 is a gap of 0.10."""
_T90 = (
    3.077684, 1.885618, 1.637744, 1.533206, 1.475884, 1.439756, 1.414924, 1.396815, 1.383029, 1.372184,
    1.363430, 1.356217, 1.350171, 1.345030, 1.340606, 1.336757, 1.333379, 1.330391, 1.327728, 1.325341,
)  # fmt: skip
"""Student's t at 0.90 for 1 to 20 degrees of freedom (any statistical table, such as NIST's e-Handbook 1.3.6.7.2)."""


# -- progress ----------------------------------------------------------------------------------------------


def raw_progress(current: float | None, baseline: float | None, target: float | None) -> float | None:
    """(current - baseline) / (target - baseline): 0 at the baseline, 1 at the target, unclamped.

    None where a term is missing, or baseline and target are the same.
    """
    if current is None or baseline is None or target is None or target == baseline:
        return None
    done, way = current - baseline, target - baseline
    if math.isinf(done) or math.isinf(way):
        done, way = current / 2 - baseline / 2, target / 2 - baseline / 2
    return min(sys.float_info.max, max(-sys.float_info.max, done / way))


def progress(raw: float | None) -> float | None:
    """raw clamped to 0..1. This is also the score; the score is final once the period is closed."""
    return None if raw is None else min(1.0, max(0.0, raw))


def inside(value: float, band: tuple[float, float]) -> bool:
    """Whether a value lies in a `maintain` key result's band, both ends included."""
    return band[0] <= value <= band[1]


def kept_progress(values: Iterable[float | None], band: tuple[float, float], elapsed: float) -> float | None:
    """Progress of a `maintain` key result: elapsed * (periods inside the band / periods measured).

    What is kept up earns as time passes and what is not kept is lost: always inside gives exactly the expected
    progress, and at the period's end the score is the share of periods inside. None where nothing was measured.
    """
    measured = [value for value in values if value is not None]
    if not measured:
        return None
    return elapsed * (sum(inside(value, band) for value in measured) / len(measured))


def learned_progress(values: Iterable[float | None], wanted: float | None) -> float:
    """Progress of a `baseline` key result, whose aim is to learn a number: periods measured / periods wanted,
    clamped to 0..1. One complete period is wanted where no target says how many."""
    measured = sum(value is not None for value in values)
    return min(1.0, measured / max(1.0, wanted or 1.0))


# -- pace --------------------------------------------------------------------------------------------------


def elapsed_share(period: Period, as_of: date) -> float:
    """(as of - start) / (end - start) in days, clamped: 0 on the first day and before, 1 on the last and after."""
    if period.days <= 0:
        return 1.0 if as_of >= period.end else 0.0
    return min(1.0, max(0.0, (as_of - period.start).days / period.days))


def course(period: Period, baseline: float, target: float, pace: Sequence[Checkpoint] = ()) -> tuple[Point, ...]:
    """Corner points of the expected course, in the metric's unit: baseline on the first day, the checkpoints,
    target on the last day. A checkpoint on the first or last day takes that day's place; those outside are left out."""
    corners = {period.start: baseline, period.end: target}
    corners.update({point.on: point.value for point in pace if period.start <= point.on <= period.end})
    return tuple(Point(day, corners[day]) for day in sorted(corners))


def expected_value(corners: Sequence[Point], as_of: date) -> float | None:
    """The course on a day: linear between its corner points, level before the first and after the last."""
    if not corners:
        return None
    at = bisect_right(corners, as_of, key=lambda point: point.on)
    if at == 0 or at == len(corners):
        return corners[min(at, len(corners) - 1)].value
    before, after = corners[at - 1], corners[at]
    if before.value is None or after.value is None:
        return None
    share = (as_of - before.on).days / (after.on - before.on).days
    return before.value * (1 - share) + after.value * share


def expected_progress(
    period: Period, as_of: date, baseline: float | None, target: float | None, pace: Sequence[Checkpoint] = ()
) -> float:
    """Progress the pace expects on a day, 0..1: the elapsed share of the period when it is linear; with checkpoints
    the progress that the course's value of the day stands for."""
    elapsed = elapsed_share(period, as_of)
    if not pace or baseline is None or target is None:
        return elapsed
    expected = progress(raw_progress(expected_value(course(period, baseline, target, pace), as_of), baseline, target))
    return elapsed if expected is None else expected


def gap(expected: float, done: float | None) -> float | None:
    """expected - progress: positive is behind, negative ahead. None without progress."""
    return None if done is None else expected - done


# -- status ------------------------------------------------------------------------------------------------


def pace_status(behind: float | None, config: OkrConfig) -> Status:
    """`on_track` when the gap is at most 0.10, `at_risk` to 0.30, else `off_track` (thresholds from [okrs])."""
    if behind is None:
        return "unknown"
    if behind <= config.on_track + _TOLERANCE:
        return "on_track"
    return "at_risk" if behind <= config.at_risk + _TOLERANCE else "off_track"


def closed_status(score: float | None, good: float) -> Status:
    """Of a closed period: `achieved` from `good` on (GOOD: 1.0 committed, 0.7 aspirational), `partial` from 0.4,
    else `missed`; `unknown` without a score."""
    if score is None:
        return "unknown"
    if score >= good - _TOLERANCE:
        return "achieved"
    return "partial" if score >= FELL_SHORT - _TOLERANCE else "missed"


def is_early(period: Period, as_of: date, grace: float) -> bool:
    """Whether a started period is still in its grace: less than `grace` (0.10) of it has elapsed."""
    return period.start <= as_of <= period.end and elapsed_share(period, as_of) < grace - _TOLERANCE


# -- rates -------------------------------------------------------------------------------------------------


def rate_grain(grain: Grain | None) -> Grain:
    """What rates are told per: a week for daily and weekly numbers and those without time, else a month."""
    return "month" if grain in ("month", "quarter", "year") else "week"


def actual_rate(current: float, baseline: float, start: date, through: date, grain: Grain) -> float | None:
    """(current - baseline) / periods from `start` to the day `through`, included: change per grain so far.
    None before a whole day has passed."""
    days = (through - start).days + 1
    return (current - baseline) / (days / GRAIN_DAYS[grain]) if days > 0 else None


def needed_rate(current: float, target: float, as_of: date, end: date, grain: Grain) -> float | None:
    """(target - current) / periods from the as-of day to the period's last day, that day included: change per
    grain still needed. None once the period is over."""
    days = (end - as_of).days + 1
    return (target - current) / (days / GRAIN_DAYS[grain]) if days > 0 else None


# -- forecast ----------------------------------------------------------------------------------------------


def forecast(
    points: Sequence[Point],
    on: date,
    baseline: float,
    target: float,
    *,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Forecast | None:
    """Where the value ends at this pace: a least-squares line through the points, read off on the day `on`.

    With n points, x in days: slope = Sxy / Sxx, value = mean(y) + slope * (on - mean(x)), and the 80% prediction
    interval is value -+ t(0.90, n - 2) * s * sqrt(1 + 1/n + (on - mean(x))^2 / Sxx) with s^2 = SSE / (n - 2)
    (Montgomery, Peck and Vining, Introduction to Linear Regression Analysis, section 2.5). It says where one new
    observation falls in four of five cases if the straight line goes on; weekly numbers are not independent, so it
    is rather too narrow than too wide. At most the newest FORECAST_POINTS count; None with fewer than
    MIN_FORECAST_POINTS. Value and range are cut at `bounds`: no count ends below 0, no share above 1.
    """
    known = [(point.on, point.value) for point in points if point.value is not None][-FORECAST_POINTS:]
    count = len(known)
    if count < MIN_FORECAST_POINTS:
        return None
    xs = [(day - on).days for day, _ in known]
    ys = [value for _, value in known]
    mean_x, mean_y = math.fsum(xs) / count, math.fsum(ys) / count
    sxx = math.fsum((x - mean_x) ** 2 for x in xs)
    if sxx == 0:
        return None
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sxx
    value = mean_y - slope * mean_x
    errors = [y - mean_y - slope * (x - mean_x) for x, y in zip(xs, ys, strict=True)]
    sse = sum(error * error for error in errors)
    half = t90(count - 2) * math.sqrt(sse / (count - 2)) * math.sqrt(1 + 1 / count + mean_x**2 / sxx)
    value, low, high = (min(bounds[1], max(bounds[0], each)) for each in (value, value - half, value + half))
    if not all(map(math.isfinite, (value, low, high))):
        return None
    return Forecast(on, value, low, high, progress(raw_progress(value, baseline, target)) or 0.0)


def t90(degrees: int) -> float:
    """Student's t quantile at 0.90, for a two-sided 80% interval.

    A table to 20 degrees of freedom; beyond, the expansion of Abramowitz and Stegun 26.7.5 about the normal
    quantile z, which is right to 4 decimals there: z + (z^3 + z) / 4v + (5z^5 + 16z^3 + 3z) / 96v^2.
    """
    if degrees <= len(_T90):
        return _T90[max(1, degrees) - 1]
    z = NormalDist().inv_cdf(0.90)
    return float(z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2))


# -- objectives --------------------------------------------------------------------------------------------


def weighted_mean(grades: Iterable[tuple[float | None, float]]) -> float | None:
    """sum(grade * weight) / sum(weight) over the grades that are known; None where none is.

    An objective's score is this mean of its key results' scores; dropped ones are left out before.
    """
    known = [(grade, weight) for grade, weight in grades if grade is not None]
    if not known:
        return None
    heaviest = max(weight for _, weight in known)
    scaled = [(grade, weight / heaviest) for grade, weight in known]
    return math.fsum(grade * weight for grade, weight in scaled) / math.fsum(weight for _, weight in scaled)
