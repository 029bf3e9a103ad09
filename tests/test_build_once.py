"""A build does each thing once, also when it makes the mails that wait: counted, not timed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from commandline import sharekit
from counting import counted
from gitrepos import new_repo

from sharekit.build import evaluated
from sharekit.revisions.effect.measure import OpenEngines

CONFIG = """
[project]
name = "Tiny"
url = "https://n.example/"
as_of = 2026-03-10
[people.ann]
name = "Ann"
email = "ann@x.example"
[audiences.all]
title = "All"
members = ["ann"]
[mail]
from = "n@x.example"
"""
OBJECTIVE = "---\ntitle: Grow\nowner: ann\nperiod: 2026-Q1\n---\nBecause.\n"
WEEKS = "SELECT DATE '2026-01-05' + INTERVAL (7*i) DAY AS week, 10+i AS value FROM range(9) t(i)"
BEFORE = f"/* ---\ntitle: More orders\ntype: increase\nbaseline: 5\ntarget: 30\n--- */\n{WEEKS}\n"
NOTE = "revisions:\n  - {date: 2026-03-09, reason: scope, why: More., we_will: Sell more.}\n"
AFTER = (
    f"/* ---\ntitle: More orders\ntype: increase\nbaseline: 5\ntarget: 40\n{NOTE}--- */\n{WEEKS}"
    " WHERE i <> 3\n"
)


@pytest.mark.slow
def test_a_build_with_a_mail_that_waits_does_each_thing_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = new_repo(tmp_path / "repo")
    ignored = "/.sharekit\n/site\n/outbox\n"
    files = {
        "sharekit.toml": CONFIG,
        ".gitignore": ignored,
        "metrics/okrs/q1/objective.md": OBJECTIVE,
    }
    repo.commit({**files, "metrics/okrs/q1/more_orders.sql": BEFORE}, "Begin")
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("SHAREKIT_SMTP_HOST", "localhost")
    assert sharekit("announce").code == 0
    repo.commit({"metrics/okrs/q1/more_orders.sql": AFTER}, "Aim higher")
    with counted() as calls:
        said = sharekit("build")
    assert said.code == 0, said.err
    assert "1 announcement waiting" in said.out
    assert calls["evaluations"] == 1
    assert calls["histories"] == 1
    assert calls["checks"] == 2  # of the work tree, and of HEAD, which is what is announced
    assert calls["engines"] == 1  # for the definition of before, too
    assert calls["query processes"] == 1
    assert calls["git processes"] <= 40
    assert calls["readings of TOML"] <= 6


DAILY = """[project]
name = "Tiny"
[people.ann]
name = "Ann"
"""


def test_a_redefinition_is_weighed_on_its_day_and_not_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New data come every day; what three redefinitions did in their time stays as it was."""
    repo = new_repo(tmp_path / "repo")
    monkeypatch.chdir(repo.path)
    config = {"sharekit.toml": DAILY, ".gitignore": "/.sharekit\n/site\n"}
    for number in range(4):
        weeks = f"/* ---\ntitle: Orders\nowner: ann\n--- */\n{WEEKS} WHERE i <> {number}\n"
        rows = "day,n\n2026-01-01,1\n"
        files = {**config, "metrics/orders.sql": weeks, "metrics/data/rows.csv": rows}
        files["metrics/rows.sql"] = (
            "/* ---\ntitle: Rows\n--- */\nSELECT count(*) AS value FROM rows\n"
        )
        repo.commit(files, f"Version {number}", on=f"2026-03-{number + 1:02d}T10:00:00+00:00")
    assert sharekit("build", "--as-of", "2026-03-10").code == 0
    repo.write({"metrics/data/rows.csv": "day,n\n2026-01-01,1\n2026-03-10,1\n"})
    with counted() as calls:
        assert sharekit("build", "--as-of", "2026-03-11").code == 0
    assert calls["queries"] == 2
    assert calls["engines"] == 1


@pytest.mark.parametrize("redefinitions", [2, 6])
def test_days_of_the_past_share_their_query_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redefinitions: int
) -> None:
    """Each redefinition is weighed as of its own day, and the query asks which day that is."""
    repo = new_repo(tmp_path / "repo")
    monkeypatch.chdir(repo.path)
    config = {"sharekit.toml": DAILY, ".gitignore": "/.sharekit\n/site\n"}
    dated = f"{WEEKS} WHERE DATE '2026-01-05' + INTERVAL (7*i) DAY <= as_of()"
    for number in range(redefinitions + 1):
        text = f"/* ---\ntitle: Orders\nowner: ann\n--- */\n{dated} AND i <> {number}\n"
        files = {**config, "metrics/orders.sql": text}
        repo.commit(files, f"Version {number}", on=f"2026-03-{number + 1:02d}T10:00:00+00:00")
    with counted() as calls:
        assert sharekit("build", "--as-of", "2026-03-20").code == 0
    assert calls["engines"] == redefinitions + 1
    assert calls["query processes"] == 2


def test_a_preview_keeps_its_query_process(tmp_path: Path) -> None:
    """For other queries; other data are read by a process that may read them."""
    engines = OpenEngines()

    def value(**files: str) -> tuple[float | None, int]:
        for name, text in files.items():
            path = tmp_path / ("sharekit.toml" if name == "toml" else f"metrics/{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        with counted() as calls:
            done = evaluated(tmp_path, as_of=date(2026, 3, 10), engines=engines)
        reading = done.results.results["rows"].reading
        return reading.value if reading else None, calls["query processes"]

    query = "/* ---\ntitle: Rows\n--- */\nSELECT {} AS value FROM orders\n"
    rows, more = "n\n1\n4\n", "n\n1\n4\n7\n"
    started = {"toml": DAILY, "data/orders.csv": rows, "rows.sql": query.format("sum(n)")}
    assert value(**started) == (5, 2)  # one reads the file, one asks
    assert value(**{"rows.sql": query.format("count(*)")}) == (2, 0)
    assert value(**{"data/orders.csv": more}) == (3, 2)
    assert value(**{"rows.sql": query.format("max(n)")}) == (7, 0)
