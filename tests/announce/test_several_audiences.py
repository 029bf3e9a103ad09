"""Something that is for several audiences: who is told, in whose words, and what becomes of a mail
that waits while the audiences change."""

from __future__ import annotations

from collections.abc import Mapping
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from gitrepos import Repo, new_repo
from peers import CONFIG, FOLDER, OBJECTIVE, files, key_result, revise
from smtp_servers import Mailbox
from test_announce_commands import AS_OF, Run, box, run

__all__ = ["box", "run"]

pytestmark = pytest.mark.slow

SALE = "---\ntitle: Sell the company\naudience: board\n---\n```metrics\n- jfk\n```\n"
"""A page of the board's that shows the key result."""
PAGES = {"dashboards/sale.md": SALE}
LATER = "451 4.7.1 come again"
HEADS, BOARD = ("maria", "jonas"), ("maria", "eve")


def config(heads: tuple[str, ...] = HEADS, board: tuple[str, ...] = BOARD) -> str:
    def members(*keys: str) -> str:
        return ", ".join(f'"{key}"' for key in keys)

    one = '[audiences.airports]\ntitle = "Airport heads"\nmembers = ["maria", "jonas", "eve"]\n'
    two = (
        f"[audiences.heads]\nmembers = [{members(*heads)}]\n"
        f"[audiences.board]\nmembers = [{members(*board)}]\n"
    )
    default = '[project]\naudience = ["heads", "board"]\n'
    return CONFIG.replace(one, two).replace("[project]\n", default)


def own(audience: str) -> str:
    return OBJECTIVE.replace("title:", f"audience: {audience}\ntitle:")


def begin(path: Path, run: Run, more: Mapping[str, str] = PAGES) -> Repo:
    """A key result for both audiences, and a ledger that has begun."""
    repo = new_repo(path)
    start = {"sharekit.toml": config(), **more}
    repo.commit(files() | start, "Begin")
    assert run("announce", *AS_OF).code == 0
    return repo


def mails(box: Mailbox) -> dict[str, str]:
    """Who got a mail -> its text."""
    found = {}
    for message in box.received:
        body = message_from_bytes(message.content, policy=policy.default).get_body(("plain",))
        assert body is not None
        (address,) = message.to
        name = address.partition("@")[0]
        assert name not in found, "each person gets one mail"
        found[name] = body.get_content()
    return found


def test_each_reads_it_once_in_the_words_of_an_audience_of_theirs(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(tmp_path / "repo", run)
    revise(repo)
    assert run("announce", *AS_OF).code == 0
    told = mails(box)
    assert set(told) == {"maria", "jonas", "eve"}
    for name, audience in {"jonas": "heads", "eve": "board", "maria": "board"}.items():
        assert ("Sell the company" in told[name]) == (audience == "board"), name
        assert f"/ny/{audience}/" in told[name]
    box.received.clear()
    assert run("announce", *AS_OF).code == 0
    assert box.received == []


def test_a_trial_sends_the_mail_of_each_audience(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = begin(tmp_path / "repo", run)
    revise(repo)
    assert run("announce", "--to", "try@ports.example", *AS_OF).code == 0
    text = [message.content.decode() for message in box.received]
    assert sorted("/ny/board/" in each for each in text) == [False, True]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sharekit.toml": config(board=("eve",))}, {"maria": "heads", "jonas": "heads"}),
        ({"sharekit.toml": config(heads=("jonas",))}, {"maria": "board", "jonas": "heads"}),
        ({f"{FOLDER}/objective.md": own("board")}, {"maria": "board"}),
        (
            {f"{FOLDER}/objective.md": own("heads"), "dashboards/sale.md": None},
            {"maria": "heads", "jonas": "heads"},
        ),
        (
            {
                "sharekit.toml": config(heads=("maria",), board=("maria", "jonas")),
                f"{FOLDER}/objective.md": own("board"),
            },
            {"maria": "board", "jonas": "board"},
        ),
    ],
    ids=["left one", "left the other", "narrowed", "narrowed to the other", "changed over"],
)
def test_a_mail_that_waits_is_in_the_words_of_todays_audience(
    tmp_path: Path, run: Run, box: Mailbox, change: dict[str, str], told: dict[str, str]
) -> None:
    repo = begin(tmp_path / "repo", run)
    revise(repo)
    box.replies |= {f"{name}@ports.example": LATER for name in HEADS}
    assert run("announce", *AS_OF).code == 3
    assert set(mails(box)) == {"eve"}
    box.replies.clear()
    box.received.clear()
    repo.commit(change, "Change who sees it")
    run("announce", "--pending", *AS_OF)
    sent = mails(box)
    assert set(sent) == set(told)
    for name, audience in told.items():
        assert f"/ny/{audience}/" in sent[name], name
        assert ("Sell the company" in sent[name]) == (audience == "board"), name


