"""A member that is the sum of the others, so that a total counts everything twice. Pure."""

from __future__ import annotations

from sharekit.errors import Problem
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.labels import Labels, name_of
from sharekit.numbers.measure.partial_members import total_among
from sharekit.numbers.measure.totals import Totals
from sharekit.project.manifest import Metric


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
