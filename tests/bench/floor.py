"""The least that anybody could do: the same queries in one DuckDB process on all cores, over tables
in memory, each result as a plain HTML table.

    python tests/bench/floor.py FOLDER OUTPUT

No checks, no sandbox, no cache, no charts, no comparisons: what sharekit's time is measured
against."""

from __future__ import annotations

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path

import duckdb

FRONT = re.compile(r"/\* ---\n(.*?)--- \*/\n", re.DOTALL)


def page(title: str, names: list[str], rows: list[tuple[object, ...]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        "<!doctype"
        f" html><title>{escape(title)}</title><h1>{escape(title)}</h1><table><tr>{head}</tr>{body}</table>"
    )


def opened(folder: Path) -> tuple[duckdb.DuckDBPyConnection, list[tuple[str, str]]]:
    """The project's tables and views in memory, and the name and query of each metric."""
    con = duckdb.connect()
    for data in sorted((folder / "metrics" / "data").glob("*.parquet")):
        con.execute(f"CREATE TABLE \"{data.stem}\" AS FROM read_parquet('{data}')")
    con.execute("CREATE SCHEMA metrics")
    metrics: list[tuple[str, str]] = []
    for path in sorted(
        folder.glob("metrics/**/*.sql"), key=lambda path: (not path.stem.startswith("_"), path)
    ):
        text = path.read_text()
        front = FRONT.match(text)
        sql = FRONT.sub("", text)
        if path.stem.startswith("_"):
            kind = "TABLE" if front and "materialize: true" in front[1] else "VIEW"
            con.execute(f'CREATE {kind} metrics."{path.stem}" AS {sql}')
        else:
            metrics.append((path.stem, sql))
    return con, metrics


def main(folder: Path, out: Path) -> None:
    con, metrics = opened(folder)
    out.mkdir(parents=True)

    def write(metric: tuple[str, str]) -> str:
        name, sql = metric
        found = con.cursor().execute(sql)
        names = [column[0] for column in found.description]
        (out / f"{name}.html").write_text(page(name, names, found.fetchall()))
        return f'<li><a href="{name}.html">{name}</a>'

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        links = "".join(pool.map(write, metrics))
    (out / "index.html").write_text(f"<!doctype html><title>All</title><ul>{links}</ul>")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
