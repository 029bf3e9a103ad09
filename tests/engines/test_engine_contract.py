"""What every engine promises (sharekit/engines/__init__.py). Another engine is added to OPENERS and
runs it all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from enginekit import AS_OF, CARRIERS, FLIGHTS, manifest, opened

from sharekit.engines import Engine, Query
from sharekit.errors import QueryError
from sharekit.numbers.results import Column, Rows
from sharekit.project.manifest import Manifest

OPENERS: Mapping[str, Callable[[Manifest], Engine]] = {"duckdb": opened}
ITEMS = {
    "_late": "SELECT * FROM flights WHERE delay > 15",
    "_later": "SELECT * FROM metrics._late WHERE delay > 30",
    "_rolled": "SELECT origin, count(*) AS n FROM metrics._operated GROUP BY origin",
    "_operated": "SELECT * FROM flights WHERE delay IS NOT NULL",
    "_broken": "SELECT nonsense FROM flights",
    "_unparsed": "SELEC 1",
    "a": "SELECT * FROM metrics.b",
    "b": "SELECT * FROM metrics.c",
    "c": "SELECT * FROM metrics.a",
    "late": "SELECT count(*) AS value FROM metrics._later",
    "reads_broken": "SELECT * FROM metrics._reads_broken",
    "_reads_broken": "SELECT * FROM metrics._broken",
}


@pytest.fixture(scope="module", params=OPENERS)
def any_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    root = tmp_path_factory.mktemp("project")
    (root / "flights.csv").write_text(FLIGHTS)
    (root / "carriers.csv").write_text(CARRIERS)
    sources = {"flights": "flights.csv", "carriers": "carriers.csv", "gone": "gone.csv"}
    declared = manifest(root, sources, ITEMS, materialized=("_rolled",), limits={"max_rows": 500})
    engine = OPENERS[request.param](declared)
    yield engine
    engine.close()


def value(engine: Engine, sql: str) -> Any:
    """The only cell of a result."""
    ((cell,),) = engine.query(sql).rows
    return cell


def test_it_says_what_it_is(any_engine: Engine) -> None:
    assert any_engine.name
    assert any_engine.version
    assert any_engine.dialect


def test_sources_tell_columns_rows_and_latest_day(any_engine: Engine) -> None:
    flights = any_engine.sources()["flights"]

    assert flights.columns == (
        Column("day", "DATE", "date"),
        Column("carrier", "VARCHAR", "text"),
        Column("origin", "VARCHAR", "text"),
        Column("dest", "VARCHAR", "text"),
        Column("delay", "BIGINT", "number"),
        Column("distance", "BIGINT", "number"),
    )
    assert flights.rows == 7
    assert flights.data_until == date(2013, 11, 20), (
        "the row of 25 November is after the as-of date"
    )
    assert flights.error is None
    assert flights.fingerprint


def test_source_without_time_has_no_latest_day(any_engine: Engine) -> None:
    assert any_engine.sources()["carriers"].data_until is None


def test_missing_source_fails_only_its_readers(any_engine: Engine) -> None:
    assert any_engine.sources()["gone"].error == "there is no file gone.csv"
    with pytest.raises(QueryError, match="the source gone cannot be read: there is no file"):
        any_engine.query("SELECT * FROM gone")
    assert value(any_engine, "SELECT count(*) FROM flights") == 7


def test_rows_come_as_plain_values(any_engine: Engine) -> None:
    rows = any_engine.query(
        "SELECT DATE '2013-11-18' AS d, TIMESTAMP '2013-11-18 10:30:00' AS t, 42 AS i, 0.5::DOUBLE"
        " AS f, 12.34::DECIMAL(10, 2) AS m, 'x' AS s, TRUE AS b, NULL::INTEGER AS n"
    )

    assert rows.rows == (
        (
            date(2013, 11, 18),
            datetime(2013, 11, 18, 10, 30),
            42,
            0.5,
            Decimal("12.34"),
            "x",
            True,
            None,
        ),
    )
    assert [type(cell) for cell in rows.rows[0]] == [
        date,
        datetime,
        int,
        float,
        Decimal,
        str,
        bool,
        type(None),
    ]
    kinds = [column.kind for column in rows.columns]
    assert kinds == ["date", "timestamp", "number", "number", "number", "text", "bool", "number"]


def test_sums_are_numbers(any_engine: Engine) -> None:
    rows = any_engine.query("SELECT sum(distance) AS value, avg(delay) AS mean FROM flights")

    assert rows.rows == ((9386, pytest.approx(59 / 6)),)
    assert [column.kind for column in rows.columns] == ["number", "number"]


def test_order_of_rows_is_kept(any_engine: Engine) -> None:
    assert any_engine.query("SELECT carrier FROM carriers ORDER BY carrier DESC").rows == (
        ("DL",),
        ("B6",),
        ("AA",),
    )


def test_no_rows_is_a_result(any_engine: Engine) -> None:
    rows = any_engine.query("SELECT origin, delay FROM flights WHERE delay > 1000")

    assert rows == Rows(
        (Column("origin", "VARCHAR", "text"), Column("delay", "BIGINT", "number")), ()
    )


def test_columns_are_told_without_running(any_engine: Engine) -> None:
    told = any_engine.columns("SELECT day, count(*) AS value FROM flights GROUP BY day")

    assert [(column.name, column.kind) for column in told] == [("day", "date"), ("value", "number")]
    with pytest.raises(QueryError):
        any_engine.columns("SELECT nonsense FROM flights")


def test_error_of_columns_has_its_place(any_engine: Engine) -> None:
    with pytest.raises(QueryError) as caught:
        any_engine.columns("SELECT day,\n  delai FROM flights")
    assert (caught.value.line, caught.value.column) == (2, 3)


def test_error_beside_a_list_has_its_place(any_engine: Engine) -> None:
    with pytest.raises(QueryError) as caught:
        any_engine.query("SELECT [delay] AS l,\n  origin::INTEGER AS n FROM flights")
    assert (caught.value.line, caught.value.column) in ((2, 9), (2, 3))


def test_values_without_a_plain_form_come_as_text(any_engine: Engine) -> None:
    rows = any_engine.query(
        "SELECT [1, 2] AS l, {'a': 1, 'b': 'x'} AS s, INTERVAL 14 MONTH AS i, TIME '10:30:00' AS t,"
        " 'ab'::BLOB AS b, UUID '12345678-1234-1234-1234-123456789abc' AS u, MAP {'k': 1} AS m,"
        " '{\"a\":1}'::JSON AS j, 2::HUGEINT AS h, 170141183460469231731687303715884105727 AS big,"
        " 'nan'::DOUBLE AS nan, '-inf'::DOUBLE AS inf -- end\n;"
    )

    assert rows.rows == (
        (
            *("[1, 2]", "{'a': 1, 'b': x}", "1 year 2 months", "10:30:00", "ab"),
            *(
                "12345678-1234-1234-1234-123456789abc",
                "{k=1}",
                '{"a":1}',
                2,
                2**127 - 1,
                None,
                -math.inf,
            ),
        ),
    )
    kinds = "other other other other other text other text number number number number"
    assert [column.kind for column in rows.columns] == kinds.split()


def test_order_is_kept_beside_a_list(any_engine: Engine) -> None:
    rows = any_engine.query("SELECT i, [i] AS l FROM range(400) t(i) ORDER BY hash(i)").rows

    assert [row[0] for row in rows] == [
        row[0] for row in any_engine.query("SELECT i FROM range(400) t(i) ORDER BY hash(i)").rows
    ]
    assert rows[0][1] == f"[{rows[0][0]}]"


def test_day_no_calendar_knows_is_an_error(any_engine: Engine) -> None:
    with pytest.raises(QueryError, match="`d` holds 10000-01-01, no date of the years 1 to 9999"):
        any_engine.query("SELECT DATE '10000-01-01' AS d")


def test_views_and_metrics_are_read_by_name(any_engine: Engine) -> None:
    assert value(any_engine, "SELECT count(*) FROM metrics._late") == 2
    assert value(any_engine, "SELECT count(*) FROM metrics._later") == 1
    assert value(any_engine, "SELECT value FROM metrics.late") == 1


def test_materialized_view_is_read_like_any_other(any_engine: Engine) -> None:
    rows = any_engine.query("SELECT origin, n FROM metrics._rolled ORDER BY origin").rows

    assert rows == (("EWR", 1), ("JFK", 3), ("LGA", 2))


def test_item_with_an_error_fails_itself_and_its_readers_by_name(any_engine: Engine) -> None:
    with pytest.raises(
        QueryError, match=r"metrics\._broken has an error: there is no column `nonsense`"
    ) as caught:
        any_engine.query("SELECT * FROM metrics.reads_broken")
    assert caught.value.hint == "Correct metrics._broken first."
    with pytest.raises(QueryError, match=r"metrics\._unparsed has an error"):
        any_engine.query("SELECT * FROM metrics._unparsed")
    assert value(any_engine, "SELECT value FROM metrics.late") == 1


def test_circle_is_named(any_engine: Engine) -> None:
    with pytest.raises(QueryError, match="in a circle: b → c → a → b"):
        any_engine.query("SELECT * FROM metrics.b")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ('SELECT count(*) FROM flights WHERE origin = "JFK"', "single quotes"),
        ("SELECT count(*) FROM flights WHERE origin = \u2018JFK\u2019", "Curly quotes"),
        (
            "SELECT 1 at",
            '`at` is a word of SQL: as the name of a column, write it in double quotes: "at"',
        ),
        ("SELECT day at, delay FROM flights", 'in double quotes: "at".'),
        ("SELECT 'Zürich', order FROM flights ORDER BY 1", 'in double quotes: "order".'),
        ("SELECT end, at FROM flights", 'in double quotes: "end" and "at".'),
        ("SELECT 'x'::INTEGER", "WHERE column <> 'x'"),
        ("SELECT 'Oct 8, 2026'::DATE", "strptime(column, '%b %d, %Y')::DATE."),
        (
            "SELECT '05/06/2026'::DATE",
            "strptime(column, '%d/%m/%Y')::DATE or strptime(column, '%m/%d/%Y')::DATE",
        ),
        ("SELECT 46296::DATE", "DATE '1899-12-30' + column::INTEGER"),
        ("SELECT '20.11.2026'::DATE", "strptime"),
        ("SELECT '20.11.2026'::TIMESTAMP", "strptime"),
    ],
)
def test_the_way_out_of_what_beginners_write(any_engine: Engine, sql: str, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        any_engine.query(sql)
    assert words in (caught.value.hint or "")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 + FROM flights",
        "SELECT day FROM flights WHERE GROUP BY day",
        "SELEC 1",
        "SELECT a b c",
    ],
)
def test_quotes_are_not_advised_where_something_else_is_wrong(any_engine: Engine, sql: str) -> None:
    with pytest.raises(QueryError) as caught:
        any_engine.query(sql)
    assert "double quotes" not in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("sql", "fault", "line", "column", "words"),
    [
        ("SELECT 1 +\n", "syntax", None, None, "syntax error"),
        ("SELEC 1", "syntax", 1, 1, "syntax error"),
        ("SELECT day,\n  delai\nFROM flights", "unknown-column", 2, 3, "no column `delai`"),
        ("SELECT f.delai FROM flights f", "unknown-column", 1, 8, "no column `delai`"),
        ("SELECT *\nFROM fligths", "unknown-table", 2, 6, "no table `fligths`"),
        ("SELECT * FROM metrics._lat", "unknown-table", 1, 15, "no table `metrics._lat`"),
        ("SELECT flor(1.5)", "unknown-function", 1, 8, "no function flor"),
        ("SELECT sum(origin) FROM flights", "failed", 1, 8, "takes these types"),
        ("SELECT 'Zürich', delai FROM flights", "unknown-column", 1, 18, "no column `delai`"),
        ("SELECT 'x'::INTEGER", "failed", 1, 11, "Could not convert"),
        (
            "SELECT * FROM flights a, flights b, flights c, flights d",
            "too-many-rows",
            None,
            None,
            "more than 500 rows",
        ),
        ("DELETE FROM flights", "refused", None, None, "not allowed"),
        ("SELECT 1; SELECT 2", "refused", None, None, "2 statements"),
        ("", "syntax", None, None, "no query"),
        ("-- nothing", "syntax", None, None, "no query"),
    ],
)
def test_error_has_fault_place_and_words(
    any_engine: Engine, sql: str, fault: str, line: int | None, column: int | None, words: str
) -> None:
    with pytest.raises(QueryError) as caught:
        any_engine.query(sql)

    assert caught.value.fault == fault
    assert words in caught.value.message
    if line is not None:
        assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        (
            "SELECT delai FROM flights",
            "Did you mean `delay`? flights has: day, carrier, origin, dest, delay, distance.",
        ),
        ("SELECT * FROM fligths", "Did you mean `flights`?"),
        ("SELECT * FROM late", "Did you mean `metrics.late`?"),
        ("SELECT * FROM metrics.flights", "Did you mean `flights`?"),
        (
            "SELECT * FROM xyz",
            "Sources are flights, carriers, gone; views and metrics are read as metrics.name.",
        ),
        ("SELECT flor(1.5)", "Did you mean floor?"),
    ],
)
def test_error_shows_the_way_out(any_engine: Engine, sql: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        any_engine.query(sql)
    assert caught.value.hint == hint


def test_answers_come_in_the_order_of_the_queries(any_engine: Engine) -> None:
    heavy = "SELECT count(*) AS n FROM range(3000000) t(i) WHERE hash(i) % 2 = 3"
    queries = [
        Query(f"q{index}", heavy if index % 7 == 0 else f"SELECT {index} AS n")
        for index in range(60)
    ]

    answers = list(any_engine.run(queries))

    assert [answer.id for answer in answers] == [query.id for query in queries]
    assert [(answer.id, answer.error.message) for answer in answers if answer.error] == []
    assert [answer.rows.rows[0][0] for answer in answers if answer.rows] == [
        i if i % 7 else 0 for i in range(60)
    ]


def test_failing_query_does_not_stop_the_others(any_engine: Engine) -> None:
    texts = ["SELECT 1", "SELECT nope", "SELECT 2", "SELEC", "SELECT * FROM gone", "SELECT 3"]

    answers = list(any_engine.run([Query(text, text) for text in texts]))

    assert [answer.error is None for answer in answers] == [True, False, True, False, False, True]
    assert all((answer.rows is None) != (answer.error is None) for answer in answers)


def test_no_queries_no_answers(any_engine: Engine) -> None:
    assert list(any_engine.run([])) == []


def test_engine_can_be_asked_while_answers_come(any_engine: Engine) -> None:
    queries = [Query(str(index), f"SELECT {index}") for index in range(30)]
    found = [
        (answer.id, value(any_engine, f"SELECT {answer.id} + 1"))
        for answer in any_engine.run(queries)
    ]

    assert found == [(str(index), index + 1) for index in range(30)]


def test_answers_may_be_left_unread(any_engine: Engine) -> None:
    for answer in any_engine.run([Query(str(index), f"SELECT {index}") for index in range(200)]):
        if answer.id == "3":
            break
    assert value(any_engine, "SELECT 5") == 5


def test_canonical_text_is_one_for_all_spellings(any_engine: Engine) -> None:
    one = any_engine.canonical(
        "SELECT day, count(*) AS n FROM flights WHERE delay > 15 GROUP BY day"
    )
    same = any_engine.canonical(
        "-- late\nselect day,\n  COUNT( * ) as n\nfrom flights /* all */ where (delay > 15) group"
        " by day;"
    )

    assert one == same


@pytest.mark.parametrize(
    "other",
    [
        "SELECT day, count(*) AS n FROM flights WHERE delay >= 15 GROUP BY day",
        "SELECT day, count(*) AS m FROM flights WHERE delay > 15 GROUP BY day",
        "SELECT day, count(*) AS n FROM flights WHERE delay > 16 GROUP BY day",
        "SELECT day, count(*) AS n FROM metrics._late WHERE delay > 15 GROUP BY day",
        "SELECT DISTINCT day, count(*) AS n FROM flights WHERE delay > 15 GROUP BY day",
    ],
)
def test_canonical_text_differs_where_the_query_does(any_engine: Engine, other: str) -> None:
    assert any_engine.canonical(other) != any_engine.canonical(
        "SELECT day, count(*) AS n FROM flights WHERE delay > 15 GROUP BY day"
    )


def test_canonical_text_keeps_joins_apart(any_engine: Engine) -> None:
    one = "SELECT * FROM flights CROSS JOIN carriers LEFT JOIN metrics.a ON true"
    other = "SELECT * FROM flights, (carriers LEFT JOIN metrics.a ON true)"

    assert any_engine.canonical(one) != any_engine.canonical(other)


def test_canonical_of_broken_text_is_an_error(any_engine: Engine) -> None:
    with pytest.raises(QueryError):
        any_engine.canonical("SELEC 1")


def test_as_of_is_the_builds_date(any_engine: Engine) -> None:
    assert value(any_engine, "SELECT as_of()") == AS_OF


def test_time_zone_is_utc(any_engine: Engine) -> None:
    assert value(any_engine, "SELECT TIMESTAMPTZ '2013-11-18 10:00:00+02:00' AS t") == datetime(
        2013, 11, 18, 8
    )


def test_close_twice_is_safe(tmp_path: Path) -> None:
    for open_engine in OPENERS.values():
        engine = open_engine(manifest(tmp_path, {}))
        assert value(engine, "SELECT 1") == 1
        engine.close()
        engine.close()


def test_an_infinite_day_is_no_other_day(root: Path) -> None:
    (root / "t.csv").write_text("n\n1\n")
    with opened(manifest(root, {"t": "t.csv"})) as engine:
        for sql in ("DATE 'infinity'", "DATE '-infinity'", "TIMESTAMP 'infinity'"):
            with pytest.raises(QueryError, match="infinity, no date of the years"):
                engine.query(f"SELECT {sql} AS d")
        for sql in ("DATE '9999-12-31'", "DATE '0001-01-01'"):
            assert str(engine.query(f"SELECT {sql} AS d").rows[0][0]) == sql[6:-1]
