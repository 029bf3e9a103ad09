"""A dimension is followed to the source and the days that it is made of."""

from __future__ import annotations

import pytest

from sharekit.numbers.additivity.dated import DatedColumns, MemberDays
from sharekit.numbers.additivity.member_days import member_days

VIEWS = {
    "_renamed": "SELECT day, region AS land, n FROM pos",
    "_weekly": (
        "SELECT date_trunc('week', day)::DATE AS week, region, sum(n) AS n FROM pos GROUP BY ALL"
    ),
}
COLUMNS = {
    "pos": frozenset(("day", "region", "id", "n")),
    "shops": frozenset(("id", "name", "opened", "region")),
}
DATED = {"pos": frozenset(("day",)), "shops": frozenset(("opened",))}
WEEK = "date_trunc('week', day)::DATE AS week"


def asked(sql: str, dimension: str = "area") -> MemberDays | None:
    return member_days(sql, (dimension,), DatedColumns(DATED, COLUMNS, VIEWS.get))


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT {WEEK}, region AS area, sum(n) AS value FROM pos GROUP BY ALL",
        f"SELECT {WEEK}, land AS area, sum(n) AS value FROM metrics._renamed GROUP BY ALL",
        "FROM metrics._weekly SELECT week, region AS area, n AS value",
        f"SELECT * FROM (SELECT {WEEK}, region AS area, sum(n) AS value FROM pos GROUP BY ALL)",
        f"WITH w AS (SELECT {WEEK}, region AS area, n FROM pos), x AS (SELECT * FROM w)"
        " SELECT week, area, sum(n) AS value FROM x GROUP BY ALL",
        f"SELECT {WEEK}, p.region AS area, sum(n) AS value FROM pos p JOIN shops s ON p.id = s.id"
        " GROUP BY ALL",
    ],
)
def test_a_column_under_another_name(sql: str) -> None:
    found = asked(sql)
    assert found is not None
    assert (found.source, found.time, found.column) == ("pos", "day", "region")


def test_what_is_made_of_columns_has_a_query_of_its_own() -> None:
    found = asked(
        f"WITH big AS (SELECT * FROM shops WHERE region = 'EU') SELECT {WEEK}, upper(name) AS area,"
        " sum(n) AS value FROM pos JOIN big USING (id) WHERE n > 0 GROUP BY ALL HAVING sum(n) > 5"
    )
    assert found is not None
    assert (found.source, found.time, found.column) == ("pos", "day", None)
    assert found.sql == (
        "WITH big AS (SELECT * FROM shops WHERE region = 'EU') SELECT DISTINCT UPPER(name) AS member,"
        " TRY_CAST(day AS DATE) AS day FROM pos JOIN big USING (id) WHERE n > 0"
    )


def test_a_condition_of_a_step_above_counts_too() -> None:
    found = asked(
        "SELECT week, CASE WHEN region = 'n' THEN 'north' ELSE 'rest' END AS area, sum(n) AS value"
        " FROM metrics._weekly WHERE region <> 'test' AND n > 10 GROUP BY ALL"
    )
    assert found is not None
    assert found.sql == (
        "SELECT DISTINCT CASE WHEN region = 'n' THEN 'north' ELSE 'rest' END AS member,"
        " TRY_CAST(day AS DATE) AS day FROM pos WHERE region <> 'test'"
    )


@pytest.mark.parametrize(
    ("area", "of_calendar"),
    [
        ("year(day)", True),
        ("region || ' Q' || quarter(p.day)", True),
        ("year(s.opened)", False),
        ("upper(name)", False),
    ],
)
def test_what_is_made_of_the_day_is_of_the_calendar(area: str, of_calendar: bool) -> None:
    found = asked(
        f"SELECT {WEEK}, {area} AS area, sum(n) AS value FROM pos p JOIN shops s USING (id)"
        " GROUP BY ALL"
    )
    assert found is not None
    assert found.of_calendar == of_calendar


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT {WEEK}, max(region) AS area, sum(n) AS value FROM pos GROUP BY 1",
        f"SELECT {WEEK}, rank() OVER (ORDER BY n) AS area, n AS value FROM pos",
        f"SELECT {WEEK}, 'a' AS area, n AS value FROM pos UNION ALL SELECT opened, 'b', 1 FROM shops",
        "SELECT days.week, region AS area, n AS value FROM days LEFT JOIN pos USING (day)",
        "SELECT n AS week, region AS area, 1 AS value FROM pos",
        "SELECT nothing",
        "SELECT FROM WHERE",
    ],
)
def test_what_cannot_be_followed_is_not_asked(sql: str) -> None:
    assert asked(sql) is None
