"""The tables of functions, compared with the installed DuckDB."""

from __future__ import annotations

import duckdb
import pytest

from sharekit.sqldiff.canonical import functions


@pytest.fixture(scope="module")
def catalog() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def names(catalog: duckdb.DuckDBPyConnection, where: str) -> set[str]:
    return {row[0] for row in catalog.execute(f"SELECT function_name FROM duckdb_functions() WHERE {where}").fetchall()}


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


def test_every_aggregate_of_the_catalog_is_known_or_unproved(catalog: duckdb.DuckDBPyConnection) -> None:
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


@pytest.mark.parametrize("name", sorted(functions.NULL_SKIPPING - {"bool_and", "bool_or", "any_value"}))
def test_null_skipping_aggregates_pass_over_nulls(catalog: duckdb.DuckDBPyConnection, name: str) -> None:
    rows = "(VALUES (1, true), (2, false), (NULL, true), (3, NULL), (4, true)) v(x, c)"
    filtered = catalog.execute(f"SELECT {name}(x) FILTER (WHERE c) FROM {rows}").fetchone()
    cased = catalog.execute(f"SELECT {name}(CASE WHEN c THEN x END) FROM {rows}").fetchone()
    none = catalog.execute(f"SELECT {name}(x) FILTER (WHERE c), {name}(CASE WHEN c THEN x END) FROM {rows} WHERE x = 2")
    empty = none.fetchone()
    assert filtered == cased
    assert empty is not None
    assert empty[0] == empty[1]
