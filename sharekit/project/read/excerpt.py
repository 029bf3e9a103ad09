"""The lines of a file around a place, for printed problems."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sharekit.errors import Place, Problem
from sharekit.records import replace

_BEFORE, _AFTER = 2, 1
_LONGEST = 2_000
"""Characters kept of one line; longer ones are data, not something to read."""
_SECRET = re.compile(
    r"""((?:passw\w*|secret\w*|token\w*|api_?key|credential\w*)["']?\s*[=:]\s*)(?!["']?env:).+""",
    re.I,
)
_IN_URL = re.compile(
    r"(://)[^/@\s]+@|(https?://[^/\s]*(?:hook|webhook)[^/\s]*/)[^\s\"']+|(https?://[^\s\"']*/webhook\w*/)[^\s\"']+"
)


def _excerpt(text: str, place: Place) -> tuple[tuple[int, str], ...]:
    """Numbered lines around a place; () where its line is not known or not there."""
    if place.line is None:
        return ()
    lines = text.split("\n")
    at = place.line - 1
    if not 0 <= at < len(lines):
        return ()
    first, last = max(0, at - _BEFORE), min(len(lines) - 1, at + _AFTER)
    config = place.path.endswith(".toml")
    while last > at and not lines[last].strip():
        last -= 1
    excerpt_lines = [_without_secrets(line) if config else line for line in lines[first : last + 1]]
    return tuple((index, line[:_LONGEST]) for index, line in enumerate(excerpt_lines, first + 1))


def _without_secrets(line: str) -> str:
    """A line of configuration without what looks like a secret: excerpts end up in logs of CI
    systems."""
    line = _SECRET.sub(r"\1…", line)
    return _IN_URL.sub(
        lambda match: f"{match[1] or match[2] or match[3]}…{'@' if match[1] else ''}", line
    )


def with_excerpt(problem: Problem, files: Mapping[str, str]) -> Problem:
    """The problem with its excerpt, where the file's text is known and it has none yet."""
    text = files.get(problem.place.path)
    if problem.excerpt or text is None:
        return problem
    return replace(problem, excerpt=_excerpt(text, problem.place))
