"""Three announcements or more to one reader are one mail, and each is recorded as if it had gone by
itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peers
import pytest
import strict_mail
from gitrepos import bare_remote, clone
from hooks import Hook
from peers import CONFIG, FOLDER, OBJECTIVE, Announcer, key_result
from smtp_servers import Mailbox

from sharekit.announce.ledger.git_store import REF

NAMES = ("kr1", "kr2", "kr3", "kr4")
BOARD = CONFIG + '\n[audiences.board]\ntitle = "Board"\nmembers = ["maria"]\n'


class CrashError(BaseException):
    """The process ends here: nothing after it runs."""


@contextmanager
def company(path: Path, config: str = CONFIG) -> Iterator[tuple[Announcer, Mailbox]]:
    """A project of four key results, whose ledger has begun."""
    with peers.peers(path, **{name: key_result(title=name.upper()) for name in NAMES}) as (a, box):
        if config != CONFIG:
            a.repo.commit({"sharekit.toml": config}, "Configure")
            a.announce()
        yield a, box


def revise(announcer: Announcer, *names: str, target: float = 0.8) -> None:
    texts = {
        f"{FOLDER}/{name}.sql": key_result(
            target, title=name.upper(), note=f"Of {name}. Now {target}."
        )
        for name in names
    }
    announcer.repo.commit(texts, "Revise")


def subjects(box: Mailbox) -> list[str]:
    return [strict_mail.read(each.content).text("Subject") for each in box.received]


def text_of(content: bytes) -> str:
    return strict_mail.read(content).leaves()[0].body.decode()


def test_each_reader_gets_one_mail_and_the_ledger_has_each_item(tmp_path: Path) -> None:
    with company(tmp_path / "repo") as (announcer, box):
        revise(announcer, *NAMES)
        report = announcer.announce()
        assert report.exit_code == 0
        assert len(report.announcements) == 4
        assert subjects(box) == ["KR1: target 0.8, was 0.85, and three more changes"] * 3
        statuses = announcer.statuses()
        assert len(statuses) == 12
        assert set(statuses.values()) == {"sent"}
        assert announcer.announce().ending == "nothing"
        revise(announcer, "kr3", target=0.79)
        announcer.announce()
        assert len(box.received) == 6
    for name in NAMES:
        assert f"Of {name}." in text_of(box.received[0].content)
    entry = announcer.view().entries()[-1]
    last = strict_mail.read(box.received[-1].content)
    assert last.text("Subject") == "KR3: target 0.79, was 0.8"
    assert (last.headers["message-id"], entry.thread) == (entry.message_id, "kr3")


@pytest.mark.slow
def test_the_mail_joins_the_thread_of_what_leads_it(tmp_path: Path) -> None:
    with company(tmp_path / "repo") as (announcer, box):
        revise(announcer, "kr1", target=0.82)
        announcer.announce()
        revise(announcer, *NAMES)
        announcer.announce()
    alone, many = (strict_mail.read(box.received[place].content).headers for place in (0, -1))
    assert many["in-reply-to"] == alone["message-id"]
    assert many["references"].split()[0] == alone["references"].split()[0]


@pytest.mark.slow
def test_who_is_due_two_gets_two_and_who_is_due_three_gets_one(tmp_path: Path) -> None:
    with company(tmp_path / "repo", BOARD) as (announcer, box):
        revise(announcer, "kr1", "kr2")
        secret = key_result(title="Secret").replace("owner:", "audience: board\nowner:")
        announcer.repo.commit({f"{FOLDER}/secret.sql": secret}, "Add")
        announcer.announce()
    by_person = {who: box.who.count(f"{who}@ports.example") for who in ("maria", "jonas", "eve")}
    assert by_person == {"maria": 1, "jonas": 2, "eve": 2}
    for each in box.received:
        assert (b"ecret" in each.content) == (each.to == ("maria@ports.example",))


@pytest.mark.slow
@pytest.mark.parametrize(("at", "sent"), [("answered", 4), ("journaled", 3)])
def test_a_crash_repeats_the_whole_mail_at_most_once(tmp_path: Path, at: str, sent: int) -> None:
    with company(tmp_path / "repo") as (announcer, box):
        revise(announcer, *NAMES)
        crash(announcer, at)
        assert announcer.announce().exit_code == 0
        assert len(box.received) == sent
        assert len({each.content for each in box.received}) == 3
        assert set(announcer.statuses().values()) == {"sent"}


@pytest.mark.slow
def test_another_machine_makes_the_same_bytes(tmp_path: Path) -> None:
    with company(tmp_path / "repo") as (announcer, box):
        url = bare_remote(announcer.repo, tmp_path / "bare")
        announcer.repo.git("push", "--quiet", "origin", REF)
        revise(announcer, *NAMES)
        announcer.repo.git("push", "--quiet", "origin", "main")
        crash(announcer, "answered")
        other = Announcer(
            clone(url, tmp_path / "other"), announcer.port, clock=announcer.clock, name="other"
        )
        assert other.announce(take_over=True).exit_code == 0
    assert len(box.received) == 4
    assert len({each.content for each in box.received}) == 3


def test_what_a_reader_may_no_longer_see_is_left_out_of_the_repeat(tmp_path: Path) -> None:
    with company(tmp_path / "repo", BOARD) as (announcer, box):
        revise(announcer, *NAMES)
        crash(announcer, "claimed")
        hidden = key_result(0.8, title="KR2", note="Of kr2.")
        hidden = hidden.replace("owner:", "audience: board\nowner:")
        announcer.repo.commit({f"{FOLDER}/kr2.sql": hidden}, "Narrow")
        announcer.announce()
    bodies = {each.to[0]: text_of(each.content) for each in box.received}
    assert "Of kr2." in bodies["maria@ports.example"]
    for who in ("jonas", "eve"):
        assert "KR2" not in bodies[f"{who}@ports.example"]
        assert "Of kr3." in bodies[f"{who}@ports.example"]
    assert announcer.statuses()[_key(announcer, "kr2"), "eve"] == "left"


def test_a_mail_that_was_delayed_goes_out_whole_in_the_next_run(tmp_path: Path) -> None:
    with company(tmp_path / "repo") as (announcer, box):
        box.replies["eve@ports.example"] = "451 4.7.1 later"
        revise(announcer, *NAMES)
        assert announcer.announce().exit_code == 3
        assert {status for (_, who), status in announcer.statuses().items() if who == "eve"} == {
            "pending"
        }
        box.replies.clear()
        assert announcer.announce().exit_code == 0
        assert box.who.count("eve@ports.example") == 1
        assert len({each.content for each in box.received}) == 3


@pytest.mark.slow
def test_a_corrected_address_gets_the_mail_whole(tmp_path: Path) -> None:
    with company(tmp_path / "repo") as (announcer, box):
        box.replies["eve@ports.example"] = "550 5.1.1 nobody"
        revise(announcer, *NAMES)
        assert announcer.announce().exit_code == 2
        announcer.repo.commit({"sharekit.toml": CONFIG.replace("eve@", "eve.sato@")}, "Correct")
        announcer.announce()
    assert box.who.count("eve.sato@ports.example") == 1
    assert all(f"Of {name}." in text_of(box.received[-1].content) for name in NAMES)


@pytest.mark.slow
def test_what_the_keeper_drops_is_not_in_the_mail(tmp_path: Path) -> None:
    with company(tmp_path / "repo") as (announcer, box):
        revise(announcer, *NAMES)
        crash(announcer, "claimed")
        announcer.announce(drop=(_key(announcer, "kr4"),))
    assert len(box.received) == 3
    for each in box.received:
        assert "Of kr4." not in text_of(each.content)
        assert "Of kr1." in text_of(each.content)


@pytest.mark.slow
def test_a_webhook_gets_one_post(tmp_path: Path) -> None:
    hook = Hook()
    webhook = '[[announce.webhooks]]\nname = "ops"\nkind = "json"\nurl = "env:OPS"\n'
    with (
        hook.running() as url,
        company(tmp_path / "repo", f"{CONFIG}\n{webhook}") as (announcer, _),
    ):
        announcer.environ["OPS"] = url
        revise(announcer, *NAMES)
        announcer.announce()
    ((_, _, body),) = hook.requests
    assert len(json.loads(body)["data"]["revisions"]) == 4


@pytest.mark.parametrize(("choice", "mails"), [("each", 1), ("digest", 0), ("none", 0)])
def test_people_choose_which_mails_they_get(tmp_path: Path, choice: str, mails: int) -> None:
    config = CONFIG.replace('name = "Eve Sato"', f'name = "Eve Sato"\nmail = "{choice}"')
    with company(tmp_path / "repo", config) as (announcer, box):
        revise(announcer, "kr1")
        report = announcer.announce()
        assert report.exit_code == 0
        assert report.announcements[0].unreachable == ()
        assert announcer.announce().ending == "nothing"
    assert box.who.count("eve@ports.example") == mails


@pytest.mark.slow
def test_a_choice_is_heeded_for_what_waits(tmp_path: Path) -> None:
    with company(tmp_path / "repo") as (announcer, box):
        revise(announcer, *NAMES)
        crash(announcer, "claimed")
        config = CONFIG.replace('name = "Eve Sato"', 'name = "Eve Sato"\nmail = "none"')
        announcer.repo.commit({"sharekit.toml": config}, "Choose")
        announcer.announce()
    assert sorted(box.who) == ["jonas@ports.example", "maria@ports.example"]


def crash(announcer: Announcer, at: str) -> None:
    def step(name: str) -> None:
        if name == at:
            announcer.on_step = lambda name: None
            raise CrashError

    announcer.on_step = step
    with pytest.raises(CrashError):
        announcer.announce()


def _key(announcer: Announcer, item: str) -> str:
    return next(each.key for each in announcer.view().entries() if each.items == (item,))


@pytest.mark.slow
def test_eight_commits_of_one_day_are_one_mail_led_by_what_matters_most(tmp_path: Path) -> None:
    with company(tmp_path / "repo") as (announcer, box):
        repo = announcer.repo
        retired = OBJECTIVE.replace(
            "---\nBecause",
            "retired:\n  - {id: kr4, date: 2013-11-22, why: It never moved.}\n---\nBecause",
        )
        days = {
            "Words": {"kr1": key_result(title="KR1", owner="maria").replace("grain", "description: By week.\ngrain")},
            "Hand over": {"kr1": key_result(title="KR1", owner="jonas")},
            "Aim higher": {"kr2": key_result(0.88, title="KR2", note="Of kr2.")},
            "Aim lower": {"kr2": key_result(0.8, title="KR2", note="Of kr2.")},
            "Count anew": {"kr3": key_result(title="KR3", note="Of kr3.").replace("0.75 AS", "0.76 AS")},
            "Promise more": {"kr5": key_result(title="KR5")},
            "Plan": {"kr5": key_result(title="KR5").replace("grain", "plan: Tow earlier.\ngrain")},
        }  # fmt: skip
        for subject, texts in days.items():
            repo.commit({f"{FOLDER}/{name}.sql": text for name, text in texts.items()}, subject)
        repo.commit({f"{FOLDER}/kr4.sql": None, f"{FOLDER}/objective.md": retired}, "Retire")
        assert announcer.announce().exit_code == 0
    assert subjects(box) == ["Retired: KR4, and four more changes"] * 3
    assert sorted(box.who) == [f"{who}@ports.example" for who in ("eve", "jonas", "maria")]
    body = text_of(box.received[0].content)
    led = [body.index(words) for words in ("KR4", "KR2", "KR3", "KR5", "KR1")]
    assert led == sorted(led), "the weightiest first"
    assert re.search(r"Target +0\.85 +0\.8\b", body), "one change of KR2"
    assert "0.88" not in body, "what was taken back the same day"


def test_eight_commits_of_one_day_are_one_mail_that_begins_with_the_most_important(
    tmp_path: Path,
) -> None:
    def of(name: str) -> str:
        return f"{FOLDER}/{name}.sql"

    def declared(name: str, was: str = "", now: str = "", note: str = "") -> str:
        return key_result(title=name.upper(), note=note).replace(was, now)

    with company(tmp_path / "repo") as (announcer, box):
        retired = "retired:\n  - {id: kr4, date: 2013-11-22, why: It counts twice.}\nperiod:"
        without = OBJECTIVE.replace("period:", retired)
        asked = without.replace("period:", "challenges: Two gates are shut.\nperiod:")
        recounted = declared("kr3", "0.75 AS", "0.74 AS", "One gate was left out.")
        days: list[dict[str, str | None]] = [
            {of("kr1"): declared("kr1", "owner: maria", "owner: eve")},
            {of("kr2"): declared("kr2", "target: 0.85", "target: 0.8", "The gates are shut.")},
            {of("kr3"): declared("kr3", "baseline", "confidence: 7\nbaseline")},
            {of("kr5"): declared("kr5")},
            {of("kr4"): None, f"{FOLDER}/objective.md": without},
            {of("kr3"): recounted},
            {of("kr5"): declared("kr5", "baseline", "confidence: 7\nbaseline")},
            {f"{FOLDER}/objective.md": asked},
        ]
        for number, changed in enumerate(days, 1):
            announcer.repo.commit(changed, f"Change {number}")
        assert announcer.announce().exit_code == 0
        assert subjects(box) == ["Retired: KR4, and four more changes"] * 3
        text = text_of(box.received[0].content)
    said = [
        "KR4 is no longer",
        "KR2: the target",
        "KR3 was counted",
        "New: KR5",
        "KR1 has a new owner",
    ]
    places = [text.index(words) for words in said]
    assert places == sorted(places)
    assert "The gates are shut." in text
