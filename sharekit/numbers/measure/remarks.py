"""What must be said with a value, and what is said about it to who checks. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from sharekit.errors import Problem
from sharekit.numbers.formats import format_day, format_period
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.comparisons import YEAR_AGO, declared_comparisons
from sharekit.numbers.measure.labels import Labels, name_of, names_in
from sharekit.numbers.measure.late_members import LateMembers
from sharekit.numbers.measure.over_time import SlotTotals
from sharekit.numbers.measure.partial_members import partial_member_words
from sharekit.numbers.measure.period_coverage import RECENT
from sharekit.numbers.measure.timeline import Timeline
from sharekit.numbers.periods import last_day, shift_periods
from sharekit.numbers.results import Cell
from sharekit.project.manifest import Metric
from sharekit.project.shapes import OverTime, ProjectConfig

_REMEMBERED = 2 * RECENT
"""So long after a hole in the data it is said."""


class MissingSlice(Struct, frozen=True):
    """A slice without a row at a time that so has no total."""

    time: Cell
    slice: str
    """What people call it: "LaGuardia, United"."""


def missing_slice(slot_totals: SlotTotals, slots: range, names: Labels) -> MissingSlice | None:
    """The newest time that has no total because a slice has no row; `slots` are those of the
    headline and later."""
    newest = max((slot for slot in slot_totals.incomplete if slot in slots), default=None)
    if newest is None:
        return None
    time, members = slot_totals.incomplete[newest]
    return MissingSlice(time, ", ".join(name_of(names, *member) for member in members))


def series_notes(
    metric: Metric,
    project: ProjectConfig,
    timeline: Timeline,
    late: LateMembers,
    to_date: LateMembers,
    missing: MissingSlice | None,
    names: Labels,
    *,
    irregular: bool,
) -> Iterator[str]:
    """What must be said with the value of a series. `to_date`: members that are missing in what is
    compared to date."""
    carried = metric.front.missing == "last"
    for dimension, members in late.items():
        here = names_in(names, dimension, members)
        yield from partial_member_words(list(members.values()), here, carried=carried)
    for dimension, members in to_date.items():
        words = partial_member_words(list(members.values()), names_in(names, dimension, members))
        yield from (f"so far {phrase}" for phrase in words)
    if missing is not None:
        yield f"{_no_total(missing, timeline, project)}: {missing.slice} has no row there"
    if irregular:
        yield "measured now and then, compared with the measurement before"
    if (
        timeline.begin is not None
        and timeline.partial
        and _would_compare_with_partial(metric, timeline)
    ):
        period = _period_in_sentence(timeline.partial[-1], timeline, project)
        begin = f"its data begin on {format_day(timeline.begin, year=True)}"
        if timeline.partial[-1] in timeline.uncertain:
            begin = "it is not known on which day its data begin"
        yield f"nothing is compared with {period}: {begin}"
    if not irregular and (hole := _hole_in_what_is_shown(metric, timeline)) is not None:
        yield f"no data {hole}"
    if timeline.opens and timeline.opens[0] in timeline.uncertain:
        period = _period_in_sentence(timeline.opens[0], timeline, project)
        yield f"it is not known whether the rows of {period} cover all of it"


def _would_compare_with_partial(metric: Metric, timeline: Timeline) -> bool:
    """Whether a comparison would be with a period that is not whole."""
    bases = _compared_periods(metric, timeline)
    return not bases.isdisjoint(timeline.partial) and bool(timeline.starts)


def _compared_periods(metric: Metric, timeline: Timeline) -> set[date]:
    """First days of the periods that the headline is compared with."""
    back = {"previous": 1, "year_ago": YEAR_AGO[timeline.grain]}
    return {
        shift_periods(timeline.headline, timeline.grain, -back[kind])
        for kind in declared_comparisons(metric)
        if kind in back
    }


def _hole_in_what_is_shown(metric: Metric, timeline: Timeline) -> str | None:
    """ "from 10 Oct to 20 Oct 2026": the days that are missing in the headline's period, in one that
    it is compared with, or not long before."""
    if timeline.hole is None or not timeline.starts:
        return None
    first, last = timeline.hole
    shown = {timeline.headline, *_compared_periods(metric, timeline)}
    is_shown = any(first <= last_day(start, timeline.grain) and start <= last for start in shown)
    if not is_shown and last < last_day(timeline.headline, timeline.grain) - _REMEMBERED:
        return None
    same_year = first.year == last.year
    return f"from {format_day(first, year=not same_year)} to {format_day(last, year=True)}"


def hole_problems(metric: Metric, timeline: Timeline) -> Iterator[Problem]:
    """The warning for days that are missing in the middle of the data."""
    hole = _hole_in_what_is_shown(metric, timeline)
    if hole is not None:
        yield column_problem(
            metric,
            "hole-in-data",
            f"its source has no rows {hole}, an unusually long gap",
            key="time",
            hint=(
                "Load the missing rows. If nothing happened on those days, there is nothing to do: the"
                " warning ends after two months, or when these days are no longer compared with."
            ),
            severity="warning",
        )


def no_value_problems(
    metric: Metric,
    project: ProjectConfig,
    timeline: Timeline,
    missing: MissingSlice | None,
    over_time: OverTime,
    *,
    is_gap: bool,
) -> Iterator[Problem]:
    """The warning for a headline that a missing slice or a missing period leaves without a
    value. `is_gap`: the headline's period has no value though there is a total. A milestone keeps
    the value of its last step."""
    if metric.okr is not None and metric.okr.front.type == "milestone":
        return
    if missing is not None:
        yield _slice_gap(metric, missing, _no_total(missing, timeline, project), over_time)
    elif is_gap and timeline.starts:
        yield _headline_gap(
            metric, timeline, _period_in_sentence(timeline.headline, timeline, project)
        )


def _slice_gap(
    metric: Metric, missing: MissingSlice, no_total: str, over_time: OverTime
) -> Problem:
    names = " and ".join(f"`{dimension}`" for dimension in metric.front.dimensions)
    message = f"{no_total}: {missing.slice} has no row of {names} there"
    if over_time == "last":
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
    return column_problem(
        metric, "slice-gap", message, key="dimensions", hint=hint, severity="warning"
    )


def _headline_gap(metric: Metric, timeline: Timeline, period: str) -> Problem:
    end = last_day(timeline.headline, timeline.grain)
    has_rows = any(timeline.headline <= day <= end for day in timeline.days.values())
    why = ""
    if has_rows:
        why = "; its rows have no value"
    elif timeline.last_seen:
        why = f"; the last row is of {format_day(timeline.last_seen, year=True)}"
    message = f"no data for {period}, the last complete {timeline.grain}{why}"
    hint = "Look at what the query reads there: an empty column, or a division by zero."
    return column_problem(
        metric, "headline-gap", message, hint=hint if has_rows else None, severity="warning"
    )


def _no_total(missing: MissingSlice, timeline: Timeline, project: ProjectConfig) -> str:
    """ "no total on 27 Nov 2026", "no total for October 2026"."""
    day = timeline.days[missing.time]
    stands_for_period = timeline.by_period and day in (timeline.headline, timeline.open_start)
    if stands_for_period and timeline.grain != "day":
        return f"no total for {_period_in_sentence(day, timeline, project)}"
    return f"no total on {format_day(day, year=True)}"


def _period_in_sentence(start: date, timeline: Timeline, project: ProjectConfig) -> str:
    """A period inside a sentence: "the week of 11 Nov 2013", "October 2013"."""
    name = format_period(start, timeline.grain, year=True, fiscal=project.fiscal_year)
    return f"the {name}" if timeline.grain == "week" else name
