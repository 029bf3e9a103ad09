"""What the SQL said, as of a date: values, series, slices and OKR readings. Frozen; a Metric never
learns its value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

from sharekit.errors import Problem
from sharekit.project.manifest import Metric, bidi_isolated
from sharekit.project.shapes import (
    CALENDAR_YEAR,
    ChangeWay,
    CompareKind,
    FiscalYear,
    Grain,
    OverTime,
)

Cell = str | int | float | Decimal | bool | date | datetime | None
ColumnKind = Literal["date", "timestamp", "number", "text", "bool", "other"]
ResultShape = Literal["number", "series", "sliced", "table"]
TotalRule = Literal["sum", "ratio", "given", "none"]
"""sum: values add up. ratio: sum of numerators by sum of denominators. given: the query brings rows
whose dimensions are NULL as totals. none: there is no total."""
Status = Literal[
    "early",
    "not_started",
    "on_track",
    "at_risk",
    "off_track",
    "achieved",
    "partial",
    "missed",
    "dropped",
    "unknown",
]
"""`early`: the first tenth of the period, or nothing measured in it yet; `unknown`: no value to
judge. `achieved` may come before the period's end; `partial`, `missed` and `dropped` are of closed
ones."""


def day_of_cell(cell: Cell) -> date | None:
    """The day of a date or a moment; None of anything else."""
    if isinstance(cell, datetime):
        return cell.date()
    return cell if isinstance(cell, date) else None


class Column(Struct, frozen=True):
    """A column of a result, in the engine's words and in ours."""

    name: str
    type: str
    kind: ColumnKind


class Rows(Struct, frozen=True):
    """What a query returned, with every digit: decimals as Decimal, dates as date, everything
    unknown as text."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class SourceNote(Struct, frozen=True):
    """Something about a source's rows that its owner may not expect, and what to write about it."""

    column: str
    message: str
    hint: str
    kind: Literal["text", "odd", "count", "files", "digits", "repeats", "names"]
    """`text`: a column of text that could be read; `odd`: but for a few values; `count`: whole
    numbers that may be dates; `files`: a file without a column that others have; `digits`: more of
    them than a double keeps; `repeats`: rows that are there twice; `names`: columns that
    have one name."""


class Rhythm(Struct, frozen=True):
    """How often there are rows, by day: in a source, or for one member of a dimension in it."""

    first: date
    last: date
    days: int
    """How many different days."""
    usual: int = 1
    """Nine of ten steps from one day to the next are no longer than so many days."""
    longest: int = 1
    """The longest of those steps, in days."""
    grain: Grain | None = None
    """The grain of which all days are first days: week, month, quarter or year. None where they are
    not."""
    weekday: int | None = None
    """On which day of the week (1 is Monday) all of them are, where the grain is week."""
    cut: bool = False
    """Whether the first day begins much later than the days after it: it was under way when the
    data began."""
    unfinished: bool = False
    """Whether the last day ends much earlier than the days before it: it was not over when it was
    read."""
    hole: tuple[date, date] | None = None
    """First and last day of the newest gap that is unusually long for these days."""
    emptied: Mapping[str, date] = msgspec.field(default_factory=dict)
    """Columns of numbers that have no value after a day, though rows go on."""

    @property
    def finished(self) -> date:
        """The last day that is complete."""
        return self.last - timedelta(days=1) if self.unfinished else self.last


class SourceInfo(Struct, frozen=True):
    """A source as the engine found it."""

    id: str
    columns: tuple[Column, ...] = ()
    rows: int = 0
    fingerprint: str = ""
    """Changes exactly when the rows may have: the key for caches."""
    data_until: date | None = None
    """Latest day in its time column, not after the as-of date; None where it has none."""
    error: str | None = None
    """Why it could not be read; SQL that reads it fails with this sentence."""
    hint: str | None = None
    """What to write so that it can be read, where that is known."""
    outside: bool = False
    """Whether it is out of reach, so that trying again may help."""
    stale: str | None = None
    """Why its rows are those of an earlier day; None where they are today's."""
    notes: tuple[SourceNote, ...] = ()
    rhythms: Mapping[str, Rhythm] = msgspec.field(default_factory=dict)
    """How the days of each column of dates come; those after the as-of date count too."""
    time: str | None = None
    """The column that `data_until` and `rhythm` are of."""
    time_is: Literal["day", "period"] | None = None
    """What a row's day stands for, where somebody declared it."""

    @property
    def is_empty(self) -> bool:
        """Whether it could be read and has no rows."""
        return self.error is None and not self.rows

    @property
    def rhythm(self) -> Rhythm | None:
        """How the days of its time column come."""
        return self.rhythms.get(self.time) if self.time is not None else None


class Point(NamedTuple):
    """The value of the period that begins on `on`; None is a gap. A named tuple: a build makes a
    million of them."""

    on: date
    value: float | None


def points(days: Iterable[date], values: Iterable[float | None]) -> tuple[Point, ...]:
    """A series from its days and values, which are equally many: half the time of making each Point
    by its name."""
    return tuple(map(_as_point, zip(days, values, strict=True)))


