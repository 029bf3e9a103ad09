"""In a real browser every row of a dashboard reaches from edge to edge, at each width."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from commandline import sharekit

Make = Callable[[Mapping[str, str | bytes]], Path]
NUMBER = (
    "/* ---\ntitle: Visits {n}\nowner: a\ngrain: week\ndirection: up\n--- */\n"
    "SELECT DATE '2026-08-03' + INTERVAL (7 * i) DAY AS week, i + {n} AS value"
    " FROM range(16) AS r(i)\n"
)
BODY = """---
title: D
---
```metrics
- v0
```
```metrics
[v0, v1, v2, v3, v4]
```
```metrics
- {id: v0, chart: line}
- {id: v1, chart: line}
- {id: v2, chart: line}
```
```metrics
columns: 3
metrics: [{id: v0, chart: line, width: 2}, v1, v2, {id: v3, chart: table}]
```
"""
ROWS = """() => [...document.querySelectorAll('.tiles')].map((block) => {
  const rows = {};
  for (const each of block.children) {
    const box = each.getBoundingClientRect();
    (rows[Math.round(box.top)] ??= []).push([box.left, box.right]);
  }
  const {left, right} = block.getBoundingClientRect();
  return Object.values(rows).map((row) => [
    row.length, Math.round(left - row[0][0]), Math.round(row.at(-1)[1] - right)]);
})"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rows")
    files = {f"metrics/v{n}.sql": NUMBER.format(n=n) for n in range(5)} | {
        "sharekit.toml": '[project]\nname = "P"\nas_of = 2026-11-28\n\n[people.a]\nname = "A"\n',
        "dashboards/d.md": BODY,
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    assert sharekit("build", "--project", root).code == 0
    return root / "site"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "lengths"),
    [
        (1440, [[1], [3, 2], [2, 1], [2, 2]]),
        (800, [[1], [2, 2, 1], [1, 1, 1], [1, 2, 1]]),
        (390, [[1], [2, 2, 1], [1, 1, 1], [1, 2, 1]]),
    ],
)
def test_rows_reach_from_edge_to_edge(
    site: Path, open_page: Any, width: int, lengths: list[list[int]]
) -> None:
    opened = open_page((site / "dashboards/d.html").as_uri(), width=width)
    found = opened.page.evaluate(ROWS)
    assert [[row[0] for row in block] for block in found] == lengths
    edges = {(row[1], row[2]) for block in found for row in block}
    assert edges <= {(0, 0), (8, 8)}, edges  # on a phone panels reach into the margin
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
