"""What the loader's process sent about a column's days, checked like all that comes from there, and as
JSON again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sharekit.numbers.results import Rhythm

_GRAINS = ("week", "month", "quarter", "year")


def rhythm_from_json(document: Any) -> Rhythm:
    """What `dated_column` or `rhythm_to_json` wrote. Raises KeyError, TypeError, AttributeError or ValueError for
    anything else."""
    grain, weekday, hole = document["grain"], document["weekday"], document["hole"]
    if grain is not None and grain not in _GRAINS:
        raise ValueError("no grain")
    return Rhythm(
        first=date.fromisoformat(document["first"]),
        last=date.fromisoformat(document["last"]),
        days=int(document["days"]),
        usual=int(document["usual"]),
        longest=int(document["longest"]),
        grain=grain,
        weekday=None if weekday is None else int(weekday),
        cut=bool(document["cut"]),
        unfinished=bool(document["unfinished"]),
        hole=None if hole is None else (date.fromisoformat(hole[0]), date.fromisoformat(hole[1])),
        emptied={str(name): date.fromisoformat(day) for name, day in document["emptied"].items()},
    )


def rhythm_to_json(rhythm: Rhythm) -> Mapping[str, Any]:
    return {
        "first": rhythm.first.isoformat(), "last": rhythm.last.isoformat(), "days": rhythm.days,
        "usual": rhythm.usual, "longest": rhythm.longest, "grain": rhythm.grain, "weekday": rhythm.weekday,
        "cut": rhythm.cut, "unfinished": rhythm.unfinished,
        "hole": None if rhythm.hole is None else [day.isoformat() for day in rhythm.hole],
        "emptied": {name: day.isoformat() for name, day in rhythm.emptied.items()},
    }  # fmt: skip
