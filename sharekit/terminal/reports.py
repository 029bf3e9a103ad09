"""Problems as text for people and editors, as JSON Lines and SARIF for tools, as annotations for
GitHub and GitLab. Pure.

Every text in a problem may come from a stranger's file, so nothing in it may move a cursor, forge a
line of a report or give a command to a CI system."""

from __future__ import annotations

import hashlib
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sharekit import __version__, escape
from sharekit.errors import Place, Problem, errors_among
from sharekit.escape import terminal_line

_WIDTH = 80
_INDENT = "    "
_WINDOW = 96
"""Characters of a long line that are shown around the place."""
_TAB = "    "

_RED, _YELLOW, _DIM, _BOLD, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[1m", "\x1b[0m"


def problem_counts(problems: Sequence[Problem]) -> str:
    """ "2 errors, 1 warning"; "no errors" where there is nothing at all."""
    errors = len(errors_among(problems))
    warnings = len(problems) - errors
    counts = [_count(errors, "error")] if errors or not warnings else []
    return ", ".join([*counts, *([_count(warnings, "warning")] if warnings else [])])


def verdict(problems: Sequence[Problem], *, ready: str, failed: str) -> str:
    """ "1 warning, no errors. Ready to build."."""
    errors = len(errors_among(problems))
    counts = f"{_count(len(problems) - errors, 'warning')}, {_count(errors, 'error')}"
    return f"  {counts[0].upper()}{counts[1:]}. {failed if errors else ready}"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


# -- for people -----------------------------------------------------------------------------------


def problems_text(problems: Sequence[Problem], *, color: bool = False) -> str:
    """Each problem as `file:line:column: error[code]: sentence`, the lines around its place, and
    how to fix it."""
    return "\n".join(_block(problem, color) for problem in problems)


def _block(problem: Problem, color: bool) -> str:
    paint = _RED if problem.severity == "error" else _YELLOW
    head = f"{_style(problem.severity, paint + _BOLD, color)}[{terminal_line(problem.code)}]"
    lines = [
        f"{_style(terminal_line(str(problem.place)), _DIM, color)}: {head}: {terminal_line(problem.message)}"
    ]
    if excerpt := list(_excerpt(problem, paint, color)):
        lines += ["", *excerpt]
    if problem.hint:
        lines += ["", *_hint_lines(problem.hint)]
    return "\n".join([*lines, ""])


def _style(text: str, codes: str, color: bool) -> str:
    return f"{codes}{text}{_PLAIN}" if color else text


def _hint_lines(hint: str) -> Iterator[str]:
    """A hint's sentences wrapped; what is indented is to be pasted, and stays as it is."""
    for line in hint.split("\n"):
        if line.startswith(" "):
            yield f"{_INDENT}{terminal_line(line)}"
            continue
        yield from textwrap.wrap(
            terminal_line(line), _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_long_words=False,
            break_on_hyphens=False, drop_whitespace=True,
        ) or [""]  # fmt: skip


def _excerpt(problem: Problem, paint: str, color: bool) -> Iterator[str]:
    """The numbered lines, with a caret below the place."""
    if not problem.excerpt:
        return
    gutter = len(str(problem.excerpt[-1][0]))
    lines = dict(problem.excerpt)
    start, length = _caret_place(lines.get(problem.place.line or 0, ""), problem.place)
    cut = max(0, start - _WINDOW // 2) if start + length > _WINDOW else 0
    for number, line in problem.excerpt:
        window = terminal_line(_without_tabs(line)[cut : cut + _WINDOW])
        if len(_without_tabs(line)) > cut + _WINDOW:
            window += "…"
        yield (
            f"{_INDENT}{_style(f'{number:>{gutter}} |', _DIM, color)} {'…' if cut else ''}{window}".rstrip()
        )
        if number == problem.place.line and length:
            beyond = max(0, start - len(_without_tabs(line)))
            before = (
                _columns(terminal_line(_without_tabs(line)[cut:start])) + beyond + (1 if cut else 0)
            )
            width = (
                min(_columns(terminal_line(_without_tabs(line)[start : start + length])), _WINDOW)
                or 1
            )
            carets = _style("^" * width, paint, color)
            yield f"{_INDENT}{_style(' ' * gutter + ' |', _DIM, color)} {' ' * before}{carets}"


def _caret_place(line: str, place: Place) -> tuple[int, int]:
    """Where the caret stands in the expanded line, and its length; the whole text of the line
    without a column."""
    if place.column is None:
        inside = _without_tabs(line)
        return len(inside) - len(inside.lstrip()), len(inside.strip())
    at = place.column - 1
    start = len(_without_tabs(line[:at])) + max(0, at - len(line))
    return start, max(1, len(_without_tabs(line[at : at + place.length])))


def _without_tabs(line: str) -> str:
    return line.replace("\t", _TAB)


def _columns(text: str) -> int:
    """Columns of a terminal: wide characters take two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


# -- for tools ------------------------------------------------------------------------------------


def json_lines(problems: Sequence[Problem]) -> str:
    """One JSON object a line: severity, code, message, path, line, column, length, hint, phase;
    absent is null."""
    return "".join(
        escape.to_json(_problem_document(problem), ascii_only=True) + "\n" for problem in problems
    )


def _problem_document(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "length": place.length if place.column is not None else None,
        "hint": problem.hint,
        "phase": problem.phase,
    }


def sarif(problems: Sequence[Problem]) -> str:
    """A SARIF 2.1.0 log (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), as code scanning takes
    it."""
    codes = list(dict.fromkeys(problem.code for problem in problems))
    run = {
        "tool": {
            "driver": {
                "name": "sharekit",
                "version": __version__,
                "rules": [{"id": code} for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes.index(problem.code)) for problem in problems],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return escape.to_json(log, indent=2, ascii_only=True) + "\n"


def _result(problem: Problem, rule: int) -> dict[str, Any]:
    physical: dict[str, Any] = {
        "artifactLocation": {
            "uri": escape.url_part(problem.place.path, safe="/"),
            "uriBaseId": "%SRCROOT%",
        }
    }
    place = problem.place
    if place.line is not None:
        region = {"startLine": place.line}
        if place.column is not None:
            region |= {"startColumn": place.column, "endColumn": place.column + place.length}
        physical["region"] = region
    message = f"{problem.message}. {problem.hint}" if problem.hint else problem.message
    return {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": message},
        "locations": [{"physicalLocation": physical}],
    }


def github(problems: Sequence[Problem]) -> str:
    """Workflow commands that GitHub shows as annotations beside the lines of a pull request."""
    return "".join(f"{_command(problem)}\n" for problem in problems)


def _command(problem: Problem) -> str:
    place = problem.place
    fields: dict[str, object] = {"file": place.path}
    if place.line is not None:
        fields["line"] = place.line
    if place.column is not None:
        fields |= {"col": place.column, "endColumn": place.column + place.length}
    fields["title"] = problem.code
    message = f"{problem.message}\n{problem.hint}" if problem.hint else problem.message
    properties = ",".join(
        f"{name}={escape.workflow_property(str(value))}" for name, value in fields.items()
    )
    return f"::{problem.severity} {properties}::{escape.workflow_data(message)}"


def gitlab(problems: Sequence[Problem]) -> str:
    """A Code Quality report, which GitLab shows beside the lines of a merge request.

    See https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""
    return escape.to_json([_issue(problem) for problem in problems], indent=1) + "\n"


def _issue(problem: Problem) -> dict[str, Any]:
    place = problem.place
    message = f"{problem.message}. {problem.hint or ''}".strip()
    mark = f"{problem.code}\0{place.path}\0{problem.message}"
    return {
        "description": terminal_line(message),
        "check_name": terminal_line(problem.code),
        "fingerprint": hashlib.sha256(mark.encode("utf-8", "surrogatepass")).hexdigest(),
        "severity": "major" if problem.severity == "error" else "minor",
        "location": {"path": terminal_line(place.path), "lines": {"begin": place.line or 1}},
    }


FORMATS: Mapping[str, Callable[[Sequence[Problem]], str]] = {
    "text": problems_text,
    "jsonl": json_lines,
    "sarif": sarif,
    "github": github,
    "gitlab": gitlab,
}
"""The report for each value of `--format`."""
