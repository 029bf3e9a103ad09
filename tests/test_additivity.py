"""How values add up, read off the SQL: over slices and over time."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from sharekit.checks.facts_cache import FactsCache
from sharekit.numbers.additivity import Outputs
from sharekit.numbers.additivity.query_reader import AdditivityReader

VIEWS = {
    "_weekly": (
        "SELECT date_trunc('week', day)::DATE AS week, origin, carrier, count(*) AS scheduled,"
        " count(*) - count(delay) AS cancelled, count(*) FILTER (WHERE delay <= 15) AS on_time,"
        " sum(delay) AS minutes FROM flights GROUP BY ALL"
    ),
    "_rows": "SELECT * FROM flights WHERE delay IS NOT NULL",
    "_users": "SELECT DISTINCT day, region, user_id FROM visits",
    "users": "SELECT day, region, count(DISTINCT user_id) AS value FROM visits GROUP BY ALL",
    "p90": (
        "SELECT week, origin, quantile_cont(delay, 0.9) AS value FROM flights GROUP BY GROUPING"
        " SETS ((1, 2), (1))"
    ),
    "round": "SELECT * FROM metrics.round",
}


def outputs(sql: str) -> Outputs:
    return AdditivityReader(VIEWS.get).outputs(sql)


ADDS = [
    "SELECT day, region, sum(x) AS value FROM t GROUP BY ALL",
    "SELECT day, region, count(*) AS value FROM t GROUP BY ALL",
    "SELECT day, region, count() AS value FROM t GROUP BY ALL",
    "SELECT day, region, count(x) AS value FROM t GROUP BY 1, 2",
    "SELECT day, region, count_if(x > 3) AS value FROM t GROUP BY day, region",
    "SELECT day, region, fsum(x) AS value FROM t GROUP BY ALL",
    "SELECT day, region, sum(x) FILTER (WHERE y) AS value FROM t GROUP BY ALL",
    "SELECT day, region, sum(CASE WHEN y THEN x ELSE 0 END) AS value FROM t GROUP BY ALL",
    "SELECT day, region, sum(CASE WHEN y THEN 1 END) AS value FROM t GROUP BY ALL",
    "SELECT day, region, count(CASE WHEN y THEN x END) AS value FROM t GROUP BY ALL",
    "SELECT day, region, sum(if(y, x, 0)) AS value FROM t GROUP BY ALL",
    "SELECT day, region, sum(price * quantity) AS value FROM t JOIN p USING (id) GROUP BY ALL",
    "SELECT day, region, sum(a) - sum(b) AS value FROM t GROUP BY ALL",
    "SELECT day, region, -(sum(a) + count(*)) AS value FROM t GROUP BY ALL",
    "SELECT day, region, sum(a) / 1000 AS value FROM t GROUP BY ALL",
    "SELECT day, region, 0.001 * sum(a) AS value FROM t GROUP BY ALL",
    "SELECT day, region, round(coalesce(sum(a), 0)::DOUBLE / 1e6, 2) AS value FROM t GROUP BY ALL",
    "SELECT day, region, nullif(sum(a), 0)::BIGINT AS value FROM t GROUP BY ALL",
    "SELECT day, region, sum(a) AS total, count(*) AS n, total - n AS value FROM t GROUP BY ALL",
    "FROM t SELECT day, region, sum(x) AS value GROUP BY ALL",
    "SELECT day, region, sum(x) AS value FROM t GROUP BY ALL HAVING region <> 'test'",
    (
        "SELECT day, region, sum(x) AS value FROM a GROUP BY ALL UNION ALL"
        " SELECT day, region, count(*) FROM b GROUP BY ALL"
    ),
    (
        "SELECT day, region, sum(x) AS value FROM (SELECT * FROM a UNION ALL SELECT * FROM b) GROUP"
        " BY ALL"
    ),
    (
        "WITH s AS (SELECT day, region, store, sum(x) AS x FROM t GROUP BY ALL)"
        " SELECT day, region, sum(x) AS value FROM s GROUP BY ALL"
    ),
    "SELECT day, region, value FROM (SELECT day, region, sum(x) AS value FROM t GROUP BY ALL)",
    "SELECT * FROM (SELECT day, region, sum(x) AS value FROM t GROUP BY ALL)",
    "SELECT week AS day, origin AS region, cancelled AS value FROM metrics._weekly",
    (
        "SELECT week AS day, origin AS region, sum(cancelled) AS value FROM metrics._weekly GROUP"
        " BY ALL"
    ),
    "SELECT day, region, count(*) AS value FROM metrics._rows GROUP BY ALL",
    (
        "WITH a AS (SELECT day, region, sum(x) AS s FROM t GROUP BY ALL), b AS (SELECT day, region,"
        " count(*) AS n FROM u GROUP BY ALL) SELECT day, region, coalesce(s, 0) - coalesce(n, 0) AS"
        " value FROM a FULL JOIN b USING (day, region)"
    ),
    # groups of nothing add nothing
    "SELECT day, region, count(*) AS value FROM t GROUP BY ALL HAVING count(*) > 0",
    (
        "SELECT day, region, sum(x) AS value FROM t GROUP BY ALL HAVING sum(x) IS NOT NULL AND"
        " sum(x) <> 0"
    ),
    (
        "SELECT week AS day, origin AS region, minutes AS value FROM metrics._weekly WHERE"
        " scheduled >= 1"
    ),
    # one region for each user: users add up over regions
    (
        "SELECT day, region, count(*) AS value FROM (SELECT user_id, any_value(region) AS region,"
        " min(day) AS day FROM visits GROUP BY user_id) GROUP BY ALL"
    ),
    # one row for each order
    (
        "SELECT day, region, count(*) AS value FROM (SELECT * FROM orders QUALIFY row_number() OVER"
        " (PARTITION BY id ORDER BY changed DESC) = 1) GROUP BY ALL"
    ),
]


@pytest.mark.parametrize("sql", ADDS)
def test_sums_and_counts_and_what_is_made_of_them_add_up(sql: str) -> None:
    value = outputs(sql).of("value")
    assert value.over(["region"]), value
    assert value.over(["day"]), value


NOT = {
    "SELECT day, region, avg(x) AS value FROM t GROUP BY ALL": "avg(x) is a mean",
    "SELECT day, region, mean(x) AS value FROM t GROUP BY ALL": "a mean",
    "SELECT day, region, median(x) AS value FROM t GROUP BY ALL": "a median",
    "SELECT day, region, quantile_cont(x, 0.9) AS value FROM t GROUP BY ALL": "a quantile",
    "SELECT day, region, percentile_cont(0.9) WITHIN GROUP (ORDER BY x) AS value FROM t GROUP BY ALL": "a quantile",
    "SELECT day, region, max(x) AS value FROM t GROUP BY ALL": "an extreme",
    "SELECT day, region, mode(x) AS value FROM t GROUP BY ALL": "a mode",
    "SELECT day, region, stddev(x) AS value FROM t GROUP BY ALL": "no sum",
    "SELECT day, region, count(DISTINCT x) AS value FROM t GROUP BY ALL": "a count of distinct values",
    "SELECT day, region, approx_count_distinct(x) AS value FROM t GROUP BY ALL": "a count of distinct values",
    "SELECT day, region, sum(DISTINCT x) AS value FROM t GROUP BY ALL": "a sum of distinct values",
    "SELECT day, region, sum(a) / sum(b) AS value FROM t GROUP BY ALL": "a ratio",
    "SELECT day, region, round(100.0 * sum(a) / count(*), 1) AS value FROM t GROUP BY ALL": "a ratio",
    "SELECT week AS day, origin AS region, on_time / scheduled AS value FROM metrics._weekly": "a ratio",
    "SELECT day, region, a / n AS value, sum(a) AS a, count(*) AS n FROM t GROUP BY ALL": "a ratio",
    "SELECT day, region, sum(a) * count(*) AS value FROM t GROUP BY ALL": "a product",
    "SELECT day, region, sum(a) + 5 AS value FROM t GROUP BY ALL": "a constant",
    "SELECT day, region, greatest(sum(a), 0) AS value FROM t GROUP BY ALL": "no sum",
    "SELECT day, region, floor(sum(a)) AS value FROM t GROUP BY ALL": "no sum",
    "SELECT day, region, coalesce(sum(a), 7) AS value FROM t GROUP BY ALL": "no sum of sums",
    "SELECT day, region, CASE WHEN count(*) > 9 THEN sum(a) END AS value FROM t GROUP BY ALL": "by an aggregate",
    "SELECT day, region, sum(a) AS value FROM t GROUP BY ALL HAVING count(*) > 9": "HAVING",
    "SELECT day, region, sum(a) AS value FROM t GROUP BY ALL HAVING sum(a) > 0": "HAVING",
    "SELECT day, region, sum(a) AS value FROM t GROUP BY ALL ORDER BY 3 DESC LIMIT 10": "LIMIT",
    "SELECT * FROM (SELECT day, region, sum(a) AS value FROM t GROUP BY ALL) WHERE value > 9": "WHERE",
    "SELECT day, region, sum(sum(x)) OVER (PARTITION BY region ORDER BY day) AS value FROM t GROUP BY 1, 2": "running",
    "SELECT day, region, sum(sum(x)) OVER (ORDER BY day ROWS 6 PRECEDING) AS value FROM t GROUP BY 1, 2": "a window",
    "SELECT day, region, sum(x) - lag(sum(x)) OVER (ORDER BY day) AS value FROM t GROUP BY 1, 2": "a window",
    "SELECT day, region, sum(value) AS value FROM metrics.users GROUP BY ALL": "a count of distinct values",
    "SELECT day, region, avg(n) AS value FROM (SELECT day, region, id, count(*) AS n FROM t GROUP BY ALL) GROUP BY ALL":
        "a mean",
    "SELECT day, region, sum(m) AS value FROM (SELECT day, region, id, avg(x) AS m FROM t GROUP BY ALL) GROUP BY ALL":
        "a mean",
    "SELECT day, region, sum(value) AS value FROM metrics.p90 GROUP BY ALL": "a quantile",
    "SELECT day, region, sum(a) AS value FROM t GROUP BY ALL UNION ALL SELECT day, region, max(a) FROM u GROUP BY ALL":
        "an extreme",
    "SELECT day, region, sum(a) AS value FROM t GROUP BY ALL UNION SELECT day, region, sum(a) FROM u GROUP BY ALL":
        "UNION ALL",
    "SELECT day, region, (SELECT count(*) FROM u) AS value FROM t GROUP BY ALL": "a query of its own",
    "SELECT day, region, sum(x) * rate AS value FROM t JOIN fx USING (currency) GROUP BY ALL": "times a column",
    "SELECT day, unnest(['p50', 'p95']) AS region, unnest(quantile_cont(x, [0.5, 0.95])) AS value FROM t GROUP BY day":
        "several values",
    "SELECT day, region, len(list(x)) AS value FROM t GROUP BY ALL": "no sum",
    "SELECT day, region, 1 AS value FROM t": "constant",
    "SELECT day, region, x AS value FROM t": "as it is in its source",
    "SELECT * FROM t": "as it is in its source",
    "PIVOT t ON x USING sum(y)": "cannot be followed",
    "SELECT day, region, value FROM metrics.round": "cannot be followed",
    "SELECT day, region, value FROM metrics.nowhere": "cannot be followed",
    "WITH RECURSIVE r AS (SELECT 1 AS value UNION ALL SELECT value + 1 FROM r) SELECT value, 2 AS region FROM r":
        "cannot be followed",
}  # fmt: skip


@pytest.mark.parametrize("sql", NOT)
def test_everything_else_does_not_and_says_why(sql: str) -> None:
    value = outputs(sql).of("value")
    assert not value.over(["region"]), value
    assert NOT[sql] in value.reason


@pytest.mark.parametrize(
    ("sql", "over", "not_over"),
    [
        # a user is counted once in each region, and once on each day
        (
            "SELECT day, region, count(*) AS value FROM metrics._users GROUP BY ALL",
            [],
            ["region", "day"],
        ),
        # subscribers on each day: they add up over plans, never over days
        (
            (
                "SELECT d.day, s.plan, count(*) AS value FROM days d JOIN subs s ON s.begin <="
                " d.day AND s.stop > d.day GROUP BY ALL"
            ),
            ["plan"],
            ["day"],
        ),
        # an order with two tags is counted in both
        (
            "SELECT day, tag, count(*) AS value FROM orders, unnest(tags) AS u(tag) GROUP BY ALL",
            ["day"],
            ["tag"],
        ),
        # the plan of a month stands beside each region
        (
            (
                "WITH a AS (SELECT day, region, sum(x) AS s FROM t GROUP BY ALL),"
                " b AS (SELECT day, sum(y) AS plan FROM p GROUP BY ALL)"
                " SELECT day, region, s - plan AS value FROM a JOIN b USING (day)"
            ),
            ["day"],
            ["region"],
        ),
        # daily users of a week are no users of the week
        (
            (
                "SELECT date_trunc('week', day) AS week, sum(n) AS value FROM"
                " (SELECT day, count(*) AS n FROM metrics._users GROUP BY ALL) GROUP BY ALL"
            ),
            [],
            ["week"],
        ),
    ],
)
def test_some_values_add_up_over_one_column_and_not_over_another(
    sql: str, over: list[str], not_over: list[str]
) -> None:
    value = outputs(sql).of("value")
    assert all(value.over([name]) for name in over), value
    assert not any(value.over([name]) for name in not_over), value


_ACTIVE = (
    "SELECT day, customer, plan, price FROM days JOIN contracts ON day BETWEEN begins AND ends"
)


@pytest.mark.parametrize(
    "sql",
    [
        f"WITH active AS ({_ACTIVE}) SELECT day, plan, count(*) AS value FROM active GROUP BY ALL",
        f"SELECT day, plan, sum(price) AS value FROM (SELECT * FROM ({_ACTIVE})) GROUP BY ALL",
        (
            "SELECT d AS day, plan, count(who) AS value FROM (SELECT day, customer, plan FROM days,"
            " contracts WHERE begins <= day AND day <= ends) AS t (d, who, plan) GROUP BY ALL"
        ),
        (
            "SELECT day, plan, count(*) AS value FROM (SELECT plan,"
            " unnest(generate_series(begins, ends, INTERVAL 1 DAY))::DATE AS day FROM contracts)"
            " GROUP BY ALL"
        ),
        (
            f"SELECT day, plan, count(*) AS value FROM ({_ACTIVE} UNION ALL SELECT day, customer,"
            " plan, price FROM trials) GROUP BY ALL"
        ),
    ],
)
def test_what_is_open_on_a_day_is_counted_on_many_days(sql: str) -> None:
    value = outputs(sql).of("value")
    assert value.over(["plan"]), value
    assert not value.over(["day"]), value


def test_what_is_only_looked_up_by_a_range_still_adds_up_over_days() -> None:
    step = (
        "SELECT o.day, {} AS x FROM orders o JOIN rates r ON r.begins <= o.day AND o.day < r.ends"
    )
    for value in ("o.amount", "o.amount * r.rate"):
        sql = f"SELECT day, sum(x) AS value FROM ({step.format(value)}) GROUP BY day"
        assert outputs(sql).of("value").over(["day"])


def test_total_rows_are_seen_where_they_reach_the_result() -> None:
    assert outputs(VIEWS["p90"]).totals
    assert outputs("SELECT * FROM metrics.p90").totals
    assert not outputs("SELECT week, max(value) AS value FROM metrics.p90 GROUP BY ALL").totals
    union = "SELECT day, region, avg(x) AS value FROM t GROUP BY ALL UNION ALL "
    assert outputs(f"{union}SELECT day, NULL, avg(x) FROM t GROUP BY 1").totals
    assert not outputs("SELECT day, region FROM a UNION ALL SELECT day, region FROM b").totals


def test_the_last_value_in_time_is_a_level() -> None:
    sql = (
        "SELECT date_trunc('month', day)::DATE AS month, max_by(balance, day) AS value FROM t GROUP"
        " BY ALL"
    )
    assert outputs(sql).of("value").how == "level"
    assert (
        outputs(sql.replace("max_by(balance, day)", "last(balance ORDER BY day)")).of("value").how
        == "level"
    )
    for other in ("max_by(balance, size)", "last(balance)", "last(balance ORDER BY day DESC)"):
        assert outputs(sql.replace("max_by(balance, day)", other)).of("value").how == "not"


def test_a_name_inside_an_aggregate_is_a_column_not_another_aggregate() -> None:
    assert (
        outputs("SELECT day, avg(x) AS x, sum(x) AS value FROM t GROUP BY ALL")
        .of("value")
        .over(["day"])
    )


def test_the_parts_of_a_mean_and_of_a_ratio_are_known() -> None:
    def parts(value: str) -> tuple[str, ...]:
        return outputs(f"SELECT day, {value} AS value FROM t GROUP BY ALL").of("value").parts

    assert parts("avg(x)") == ("sum(x)", "count(x)")
    assert parts("avg(x) FILTER (WHERE ok)") == (
        "sum(x) FILTER (WHERE ok)",
        "count(x) FILTER (WHERE ok)",
    )
    assert parts("sum(a) / count(*)") == ("sum(a)", "count(*)")
    assert parts("max(a) / count(*)") == parts("median(x)") == ()
    assert outputs("SELECT value FROM (SELECT avg(x) AS value FROM t)").of("value").parts == ()


@pytest.mark.parametrize(
    ("value", "of_parts"),
    [
        ("sum(x)", False),
        ("sum(x) FILTER (a)", False),
        ("sum(x) + 0", False),
        ("sum(x + y)", False),
        ("sum(x) - sum(y)", True),
        ("100 * (sum(x) + count(*))", True),
        ("coalesce(sum(x), 0) - sum(y)", True),
    ],
)
def test_a_value_of_several_sums_is_known(value: str, of_parts: bool) -> None:
    sql = f"WITH step AS (SELECT day, region, {value} AS value FROM t GROUP BY ALL) FROM step"
    assert outputs(sql).of("value").of_parts is of_parts


@pytest.mark.parametrize("sql", [*ADDS, *NOT])
def test_what_is_known_survives_a_cache(sql: str, tmp_path: Path) -> None:
    facts = FactsCache(tmp_path)
    read = remembered(facts, sql, outputs)
    facts.save()
    assert remembered(FactsCache(tmp_path), sql, unread) == read == outputs(sql)


def remembered(facts: FactsCache, sql: str, answer: Callable[[str], Outputs]) -> Outputs:
    return facts.remember("adds", [sql], lambda: answer(sql), Outputs)


def unread(sql: str) -> Outputs:
    raise AssertionError(f"{sql} was read again")


@pytest.mark.parametrize("damage", [b'"adds"', b'"columns"', b"{", b""])
def test_a_cache_is_not_trusted(damage: bytes, tmp_path: Path) -> None:
    facts = FactsCache(tmp_path)
    read = remembered(facts, ADDS[0], outputs)
    facts.save()
    (file,) = tmp_path.glob("facts-*")
    key, _, document = file.read_bytes().rstrip(b"\n").split(b" ", 2)
    other = document.replace(damage, b"always") if damage else b""
    file.write_bytes(b"%s %08x %s\n" % (key, zlib.crc32(other), other))
    assert remembered(FactsCache(tmp_path), ADDS[0], outputs) == read
