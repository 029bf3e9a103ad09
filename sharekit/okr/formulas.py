"""The arithmetic of key results, one public function for each formula. Pure; scores are 0.0 to 1.0.

Signs: with baseline b, target t and current value c, (c - b) / (t - b) counts progress upwards when
the target lies above the baseline and downwards when it lies below, so `increase` and `decrease`
need no cases of their own.

Sources: scores 0.0 to 1.0, and committed against aspirational objectives, as at Google (J. Doerr,
Measure What Matters, 2018, chapters 9 to 12 and "Google's OKR Playbook"): a committed one is
expected to reach 1.0, an aspirational one averages 0.7; 0.4 to 0.6 is progress that fell short,
below 0.4 no real progress."""

from __future__ import annotations

import math
import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import combinations
from statistics import NormalDist, median

from msgspec import Struct

from sharekit.numbers.periods import GRAIN_DAYS
from sharekit.numbers.results import Forecast, Outlook, Point, Status
from sharekit.project.manifest import Period
from sharekit.project.shapes import Checkpoint, Commitment, Grain, OkrConfig

GOOD: dict[Commitment, float] = {"committed": 1.0, "aspirational": 0.7}
"""The score that is good at the end of the period."""
FELL_SHORT = 0.4
"""Score from which a closed key result counts as `partial` rather than `missed`."""
PACE_PERIODS = 26
"""Most periods a pace looks back: half a year of weeks; older ones say little of today's."""
MIN_FORECAST_PERIODS = 4
"""Fewer periods give a slope, and no range that means anything."""
_TOLERANCE = 1e-9
"""So that 0.57 - 0.47 is a gap of 0.10."""
_TAIL = 0.10
"""Part of the residuals left out at each end of the 80% range."""
_T90 = (
    3.077684, 1.885618, 1.637744, 1.533206, 1.475884, 1.439756, 1.414924, 1.396815, 1.383029, 1.372184,
    1.363430, 1.356217, 1.350171, 1.345030, 1.340606, 1.336757, 1.333379, 1.330391, 1.327728, 1.325341,
)  # fmt: skip
"""Student's t at 0.90 for 1 to 20 degrees of freedom (any statistical table, such as NIST's
e-Handbook 1.3.6.7.2)."""


# -- progress -------------------------------------------------------------------------------------


def raw_progress(
    current: float | None, baseline: float | None, target: float | None
) -> float | None:
    """(current - baseline) / (target - baseline): 0 at the baseline, 1 at the target, unclamped.

    None where a term is missing, or baseline and target are the same.
    """
    if current is None or baseline is None or target is None or target == baseline:
        return None
    covered, distance = current - baseline, target - baseline
    if math.isinf(covered) or math.isinf(distance):
        covered, distance = current / 2 - baseline / 2, target / 2 - baseline / 2
    return min(sys.float_info.max, max(-sys.float_info.max, covered / distance))


def progress(raw: float | None) -> float | None:
    """raw clamped to 0..1. This is also the score; the score is final once the period is closed."""
    return None if raw is None else min(1.0, max(0.0, raw))


def is_in_band(value: float, band: tuple[float, float]) -> bool:
    """Whether a value lies in a `maintain` key result's band, both ends included."""
    return band[0] <= value <= band[1]


def maintain_progress(
    values: Iterable[float | None], band: tuple[float, float], elapsed: float
) -> float | None:
    """Progress of a `maintain` key result: elapsed * (periods inside the band / periods measured).

    What is kept up earns as time passes and what is not kept is lost: always inside gives exactly
    the expected progress, and at the period's end the score is the share of periods inside. None
    where nothing was measured."""
    measured = [value for value in values if value is not None]
    if not measured:
        return None
    return elapsed * (sum(is_in_band(value, band) for value in measured) / len(measured))


def learning_progress(values: Iterable[float | None], periods: float | None) -> float:
    """Progress of a `baseline` key result, whose aim is to learn a number: periods measured /
    periods wanted, clamped to 0..1. One complete period is wanted where no target says how many."""
    measured = sum(value is not None for value in values)
    return min(1.0, measured / max(1.0, periods or 1.0))


# -- expectation ----------------------------------------------------------------------------------


def elapsed_share(period: Period, day: date) -> float:
    """(day - start) / (end - start) in days, clamped: 0 on the first day and before, 1 on the last
    and after."""
    if period.days <= 0:
        return 1.0 if day >= period.end else 0.0
    return min(1.0, max(0.0, (day - period.start).days / period.days))


