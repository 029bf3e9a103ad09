"""What to write where values do not add up. Each fix, put into the file, takes the error away.
Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sharekit.numbers.additivity.column_additivity import Additivity

_NAME = re.compile(r"[A-Za-z_]\w*\Z")


def why_not(additivity: Additivity, dimensions: Sequence[str]) -> str:
    """One sentence: that the values do not add up over the dimensions, or that nothing tells it,
    and why."""
    over = " and ".join(dimensions)
    if additivity.how in ("row", "constant"):
        return f"nothing tells whether the values add up over {over}: {additivity.reason}"
    return f"values do not add up over {over}: {additivity.reason}"


def three_fixes(additivity: Additivity, dimensions: Sequence[str], time: str | None) -> str:
    """The possible fixes: the parts of a ratio, total rows by GROUPING SETS, a word on the
    total."""
    if additivity.how == "level":
        return (
            "For a level that is the sum of its slices, write `total: sum`, `over_time: last` and"
            f" `missing: last`; or {_sets(dimensions, time)}; or write `total: none` where there is"
            " no total"
        )
    return "; or ".join((_parts(additivity), _sets(dimensions, time), _word(additivity)))


def _parts(additivity: Additivity) -> str:
    if not additivity.parts:
        return (
            "For a ratio, return its two sums and name them: `numerator: column` and `denominator:"
            " column`"
        )
    names, columns = [], []
    for part, name in zip(additivity.parts, ("upper", "lower"), strict=True):
        names.append(part if _NAME.match(part) else name)
        columns += [] if _NAME.match(part) else [f"{part} AS {name}"]
    extra = (
        f"Return {' and '.join(f'`{column}`' for column in columns)} too, and write"
        if columns
        else "Write"
    )
    return f"{extra} `numerator: {names[0]}` and `denominator: {names[1]}`"


def _sets(dimensions: Sequence[str], time: str | None) -> str:
    time_columns = [time] if time else []
    groups = [[*time_columns, *dimensions]] if len(dimensions) > 1 else []
    groups += [[*time_columns, dimension] for dimension in dimensions]
    groups.append(time_columns)
    sets = ", ".join(f"({', '.join(group)})" for group in groups)
    return f"return total rows too: `GROUP BY GROUPING SETS ({sets})`"


def _word(additivity: Additivity) -> str:
    if additivity.how == "row":
        return "write `total: sum` where a sum is right, `total: none` where there is no total"
    return (
        "write `total: none` where there is no total (`total: sum` where a sum is right"
        " nevertheless)"
    )
