"""Paths with wildcards: `*` and `?` inside one folder, `**` across folders, `[a-c]` sets. Pure."""

from __future__ import annotations

import re

_WILD = re.compile(r"[*?\[]")


def glob_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern that whole POSIX paths match, in time that grows with the path however many
    wildcards there are.

    What stands between two wildcards is looked for from the left and its first place is final,
    which loses nothing: a later place would only leave less for the rest."""
    groups: list[list[str]] = [[]]
    for folder_or_name in pattern.removeprefix("./").split("/"):
        if folder_or_name != "**":
            groups[-1].append(_segment(folder_or_name))
        elif groups[-1] or len(groups) == 1:  # several ** in a row are one
            groups.append([])
    first, *rest = ["".join(f"{segment}/" for segment in group) for group in groups]
    if not rest:
        return re.compile(first.removesuffix("/") + r"\Z", re.DOTALL)
    *middle, last = rest
    text = first + "".join(f"(?>(?:[^/]+/)*?{group})" for group in middle)
    text += f"(?:[^/]+/)*{last.removesuffix('/')}" if last else ".*"
    return re.compile(text + r"\Z", re.DOTALL)


def is_glob(pattern: str) -> bool:
    return _WILD.search(pattern) is not None


def folder_before_glob(pattern: str) -> str:
    """The folder that holds everything a pattern can match, "" for the project's own."""
    segments = pattern.removeprefix("./").split("/")
    plain = next(
        (index for index, segment in enumerate(segments) if is_glob(segment)), len(segments) - 1
    )
    return "/".join(segments[:plain])


def depth(pattern: str) -> int:
    """How many folders deep a pattern reaches; a hundred where it has `**`."""
    segments = [segment for segment in pattern.removeprefix("./").split("/") if segment]
    return 100 if "**" in segments else len(segments)


def _segment(segment: str) -> str:
    """The pattern of one folder's or file's name."""
    pieces, at = [""], 0
    while at < len(segment):
        letter = segment[at]
        close = segment.find("]", at + 2) if letter == "[" else -1
        if letter == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif letter == "?":
            pieces[-1] += "[^/]"
        elif close > 0:
            pieces[-1] += _set(segment[at + 1 : close])
            at = close
        else:
            pieces[-1] += re.escape(letter)
        at += 1
    first, *rest = pieces
    return (
        first
        + "".join(f"(?>[^/]*?{piece})" for piece in rest[:-1])
        + "".join(f"[^/]*{last}" for last in rest[-1:])
    )


def _set(inside: str) -> str:
    """One character of a set; a set that makes no sense stands for itself."""
    negative = inside.startswith("!")
    members = _hyphens_escaped(re.escape(inside[negative:]).replace(r"\-", "-"))
    text = f"[^{members}/]" if negative else f"[{members}]"
    try:
        re.compile(text)
    except re.error:
        return re.escape(f"[{inside}]")
    return text


def _hyphens_escaped(members: str) -> str:
    """A hyphen that begins or ends a range, apart from the one between: two together mean a
    difference of sets to later versions of Python."""
    start, rest = (r"\-", members[1:]) if members.startswith("--") else ("", members)
    return start + rest.replace("--", r"-\-")
