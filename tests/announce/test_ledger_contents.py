"""What the ledger holds: facts, and no file, address or person that is to be forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import peers
import pytest
from gitrepos import Repo, clone
from peers import FOLDER, Announcer, Mailbox, key_result, mail_server, revise

from sharekit.announce.ledger.forget import forget
from sharekit.announce.ledger.git_store import REF
from sharekit.announce.ledger.store import FileStore
from sharekit.project.manifest import AudienceThen

OLDER = Path(__file__).parent / "ledger-format-1.bundle"
"""A project and its ledger as sharekit wrote it before the ledger held facts alone: one revision
was announced to Maria and Jonas, is pending for Eve, and another is not announced yet."""


def whole(announcer: Announcer) -> str:
    """All that the ledger says."""
    tree = announcer.view().tree
    return "\n".join(tree.load(tree.paths).values())


def older(path: Path) -> Repo:
    found = clone(str(OLDER), path, "--branch=main")
    found.git("fetch", "--quiet", str(OLDER), f"{REF}:{REF}")
    found.git("remote", "remove", "origin")
    return found


def test_an_older_ledger_is_read_moved_on_and_nobody_is_told_twice(tmp_path: Path) -> None:
    repo, box = older(tmp_path / "older"), Mailbox()
    assert "SELECT" in repo.git("show", f"{REF}:states/2/files/{FOLDER}/jfk.sql")
    with mail_server(box) as port:
        announcer = Announcer(repo, port)
        announcer.clock.now = announcer.clock.now.replace(hour=18)
        assert announcer.announce().exit_code == 0
        got = sorted(address.partition("@")[0] for address in box.who)
        assert got == ["eve", "eve", "jonas", "maria"], "Eve gets what was pending, and all the new"
        assert announcer.announce().ending == "nothing"
    assert "SELECT" not in whole(announcer)
    assert json.loads(repo.git("show", f"{REF}:ledger.json"))["format"] == 2
    said = repo.git("log", "--format=%H", REF).split()
    texts = [repo.git("ls-tree", "-r", "--name-only", commit) for commit in said]
    assert not any("/files/" in listing for listing in texts), (
        "nor do its earlier versions hold texts"
    )


def test_the_ledger_holds_no_text_of_any_file(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, _):
        revise(announcer.repo)
        announcer.announce()
        said = whole(announcer)
        assert "SELECT" not in said
        assert "It is 0.82 now." not in said, "nor the owner's note"
        assert "travellers" not in said
        assert "@ports.example" not in said.replace("numbers.example.com", "")


@pytest.mark.slow
def test_a_thread_survives_another_name_address_and_sender(tmp_path: Path) -> None:
    def roots(box: Mailbox) -> set[bytes]:
        heads = [mail.content.partition(b"\r\n\r\n")[0] for mail in box.received]
        return {head.partition(b"References:")[2].split()[0] for head in heads}

    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo)
        announcer.announce()
        config = peers.CONFIG.replace("New York Airports", "NY").replace(
            "numbers.example.com/ny", "share.example.org"
        )
        announcer.repo.commit({"sharekit.toml": config}, "Rename")
        revise(announcer.repo, 0.8)
        assert announcer.announce().exit_code == 0
        assert (len(box.received), len(roots(box))) == (6, 1)


def test_a_text_that_git_lost_counts_as_it_stands_once_that_is_accepted(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        repo = announcer.repo
        repo.git("checkout", "--quiet", "--orphan", "again")
        repo.commit({f"{FOLDER}/jfk.sql": key_result(0.9, note="Anew.")}, "Again")
        repo.git("branch", "-M", "main")
        repo.git("reflog", "expire", "--expire=now", "--all")
        repo.git("gc", "--quiet", "--prune=now")
        from sharekit.history import recall

        told = announcer.view().announced
        found = recall(announcer.history, told.moment.commit, told.digests, None)
        assert found.missing == (f"{FOLDER}/jfk.sql",)
        assert f"{FOLDER}/objective.md" in found.declared.files, "what is the same is still there"
        assert box.received == []


# -- forgetting a person --------------------------------------------------------------------------


def leave(announcer: Announcer) -> None:
    config = peers.CONFIG.replace(', "eve"]', "]")
    start, end = config.index("[people.eve]"), config.index("[audiences.airports]")
    announcer.repo.commit({"sharekit.toml": config[:start] + config[end:]}, "Eve has left")


def test_a_person_is_forgotten_and_nobody_is_told_again(tmp_path: Path) -> None:
    with peers.peers(tmp_path / "repo") as (announcer, box):
        revise(announcer.repo, title="Eve Sato's flights")
        announcer.announce()
        leave(announcer)
        announcer.announce()
        before = len(box.received)
        view = announcer.view()
        found = forget(view, "eve", {"eve", "Eve Sato"})
        assert (found.marks, found.mentions) == (1, 1)
        assert announcer.ledger.write(view, found.changes, "Forget", afresh=True)
        assert "eve" not in whole(announcer).lower().replace("never", "")
        assert len(announcer.repo.git("log", "--format=%H", REF).split()) == 1
        (entry,) = announcer.view().entries()
        told = [delivery.status for delivery in announcer.view().deliveries([entry.key])]
        assert told == ["sent"] * 3, "how many were told stays"
        assert announcer.announce().ending == "nothing"
        revise(announcer.repo, 0.8)
        assert announcer.announce().exit_code == 0
        assert len(box.received) == before + 2


def test_a_file_forgets_too(tmp_path: Path) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        path = tmp_path / "ledger.json"
        announcer = Announcer(peers.begin(tmp_path / "repo"), port, path)
        announcer.announce()
        revise(announcer.repo)
        announcer.announce()
        view = announcer.view()
        assert announcer.ledger.write(
            view, forget(view, "eve", {"eve"}).changes, "Forget", afresh=True
        )
        assert '"eve' not in json.dumps(
            {**FileStore(path).open().load(FileStore(path).open().paths)}
        ).replace("\\", "")
        assert announcer.announce().ending == "nothing"


def test_the_effect_that_was_told_stands_in_the_ledger_without_words(tmp_path: Path) -> None:
    from sharekit.revisions.announced_effects import (
        as_announced,
        effects_from_json,
        effects_to_json,
    )
    from sharekit.revisions.revision import EffectStep, Impact, Moment, Revision

    impact = Impact(None, 1.0, 2.0, None, 1.0, steps=(EffectStep("filter added: x = 'JFK'", 1.0),))
    revision = Revision(
        "r", "jfk", "key_result", "JFK", None, (AudienceThen("team"),), ("redefined",), Moment("a", peers.START, ""),
        impact=impact,
    )  # fmt: skip
    said = json.loads(json.dumps(effects_to_json([revision])))
    assert "JFK" not in json.dumps(said)
    (known,) = effects_from_json(said).values()
    assert as_announced(impact, known) == impact, "history has the words"
    later = Impact(None, 1.5, 3.0, None, 1.5, steps=(EffectStep("filter added: x = 'JFK'", 1.5),))
    assert (as_announced(later, known).new, as_announced(later, known).steps) == (2.0, ())
