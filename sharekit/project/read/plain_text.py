"""Bytes of a declared file -> its text, or why they are none. Pure."""

from __future__ import annotations

import re

from sharekit.errors import Place, Problem

LARGEST = 1_000_000
"""Bytes. People write declared files by hand."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that make a reviewer see another order than the computer reads."""


def decode(content: bytes, path: str) -> str | Problem:
    """UTF-8, with or without a byte order mark; lines end in a line feed afterwards."""
    if len(content) > LARGEST:
        return Problem(
            "file-too-large",
            f"the file has {len(content):,} bytes; the limit is {LARGEST:,}",
            Place(path),
            hint="Data belongs in metrics/data/.",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", errors="replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return Problem(
            "not-utf-8",
            "this is not UTF-8 text",
            Place(path, line, column),
            hint="Save the file as UTF-8.",
        )
    return clean_text(text, path)


def clean_text(text: str, path: str) -> str | Problem:
    """The text with line feeds alone as line ends, or the problem of a character that should not be
    there."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    bad = _CONTROL.search(text) or (None if path.endswith(".md") else _HIDDEN.search(text))
    if bad is None:
        return text
    place = Place(
        path, text.count("\n", 0, bad.start()) + 1, bad.start() - text.rfind("\n", 0, bad.start())
    )
    return Problem(
        "control-character",
        f"a character here cannot be seen: U+{ord(bad.group()):04X}",
        place,
        hint="Delete it, and type the text around it again.",
    )
