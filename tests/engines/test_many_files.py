"""Sources of many files, folders that are columns, and SQLite files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import pytest
from enginekit import manifest, opened

from sharekit.errors import Place
from sharekit.project.manifest import Manifest, Source
from sharekit.project.shapes import SourceConfig


def many(root: Path, files: dict[str, str], **options: object) -> Manifest:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if content.startswith("SELECT"):
            duckdb.execute(f"COPY ({content}) TO '{root / name}' (FORMAT parquet)")
        else:
            (root / name).write_text(content)
    declared = manifest(root, {})
    config = SourceConfig.model_validate({"path": "e/**/*", **options})
    source = Source("e", tuple(sorted(files)), config, Place("sharekit.toml"))
    return declared.__class__(**{**vars(declared), "sources": {"e": source}})


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_folders_are_columns_of_every_format(root: Path, kind: str) -> None:
    content = {
        "csv": "n,s\n{n},x\n", "parquet": "SELECT {n} AS n, 'x' AS s", "jsonl": '{{"n": {n}, "s": "x"}}\n',
    }[kind]  # fmt: skip
    files = {
        f"e/year=2026/month={month}/day=2026-{month}-01/a.{kind}": content.format(n=n)
        for n, month in enumerate(("09", "10"), 1)
    }
    with opened(many(root, files)) as engine:
        assert engine.sources()["e"].error is None
        types = {column.name: column.type for column in engine.sources()["e"].columns}
        assert (types["year"], types["month"], types["day"]) == ("BIGINT", "BIGINT", "DATE")
        rows = engine.query("SELECT year, month, day::VARCHAR, n FROM e ORDER BY n").rows
        assert rows == ((2026, 9, "2026-09-01", 1), (2026, 10, "2026-10-01", 2))


@pytest.mark.slow
def test_same_rows_in_other_folders_are_other_rows(root: Path, tmp_path: Path) -> None:
    """The name of a folder is data: renaming one changes the fingerprint."""
    before = many(root, {"e/m=1/a.csv": "n\n1\n"})
    with opened(before, tmp_path / "cache") as engine:
        first = engine.sources()["e"].fingerprint
    (root / "e/m=1").rename(root / "e/m=2")
    after = many(root, {"e/m=2/a.csv": "n\n1\n"})
    with opened(after, tmp_path / "cache") as engine:
        assert engine.sources()["e"].fingerprint != first
        assert engine.query("SELECT m FROM e").rows == ((2,),)


def test_file_outside_the_folders_is_named(root: Path) -> None:
    with opened(many(root, {"e/m=1/a.csv": "n\n1\n", "e/b.csv": "n\n2\n"})) as engine:
        assert engine.sources()["e"].error == "e/b.csv lies in no folder m="


def test_file_that_lacks_a_column_is_named(root: Path) -> None:
    files = {"e/a.csv": "n,s\n1,x\n", "e/b.csv": "s,n,extra\nb,2,x\n"}
    with opened(many(root, files)) as engine:
        (note,) = engine.sources()["e"].notes
        assert note.message == "e/a.csv has no column extra: its rows have no value there"
    parquet = {"e/c.parquet": "SELECT 1 AS n, 2 AS m", "e/d.parquet": "SELECT 3 AS n"}
    with opened(many(root, parquet)) as engine:
        assert [each.message for each in engine.sources()["e"].notes] == [
            "e/d.parquet has no column m: its rows have no value there"
        ]


def test_file_of_other_columns_altogether_is_an_error(root: Path) -> None:
    with opened(many(root, {"e/a.csv": "n,s\n1,x\n", "e/b.csv": "x;y\n1;2\n"})) as engine:
        assert engine.sources()["e"].error == "e/b.csv has none of the columns of e/a.csv"


@pytest.mark.slow
def test_file_with_another_type_is_named(root: Path) -> None:
    files = {"e/a.parquet": "SELECT 1 AS n", "e/b.parquet": "SELECT 'x' AS n"}
    with opened(many(root, files)) as engine:
        assert (
            engine.sources()["e"].error
            == "column n is VARCHAR in e/b.parquet and INTEGER in e/a.parquet"
        )
    with opened(many(root, files, columns={"n": "VARCHAR"})) as engine:
        assert engine.query("SELECT count(*) FROM e").rows == ((2,),)


def test_odd_value_is_named_with_its_file(root: Path) -> None:
    with opened(many(root, {"e/a.csv": "n\n1\n2\n3\n", "e/b.csv": "n\n4\noops\n"})) as engine:
        (note,) = engine.sources()["e"].notes
        assert "`oops` (line 3 of e/b.csv)" in note.message


# -- SQLite ---------------------------------------------------------------------------------------


def lite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, day TEXT, code TEXT, amount REAL, n BIGINT)"
    )
    rows = [("2026-01-01", "007", 1.5, 2**53 + 1), ("2026-01-02", "12", None, None)]
    connection.executemany("INSERT INTO orders (day, code, amount, n) VALUES (?, ?, ?, ?)", rows)
    connection.execute('CREATE VIEW "big orders" AS SELECT * FROM orders WHERE amount > 1')
    connection.commit()
    connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["l.sqlite", "l.db", "l.sqlite3"])
def test_table_of_an_sqlite_file(root: Path, name: str) -> None:
    lite(root / name)
    before = (root / name).read_bytes()
    sources = {
        "orders": SourceConfig(path=name),
        "big": SourceConfig(path=name, table="big orders"),
    }
    with opened(manifest(root, sources)) as engine:
        types = [column.type for column in engine.sources()["orders"].columns]
        assert types == ["BIGINT", "DATE", "VARCHAR", "DOUBLE", "BIGINT"]
        rows = engine.query(
            "SELECT day::VARCHAR, code, amount, n::VARCHAR FROM orders ORDER BY id"
        ).rows
        assert rows == (
            ("2026-01-01", "007", 1.5, "9007199254740993"),
            ("2026-01-02", "12", None, None),
        )
        assert engine.query("SELECT count(*) FROM big").rows == ((1,),)
    assert (root / name).read_bytes() == before
    assert sorted(path.name for path in root.iterdir()) == [name]


@pytest.mark.slow
def test_sqlite_that_cannot_be_read_whole_is_told(root: Path) -> None:
    connection = sqlite3.connect(root / "l.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (n)")
    connection.commit()
    try:
        with opened(manifest(root, {"t": "l.sqlite"})) as engine:
            assert "still in a file beside it" in (engine.sources()["t"].error or "")
    finally:
        connection.close()
    with opened(manifest(root, {"u": "l.sqlite"})) as engine:
        assert (engine.sources()["u"].error, engine.sources()["u"].hint) == (
            "it has no table u", "Write table = one of: t."
        )  # fmt: skip
    (root / "l.sqlite").write_bytes(b"not a database at all, but long enough" * 50)
    with opened(manifest(root, {"t": "l.sqlite"})) as engine:
        assert "SQLite cannot read it" in (engine.sources()["t"].error or "")
