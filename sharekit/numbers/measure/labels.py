"""Names of a dimension's members from a lookup: a source or view with a column for each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from sharekit.errors import Problem
from sharekit.numbers.additivity.member_names import in_pair, pair_name
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.totals import member_name
from sharekit.numbers.results import Reading, Rows, Slice
from sharekit.project.manifest import Metric
from sharekit.records import replace

Labels = Mapping[str, Mapping[str, str]]
"""Dimension -> member -> its name."""


def lookup_sql(dimension: str, lookup: str) -> str:
    """The query that reads members with their names."""
    table, _, column = lookup.partition(".")
    schema = "metrics." if table.startswith("_") else ""
    return f'SELECT "{dimension}", "{column}" FROM {schema}"{table}" ORDER BY ALL'


def read_labels(rows: Rows) -> Mapping[str, str]:
    """Member -> name; of several names of one member the first by the alphabet."""
    labels: dict[str, str] = {}
    for member, name in rows.rows:
        if name is not None and str(name).strip():
            labels.setdefault(member_name(member), str(name).strip())
    return labels


def several_names(
    metric: Metric, dimension: str, rows: Rows, reading: Reading | None
) -> Iterator[Problem]:
    """The warning for the first member of a reading that a lookup has several names for."""
    slices = reading.slices.get(dimension, ()) if reading is not None else ()
    members = {member_slice.member for member_slice in slices}
    names: dict[str, dict[str, None]] = {}
    for cell, name in rows.rows:
        if (member := member_name(cell)) in members and name is not None and str(name).strip():
            names.setdefault(member, {})[str(name).strip()] = None
    for member, spellings in names.items():
        if len(spellings) > 1:
            yield _several_names(metric, dimension, member, *list(spellings)[:2])
            return


def _several_names(metric: Metric, dimension: str, member: str, first: str, second: str) -> Problem:
    lookup = metric.front.labels[dimension]
    table, _, column = lookup.partition(".")
    return column_problem(
        metric,
        "several-names",
        f"{lookup} has several names for one {dimension}: {member} is {first} and {second}; the"
        " first is shown",
        key=f"labels.{dimension}",
        hint=(
            f"Keep one of them in a view, and name that here: SELECT {dimension},"
            f" max({column}) AS {column} FROM {table} GROUP BY {dimension}."
        ),
        severity="warning",
    )


def names_of(labels: Labels, members: Mapping[str, Iterable[str]]) -> Labels:
    """What people call these members, by dimension: those that share a name have their key behind
    it, and those without one are left out."""
    return {
        dimension: _distinct_names(labels[dimension], tuple(here))
        for dimension, here in members.items()
        if dimension in labels
    }


def names_in(names: Labels, dimension: str, members: Iterable[str]) -> Mapping[str, str]:
    """What people call these members of a dimension, or these pairs of members of two."""
    dimensions = in_pair(dimension)
    if len(dimensions) == 1:
        return names.get(dimension, {})
    by_place = [names.get(name, {}) for name in dimensions]
    return {
        member: pair_name(
            *(here.get(part, part) for here, part in zip(by_place, in_pair(member), strict=True))
        )
        for member in members
    }


def _distinct_names(names: Mapping[str, str], members: tuple[str, ...]) -> Mapping[str, str]:
    shared = Counter(names.get(member, member) for member in members)
    return {
        member: f"{names[member]} ({member})" if shared[names[member]] > 1 else names[member]
        for member in members
        if member in names
    }


def name_of(names: Labels, dimension: str, member: str) -> str:
    """What people call a member; itself where it has no name."""
    return names.get(dimension, {}).get(member, member)


def with_labels(reading: Reading, labels: Labels) -> Reading:
    """The reading with the name of each member."""
    if not labels:
        return reading
    members = {
        name: [member_slice.member for member_slice in member_slices]
        for name, member_slices in reading.slices.items()
    }
    names = names_of(labels, members)
    slices = {
        dimension: tuple(
            replace(member_slice, label=_label(names, dimension, member_slice))
            for member_slice in member_slices
        )
        for dimension, member_slices in reading.slices.items()
    }
    return replace(reading, slices=slices)


def _label(names: Labels, dimension: str, member_slice: Slice) -> str:
    return names.get(dimension, {}).get(member_slice.member, "")


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
            f"`{table}` needs the columns `{dimension}` and `{column}`; a view can provide them:"
            f" SELECT code AS {dimension}, {column} FROM {table}."
        ),
    )
