"""Which period each row belongs to, which periods are whole, and which one is the headline. Pure.

The headline is the last whole period: it is over, it has settled (`settles`), and the data cover it
from its first day to its last. What comes after it is open. Periods at the beginning that the data
cover only in part are open too: a number made of five days never stands beside one made of thirty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from sharekit.errors import Problem, ProblemsError
from sharekit.numbers.measure.data_end import DataEnd
from sharekit.numbers.measure.date_problems import (
    MOST_PERIODS,
    far_dates,
    nothing_yet,
    other_weeks,
    still_moves,
    too_many_periods,
    undated_rows,
    unknown_end,
    unknown_grain,
)
from sharekit.numbers.measure.period_coverage import (
    DAY,
    RECENT,
    Coverage,
    SourceCover,
    is_late,
    rhythm_of,
)
from sharekit.numbers.periods import (
    count_periods,
    floor,
    infer_grain,
    infer_starts,
    last_complete,
    last_day,
    periods,
    shift_periods,
)
from sharekit.numbers.results import Cell, day_of_cell
from sharekit.project.days import Weekday
from sharekit.project.manifest import Metric
from sharekit.project.shapes import Grain, ProjectConfig
from sharekit.records import replace

_PLANNED = timedelta(days=366)
"""No chart asks for a plan of later periods: a year that began on the as-of day is over by then."""
_WEEK = 7
_WEEKLY_LOAD = 8
"""Days without new rows in a source that is loaded every Monday."""


class Timeline(Struct, frozen=True):
    """The periods of a series. Slots 0 to len(starts) - 1 are whole, then come the open ones, then
    those at the beginning that are covered only in part; the last slot is for rows of no period."""

    grain: Grain
    starts: tuple[date, ...]
    """First days of all whole periods from the first with rows to the headline, without holes."""
    headline: date
    """First day of the last whole period, whether it has rows or not; where none is whole, of the
    last one over."""
    opens: tuple[date, ...]
    """First days of the periods after the headline's: not settled, not covered to their end, or
    still running."""
    partial: tuple[date, ...]
    """First days of the periods before the first whole one: the data begin inside the last of
    them."""
    begin: date | None
    """The day inside them on which the data begin; None where there are no such periods."""
    slots: Mapping[Cell, int]
    """Time cell -> slot."""
    days: Mapping[Cell, date]
    """Time cell -> its day; cells without a day are missing."""
    finer: bool
    """Whether rows come in steps shorter than the grain, so that several make one period."""
    by_period: bool
    """Whether each row is dated by the first day of its period, and may so stand for all of it."""
    last_seen: date | None
    """Latest day on or before the as-of day that has rows."""
    through: date
    """The last day of which values are settled and there: to-date values end with it."""
    zero_until: date
    """The last day of which a missing row may mean none."""
    silent_since: date | None
    """The last day of data, where the source has stopped."""
    ahead: frozenset[Cell]
    """Time cells of the period that runs whose day is still to come: a plan at most."""
    planned: Mapping[Cell, date]
    """Time cell -> first day of its period, of the periods of which rows are a plan: those after
    all of these, which have no slot, and the one that runs where it has rows ahead."""
    hole: tuple[date, date] | None = None
    """First and last day of a silence in the middle of the data that is out of all proportion."""
    uncertain: tuple[date, ...] = ()
    """First days of the first and the last period with rows, as far as they are over, where it is
    not known from when to when the rows reach."""

    @property
    def open_start(self) -> date:
        """First day of the period after the headline's."""
        return shift_periods(self.headline, self.grain, 1)

    @property
    def size(self) -> int:
        """How many slots there are, with that for rows of no period."""
        return len(self.starts) + len(self.opens) + len(self.partial) + 1

    @property
    def all_starts(self) -> tuple[date, ...]:
        """First days of the periods, by slot."""
        return (*self.starts, *self.opens, *self.partial)

    def period_of(self, day: date) -> date | None:
        """First day of the period that a day lies in; None where it is none of these."""
        start = max((start for start in self.all_starts if start <= day), default=None)
        return start if start is not None and day <= last_day(start, self.grain) else None

    def measured(self, slots: Sequence[int]) -> Timeline:
        """The same with these of the whole periods only: those in which something was measured."""
        starts = tuple(self.starts[slot] for slot in slots)
        return replace(self, starts=starts, headline=starts[-1])


