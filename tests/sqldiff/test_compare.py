"""The verdict: every harmless rewrite known here is proved, and no change of meaning is ever
missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pytest

import sharekit
from sharekit.sqldiff import compare_sql
from tests.sqldiff.cases import Pair, pairs
from tests.sqldiff.tables import SCHEMA, open_tables, rows_of

HARMLESS = pairs("harmless.sql")
CHANGES = pairs("changes.sql")
NEEDS_SCHEMA = frozenset(
    {
        "a day as text beside a day",
        "BETWEEN of days",
        "* written out",
        "* without a column",
        "a constant in a CTE",
        "a step that names a number",
        "a sum turned round",
        "unions in another nesting",
    }
)
"""What cannot be proved without knowing the tables."""
ONE_VERSION_ONLY = frozenset(
    {"the operator ~ and regexp_matches", "the operator ~ and regexp_full_match"}
)
"""`~` matched the whole text before DuckDB 2.0, and matches a part of it since."""


@pytest.fixture(scope="module")
def databases() -> Iterator[Sequence[duckdb.DuckDBPyConnection]]:
    opened = [open_tables(seed) for seed in range(6)]
    yield opened
    for connection in opened:
        connection.close()


def test_there_are_enough_of_both() -> None:
    assert len(HARMLESS) >= 60
    assert len(CHANGES) >= 110


@pytest.mark.slow
@pytest.mark.parametrize("pair", HARMLESS, ids=str)
def test_a_harmless_rewrite_returns_the_same_rows(
    pair: Pair, databases: Sequence[duckdb.DuckDBPyConnection]
) -> None:
    for database in databases:
        assert rows_of(database, pair.before) == rows_of(database, pair.after)


@pytest.mark.parametrize("pair", HARMLESS, ids=str)
def test_a_harmless_rewrite_is_proved(pair: Pair) -> None:
    found = compare_sql(pair.before, pair.after, schema=SCHEMA)
    assert found.verdict in ("cosmetic", "rewritten")
    assert found.changes == ()
    if pair.title not in NEEDS_SCHEMA:
        assert compare_sql(pair.after, pair.before).verdict in ("cosmetic", "rewritten")


@pytest.mark.slow
@pytest.mark.parametrize("pair", CHANGES, ids=str)
def test_a_change_can_be_seen_in_the_rows(
    pair: Pair, databases: Sequence[duckdb.DuckDBPyConnection]
) -> None:
    """The pairs are changes indeed: some data tell them apart, by rows or by the names of
    columns."""
    if pair.title in ONE_VERSION_ONLY:
        pytest.skip("the same on one version of DuckDB, another on the next")
    names = [
        [column[0] for column in databases[0].execute(sql).description]
        for sql in (pair.before, pair.after)
    ]
    differ = any(
        rows_of(database, pair.before) != rows_of(database, pair.after) for database in databases
    )
    assert differ or names[0] != names[1]


@pytest.mark.slow
@pytest.mark.parametrize("pair", CHANGES, ids=str)
def test_a_change_is_never_missed(pair: Pair) -> None:
    for schema in (None, SCHEMA):
        for before, after in ((pair.before, pair.after), (pair.after, pair.before)):
            found = compare_sql(before, after, schema=schema)
            assert found.verdict == "changed"
            assert found.changes
            assert all(change.sentence for change in found.changes)


def test_verdicts_tell_how_much_differs() -> None:
    query = "SELECT origin, count(*) AS n FROM flights WHERE dep_delay > 15 GROUP BY origin"
    verdicts = [
        compare_sql(query, other).verdict
        for other in (
            f"\n{query}\n",
            query.lower(),
            "select f.origin, count(1) n from flights f where 15 < f.dep_delay group by 1",
            (
                "WITH f AS (SELECT * FROM flights WHERE dep_delay > 15) SELECT origin, count(*) AS"
                " n FROM f GROUP BY 1"
            ),
            query.replace("15", "16"),
        )
    ]
    assert verdicts == ["identical", "cosmetic", "cosmetic", "rewritten", "changed"]
    with_columns = query.replace("flights", "(SELECT origin, dep_delay FROM flights) f")
    assert compare_sql(query, with_columns).verdict == "rewritten"


def test_it_is_exported_without_being_loaded() -> None:
    assert sharekit.compare_sql is compare_sql
    assert "compare_sql" in dir(sharekit)
    with pytest.raises(AttributeError):
        sharekit.nothing  # noqa: B018


# -- paths and names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SELECT count(*) FROM 'A.csv'", "SELECT count(*) FROM 'a.csv'"),
        ('SELECT count(*) FROM "data/A.parquet"', 'SELECT count(*) FROM "data/a.parquet"'),
        (
            "SELECT x FROM read_csv('a.csv', header = true)",
            "SELECT x FROM read_csv('a.csv', header = false)",
        ),
        ("SELECT x FROM read_csv('a.csv', delim = ';')", "SELECT x FROM read_csv('a.csv')"),
        ("SELECT x FROM read_csv('A.csv')", "SELECT x FROM read_csv('a.csv')"),
        ("SELECT x FROM metrics.events", "SELECT x FROM events"),
        ("SELECT x FROM a.events", "SELECT x FROM b.events"),
        ("SELECT x FROM events TABLESAMPLE 10%", "SELECT x FROM events TABLESAMPLE 20%"),
        ("SELECT x FROM events USING SAMPLE 10", "SELECT x FROM events"),
        ("SELECT $1", "SELECT $2"),
        ("SELECT x FROM t WHERE d = $day", "SELECT x FROM t WHERE d = $week"),
        (
            "SELECT list_transform(a, lambda x: x + 1) FROM t",
            "SELECT list_transform(a, lambda x: x + 2) FROM t",
        ),
        ("SELECT [x + 1 for x in a] FROM t", "SELECT [x + 1 for x in a if x > 2] FROM t"),
        ("SELECT a.b FROM t", "SELECT a.c FROM t"),
        ("SELECT a[1] FROM t", "SELECT a[2] FROM t"),
        ("SELECT m['k'] FROM t", "SELECT m['K'] FROM t"),
        ("SELECT x::DECIMAL(10, 2) FROM t", "SELECT x::DECIMAL(10, 3) FROM t"),
        ("SELECT try_cast(x AS INT) FROM t", "SELECT cast(x AS INT) FROM t"),
        ("SELECT x COLLATE nocase FROM t", "SELECT x FROM t"),
        ("SELECT ts AT TIME ZONE 'UTC' FROM t", "SELECT ts AT TIME ZONE 'CET' FROM t"),
        ("SELECT e'a\\n' FROM t", "SELECT 'a\\n' FROM t"),
        ("PIVOT t ON a USING sum(b)", "PIVOT t ON a USING max(b)"),
        ("SELECT text[1] FROM t", "SELECT string[1] FROM t"),
        ("SELECT sum(x) EXPORT_STATE FROM t", "SELECT sum(x) AS export_state FROM t"),
        ("SELECT typeof(x + 10) FROM t", "SELECT typeof(x + +10) FROM t"),
        (
            "SELECT alias(a + 1) AS p FROM t GROUP BY p",
            "SELECT alias(a + 1) AS p FROM t GROUP BY alias(a + 1)",
        ),
        ("SELECT x + c AS v FROM (SELECT x, 100 AS c FROM t) s", "SELECT x + 100 AS v FROM t"),
        (
            "SELECT 1 AS a UNION ALL (SELECT 2.50 UNION ALL SELECT b FROM t)",
            "(SELECT 1 AS a UNION ALL SELECT 2.50) UNION ALL SELECT b FROM t",
        ),
        ("SELECT f(j -> 'K') AS v FROM t", "SELECT f(j -> 'k') AS v FROM t"),
        ("FROM (SUMMARIZE TABLE t) s", "FROM (SUMMARIZE TABLE u) s"),
    ],
)
def test_small_words_count(before: str, after: str) -> None:
    assert compare_sql(before, after).verdict == "changed"


def test_a_table_is_not_another_that_shares_an_inner_name() -> None:
    """Where sqlglot makes internal names canonical without a schema, `events` equals
    `events_v2`."""
    for template in (
        "SELECT x FROM {}",
        "WITH a AS (SELECT x FROM {}) SELECT x FROM a",
        "SELECT x FROM (FROM {}) s",
    ):
        assert (
            compare_sql(template.format("events"), template.format("events_v2")).verdict
            == "changed"
        )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SELECT a FROM t", "SELECT a FROM t WHERE"),
        ("not sql (", "also not )"),
        ("SELECT 1; SELECT 2", "SELECT 1"),
        ("", "SELECT 1"),
        ("DELETE FROM t", "DELETE FROM u"),
        ("INSERT INTO t SELECT 1", "INSERT INTO t SELECT 2"),
        ("WITH d AS (DELETE FROM t RETURNING *) SELECT 1", "SELECT 1"),
        ("SELECT 1 /* ", "SELECT 1"),
        ("SELECT '", "SELECT 1"),
        ("\x00", "\x01"),
    ],
)
def test_what_cannot_be_read_is_changed_and_never_raises(before: str, after: str) -> None:
    found = compare_sql(before, after)
    assert found.verdict == "changed"
    assert found.changes


def test_an_unknown_dialect_is_no_error() -> None:
    assert compare_sql("SELECT 1", "SELECT 2", dialect="klingon").verdict == "changed"


def test_what_is_volatile_is_not_merged_and_not_said_once() -> None:
    twice = "SELECT count(*) AS n FROM t WHERE random() < 0.5 AND random() < 0.5"
    assert (
        compare_sql(twice, "SELECT count(*) AS n FROM t WHERE random() < 0.5").verdict == "changed"
    )
    step = "WITH r AS (SELECT random() AS x FROM t) SELECT x, x AS y FROM r"
    assert compare_sql(step, "SELECT random() AS x, random() AS y FROM t").verdict == "changed"


def test_a_choice_of_rows_is_made_once() -> None:
    once = (
        "WITH s AS (SELECT x FROM t USING SAMPLE 5) SELECT count(*) AS n FROM s a JOIN s b ON a.x"
        " = b.x"
    )
    part = "(SELECT x FROM t USING SAMPLE 5)"
    assert (
        compare_sql(once, f"SELECT count(*) AS n FROM {part} a JOIN {part} b ON a.x = b.x").verdict
        == "changed"
    )


def test_a_comment_cannot_tell_the_reader_what_to_do() -> None:
    """sqlglot obeys some comments."""
    before = "SELECT sum /* sqlglot.anonymous */ (x) AS v FROM t"
    assert compare_sql(before, "SELECT sum(x) AS v FROM t").verdict == "cosmetic"
    before = "SELECT x /* sqlglot.meta cte=1, notes=2, bound, resolved */ AS v FROM t"
    assert compare_sql(before, "SELECT y AS v FROM t").verdict == "changed"


# -- time -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("count", [100, 500, 1000])
def test_long_chains_take_no_time(count: int) -> None:
    """sqlglot's simplify takes a minute for 500 ANDs, and then gives up."""
    ands = " AND ".join(f"x <> {number}" for number in range(count))
    turned = " AND ".join(f"{number} <> x" for number in reversed(range(count)))
    assert (
        compare_sql(f"SELECT a FROM t WHERE {ands}", f"SELECT a FROM t WHERE {turned}").verdict
        == "cosmetic"
    )
    other = ands.replace("<> 7 ", "<> -7 ")
    assert (
        compare_sql(f"SELECT a FROM t WHERE {ands}", f"SELECT a FROM t WHERE {other}").verdict
        == "changed"
    )


