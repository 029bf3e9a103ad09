"""Who gets a message is asked again before it is sent: person, membership, audience of the thing,
address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commandline import Said
from gitrepos import bare_remote
from peers import CONFIG, FOLDER, OBJECTIVE, begin, key_result, peers, revise
from smtp_servers import Mailbox
from test_announce_commands import AS_OF, Run, box, run

__all__ = ["box", "run"]

LATER = {"eve@ports.example": "451 4.7.1 come again"}
BOARD = '\n[audiences.board]\nmembers = ["maria"]\n'


def members(*keys: str) -> str:
    named = ", ".join(f'"{key}"' for key in keys)
    return CONFIG.replace('members = ["maria", "jonas", "eve"]', f"members = [{named}]")


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"sharekit.toml": members("maria", "jonas")},
        {"sharekit.toml": CONFIG + BOARD,
         f"{FOLDER}/objective.md": OBJECTIVE.replace("title:", "audience: board\ntitle:")},
        {"sharekit.toml": re.sub(r"\[people\.eve\].*?\n\n", "", CONFIG, flags=re.S).replace(', "eve"', "")},
    ],
    ids=["left the audience", "became another audience's", "left the company"],
)  # fmt: skip
def test_a_delayed_mail_is_not_sent_to_who_may_no_longer_see_it(
    tmp_path: Path, change: dict[str, str]
) -> None:
    with peers(tmp_path / "repo", Mailbox(dict(LATER))) as (announcer, box):
        revise(announcer.repo)
        assert announcer.announce().exit_code == 3
        box.replies.clear()
        announcer.repo.commit(change, "Change who sees it")
        announcer.announce()
        assert "eve@ports.example" not in box.who
        assert announcer.by_person()["eve"] == "left"


@pytest.mark.slow
def test_a_delayed_mail_goes_to_the_new_address_and_the_new_name_of_its_audience(
    tmp_path: Path,
) -> None:
    with peers(tmp_path / "repo", Mailbox(dict(LATER))) as (announcer, box):
        revise(announcer.repo)
        announcer.announce()
        config = CONFIG.replace("eve@ports", "evelyn@ports").replace(
            "audiences.airports", "audiences.harbours"
        )
        announcer.repo.commit({"sharekit.toml": config}, "Other names")
        assert announcer.announce().exit_code == 0
        assert box.who == ["maria@ports.example", "jonas@ports.example", "evelyn@ports.example"]
        assert announcer.announce().ending == "nothing"


def test_a_corrected_address_gets_what_it_missed_once(tmp_path: Path) -> None:
    with peers(tmp_path / "repo", Mailbox({"eve@ports.example": "550 5.1.1 unknown"})) as (
        announcer,
        box,
    ):
        revise(announcer.repo)
        assert announcer.announce().exit_code == 2
        assert announcer.announce().ending == "nothing", "a refused address is not tried again"
        announcer.repo.commit(
            {"sharekit.toml": CONFIG.replace("eve@ports", "eva@ports")}, "Correct the address"
        )
        report = announcer.announce()
        assert (report.exit_code, box.who[-1]) == (0, "eva@ports.example")
        assert announcer.announce().ending == "nothing"
        assert box.who.count("eva@ports.example") == 1
        assert "ports.example" not in str(announcer.view().deliveries())


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["451 4.7.1 come again", "550 5.1.1 unknown"])
def test_who_got_another_key_and_then_another_address_gets_what_was_missed_once(
    tmp_path: Path, answer: str
) -> None:
    with peers(tmp_path / "repo", Mailbox({"eve@ports.example": answer})) as (announcer, box):
        revise(announcer.repo)
        announcer.announce()
        renamed = CONFIG.replace("people.eve", "people.evelyn").replace('"eve"', '"evelyn"')
        announcer.repo.commit({"sharekit.toml": renamed}, "Another key")
        announcer.announce()
        corrected = renamed.replace("eve@ports", "evelyn@ports")
        announcer.repo.commit({"sharekit.toml": corrected}, "Another address")
        assert announcer.announce().exit_code == 0
        assert announcer.announce().ending == "nothing"
        assert box.who == ["maria@ports.example", "jonas@ports.example", "evelyn@ports.example"]


def test_a_mailbox_that_two_people_share_gets_one_mail(tmp_path: Path) -> None:
    with peers(tmp_path / "repo") as (announcer, box):
        announcer.repo.commit(
            {"sharekit.toml": CONFIG.replace("jonas@ports", "Maria@ports")}, "One mailbox"
        )
        revise(announcer.repo)
        announcer.announce()
        assert [address.lower() for address in box.who] == [
            "maria@ports.example",
            "eve@ports.example",
        ]


def test_an_audience_of_another_name_is_told_nothing_again(tmp_path: Path) -> None:
    with peers(tmp_path / "repo") as (announcer, box):
        announcer.repo.commit(
            {"sharekit.toml": CONFIG.replace("audiences.airports", "audiences.crew")}, "Rename"
        )
        assert announcer.announce().ending == "nothing"
        assert box.who == []


def test_nor_where_every_address_was_corrected_in_the_same_step(tmp_path: Path) -> None:
    with peers(tmp_path / "repo") as (announcer, box):
        moved = CONFIG.replace("audiences.airports", "audiences.crew")
        moved = moved.replace('@ports.example"\n', '@airports.example"\n')
        announcer.repo.commit({"sharekit.toml": moved}, "Rename and correct")
        assert announcer.announce().ending == "nothing"
        assert box.who == []


def test_who_had_a_thing_is_not_told_that_it_is_new(tmp_path: Path) -> None:
    narrow = CONFIG + '\n[audiences.pair]\nmembers = ["maria", "jonas"]\n'
    narrow = narrow.replace("[project]\n", '[project]\naudience = "airports"\n')
    with peers(tmp_path / "repo") as (announcer, box):
        pair = OBJECTIVE.replace("title:", "audience: pair\ntitle:")
        announcer.repo.commit({"sharekit.toml": narrow, f"{FOLDER}/objective.md": pair}, "For two")
        announcer.announce()
        announcer.repo.commit({f"{FOLDER}/objective.md": OBJECTIVE}, "For all")
        box.received.clear()
        announcer.announce()
        assert box.who == ["eve@ports.example"]


@pytest.mark.slow
def test_a_branch_that_is_not_published_announces_nothing(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(tmp_path / "repo")
    bare_remote(repo, tmp_path / "bare")
    assert run("announce", *AS_OF).code == 0
    repo.git("checkout", "--quiet", "-b", "idea")
    revise(repo)
    repo.git("push", "--quiet", "origin", "idea")
    said: Said = run("announce", *AS_OF)
    assert said.code == 2
    assert "is not on main at origin" in said.err
    assert run("announce", "--dry-run", *AS_OF).code == 0
    repo.commit({"sharekit.toml": f'{CONFIG}\n[announce]\nbranch = "idea"\n'}, "Publish from here")
    repo.git("push", "--quiet", "origin", "idea")
    assert run("announce", *AS_OF).code == 0
    assert len(box.who) == 3


@pytest.mark.slow
def test_a_key_result_under_another_objective_has_no_new_owner(tmp_path: Path, run: Run) -> None:
    other = "metrics/okrs/2013-q4/keep"
    repo = begin(tmp_path / "repo")
    repo.commit(
        {f"{other}/objective.md": OBJECTIVE.replace("Punctual", "Keep what we have")},
        "Another objective",
    )
    run("announce", *AS_OF)
    repo.commit({f"{FOLDER}/jfk.sql": None, f"{other}/jfk.sql": key_result()}, "Move it")
    said = run("announce", "--dry-run", *AS_OF)
    assert "JFK leaves on time now serves Keep what we have." in said.out
    assert "owner" not in said.out


@pytest.mark.slow
def test_all_reasons_since_the_last_announcement_are_told(tmp_path: Path, run: Run) -> None:
    repo = begin(tmp_path / "repo")
    run("announce", *AS_OF)
    first = "  - {date: 2013-11-20, reason: new_information, why: Two carriers came.}\n"
    second = "  - {date: 2013-11-21, reason: was_wrong, why: Returned parcels were left out.}\n"
    plain = key_result(0.82)
    repo.commit({f"{FOLDER}/jfk.sql": plain.replace("--- */", f"revisions:\n{first}--- */")}, "One")
    both = plain.replace("--- */", f"revisions:\n{first}{second}--- */").replace(
        "0.75 AS value", "0.76 AS value"
    )
    repo.commit({f"{FOLDER}/jfk.sql": both}, "Two")
    assert run("announce", "--dry-run", *AS_OF).code == 0
    (mail,) = (repo.path / "outbox").glob("*.eve.eml")
    text = mail.read_text()
    assert "Two carriers came." in text
    assert "Returned parcels were left out." in text
    assert "Target: 0.85 to 0.82." in text


def test_an_owner_of_another_key_is_no_new_owner(tmp_path: Path) -> None:
    with peers(tmp_path / "repo") as (announcer, box):
        config = CONFIG.replace("[people.maria]", "[people.mo]").replace('"maria"', '"mo"')
        announcer.repo.commit(
            {
                "sharekit.toml": config,
                f"{FOLDER}/objective.md": OBJECTIVE.replace("maria", "mo"),
                f"{FOLDER}/jfk.sql": key_result(owner="mo"),
            },
            "Maria has another key",
        )
        assert announcer.announce().ending == "nothing"
        assert box.received == []