def timeline_of(
    metric: Metric,
    cells: Sequence[Cell],
    as_of: date,
    project: ProjectConfig,
    coverage: Coverage,
    *,
    level: bool = False,
) -> tuple[Timeline, list[Problem]]:
    """The timeline of a time column's cells, and warnings. Raises ProblemsError where it cannot be
    told.

    `level`: each value is of its day, so that every period with a settled measurement is whole, the
    one that runs too. What is dated after the as-of day is a plan, no measurement."""
    distinct = dict.fromkeys(cells)
    days = {cell: day for cell in distinct if (day := day_of_cell(cell)) is not None}
    undated = sum(cell not in days for cell in cells)
    warnings = [undated_rows(metric, undated)] if undated else []
    if coverage.settling_days and metric.front.settles is None:
        warnings.append(still_moves(metric, coverage.settling_days))
    dated = _dated_rows(metric, days, as_of, project)
    if coverage.unknown_end is not None and dated.grain != "day":
        warnings.append(unknown_end(metric, dated.grain, coverage.unknown_end))
    if _makes_other_weeks(dated, project, coverage):
        warnings.append(other_weeks(metric, dated.week_start, project.week_start))
    warnings.extend(far_dates(metric, list(dated.starts), as_of))
    recent = min(as_of - RECENT, shift_periods(dated.running, dated.grain, -2))
    leading = coverage.leading(dated.last_period, as_of, recent)
    ends = DataEnd.of(metric, coverage, leading, as_of, dated.over, dated.last_period)
    until = _last_level_counted(dated, coverage, as_of, ends) if level else date.max
    spans = _period_spans(metric, dated, coverage, ends, until if level else None)
    numbers = {start: number for number, start in enumerate(spans.all_starts)}
    counted = {cell: dated.starts[day] for cell, day in days.items() if day <= until}
    ahead = _ahead(dated, days, as_of)
    timeline = Timeline(
        grain=dated.grain,
        starts=spans.complete,
        headline=spans.headline if spans.complete else dated.over,
        opens=spans.opens,
        partial=spans.partial,
        begin=spans.begin,
        slots={cell: numbers.get(counted.get(cell, date.max), len(numbers)) for cell in distinct},
        days=days,
        finer=dated.finer,
        by_period=not dated.finer and all(start == day for day, start in dated.starts.items()),
        last_seen=max((day for day in dated.starts if day <= as_of), default=None),
        through=ends.through,
        zero_until=ends.zero_until,
        silent_since=_silent_since(leading, dated.running, as_of)
        if coverage.unknown_end is None
        else _silent_periods(dated),
        ahead=ahead,
        planned=_planned(dated, days, spans, as_of, runs_ahead=bool(ahead)),
        hole=None if level else _hole(leading, as_of),
        uncertain=_uncertain(dated, coverage),
    )
    return timeline, warnings


def _makes_other_weeks(dated: _DatedRows, project: ProjectConfig, coverage: Coverage) -> bool:
    """Whether the query makes weeks of days that begin on another day than the project's. Where a
    source has rows by the week, its own weeks are meant."""
    if dated.grain != "week" or dated.week_start == project.week_start or len(dated.starts) < 2:
        return False
    rhythms = [source.rhythm for source in coverage.sources if source.rhythm is not None]
    return bool(rhythms) and all(rhythm.grain is None for rhythm in rhythms)


