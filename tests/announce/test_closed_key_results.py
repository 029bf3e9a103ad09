"""When a period is over its key results stay as they ended, whatever is declared or corrected
afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from commandline import Said, sharekit
from gitrepos import Repo, bare_remote, new_repo
from peers import CONFIG
from smtp_servers import Mailbox, environment_mailbox
from test_held_revisions import texts

pytestmark = pytest.mark.slow

FOLDER = "metrics/okrs/2013-q3/ship"
NEXT = "metrics/okrs/2013-q4/ship"
OBJECTIVE = "---\ntitle: Ship\nowner: maria\nperiod: 2013-Q3\n---\nWhy.\n"
Run = Callable[..., Said]


def rows(late_in_september: int = 4) -> str:
    days = [date(2013, 7, 1) + timedelta(days=number) for number in range(145)]
    late = {day: late_in_september if day.month == 9 else 8 if day.month < 9 else 2 for day in days}
    return "day,late,n\n" + "".join(f"{day},{late[day]},40\n" for day in days)


def late_share(target: float = 0.08, extra: str = "", sql: str = "sum(late) / sum(n)") -> str:
    return (
        '/* ---\ntitle: Late orders\nowner: maria\nunit: "%"\ndirection: down\ntype:'
        " decrease\ngrain: week\n"
        f"baseline: 0.2\ntarget: {target}\n{extra}--- */\n"
        f"SELECT date_trunc('week', day) AS week, {sql} AS value FROM orders GROUP BY week\n"
    )


def note(on: str, why: str = "Two carriers.") -> str:
    return f"revisions:\n  - {{date: {on}, reason: new_information, why: {why}, we_will: Go on.}}\n"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with environment_mailbox(monkeypatch) as mailbox:
        yield mailbox


@pytest.fixture
def repo(tmp_path: Path, box: Mailbox) -> Repo:
    made = new_repo(tmp_path / "repo")
    files = {
        ".gitignore": "/.sharekit/\n/outbox/\n/site/\n",
        "sharekit.toml": CONFIG,
        f"{FOLDER}/objective.md": OBJECTIVE,
        f"{FOLDER}/late_share.sql": late_share(),
        "metrics/data/orders.csv": rows(),
    }
    made.commit(files, on="2013-07-01T09:00:00+02:00")
    bare_remote(made, tmp_path / "bare")
    return made


@pytest.fixture
def run(repo: Repo) -> Run:
    return lambda *args: sharekit(*args, cwd=repo.path, wait=lambda seconds: None)


def shown(run: Run, as_of: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        run("show", "late_share", "--format", "json", "--as-of", as_of).out
    )
    return found


ENDED = (0.2 - 0.1) / (0.2 - 0.08)
"""Of the last whole week of the quarter, 4 of 40 late."""


def test_a_later_target_leaves_the_score_and_is_said_to_come_after_the_end(
    repo: Repo, run: Run, box: Mailbox
) -> None:
    assert run("announce", "--as-of", "2013-09-20").code == 0
    before = shown(run, "2013-10-10")
    assert before["value"] == pytest.approx(0.1)
    assert before["okr"]["score"] == pytest.approx(ENDED)  # type: ignore[index]
    assert (before["period"], before["okr"]["through"]) == ("2013-09-23", "2013-09-29")  # type: ignore[index]

    eased = late_share(0.1)
    repo.commit({f"{FOLDER}/late_share.sql": eased}, on="2013-11-04T09:00:00+01:00")
    gate = run("check", "--base", "HEAD~1", "--as-of", "2013-11-22")
    assert gate.code == 2
    assert "Late orders was revised after the end of 2013-Q3 without a reason" in gate.out
    repo.commit(
        {f"{FOLDER}/late_share.sql": late_share(0.1, note("2013-11-04"))},
        on="2013-11-04T10:00:00+01:00",
    )

    after = shown(run, "2013-11-22")
    okr = after["okr"]
    assert isinstance(okr, dict)
    assert (okr["target"], okr["status"]) == (0.08, "partial"), "as declared on the last day"
    assert okr["score"] == pytest.approx(ENDED)
    assert okr["after_end"] == {
        "changed": ["target"],
        "value": pytest.approx(0.1),
        "target": 0.1,
        "score": 1,
        "status": "achieved",
    }
    assert "0.83" in run("status", "--as-of", "2013-11-22").out
    assert "(1.00 by today's target)" in run("status", "--as-of", "2013-11-22").out
    assert "after the end of 2013-Q3" in run("diff", "HEAD~2", "--as-of", "2013-11-22").out
    assert run("build", "--as-of", "2013-11-22").code == 0
    page = (repo.path / "site/okrs/late_share.md").read_text(encoding="utf-8")
    assert "score 0.83" in page
    assert "Target: 8" in page
    assert "Changed after the end: target. By today’s it would be 1.00, met." in page
    assert "After the end of 2013-Q3: it stays as it ended" in (
        repo.path / "site/changes.md"
    ).read_text(encoding="utf-8")

    repo.git("push", "--quiet", "origin", "main")
    assert run("announce", "--as-of", "2013-11-22").code == 0
    assert len(box.received) == 3
    told = " ".join(texts(box)[0].split())
    assert (
        "After the end of 2013-Q3: Late orders: the target is 10.0%, not 8.0%. It stays as it"
        " ended." in told
    )


def test_corrected_data_leave_what_was_published_first_and_are_flagged(
    repo: Repo, run: Run
) -> None:
    assert run("announce", "--as-of", "2013-10-02").code == 0, (
        "the first after the end keeps value and score"
    )
    repo.commit(
        {"metrics/data/orders.csv": rows(late_in_september=0)}, on="2013-11-20T09:00:00+01:00"
    )
    okr = shown(run, "2013-11-22")["okr"]
    assert isinstance(okr, dict)
    assert okr["score"] == pytest.approx(ENDED)
    assert okr["after_end"]["changed"] == ["data"]
    assert okr["after_end"]["score"] == 1
    assert "by today's data" in run("status", "--as-of", "2013-11-22").out


def test_data_corrected_after_the_end_are_told_as_such_once(
    repo: Repo, run: Run, box: Mailbox
) -> None:
    assert run("announce", "--as-of", "2013-09-20").code == 0
    assert run("announce", "--as-of", "2013-10-10").code == 0
    repo.commit({"metrics/data/orders.csv": rows(2)}, on="2013-11-04T09:00:00+01:00")
    repo.git("push", "--quiet", "origin", "main")
    assert run("announce", "--as-of", "2013-11-22").code == 0
    assert run("announce", "--as-of", "2013-11-22").code == 0
    told = [" ".join(text.split()) for text in texts(box)]
    assert len(told) == 3, "each reader once"
    assert (
        "After the end of 2013-Q3: Past values of Late orders changed. It stays as it ended."
        in told[0]
    )
    assert "Would score 0.83 1.00" in told[0]
    assert "Would be Partly met Met" in told[0]
    assert run("build", "--as-of", "2013-11-22").code == 0
    page = (repo.path / "site/okrs/late_share.md").read_text(encoding="utf-8")
    log = page[page.index("## Revision log") :]
    assert "- At the end: 10.0%" in page
    assert "- Score: 0.83" in page
    assert "After the end of 2013-Q3: it stays as it ended" in log
    assert "| Would score | 0.83 | 1.00 |" in log
    chart = (repo.path / "site/okrs/late_share.html").read_text(encoding="utf-8")
    assert "It ended at 10.0%" in chart
    assert "5.0% today</text>" in chart
    assert "at the end</text>" not in chart


@pytest.mark.parametrize("how", ["move", "period", "remove"])
def test_going_on_elsewhere_leaves_the_old_objectives_score(repo: Repo, run: Run, how: str) -> None:
    objective = OBJECTIVE.replace("2013-Q3", "2013-Q4").replace("title: Ship", "title: Still ship")
    files: dict[str, str | bytes | None] = {f"{NEXT}/objective.md": objective}
    if how == "period":
        longer = late_share(
            0.08, "period: {start: 2013-07-01, end: 2013-12-31}\n" + note("2013-10-06")
        )
        files[f"{FOLDER}/late_share.sql"] = longer
    else:
        files[f"{FOLDER}/late_share.sql"] = None
        if how == "move":
            files[f"{NEXT}/late_share.sql"] = late_share(0.04, note("2013-10-06"))
    repo.commit(files, on="2013-10-06T09:00:00+02:00")
    found = json.loads(run("status", "--format", "json", "--as-of", "2013-11-22").out)
    scores = {each["id"]: each["score"] for each in found["objectives"]}
    assert scores["2013-q3-ship"] == pytest.approx(ENDED)
    assert "Late orders (as it ended)" in run("status", "--as-of", "2013-11-22").out
    if how == "move":
        assert scores["2013-q4-ship"] == pytest.approx((0.2 - 0.05) / (0.2 - 0.04))
    assert run("build", "--as-of", "2013-11-22").code == 0
    for form in ("md", "html"):
        page = (repo.path / f"site/objectives/2013-q3-ship.{form}").read_text(encoding="utf-8")
        assert "0.83" in page
        assert "Late orders" in page
        assert "It has no key results" not in page


def test_another_definition_after_the_end_is_shown_beside_the_closed_value(
    repo: Repo, run: Run
) -> None:
    text = late_share(0.08, note("2013-11-04"), sql="sum(late) / sum(n) / 2")
    repo.commit({f"{FOLDER}/late_share.sql": text}, on="2013-11-04T10:00:00+01:00")
    found = shown(run, "2013-11-22")
    okr = found["okr"]
    assert isinstance(okr, dict)
    assert found["value"] == pytest.approx(0.1)
    assert okr["after_end"]["changed"] == ["definition"]
    assert okr["after_end"]["value"] == pytest.approx(0.05)
    assert "/ 2" not in str(found["definition"]), "the query that it ended with"


def test_what_ended_stays_so_when_its_objectives_folder_gets_another_name(
    repo: Repo, run: Run
) -> None:
    folder = "metrics/okrs/2013-q3/shipping"
    files: dict[str, str | bytes | None] = {
        f"{FOLDER}/objective.md": None,
        f"{FOLDER}/late_share.sql": None,
        f"{folder}/objective.md": OBJECTIVE,
        f"{folder}/late_share.sql": late_share(0.1, note("2013-11-04")),
    }
    repo.commit(files, on="2013-11-04T09:00:00+01:00")
    okr = shown(run, "2013-11-22")["okr"]
    assert isinstance(okr, dict)
    assert (okr["target"], okr["score"]) == (0.08, pytest.approx(ENDED))
    assert okr["after_end"]["changed"] == ["target"]


@pytest.mark.parametrize("how", ["move", "remove"])
def test_what_ended_keeps_its_value_when_it_is_gone_from_its_objective(
    repo: Repo, run: Run, box: Mailbox, how: str
) -> None:
    assert run("announce", "--as-of", "2013-09-20").code == 0
    assert run("announce", "--as-of", "2013-10-10").code == 0, "keeps value and score"
    repo.commit({"metrics/data/orders.csv": rows(2)}, on="2013-10-14T09:00:00+02:00")
    retired = (
        "period: 2013-Q3\nretired:\n  - {id: late_share, date: 2013-10-15, why: It is done.}\n"
    )
    files: dict[str, str | bytes | None] = {
        f"{FOLDER}/objective.md": OBJECTIVE.replace("period: 2013-Q3\n", retired),
        f"{FOLDER}/late_share.sql": None,
    }
    if how == "move":
        objective = OBJECTIVE.replace("2013-Q3", "2013-Q4")
        files = {
            f"{NEXT}/objective.md": objective,
            f"{NEXT}/late_share.sql": late_share(0.04, note("2013-10-15")),
            f"{FOLDER}/late_share.sql": None,
        }
    repo.commit(files, on="2013-10-15T09:00:00+02:00")
    repo.git("push", "--quiet", "origin", "main")
    assert run("announce", "--as-of", "2013-10-16").code == 0
    told = " ".join(texts(box)[0].split())
    if how == "move":
        assert (
            "Late orders goes on in 2013-Q4: the target is 4.0%, not 8.0%. It stays as it ended in"
            " 2013-Q3." in told
        )
        assert "Would" not in told
    else:
        assert (
            "After the end of 2013-Q3: Late orders is no longer a key result. It stays as it"
            " ended." in told
        )
        assert "Now, week to 29 Sep 2013 10.0% - Score 0.83 - Status Partly met -" in told, (
            "not of the corrected data"
        )
    assert run("announce", "--as-of", "2013-10-17").code == 0
    card = run("status", "--as-of", "2013-11-22").out.splitlines()
    row = next(line for line in card if "Late orders (as it ended)" in line)
    assert " 10.0% " in row
    assert " 0.83 " in row
    assert " 0.83 " in next(line for line in card if "Ship, 2013-Q3" in line)
