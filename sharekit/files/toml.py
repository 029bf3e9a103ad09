"""TOML text -> values, in time and memory that grow with the text: one place for all who read a
configuration.

tomllib takes time by the square of a key's parts and ends in RecursionError on deep nesting. Both
are read from the text beforehand. Standard library only."""

from __future__ import annotations

import re
import tomllib
from typing import Any

LARGEST = 1_000_000
"""Characters."""
MOST_PARTS = 16
"""Parts of one key: a.b.c has three."""
DEEPEST = 40
"""Brackets inside each other."""

_QUOTED = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+"{3,5}|'
    r"'''(?:[^']|'(?!''))*+'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*+"|'
    r"'[^'\n]*+'",
    re.DOTALL,
)
_TOKEN = re.compile(r"""#[^\n]*|["'\[\]{}.=,\n]""")


class TomlError(ValueError):
    """The text is no TOML that is read here. The message is tomllib's, or names the limit."""


def parse_toml(text: str) -> dict[str, Any]:
    """The whole document. Raises TomlError."""
    if len(text) > LARGEST:
        raise TomlError(f"it has more than {LARGEST:,} characters")
    _refuse_bottomless(text)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise TomlError(str(error)) from None


def _refuse_bottomless(text: str) -> None:
    """Raise TomlError where keys have too many parts or brackets are nested too deeply. Wrong text
    is left to tomllib."""
    key_parts, depth, at = 1, 0, 0
    while match := _TOKEN.search(text, at):
        at, token = match.end(), match.group()
        if token in "\"'":
            quoted = _QUOTED.match(text, match.start())
            if quoted is None:
                return
            at = quoted.end()
        elif token == ".":
            key_parts += 1
        else:
            key_parts = 1
            depth += (token in "[{") - (token in "]}")
        if key_parts > MOST_PARTS or depth > DEEPEST:
            line = text.count("\n", 0, match.start()) + 1
            what = (
                f"a key has more than {MOST_PARTS} parts"
                if key_parts > MOST_PARTS
                else "brackets are nested too deeply"
            )
            raise TomlError(
                f"{what} (at line {line}, column"
                f" {match.start() - text.rfind(chr(10), 0, match.start())})"
            )
