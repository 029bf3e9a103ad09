"""A query written out reads tables alone, and returns the rows that its views would give it."""

from __future__ import annotations

import pytest

from sharekit.errors import QueryError
from sharekit.sqldiff.canonical.expand import expanded
from sharekit.sqldiff.compare import verdict
from tests.sqldiff.tables import open_tables, rows_of

VIEWS = {
    "_late": "SELECT origin, carrier, dep_delay FROM flights WHERE dep_delay > 5",
    "_by_origin": (
        "WITH l AS (SELECT * FROM metrics._late) SELECT origin, count(*) AS n FROM l GROUP BY"
        " origin"
    ),
    "_round": "SELECT * FROM metrics._trip",
    "_trip": "SELECT * FROM metrics._round",
}
READS = [
    "SELECT origin, n FROM metrics._by_origin WHERE n > 2",
    (
        "SELECT b.n, l.carrier FROM metrics._by_origin AS b JOIN metrics._late l ON l.origin ="
        " b.origin"
    ),
    "SELECT _late.origin FROM metrics._late UNION ALL SELECT origin FROM METRICS._LATE",
    "SELECT count(*) AS n FROM flights WHERE origin IN (SELECT origin FROM metrics._by_origin)",
]


@pytest.mark.parametrize("sql", READS)
def test_rows_are_those_of_the_views(sql: str) -> None:
    database = open_tables(5)
    database.execute("CREATE SCHEMA metrics")
    for name in ("_late", "_by_origin"):
        database.execute(f"CREATE VIEW metrics.{name} AS {VIEWS[name]}")
    written = expanded(sql, VIEWS)
    assert "metrics" not in written.lower()
    assert rows_of(database, written) == rows_of(database, sql)


def test_where_the_cut_is_says_nothing() -> None:
    alone = "SELECT origin, count(*) AS n FROM flights WHERE 5 < dep_delay GROUP BY 1"
    assert (
        verdict(expanded("SELECT origin, n FROM metrics._by_origin", VIEWS), alone) == "rewritten"
    )
    assert (
        verdict(
            expanded("SELECT origin, n FROM metrics._by_origin", VIEWS), alone.replace("5", "6")
        )
        == "changed"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM metrics._round",
        "SELECT (",
        "SELECT x FROM metrics._late TABLESAMPLE 10%",
        "FROM metrics._bad",
    ],
)
def test_what_cannot_be_written_out_is_refused(sql: str) -> None:
    with pytest.raises(QueryError):
        expanded(sql, {**VIEWS, "_bad": "DELETE FROM t"})
