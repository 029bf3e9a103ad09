"""USING and NATURAL, over every pair of joins: what is written out returns the same rows under the
same names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

import duckdb
import pytest

from .canonical_text import canonical_sql

SCHEMA = {"x": ["k", "p"], "y": ["k", "q"], "z": ["k", "r"]}
ROWS = """
    CREATE TABLE x AS SELECT * FROM (VALUES (1, 'x1'), (2, 'x2'), (NULL, 'xn'), (2, 'x2b')) v(k, p);
    CREATE TABLE y AS SELECT * FROM (VALUES (2, 'y2'), (3, 'y3'), (NULL, 'yn')) v(k, q);
    CREATE TABLE z AS SELECT * FROM (VALUES (3, 'z3'), (1, 'z1'), (5, 'z5'), (2, 'z2')) v(k, r)
"""
JOINS = ("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN")
SHOWN = ("*", "k", "k, p", "count(*) AS n", "x.*")


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute(ROWS)
    yield connection
    connection.close()


def table(database: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], Counter[str]]:
    found = database.execute(sql)
    return [column[0] for column in found.description or ()], Counter(map(str, found.fetchall()))


@pytest.mark.slow
@pytest.mark.parametrize("joins", [*product(JOINS, JOINS)], ids=" then ".join)
def test_two_joins(joins: tuple[str, str], database: duckdb.DuckDBPyConnection) -> None:
    first, second = joins
    for shown, condition in product(SHOWN, ("USING (k)", "ON x.k = z.k")):
        sql = f"SELECT {shown} FROM x {first} y USING (k) {second} z {condition}"
        try:
            expected = table(database, sql)
        except duckdb.BinderException:
            continue  # `k` may be ambiguous
        for schema, merge in product((SCHEMA, None), (False, True)):
            assert table(database, canonical_sql(sql, schema=schema, merge=merge)) == expected, sql


@pytest.mark.parametrize("kind", ["", "LEFT ", "RIGHT ", "FULL "])
@pytest.mark.parametrize("shown", ["*", "k", "p, q"])
def test_natural_joins(kind: str, shown: str, database: duckdb.DuckDBPyConnection) -> None:
    sql = f"SELECT {shown} FROM x NATURAL {kind}JOIN y"
    for schema in (SCHEMA, None):
        assert table(database, canonical_sql(sql, schema=schema)) == table(database, sql)
