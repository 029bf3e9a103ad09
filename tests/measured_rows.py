"""Rows of a query in short, and what measuring makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sharekit.errors import Place, Problem
from sharekit.numbers.additivity import Additivity, Outputs
from sharekit.numbers.measure import Measurement, measure
from sharekit.numbers.results import Cell, Column, ColumnKind, Reading, Rows
from sharekit.project.manifest import Metric, Sql
from sharekit.project.shapes import MetricFront, ProjectConfig

COUNTED = Outputs(rest=Additivity("adds"))
"""A query whose columns are sums or counts."""
AS_OF = date(2013, 11, 22)
PROJECT = ProjectConfig(name="New York Airports")
MONDAYS = [date(2013, 10, 28), date(2013, 11, 4), date(2013, 11, 11), date(2013, 11, 18)]
KINDS: dict[str, ColumnKind] = {
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "DOUBLE": "number",
    "VARCHAR": "text",
    "BOOLEAN": "bool",
    "INTERVAL": "text",
    "TIME": "text",
    "INTEGER[]": "text",
}


def metric(sql: str = "SELECT 1 AS value", **front: Any) -> Metric:
    keys = {name: Place("metrics/x.sql", number) for number, name in enumerate(front, 2)}
    for number, _ in enumerate(front.get("dimensions", ())):
        keys[f"dimensions[{number}]"] = keys["dimensions"]
    return Metric(
        "x",
        "metrics/x.sql",
        ("everyone",),
        keys=keys,
        front=MetricFront.model_validate({"title": "X", **front}),
        sql=Sql("\n" + sql, 10),
    )


def rows(columns: str, *cells: Sequence[Cell]) -> Rows:
    """`rows("week DATE, value DOUBLE", [...], ...)`."""
    described = [part.split() for part in columns.split(", ")]
    return Rows(
        tuple(Column(name, kind, KINDS[kind]) for name, kind in described), tuple(map(tuple, cells))
    )


def read(of: Metric, found: Rows, as_of: date = AS_OF, **more: Any) -> Reading:
    measured = measure(
        of, found, as_of, more.pop("project", PROJECT), **{"outputs": COUNTED, **more}
    )
    assert measured.reading is not None, measured.problems
    assert not [problem for problem in measured.problems if problem.severity == "error"]
    return measured.reading


def problem(measured: Measurement) -> Problem:
    """The only problem of rows that make no reading."""
    assert measured.reading is None
    (found,) = measured.problems
    assert (found.severity, found.phase) == ("error", "data")
    return found


def refused(of: Metric, found: Rows, as_of: date = AS_OF, **more: Any) -> Problem:
    return problem(measure(of, found, as_of, PROJECT, **more))


UNCOUNTED = Outputs(rest=Additivity("not", "avg(minutes) is a mean"))
"""A query whose columns do not add up."""


def weekly(*values: float | None) -> Rows:
    """One value a week; the last is of the open week."""
    return rows("week DATE, value DOUBLE", *zip(MONDAYS[-len(values) :], values, strict=True))


def daily(start: date, count: int, value: float = 1.0) -> list[tuple[date, float]]:
    return [(start + timedelta(days=number), value) for number in range(count)]


def sliced(*cells: tuple[date, str | None, float | None]) -> Rows:
    return rows("week DATE, origin VARCHAR, value DOUBLE", *cells)
