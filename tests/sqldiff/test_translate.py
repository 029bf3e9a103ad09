"""A query in another dialect: its tables under their names there, and what to look at in it."""

from __future__ import annotations

import pytest

from sharekit.sqldiff.translate import tables_read, translate

DAILY = "SELECT day, sum(late) AS late FROM metrics._daily JOIN shops USING (shop) GROUP BY day"


def doubts(sql: str) -> str:
    return " ".join(translate(sql, before="duckdb", after="postgres").doubts)


def test_a_table_is_renamed_as_the_query_names_it() -> None:
    names = {"metrics._daily": "sales.daily", "shops": "sales.shops"}
    sql = translate(DAILY, before="duckdb", after="postgres", tables=names).sql
    assert "FROM sales.daily AS _daily" in sql
    assert "JOIN sales.shops AS shops" in sql


def test_steps_are_no_tables() -> None:
    sql = f"WITH step AS ({DAILY}) SELECT * FROM step"
    assert tables_read(sql, "duckdb") == ("metrics._daily", "shops")


@pytest.mark.parametrize(
    ("sql", "doubt"),
    [
        ("SELECT a, count(*) AS n FROM t GROUP BY ALL", "GROUP BY ALL"),
        ("SELECT sum(a) AS x, sum(b) AS y, x / y AS value FROM t", "names used beside"),
        (DAILY, "metrics.*"),
    ],
)
def test_what_not_every_engine_knows_is_said(sql: str, doubt: str) -> None:
    assert doubt in doubts(sql)


def test_a_name_inside_an_aggregate_is_the_column_of_the_table() -> None:
    assert "names used beside" not in doubts("SELECT sum(a) AS a, sum(a) / sum(b) AS v FROM t")
