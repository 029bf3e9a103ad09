"""Members of a dimension that end earlier, or begin later, than their fellows, by their own rhythm.
Pure.

A region whose rows come nine days late makes the total smaller without being smaller itself. It is
told from one that has rows now and then by its own longest pause, and from one that has closed for
good by time: after four weeks, or two periods, nothing is said any more. Where most members come
and go, as campaigns do, an end says nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from sharekit.numbers.formats import format_day
from sharekit.numbers.measure.period_coverage import LONG_WEEKEND, RECENT, rhythm_of
from sharekit.numbers.measure.totals import Values
from sharekit.numbers.periods import GRAIN_DAYS, last_day, shift_periods
from sharekit.numbers.results import Rhythm
from sharekit.project.shapes import Grain
from sharekit.records import replace

MOST_NAMED = 3
_FEWEST_DAYS = 4
"""A rhythm needs so many days."""
_FEWEST_STEADY = 8
_SPARE = 1.5
"""A pause is out of rhythm when it is so many times the longest one before."""


_TOTALS = frozenset({"total", "grand total", "all", "sum", "overall", "subtotal"})
_SURE_PERIODS = 3
"""In so many periods no member is the sum of all others by chance."""


class PartialMember(Struct, frozen=True):
    """A member that is not there from the first to the last day of the periods compared."""

    member: str
    on: date
    """Its last day, or its first one."""
    ends: bool
    days: int
    """How many days before its fellows it ends, or after them it begins."""


class HeadlinePeriods(Struct, frozen=True):
    """The periods that a headline is about."""

    base: date
    """First day of the period before the headline's."""
    end: date
    """Last day of the headline's period."""
    through: date
    """Last day of the data."""

    @property
    def horizon(self) -> date:
        """What ended before is long known."""
        return min(self.base, self.end - RECENT)


def rhythms(
    members: Mapping[str, Values], starts: Sequence[date], grain: Grain
) -> dict[str, Rhythm]:
    """The rhythm of each member from the whole periods in which it has a value, as far as nothing
    finer is known."""
    member_rhythms = {}
    for member, values in members.items():
        here = [start for start, value in zip(starts, values, strict=False) if value is not None]
        if (rhythm := rhythm_of(here)) is not None:
            member_rhythms[member] = as_period_rhythm(rhythm, grain)
    return member_rhythms


def as_period_rhythm(rhythm: Rhythm, grain: Grain) -> Rhythm:
    """The rhythm of days that stand for the periods which begin with them."""
    longest = max(rhythm.longest, (shift_periods(rhythm.last, grain, 1) - rhythm.last).days)
    return replace(rhythm, last=last_day(rhythm.last, grain), longest=longest, grain=grain)


def partial_members(members: Mapping[str, Rhythm], window: HeadlinePeriods) -> list[PartialMember]:
    """The members that end early or begin late within the window, the largest gap first."""
    if len(members) < 2:
        return []
    first = min(rhythm.first for rhythm in members.values())
    last = min(max(rhythm.last for rhythm in members.values()), window.through)
    edge_members: list[PartialMember] = []
    if 2 * sum(rhythm.last < window.horizon for rhythm in members.values()) <= len(members):
        edge_members += _ends(members, last, window)
    if 2 * sum(first + RECENT < rhythm.first <= window.end for rhythm in members.values()) <= len(
        members
    ):
        edge_members += _begins(members, first, window)
    return sorted(edge_members, key=lambda edge: (-edge.days, edge.member))


def _ends(
    members: Mapping[str, Rhythm], last: date, window: HeadlinePeriods
) -> Iterable[PartialMember]:
    for name, rhythm in members.items():
        silence = (last - rhythm.last).days
        if window.horizon <= rhythm.last < window.end and _is_unusual(rhythm, silence):
            yield PartialMember(name, rhythm.last, True, silence)


def _begins(
    members: Mapping[str, Rhythm], first: date, window: HeadlinePeriods
) -> Iterable[PartialMember]:
    for name, rhythm in members.items():
        silence = (rhythm.first - first).days
        if window.base < rhythm.first <= window.end and _is_unusual(rhythm, silence):
            yield PartialMember(name, rhythm.first, False, silence)


def is_steady(rhythm: Rhythm) -> bool:
    """Whether it never had a pause longer than a long weekend, or than the period its rows stand
    for."""
    step = GRAIN_DAYS[rhythm.grain] if rhythm.grain else LONG_WEEKEND
    return rhythm.days >= _FEWEST_STEADY and rhythm.longest <= math.ceil(step) + 1


def _is_unusual(rhythm: Rhythm, silence: int) -> bool:
    """Whether so many days without a row are out of a member's rhythm."""
    step = silence + round(GRAIN_DAYS[rhythm.grain or "day"])
    return rhythm.days >= _FEWEST_DAYS and step > _SPARE * rhythm.longest


def total_among(members: Mapping[str, Values]) -> str | None:
    """The member that is the sum of two or more others wherever it has a value: the row of totals
    of a file, which would count twice. With few values its name has to say so too. Of several the
    first by name."""
    sizes = {len(values) for values in members.values()}
    slots = range(min(sizes, default=1) - 1)  # the last one is no period
    totals = [math.fsum(row[slot] or 0.0 for row in members.values()) for slot in slots]
    counts_with_value = [sum(bool(row[slot]) for row in members.values()) for slot in slots]
    for name, row in sorted(members.items()):
        counts = [slot for slot in slots if row[slot]]
        is_sum = all(
            counts_with_value[slot] > 2
            and math.isclose(2 * (row[slot] or 0.0), totals[slot], rel_tol=1e-9)
            for slot in counts
        )
        is_called_total = name.strip().casefold() in _TOTALS
        if counts and is_sum and (is_called_total or len(counts) >= _SURE_PERIODS):
            return name
    return None


def partial_member_words(
    edges: Sequence[PartialMember],
    names: Mapping[str, str],
    *,
    year: bool = False,
    carried: bool = False,
) -> list[str]:
    """ "without LaGuardia since 9 Nov", "with Newark only from 12 Nov": few of them, the others
    counted.

    `names`: what people call members, where not by their keys. `carried`: the last value of a
    member goes on counting: "with LaGuardia of 9 Nov".
    """
    phrases = []
    ending = ("with", "of") if carried else ("without", "since")
    for ends, before, after in ((True, *ending), (False, "with", "only from")):
        group = [edge for edge in edges if edge.ends == ends]
        if not group:
            continue
        member_names = [
            f"{names.get(edge.member, edge.member)} {after} {format_day(edge.on, year=year)}"
            for edge in group[:MOST_NAMED]
        ]
        unnamed = len(group) - len(member_names)
        if unnamed:
            member_names.append(f"{unnamed} more")
        phrases.append(
            f"{before} {', '.join(member_names[:-1])} and {member_names[-1]}"
            if len(member_names) > 1
            else f"{before} {member_names[0]}"
        )
    return phrases
