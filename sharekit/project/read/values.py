"""What a YAML or TOML text says, and where each value stands."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from sharekit.errors import Place, Problem
from sharekit.project.shapes import JsonValue


class ValueTree(Struct, frozen=True):
    """A tree of what JSON can say, with places by path: "target", "revisions[0].why",
    "dimensions[1]"."""

    value: JsonValue
    """dict, list, str, int, float, bool or None; dates are text, as in JSON."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where each value stands."""
    names: Mapping[str, Place] = field(default_factory=dict)
    """Where the key of each value stands; entries of lists have none."""
    problems: tuple[Problem, ...] = ()
    """Why the text cannot be read; `value` is then what could be."""


def child_path(path: str, key: str | int) -> str:
    """The path of an entry: "a" + "b" is "a.b", "a" + 0 is "a[0]"."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def as_integer(number: float) -> int | float:
    """50.0 as 50, since JSON and its schemas do not tell them apart."""
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