def _ahead(dated: _DatedRows, days: Mapping[Cell, date], as_of: date) -> frozenset[Cell]:
    """Rows that come once a week, or seldomer, may be dated by the end of their step: then the next
    one is no plan."""
    if not dated.finer:
        return frozenset()
    rhythm = rhythm_of([day for day in dated.starts if day <= as_of])
    last = as_of
    if rhythm is not None and rhythm.usual >= _WEEK:
        last = max(as_of, rhythm.last + rhythm.usual * DAY)
    return frozenset(
        cell for cell, day in days.items() if day > last and dated.starts[day] == dated.running
    )


def _hole(source: SourceCover | None, as_of: date) -> tuple[date, date] | None:
    """Of what has rows on later days only as a plan, the silence goes on."""
    hole = source.rhythm.hole if source is not None and source.rhythm is not None else None
    return hole if hole is not None and hole[1] < as_of else None


def _uncertain(dated: _DatedRows, coverage: Coverage) -> tuple[date, ...]:
    if coverage.unknown_end is None:
        return ()
    edges = (dated.first, dated.last_period)
    return tuple(start for start in edges if start is not None and start <= dated.over)


def _planned(
    dated: _DatedRows,
    days: Mapping[Cell, date],
    spans: _PeriodSpans,
    as_of: date,
    *,
    runs_ahead: bool,
) -> dict[Cell, date]:
    """Time cell -> first day of its period, of the periods after the newest of the timeline, and of
    the one that runs where its rows run ahead."""
    newest = max(spans.all_starts, default=dated.over)
    last = as_of + _PLANNED
    planned = {start for start in dated.starts.values() if newest < start <= last}
    planned |= {dated.running} if runs_ahead else set()
    if not planned:
        return {}
    return {cell: start for cell, day in days.items() if (start := dated.starts[day]) in planned}


def _silent_since(source: SourceCover | None, running: date, as_of: date) -> date | None:
    """The last day of a source that has stopped. Where only days of the period that runs (from
    `running` on) are missing, it may be one that is loaded once a week."""
    if source is None or not source.is_silent(as_of):
        return None
    behind = source.until < running - DAY or (as_of - source.until).days > _WEEKLY_LOAD
    return source.until if behind else None


def _silent_periods(dated: _DatedRows) -> date | None:
    """Where the days are not known: the last day of the last period with rows, where every one
    before it had some and a whole one since has none."""
    last = dated.last_period
    if last is None or last >= dated.over:
        return None
    with_rows = {start for start in dated.starts.values() if start <= last}
    is_regular = len(with_rows) == count_periods(min(with_rows), last, dated.grain)
    return last_day(last, dated.grain) if is_regular and len(with_rows) > 3 else None


class _DatedRows(Struct, frozen=True):
    """The days of the rows in the periods of a grain."""

    grain: Grain
    starts: Mapping[date, date]
    """Day with rows -> first day of its period, by day."""
    over: date
    """First day of the last period that is over."""
    first: date
    """First day of the first period with rows; where none means none, of the last one over."""
    last_period: date | None
    """First day of the period of the last row that is no plan."""
    finer: bool
    """Whether rows come in steps shorter than the grain."""
    week_start: Weekday

    @property
    def running(self) -> date:
        """First day of the period that runs."""
        return shift_periods(self.over, self.grain, 1)


def _dated_rows(
    metric: Metric, days: Mapping[Cell, date], as_of: date, project: ProjectConfig
) -> _DatedRows:
    """Raises ProblemsError where the days do not tell the grain, or none of them counts."""
    by_day = sorted(set(days.values()))
    grain = metric.front.grain or infer_grain(by_day)
    if grain is None:
        raise ProblemsError([unknown_grain(metric, by_day)])
    begins = infer_starts(by_day, grain, project.week_start, project.fiscal_year_start)
    starts = {day: floor(day, grain, *begins) for day in by_day}
    over = last_complete(as_of, grain, *begins)
    first = _first_period(metric, starts, as_of, over, grain)
    last_period = max((start for day, start in starts.items() if day <= as_of), default=None)
    return _DatedRows(
        grain, starts, over, first, last_period, len(days) > len(set(starts.values())), begins[0]
    )


