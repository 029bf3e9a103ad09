"""Who waits, and what was there before anyone asked: counted fairly, on a handful of questions made
by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sharekit.asks.register import AskLedger, ask_ledger
from sharekit.project.load import load
from sharekit.project.manifest import Manifest
from sharekit.visible import visible_manifest

AS_OF = date(2013, 11, 22)
CONFIG = """
[project]
name = "P"
audience = "team"
[people.ann]
name = "Ann"
[people.bob]
name = "Bob"
[people.cid]
name = "Cid"
[audiences.team]
members = ["ann", "bob", "cid"]
[audiences.pair]
members = ["ann", "bob"]
"""


def metric(owner: str, **more: str) -> str:
    keys = "\n".join(f"{key}: {value}" for key, value in more.items())
    return f"/* ---\ntitle: {owner}\nowner: {owner}\n{keys}\n--- */\nSELECT 1 AS value\n"


def ask(*days: str, **more: object) -> str:
    asked = "\n".join(f"  - {{on: {day.split()[0]}, by: {day.split()[1]}}}" for day in days)
    keys = "\n".join(f"{key}: {value}" for key, value in more.items())
    return f"question: How much?\nasked:\n{asked}\n{keys}\n"


def ledger(
    tmp_path: Path, files: dict[str, str], audience: str = "team", **shared: date
) -> AskLedger:
    for name, text in ({"sharekit.toml": CONFIG} | files).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    manifest: Manifest = load(tmp_path)
    assert manifest.problems == ()
    return ask_ledger(visible_manifest(audience, manifest), AS_OF, shared_on=shared)


FILES = {
    "metrics/one.sql": metric("ann"),
    "metrics/two.sql": metric("ann"),
    "metrics/three.sql": metric("bob"),
    "metrics/asks/waits.yaml": ask(
        "2013-11-02 bob", "2013-11-10 cid", "2013-11-12 bob", owner="ann"
    ),
    "metrics/asks/late.yaml": ask("2013-10-01 bob", answered_by="two", answered_on="2013-10-11"),
    "metrics/asks/before.yaml": ask(
        "2013-10-20 ann", answered_by="three", answered_on="2013-10-01"
    ),
    "metrics/asks/no.yaml": ask("2013-10-05 ann", owner="bob", declined="No"),
}


def test_waiting_questions_come_first_and_count_their_days(tmp_path: Path) -> None:
    rows = ledger(tmp_path, FILES).questions
    assert [(row.ask.id, row.state, row.days) for row in rows] == [
        ("waits", "waiting", 20),
        ("late", "answered", 10),
        ("before", "answered", 0),
        ("no", "declined", None),
    ]
    assert (rows[0].times, rows[0].askers, rows[0].leader) == (3, ("bob", "cid"), "ann")
    assert rows[2].before


def test_a_leader_is_scored_by_what_was_there_before_anyone_asked(tmp_path: Path) -> None:
    found = ledger(
        tmp_path, FILES, one=date(2013, 9, 1), two=date(2013, 10, 11), three=date(2013, 9, 20)
    )
    by_name = {score.person: score for score in found.leaders}
    ann, bob = by_name["ann"], by_name["bob"]
    assert (ann.before, ann.total, ann.waiting, ann.typical_wait) == (1, 2, 1, 10.0)
    assert (bob.before, bob.total, bob.waiting, bob.typical_wait) == (1, 1, 0, None)
    assert ann.last_unasked == date(2013, 9, 1)
    assert (found.group.before, found.group.total, found.group.share) == (
        2,
        3,
        pytest.approx(2 / 3),
    )
    assert [score.person for score in found.leaders] == ["bob", "ann"]


def test_the_day_of_sharing_comes_from_history_where_it_is_not_written(tmp_path: Path) -> None:
    files = FILES | {"metrics/asks/late.yaml": ask("2013-10-01 bob", answered_by="two")}
    rows = {row.ask.id: row for row in ledger(tmp_path, files, two=date(2013, 10, 4)).questions}
    assert rows["late"].days == 3


def test_an_answer_that_is_gone_leaves_the_question_waiting(tmp_path: Path) -> None:
    files = FILES | {"metrics/asks/late.yaml": ask("2013-10-01 bob", answered_by="nowhere")}
    rows = {row.ask.id: row for row in ledger(tmp_path, files).questions}
    assert rows["late"].state == "waiting"


def test_other_audiences_questions_and_answers_do_not_show(tmp_path: Path) -> None:
    files = FILES | {
        "metrics/asks/secret.yaml": ask("2013-10-01 bob", audience="pair"),
        "metrics/four.sql": metric("bob", audience="pair"),
        "metrics/asks/about.yaml": ask("2013-10-01 cid", answered_by="four"),
    }
    wide = ledger(tmp_path, files)
    assert "secret" not in {row.ask.id for row in wide.questions}
    assert {row.ask.id: row.state for row in wide.questions}["about"] == "waiting"
    assert wide.group.total == 3
    assert "secret" in {row.ask.id for row in ledger(tmp_path, files, audience="pair").questions}


def test_nothing_asked_and_nothing_published_is_no_division(tmp_path: Path) -> None:
    found = ledger(tmp_path, {})
    assert (found.questions, found.leaders, found.group.share) == ((), (), None)
