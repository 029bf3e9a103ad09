"""What a .duckdb file defines itself runs when it is read, and is held to the rules of metric
SQL."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from sharekit.engines.sources.duckdb_files import require_safe_table
from sharekit.engines.sources.notation import SourceError

MADE = """
CREATE TABLE t(a INTEGER, b VARCHAR);
CREATE TABLE plain(a INTEGER, twice INTEGER GENERATED ALWAYS AS (a * 2));
CREATE TABLE telling(a INTEGER, b VARCHAR GENERATED ALWAYS AS (current_setting('home_directory')));
CREATE MACRO my() AS current_setting('home_directory');
CREATE MACRO rows() AS TABLE SELECT * FROM duckdb_settings();
CREATE VIEW good AS SELECT count(*) AS n FROM t;
CREATE VIEW "as (odd)" (n) AS WITH x AS (SELECT a FROM t) SELECT sum(a) FROM x;
CREATE VIEW over_good AS SELECT n FROM good;
CREATE VIEW settings AS SELECT name, value FROM duckdb_settings();
CREATE VIEW catalog AS SELECT * FROM information_schema.tables;
CREATE VIEW home AS SELECT current_setting('home_directory') AS h;
CREATE VIEW by_macro AS SELECT my() AS h;
CREATE VIEW by_table_macro AS SELECT * FROM rows();
CREATE VIEW over_home AS SELECT h FROM home;
"""


@pytest.fixture
def file(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as made:
        made.execute(MADE)
        made.execute(
            f"CREATE VIEW file AS SELECT * FROM read_csv('{Path(__file__)}', columns = {{'a':"
            " 'VARCHAR'})"
        )
    connection = duckdb.connect()
    connection.execute(f"ATTACH '{tmp_path / 'x.duckdb'}' AS origin (READ_ONLY)")
    return connection


@pytest.mark.parametrize(
    "name", ["t", "main.t", "T", "plain", "good", "over_good", "as (odd)", "nothing"]
)
def test_tables_and_views_that_only_read_them_are_read(
    file: duckdb.DuckDBPyConnection, name: str
) -> None:
    require_safe_table(file, name)


@pytest.mark.parametrize("name", ["good", "over_good", "GOOD", "as (odd)"])
def test_a_view_over_a_hidden_table_is_hidden_too(
    file: duckdb.DuckDBPyConnection, name: str
) -> None:
    with pytest.raises(SourceError, match="is a view of t, which another source keeps"):
        require_safe_table(file, name, ("main.t",))
    require_safe_table(file, "t", ("main.plain",))


@pytest.mark.parametrize(
    "name",
    [
        "telling",
        "settings",
        "catalog",
        "home",
        "by_macro",
        "by_table_macro",
        "over_home",
        "file",
        "Settings",
    ],
)
def test_what_sees_more_than_tables_is_refused(file: duckdb.DuckDBPyConnection, name: str) -> None:
    with pytest.raises(SourceError, match="in it is not read") as told:
        require_safe_table(file, name)
    assert "CREATE TABLE" in (told.value.hint or "")
