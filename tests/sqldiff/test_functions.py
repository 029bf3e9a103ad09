"""The tables of functions, compared with the installed DuckDB."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product

import duckdb
import pytest
from sqlglot import exp

from sharekit.sqldiff.canonical import functions
from sharekit.sqldiff.canonical.prepare import NOW, OPERATORS
from sharekit.sqldiff.canonical.value_types import type_named


@pytest.fixture(scope="module")
def catalog() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.fixture(scope="module")
def returned(catalog: duckdb.DuckDBPyConnection) -> Mapping[str, set[str]]:
    """Each function of the catalog, and the types that it returns."""
    types: dict[str, set[str]] = {}
    asked = "SELECT DISTINCT function_name, return_type FROM duckdb_functions()"
    for name, kind in catalog.execute(asked).fetchall():
        if name in functions.RESULTS:
            types.setdefault(name, set()).add(type_named(kind))
    return types


def names(catalog: duckdb.DuckDBPyConnection, where: str) -> set[str]:
    return {
        row[0]
        for row in catalog.execute(
            f"SELECT function_name FROM duckdb_functions() WHERE {where}"
        ).fetchall()
    }


def test_aliases_are_those_of_the_catalog(catalog: duckdb.DuckDBPyConnection) -> None:
    rows = catalog.execute(
        "SELECT DISTINCT function_name, alias_of FROM duckdb_functions() WHERE alias_of IS NOT NULL"
    ).fetchall()
    assert dict(functions.ALIASES).items() <= dict(rows).items()


def test_no_alias_leads_to_another_alias() -> None:
    assert not set(functions.ALIASES.values()) & set(functions.ALIASES)


def test_aggregates_are_aggregates(catalog: duckdb.DuckDBPyConnection) -> None:
    assert names(catalog, "function_type = 'aggregate'") >= functions.AGGREGATES
    assert functions.NULL_SKIPPING <= functions.AGGREGATES


def test_every_aggregate_of_the_catalog_is_known_or_unproved(
    catalog: duckdb.DuckDBPyConnection,
) -> None:
    """A function taken for one of a single row must not be an aggregate."""
    aggregates = names(catalog, "function_type = 'aggregate'")
    assert not functions.PURE & aggregates
    assert not {functions.first_name(name, "duckdb") for name in aggregates} & functions.PURE


def test_pure_functions_are_consistent_in_the_catalog(catalog: duckdb.DuckDBPyConnection) -> None:
    unsure = names(catalog, "function_type = 'scalar' AND stability = 'VOLATILE'")
    scalars = names(catalog, "function_type = 'scalar'")
    macros = names(catalog, "function_type = 'macro'")
    grammar = {"coalesce"}
    ours = {"as_of"}
    assert not functions.PURE & unsure
    assert functions.PURE - grammar - ours - macros <= scalars
    assert (
        unsure
        - {
            "error",
            "setval",
            "vector_type",
            "write_log",
            "current_setting",
            "getvariable",
        }
        - {name for name in unsure if name.startswith(("current_", "txid", "transaction"))}
        <= functions.VOLATILE
    )


@pytest.mark.parametrize("part", sorted(functions.DATE_PARTS))
def test_date_parts_are_date_part(catalog: duckdb.DuckDBPyConnection, part: str) -> None:
    days = "(SELECT TIMESTAMP '1969-12-30 23:59:58' + to_hours(i * 37) AS x FROM range(3000) r(i))"
    sql = f"SELECT count(*) FROM {days} WHERE {part}(x) IS DISTINCT FROM date_part('{part}', x)"
    assert catalog.execute(sql).fetchone() == (0,)


@pytest.mark.parametrize(
    "name", sorted(functions.NULL_SKIPPING - {"bool_and", "bool_or", "any_value"})
)
def test_null_skipping_aggregates_pass_over_nulls(
    catalog: duckdb.DuckDBPyConnection, name: str
) -> None:
    rows = "(VALUES (1, true), (2, false), (NULL, true), (3, NULL), (4, true)) v(x, c)"
    filtered = catalog.execute(f"SELECT {name}(x) FILTER (WHERE c) FROM {rows}").fetchone()
    cased = catalog.execute(f"SELECT {name}(CASE WHEN c THEN x END) FROM {rows}").fetchone()
    none = catalog.execute(
        f"SELECT {name}(x) FILTER (WHERE c), {name}(CASE WHEN c THEN x END) FROM {rows} WHERE x = 2"
    )
    empty = none.fetchone()
    assert filtered == cased
    assert empty is not None
    assert empty[0] == empty[1]


@pytest.mark.parametrize("name", sorted(functions.RESULTS))
def test_a_function_of_one_type_returns_nothing_else(
    returned: Mapping[str, set[str]], name: str
) -> None:
    assert returned[name] == {functions.RESULTS[name]}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nullif", "CASE  WHEN ((a = b)) THEN (NULL) ELSE a END"),
        ("date_add", '(date + "interval")'),
        ("days_in_month", '"day"(last_day(date))'),
    ],
)
def test_what_is_written_out_is_what_the_catalog_says(
    catalog: duckdb.DuckDBPyConnection, name: str, text: str
) -> None:
    sql = (
        "SELECT macro_definition FROM duckdb_functions() WHERE function_name = ? AND function_type"
        " = 'macro'"
    )
    assert catalog.execute(sql, [name]).fetchall() == [(text,)]


def test_operators_with_a_name_are_aliases_in_the_catalog(
    catalog: duckdb.DuckDBPyConnection,
) -> None:
    sql = (
        "SELECT DISTINCT function_name, alias_of FROM duckdb_functions() WHERE alias_of IS NOT NULL"
    )
    known = dict(catalog.execute(sql).fetchall())
    symbols = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.IntDiv: "//", exp.Mod: "%"}
    named = {name: symbols[kind] for name, kind in OPERATORS.items() if name != "date_add"}
    assert named.items() <= known.items()
    for name in NOW - {"get_current_timestamp"}:
        assert known[name] == "get_current_timestamp"


def test_types_have_one_name(catalog: duckdb.DuckDBPyConnection) -> None:
    """Two names that are read as one type are one to the engine, and it calls each by a name that
    is read as it."""
    names = re.split(
        r"[ \n]+",
        """INT INT4 INTEGER SIGNED BIGINT INT8 LONG SMALLINT INT2 SHORT TINYINT INT1 HUGEINT INT128 UTINYINT