_as_point: Callable[[tuple[date, float | None]], Point] = partial(tuple.__new__, Point)


def newest_point(points: Sequence[Point]) -> Point | None:
    """The last point that has a value; None where there is none."""
    return next((point for point in reversed(points) if point.value is not None), None)


class Comparison(Struct, frozen=True):
    """The headline against something else."""

    kind: CompareKind
    period: date | None
    """First day of the period compared with; None for a target. To-date kinds look at its first
    days."""
    value: float
    change: float
    """Headline minus `value`, in the metric's unit; of to-date kinds, the open period so far minus
    `value`."""
    change_pct: float | None
    """Change as a share of |value|; None where that is zero or near it, or the headline lies on its
    other side."""
    better: bool | None
    """By the metric's direction; None where it has none or nothing changed."""
    way: ChangeWay = "relative"
    """How the change is shown; a relative one without `change_pct` is shown in the unit."""
    through: date | None = None
    """Of to-date kinds: the last day that `value` covers."""
    measured: bool = False
    """Whether it is with the measurement before, of a number that is measured now and then."""


class Slice(Struct, frozen=True):
    """One member of a dimension."""

    member: str
    value: float | None
    """At the headline period."""
    series: tuple[Point, ...]
    previous: Comparison | None = None
    share: float | None = None
    """Part of the total, where slices add up by sum; else None."""
    target: float | None = None
    """The member's own target at the headline period."""
    count: float | None = None
    """How many cases its value is based on there, where `minimum_count` asks."""
    label: str = ""
    """Its name from a lookup; "" where it is called as it is."""

    @property
    def name(self) -> str:
        """What people call it, as it stands beside numbers: in order also where it reads from right
        to left."""
        return bidi_isolated(self.label or self.member)


class Reading(Struct, frozen=True):
    """What one metric's SQL says as of the build's date."""

    shape: ResultShape
    value: float | None
    """The headline: the last complete period at the grain, or the number itself. None: no data
    there."""
    grain: Grain | None = None
    period_start: date | None = None
    """First day of the headline's period; None for a number without time."""
    period_end: date | None = None
    series: tuple[Point, ...] = ()
    """Totals of complete periods, oldest first, gaps filled in as None (or 0 with `missing:
    zero`)."""
    open_point: Point | None = None
    """The newest period that is not whole: drawn apart, never compared with a full one."""
    unsettled: tuple[Point, ...] = ()
    """Periods between the headline's and that one, which are not whole either: drawn like it."""
    partial: tuple[Point, ...] = ()
    """Periods before the first whole one, which the data cover only in part: drawn like the open
    one."""
    irregular: bool = False
    """Whether something is measured now and then: the series has only those periods, and they are
    joined."""
    notes: tuple[str, ...] = ()
    """What must be said with the value, in a few words each: "without LGA since 9 Nov"."""
    silent_since: date | None = None
    """Last day of data, where what it reads has stopped."""
    fiscal: FiscalYear = CALENDAR_YEAR
    """By which quarters and years are named."""
    comparisons: tuple[Comparison, ...] = ()
    slices: Mapping[str, tuple[Slice, ...]] = msgspec.field(default_factory=dict)
    """Members of each dimension, largest first."""
    target: float | None = None
    """The target that holds in the headline's period."""
    targets: tuple[tuple[date, float], ...] = ()
    """All dated targets, those of periods to come too; a single one has date.min."""
    targets_by_period: bool = False
    """Whether each target is of one period, as a column or another metric gives them: a period
    without one has none. Else the newest one holds on."""
    planned: tuple[Point, ...] = ()
    """What the rows of the periods to come say: targets of a metric whose target this is. Never
    shown as values, never compared, never in data files."""
    table: Rows | None = None
    """The rows, of a table metric."""
    headline: str | None = None
    """The member that speaks for a number without a total: value, series and comparisons are that
    slice's."""
    data_until: date | None = None
    """Latest day of data in what it reads, so far as that is known."""
    rule: TotalRule | None = None
    """How its slices became the total; None where it has none."""
    over_time: OverTime | None = None
    """How several rows of one period became one value; None for a number without time."""
    measured_on: date | None = None
    """The day of the headline's measurement, of a level; None for everything else, and where it is
    not known."""
    running: tuple[Point, ...] = ()
    """Of a key result that is measured to date: the sum or ratio of the OKR's period through each
    whole period."""
    since: date | None = None
    """First day of what the value adds up, where that is more than its last period: it is of that
    day to `period_end`."""

    @property
    def speaker(self) -> str:
        """What people call the member that speaks for the number; "" where it has a total."""
        member_slices = (
            member_slice for members in self.slices.values() for member_slice in members
        )
        member_name = next(
            (
                member_slice.name
                for member_slice in member_slices
                if member_slice.member == self.headline
            ),
            None,
        )
        return member_name or self.headline or ""

    @property
    def total(self) -> float | None:
        """The value of all members together: the headline, unless it is one member's."""
        return None if self.headline is not None else self.value

    @property
    def parts_only(self) -> bool:
        """Whether a number has values by its members and none for all of them together (`total:
        none`)."""
        return self.value is None and any(
            member_slice.value is not None
            for slices in self.slices.values()
            for member_slice in slices
        )

    @property
    def so_far(self) -> Point | None:
        """What there is of the newest period that is not whole, where no period is whole yet."""
        if self.value is not None or self.series or self.grain is None:
            return None
        measured = [
            point
            for point in (*self.partial, *self.unsettled, self.open_point)
            if point is not None
        ]
        return newest_point(measured)

    def comparison(self, kind: CompareKind) -> Comparison | None:
        return next((entry for entry in self.comparisons if entry.kind == kind), None)