def test_an_audience_that_is_added_hears_of_it_as_of_something_new(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(tmp_path / "repo", run, {f"{FOLDER}/objective.md": own("heads")})
    revise(repo, 0.81)
    box.replies["jonas@ports.example"] = LATER
    assert run("announce", *AS_OF).code == 3
    assert set(mails(box)) == {"maria"}
    box.replies.clear()
    box.received.clear()
    repo.commit({f"{FOLDER}/objective.md": own("[board, heads]")}, "For the board too")
    assert run("announce", *AS_OF).code == 0
    told = mails(box)
    assert set(told) == {"jonas", "eve"}, "maria knew it"
    assert "85" in told["jonas"]
    assert "85" not in told["eve"], "what it was is not for those who could not see it"


@pytest.mark.parametrize(
    ("audience", "revised", "new"),
    [("[board, heads]", {"maria", "jonas"}, {"eve"}), ("board", set(), {"maria", "eve"})],
)
def test_a_change_is_told_to_those_who_knew_it_though_it_is_opened_to_others_at_once(
    tmp_path: Path, run: Run, box: Mailbox, audience: str, revised: set[str], new: set[str]
) -> None:
    repo = begin(tmp_path / "repo", run, {f"{FOLDER}/objective.md": own("heads")})
    repo.commit({f"{FOLDER}/objective.md": own(audience)}, "For the board too")
    revise(repo, 0.81)
    assert run("announce", *AS_OF).code == 0
    told = mails(box)
    assert {name for name in told if "85" in told[name]} == revised
    assert {name for name in told if "85" not in told[name]} == new
    box.received.clear()
    assert run("announce", *AS_OF).code == 0
    assert box.received == []


def test_a_mail_that_waits_is_not_for_who_left_though_the_thing_is_opened(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = begin(tmp_path / "repo", run, {f"{FOLDER}/objective.md": own("heads")})
    revise(repo)
    box.replies |= {f"{name}@ports.example": LATER for name in HEADS}
    assert run("announce", *AS_OF).code == 3
    box.replies.clear()
    opened = {
        "sharekit.toml": config(heads=("maria",), board=("jonas", "eve")),
        f"{FOLDER}/objective.md": own("[heads, board]"),
    }
    repo.commit(opened, "Jonas changes over, and the board may see it")
    run("announce", "--pending", *AS_OF)
    assert set(mails(box)) == {"maria"}, "what it was is for the heads"


def test_a_webhook_reads_what_its_own_audience_may_see(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = begin(tmp_path / "repo", run)
    revise(repo)
    hooks = "".join(
        f'[[announce.webhooks]]\nname = "{name}"\nkind = "json"\nurl = "env:HOOK"\naudience ='
        f' "{name}"\n'
        for name in ("heads", "board")
    )
    repo.commit({"sharekit.toml": config() + hooks}, "Two channels")
    monkeypatch.setenv("HOOK", "http://127.0.0.1:9/")
    run("announce", "--dry-run", *AS_OF)
    posts = {path.name: path.read_text() for path in (repo.path / "outbox").glob("*.json")}
    assert len(posts) == 2
    for name, text in posts.items():
        board = "board" in name
        assert ("Sell the company" in text) == board
        assert f"/ny/{'board' if board else 'heads'}/" in text


def test_what_was_written_while_it_was_the_boards_is_not_told_when_it_is_back(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = new_repo(tmp_path / "repo")
    start = {"sharekit.toml": config(), f"{FOLDER}/objective.md": own("heads")}
    repo.commit(files() | start, "Begin", on="2013-11-01T09:00:00+00:00")
    assert run("announce", *AS_OF).code == 0
    secret = "revisions:\n  - {date: 2013-11-20, reason: scope, why: The buyer wants it, we_will: Sell}\n"
    both = secret + "  - {date: 2013-11-22, reason: scope, why: Fog, we_will: Wait}\n"

    def revised(target: float, notes: str) -> str:
        return key_result(target).replace("grain: week\n", f"grain: week\n{notes}")

    theirs = {f"{FOLDER}/objective.md": own("board"), f"{FOLDER}/jfk.sql": revised(0.82, secret)}
    repo.commit(theirs, "To the board", on="2013-11-20T09:00:00+00:00")
    ours = {f"{FOLDER}/objective.md": own("heads"), f"{FOLDER}/jfk.sql": revised(0.8, both)}
    repo.commit(ours, "And back", on="2013-11-22T09:00:00+00:00")
    assert run("announce", *AS_OF).code == 0
    told = mails(box)
    assert set(told) == {"maria", "jonas"}
    assert all("Fog" in text and "0.85 0.8 " in " ".join(text.split()) for text in told.values())
    assert all("buyer" not in text and "0.82" not in text for text in told.values())
    assert run("build", *AS_OF).code == 0
    for page in (repo.path / "site/heads").rglob("*.*"):
        assert b"The buyer wants it" not in page.read_bytes(), page
