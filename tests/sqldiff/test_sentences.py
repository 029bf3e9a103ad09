"""A leader who reads one line understands what changed: the sentences, word by word."""

from __future__ import annotations

import pytest

from sharekit.sqldiff.differences.code_display import LONGEST
from sharekit.sqldiff.differences.sentences import sentences

TOLD = [
    (
        "SELECT a FROM t",
        "SELECT a FROM t WHERE origin = 'JFK'",
        ["+ filter added: `origin = 'JFK'`"],
    ),
    ("SELECT a FROM t WHERE x = 1", "SELECT a FROM t", ["- filter removed: `x = 1`"]),
    (
        "SELECT a FROM t WHERE x > 1",
        "SELECT a FROM t WHERE x > 2",
        ["~ filter is `x > 2` instead of `x > 1`"],
    ),
    (
        "SELECT a FROM t WHERE x = 1 AND y = 2",
        "SELECT a FROM t WHERE x = 1 OR y = 2",
        ["~ filter is `x = 1 OR y = 2` instead of `x = 1 AND y = 2`"],
    ),
    (
        "SELECT a FROM t WHERE x BETWEEN 1 AND 5",
        "SELECT a FROM t WHERE x BETWEEN 1 AND 7",
        ["~ filter is `x <= 7` instead of `x <= 5`"],
    ),
    ("SELECT max(a) FROM t", "SELECT a FROM t", ["~ returns `a` instead of `max(a)`"]),
    ("SELECT a FROM t", "SELECT a || 'x' FROM t", ["~ returns `a || 'x'` instead of `a`"]),
    ("SELECT a FROM t", "SELECT a FROM t WHERE x IS NOT NULL", ["+ leaves out rows without `x`"]),
    (
        "SELECT count(*) FROM t",
        "SELECT count(DISTINCT p) FROM t",
        ["~ counts distinct `p` instead of rows"],
    ),
    ("SELECT count(a) n FROM t", "SELECT count(b) n FROM t", ["~ counts `b` instead of `a`"]),
    ("SELECT count(a) n FROM t", "SELECT count(DISTINCT a) n FROM t", ["~ counts each `a` once"]),
    (
        "SELECT sum(a) n FROM t",
        "SELECT avg(a) n FROM t",
        ["~ takes the average of `a` instead of the sum"],
    ),
    ("SELECT sum(a) n FROM t", "SELECT sum(b) n FROM t", ["~ adds up `b` instead of `a`"]),
    (
        "SELECT quantile_cont(a, 0.9) n FROM t",
        "SELECT quantile_cont(a, 0.5) n FROM t",
        ["~ takes the 50th percentile of `a` instead of the 90th"],
    ),
    (
        "SELECT date_trunc('week', d) w, count(*) n FROM t GROUP BY 1",
        "SELECT date_trunc('month', d) w, count(*) n FROM t GROUP BY 1",
        ["~ time grain week -> month"],
    ),
    (
        "SELECT a - (b - c) AS v FROM t",
        "SELECT a - b - c AS v FROM t",
        ["~ `a - b - c` instead of `a - (b - c)`"],
    ),
    (
        "WITH late AS (SELECT * FROM flights) SELECT a FROM late",
        "WITH late AS (SELECT * FROM flights_v2) SELECT a FROM late",
        ["~ in step `late`: reads `flights_v2` instead of `flights`"],
    ),
    (
        "SELECT max(n) v FROM (SELECT o, count(*) n FROM t WHERE x > 1 GROUP BY o) s",
        "SELECT max(n) v FROM (SELECT o, count(*) n FROM t WHERE x > 2 GROUP BY o) s",
        ["~ in `s`: filter is `x > 2` instead of `x > 1`"],
    ),
    (
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.i = t.i)",
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.i = t.i AND u.x = 1)",
        ["+ in the subquery on `u`: filter added: `x = 1`"],
    ),
    (
        "SELECT a FROM orders WHERE s NOT IN ('cancelled')",
        "SELECT a FROM orders WHERE s NOT IN ('cancelled', 'refunded')",
        ["~ leaves out orders with s `refunded`, as well as `cancelled`"],
    ),
    (
        "SELECT a FROM t WHERE s <> 'cancelled'",
        "SELECT a FROM t WHERE s NOT IN ('cancelled', 'refunded')",
        ["~ leaves out rows with s `refunded`, as well as `cancelled`"],
    ),
    (
        "SELECT a FROM t WHERE s IN ('x', 'y')",
        "SELECT a FROM t WHERE s = 'x'",
        ["~ no longer takes in rows with s `y`, only `x`"],
    ),
    (
        "SELECT a FROM t WHERE s = 'x'",
        "SELECT a FROM t WHERE s = 'y'",
        ["~ takes rows with s `y` instead of `x`"],
    ),
    ("SELECT a FROM o", "SELECT a FROM o JOIN f USING (id)", ["+ joins `f`"]),
    (
        "SELECT a FROM o",
        "SELECT a FROM o LEFT JOIN f USING (id)",
        ["+ joins `f`, keeping rows without a match"],
    ),
    (
        "SELECT a FROM o JOIN f ON o.i = f.i",
        "SELECT a FROM o LEFT JOIN f ON o.i = f.i",
        ["~ keeps rows without a match in `f`"],
    ),
    (
        "SELECT a FROM o JOIN f ON o.i = f.i",
        "SELECT a FROM o JOIN f ON o.j = f.i",
        ["~ joins `f` on `o.j = f.i` instead of `o.i = f.i`"],
    ),
    (
        "SELECT a FROM t LEFT JOIN u ON t.i = u.i",
        "SELECT a FROM u LEFT JOIN t ON t.i = u.i",
        ["~ starts from `u`, whose rows are all kept, instead of `t`"],
    ),
    (
        "SELECT o, sum(b) FILTER (WHERE c = 1) v, sum(b) w FROM t GROUP BY o",
        "SELECT o, sum(b) FILTER (WHERE c = 2) v, sum(b) w FROM t GROUP BY o",
        ["~ in `v`: takes rows with c `2` instead of `1`"],
    ),
    ("SELECT a FROM t GROUP BY a", "SELECT a FROM t GROUP BY a, b", ["+ groups by `b` as well"]),
    (
        "SELECT count(*) n FROM t GROUP BY a, b",
        "SELECT count(*) n FROM t GROUP BY GROUPING SETS ((a, b), ())",
        ["~ groups by `GROUPING SETS ((a, b), ())`"],
    ),
    ("SELECT a FROM t", "SELECT DISTINCT a FROM t", ["+ leaves out repeated rows"]),
    (
        "SELECT a FROM t LIMIT 5",
        "SELECT a FROM t LIMIT 9",
        ["~ keeps the first `9` rows instead of `5`"],
    ),
    (
        "SELECT a FROM t ORDER BY a LIMIT 5",
        "SELECT a FROM t ORDER BY a DESC LIMIT 5",
        ["~ takes the first rows by `a`, largest first instead of `a`"],
    ),
    ("SELECT a FROM t", "SELECT a AS b FROM t", ["~ the column `a` is called `b`"]),
    ("SELECT a FROM t", "SELECT a, b FROM t", ["+ a new column `b`"]),
    (
        "SELECT a FROM t UNION SELECT a FROM u",
        "SELECT a FROM t UNION ALL SELECT a FROM u",
        ["~ puts rows together by `UNION ALL` instead of `UNION`"],
    ),
    (
        "SELECT a FROM t",
        "SELECT a FROM t UNION ALL SELECT a FROM u",
        ["+ rows of another query are added"],
    ),
    (
        "SELECT a FROM t HAVING sum(b) > 1",
        "SELECT a FROM t HAVING sum(b) > 2",
        ["~ filter on groups is `sum(b) > 2` instead of `sum(b) > 1`"],
    ),
    ("SELECT a FROM t", "SELECT a FROM u", ["~ reads `u` instead of `t`"]),
    (
        "SELECT count(DISTINCT a) AS n FROM t",
        "SELECT count(*) AS n FROM (SELECT DISTINCT a FROM t)",
        ["~ reads a subquery instead of `t`", "~ counts rows instead of distinct `a`"],
    ),
    (
        "SELECT a FROM (SELECT a FROM t LIMIT 5)",
        "SELECT a FROM (SELECT a FROM t LIMIT 6)",
        ["~ in the subquery: keeps the first `6` rows instead of `5`"],
    ),
    ("SELECT a FROM t, (VALUES (1))", "SELECT a FROM t, u", ["~ reads `u` instead of a subquery"]),
    ("SELECT t.a, t.b FROM t", "SELECT u.a, u.b FROM u", ["~ reads `u` instead of `t`"]),
    (
        "SELECT rank() OVER (PARTITION BY a ORDER BY b) r FROM t",
        "SELECT rank() OVER (PARTITION BY c ORDER BY b) r FROM t",
        ["~ for each `c` instead of `a`"],
    ),
    (
        "SELECT rank() OVER (PARTITION BY a ORDER BY b) r FROM t QUALIFY r <= 3",
        "SELECT rank() OVER (ORDER BY b) r FROM t QUALIFY r <= 5",
        [
            "~ over all rows together instead of for each `a`",
            "~ filter on windows is `r <= 5` instead of `r <= 3`",
        ],
    ),
    (
        "SELECT count(*) FILTER (WHERE d <= 15) AS o, count(*) AS n, o / n AS value FROM t",
        "SELECT count(*) FILTER (WHERE d <= 30) AS o, count(*) AS n, o / n AS value FROM t",
        ["~ in `o`: filter of `count(*)` is `d <= 30` instead of `d <= 15`"],
    ),
    (
        "SELECT sum(a) FILTER (WHERE s = 'paid') AS value FROM t",
        "SELECT sum(a) AS value FROM t WHERE s = 'paid'",
        ["- filter of `sum(a)` removed: `s = 'paid'`", "+ filter added: `s = 'paid'`"],
    ),
    (
        "SELECT a FROM t WHERE dep <= 15",
        "SELECT a FROM t WHERE arr <= 15",
        ["~ filter is `arr <= 15` instead of `dep <= 15`"],
    ),
    (
        "SELECT a FROM t WHERE s = 'paid'",
        "SELECT a FROM t WHERE s <> 'cancelled'",
        ["~ filter is `s <> 'cancelled'` instead of `s = 'paid'`"],
    ),
    (
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.i = t.i)",
        "SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.i = t.i)",
        ["~ keeps only rows without a match in the subquery"],
    ),
    (
        (
            "SELECT CASE WHEN a < 10 THEN 'small' WHEN a < 99 THEN 'middle' ELSE 'large' END AS"
            " size FROM t"
        ),
        "SELECT CASE WHEN a < 20 THEN 'small' WHEN a < 99 THEN 'medium' END AS size FROM t",
        [
            "~ `'small'` where `a < 20` instead of `a < 10`",
            "~ `'medium'` instead of `'middle'` where `a < 99`",
            "~ nothing instead of `'large'` in all other cases",
        ],
    ),
    (
        "SELECT sum(CASE WHEN s = 'paid' THEN a ELSE 0 END) AS value FROM t",
        "SELECT sum(CASE WHEN s = 'paid' THEN a * 1.19 ELSE 0 END) AS value FROM t",
        ["~ `a * 1.19` instead of `a` where `s = 'paid'`"],
    ),
    (
        "SELECT date_trunc('week', d) AS week, count(*) AS n FROM t GROUP BY week",
        "SELECT date_trunc('month', d) AS month, count(*) AS n FROM t GROUP BY month",
        ["~ time grain week -> month"],
    ),
    (
        "SELECT o, count(*) AS n FROM t GROUP BY o",
        "SELECT c, count(*) AS n FROM t GROUP BY c",
        ["~ returns `c` instead of `o`"],
    ),
    (
        "SELECT count(*) n FROM t GROUP BY o",
        "SELECT count(*) n FROM t GROUP BY c",
        ["~ groups by `c` instead of `o`"],
    ),
    (
        "SELECT a FROM t WHERE b::int > 5",
        "SELECT a FROM t WHERE b::int > 6",
        ["~ filter is `b::INT > 6` instead of `b::INT > 5`"],
    ),
    (
        "SELECT a FROM t WHERE CAST(b AS VARCHAR) = 'x'",
        "SELECT a FROM t WHERE CAST(b AS VARCHAR) = 'y'",
        ["~ filter is `CAST(b AS VARCHAR) = 'y'` instead of `CAST(b AS VARCHAR) = 'x'`"],
    ),
    (
        "SELECT a FROM t USING SAMPLE 10%",
        "SELECT a FROM t",
        ["- without `TABLESAMPLE SYSTEM (10 PERCENT)`"],
    ),
    (
        "WITH c AS (SELECT k FROM e WHERE x > 3) SELECT * FROM (PIVOT c ON k USING sum(x))",
        "WITH c AS (SELECT k FROM e WHERE x > 6) SELECT * FROM (PIVOT c ON k USING sum(x))",
        ["~ `6` instead of `3`"],
    ),
]


