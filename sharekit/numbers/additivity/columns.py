"""Which column of a query is the value and which is the time, so far as its text tells. Pure."""

from __future__ import annotations

from sharekit.numbers.additivity.column_additivity import Outputs
from sharekit.project.shapes import MetricFront

UNIT_COLUMNS = ("currency", "currency_code", "ccy", "unit")
"""Names of columns that say in which unit a row is."""
_TIMES = ("day", "date", "week", "month", "quarter", "year", "time", "timestamp")


def value_name(front: MetricFront, outputs: Outputs) -> str | None:
    """The column that is the value; None where only the data can tell."""
    if front.value is not None:
        return front.value.lower()
    if "value" in outputs.columns:
        return "value"
    if outputs.rest is not None:
        return None
    used_names = {
        name.lower()
        for name in (*front.dimensions, front.numerator, front.denominator, front.time)
        if name
    }
    sums = [
        name
        for name, additivity in outputs.columns.items()
        if name not in used_names and additivity.how in ("adds", "not")
    ]
    others = [name for name in outputs.columns if name not in used_names and not _is_time(name)]
    names = sums if len(sums) == 1 else others
    return names[0] if len(names) == 1 else None


def time_name(front: MetricFront, outputs: Outputs) -> str | None:
    """The column that is the time; None where there is none, or only the data can tell."""
    if front.time is not None:
        return front.time
    dimensions = {name.lower() for name in front.dimensions}
    time_columns = [name for name in outputs.columns if _is_time(name) and name not in dimensions]
    if time_columns:
        return time_columns[0]
    return front.grain


def _is_time(name: str) -> bool:
    return name in _TIMES or name.endswith(
        ("_day", "_date", "_week", "_month", "_quarter", "_year", "_at")
    )
