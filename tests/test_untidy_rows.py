"""Rows whose numbers a careful analyst would call wrong: each kind is said, and each fix that is said
works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from analyst_projects import CONFIG, front, one, refused, run, value

pytestmark = pytest.mark.slow


# -- untidy rows -----------------------------------------------------------------------------------

REGIONS = "month,region,n\n" + "".join(
    f"2026-{month:02}-01,{region},{n}\n"
    for month in (8, 9, 10)
    for region, n in (("North", month), ("South", 4), ("Everything", month + 4))
)


def test_a_row_of_totals_among_the_members_is_said_and_the_fix_works(tmp_path: Path) -> None:
    query = "SELECT month, region, sum(n) AS value FROM regions{} GROUP BY ALL\n"
    files = {
        "metrics/data/regions.csv": REGIONS,
        "metrics/x.sql": front("dimensions: [region]") + query.format(""),
    }
    results = run(tmp_path, files).results
    (said,) = [each for each in results.problems if each.code == "total-member"]
    reading = results.results["x"].reading
    assert reading is not None
    assert reading.notes == ("counted twice: Everything is the sum of the others",)
    assert said.hint is not None
    where = re.search(r"WHERE .*'", said.hint)
    assert where is not None
    files["metrics/x.sql"] = front("dimensions: [region]") + query.format(f" {where[0]}")
    results = run(tmp_path, files).results
    reading = results.results["x"].reading
    assert reading is not None
    assert (reading.value, reading.notes) == (14, ())
    assert "total-member" not in {each.code for each in results.problems}


def test_a_member_as_large_as_one_other_is_no_total(tmp_path: Path) -> None:
    files = {
        "metrics/data/regions.csv": REGIONS.replace("North,", "Everything else,").replace(
            "South,4", "South,0"
        ),
        "metrics/x.sql": front("dimensions: [region]")
        + "SELECT month, region, sum(n) AS value FROM regions GROUP BY ALL\n",
    }
    problems = run(tmp_path, files).results.problems
    assert "total-member" not in {each.code for each in problems}


def test_members_that_read_alike_are_named_and_the_fix_works(tmp_path: Path) -> None:
    rows = "month,region,n\n" + "".join(
        f"2026-{month:02}-01,{region},1\n"
        for month in (8, 9, 10)
        for region in ("North", "NORTH", "north ", "South")
    )
    files = {"metrics/data/regions.csv": rows}
    query = "SELECT month, {} AS region, sum(n) AS value FROM regions GROUP BY ALL\n"
    text = front("dimensions: [region]", "total: sum")
    files["metrics/x.sql"] = text + query.format("region")
    (wrong,) = run(tmp_path, files).problems
    assert wrong.code == "alike-members"
    assert "`NORTH` and `North` and `north ` of region" in wrong.message
    assert "upper(trim(region))" in (wrong.hint or "")
    files["metrics/x.sql"] = text + query.format("upper(trim(region))")
    assert run(tmp_path, files).problems == ()


@pytest.mark.parametrize(
    "wrong_day", ["1926-08-05", "1900-01-01", "1970-01-01", "2016-08-05", "2025-08-05"]
)
def test_a_date_far_before_all_others_is_said(tmp_path: Path, wrong_day: str) -> None:
    days = [f"2026-{month:02}-{day:02}" for month in (7, 8, 9, 10) for day in range(1, 29)]
    files = {
        "metrics/data/t.csv": "day,n\n" + "".join(f"{day},1\n" for day in (wrong_day, *days)),
        "metrics/x.sql": front() + "SELECT day, sum(n) AS value FROM t GROUP BY 1\n",
    }
    codes = [problem.code for problem in run(tmp_path, files).problems]
    assert "far-date" in codes
    files["metrics/x.sql"] = files["metrics/x.sql"].replace(
        "GROUP", "WHERE day > '2026-01-01' GROUP"
    )
    assert "far-date" not in [problem.code for problem in run(tmp_path, files).problems]


def test_a_date_that_stands_for_none_at_the_end_is_said(tmp_path: Path) -> None:
    files = {
        "metrics/data/t.csv": "day,n\n2026-09-01,1\n2026-10-01,2\n9999-12-31,3\n",
        "metrics/x.sql": front() + "SELECT day, sum(n) AS value FROM t GROUP BY 1\n",
    }
    problems = run(tmp_path, files).problems
    (wrong,) = [problem for problem in problems if problem.code == "far-date"]
    assert "31 Dec 9999" in wrong.message


def test_a_plan_of_the_next_years_is_no_wrong_date(tmp_path: Path) -> None:
    months = [f"{year}-{month:02}-01" for year in range(2026, 2031) for month in range(1, 13)]
    files = {
        "metrics/data/t.csv": "day,n\n" + "".join(f"{day},1\n" for day in months),
        "metrics/x.sql": front() + "SELECT day, sum(n) AS value FROM t GROUP BY 1\n",
    }
    assert run(tmp_path, files).problems == ()


def test_a_source_without_rows_is_said_also_where_a_query_fails_by_it(tmp_path: Path) -> None:
    files = {
        "metrics/data/t.csv": "day,n\n",
        "metrics/x.sql": front() + "SELECT date_trunc('month', day), sum(n) FROM t GROUP BY 1\n",
    }
    empty, failed = run(tmp_path, files).problems
    assert (empty.code, empty.severity) == ("empty-source", "warning")
    assert "`t` has no rows" in (failed.hint or "")


TWICE = "".join(f"{number},2026-10-{number:02},10\n" for number in range(1, 32))


@pytest.mark.parametrize(
    ("header", "more", "repeats"),
    [
        ("order_id,day,amount", "20,2026-10-20,10\n19,2026-10-19,10\n", 2),
        ("id,day,amount", "20,2026-10-20,10\n", 1),
        ("order_id,day,amount", "20,2026-10-21,12\n", 0),  # a newer version of the same order
        ("customer_id,day,amount", "20,2026-10-20,10\n", 0),  # one customer, two equal orders
    ],
)
def test_rows_exported_twice_are_said_and_the_fix_works(
    tmp_path: Path, header: str, more: str, repeats: int
) -> None:
    config = CONFIG + '[sources.orders_2026]\npath = "metrics/data/exports/*.csv"\n'
    files = {
        "sharekit.toml": config,
        "metrics/data/exports/a.csv": f"{header}\n{TWICE}",
        "metrics/data/exports/b.csv": f"{header}\n{more}",
        "metrics/x.sql": front() + "SELECT day, sum(amount) AS value FROM orders_2026 GROUP BY 1\n",
    }
    problems = run(tmp_path, files).problems
    found = [problem for problem in problems if problem.code == "repeated-source-rows"]
    assert len(found) == bool(repeats)
    if repeats:
        assert f"{repeats} row" in found[0].message
        assert "SELECT DISTINCT *" in (found[0].hint or "")
        files["metrics/_orders.sql"] = "SELECT DISTINCT * FROM orders_2026\n"
        files["metrics/x.sql"] = (
            front() + "SELECT day, sum(amount) AS value FROM metrics._orders GROUP BY 1\n"
        )
        assert value(run(tmp_path, files)) == 310


def test_days_taken_from_a_time_are_refused_with_what_works(tmp_path: Path) -> None:
    query = (
        "SELECT date_trunc('month', day) {} AS day, sum(amount) AS value FROM orders GROUP BY 1\n"
    )
    wrong = one(tmp_path, query.format("- 7")).problems[0]
    assert wrong.message == "no function -(TIMESTAMP, INTEGER) takes these types"
    advice = re.search(r"- INTERVAL 7 DAY", wrong.hint or "")
    assert advice is not None
    found = one(tmp_path, query.format(advice[0])).problems
    assert "query-failed" not in {problem.code for problem in found}


def test_a_member_called_n_or_no_stays_what_it_is(tmp_path: Path) -> None:
    rows = "month,country,n\n" + "".join(f"2026-{month:02}-01,NO,1\n" for month in (8, 9, 10))
    files = {
        "metrics/data/t.csv": rows,
        "metrics/x.sql": front("dimensions: [country]", "total: sum")
        + "SELECT month, country, sum(n) AS value FROM t GROUP BY ALL\n",
    }
    reading = run(tmp_path, files).results.results["x"].reading
    assert reading is not None
    assert [part.member for part in reading.slices["country"]] == ["NO"]


@pytest.mark.parametrize(("yes", "no"), [("yes", "no"), ("Y", "N"), ("t", "f")])
def test_yes_and_no_are_averaged_as_the_error_says(tmp_path: Path, yes: str, no: str) -> None:
    rows = "".join(f"2026-10-{day:02},{yes if day % 2 else no}\n" for day in range(1, 31))
    files = {"metrics/data/t.csv": "day,ok\n" + rows + "2026-10-31," + yes + "\n"}
    query = "SELECT date_trunc('month', day) AS month, avg({}) AS value FROM t GROUP BY 1\n"
    files["metrics/x.sql"] = front() + query.format("ok")
    (failed,) = run(tmp_path, files).problems
    advice = re.search(r"\(ok = '\w+'\)::INTEGER", failed.hint or "")
    assert advice is not None
    files["metrics/x.sql"] = front() + query.format(advice[0])
    assert value(run(tmp_path, files)) == pytest.approx(16 / 31)


def test_two_columns_of_one_name_are_said(tmp_path: Path) -> None:
    files = {
        "metrics/data/t.csv": "day,n,N\n2026-09-01,1,5\n2026-10-01,2,6\n",
        "metrics/x.sql": front() + "SELECT day, n AS value FROM t\n",
    }
    (wrong,) = run(tmp_path, files).problems
    assert wrong.code == "repeated-column"
    assert "`n_1`" in (wrong.hint or "")
    files["metrics/x.sql"] = front() + "SELECT day, n_1 AS value FROM t\n"
    assert value(run(tmp_path, files)) == 6


def test_a_title_above_the_header_is_left_out_as_the_error_says(tmp_path: Path) -> None:
    files = {
        "metrics/data/t.csv": "Report of 20 November\n\nday,n\n2026-09-01,1\n2026-10-01,2\n",
        "metrics/x.sql": front() + "SELECT day, n AS value FROM t\n",
    }
    (wrong,) = run(tmp_path, files).problems
    advice = re.search(r"header_row = \d", wrong.hint or "")
    assert advice is not None
    files["sharekit.toml"] = CONFIG + f'[sources.t]\npath = "metrics/data/t.csv"\n{advice[0]}\n'
    assert value(run(tmp_path, files)) == 2


def test_many_odd_dates_are_left_out_as_the_error_says(tmp_path: Path) -> None:
    days = [f"2026-10-{day:02}" for day in range(1, 26)] + [
        f"{day}/10/2026" for day in range(26, 32)
    ]
    files = {"metrics/data/t.csv": "day,n\n" + "".join(f"{day},1\n" for day in days)}
    query = "SELECT {} AS day, sum(n) AS value FROM t{} GROUP BY 1\n"
    files["metrics/x.sql"] = front() + query.format("date_trunc('month', day)", "")
    (failed,) = run(tmp_path, files).problems
    where = re.search(r"WHERE [^.]*", failed.hint or "")
    cast = re.search(r"(?<!TRY_)CAST\(day AS DATE\)", failed.hint or "")
    assert where is not None
    assert cast is not None
    files["metrics/x.sql"] = front() + query.format(cast[0], f" {where[0]}")
    assert "query-failed" not in {problem.code for problem in run(tmp_path, files).problems}


def test_months_as_whole_numbers_are_read_as_the_error_says(tmp_path: Path) -> None:
    files = {
        "metrics/data/t.csv": "ym,n\n202609,1\n202610,2\n",
        "metrics/x.sql": front() + "SELECT ym AS month, n AS value FROM t\n",
    }
    failed = run(tmp_path, files).problems[0]
    advice = re.search(r"strptime\(.*?\)::DATE", failed.hint or "")
    assert advice is not None
    files["metrics/x.sql"] = front() + f"SELECT {advice[0]} AS month, n AS value FROM t\n"
    assert value(run(tmp_path, files)) == 2


def test_a_name_with_a_space_is_to_be_quoted(tmp_path: Path) -> None:
    wrong = refused(tmp_path, "SELECT date_trunc('month', Order Day) AS month, n FROM t\n")
    assert wrong.hint == 'If `Order Day` is one name, put it in double quotes: "Order Day".'


@pytest.mark.parametrize(
    ("header", "written"),
    [
        ("Aug 2026,Sep 2026,Oct 2026", "%b %Y"),
        ("2026-08,2026-09,2026-10", "%Y-%m"),
        ("08/2026,09/2026,10/2026", "%m/%Y"),
    ],
)
def test_months_as_columns_become_rows_as_the_error_says(
    tmp_path: Path, header: str, written: str
) -> None:
    files = {
        "metrics/data/t.csv": f"Shop name,{header}\nA,1,2,3\nB,2,3,4\n",
        "metrics/x.sql": front() + 'SELECT "Shop name", 1 AS value FROM t\n',
    }
    failed = run(tmp_path, files).problems[0]
    advice = re.search(r"FROM \(UNPIVOT .*?\) INTO NAME period VALUE value\)", failed.hint or "")
    assert advice is not None
    files["metrics/x.sql"] = (
        front("dimensions: [shop]", "total: sum")
        + f"SELECT strptime(period, '{written}')::DATE AS month, \"Shop name\" AS shop, value {advice[0]}\n"
    )
    assert value(run(tmp_path, files)) == 7
