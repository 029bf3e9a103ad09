"""`sharekit digest`, and the pre-read as one mail before each meeting, whatever the re-runs."""

from __future__ import annotations

import email.policy
import sys
from collections.abc import Callable, Iterator
from datetime import date
from email import message_from_bytes
from pathlib import Path

import pytest
from commandline import Said, sharekit

sys.path.insert(0, str(Path(__file__).parent.parent / "announce"))

import peers
from gitrepos import Repo
from smtp_servers import Mailbox, environment_mailbox

pytestmark = pytest.mark.slow

AS_OF = ("--as-of", "2013-11-22")
MEETING = 'meeting = { day = "monday", time = "09:00" }\n'
WITH_MEETING = peers.CONFIG.replace(
    'title = "Airport heads"\n', f'title = "Airport heads"\n{MEETING}'
)

Run = Callable[..., Said]


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that the environment names, and git without the developer's settings."""
    with environment_mailbox(monkeypatch) as mailbox:
        yield mailbox


@pytest.fixture
def repo(tmp_path: Path, box: Mailbox) -> Repo:
    made = peers.begin(tmp_path / "repo")
    made.commit({"sharekit.toml": WITH_MEETING}, "Meet on Mondays")
    return made


@pytest.fixture
def run(repo: Repo) -> Run:
    return lambda *args: sharekit(*args, cwd=repo.path)


def test_markdown_goes_to_standard_output(run: Run) -> None:
    said = run("digest", *AS_OF)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("# Pre-read for Monday 25 November 2013\n")
    assert "[JFK leaves on time](https://numbers.example.com/ny/okrs/jfk.html)" in said.out


def test_html_is_the_mail(run: Run) -> None:
    said = run("digest", *AS_OF, "--format", "html")
    assert said.out.startswith("<!doctype html>")
    assert "Pre-read, 1 minute" in said.out


def test_out_holds_a_mail_for_each_member_with_the_same_bytes_each_time(
    run: Run, repo: Repo
) -> None:
    said = run("digest", *AS_OF, "--out", "outbox")
    assert said.out == "  3 mails in outbox. Look at them: outbox/index.html\n"
    mails = {path.name: path.read_bytes() for path in (repo.path / "outbox").glob("*.eml")}
    assert set(mails) == {
        f"digest.airports.2013-11-25.{who}.eml" for who in ("maria", "jonas", "eve")
    }
    mail = message_from_bytes(
        mails["digest.airports.2013-11-25.maria.eml"], policy=email.policy.default
    )
    assert (mail["To"], mail["Subject"]) == (
        "Maria Okafor <maria@ports.example>",
        "Pre-read for Monday 25 November 2013",
    )
    assert mail["Reply-To"] is None
    run("digest", *AS_OF, "--out", "outbox")
    assert mails == {path.name: path.read_bytes() for path in (repo.path / "outbox").glob("*.eml")}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--audience", "airprots"], "there is no audience airprots"),
        (["--audience", "airprots"], "Did you mean `airports`?"),
        (["--since", "yesterday"], "there is no commit 'yesterday'"),
        (["--since", "2013-12-01"], "after 2013-11-22, the date of the numbers"),
        (["--format", "eml"], "sharekit digest --out outbox"),
        (["--format", "html", "--out", "outbox"], "Leave --format html out, or --out."),
    ],
)
def test_what_cannot_be_done_says_what_can(run: Run, args: list[str], words: str) -> None:
    said = run("digest", *AS_OF, *args)
    assert said.code == 2
    assert words in said.err


def test_since_takes_a_commit(run: Run, repo: Repo) -> None:
    day = date.fromisoformat(repo.git("log", "-1", "--format=%as", "HEAD"))
    said = run("digest", *AS_OF, "--since", "HEAD")
    assert said.code == 0, said.err
    assert f"## Revised since {day.day} {day:%b}, and why" in said.out


def test_without_a_sender_no_mail_is_made(run: Run, repo: Repo) -> None:
    repo.commit({"sharekit.toml": WITH_MEETING.replace('from = "numbers@ports.example"\n', "")})
    said = run("digest", *AS_OF, "--out", "outbox")
    assert said.code == 2
    assert "no sender address: set `from` under [mail]" in said.err


def test_announce_sends_it_once_for_each_meeting(run: Run, box: Mailbox) -> None:
    assert run("announce", "--digest", *AS_OF).code == 0, "begins the ledger"
    assert box.received == []
    said = run("announce", "--digest", *AS_OF)
    assert said.code == 0, said.err
    assert "Key      digest.airports.2013-11-25" in said.out
    assert len(box.received) == 3
    for day in ("2013-11-22", "2013-11-23", "2013-11-25"):
        assert (
            run("announce", "--digest", "--as-of", day).out
            == "  There is nothing new to announce.\n"
        )
    assert len(box.received) == 3, "whatever the re-runs"
    run("announce", "--digest", "--as-of", "2013-11-26")
    assert len(box.received) == 6, "the next meeting has its own"


def test_a_dry_run_sends_none_and_announce_alone_neither(run: Run, box: Mailbox) -> None:
    run("announce", *AS_OF)
    said = run("announce", "--digest", "--dry-run", *AS_OF)
    assert "1 announcement is waiting." in said.out
    assert run("announce", *AS_OF).out == "  There is nothing new to announce.\n"
    assert box.received == []


def test_it_goes_out_with_what_was_revised(run: Run, repo: Repo, box: Mailbox) -> None:
    run("announce", *AS_OF)
    peers.revise(repo)
    said = run("announce", "--digest", *AS_OF)
    assert said.code == 0, said.err
    assert len(box.received) == 6
    assert "Revised key result: JFK leaves on time" in said.out
