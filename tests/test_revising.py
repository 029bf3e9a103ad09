"""Revising in a real repository: the gate asks for exactly the missing note, `note` writes it,
`diff` explains."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CONFIG = """
[project]
name = "P"
as_of = 2024-04-01
[people.ann]
name = "Ann"
"""
ROWS = "day,state,plan\n" + "\n".join(
    f"2024-0{month}-{day:02},{state},full"
    for month in (1, 2, 3)
    for day, state in [(1, "paid"), (12, "refunded"), (20, "paid"), (28, "cancelled")]
)
VIEW = "SELECT * FROM orders WHERE state <> 'cancelled'\n"
FRONT = """/* ---
title: {title}
owner: ann
grain: month
unit: orders
baseline: 0
target: 10
--- */
"""
SOLD = (
    FRONT.format(title="Sold")
    + "SELECT date_trunc('month', day)::DATE AS month, count(*) AS value FROM metrics._kept GROUP"
    " BY 1\n"
)
SEEN = (
    FRONT.format(title="Seen")
    + "SELECT date_trunc('month', day)::DATE AS month, count(*) AS value FROM orders GROUP BY 1\n"
)
NUMBER = "/* ---\ntitle: Rows\nowner: ann\n--- */\nSELECT count(*) AS value FROM orders\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "sharekit.toml": CONFIG,
        "metrics/data/orders.csv": ROWS,
        "metrics/_kept.sql": VIEW,
        "metrics/rows_seen.sql": NUMBER,
        "metrics/okrs/q/objective.md": "---\ntitle: Grow\nowner: ann\nperiod: 2024-H1\n---\nWhy.\n",
        "metrics/okrs/q/sold.sql": SOLD,
        "metrics/okrs/q/seen.sql": SEEN,
        ".gitignore": ".sharekit/\nsite/\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "first")
    return tmp_path


def git(folder: Path, *args: str) -> str:
    named = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    return subprocess.run(
        ["git", *named, *args], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sharekit", "--project", str(folder), *args]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def edit(folder: Path, path: str, old: str, new: str) -> None:
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text
    (folder / path).write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_no_title_is_a_command_to_what_runs_the_job(project: Path, form: str) -> None:
    title = r'title: "Seen\n::error::forged\n\e[2J"'
    edit(project, "metrics/okrs/q/seen.sql", "title: Seen", title)
    edit(project, "metrics/okrs/q/seen.sql", "target: 10", "target: 8")
    shown = run(project, "diff", "--format", form, "--sql")
    assert "forged" in shown.stdout
    assert not [line for line in shown.stdout.splitlines() if line.lstrip().startswith("::")]
    assert "\x1b" not in shown.stdout


def test_the_whole_way_of_a_pull_request(project: Path) -> None:
    git(project, "checkout", "-q", "-b", "change")
    note = (
        "target: 8\nrevisions:\n  - {date: 2024-03-30, reason: scope, why: Fewer shops., we_will:"
        " Open one in May.}\n"
    )
    edit(project, "metrics/okrs/q/seen.sql", "target: 10\n", note)
    edit(project, "metrics/_kept.sql", "state <> 'cancelled'", "state = 'paid'")
    edit(
        project, "metrics/rows_seen.sql", "SELECT count(*) AS value", "select\n  count(*) as value"
    )
    git(project, "mv", "metrics/rows_seen.sql", "metrics/all_rows.sql")
    edit(project, "metrics/all_rows.sql", "owner: ann", "owner: ann\nid: rows_seen")
    commit(project, "revise")

    gate = run(project, "check", "--base", "main", "--format", "jsonl")
    problems = [json.loads(line) for line in gate.stdout.splitlines()]
    assert [problem["code"] for problem in problems if problem["severity"] == "error"] == [
        "revision-without-note"
    ]
    assert gate.returncode == 2
    assert "Sold was revised without a reason" in gate.stdout

    shown = run(project, "diff", "main")
    assert shown.returncode == 0
    assert "Seen  (new target)" in shown.stdout
    assert "Sold  (redefined)" in shown.stdout
    assert "1 query was rewritten and still means the same." in shown.stdout
    assert "retired" not in shown.stdout
    assert "introduced" not in shown.stdout

    written = run(project, "note", "sold", "--base", "main")
    assert written.returncode == 0, written.stderr
    text = (project / "metrics/okrs/q/sold.sql").read_text(encoding="utf-8")
    assert 'why: ""' in text
    assert "number: 3 orders -> 2 orders" in text
    assert run(project, "check", "--base", "main", "--no-run").returncode == 2

    edit(project, "metrics/okrs/q/sold.sql", 'why: ""', "why: Refunds are not sales.")
    edit(project, "metrics/okrs/q/sold.sql", 'we_will: ""', "we_will: Count what stays paid.")
    unreasoned = run(project, "check", "--base", "main", "--no-run")
    assert unreasoned.returncode == 2
    assert unreasoned.stdout.count("error[") == 1
    assert "`revisions[0].reason` is empty" in unreasoned.stdout
    edit(project, "metrics/okrs/q/sold.sql", 'reason: ""', "reason: was_wrong")
    passed = run(project, "check", "--base", "main")
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_the_base_is_where_the_branch_began(project: Path) -> None:
    git(project, "checkout", "-q", "-b", "change")
    edit(project, "metrics/rows_seen.sql", "title: Rows", "title: All rows")
    commit(project, "reword")
    git(project, "checkout", "-q", "main")
    edit(project, "metrics/okrs/q/sold.sql", "target: 10", "target: 12")
    commit(project, "retarget on main, by another way")
    git(project, "checkout", "-q", "change")
    assert run(project, "check", "--base", "main", "--no-run").returncode == 0
    for heads in (["HEAD"], []):  # also a merge request's branch, which main has left behind
        said = run(project, "diff", "main", *heads, "--no-run").stdout
        assert "All rows" in said
        assert "Sold" not in said, "not what main did, the other way round"


def test_what_is_older_than_the_base_is_compared_with_it(project: Path) -> None:
    edit(project, "metrics/okrs/q/sold.sql", "target: 10", "target: 12")
    commit(project, "retarget")
    said = run(project, "diff", "HEAD", "HEAD~1", "--format", "markdown", "--no-run").stdout
    assert "| Target | 12 orders | **10 orders** |" in said


def test_diff_speaks_json_and_markdown(project: Path) -> None:
    edit(project, "metrics/okrs/q/sold.sql", "target: 10", "target: 8")
    edit(project, "metrics/okrs/q/sold.sql", "title: Sold", "title: 'Sold | <b>'")
    said = json.loads(run(project, "diff", "--format", "json").stdout)
    assert said[0]["classes"] == ["retargeted", "words"]
    assert said[0]["impact"]["score_after"] == pytest.approx(3 / 8)
    markdown = run(project, "diff", "--format", "markdown").stdout
    assert "| Target | 10 orders | **8 orders** |" in markdown
    assert "<b>" not in markdown.replace("\\<b\\>", "")


def test_nothing_changed_is_one_line(project: Path) -> None:
    assert run(project, "diff").stdout == "  Nothing changed in meaning.\n"


def test_a_file_with_a_mistake_is_never_called_unchanged(project: Path) -> None:
    edit(project, "metrics/okrs/q/sold.sql", "target: 10", "target: 8")
    assert run(project, "note", "sold").returncode == 0
    for args in (("note", "sold"), ("note", "sold", "--print")):
        said = run(project, *args)  # the reasons in the note are still empty
        assert said.returncode == 2
        assert "`revisions[0].why` is empty" in said.stderr
        assert "has not changed" not in said.stderr
    said = run(project, "diff")
    assert said.returncode == 2
    assert said.stdout == "  Nothing changed in meaning in the files that can be read.\n"
    assert "metrics/okrs/q/sold.sql" in said.stderr
    assert "not compared" in said.stderr
    said = run(project, "diff", "--format", "json")
    assert (said.returncode, json.loads(said.stdout)) == (2, [])


def test_a_mistake_that_was_committed_is_named(project: Path) -> None:
    edit(project, "metrics/okrs/q/sold.sql", "target: 10", "traget: 8")
    commit(project, "a slip")
    edit(project, "metrics/okrs/q/sold.sql", "traget: 8", "target: 8")
    said = run(project, "diff")
    assert said.returncode == 0
    assert "there are mistakes in metrics/okrs/q/sold.sql" in said.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("diff", "nowhere"), "there is no commit 'nowhere'"),
        (("note", "sold"), "sold has not changed since HEAD"),
        (("note", "solt"), "there is no metric or key result solt"),
        (("check", "--base", "nowhere", "--no-run"), "there is no commit 'nowhere'"),
    ],
)
def test_a_mistake_is_a_sentence(project: Path, args: tuple[str, ...], words: str) -> None:
    failed = run(project, *args)
    assert failed.returncode == 2
    assert words in failed.stderr
    assert "Traceback" not in failed.stderr


def test_without_git_the_way_out_is_said(project: Path) -> None:
    subprocess.run(["rm", "-rf", str(project / ".git")], check=True)
    failed = run(project, "diff")
    assert failed.returncode == 2
    assert "git init" in failed.stderr
