"""The whole way: who is told what, when, and what happens to the rest."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import peers
import pytest
import strict_mail
from gitrepos import bare_remote, clone, identity
from hooks import Hook
from peers import CONFIG, FOLDER, Announcer, key_result, revise
from smtp_servers import FaultServer, Mailbox, free_port, mail_server

from sharekit.announce.environment import Options, StateComparison
from sharekit.announce.ledger.changes import take_over
from sharekit.announce.ledger.git_store import REF
from sharekit.announce.ledger.ledger import DeclaredState
from sharekit.announce.run import announce
from sharekit.errors import OutsideError, ProblemsError, SharekitError
from sharekit.records import replace

ALL = ["maria@ports.example", "jonas@ports.example", "eve@ports.example"]


# -- once -----------------------------------------------------------------------------------------


def test_the_first_run_records_what_is_declared_and_sends_nothing(tmp_path: Path) -> None:
    with mail_server(box := Mailbox()) as port:
        announcer = Announcer(peers.begin(tmp_path / "repo"), port)
        report = announcer.announce()
        assert (report.ending, report.exit_code) == ("baseline", 0)
        assert announcer.announce().ending == "nothing"
    assert box.received == []
    assert announcer.view().announced.moment.commit == announcer.history.head


def test_each_member_is_told_once(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo)
        report = announcer.announce()
        assert (report.ending, report.exit_code) == ("sent", 0)
        assert box.who == ALL
        assert all(each.sender == "numbers@ports.example" for each in box.received)
        assert set(announcer.statuses().values()) == {"sent"}
        assert announcer.announce().ending == "nothing"
    assert len(box.received) == 3


def test_the_bytes_are_those_of_the_outbox_and_the_date_is_that_of_the_claim(
    tmp_path: Path,
) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo)
        announcer.announce()
    (entry,) = announcer.view().entries()
    kept = {path.name: path.read_bytes() for path in announcer.outbox.glob("*.eml")}
    assert sorted(kept) == [f"{entry.key}.{name}.eml" for name in ("eve", "jonas", "maria")]
    assert sorted(kept.values()) == sorted(each.content for each in box.received)
    for each in box.received:
        message = strict_mail.read(each.content)
        assert message.mailbox("To")[1] == each.to[0]
        assert message.text("Subject") == "JFK leaves on time: target 0.82, was 0.85"
        assert message.headers["message-id"] == entry.message_id
        assert message.headers["date"] == f"{entry.date:%a, %d %b %Y %H:%M:%S} +0000"
        assert "It is 0.82 now." in message.leaves()[0].body.decode()
    page = (announcer.outbox / "index.html").read_text()
    assert "Outbox: 3 messages" in page
    assert (announcer.outbox / f"{entry.key}.html").exists()


@pytest.mark.slow
def test_later_revisions_join_the_thread(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        for target in (
            0.82,
            0.85,
            0.82,
        ):  # back and forth: the third equals the first, and is told all the same
            revise(announcer.repo, target)
            announcer.announce()
        first, second, third = (
            strict_mail.read(each.content).headers for each in box.received[::3]
        )
    assert len({first["message-id"], second["message-id"], third["message-id"]}) == 3
    assert first["references"] == first["in-reply-to"]
    assert third["references"].split() == [
        first["references"],
        first["message-id"],
        second["message-id"],
    ]
    assert first["subject"] == third["subject"] != second["subject"]


@pytest.mark.slow
def test_what_happened_between_is_told_as_one_change(tmp_path: Path) -> None:
    """Cancelled jobs and squashes lose nothing: what counts is what was announced last."""
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo, 0.82)
        revise(announcer.repo, 0.80)
        announcer.announce()
    text = strict_mail.read(box.received[0].content).leaves()[0].body.decode()
    assert len(box.received) == 3
    assert "0.85" in text
    assert "0.8" in text
    assert "0.82" not in text


def test_a_change_that_was_taken_back_before_it_was_told_is_not_told(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo, 0.82)
        announcer.repo.commit({f"{FOLDER}/jfk.sql": key_result(0.85)})
        assert announcer.announce().ending == "nothing"
    assert box.received == []


def test_words_and_form_are_not_mailed(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        text = key_result(title="JFK departs on time").replace(
            "SELECT DATE", "-- a comment\nselect date"
        )
        announcer.repo.commit(
            {f"{FOLDER}/jfk.sql": text, "dashboards/a.md": "---\ntitle: A\n---\nWords\n"}
        )
        assert announcer.announce().ending == "nothing"
    assert box.received == []


# -- to whom --------------------------------------------------------------------------------------


def test_nobody_outside_the_audience_is_told(tmp_path: Path) -> None:
    narrow = CONFIG.replace('members = ["maria", "jonas", "eve"]', 'members = ["jonas"]')
    with peers.peers(tmp_path / "repo") as (announcer, box):
        announcer.repo.write({"sharekit.toml": narrow})
        revise(announcer.repo)
        announcer.announce()
    assert box.who == ["jonas@ports.example"]


def test_who_has_no_address_is_named(tmp_path: Path) -> None:
    without = CONFIG.replace('email = "eve@ports.example"\n', "").replace(
        "jonas@ports.example", "jo;nas@ports.example"
    )
    with peers.peers(tmp_path / "repo") as (announcer, box):
        announcer.repo.write({"sharekit.toml": without})
        revise(announcer.repo)
        report = announcer.announce()
    assert box.who == ["maria@ports.example"]
    assert report.announcements[0].unreachable == ("jonas", "eve")
    assert report.exit_code == 0


@pytest.mark.slow
def test_two_are_two_mails(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo", other=key_result(title="Other")) as (announcer, box):
        announcer.repo.write({f"{FOLDER}/other.sql": key_result(0.8, title="Other", note="No.")})
        revise(announcer.repo)
        assert len(announcer.announce().announcements) == 2
    assert len(box.received) == 6


# -- stops before anything is sent ----------------------------------------------------------------


def test_a_revision_that_nobody_explained_stops_all(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        announcer.repo.commit({f"{FOLDER}/jfk.sql": key_result(0.82)})
        with pytest.raises(ProblemsError) as told:
            announcer.announce()
        (problem,) = told.value.problems
        assert problem.message == "JFK leaves on time was revised without a reason"
        assert "sharekit note jfk" in (problem.hint or "")
        assert problem.place.path == f"{FOLDER}/jfk.sql"
        assert announcer.view().entries() == ()
        revise(announcer.repo, 0.82)
        announcer.announce()
    assert len(box.received) == 3


def test_the_explicit_way_out_is_heeded(tmp_path: Path) -> None:
    silent = key_result(0.82).replace(
        "--- */",
        "revisions:\n  - {date: 2013-11-22, announce: none, because: A typing error}\n--- */",
    )
    with peers.peers(tmp_path / "repo") as (announcer, box):
        announcer.repo.commit({f"{FOLDER}/jfk.sql": silent})
        assert announcer.announce().ending == "nothing"
    assert box.received == []


def test_too_many_messages_are_none(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo)
        with pytest.raises(SharekitError, match="3 messages would go out, more than the 2") as told:
            announcer.announce(max_messages=2)
        assert "--max-messages 3" in (told.value.hint or "")
        assert (box.received, announcer.view().entries()) == ([], ())
        assert announcer.announce(max_messages=3).exit_code == 0
    assert len(box.received) == 3


@pytest.mark.slow
def test_head_on_another_line_stops_until_it_is_meant(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo)
        announcer.announce()
        announcer.repo.git("reset", "--quiet", "--hard", "HEAD~1")
        revise(announcer.repo, 0.80)
        with pytest.raises(SharekitError, match="does not follow") as told:
            announcer.announce()
        assert "--accept-rewrite" in (told.value.hint or "")
        preview = announcer.announce(
            dry_run=True
        )  # a pull request may well be behind: no reason to fail its job
        assert (preview.exit_code, preview.announcements) == (0, ())
        assert "Merge the main branch" in preview.notes[1]
        assert len(box.received) == 3
        assert announcer.announce(accept_rewrite=True).exit_code == 0
        text = strict_mail.read(box.received[-1].content).leaves()[0].body.decode()
        assert "0.82" in text, "compared with what was announced last"
        assert announcer.announce().ending == "nothing"


def test_an_old_job_run_again_says_nothing(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo)
        announcer.announce()
        announcer.repo.git("checkout", "--quiet", "--detach", "HEAD~1")
        report = announcer.announce()
        assert (report.ending, report.exit_code) == ("older", 0)
    assert len(box.received) == 3


@pytest.mark.slow
def test_what_was_revised_and_taken_back_is_not_told_by_a_job_that_comes_late(
    tmp_path: Path,
) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo)
        announcer.repo.git(
            "revert", "--no-edit", "HEAD", **identity("Maria Okafor", "2013-11-22T10:00:00+00:00")
        )
        assert announcer.announce().ending == "nothing"
        announcer.repo.git("checkout", "--quiet", "--detach", "HEAD~1")
        assert announcer.announce().ending == "older"
    assert box.received == []


def test_a_commit_that_declares_nothing_leaves_the_ledger(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, _):
        before = announcer.repo.git("rev-parse", REF)
        announcer.repo.commit({"README.md": "Words."})
        assert announcer.announce().ending == "nothing"
        assert announcer.repo.git("rev-parse", REF) == before


def test_a_mail_server_without_a_name_stops_before_the_claim(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, _):
        announcer.repo.write({"sharekit.toml": CONFIG.replace('host = "127.0.0.1"\n', "")})
        revise(announcer.repo)
        with pytest.raises(SharekitError, match="no mail server is named"):
            announcer.announce()
        assert announcer.view().entries() == ()


def test_without_a_sender_address_nothing_begins(tmp_path: Path) -> None:
    announcer = Announcer(peers.begin(tmp_path / "repo"))
    announcer.repo.commit({"sharekit.toml": CONFIG.partition("[mail]")[0]})
    with pytest.raises(SharekitError, match="no sender address: set `from`"):
        announcer.announce()


# -- looking first --------------------------------------------------------------------------------


def test_a_dry_run_renders_and_leaves_the_ledger(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        commit = revise(announcer.repo)
        before = announcer.repo.git("rev-parse", REF)
        first = announcer.announce(dry_run=True)
        kept = {
            path.name: path.read_bytes() for path in announcer.outbox.iterdir() if path.is_file()
        }
        announcer.announce(dry_run=True)
        assert {
            path.name: path.read_bytes() for path in announcer.outbox.iterdir() if path.is_file()
        } == kept
        assert (first.ending, first.exit_code, len(first.results)) == ("dry-run", 0, 3)
        assert announcer.repo.git("rev-parse", REF) == before
        date = strict_mail.read(
            next(content for name, content in kept.items() if name.endswith(".eml"))
        ).headers["date"]
        assert date == "Mon, 04 Nov 2013 10:00:00 +0100", "the commit's own time"
        assert commit
    assert box.received == []


def test_a_dry_run_needs_no_secret_and_no_server(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, _):
        announcer.repo.write({"sharekit.toml": CONFIG + 'user = "robot"\n'})
        revise(announcer.repo)
        assert announcer.announce(dry_run=True).exit_code == 0
        with pytest.raises(SharekitError, match="password for robot is not set"):
            announcer.announce()


def test_a_dry_run_before_the_ledger_begins(tmp_path: Path) -> None:
    announcer = Announcer(peers.begin(tmp_path / "repo"))
    report = announcer.announce(dry_run=True)
    assert report.announcements == ()
    assert "records what is declared" in report.notes[0]
    assert announcer.view().empty


def test_a_trial_goes_to_one_address_and_counts_for_nothing(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo)
        report = announcer.announce(to="me@ports.example")
        assert (report.ending, report.exit_code) == ("trial", 0)
        assert box.who == ["me@ports.example"]
        trial = strict_mail.read(box.received[0].content).headers
        assert trial["to"] == "me@ports.example"
        announcer.announce()
    assert box.who == ["me@ports.example", *ALL]
    real = strict_mail.read(box.received[1].content).headers
    assert real["message-id"] != trial["message-id"], "or the real one would look like a repeat"


@pytest.mark.slow
def test_base_names_what_counts_as_announced_while_the_ledger_is_empty(tmp_path: Path) -> None:
    with mail_server(box := Mailbox()) as port:
        announcer = Announcer(peers.begin(tmp_path / "repo"), port)
        base = peers.state_at(announcer.history)
        revise(announcer.repo)
        first = announcer.announce(base=base)
        assert (first.ending, first.base_unused) == ("sent", False)
        assert box.who == ALL
        revise(announcer.repo, 0.80)
        assert announcer.announce(base=base).base_unused
        text = strict_mail.read(box.received[-1].content).leaves()[0].body.decode()
    assert "0.82" in text, "the ledger is no longer empty"
    assert len(announcer.view().thread("jfk")) == 2


def test_base_with_nothing_new_begins_the_ledger(tmp_path: Path) -> None:
    announcer = Announcer(peers.begin(tmp_path / "repo"))
    assert announcer.announce(base=peers.state_at(announcer.history)).ending == "baseline"
    assert not announcer.view().empty


# -- what goes wrong while sending ----------------------------------------------------------------


def test_a_refused_address_is_recorded_and_the_others_get_theirs(tmp_path: Path) -> None:
    box = Mailbox({"jonas@ports.example": "550 5.1.1 unknown"})
    with peers.peers(tmp_path / "repo", box) as (announcer, _):
        revise(announcer.repo)
        report = announcer.announce()
        assert report.exit_code == 2
        assert announcer.by_person() == {"maria": "sent", "jonas": "refused", "eve": "sent"}
        (refused,) = report.with_status("refused")
        assert "unknown" in refused.why
        assert announcer.announce().exit_code == 0
    assert box.who == ["maria@ports.example", "eve@ports.example"]
    assert announcer.clock.waited == []


def test_not_now_is_tried_again_and_then_left_for_the_next_run(tmp_path: Path) -> None:
    box = Mailbox({"jonas@ports.example": "451 4.7.1 come again"})
    with peers.peers(tmp_path / "repo", box) as (announcer, _):
        revise(announcer.repo)
        report = announcer.announce()
        assert report.exit_code == 3
        assert announcer.clock.waited == [5, 30, 120]
        assert announcer.by_person() == {"maria": "sent", "jonas": "pending", "eve": "sent"}
        box.replies.clear()
        report = announcer.announce(pending=True)
        assert (report.ending, report.exit_code) == ("sent", 0)
        assert announcer.by_person()["jonas"] == "sent"
        assert announcer.view().claims == ()
    assert box.who == ["maria@ports.example", "eve@ports.example", "jonas@ports.example"]
    first, *_, last = (strict_mail.read(each.content).headers for each in box.received)
    assert first["date"] == last["date"]
    assert first["message-id"] == last["message-id"]


@pytest.mark.slow
def test_a_server_out_of_reach_leaves_all_pending(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo)
        good, announcer.port = announcer.port, free_port()
        report = announcer.announce()
        assert report.exit_code == 3
        assert len(report.with_status("pending")) == 3
        assert "cannot be reached" in report.results[0].why
        assert announcer.clock.waited == [5, 30, 120]
        announcer.port = good
        assert announcer.announce().exit_code == 0
    assert sorted(box.who) == sorted(ALL)


@pytest.mark.slow
def test_a_setting_that_must_be_mended_is_not_tried_again(tmp_path: Path) -> None:
    server = FaultServer()
    with peers.peers(tmp_path / "repo") as (announcer, _), server.running() as port:
        revise(announcer.repo)
        announcer.port, announcer.environ["SHAREKIT_SMTP_SECURITY"] = port, "starttls"
        report = announcer.announce()
    assert (report.exit_code, announcer.clock.waited) == (2, [])
    assert "offers no STARTTLS" in report.results[0].why
    assert server.connections == 1


def test_a_lost_answer_is_one_repeat_of_the_same_bytes(tmp_path: Path) -> None:
    server = FaultServer({"end": ["250 OK", "hang up"]})
    with peers.peers(tmp_path / "repo") as (announcer, _), server.running() as port:
        revise(announcer.repo)
        announcer.port = port
        assert announcer.announce().exit_code == 0
    assert len(server.messages) == 4
    assert len(set(server.messages)) == 3


@pytest.mark.slow
def test_a_server_that_never_answers_gets_one_repeat_a_run(tmp_path: Path) -> None:
    server = FaultServer({"end": ["250 OK", "250 OK", *["hang up"] * 10]})
    with peers.peers(tmp_path / "repo") as (announcer, _), server.running() as port:
        revise(announcer.repo)
        announcer.port = port
        assert announcer.announce().exit_code == 3
        assert len(server.messages) == 4
        assert announcer.by_person()["eve"] == "pending"


@pytest.mark.slow
def test_a_repeat_has_the_same_bytes_whatever_was_committed_since(tmp_path: Path) -> None:
    server = FaultServer({"end": ["250 OK", "250 OK", "hang up", "hang up"]})
    with peers.peers(tmp_path / "repo") as (announcer, _), server.running() as port:
        revise(announcer.repo)
        announcer.port = port
        assert announcer.announce().exit_code == 3
        announcer.repo.commit(
            {"sharekit.toml": CONFIG.replace("New York Airports", "Airports of New York")}
        )
        assert announcer.announce().exit_code == 0
    assert len(server.messages) == 5
    assert len(set(server.messages[2:])) == 1


@pytest.mark.slow
def test_what_is_new_and_what_is_left_go_together(tmp_path: Path) -> None:
    box = Mailbox({"jonas@ports.example": "451 4.7.1 come again"})
    with peers.peers(tmp_path / "repo", box) as (announcer, _):
        revise(announcer.repo)
        announcer.announce()
        box.replies.clear()
        revise(announcer.repo, 0.80)
        report = announcer.announce()
        assert (len(report.announcements), len(report.resumed), len(report.results)) == (1, 1, 4)
    assert sorted(box.who) == sorted([*ALL, *ALL])
    assert set(announcer.statuses().values()) == {"sent"}


@pytest.mark.slow
def test_who_left_meanwhile_is_not_written_to(tmp_path: Path) -> None:
    box = Mailbox(dict.fromkeys(ALL, "451 4.7.1 come again"))
    with peers.peers(tmp_path / "repo", box) as (announcer, _):
        revise(announcer.repo)
        announcer.announce()
        box.replies.clear()
        config = CONFIG.replace('"jonas", "eve"]', '"eve"]').replace(
            "eve@ports.example", "eve@new.example"
        )
        announcer.repo.commit({"sharekit.toml": config})
        assert announcer.announce().exit_code == 0
        assert announcer.by_person() == {"maria": "sent", "jonas": "left", "eve": "sent"}
    assert box.who == ["eve@new.example", "maria@ports.example"]
    assert strict_mail.read(box.received[0].content).headers["to"] == "Eve Sato <eve@new.example>"


def test_what_is_given_up_is_not_tried_again(tmp_path: Path) -> None:
    box = Mailbox({"jonas@ports.example": "451 4.7.1 come again"})
    with peers.peers(tmp_path / "repo", box) as (announcer, _):
        revise(announcer.repo)
        announcer.announce()
        (entry,) = announcer.view().entries()
        with pytest.raises(SharekitError, match="has no announcement nothing"):
            announcer.announce(drop=("nothing",))
        assert announcer.announce(drop=(entry.key,)).exit_code == 0
        assert announcer.by_person()["jonas"] == "dropped"
        box.replies.clear()
        assert announcer.announce().ending == "nothing"
    assert "jonas@ports.example" not in box.who


# -- ledgers and machines -------------------------------------------------------------------------


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


def test_another_machine_waits_for_the_lease_and_then_goes_on(tmp_path: Path) -> None:
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
            clone(url, tmp_path / "other"), announcer.port, clock=announcer.clock, name="other"
        )
        report = other.announce()
        assert (report.ending, report.exit_code, len(report.others)) == ("nothing", 3, 1)
        assert box.who == ["maria@ports.example"]
        announcer.clock.now += timedelta(minutes=20)
        assert other.announce().exit_code == 0
        assert other.view().claims == ()
    assert sorted(box.who) == sorted([*ALL, "maria@ports.example"]), (
        "the lost journal costs the repeats since the last record"
    )
    assert len({each.content for each in box.received}) == 3, "each of the same bytes"


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
def test_a_long_run_keeps_its_lease(tmp_path: Path) -> None:
    people = "".join(
        f'[people.p{n}]\nname = "P {n}"\nemail = "p{n}@ports.example"\n' for n in range(12)
    )
    everyone = CONFIG.replace('members = ["maria", "jonas", "eve"]\n', "") + people
    with peers.peers(tmp_path / "repo") as (announcer, box):
        announcer.repo.write({"sharekit.toml": everyone})
        revise(announcer.repo)
        leases: list[object] = []

        def slow(step: str) -> None:
            if step == "answered":
                announcer.clock.now += timedelta(minutes=3)
            if step == "sending":
                leases.append(announcer.view().claims[0].lease_until - announcer.clock.now)

        announcer.on_step = slow
        assert announcer.announce().exit_code == 0
    assert len(box.received) == 15
    assert min(leases) > timedelta(minutes=6)  # type: ignore[type-var]


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
                changes = take_over(
                    view.claims,
                    run="thief",
                    lease_until=announcer.clock.now + timedelta(minutes=15),
                )
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
        assert (report.exit_code, [each.key for each in report.lost]) == (3, [entry.key])
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


class _LostError(Exception):
    """The machine is gone."""


def _lose_at(wanted: str):  # type: ignore[no-untyped-def]
    def step(name: str) -> None:
        if name == wanted:
            raise _LostError

    return step