def _first_period(
    metric: Metric, starts: Mapping[date, date], as_of: date, over: date, grain: Grain
) -> date:
    running = shift_periods(over, grain, 1)
    first = min((start for start in starts.values() if start <= running), default=None)
    if first is None and metric.front.missing != "zero":
        raise ProblemsError([nothing_yet(metric, list(starts), as_of)])
    first = over if first is None else first
    if count_periods(first, over, grain) > MOST_PERIODS:
        raise ProblemsError([too_many_periods(metric, first, over, grain)])
    return first


class _PeriodSpans(Struct, frozen=True):
    """Which periods are whole, and which ones before and after are not."""

    headline: date
    complete: tuple[date, ...]
    opens: tuple[date, ...]
    partial: tuple[date, ...]
    begin: date | None

    @property
    def all_starts(self) -> tuple[date, ...]:
        return (*self.complete, *self.opens, *self.partial)


def _period_spans(
    metric: Metric, dated: _DatedRows, coverage: Coverage, ends: DataEnd, level_until: date | None
) -> _PeriodSpans:
    """`level_until`: of a level, the last day whose rows count."""
    first, grain, over = dated.first, dated.grain, dated.over
    newest = None
    if level_until is not None:
        counted = (start for day, start in dated.starts.items() if day <= level_until)
        newest = max(counted, default=None)
    if newest is None:
        headline = _last_covered(first, over, grain, ends)
        days = list(dated.starts) if dated.finer else []
        begin = _begin(metric, first, last_day(first, grain), days, coverage)
    else:
        headline, begin = newest, _declared_begin(metric, first)
    first_complete = first if begin is None else _after(begin, first, grain)
    complete = tuple(periods(first_complete, headline, grain))
    partial: tuple[date, ...] = ()
    if begin is not None:
        partial = tuple(periods(first, min(shift_periods(first_complete, grain, -1), over), grain))
    before = (complete or partial)[-1:]
    after = shift_periods(before[0], grain, 1) if before else first
    later = periods(after, dated.running, grain) if newest is None else ()
    opens = tuple(start for start in later if start <= ends.shown_until)
    return _PeriodSpans(headline, complete, opens, partial, begin)


def _last_level_counted(dated: _DatedRows, coverage: Coverage, as_of: date, ends: DataEnd) -> date:
    """The last day whose rows count of a level: the last one that is measured and settled. A query
    over the table of days has a row for today too, before any of its sources has one: that is the
    level of yesterday, not a new one. One that dates what it counts by today alone has no other."""
    if ends.wait:
        return ends.through
    until = min(as_of, coverage.measurable_until(as_of))
    return until if any(day <= until for day in dated.starts) else as_of


def _last_covered(first: date, over: date, grain: Grain, ends: DataEnd) -> date:
    """First day of the last period that the data cover; before the first one where none is."""
    start = over
    while start >= first and not ends.covers(start, last_day(start, grain)):
        start = shift_periods(start, grain, -1)
    return start


def _begin(
    metric: Metric, start: date, end: date, days: Sequence[date], coverage: Coverage
) -> date | None:
    """The day on which data begin, where that is inside a period; None where the first period is
    whole.

    `days` are those of the rows, where they are finer than the periods.
    """
    if metric.front.since is not None:
        return _declared_begin(metric, start)
    if coverage.unknown_end is not None and start != end:
        return end + DAY
    day = coverage.begins_inside(start, end)
    rhythm = rhythm_of(days) if coverage.looked and metric.front.missing != "zero" else None
    if rhythm is not None and is_late(start, rhythm.first, rhythm.usual) and rhythm.first <= end:
        day = max(day or rhythm.first, rhythm.first)
    return day


def _declared_begin(metric: Metric, start: date) -> date | None:
    since = metric.front.since
    return since if since is not None and since > start else None


def _after(begin: date, first: date, grain: Grain) -> date:
    """First day of the first period that begins on or after the day on which the data begin."""
    start = first
    while start < begin:
        start = shift_periods(start, grain, 1)
    return start
