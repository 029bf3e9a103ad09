"""Key results that are kept by hand, and check-ins of those that are not: progress, and never a
revision."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import sharekit
from gitrepos import Repo, environment, new_repo

CONFIG = '[project]\nname = "P"\nas_of = 2026-11-28\n[people.a]\nname = "Ann"\n'
FOLDER = "metrics/okrs/2026-q4/o"
OBJECTIVE = "---\ntitle: O\nowner: a\nperiod: 2026-Q4\n---\nWhy.\n"
STEPS = """---
title: Five steps  # a comment that stays
owner: a
type: milestone
baseline: 0
target: 5
checkins:
  - {on: 2026-10-05, value: 0, confidence: 6, note: Begun.}   # the first

plan: Go on.
---
The five steps of the *migration*.
"""
COUNT = "/* ---\ntitle: Calls\nowner: a\nbaseline: 0\ntarget: 10\n--- */\nSELECT 6 AS value\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    made = new_repo(tmp_path / "repo")
    made.commit({
        "sharekit.toml": CONFIG,
        f"{FOLDER}/objective.md": OBJECTIVE,
        f"{FOLDER}/steps.md": STEPS,
        f"{FOLDER}/calls.sql": COUNT,
        f"{FOLDER}/notes.md": "# Notes of the owner, no key result\n",
        f"{FOLDER}/README.md": "---\ntitle: Neither is this\n---\n",
        ".gitignore": ".sharekit/\nsite/\n",
    }, on="2026-10-05T10:00:00+01:00")  # fmt: skip
    return made


@pytest.mark.slow
def test_a_check_in_is_progress_on_page_log_feed_and_in_data(repo: Repo) -> None:
    said = sharekit("checkin", "steps", "3", "--note", "Step three */ is done", "--confidence", "8",
                    "--as-of", "2026-11-17", cwd=repo.path)  # fmt: skip
    assert (said.code, said.err) == (0, "")
    text = (repo.path / FOLDER / "steps.md").read_text(encoding="utf-8")
    entry = '  - {on: 2026-11-17, value: 3, confidence: 8, note: "Step three *\\x2F is done"}\n'
    assert text == STEPS.replace("   # the first\n", f"   # the first\n{entry}"), (
        "every other byte stays"
    )
    shown = sharekit("diff", cwd=repo.path)
    assert "Five steps  (checked in)" in shown.out
    assert "redefined" not in shown.out
    assert sharekit("check", "--base", "HEAD", cwd=repo.path).code == 0, "nobody asks for a note"

    repo.commit({}, on="2026-11-17T10:00:00+01:00")
    found = json.loads(sharekit("show", "steps", "--format", "json", cwd=repo.path).out)
    assert (found["value"], found["period"]) == (3, "2026-11-17")
    assert found["series"] == [["2026-10-05", 0], ["2026-11-17", 3]]
    assert found["okr"]["confidence"] == 8
    assert found["okr"]["score"] == pytest.approx(0.6)
    assert found["okr"]["through"] == "2026-11-28", (
        "a step that was not taken is known to be not taken"
    )
    assert found["definition"]["sql"] is None
    assert sharekit("build", cwd=repo.path).code == 0
    changes = (repo.path / "site/changes.md").read_text(encoding="utf-8")
    assert "Check-in: [Five steps](okrs/steps.md), **0** → **3**" in changes
    page = (repo.path / "site/okrs/steps.html").read_text(encoding="utf-8")
    assert "Step three */ is done" in page
    assert "It is kept by hand" in page
    assert "<em>migration</em>" in page
    assert "Step three */ is done" in (repo.path / "site/feed.xml").read_text(encoding="utf-8")
    assert not (repo.path / "site/okrs/notes.html").exists()


def test_a_value_is_known_from_its_day_on(repo: Repo) -> None:
    sharekit("checkin", "steps", "3", "--as-of", "2026-11-17", cwd=repo.path)
    before = json.loads(
        sharekit("show", "steps", "--format", "json", "--as-of", "2026-11-16", cwd=repo.path).out
    )
    assert (before["value"], before["okr"]["through"]) == (0, "2026-11-16")


def test_a_number_kept_by_hand_is_of_the_day_of_its_check_in(repo: Repo) -> None:
    share = (
        STEPS.replace("type: milestone", 'unit: "%"')
        .replace("target: 5", "target: 0.9")
        .replace("value: 0,", "value: 0.1,")
    )
    (repo.path / FOLDER / "steps.md").write_text(share, encoding="utf-8")
    found = json.loads(sharekit("show", "steps", "--format", "json", cwd=repo.path).out)
    assert found["okr"]["through"] == "2026-10-05"
    assert found["okr"]["expected"] == pytest.approx(4 / 91), "of the day of the check-in"


@pytest.mark.slow
def test_a_key_result_with_a_query_takes_notes_and_confidence_and_no_value(repo: Repo) -> None:
    refused = sharekit("checkin", "calls", "7", cwd=repo.path)
    assert refused.code == 2
    assert "comes from its query" in refused.err
    assert (
        sharekit("checkin", "calls", "--confidence", "4", "--note", "Two left.", cwd=repo.path).code
        == 0
    )
    text = (repo.path / FOLDER / "calls.sql").read_text(encoding="utf-8")
    assert 'checkins:\n  - {on: 2026-11-28, confidence: 4, note: "Two left."}\n--- */' in text
    assert sharekit("check", "--base", "HEAD", cwd=repo.path).code == 0
    again = sharekit("checkin", "calls", "--note", "More.", cwd=repo.path)
    assert "there is already a check-in of 2026-11-28" in again.err
    nothing = sharekit("checkin", "steps", cwd=repo.path)
    assert "this check-in is empty" in nothing.err
    assert "Did you mean" in sharekit("checkin", "step", "1", cwd=repo.path).err


@pytest.mark.slow
def test_other_queries_read_what_is_kept_by_hand(repo: Repo) -> None:
    reader = (
        "/* ---\ntitle: Left\nowner: a\n--- */\nSELECT 5 - max(value) AS value FROM metrics.steps\n"
    )
    repo.commit({"metrics/left.sql": reader})
    assert json.loads(sharekit("show", "left", "--format", "json", cwd=repo.path).out)["value"] == 5
    sharekit("checkin", "steps", "2", "--as-of", "2026-11-17", cwd=repo.path)
    assert "redefined" not in sharekit("diff", cwd=repo.path).out, (
        "a check-in redefines nothing that reads it"
    )
    assert json.loads(sharekit("show", "left", "--format", "json", cwd=repo.path).out)["value"] == 3


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("note: Begun.}", "note: Begun.}\n  - {on: 2026-10-04, value: 1}", "date-order"),
        ("note: Begun.}", "note: Begun.}\n  - {on: 2026-10-09}", "empty-check-in"),
        ("target: 5", "target: 5\nnumerator: x\ndenominator: y", "by-hand-key"),
    ],
)
def test_mistakes_are_said(repo: Repo, old: str, new: str, code: str) -> None:
    (repo.path / FOLDER / "steps.md").write_text(STEPS.replace(old, new), encoding="utf-8")
    said = sharekit("check", "--no-run", "--format", "jsonl", cwd=repo.path)
    assert code in {json.loads(line)["code"] for line in said.out.splitlines()}
    assert said.code == 2


@pytest.mark.slow
def test_a_milestone_in_sql_that_reads_nothing_makes_steps_and_is_not_redefined(repo: Repo) -> None:
    steps = COUNT.replace("owner: a", "owner: a\ntype: milestone").replace("SELECT 6", "SELECT 3")
    repo.commit({f"{FOLDER}/calls.sql": steps})
    (repo.path / FOLDER / "calls.sql").write_text(
        steps.replace("SELECT 3", "SELECT 4"), encoding="utf-8"
    )
    assert "Calls  (checked in)" in sharekit("diff", cwd=repo.path).out
    assert sharekit("check", "--base", "HEAD", "--no-run", cwd=repo.path).code == 0
    dated = "SELECT * FROM (VALUES (DATE '2026-10-05', 0), (DATE '2026-11-17', 3)) t(day, value)\n"
    (repo.path / FOLDER / "calls.sql").write_text(
        steps.replace("SELECT 3 AS value\n", dated), encoding="utf-8"
    )
    found = json.loads(sharekit("show", "calls", "--format", "json", cwd=repo.path).out)
    assert found["value"] == 3, "it stays where it is until the next step"


@pytest.mark.slow
def test_a_new_plan_is_an_update_and_no_check_in(repo: Repo) -> None:
    planned = OBJECTIVE.replace("period:", "plan: Call them again.\nperiod:")
    repo.commit({f"{FOLDER}/objective.md": planned}, on="2026-11-17T10:00:00+01:00")
    assert sharekit("build", cwd=repo.path).code == 0
    changes = (repo.path / "site/changes.md").read_text(encoding="utf-8")
    assert "Update: [O](objectives/2026-q4-o.md)" in changes
    assert "Check-in: [O]" not in changes


def test_a_new_decision_is_news_of_its_own_kind(repo: Repo) -> None:
    asked = "decisions: [{what: May we hire two people?, who: a, by: 2026-12-01}]\n"
    asking = OBJECTIVE.replace("period:", f"challenges: Nobody is free.\n{asked}period:")
    repo.commit({f"{FOLDER}/objective.md": asking}, on="2026-11-17T10:00:00+01:00")
    assert sharekit("build", cwd=repo.path).code == 0
    changes = (repo.path / "site/changes.md").read_text(encoding="utf-8")
    assert "To decide: [O](objectives/2026-q4-o.md)" in changes
    assert "May we hire two people?" in changes
    decided = asking.replace("by: 2026-12-01", "decided: Yes")
    repo.commit({f"{FOLDER}/objective.md": decided}, on="2026-11-17T11:00:00+01:00")
    assert sharekit("build", cwd=repo.path).code == 0
    changes = (repo.path / "site/changes.md").read_text(encoding="utf-8")
    assert changes.count("To decide: [O]") == 1, "a decision that was taken asks for nothing"


def test_a_month_without_a_check_in_is_said_and_the_fix_works(repo: Repo) -> None:
    said = sharekit("check", cwd=repo.path)
    assert "warning[stale]: Five steps: no check-in since 5 Oct 2026" in said.out
    assert 'sharekit checkin steps VALUE --note "..."' in said.out
    data = json.loads(sharekit("show", "steps", "--format", "json", cwd=repo.path).out)
    assert data["stale"] == "No check-in since 5 Oct 2026."
    assert sharekit("check", "--as-of", "2026-11-05", cwd=repo.path).out.count("stale") == 0
    assert sharekit("checkin", "steps", "2", "--note", "Two.", cwd=repo.path).code == 0
    assert "stale" not in sharekit("check", cwd=repo.path).out


@pytest.mark.slow
def test_what_is_met_or_dropped_waits_for_no_check_in(repo: Repo) -> None:
    file = repo.path / FOLDER / "steps.md"
    for old, new in (("value: 0,", "value: 5,"), ("type: milestone", "state: dropped")):
        file.write_text(STEPS.replace(old, new), encoding="utf-8")
        assert "stale" not in sharekit("check", cwd=repo.path).out
