"""How long a query looks ahead of its rows is read off its SQL; where it looks back, or at other
columns, it has nothing to wait for."""

import pytest

from sharekit.numbers.evaluate.settling import settling_days

WEEK = "SELECT date_trunc('week', v.day) AS week, "
JOIN = " AS value FROM visits v LEFT JOIN buys b USING (who) GROUP BY 1"


@pytest.mark.parametrize(
    ("days", "sql"),
    [
        (30, f"{WEEK}avg(CASE WHEN datediff('day', v.day, b.day) <= 30 THEN 1 ELSE 0 END){JOIN}"),
        (30, f"{WEEK}avg((b.day - v.day <= 30)::INT){JOIN}"),
        (2, f"{WEEK}count(*) FILTER (WHERE b.at <= v.day + INTERVAL 48 HOURS) / count(*){JOIN}"),
        (
            14,
            "WITH c AS (SELECT v.day, b.who IS NOT NULL AS ok FROM visits v LEFT JOIN buys b"
            " ON b.who = v.who AND b.day < date_add(v.day, INTERVAL '2 weeks'))"
            " SELECT date_trunc('week', day) AS week, avg(ok::INT) AS value FROM c GROUP BY ALL",
        ),
        (
            7,
            "SELECT date_trunc('week', v.day) AS week, avg((v.id IN (SELECT b.visit FROM buys b"
            " WHERE v.day + 7 >= b.day))::INT) AS value FROM visits v GROUP BY 1",
        ),
        (
            7,
            "SELECT date_trunc('week', joined) AS week, avg((active <= joined + 7)::INT) AS value"
            " FROM people GROUP BY week",
        ),
        (
            1,
            "SELECT month, count(*) AS value FROM (SELECT DISTINCT month FROM days) JOIN subs"
            " ON ended BETWEEN month AND month + INTERVAL 1 MONTH GROUP BY 1",
        ),
        (
            31,
            "SELECT month, count(*) AS value FROM (SELECT DISTINCT month FROM days) JOIN subs"
            " ON ended >= month AND ended < month + 62 GROUP BY 1",
        ),
    ],
)
def test_rows_counted_after_their_day(days: int, sql: str) -> None:
    assert settling_days(sql) == days


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT b.day AS day, count(*) AS value FROM visits v JOIN buys b"
        " ON b.day BETWEEN v.day AND v.day + 7 GROUP BY b.day",
        "SELECT d.day, sum(x.n) AS value FROM days d JOIN x ON x.day BETWEEN d.day - 6 AND d.day"
        " GROUP BY 1",
        "SELECT day, count(*) AS value FROM t WHERE day >= DATE '2026-01-01' + 7 GROUP BY 1",
        "SELECT week, avg((arrival <= due + 15)::INT) AS value FROM flights GROUP BY week",
        "SELECT week, count(*) AS value FROM t WHERE n BETWEEN low AND low + 5 GROUP BY week",
        "SELECT date_trunc('month', sent) AS month, avg((sent - ordered <= 3)::INT) AS value"
        " FROM orders GROUP BY 1",
        "SELECT month, count(*) AS value FROM (SELECT DISTINCT month FROM days) JOIN subs"
        " ON ended >= month AND ended < month + INTERVAL 1 MONTH GROUP BY 1",
        "WITH w AS (SELECT DISTINCT date_trunc('week', day) AS w FROM days) SELECT w.w AS week,"
        " count(*) AS value FROM w JOIN subs s ON s.began >= w.w AND s.began < w.w + 7 GROUP BY 1",
        "no SELECT + 7",
    ],
)
def test_nothing_to_wait_for(sql: str) -> None:
    assert settling_days(sql) == 0