Outlook = Literal["reached", "short", "open"]
"""What may be said about the end: on which side of the target the whole range lies, or that it is too
early to tell."""


class Forecast(Struct, frozen=True):
    """Where the value ends at this pace: the median line through the period's recent points."""

    on: date
    """Last day of the OKR's period."""
    value: float
    low: float
    high: float
    """80 % range."""
    score: float
    start: float
    """Where the line is on the last day measured."""
    outlook: Outlook


class OkrReading(Struct, frozen=True):
    """A key result judged as of a date. Scores are 0.0 to 1.0."""

    baseline: float | None
    target: float | None
    original_target: float | None
    """Target of the day it was introduced, where history knows it; else today's."""
    current: float | None
    raw: float | None
    """(current - baseline) / (target - baseline), unclamped."""
    score: float | None
    """How far it has come, 0.0 to 1.0; final once the period is closed."""
    expected: float
    """The score that the pace expects by the day `through`."""
    gap: float | None
    """expected - score; positive is behind."""
    status: Status
    closed: bool
    """Whether its period is over."""
    elapsed_days: int
    total_days: int
    expected_value: float | None = None
    """The pace in the metric's unit, on the day `through`."""
    ended: date | None = None
    """Last day of its period, once that is over."""
    through: date | None = None
    """Last day that the value covers: what is expected, the gap and the status are of that day.
    None: no value yet."""
    forecast: Forecast | None = None
    needed_rate: float | None = None
    """Change per grain still needed from the day `through` to reach the target by the end."""
    actual_rate: float | None = None
    """Change per grain so far in the period: the slope of the line that the forecast goes on."""
    outside: tuple[int, int] | None = None
    """Of a band that is to be kept: how many of its periods were outside, and how many were
    measured."""
    rate_grain: Grain = "week"
    pace: tuple[Point, ...] = ()
    """Corner points of the expected course, in the metric's unit."""


class ObjectiveReading(Struct, frozen=True):
    """Weighted mean of its key results' scores; without any, mean of the scores of the objectives
    that serve it."""

    id: str
    score: float | None
    expected: float | None
    status: Status
    counts: Mapping[Status, int] = msgspec.field(default_factory=dict)
    """How many of what it is the mean of have each status, the dropped ones too."""
    by_objectives: bool = False
    """Whether it is the mean of the objectives that serve it."""


@dataclass(frozen=True)
class Result:
    """The outcome of one metric in one build."""

    id: str
    reading: Reading | None
    """None only where it failed and no earlier value is known."""
    okr: OkrReading | None = None
    stale: str | None = None
    """One sentence: why the value is older than it should be; None when fresh."""
    failure: Problem | None = None
    """Why today's run failed; `reading` is then the last good one."""
    as_of: date | None = None
    """Date the reading is of: the build's, or an earlier one after a failure."""
    from_cache: bool = False
    cached: ReadingDigest | None = field(default=None, compare=False, repr=False)
    """What the cache calls the content of the reading that it has."""
    closed: ClosedReading | None = None
    """Of a key result whose period is over: how it ended, where something changed after the end."""

    @property
    def digest(self) -> str | None:
        """Names the reading's content: what has the same has equal readings. None where the cache
        has no such reading, since it was scored or cut after it was read."""
        return self.cached.digest if self.cached and self.cached.reading is self.reading else None


class ReadingDigest(Struct, frozen=True):
    """A reading as the cache has it, and the digest of its text there."""

    reading: Reading
    digest: str


class ClosedReading(Struct, frozen=True):
    """What would be said about a key result that ended, by what is declared and known today. `okr` and
    `reading` of its result are those of its end."""

    metric: Metric
    """As it was declared on the last day of its period."""
    reading: Reading | None
    okr: OkrReading
    changed: tuple[str, ...]
    """What changed after the end: names of declared values, "definition", "data"."""


class ClosedKeyResult(Struct, frozen=True):
    """A key result that ended with an objective and was moved, rescheduled or removed after the
    end."""

    metric: Metric
    """As it was declared on the last day of its period."""
    reading: Reading | None
    okr: OkrReading


@dataclass(frozen=True)
class Results:
    """All outcomes of one build, by id, in the manifest's order."""

    as_of: date
    results: Mapping[str, Result]
    objectives: Mapping[str, ObjectiveReading] = field(default_factory=dict)
    sources: Mapping[str, SourceInfo] = field(default_factory=dict)
    settled: tuple[ClosedKeyResult, ...] = ()
    """Key results that ended and are no longer where they were."""
    problems: tuple[Problem, ...] = ()
    """Failures and data warnings, in the manifest's order."""
