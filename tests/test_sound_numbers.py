"""Queries whose numbers a careful analyst would call wrong: each is said, and each fix that is said
works."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from analyst_projects import (
    ORDERS,
    PAYMENTS,
    STEPS,
    front,
    one,
    refused,
    repeated,
    run,
    said,
    value,
)
from svg_paths import corners

from sharekit.build import render
from sharekit.errors import ProblemsError

pytestmark = pytest.mark.slow


# -- how slices add up ----------------------------------------------------------------------------

MEAN = "SELECT month, team, avg(steps) AS value FROM steps GROUP BY ALL"


def test_each_fix_of_a_mean_by_team_gives_the_right_number(tmp_path: Path) -> None:
    wrong = refused(tmp_path / "wrong", MEAN, "dimensions: [team]", "unit: steps")
    assert wrong.code == "no-total-rule"
    assert "avg(steps) is a mean" in wrong.message
    hint = wrong.hint or ""

    assert "Return `sum(steps) AS upper` and `count(steps) AS lower` too" in hint
    assert "`numerator: upper` and `denominator: lower`" in hint
    parts = MEAN.replace("AS value", "AS value, sum(steps) AS upper, count(steps) AS lower")
    found = one(
        tmp_path / "parts", parts, "dimensions: [team]", "numerator: upper", "denominator: lower"
    )
    assert (value(found), found.problems) == (20, ())

    assert "`GROUP BY GROUPING SETS ((month, team), (month))`" in hint
    sets = MEAN.replace("GROUP BY ALL", "GROUP BY GROUPING SETS ((month, team), (month))")
    found = one(tmp_path / "sets", sets, "dimensions: [team]")
    assert (value(found), found.problems) == (20, ())

    assert "`total: none`" in hint
    found = one(tmp_path / "none", MEAN, "dimensions: [team]", "total: none")
    reading = found.results.results["x"].reading
    assert reading is not None
    assert (reading.value, [part.value for part in reading.slices["team"]]) == (None, [30, 15])


def test_the_fix_of_a_ratio_names_its_own_columns(tmp_path: Path) -> None:
    sql = (
        "SELECT month, team, sum(steps) AS a, count(*) AS b, a / b AS value FROM steps GROUP BY ALL"
    )
    wrong = refused(tmp_path / "wrong", sql, "dimensions: [team]")
    assert "Write `numerator: a` and `denominator: b`" in (wrong.hint or "")
    found = one(tmp_path / "right", sql, "dimensions: [team]", "numerator: a", "denominator: b")
    assert (value(found), found.problems) == (20, ())


def test_what_group_by_all_groups_by_too_is_named_and_the_fix_works(tmp_path: Path) -> None:
    sql = "SELECT month, sum(steps) AS steps, steps / 2 AS value FROM steps GROUP BY ALL"
    (wrong,) = repeated(one(tmp_path / "wrong", sql))
    assert "`steps / 2` too, which has no aggregate: write `SUM(steps) / 2 AS value`" in (
        wrong.hint or ""
    )
    right = sql.replace("steps / 2 AS value", "SUM(steps) / 2 AS value")
    assert value(one(tmp_path / "right", right)) == 30

    extra = "SELECT month, team, sum(steps) AS value FROM steps GROUP BY ALL"
    (wrong,) = repeated(one(tmp_path / "extra", extra))
    assert "GROUP BY ALL groups by `team` too: leave it out, or declare it in `dimensions`" in (
        wrong.hint or ""
    )
    assert value(one(tmp_path / "out", extra.replace(" team,", ""))) == 60


def test_the_fix_for_two_dimensions_groups_by_each(tmp_path: Path) -> None:
    sql = "SELECT month, team, steps > 10 AS many, max(steps) AS value FROM steps GROUP BY ALL"
    wrong = refused(tmp_path / "wrong", sql, "dimensions: [team, many]")
    sets = "GROUP BY GROUPING SETS ((month, team, many), (month, team), (month, many), (month))"
    assert sets in (wrong.hint or "")
    found = one(tmp_path / "right", sql.replace("GROUP BY ALL", sets), "dimensions: [team, many]")
    assert (value(found), found.problems) == (30, ())


def test_a_column_as_it_stands_is_refused_alone_and_each_fix_works(tmp_path: Path) -> None:
    rows = "SELECT month, team, steps AS value FROM steps WHERE steps <> 50 AND steps <> 20"
    other = front() + "SELECT month, sum(steps) AS value FROM steps GROUP BY 1"
    found = run(
        tmp_path / "wrong",
        {"metrics/x.sql": front("dimensions: [team]") + rows, "metrics/y.sql": other},
    )
    (wrong,) = (each for each in found.problems if each.severity == "error")
    assert (wrong.code, wrong.phase) == ("no-total-rule", "data")
    assert "nothing tells whether the values add up over team" in wrong.message
    assert found.results.results["y"].failure is None
    for fix, total in (("total: sum", 40), ("total: none", None)):
        assert f"`{fix}`" in (wrong.hint or "")
        fixed = one(tmp_path / fix[-4:], rows, "dimensions: [team]", fix)
        assert (value(fixed), fixed.problems) == (total, ())


def test_money_adds_up_when_it_is_summed_and_not_when_it_is_a_mean(tmp_path: Path) -> None:
    sql = "SELECT month, team, sum(steps) AS value FROM steps GROUP BY ALL"
    found = one(tmp_path / "sum", sql, "dimensions: [team]", 'unit: "€"')
    assert (value(found), found.problems) == (60, ())
    assert (
        refused(tmp_path / "mean", MEAN, "dimensions: [team]", 'unit: "€"').code == "no-total-rule"
    )


def test_an_aggregate_is_followed_through_views_and_metrics(tmp_path: Path) -> None:
    view = "SELECT month, team, sum(steps) AS steps, avg(steps) AS mean FROM steps GROUP BY ALL"
    found = one(
        tmp_path / "sum",
        "SELECT month, team, steps AS value FROM metrics._v",
        "dimensions: [team]",
        _v=view,
    )
    assert value(found) == 60
    with pytest.raises(ProblemsError):
        one(
            tmp_path / "mean",
            "SELECT month, team, mean AS value FROM metrics._v",
            "dimensions: [team]",
            _v=view,
        )


def test_the_page_says_what_was_done(tmp_path: Path) -> None:
    def words(name: str, sql: str, *lines: str) -> str:
        found = one(tmp_path / name, sql, "dimensions: [team]", *lines)
        pages = {each.path: each.content for each in render(found, None)}
        return next(
            content.decode() for path, content in pages.items() if path.startswith("metrics/x")
        )

    sets = MEAN.replace("avg", "median").replace(
        "GROUP BY ALL", "GROUP BY GROUPING SETS ((1, 2), (1))"
    )
    given = words("given", sets, "unit: min")
    assert "Its query returns the total" in given
    assert "sum of the slices" not in given
    assert "The total is the sum of the slices" in words("sum", MEAN.replace("avg", "sum"))
    assert "Slices do not add up, and there is no total" in words("none", MEAN, "total: none")


def test_facts_of_how_values_add_up_are_kept_by_the_texts(tmp_path: Path) -> None:
    files = {
        "metrics/x.sql": (
            front("dimensions: [team]") + "SELECT month, team, v AS value FROM metrics._v"
        ),
        "metrics/_v.sql": "SELECT month, team, sum(steps) AS v FROM steps GROUP BY ALL",
    }
    assert value(run(tmp_path, files, cache=True)) == 60
    assert value(run(tmp_path, files, cache=True)) == 60
    with pytest.raises(ProblemsError):  # the same metric over another view
        run(
            tmp_path,
            {**files, "metrics/_v.sql": files["metrics/_v.sql"].replace("sum", "avg")},
            cache=True,
        )


def test_a_member_without_a_name_gets_one_before_its_totals(tmp_path: Path) -> None:
    sets = MEAN.replace("GROUP BY ALL", "GROUP BY GROUPING SETS ((month, team), (month))")
    nameless = {"metrics/data/steps.csv": STEPS + "2026-10-01,,40\n"}
    lines = front("dimensions: [team]")
    wrong = run(tmp_path / "wrong", {"metrics/x.sql": lines + sets, **nameless}).problems[0]
    assert wrong.code == "null-member"
    step = "(SELECT * REPLACE (COALESCE(team, 'unknown') AS team) FROM ...)"
    assert f"FROM {step}" in (wrong.hint or "")
    named = sets.replace("FROM steps", "FROM " + step.replace("...", "steps"))
    found = run(tmp_path / "named", {"metrics/x.sql": lines + named, **nameless})
    reading = found.results.results["x"].reading
    assert reading is not None, found.problems
    assert (reading.value, found.problems) == (25, ())
    assert {part.member: part.value for part in reading.slices["team"]} == {
        "a": 15, "b": 30, "unknown": 40,
    }  # fmt: skip


# -- joins that multiply --------------------------------------------------------------------------

WEEK = "SELECT date_trunc('month', day)::DATE AS month,"


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (
            "sum(o.amount) AS value FROM orders o JOIN payments p ON o.order_id = p.order_id"
            " WHERE currency = 'EUR' GROUP BY 1",
            "orders join payments ON order_id: 1.5 rows of payments for each row of orders, so sum(o.amount) counts",
        ),
        ("count(amount) AS value FROM orders JOIN payments USING (order_id) GROUP BY 1", "so count(amount) counts"),
        ("median(amount) AS value FROM orders JOIN payments USING (order_id) WHERE amount < 99 GROUP BY 1", "median("),
        (
            "sum(amount) FILTER (WHERE method = 'card') AS value FROM orders JOIN payments USING (order_id)"
            " WHERE currency = 'EUR' GROUP BY 1",
            "sum(amount)",
        ),
        (
            "sum(o.amount) AS value FROM orders o, payments p"
            " WHERE o.order_id = p.order_id AND currency = 'EUR' GROUP BY 1",
            "orders join payments ON order_id",
        ),
        ("sum(o.amount) AS value FROM payments p JOIN orders o USING (order_id) WHERE currency = 'EUR' GROUP BY 1",
         "orders join payments"),
        (
            "sum(amount) AS value FROM (SELECT o.*, method FROM orders o JOIN payments USING (order_id)"
            " WHERE currency = 'EUR') GROUP BY 1",
            "orders join payments",
        ),
        (
            "sum(amount) AS value FROM customers c JOIN orders o USING (customer_id) JOIN payments p USING (order_id)"
            " WHERE currency = 'EUR' GROUP BY 1",
            "orders join payments",
        ),
    ],
)  # fmt: skip
def test_a_join_that_multiplies_what_is_summed_is_said_with_its_factor(
    tmp_path: Path, sql: str, words: str
) -> None:
    (message,) = said(one(tmp_path, f"{WEEK} {sql}"), "join-multiplies")
    assert words in message


def test_where_two_sources_multiply_each_other_the_lookup_is_to_be_reduced(tmp_path: Path) -> None:
    rates = "a_rate,currency,rate\n2026-10-01,EUR,1\n2026-10-02,EUR,1.1\n2026-10-01,USD,2\n"
    orders = ORDERS + "4,2,2026-10-04,40,EUR\n5,2,2026-10-05,50,EUR\n6,2,2026-10-05,60,EUR\n"
    sql = f"{WEEK} sum(amount * rate) AS value FROM orders JOIN a_rates USING (currency) GROUP BY 1"
    files = {
        "metrics/x.sql": front() + sql,
        "metrics/data/a_rates.csv": rates,
        "metrics/data/orders.csv": orders,
    }
    (message,) = said(run(tmp_path, files), "join-multiplies")
    assert message.startswith("orders join a_rates ON currency: 1.5 rows of a_rates")


@pytest.mark.parametrize(
    "sql",
    [
        (
            "sum(paid) AS value FROM orders JOIN payments USING (order_id) JOIN customers USING"
            " (customer_id) GROUP BY 1"
        ),
        (
            "count(*) AS value FROM orders JOIN payments USING (order_id) JOIN customers USING"
            " (customer_id) GROUP BY 1"
        ),
        "max(amount) AS value FROM orders JOIN payments USING (order_id) GROUP BY 1",
        "count(DISTINCT order_id) AS value FROM orders JOIN payments USING (order_id) GROUP BY 1",
        "count(amount) AS value FROM orders SEMI JOIN payments USING (order_id) GROUP BY 1",
        "count(amount) AS value FROM orders JOIN customers USING (customer_id) GROUP BY 1",
        # only one payment of each order is looked at
        (
            "count(o.amount) AS value FROM orders o"
            " JOIN payments p ON p.order_id = o.order_id AND p.method = 'card' GROUP BY 1"
        ),
        # the fix: one row for each order before the join
        (
            "count(amount) AS value FROM orders JOIN (SELECT order_id, sum(paid) AS paid FROM"
            " payments GROUP BY 1) AS p USING (order_id) GROUP BY 1"
        ),
    ],
)
def test_a_join_that_multiplies_nothing_that_counts_is_not_said(tmp_path: Path, sql: str) -> None:
    assert said(one(tmp_path, f"{WEEK} {sql}"), "join-multiplies") == []


def test_a_join_in_a_view_is_said_where_it_stands(tmp_path: Path) -> None:
    view = "SELECT o.*, method\nFROM orders AS o\nLEFT JOIN payments USING (order_id)"
    found = one(tmp_path, f"{WEEK} count(amount) AS value FROM metrics._v GROUP BY 1", _v=view)
    (problem,) = (each for each in found.problems if each.code == "join-multiplies")
    assert (problem.place.path, problem.place.line, problem.place.column) == (
        "metrics/_v.sql",
        3,
        11,
    )
    assert "so count(amount) of x counts" in problem.message


def test_joins_are_asked_once_until_the_data_change(tmp_path: Path) -> None:
    sql = f"{WEEK} count(amount) AS value FROM orders JOIN payments USING (order_id) GROUP BY 1"
    files = {"metrics/x.sql": front() + sql}
    assert len(said(run(tmp_path, files, cache=True), "join-multiplies")) == 1
    (store,) = (tmp_path / ".sharekit").glob("soundness-*")
    kept = store.read_bytes()
    assert len(said(run(tmp_path, files, cache=True), "join-multiplies")) == 1
    assert store.read_bytes() == kept
    fewer = PAYMENTS.replace("2,1,5,cash\n", "")
    assert (
        said(
            run(tmp_path, {**files, "metrics/data/payments.csv": fewer}, cache=True),
            "join-multiplies",
        )
        == []
    )


# -- units ----------------------------------------------------------------------------------------


def test_a_sum_over_several_currencies_is_said(tmp_path: Path) -> None:
    (message,) = said(
        one(tmp_path, f"{WEEK} sum(amount) AS value FROM orders GROUP BY 1"), "mixed-units"
    )
    assert (
        message == "sum(amount) adds up rows of 2 different units: `currency` of orders is EUR, USD"
    )


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        (f"{WEEK} sum(amount) AS value FROM orders WHERE currency = 'EUR' GROUP BY 1", ()),
        (f"{WEEK} sum(amount) FILTER (WHERE currency = 'EUR') AS value FROM orders GROUP BY 1", ()),
        (
            f"{WEEK} currency, sum(amount) AS value FROM orders GROUP BY ALL",
            ("dimensions: [currency]", "total: none"),
        ),
        (
            (
                f"{WEEK} sum(CASE currency WHEN 'USD' THEN amount / 1.1 ELSE amount END) AS value"
                " FROM orders GROUP BY 1"
            ),
            (),
        ),
        (f"{WEEK} count(*) AS value FROM orders GROUP BY 1", ()),
        (
            (
                f"{WEEK} sum(euros) AS value FROM (SELECT day, currency, sum(CASE currency WHEN"
                " 'USD' THEN amount / 1.1 ELSE amount END) AS euros FROM orders GROUP BY ALL)"
                " GROUP BY 1"
            ),
            (),
        ),
        (
            (
                "WITH rates AS (FROM (VALUES ('USD', 1.1), ('EUR', 1)) AS t (currency, rate)), euros"
                " AS (SELECT day, currency, amount / rate AS amount FROM orders JOIN rates USING"
                f" (currency)) {WEEK} sum(amount) AS value FROM euros GROUP BY 1"
            ),
            (),
        ),
        (
            (
                "WITH one AS (SELECT day, currency, amount FROM orders WHERE currency = 'EUR')"
                f" {WEEK} sum(amount) AS value FROM one GROUP BY 1"
            ),
            (),
        ),
    ],
)
def test_one_currency_at_a_time_is_fine(tmp_path: Path, sql: str, lines: tuple[str, ...]) -> None:
    assert said(one(tmp_path, sql, *lines), "mixed-units") == []


@pytest.mark.parametrize(
    "sql",
    [
        (
            f"{WEEK} sum(amount) AS value FROM (SELECT day, currency, sum(amount) AS amount"
            " FROM orders GROUP BY ALL) GROUP BY 1"
        ),
        (
            "WITH daily AS (SELECT day, currency, sum(amount) AS amount FROM orders GROUP BY 1, 2)"
            f" {WEEK} sum(amount) AS value FROM daily GROUP BY 1"
        ),
        (
            "WITH daily AS (SELECT day, currency, sum(amount) AS amount FROM orders GROUP BY 1, 2),"
            " named AS (SELECT * FROM daily)"
            f" {WEEK} sum(amount) AS value FROM named GROUP BY 1"
        ),
    ],
)
def test_currencies_that_a_step_kept_apart_are_not_added_up_after_it(
    tmp_path: Path, sql: str
) -> None:
    assert len(said(one(tmp_path, sql), "mixed-units")) == 1


def test_currencies_are_found_behind_views_and_under_a_declared_name(tmp_path: Path) -> None:
    views = {
        "_v": "SELECT day, amount FROM orders",
        "_eur": "SELECT * FROM orders WHERE currency = 'EUR'",
    }
    found = one(
        tmp_path / "a", f"{WEEK} sum(amount) AS value FROM metrics._v GROUP BY 1", _v=views["_v"]
    )
    assert len(said(found, "mixed-units")) == 1
    found = one(
        tmp_path / "b", f"{WEEK} sum(amount) AS value FROM metrics._v GROUP BY 1", _v=views["_eur"]
    )
    assert said(found, "mixed-units") == []
    sql = "SELECT DATE '2026-10-01' AS month, sum(paid) AS value FROM payments"
    assert said(one(tmp_path / "c", sql), "mixed-units") == []
    assert len(said(one(tmp_path / "d", sql, "unit_column: method"), "mixed-units")) == 1
    (wrong,) = said(one(tmp_path / "e", sql, "unit_column: methud"), "unknown-column")
    assert "no source of this number has a column `methud`" in wrong


# -- levels ---------------------------------------------------------------------------------------

BALANCES = """day,store,balance
2026-09-30,north,10
2026-09-30,south,10
2026-10-31,north,20
2026-10-31,south,20
2026-11-18,south,30
"""


def test_a_level_is_shown_with_its_day_and_in_steps(tmp_path: Path) -> None:
    lines = ("dimensions: [store]", "total: sum", "over_time: last", "missing: last")
    files = {
        "metrics/data/balances.csv": BALANCES,
        "metrics/x.sql": front(*lines) + "SELECT day, store, balance AS value FROM balances",
    }
    found = run(tmp_path, files)
    assert (value(found), found.problems) == (50, ())
    pages = {each.path: each.content.decode("utf-8", "replace") for each in render(found, None)}
    words = pages["metrics/x.md"]
    assert "**50.** 18 Nov 2026. +25.0% on the end of October." in words
    assert "A level: a period has its last measurement" in words
    assert "A period or slice without rows has its last measurement" in words
    (line,) = re.findall(r'class="ln" d="([^"]*)"', pages["metrics/x.html"])[:1]
    assert len(corners(line)) == 5
    assert all(one[0] == other[0] or one[1] == other[1] for one, other in pairwise(corners(line)))


def test_a_level_without_a_row_of_a_slice_says_so_and_the_fix_gives_the_total(
    tmp_path: Path,
) -> None:
    lines = ("dimensions: [store]", "total: sum", "over_time: last")
    files = {
        "metrics/data/balances.csv": BALANCES,
        "metrics/x.sql": front(*lines) + "SELECT day, store, balance AS value FROM balances",
    }
    found = run(tmp_path, files)
    assert value(found) == 40
    (message,) = said(found, "slice-gap")
    assert message == "no total on 18 Nov 2026: north has no row of `store` there"
    (problem,) = found.problems
    assert "`missing: last`" in (problem.hint or "")


@pytest.mark.parametrize(
    ("middle", "on"), [("2026-09-14", date(2026, 10, 1)), ("2026-09-01", date(2026, 10, 31))]
)
def test_a_level_is_of_its_day_also_where_that_is_the_first_of_a_period(
    tmp_path: Path, middle: str, on: date
) -> None:
    rows = f"day,balance\n2026-08-01,5\n{middle},6\n2026-10-01,9\n"
    query = front("over_time: last") + "SELECT day, balance AS value FROM balances"
    found = run(tmp_path, {"metrics/data/balances.csv": rows, "metrics/x.sql": query})
    reading = found.results.results["x"].reading
    assert reading is not None
    assert (reading.value, reading.measured_on) == (9, on)


def test_the_slice_that_is_named_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    lines = ("dimensions: [store]", "total: sum", "over_time: last")
    rows = [
        *(f"2026-11-{day:02},{store},{day}" for day in (16, 17) for store in ("b", "c", "a")),
        "2026-11-18,a,5",
    ]
    said_of = [
        said(
            run(
                tmp_path / name,
                {
                    "metrics/data/balances.csv": "\n".join(["day,store,balance", *order]),
                    "metrics/x.sql": front(*lines)
                    + "SELECT day, store, balance AS value FROM balances",
                },
            ),
            "slice-gap",
        )
        for name, order in (("forward", rows), ("back", rows[::-1]))
    ]
    assert said_of == [["no total on 18 Nov 2026: b has no row of `store` there"]] * 2


def test_what_is_said_of_periods_needs_a_date(tmp_path: Path) -> None:
    text = (
        "/* ---\ntitle: X\nowner: ana\nover_time: last\n--- */\nSELECT count(*) AS value FROM"
        " orders"
    )
    (message,) = said(run(tmp_path, {"metrics/x.sql": text}), "no-time-column")
    assert message == "`over_time` needs periods, and the query returns no date"
    text = text.replace("count(*) AS value FROM orders", "day, n AS value FROM t")
    files = {"metrics/x.sql": text, "metrics/data/t.csv": "day,n\n2026-W40,1\n2026-W41,2\n"}
    (wrong,) = run(tmp_path, files).problems
    assert "strptime(day || '-1', '%G-W%V-%u')::DATE" in (wrong.hint or "")
