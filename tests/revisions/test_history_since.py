"""`history_since`: what came before a day is taken as given, and what came after is told as ever."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from commandline import sharekit
from counting import counted
from gitrepos import Repo, new_repo

pytestmark = pytest.mark.slow

CONFIG = (
    '[project]\nname = "P"\nas_of = 2026-11-28\n{since}'
    '[people.maria]\nname = "Maria Okafor"\n[people.jonas]\nname = "Jonas Weber"\n'
    '[audiences.all]\nmembers = ["maria", "jonas"]\n[audiences.board]\nmembers = ["maria"]\n'
    'meeting = {{ day = "monday", time = "{at}" }}\n'
)
SINCE = "history_since = 2026-10-10\n"


def metric(value: str, title: str = "Orders", more: str = "") -> str:
    return f"/* ---\ntitle: {title}\nowner: maria\naudience: all\n{more}--- */\nSELECT {value} AS value\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "p")
    made.commit({"notes.txt": "Not a project yet."}, "Before", on="2026-08-01T09:00:00+00:00")
    changes: list[tuple[str, dict[str, str | bytes | None]]] = [
        (
            "09-01",
            {
                ".gitignore": ".sharekit/\nsite/\noutbox/\n",
                "sharekit.toml": CONFIG.format(since="", at="09:00"),
                "metrics/orders.sql": metric("1"),
                "metrics/acme.sql": metric("7", "Acme deal").replace(": all", ": board"),
            },
        ),
        ("09-10", {"metrics/orders.sql": metric("2")}),
        ("09-15", {"sharekit.toml": CONFIG.format(since="", at="10:00")}),
        ("09-20", {"metrics/acme.sql": None}),
        ("10-05", {"metrics/orders.sql": metric("3")}),
        ("10-12", {"metrics/orders.sql": metric("4")}),
        ("11-02", {"metrics/visits.sql": metric("9", "Visits")}),
        ("11-09", {"metrics/orders.sql": metric("5")}),
    ]
    for day, files in changes:
        made.commit(files, "Change", on=f"2026-{day}T09:00:00+00:00")
    return made


def built(repo: Repo, since: str) -> dict[str, str]:
    (repo.path / "sharekit.toml").write_text(CONFIG.format(since=since, at="10:00"))
    said = sharekit("build")
    assert said.code == 0, said.err
    return {
        str(path.relative_to(repo.path / "site")): path.read_text()
        for path in (repo.path / "site").rglob("*")
        if path.suffix in (".html", ".md", ".json", ".xml", ".ics")
    }


def test_what_came_before_is_given_and_the_rest_is_told_as_ever(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    whole = built(repo, "")
    with counted() as calls:
        cut = built(repo, SINCE)
    assert calls["histories"] == 1

    def told(site: dict[str, str]) -> list[tuple[str, str]]:
        changes = json.loads(site["all/changes.json"])["changes"]
        return [(change["item"], change["on"]) for change in changes]

    assert [day for _, day in told(whole) if day < "2026-10-10"] != []
    assert [day for _, day in told(cut)] == ["2026-11-09", "2026-11-02", "2026-10-12"]
    assert {item for item, _ in told(cut)} == {"orders", "visits"}
    line = "Changes before 10 Oct 2026 are not listed."
    for page in ("all/changes.html", "all/changes.md"):
        assert line in cut[page]
        assert line not in whole[page]

    def entries(site: dict[str, str]) -> set[str]:
        return set(re.findall(r"<id>([^<]+)</id>", site["all/feed.xml"]))

    assert entries(cut) < entries(whole)

    def sequence(site: dict[str, str]) -> int:
        return int(max(re.findall(r"SEQUENCE:(\d+)", site["board/calendar.ics"])))

    assert sequence(whole) >= 1
    assert sequence(cut) >= sequence(whole)


def test_name_of_what_was_removed_before_stays_hidden(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A metric of the board's that is gone is still the board's."""
    monkeypatch.chdir(repo.path)
    mention = metric("6", more="description: Without acme.\n")
    repo.commit({"metrics/orders.sql": mention}, "Mention", on="2026-11-10T09:00:00+00:00")
    whole, cut = built(repo, ""), built(repo, SINCE)

    def mentions(site: dict[str, str]) -> set[str]:
        return {path for path, text in site.items() if path.startswith("all/") and "acme" in text}

    assert mentions(cut) == mentions(whole)


def test_a_day_without_a_project_before_it_tells_all(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    whole, early = built(repo, ""), built(repo, "history_since = 2026-08-15\n")
    assert early["all/changes.json"] == whole["all/changes.json"]


def test_mail_and_page_count_the_same_revisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key_result(target: int, note: str = "") -> str:
        return (
            f"/* ---\ntitle: Orders\nbaseline: 0\ntarget: {target}\n{note}--- */\n"
            "SELECT 5 AS value\n"
        )

    note = "revisions:\n  - {date: 2026-11-20, reason: scope, why: More shops., we_will: Sell.}\n"
    repo = new_repo(tmp_path / "p")
    people = '[people.maria]\nname = "Maria"\nemail = "m@x.org"\n[mail]\nfrom = "s@x.org"\n'
    config = f'[project]\nname = "P"\nurl = "https://x.org"\nas_of = 2026-11-28\n{SINCE}{people}'
    goal = "---\ntitle: Grow\nowner: maria\nperiod: 2026-Q4\n---\nWhy.\n"
    path = "metrics/okrs/q/orders.sql"
    start = {
        ".gitignore": ".sharekit/\nsite/\noutbox/\n",
        "sharekit.toml": config,
        "metrics/okrs/q/objective.md": goal,
    }
    repo.commit({**start, path: key_result(10)}, "Begin", on="2026-09-01T09:00:00+00:00")
    repo.commit({path: key_result(11)}, "Aim", on="2026-09-15T09:00:00+00:00")
    repo.commit({path: key_result(12)}, "Aim", on="2026-10-15T09:00:00+00:00")
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("SHAREKIT_SMTP_HOST", "localhost")
    assert sharekit("announce").code == 0
    repo.commit({path: key_result(13, note)}, "Aim", on="2026-11-20T09:00:00+00:00")
    said = sharekit("build")
    assert said.code == 0, said.err
    (mail,) = (repo.path / "outbox").glob("orders.*.html")
    numbers = set(re.findall(r"orders\.html#(r\d+)", mail.read_text()))
    assert numbers == {"r2"}  # the one of October is the first that is told
    (page,) = (repo.path / "site" / "okrs").rglob("orders.html")
    assert 'id="r2"' in page.read_text()
