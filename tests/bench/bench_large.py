"""What a hundred million rows cost: memory, growth, and what a roll-up saves.

    python tests/bench/bench_large.py                        10 and 100 million rows, some minutes
    python tests/bench/bench_large.py --rows 10000000 --metrics 100

Ten metrics, or as many as are asked for, read a table of orders in Parquet, first all rows
themselves, then a view with `materialize: true`. Prints processor seconds of a cold build, of a
build after all queries changed (the rows are loaded by then), and the largest memory beside
`[limits] memory`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
from bench import Cost, run

LIMIT = "2GB"
ORDERS = """
SELECT i AS order_id, DATE '2024-01-01' + (hash(i) % 700)::INTEGER AS ordered_on,
       ['north', 'east', 'south', 'west', 'islands'][1 + (hash(i + 1) % 5)::INTEGER] AS region,
       ['web', 'shop', 'phone'][1 + (hash(i + 2) % 3)::INTEGER] AS channel,
       ((hash(i + 3) % 20000) / 100)::DECIMAL(10, 2) AS amount, hash(i + 4) % 100 < 7 AS late
FROM range({rows}) AS t(i)
"""
CONFIG = f"""[project]
name = "Large"
as_of = 2025-11-20
[people.ann]
name = "Ann"
[limits]
memory = "{LIMIT}"
seconds = 600
"""
ROLL_UP = """/* ---
title: Orders by day, region and channel
materialize: true
--- */
SELECT ordered_on, region, channel, count(*) AS orders, sum(amount) AS revenue,
       count(*) FILTER (WHERE late) AS late_orders
FROM orders GROUP BY ALL
"""
METRIC = """/* ---
title: Revenue {number}
owner: ann
grain: week
dimensions: [region]
total: sum
unit: "€"
--- */
SELECT date_trunc('week', ordered_on)::DATE AS week, region, {value} AS value
FROM {table} WHERE channel <> '{channel}' AND ordered_on >= DATE '2023-01-01' + {number}
GROUP BY ALL
"""
SHAPES = {
    "all rows": ("orders", "sum(amount)"),
    "roll-up": ("metrics._daily", "sum(revenue)"),
}


def make(folder: Path, rows: int) -> None:
    data = folder / "metrics" / "data"
    data.mkdir(parents=True)
    (folder / "sharekit.toml").write_text(CONFIG, encoding="utf-8")
    with duckdb.connect(config={"memory_limit": LIMIT, "threads": 2}) as db:
        db.execute(f"COPY ({ORDERS.format(rows=rows)}) TO '{data}/orders.parquet'")


def write_metrics(folder: Path, shape: str, metrics: int, first: int) -> None:
    """`first` makes every query another one."""
    table, value = SHAPES[shape]
    view = folder / "metrics" / "_daily.sql"
    view.unlink(missing_ok=True)
    if shape == "roll-up":
        view.write_text(ROLL_UP, encoding="utf-8")
    channels = ("web", "shop", "phone")
    for number in range(metrics):
        text = METRIC.format(
            number=first + number, value=value, table=table, channel=channels[number % 3]
        )
        (folder / "metrics" / f"m{number:03d}.sql").write_text(text, encoding="utf-8")


def measured(rows: int, metrics: int) -> Iterator[tuple[str, str, Cost]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, rows)
        build = (sys.executable, "-m", "sharekit", "build", "--project", folder)
        for turn, shape in enumerate(SHAPES):
            for step in ("cold", "queries changed"):
                if (turn, step) == (1, "cold"):
                    continue  # the rows are loaded
                write_metrics(folder, shape, metrics, (turn + (step != "cold")) * metrics)
                yield shape, step, run(*build)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000_000, 100_000_000])
    parser.add_argument("--metrics", type=int, default=10)
    asked = parser.parse_args()
    print(
        f"| rows | {asked.metrics} metrics read | build | seconds | processor seconds | peak MB |"
    )
    print("|---:|---|---|---:|---:|---:|")
    for rows in asked.rows:
        for shape, step, cost in measured(rows, asked.metrics):
            figures = f"{cost.seconds:.1f} | {cost.cpu:.1f} | {cost.megabytes:,.0f}"
            print(f"| {rows:,} | {shape} | {step} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
