"""A level (a balance, a headcount, a backlog) is final when it is measured: its newest value is the
headline. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sharekit.numbers.measure.over_time import SlotTotals
from sharekit.numbers.measure.timeline import Timeline
from sharekit.numbers.measure.totals import Totals, Values
from sharekit.numbers.periods import last_day
from sharekit.numbers.results import Cell
from sharekit.records import replace


def until_newest(timeline: Timeline, slot_totals: SlotTotals) -> tuple[Timeline, SlotTotals]:
    """The periods up to the newest one with a measurement, which may still run; as they are where
    there is none."""
    newest = _newest(slot_totals.totals, len(timeline.starts))
    if newest is None:
        return timeline, slot_totals
    begun = len(timeline.starts) + len(timeline.opens)
    keep = [*range(newest + 1), *range(begun, timeline.size)]
    numbers = {slot: number for number, slot in enumerate(keep)}
    slots = {cell: numbers.get(slot, len(keep) - 1) for cell, slot in timeline.slots.items()}
    starts = timeline.starts[: newest + 1]
    ended = replace(timeline, starts=starts, headline=starts[-1], opens=(), slots=slots)
    return ended, replace(slot_totals, totals=slot_totals.totals.at(keep))


def _newest(totals: Totals, count: int) -> int | None:
    rows = [totals.total] if totals.total is not None else []
    rows += [] if rows else [row for members in totals.slices.values() for row in members.values()]
    return next(
        (slot for slot in reversed(range(count)) if any(row[slot] is not None for row in rows)),
        None,
    )


def measured_on(
    timeline: Timeline, times: Mapping[int, Cell], data_until: date | None, as_of: date
) -> date | None:
    """The day of the newest measurement; None where rows stand for whole periods and nothing tells
    their day."""
    cell = times.get(len(timeline.starts) - 1)
    day = timeline.days.get(cell)
    if day is None:
        return None
    if not timeline.by_period or timeline.grain == "day" or day != timeline.headline:
        return day
    end = last_day(timeline.headline, timeline.grain)
    if end < as_of:
        return (
            end
            if data_until is None or data_until > end or data_until < timeline.headline
            else data_until
        )
    return data_until if data_until is not None and timeline.headline <= data_until <= end else None


def carry_forward(values: Values, upto: int) -> Values:
    """A series in which a gap after the first measurement has the one before it."""
    last: float | None = None
    carried: Values = []
    for slot, value in enumerate(values):
        last = value if value is not None else last
        carried.append(last if slot < upto else value)
    return carried
