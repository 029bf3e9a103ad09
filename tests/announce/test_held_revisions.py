"""A key result whose query fails announces nothing of its number: its revision waits until it
runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from commandline import Said, sharekit
from gitrepos import Repo, bare_remote, new_repo
from peers import CONFIG, FOLDER, OBJECTIVE
from smtp_servers import Mailbox, environment_mailbox

pytestmark = pytest.mark.slow

AS_OF = ("--as-of", "2013-11-22")
Run = Callable[..., Said]


def rows(header: str = "day,late,n") -> str:
    days = (date(2013, 9, 2) + timedelta(days=number) for number in range(80))
    return header + "\n" + "".join(f"{day},{day.toordinal() % 7},{40}\n" for day in days)


def late_share(target: float, *, sql: str = "sum(late) / sum(n)", note: str = "") -> str:
    entry = (
        f"revisions:\n  - {{date: 2013-11-22, reason: was_wrong, why: {note}, we_will: Look.}}\n"
        if note
        else ""
    )
    return (
        f'/* ---\ntitle: Late orders\nowner: maria\nunit: "%"\ndirection: down\ntype:'
        f" decrease\ngrain: week\n"
        f"baseline: 0.15\ntarget: {target}\n{entry}--- */\n"
        f"SELECT date_trunc('week', day) AS week, {sql} AS value FROM orders GROUP BY week\n"
    )


def order_count(target: int, note: str = "") -> str:
    entry = (
        f"revisions:\n  - {{date: 2013-11-22, reason: scope, why: {note}, we_will: Look.}}\n"
        if note
        else ""
    )
    return (
        "/* ---\ntitle: Orders\nowner: jonas\ngrain: week\nbaseline: 200\ntarget:"
        f" {target}\n{entry}--- */\nSELECT date_trunc('week', day) AS week, sum(n) AS value FROM"
        " other GROUP BY week\n"
    )


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with environment_mailbox(monkeypatch) as mailbox:
        yield mailbox


@pytest.fixture
def repo(tmp_path: Path, box: Mailbox) -> Repo:
    made = new_repo(tmp_path / "repo")
    made.commit(
        {
            ".gitignore": "/.sharekit/\n/outbox/\n/site/\n",
            "sharekit.toml": CONFIG,
            f"{FOLDER}/objective.md": OBJECTIVE,
            f"{FOLDER}/late_share.sql": late_share(0.08),
            f"{FOLDER}/orders_made.sql": order_count(300),
            "metrics/data/orders.csv": rows(),
            "metrics/data/other.csv": rows(),
        }
    )
    bare_remote(made, tmp_path / "bare")
    return made


@pytest.fixture
def run(repo: Repo) -> Run:
    def pushed(*args: str) -> Said:
        """What is announced is what was pushed to the published branch."""
        repo.git("push", "--quiet", "origin", "main")
        return sharekit(*args, cwd=repo.path, wait=lambda seconds: None)

    return pushed


def texts(box: Mailbox) -> list[str]:
    mails = [message_from_bytes(each.content, policy=policy.default) for each in box.received]
    return [mail.get_body(("plain",)).get_content() for mail in mails]  # type: ignore[union-attr]


def test_a_revision_waits_until_its_data_can_be_read_and_is_told_once(
    repo: Repo, run: Run, box: Mailbox
) -> None:
    assert run("announce", *AS_OF).code == 0
    revised = late_share(0.09, sql="sum(late) * 1.1 / sum(n)", note="Returns were left out.")
    files = {
        f"{FOLDER}/late_share.sql": revised,
        f"{FOLDER}/orders_made.sql": order_count(290, "Fewer shops."),
    }
    repo.commit({**files, "metrics/data/orders.csv": rows("date,late,n")})

    said = run("announce", *AS_OF)
    assert said.code == 1, "what is held is a failure, and what can be told is told"
    assert (
        "Late orders (late_share) was revised. Held: the query fails: there is no column `day`."
        in said.out
    )
    assert len(box.received) == 3
    assert all("Orders" in text and "Late orders" not in text for text in texts(box))

    again = run("announce", *AS_OF)
    assert again.code == 1
    assert "Held" in again.out
    assert len(box.received) == 3, "nothing is told twice while something waits"

    repo.commit({"metrics/data/orders.csv": rows()})
    told = run("announce", *AS_OF)
    assert told.code == 0, told.err
    assert len(box.received) == 6
    assert all(
        "Returns were left out." in text and "was counted wrong. It is" in text
        for text in texts(box)[3:]
    )
    assert run("announce", *AS_OF).out == "  There is nothing new to announce.\n"


def test_what_is_taken_back_while_it_waits_is_never_told(
    repo: Repo, run: Run, box: Mailbox
) -> None:
    assert run("announce", *AS_OF).code == 0
    repo.commit(
        {f"{FOLDER}/late_share.sql": late_share(0.08, sql="sum(lat) / sum(n)", note="Wrong.")}
    )
    assert run("announce", *AS_OF).code == 1
    repo.commit({f"{FOLDER}/late_share.sql": late_share(0.08)})
    assert run("announce", *AS_OF).code == 0
    assert box.received == []


def test_pages_feeds_and_diff_say_that_it_is_held_and_no_number(repo: Repo, run: Run) -> None:
    assert run("build", *AS_OF).code == 0
    repo.commit(
        {
            f"{FOLDER}/late_share.sql": late_share(
                0.08, sql="sum(lat) / sum(n)", note="Returns were left out."
            )
        }
    )
    assert run("build", *AS_OF).code == 1
    changes = (repo.path / "site/changes.md").read_text(encoding="utf-8")
    told = next(
        line for line in changes.splitlines() if "Revised" in line and "Late orders" in line
    )
    assert "Held: the query fails" in told
    assert "No data" not in changes
    assert "No data" not in (repo.path / "site/feed.xml").read_text(encoding="utf-8")
    shown = run("diff", "HEAD~1", *AS_OF)
    assert "Held: the query fails: there is no column `lat`" in " ".join(shown.out.split())
    assert "No data" not in shown.out
    assert "Status" not in shown.out


def test_a_first_announcement_with_a_base_holds_too(repo: Repo, run: Run, box: Mailbox) -> None:
    repo.commit(
        {f"{FOLDER}/late_share.sql": late_share(0.08, sql="sum(lat) / sum(n)", note="Wrong.")}
    )
    said = run("announce", "--dry-run", "--base", "HEAD~1", *AS_OF)
    assert (said.code, "Held" in said.out) == (1, True)
    assert run("announce", "--base", "HEAD~1", *AS_OF).code == 1
    repo.commit(
        {f"{FOLDER}/late_share.sql": late_share(0.08, sql="sum(late) / max(n)", note="Wrong.")}
    )
    assert run("announce", *AS_OF).code == 0
    assert len(box.received) == 3
