"""A large source that many metrics read whole: check names it, and says what one view would save."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from commandline import sharekit

METRIC = "/* ---\ntitle: Number {number}\ngrain: week\ndescription: What it is.\n--- */\n{sql}\n"
SUM = "SELECT date_trunc('week', day)::DATE AS week, sum(n) AS value FROM {table} GROUP BY 1"
DISTINCT = "SELECT date_trunc('week', day)::DATE AS week, count(DISTINCT n) AS value FROM orders GROUP BY 1"
DAILY = "SELECT day, sum(n) AS n FROM orders GROUP BY day"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    data = tmp_path / "metrics" / "data"
    data.mkdir(parents=True)
    rows = "SELECT DATE '2025-01-01' + (i % 300)::INT AS day, (i % 7)::INT AS n FROM range(1000000) t(i)"
    with duckdb.connect() as db:
        db.execute(f"COPY ({rows}) TO '{data}/orders.parquet'")
    config = '[project]\nname = "Shop"\nas_of = 2025-10-20\n'
    (tmp_path / "sharekit.toml").write_text(config, "utf-8")
    return tmp_path


def metrics(shop: Path, *queries: str) -> None:
    for number, sql in enumerate(queries):
        text = METRIC.format(number=number, sql=sql)
        (shop / "metrics" / f"m{number}.sql").write_text(text, "utf-8")


def said(shop: Path) -> str:
    done = sharekit("check", "--project", shop)
    assert done.code == 0, done.err
    return " ".join(f"{done.out} {done.err}".split())


def test_five_sums_over_a_million_rows_want_one_view(shop: Path) -> None:
    metrics(shop, *[SUM.format(table="orders")] * 5)
    words = said(shop)
    assert "warning[many-scans]: 5 metrics each read all 1,000,000 rows of orders" in words
    assert "A view with `materialize: true`" in words


@pytest.mark.slow
def test_a_view_that_is_no_table_of_its_own_is_read_through(shop: Path) -> None:
    (shop / "metrics" / "_daily.sql").write_text(DAILY, "utf-8")
    metrics(shop, *[SUM.format(table="metrics._daily")] * 5)
    assert "many-scans" in said(shop)
    rolled = f"/* ---\nmaterialize: true\n--- */\n{DAILY}\n"
    (shop / "metrics" / "_daily.sql").write_text(rolled, "utf-8")
    assert "many-scans" not in said(shop)


@pytest.mark.slow
def test_what_does_not_add_up_wants_all_rows(shop: Path) -> None:
    metrics(shop, *[SUM.format(table="orders")] * 4, DISTINCT)
    assert "many-scans" not in said(shop)
