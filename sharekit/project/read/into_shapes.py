"""Values -> declared shapes, and what does not fit -> Problems in our words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel

from sharekit.errors import Place, Problem
from sharekit.project.read.did_you_mean import either, nearest
from sharekit.project.read.key_names import PATTERNS, choices, expected, shown_value, value_words
from sharekit.project.read.shape_errors import (
    ShapeError,
    ShapeT,
    Steps,
    keys_of,
    shape_at,
    validate,
)
from sharekit.project.read.values import ValueTree, child_path
from sharekit.project.shapes import JsonValue, KeyResultFront, MailConfig, MetricFront
from sharekit.project.shapes.descriptions import described_keys

MOST_MISFITS = 100
"""Keys and values of one text that are reported."""
_SECRET = re.compile(r"passw|secret|token|api_?key|credential", re.IGNORECASE)


def fit(
    model: type[ShapeT], values: ValueTree, head: Place
) -> tuple[ShapeT | None, tuple[Problem, ...]]:
    """The values as `model`, or all that does not fit. `head` is the place of what is missing at
    the top."""
    shape = validate(model, values.value)
    if isinstance(shape, tuple):
        return None, problems_of(model, values, head, shape)
    return shape, ()


def problems_of(
    model: type[BaseModel], values: ValueTree, head: Place, shape_errors: Sequence[ShapeError]
) -> tuple[Problem, ...]:
    """All that does not fit; beyond a hundred only how many there are, since looking for what was
    meant takes time."""
    problems = [
        problem_of(model, values, head, shape_error) for shape_error in shape_errors[:MOST_MISFITS]
    ]
    if more := len(shape_errors) - len(problems):
        problems.append(Problem("wrong-value", f"{more:,} more keys and values do not fit", head))
    return tuple(problems)


def problem_of(
    model: type[BaseModel], values: ValueTree, head: Place, shape_error: ShapeError
) -> Problem:
    """One value that does not fit, in our words and at its place."""
    path = shape_error.path
    place = values.places.get(path, head)
    if shape_error.of_key:
        return Problem(
            "bad-name", f"`{path}` {PATTERNS[_pattern(shape_error)]}", values.names.get(path, place)
        )
    if shape_error.type == "extra_forbidden":
        return _unknown_key(model, values, shape_error)
    if shape_error.missing:
        return _missing(model, values, head, shape_error)
    if shape_error.type == "json_invalid":
        return Problem(
            "bad-text", "this holds characters that are not text", head, hint="Type them again."
        )
    if shape_error.value is None or shape_error.value in ("", []):
        return Problem(
            "empty",
            f"`{path}` is empty" if path else "this is empty",
            place,
            hint=_description(model, shape_error),
        )
    if _pattern(shape_error).startswith("^env:"):
        out = (
            "It is a secret: put it into an environment variable, and write env: and that"
            " variable's name."
        )
        return Problem(
            "secret-in-file", f"`{path}` should name an environment variable", place, hint=out
        )
    code = "wrong-type" if shape_error.type.endswith("_type") else "wrong-value"
    message, hint = _sentence_and_hint(shape_error)
    if hint == f"Write [{shape_error.value}]." and _of_entries(model, shape_error):
        hint = _description(model, shape_error)  # a list of what stands there would be wrong again
    return Problem(code, message, place, hint=hint or _one_promise(model, shape_error))


def _one_promise(model: type[BaseModel], shape_error: ShapeError) -> str | None:
    """What to write where a key result is to follow a target that moves, as a metric can."""
    if not issubclass(model, KeyResultFront) or shape_error.steps != ("target",):
        return None
    if isinstance(shape_error.value, list):
        return "Write the last of them as `target`, and the earlier ones as `pace: [{on, value}]`."
    if isinstance(shape_error.value, str):
        return (
            "A key result promises one number for the last day of its period: write it. A metric"
            f" outside a key result can have `target: {shape_error.value}`."
        )
    return None


def _of_entries(model: type[BaseModel], shape_error: ShapeError) -> bool:
    """Whether the value should be a list of entries, each with keys of its own."""
    inside = shape_at(model, shape_error.steps, shape_error.tags)
    return inside is not None and inside is not shape_at(
        model, shape_error.steps[:-1], shape_error.tags
    )


def _sentence_and_hint(shape_error: ShapeError) -> tuple[str, str | None]:
    what, value = f"`{shape_error.path}`" if shape_error.steps else "this", shape_error.value
    if shape_error.type == "string_pattern_mismatch":
        return f"{what} {PATTERNS[_pattern(shape_error)]}, and {shown_value(value)} is not", None
    kinds = shape_error.kinds or (shape_error.type,)
    expectation = either(dict.fromkeys(expected(kind, shape_error.context) for kind in kinds))
    hint = _quick_fix(kinds, value)
    if shape_error.type == "literal_error" and isinstance(value, str):
        near = nearest(value, choices(shape_error.context), 1)
        hint = f"Did you mean `{near[0]}`?" if near else None
    return f"{what} should be {expectation}, and {value_words(shape_error.type, value)}", hint


def _quick_fix(kinds: tuple[str, ...], value: JsonValue) -> str | None:
    """What to write instead, where that is plain to see."""
    if "string_type" in kinds and isinstance(value, bool | int | float):
        return f'Put it in quotes: "{shown_value(value)}".'
    if "string_type" in kinds and isinstance(value, dict) and len(value) == 1:
        return "A colon followed by a space begins a value: put the whole text in quotes."
    if "float_type" in kinds and isinstance(value, str):
        text = value.strip()
        if text.endswith("%") and (number := _number(text[:-1])) is not None:
            return f'Write {number / 100:g}: with the unit "%", values are shares.'
        plain = text.replace(",", "").replace("_", "").replace(" ", "")
        if _number(plain) is not None:
            return f"Write {plain}, without quotes."
    if "list_type" in kinds and isinstance(value, str | int | float):
        return f"Write [{value}]."
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _pattern(shape_error: ShapeError) -> str:
    return str(shape_error.context.get("pattern"))


def _unknown_key(model: type[BaseModel], values: ValueTree, shape_error: ShapeError) -> Problem:
    parent, name, path = shape_error.steps[:-1], str(shape_error.steps[-1]), shape_error.path
    place = values.names.get(path, values.places.get(path, Place("")))
    shape = shape_at(model, parent, shape_error.tags) or model
    if shape is MetricFront and name in keys_of(KeyResultFront):
        return Problem(
            "unknown-key",
            f"`{name}` is a key of key results, and this is a metric",
            place,
            hint="To make it a key result, write `objective: id`, or move it into a folder with an objective.md.",
        )
    if _SECRET.search(name):
        env = "SHAREKIT_SMTP_PASSWORD" if shape is MailConfig else "the environment"
        hint = (
            f"Secrets come from {env} alone. Take it out, and change it: it is in this file's"
            " history."
        )
        return Problem("secret-in-file", f"`{path}` does not belong in a file", place, hint=hint)
    keys, above = keys_of(shape), _path(parent)
    free = [key for key in keys if child_path(above, key) not in values.names]
    near = nearest(name, free) or nearest(name, keys)
    hint = (
        f"Did you mean {either(f'`{key}`' for key in near)}?"
        if near
        else f"Keys here: {', '.join(sorted(free or keys))}."
    )
    return Problem("unknown-key", f"unknown key `{path}`", place, hint=hint)


def _missing(
    model: type[BaseModel], values: ValueTree, head: Place, shape_error: ShapeError
) -> Problem:
    above = _path(shape_error.steps[:-1])
    place = values.places.get(above, head) if above else head
    if isinstance(shape_error.steps[-1], int):
        about = _description(model, ShapeError(shape_error.steps[:-1], "", tags=shape_error.tags))
        return Problem("wrong-value", f"`{above}` has too few entries", place, hint=about)
    return Problem(
        "missing-key",
        f"`{shape_error.path}` is missing",
        place,
        hint=_description(model, shape_error),
    )


def _description(model: type[BaseModel], shape_error: ShapeError) -> str | None:
    """What the key is for, from its declaration."""
    if not shape_error.steps or not isinstance(shape_error.steps[-1], str):
        return None
    shape = shape_at(model, shape_error.steps[:-1], shape_error.tags)
    key = shape_error.steps[-1]
    described = described_keys(shape) if shape else {}
    return f"{key}: {text}" if (text := described.get(key)) else None


def _path(steps: Steps) -> str:
    return ShapeError(steps, "").path
