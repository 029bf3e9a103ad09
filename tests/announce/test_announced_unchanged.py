"""What was told stays as it was: its day, its words, its id; and links lead where the site is
published."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from commandline import sharekit
from gitrepos import Repo, environment, identity, new_repo

pytestmark = pytest.mark.slow

FOLDER = "metrics/okrs/2013-q4"
CONFIG = """[project]
name = "Works"
url = "https://numbers.example.com/w/"
timezone = "Europe/Berlin"
[people.maria]
name = "Maria Okafor"
[audiences.team]
members = ["maria"]
meeting = { day = "monday", time = "09:00" }
"""
NOTE = """revisions:
  - date: 2013-10-02
    reason: new_information
    why: Tow carriers.
    we_will: Carry on.
"""


def objective(title: str) -> str:
    return f"---\ntitle: {title}\nowner: maria\nperiod: 2013-Q4\n---\nCustomers plan by our word.\n"


def late_share(target: float = 0.08, note: str = "", title: str = "Late orders") -> str:
    head = (
        f"title: {title}\nowner: maria\ntype: decrease\ngrain: week\nbaseline: 0.15\ntarget:"
        f" {target}\n{note}"
    )
    query = (
        "SELECT DATE '2013-09-30' + INTERVAL (7 * i) DAY AS week, 0.12 AS value FROM range(7) AS"
        " weeks(i)"
    )
    return f"/* ---\n{head}--- */\n{query}\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    made = new_repo(tmp_path / "repo")
    files = {
        ".gitignore": "/.sharekit/\n/site/\n/outbox/\n",
        "sharekit.toml": CONFIG,
        f"{FOLDER}/ship/objective.md": objective("Ship on the day"),
        f"{FOLDER}/keep/objective.md": objective("Keep what we have"),
        f"{FOLDER}/ship/late_share.sql": late_share(),
        f"{FOLDER}/keep/other.sql": late_share(title="Lost orders"),
    }
    made.commit(files, on="2013-10-01T09:00:00+02:00")
    return made


def build(repo: Repo, day: str) -> None:
    said = sharekit("build", "--as-of", day, cwd=repo.path)
    assert said.code == 0, said.err


def revised(repo: Repo) -> list[str]:
    lines = (repo.path / "site/changes.md").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("- Revised:")]


@pytest.mark.parametrize("how", ["rebase", "merge", "squash"])
def test_what_was_written_long_ago_is_news_of_the_day_it_was_merged(repo: Repo, how: str) -> None:
    written, merged = "2013-10-02T09:00:00+02:00", "2013-11-20T10:00:00+01:00"
    repo.git("checkout", "--quiet", "-b", "request")
    repo.commit({f"{FOLDER}/ship/late_share.sql": late_share(0.09, NOTE)}, on=written)
    repo.git("checkout", "--quiet", "main")
    repo.commit(
        {f"{FOLDER}/keep/objective.md": objective("Keep them")}, on="2013-10-05T09:00:00+02:00"
    )
    if how == "rebase":
        repo.git("checkout", "--quiet", "request")
        repo.git(
            "rebase",
            "--quiet",
            "main",
            **{**identity("Merge Button", merged), "GIT_AUTHOR_DATE": written},
        )  # type: ignore[arg-type]
        repo.git("checkout", "--quiet", "main")
        repo.git("merge", "--quiet", "--ff-only", "request")
    else:
        repo.merge("request", on=merged, squash=how == "squash")
    build(repo, "2013-11-22")
    assert ["20 November 2013" in line for line in revised(repo)] == [True]
    feed = (repo.path / "site/feed.xml").read_text(encoding="utf-8")
    assert "<updated>2013-11-20T10:00:00+01:00</updated>" in feed
    preread = sharekit("digest", "--as-of", "2013-11-22", cwd=repo.path).out
    assert "One key result was revised" in preread


def test_an_entry_keeps_the_titles_of_its_day(repo: Repo) -> None:
    repo.git("mv", f"{FOLDER}/ship/late_share.sql", f"{FOLDER}/keep/late_share.sql")
    repo.commit({}, on="2013-11-05T09:00:00+01:00")
    build(repo, "2013-11-10")
    then = revised(repo)
    assert len(then) == 1
    assert "**Ship on the day** → **Keep what we have**" in then[0]
    titles = {
        f"{FOLDER}/ship/objective.md": "Be on time",
        f"{FOLDER}/keep/objective.md": "Win them back",
    }
    repo.commit(
        {path: objective(title) for path, title in titles.items()}, on="2013-11-20T09:00:00+01:00"
    )
    build(repo, "2013-11-22")
    assert revised(repo) == then


def test_a_copied_file_has_no_history_from_before_it_was_there(repo: Repo) -> None:
    noted = late_share(0.09, NOTE)
    repo.commit({f"{FOLDER}/ship/late_share.sql": noted}, on="2013-10-03T09:00:00+02:00")
    repo.commit({f"{FOLDER}/keep/late_again.sql": noted}, on="2013-11-05T09:00:00+01:00")
    build(repo, "2013-11-22")
    assert len(revised(repo)) == 1, "the one that was revised"
    page = (repo.path / "site/okrs/late_again.md").read_text(encoding="utf-8")
    assert "Tow carriers" not in page
    assert "### 5 November 2013, 09:00: Revision 1\n\n- New key result" in page


def test_notes_from_before_history_begins_are_told(repo: Repo) -> None:
    """A project that came to git later: what its owners wrote until then is all there is."""
    files = {
        path.relative_to(repo.path).as_posix(): path.read_bytes()
        for path in repo.path.glob("metrics/**/*.*")
    }
    moved = new_repo(repo.path.parent / "moved")
    noted = {f"{FOLDER}/ship/late_share.sql": late_share(0.09, NOTE)}
    moved.commit({"sharekit.toml": CONFIG, **files, **noted}, on="2013-11-05T09:00:00+01:00")
    build(moved, "2013-11-22")
    assert "Tow carriers" in (moved.path / "site/okrs/late_share.md").read_text(encoding="utf-8")


def entries(repo: Repo, day: str) -> dict[str, str]:
    """Id of each entry of the feed -> the day it was updated, without the feed's own."""
    build(repo, day)
    root = ET.parse(repo.path / "site/feed.xml").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    found = {"feed": root.findtext(f"{atom}id") or ""}
    for each in root.iter(f"{atom}entry"):
        found[each.findtext(f"{atom}id") or ""] = each.findtext(f"{atom}updated") or ""
    return found


