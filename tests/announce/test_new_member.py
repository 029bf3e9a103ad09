"""Somebody who joins an audience later reads its past on the pages, is sent no announcement of
before, and from then on gets what the others get."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import peers
import pytest
from gitrepos import Repo
from peers import CONFIG, revise
from smtp_servers import Mailbox
from test_announce_commands import Run, box, run

__all__ = ["box", "run"]

pytestmark = pytest.mark.slow

ALL = 'members = ["maria", "jonas", "eve"]'
AUDIENCE = f'title = "Airport heads"\n{ALL}'
MEETING = 'meeting = { day = "monday", time = "09:00" }\n'
EVE = '[people.eve]\nname = "Eve Sato"\nemail = "eve@ports.example"\n\n'
JOINED = CONFIG.replace(AUDIENCE, MEETING + AUDIENCE)
BEFORE = JOINED.replace(ALL, 'members = ["maria", "jonas"]').replace(EVE, "")
"""Eve is no reader yet, and nobody knows her address."""
AS_OF = ("--as-of", "2013-11-22")
NOTHING = "  There is nothing new to announce.\n"


@pytest.fixture
def repo(tmp_path: Path, run: Run) -> Repo:
    """A key result that two people were told about before Eve came."""
    made = peers.begin(tmp_path / "repo", lga=peers.key_result(title="LGA lands on time"))
    made.commit({"sharekit.toml": BEFORE}, "Two readers")
    assert run("announce", *AS_OF).code == 0
    return made


def sent(box: Mailbox, name: str) -> list[str]:
    """Subject and text of each mail to somebody, in the order of sending."""
    texts = []
    for message in box.received:
        if message.to == (f"{name}@ports.example",):
            parsed = message_from_bytes(message.content, policy=policy.default)
            body = parsed.get_body(("plain",))
            assert body is not None
            texts.append(f"{parsed['Subject']}\n{body.get_content()}")
    return texts


def join(repo: Repo) -> None:
    repo.commit({"sharekit.toml": JOINED}, "Eve joins")


def test_she_is_sent_nothing_of_before_and_everything_after(
    repo: Repo, run: Run, box: Mailbox
) -> None:
    revise(repo)
    assert run("announce", *AS_OF).code == 0
    assert len(box.received) == 2
    join(repo)
    assert run("announce", *AS_OF).out == NOTHING
    assert sent(box, "eve") == []

    revise(repo, 0.8, "lga", title="LGA lands on time")
    assert run("announce", *AS_OF).code == 0
    (first,) = sent(box, "eve")
    assert first.startswith("LGA lands on time: target 0.8, was 0.85\n")
    assert "JFK leaves on time" not in first
    assert [len(sent(box, name)) for name in ("maria", "jonas")] == [2, 2]
    assert run("announce", *AS_OF).out == NOTHING


def test_what_others_still_wait_for_is_none_of_hers(repo: Repo, run: Run, box: Mailbox) -> None:
    box.replies["jonas@ports.example"] = "451 4.7.1 come again"
    revise(repo)
    assert run("announce", *AS_OF).code == 3
    join(repo)
    box.replies.clear()
    assert run("announce", *AS_OF).code == 0
    assert len(sent(box, "jonas")) == 1
    assert sent(box, "eve") == []


def test_what_was_not_announced_when_she_joined_reaches_her_too(
    repo: Repo, run: Run, box: Mailbox
) -> None:
    revise(repo)
    join(repo)
    assert run("announce", *AS_OF).code == 0
    assert [len(sent(box, name)) for name in ("maria", "jonas", "eve")] == [1, 1, 1]


def test_her_first_pre_read_has_what_changed_since_the_last_meeting(
    repo: Repo, run: Run, box: Mailbox
) -> None:
    text = peers.key_result(0.82, note="It is 0.82 now.")
    repo.commit({f"{peers.FOLDER}/jfk.sql": text}, "Revise", on="2013-11-21T10:00:00+00:00")
    assert run("announce", "--digest", *AS_OF).code == 0
    join(repo)
    box.received.clear()
    assert run("announce", "--digest", *AS_OF).code == 0
    (first,) = sent(box, "eve")
    assert first.startswith("Pre-read")
    assert "JFK leaves on time" in first
    assert "It is 0.82 now." in " ".join(first.split())
    assert sent(box, "maria") == sent(box, "jonas") == [], "the others have theirs"
    assert run("announce", "--digest", *AS_OF).out == NOTHING


def test_her_pages_have_the_past_and_check_says_so(
    repo: Repo, run: Run, box: Mailbox, tmp_path: Path
) -> None:
    revise(repo)
    join(repo)
    said = run("check", "--base", "HEAD~1")
    assert said.code == 0, said.out
    assert "Eve Sato" in said.out + said.err
    assert run("build", *AS_OF).code == 0
    site = tmp_path / "repo/site"
    changes = (site / "changes.html").read_text()
    page = (site / "okrs/jfk.html").read_text()
    for text in (changes, page):
        assert "It is 0.82 now." in text
    assert "Revision 2" in page
    home = (site / "index.html").read_text()
    assert "JFK leaves on time" in home


def test_a_new_key_or_a_shared_mailbox_gets_no_second_pre_read(
    repo: Repo, run: Run, box: Mailbox
) -> None:
    assert run("announce", "--digest", *AS_OF).code == 0
    assert len(box.received) == 2
    renamed = BEFORE.replace("people.jonas", "people.jo").replace('"jonas"', '"jo"')
    repo.commit({"sharekit.toml": renamed}, "Another key")
    assert run("announce", "--digest", *AS_OF).out == NOTHING
    repo.commit({"sharekit.toml": JOINED.replace("eve@ports", "maria@ports")}, "One mailbox")
    assert run("announce", "--digest", *AS_OF).out == NOTHING
    assert len(box.received) == 2


def test_an_audience_with_a_new_name_gets_no_second_pre_read(
    repo: Repo, run: Run, box: Mailbox
) -> None:
    assert run("announce", "--digest", *AS_OF).code == 0
    assert len(box.received) == 2
    renamed = BEFORE.replace("airports", "heads")
    assert renamed != BEFORE
    repo.commit({"sharekit.toml": renamed}, "Another name")
    assert run("announce", "--digest", *AS_OF).out == NOTHING
    joined = JOINED.replace("airports", "heads")
    repo.commit({"sharekit.toml": joined}, "Eve joins under the new name")
    assert run("announce", "--digest", *AS_OF).code == 0
    assert [message.to for message in box.received[2:]] == [("eve@ports.example",)]
