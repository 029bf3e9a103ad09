"""Rows -> Reading: shapes, columns, and numbers that are none."""

from __future__ import annotations

import math
import random
from datetime import date, datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_rows import (
    AS_OF,
    COUNTED,
    MONDAYS,
    PROJECT,
    metric,
    read,
    refused,
    rows,
    sliced,
    weekly,
)

from sharekit.errors import Place
from sharekit.numbers.measure import measure
from sharekit.numbers.results import Point, Rows

# -- shapes and columns ---------------------------------------------------------------------------


def test_one_number() -> None:
    found = read(
        metric(target=300_000), rows("value DOUBLE", [293_740]), data_until=date(2013, 11, 21)
    )
    assert (found.shape, found.value, found.grain, found.series) == ("number", 293_740, None, ())
    assert found.data_until == date(2013, 11, 21)
    (target,) = found.comparisons
    assert (target.kind, target.value, target.change) == ("target", 300_000, -6_260)


def test_one_number_that_is_null_is_no_data() -> None:
    assert read(metric(), rows("value DOUBLE", [None])).value is None


def test_a_series_has_its_headline_and_its_open_week() -> None:
    found = read(metric(direction="up"), weekly(10, 20, 25, 7))
    assert found.shape == "series"
    assert (found.grain, found.value) == ("week", 25)
    assert (found.period_start, found.period_end) == (date(2013, 11, 11), date(2013, 11, 17))
    assert found.series == tuple(map(Point, MONDAYS[:3], [10, 20, 25]))
    assert found.open_point == Point(date(2013, 11, 18), 7)
    (previous,) = found.comparisons
    assert (previous.kind, previous.period, previous.value) == ("previous", date(2013, 11, 4), 20)
    assert (previous.change, previous.change_pct, previous.better) == (5, 0.25, True)


def test_rows_come_in_any_order_and_dates_as_timestamps() -> None:
    shuffled = list(zip(MONDAYS, [10.0, 20, 25, 7], strict=True))
    random.Random(1).shuffle(shuffled)
    stamped = [(datetime(day.year, day.month, day.day), value) for day, value in shuffled]
    assert read(metric(), rows("week TIMESTAMP, value DOUBLE", *stamped)) == read(
        metric(), weekly(10, 20, 25, 7)
    )


def test_the_value_is_the_only_number_or_the_one_called_so() -> None:
    assert (
        read(metric(), rows("week DATE, flights DOUBLE", [MONDAYS[1], 1], [MONDAYS[2], 2])).value
        == 2
    )
    both = rows("week DATE, flights DOUBLE, VALUE DOUBLE", [MONDAYS[1], 1, 5], [MONDAYS[2], 2, 6])
    assert read(metric(), both).value == 6
    assert read(metric(value="Flights"), both).value == 2
    assert (
        read(
            metric(time="day"),
            rows(
                "week DATE, day DATE, value DOUBLE",
                [MONDAYS[0], MONDAYS[2], 1],
                [MONDAYS[0], MONDAYS[1], 2],
            ),
        ).value
        == 1
    )


def test_a_dimension_may_be_a_date_or_a_number() -> None:
    found = read(
        metric(dimensions=["opened", "floor"], total="sum"),
        rows(
            "opened DATE, week DATE, floor DOUBLE, value DOUBLE",
            [MONDAYS[0], MONDAYS[2], 2.0, 5],
            [MONDAYS[1], MONDAYS[1], 1.0, 1],
        ),
    )
    assert [part.member for part in found.slices["opened"]] == ["2013-10-28", "2013-11-04"]
    assert [part.member for part in found.slices["floor"]] == ["2", "1"]


def test_a_table_is_shown_as_it_is() -> None:
    table = rows("week DATE, a VARCHAR", [MONDAYS[0], "x"])
    assert read(metric(kind="table"), table).table == table
    empty = measure(metric(kind="table"), rows("a VARCHAR"), AS_OF, PROJECT)
    assert empty.reading is not None
    assert [(each.code, each.severity) for each in empty.problems] == [("empty-result", "warning")]


