"""Tables of Delta Lake and Apache Iceberg as sources: real tables, written by the libraries that
people write them with, on this disk and in a store that speaks S3 (moto)."""

from __future__ import annotations

import json
import os
import string
import struct
import subprocess
import sys
import time
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from commandline import sharekit
from gitrepos import new_repo
from object_stores import SECRET, ObjectStore, az, google, gs, s3

from sharekit.engines.duckdb.engine import DuckDBEngine, open_duckdb
from sharekit.engines.sources import lake_iceberg, lakes
from sharekit.engines.sources.fetching import Fetcher, Unreadable, end_of_past_day
from sharekit.engines.sources.lake_iceberg import _settings
from sharekit.project.load import load
from sharekit.project.scaffold.source import appended
from sharekit.records import replace

pytestmark = pytest.mark.slow

deltalake = pytest.importorskip("deltalake", reason="the extra sharekit[delta] is not installed")
pytest.importorskip("pyiceberg", reason="the extra sharekit[iceberg] is not installed")
import pyarrow as pa  # noqa: E402  comes with pyiceberg
import pyarrow.parquet as pq  # noqa: E402
import pyroaring  # noqa: E402  reads deletion vectors for it

FORMATS = ("delta", "iceberg")
NOW = 1_900_000_000.0


@dataclass
class Lake:
    """A table under test."""

    format: str
    address: str
    append: Callable[[pa.Table], None]
    delete: Callable[[str], None]
    snapshots: Callable[[], list[int]]
    register: Callable[[str], None] | None = None
    """Call a file that is there a part of the table."""


def orders(*amounts: str | None, day: date = date(2026, 1, 5)) -> pa.Table:
    return pa.table(
        {
            "day": pa.array([day] * len(amounts), pa.date32()),
            "region": ["north" if place % 2 else "south" for place in range(len(amounts))],
            "amount": pa.array(
                [Decimal(amount) if amount else None for amount in amounts], pa.decimal128(12, 2)
            ),
        }
    )


def delta(address: str, settings: Mapping[str, str]) -> Lake:
    def table() -> Any:
        return deltalake.DeltaTable(address, storage_options=dict(settings))

    def append(rows: pa.Table) -> None:
        options: Any = {"storage_options": dict(settings), "partition_by": ["region"]}
        deltalake.write_deltalake(address, rows, mode="append", **options)

    return Lake(
        "delta",
        address,
        append,
        lambda where: table().delete(where),
        lambda: [*range(table().version() + 1)],
    )


def iceberg(address: str, settings: Mapping[str, str], catalog: Path) -> Lake:
    from pyiceberg.catalog.sql import SqlCatalog

    books = SqlCatalog("books", uri=f"sqlite:///{catalog}", warehouse=address, **settings)
    books.create_namespace("shop")
    where = address if "://" in address else f"file://{address}"
    table = books.create_table("shop.orders", schema=orders("1").schema, location=where)
    return Lake(
        "iceberg",
        address,
        lambda rows: table.append(rows),
        lambda where: table.delete(where),
        lambda: [snapshot.snapshot_id for snapshot in table.snapshots()],
        lambda file: table.add_files([file]),
    )


@pytest.fixture(params=FORMATS)
def lake(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Lake:
    """A table in the project's folder."""
    folder = root / "metrics" / "data" / "orders"
    if request.param == "delta":
        return delta(str(folder), {})
    return iceberg(str(folder), {}, tmp_path_factory.mktemp("catalog") / "books.db")


STORED: Mapping[str, tuple[str, Callable[[Path], Any]]] = {
    "delta-s3": ("delta", s3), "delta-gs": ("delta", gs), "delta-az": ("delta", az),
    "iceberg-s3": ("iceberg", s3), "iceberg-gs": ("iceberg", google),
}  # fmt: skip


@pytest.fixture(params=list(STORED))
def stored(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Lake, ObjectStore]]:
    """The same in a store."""
    form, start = STORED[request.param]
    with start(tmp_path_factory.mktemp("store")) as store:
        for name, value in store.environ.items():
            monkeypatch.setenv(name, value)
        name = f"{request.param}lake".replace("-", "")  # all of moto's servers share buckets
        store.make(name)
        address = f"{store.scheme}://{name}/shop/orders"
        if form == "delta":
            yield delta(address, {"AWS_S3_ALLOW_UNSAFE_RENAME": "true"}), store
        else:
            yield iceberg(address, _settings(store.environ), tmp_path / "books.db"), store


