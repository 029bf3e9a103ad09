"""The order of a dimension's members: as declared, by the calendar, else by size. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from sharekit.errors import Problem
from sharekit.numbers.measure.columns import column_problem
from sharekit.project.days import MONTHS, WEEKDAYS, Weekday
from sharekit.project.manifest import Metric
from sharekit.project.read.did_you_mean import nearest

_DATED = re.compile(r"\d{4}-(?:\d{2}|Q[1-4]|W\d{2}|\d{2}-\d{2})\Z")
"""Months, quarters, weeks and days with their year: 2026-03, 2026-Q1, 2026-W12, 2026-03-31."""


def member_order(
    declared: Sequence[str] | None, names: Iterable[str], week_start: Weekday = "monday"
) -> list[str] | None:
    """The members in their order; None where they have none but their size.

    Declared members come first, as declared; those that nobody declared behind them, by name.
    Months and weekdays, written out or as three letters, go by the calendar, weeks from the
    project's first day of the week."""
    members = list(names)
    if declared is not None:
        places = {name: at for at, name in enumerate(declared)}
        return sorted(members, key=lambda name: (places.get(name, len(places)), name))
    if len(members) < 2:
        return None
    if all(_DATED.match(name) for name in members):
        return sorted(members)
    first = WEEKDAYS.index(week_start)
    for calendar in (MONTHS, (*WEEKDAYS[first:], *WEEKDAYS[:first])):
        place = _place_in(calendar)
        counts = [place(name) for name in members]
        if None not in counts and len(set(counts)) == len(counts):
            return [name for _, name in sorted(zip(counts, members, strict=True))]
    return None


def misspelled_members(
    metric: Metric, dimension: str, declared: Sequence[str], names: Iterable[str]
) -> Iterator[Problem]:
    """Members that `order` names and the data do not have, where they have one that looks like
    it."""
    members = list(names)
    for name in declared:
        near = nearest(name, members, 1) if name not in members else ()
        if near and near[0] not in declared:
            message = f"no member of {dimension} is called `{name}`"
            hint = f"Did you mean `{near[0]}`?"
            yield column_problem(
                metric, "unknown-member", message, key="order", hint=hint, severity="warning"
            )


def _place_in(calendar: Sequence[str]) -> Callable[[str], int | None]:
    places = {
        name[:length].casefold(): at
        for at, name in enumerate(calendar)
        for length in (3, len(name))
    }
    return lambda name: places.get(name.strip().rstrip(".").casefold())
