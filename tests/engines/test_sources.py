"""Sources of every format, and sources that are wrong in every way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from enginekit import AS_OF, FLIGHTS, manifest, opened
from sampling import mostly_slow

from sharekit.engines.duckdb.engine import DuckDBEngine
from sharekit.errors import QueryError
from sharekit.numbers.results import SourceInfo
from sharekit.project.manifest import Manifest
from sharekit.project.shapes import SourceConfig

ROWS = [(1, "a"), (2, "b")]


def write_parquet(path: Path) -> None:
    duckdb.execute(
        f"COPY (SELECT 1 AS n, 'a' AS s UNION ALL SELECT 2, 'b') TO '{path}' (FORMAT parquet)"
    )


def write_duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n, 'a' AS s UNION ALL SELECT 2, 'b'")
        connection.execute("CREATE VIEW v AS SELECT * FROM t")
        connection.execute("CREATE VIEW spy AS SELECT * FROM read_text('/etc/passwd')")
        connection.execute("CREATE SCHEMA deep; CREATE TABLE deep.t AS SELECT 7 AS n, 'z' AS s")


FILES: dict[str, bytes | Callable[[Path], None]] = {
    "t.csv": b"n,s\n1,a\n2,b\n",
    "semicolons.csv": b"n;s\n1;a\n2;b\n",
    "t.tsv": b"n\ts\n1\ta\n2\tb\n",
    "t.json": b'[{"n": 1, "s": "a"}, {"n": 2, "s": "b"}]',
    "t.jsonl": b'{"n": 1, "s": "a"}\n{"n": 2, "s": "b"}\n',
    "t.ndjson": b'{"n": 1, "s": "a"}\n{"n": 2, "s": "b"}\n',
    "T.CSV": b"n,s\n1,a\n2,b\n",
    "it's a name, with spaces.csv": b"n,s\n1,a\n2,b\n",
    "t.parquet": write_parquet,
    "t.duckdb": write_duckdb,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_every_format_is_read(root: Path, name: str) -> None:
    content = FILES[name]
    if isinstance(content, bytes):
        (root / name).write_bytes(content)
    else:
        content(root / name)
    with opened(manifest(root, {"t": name})) as engine:
        assert engine.sources()["t"].error is None
        assert list(engine.query("SELECT * FROM t ORDER BY n").rows) == ROWS
        assert [(column.name, column.kind) for column in engine.sources()["t"].columns] == [
            ("n", "number"),
            ("s", "text"),
        ]


def test_several_files_are_one_table(root: Path) -> None:
    (root / "a.csv").write_text("n,s\n1,a\n")
    (root / "b.csv").write_text("s,n,extra\nb,2,x\n")
    with opened(manifest(root, {"t": ("a.csv", "b.csv")})) as engine:
        assert engine.query("SELECT n, s, extra FROM t ORDER BY n").rows == (
            (1, "a", None),
            (2, "b", "x"),
        )


def test_declared_types_are_used(root: Path) -> None:
    (root / "zips.csv").write_text("zip,amount\n01234,1\n99999,2\n")
    write_parquet(root / "t.parquet")
    sources = {
        "plain": SourceConfig(path="zips.csv", columns={"zip": "INTEGER"}),
        "exact": SourceConfig(
            path="zips.csv", columns={"zip": "VARCHAR", "amount": "DECIMAL(18, 2)"}
        ),
        "as_text": SourceConfig(path="t.parquet", columns={"N": "VARCHAR"}),
    }
    with opened(manifest(root, sources)) as engine:
        assert engine.query("SELECT zip FROM exact ORDER BY zip").rows == (("01234",), ("99999",))
        assert engine.query("SELECT zip FROM plain ORDER BY zip").rows == ((1234,), (99999,))
        assert [column.type for column in engine.sources()["exact"].columns] == [
            "VARCHAR",
            "DECIMAL(18,2)",
        ]
        assert engine.query("SELECT n FROM as_text ORDER BY n").rows == (("1",), ("2",))


def test_format_can_be_declared(root: Path) -> None:
    (root / "export.txt").write_text("n\ts\n1\ta\n2\tb\n")
    with opened(manifest(root, {"t": SourceConfig(path="export.txt", format="tsv")})) as engine:
        assert list(engine.query("FROM t").rows) == ROWS


@pytest.mark.slow
@pytest.mark.parametrize(("table", "rows"), [("t", ROWS), ("v", ROWS), ("deep.t", [(7, "z")])])
def test_table_of_a_database_file(root: Path, table: str, rows: list[tuple[int, str]]) -> None:
    write_duckdb(root / "other.duckdb")
    with opened(manifest(root, {"mine": SourceConfig(path="other.duckdb", table=table)})) as engine:
        assert list(engine.query("FROM mine ORDER BY n").rows) == rows


def test_header_alone_is_a_table_without_rows(root: Path) -> None:
    (root / "t.csv").write_text("day,n\n")
    config = SourceConfig(path="t.csv", columns={"day": "DATE", "n": "INTEGER"})
    with opened(manifest(root, {"t": config})) as engine:
        assert engine.sources()["t"] == SourceInfo(
            "t",
            engine.sources()["t"].columns,
            0,
            engine.sources()["t"].fingerprint,
        )
        assert engine.query("SELECT count(*) FROM t").rows == ((0,),)


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
WRONG: dict[str, tuple[dict[str, bytes], SourceConfig, str]] = {
    "no file": ({}, SourceConfig(path="t.csv"), "there is no file w0/t.csv"),
    "empty": ({"t.csv": b""}, SourceConfig(path="t.csv"), "t.csv is empty"),
    "blank": ({"t.csv": b"\n \n"}, SourceConfig(path="t.csv"), "t.csv is empty"),
    "a pointer of Git LFS": (
        {"t.csv": POINTER},
        SourceConfig(path="t.csv"),
        "t.csv is a pointer of Git LFS: the file itself was not fetched",
    ),
    "one as Windows writes it": (
        {"t.parquet": POINTER.replace(b"\n", b"\r\n")},
        SourceConfig(path="t.parquet"),
        "t.parquet is a pointer of Git LFS",
    ),
    "a pointer of git-annex": (
        {"t.csv": b"/annex/objects/SHA256E-s9--4d7a.csv\n"},
        SourceConfig(path="t.csv"),
        "t.csv is a pointer of git-annex",
    ),
    "unknown format": (
        {"t.xyz": b"1"},
        SourceConfig(path="t.xyz"),
        "the format of t.xyz is not known",
    ),
    "outside": (
        {},
        SourceConfig(path="../secret.csv"),
        "../secret.csv is outside the project folder",
    ),
    "absolute": (
        {},
        SourceConfig(path="/etc/passwd", format="csv"),
        "/etc/passwd is outside the project folder",
    ),
    "git's own": (
        {".git/config": b"token"},
        SourceConfig(path=".git/config", format="csv"),
        "hidden folder",
    ),
    "hidden": (
        {".env": b"TOKEN=x"},
        SourceConfig(path=".env", format="csv"),
        "hidden folder or hidden itself",
    ),
    "a pattern as a name": ({"a[1].csv": b"n\n1"}, SourceConfig(path="a[1].csv"), "rename it"),
    "not Parquet": (
        {"t.parquet": b"hello world, no data"},
        SourceConfig(path="t.parquet"),
        "No magic bytes",
    ),
    "not JSON": ({"t.json": b'[{"a": 1}, {"a"'}, SourceConfig(path="t.json"), "Malformed JSON"),
    "no database": (
        {"t.duckdb": b"hello world"},
        SourceConfig(path="t.duckdb"),
        "not a valid DuckDB database",
    ),
    "ragged": (
        {"t.csv": b"a,b\n1,2\n3\n4,5,6,7\n"},
        SourceConfig(path="t.csv"),
        "line 3 has 1 columns where the first line has 2",
    ),
    "ragged near the end": (
        {"t.csv": b"a;b\n" + b"1;2\n" * 5000 + b"3;4;5\n"},
        SourceConfig(path="t.csv"),
        "line 5002 has 3 columns where the first line has 2",
    ),
    "a quote left open": (
        {"t.csv": b'a,b\n1,"x\n2,y\n'},
        SourceConfig(path="t.csv"),
        "line 2: Value with unterminated quote",
    ),
    "a title above the header": (
        {"t.csv": b"Flights\n\na,b\n1,2\n"},
        SourceConfig(path="t.csv"),
        "columns where the first line has 1",
    ),
    "not UTF-8": ({"t.csv": b"a,b\nZ\xfcrich,1\n"}, SourceConfig(path="t.csv"), "not utf-8"),
    "wrong type": (
        {"t.csv": b"n\n1\nx\n"},
        SourceConfig(path="t.csv", columns={"n": "INTEGER"}),
        "line 3: `x` in column n is no INTEGER",
    ),
    "typed column that is not there": (
        {"t.csv": b"n\n1\n"},
        SourceConfig(path="t.csv", columns={"m": "INTEGER"}),
        "`columns` names m, but it has: n",
    ),
    "no such type": (
        {"t.csv": b"n\n1\n"},
        SourceConfig(path="t.csv", columns={"n": "NUMBERISH"}),
        "Type with name NUMBERISH does not exist",
    ),
    "a type that is more": (
        {"t.csv": b"n\n1\n"},
        SourceConfig(path="t.csv", columns={"n": "INT) AS n, (SELECT 1"}),
        "the type of column n is not one",
    ),
    "a type with quotes": (
        {"t.csv": b"n\n1\n"},
        SourceConfig(path="t.csv", columns={"n": "INT'; --"}),
        "the type of column n is not one",
    ),
    "time column that is not there": (
        {"t.csv": b"n\n1\n"},
        SourceConfig(path="t.csv", time="day"),
        "it has no column day to tell the time by; it has: n",
    ),
    "time column that is none": (
        {"t.csv": b"n\n1\n"},
        SourceConfig(path="t.csv", time="n"),
        "its time column n is BIGINT, not DATE or TIMESTAMP",
    ),
}


@pytest.fixture(scope="module")
def wrong_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, DuckDBEngine]]:
    """A project with every wrong source, each in a folder of its own, and a good one."""
    root = tmp_path_factory.mktemp("wrong") / "project"
    sources: dict[str, str | SourceConfig] = {"fine": "fine.csv"}
    for number, (contents, config, _) in enumerate(WRONG.values()):
        folder = root / f"w{number}"
        for path, content in contents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        inside = (
            config.path
            if config.path is None or config.path.startswith(("/", ".."))
            else f"w{number}/{config.path}"
        )
        sources[f"w{number}"] = config.model_copy(update={"path": inside})
    (root.parent / "secret.csv").write_text("a\n1\n")
    (root / "fine.csv").write_text("n\n5\n")
    with opened(manifest(root, sources)) as engine:
        yield root, engine


@pytest.mark.parametrize("name", WRONG)
def test_wrong_source_says_why_and_fails_alone(
    wrong_project: tuple[Path, DuckDBEngine], name: str
) -> None:
    root, engine = wrong_project
    source = f"w{list(WRONG).index(name)}"
    error = engine.sources()[source].error

    assert error is not None
    assert WRONG[name][2] in error
    assert str(root) not in error
    assert engine.query("SELECT n FROM fine").rows == ((5,),)
    with pytest.raises(QueryError, match=f"the source {source} cannot be read"):
        engine.query(f"SELECT * FROM {source}")


def test_link_to_a_file_outside_is_refused(root: Path) -> None:
    (root.parent / "secret.csv").write_text("a\n1\n")
    (root / "t.csv").symlink_to(root.parent / "secret.csv")
    with opened(manifest(root, {"t": "t.csv"})) as engine:
        assert engine.sources()["t"].error == "t.csv is outside the project folder"


def test_view_in_a_database_file_reads_nothing_else(root: Path) -> None:
    write_duckdb(root / "other.duckdb")
    with opened(manifest(root, {"t": SourceConfig(path="other.duckdb", table="spy")})) as engine:
        assert "the function read_text is not allowed" in (engine.sources()["t"].error or "")


@pytest.mark.slow
def test_a_view_without_end_is_held_to_the_limits(root: Path) -> None:
    with duckdb.connect(str(root / "endless.duckdb")) as connection:
        connection.execute(
            "CREATE VIEW v AS SELECT md5(range::VARCHAR) AS s FROM range(9999999999999)"
        )
    endless = SourceConfig(path="endless.duckdb", table="v")
    (root / "t.csv").write_text("a\n1\n")
    with opened(
        manifest(root, {"endless": endless, "t": "t.csv"}, limits={"seconds": 1})
    ) as engine:
        found = engine.sources()
    assert "takes more time than the limit" in (found["endless"].error or "")
    assert "raise seconds under [limits]" in (found["endless"].hint or "")
    assert found["t"].rows == 1


def test_pattern_that_matches_nothing(root: Path) -> None:
    declared = manifest(root, {"t": ()})
    with opened(declared) as engine:
        assert engine.sources()["t"].error == "it has no file"


def test_manifest_of_a_commit_has_no_files_to_read(root: Path) -> None:
    (root / "t.csv").write_text("n\n1\n")
    declared = manifest(root, {"t": "t.csv"})
    at_commit = Manifest(**{**vars(declared), "root": ""})
    with opened(at_commit) as engine:
        assert engine.sources()["t"].error == "there is no file t.csv"


# -- how fresh ------------------------------------------------------------------------------------


def test_latest_day_is_of_the_declared_column(root: Path) -> None:
    (root / "t.csv").write_text("booked,flown\n2013-11-01,2013-11-20\n2013-11-03,2013-11-09\n")
    sources = {"a": SourceConfig(path="t.csv"), "b": SourceConfig(path="t.csv", time="FLOWN")}
    with opened(manifest(root, sources)) as engine:
        assert engine.sources()["a"].data_until == date(2013, 11, 3)
        assert engine.sources()["b"].data_until == date(2013, 11, 20)


@pytest.mark.slow
def test_a_source_can_say_that_its_dates_tell_nothing_of_freshness(root: Path) -> None:
    (root / "holidays.csv").write_text(
        "day,name\n2013-01-01,New Year\n2014-07-04,Independence Day\n"
    )
    told = SourceConfig(path="holidays.csv", time="none")
    with opened(manifest(root, {"a": told, "b": SourceConfig(path="holidays.csv")})) as engine:
        assert engine.sources()["a"].data_until is None
        assert engine.sources()["a"].error is None
        assert engine.sources()["b"].data_until == date(2013, 1, 1)
        assert engine.query("SELECT count(*) FROM a").rows == ((2,),)


@pytest.mark.slow
def test_latest_day_is_not_after_the_as_of_date(root: Path) -> None:
    (root / "t.csv").write_text(FLIGHTS)
    cache = root.parent / "cache"
    for as_of, latest in [
        (AS_OF, date(2013, 11, 20)),
        (date(2013, 11, 19), date(2013, 11, 19)),
    ] * 2:
        with opened(manifest(root, {"t": "t.csv"}), cache, as_of) as engine:
            assert engine.sources()["t"].data_until == latest
    with opened(manifest(root, {"t": "t.csv"}), cache, date(2001, 1, 1)) as engine:
        assert engine.sources()["t"].data_until is None


def test_latest_day_of_timestamps(root: Path) -> None:
    (root / "t.csv").write_text("at\n2013-11-20 23:59:59\n2013-11-22 00:00:01\n")
    with opened(manifest(root, {"t": "t.csv"})) as engine:
        assert engine.sources()["t"].data_until == AS_OF


def test_moments_may_stand_beside_a_column_called_day(root: Path) -> None:
    (root / "t.csv").write_text("at,day\n2013-11-01 10:00:00,2013-11-01\n", encoding="utf-8")
    with opened(manifest(root, {"t": "t.csv"})) as engine:
        info = engine.sources()["t"]
        assert info.error is None
        assert info.data_until == date(2013, 11, 1)


@pytest.mark.slow
def test_text_sorts_and_compares_as_text(root: Path) -> None:
    (root / "t.csv").write_text(
        "s,n\n" + "".join(f"{name},{n}\n" for n, name in enumerate(["b", "B", "a", "Z", "é"] * 40))
    )
    with opened(manifest(root, {"t": "t.csv"})) as engine:
        assert [row[0] for row in engine.query("SELECT DISTINCT s FROM t ORDER BY s").rows] == [
            "B",
            "Z",
            "a",
            "b",
            "é",
        ]
        assert engine.query("SELECT count(*) FROM t WHERE s = 'nowhere'").rows == ((0,),)
        assert engine.query("SELECT lag(s, 1, 'none') OVER (ORDER BY n) FROM t LIMIT 1").rows == (
            ("none",),
        )
        assert engine.query("SELECT DISTINCT s || '!' FROM t WHERE s < 'C' ORDER BY 1").rows == (
            ("B!",),
        )


LONG = [
    # written, DuckDB's type, the sum of it and 1
    ("1234567890123456789012345678901234567", "HUGEINT", "1234567890123456789012345678901234568"),
    ("12345678901234567890.25", "DECIMAL(38,2)", "12345678901234567891.25"),
    ("900719925474099.31", "DECIMAL(38,2)", "900719925474100.31"),
    ("-.12345678901234567891", "DECIMAL(38,20)", "0.87654321098765432109"),
    ("0.30000000000000004", "DOUBLE", "1.3"),
    ("0.10000000000000001", "DOUBLE", "1.1"),
    ("1.5e3", "DOUBLE", "1501.0"),
]


@pytest.mark.parametrize(("written", "kind", "more"), mostly_slow(LONG, quick=2))
def test_no_digit_is_lost_on_loading(root: Path, written: str, kind: str, more: str) -> None:
    (root / "t.csv").write_text(f"n\n{written}\n0\n\n")
    with opened(manifest(root, {"t": "t.csv"})) as engine:
        assert engine.sources()["t"].columns[0].type == kind
        assert engine.query("SELECT (sum(n) + 1)::VARCHAR FROM t").rows == ((more,),)
        assert engine.sources()["t"].notes == ()


@pytest.mark.slow
def test_digits_that_no_number_holds_stay_text_and_it_says_so(root: Path) -> None:
    (root / "t.csv").write_text(f"n\n{'1' * 30}.{'2' * 30}\n1.5\n")
    with opened(manifest(root, {"t": "t.csv"})) as engine:
        info = engine.sources()["t"]
        assert engine.query("SELECT n FROM t LIMIT 1").rows == ((f"{'1' * 30}.{'2' * 30}",),)
    assert info.columns[0].type == "VARCHAR"
    assert "no number type keeps every digit" in info.notes[0].message
    followed = SourceConfig(path="t.csv", columns={"n": "DOUBLE"})
    with opened(manifest(root, {"t": followed})) as engine:
        assert engine.query("SELECT max(n) > 1e29 FROM t").rows == ((True,),)


# -- columns called as we call things -------------------------------------------------------------

NAMES = ("day", "days", "r", "o", "equal", "rowid", "data", "raw", "seconds", "member", "numbered")
"""Words of the SQL that reads a source."""


def _moments(name: str) -> str:
    rows = [
        f"2013-11-{day:02} {hour}:30:00,{day},{hour}" for day in range(1, 21) for hour in (8, 17)
    ]
    return "\n".join([f"created_at,{name},id", *rows])


@pytest.mark.parametrize("name", mostly_slow(NAMES, quick=1))
def test_a_column_may_have_any_name(root: Path, name: str) -> None:
    (root / "t.csv").write_text(_moments(name))
    (root / "plain.csv").write_text(_moments("something"))
    with opened(manifest(root, {"t": "t.csv", "plain": "plain.csv"})) as engine:
        info, plain = engine.sources()["t"], engine.sources()["plain"]
    assert info.error is None
    assert info.rhythm == plain.rhythm
    assert info.rhythm is not None


@pytest.mark.parametrize("name", mostly_slow(("r", "equal"), quick=1))
def test_rows_are_the_same_only_in_every_column(root: Path, name: str) -> None:
    (root / "t.csv").write_text(f"id,{name},amount\n1,a,10\n1,a,20\n2,b,1\n2,b,1\n3,a,5\n")
    with opened(manifest(root, {"t": "t.csv"})) as engine:
        (note,) = engine.sources()["t"].notes
    assert note.message.startswith("1 row repeats another one")


@pytest.mark.parametrize("name", mostly_slow(("rowid", "numbered"), quick=1))
def test_a_place_is_told_whatever_the_columns_are_called(root: Path, name: str) -> None:
    (root / "t.csv").write_text(f"{name},n\na,1\nb,2\nc,oops\n")
    (root / "long.csv").write_text(f"{name},n\nb,{'1' * 30}.{'2' * 30}\na,{'3' * 30}.{'4' * 30}\n")
    declared = SourceConfig(path="t.csv", columns={"n": "INTEGER"})
    with opened(manifest(root, {"t": declared, "long": "long.csv"})) as engine:
        sources = engine.sources()
    assert sources["t"].error == "line 4: `oops` in column n is no INTEGER"
    assert (
        sources["long"]
        .notes[0]
        .message.startswith(f"is text, because no number type keeps every digit of `{'1' * 30}.")
    )


def test_a_date_before_christ_leaves_the_rest_readable(root: Path) -> None:
    duckdb.execute(
        "COPY (SELECT unnest([DATE '0044-03-15 (BC)', DATE '2013-11-01', DATE 'infinity']) AS day, 1"
        f" AS n) TO '{root / 't.parquet'}' (FORMAT parquet)"
    )
    with opened(manifest(root, {"t": "t.parquet"})) as engine:
        info = engine.sources()["t"]
        assert info.error is None
        assert info.rhythm is not None
        assert info.rhythm.first == info.rhythm.last == date(2013, 11, 1)
        assert engine.query("SELECT sum(n) FROM t").rows == ((3,),)
