"""Makes a project to measure: a million orders as Parquet, and N metrics of varied shapes that read
them.

    python tests/bench/generate.py FOLDER --metrics 1000 --rows 1000000

The same arguments make the same files.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import cycle, islice, product
from pathlib import Path

import duckdb

REGIONS = ("north", "east", "south", "west", "islands")
CATEGORIES = (
    "bread",
    "cakes",
    "coffee",
    "fruit",
    "juice",
    "milk",
    "pasta",
    "rice",
    "soup",
    "spices",
    "tea",
    "wine",
)
AS_OF = "2025-06-30"

PICK = "CREATE MACRO pick(i, salt, n) AS (md5_number_lower(i || ':' || salt) % n)::INTEGER"
"""A number below n for row i that looks random, and is the same in every version of DuckDB."""

ORDERS = """
SELECT i AS order_id,
       DATE '2023-01-01' + pick(i, 1, 911) AS ordered_on,
       ['north', 'east', 'south', 'west', 'islands'][1 + pick(i, 2, 5)] AS region,
       ['web', 'shop', 'phone'][1 + pick(i, 3, 3)] AS channel,
       ['bread', 'cakes', 'coffee', 'fruit', 'juice', 'milk', 'pasta', 'rice', 'soup', 'spices', 'tea', 'wine']
         [1 + pick(i, 4, 12)] AS category,
       'shop ' || pick(i, 5, 200) AS shop,
       pick(i, 6, 90000) AS customer_id,
       round(5 + pick(i, 7, 20000) / 100, 2) AS amount,
       1 + pick(i, 8, 6) AS quantity,
       pick(i, 9, 100) < 7 + pick(i, 2, 5) AS late,
       pick(i, 10, 12000) / 100 AS minutes
FROM range({rows}) AS t(i)
"""

VIEW = """/* ---
title: Orders by week, region, channel and category
materialize: true
--- */
SELECT date_trunc('week', ordered_on)::DATE AS week, region, channel, category,
       count(*) AS orders, sum(amount) AS revenue, count(*) FILTER (WHERE late) AS late
FROM orders GROUP BY ALL
"""

SHAPES = {
    "weekly_orders": (
        """grain: week
dimensions: [region]
--- */
SELECT date_trunc('week', ordered_on)::DATE AS week, region, count(*) AS value
FROM orders WHERE {where} GROUP BY ALL"""
    ),
    "revenue": (
        """grain: week
unit: €
--- */
SELECT date_trunc('week', ordered_on)::DATE AS week, sum(amount) AS value
FROM orders WHERE {where} GROUP BY week"""
    ),
    "late_share": (
        """grain: month
unit: "%"
direction: down
dimensions: [channel]
numerator: late_ones
denominator: placed
--- */
SELECT date_trunc('month', ordered_on)::DATE AS month, channel, count(*) FILTER (WHERE late) AS late_ones,
       count(*) AS placed, late_ones / placed AS value
FROM orders WHERE {where} GROUP BY ALL"""
    ),
    "daily_orders": (
        """grain: day
--- */
SELECT ordered_on AS day, count(*) AS value
FROM orders WHERE {where} GROUP BY day"""
    ),
    "average_basket": (
        """unit: €
--- */
SELECT avg(amount) AS value
FROM orders WHERE {where}"""
    ),
    "slowest_tenth": (
        """grain: week
unit: min
direction: down
--- */
SELECT date_trunc('week', ordered_on)::DATE AS week, quantile_cont(minutes, 0.9) AS value
FROM orders WHERE {where} GROUP BY week"""
    ),
    "customers": (
        """grain: month
--- */
SELECT date_trunc('month', ordered_on)::DATE AS month, count(DISTINCT customer_id) AS value
FROM orders WHERE {where} GROUP BY month"""
    ),
    "best_shops": (
        """kind: table
--- */
SELECT shop, count(*) AS orders, sum(amount) AS revenue
FROM orders WHERE {where}
GROUP BY shop ORDER BY revenue DESC, shop LIMIT 20"""
    ),
    "rolled_up_revenue": (
        """grain: week
unit: €
dimensions: [region]
total: sum
--- */
SELECT week, region, sum(revenue) AS value FROM metrics._weekly WHERE {rolled} GROUP BY ALL"""
    ),
    "rolled_up_late": (
        """grain: week
unit: "%"
direction: down
target: 0.1
--- */
SELECT week, sum(late) / sum(orders) AS value FROM metrics._weekly WHERE {rolled} GROUP BY week"""
    ),
}
"""What follows the common front matter of each kind of metric."""


def metrics(count: int) -> Iterator[tuple[str, str]]:
    """Name and text of each metric: every shape in turn, each over another part of the orders."""
    parts = list(product(REGIONS, CATEGORIES, (0, 1, 2, 3, 4, 5)))
    for number, (name, rest) in enumerate(islice(cycle(SHAPES.items()), count)):
        region, category, least = parts[number // len(SHAPES) * 7 % len(parts)]
        where = f"category = '{category}' AND quantity > {least} AND region <> '{region}'"
        rolled = f"category = '{category}' AND orders > {least} AND region <> '{region}'"
        ident = f"{name}_{number:04d}"
        title = f"{name.replace('_', ' ').capitalize()}, {category} {number}"
        head = f"/* ---\ntitle: {title}\nowner: ana\ndescription: Orders of {category}.\n"
        yield ident, head + rest.format(where=where, rolled=rolled) + "\n"


def generate(folder: Path, count: int, rows: int) -> None:
    """Write the whole project."""
    (folder / "metrics" / "data").mkdir(parents=True)
    (folder / "dashboards").mkdir()
    (folder / "sharekit.toml").write_text(
        f'[project]\nname = "Bench"\nas_of = {AS_OF}\n\n[people.ana]\nname = "Ana Ruiz"\nemail ='
        ' "ana@bench.example"\n'
    )
    target = folder / "metrics" / "data" / "orders.parquet"
    connection = duckdb.connect()
    connection.execute(PICK)
    connection.execute(f"COPY ({ORDERS.format(rows=rows)}) TO '{target}' (FORMAT parquet)")
    (folder / "metrics" / "_weekly.sql").write_text(VIEW)
    names = []
    for number, (name, text) in enumerate(metrics(count)):
        group = folder / "metrics" / f"group_{number // 50:02d}"
        group.mkdir(exist_ok=True)
        (group / f"{name}.sql").write_text(text)
        names.append(name)
    for start in range(0, count, 50):
        cards = "".join(
            f"- {name}\n" for name in names[start : start + 50] if not name.startswith("best_shops")
        )
        page = (
            f"---\ntitle: Group {start // 50}\n---\nHow group {start // 50}"
            f" did.\n\n```metrics\n{cards}```\n"
        )
        (folder / "dashboards" / f"group_{start // 50:02d}.md").write_text(page)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--metrics", type=int, default=100)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    generate(given.folder, given.metrics, given.rows)
