"""Adopting sharekit where the numbers live in PostgreSQL: from an empty folder to a page, and the
worked example with its flights there."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from commandline import Said
from commandline import sharekit as run
from remote_asking import VARIABLE, Farm
from remote_servers import Server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent.parent
ENGINE = (
    f'\n[engines.warehouse]\nurl = "env:{VARIABLE}"\ndialect = "{{dialect}}"\n'
    "allow = [{allow}]\nmax_rows = 1_000_000\nsetup = {setup}\n"
)
SALES = """CREATE TABLE analytics.adopted AS SELECT 'north' AS region,
    current_date - i + time '10:00' AS "Sold At", 5 AS amount FROM generate_series(1, 70) i"""


@pytest.fixture
def folder(tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, with the address of the engine in the environment."""
    monkeypatch.setenv(VARIABLE, postgres.url)
    return tmp_path / "numbers"


def told(done: Said) -> Said:
    assert done.code == 0, done.out + done.err
    return done


def declare(
    folder: Path, allow: str, dialect: str = "postgres", setup: tuple[str, ...] = ()
) -> None:
    path = folder / "sharekit.toml"
    entry = ENGINE.format(allow=allow, dialect=dialect, setup=json.dumps(setup))
    path.write_text(path.read_text("utf-8") + entry, "utf-8")


def test_number_of_a_running_postgresql_is_on_a_page(folder: Path, postgres: Server) -> None:
    postgres.run("DROP TABLE IF EXISTS analytics.adopted")
    postgres.run(SALES)
    told(run("init", folder, "--no-build"))
    declare(folder, '"analytics.*"')
    new = ["new", "metric", "orders_sold", "--engine", "warehouse"]
    told(run("--project", folder, *new, "--source", "analytics.adopted"))
    text = (folder / "metrics" / "orders_sold.sql").read_text("utf-8")
    assert "engine: warehouse" in text
    assert "DATE_TRUNC('WEEK', \"Sold At\")" in text
    told(run("--project", folder, "check"))
    told(run("--project", folder, "build"))
    [page] = (folder / "site").rglob("data/orders_sold.json")
    document = json.loads(page.read_text("utf-8"))
    assert document["value"] == 7, "seven sales in the last whole week"
    pages = [path.read_text("utf-8") for path in (folder / "site").rglob("*orders_sold*.html")]
    pages += [path.read_text("utf-8") for path in (folder / "site").rglob("orders_sold/index.html")]
    assert any("Orders sold" in page for page in pages)


def test_a_table_there_is_a_source_by_the_view_that_fetches_it(
    folder: Path, postgres: Server
) -> None:
    postgres.run("DROP TABLE IF EXISTS analytics.adopted")
    postgres.run(SALES)
    told(run("init", folder, "--no-build"))
    declare(folder, '"analytics.*"')
    new = ["--project", folder, "new", "source", "sold", "--engine", "warehouse"]
    said = told(run(*new, "--source", "analytics.adopted")).err
    assert re.search(r"Sold At +TIMESTAMP", said)
    assert re.search(r"north +\d{4}-\d\d-\d\d 10:00:00 +5", said)
    view = (folder / "metrics" / "_sold.sql").read_text("utf-8")
    assert 'engine: warehouse\n--- */\nSELECT\n  "region",\n  "Sold At",' in view
    told(run("--project", folder, "check"))
    assert "_sold is there already" in run(*new).err
    assert "--file is not for a new source in an engine" in run(*new, "--file", "x.csv").err


def test_only_table_needs_no_source(folder: Path, postgres: Server) -> None:
    postgres.run("DROP TABLE IF EXISTS analytics.adopted")
    postgres.run(SALES)
    told(run("init", folder, "--no-build"))
    declare(folder, '"analytics.adopted"')
    told(run("--project", folder, "new", "metric", "sold", "--engine", "warehouse"))
    assert "analytics.adopted" in (folder / "metrics" / "sold.sql").read_text("utf-8")


def test_mistakes_name_what_there_is(folder: Path, postgres: Server) -> None:
    told(run("init", folder, "--no-build"))
    declare(folder, '"analytics.*", "public.orders"')
    new = ["--project", folder, "new", "metric", "sold", "--engine"]
    assert "[engines] has no lake" in run(*new, "lake").err
    assert "it is not clear which table to count" in run(*new, "warehouse").err
    refused = run(*new, "warehouse", "--source", "hr.salaries")
    assert refused.code == 2
    assert "hr.salaries cannot be read in warehouse" in refused.err
    assert not (folder / "metrics" / "sold.sql").exists()


