"""The entry of a new source, as lines of TOML. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping

from sharekit.errors import SharekitError

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def options(lines: Iterable[str]) -> dict[str, object]:
    """What people wrote as `--option 'decimal = ","'`. Raises SharekitError."""
    options_read: dict[str, object] = {}
    for line in lines:
        key, mark, value = (part.strip() for part in line.partition("="))
        try:
            read = tomllib.loads(f"{key} = {value}")
        except tomllib.TOMLDecodeError:
            try:
                read = tomllib.loads(
                    f"{key} = {json.dumps(value)}"
                )  # a shell takes quotes away: decimal=,
            except tomllib.TOMLDecodeError:
                read = {}
        if not mark or not read:
            raise SharekitError(
                f"{line} is not an option",
                hint="Write it as in sharekit.toml: --option 'decimal = \",\"'.",
            )
        options_read |= read
    return options_read


def entry(name: str, values: Mapping[str, object], *, pyproject: bool) -> str:
    """The lines of [sources.NAME]."""
    table = f"[tool.sharekit.sources.{name}]" if pyproject else f"[sources.{name}]"
    return "\n".join([table, *(f"{key} = {_value(value)}" for key, value in values.items())]) + "\n"


def appended(text: str, name: str, values: Mapping[str, object], *, pyproject: bool) -> str:
    """A configuration with the entry at its end. Raises SharekitError where it does not say so
    then."""
    lines = entry(name, values, pyproject=pyproject)
    new_text = f"{text.rstrip()}\n\n{lines}" if text.strip() else lines
    try:
        read = tomllib.loads(new_text)
        config = read["tool"]["sharekit"] if pyproject else read
        if config["sources"][name] == dict(values):
            return new_text
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        pass
    raise SharekitError(
        "the entry cannot be put at the end of the configuration",
        hint=f"Add it yourself:\n\n{lines}",
    )


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return (
            "{ "
            + ", ".join(f"{_key(str(key))} = {_value(item)}" for key, item in value.items())
            + " }"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)