@pytest.mark.parametrize(("before", "after", "told"), TOLD)
def test_a_change_is_told_in_plain_words(before: str, after: str, told: list[str]) -> None:
    assert [f"{change.op} {change.sentence}" for change in sentences(before, after)] == told


def test_the_sentences_of_the_design() -> None:
    before = """select count(distinct o.delivery_address_id) as value
        from orders as o
        where o.ordered_at > as_of() - interval '28 days' and o.status <> 'cancelled'"""
    after = """select count(distinct o.office_id) as value
        from orders as o join offices as f using (office_id)
        where o.ordered_at > as_of() - interval '28 days' and o.status not in ('cancelled', 'refunded')
          and f.plan <> 'trial'"""
    assert [f"{change.op} {change.sentence}" for change in sentences(before, after)] == [
        "+ joins `offices`",
        "~ counts `office_id` instead of `delivery_address_id`",
        "~ leaves out orders with status `refunded`, as well as `cancelled`",
        "+ leaves out offices with plan `trial`",
    ]


def test_what_is_only_respelled_is_not_told_beside_the_real_change() -> None:
    before = (
        "SELECT date_trunc('week', d) AS w, count(*) AS n FROM t WHERE x BETWEEN 1 AND 2 AND y > 3"
        " GROUP BY 1"
    )
    after = """SELECT date_trunc('week', q.d) w, count(1) AS n FROM t AS q
        WHERE 3 < q.y AND q.x >= 1 AND q.x <= 2 AND q.z = 4 GROUP BY date_trunc('week', q.d)"""
    assert [change.sentence for change in sentences(before, after)] == ["filter added: `z = 4`"]


