"""What a drawing takes from a reading: the periods in view, the targets that hold in them, and
their words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from msgspec import Struct

from sharekit.numbers.formats import format_day, format_period
from sharekit.numbers.results import Point, Reading, Slice, newest_point
from sharekit.project.shapes import Direction, FiscalYear, Grain
from sharekit.site.charts.chart_types import Cell, Subject
from sharekit.site.charts.scale import drawn, finite

_MANY = {"day": "days", "week": "weeks", "month": "months", "quarter": "quarters", "year": "years"}


class SeriesView(Struct, frozen=True, dict=True):
    """The periods of a series that are drawn."""

    points: tuple[Point, ...]
    """Complete periods; None where there is a gap."""
    open: Point | None
    """The newest period that is not whole, where it has a value."""
    targets: tuple[tuple[date, date, float], ...]
    """From, until (the next one's from, or the view's end), value."""
    unsettled: tuple[Point, ...] = ()
    """Periods before that one which are not whole either."""
    partial: tuple[Point, ...] = ()
    """Periods before the first whole one, covered only in part."""
    irregular: bool = False
    """Whether the points are measurements made now and then."""
    targets_by_period: bool = False
    """Whether a target is that of its own period alone."""

    def target_on(self, day: date) -> float | None:
        """The target of the period that begins on a day."""
        held = (
            value
            for start, _, value in reversed(self.targets)
            if (start == day if self.targets_by_period else start <= day)
        )
        return next(held, None)

    @property
    def opens(self) -> tuple[Point, ...]:
        """All periods after the last whole one, in order."""
        return (*self.unsettled, self.open) if self.open else self.unsettled

    @cached_property
    def all_points(self) -> tuple[Point, ...]:
        """All periods in view, whole or not, in order."""
        return (*self.partial, *self.points, *self.opens)

    @cached_property
    def days(self) -> list[date]:
        """First days of all periods in view, the open one last."""
        return [point.on for point in self.all_points]

    @cached_property
    def values(self) -> list[float | None]:
        return [point.value for point in self.all_points]

    @property
    def target_values(self) -> list[float]:
        return [value for _, _, value in self.targets]

    @cached_property
    def last(self) -> Point | None:
        """The newest complete period that has a value."""
        return newest_point(self.points)

    @property
    def empty(self) -> bool:
        return all(value is None for value in self.values)


def view_of(reading: Reading, last: int | None = None, by: str | None = None) -> SeriesView:
    """The last `last` complete periods of a reading (None: all), its open period and its targets.

    With `by`, a reading without totals still has the periods of that dimension's members, each of
    them a gap."""
    series = reading.series
    if not series and by is not None:
        days = sorted({point.on for entry in reading.slices.get(by, ()) for point in entry.series})
        series = tuple(Point(day, None) for day in days)
    points = tuple(drawn(series[-last:] if last else series))
    running = reading.open_point
    if running is not None and (
        finite(running.value) is None or (points and running.on <= points[-1].on)
    ):
        running = None
    unsettled = tuple(
        point for point in drawn(reading.unsettled) if not points or point.on > points[-1].on
    )
    everything = last is None or last >= len(series)
    partial = tuple(drawn(reading.partial)) if everything else ()
    days = [point.on for point in (*partial, *points, *unsettled)] + (
        [running.on] if running else []
    )
    steps = target_steps(reading, days[0], days[-1]) if days else ()
    by_period = reading.targets_by_period
    return SeriesView(points, running, steps, unsettled, partial, reading.irregular, by_period)


def target_steps(reading: Reading, first: date, last: date) -> tuple[tuple[date, date, float], ...]:
    """The targets that hold between two days, in order; a target without date holds throughout."""
    dated = sorted(reading.targets)
    if not dated and reading.target is not None:
        dated = [(date.min, reading.target)]
    steps = []
    for n, (start, value) in enumerate(dated):
        end = dated[n + 1][0] if n + 1 < len(dated) else date.max
        if finite(value) is not None and start <= last and end > first:
            steps.append((max(start, first), min(end, last), value))
    return tuple(steps)


def members(reading: Reading, by: str, view: SeriesView) -> list[tuple[Slice, tuple[Point, ...]]]:
    """The members of a dimension over the periods in view, in the reading's order (largest
    first)."""
    entries = []
    for entry in reading.slices.get(by, ()):
        values = {point.on: finite(point.value) for point in entry.series}
        entries.append(
            (entry, tuple(Point(point.on, values.get(point.on)) for point in view.points))
        )
    return entries


def telling(slices: Sequence[Slice], direction: Direction, most: int) -> list[Slice]:
    """The members worth a look where not all have room: the best and the worst by the metric's
    direction, best first; without a direction the first `most` as they stand."""
    measured_slices = [entry for entry in slices if finite(entry.value) is not None]
    if direction == "none" or len(measured_slices) <= most:
        return list(slices[:most])
    best = sorted(measured_slices, key=lambda entry: entry.value or 0.0, reverse=direction == "up")
    return [*best[: most - most // 2], *best[-(most // 2) :]]


def telling_of(subject: Subject, slices: Sequence[Slice], most: int) -> list[Slice]:
    """The members worth a look; those based on too few cases come last, so far as there
    is room."""
    solid = [member_slice for member_slice in slices if not subject.too_few(member_slice)]
    few = [member_slice for member_slice in slices if subject.too_few(member_slice)]
    chosen = telling(solid, subject.direction, most)
    return [*chosen, *few[: most - len(chosen)]]


def rest_words(many: int, listed: int, direction: Direction) -> str:
    """What is said about the members that have no room: "and 288 between, in the CSV file"."""
    if many <= listed:
        return ""
    which = "more" if direction == "none" else "between"
    return f"and {many - listed:,} {which}, in the CSV file"


def additive(reading: Reading, by: str) -> bool:
    """Whether the members of a dimension add up to the total."""
    return any(entry.share is not None for entry in reading.slices.get(by, ()))


def members_target(reading: Reading, by: str) -> float | None:
    """The number's target, where it says something of each member: of a ratio or a mean, which is of
    the size of its members'. None where members add up or are counted once in the total."""
    if additive(reading, by) or reading.rule == "sum":
        return None
    member_values = (finite(entry.value) for entry in reading.slices.get(by, ()))
    values = [value for value in member_values if value is not None]
    total = finite(reading.total)
    if reading.rule == "given" and total is not None and values:
        least, most = min(values), max(values)
        if not (least <= total < most or least == total == most):
            return None
    return finite(reading.target)


