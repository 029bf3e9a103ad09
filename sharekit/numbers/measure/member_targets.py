"""The target of each member of a dimension, and the cases that its value is based on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sharekit.errors import Problem
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.totals import MetricColumns, Rule, member_name, sums_by_member
from sharekit.numbers.results import Reading, Slice
from sharekit.project.manifest import Metric
from sharekit.project.read.did_you_mean import suggestion
from sharekit.records import replace

ByMember = Mapping[str, Mapping[str, float | None]]
"""Dimension -> member -> value."""


def declared_targets(metric: Metric) -> Mapping[str, float]:
    """The targets that are written by member."""
    targets = metric.front.targets
    return targets if isinstance(targets, Mapping) else {}


def column_of_targets(
    rule: Rule, table: MetricColumns, column: Sequence[float | None], slot: int
) -> ByMember:
    """The target of each member in one period: added up where the values are; else all of the
    member's rows must say one."""
    here = [row_slot == slot for row_slot in table.slots]
    rows = replace(table, value=column).only(here)
    if rule == "sum":
        return sums_by_member(rows, rows.value or ())
    values: dict[str, dict[str, set[float]]] = {}
    for name, cells in rows.dimensions:
        members = values.setdefault(name, {})
        for cell, target in zip(cells, rows.value or (), strict=True):
            if target is not None:
                members.setdefault(member_name(cell), set()).add(target)
    return {
        name: {
            member: next(iter(targets)) if len(targets) == 1 else None
            for member, targets in members.items()
        }
        for name, members in values.items()
    }


def counts_of(table: MetricColumns, column: Sequence[float | None], slot: int) -> ByMember:
    """The cases behind each member's value in one period."""
    rows = replace(table, value=column).only([row_slot == slot for row_slot in table.slots])
    return sums_by_member(rows, rows.value or ())


def with_member_targets(reading: Reading, targets: ByMember, counts: ByMember) -> Reading:
    """The reading with the target and the count of each member."""
    slices = {
        name: tuple(
            replace(
                member_slice,
                target=targets.get(name, {}).get(member_slice.member),
                count=counts.get(name, {}).get(member_slice.member),
            )
            for member_slice in member_slices
        )
        for name, member_slices in reading.slices.items()
    }
    return replace(reading, slices=slices)


def few_last(
    reading: Reading, minimum: float | None, has_order: Callable[[str, Sequence[str]], bool]
) -> Reading:
    """The reading with the members based on too few cases behind the others, where they
    have no order of their own."""
    if minimum is None:
        return reading

    def ordered(name: str, member_slices: tuple[Slice, ...]) -> tuple[Slice, ...]:
        if has_order(name, [member_slice.member for member_slice in member_slices]):
            return member_slices
        return tuple(
            sorted(member_slices, key=lambda member_slice: (member_slice.count or 0) < minimum)
        )

    slices = {name: ordered(name, member_slices) for name, member_slices in reading.slices.items()}
    return replace(reading, slices=slices)


def unknown_members(metric: Metric, reading: Reading) -> Iterator[Problem]:
    """Members that `targets` names and the data do not have."""
    members = [member_slice.member for slices in reading.slices.values() for member_slice in slices]
    for member in declared_targets(metric):
        if member not in members:
            yield column_problem(
                metric,
                "unknown-member",
                f"there is no member `{member}`",
                key=f"targets.{member}",
                hint=suggestion(member, members, are="It has"),
            )


def nothing_counted(metric: Metric) -> Problem:
    """`minimum_count` of a number that does not say how many cases it is based on."""
    return column_problem(
        metric,
        "nothing-counted",
        "the query does not say how many cases a member's value is based on",
        key="minimum_count",
        hint=(
            "Return the number of cases as a column and name it: `numerator: good` and"
            " `denominator: cases`; or take `minimum_count` out."
        ),
    )
