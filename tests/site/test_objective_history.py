"""Objectives and dashboards have a history on their page, and news lead to its entries."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from commandline import sharekit
from gitrepos import Repo, environment, new_repo
from page_facts import PageFacts, words
from sampling import mostly_slow

CONFIG = """[project]
name = "P"
as_of = 2026-11-28
[people.ann]
name = "Ann"
[people.bo]
name = "Bo"
"""
OBJECTIVE = """---
title: Nobody waits
owner: {owner}
period: 2026-Q4
plan: {plan}
---
Why.
"""
BARE = "---\ntitle: Nothing measures this\nowner: ann\nperiod: 2026-Q4\n---\nWhy.\n"
CALLS = "/* ---\ntitle: Calls\nowner: ann\nbaseline: 0\ntarget: 10\n--- */\nSELECT 6 AS value\n"
BOARD = "---\ntitle: The desk\nowner: {owner}\n---\n```metrics\n- calls\n```\n"
FOLDER = "metrics/okrs/2026-q4"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    repo: Repo = new_repo(tmp_path / "repo")
    repo.commit({
        "sharekit.toml": CONFIG,
        f"{FOLDER}/waits/objective.md": OBJECTIVE.format(owner="ann", plan="Hire one."),
        f"{FOLDER}/waits/calls.sql": CALLS,
        f"{FOLDER}/bare/objective.md": BARE,
        "dashboards/desk.md": BOARD.format(owner="ann"),
        ".gitignore": ".sharekit/\nsite/\n",
    }, on="2026-10-05T10:00:00+01:00")  # fmt: skip
    repo.commit({
        f"{FOLDER}/waits/objective.md": OBJECTIVE.format(owner="bo", plan="Hire two."),
        "dashboards/desk.md": BOARD.format(owner="bo"),
    }, on="2026-11-26T10:00:00+01:00")  # fmt: skip
    assert sharekit("build", cwd=repo.path).code == 0
    return repo.path / "site"


def test_news_of_objectives_and_dashboards_lead_to_their_entries(site: Path) -> None:
    pages = {path: PageFacts(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    led = set()
    for path, page in pages.items():
        for link in page.all("a"):
            parts = urlsplit(link.attrs.get("href", ""))
            target = (path.parent / parts.path).resolve()
            if parts.fragment and target.parent.name in ("objectives", "dashboards"):
                led.add(target.name)
                assert parts.fragment in pages[target].ids, f"{path.name} leads to {parts.fragment}"
    assert led == {"2026-q4-waits.html", "desk.html"}


@pytest.mark.parametrize(
    "name", mostly_slow(["objectives/2026-q4-waits", "dashboards/desk"], quick=1)
)
def test_their_pages_and_twins_say_what_happened(site: Path, name: str) -> None:
    page = (site / f"{name}.html").read_text(encoding="utf-8")
    assert "Ann to Bo" in words(PageFacts(page).one("ol", "log"))
    assert "## History of changes" in (site / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_objective_that_nothing_measures_says_so(site: Path) -> None:
    for path, said in (("2026-q4-bare", True), ("2026-q4-waits", False)):
        for ending in ("html", "md"):
            text = (site / f"objectives/{path}.{ending}").read_text(encoding="utf-8")
            assert ("It has no key results." in text) == said