def expected_course(
    period: Period, baseline: float, target: float, pace: Sequence[Checkpoint] = ()
) -> tuple[Point, ...]:
    """Corner points of the expected course, in the metric's unit: baseline on the first day, the
    checkpoints, target on the last day. A checkpoint on the first or last day takes that day's
    place; those outside are left out."""
    corners = {period.start: baseline, period.end: target}
    corners.update(
        {point.on: point.value for point in pace if period.start <= point.on <= period.end}
    )
    return tuple(Point(day, corners[day]) for day in sorted(corners))


def expected_value(corners: Sequence[Point], as_of: date) -> float | None:
    """The course on a day: linear between its corner points, level before the first and after the
    last."""
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
    period: Period,
    as_of: date,
    baseline: float | None,
    target: float | None,
    pace: Sequence[Checkpoint] = (),
) -> float:
    """Progress the pace expects on a day, 0..1: the elapsed share of the period when it is linear;
    with checkpoints the progress that the course's value of the day stands for."""
    elapsed = elapsed_share(period, as_of)
    if not pace or baseline is None or target is None:
        return elapsed
    expected = progress(
        raw_progress(
            expected_value(expected_course(period, baseline, target, pace), as_of), baseline, target
        )
    )
    return elapsed if expected is None else expected


def gap(expected: float, score: float | None) -> float | None:
    """expected - progress: positive is behind, negative ahead. None without progress."""
    return None if score is None else expected - score


# -- status ---------------------------------------------------------------------------------------


def pace_status(behind: float | None, config: OkrConfig) -> Status:
    """`on_track` when the gap is at most 0.10, `at_risk` to 0.30, else `off_track` (thresholds from
    [okrs])."""
    if behind is None:
        return "unknown"
    if behind <= config.on_track + _TOLERANCE:
        return "on_track"
    return "at_risk" if behind <= config.at_risk + _TOLERANCE else "off_track"


def closed_status(score: float | None, good: float) -> Status:
    """Of a closed period: `achieved` from `good` on (GOOD: 1.0 committed, 0.7 aspirational),
    `partial` from 0.4, else `missed`; `unknown` without a score."""
    if score is None:
        return "unknown"
    if score >= good - _TOLERANCE:
        return "achieved"
    return "partial" if score >= FELL_SHORT - _TOLERANCE else "missed"


def is_early(period: Period, day: date, grace: float) -> bool:
    """Whether a started period is still in its grace: less than `grace` (0.10) of it has
    elapsed."""
    return period.start <= day <= period.end and elapsed_share(period, day) < grace - _TOLERANCE


# -- pace -----------------------------------------------------------------------------------------


class MedianLine(Struct, frozen=True):
    """A straight line through points, x in days."""

    slope: float
    """Change of the value in one day."""
    at: date
    level: float
    """Its value on the day `at`."""

    def value(self, on: date) -> float:
        return self.level + self.slope * (on - self.at).days


def median_line(points: Sequence[Point]) -> MedianLine | None:
    """The line whose slope is the median of the slopes between all pairs of points (H. Theil, 1950;
    P. K. Sen, Journal of the American Statistical Association 63, 1968, 1379-1389), with as many
    points above as below it.

    At most the newest PACE_PERIODS count; None with fewer than two days. Up to 29% of the points
    may be far off without turning it: one stormy week does not."""
    newest = _newest(points)
    if len({day for day, _ in newest}) < 2:
        return None
    last = newest[-1][0]
    slope = median((b - a) / (q - p).days for (p, a), (q, b) in combinations(newest, 2) if q != p)
    level = median(value - slope * (day - last).days for day, value in newest)
    return MedianLine(slope, last, level) if math.isfinite(slope) and math.isfinite(level) else None


def _newest(points: Sequence[Point]) -> list[tuple[date, float]]:
    return [(point.on, point.value) for point in points if point.value is not None][-PACE_PERIODS:]


def rate_grain(grain: Grain | None) -> Grain:
    """What rates are given per: a week for daily and weekly numbers and those without time, else a
    month."""
    return "month" if grain in ("month", "quarter", "year") else "week"


def actual_rate(points: Sequence[Point], grain: Grain) -> float | None:
    """The slope of the median line: change per grain. None with fewer than two points."""
    line = median_line(points)
    return None if line is None else line.slope * GRAIN_DAYS[grain]


def needed_rate(
    current: float, target: float, through: date, end: date, grain: Grain
) -> float | None:
    """(target - current) / periods from the day after `through`, the day that the value is of, to
    the last day: change per grain still needed. None once no day is left."""
    days = (end - through).days
    return (target - current) / (days / GRAIN_DAYS[grain]) if days > 0 else None


