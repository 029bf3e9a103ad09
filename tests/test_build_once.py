"""A build does each thing once, also when it makes the mails that wait: counted, not timed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

import pytest
from commandline import sharekit
from gitrepos import new_repo

from sharekit.build import evaluated
from sharekit.checks import examine
from sharekit.engines.duckdb.engine import open_duckdb
from sharekit.engines.duckdb.process import Process
from sharekit.history import open_history
from sharekit.history.git import Git
from sharekit.project.read.toml_text import read_toml

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
WATCHED = {
    "evaluations": evaluated,
    "checks": examine,
    "engines": open_duckdb,
    "query processes": Process.__init__,
    "histories": open_history,
    "git processes": Git.run,
    "readings of TOML": read_toml,
}


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Calls of the watched functions while it is open."""
    codes: dict[CodeType, str] = {function.__code__: name for name, function in WATCHED.items()}
    calls: Counter[str] = Counter()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in codes:
            calls[codes[frame.f_code]] += 1

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield calls
    finally:
        sys.setprofile(before)


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
    assert calls["engines"] == 2  # of today's definitions, and of the one before
    assert calls["query processes"] == 2
    assert calls["git processes"] <= 40
    assert calls["readings of TOML"] <= 6
