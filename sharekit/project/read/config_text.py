"""The configuration's text -> Config, from sharekit.toml or [tool.sharekit] in pyproject.toml.
Pure."""

from __future__ import annotations

from collections.abc import Mapping

from sharekit.errors import Place, Problem
from sharekit.project.read.into_shapes import MOST_MISFITS, problems_of
from sharekit.project.read.shape_errors import ShapeError, Steps, validate
from sharekit.project.read.toml_text import read_toml
from sharekit.project.read.values import ValueTree
from sharekit.project.shapes import Config, JsonValue

SHAREKIT_TOML = "sharekit.toml"
PYPROJECT = "pyproject.toml"
_TABLE = "tool.sharekit"


def config_values(text: str, path: str) -> ValueTree:
    """The configuration's values with their places; an empty mapping where pyproject.toml has no
    [tool.sharekit]."""
    values = read_toml(text, path)
    if path != PYPROJECT or values.problems:
        return values
    value = values.value.get("tool", {}).get("sharekit", {})
    return ValueTree(value, _below(values.places), _below(values.names))


def fit_config(
    values: ValueTree, path: str
) -> tuple[Config | None, frozenset[str], tuple[Problem, ...]]:
    """The configuration, names of entries that had to be left out, and all that is wrong.

    A wrong value is left out and the rest is used, so that other files can be checked too. Without
    a usable [project], and wherever it is unclear who may see what, there is no configuration:
    None."""
    head = values.places.get("", Place(path, 1, 1))
    value, broken = values.value, set[str]()
    config = validate(Config, value)
    problems = problems_of(Config, values, head, config) if isinstance(config, tuple) else ()
    while isinstance(config, tuple):
        if len(config) > MOST_MISFITS:
            return None, frozenset(), problems
        before = value
        for steps in map(_left_out, config):
            if not steps:
                return None, frozenset(), problems
            broken.update(str(step) for step in steps[1:2])
            value = _without_value(value, steps)
        if value == before:
            return None, frozenset(), problems
        config = validate(Config, value)
    return config, frozenset(broken), problems


def _left_out(shape_error: ShapeError) -> Steps:
    """The steps to the value that is left out because it does not fit; () where nothing can be used then."""
    steps = shape_error.steps[:-1] if shape_error.missing else shape_error.steps
    if steps[:1] == ("audiences",) or steps in (
        ("project",),
        ("project", "name"),
        ("project", "audience"),
    ):
        return ()
    return steps[:2] if steps[:1] in (("sources",), ("announce",)) else steps


def _without_value(value: JsonValue, steps: Steps) -> JsonValue:
    """The tree without the value at the end of these steps; the tree itself where it is gone
    already."""
    first, further_steps = steps[0], steps[1:]
    if not isinstance(value, dict) or first not in value:
        return None if isinstance(value, list) else value
    if not further_steps:
        return {key: entry for key, entry in value.items() if key != first}
    return {**value, first: _without_value(value[first], further_steps)}


def _below(places: Mapping[str, Place]) -> dict[str, Place]:
    """Places inside [tool.sharekit], by their paths there."""
    inside = {
        path.removeprefix(f"{_TABLE}."): place
        for path, place in places.items()
        if path.startswith(f"{_TABLE}.")
    }
    return {"": places[_TABLE], **inside} if _TABLE in places else inside
