"""Problems on paper: for people, editors, CI systems; and no text in them can do more than be
read."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharekit.errors import Place, Problem
from sharekit.escape import terminal_line
from sharekit.terminal.reports import (
    FORMATS,
    github,
    json_lines,
    problem_counts,
    problems_text,
    sarif,
)

UNKNOWN = Problem(
    "unknown-key",
    "unknown key `onwer`",
    Place("metrics/on_time.sql", 3, 1, 5),
    hint="Did you mean `owner`?",
    excerpt=((2, "title: On time"), (3, "onwer: maria"), (4, 'unit: "%"')),
)
STALE = Problem(
    "stale", "this is 12 days old", Place("metrics/x.sql"), severity="warning", phase="data"
)


def test_the_first_line_is_where_editors_jump_to() -> None:
    assert (
        problems_text([UNKNOWN, STALE])
        == """\
metrics/on_time.sql:3:1: error[unknown-key]: unknown key `onwer`

    2 | title: On time
    3 | onwer: maria
      | ^^^^^
    4 | unit: "%"

    Did you mean `owner`?

metrics/x.sql: warning[stale]: this is 12 days old
"""
    )


def test_colour_repeats_what_words_say() -> None:
    coloured = problems_text([UNKNOWN], color=True)
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == problems_text([UNKNOWN])


@pytest.mark.parametrize(
    ("problems", "said"),
    [([], "no errors"), ([UNKNOWN], "1 error"), ([UNKNOWN] * 2, "2 errors"), ([STALE], "1 warning"),
     ([UNKNOWN, STALE, STALE], "1 error, 2 warnings")],
)  # fmt: skip
def test_summary(problems: list[Problem], said: str) -> None:
    assert problem_counts(problems) == said


def caret(line: str, column: int | None, length: int = 1) -> tuple[str, str]:
    """The printed line and the one below it, without their gutters."""
    problem = Problem("x", "y", Place("f", 1, column, length), excerpt=((1, line),))
    lines = [each[len("    1 | ") :] for each in problems_text([problem]).split("\n")[2:4]]
    return lines[0], lines[1]


@pytest.mark.parametrize(
    ("line", "column", "length", "below"),
    [
        ("target: 0.8", 9, 3, "        ^^^"),
        ("\ttarget: 0.8", 10, 3, "            ^^^"),
        ("東京: 羽田", 5, 2, "      ^^^^"),
        ("e\u0301te\u0301: x", 8, 1, "     ^"),
        ("short", 9, 1, "        ^"),
        ("short", 3, 99, "  ^^^"),
        ("  indented", None, 1, "  ^^^^^^^^"),
    ],
)
def test_the_caret_stands_below_what_is_meant(
    line: str, column: int | None, length: int, below: str
) -> None:
    assert caret(line, column, length)[1] == below


def test_a_long_line_is_shown_around_the_place() -> None:
    line = "a" * 500 + "WRONG" + "b" * 500
    shown, below = caret(line, 501, 5)
    assert len(shown) < 110
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert shown[below.index("^") :][:5] == "WRONG"


def test_hints_are_wrapped_and_keep_their_lines() -> None:
    problem = Problem("x", "y", Place("f"), hint="word " * 30 + "\n/* ---\ntitle: x\n--- */")
    lines = problems_text([problem]).split("\n")
    assert max(map(len, lines)) <= 80
    assert lines[-4:-1] == ["    /* ---", "    title: x", "    --- */"]


def test_what_is_to_be_pasted_is_not_wrapped() -> None:
    pasted = (
        '  reason: ""  # one of: world_changed, new_information, was_wrong, scope, data, or more'
    )
    lines = problems_text([Problem("x", "y", Place("f"), hint=f"Add:\n{pasted}")]).split("\n")
    assert lines[-2] == f"    {pasted}"


# -- nothing but text -----------------------------------------------------------------------------

NASTY = [
    "\x1b[2J\x1b[31mred",
    "\x9b31m",
    "a\rb",
    "a\nmetrics/y.sql:1:1: error[x]: forged",
    "\u202egnp.exe",
    "\u2066hidden\u2069",
    "\x00\x07\x08",
    "zero\u200bwidth",
    "\ud800",
    "::error file=x::forged",
    "%0A::set-output name=x::y",
    "a\u2028b",
]


@pytest.mark.parametrize("nasty", NASTY)
def test_a_terminal_obeys_nothing_in_a_report(nasty: str) -> None:
    problem = Problem(nasty, nasty, Place(nasty, 1, 1), hint=nasty, excerpt=((1, nasty),))
    for report in (
        problems_text([problem]),
        github([problem]),
        json_lines([problem]),
        sarif([problem]),
    ):
        assert not re.search(
            "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
            report,
        )
    assert len(json_lines([problem]).splitlines()) == 1


@given(st.text())
def test_harmless_text_is_one_line_that_prints(words: str) -> None:
    shown = terminal_line(words)
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    shown.encode()
    assert terminal_line(shown) == shown


@given(st.text(), st.text(min_size=1), st.text())
def test_no_text_begins_a_command_of_its_own(message: str, path: str, hint: str) -> None:
    problem = Problem("code", message, Place(path, 3, 4, 2), hint=hint)
    lines = github([problem]).split("\n")
    assert lines[1:] == [""]
    assert lines[0].startswith("::error file=")
    assert not re.search("[\r\x85\u2028\u2029\x0b\x0c]", lines[0])
    properties = lines[0].removeprefix("::error ").partition("::")[0].split(",")
    assert [each.partition("=")[0] for each in properties] == [
        "file",
        "line",
        "col",
        "endColumn",
        "title",
    ]


def test_annotations_say_where_and_how() -> None:
    assert (
        github([UNKNOWN, STALE])
        == "::error file=metrics/on_time.sql,line=3,col=1,endColumn=6,title=unknown-key::"
        "unknown key `onwer`%0ADid you mean `owner`?\n"
        "::warning file=metrics/x.sql,title=stale::this is 12 days old\n"
    )
    assert "file=a%2Cb%3Ac%25.sql" in github([Problem("x", "y", Place("a,b:c%.sql"))])


# -- for tools ------------------------------------------------------------------------------------


def test_json_lines_hold_every_part() -> None:
    first, second = map(json.loads, json_lines([UNKNOWN, STALE]).splitlines())
    assert first == {
        "severity": "error", "code": "unknown-key", "message": "unknown key `onwer`", "path": "metrics/on_time.sql",
        "line": 3, "column": 1, "length": 5, "hint": "Did you mean `owner`?", "phase": "file",
    }  # fmt: skip
    assert (second["line"], second["column"], second["length"], second["hint"], second["phase"]) == (
        None, None, None, None, "data",
    )  # fmt: skip


POSITIVE = {"type": "integer", "minimum": 1}
SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs", "$schema"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "properties": {"id": {"type": "string"}},
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {
                                    "required": ["text"],
                                    "properties": {"text": {"type": "string"}},
                                },
                                "locations": {
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "properties": {
                                                            "uri": {
                                                                "type": "string",
                                                                "pattern": "^[^\\s\\\\]*$",
                                                            },
                                                            "uriBaseId": {"type": "string"},
                                                        }
                                                    },
                                                    "region": {
                                                        "required": ["startLine"],
                                                        "additionalProperties": False,
                                                        "properties": {
                                                            "startLine": POSITIVE,
                                                            "startColumn": POSITIVE,
                                                            "endColumn": POSITIVE,
                                                        },
                                                    },
                                                },
                                            }
                                        }
                                    }
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""The parts of the SARIF 2.1.0 schema that our logs use, and no others."""


