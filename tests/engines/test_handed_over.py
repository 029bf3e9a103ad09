"""An engine that goes on with the process of another: it answers from its own day, items and
sources, as one in a process of its own would."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from enginekit import failure, manifest

from sharekit.engines import Query
from sharekit.engines.duckdb.engine import DuckDBEngine, open_duckdb
from sharekit.project.manifest import Manifest

FLIGHTS = "day,n\n2026-01-05,1\n2026-01-06,2\n2026-01-07,3\n"
DAY, NEXT = date(2026, 1, 6), date(2026, 1, 7)
ITEMS = {
    "_until": "SELECT day, n FROM flights WHERE day <= as_of()",
    "flown": "SELECT sum(n) AS value FROM metrics._until",
}
QUESTION = "SELECT as_of(), (SELECT max(day) FROM days), value FROM metrics.flown"


def project(root: Path, **items: str) -> Manifest:
    (root / "flights.csv").write_text(FLIGHTS)
    (root / "carriers.csv").write_text("code\nAA\n")
    rolled = tuple(name for name in items if name.startswith("_"))
    return manifest(root, {"flights": "flights.csv"}, items or ITEMS, materialized=rolled)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / ".cache"


@pytest.fixture
def first(tmp_path: Path, cache: Path) -> Iterator[DuckDBEngine]:
    with open_duckdb(project(tmp_path), as_of=DAY, cache_dir=cache) as engine:
        assert engine.query(QUESTION).rows == ((DAY, DAY, 3),)
        yield engine


def following(first: DuckDBEngine, declared: Manifest, cache: Path) -> DuckDBEngine:
    return open_duckdb(declared, as_of=NEXT, cache_dir=cache, in_place_of=first)


def test_the_day_is_that_of_the_engine(first: DuckDBEngine, tmp_path: Path, cache: Path) -> None:
    process = first.pid
    with following(first, project(tmp_path), cache) as engine:
        assert engine.query(QUESTION).rows == ((NEXT, NEXT, 6),)
        assert engine.pid == process


def test_items_of_the_one_before_are_gone(first: DuckDBEngine, tmp_path: Path, cache: Path) -> None:
    declared = project(tmp_path, flown="SELECT 7 AS value", other="SELECT 8 AS value")
    with following(first, declared, cache) as engine:
        rows = engine.query("SELECT f.value, o.value FROM metrics.flown f, metrics.other o").rows
        assert rows == ((7, 8),)
        assert "there is no table" in failure(engine, "FROM metrics._until").message


def test_tables_of_views_are_made_anew(tmp_path: Path, cache: Path) -> None:
    declared = project(tmp_path, _rolled="SELECT day, n FROM flights WHERE day <= as_of()")
    question = "SELECT sum(n) FROM metrics._rolled"
    engine = open_duckdb(declared, as_of=DAY, cache_dir=cache)
    assert engine.query(question).rows == ((3,),)
    with following(engine, declared, cache) as after:
        assert after.query(question).rows == ((6,),)


def test_what_failed_for_the_one_before_may_work(tmp_path: Path, cache: Path) -> None:
    broken = project(tmp_path, _rolled="SELECT nonsense FROM flights")
    engine = open_duckdb(broken, as_of=DAY, cache_dir=cache)
    assert "metrics._rolled has an error" in failure(engine, "FROM metrics._rolled").message
    with following(engine, project(tmp_path, _rolled="SELECT 1 AS x"), cache) as after:
        assert after.query("FROM metrics._rolled").rows == ((1,),)


def test_another_source_needs_another_process(
    first: DuckDBEngine, tmp_path: Path, cache: Path
) -> None:
    """The walls of the first let it read its own sources alone."""
    process = first.pid
    sources = {"flights": "flights.csv", "carriers": "carriers.csv"}
    with following(first, manifest(tmp_path, sources, ITEMS), cache) as engine:
        assert engine.query("FROM carriers").rows == (("AA",),)
        assert engine.query(QUESTION).rows == ((NEXT, NEXT, 6),)
        assert engine.pid != process
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_process_that_died_is_replaced(first: DuckDBEngine, tmp_path: Path, cache: Path) -> None:
    os.kill(first.pid, signal.SIGKILL)
    with following(first, project(tmp_path), cache) as engine:
        assert engine.query(QUESTION).rows == ((NEXT, NEXT, 6),)


def test_answers_that_nobody_took_are_not_those_of_the_next(
    first: DuckDBEngine, tmp_path: Path, cache: Path
) -> None:
    answers = first.run([Query(str(number), f"SELECT {number}") for number in range(50)])
    next(answers)
    with following(first, project(tmp_path), cache) as engine:
        assert engine.query(QUESTION).rows == ((NEXT, NEXT, 6),)
