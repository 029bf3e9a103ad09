"""Readings to draw: made by formula, so that every run draws the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

from sharekit.numbers.results import Comparison, Forecast, OkrReading, Point, Reading, Slice, Status
from sharekit.okr.formulas import end_outlook
from sharekit.project.manifest import Period
from sharekit.project.shapes import Grain
from sharekit.site.charts import Subject

AS_OF = date(2013, 11, 22)
LAST_WEEK = date(2013, 11, 11)
Q4 = Period("2013-Q4", date(2013, 10, 1), date(2013, 12, 31))

PUNCTUAL = Subject("on_time", "On-time departures", "%", None, "up", "week")
FLIGHTS = Subject("flights", "Flights operated", "flights", "integer", "none", "week")
REVENUE = Subject("mrr", "Monthly recurring revenue", "€", None, "up", "month")
OFFICES = Subject("active_offices", "Active offices", None, "integer", "up", "day")


def weeks(count: int, last: date = LAST_WEEK) -> list[date]:
    return [last - timedelta(weeks=count - 1 - n) for n in range(count)]


def months(count: int, last: date = date(2013, 10, 1)) -> list[date]:
    at = last.year * 12 + last.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(at - count + 1, at + 1)]


def wave(n: int, seed: int = 0) -> float:
    """A number between -1 and 1 that looks like noise and is none."""
    return math.sin(n * 1.7 + seed * 2.3) * 0.6 + math.sin(n * 0.61 + seed) * 0.4


def series(
    days: Sequence[date], start: float, end: float, noise: float, seed: int = 0
) -> tuple[Point, ...]:
    steps = max(1, len(days) - 1)
    return tuple(
        Point(day, start + (end - start) * n / steps + noise * wave(n, seed))
        for n, day in enumerate(days)
    )


def with_gaps(points: Sequence[Point], *at: int) -> tuple[Point, ...]:
    return tuple(
        Point(point.on, None if n in at else point.value) for n, point in enumerate(points)
    )


def reading(
    points: Sequence[Point],
    *,
    grain: Grain | None = "week",
    running: float | None = None,
    target: float | None = None,
    targets: Sequence[tuple[date, float]] = (),
    slices: dict[str, tuple[Slice, ...]] | None = None,
) -> Reading:
    last = points[-1]
    after = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
    following = last.on + timedelta(days=after[grain or "day"])
    if grain in ("month", "quarter", "year"):
        following = following.replace(day=1)
    return Reading(
        shape="sliced" if slices else "series",
        value=last.value,
        grain=grain,
        period_start=last.on,
        period_end=following - timedelta(days=1),
        series=tuple(points),
        open_point=Point(following, running) if running is not None else None,
        comparisons=_previous(points),
        slices=slices or {},
        target=target,
        targets=tuple(targets) or (((date.min, target),) if target is not None else ()),
    )


def _previous(points: Sequence[Point]) -> tuple[Comparison, ...]:
    if len(points) < 2 or points[-1].value is None or points[-2].value is None:
        return ()
    before, now = points[-2].value, points[-1].value
    return (
        Comparison(
            "previous",
            points[-2].on,
            before,
            now - before,
            (now - before) / abs(before),
            now > before,
        ),
    )


def fallen_then_still() -> tuple[Point, ...]:
    """A year in which a large number fell by millions, and then moved by single ones."""
    days, still = weeks(52), (72, 76, 74, 80, 78, 84, 82, 88, 90, 94, 92)
    fall = [Point(day, 18_000_000 - 111_111.0 * n) for n, day in enumerate(days[:-11])]
    return (
        *fall,
        *(Point(day, 12_345_600.0 + n) for day, n in zip(days[-11:], still, strict=True)),
    )


def member(name: str, points: Sequence[Point], share: float | None = None) -> Slice:
    return Slice(name, points[-1].value, tuple(points), None, share)


def punctual(count: int = 26) -> Reading:
    """A share by week, with three origins, a gap, and a target that changed."""
    days = weeks(count)
    origins = {
        "JFK": series(days, 0.78, 0.801, 0.03, 1),
        "EWR": series(days, 0.69, 0.752, 0.035, 2),
        "LGA": series(days, 0.75, 0.79, 0.025, 3),
    }
    total = tuple(
        Point(day, sum(points[n].value or 0 for points in origins.values()) / 3)
        for n, day in enumerate(days)
    )
    return reading(
        with_gaps(total, count // 3),
        running=0.742,
        target=0.82,
        targets=[(date.min, 0.85), (date(2013, 11, 4), 0.82)],
        slices={
            "origin": tuple(member(name, points) for name, points in origins.items()),
            "carrier": carriers(days),
        },
    )


CARRIERS = (
    "United Air Lines", "JetBlue Airways", "ExpressJet Airlines", "Delta Air Lines", "American Airlines", "Envoy Air",
    "US Airways", "Endeavor Air", "Southwest Airlines", "Virgin America", "AirTran Airways", "Alaska Airlines",
    "Frontier Airlines", "Mesa Airlines",
)  # fmt: skip


def daily(count: int, *, whole: bool = False) -> Reading:
    """Many days in whole euros, of three origins; one day is missing in one of them, and only where
    `whole` is said are they shares of the whole."""
    days = [LAST_WEEK - timedelta(days=count - 1 - n) for n in range(count)]
    parts = {
        name: tuple(
            Point(point.on, float(round(point.value or 0)))
            for point in series(days, low, 3 * low, low / 2, seed)
        )
        for seed, (name, low) in enumerate((("JFK", 21_000), ("EWR", 9_000), ("LGA", 900)))
    }
    total = tuple(
        Point(day, sum(points[n].value or 0 for points in parts.values()))
        for n, day in enumerate(days)
    )
    parts["LGA"] = with_gaps(parts["LGA"], 3)
    slices = {
        "origin": tuple(
            Slice(name, points[-1].value, points, share=1 / len(parts) if whole else None)
            for name, points in parts.items()
        )
    }
    return reading(total, grain="day", slices=slices)


def carriers(days: Sequence[date]) -> tuple[Slice, ...]:
    return tuple(
        member(name, series(days, 0.7 + n % 5 / 40, 0.78 + n % 3 / 50, 0.04, n))
        for n, name in enumerate(CARRIERS)
    )


def flights(count: int = 26, origins: Sequence[str] = ("EWR", "JFK", "LGA")) -> Reading:
    """A count by week that adds up over its origins."""
    days = weeks(count)
    parts = {
        name: tuple(
            Point(p.on, float(round(p.value or 0)))
            for p in series(days, 2100 - n * 160, 2260 - n * 190, 90, n)
        )
        for n, name in enumerate(origins)
    }
    total = tuple(
        Point(day, sum(points[n].value or 0 for points in parts.values()))
        for n, day in enumerate(days)
    )
    whole = total[-1].value or 1
    slices = tuple(
        member(name, points, (points[-1].value or 0) / whole) for name, points in parts.items()
    )
    return reading(total, running=2310.0, slices={"origin": slices})


def revenue(count: int = 24) -> Reading:
    return reading(
        series(months(count), 1.52e6, 1.94e6, 1.5e4), grain="month", running=1.71e6, target=2.0e6
    )


def okr(
    current: float,
    *,
    baseline: float = 1884,
    target: float = 2250,
    status: Status = "at_risk",
    forecast: tuple[float, float, float] | None = (2158, 2124, 2192),
    original: float | None = None,
    closed: bool = False,
    expected: float = 52 / 91,
) -> OkrReading:
    score = min(1.0, max(0.0, (current - baseline) / (target - baseline)))
    return OkrReading(
        baseline=baseline,
        target=target,
        original_target=original if original is not None else target,
        current=current,
        raw=(current - baseline) / (target - baseline),
        expected=1.0 if closed else expected,
        gap=expected - score,
        score=score,
        status=status,
        closed=closed,
        elapsed_days=52,
        total_days=91,
        expected_value=baseline + expected * (target - baseline),
        through=AS_OF,
        forecast=_forecast(forecast, current, baseline, target) if forecast else None,
        pace=(Point(Q4.start, baseline), Point(Q4.end, target)),
    )


def _forecast(
    told: tuple[float, float, float], start: float, baseline: float, target: float
) -> Forecast:
    _, low, high = told
    return Forecast(
        Q4.end, *told, score=0.75, start=start, outlook=end_outlook(low, high, baseline, target)
    )


def offices() -> Reading:
    days = [Q4.start + timedelta(days=n) for n in range(53)]
    points = tuple(Point(day, 1884 + 157 * n / 52 + 4 * wave(n)) for n, day in enumerate(days))
    return reading((*points[:-1], Point(days[-1], 2041.0)), grain="day")