def opened(
    root: Path, table: Lake, as_of: date = date(2030, 3, 1), cache: Path | None = None, **keys: Any
) -> DuckDBEngine:
    """An engine over a project whose one source is this table."""
    project(root, table, **keys)
    read = load(root)
    assert not read.problems, read.problems
    return open_duckdb(read, as_of=as_of, cache_dir=cache)


def project(root: Path, table: Lake, **keys: Any) -> None:
    where = table.address
    if "://" not in where:
        keys["path"] = Path(where).relative_to(root).as_posix()
    else:
        keys["url"] = where
    entry = appended("", "orders", {"format": table.format, **keys}, pyproject=False)
    (root / "sharekit.toml").write_text(f'[project]\nname = "Shop"\n{entry}', encoding="utf-8")


def total(engine: DuckDBEngine) -> object:
    info = engine.sources()["orders"]
    assert info.error is None, info.error
    return engine.query("SELECT sum(amount) AS value FROM orders").rows[0][0]


def test_rows_of_the_newest_snapshot_with_their_types(root: Path, lake: Lake) -> None:
    lake.append(orders("10.10", None))
    lake.append(orders("5.05", "1.00", day=date(2026, 1, 6)))
    lake.delete("amount = 1.00")
    with opened(root, lake) as engine:
        assert total(engine) == Decimal("15.15")
        kinds = {column.name: column.type for column in engine.sources()["orders"].columns}
        assert kinds["day"] == "DATE"
        assert kinds["amount"] == "DECIMAL(12,2)"
        assert engine.sources()["orders"].data_until == date(2026, 1, 6)


def test_the_same_rows_in_other_files_have_the_same_fingerprint(root: Path, lake: Lake) -> None:
    """The snapshot's id says whether to read; the rows say whether anything changed."""
    lake.append(orders("1.00", "2.00", "3.00"))
    with opened(root, lake) as engine:
        first = engine.sources()["orders"].fingerprint
    lake.append(orders("4.00"))
    lake.delete("amount = 4.00")
    with opened(root, lake) as engine:
        assert engine.sources()["orders"].fingerprint == first


def test_declared_types_are_cast(root: Path, lake: Lake) -> None:
    lake.append(orders("1.00"))
    with opened(root, lake, columns={"amount": "DOUBLE"}) as engine:
        kinds = {column.name: column.type for column in engine.sources()["orders"].columns}
        assert kinds["amount"] == "DOUBLE"


def test_a_snapshot_can_be_named(root: Path, lake: Lake) -> None:
    lake.append(orders("1.00"))
    first = lake.snapshots()[-1]
    lake.append(orders("2.00"))
    with opened(root, lake, snapshot=first) as engine:
        assert total(engine) == Decimal("1.00")
    with opened(root, lake, snapshot=99) as engine:
        info = engine.sources()["orders"]
        assert (info.error, info.outside) == ("the table has no such snapshot", False)


def test_of_a_day_that_has_passed_the_rows_of_then_are_read(
    root: Path, tmp_path: Path, lake: Lake
) -> None:
    """What an old definition came to on the day it was changed does not move with later rows."""
    lake.append(orders("1.00"))
    between = datetime.now(UTC)
    lake.append(orders("2.00"))
    project(root, lake)
    wanted = load(root).sources["orders"]

    def rows(at: datetime | None) -> int:
        fetcher = Fetcher(tmp_path / "fetched", {}, time.time, root, at)
        (copy,) = fetcher.get(wanted).paths
        return len(duckdb.sql(f"FROM '{copy}'").fetchall())

    assert [rows(None), rows(between)] == [2, 1]
    assert rows(datetime(2001, 1, 1, tzinfo=UTC)) == 2, "its history begins later"


def test_a_day_has_passed_when_it_has_ended_where_the_project_is() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
    assert end_of_past_day(date(2026, 3, 2), "UTC", noon) is None
    assert end_of_past_day(date(2026, 3, 1), "UTC", noon) == datetime(2026, 3, 2, tzinfo=UTC)
    assert end_of_past_day(date(2026, 3, 1), "America/New_York", noon) == datetime(
        2026, 3, 2, 5, tzinfo=UTC
    )


