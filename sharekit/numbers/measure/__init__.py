"""Rows -> Reading: what one metric's SQL says as of a date. Pure.

Columns get their roles (columns), rows their periods (timeline), both add up by the metric's rule (sums), and the
headline is compared (compare). What does not fit comes back as Problems of phase "data"; nothing is raised.

Members that are NULL in the data show as "(none)" where slices add up. Where a query brings total rows of its own
(GROUPING SETS, ROLLUP, CUBE or UNION) NULL means total, so such members need a name: COALESCE(origin, 'unknown').
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sharekit.errors import Problem, ProblemsError
from sharekit.numbers.formats import format_day, format_period, format_value, is_share
from sharekit.numbers.measure.columns import complaint, date_cast, sql_place
from sharekit.numbers.measure.comparisons import TO_DATE, YEAR_AGO, comparison, target_on, targets_of, wanted
from sharekit.numbers.measure.coverage import Coverage, rhythm_of
from sharekit.numbers.measure.members import Edge, Window, edge_words, edges, rhythms
from sharekit.numbers.measure.rows import Data
from sharekit.numbers.measure.timeline import EMPTY_HINT, Timeline, timeline_of
from sharekit.numbers.measure.totals import Rule, Table, Totals, Values, add_up, brings_totals, member_name
from sharekit.numbers.periods import count_periods, last_day, same_day, shift, tell_grain
from sharekit.numbers.results import Cell, Comparison, Point, Reading, Rhythm, Rows, Slice, points
from sharekit.project.manifest import Metric
from sharekit.project.shapes import CompareKind, ProjectConfig

__all__ = ["Coverage", "Measurement", "brings_totals", "measure", "member", "sql_place"]


@dataclass(frozen=True)
class Measurement:
    """What rows came to. There is no reading exactly where one of the problems is an error."""

    reading: Reading | None
    problems: tuple[Problem, ...] = ()


def measure(
    metric: Metric,
    rows: Rows,
    as_of: date,
    project: ProjectConfig,
    *,
    data_until: date | None = None,
    totals: bool | None = None,
    coverage: Coverage | None = None,
    looks_back: bool = False,
) -> Measurement:
    """Read a metric's rows as of a date.

    `coverage` says from when to when the sources it reads have data; `data_until` is only the last day, where no more
    is known. `totals` says whether the SQL, or that of anything it reads, can bring total rows (`brings_totals`);
    default: told from the metric's own SQL. `looks_back`: whether its SQL has windows or offsets by rows.
    """
    known = coverage or Coverage.through(data_until)
    if metric.front.kind == "table":
        return _table(metric, rows, known.until)
    may_total = brings_totals(metric.sql.text) if totals is None else totals
    try:
        return _Measuring(metric, rows, as_of, project, known, may_total, looks_back=looks_back).measure()
    except ProblemsError as error:
        return Measurement(None, error.problems)


def member(reading: Reading, name: str) -> Slice | None:
    """The slice of a member, `{{ id[JFK] }}`: of the first dimension, in declared order, that has one so called."""
    for slices in reading.slices.values():
        for part in slices:
            if part.member == name:
                return part
    return None


def _table(metric: Metric, rows: Rows, data_until: date | None) -> Measurement:
    problems: tuple[Problem, ...] = ()
    if not rows.rows:
        problems = (complaint(metric, "empty-result", "the table has no rows", severity="warning"),)
    return Measurement(Reading("table", None, table=rows, data_until=data_until), problems)


class _Measuring:
    """One metric on its way from rows to a reading."""

    def __init__(
        self,
        metric: Metric,
        rows: Rows,
        as_of: date,
        project: ProjectConfig,
        coverage: Coverage,
        totals: bool,
        *,
        looks_back: bool,
    ) -> None:
        self.metric = metric
        self.rows = rows
        self.as_of = as_of
        self.project = project
        self.coverage = coverage
        self.data_until = coverage.until
        self.looks_back = looks_back
        self.problems: list[Problem] = []
        self.data = Data(metric, rows, totals, self.problems)
        self.targets = targets_of(metric)

    def measure(self) -> Measurement:
        roles = self.data.roles
        zero = self.metric.front.missing == "zero"
        if not self.rows.rows and not (zero and self.metric.front.grain and roles.time is not None):
            raise ProblemsError([complaint(self.metric, "empty-result", "the query returns no rows", hint=EMPTY_HINT)])
        reading = self._number() if roles.time is None else self._series(self.data.columns[roles.time])
        self._warn_of_percentages(reading)
        return Measurement(reading, tuple(self.problems))

    # -- one number ----------------------------------------------------------------------------------------

    def _number(self) -> Reading:
        count = len(self.rows.rows)
        if count > 1 and not self.data.roles.dimensions:
            raise ProblemsError([self._several_rows(count)])
        table = self.data.table([0] * count)
        totals = add_up(self.metric, self.data.rule(), table, 2)
        value = totals.total[0] if totals.total else None
        if totals.total and value is None:
            self._warn_of_no_value()
        target = target_on(self.targets, self.as_of)
        return Reading(
            "sliced" if self.data.roles.dimensions else "number",
            value,
            comparisons=self._against_target(value, target),
            slices={
                name: self._slices(members, totals, [], None, {}) for name, members in totals.slices.items()
            },
            target=target,
            targets=self.targets,
            data_until=self.data_until,
        )  # fmt: skip

    def _several_rows(self, count: int) -> Problem:
        hint = "Return one row, or a date column for a series, or declare `dimensions`, or write `kind: table`."
        for at, column in enumerate(self.rows.columns):
            if cast := date_cast(self.rows, at):
                hint = f"Column `{column.name}` is text; for a series make it a date: {cast} AS {column.name}. {hint}"
                break
        return complaint(
            self.metric,
            "several-rows",
            f"the query returns {count:,} rows, and nothing tells them apart",
            hint=hint,
        )

    def _warn_of_no_value(self) -> None:
        message = "the query returns no value: NULL, or no finite number"
        hint = "Look at what it reads: an aggregate over no rows and a division by zero give none."
        self.problems.append(complaint(self.metric, "no-value", message, hint=hint, severity="warning"))

    # -- series --------------------------------------------------------------------------------------------

    def _series(self, cells: Sequence[Cell]) -> Reading:
        timeline, warnings = timeline_of(self.metric, cells, self.as_of, self.project, self.coverage)
        self.problems.extend(warnings)
        if self.looks_back:
            self.problems.extend(self._holes(cells, timeline))
        table = self.data.table(list(map(timeline.slots.__getitem__, cells)))
        rule = self.data.rule()
        if timeline.finer:
            self.data.refuse_unsummed(rule, timeline.grain)
        found = add_up(self.metric, rule, table, timeline.size)
        late = self._edges(found, timeline, cells)
        totals = self._filled(found, timeline, late)
        opens, partial = self._not_whole(totals, timeline)
        timeline, totals, irregular = self._only_measured(timeline, totals)
        complete = len(timeline.starts)
        series = points(timeline.starts, totals.total[:complete]) if totals.total else ()
        value = series[-1].value if series else None
        end = last_day(timeline.headline, timeline.grain)
        target = target_on(self.targets, end)
        if value is None and totals.total is not None:
            self._warn_of_gap(timeline, complete)
        return Reading(
            "sliced" if self.data.roles.dimensions else "series",
            value,
            grain=timeline.grain,
            period_start=timeline.headline,
            period_end=end,
            series=series,
            open_point=opens[-1] if opens else None,
            unsettled=opens[:-1],
            partial=partial,
            irregular=irregular,
            notes=self._notes(timeline, late, irregular=irregular),
            silent_since=timeline.silent_since,
            fiscal=self.project.fiscal_year,
            comparisons=self._comparisons(series, value, target, timeline, rule, table, cells, irregular=irregular),
            slices={name: self._slices(members, totals, timeline.starts, timeline, late.get(name, {}))
                    for name, members in totals.slices.items()},
            target=target,
            targets=self.targets,
            data_until=self.data_until or self._seen_until(timeline),
        )  # fmt: skip

    def _filled(self, totals: Totals, timeline: Timeline, late: Mapping[str, Mapping[str, Edge]]) -> Totals:
        """With `missing: zero`, gaps as zeros as far as the data reach, also in periods of which a day is over; those
        of a member that ends early or begins late only as far as it has any."""
        if self.metric.front.missing != "zero":
            return totals
        covered = [start <= timeline.zero_until for start in timeline.all_starts]

        def fill(values: Values, edge: Edge | None = None) -> Values:
            here = covered
            if edge is not None:
                known = timeline.all_starts
                here = [
                    start <= edge.on if edge.ends else last_day(start, timeline.grain) >= edge.on for start in known
                ]
                here = [both and each for both, each in zip(covered, here, strict=True)]
            return [
                0.0 if value is None and none else value for value, none in zip(values, [*here, False], strict=True)
            ]

        slices = {
            name: {key: fill(row, late.get(name, {}).get(key)) for key, row in members.items()}
            for name, members in totals.slices.items()
        }
        return Totals(totals.rule, None if totals.total is None else fill(totals.total), slices)

    def _not_whole(self, totals: Totals, timeline: Timeline) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
        """What there is of the periods after the headline's, and of those before the first whole one."""
        if totals.total is None:
            return (), ()
        found = points(timeline.all_starts, totals.total[:-1])[len(timeline.starts) :]
        known = len(timeline.opens)
        opens, partial = found[:known], found[known:]
        return tuple(point for point in opens if point.value is not None), partial

    def _only_measured(self, timeline: Timeline, totals: Totals) -> tuple[Timeline, Totals, bool]:
        """Of a series measured now and then, only the periods in which it was; whether it is one.

        It is one where between the first and the last measurement there are more periods without than with one.
        """
        total = (totals.total or [])[: len(timeline.starts)]
        known = [slot for slot, value in enumerate(total) if value is not None]
        if self.metric.front.missing == "zero" or len(known) < 2 or 2 * len(known) >= known[-1] - known[0] + 1:
            return timeline, totals, False

        def pick(values: Values) -> Values:
            return [values[slot] for slot in known]

        slices = {name: {key: pick(row) for key, row in members.items()} for name, members in totals.slices.items()}
        return timeline.measured(known), Totals(totals.rule, pick(total), slices), True

    def _rhythms_of_rows(self, dimension: str, cells: Sequence[Cell], timeline: Timeline) -> dict[str, Rhythm]:
        """The rhythm of each member from the days of its rows."""
        at = next(at for name, at in self.data.roles.dimensions if name == dimension)
        days: dict[str, set[date]] = {}
        for cell, member in zip(cells, self.data.columns[at], strict=True):
            if cell in timeline.days and timeline.days[cell] <= self.as_of:
                days.setdefault(member_name(member), set()).add(timeline.days[cell])
        return {name: rhythm for name, each in days.items() if (rhythm := rhythm_of(sorted(each))) is not None}

    def _edges(self, totals: Totals, timeline: Timeline, cells: Sequence[Cell]) -> dict[str, dict[str, Edge]]:
        """Members that end early or begin late in the periods compared, by dimension; each is said to who checks."""
        if not timeline.starts:
            return {}
        end = last_day(timeline.headline, timeline.grain)
        window = Window(shift(timeline.headline, timeline.grain, -1), end, timeline.through)
        found = {}
        for name, members in totals.slices.items():
            known = self.coverage.members.get(name, {})
            if known.keys().isdisjoint(members):  # no source tells, or the query names its members otherwise
                known = (
                    self._rhythms_of_rows(name, cells, timeline)
                    if timeline.finer
                    else rhythms(members, timeline.starts, timeline.grain)
                )
            late = edges({each: known[each] for each in members if each in known}, window)
            if late:
                found[name] = {edge.member: edge for edge in late}
                self.problems.append(self._late_members(name, late))
        return found

    def _holes(self, cells: Sequence[Cell], timeline: Timeline) -> Iterator[Problem]:
        """A window by rows over rows with missing days, of all or of one member."""
        columns = [self.data.columns[at] for _, at in self.data.roles.dimensions]
        days: dict[tuple[Cell, ...], set[date]] = {}
        for cell, *named in zip(cells, *columns, strict=True):
            if cell in timeline.days:
                days.setdefault(tuple(named), set()).add(timeline.days[cell])
        steps = tell_grain(sorted(set(timeline.days.values()))) or timeline.grain
        for members, found in days.items():
            missing = count_periods(min(found), max(found), steps) - len(found)
            if missing > 0:
                of = f" of {', '.join(map(str, members))}" if members else ""
                plural = "s have" if missing > 1 else " has"
                yield complaint(
                    self.metric,
                    "window-over-gaps",
                    f"the query looks back by rows, and {missing:,} {steps}{plural} no row{of}: "
                    "its windows reach further back than they say",
                    hint=f"Begin with the table of days, which has no holes: FROM days LEFT JOIN (...) USING (day)"
                    f"{'' if steps == 'day' else f', grouped by its column `{steps}`'}.",
                    severity="warning",
                )
                return

    def _late_members(self, dimension: str, late: Sequence[Edge]) -> Problem:
        return complaint(
            self.metric,
            "late-member",
            f"the number is {' and '.join(edge_words(late, year=True))}: not all of `{dimension}` is there",
            key="dimensions",
            hint="Ask for the missing rows; where it has closed or opened for good, this line goes away by itself.",
            severity="warning",
        )

    def _notes(self, timeline: Timeline, late: dict[str, dict[str, Edge]], *, irregular: bool) -> tuple[str, ...]:
        """What must be said with the value."""
        said = [note for found in late.values() for note in edge_words(list(found.values()))]
        if irregular:
            said.append("measured now and then, compared with the measurement before")
        if timeline.begin is not None and timeline.partial and self._would_compare(timeline):
            period = self._named(timeline.partial[-1], timeline)
            begin = format_day(timeline.begin, year=True)
            said.append(f"{period} is not compared with: its data begin on {begin}")
        return tuple(said)

    def _would_compare(self, timeline: Timeline) -> bool:
        """Whether a comparison would be with a period that is not whole."""
        back = {"previous": 1, "year_ago": YEAR_AGO[timeline.grain]}
        bases = {shift(timeline.headline, timeline.grain, -back[kind]) for kind in wanted(self.metric) if kind in back}
        return not bases.isdisjoint(timeline.partial) and bool(timeline.starts)

    def _slices(
        self,
        members: dict[str, Values],
        totals: Totals,
        starts: Sequence[date],
        timeline: Timeline | None,
        late: Mapping[str, Edge],
    ) -> tuple[Slice, ...]:
        """Members of a dimension, largest first, those without a value last; members of the future are left out."""
        at = len(starts) - 1 if timeline else 0
        last = len(starts) + 1 if timeline else 1
        known = [(name, row) for name, row in members.items() if any(value is not None for value in row[:last])]
        whole = totals.total[at] if totals.rule == "sum" and totals.total and at >= 0 else None
        if whole is not None and (whole <= 0 or any((row[at] or 0) < 0 for _, row in known)):
            whole = None
        before = starts[at - 1] if timeline and at > 0 else None
        slices = []
        for name, row in known:
            value = row[at] if at >= 0 else None
            series = points(starts, row[: len(starts)])
            previous = None
            if before is not None and value is not None and name not in late and (other := row[at - 1]) is not None:
                previous = comparison("previous", before, value, other, self.metric.front.direction)
            share = value / whole if value is not None and whole else None
            slices.append(Slice(name, value, series, previous, share))
        return tuple(sorted(slices, key=_largest_first))

    # -- comparisons ---------------------------------------------------------------------------------------

    def _comparisons(
        self,
        series: Sequence[Point],
        value: float | None,
        target: float | None,
        timeline: Timeline,
        rule: Rule,
        table: Table,
        cells: Sequence[Cell],
        *,
        irregular: bool,
    ) -> tuple[Comparison, ...]:
        found: list[Comparison] = []
        for kind in wanted(self.metric):
            if kind == "target":
                found.extend(self._against_target(value, target))
            elif kind in TO_DATE:
                found.extend(self._to_date(kind, timeline, rule, table, cells))
            else:
                other = _base(kind, series, timeline)
                if value is not None and other is not None and other.value is not None:
                    entry = comparison(kind, other.on, value, other.value, self.metric.front.direction)
                    found.append(replace(entry, measured=irregular and kind == "previous"))
        return tuple(found)

    def _against_target(self, value: float | None, target: float | None) -> tuple[Comparison, ...]:
        if value is None or target is None or "target" not in wanted(self.metric):
            return ()
        return (comparison("target", None, value, target, self.metric.front.direction),)

    def _to_date(
        self, kind: CompareKind, timeline: Timeline, rule: Rule, table: Table, cells: Sequence[Cell]
    ) -> tuple[Comparison, ...]:
        """The open period so far against the same days of another one, by the calendar."""
        if timeline.grain == "day" or not timeline.finer or rule not in ("sum", "ratio"):
            self.problems.append(self._needs_days(kind))
            return ()
        through = timeline.through
        back = 1 if TO_DATE[kind] == "previous" else YEAR_AGO[timeline.grain]
        start = timeline.period_of(through)
        if start not in timeline.opens or start is None:
            return ()
        other = shift(start, timeline.grain, -back)
        if other not in (*timeline.starts, *timeline.opens):
            return ()
        until = same_day(start, through, other, timeline.grain)
        now = self._between(start, through, timeline, rule, table, cells)
        then = self._between(other, until, timeline, rule, table, cells)
        if now is None or then is None:
            return ()
        return (comparison(kind, other, now, then, self.metric.front.direction, until),)

    def _between(
        self, first: date, last: date, timeline: Timeline, rule: Rule, table: Table, cells: Sequence[Cell]
    ) -> float | None:
        inside = {cell for cell, day in timeline.days.items() if first <= day <= last}
        part = table.only([cell in inside for cell in cells])
        part = Table([0] * len(part.slots), (), part.value, part.numerator, part.denominator)
        total = add_up(self.metric, rule, part, 1).total
        value = total[0] if total else None
        return 0.0 if value is None and self.metric.front.missing == "zero" else value

    def _needs_days(self, kind: CompareKind) -> Problem:
        return complaint(
            self.metric,
            "no-daily-rows",
            f"`{kind}` needs one row a day, and days that add up",
            key="compare",
            hint="Return a row for each day, keep `grain` at week or longer, and say how days add up: `total: sum`, or "
            "`numerator` and `denominator`.",
            severity="warning",
        )

    # -- words ---------------------------------------------------------------------------------------------

    def _named(self, start: date, timeline: Timeline) -> str:
        """A period inside a sentence: "the week of 11 Nov 2013", "October 2013"."""
        name = format_period(start, timeline.grain, year=True, fiscal=self.project.fiscal_year)
        return f"the {name}" if timeline.grain == "week" else name

    def _warn_of_gap(self, timeline: Timeline, complete: int) -> None:
        period = self._named(timeline.headline, timeline)
        last = f"; the last row is of {format_day(timeline.last_seen, year=True)}" if timeline.last_seen else ""
        message = f"no data for {period}, the last complete {timeline.grain}{last}"
        if complete:
            self.problems.append(complaint(self.metric, "headline-gap", message, severity="warning"))

    def _warn_of_percentages(self, reading: Reading) -> None:
        """96.4 with unit "%" reads 9,640%: most likely the query says per cent where a share is meant."""
        front = self.metric.front
        values = [point.value for point in reading.series if point.value is not None] or [reading.value or 0.0]
        if is_share(front.unit, front.format) and min(values) > 1.5 and max(values) <= 100:
            text = format_value(values[-1], front.unit, front.format)
            message = f"the value is {values[-1]:.4g}, which reads {text}"
            hint = "Return a share, 0.8 for 80%: divide by 100 in the query."
            self.problems.append(
                complaint(self.metric, "not-a-share", message, key="unit", hint=hint, severity="warning")
            )

    def _seen_until(self, timeline: Timeline) -> date | None:
        """The last date of the series: the last day of its last period, so far as that is over."""
        if timeline.last_seen is None or timeline.finer:
            return timeline.last_seen
        period = timeline.period_of(timeline.last_seen)
        end = last_day(period, timeline.grain) if period else timeline.last_seen
        return max(timeline.last_seen, min(end, self.as_of - timedelta(days=1)))


def _base(kind: CompareKind, series: Sequence[Point], timeline: Timeline) -> Point | None:
    """The point that the headline is compared with; of what is measured now and then, the measurement before."""
    if kind == "previous":
        return series[-2] if len(series) > 1 else None
    day = shift(timeline.headline, timeline.grain, -YEAR_AGO[timeline.grain])
    return next((point for point in reversed(series) if point.on == day), None)


def _largest_first(part: Slice) -> tuple[bool, float, str]:
    return (part.value is None, -(part.value or 0.0), part.member)
