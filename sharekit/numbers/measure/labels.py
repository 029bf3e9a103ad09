"""Names of a dimension's members from a lookup: a source or view with a column for each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from sharekit.errors import Problem
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.totals import member_name
from sharekit.numbers.results import Reading, Rows, Slice
from sharekit.project.manifest import Metric

Labels = Mapping[str, Mapping[str, str]]
"""Dimension -> member -> its name."""


def lookup_sql(dimension: str, lookup: str) -> str:
    """The query that reads members with their names."""
    table, _, column = lookup.partition(".")
    schema = "metrics." if table.startswith("_") else ""
    return f'SELECT "{dimension}", "{column}" FROM {schema}"{table}" ORDER BY ALL'


def read_labels(rows: Rows) -> Mapping[str, str]:
    """Member -> name; of several names of one member the first by the alphabet."""
    found: dict[str, str] = {}
    for member, name in rows.rows:
        if name is not None and str(name).strip():
            found.setdefault(member_name(member), str(name).strip())
    return found


def with_labels(reading: Reading, labels: Labels) -> Reading:
    """The reading with the name of each member; members that share one have their key behind it."""
    slices = {
        name: _labelled(parts, labels.get(name, {})) for name, parts in reading.slices.items()
    }
    return replace(reading, slices=slices)


def _labelled(parts: tuple[Slice, ...], names: Mapping[str, str]) -> tuple[Slice, ...]:
    shared = Counter(names.get(part.member, part.member) for part in parts)

    def label(part: Slice) -> str:
        name = names.get(part.member, "")
        return f"{name} ({part.member})" if name and shared[name] > 1 else name

    return tuple(replace(part, label=label(part)) for part in parts)


def no_labels(metric: Metric, dimension: str, why: str) -> Problem:
    """The lookup could not be read."""
    lookup = metric.front.labels[dimension]
    table, _, column = lookup.partition(".")
    return column_problem(
        metric,
        "no-labels",
        f"the names of {dimension} cannot be read: {why}",
        key=f"labels.{dimension}",
        hint=(
            f"`{table}` needs the columns `{dimension}` and `{column}`; a view can give it them:"
            f" SELECT code AS {dimension}, {column} FROM {table}."
        ),
    )