def forecast(
    points: Sequence[Point],
    on: date,
    baseline: float,
    target: float,
    *,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Forecast | None:
    """Where the value ends at this pace: the median line of the points, read off on the day `on`.

    The 80% range is the line's value plus the residuals' order statistics r(k) and r(n + 1 - k), k
    = 0.10 (n + 1) or the outermost, widened by sqrt(n / (n - 2) * (1 + 1/n + (on - mean x)^2 /
    Sxx)) * t(0.90, n - 2) / z(k, n): the smaller the sample and the further the day, the less is
    known. The root is the leverage of a prediction (Montgomery, Peck and Vining, Introduction to
    Linear Regression Analysis, section 2.5); z(k, n), the normal quantile at (k - 3/8) / (n + 1/4),
    is where the k-th of n lies (G. Blom, 1958), so that t / z brings it to the tenth part.

    None with fewer than MIN_FORECAST_PERIODS. The value is cut at `bounds` (no count ends below 0,
    no share above 1) before the range is laid about it, so that a bound never cuts the whole range
    away."""
    newest, line = _newest(points), median_line(points)
    count = len(newest)
    if line is None or count < MIN_FORECAST_PERIODS:
        return None
    days = [(day - on).days for day, _ in newest]
    mean = math.fsum(days) / count
    spread = math.fsum((day - mean) ** 2 for day in days)
    wider = math.sqrt(count / (count - 2) * (1 + 1 / count + mean**2 / spread))
    errors = sorted(value - line.value(day) for day, value in newest)
    rank = max(1, math.floor(_TAIL * (count + 1)))
    wider *= student_t_90(count - 2) / -NormalDist().inv_cdf((rank - 3 / 8) / (count + 1 / 4))
    value = _within(line.value(on), bounds)
    low = _within(value + min(0.0, errors[rank - 1]) * wider, bounds)
    high = _within(value + max(0.0, errors[count - rank]) * wider, bounds)
    if not all(map(math.isfinite, (value, low, high))):
        return None
    score = progress(raw_progress(value, baseline, target)) or 0.0
    start = _within(line.value(newest[-1][0]), bounds)
    return Forecast(on, value, low, high, score, start, end_outlook(low, high, baseline, target))


def forecast_to_date(
    current: float,
    through: date,
    periods: Sequence[Point],
    period: Period,
    baseline: float,
    target: float,
    *,
    grain: Grain | None = None,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Forecast | None:
    """Where what is measured to date ends: what is there, and for the days that are left the level
    that the median line of the single periods reaches in their middle, with its range.

    A ratio's end is the mean of both by days. With `grain`, the length of the periods, it is a sum:
    the current value plus one level for each period that is left."""
    days_left = (period.end - through).days
    middle = through + timedelta(days=max(0, days_left) // 2)
    level = forecast(periods, middle, baseline, target, bounds=bounds)
    if level is None:
        return None
    days = period.days + 1

    def end(value: float) -> float:
        if grain is not None:
            return current + value * days_left / GRAIN_DAYS[grain]
        return (current * (days - days_left) + value * days_left) / days

    low, value, high = end(level.low), end(level.value), end(level.high)
    score = progress(raw_progress(value, baseline, target)) or 0.0
    return Forecast(
        period.end, value, low, high, score, current, end_outlook(low, high, baseline, target)
    )


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(bounds[1], max(bounds[0], value))


def student_t_90(degrees: int) -> float:
    """Student's t quantile at 0.90, for a two-sided 80% interval.

    A table to 20 degrees of freedom; beyond, the expansion of Abramowitz and Stegun 26.7.5 about
    the normal quantile z, which is right to 4 decimals there: z + (z^3 + z) / 4v + (5z^5 + 16z^3 +
    3z) / 96v^2."""
    if degrees <= len(_T90):
        return _T90[max(1, degrees) - 1]
    z = NormalDist().inv_cdf(0.90)
    return float(
        z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
    )


def end_outlook(low: float, high: float, baseline: float, target: float) -> Outlook:
    """What a range lets one say about the end: `reached` or `short` only where all of it lies on that
    side."""
    slack = _TOLERANCE * max(1.0, abs(target))
    reached, short = (low >= target - slack, high < target - slack)
    if target < baseline:
        reached, short = (high <= target + slack, low > target + slack)
    return "reached" if reached else "short" if short else "open"


# -- objectives -----------------------------------------------------------------------------------


def weighted_mean(scores: Iterable[tuple[float | None, float]]) -> float | None:
    """sum(score * weight) / sum(weight) over the scores that are known; None where none is.

    An objective's score is this mean of its key results' scores; dropped ones are left out before.
    """
    scored = [(score, weight) for score, weight in scores if score is not None]
    if not scored:
        return None
    heaviest = max(weight for _, weight in scored)
    scaled = [(score, weight / heaviest) for score, weight in scored]
    return math.fsum(score * weight for score, weight in scaled) / math.fsum(
        weight for _, weight in scaled
    )