@pytest.mark.parametrize(
    ("front", "found", "code", "message", "hint", "line"),
    [
({}, rows("a VARCHAR", ["x"]), "no-value-column", "returns no number", "kind: table", 11),
        ({}, rows("a DOUBLE, b DOUBLE", [1, 2]), "no-value-column", "2 numbers", "AS value", 11),
        ({"value": "valeu"}, rows("value DOUBLE", [1]),
         "unknown-column", "no column `valeu`", "Did you mean `value`?", 2),
        ({"value": "a"}, rows("a VARCHAR", ["1"]),
         "not-a-number", "column `a` is VARCHAR", "CAST(a AS DOUBLE)", 2),
        ({"value": "a"}, rows("a VARCHAR", ["1.234,50"]),
         "not-a-number", "column `a` is VARCHAR", "CAST(replace(replace(a, '.', ''), ',', '.') AS DOUBLE)", 2),
        ({"value": "a"}, rows("a INTERVAL", ["04:52:12"]),
         "not-a-number", "column `a` is INTERVAL", "epoch(a) / 60 AS a, minutes", 2),
        ({"value": "a"}, rows("a TIME", ["04:52:12"]),
         "not-a-number", "column `a` is TIME", "epoch(a) / 60 AS a, minutes", 2),
        ({"value": "a"}, rows("a TIMESTAMP", [datetime(2013, 11, 4)]),
         "not-a-number", "column `a` is TIMESTAMP", "date_diff('day', a::DATE, as_of()) AS a", 2),
        ({"value": "a"}, rows("a INTEGER[]", ["[1, 2]"]),
         "not-a-number", "column `a` is INTEGER[]", "len(a) AS a", 2),
        ({"grain": "week"}, rows("value DOUBLE", [1]),
         "no-time-column", "the grain is week", "date_trunc('week'", 2),
        ({"grain": "week"}, rows("day VARCHAR, value DOUBLE", ["21/11/2013", 1]),
         "no-time-column", "`day` (VARCHAR)", "strptime(day, '%d/%m/%Y')::DATE AS day", 2),
        ({"grain": "week"}, rows("day VARCHAR, value DOUBLE", ["2013-21-11", 1], ["2013-04-12", 2]),
         "no-time-column", "`day` (VARCHAR)", "strptime(day, '%Y-%d-%m')::DATE AS day", 2),
        ({"grain": "week"}, rows("day VARCHAR, value DOUBLE", ["2013-21-11", 1], ["2013-11-21", 2]),
         "no-time-column", "`day` (VARCHAR)", "date_trunc('week'", 2),
        ({"grain": "month"}, rows("month VARCHAR, value DOUBLE", ["2013-10", 1], ["2013-11", 2]),
         "no-time-column", "`month` (VARCHAR)", "CAST(month || '-01' AS DATE) AS month", 2),
        ({"time": "week"}, rows("week VARCHAR, value DOUBLE", ["w1", 1]),
         "not-a-date", "is VARCHAR, not a date", "Return a date, such as", 2),
        ({"dimensions": ["orign"]}, rows("origin VARCHAR, value DOUBLE", ["JFK", 1]),
         "unknown-dimension", "`orign`", "Did you mean `origin`?", 2),
        ({"numerator": "on_tiem", "denominator": "all"}, rows("on_time DOUBLE, all DOUBLE", [1, 2]),
         "unknown-column", "`on_tiem`", "`on_time`", 2),
        ({}, rows("value DOUBLE", [1], [2]), "several-rows", "returns 2 rows", "kind: table", 11),
        ({}, rows("day VARCHAR, value DOUBLE", ["21.11.2013", 1], ["22.11.2013", 2]),
         "several-rows", "returns 2 rows", "strptime(day, '%d.%m.%Y')::DATE AS day", 11),
        ({"time": "day"}, rows("day VARCHAR, value DOUBLE", ["2013-11-21", 1]),
         "not-a-date", "is VARCHAR", "CAST(day AS DATE)", 2),
        ({"time": "day"}, rows("day VARCHAR, value DOUBLE", [None, 1], ["21/11/2013", 1]),
         "not-a-date", "is VARCHAR", "strptime(day, '%d/%m/%Y')::DATE", 2),
        ({}, rows("value DOUBLE"), "empty-result", "returns no rows", "missing: zero", 11),
        ({}, rows("day DATE, value DOUBLE"), "empty-result", "returns no rows", "filters and joins", 11),
        ({}, rows("day DATE, value DOUBLE", [date(2013, 11, 21), 1]),
         "unknown-grain", "21 Nov 2013", "grain: week", 11),
        ({"grain": "day"}, rows("day DATE, value DOUBLE", [date(2014, 11, 21), 1]),
         "empty-result", "later than 22 Nov 2013", None, 11),
        ({"grain": "day"}, rows("day DATE, value DOUBLE", [date(1013, 11, 21), 1]),
         "too-many-periods", "21 Nov 1013", "wrong date", 11),
        ({"grain": "week"}, rows("day DATE, value DOUBLE", [MONDAYS[1], 1], [MONDAYS[1], 2]),
         "repeated-rows", "day 2013-11-04", "GROUP BY day", 11),
        ({"grain": "week"}, rows("day DATE, value DOUBLE", [MONDAYS[1], 1], [date(2013, 11, 5), 2]),
         "several-rows-a-period", "several dates for one week", "over_time: sum", 2),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_its_way_out(
    front: dict[str, Any], found: Rows, code: str, message: str, hint: str | None, line: int
) -> None:
    wrong = refused(metric(**front), found)
    assert wrong.code == code
    assert message in wrong.message
    assert not wrong.message.endswith(".")
    assert hint is None or hint in (wrong.hint or "")
    assert wrong.place == Place("metrics/x.sql", line), "at the key that says so, else at the query"


@pytest.mark.parametrize(
    ("written", "advised"),
    [
        ("n AS value", "CAST(n AS DOUBLE) AS value"),
        ("max(o.n) AS value", "CAST(max(o.n) AS DOUBLE) AS value"),
        ("n || '0' AS value", "CAST((n || '0') AS DOUBLE) AS value"),
        ("value", "CAST(value AS DOUBLE) AS value"),
        ("*", "CAST(value AS DOUBLE) AS value"),
    ],
)
def test_advice_names_what_the_query_writes(written: str, advised: str) -> None:
    sql = f"SELECT day, {written} FROM orders AS o"
    wrong = refused(metric(sql), rows("day DATE, value VARCHAR", [MONDAYS[0], "7"]))
    assert advised in (wrong.hint or "")


BY_CURRENCY = "SELECT week, currency, sum(amount) AS value FROM orders GROUP BY ALL"


@pytest.mark.parametrize(
    ("front", "sql", "is_mixed"),
    [
        ({}, BY_CURRENCY, True),
        ({"unit_column": "currency"}, BY_CURRENCY, True),
        ({"unit_column": "currency", "unit": "€"}, BY_CURRENCY, True),
        ({"unit": "€"}, BY_CURRENCY, False),
        ({"total": "sum"}, BY_CURRENCY, False),
        ({"total": "none"}, BY_CURRENCY, False),
        ({}, BY_CURRENCY.replace("sum(amount)", "count(*)"), False),
    ],
)
def test_a_total_over_currencies_is_warned_of(
    front: dict[str, Any], sql: str, is_mixed: bool
) -> None:
    found = rows(
        "week DATE, currency VARCHAR, value DOUBLE", [MONDAYS[1], "EUR", 5], [MONDAYS[1], "USD", 7]
    )
    of = metric(sql, grain="week", dimensions=["currency"], **front)
    problems = measure(of, found, AS_OF, PROJECT).problems
    mixed = [problem for problem in problems if problem.code == "mixed-units"]
    assert len(mixed) == is_mixed
    assert all("`currency` is EUR, USD" in problem.message for problem in mixed)


def test_a_number_that_is_none_is_told() -> None:
    found = measure(metric(), rows("value DOUBLE", [None]), AS_OF, PROJECT)
    assert found.reading is not None
    assert [(each.code, each.severity) for each in found.problems] == [("no-value", "warning")]
    assert measure(metric(), rows("value DOUBLE", [0.0]), AS_OF, PROJECT).problems == ()


def test_all_missing_columns_are_told_at_once() -> None:
    wrong = measure(
        metric(dimensions=["a", "b"], value="c"), rows("value DOUBLE", [1]), AS_OF, PROJECT
    )
    assert [each.code for each in wrong.problems] == [
        "unknown-dimension",
        "unknown-dimension",
        "unknown-column",
    ]


# -- numbers --------------------------------------------------------------------------------------


def test_nan_is_a_gap_and_infinity_is_said() -> None:
    assert [point.value for point in read(metric(), weekly(1, math.nan, 3, 1)).series] == [
        1,
        None,
        3,
    ]
    measured = measure(metric(), weekly(1, math.inf, 3, -math.inf), AS_OF, PROJECT)
    assert measured.reading is not None
    assert [point.value for point in measured.reading.series] == [1, None, 3]
    (warning,) = measured.problems
    assert (warning.code, warning.severity) == ("not-a-number", "warning")
    assert "2 rows" in warning.message
    assert "NULLIF" in (warning.hint or "")


def test_percentages_that_should_be_shares_are_noticed() -> None:
    measured = measure(metric(unit="%"), weekly(88, 96.4, 95, 97), AS_OF, PROJECT)
    (warning,) = measured.problems
    assert (warning.code, warning.severity, warning.place.line) == ("not-a-share", "warning", 2)
    assert warning.message == "the value is 95, which reads 9,500.0%"
    for fine in (weekly(0.88, 0.96, 0.95, 0.97), weekly(0.9, 2.5, 3, 1), weekly(250, 300, 280, 1)):
        assert measure(metric(unit="%"), fine, AS_OF, PROJECT).problems == ()
    assert measure(metric(unit="min"), weekly(88, 96.4, 95, 97), AS_OF, PROJECT).problems == ()


@pytest.mark.parametrize(
    ("goal", "message", "hint"),
    [
        ({"target": 80}, "`target` is 80, which reads 8,000.0%", "Write 0.8:"),
        (
            {"target": [{"from": date(2013, 1, 1), "value": 75}]},
            "`target` is 75, which",
            "Write 0.75",
        ),
        ({"band": [60, 90]}, "`band` is 60, which reads 6,000.0%", "Write 0.6:"),
    ],
)
def test_a_target_in_per_cent_beside_values_that_are_shares_is_noticed(
    goal: dict[str, Any], message: str, hint: str
) -> None:
    shares = weekly(0.7, 0.72, 0.69, 0.71)
    warning, *_ = measure(metric(unit="%", **goal), shares, AS_OF, PROJECT).problems
    assert (warning.code, warning.severity, warning.place.line) == ("not-a-share", "warning", 3)
    assert warning.message.startswith(message)
    assert (warning.hint or "").startswith(hint)
    assert measure(metric(unit="min", **goal), shares, AS_OF, PROJECT).problems == ()


def test_a_target_above_100_percent_is_one() -> None:
    growth = weekly(0.9, 1.1, 1.2, 1.1)
    assert measure(metric(unit="%", target=3), growth, AS_OF, PROJECT).problems == ()
    assert measure(metric(unit="%", target=0.8), weekly(0.5, 0.6), AS_OF, PROJECT).problems == ()


def test_the_row_of_totals_that_is_named_does_not_depend_on_the_order_of_rows() -> None:
    """Both are half of all, as far as a double tells."""
    cells = [
        (MONDAYS[0], name, value) for name, value in (("total", 1e9), ("LGA", 1.0), ("all", 1e9))
    ]
    of = metric(dimensions=["origin"], grain="week", total="sum")
    forward, back = (
        measure(of, sliced(*order), AS_OF, PROJECT, outputs=COUNTED)  # type: ignore[arg-type]
        for order in (cells, cells[::-1])
    )
    assert forward == back
    assert "`all`" in forward.problems[0].message


def test_numbers_too_large_to_add_are_taken_for_infinite() -> None:
    huge = rows("week DATE, value DOUBLE", [MONDAYS[1], 10**400], [MONDAYS[2], 1.7e308])
    measured = measure(metric(), huge, AS_OF, PROJECT)
    assert measured.reading is not None
    assert measured.reading.value is None


ORIGINS = st.sampled_from(["JFK", "LGA", "EWR", None])
CELLS = st.lists(
    st.tuples(
        st.sampled_from(MONDAYS),
        ORIGINS,
        st.one_of(st.none(), st.integers(0, 1000), st.floats(-1e6, 1e6)),
    ),
    unique_by=lambda cell: cell[:2],
    min_size=1,
    max_size=16,
)


@pytest.mark.slow
@given(CELLS, st.randoms(use_true_random=False))
def test_totals_are_those_of_sql_and_do_not_depend_on_the_order(
    cells: list[tuple[date, str | None, float | None]], shuffler: random.Random
) -> None:
    of = metric(dimensions=["origin"], grain="week", total="sum")
    measured = measure(of, sliced(*cells), AS_OF, PROJECT, outputs=COUNTED)  # type: ignore[arg-type]
    if measured.reading is None:
        assert measured.problems[0].code == "total-counted-twice"
        return
    shuffled = list(cells)
    shuffler.shuffle(shuffled)
    assert measure(of, sliced(*shuffled), AS_OF, PROJECT, outputs=COUNTED) == measured  # type: ignore[arg-type]
    for number, point in enumerate(measured.reading.series):
        known = [value for day, _, value in cells if day == point.on and value is not None]
        assert (point.value is None) is (not known)
        assert (point.value or 0) == pytest.approx(math.fsum(known), rel=1e-15, abs=1e-9)
        parts = [part.series[number].value for part in measured.reading.slices["origin"]]
        total = math.fsum(part for part in parts if part is not None)
        assert total == pytest.approx(point.value or 0, abs=1e-6)


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.dates(date(2013, 1, 1), date(2013, 12, 31)), st.floats(0, 1e6)),
        min_size=2,
        max_size=60,
        unique_by=lambda cell: cell[0],
    ),
    st.dates(date(2013, 2, 1), date(2014, 2, 1)),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
)
def test_the_headline_is_always_over_and_the_series_has_no_holes(
    cells: list[tuple[date, float]], as_of: date, grain: str
) -> None:
    measured = measure(
        metric(grain=grain, total="sum"), rows("day DATE, value DOUBLE", *cells), as_of, PROJECT
    )
    if measured.reading is None:
        assert measured.problems[0].code == "empty-result"
        return
    found = measured.reading
    assert found.period_end is not None
    assert found.period_end < as_of
    assert all(point.on <= found.period_end for point in found.series)
    if found.series:
        assert found.series[-1].on == found.period_start
        counted = math.fsum(value for day, value in cells if day <= found.period_end)
        assert math.fsum(point.value or 0 for point in found.series) == pytest.approx(counted)
    if found.open_point is not None:
        assert found.open_point.on > found.period_end


def test_a_result_of_duckdb_reads_like_its_own_arithmetic() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE flights AS SELECT DATE '2013-09-01' + (i % 80)::INTEGER AS day, ['JFK',"
            " 'LGA', 'EWR'][1 + i % 3] AS origin, (i * 7919) % 13 < 9 AS on_time FROM range(5000)"
            " AS t(i)"
        )
        sql = (
            "SELECT date_trunc('week', day)::DATE AS week, origin, count(*) FILTER (WHERE on_time)"
            " AS good, count(*) AS total FROM flights GROUP BY ALL"
        )
        cells = connection.execute(sql).fetchall()
        expected = connection.execute(
            "SELECT avg(on_time::INTEGER) FROM flights WHERE day BETWEEN DATE '2013-11-11' AND DATE"
            " '2013-11-17'"
        ).fetchone()
    found = read(
        metric(dimensions=["origin"], numerator="good", denominator="total", unit="%"),
        rows("week DATE, origin VARCHAR, good DOUBLE, total DOUBLE", *cells),
    )
    assert expected is not None
    assert found.value == pytest.approx(expected[0], rel=1e-12)
