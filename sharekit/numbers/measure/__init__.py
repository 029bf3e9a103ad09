"""Rows -> Reading: what one metric's SQL says as of a date. Pure.

Columns get their roles (columns), rows their periods (timeline), both add up by the metric's rule
(sums), and the headline is compared (compare). What does not fit comes back as Problems of phase
"data"; nothing is raised.

Members that are NULL in the data show as "(none)" where slices add up. Where a query brings total
rows of its own (GROUPING SETS, ROLLUP, CUBE or UNION) NULL means total, so such members need a
name: COALESCE(origin, 'unknown')."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sharekit.errors import Problem, ProblemsError
from sharekit.numbers.additivity import Outputs, Reader
from sharekit.numbers.formats import format_day, format_period, format_value, is_share
from sharekit.numbers.measure.columns import column_problem, date_cast, sql_place, unknown_columns
from sharekit.numbers.measure.comparisons import (
    TO_DATE,
    YEAR_AGO,
    comparison,
    declared_comparisons,
    target_on,
    targets_of,
)
from sharekit.numbers.measure.coverage import Coverage, rhythm_of
from sharekit.numbers.measure.goals import (
    column_targets,
    target_metrics,
    targets_by_day,
    with_target_metric,
    with_targets,
)
from sharekit.numbers.measure.headline import with_headline_member
from sharekit.numbers.measure.levels import carry_forward, measured_on, until_newest
from sharekit.numbers.measure.member_goals import (
    ByMember,
    column_of_targets,
    counts_of,
    declared_targets,
    few_last,
    nothing_counted,
    unknown_members,
    with_member_goals,
)
from sharekit.numbers.measure.members import (
    HeadlinePeriods,
    PartialMember,
    partial_member_words,
    partial_members,
    rhythms,
    total_among,
)
from sharekit.numbers.measure.order import member_order, misspelled_members
from sharekit.numbers.measure.rows import MetricRows
from sharekit.numbers.measure.running import running
from sharekit.numbers.measure.spans import SlotTotals, add_up_over_time
from sharekit.numbers.measure.timeline import EMPTY_HINT, Timeline, timeline_of
from sharekit.numbers.measure.totals import (
    MetricColumns,
    Rule,
    Totals,
    Values,
    add_up,
    may_have_total_rows,
    member_name,
)
from sharekit.numbers.periods import count_periods, infer_grain, last_day, same_day, shift_periods
from sharekit.numbers.results import Cell, Comparison, Point, Reading, Rhythm, Rows, Slice, points
from sharekit.project.manifest import Metric
from sharekit.project.shapes import (
    CompareKind,
    KeyResultFront,
    MetricFront,
    OverTime,
    ProjectConfig,
)

__all__ = [
    "Coverage",
    "Measurement",
    "may_have_total_rows",
    "measure",
    "member",
    "sql_place",
    "target_metrics",
    "with_target_metric",
]


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
    outputs: Outputs | None = None,
    coverage: Coverage | None = None,
    looks_back: bool = False,
) -> Measurement:
    """Read a metric's rows as of a date.

    `coverage` says from when to when the sources it reads have data; `data_until` is only the last
    day, where no more is known. `totals` says whether the SQL, or that of anything it reads, can
    bring total rows (`brings_totals`); default: told from the metric's own SQL. `outputs` says how
    its columns add up; default: read off its own SQL alone. `looks_back`: whether its SQL has
    windows or offsets by rows."""
    known_coverage = coverage or Coverage.through(data_until)
    if metric.front.kind == "table":
        return _table(metric, rows, known_coverage.until)
    may_total = may_have_total_rows(metric.sql.text) if totals is None else totals
    try:
        found_outputs = _own_outputs(metric) if outputs is None else outputs
        return _Measuring(
            metric,
            rows,
            as_of,
            project,
            known_coverage,
            may_total,
            found_outputs,
            looks_back=looks_back,
        ).measure()
    except ProblemsError as error:
        return Measurement(None, error.problems)


def _own_outputs(metric: Metric) -> Outputs:
    return Reader(lambda name: None).outputs(metric.sql.text)


def member(reading: Reading, name: str) -> Slice | None:
    """The slice of a member, `{{ id[JFK] }}`: of the first dimension, in declared order, that has
    one so called."""
    for slices in reading.slices.values():
        for part in slices:
            if part.member == name:
                return part
    return None


def _table(metric: Metric, rows: Rows, data_until: date | None) -> Measurement:
    strangers = tuple(unknown_columns(metric, rows))
    if strangers:
        return Measurement(None, strangers)
    problems: tuple[Problem, ...] = ()
    if not rows.rows:
        problems = (
            column_problem(metric, "empty-result", "the table has no rows", severity="warning"),
        )
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
        outputs: Outputs,
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
        self.data = MetricRows(metric, rows, totals, outputs, self.problems)
        self.targets = targets_of(metric)

    def measure(self) -> Measurement:
        roles = self.data.roles
        zero = self.metric.front.missing == "zero"
        if not self.rows.rows and not (zero and self.metric.front.grain and roles.time is not None):
            raise ProblemsError(
                [
                    column_problem(
                        self.metric, "empty-result", "the query returns no rows", hint=EMPTY_HINT
                    )
                ]
            )
        reading = (
            self._number() if roles.time is None else self._series(self.data.columns[roles.time])
        )
        self._warn_of_percentages(reading)
        return Measurement(reading, tuple(self.problems))

    def _with_goals(
        self, reading: Reading, rule: Rule, table: MetricColumns, starts: Sequence[date]
    ) -> Reading:
        """With the targets of the column that `target` names, where it names one, and with what is
        said of each member."""
        slot = (
            starts.index(reading.period_start)
            if reading.period_start in starts
            else len(starts) - 1
        )
        reading = self._with_members(reading, rule, table, slot)
        column = self.data.goals()
        if column is None:
            return reading
        values = column_targets(self.metric, rule, table, column, len(starts) + 1)
        return with_targets(self.metric, reading, targets_by_day(starts, values))

    def _with_members(
        self, reading: Reading, rule: Rule, table: MetricColumns, slot: int
    ) -> Reading:
        """With the target of each member of a dimension, and the cases its value is based on."""
        front = self.metric.front
        if front.targets is None and front.minimum_count is None:
            return reading
        column = self.data.member_goals()
        declared = declared_targets(self.metric)
        targets: ByMember = dict.fromkeys(reading.slices, declared)
        if column is not None:
            targets = column_of_targets(rule, table, column, slot)
        counted = self.data.counted(table) if front.minimum_count is not None else None
        if front.minimum_count is not None and counted is None:
            raise ProblemsError([nothing_counted(self.metric)])
        if unknown := list(unknown_members(self.metric, reading)):
            raise ProblemsError(unknown)
        counts = counts_of(table, counted, slot) if counted is not None else {}
        reading = with_member_goals(reading, targets, counts)
        return few_last(reading, front.minimum_count, self._has_order)

    def _has_order(self, dimension: str, members: Sequence[str]) -> bool:
        """Whether members have an order of their own, declared or by the calendar."""
        return (
            member_order(self._declared_order(dimension), members, self.project.week_start)
            is not None
        )

    def _declared_order(self, dimension: str) -> Sequence[str] | None:
        orders = self.metric.front.order.items()
        return next((v for k, v in orders if k.casefold() == dimension.casefold()), None)

    # -- one number
    # ----------------------------------------------------------------------------------------

    def _number(self) -> Reading:
        self._refuse_timeless()
        count = len(self.rows.rows)
        if count > 1 and not self.data.roles.dimensions:
            raise ProblemsError([self._several_rows(count)])
        self.data.refuse_repeats()
        table = self.data.table([0] * count)
        rule = self.data.rule()
        totals = add_up(self.metric, rule, table, 2, adds=self.data.adds)
        twice = self._counted_twice(totals)
        value = totals.total[0] if totals.total else None
        if totals.total and value is None:
            self._warn_of_no_value()
        target = target_on(self.targets, self.as_of)
        reading = Reading(
            "sliced" if self.data.roles.dimensions else "number",
            value,
            notes=twice,
            comparisons=self._against_target(value, target),
            slices={
                name: self._ordered(name, self._slices(members, totals, [], None, {}))
                for name, members in totals.slices.items()
            },
            target=target,
            targets=self.targets,
            data_until=self.data_until,
            rule=rule if self.data.roles.dimensions else None,
        )  # fmt: skip
        reading = self._with_goals(reading, rule, table, (date.min,))
        return with_headline_member(self.metric, reading, has_total=totals.total is not None)

    def _refuse_timeless(self) -> None:
        """What asks for periods, of a query that returns no date."""
        idle = list(_about_periods(self.metric.front))
        if idle:
            hint = (
                "Return a date column, such as date_trunc('week', ...)::DATE AS week, or take it"
                " out."
            )
            message = "`{}` needs periods, and the query returns no date"
            raise ProblemsError(
                [
                    column_problem(
                        self.metric, "no-effect", message.format(option), key=key, hint=hint
                    )
                    for key, option in idle
                ]
            )

    def _several_rows(self, count: int) -> Problem:
        hint = (
            "Return one row, or a date column for a series, or declare `dimensions`, or write"
            " `kind: table`."
        )
        for at, column in enumerate(self.rows.columns):
            if cast := date_cast(self.rows, at):
                hint = (
                    f"Column `{column.name}` is text; for a series make it a date: {cast} AS"
                    f" {column.name}. {hint}"
                )
                break
        return column_problem(
            self.metric,
            "several-rows",
            f"the query returns {count:,} rows, and nothing tells them apart",
            hint=hint,
        )

    def _warn_of_no_value(self) -> None:
        message = "the query returns no value: NULL, or no finite number"
        hint = "Look at what it reads: an aggregate over no rows and a division by zero give none."
        self.problems.append(
            column_problem(self.metric, "no-value", message, hint=hint, severity="warning")
        )

    # -- series
    # --------------------------------------------------------------------------------------------

    def _series(self, cells: Sequence[Cell]) -> Reading:
        self.data.refuse_repeats()
        rule = self.data.rule()
        over = self.data.over_time(rule)
        base, warnings = timeline_of(
            self.metric, cells, self.as_of, self.project, self._counted(), level=over == "last"
        )
        self.problems.extend(warnings)
        if self.looks_back:
            self.problems.extend(self._holes(cells, base))
        table = self.data.table(list(map(base.slots.__getitem__, cells)))
        if base.finer:
            self.data.refuse_unsummed(over, base.grain)
        spread = add_up_over_time(
            self.metric, rule, over, table, cells, base.size, adds=self.data.adds
        )
        timeline, spread = until_newest(base, spread) if over == "last" else (base, spread)
        twice = self._counted_twice(spread.totals)
        late = self._edges(spread.totals, timeline, cells, level=over == "last")
        totals = self._filled(spread.totals, timeline, late)
        on = (
            measured_on(timeline, spread.times, self.data_until, self.as_of)
            if over == "last"
            else None
        )
        opens, partial = self._not_whole(totals, timeline)
        without = self._missing_slice(
            spread, range(len(timeline.starts) - 1, len(base.starts) + len(base.opens))
        )
        timeline, totals, irregular = self._only_measured(timeline, totals)
        complete = len(timeline.starts)
        series = points(timeline.starts, totals.total[:complete]) if totals.total else ()
        value = series[-1].value if series else None
        end = last_day(timeline.headline, timeline.grain)
        end = on or (min(end, self.as_of) if over == "last" else end)
        target = target_on(self.targets, end)
        if without is not None:
            self._warn_of_missing_slice(without, timeline, over)
        elif value is None and totals.total is not None:
            self._warn_of_gap(timeline, complete)
        reading = Reading(
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
            notes=(*twice, *self._notes(timeline, late, without, irregular=irregular)),
            silent_since=timeline.silent_since,
            fiscal=self.project.fiscal_year,
            comparisons=self._comparisons(
                series, value, target, timeline, rule, over, table, cells, on, irregular=irregular
            ),
            slices={
                name: self._ordered(
                    name, self._slices(members, totals, timeline.starts, timeline, late.get(name, {}))
                )
                for name, members in totals.slices.items()
            },
            target=target,
            targets=self.targets,
            data_until=self.data_until or self._seen_until(timeline),
            rule=rule if self.data.roles.dimensions or rule == "ratio" else None,
            over_time=over,
            measured_on=on,
            running=running(self.metric, rule, over, table, cells, base),
        )  # fmt: skip
        reading = self._with_goals(reading, rule, table, base.all_starts)
        return with_headline_member(self.metric, reading, has_total=totals.total is not None)

    def _counted(self) -> Coverage:
        """What covers its periods. A milestone stays where it is until its next step: nothing has
        to come."""
        okr = self.metric.okr
        return (
            Coverage(looked=False)
            if okr is not None and okr.front.type == "milestone"
            else self.coverage
        )

    def _filled(
        self, totals: Totals, timeline: Timeline, late: Mapping[str, Mapping[str, PartialMember]]
    ) -> Totals:
        """With `missing: zero`, gaps as zeros as far as the data reach, also in periods of which a
        day is over; those of a member that ends early or begins late only as far as it has any.
        With `missing: last`, gaps as the measurement before."""
        if self.metric.front.missing == "gap":
            return totals
        if self.metric.front.missing == "last":
            return _each_row(totals, lambda values: carry_forward(values, len(timeline.starts)))
        covered = [start <= timeline.zero_until for start in timeline.all_starts]

        def fill(values: Values, edge: PartialMember | None = None) -> Values:
            here = covered
            if edge is not None:
                days = timeline.all_starts
                here = [
                    start <= edge.on if edge.ends else last_day(start, timeline.grain) >= edge.on
                    for start in days
                ]
                here = [both and each for both, each in zip(covered, here, strict=True)]
            return [
                0.0 if value is None and none else value
                for value, none in zip(values, [*here, False], strict=True)
            ]

        slices = {
            name: {key: fill(row, late.get(name, {}).get(key)) for key, row in members.items()}
            for name, members in totals.slices.items()
        }
        return Totals(totals.rule, None if totals.total is None else fill(totals.total), slices)

    def _not_whole(
        self, totals: Totals, timeline: Timeline
    ) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
        """What there is of the periods after the headline's, and of those before the first whole
        one."""
        values = self._speaking(totals)
        if values is None:
            return (), ()
        found = points(timeline.all_starts, values[:-1])[len(timeline.starts) :]
        count = len(timeline.opens)
        opens, partial = found[:count], found[count:]
        return tuple(point for point in opens if point.value is not None), partial

    def _only_measured(self, timeline: Timeline, totals: Totals) -> tuple[Timeline, Totals, bool]:
        """Of a series measured now and then, only the periods in which it was; whether it is one.

        It is one where between the first and the last measurement there are more periods without
        than with one."""
        total = (self._speaking(totals) or [])[: len(timeline.starts)]
        counts = [slot for slot, value in enumerate(total) if value is not None]
        held = self.metric.front.missing != "gap" or (
            self.metric.okr and self.metric.okr.front.type == "milestone"
        )
        if held or len(counts) < 2 or 2 * len(counts) >= counts[-1] - counts[0] + 1:
            return timeline, totals, False

        def pick(values: Values) -> Values:
            return [values[slot] for slot in counts]

        slices = {
            name: {key: pick(row) for key, row in members.items()}
            for name, members in totals.slices.items()
        }
        picked = None if totals.total is None else pick(totals.total)
        return timeline.measured(counts), Totals(totals.rule, picked, slices), True

    def _speaking(self, totals: Totals) -> Values | None:
        """The total, or the member that `headline` lets speak where there is none."""
        if totals.total is not None:
            return totals.total
        return next(
            (
                row[name]
                for row in totals.slices.values()
                if (name := self.metric.front.headline) in row
            ),
            None,
        )

    def _rhythms_of_rows(
        self, dimension: str, cells: Sequence[Cell], timeline: Timeline
    ) -> dict[str, Rhythm]:
        """The rhythm of each member from the days of its rows."""
        at = next(at for name, at in self.data.roles.dimensions if name == dimension)
        days: dict[str, set[date]] = {}
        for cell, member in zip(cells, self.data.columns[at], strict=True):
            if cell in timeline.days and timeline.days[cell] <= self.as_of:
                days.setdefault(member_name(member), set()).add(timeline.days[cell])
        return {
            name: rhythm
            for name, other_day in days.items()
            if (rhythm := rhythm_of(sorted(other_day))) is not None
        }

    def _counted_twice(self, totals: Totals) -> tuple[str, ...]:
        """What must be said where a member is the sum of the others; said to who checks too."""
        said = []
        for dimension, members in totals.slices.items() if totals.rule == "sum" else ():
            name = total_among(members)
            if name is None:
                continue
            said.append(f"counted twice: {name} is the sum of the others")
            literal = name.replace("'", "''")
            self.problems.append(
                column_problem(
                    self.metric,
                    "total-member",
                    f"the total counts everything twice: `{name}` of `{dimension}` is the sum of"
                    " the other members",
                    key="dimensions",
                    hint=f"Leave it out in the query: WHERE {dimension} IS DISTINCT FROM"
                    f" '{literal}'.",
                    severity="warning",
                )
            )
        return tuple(said)

    def _edges(
        self, totals: Totals, timeline: Timeline, cells: Sequence[Cell], *, level: bool
    ) -> dict[str, dict[str, PartialMember]]:
        """Members that end early or begin late in the periods compared, by dimension; each is said
        to who checks. Of a level, those whose last value is carried on for unusually long."""
        if not timeline.starts or (level and self.metric.front.missing != "last"):
            return {}
        end = last_day(timeline.headline, timeline.grain)
        window = HeadlinePeriods(
            shift_periods(timeline.headline, timeline.grain, -1), end, timeline.through
        )
        found = {}
        for name, members in totals.slices.items():
            known_rhythms = self.coverage.members.get(name, {})
            if known_rhythms.keys().isdisjoint(
                members
            ):  # no source tells, or the query names its members otherwise
                known_rhythms = (
                    self._rhythms_of_rows(name, cells, timeline)
                    if timeline.finer or level
                    else rhythms(members, timeline.starts, timeline.grain)
                )
            late = partial_members(
                {each: known_rhythms[each] for each in members if each in known_rhythms}, window
            )
            late = [edge for edge in late if edge.ends or not level]
            if late:
                found[name] = {edge.member: edge for edge in late}
                self.problems.append(self._late_members(name, late, carried=level))
        return found

    def _holes(self, cells: Sequence[Cell], timeline: Timeline) -> Iterator[Problem]:
        """A window by rows over rows with missing days, of all or of one member."""
        columns = [self.data.columns[at] for _, at in self.data.roles.dimensions]
        days: dict[tuple[Cell, ...], set[date]] = {}
        for cell, *named in zip(cells, *columns, strict=True):
            if cell in timeline.days:
                days.setdefault(tuple(named), set()).add(timeline.days[cell])
        steps = infer_grain(sorted(set(timeline.days.values()))) or timeline.grain
        for members, found_days in days.items():
            missing = count_periods(min(found_days), max(found_days), steps) - len(found_days)
            if missing > 0:
                of = f" of {', '.join(map(str, members))}" if members else ""
                plural = "s have" if missing > 1 else " has"
                yield column_problem(
                    self.metric,
                    "window-over-gaps",
                    f"the query looks back by rows, and {missing:,} {steps}{plural} no row{of}: "
                    "its windows reach further back than they say",
                    hint=(
                        "Begin with the table of days, which has no holes: FROM days LEFT JOIN"
                        " (...) USING"
                        f" (day){'' if steps == 'day' else f', grouped by its column `{steps}`'}."
                    ),
                    severity="warning",
                )
                return

    def _late_members(
        self, dimension: str, late: Sequence[PartialMember], *, carried: bool
    ) -> Problem:
        words = " and ".join(partial_member_words(late, year=True, carried=carried))
        return column_problem(
            self.metric,
            "late-member",
            f"the total over `{dimension}` {'uses an older value' if carried else 'is incomplete'}:"
            f" {words}",
            key="dimensions",
            hint=(
                "Ask for the missing rows; where it has closed or opened for good, this line goes"
                " away by itself."
            ),
            severity="warning",
        )

    def _notes(
        self,
        timeline: Timeline,
        late: dict[str, dict[str, PartialMember]],
        without: tuple[Cell, str] | None,
        *,
        irregular: bool,
    ) -> tuple[str, ...]:
        """What must be said with the value."""
        carried = self.metric.front.missing == "last"
        said = [
            note
            for members in late.values()
            for note in partial_member_words(list(members.values()), carried=carried)
        ]
        if without is not None:
            said.append(f"{self._no_total(without, timeline)}: {without[1]} has no row there")
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
        bases = {
            shift_periods(timeline.headline, timeline.grain, -back[kind])
            for kind in declared_comparisons(self.metric)
            if kind in back
        }
        return not bases.isdisjoint(timeline.partial) and bool(timeline.starts)

    def _slices(
        self,
        members: dict[str, Values],
        totals: Totals,
        starts: Sequence[date],
        timeline: Timeline | None,
        late: Mapping[str, PartialMember],
    ) -> tuple[Slice, ...]:
        """Members of a dimension, largest first, those without a value last; members of the future
        are left out."""
        at = len(starts) - 1 if timeline else 0
        last = len(starts) + len(timeline.opens) if timeline and starts else -1
        known = [
            (name, row)
            for name, row in members.items()
            if any(value is not None for value in row[:last])
        ]
        whole = totals.total[at] if totals.rule == "sum" and totals.total and at >= 0 else None
        if whole is not None and (whole <= 0 or any((row[at] or 0) < 0 for _, row in known)):
            whole = None
        before = starts[at - 1] if timeline and at > 0 else None
        slices = []
        for name, row in known:
            value = row[at] if at >= 0 else None
            series = points(starts, row[: len(starts)])
            previous = None
            if (
                before is not None
                and value is not None
                and name not in late
                and (other := row[at - 1]) is not None
            ):
                previous = comparison("previous", before, value, other, self.metric.front)
            share = value / whole if value is not None and whole else None
            slices.append(Slice(name, value, series, previous, share))
        return tuple(sorted(slices, key=_largest_first))

    def _ordered(self, dimension: str, slices: tuple[Slice, ...]) -> tuple[Slice, ...]:
        """Members in their own order where they have one, as sizes and months do; else as they are,
        largest first."""
        parts = {part.member: part for part in slices}
        declared = self._declared_order(dimension)
        self.problems.extend(misspelled_members(self.metric, dimension, declared or (), parts))
        names = member_order(declared, parts, self.project.week_start)
        return slices if names is None else tuple(parts[name] for name in names)

    # -- comparisons
    # ---------------------------------------------------------------------------------------

    def _comparisons(
        self,
        series: Sequence[Point],
        value: float | None,
        target: float | None,
        timeline: Timeline,
        rule: Rule,
        over: OverTime,
        table: MetricColumns,
        cells: Sequence[Cell],
        on: date | None,
        *,
        irregular: bool,
    ) -> tuple[Comparison, ...]:
        comparisons: list[Comparison] = []
        for kind in declared_comparisons(self.metric):
            if kind == "target":
                comparisons.extend(self._against_target(value, target))
            elif kind in TO_DATE:
                comparisons.extend(self._to_date(kind, timeline, rule, over, table, cells, on))
            else:
                other = _base(kind, series, timeline)
                if value is not None and other is not None and other.value is not None:
                    entry = comparison(kind, other.on, value, other.value, self.metric.front)
                    comparisons.append(replace(entry, measured=irregular and kind == "previous"))
        return tuple(comparisons)

    def _against_target(self, value: float | None, target: float | None) -> tuple[Comparison, ...]:
        if value is None or target is None or "target" not in declared_comparisons(self.metric):
            return ()
        return (comparison("target", None, value, target, self.metric.front),)

    def _to_date(
        self,
        kind: CompareKind,
        timeline: Timeline,
        rule: Rule,
        over: OverTime,
        table: MetricColumns,
        cells: Sequence[Cell],
        on: date | None,
    ) -> tuple[Comparison, ...]:
        """The open period so far against the same days of another one, by the calendar; of a level,
        the one measured last."""
        summed = rule in ("sum", "ratio") if over == "sum" else rule != "none" and over != "none"
        if timeline.grain == "day" or not timeline.finer or not summed:
            self.problems.append(self._needs_days(kind))
            return ()
        through = timeline.through if on is None else on
        back = 1 if TO_DATE[kind] == "previous" else YEAR_AGO[timeline.grain]
        start = timeline.period_of(through) if on is None else timeline.headline
        if start is None or (on is None and start not in timeline.opens):
            return ()
        other = shift_periods(start, timeline.grain, -back)
        if other not in (*timeline.starts, *timeline.opens):
            return ()
        until = same_day(start, through, other, timeline.grain)
        now = self._between(start, through, timeline, rule, over, table, cells)
        then = self._between(other, until, timeline, rule, over, table, cells)
        if now is None or then is None:
            return ()
        return (comparison(kind, other, now, then, self.metric.front, until),)

    def _between(
        self,
        first: date,
        last: date,
        timeline: Timeline,
        rule: Rule,
        over: OverTime,
        table: MetricColumns,
        cells: Sequence[Cell],
    ) -> float | None:
        """The value of some days. What does not add up over time looks at the days before too, for
        what is carried."""
        begin = first if over == "sum" else date.min
        kept = {cell: first <= day for cell, day in timeline.days.items() if begin <= day <= last}
        keep = [cell in kept for cell in cells]
        part = table.only(keep)
        slots = [0 if kept[cell] else 1 for cell, inside in zip(cells, keep, strict=True) if inside]
        if over == "sum":
            part = MetricColumns(slots, (), part.value, part.numerator, part.denominator)
            total = add_up(self.metric, rule, part, 2).total
        else:
            times = [cell for cell, inside in zip(cells, keep, strict=True) if inside]
            total = add_up_over_time(
                self.metric, rule, over, part.at(slots), times, 2, adds=self.data.adds
            ).totals.total
        value = total[0] if total else None
        return 0.0 if value is None and self.metric.front.missing == "zero" else value

    def _needs_days(self, kind: CompareKind) -> Problem:
        return column_problem(
            self.metric,
            "no-daily-rows",
            f"`{kind}` needs one row a day, and days that become one value",
            key="compare",
            hint=(
                "Return a row for each day, keep `grain` at week or longer, and say how days become"
                " one value: `over_time: sum` where they add up, `over_time: last` for a level, or"
                " `numerator` and `denominator`."
            ),
            severity="warning",
        )

    # -- words
    # ---------------------------------------------------------------------------------------------

    def _missing_slice(self, spread: SlotTotals, slots: range) -> tuple[Cell, str] | None:
        """The newest time that has no total because a slice has no row; `slots` are those of the
        headline and later."""
        counts = [slot for slot in spread.incomplete if slot in slots]
        return spread.incomplete[max(counts)] if counts else None

    def _warn_of_missing_slice(
        self, without: tuple[Cell, str], timeline: Timeline, over: OverTime
    ) -> None:
        names = " and ".join(f"`{dimension}`" for dimension in self.metric.front.dimensions)
        message = f"{self._no_total(without, timeline)}: {without[1]} has no row of {names} there"
        if over == "last":
            hint = (
                "Write `missing: last`, so that its last value is carried on; or return a 0 where"
                " it has ended."
            )
        else:
            hint = (
                "Write `over_time: last` and `missing: last` for a level, so that its last value is"
                " carried on; `missing: zero` where no row means none; or `over_time: sum` where"
                " the values add up over time."
            )
        self.problems.append(
            column_problem(
                self.metric, "slice-gap", message, key="dimensions", hint=hint, severity="warning"
            )
        )

    def _no_total(self, without: tuple[Cell, str], timeline: Timeline) -> str:
        """ "no total on 27 Nov 2026", "no total for October 2026"."""
        day = timeline.days[without[0]]
        stands_for_period = timeline.by_period and day in (timeline.headline, timeline.open_start)
        if stands_for_period and timeline.grain != "day":
            return f"no total for {self._named(day, timeline)}"
        return f"no total on {format_day(day, year=True)}"

    def _named(self, start: date, timeline: Timeline) -> str:
        """A period inside a sentence: "the week of 11 Nov 2013", "October 2013"."""
        name = format_period(start, timeline.grain, year=True, fiscal=self.project.fiscal_year)
        return f"the {name}" if timeline.grain == "week" else name

    def _warn_of_gap(self, timeline: Timeline, complete: int) -> None:
        period = self._named(timeline.headline, timeline)
        last = (
            f"; the last row is of {format_day(timeline.last_seen, year=True)}"
            if timeline.last_seen
            else ""
        )
        message = f"no data for {period}, the last complete {timeline.grain}{last}"
        if complete:
            self.problems.append(
                column_problem(self.metric, "headline-gap", message, severity="warning")
            )

    def _warn_of_percentages(self, reading: Reading) -> None:
        """96.4 with unit "%" reads 9,640%: most likely the query says per cent where a share is
        meant."""
        front = self.metric.front
        values = [point.value for point in reading.series if point.value is not None] or [
            reading.value or 0.0
        ]
        if is_share(front.unit, front.format) and min(values) > 1.5 and max(values) <= 100:
            text = format_value(values[-1], front.unit, front.format)
            message = f"the value is {values[-1]:.4g}, which reads {text}"
            hint = "Return a share, 0.8 for 80%: divide by 100 in the query."
            self.problems.append(
                column_problem(
                    self.metric, "not-a-share", message, key="unit", hint=hint, severity="warning"
                )
            )

    def _seen_until(self, timeline: Timeline) -> date | None:
        """The last date of the series: the last day of its last period, so far as that is over."""
        if timeline.last_seen is None or timeline.finer:
            return timeline.last_seen
        period = timeline.period_of(timeline.last_seen)
        end = last_day(period, timeline.grain) if period else timeline.last_seen
        return max(timeline.last_seen, min(end, self.as_of - timedelta(days=1)))


def _about_periods(front: MetricFront) -> Iterator[tuple[str, str]]:
    """Key and option of what says nothing of a value without a date."""
    for kind in front.compare or ():
        if kind != "target":
            yield "compare", f"compare: {kind}"
    if front.missing != "gap":
        yield "missing", f"missing: {front.missing}"
    if isinstance(front, KeyResultFront) and front.measured != "last_period":
        yield "measured", f"measured: {front.measured}"
    if front.chart == "line" or (front.chart and not front.dimensions):
        yield "chart", f"chart: {front.chart}"
    for key in ("over_time", "since", "settles", "change"):
        if getattr(front, key) is not None:
            yield key, key


def _each_row(totals: Totals, change: Callable[[Values], Values]) -> Totals:
    slices = {
        name: {key: change(row) for key, row in members.items()}
        for name, members in totals.slices.items()
    }
    return Totals(totals.rule, None if totals.total is None else change(totals.total), slices)


def _base(kind: CompareKind, series: Sequence[Point], timeline: Timeline) -> Point | None:
    """The point that the headline is compared with; of what is measured now and then, the
    measurement before."""
    if kind == "previous":
        return series[-2] if len(series) > 1 else None
    day = shift_periods(timeline.headline, timeline.grain, -YEAR_AGO[timeline.grain])
    return next((point for point in reversed(series) if point.on == day), None)


def _largest_first(part: Slice) -> tuple[bool, float, str]:
    return (part.value is None, -(part.value or 0.0), part.member)
