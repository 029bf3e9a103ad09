"""A key result that was retired and is declared again: not new to those who knew it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import peers
import pytest
import strict_mail
from commandline import Said, sharekit
from gitrepos import Repo
from peers import CONFIG, FOLDER, OBJECTIVE, key_result
from smtp_servers import Mailbox, environment_mailbox

RETIRED = OBJECTIVE.replace(
    "period:", "retired:\n  - {id: jfk, date: 2013-11-22, why: It never moved.}\nperiod:"
)
HEADS = '\n[audiences.heads]\ntitle = "Heads"\nmembers = ["maria"]\n'


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with environment_mailbox(monkeypatch) as mailbox:
        yield mailbox


def announce(repo: Repo, *args: str) -> Said:
    said = sharekit("announce", "--as-of", "2013-11-22", *args, cwd=repo.path)
    assert said.code == 0, said.out + said.err
    return said


def retire(repo: Repo) -> None:
    repo.commit({f"{FOLDER}/jfk.sql": None, f"{FOLDER}/objective.md": RETIRED}, "Retire")
    announce(repo)


def subjects(box: Mailbox) -> dict[str, str]:
    """Whom the last mails went to, and what they are called."""
    return {mail.to[0]: strict_mail.read(mail.content).text("Subject") for mail in box.received}


@pytest.mark.slow
def test_what_is_brought_back_is_not_called_new(tmp_path: Path, box: Mailbox) -> None:
    repo = peers.begin(tmp_path / "repo", lga=key_result(title="LGA lands on time"))
    announce(repo)
    retire(repo)
    box.received.clear()
    repo.commit({f"{FOLDER}/jfk.sql": key_result(), f"{FOLDER}/objective.md": OBJECTIVE}, "Back")
    said = announce(repo)
    assert "Key result brought back: Brought back: JFK leaves on time" in said.out
    assert set(subjects(box).values()) == {
        "Brought back: JFK leaves on time, from 0.7 to 0.85 by 31 Dec 2013"
    }
    assert b"New key result" not in box.received[0].content
    sharekit("build", "--as-of", "2013-11-22", cwd=repo.path)
    page = (repo.path / "site/okrs/jfk.html").read_text(encoding="utf-8")
    assert "Brought back, with target 0.85" in page


@pytest.mark.slow
def test_what_is_retired_asks_for_no_help_any_more(tmp_path: Path, box: Mailbox) -> None:
    asking = key_result().replace("grain: week\n", "grain: week\nhelp_wanted: A tow team.\n")
    repo = peers.begin(tmp_path / "repo", jfk=asking, lga=key_result(title="LGA lands on time"))
    announce(repo)
    retire(repo)
    assert len(box.received) == 3
    assert b"It never moved." in box.received[0].content
    assert b"tow team" not in box.received[0].content


@pytest.mark.slow
def test_it_is_new_to_an_audience_that_did_not_know_it(tmp_path: Path, box: Mailbox) -> None:
    repo = peers.begin(tmp_path / "repo")
    config = CONFIG.replace("[people.maria]", 'audience = "airports"\n\n[people.maria]', 1)
    number = (
        "/* ---\ntitle: Night flights\nowner: maria\nannounce: mail\ngrain: week\naudience: {}\n--- */\n"
        "SELECT DATE '2013-11-11' AS week, 3 AS value\n"
    )
    repo.commit({"sharekit.toml": config + HEADS, "metrics/night.sql": number.format("heads")})
    announce(repo)
    repo.commit({"metrics/night.sql": None}, "Retire")
    announce(repo)
    assert box.received == []
    repo.commit({"metrics/night.sql": number.format("airports")}, "Open")
    announce(repo)
    assert {subject.partition(":")[0] for subject in subjects(box).values()} == {"New"}
