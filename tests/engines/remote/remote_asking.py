"""Ask an engine as a build does: a project of files, its engine process, and the rows where other
queries find them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from remote_servers import Server

from sharekit.engines import Extract
from sharekit.engines.duckdb.engine import DuckDBEngine, open_duckdb
from sharekit.errors import QueryError
from sharekit.project.load import load

AS_OF = date(2025, 11, 20)
VARIABLE = "ENGINE_URL"
NUMBERS = {
    "postgres": "SELECT generate_series(1, {n}) AS n",
    "mysql": "SELECT seq AS n FROM analytics.seq_1_to_{n}",
    "spark": "SELECT id + 1 AS n FROM range({n})",
    "sqlite": (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {n}) SELECT n"
        " FROM c"
    ),
}
"""Queries that return the numbers from 1 to n, by dialect."""


@dataclass
class Farm:
    """Servers by name."""

    start: Callable[[str], Server]
    running: dict[str, Server] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Server:
        if name not in self.running:
            self.running[name] = self.start(name)
        return self.running[name]


def project(
    folder: Path,
    server: Server,
    queries: Mapping[str, str],
    *,
    timezone: str = "UTC",
    **settings: Any,
) -> Path:
    """A project whose views run on this server, by name."""
    said = {"allow": [f"{server.schema}*"], "setup": list(server.setup), **settings}
    lines = [f"{name} = {value!r}" for name, value in said.items()]
    toml = (
        f'[project]\nname = "Shop"\ntimezone = "{timezone}"\n[engines.warehouse]\n'
        f'url = "env:{VARIABLE}"\ndialect = "{server.dialect}"\n'
    )
    (folder / "metrics").mkdir(parents=True, exist_ok=True)
    (folder / "sharekit.toml").write_text(toml + "\n".join(lines) + "\n", encoding="utf-8")
    for name, sql in queries.items():
        (folder / "metrics" / f"_{name}.sql").write_text(
            f"/* ---\nengine: warehouse\n--- */\n{sql}\n", encoding="utf-8"
        )
    return folder


def engine(folder: Path, url: str, *, cache: Path | None = None) -> DuckDBEngine:
    manifest = load(folder)
    assert not manifest.problems, manifest.problems
    environment = {**os.environ, VARIABLE: url}
    return open_duckdb(manifest, as_of=AS_OF, cache_dir=cache, environment=environment)


@dataclass(frozen=True)
class Got:
    """What came of one query."""

    extract: Extract
    rows: list[tuple[Any, ...]]
    types: dict[str, str]

    @property
    def error(self) -> QueryError:
        assert self.extract.error is not None, self.rows[:5]
        return self.extract.error


def asked(
    folder: Path, server: Server, queries: Mapping[str, str], *, url: str = "", **settings: Any
) -> dict[str, Got]:
    """Ask for all of these, and read the rows from the file that other queries would read."""
    project(folder, server, queries, **settings)
    with engine(folder, url or server.url, cache=folder / "cache") as opened:
        extracts = opened.extracts(f"_{name}" for name in queries)
        places = dict(opened._runner.setup["extracts"])
        found = {}
        for name in queries:
            rows, types = _read(places.get(f"_{name}"))
            found[name] = Got(extracts[f"_{name}"], rows, types)
        return found


def ask(folder: Path, server: Server, sql: str, **settings: Any) -> Got:
    return asked(folder, server, {"q": sql}, **settings)["q"]


def _read(place: list[str] | None) -> tuple[list[tuple[Any, ...]], dict[str, str]]:
    if place is None:
        return [], {}
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        db.execute(f"ATTACH '{place[0]}' AS f (READ_ONLY)")
        types = {row[0]: row[1] for row in db.execute(f'DESCRIBE f.main."{place[1]}"').fetchall()}
        return db.execute(f'SELECT * FROM f.main."{place[1]}"').fetchall(), types


def numbers(server: Server, count: int) -> str:
    """A query that returns so many rows."""
    return NUMBERS[server.dialect].format(n=count)