def test_a_table_that_is_not_known_yet_is_read_like_the_one_before() -> None:
    schema = {"flights": {"day": "DATE", "dep_delay": "DOUBLE"}}
    before = (
        "SELECT day, count(*) FILTER (WHERE dep_delay < 5) AS o, count(*) AS n, o / n AS value FROM"
        " {} GROUP BY ALL"
    )
    found = sentences(before.format("flights"), before.format("flights_v2"), schema=schema)
    assert [change.sentence for change in found] == ["reads `flights_v2` instead of `flights`"]


def test_what_one_change_does_to_several_columns_is_told_once() -> None:
    before = "SELECT count(*) FILTER (WHERE d <= 15) AS o, count(*) AS n, o / n AS value FROM t"
    found = sentences(before, before.replace("15", "30"), schema={"t": ["d"]})
    told = ["in `o` and `value`: filter of `count(*)` is `d <= 30` instead of `d <= 15`"]
    assert [change.sentence for change in found] == told


def test_a_query_cut_into_other_steps_tells_the_change_and_not_the_cut() -> None:
    before = "SELECT origin, count(*) AS n FROM flights WHERE delay > 15 GROUP BY origin"
    after = """WITH late AS (SELECT origin, carrier FROM flights WHERE delay > 15)
        SELECT origin, count(*) AS n FROM late WHERE carrier = 'AA' GROUP BY origin"""
    assert [change.sentence for change in sentences(before, after)] == [
        "filter added: `carrier = 'AA'`"
    ]


