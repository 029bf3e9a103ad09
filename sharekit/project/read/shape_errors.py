"""pydantic's errors, one for each value that is wrong, and the shape that describes it.

A shape is checked against the JSON form of the values, strictly: text is no number and a number is
no text, so that what passes here is what the published JSON Schema accepts. pydantic reports every
member of a union that was tried; here only the one that the writer seems to have meant is left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, TypeVar, get_args

from msgspec import Struct, field
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sharekit.project.read.key_names import EXPECTED
from sharekit.project.read.values import child_path
from sharekit.project.shapes import JsonValue
from sharekit.records import replace

ShapeT = TypeVar("ShapeT", bound=BaseModel)
Steps = tuple[int | str, ...]


class ShapeError(Struct, frozen=True):
    """One value that does not fit its shape."""

    steps: Steps
    """Keys and indices that lead to the value, or to where a missing one should be."""
    type: str
    """pydantic's name of the error."""
    context: Mapping[str, Any] = field(default_factory=dict)
    value: JsonValue = None
    tags: tuple[str, ...] = ()
    """Names of the union members on the way."""
    kinds: tuple[str, ...] = ()
    """All that would have been possible, where a union is meant by none of its members."""
    of_key: bool = False
    """Whether it is the key that does not fit, not its value."""
    rest: Steps = ()
    """Part of pydantic's location that is still to be walked; empty in the end."""

    @property
    def path(self) -> str:
        """ "revisions[0].why"."""
        return reduce(child_path, self.steps, "")

    @property
    def missing(self) -> bool:
        return self.type == "missing"


def validate(model: type[ShapeT], value: JsonValue) -> ShapeT | tuple[ShapeError, ...]:
    """The value as `model`, or all that does not fit."""
    try:
        return model.model_validate_json(json.dumps(value), strict=True, by_name=False)
    except ValidationError as error:
        raw = [
            ShapeError((), detail["type"], detail.get("ctx", {}), rest=detail["loc"])
            for detail in error.errors(include_url=False)
        ]
        return tuple(_leaves(raw, value))


def _leaves(errors: Sequence[ShapeError], value: JsonValue) -> list[ShapeError]:
    """The errors below one value, with union members that were not meant left out."""
    leaves: list[ShapeError] = []
    below: dict[int | str, list[ShapeError]] = {}
    members: dict[str, list[ShapeError]] = {}
    for error in errors:
        if not error.rest or error.rest[0] == "[key]":
            leaves.append(replace(error, value=value, of_key=bool(error.rest), rest=()))
            continue
        first, further_steps = error.rest[0], error.rest[1:]
        if _holds(value, first) or (error.missing and not further_steps):
            below.setdefault(first, []).append(
                replace(error, steps=(*error.steps, first), rest=further_steps)
            )
        else:
            member = str(first)
            members.setdefault(member, []).append(
                replace(error, tags=(*error.tags, member), rest=further_steps)
            )
    for first, inside in below.items():
        leaves.extend(_leaves(inside, value[first]) if _holds(value, first) else inside)
    if members:
        depth = len(errors[0].steps)
        leaves.extend(
            _errors_of_intended_member(
                [_leaves(inside, value) for inside in members.values()], depth
            )
        )
    return leaves


def _errors_of_intended_member(members: list[list[ShapeError]], depth: int) -> list[ShapeError]:
    """Of the errors of each member of a union, those of the member that the writer seems to have
    meant.

    A member of another kind (text where a list stands) was not meant, if any other is of the right
    kind; of those, the one with the fewest errors was. Where none is of the right kind, one error
    names them all. `depth` is the number of steps to the value itself."""
    if any(error.type == "float_type" for errors in members for error in errors):
        members = [
            errors for errors in members if not any(map(_misspelled_number, errors))
        ] or members
    near = [
        errors
        for errors in members
        if any(len(error.steps) > depth or error.type not in EXPECTED for error in errors)
    ]
    if near or len(members) == 1:
        return min(near or members, key=len)
    all_errors = [error for errors in members for error in errors]
    context = {key: value for error in all_errors for key, value in error.context.items()}
    return [
        replace(all_errors[0], context=context, kinds=tuple(error.type for error in all_errors))
    ]


def _misspelled_number(error: ShapeError) -> bool:
    """Whether a text that fits no name was meant as a number: "80 %", "1,200"."""
    begun = str(error.value).lstrip(" +-€$£")[:1]
    return error.type == "string_pattern_mismatch" and begun.isdigit()


def _holds(value: JsonValue, first: int | str) -> bool:
    if isinstance(value, dict):
        return first in value
    return isinstance(value, list) and isinstance(first, int) and 0 <= first < len(value)


# -- the shape that describes a value -------------------------------------------------------------


def shape_at(model: type[BaseModel], steps: Steps, tags: Sequence[str]) -> type[BaseModel] | None:
    """The model of the mapping to which `steps` lead; `tags` choose between the members of a
    union."""
    shape: type[BaseModel] | None = model
    for step in steps:
        info = field_of(shape, step) if shape is not None and isinstance(step, str) else None
        if (
            info is not None
        ):  # otherwise an index or a free key, such as a person's: the shape stays that of the values
            shapes = list(_models(info.annotation))
            shape = next(
                (candidate for candidate in shapes if candidate.__name__ in tags),
                next(iter(shapes), None),
            )
    return shape


def field_of(shape: type[BaseModel], key: int | str) -> FieldInfo | None:
    """The declared field with this key."""
    return next(
        (info for name, info in shape.model_fields.items() if (info.alias or name) == key), None
    )


def keys_of(shape: type[BaseModel]) -> frozenset[str]:
    """All keys of a shape, as people write them."""
    return frozenset(info.alias or name for name, info in shape.model_fields.items())


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
