"""A server that falls silent: its driver is ended, the build goes on with the last good values."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from mute_servers import mute
from remote_asking import VARIABLE, ask
from remote_servers import Server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
CONFIG = """[project]
name = "Shop"
as_of = 2025-11-20
[people.ann]
name = "Ann"
[engines.warehouse]
url = "env:ENGINE_URL"
dialect = "postgres"
allow = ["analytics.*"]
seconds = 2
"""
METRIC = """/* ---
title: Revenue
owner: ann
engine: warehouse
grain: day
--- */
SELECT day, sum(amount) AS value FROM analytics.mute_sales GROUP BY day
"""


@pytest.fixture
def shop(tmp_path: Path, postgres: Server) -> Path:
    postgres.run("DROP TABLE IF EXISTS analytics.mute_sales")
    postgres.run(
        "CREATE TABLE analytics.mute_sales AS"
        " SELECT DATE '2025-11-01' + n AS day, 10.5 * n AS amount FROM generate_series(1, 19) AS n"
    )
    (tmp_path / "metrics").mkdir()
    (tmp_path / "sharekit.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "metrics" / "revenue.sql").write_text(METRIC, encoding="utf-8")
    return tmp_path


def build(root: Path, url: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(root), VARIABLE: url}
    command = [sys.executable, "-m", "sharekit", "--project", str(root), "build"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def processes_with(url: str) -> list[str]:
    """Processes that have this address in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if url.encode() in path.read_bytes():
                found.append(path.parent.name)
    return found


@pytest.mark.parametrize("greets", [True, False])
def test_a_silent_postgresql_ends_no_build(shop: Path, postgres: Server, greets: bool) -> None:
    good = build(shop, postgres.url)
    assert good.returncode == 0, good.stderr
    page = (shop / "site/metrics/revenue.html").read_text(encoding="utf-8")
    assert "199.5" in page
    with mute(greets=greets) as port:
        url = f"postgresql://reader:secret@127.0.0.1:{port}/postgres"
        silent = build(shop, url)
    assert silent.returncode == 3, silent.stdout + silent.stderr
    assert silent.stderr.count("cannot be asked") == 1
    after = (shop / "site/metrics/revenue.html").read_text(encoding="utf-8")
    assert "199.5" in after, "the last good value"
    assert "cannot be asked" in after
    assert processes_with(url) == []


def test_a_silent_flight_server_is_out_of_reach(tmp_path: Path) -> None:
    pytest.importorskip("adbc_driver_flightsql")
    with mute(greets=False) as port:
        server = Server("mute", "spark", f"flightsql+grpc://127.0.0.1:{port}", print, schema="")
        got = ask(tmp_path, server, "SELECT 1 AS a", seconds=2)
    assert got.error.fault == "outside"
