"""A total over a dimension that says in which currency or unit each value is. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.errors import Problem
from sharekit.numbers.additivity import Outputs
from sharekit.numbers.additivity.columns import UNIT_COLUMNS, value_name
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.results import Reading
from sharekit.project.manifest import Metric

_MOST_NAMED = 3


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
