"""A build goes on from the log of history that an earlier one stored, and says what reading all
commits would say."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from commandline import sharekit
from counting import counted
from gitrepos import Repo, clone, new_repo

from sharekit.history import History, manifest_at, open_history
from sharekit.revisions.find import Comparer
from sharekit.revisions.history_log import HistoryLog, history_log
from sharekit.revisions.history_log_store import FolderHistoryLogs
from sharekit.sqldiff.compare import compare_sql

TYPES = {"orders": {"day": "DATE", "n": "BIGINT", "ok": "BOOLEAN"}}
CONFIG = """\
[project]
name = "Shop"
{since}[people.ann]
name = "{ann}"
[people.bo]
name = "Bo Day"
[audiences.all]
[audiences.board]
members = ["bo"]
meeting = {{day = "monday", time = "{time}"}}
{source}"""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "ann": ("Ann Lee", "Ann Roe"),
    "time": ("09:00", "10:00", 'x"'),
    "since": ("", "history_since = 2026-01-12\n"),
    "source": ("", '[sources.visits]\npath = "elsewhere/visits.csv"\n'),
    "owner": ("ann", "bo", "nobody"),
    "filter": ("ok", "ok = true", "n > 3"),
    "target": ("400", "500", "[broken"),
    "note": (
        "",
        "revisions:\n  - {date: 2026-01-20, reason: scope, why: More., we_will: Sell.}\n",
        "revisions:\n  - {date: 2026-01-21, announce: none, because: A typing error.}\n",
    ),
    "gone": ("", "all"),
    "audience": ("all", "board"),
    "row": ("", "2026-03-09,4,true\n"),
    "visits": ("", "day,n\n2026-01-01,1\n"),
    "mailmap": ("", "Anna Lee <maria@ports.example>\n"),
}
"""What a commit may change, and into what; some of it cannot be read."""
SELDOM = ("since", "mailmap")
"""After these, all commits are read again."""
OFTEN = sorted(CHOICES.keys() - set(SELDOM))
FIRST = {name: options[0] for name, options in CHOICES.items()}


def files(c: Mapping[str, str]) -> dict[str, str | bytes | None]:
    key_result = (
        f"/* ---\ntitle: More orders\ntype: increase\nbaseline: 5\ntarget: {c['target']}\n{c['note']}"
        "--- */\nSELECT day, sum(n) AS value FROM orders GROUP BY day\n"
    )
    return {
        "sharekit.toml": CONFIG.format(**c),
        "metrics/data/orders.csv": "day,n,ok\n2026-01-01,1,true\n" + c["row"],
        "metrics/ordered.sql": (
            f"/* ---\ntitle: Orders\nowner: {c['owner']}\naudience: {c['audience']}\n--- */\n"
            f"SELECT day, sum(n) AS value FROM orders WHERE {c['filter']} GROUP BY day\n"
        ),
        "metrics/okrs/q1/objective.md": (
            "---\ntitle: Grow\nowner: ann\nperiod: 2026-01\naudience: all\n---\nBecause.\n"
        ),
        "metrics/okrs/q1/more.sql": None if c["gone"] else key_result,
        "elsewhere/visits.csv": c["visits"] or None,
        ".mailmap": c["mailmap"] or None,
    }


def commit(repo: Repo, chosen: Mapping[str, str], number: int, *, amend: bool = False) -> None:
    for name, content in files(chosen).items():
        path = repo.path / name
        if content is None:
            path.unlink(missing_ok=True)
        else:
            repo.write({name: content})
    if amend:
        repo.git("reset", "--quiet", "--soft", "HEAD~1")
    repo.commit({}, f"Step {number}", on=f"2026-01-{number + 5:02d}T23:30:00+01:00")


def log_of(
    repo: Repo, as_of: date | None, store: FolderHistoryLogs | None, types: object = TYPES
) -> HistoryLog:
    history = open_history(repo.path)
    assert isinstance(history, History)
    compare = Comparer(compare_sql, lambda sql: TYPES if types is TYPES else {})
    log = history_log(history, manifest_at(history), compare, store, as_of=as_of)
    if store is not None:
        store.save()
    return log


def stored(folder: Path, version: str = "1") -> FolderHistoryLogs:
    return FolderHistoryLogs(folder, lambda: version)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "repo")
    made.commit({"notes.txt": "Not a project yet."}, "Before", on="2026-01-02T09:00:00+00:00")
    commit(made, FIRST, 0)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_going_on_says_what_reading_all_commits_says(tmp_path: Path, repo: Repo, seed: int) -> None:
    """Files that cannot be read and are mended, days to come, rewritten commits, merges, names of
    authors and types of sources included."""
    chance, chosen, went_on = random.Random(seed), dict(FIRST), 0
    for number in range(1, 22):
        for name in chance.sample(OFTEN, 2) if chance.random() < 0.8 else chance.sample(SELDOM, 1):
            chosen[name] = chance.choice(CHOICES[name])
        if chosen["time"] == 'x"':  # git is not to stay without a project that can be read
            commit(repo, chosen, number)
            chosen["time"] = "09:00"
        if chance.random() < 0.2:
            repo.git("switch", "--quiet", "-c", f"topic{number}")
            commit(repo, chosen, number)
            repo.git("switch", "--quiet", "main")
            repo.merge(f"topic{number}", on=f"2026-01-{number + 5:02d}T23:40:00+01:00")
        else:
            commit(repo, chosen, number, amend=chance.random() < 0.1 and number > 3)
        as_of = chance.choice((None, date(2026, 3, 1), date(2026, 3, 2), date(2026, 1, 15)))
        types = TYPES if chance.random() < 0.9 else {}
        with counted() as whole:
            fresh = log_of(repo, as_of, None, types)
        with counted() as rest:
            log = log_of(repo, as_of, stored(tmp_path / "cache"), types)
        assert repr(log) == repr(fresh)
        went_on += rest["states of the past read"] < whole["states of the past read"]
    assert went_on > 8


def test_a_rewritten_history_a_shallow_clone_and_another_version_begin_anew(
    tmp_path: Path, repo: Repo
) -> None:
    commit(repo, FIRST | {"target": "500"}, 1)
    first = log_of(repo, None, stored(tmp_path / "cache"))
    assert len(first.steps) == 2
    assert stored(tmp_path / "cache", "2").get("any") is None
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    commit(repo, FIRST | {"owner": "bo"}, 2)
    log = log_of(repo, None, stored(tmp_path / "cache"))
    assert [revision.classes for step in log.steps[1:] for revision in step.revisions] == [
        ("reassigned",)
    ]
    shallow = clone(f"file://{repo.path}", tmp_path / "shallow", "--depth=1")
    assert log_of(shallow, None, stored(tmp_path / "cache")).steps == ()


def test_a_stored_log_that_is_damaged_is_made_anew(tmp_path: Path, repo: Repo) -> None:
    commit(repo, FIRST | {"target": "500"}, 1)
    log = log_of(repo, None, stored(tmp_path / "cache"))
    (file,) = (tmp_path / "cache").glob("history-*")
    for content in (file.read_bytes()[:-40], b"x y z\n", file.read_bytes().replace(b"500", b"5e9")):
        file.write_bytes(content)
        assert log_of(repo, None, stored(tmp_path / "cache")) == log


@pytest.mark.slow
def test_a_query_without_rows_as_of_its_day_is_not_asked_in_every_build(
    tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file holds the last weeks alone; of the day of each revision there is no row."""
    monkeypatch.chdir(repo.path)
    chosen = FIRST | {"row": "2026-03-01,7,true\n2026-03-08,9,true\n"}
    ignored: dict[str, str | bytes | None] = {".gitignore": ".sharekit/\nsite/\noutbox/\n"}
    repo.write(ignored)
    rows = {"metrics/data/orders.csv": "day,n,ok\n" + chosen["row"]}
    for number, condition in enumerate(("n > 3", "n > 4", "n > 5", "n > 6"), 1):
        commit(repo, chosen | {"filter": condition}, number)
    repo.commit({**rows}, "New rows", on="2026-03-09T09:00:00+01:00")
    asked = []
    for day in (9, 10, 11):
        with counted() as calls:
            said = sharekit("build", "--as-of", f"2026-03-{day:02d}")
        assert said.code == 0, said.err
        asked.append((calls["queries"], calls["states of the past read"]))
    assert asked[0][0] > 8
    assert asked[1:] == [asked[1], asked[1]]
    assert asked[1][0] <= 2
    assert asked[1][1] <= 2  # how the key result ended, and HEAD for the mails