def test_code_keeps_its_author_s_case_of_keywords() -> None:
    found = sentences("select a from t", "select a from t where x like 'a%' or y is not null")
    assert found[0].sentence == "filter added: `x like 'a%' or y is not null`"


def test_a_backtick_in_code_does_not_end_it() -> None:
    found = sentences("SELECT a FROM t WHERE x = 'y'", "SELECT a FROM t WHERE x = 'y`z'")
    assert all(change.sentence.count("`") % 2 == 0 for change in found)


def test_another_alias_alone_is_not_told_beside_the_real_change() -> None:
    before = "SELECT o.a FROM orders AS o WHERE o.x = 1"
    after = "SELECT orders.a FROM orders WHERE orders.x = 1 AND orders.y = 2"
    assert [change.sentence for change in sentences(before, after)] == ["filter added: `y = 2`"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("not sql (", "SELECT 1"),
        ("SELECT 1", "SELECT 1 AS"),
        ("", "SELECT 1"),
        ("SELECT a FROM t", "SELECT a FROM t"),
        ("SELECT '`' FROM t", "SELECT '``' FROM t"),
        ("FROM t", "PIVOT t ON a USING sum(b)"),
    ],
)
def test_there_is_always_something_to_read(before: str, after: str) -> None:
    found = sentences(before, after)
    assert found
    assert all(change.sentence.strip() for change in found)


def test_long_code_is_cut() -> None:
    long = " + ".join(f"column_{number}" for number in range(200))
    found = sentences("SELECT a AS v FROM t", f"SELECT {long} AS v FROM t")
    assert max(len(change.sentence) for change in found) < 2 * LONGEST + 40