USMALLINT UINTEGER UBIGINT FLOAT REAL FLOAT4 DOUBLE FLOAT8 BOOL BOOLEAN LOGICAL VARCHAR TEXT STRING CHAR BPCHAR
DATE TIMESTAMP DATETIME TIMESTAMPTZ TIME INTERVAL UUID BLOB DECIMAL NUMERIC DECIMAL(9,2) VARCHAR(5) JSON
INTEGER[] TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS""",
    )
    meant: dict[str, set[str]] = {}
    for name in names:
        row = catalog.execute(f"SELECT typeof(NULL::{name})").fetchone()
        assert row is not None
        assert type_named(row[0]) == type_named(name)
        meant.setdefault(type_named(name), set()).add(row[0])
    assert all(len(each) == 1 for each in meant.values())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("coalesce({}, {})", "CASE WHEN {} IS NULL THEN {} ELSE {} END"),
        ("coalesce({}, {})", "CASE WHEN {} IS NOT NULL THEN {} ELSE {} END"),
    ],
)
def test_coalesce_and_case_have_one_type(
    catalog: duckdb.DuckDBPyConnection, one: str, other: str
) -> None:
    """Whatever is put together: the choice is the same, and so is the type that it is brought
    to."""
    values = [
        "NULL",
        "300",
        "2.50",
        "'x'",
        "TRUE",
        "NULL::TINYINT",
        "4::TINYINT",
        "1.5::DECIMAL(9,1)",
    ]
    values += [
        "2::DOUBLE",
        "'2013-01-01'::DATE",
        "TIMESTAMP '2013-01-01 05:00:00'",
        "NULL::BOOLEAN",
    ]
    values += ["'y'::ENUM('x', 'y')", "[1]", "NULL::VARCHAR"]
    for first, second in product(values, values):
        turned = (second, first) if "IS NULL" in other else (first, second)
        found = []
        for text in (one.format(first, second), other.format(first, *turned)):
            try:
                found.append(
                    str(catalog.execute(f"SELECT typeof({text}), ({text})::VARCHAR").fetchone())
                )
            except duckdb.Error:
                found.append("refused")
        assert found[0] == found[1]
