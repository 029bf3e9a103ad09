"""What `sharekit new` wrote is no declaration of anybody's: a warning while it is being written, an
error once shared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import sharekit
from gitrepos import Repo, environment, new_repo

CONFIG = '[project]\nname = "P"\nas_of = 2026-11-28\n[people.a]\nname = "Ann"\n'
DATA = "day,ok\n" + "".join(f"2026-10-{day:02},{day % 3}\n" for day in range(1, 26))


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    made = new_repo(tmp_path / "repo")
    made.commit(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/visits.csv": DATA,
            ".gitignore": ".sharekit/\nsite/\n",
        }
    )
    return made


def found(repo: Repo) -> list[tuple[str, str, int]]:
    said = sharekit("check", "--no-run", "--format", "jsonl", cwd=repo.path)
    problems = [json.loads(line) for line in said.out.splitlines()]
    return [(each["severity"], each["path"].rpartition("/")[2], each["line"]) for each in problems
            if each["code"] == "placeholder"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "file", "left"),
    [
        (("metric", "visits_made", "--owner", "a"), "visits_made.sql", 2),
        (("view", "_all"), "_all.sql", 1),
        (("dashboard", "board", "--owner", "a"), "board.md", 1),
        (("objective", "grow", "--owner", "a"), "objective.md", 1),
        (("okr", "kr", "--owner", "a"), "kr.sql", 6),
        (("okr", "kr", "--share", "--owner", "a"), "kr.sql", 5),
        (("okr", "kr", "--by-hand", "--owner", "a"), "kr.md", 6),
    ],
)
def test_everything_that_was_left_is_named_and_refused_once_it_is_committed(
    repo: Repo, args: tuple[str, ...], file: str, left: int
) -> None:
    if args[0] == "okr":
        why = "---\ntitle: O\nowner: a\nperiod: 2026-Q4\n---\nBecause.\n"
        repo.commit({"metrics/okrs/o/objective.md": why})
    assert sharekit("new", *args, cwd=repo.path).code == 0
    assert [(each[0], each[1]) for each in found(repo)] == [("warning", file)] * left
    assert sharekit("build", cwd=repo.path).code == 0, "it works as it stands, for a preview"
    repo.commit({})
    assert [(each[0], each[1]) for each in found(repo)] == [("error", file)] * left
    assert sharekit("check", "--no-run", cwd=repo.path).code == 2
    assert sharekit("build", cwd=repo.path).code == 2


def test_a_count_of_rows_and_a_target_of_100_are_meant_once_somebody_says_so(repo: Repo) -> None:
    sharekit("new", "metric", "visits_made", cwd=repo.path)
    path = repo.path / "metrics/visits_made.sql"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("Say what is counted, and what is not.", "All visits by week."),
        encoding="utf-8",
    )
    repo.commit({})
    assert found(repo) == []


@pytest.mark.slow
def test_a_new_share_is_scored_by_its_quarter_so_far(repo: Repo) -> None:
    repo.commit(
        {"metrics/okrs/o/objective.md": "---\ntitle: O\nowner: a\nperiod: 2026-Q4\n---\nBecause.\n"}
    )
    assert sharekit("new", "okr", "kr", "--share", cwd=repo.path).code == 0
    text = (repo.path / "metrics/okrs/o/kr.sql").read_text(encoding="utf-8")
    assert "measured: period_to_date" in text
    path = repo.path / "metrics/okrs/o/kr.sql"
    path.write_text(text.replace("WHERE true", "WHERE ok = 1"), encoding="utf-8")
    shown = json.loads(sharekit("show", "kr", "--format", "json", cwd=repo.path).out)
    days = [day % 3 == 1 for day in range(1, 26)]  # weeks are whole through Sunday 25 October
    assert shown["okr"]["through"] == "2026-10-25"
    assert shown["value"] == pytest.approx(sum(days) / len(days))
