"""The day of an answer is read from git where the question does not tell it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from commandline import sharekit
from gitrepos import Repo, environment, new_repo

pytestmark = pytest.mark.slow

CONFIG = '[project]\nname = "Shop"\n\n[people.eve]\nname = "Eve"\n\n[people.sam]\nname = "Sam"\n'
ASK = "metrics/asks/late.yaml"
WAITING = "question: How late are we?\nasked:\n  - {on: 2013-11-04, by: eve}\n"
NUMBER = "/* ---\ntitle: Late\nowner: sam\n--- */\nSELECT 1 AS value\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    made = new_repo(tmp_path / "repo")
    made.commit({"sharekit.toml": CONFIG, ".gitignore": "site/\n.sharekit/\n", "metrics/first.sql": NUMBER},
                on="2013-10-01T10:00:00+01:00")  # fmt: skip
    made.commit({ASK: WAITING}, on="2013-11-04T10:00:00+01:00")
    return made


def told(repo: Repo, as_of: date = date(2013, 11, 22)) -> tuple[str, str | None, int | None]:
    """State, day and days of the question, as the built site tells them."""
    said = sharekit("build", "--as-of", as_of, cwd=repo.path)
    assert said.code == 0, said.err
    (ask,) = json.loads((repo.path / "site/sharekit.json").read_text())["asks"]
    return ask["state"], ask["shared_on"], ask["days"]


def test_waiting_counts_until_today(repo: Repo) -> None:
    assert told(repo) == ("waiting", None, 18)


def test_day_is_that_of_the_commit_that_names_the_answer(repo: Repo) -> None:
    repo.commit({"metrics/late.sql": NUMBER}, on="2013-11-06T10:00:00+01:00")
    repo.commit({ASK: f"{WAITING}answered_by: late\n"}, on="2013-11-11T10:00:00+01:00")
    repo.commit(
        {ASK: f"{WAITING}  - {{on: 2013-11-15, by: sam}}\nanswered_by: late\n"},
        on="2013-11-15T10:00:00+01:00",
    )
    assert told(repo) == ("answered", "2013-11-11", 7)


def test_answer_that_was_there_before_the_question_made_nobody_wait(repo: Repo) -> None:
    repo.commit({ASK: f"{WAITING}answered_by: first\n"}, on="2013-11-11T10:00:00+01:00")
    assert told(repo) == ("answered", "2013-10-01", 0)


def test_answer_that_was_taken_back_counts_from_when_it_came_again(repo: Repo) -> None:
    linked = f"{WAITING}answered_by: late\n"
    repo.commit({ASK: linked, "metrics/late.sql": NUMBER}, on="2013-11-06T10:00:00+01:00")
    repo.commit({ASK: WAITING}, on="2013-11-07T10:00:00+01:00")
    repo.commit({ASK: linked}, on="2013-11-14T10:00:00+01:00")
    assert told(repo) == ("answered", "2013-11-14", 10)


def test_answer_that_is_not_committed_yet_is_of_today(repo: Repo) -> None:
    repo.write({ASK: f"{WAITING}answered_by: late\n", "metrics/late.sql": NUMBER})
    assert told(repo) == ("answered", "2013-11-22", 18)


def test_declared_day_is_believed(repo: Repo) -> None:
    text = f"{WAITING}answered_by: late\nanswered_on: 2013-11-05\n"
    repo.commit({ASK: text, "metrics/late.sql": NUMBER}, on="2013-11-14T10:00:00+01:00")
    assert told(repo) == ("answered", "2013-11-05", 1)


def test_day_is_open_in_a_shallow_clone(repo: Repo, tmp_path: Path) -> None:
    repo.commit(
        {ASK: f"{WAITING}answered_by: late\n", "metrics/late.sql": NUMBER},
        on="2013-11-06T10:00:00+01:00",
    )
    repo.commit({"README.md": "x"}, on="2013-11-20T10:00:00+01:00")
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    assert told(Repo(tmp_path / "shallow")) == ("answered", None, None)


def test_day_is_open_where_the_date_is_fixed_and_the_commit_later(repo: Repo) -> None:
    repo.commit({
        "sharekit.toml": CONFIG.replace('"Shop"\n', '"Shop"\nas_of = 2013-11-10\n'),
        ASK: f"{WAITING}answered_by: late\n",
        "metrics/late.sql": NUMBER,
    }, on="2013-11-14T10:00:00+01:00")  # fmt: skip
    assert told(repo, date(2013, 11, 10)) == ("answered", None, None)
