"""What goes wrong while messages are sent, and what becomes of the rest."""

from __future__ import annotations

from pathlib import Path

import peers
import pytest
import strict_mail
from peers import ALL, CONFIG, revise
from smtp_servers import FaultServer, Mailbox, free_port

from sharekit.errors import SharekitError


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
    first, *_, last = (strict_mail.read(mail.content).headers for mail in box.received)
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