@pytest.mark.slow
def test_mixed_chains_take_no_time() -> None:
    parts = [f"(a{number} = {number} OR b{number} < {number})" for number in range(400)]
    before, after = " AND ".join(parts), " AND ".join(reversed(parts))
    assert (
        compare_sql(f"SELECT a FROM t WHERE {before}", f"SELECT a FROM t WHERE {after}").verdict
        == "cosmetic"
    )


@pytest.mark.slow
def test_beyond_the_limits_only_the_words_are_compared() -> None:
    deep = "SELECT " + "(" * 3000 + "1" + ")" * 3000
    assert compare_sql(deep, deep.replace("1", "2")).verdict == "changed"
    wide = ", ".join(f"c{number} + {number}" for number in range(9000))
    assert (
        compare_sql(f"SELECT {wide} FROM t", f"select {wide} from t -- all").verdict == "cosmetic"
    )
    assert compare_sql(f"SELECT {wide} FROM t", f"SELECT {wide}, 1 FROM t").verdict == "changed"


def test_a_tower_of_ctes_stops_growing() -> None:
    """Each reads the one before twice: written out, the last would be a thousand times the
    first."""
    steps = ["a0 AS (SELECT x FROM t)"]
    steps += [
        f"a{n} AS (SELECT l.x FROM a{n - 1} l JOIN a{n - 1} r ON l.x = r.x)" for n in range(1, 14)
    ]
    before = f"WITH {', '.join(steps)} SELECT count(*) AS n FROM a13"
    assert compare_sql(before, before.replace("l.x = r.x", "r.x = l.x")).verdict == "cosmetic"
    assert (
        compare_sql(before, before.replace("FROM t)", "FROM t WHERE x > 1)")).verdict == "changed"
    )


