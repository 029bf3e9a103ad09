"""What builds cost, counted and so the same on every machine: tests/bench/counts.json has what each
kind of build did when it was last looked at. `--update-cases` writes it anew; a number that grew
wants a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import sharekit
from counting import counted
from golden import Golden

pytestmark = pytest.mark.slow

BENCH = Path(__file__).parent / "bench"
METRICS, ROWS = 20, 2_000


def test_builds_do_no_more_than_they_did(
    tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(BENCH)
    from generate import generate

    generate(tmp_path, METRICS, ROWS)
    metric = sorted(tmp_path.glob("metrics/*/weekly_orders_*.sql"))[0]
    costs = {"cold": cost(tmp_path), "unchanged": cost(tmp_path)}
    metric.write_text(metric.read_text().replace("quantity > ", "quantity > 1 + "))
    costs["one metric changed"] = cost(tmp_path)
    costs["next day"] = cost(tmp_path, "--as-of", "2025-07-01")
    costs["files checked again"] = checked(tmp_path)
    golden.check(json.dumps(costs, indent=2) + "\n", BENCH / "counts.json")


def cost(root: Path, *options: str) -> dict[str, int]:
    with counted() as calls:
        said = sharekit("build", "--project", root, *options)
    assert said.code in (0, 1), said.err
    pages = sum(path.stat().st_size for path in (root / "site").rglob("*.html"))
    return dict(sorted(calls.items())) | {"hundreds of kB in pages": pages // 100_000}


def checked(root: Path) -> dict[str, int]:
    with counted() as calls:
        sharekit("check", "--no-run", "--project", root)
    return dict(sorted(calls.items()))
