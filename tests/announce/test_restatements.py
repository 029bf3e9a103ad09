"""History that is no longer what was published: told by mail above the threshold, by the
command."""

from __future__ import annotations

import subprocess
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from commandline import sharekit

CONFIG = """
[project]
name = "P"
as_of = 2024-04-01
[people.ann]
name = "Ann"
email = "ann@example.org"
[mail]
from = "numbers@example.org"
[announce]
ledger = "file:.sharekit-ledger"
restated_above = 0.05
"""
SOLD = """/* ---
title: Sold
owner: ann
grain: month
unit: orders
announce: mail
--- */
SELECT date_trunc('month', day)::DATE AS month, sum(orders) AS value FROM sales GROUP BY 1
"""
ROWS = "day,orders\n2024-01-31,100\n2024-02-29,110\n2024-03-31,120\n"


def run(folder: Path, *args: str) -> str:
    said = sharekit("--project", folder, *args)
    assert said.code == 0, said.out + said.err
    return said.out + said.err


def commit(folder: Path) -> None:
    named = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *named, "commit", "-q", "-m", "x"], cwd=folder, check=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "sharekit.toml": CONFIG,
        "metrics/sold.sql": SOLD,
        "metrics/data/sales.csv": ROWS,
        ".gitignore": ".sharekit*\noutbox/\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=tmp_path, check=True)
    commit(tmp_path)
    run(tmp_path, "announce")
    return tmp_path


def change(folder: Path, old: str, new: str) -> None:
    data = folder / "metrics/data/sales.csv"
    data.write_text(data.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    commit(folder)


def mailed(folder: Path) -> str:
    """The words of the one mail in the outbox, on one line."""
    (mail,) = (folder / "outbox").glob("*.eml")
    body = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


@pytest.mark.slow
def test_past_values_that_moved_far_are_mailed(project: Path) -> None:
    change(project, "01-31,100", "01-31,80")
    assert "1 announcement is waiting" in run(project, "announce", "--dry-run")
    text = mailed(project)
    assert text.startswith("Past values of Sold changed.")
    assert "100 orders" in text
    assert "80 orders" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [("01-31,100", "01-31,99"), ("03-31,120\n", "03-31,120\n2024-04-01,5\n")],
    ids=["a little", "new rows"],
)
def test_what_moved_little_or_is_only_new_is_not(project: Path, old: str, new: str) -> None:
    change(project, old, new)
    assert "No announcements are waiting" in run(project, "announce", "--dry-run")
    assert list((project / "outbox").glob("*.eml")) == []


@pytest.mark.slow
def test_a_redefinition_tells_what_newer_data_did_apart_from_the_definition(project: Path) -> None:
    query = project / "metrics/sold.sql"
    query.write_text(query.read_text("utf-8").replace("sum(orders)", "sum(orders) * 2"), "utf-8")
    change(project, "03-31,120", "03-31,125")
    run(project, "announce", "--dry-run")
    text = mailed(project)
    assert (
        "The new definition raises the number by 125 orders; newer data raise the"
        " previously published 120 orders by 5 orders." in text
    )