def test_engine_out_of_reach_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(run("init", folder, "--no-build"))
    declare(folder, '"analytics.adopted"')
    monkeypatch.setenv(VARIABLE, "postgresql://reader@127.0.0.1:1/postgres")
    gone = run("--project", folder, "new", "metric", "sold", "--engine", "warehouse")
    assert gone.code == 3
    assert not (folder / "metrics" / "sold.sql").exists()


@pytest.fixture(scope="module")
def from_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example with its flights in a file, read by the view that reads an engine in the
    variants; its numbers are those of the example as it is."""
    top = tmp_path_factory.mktemp("example")
    plain = copied_example(top / "plain")
    told(run("--project", plain, "build"))
    folder = copied_example(top / "numbers")
    read_by_a_view(folder, "SELECT * FROM flights\n")
    told(run("--project", folder, "build"))
    assert len(numbers(plain / "site")) >= 19
    assert numbers(folder / "site") == numbers(plain / "site")
    return folder


@pytest.mark.parametrize("name", ["postgres", "sail_flight", "sail_spark"])
def test_worked_example_has_the_same_pages_with_its_flights_in_an_engine(
    tmp_path: Path, farm: Farm, from_files: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/cluster.md says how; this does it. Every file is the same to the byte, but for the name of
    the table in the SQL of that one view."""
    server = farm[name]
    monkeypatch.setenv(VARIABLE, server.url)
    folder = copied_example(tmp_path / "numbers")
    flights = (folder / "metrics" / "data" / "flights.parquet").rename(tmp_path / "flights.parquet")
    table = f"{server.schema}flights"
    setup: tuple[str, ...] = ()
    if server.dialect == "spark":
        view = f"CREATE OR REPLACE TEMPORARY VIEW flights AS SELECT * FROM parquet.`{flights}`"
        setup = (view,)
    else:
        load_flights(server, flights, tmp_path)
    declare(folder, f'"{table}"', server.dialect, setup)
    read_by_a_view(folder, f"/* ---\nengine: warehouse\n--- */\nSELECT * FROM {table}\n")
    told(run("--project", folder, "build"))
    there, here = files_of(folder / "site"), files_of(from_files / "site")
    assert there.keys() == here.keys()
    named = {path: body.replace(table.encode(), b"flights") for path, body in there.items()}
    assert [path for path, body in here.items() if named[path] != body] == []


def read_by_a_view(folder: Path, view: str) -> None:
    """Everything that reads the table reads this view of it."""
    for path in (folder / "metrics").rglob("*.sql"):
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"\b(FROM|JOIN) flights\b", r"\1 metrics._flights", text), "utf-8")
    (folder / "metrics" / "_flights.sql").write_text(view, "utf-8")


def files_of(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


def copied_example(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("sharekit.toml", "metrics", "dashboards"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    return folder


def load_flights(postgres: Server, parquet: Path, work: Path) -> None:
    """The table as PostgreSQL would have it."""
    path, rows = work / "flights.csv", f"read_parquet('{parquet.as_posix()}')"
    with duckdb.connect() as connection:
        columns = connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        connection.execute(
            f"COPY (FROM {rows}) TO '{path.as_posix()}' (HEADER false, NULLSTR '\\N')"
        )
    types = {"DOUBLE": "double precision", "TINYINT": "smallint", "UTINYINT": "smallint"}
    declared = ", ".join(f'"{name}" {_type(kind, types)}' for name, kind, *_ in columns)
    postgres.run("DROP TABLE IF EXISTS analytics.flights")
    postgres.run(f"CREATE TABLE analytics.flights ({declared})")
    postgres.copy("analytics.flights", path)


def _type(kind: str, types: dict[str, str]) -> str:
    return "text" if kind.startswith(("ENUM", "VARCHAR")) else types.get(kind, kind)


def numbers(site: Path) -> dict[str, object]:
    """What the pages say about each number: its headline, comparisons and rows."""
    found = {}
    for path in sorted(site.rglob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        if isinstance(document, dict) and "headline" in document:
            found[path.relative_to(site).as_posix()] = {
                key: document.get(key)
                for key in ("value", "change", "series", "slices", "table", "okr")
            }
    return found
