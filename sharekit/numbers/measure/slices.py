"""The members of each dimension: value, series, comparison and share, in their order. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sharekit.errors import Problem
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.comparisons import comparison
from sharekit.numbers.measure.labels import Labels, name_of, names_of
from sharekit.numbers.measure.late_members import LateMembers
from sharekit.numbers.measure.member_order import member_order, misspelled_members
from sharekit.numbers.measure.partial_members import PartialMember
from sharekit.numbers.measure.timeline import Timeline
from sharekit.numbers.measure.totals import Totals, Values
from sharekit.numbers.results import Comparison, Slice, points
from sharekit.project.days import Weekday
from sharekit.project.manifest import Metric

SlicesByDimension = Mapping[str, tuple[Slice, ...]]
_FEW = 3


def slices_of_number(metric: Metric, totals: Totals, week_start: Weekday) -> SlicesByDimension:
    """The slices of a number without periods."""
    slices: dict[str, tuple[Slice, ...]] = {}
    for dimension, members in totals.slices.items():
        valued = _with_values(members, -1)
        total = _total(totals, valued, 0)
        member_slices = [
            Slice(name, row[0], (), None, _share(row[0], total)) for name, row in valued.items()
        ]
        slices[dimension] = _ordered_slices(metric, dimension, member_slices, week_start)
    return slices


def slices_of_series(
    metric: Metric, totals: Totals, timeline: Timeline, late: LateMembers, week_start: Weekday
) -> SlicesByDimension:
    """The slices of a series as of its headline; members of the future are left out."""
    starts = timeline.starts
    at = len(starts) - 1
    slices: dict[str, tuple[Slice, ...]] = {}
    for dimension, members in totals.slices.items():
        valued = _with_values(members, len(starts) + len(timeline.opens) if starts else -1)
        total = _total(totals, valued, at) if starts else None
        member_slices = []
        for name, row in valued.items():
            value = row[at] if starts else None
            previous = _previous(metric, row, starts, name, late.get(dimension, {}))
            series = points(starts, row[: len(starts)])
            member_slices.append(Slice(name, value, series, previous, _share(value, total)))
        slices[dimension] = _ordered_slices(metric, dimension, member_slices, week_start)
    return slices


def _with_values(members: Mapping[str, Values], last: int) -> dict[str, Values]:
    """The members that have a value in one of the slots before `last`."""
    return {
        name: row for name, row in members.items() if any(value is not None for value in row[:last])
    }


def _total(totals: Totals, members: Mapping[str, Values], at: int) -> float | None:
    """The total that the members are shares of; None where they are none of it."""
    total = totals.total[at] if totals.rule == "sum" and totals.total else None
    if total is None or total <= 0 or any((row[at] or 0) < 0 for row in members.values()):
        return None
    return total


def _share(value: float | None, total: float | None) -> float | None:
    return value / total if value is not None and total else None


def _previous(
    metric: Metric,
    row: Values,
    starts: Sequence[date],
    name: str,
    late: Mapping[str, PartialMember],
) -> Comparison | None:
    """A member against the period before, where it has values for both and neither is partial."""
    if len(starts) < 2 or name in late:
        return None
    before, value = row[len(starts) - 2], row[len(starts) - 1]
    if before is None or value is None:
        return None
    return comparison("previous", starts[-2], value, before, metric.front)


# -- order ----------------------------------------------------------------------------------------


def order_of_members(
    metric: Metric, dimension: str, members: Sequence[str], week_start: Weekday
) -> list[str] | None:
    """The members in an order of their own, declared or by the calendar; None where they have
    none but their size."""
    return member_order(_declared_order(metric, dimension), members, week_start)


def misspelled_orders(metric: Metric, slices: SlicesByDimension) -> Iterator[Problem]:
    """Members that `order` names and the data do not have, where they have one that looks like
    it."""
    for dimension, member_slices in slices.items():
        declared = _declared_order(metric, dimension) or ()
        yield from misspelled_members(
            metric, dimension, declared, [member_slice.member for member_slice in member_slices]
        )


def alike_members(metric: Metric, slices: SlicesByDimension, labels: Labels) -> Iterator[Problem]:
    """Members of a dimension that a reader takes for one: what people call them differs only in
    capitals, blanks or the way in which an accent is written."""
    names = names_of(
        labels, {name: [member_slice.member for member_slice in slices[name]] for name in slices}
    )
    for dimension, member_slices in slices.items():
        alike: dict[str, list[str]] = {}
        for member_slice in member_slices:
            name = name_of(names, dimension, member_slice.member)
            plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
            alike.setdefault(plain, []).append(member_slice.member)
        for members in alike.values():
            if len(members) > 1:
                members_text = " and ".join(f"`{member}`" for member in sorted(members)[:_FEW])
                yield column_problem(
                    metric,
                    "alike-members",
                    f"{members_text} of {dimension} are counted as different members",
                    key="dimensions",
                    hint=f"If they are one, spell them one way in the query: upper(trim({dimension})).",
                    severity="warning",
                )


def _declared_order(metric: Metric, dimension: str) -> Sequence[str] | None:
    orders = metric.front.order.items()
    return next(
        (members for name, members in orders if name.casefold() == dimension.casefold()), None
    )


def _ordered_slices(
    metric: Metric, dimension: str, slices: Sequence[Slice], week_start: Weekday
) -> tuple[Slice, ...]:
    """Members in their own order where they have one, as sizes and months do; else the largest
    first, those without a value last."""
    by_size = {
        member_slice.member: member_slice for member_slice in sorted(slices, key=_largest_first)
    }
    names = order_of_members(metric, dimension, list(by_size), week_start)
    return tuple(by_size.values()) if names is None else tuple(by_size[name] for name in names)


def _largest_first(member_slice: Slice) -> tuple[bool, float, str]:
    return (member_slice.value is None, -(member_slice.value or 0.0), member_slice.member)
