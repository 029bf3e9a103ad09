"""What tests of engines share: small projects made of tables and queries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sharekit.engines import Query
from sharekit.engines.duckdb.engine import DuckDBEngine, open_duckdb
from sharekit.errors import Place, QueryError
from sharekit.numbers.results import Rows
from sharekit.project.manifest import Manifest, Metric, Source, Sql, View
from sharekit.project.shapes import (
    Config,
    LimitsConfig,
    MetricFront,
    ProjectConfig,
    SourceConfig,
    ViewFront,
)

AS_OF = date(2013, 11, 22)
FLIGHTS = """day,carrier,origin,dest,delay,distance
2013-11-18,AA,JFK,LAX,5,2475
2013-11-18,DL,JFK,SFO,,2586
2013-11-19,AA,LGA,ORD,-3,733
2013-11-19,B6,JFK,BOS,40,187
2013-11-20,DL,EWR,ATL,16,746
2013-11-20,AA,JFK,LAX,0,2475
2013-11-25,B6,LGA,BOS,1,184
"""
CARRIERS = "carrier,name\nAA,American Airlines\nB6,JetBlue Airways\nDL,Delta Air Lines\n"
ITEMS = {
    "_operated": "SELECT * FROM flights WHERE delay IS NOT NULL",
    "on_time": (
        "SELECT origin, avg((delay <= 15)::INT) AS value FROM metrics._operated GROUP BY origin"
        " ORDER BY origin"
    ),
}


def manifest(
    root: Path,
    sources: Mapping[str, str | tuple[str, ...] | SourceConfig],
    items: Mapping[str, str] = {},
    *,
    materialized: tuple[str, ...] = (),
    limits: Mapping[str, Any] = {},
) -> Manifest:
    """A manifest of these sources (path, paths or config) and queries; ids with `_` in front are
    views."""
    views = {
        name: View(
            name,
            f"metrics/{name}.sql",
            ("everyone",),
            front=ViewFront(materialize=name in materialized),
            sql=Sql(sql),
        )
        for name, sql in items.items()
        if name.startswith("_")
    }
    metrics = {
        name: Metric(
            name, f"metrics/{name}.sql", ("everyone",), front=MetricFront(title=name), sql=Sql(sql)
        )
        for name, sql in items.items()
        if not name.startswith("_")
    }
    return Manifest(
        root=str(root),
        config=Config(project=ProjectConfig(name="Test"), limits=LimitsConfig(**limits)),
        config_path="sharekit.toml",
        sources={name: _source(name, declared) for name, declared in sources.items()},
        views=views,
        metrics=metrics,
        objectives={},
        dashboards={},
    )


def _source(name: str, declared: str | tuple[str, ...] | SourceConfig) -> Source:
    if isinstance(declared, SourceConfig):
        return Source(
            name, (declared.path,) if declared.path else (), declared, Place("sharekit.toml")
        )
    paths = (declared,) if isinstance(declared, str) else declared
    return Source(name, paths, SourceConfig(), Place(paths[0] if paths else "sharekit.toml"))


def small_project(
    root: Path, *, limits: Mapping[str, Any] = {}, items: Mapping[str, str] = ITEMS
) -> Manifest:
    """Seven flights and three carriers as CSV, a view and a metric."""
    (root / "flights.csv").write_text(FLIGHTS)
    (root / "carriers.csv").write_text(CARRIERS)
    return manifest(
        root, {"flights": "flights.csv", "carriers": "carriers.csv"}, items, limits=limits
    )


def opened(declared: Manifest, cache_dir: Path | None = None, as_of: date = AS_OF) -> DuckDBEngine:
    return open_duckdb(declared, as_of=as_of, cache_dir=cache_dir)


def failure(engine: DuckDBEngine, sql: str) -> QueryError:
    """The error of a query that must fail."""
    (answer,) = engine.run([Query("it", sql)])
    assert answer.error is not None, f"it gave {answer.rows}"
    return answer.error


def cells(rows: Rows) -> list[tuple[Any, ...]]:
    return list(rows.rows)
