"""`sharekit sql`: what a person types becomes queries, and rows become text for eyes and for
programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime

import pytest

from sharekit.errors import QueryError
from sharekit.numbers.results import Column, Rows
from sharekit.terminal.console import failure_text, rows_text, statements

ROWS = Rows(
    (
        Column("origin", "VARCHAR", "text"),
        Column("on", "DATE", "date"),
        Column("share", "DOUBLE", "number"),
    ),
    (("JFK", date(2013, 11, 11), 0.875), ('=HYPERLINK("x")', None, 12.0)),
)


def typed(lines: Iterable[str | BaseException]) -> Callable[[str], str]:
    pending = iter(lines)

    def read(prompt: str) -> str:
        line = next(pending, EOFError())
        if isinstance(line, BaseException):
            raise line
        return line

    return read


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["SELECT 1;"], ["SELECT 1"]),
        (["SELECT 1", "FROM flights", ";"], ["SELECT 1\nFROM flights\n"]),
        (["SELECT 1", "FROM flights", ""], ["SELECT 1\nFROM flights\n"]),
        (["", ".tables", "SELECT 1"], [".tables", "SELECT 1"]),
        (["SELECT", KeyboardInterrupt(), "SELECT 2;"], ["SELECT 2"]),
        ([], []),
    ],
)
def test_lines_become_statements(lines: list[str | BaseException], said: list[str]) -> None:
    assert list(statements(typed(lines))) == said


def test_table_for_eyes() -> None:
    assert rows_text(ROWS, "table").splitlines() == [
        "origin           on          share",
        "JFK              2013-11-11  0.875",
        '=HYPERLINK("x")                 12',
        "",
        "2 rows",
    ]


def test_screen_shows_the_first_rows_and_says_so_and_a_pipe_gets_all() -> None:
    many = Rows((Column("n", "INTEGER", "number"),), tuple((n,) for n in range(1000)))
    screen = rows_text(many, "table", width=80).splitlines()
    assert screen[-1] == "1,000 rows, the first 200 shown; --format csv gives all"
    assert len(screen) == 1 + 200 + 2
    assert len(rows_text(many, "table").splitlines()) == 1 + 1000 + 2


def test_csv_is_read_back_and_runs_no_formula() -> None:
    read = list(csv.reader(io.StringIO(rows_text(ROWS, "csv"))))
    assert read == [
        ["origin", "on", "share"],
        ["JFK", "2013-11-11", "0.875"],
        ['\'=HYPERLINK("x")', "", "12"],
    ]


def test_json_is_read_back() -> None:
    names = (Column("n", "INTEGER", "number"), Column("n", "TIMESTAMP", "timestamp"))
    twice = Rows(names, ((1, datetime(2013, 11, 22, 9)),))
    assert json.loads(rows_text(twice, "json")) == [{"n": 1, "n_2": "2013-11-22T09:00:00"}]
    assert json.loads(rows_text(ROWS, "json"))[1] == {
        "origin": '=HYPERLINK("x")',
        "on": None,
        "share": 12.0,
    }
    assert json.loads(rows_text(Rows(names, ()), "json")) == []


def test_failure_points_at_the_spot() -> None:
    error = QueryError(
        "no column `orgin`", line=2, column=3, length=5, hint="Did you mean `origin`?"
    )
    assert failure_text(error, "SELECT\n  orgin\nFROM flights").splitlines() == [
        "  [x] no column `orgin`",
        "",
        "      2 |   orgin",
        "        |   ^^^^^",
        "",
        "      Did you mean `origin`?",
    ]
