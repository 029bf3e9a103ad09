"""The guard of each dialect, against what it must not let through and what people write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
import sqlglot
from sampling import mostly_slow
from sqlglot import exp

from sharekit.engines.remote.guard import EngineRules
from sharekit.errors import QueryError
from sharekit.project.shapes.configuration import EngineDialect

CORPUS = Path(__file__).parent / "guard"
DAY = date(2025, 11, 20)


def fence(dialect: str) -> EngineRules:
    allow = ("orders", "returns", "customers") if dialect == "sqlite" else ("analytics.*",)
    return EngineRules("warehouse", dialect, allow, ("analytics.fiscal_week",))


def lines(name: str) -> list[str]:
    path = CORPUS / f"{name}.txt"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def attacks() -> Iterator[tuple[str, str]]:
    for dialect in get_args(EngineDialect):
        yield from ((dialect, sql) for sql in lines(f"attacks_{dialect}"))


def fine() -> Iterator[tuple[str, str]]:
    for dialect in get_args(EngineDialect):
        common = [sql for sql in lines("fine_common") if dialect != "bigquery" or "''" not in sql]
        if dialect == "sqlite":
            common = [sql.replace("analytics.", "") for sql in common]
        yield from ((dialect, sql) for sql in (*common, *lines(f"fine_{dialect}")))


@pytest.mark.parametrize(("dialect", "sql"), mostly_slow(attacks(), quick=60))
def test_what_does_more_than_read_is_refused(dialect: str, sql: str) -> None:
    with pytest.raises(QueryError) as refused:
        fence(dialect).guarded(sql, DAY)
    assert refused.value.fault in ("refused", "syntax")
    assert refused.value.hint or refused.value.fault == "syntax"


@pytest.mark.parametrize(("dialect", "sql"), mostly_slow(attacks(), quick=20))
def test_no_comment_or_case_opens_a_way(dialect: str, sql: str) -> None:
    """The same attacks, spelled and surrounded otherwise."""
    for other in (
        sql.upper(),
        f"/* x */ {sql} -- y",
        sql.replace(" ", "\n"),
        f"({sql})",
        f"{sql} /*! union select 1 */",
    ):
        with pytest.raises(QueryError):
            fence(dialect).guarded(other, DAY)
    with pytest.raises(QueryError):
        fence(dialect).guarded(f"with q as ({sql}) select * from q", DAY)


@pytest.mark.parametrize(("dialect", "sql"), mostly_slow(fine(), quick=40))
def test_what_people_write_passes(dialect: str, sql: str) -> None:
    passed = fence(dialect).guarded(sql, DAY)
    assert "--" not in passed.sent.text.replace("; -- no comment", "")
    assert "/*" not in passed.sent.text
    assert "as_of" not in passed.sent.text


def test_comments_are_not_sent() -> None:
    sql = "select /* sleep(9), */ 1 as a # , sleep(9)\n, 2 as b -- , sleep(9)"
    assert fence("mysql").guarded(sql, DAY).sent.text.split() == [
        "select",
        "1",
        "as",
        "a",
        ",",
        "2",
        "as",
        "b",
    ]


@pytest.mark.parametrize("mark", ["/*!", "/*!50000", "/*M!100000"])
def test_a_comment_that_a_server_would_run_is_refused_where_it_stands(mark: str) -> None:
    with pytest.raises(QueryError, match="the server would run what follows") as refused:
        fence("mysql").guarded(f"select 1 as a,\n  2 as b {mark} , sleep(9) */", DAY)
    assert (refused.value.line, refused.value.column) == (2, 10)
    assert fence("mysql").guarded(f"select '{mark}' as a", DAY)


def test_tables_about_tables_are_no_tables() -> None:
    """`*` means the keeper's tables; a name that is written whole is read."""
    for dialect, name in (("bigquery", "analytics.__TABLES__"), ("trino", 'analytics."o$files"')):
        with pytest.raises(QueryError, match="not among those allowed"):
            fence(dialect).guarded(f"select * from {name}", DAY)
    whole = EngineRules("w", "trino", ("analytics.o$files",))
    assert whole.guarded('select * from analytics."o$files"', DAY)


