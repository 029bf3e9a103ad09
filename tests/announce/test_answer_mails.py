"""Whoever asked is told once when the answer is there, and nobody else is."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import peers
import pytest
import strict_mail
from commandline import Said
from gitrepos import Repo
from peers import CONFIG
from smtp_servers import Mailbox
from test_announce_commands import AS_OF, box, run

pytestmark = pytest.mark.slow

__all__ = ["box", "run"]

Run = Callable[..., Said]
ASK = "metrics/asks/late.yaml"
WAITING = """question: How many of our flights are late, really?
asked:
  - {on: 2013-11-04, by: jonas}
  - {on: 2013-11-11, by: eve, via: Monday meeting}
"""
NUMBER = """/* ---
title: Late flights
owner: maria
unit: "%"
grain: week
description: Flights that leave more than 15 minutes after schedule.
--- */
SELECT DATE '2013-11-11' AS week, 0.25 AS value
"""


def begin(path: Path, run: Run, config: str = CONFIG, ask: str = WAITING) -> Repo:
    repo = peers.begin(path / "repo")
    repo.commit({"sharekit.toml": config, ASK: ask})
    run("announce", *AS_OF)
    return repo


def answer(repo: Repo, *, ask: str = WAITING, number: str = NUMBER) -> str:
    return repo.commit({"metrics/late.sql": number, ASK: f"{ask}answered_by: late\n"}, "Answer")


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_those_who_asked_get_one_mail_and_only_they(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = begin(tmp_path, run)
    answer(repo)
    said = run("announce", "--dry-run", *AS_OF)
    assert "Answered: How many of our flights are late, really?" in said.out
    assert "To       2 readers: Jonas Lind, Eve Sato" in said.out
    said = run("announce", *AS_OF)
    assert (said.code, said.err) == (0, "")
    assert sorted(box.who) == ["eve@ports.example", "jonas@ports.example"]
    message = read(box.received[0].content)
    assert strict_mail.read(box.received[0].content)
    assert message["Subject"] == "Answered: How many of our flights are late, really?"
    assert message["Reply-To"] == "Maria Okafor <maria@ports.example>"
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None
    for words in (html.get_content(), " ".join(text.get_content().split())):
        assert "How many of our flights are late, really?" in words
        assert "Maria Okafor has answered it. Asked twice, first on 4 November 2013." in words
        assert "Late flights" in words
        assert "25" in words
        assert "https://numbers.example.com/ny/metrics/late.html" in words
        assert "Thank you for asking." in words
    assert len(html.get_content()) < 60_000

    assert run("announce", *AS_OF).out == "  There is nothing new to announce.\n"
    repo.commit({ASK: f"{WAITING}  - {{on: 2013-11-22, by: maria}}\nanswered_by: late\n"})
    run("announce", *AS_OF)
    assert len(box.received) == 2, "who asks for what is there has the link already"


def test_what_was_answered_before_the_ledger_began_is_no_news(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = peers.begin(tmp_path / "repo")
    answer(repo)
    run("announce", *AS_OF)
    repo.commit({ASK: f"{WAITING}answered_by: late\npromised: 2013-11-29\n"})
    run("announce", *AS_OF)
    assert box.received == []


def test_a_question_that_is_written_down_with_its_old_answer_is_no_news(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = peers.begin(tmp_path / "repo")
    repo.commit({"metrics/late.sql": NUMBER}, on="2013-11-20T10:00:00+01:00")
    run("announce", *AS_OF)
    repo.commit({ASK: f"{WAITING}answered_by: late\nanswered_on: 2013-11-12\n"})
    run("announce", *AS_OF)
    assert box.received == []


def test_nobody_outside_learns_of_a_narrower_question_or_answer(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    config = CONFIG.replace(
        "[mail]", '[audiences.heads]\nmembers = ["maria", "eve"]\n\n[mail]'
    ).replace(
        'url = "https://numbers.example.com/ny/"',
        'url = "https://numbers.example.com/ny/"\naudience = "airports"',
    )
    narrow = f"{WAITING}audience: heads\n"
    repo = begin(tmp_path, run, config, narrow)
    answer(repo, ask=narrow, number=NUMBER.replace("owner: maria", "owner: maria\naudience: heads"))
    assert run("announce", *AS_OF).code == 0
    assert box.who == ["eve@ports.example"], "Jonas asked, and does not belong to it any more"
    assert b"/ny/heads/metrics/late.html" in box.received[0].content.replace(b"=\r\n", b"")

    repo.commit({"metrics/asks/open.yaml": WAITING})
    run("announce", *AS_OF)
    repo.commit({"metrics/asks/open.yaml": f"{WAITING}answered_by: late\n"})
    run("announce", *AS_OF)
    assert len(box.received) == 1, "an answer that not all may see is none"


def test_who_has_no_address_is_named(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = begin(tmp_path, run, CONFIG.replace('email = "eve@ports.example"\n', ""))
    answer(repo)
    said = run("announce", *AS_OF)
    assert box.who == ["jonas@ports.example"]
    assert "No usable address for Eve Sato" in said.out


def test_a_mail_that_was_not_taken_is_made_again_elsewhere(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    box.replies["eve@ports.example"] = "451 4.7.1 later"
    repo = begin(tmp_path, run)
    answer(repo)
    assert run("announce", *AS_OF).code == 3
    assert box.who == ["jonas@ports.example"]
    box.replies.clear()
    shutil.rmtree(repo.path / ".git" / "sharekit")
    said = run("announce", *AS_OF, "--take-over")
    assert said.code == 0, said.out
    assert box.who == ["jonas@ports.example", "eve@ports.example"]
    ids = {
        re.search(rb"(?im)^Message-ID: .*(?:\r\n .*)*", each.content)[0] for each in box.received
    }  # type: ignore[index]
    assert len(ids) == 1, "the same announcement"