def test_an_unchanged_snapshot_is_not_read_again(root: Path, tmp_path: Path, lake: Lake) -> None:
    lake.append(orders("1.00"))
    project(root, lake)
    wanted = load(root).sources["orders"]
    first = Fetcher(tmp_path / "fetched", {}, lambda: NOW, root).get(wanted)
    for data in Path(lake.address).rglob("*.parquet"):
        data.unlink()
    again = Fetcher(tmp_path / "fetched", {}, lambda: NOW + 3600, root).get(wanted)
    assert again.paths == first.paths
    assert again.stale is None


@pytest.mark.parametrize("written", ["file://{path}", "{path}", "../../../../{name}", "%2E%2E/x"])
def test_files_that_are_not_the_tables_own_are_not_read(
    root: Path, tmp_path: Path, lake: Lake, written: str
) -> None:
    """Whoever writes a table's history could name any file that the build may read."""
    lake.append(orders("1.00"))
    outside = root.parent / "outside.parquet"
    pq.write_table(orders("777.00"), outside)
    if lake.format == "delta":
        log = Path(lake.address) / "_delta_log" / "00000000000000000000.json"
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        for line in lines:
            if "add" in line:
                line["add"]["path"] = written.format(path=outside, name=outside.name)
        log.write_text("\n".join(json.dumps(line) for line in lines))
    else:
        assert lake.register is not None
        lake.register(f"file://{outside}")
    project(root, lake)
    with pytest.raises(Unreadable, match="not below its own folder"):
        Fetcher(tmp_path / "fetched", {}, lambda: NOW, root).get(load(root).sources["orders"])


def test_a_link_in_its_folder_is_refused(root: Path, tmp_path: Path, lake: Lake) -> None:
    lake.append(orders("1.00"))
    data = next(Path(lake.address).rglob("*.parquet"))
    data.rename(tmp_path / "elsewhere.parquet")
    data.symlink_to(tmp_path / "elsewhere.parquet")
    project(root, lake)
    with pytest.raises(Unreadable, match="holds a link"):
        Fetcher(tmp_path / "fetched", {}, lambda: NOW, root).get(
            replace(load(root).sources["orders"], paths=("metrics/data/orders/x",))
        )


def test_size_has_a_limit(root: Path, tmp_path: Path, lake: Lake) -> None:
    lake.append(pa.concat_tables([orders(*(f"{n}.13" for n in range(300_000)))]))
    project(root, lake, max_mb=1)
    with pytest.raises(Unreadable, match="more than 1"):
        Fetcher(tmp_path / "fetched", {}, lambda: NOW, root).get(load(root).sources["orders"])


def _vector(rows: list[int]) -> dict[str, object]:
    """A deletion vector, as Delta writes it: places of rows in a file as a 64-bit Roaring bitmap,
    in the log itself."""
    bitmap = pyroaring.BitMap(rows).serialize()
    data = struct.pack("<IQI", 1681511377, 1, 0) + bitmap
    return {
        "storageType": "i",
        "pathOrInlineDv": _z85(data + bytes(-len(data) % 4)),
        "sizeInBytes": len(data),
        "cardinality": len(rows),
    }


def _beside(table: Path, rows: list[int]) -> dict[str, object]:
    """The same in a file of its own, named by an id."""
    name = uuid.UUID("0b3f1c1e-5b6c-4f0a-9d3e-2f1b7a9c8d10")
    data = struct.pack("<IQI", 1681511377, 1, 0) + pyroaring.BitMap(rows).serialize()
    body = bytes([1]) + struct.pack(">I", len(data)) + data + struct.pack(">I", zlib.crc32(data))
    (table / f"deletion_vector_{name}.bin").write_bytes(body)
    return {
        "storageType": "u",
        "pathOrInlineDv": _z85(name.bytes),
        "offset": 1,
        "sizeInBytes": len(data),
        "cardinality": len(rows),
    }


