"""How many rows a changed filter leaves out or takes in, counted on DuckDB against a plain count in
Python."""

from __future__ import annotations

import duckdb
import pytest

from sharekit.sqldiff.differences.rows import row_changes, row_question
from tests.sqldiff.tables import open_tables

ALL = "SELECT count(*) AS value FROM flights"


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return open_tables(3, 200)


def said(database: duckdb.DuckDBPyConnection, before: str, after: str) -> list[str]:
    question = row_question(before, after)
    assert question is not None
    counts = database.execute(question.sql).fetchone()
    return [change.sentence for change in row_changes(question, counts or ())]


def rows(database: duckdb.DuckDBPyConnection, kept: str, failed: str) -> int:
    sql = f"SELECT ({kept}) AS kept, ({failed}) AS failed FROM flights"
    return sum(
        before is True and after is not True for before, after in database.execute(sql).fetchall()
    )


def test_a_filter_added(database: duckdb.DuckDBPyConnection) -> None:
    gone = rows(database, "TRUE", "origin <> 'JFK'")
    found = said(database, ALL, f"{ALL} WHERE origin <> 'JFK'")
    assert found == [f"{gone} of 200 rows no longer count: `origin <> 'JFK'` leaves them out"]
    unknown = rows(database, "origin IS NULL", "FALSE")
    assert 0 < unknown < gone  # rows whose origin is not known fail the condition too


def test_a_filter_taken_away_and_another_put_in(database: duckdb.DuckDBPyConnection) -> None:
    before, after = (
        "dep_delay > 3 AND NOT cancelled",
        "(NOT cancelled) AND distance BETWEEN 2 AND 7",
    )
    kept, now = (rows(database, part, "FALSE") for part in (before, after))
    lost, won = rows(database, before, after), rows(database, after, before)
    assert said(database, f"{ALL} WHERE {before}", f"{ALL} WHERE {after}") == [
        f"{lost} of {kept} rows no longer count: `distance BETWEEN 2 AND 7` leaves them out",
        f"{won} of {now} rows count now, without `dep_delay > 3`",
    ]


def test_a_bound_moved_leaves_rows_out_or_takes_them_in(
    database: duckdb.DuckDBPyConnection,
) -> None:
    low, high = f"{ALL} WHERE dep_delay > 10", f"{ALL} WHERE dep_delay > 15"
    between = rows(database, "dep_delay > 10", "dep_delay > 15")
    all_low = rows(database, "dep_delay > 10", "FALSE")
    assert said(database, low, high) == [
        f"{between} of {all_low} rows no longer count: `dep_delay > 15` leaves them out"
    ]
    assert said(database, high, low) == [
        f"{between} of {all_low} rows count now, without `dep_delay > 15`"
    ]


def test_a_filter_inside_a_step(database: duckdb.DuckDBPyConnection) -> None:
    step = (
        "WITH late AS (SELECT * FROM flights WHERE dep_delay > 15{}) SELECT count(*) AS n FROM late"
    )
    kept = rows(database, "dep_delay > 15", "FALSE")
    gone = rows(database, "dep_delay > 15", "origin IN ('JFK', 'LGA')")
    found = said(database, step.format(""), step.format(" AND origin IN ('JFK', 'LGA')"))
    assert found == [
        f"{gone} of {kept} rows no longer count: `origin IN ('JFK', 'LGA')` leaves them out"
    ]


def test_thousands_are_parted_and_code_cannot_end(database: duckdb.DuckDBPyConnection) -> None:
    question = row_question(ALL, f"{ALL} WHERE origin <> 'a`b'")
    assert question is not None
    (change,) = row_changes(question, (31000, 29796, 1204))
    assert (
        change.sentence == "1,204 of 31,000 rows no longer count: `origin <> 'a'b'` leaves them out"
    )
    assert row_changes(question, (31000, 31000, 0)) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ALL, ALL),
        (
            f"{ALL} WHERE dep_delay > 15 AND cancelled",
            f"{ALL} WHERE (cancelled) AND 15 < dep_delay",
        ),
        (f"{ALL}, carriers WHERE cancelled", f"{ALL}, carriers WHERE distance > 3"),
        (f"{ALL} WHERE cancelled", "SELECT count(*) AS value FROM orders WHERE cancelled"),
        (ALL, f"{ALL} WHERE carrier IN (SELECT code FROM carriers)"),
        (ALL, f"{ALL} WHERE random() < 0.5"),
        (ALL, f"{ALL} USING SAMPLE 10"),
        (
            "SELECT distance + 1 AS d, count(*) AS n FROM flights GROUP BY d",
            "SELECT distance + 1 AS d, count(*) AS n FROM flights WHERE d > 3 GROUP BY d",
        ),
        (ALL, "not sql ("),
        (ALL, f"{ALL} UNION ALL {ALL}"),
    ],
)
def test_what_cannot_be_counted_for_sure_is_not_asked(before: str, after: str) -> None:
    assert row_question(before, after) is None
