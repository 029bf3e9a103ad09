"""The same data give the same figures: in any order of rows, in one file or in several, built once
or again."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from commandline import sharekit
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.slow

EXAMPLES = max(3, int(os.environ.get("SHAREKIT_EXAMPLES", "150")) // 500)
FIRST = date(2026, 3, 1)
QUERIES = {
    "orders": (
        "dimensions: [shop]\ncompare: [previous, previous_to_date]",
        "sum(amount) AS value",
    ),
    "rate": (
        'unit: "%"\ndimensions: [shop]\nnumerator: large\ndenominator: n',
        "count(*) FILTER (WHERE amount > 5) AS large, count(*) AS n, large / n AS value",
    ),
    "stock": ("dimensions: [shop]\nover_time: last\nmissing: last", "sum(amount) AS value"),
    "mean": ("dimensions: [shop]\ntotal: none", "avg(amount / 10) AS value"),
}
Line = tuple[int, str, int]


def files(parts: list[list[Line]]) -> dict[str, str | bytes]:
    """A project whose rows lie in as many files as there are parts."""
    made: dict[str, str | bytes] = {
        "sharekit.toml": (
            '[project]\nname = "P"\nas_of = 2026-05-20\n\n[people.a]\nname = "A"\n'
            '[sources.t]\npath = "metrics/data/t/*.csv"\n'
        )
    }
    for number, lines in enumerate(parts):
        text = "".join(f"{FIRST + timedelta(n)},{shop},{amount}\n" for n, shop, amount in lines)
        made[f"metrics/data/t/{number}.csv"] = f"day,shop,amount\n{text}"
    for name, (keys, value) in QUERIES.items():
        day = "date_trunc('week', day)::DATE AS day" if name == "mean" else "day"
        made[f"metrics/{name}.sql"] = (
            f"/* ---\ntitle: {name}\nowner: a\ngrain: week\n{keys}\n--- */\n"
            f"SELECT {day}, shop, {value} FROM t GROUP BY ALL\n"
        )
    return made


def project(root: Path, made: Mapping[str, str | bytes]) -> Path:
    for path, content in made.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def figures(root: Path) -> dict[str, dict[str, object]]:
    """What a build writes of each number, without its definition."""
    said = sharekit("build", "--project", root)
    assert said.code == 0, said
    found = {}
    for name in QUERIES:
        number = json.loads((root / f"site/data/{name}.json").read_text("utf-8"))
        found[name] = {key: each for key, each in number.items() if key != "definition"}
    return found


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_order_files_and_a_second_run_change_no_figure(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("same")
    line = st.tuples(st.integers(0, 79), st.sampled_from(["a", "b", "c"]), st.integers(0, 10))
    lines = data.draw(st.lists(line, min_size=40, max_size=120))
    shuffled = data.draw(st.permutations(lines))
    cuts = sorted(data.draw(st.lists(st.integers(1, len(lines) - 1), max_size=3, unique=True)))
    ends = [0, *cuts, len(lines)]
    parts = [shuffled[start:end] for start, end in pairwise(ends)]
    whole = project(root / "whole", files([lines]))
    expected = figures(whole)
    assert any(number["value"] is not None for number in expected.values())
    assert figures(whole) == expected
    assert figures(project(root / "parts", files(parts))) == expected


DECIMALS = {
    "total": ("", "sum(amount) AS value"),
    "mean": ("total: none", "avg(amount) AS value"),
    "product": ("", "sum(amount * amount / 7) AS value"),
    "parts": (
        "numerator: above\ndenominator: all_of",
        "sum(amount / 3) AS above, sum(amount) AS all_of, above / all_of AS value",
    ),
}


def test_fractions_are_the_same_whatever_the_threads_and_the_order_of_rows(tmp_path: Path) -> None:
    """Enough rows for DuckDB to share them out among its threads."""
    chance = random.Random(8)
    lines = [
        f"{FIRST + timedelta(chance.randrange(60))},{chance.choice('abc')},{chance.random() * 1e6:.3f}\n"
        for _ in range(130_000)
    ]
    sites = []
    allowed = os.sched_getaffinity(0)
    for number, cpus in enumerate(({min(allowed)}, allowed)):
        root = project(tmp_path / str(number), decimal_files(lines))
        os.sched_setaffinity(0, cpus)
        try:
            said = sharekit("build", "--project", root)
        finally:
            os.sched_setaffinity(0, allowed)
        assert said.code == 0, said.out + said.err
        sites.append({name: (root / f"site/data/{name}.json").read_bytes() for name in DECIMALS})
        chance.shuffle(lines)
    assert sites[0] == sites[1]


def decimal_files(lines: list[str]) -> dict[str, str | bytes]:
    """A project with figures made of decimal fractions."""
    made: dict[str, str | bytes] = {
        "sharekit.toml": '[project]\nname = "P"\nas_of = 2026-05-20\n\n[people.a]\nname = "A"\n',
        "metrics/data/t.csv": "day,shop,amount\n" + "".join(lines),
    }
    for name, (keys, value) in DECIMALS.items():
        made[f"metrics/{name}.sql"] = (
            f"/* ---\ntitle: {name}\nowner: a\ngrain: week\ndimensions: [shop]\n{keys}\n--- */\n"
            f"SELECT date_trunc('week', day)::DATE AS day, shop, {value} FROM t GROUP BY ALL\n"
        )
    return made
