"""What the types of the sources prove: `ok = true` is `ok` where it is a boolean, and a cast to the
type that a column has changes nothing. `diff`, the gate, `note`, the changes page and `announce` say
the same of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import sharekit
from gitrepos import Repo, new_repo

pytestmark = pytest.mark.slow

CONFIG = '[project]\nname = "P"\nas_of = 2024-04-01\n[people.ann]\nname = "Ann"\n'
ROWS = "day,ok,worth,code\n" + "\n".join(
    f"2024-0{month}-{day:02},{'true' if day % 2 else 'false'},{day}.5,{'0' if day % 3 else '1'}"
    for month in (1, 2, 3)
    for day in range(1, 29)
)
FRONT = """/* ---
title: Worth
owner: ann
grain: month
baseline: 0
target: 500
--- */
"""
FILE = "metrics/okrs/q/worth.sql"
SQL = (
    "SELECT date_trunc('month', {day})::DATE AS month, sum({worth}) AS value FROM orders"
    " WHERE {ok} GROUP BY 1\n"
)


def query(day: str = "day", worth: str = "worth", ok: str = "ok") -> str:
    return FRONT + SQL.format(day=day, worth=worth, ok=ok)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "p")
    made.commit(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/orders.csv": ROWS,
            "metrics/okrs/q/objective.md": (
                "---\ntitle: Grow\nowner: ann\nperiod: 2024-H1\n---\nWhy.\n"
            ),
            FILE: query(),
            ".gitignore": ".sharekit/\nsite/\n",
        },
        "Begin",
    )
    return made


@pytest.mark.parametrize(
    "changed",
    [
        query(ok="ok = true"),
        query(ok="ok <> false"),
        query(day="CAST(day AS DATE)"),
        query(worth="worth::DOUBLE"),
    ],
)
def test_what_the_types_prove_is_no_revision(repo: Repo, changed: str) -> None:
    repo.write({FILE: changed})
    said = sharekit("check", "--base", "HEAD", "--project", repo.path)
    assert (said.code, "revision-without-note" in said.out) == (0, False), said.out
    assert classes(repo) == [["cosmetic"]]
    assert sharekit("note", "worth", "--project", repo.path).code != 0
    repo.commit({}, "Write it differently")
    assert sharekit("build", "--project", repo.path).code == 0
    changes = json.loads((repo.path / "site/changes.json").read_text("utf-8"))
    assert [entry["definition"] for entry in changes["changes"] if entry["definition"]] == []


@pytest.mark.parametrize(
    "changed",
    [
        query(ok="code = true"),
        query(ok="NOT ok = true"),
        query(worth="worth::INTEGER"),
        query(day="CAST(day AS TIMESTAMP) + INTERVAL 1 DAY"),
    ],
)
def test_what_they_do_not_prove_is_one(repo: Repo, changed: str) -> None:
    repo.write({FILE: changed})
    assert classes(repo) == [["redefined"]]


def classes(repo: Repo) -> list[list[str]]:
    said = sharekit("diff", "--format", "json", "--project", repo.path)
    return [entry["classes"] for entry in json.loads(said.out)]
