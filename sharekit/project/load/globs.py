"""Paths with wildcards: `*` and `?` inside one folder, `**` across folders, `[a-c]` sets. Pure."""

from __future__ import annotations

import re

_WILD = re.compile(r"[*?\[]")


def glob_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern that whole POSIX paths match."""
    parts = pattern.removeprefix("./").split("/")
    text = ""
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            text += ".*" if last else "(?:[^/]+/)*"
            continue
        text += _segment(part) + ("" if last else "/")
    return re.compile(text + r"\Z", re.DOTALL)


def is_glob(pattern: str) -> bool:
    return _WILD.search(pattern) is not None


def folder_before_glob(pattern: str) -> str:
    """The folder that holds everything a pattern can match, "" for the project's own."""
    parts = pattern.removeprefix("./").split("/")
    plain = next((index for index, part in enumerate(parts) if is_glob(part)), len(parts) - 1)
    return "/".join(parts[:plain])


def depth(pattern: str) -> int:
    """How many folders deep a pattern reaches; a hundred where it has `**`."""
    parts = [part for part in pattern.removeprefix("./").split("/") if part]
    return 100 if "**" in parts else len(parts)


def _segment(part: str) -> str:
    text, at = "", 0
    while at < len(part):
        letter = part[at]
        close = part.find("]", at + 2) if letter == "[" else -1
        if letter == "*":
            text += "[^/]*"
        elif letter == "?":
            text += "[^/]"
        elif close > 0:
            text += _set(part[at + 1 : close])
            at = close
        else:
            text += re.escape(letter)
        at += 1
    return text


def _set(inside: str) -> str:
    """One character of a set; a set that makes no sense stands for itself."""
    negative = inside.startswith("!")
    members = re.escape(inside[negative:]).replace(r"\-", "-")
    text = f"[^{members}/]" if negative else f"[{members}]"
    try:
        re.compile(text)
    except re.error:
        return re.escape(f"[{inside}]")
    return text