@pytest.mark.parametrize("dialect", ["sqlite", "clickhouse"])
@pytest.mark.parametrize("listed", ["salaries", "hr.salaries", "(hr.salaries)", "f(1)"])
def test_a_table_after_in_is_seen(dialect: str, listed: str) -> None:
    """`id IN salaries` reads a table without any FROM in SQLite and in ClickHouse."""
    if (dialect, listed) == ("sqlite", "(hr.salaries)"):
        assert fence(dialect).guarded(f"select id in {listed} as v from orders as hr", DAY)
        return
    table = "orders" if dialect == "sqlite" else "analytics.orders"
    with pytest.raises(QueryError):
        fence(dialect).guarded(f"select id in {listed} as v from {table}", DAY)


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "select * from generate_series(1, 100000000)"),
        ("postgres", "select * from generate_series(1, 10000 * 10000)"),
        ("postgres", "select * from generate_series(1, cast(1e12 as bigint))"),
        ("postgres", "select lpad('x', 2 ^ 31) as v"),
        ("spark", "select * from range(0, 10000000000)"),
        ("tsql", "select space(2000000000) as v"),
    ],
)
def test_rows_and_texts_out_of_nothing_have_a_limit(dialect: str, sql: str) -> None:
    with pytest.raises(QueryError, match="it makes more than") as refused:
        fence(dialect).guarded(sql, DAY)
    assert refused.value.line == 1


def test_days_out_of_nothing_are_as_many_as_people_need() -> None:
    sql = "select * from generate_series(date '1990-01-01', date '2040-01-01', interval '1 day')"
    assert fence("postgres").guarded(sql, DAY)
    assert fence("spark").guarded("select * from range(10000000)", DAY)


def test_places_are_the_owners() -> None:
    sql = "-- żółć\nselect as_of() as d,\n  as_of() as e, pg_sleep(1) as f"
    with pytest.raises(QueryError) as refused:
        fence("postgres").guarded(sql, DAY)
    assert (refused.value.line, refused.value.column) == (3, 17)
    assert "pg_sleep" in refused.value.message


def test_star_means_no_catalog_of_the_engine_itself() -> None:
    everything = EngineRules("w", "postgres", ("*.*", "*"))
    for name in ("pg_catalog.pg_authid", "pg_authid", "information_schema.tables"):
        with pytest.raises(QueryError):
            everything.guarded(f"select * from {name}", DAY)
    assert everything.guarded("select * from public.orders", DAY).tables[0].text == "public.orders"


def test_quotes_tell_case_apart_where_the_engine_does() -> None:
    assert fence("postgres").guarded('select * from "analytics"."orders"', DAY)
    with pytest.raises(QueryError):
        fence("postgres").guarded('select * from "ANALYTICS".orders', DAY)
    assert fence("snowflake").guarded('select * from "ANALYTICS"."ORDERS"', DAY)
    with pytest.raises(QueryError):
        fence("snowflake").guarded('select * from "analytics".orders', DAY)


def test_nobody_is_advised_to_allow_what_does_more_than_compute() -> None:
    for sql in ("select pg_sleep(9) as v", "select lo_import('/etc/passwd') as v"):
        with pytest.raises(QueryError, match="does more than compute") as refused:
            fence("postgres").guarded(sql, DAY)
        assert "functions =" not in str(refused.value.hint)
    with pytest.raises(QueryError, match="is not known") as refused:
        fence("postgres").guarded("select fiscal_month(1) as v", DAY)
    assert 'functions = ["fiscal_month"]' in str(refused.value.hint)


def test_a_table_of_ours_is_read_from_a_second_file() -> None:
    with pytest.raises(QueryError, match="runs in warehouse") as refused:
        fence("postgres").guarded("select * from metrics._daily", DAY)
    assert "second file" in str(refused.value.hint)


def test_the_reader_of_sql_is_the_one_that_was_looked_at() -> None:
    """Every function that sqlglot knows passes unless it is denied: a new version brings new ones
    to look at."""
    known = [
        name
        for name in dir(exp)
        if isinstance(getattr(exp, name), type) and issubclass(getattr(exp, name), exp.Func)
    ]
    assert (sqlglot.__version__, len(known)) == ("30.30.0", 571)
