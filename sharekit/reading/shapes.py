"""Values -> declared shapes, and pydantic's errors -> Problems in our words.

A shape is checked against the JSON form of the values, strictly: text is no number and a number is no text, so that
what passes here is what the published JSON Schema accepts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sharekit.declared import JsonValue, KeyResultFront, MetricFront
from sharekit.errors import Place, Problem
from sharekit.reading.suggest import either, nearest, way_out
from sharekit.reading.values import Values, step
from sharekit.reading.words import EXPECTED, PATTERNS, choices, expected, instead, shown

ShapeT = TypeVar("ShapeT", bound=BaseModel)


def fit(model: type[ShapeT], values: Values, head: Place) -> tuple[ShapeT | None, tuple[Problem, ...]]:
    """The values as `model`, or all that does not fit. `head` is the place of what is missing at the top."""
    try:
        return model.model_validate_json(json.dumps(values.value), strict=True, by_name=False), ()
    except ValidationError as error:
        wrong = _leaves([_Error(each["loc"], each) for each in error.errors(include_url=False)], values.value)
        return None, tuple(_problem(model, values, head, each) for each in wrong)


@dataclass(frozen=True)
class _Error:
    """One of pydantic's errors, with what is left of its location below the value at hand."""

    rest: tuple[int | str, ...]
    details: ErrorDetails
    path: str = ""
    """Path of the value, without the names of union members."""
    tags: tuple[str, ...] = ()
    """Names of the union members that were tried on the way."""
    value: JsonValue = None
    """The value itself, or the one that lacks something."""

    @property
    def type(self) -> str:
        return self.details["type"]


def _leaves(errors: Sequence[_Error], value: JsonValue) -> list[_Error]:
    """One error for each value that is wrong: union members that were not meant are left out."""
    found: list[_Error] = []
    steps: dict[int | str, list[_Error]] = {}
    members: dict[str, list[_Error]] = {}
    for error in errors:
        if not error.rest:
            found.append(_Error((), error.details, error.path, error.tags, value))
            continue
        first, rest = error.rest[0], error.rest[1:]
        if first == "[key]":
            found.append(_Error(("[key]",), error.details, error.path, error.tags, value))
        elif _is_step(first, value) or (error.type == "missing" and not rest):
            path = step(error.path, first)
            steps.setdefault(first, []).append(_Error(rest, error.details, path, error.tags))
        else:
            member = str(first)
            members.setdefault(member, []).append(_Error(rest, error.details, error.path, (*error.tags, member)))
    for first, below in steps.items():
        found.extend(_leaves(below, _get(value, first)) if _is_step(first, value) else below)
    if members:
        found.extend(_meant([_leaves(below, value) for below in members.values()]))
    return found


def _meant(members: list[list[_Error]]) -> list[_Error]:
    """Of the errors of each member of a union, those of the member that the writer seems to have meant.

    A member of another kind (text where a list stands) was not meant, if any other is of the right kind; of those,
    the one with the fewest errors was. Where none is of the right kind, one error names them all.
    """
    top = min((error.path for errors in members for error in errors), key=len)
    near = [errors for errors in members if any(error.path != top or error.type not in EXPECTED for error in errors)]
    if near or len(members) == 1:
        return min(near or members, key=len)
    first = members[0][0]
    kinds = [error.type for errors in members for error in errors]
    expected_one = next((error.details.get("ctx", {}) for errors in members for error in errors), {})
    details = ErrorDetails(**{**first.details, "ctx": {**expected_one, "kinds": kinds}})
    return [_Error((), details, first.path, first.tags, first.value)]


def _is_step(first: int | str, value: JsonValue) -> bool:
    if isinstance(value, dict):
        return first in value
    return isinstance(value, list) and isinstance(first, int) and 0 <= first < len(value)


def _get(value: JsonValue, first: int | str) -> JsonValue:
    return value[first]


def _problem(model: type[BaseModel], values: Values, head: Place, error: _Error) -> Problem:
    path = error.path
    place = values.places.get(path, head)
    if error.rest:  # a key of a mapping with free keys
        return Problem("bad-name", f"`{path}` {PATTERNS[_pattern(error)]}", values.names.get(path, place))
    if error.type == "extra_forbidden":
        return _unknown_key(model, values, error)
    if error.type == "missing":
        return _missing(model, values, head, error)
    if error.type == "json_invalid":
        return Problem("bad-text", "this holds characters that are no text", head, hint="Type them anew.")
    if error.value is None or error.value in ("", []):
        about = _field(model, path, error.tags)
        return Problem("empty", f"`{path}` is empty" if path else "this is empty", place, hint=_about(path, about))
    message, hint = _words(path, error)
    code = "wrong-type" if error.type.endswith("_type") else "wrong-value"
    return Problem(code, message, place, hint=hint)