def period_words(start: date, grain: Grain | None, fiscal: FiscalYear) -> str:
    """A period in full: "week of 11 Nov 2013"."""
    return format_period(start, grain, year=True, fiscal=fiscal)


def stretch_words(
    days: Sequence[date],
    grain: Grain | None,
    fiscal: FiscalYear,
    *,
    irregular: bool = False,
) -> str:
    """A stretch of periods for a sentence: "13 weeks to the week of 11 Nov 2013", "4 measurements
    to 2021"."""
    if len(days) == 1:
        return period_words(days[0], grain, fiscal)
    end = period_words(days[-1], grain, fiscal)
    end = f"the {end}" if grain == "week" else end
    if irregular:
        return f"{len(days):,} measurements to {end}"
    if grain is None:
        return f"{format_day(days[0], year=True)} to {format_day(days[-1], year=True)}"
    return f"{len(days):,} {_MANY[grain]} to {end}"


def value_cell(subject: Subject, value: float | None) -> Cell:
    """A value in a table: as text for people, raw for the file; an empty cell for a gap."""
    value = finite(value)
    return Cell("", "") if value is None else Cell(subject.text(value), value)


def day_cell(
    start: date,
    grain: Grain | None,
    fiscal: FiscalYear,
    *,
    running: bool = False,
    partial: bool = False,
) -> Cell:
    """A period as the heading of a row; files carry its first day."""
    period_text = period_words(start, grain, fiscal)
    period_text = period_text[0].upper() + period_text[1:]
    period_text += ", so far" if running else ", in part" if partial else ""
    return Cell(period_text, start.isoformat())
