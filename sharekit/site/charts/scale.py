"""From values and days to pixels: nice ticks in the metric's own format, and dates that fit side by
side."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from sharekit.numbers.formats import format_day, is_share, short_span_name
from sharekit.numbers.results import Point
from sharekit.project.days import MONTHS
from sharekit.project.shapes import FiscalYear, Grain
from sharekit.site.charts.chart_types import Subject
from sharekit.site.charts.labels import text_width

_DECIMAL_STEPS = tuple(
    step * Decimal(10) ** power
    for power in range(-12, 25)
    for step in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))
)
_CLOCK_STEPS = tuple(
    Decimal(step) for step in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400)
)
_STRIDES: dict[Grain, tuple[int, ...]] = {
    "day": (1, 2, 7, 14, 28, 56, 91, 182, 364),
    "week": (1, 2, 3, 4, 6, 8, 13, 26, 52, 104),
    "month": (1, 2, 3, 6, 12, 24, 60),
    "quarter": (1, 2, 4, 8, 20),
    "year": (1, 2, 5, 10, 20, 50),
}
_POWERS = {"k": 3, "m": 6, "bn": 9, "tn": 12}
_FLAT = 1e-9
"""Values nearer to each other than this share of their size are one line."""
_NOTHING = 1e-12
AXIS_SIZE = 12
"""Font size of axis labels, in px."""


# -- values ---------------------------------------------------------------------------------------


class Tick(Struct, frozen=True):
    """A value on the axis and its words."""

    value: float
    label: str


class Axis(Struct, frozen=True):
    """The range of values that is drawn; the first tick is its low end."""

    low: float
    high: float
    ticks: tuple[Tick, ...]

    def shows(self, value: float | None) -> bool:
        return value is not None and self.low <= value <= self.high

    def scale(self, bottom: float, top: float) -> Callable[[float], float]:
        """Value -> pixels, with `low` at `bottom` and `high` at `top`."""
        height = (bottom - top) / (self.high - self.low)
        return lambda value: bottom - (value - self.low) * height

    @property
    def room(self) -> float:
        """Width of the widest tick label in pixels."""
        return max((text_width(tick.label, AXIS_SIZE) for tick in self.ticks), default=0)


def so_far(subject: Subject, axis: Axis, value: float | None) -> str:
    """What stands beside a period that still runs: "19 so far", with an arrow to it where it lies
    off the plot."""
    off = value is not None and finite(value) is not None and not axis.shows(value)
    arrow = "" if value is None or not off else "↓ " if value < axis.low else "↑ "
    return f"{arrow}{subject.short(value)} so far"


def finite(value: float | None) -> float | None:
    """The value, or None where it is no number that can be drawn."""
    return value if value is not None and math.isfinite(value) else None


def drawn(points: Iterable[Point]) -> list[Point]:
    """The same points, with what cannot be drawn turned into gaps."""
    return [Point(point.on, finite(point.value)) for point in points]


def measured_points(points: Iterable[Point]) -> list[Point]:
    """The points that have a value."""
    return [point for point in drawn(points) if point.value is not None]


def value_axis(
    values: Iterable[float | None],
    subject: Subject,
    *,
    wish: Iterable[float | None] = (),
    near: Iterable[float | None] = (),
    zero: bool = False,
    most: int = 5,
) -> Axis:
    """An axis with at most `most` ticks that covers all values.

    Wishes (targets) too, unless they would squeeze the values into less than a quarter of it;
    `near` (a period that still runs, and may be a fraction of a full one) unless it would take more
    than a third of it. `zero` is for bars: the axis contains zero."""
    real = [value for value in map(finite, values) if value is not None]
    low, high = (min(real), max(real)) if real else (0.0, 1.0)
    natural = all(value >= 0 for value in real)
    for extra, most_spread in (
        *((value, 1.5) for value in near),
        *((value, 4.0) for value in wish),
    ):
        value = finite(extra)
        if value is not None and (
            max(high, value) - min(low, value) <= most_spread * (high - low) or high == low
        ):
            low, high, natural = min(low, value), max(high, value), natural and value >= 0
    if zero or (natural and low <= 0.35 * high):
        low, high = min(low, 0.0), max(high, 0.0)
    ceiling = 1.0 if is_share(subject.unit, subject.format) and high <= 1 else math.inf
    if high - low <= max(_FLAT * max(abs(low), abs(high)), _NOTHING):
        pad = abs(low) * 0.1 if abs(low) > _NOTHING else 1.0
        most = most if abs(low) > _NOTHING or ceiling == 1 else 2
        low, high = (
            (max(0.0, low - pad) if natural else low - pad),
            min(high + pad, max(high, ceiling)),
        )
    return _fitted(low, high, subject, most, ceiling)


def _fitted(low: float, high: float, subject: Subject, most: int, ceiling: float) -> Axis:
    clock = subject.format in ("duration_s", "duration_min") or subject.unit in (
        "min",
        "minutes",
        "s",
        "seconds",
    )
    steps = _CLOCK_STEPS if clock and 8 <= high - low <= 50_000 else _DECIMAL_STEPS
    fallback: Axis | None = None
    for step in steps:
        first = math.floor(low / float(step) + 1e-9)
        last = math.floor(min(high, ceiling) / float(step) + 1e-9)
        if last - first + 1 > most:
            continue
        top = min(high + 0.05 * (high - low), ceiling)
        reach = (last + 1) * float(step)
        if reach <= ceiling and reach - high < 0.4 * float(step) and last - first + 2 <= most:
            last, top = last + 1, reach
        marks = [float(step * count) for count in range(first, last + 1)]
        axis = Axis(marks[0], max(top, marks[-1]), _labelled_ticks(marks, subject))
        if len(marks) >= 2 and _readable(axis.ticks):
            return axis
        fallback = fallback or axis
        if len(marks) < 2 and _readable(axis.ticks):
            return axis
    return fallback or Axis(low, high, _labelled_ticks([low, high], subject))


def _labelled_ticks(values: Sequence[float], subject: Subject) -> tuple[Tick, ...]:
    """Ticks with the words of the metric's format, with as many decimals as they need to be told
    apart."""
    labels = [subject.number(value) for value in values]
    wordy = [
        any(letter.isalpha() for letter in label)
        for label, value in zip(labels, values, strict=True)
        if value
    ]
    if subject.units_vary and any(wordy) and not all(wordy):
        labels = [
            subject.text(value) if value else label
            for label, value in zip(labels, values, strict=True)
        ]
    labels = even_decimals(_one_scale(values, labels))
    return tuple(Tick(value, label) for value, label in zip(values, labels, strict=True))


_SCALED = re.compile(r"(?P<sign>\D*)[\d,.]+(?P<letter>k|m|bn|tn|)")


def _one_scale(values: Sequence[float], labels: Sequence[str]) -> list[str]:
    """The words with the largest one's letter for thousands, millions, ... on each: "€75k" beside
    "€100k", not "€75,000"."""
    matches = [match for match in map(_SCALED.fullmatch, labels) if match]
    largest = max(range(len(values)), key=lambda at: abs(values[at]))
    letter = matches[largest]["letter"] if len(matches) == len(labels) else ""
    if not letter:
        return list(labels)

    def scaled(value: float, sign: str) -> str:
        size = abs(Decimal(repr(value))).scaleb(-_POWERS[letter]).normalize()
        return f"{sign}{size:,f}{letter}"

    return [
        scaled(value, match["sign"]) if value else label
        for value, label, match in zip(values, labels, matches, strict=True)
    ]


_NUMBER = re.compile(r"(?P<whole>\D*[\d,]*\d)(?:\.(?P<decimals>\d+))?(?P<tail>\D*)")


def even_decimals(labels: Sequence[str]) -> list[str]:
    """The words with equally many decimals, and no zero at the end that all share: "84.0%", "88.0%"
    become "84%", "88%"; "4.5", "5" become "4.5", "5.0". Zero stays as it is. Words of different
    tails stay as they are."""
    split = [_NUMBER.fullmatch(label) for label in labels]
    plain = [bool(re.fullmatch(r"\D*0\D*", label)) for label in labels]
    matches = [match for match, zero in zip(split, plain, strict=True) if match and not zero]
    if len(matches) + sum(plain) < len(labels) or len({match["tail"] for match in matches}) > 1:
        return list(labels)
    decimals = [(match["decimals"] or "").rstrip("0") for match in matches]
    digits = max((len(part) for part in decimals), default=0)
    return [
        label if zero or not match else _with_decimals(match, digits)
        for label, match, zero in zip(labels, split, plain, strict=True)
    ]


def _with_decimals(match: re.Match[str], digits: int) -> str:
    decimals = (match["decimals"] or "").rstrip("0").ljust(digits, "0")
    return match["whole"] + (f".{decimals}" if decimals else "") + match["tail"]


def _readable(ticks: Sequence[Tick]) -> bool:
    """Whether the words tell the ticks apart and step as evenly as the ticks do."""
    labels = [tick.label for tick in ticks]
    if len(set(labels)) < len(labels):
        return False
    read = [re.findall(r"[\d,]+(?:\.\d+)?", label) for label in labels]
    tails = {
        re.sub(r"[\d,.\N{MINUS SIGN}]", "", label)
        for label, tick in zip(labels, ticks, strict=True)
        if tick.value
    }
    if len(tails) > 1 or any(len(matches) != 1 for matches in read):
        return True
    signs = [-1 if tick.value < 0 else 1 for tick in ticks]
    numbers = [
        Decimal(matches[0].replace(",", "")) * sign
        for matches, sign in zip(read, signs, strict=True)
    ]
    return len({after - before for before, after in pairwise(numbers)}) <= 1


# -- days -----------------------------------------------------------------------------------------


class DayTick(Struct, frozen=True):
    """A label below the plot; `year` stands in a second line where a year begins."""

    on: date
    label: str
    year: str | None = None


def day_scale(first: date, last: date, left: float, right: float) -> Callable[[date], float]:
    """Day -> pixels; a single day lies in the middle."""
    days = (last - first).days
    if days <= 0:
        return lambda day: (left + right) / 2
    return lambda day: left + (day - first).days * (right - left) / days


def period_ticks(
    days: Sequence[date], grain: Grain | None, width: float, fiscal: FiscalYear
) -> list[DayTick]:
    """Labels for a series' periods that fit side by side in `width` pixels, counted back from the
    last one."""
    if not days:
        return []
    length = grain or "day"
    if length in ("day", "week") and spans_years(days):
        return _new_years(days, width)
    labels = [_short(day, length, fiscal) for day in days]
    need = max(text_width(label, AXIS_SIZE) for label in labels) + 14
    most = max(2, int(width / need) + 1)
    stride = next(
        (stride for stride in _STRIDES[length] if (len(days) - 1) // stride + 1 <= most), len(days)
    )
    picked = [(days[n], labels[n]) for n in range(len(days) - 1, -1, -stride)][::-1]
    return _with_years(picked, length, days[0].year != days[-1].year)


def spans_years(days: Sequence[date]) -> bool:
    """Whether days reach so far that years, and not days, belong below the plot."""
    return bool(days) and (days[-1] - days[0]).days > 2 * 365 + 1


def _new_years(days: Sequence[date], width: float) -> list[DayTick]:
    """The first period of each year, so far as years fit side by side."""
    firsts = [day for before, day in pairwise(days) if before.year != day.year]
    most = max(1, int(width / (text_width("2000", AXIS_SIZE) + 14)))
    stride = math.ceil(len(firsts) / most)
    return [DayTick(day, str(day.year)) for day in firsts[::-1][::stride][::-1]]


def span_ticks(first: date, last: date, width: float) -> list[DayTick]:
    """Labels for a stretch of days: both ends, and the first days of months between them so far as
    they fit."""
    if last <= first:
        return [DayTick(first, format_day(first))]
    need = text_width("30 Nov", AXIS_SIZE) + 16
    scale = day_scale(first, last, 0, width)
    if (last - first).days > 45:
        inner = [day for day in _month_starts(first, last) if need <= scale(day) <= width - need]
    else:
        inner = [
            day
            for day in (first + timedelta(days=n) for n in range(7, 45, 7))
            if scale(day) <= width - need
        ]
    most = max(0, int(width / need) - 2)
    stride = math.ceil(len(inner) / most) if most else 0
    inner = inner[::stride] if stride else []
    days = [first, *inner, last]
    return _with_years([(day, format_day(day)) for day in days], "day", first.year != last.year)


def _month_starts(first: date, last: date) -> list[date]:
    months = range(first.year * 12 + first.month, last.year * 12 + last.month)
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _short(day: date, grain: Grain, fiscal: FiscalYear) -> str:
    if grain == "year":
        return short_span_name(day, 12, fiscal)
    if grain in ("month", "quarter"):
        return MONTHS[day.month - 1][:3]
    return format_day(day)


def _with_years(picked: Sequence[tuple[date, str]], grain: Grain, several: bool) -> list[DayTick]:
    with_years = grain in ("month", "quarter") or (grain != "year" and several)
    ticks, before = [], None
    for day, label in picked:
        ticks.append(
            DayTick(day, label, str(day.year) if with_years and day.year != before else None)
        )
        before = day.year
    return ticks