def _words(path: str, error: _Error) -> tuple[str, str | None]:
    what, value, context = f"`{path}`" if path else "this", error.value, error.details.get("ctx", {})
    if error.type == "string_pattern_mismatch":
        return f"{what} {PATTERNS[_pattern(error)]}, and {shown(value)} is not", None
    kinds = context.get("kinds", [error.type])
    wanted = either(dict.fromkeys(expected(kind, context) for kind in kinds))
    hint = _quick_fix(kinds, value)
    if error.type == "literal_error" and isinstance(value, str):
        near = nearest(value, choices(context), 1)
        hint = f"Did you mean `{near[0]}`?" if near else None
    return f"{what} should be {wanted}, and {instead(error.type, value)}", hint


def _quick_fix(kinds: Sequence[str], value: JsonValue) -> str | None:
    if "string_type" in kinds and isinstance(value, bool | int | float):
        return f'Put it in quotes: "{shown(value)}".'
    if "list_type" in kinds and isinstance(value, str | int | float):
        return f"Write [{value}]."
    if "float_type" in kinds and isinstance(value, str):
        text = value.strip()
        if text.endswith("%") and (number := _number(text[:-1])) is not None:
            return f'Write {number / 100:g}: with the unit "%", values are shares.'
        plain = text.replace(",", "").replace("_", "").replace(" ", "")
        if _number(plain) is not None:
            return f"Write {plain}, without quotes."
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _pattern(error: _Error) -> str:
    return str(error.details.get("ctx", {}).get("pattern"))


# -- keys that are unknown or missing --------------------------------------------------------------------------


def _unknown_key(model: type[BaseModel], values: Values, error: _Error) -> Problem:
    path = error.path
    parent, name = _parent(path)
    place = values.names.get(path, values.places.get(path, Place("")))
    shape = _shape(model, parent, error.tags) or model
    known = set(_keys(shape))
    if shape is MetricFront and name in set(_keys(KeyResultFront)) - known:
        return Problem(
            "unknown-key",
            f"`{name}` is a key of key results, and this is a metric",
            place,
            hint="It becomes a key result by `objective: id`, or in a folder with an objective.md.",
        )
    free = [key for key in known if step(parent, key) not in values.names]
    hint = way_out(name, free, are="Keys here") or f"Keys here: {', '.join(sorted(known))}."
    return Problem("unknown-key", f"unknown key `{path}`", place, hint=hint)


def _missing(model: type[BaseModel], values: Values, head: Place, error: _Error) -> Problem:
    parent, name = _parent(error.path)
    place = values.places.get(parent, head) if parent else head
    if not name:
        return Problem("wrong-value", f"`{parent}` has too few entries", place)
    return Problem(
        "missing-key", f"`{error.path}` is missing", place, hint=_about(name, _field(model, error.path, error.tags))
    )


def _about(name: str, description: str | None) -> str | None:
    name = _parent(name)[1] or name
    return f"{name}: {description}" if description else None


def _parent(path: str) -> tuple[str, str]:
    """ "a.b" -> ("a", "b"); "a[0]" -> ("a", "")."""
    if path.endswith("]"):
        return path[: path.rindex("[")], ""
    parent, _, name = path.rpartition(".")
    return parent, name


def _keys(shape: type[BaseModel]) -> Iterator[str]:
    return (info.alias or name for name, info in shape.model_fields.items())


def _field(model: type[BaseModel], path: str, tags: Sequence[str]) -> str | None:
    parent, name = _parent(path)
    shape = _shape(model, parent, tags)
    if shape is None:
        return None
    for field_name, info in shape.model_fields.items():
        if (info.alias or field_name) == name:
            return info.description
    return None


def _shape(model: type[BaseModel], path: str, tags: Sequence[str]) -> type[BaseModel] | None:
    """The model that describes the mapping at `path`; `tags` choose between the members of a union."""
    shape: type[BaseModel] | None = model
    for part in path.replace("]", "").replace("[", ".").split(".") if path else ():
        if shape is None or part.isdigit():
            continue
        info = next((info for name, info in shape.model_fields.items() if (info.alias or name) == part), None)
        if info is None:
            continue  # a free key, such as a person's: the shape is that of the values
        shape = _pick(list(_models(info.annotation)), tags)
    return shape


def _pick(shapes: list[type[BaseModel]], tags: Sequence[str]) -> type[BaseModel] | None:
    named = [shape for shape in shapes if shape.__name__ in tags]
    return next(iter(named or shapes), None)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
