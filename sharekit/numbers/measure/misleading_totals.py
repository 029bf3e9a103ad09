"""Totals that add up what does not belong together: a member that is the sum of the others, and values
in several currencies or units. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.errors import Problem
from sharekit.numbers.additivity import Outputs
from sharekit.numbers.additivity.columns import UNIT_COLUMNS, value_name
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.labels import Labels, name_of
from sharekit.numbers.measure.partial_members import total_among
from sharekit.numbers.measure.totals import Totals
from sharekit.numbers.results import Reading
from sharekit.project.manifest import Metric

_MOST_NAMED = 3


def counted_twice(
    metric: Metric, totals: Totals, names: Labels
) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """What must be said with the value, and the warnings for who checks."""
    if totals.rule != "sum":
        return (), ()
    doubled = {
        dimension: name
        for dimension, members in totals.slices.items()
        if (name := total_among(members)) is not None
    }
    notes = tuple(
        f"counted twice: {name_of(names, *member)} is the sum of the others"
        for member in doubled.items()
    )
    return notes, tuple(_total_member(metric, *member) for member in doubled.items())


def _total_member(metric: Metric, dimension: str, name: str) -> Problem:
    literal = name.replace("'", "''")
    return column_problem(
        metric,
        "total-member",
        f"the total counts everything twice: `{name}` of `{dimension}` is the sum of"
        " the other members",
        key="dimensions",
        hint=f"Leave it out in the query: WHERE {dimension} IS DISTINCT FROM '{literal}'.",
        severity="warning",
    )


def mixed_units(metric: Metric, reading: Reading, outputs: Outputs) -> Iterator[Problem]:
    """The warning that a total adds up values of several units. Counts are of no unit; nor is
    anything said where somebody wrote that a sum is right, or in which unit the values are."""
    front = metric.front
    if reading.rule != "sum" or front.total == "sum":
        return
    if outputs.of(value_name(front, outputs)).natural:
        return
    is_dressed = front.unit is not None or front.format is not None
    undeclared = () if is_dressed else tuple(name for name in UNIT_COLUMNS if name != "unit")
    names = undeclared if front.unit_column is None else (front.unit_column.lower(),)
    for dimension, slices in reading.slices.items():
        members = [member_slice.member for member_slice in slices]
        if dimension.lower() not in names or len(members) < 2:
            continue
        more = ", …" if len(members) > _MOST_NAMED else ""
        yield column_problem(
            metric,
            "mixed-units",
            f"the total adds up {len(members):,} different units: `{dimension}` is"
            f" {', '.join(members[:_MOST_NAMED])}{more}",
            key="dimensions",
            hint=(
                f"Write `total: none`, and `headline: {members[0]}` for the one that is shown; or"
                " convert before the sum and write `unit`."
            ),
            severity="warning",
        )