@pytest.mark.slow
def test_what_doubles_at_each_step_takes_no_time() -> None:
    """Aliases of aliases, steps of steps, subjects of subjects: each is twice as large as the one
    before."""
    aliases = ", ".join(f"x{place} + x{place} AS x{place + 1}" for place in range(25))
    nested = (
        "SELECT x FROM " + "(SELECT x + x AS x FROM " * 24 + "(SELECT a AS x FROM t) s" + ") s" * 24
    )
    subjects = "SELECT " + "CASE " * 30 + "a" + " WHEN 1 THEN 2 WHEN 3 THEN 4 END" * 30 + " FROM t"
    for sql in (f"SELECT a AS x0, {aliases} FROM t", nested, subjects):
        found = compare_sql(sql, sql.replace("a ", "b ", 1), schema={"t": ["a", "b"]})
        assert found.verdict == "changed"
        assert found.changes


@pytest.mark.slow
def test_wide_and_deep_queries_fall_back_to_their_texts() -> None:
    """What grows with the square of a query's size is left out by count: the change is told by its
    words."""
    joined = " ".join(
        f"JOIN (SELECT a FROM t WHERE b > {n}) t{n} ON t{n - 1}.a = t{n}.a" for n in range(1, 400)
    )
    summed = (
        "SELECT a"
        + "".join(f" + b * {number}" for number in range(300))
        + " AS v FROM t WHERE b = 77"
    )
    keys = ", ".join(f"a + {number} AS k{number}" for number in range(800))
    grouped = f"SELECT {keys}, sum(b) AS v FROM t WHERE b = 77 GROUP BY ALL"
    for sql in (f"SELECT count(*) AS n FROM t t0 {joined} WHERE t0.b = 77", summed, grouped):
        found = compare_sql(sql, sql.replace("b = 77", "b = 78"))
        assert found.verdict == "changed"
        assert found.changes[0].sentence == "`78` instead of `77`"
