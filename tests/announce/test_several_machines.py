"""Ledgers in git and in files, and runs on several machines."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import peers
import pytest
import strict_mail
from gitrepos import bare_remote, clone
from hooks import Hook
from peers import ALL, CONFIG, Announcer, Clock, revise
from smtp_servers import Mailbox, mail_server

from sharekit.announce.environment import Options, StateComparison
from sharekit.announce.ledger.changes import take_over
from sharekit.announce.ledger.git_store import REF
from sharekit.announce.ledger.ledger import DeclaredState
from sharekit.announce.run import announce
from sharekit.errors import OutsideError
from sharekit.records import replace


@pytest.mark.slow
def test_a_shallow_clone_on_a_fresh_machine_knows_what_was_told(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        url = bare_remote(announcer.repo, tmp_path / "bare")
        announcer.repo.git("push", "--quiet", "origin", REF)
        for number, target in enumerate((0.82, 0.80)):
            revise(announcer.repo, target)
            announcer.repo.commit({"README.md": f"{number}"})
            announcer.repo.git("push", "--quiet", "origin", "main")
            job = Announcer(
                clone(url, tmp_path / f"job{number}", "--depth=1"),
                announcer.port,
                clock=announcer.clock,
                name=f"job{number}.",
            )
            assert job.announce().exit_code == 0
            assert job.announce().ending == "nothing"
    assert len(box.received) == 6


@pytest.mark.slow
def test_no_right_to_push_is_found_before_sending(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        bare_remote(announcer.repo, tmp_path / "bare")
        announcer.repo.git("push", "--quiet", "origin", REF)
        hook = tmp_path / "bare/hooks/update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
        revise(announcer.repo)
        with pytest.raises(OutsideError, match="cannot be written") as told:
            announcer.announce()
        assert told.value.exit_code == 2
        assert box.received == []
        file = replace(announcer, ledger_file=tmp_path / "ledger.json")
        assert file.announce(base=peers.state_at(announcer.history, "HEAD~1")).exit_code == 0
    assert box.who == ALL


@pytest.mark.slow
def test_a_ledger_in_a_file(tmp_path: Path) -> None:
    with mail_server(box := Mailbox()) as port:
        announcer = Announcer(
            peers.begin(tmp_path / "repo"), port, ledger_file=tmp_path / "state/ledger.json"
        )
        assert announcer.announce().ending == "baseline"
        revise(announcer.repo)
        assert announcer.announce().exit_code == 0
        assert announcer.announce().ending == "nothing"
    assert box.who == ALL
    assert announcer.repo.git("for-each-ref", "refs/sharekit") == ""


@pytest.mark.parametrize("hours", [-30, 0, 30 * 24])
def test_another_machine_waits_for_the_keepers_word_whatever_its_clock_says(
    tmp_path: Path, hours: int
) -> None:
    box = Mailbox({"jonas@ports.example": "451 4.7.1 come again"})
    with peers.peers(tmp_path / "repo", box) as (announcer, _):
        url = bare_remote(announcer.repo, tmp_path / "bare")
        announcer.repo.git("push", "--quiet", "origin", REF)
        revise(announcer.repo)
        announcer.repo.git("push", "--quiet", "origin", "main")
        announcer.on_step = _lose_at("journaled")  # a machine that is gone, with its journal
        with pytest.raises(_LostError):
            announcer.announce()
        assert box.who == ["maria@ports.example"]
        box.replies.clear()
        other = Announcer(
            clone(url, tmp_path / "other"),
            announcer.port,
            clock=Clock(announcer.clock.now + timedelta(hours=hours)),
            name="other",
        )
        report = other.announce()
        assert (report.ending, report.exit_code, len(report.others)) == ("nothing", 3, 1)
        assert box.who == ["maria@ports.example"]
        assert other.announce(take_over=True).exit_code == 0
        assert other.view().claims == ()
    assert sorted(box.who) == sorted([*ALL, "maria@ports.example"]), (
        "the lost journal costs the repeats since the last record"
    )
    assert len({mail.content for mail in box.received}) == 3, "a repeat has the same bytes"


@pytest.mark.slow
def test_the_keeper_can_say_that_the_other_run_is_over(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        url = bare_remote(announcer.repo, tmp_path / "bare")
        announcer.repo.git("push", "--quiet", "origin", REF)
        revise(announcer.repo)
        announcer.repo.git("push", "--quiet", "origin", "main")
        announcer.on_step = _lose_at("claimed")
        with pytest.raises(_LostError):
            announcer.announce()
        other = Announcer(
            clone(url, tmp_path / "other"), announcer.port, clock=announcer.clock, name="other"
        )
        assert other.announce(take_over=True).exit_code == 0
    assert sorted(box.who) == sorted(ALL)


def test_a_second_announce_on_one_machine_is_kept_out(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box), ExitStack() as stack:
        stack.enter_context(announcer.environment().journal.lock())
        with pytest.raises(OutsideError, match="another announce is running"):
            announcer.announce()
        assert announcer.announce(dry_run=True).exit_code == 0
    assert box.received == []


@pytest.mark.slow
def test_a_long_run_keeps_its_claim(tmp_path: Path) -> None:
    people = "".join(
        f'[people.p{n}]\nname = "P {n}"\nemail = "p{n}@ports.example"\n' for n in range(12)
    )
    everyone = CONFIG.replace('members = ["maria", "jonas", "eve"]\n', "") + people
    with peers.peers(tmp_path / "repo") as (announcer, box):
        announcer.repo.write({"sharekit.toml": everyone})
        revise(announcer.repo)
        other = replace(announcer, clock=Clock(), name="other")
        claims: list[str] = []

        def slow(step: str) -> None:
            if step == "answered":
                announcer.clock.now += timedelta(minutes=3)
            if step == "sending":
                claims.append(other.view().claims[0].run)

        announcer.on_step = slow
        assert announcer.announce().exit_code == 0
    assert len(box.received) == 15
    assert claims == ["run1"] * 15


@pytest.mark.slow
def test_a_run_whose_claim_was_taken_stops(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo)
        thief = replace(
            announcer,
            repo=announcer.repo,
            name="thief",
            ledger_file=None,
            on_step=lambda step: None,
        )

        def stall(step: str) -> None:
            if step == "answered" and len(box.received) == 1:
                announcer.clock.now += timedelta(minutes=30)
                view = thief.view()
                changes = take_over(view.claims, run="thief")
                assert thief.ledger.write(view, changes, "Take over")

        announcer.on_step = stall
        report = announcer.announce()
        assert report.exit_code == 3
        assert report.stopped == "another run took these messages over"
    assert box.who == ["maria@ports.example"]
    assert announcer.by_person()["maria"] == "sent"


def test_a_journal_says_what_the_ledger_could_not_be_told(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        bare_remote(announcer.repo, tmp_path / "bare")
        announcer.repo.git("push", "--quiet", "origin", REF)
        revise(announcer.repo)

        def cut(step: str) -> None:
            if step == "claimed":
                (tmp_path / "bare").rename(tmp_path / "away")

        announcer.on_step = cut
        report = announcer.announce()
        assert report.exit_code == 3
        assert "origin" in report.unrecorded
        assert box.who == ALL
        (tmp_path / "away").rename(tmp_path / "bare")
        announcer.on_step = lambda step: None
        report = announcer.announce()
        assert (report.exit_code, len(report.confirmed)) == (0, 3)
        assert set(announcer.statuses().values()) == {"sent"}
    assert box.who == ALL


OPS = """
[[announce.webhooks]]
name = "ops room"
kind = "json"
url = "env:OPS_URL"
secret = "env:OPS_KEY"
"""


def test_webhooks_go_the_same_way_as_mails(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box), (hook := Hook([503])).running() as url:
        announcer.environ |= {"OPS_URL": url, "OPS_KEY": "k3y" * 8}
        announcer.repo.write({"sharekit.toml": CONFIG + OPS})
        revise(announcer.repo)
        assert announcer.announce().exit_code == 0
        (entry,) = announcer.view().entries()
        assert [body for _, _, body in hook.requests] == [(announcer.outbox / name).read_bytes() for name in [
            f"{entry.key}.webhook%3Aops%20room.json"] * 2]  # fmt: skip
        (one,) = {headers["webhook-id"] for _, headers, _ in hook.requests}
        assert re.fullmatch(r"msg_[0-9a-f]{32}", one), "neither dots nor names"
        assert announcer.by_person()["webhook:ops room"] == "sent"
        assert announcer.clock.waited == [5], "asked to come again, it was tried again"
        assert announcer.announce().ending == "nothing"
        assert len(hook.requests) == 2
        ledger = announcer.store.open()
    assert len(box.received) == 3
    assert not any("s3cret" in text or "k3y" in text for text in ledger.load(ledger.paths).values())


@pytest.mark.slow
def test_webhooks_alone_need_no_mail_server(tmp_path: Path) -> None:
    with (hook := Hook()).running() as url:
        announcer = Announcer(
            peers.begin(tmp_path / "repo"), environ={"OPS_URL": url, "OPS_KEY": "k3y" * 8}
        )
        announcer.repo.commit({"sharekit.toml": CONFIG.partition("[mail]")[0] + OPS})
        assert announcer.announce().ending == "baseline"
        revise(announcer.repo)
        report = announcer.announce()
        assert (report.exit_code, report.announcements[0].recipients) == (0, ("webhook:ops room",))
    assert len(hook.requests) == 1


@pytest.mark.slow
def test_what_can_no_longer_be_made_is_named_until_it_is_given_up(tmp_path: Path) -> None:
    box = Mailbox({"jonas@ports.example": "451 4.7.1 come again"})
    with peers.peers(tmp_path / "repo", box) as (announcer, _):
        revise(announcer.repo)
        announcer.announce()
        (entry,) = announcer.view().entries()
        for path in (announcer.history.common_dir / "sharekit/spool").iterdir():
            path.unlink()

        def nothing(before: DeclaredState, after: DeclaredState) -> StateComparison:
            return replace(peers.compare(announcer.history, before, after), revisions=())

        report = announce(announcer.head(), nothing, announcer.environment(), Options())
        assert (report.exit_code, [lost.key for lost in report.lost]) == (3, [entry.key])
        assert (
            announce(
                announcer.head(), nothing, announcer.environment(), Options(drop=(entry.key,))
            ).exit_code
            == 0
        )
        assert announcer.view().claims == ()


def test_a_plain_metric_is_mailed_where_it_asks_for_it(tmp_path: Path) -> None:
    plain = (
        "/* ---\ntitle: Flights\nowner: maria\n{}--- */\nSELECT DATE '2013-11-11' AS week, {} AS"
        " value\n"
    )
    with peers.peers(tmp_path / "repo") as (announcer, box):
        announcer.repo.commit(
            {
                "metrics/loud.sql": plain.format("announce: mail\n", 1),
                "metrics/quiet.sql": plain.format("", 1),
            }
        )
        announcer.announce()
        assert len(box.received) == 3
        announcer.repo.commit(
            {
                "metrics/loud.sql": plain.format("announce: mail\n", 2),
                "metrics/quiet.sql": plain.format("", 2),
            }
        )
        announcer.announce()
    assert len(box.received) == 6
    assert (
        strict_mail.read(box.received[-1].content).text("Subject")
        == "Flights is counted differently"
    )


class _LostError(BaseException):
    """The machine is gone: nothing of the run does anything more."""


def _lose_at(wanted: str):  # type: ignore[no-untyped-def]
    def step(name: str) -> None:
        if name == wanted:
            raise _LostError

    return step
