"""Data that git does not hold, since it ignores them or CI fetches them: the same for a build and for all that
looks back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from commandline import Said, sharekit
from gitrepos import Repo, environment, new_repo

from sharekit.project.load.folder import with_untracked

pytestmark = pytest.mark.slow

METRIC = """/* ---
title: Orders
owner: ann
grain: day
target: 5
announce: mail
--- */
SELECT day, count(*) AS value FROM orders WHERE {where} GROUP BY day
"""
NOTE = """revisions:
  - date: 2026-11-20
    reason: scope
    why: Trials are no orders.
    we_will: Count what is paid.
--- */"""
GOAL = "/* ---\nbaseline: 1\n"
ROWS = "day,paid\n" + "".join(f"2026-11-{day:02},{day % 2}\n" * 4 for day in range(1, 20))
CONFIG = """[project]
name = "Shop"
as_of = 2026-11-20
url = "https://numbers.example.com/"
[people.ann]
name = "Ann"
email = "ann@shop.example"
[mail]
from = "numbers@shop.example"
"""
WHERES = {
    "ignored": ("metrics/data/orders.csv", "/metrics/data/\n", ""),
    "not committed": ("metrics/data/orders.csv", "", ""),
    "fetched into another folder": (
        "fetched/2026/orders.csv",
        "/fetched/\n",
        '[sources.orders]\npath = "fetched/*/orders.csv"\n',
    ),
}
"""Where the data lie, what git ignores, and what sharekit.toml says about them."""


def metric(where: str, *, note: bool = False) -> str:
    text = METRIC.format(where=where)
    return text.replace("--- */", NOTE, 1) if note else text


@pytest.fixture(params=WHERES)
def shop(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A project in git whose only source is not."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    data, ignored, config = WHERES[request.param]
    repo = new_repo(tmp_path / "shop")
    own = "/site/\n/outbox/\n/.sharekit/\n"
    files = {"sharekit.toml": CONFIG + config, ".gitignore": own + ignored}
    repo.commit({**files, "metrics/orders_a_day.sql": metric("true")}, "Begin")
    repo.write({data: ROWS})
    return repo


def run(repo: Repo, *words: object, code: int = 0) -> Said:
    said = sharekit(*words, cwd=repo.path)
    assert said.code == code, said.out + said.err
    return said


def test_old_and_new_definitions_run_on_them(shop: Repo) -> None:
    run(shop, "build", "--strict")
    run(shop, "announce")
    shop.write({"metrics/orders_a_day.sql": metric("paid = 1", note=True)})
    (revision,) = json.loads(run(shop, "diff", "--format", "json").out)
    assert "redefined" in revision["classes"]
    said = run(shop, "diff").out
    assert "no longer runs" not in said
    assert "None of 19 days" not in said
    assert re.search(r"Filter added: `paid = 1`", said)


def test_a_change_of_them_alone_is_no_revision(shop: Repo) -> None:
    run(shop, "build", "--strict")
    for path in shop.path.rglob("orders.csv"):
        path.write_text(ROWS + "2026-11-19,1\n")
    assert json.loads(run(shop, "diff", "--format", "json").out) == []


def test_a_table_of_a_commit_goes_before_one_that_lies_there_today() -> None:
    tracked = ["metrics/data/orders.csv", "other/x.csv"]
    lying = ["metrics/data/orders.parquet", "metrics/data/more.csv", "other/x.csv"]
    assert with_untracked(tracked, lying) == (
        "metrics/data/more.csv",
        "metrics/data/orders.csv",
        "other/x.csv",
    )


def test_the_gate_of_a_pull_request_runs_both_definitions_on_them(shop: Repo) -> None:
    goal = GOAL + metric("true").split("\n", 1)[1]
    objective = "---\ntitle: Grow\nowner: ann\nperiod: 2026-Q4\n---\nBecause.\n"
    shop.commit({"metrics/okrs/o/objective.md": objective, "metrics/okrs/o/goal.sql": goal}, "Add")
    shop.write({"metrics/okrs/o/goal.sql": goal.replace("true", "paid = 1")})
    held = run(shop, "check", "--base", "HEAD", code=2)
    assert "revision-without-note" in held.out + held.err
    assert "source" not in held.out + held.err
    shop.commit({}, "Count what is paid")
    (told,) = re.findall(r"run sharekit (note goal --base \w+)", held.out + held.err)
    note = run(shop, *told.split(), "--print").out
    assert "number: 4 -> 4" in note, "the last of 19 days, under both definitions"
    noted = goal.replace("--- */", NOTE, 1).replace("true", "paid = 1")
    shop.write({"metrics/okrs/o/goal.sql": noted})
    run(shop, "check", "--base", "HEAD")


def test_what_was_revised_is_weighed_on_them(shop: Repo) -> None:
    shop.commit({"metrics/orders_a_day.sql": metric("paid = 1", note=True)}, "Count what is paid")
    run(shop, "build", "--strict")
    page = (shop.path / "site/metrics/orders_a_day.md").read_text()
    assert "paid = 1" in page
    assert "no longer runs" not in page
    assert re.search(r"19 days|of 19", page), "both definitions, day by day"


def test_where_they_are_not_there_the_first_command_says_so(shop: Repo) -> None:
    for path in list(shop.path.rglob("orders.csv")):
        path.unlink()
    for words in (["check", "--base", "HEAD"], ["build", "--strict"], ["announce", "--dry-run"]):
        said = run(shop, *words, code=2)
        assert "`orders`" in said.out + said.err
