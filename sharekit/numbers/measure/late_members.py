"""Members that end early or begin late in the periods compared, and what is said of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sharekit.errors import Problem
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.inputs import MeasureInputs
from sharekit.numbers.measure.labels import Labels
from sharekit.numbers.measure.partial_members import (
    HeadlinePeriods,
    PartialMember,
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
    return late


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
        return _rhythms_of_rows(inputs.rows, dimension, rows.cells, timeline, inputs.as_of)
    return rhythms(members, timeline.starts, timeline.grain)


def _rhythms_of_rows(
    rows: MetricRows, dimension: str, cells: Sequence[Cell], timeline: Timeline, as_of: date
) -> dict[str, Rhythm]:
    """The rhythm of each member from the days of its rows."""
    at = next(at for name, at in rows.roles.dimensions if name == dimension)
    days: dict[str, set[date]] = {}
    for cell, member in zip(cells, rows.columns[at], strict=True):
        if cell in timeline.days and timeline.days[cell] <= as_of:
            days.setdefault(member_name(member), set()).add(timeline.days[cell])
    return {
        name: rhythm
        for name, member_days in days.items()
        if (rhythm := rhythm_of(sorted(member_days))) is not None
    }


def late_member_problems(
    metric: Metric, late: LateMembers, names: Labels, *, level: bool
) -> Iterator[Problem]:
    """The warnings for who checks, one a dimension."""
    for dimension, members in late.items():
        here = names.get(dimension, {})
        causes = " and ".join(
            partial_member_words(list(members.values()), here, year=True, carried=level)
        )
        effect = "uses an older value" if level else "is incomplete"
        yield column_problem(
            metric,
            "late-member",
            f"the total over `{dimension}` {effect}: {causes}",
            key="dimensions",
            hint=(
                "Ask for the missing rows; if it has closed or opened for good, this warning ends by"
                " itself."
            ),
            severity="warning",
        )
