"""A leader who reads one line understands what changed: the sentences, word by word."""

from __future__ import annotations

import pytest

from sharekit.sqldiff.sentences import LONGEST, sentences

TOLD = [
    ("SELECT a FROM t", "SELECT a FROM t WHERE origin = 'JFK'", ["+ filter added: `origin = 'JFK'`"]),
    ("SELECT a FROM t WHERE x = 1", "SELECT a FROM t", ["- filter removed: `x = 1`"]),
    ("SELECT a FROM t WHERE x > 1", "SELECT a FROM t WHERE x > 2", ["~ filter is `x > 2` instead of `x > 1`"]),
    ("SELECT count(*) FROM t", "SELECT count(DISTINCT p) FROM t", ["~ counts distinct `p` instead of rows"]),
    ("SELECT count(a) n FROM t", "SELECT count(b) n FROM t", ["~ counts `b` instead of `a`"]),
    ("SELECT sum(a) n FROM t", "SELECT avg(a) n FROM t", ["~ averages `a` instead of `sum(a)`"]),
    ("SELECT sum(a) n FROM t", "SELECT sum(b) n FROM t", ["~ adds up `b` instead of `a`"]),
    (
        "SELECT date_trunc('week', d) w FROM t",
        "SELECT date_trunc('month', d) w FROM t",
        ["~ time grain week -> month"],
    ),
    (
        "WITH late AS (SELECT * FROM flights) SELECT a FROM late",
        "WITH late AS (SELECT * FROM flights_v2) SELECT a FROM late",
        ["~ in step `late`: reads `flights_v2` instead of `flights`"],
    ),
    (
        "SELECT a FROM t WHERE s NOT IN ('cancelled')",
        "SELECT a FROM t WHERE s NOT IN ('cancelled', 'refunded')",
        ["~ leaves out `s` `refunded` as well as `cancelled`"],
    ),
    (
        "SELECT a FROM t WHERE s <> 'cancelled'",
        "SELECT a FROM t WHERE s NOT IN ('cancelled', 'refunded')",
        ["~ leaves out `s` `refunded` as well as `cancelled`"],
    ),
    ("SELECT a FROM t WHERE s IN ('x', 'y')", "SELECT a FROM t WHERE s = 'x'", ["~ no longer takes `s` `y`"]),
    ("SELECT a FROM o", "SELECT a FROM o JOIN f USING (id)", ["+ joins `f` on `USING (id)`"]),
    (
        "SELECT a FROM o JOIN f ON o.i = f.i",
        "SELECT a FROM o LEFT JOIN f ON o.i = f.i",
        ["~ `f` is joined by `LEFT JOIN` instead of `JOIN`"],
    ),
    (
        "SELECT a FROM t LEFT JOIN u ON t.i = u.i",
        "SELECT a FROM u LEFT JOIN t ON t.i = u.i",
        ["~ joins its tables in another order: `u` comes first, and keeps its rows"],
    ),
    (
        "SELECT sum(b) FILTER (WHERE c = 1) v FROM t",
        "SELECT sum(b) FILTER (WHERE c = 2) v FROM t",
        ["~ in `v`: filter is `c = 2` instead of `c = 1`"],
    ),
    ("SELECT a FROM t GROUP BY a", "SELECT a FROM t GROUP BY a, b", ["~ groups by `a, b` instead of `a`"]),
    ("SELECT a FROM t", "SELECT DISTINCT a FROM t", ["+ leaves out repeated rows"]),
    ("SELECT a FROM t LIMIT 5", "SELECT a FROM t LIMIT 9", ["~ keeps the first `9` rows instead of `5`"]),
    ("SELECT a FROM t", "SELECT a AS b FROM t", ["~ the column `a` is called `b`"]),
    ("SELECT a FROM t", "SELECT a, b FROM t", ["+ a new column `b`: `b`"]),
    (
        "SELECT a FROM t UNION SELECT a FROM u",
        "SELECT a FROM t UNION ALL SELECT a FROM u",
        ["~ puts rows together by `UNION ALL` instead of `UNION`"],
    ),
    (
        "SELECT a FROM t HAVING sum(b) > 1",
        "SELECT a FROM t HAVING sum(b) > 2",
        ["~ filter on groups is `sum(b) > 2` instead of `sum(b) > 1`"],
    ),
    ("SELECT a FROM t", "SELECT a FROM u", ["~ reads `u` instead of `t`"]),
]


@pytest.mark.parametrize(("before", "after", "told"), TOLD)
def test_a_change_is_told_in_plain_words(before: str, after: str, told: list[str]) -> None:
    assert [f"{change.op} {change.sentence}" for change in sentences(before, after)] == told


def test_another_alias_alone_is_not_told_beside_the_real_change() -> None:
    before = "SELECT o.a FROM orders AS o WHERE o.x = 1"
    after = "SELECT orders.a FROM orders WHERE orders.x = 1 AND orders.y = 2"
    assert [change.sentence for change in sentences(before, after)] == ["filter added: `orders.y = 2`"]


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
