"""Words for what a declared value should be and what it is instead. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sharekit.project.read.did_you_mean import either
from sharekit.project.shapes import MEMORY, JsonValue

EXPECTED: Mapping[str, str] = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "date_type": "a date such as 2013-11-04",
    "date_parsing": "a date such as 2013-11-04",
    "date_from_datetime_parsing": "a date such as 2013-11-04",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "literal_error": "",
}
"""pydantic's names of wrong kinds of value -> what is expected, in our words."""

_LIMITS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}

PATTERNS: Mapping[str, str] = {
    r"^[a-z][a-z0-9_]*$": "should be lower snake case, such as on_time_departures",
    r"^_[a-z][a-z0-9_]*$": "should be lower snake case after a first underscore, such as _operated",
    r"^[a-z0-9][a-z0-9_-]*$": (
        "should be lower case letters, digits, hyphens and underscores, such as 2013-q4-punctual"
    ),
    r"^[^@\s<>]+@[^@\s<>]+$": "should be an e-mail address, such as maria@ports.example",
    r"^env:[A-Z][A-Z0-9_]*$": "should name an environment variable, such as env:SLACK_URL",
    r"^([01]\d|2[0-3]):[0-5]\d$": "should be a time of day, such as 09:00",
    MEMORY: "should be an amount of memory of 10MB or more, such as 2GB",
    r"^[1-9]\d{0,3} (minute|hour|day)s?$": "should be a span of time, such as 1 hour",
    r"^(https://|s3://|gs://|az://|env:[A-Z][A-Z0-9_]*$)": (
        "should begin with https://, s3://, gs:// or az://, or be env:NAME"
    ),
    r"^(metrics\.)?[A-Za-z_][A-Za-z0-9_ ]*$": (
        "should be a number, a column such as plan, or one such as metrics.plan"
    ),
    r"^[A-Za-z_][A-Za-z0-9_ ]*$": "should be a target for each member, or a column such as goal",
    r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$": (
        "should be a column of a source or view, such as carriers.name"
    ),
    r"^[1-9]\d{0,3} (days?|weeks?)$": "should be a number of days or weeks, such as 3 days",
    r"^[1-9]\d* (minute|hour|day)s?$": "should be a time, such as 6 hours",
    r"\S": "should be more than spaces",
}
"""Patterns in `declared` -> what they ask for. A test holds the two together."""

_LONGEST = 40


def expected(kind: str, context: Mapping[str, Any]) -> str:
    """What one of pydantic's errors asks for: "a number", "at most 10", "up, down or none"."""
    if kind == "literal_error":
        return either(choices(context))
    if kind in _LIMITS:
        limit_words, key = _LIMITS[kind]
        limit = context.get(key)
        return (
            f"{limit_words} {limit:g}"
            if isinstance(limit, int | float)
            else f"{limit_words} {limit}"
        )
    if kind == "finite_number":
        return "a finite number"
    if kind in ("too_long", "too_short"):
        most, least = context.get("max_length"), context.get("min_length")
        return f"a list of at most {most}" if kind == "too_long" else f"a list of at least {least}"
    if kind == "string_too_long":
        return f"at most {context.get('max_length')} characters long"
    return EXPECTED.get(kind) or "something else"


def choices(context: Mapping[str, Any]) -> list[str]:
    """The values that a closed list allows, out of pydantic's own wording of it."""
    return [
        choice.strip("' ")
        for choice in str(context.get("expected", "")).replace(" or ", ", ").split(",")
    ]


def value_words(kind: str, value: JsonValue) -> str:
    """The value as found, as the sentence's end: `"80 %" is text`, `"upp" is none of them`, `0 is
    not`."""
    if isinstance(value, list | dict):
        return f"this is {'a list' if isinstance(value, list) else 'keys and values'}"
    if not kind.endswith("_type") and value is not None:
        return f"{shown_value(value)} is {'none of them' if kind == 'literal_error' else 'not'}"
    name = (
        "text"
        if isinstance(value, str)
        else "true or false"
        if isinstance(value, bool)
        else "a number"
    )
    return f"{shown_value(value)} is {name}" if value is not None else "nothing is there"


def shown_value(value: str | int | float | bool) -> str:
    """A value as people would write it, cut where it is long."""
    if isinstance(value, str):
        line = value.replace("\n", " ")
        return f'"{line}"' if len(line) <= _LONGEST else f'"{line[: _LONGEST - 1]}…"'
    return str(value).lower() if isinstance(value, bool) else f"{value:.15g}"
