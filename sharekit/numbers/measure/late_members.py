"""Members that end early or begin late in the periods compared, and what is said about them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

from sharekit.errors import Problem
from sharekit.numbers.additivity.member_names import in_pair, pair_name
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.inputs import MeasureInputs
from sharekit.numbers.measure.labels import Labels, names_in
from sharekit.numbers.measure.partial_members import (
    HeadlinePeriods,
    PartialMember,
    as_period_rhythm,
    is_steady,
    partial_member_words,
    partial_members,
    rhythms,
)
from sharekit.numbers.measure.period_coverage import rhythm_of
from sharekit.numbers.measure.rows import MetricRows
from sharekit.numbers.measure.series_rows import SeriesRows
from sharekit.numbers.measure.timeline import Timeline
from sharekit.numbers.measure.totals import Totals, Values, member_name
from sharekit.numbers.periods import last_day, shift_periods
from sharekit.numbers.results import Cell, Rhythm
from sharekit.project.manifest import Metric

LateMembers = Mapping[str, Mapping[str, PartialMember]]
"""Dimension -> member -> how it ends early or begins late."""


def late_members(
    inputs: MeasureInputs, rows: SeriesRows, totals: Totals, timeline: Timeline
) -> LateMembers:
    """Members that end early or begin late in the periods compared. Of a level, those whose last
    value is carried on for unusually long."""
    if not timeline.starts or (rows.level and inputs.metric.front.missing != "last"):
        return {}
    window = HeadlinePeriods(
        shift_periods(timeline.headline, timeline.grain, -1),
        last_day(timeline.headline, timeline.grain),
        timeline.through,
    )
    return _late_in(window, inputs, rows, totals, timeline)


def late_to_date(
    inputs: MeasureInputs, rows: SeriesRows, totals: Totals, timeline: Timeline, late: LateMembers
) -> LateMembers:
    """Members that end early or begin late in the open period, which is compared to date with the
    same days of another; without those of which the headline says so already."""
    start = timeline.period_of(timeline.through)
    if start is None or start not in timeline.opens:
        return {}
    before = shift_periods(start, timeline.grain, -1)
    window = HeadlinePeriods(before, timeline.through, timeline.through)
    by_dimension = {
        dimension: {
            member: edge
            for member, edge in members.items()
            if member not in late.get(dimension, {})
        }
        for dimension, members in _late_in(window, inputs, rows, totals, timeline).items()
    }
    return {dimension: members for dimension, members in by_dimension.items() if members}


def _late_in(
    window: HeadlinePeriods,
    inputs: MeasureInputs,
    rows: SeriesRows,
    totals: Totals,
    timeline: Timeline,
) -> LateMembers:
    late: dict[str, Mapping[str, PartialMember]] = {}
    for dimension, members in totals.slices.items():
        if dimension in inputs.coverage.of_calendar:
            continue
        by_member = _rhythms(inputs, rows, dimension, members, timeline)
        edges = partial_members(
            {member: by_member[member] for member in members if member in by_member}, window
        )
        if counted := {edge.member: edge for edge in edges if edge.ends or not rows.level}:
            late[dimension] = counted
    return {**late, **_late_pairs(window, inputs, rows, timeline, late)}


def _late_pairs(
    window: HeadlinePeriods,
    inputs: MeasureInputs,
    rows: SeriesRows,
    timeline: Timeline,
    late: LateMembers,
) -> LateMembers:
    """Pairs of members of two dimensions that end early though each of the two goes on, such as the
    online sales of one region. Only those that never had a pause: pairs are many."""
    late_pairs: dict[str, Mapping[str, PartialMember]] = {}
    dimensions = [name for name, _ in inputs.rows.roles.dimensions]
    for pair in combinations(dimensions, 2) if rows.rule in ("sum", "ratio") else ():
        if not inputs.coverage.of_calendar.isdisjoint(pair):
            continue
        of_rows = _rhythms_of_rows(inputs.rows, pair, rows.cells, timeline, inputs.as_of)
        by_source = inputs.coverage.members.get(pair_name(*pair), {})
        by_pair = {name: by_source[name] for name in of_rows if name in by_source} or of_rows
        late_names = {member for dimension in pair for member in late.get(dimension, {})}
        steady = {name: rhythm for name, rhythm in by_pair.items() if is_steady(rhythm)}
        ends = {
            edge.member: edge
            for edge in partial_members(steady, window)
            if edge.ends and late_names.isdisjoint(in_pair(edge.member))
        }
        if ends:
            late_pairs[pair_name(*pair)] = ends
    return late_pairs


def _rhythms(
    inputs: MeasureInputs,
    rows: SeriesRows,
    dimension: str,
    members: Mapping[str, Values],
    timeline: Timeline,
) -> Mapping[str, Rhythm]:
    """How the days of each member come: as a source tells; where none does, or the query names its
    members otherwise, from the rows."""
    by_source = inputs.coverage.members.get(dimension, {})
    if not by_source.keys().isdisjoint(members):
        return by_source
    if timeline.finer or rows.level:
        return _rhythms_of_rows(inputs.rows, (dimension,), rows.cells, timeline, inputs.as_of)
    return rhythms(members, timeline.starts, timeline.grain)


def _rhythms_of_rows(
    rows: MetricRows,
    dimensions: Sequence[str],
    cells: Sequence[Cell],
    timeline: Timeline,
    as_of: date,
) -> dict[str, Rhythm]:
    """The rhythm of each member of a dimension, or of each pair of members of two, from the days of
    its rows; where they stand for periods, from those."""
    columns = [rows.columns[at] for name, at in rows.roles.dimensions if name in dimensions]
    days: dict[tuple[Cell, ...], set[date]] = {}
    for cell, *members in zip(cells, *columns, strict=True):
        if cell in timeline.days and timeline.days[cell] <= as_of:
            days.setdefault(tuple(members), set()).add(timeline.days[cell])
    rhythms_by_name = {}
    for key, member_days in days.items():
        rhythm = rhythm_of(sorted(member_days))
        if rhythm is not None and len(key) > 1 and timeline.by_period:
            rhythm = as_period_rhythm(rhythm, timeline.grain)
        if rhythm is not None:
            names = [member_name(member) for member in key]
            rhythms_by_name[pair_name(*names) if len(names) == 2 else names[0]] = rhythm
    return rhythms_by_name


def _dimensions_in_words(dimension: str) -> str:
    return " and ".join(f"`{name}`" for name in in_pair(dimension))


def late_member_problems(
    metric: Metric, late: LateMembers, names: Labels, *, level: bool
) -> Iterator[Problem]:
    """The warnings for who checks, one a dimension."""
    for dimension, members in late.items():
        here = names_in(names, dimension, members)
        causes = " and ".join(
            partial_member_words(list(members.values()), here, year=True, carried=level)
        )
        effect = "uses an older value" if level else "is incomplete"
        yield column_problem(
            metric,
            "late-member",
            f"the total over {_dimensions_in_words(dimension)} {effect}: {causes}",
            key="dimensions",
            hint=(
                "Ask for the missing rows; if it has closed or opened for good, this warning ends by"
                " itself."
            ),
            severity="warning",
        )