def test_a_feed_keeps_its_ids_whatever_is_called_otherwise(repo: Repo) -> None:
    repo.commit(
        {f"{FOLDER}/ship/late_share.sql": late_share(0.09, NOTE)}, on="2013-11-02T09:00:00+01:00"
    )
    first = entries(repo, "2013-11-22")
    assert entries(repo, "2013-11-23") == first, "another day"
    changes = [
        {f"{FOLDER}/ship/late_share.sql": late_share(0.09, NOTE.replace("Tow", "Two"))},
        {"sharekit.toml": CONFIG.replace('"Works"', '"Works Ltd"')},
        {"sharekit.toml": CONFIG.replace("numbers.example.com/w", "share.example.com")},
        {f"{FOLDER}/ship/late_share.sql": late_share(0.09, NOTE, "Late orders, share")},
    ]
    for change in changes:
        repo.commit(change, on="2013-11-03T09:00:00+01:00")
        assert set(entries(repo, "2013-11-22")) == set(first), change


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("https://numbers.example.com/w", 0, ""),
        ("http://localhost:8000", 0, "warning[local-url]"),
        ("http://127.0.0.1/w/", 0, "warning[local-url]"),
        ("https://numbers.example.com/w/index.html", 2, "ends in a page"),
        ("https://numbers.example.com/w?x=1", 2, "ends in a query"),
        ("https://numbers.example.com/w#top", 2, "ends in a fragment"),
        ("numbers.example.com", 2, "should begin with https:// or http://"),
        ("", 2, "error[bad-url]"),
        (None, 0, "warning[no-url]"),
    ],
)
def test_the_address_of_the_site_is_one_that_links_are_made_from(
    repo: Repo, url: str | None, code: int, said: str
) -> None:
    line = f'url = "{url}"\n' if url is not None else ""
    config = re.sub(r"url = .*\n", line, CONFIG) + '[mail]\nfrom = "n@example.com"\n'
    repo.write({"sharekit.toml": config})
    checked = sharekit("check", "--no-run", "--as-of", "2013-11-22", cwd=repo.path)
    assert said in checked.out + checked.err
    assert ("-url]" in checked.out + checked.err) == bool(said)
    assert checked.code == code