def _z85(data: bytes) -> str:
    """Text of ZeroMQ's kind: five signs for four bytes."""
    signs = (
        string.digits + string.ascii_lowercase + string.ascii_uppercase + ".-:+=^!/*?&<>()[]{}@%$#"
    )
    words = []
    for at in range(0, len(data), 4):
        number = int.from_bytes(data[at : at + 4], "big")
        words += [signs[number // 85**power % 85] for power in (4, 3, 2, 1, 0)]
    return "".join(words)


@pytest.mark.parametrize("kept", ["in the log", "in a file"])
def test_rows_that_a_deletion_vector_takes_away_are_gone(
    root: Path, tmp_path: Path, kept: str
) -> None:
    """Another writer's: the rows are still in the data file."""
    table = root / "metrics" / "data" / "orders"
    deltalake.write_deltalake(str(table), orders("1.00", "2.00", "4.00"))
    vector = _vector([0, 2]) if kept == "in the log" else _beside(table, [0, 2])
    with_features(table, ["deletionVectors"], vector)
    with opened(root, Lake("delta", str(table), print, print, list)) as engine:
        assert total(engine) == Decimal("2.00")


def with_features(table: Path, features: list[str], vector: dict[str, object] | None) -> None:
    """One more entry of the log, as a writer makes it that knows these features."""
    log = table / "_delta_log"
    lines = (log / f"{0:020}.json").read_text("utf-8").splitlines()
    (add,) = (action["add"] for line in lines if "add" in (action := json.loads(line)))
    protocol = {
        "minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features, "writerFeatures": features,
    }  # fmt: skip
    actions: list[dict[str, object]] = [{"protocol": protocol}]
    if vector is not None:
        gone = {
            "path": add["path"],
            "deletionTimestamp": 0,
            "dataChange": True,
            "size": add["size"],
        }
        actions += [{"remove": gone}, {"add": {**add, "deletionVector": vector}}]
    (log / f"{1:020}.json").write_text("\n".join(map(json.dumps, actions)), "utf-8")


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("typeWidening", "uses a feature of Delta that cannot be read yet"),
        ("somethingNew", "uses a feature of Delta that cannot be read yet"),
        ("catalogManaged", "only its catalog can say which of its files count"),
    ],
)
def test_a_feature_that_cannot_be_read_is_refused(
    root: Path, tmp_path: Path, feature: str, words: str
) -> None:
    table = root / "metrics" / "data" / "orders"
    deltalake.write_deltalake(str(table), orders("1.00"))
    with_features(table, [feature], None)
    refused(root, tmp_path, Lake("delta", str(table), print, print, list), words)


def refused(root: Path, folder: Path, table: Lake, words: str) -> Unreadable:
    project(root, table)
    with pytest.raises(Unreadable, match=words) as caught:
        Fetcher(folder / "fetched", {}, lambda: NOW, root).get(load(root).sources["orders"])
    return caught.value


def test_a_data_file_that_is_not_there_is_no_fault_of_the_store(
    root: Path, tmp_path: Path, lake: Lake
) -> None:
    lake.append(orders("1.00"))
    for data in Path(lake.address).rglob("*.parquet"):
        data.unlink()
    refused(root, tmp_path, lake, "a file that the table names is not there")


def test_a_data_file_that_is_broken_is_no_fault_of_the_store(
    root: Path, tmp_path: Path, lake: Lake
) -> None:
    lake.append(orders("1.00"))
    for data in Path(lake.address).rglob("*.parquet"):
        data.write_bytes(b"PAR1" + bytes(data.stat().st_size - 8) + b"PAR1")
    caught = refused(root, tmp_path, lake, "the table cannot be read")
    assert not caught.outside


