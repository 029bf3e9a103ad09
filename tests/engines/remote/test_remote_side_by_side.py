"""Engines are asked while DuckDB loads and runs. A locked table holds an answer back for as long as
the test wants: a build that waited for it first would not get to its own queries."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from remote_asking import VARIABLE
from remote_servers import Server
from webserver import answer, serving

from sharekit.app.caches import Caches
from sharekit.build import Evaluation, evaluated
from sharekit.engines.sources.web import LOOPBACK
from sharekit.errors import exit_code

pytestmark = pytest.mark.slow

FILES = {
    "sharekit.toml": f'[project]\nname = "Shop"\n[engines.warehouse]\nurl = "env:{VARIABLE}"\n'
    'dialect = "postgres"\nallow = ["analytics.*"]\nseconds = 600\n',
    "metrics/data/visits.csv": "day,n\n2025-11-03,4\n2025-11-10,6\n",
    "metrics/visits.sql": "/* ---\ntitle: Visits\n--- */\nSELECT sum(n) AS value FROM visits\n",
    "metrics/sold.sql": "/* ---\ntitle: Sold\nengine: warehouse\n--- */\n"
    "SELECT sum(amount) AS value FROM analytics.held\n",
    "metrics/_held.sql": "/* ---\nengine: warehouse\n--- */\nSELECT amount FROM analytics.held\n",
    "metrics/a_visit.sql": "/* ---\ntitle: Sold a visit\n--- */\n"
    "SELECT sum(amount) / (SELECT sum(n) FROM visits) AS value FROM metrics._held\n",
}
AS_OF = date(2025, 11, 20)


@pytest.fixture
def shop(tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A number of a file, one of an engine, and one of both."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    postgres.run("DROP TABLE IF EXISTS analytics.held")
    postgres.run("CREATE TABLE analytics.held AS SELECT 30 AS amount")
    monkeypatch.setenv(VARIABLE, postgres.url)
    return tmp_path


def keeper(server: Server, **given: Any) -> Any:
    import psycopg

    return psycopg.connect(server.url.replace("reader:", "keeper:"), **given)


@contextmanager
def locked(server: Server) -> Iterator[Any]:
    """A connection that lets nobody read the table until it is rolled back."""
    with keeper(server) as connection:
        connection.execute("LOCK TABLE analytics.held IN ACCESS EXCLUSIVE MODE")
        yield connection


def at(step: str, act: Callable[[], object]) -> Callable[[str], None]:
    """A listener that acts when a build says for the first time that it is there."""
    waiting = [act]

    def tell(text: str) -> None:
        if text.startswith(step) and waiting:
            waiting.pop()()

    return tell


def values(evaluation: Evaluation) -> dict[str, Any]:
    results = evaluation.results.results
    return {name: one.reading and one.reading.value for name, one in results.items()}


def children() -> set[int]:
    return {
        int(pid)
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
    }


def test_sources_are_loaded_and_queries_run_before_an_engine_answers(
    shop: Path, postgres: Server
) -> None:
    with locked(postgres) as lock:
        done = evaluated(shop, as_of=AS_OF, tell=at("Running", lock.rollback))
    assert values(done) == {"visits": 10, "sold": 30, "a_visit": 3}
    assert not done.problems
    assert list(done.results.results) == list(done.manifest.metrics)


def test_whoever_interrupts_a_build_leaves_nothing_behind(shop: Path, postgres: Server) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    before, threads = children(), threading.active_count()
    with locked(postgres), pytest.raises(KeyboardInterrupt):
        evaluated(shop, as_of=AS_OF, tell=at("Running", interrupt))
    assert children() <= before
    assert threading.active_count() == threads


def test_an_interrupt_while_sources_are_loaded_leaves_nothing_behind(
    shop: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(handler: BaseHTTPRequestHandler) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        answer(b"day,n\n2025-11-03,4\n")(handler)

    before, threads = children(), threading.active_count()
    with serving(shop) as web, locked(postgres):
        web.routes["/visits"] = interrupt
        monkeypatch.setenv("SSL_CERT_FILE", str(web.certificate))
        monkeypatch.setenv(LOOPBACK, "1")
        (shop / "metrics/data/visits.csv").unlink()
        with (shop / "sharekit.toml").open("a", encoding="utf-8") as toml:
            toml.write(f'[sources.visits]\nurl = "{web.url("/visits")}"\nformat = "csv"\n')
        with pytest.raises(KeyboardInterrupt):
            evaluated(shop, as_of=AS_OF)
    assert children() <= before
    assert threading.active_count() <= threads


def test_a_query_that_breaks_off_is_named_at_its_file(shop: Path, postgres: Server) -> None:
    good = evaluated(shop, as_of=AS_OF, caches=Caches(shop / "cache"))
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with locked(postgres), keeper(postgres, autocommit=True) as other:

        def end_both() -> None:
            while len(other.execute(waiting).fetchall()) < 2:
                pass
            other.execute(f"SELECT pg_terminate_backend(pid) FROM ({waiting}) q")

        tell = at("Asking the engines", end_both)
        done = evaluated(shop, as_of=AS_OF, caches=Caches(shop / "cache"), tell=tell)
    assert values(done) == values(good)
    assert [(problem.code, problem.place and problem.place.path) for problem in done.problems] == [
        ("query-unfinished", "metrics/_held.sql"),
        ("query-unfinished", "metrics/sold.sql"),
    ]
    held, sold = (problem.hint or "" for problem in done.problems)
    assert "connection" in sold
    assert "Run it again" in sold
    assert "Last good values are shown: a_visit." in held
    assert exit_code(done.problems) == 3


def test_an_engine_that_fails_is_told_as_before(shop: Path, postgres: Server) -> None:
    """What runs here is shown, and each failing item is said once, in the order of the files."""
    postgres.run("DROP TABLE analytics.held")
    done = evaluated(shop, as_of=AS_OF)
    assert values(done)["visits"] == 10
    assert [problem.place and problem.place.path for problem in done.problems] == [
        "metrics/_held.sql",
        "metrics/sold.sql",
    ]