def test_sarif_has_the_shape_of_the_standard() -> None:
    odd = Problem("bad-name", "no name", Place("metrics/data/Flights 2013 ü#?.csv"))
    log = json.loads(sarif([UNKNOWN, STALE, odd, UNKNOWN]))
    jsonschema.Draft202012Validator(SARIF, format_checker=jsonschema.FormatChecker()).validate(log)
    run = log["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "unknown-key",
        "stale",
        "bad-name",
    ]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    first, second, third, _ = (
        result["locations"][0]["physicalLocation"] for result in run["results"]
    )
    assert first["region"] == {"startLine": 3, "startColumn": 1, "endColumn": 6}
    assert "region" not in second
    assert third["artifactLocation"]["uri"] == "metrics/data/Flights%202013%20%C3%BC%23%3F.csv"
    assert [result["level"] for result in run["results"]] == ["error", "warning", "error", "error"]


def test_no_problems_make_a_valid_report_too() -> None:
    documents = {"sarif", "gitlab"}
    assert [report([]) for name, report in FORMATS.items() if name not in documents] == [""] * 3
    assert json.loads(FORMATS["gitlab"]([])) == []
    jsonschema.validate(json.loads(sarif([])), SARIF)


def test_gitlab_gets_a_code_quality_report() -> None:
    issues = json.loads(FORMATS["gitlab"]([UNKNOWN, STALE]))
    assert [each["severity"] for each in issues] == ["major", "minor"]
    assert issues[0]["location"]["lines"]["begin"] == 3
    assert issues[1]["location"]["lines"]["begin"] == 1, (
        "a place without a line is the file's first"
    )
    assert len({each["fingerprint"] for each in issues}) == 2
    assert {each["check_name"] for each in issues} == {"unknown-key", "stale"}