def test_rows_that_do_not_fit_are_no_fault_of_the_store(
    root: Path, tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.append(orders(*(f"{n}.13" for n in range(200_000))))
    monkeypatch.setattr(lakes, "_MEMORY", "1MB")
    caught = refused(root, tmp_path, lake, "do not fit into")
    assert not caught.outside


def test_no_table_is_said(root: Path, lake: Lake) -> None:
    lake.append(orders("1.00"))
    for part in ("_delta_log", "metadata"):
        for file in (Path(lake.address) / part).rglob("*"):
            file.unlink()
    with opened(root, lake) as engine:
        info = engine.sources()["orders"]
        assert info.error is not None
        assert info.error.startswith(f"there is no {lake.format.title()} table")
        assert "_delta_log or metadata" in str(info.hint)


def test_a_table_in_a_store_and_the_last_good_rows_when_it_is_out_of_reach(
    stored: tuple[Lake, ObjectStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, store = stored
    table.append(orders("1.00", "2.00"))
    project(tmp_path, table)
    wanted = load(tmp_path).sources["orders"]
    first = Fetcher(tmp_path / "fetched", store.environ, lambda: NOW).get(wanted)
    assert len(duckdb.sql(f"FROM '{first.paths[0]}'").fetchall()) == 2
    for name, value in store.gone.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(lake_iceberg, "SECONDS", 5.0)
    later = Fetcher(tmp_path / "fetched", store.gone, lambda: NOW + 86_400).get(wanted)
    assert later.paths == first.paths
    assert later.stale is not None
    assert "cannot be reached" in later.stale or "does not answer" in later.stale
    assert SECRET not in later.stale


@pytest.mark.parametrize("format", FORMATS)
def test_a_missing_package_names_the_extra(root: Path, tmp_path: Path, format: str) -> None:
    """In a Python that has neither of the packages."""
    (root / "orders" / "metadata").mkdir(parents=True)
    (root / "orders" / "metadata" / "x.json").write_text("{}")
    project(root, Lake(format, str(root / "orders"), print, print, list))
    code = (
        "import sys; sys.modules.update(deltalake=None, pyiceberg=None);"
        " from sharekit.cli import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", code, "sources", "--project", str(root)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    said = " ".join((ran.stdout + ran.stderr).split())
    assert f"reading {format.title()} tables needs another package" in said
    assert f"pip install 'sharekit[{format}]'" in said


def test_a_redefinition_stays_as_it_was_on_its_day(tmp_path: Path) -> None:
    """Rows that came later move neither side of it: both are measured on the snapshot of then."""
    repo = new_repo(tmp_path / "p")
    folder = repo.path / "metrics" / "data" / "orders"
    table = delta(str(folder), {})
    table.append(orders("100.00"))
    table.append(orders("200.00"))
    for version, day in enumerate(("2026-10-01", "2026-10-20")):
        _date_version(folder, version, datetime.fromisoformat(f"{day}T08:00:00+00:00"))
    entry = appended(
        "", "orders", {"format": "delta", "path": "metrics/data/orders"}, pyproject=False
    )
    config = '[project]\nname = "Shop"\nas_of = 2026-11-01\n[people.ann]\nname = "Ann"\n' + entry

    def revenue(value: str) -> str:
        head = "/* ---\ntitle: Revenue\nowner: ann\n--- */\n"
        return f"{head}SELECT {value} AS value FROM orders\n"

    begin = {
        ".gitignore": "/metrics/data\n/.sharekit\n/site\n",
        "sharekit.toml": config,
        "metrics/revenue.sql": revenue("sum(amount)"),
    }
    repo.commit(begin, "Begin", on="2026-10-05T09:00:00+00:00")
    repo.commit(
        {"metrics/revenue.sql": revenue("sum(amount) * 2")},
        "Count twice",
        on="2026-10-10T09:00:00+00:00",
    )
    said = sharekit("build", "--project", repo.path)
    assert said.code == 0, said.err
    changes = json.loads((repo.path / "site" / "changes.json").read_text("utf-8"))["changes"]
    assert [(change["was"], change["now"]) for change in changes[:1]] == [("100", "200")]
    number = json.loads((repo.path / "site" / "data" / "revenue.json").read_text("utf-8"))
    assert number["value"] == 600


def _date_version(folder: Path, version: int, moment: datetime) -> None:
    """Let a version of a table be as old as that."""
    entry = folder / "_delta_log" / f"{version:020}.json"
    actions = [json.loads(line) for line in entry.read_text("utf-8").splitlines()]
    for action in actions:
        if "commitInfo" in action:
            action["commitInfo"]["timestamp"] = int(moment.timestamp() * 1000)
    entry.write_text("".join(json.dumps(action) + "\n" for action in actions), "utf-8")
    os.utime(entry, (moment.timestamp(), moment.timestamp()))