def test_a_literal_in_a_long_change_stands_as_its_author_wrote_it(tmp_path: Path) -> None:
    """Where a query is too long to be shown whole, what is shown is its text: no blank is added to
    a literal."""
    before = (
        "SELECT day, sum(late) AS value FROM orders WHERE place = 'JFK' AND kind <> 'a  b' GROUP BY"
        " day\n"
    )
    cases = ",\n".join(
        f"  CASE WHEN late > {k} AND n < {90 + k} THEN late * {k} ELSE n END AS c{k}"
        for k in range(150)
    )
    inner = f"SELECT day, late, n,\n{cases}\nFROM orders WHERE place = 'JFK' AND kind <> 'a  b'"
    after = f"WITH a AS ({inner})\nSELECT day, sum(late) AS value FROM a GROUP BY day\n"
    (tmp_path / "a.sql").write_text(before, encoding="utf-8")
    (tmp_path / "b.sql").write_text(after, encoding="utf-8")
    for one, other in (("a.sql", "b.sql"), ("b.sql", "a.sql")):
        said = " ".join(sharekit("compare", one, other, cwd=tmp_path).out.split())
        assert "place = 'JFK'" in said
        assert "' JFK" not in said
        assert "JFK '" not in said


def growing(target: float, note: str = "") -> str:
    """A number that goes up each week, so that its status on one day is not that of another."""
    head = (
        f"title: Orders\nowner: maria\ngrain: week\nbaseline: 0\ntarget: {target}\n"
        f"direction: up\n{note}"
    )
    query = (
        "SELECT DATE '2013-09-30' + INTERVAL (7 * i) DAY AS week, i * i AS value FROM range(13) AS"
        " weeks(i)"
    )
    return f"/* ---\n{head}--- */\n{query}\n"


@pytest.mark.parametrize("fresh", [False, True], ids=["with its caches", "on a fresh machine"])
def test_an_entry_says_the_effect_and_status_of_its_day(repo: Repo, fresh: bool) -> None:
    path = f"{FOLDER}/ship/orders.sql"
    repo.commit({path: growing(100)}, on="2013-10-01T10:00:00+02:00")
    note = NOTE.replace("2013-10-02", "2013-11-05")
    repo.commit({path: growing(60, note)}, on="2013-11-05T09:00:00+01:00")
    build(repo, "2013-11-06")
    first = [line for line in revised(repo) if "Orders" in line]
    assert len(first) == 1
    introduced = [line for line in changes(repo) if line.startswith("- New:")]
    if fresh:
        shutil.rmtree(repo.path / ".sharekit")
    build(repo, "2013-12-20")
    assert [line for line in revised(repo) if "Orders" in line] == first
    assert [line for line in changes(repo) if line.startswith("- New:")] == introduced


def changes(repo: Repo) -> list[str]:
    return (repo.path / "site/changes.md").read_text(encoding="utf-8").splitlines()
