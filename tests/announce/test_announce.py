"""Announcing: who is told what, when; what stops it; and looking first."""

from __future__ import annotations

from pathlib import Path

import peers
import pytest
import strict_mail
from gitrepos import identity
from peers import ALL, CONFIG, FOLDER, Announcer, key_result, revise
from smtp_servers import Mailbox, mail_server

from sharekit.announce.ledger.git_store import REF
from sharekit.errors import ProblemsError, SharekitError

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
