"""A company of 40 key results and 60 numbers: pages show what needs talk and fold the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from browser import Opened
from commandline import sharekit
from page_facts import PageFacts, words

from sharekit.site.long_lists import folded, folded_in_one

CONFIG = """[project]
name = "Company"
as_of = 2026-11-20
[people.ann]
name = "Ann Example"
email = "ann@example.com"
"""
OBJECTIVE = """---
title: Objective {o}
owner: ann
period: 2026-Q4
---
Why this matters.
"""
KEY_RESULT = """/* ---
title: Key result {o}.{k} is reached by the end
owner: ann
baseline: 0
target: {target}
challenges: Something is hard here.
help_wanted: Somebody with two free days.
--- */
SELECT day, n AS value FROM steps
"""
NUMBER = """/* ---
title: Number {n}
owner: ann
direction: up
--- */
SELECT day, {sql} AS value FROM steps
"""

ASK = """question: How many things of kind {n} are there?
asked:
  - {{on: 2026-10-05, by: ann}}
owner: ann
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of eight objectives with five key results each, of which half lag behind."""
    root = tmp_path_factory.mktemp("company")
    texts = {"sharekit.toml": CONFIG}
    days = (date(2026, 9, 1) + timedelta(days=at) for at in range(80))
    texts["metrics/data/steps.csv"] = "day,n\n" + "".join(
        f"{day},{at}\n" for at, day in enumerate(days)
    )
    for o in range(8):
        folder = f"metrics/okrs/2026-q4/objective_{o}"
        texts[f"{folder}/objective.md"] = OBJECTIVE.format(o=o)
        for k in range(5):
            text = KEY_RESULT.format(o=o, k=k, target=120 if k % 2 else 1000)
            texts[f"{folder}/kr_{o}{k}.sql"] = text
    for n in range(60):
        moves = n == 42
        sql = "CASE WHEN day = DATE '2026-11-19' THEN 500 ELSE n END" if moves else "n"
        texts[f"metrics/area/n{n:02}.sql"] = NUMBER.format(n=n, sql=sql)
    for n in range(30):
        texts[f"metrics/asks/q{n:02}.yaml"] = ASK.format(n=n)
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    assert sharekit("build", "--project", root).code == 0
    return root / "site"


def facts(company: Path, page: str) -> PageFacts:
    return PageFacts((company / page).read_text(encoding="utf-8"))


def titles(page: PageFacts) -> list[str]:
    return [words(summary) for summary in page.all("summary")]


def test_a_list_shows_its_first_rows_and_folds_the_rest() -> None:
    made = folded("abcdeABC", 2, str.upper, lambda rows: f"{len(rows)}")
    assert made.shown == ("a", "b")
    assert [(fold.title, fold.note, fold.rows) for fold in made.folds] == [
        ("C", "2", ("c", "C")), ("D", "1", ("d",)), ("E", "1", ("e",)), ("A", "1", ("A",)), ("B", "1", ("B",)),
    ]  # fmt: skip
    assert made.count == 8
    assert folded_in_one("abc", 2, "letters").shown == ("a", "b", "c"), "one row needs no fold"
    assert [fold.title for fold in folded_in_one("abcd", 2, "letters").folds] == ["2 more letters"]


@pytest.mark.slow
def test_the_pre_read_folds_by_objective_what_needs_no_talk(company: Path) -> None:
    page = facts(company, "digest.html")
    assert words(page.one("h1")).startswith("16 of 40 key results are on track")
    assert "Objective 3 2 on track" in titles(page)
    assert "37 more requests" in titles(page)
    assert "Objective 2 3 off track" in titles(page)


def test_the_scorecard_shows_the_worst_and_folds_the_rest_by_objective(company: Path) -> None:
    home = facts(company, "index.html")
    open_rows = [row for row in home.all("tr", "kr") if row.attrs["data-need"] == "yes"]
    assert len(home.all("tr", "kr")) == 40, "every key result is on the page"
    assert len(open_rows) == 24
    assert words(home.all("tbody", "obj")[0]).startswith(
        "To talk about first 5 of 24 that need a conversation"
    )
    assert "Objective 7 3 off track, 2 on track" in titles(home)
    assert not home.all("fieldset"), "what needs a conversation is shown already"


def test_a_long_objective_with_nothing_to_talk_about_shows_its_key_results(tmp_path: Path) -> None:
    folder = tmp_path / "metrics/okrs/2026-q4/calm"
    folder.mkdir(parents=True)
    (tmp_path / "sharekit.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "objective.md").write_text(OBJECTIVE.format(o=1), encoding="utf-8")
    (tmp_path / "metrics/data").mkdir()
    days = (date(2026, 9, 1) + timedelta(days=at) for at in range(80))
    steps = "".join(f"{day},{at}\n" for at, day in enumerate(days))
    (tmp_path / "metrics/data/steps.csv").write_text(f"day,n\n{steps}", encoding="utf-8")
    for k in range(13):
        text = KEY_RESULT.format(o=1, k=k, target=100)
        (folder / f"kr_{k:02}.sql").write_text(text, encoding="utf-8")
    assert sharekit("build", "--project", tmp_path).code == 0
    page = facts(tmp_path / "site", "objectives/2026-q4-calm.html")
    assert len(page.all("tr", "kr")) == 13
    assert "The other key results 13 on track" in titles(page)


def test_a_long_list_of_numbers_begins_with_what_moved_and_folds_the_folders(company: Path) -> None:
    page = facts(company, "metrics/index.html")
    assert words(page.one("h2")) == "Late or moved most"
    names = [words(link) for link in page.all("a", "kr__name")]
    assert names[0] == "Number 42"
    assert len(names) == len(set(names)) == 60, "each number stands once"
    assert titles(page) == ["Area 50 numbers"]
    assert "the rest is folded by folder" in words(page.one("p", "lead"))


def test_numbers_that_moved_most_come_first(company: Path) -> None:
    cards = [words(title) for title in facts(company, "index.html").all("h3")]
    assert cards[0] == "Number 42"


def test_the_ledger_of_asks_shows_its_first_questions(company: Path) -> None:
    page = facts(company, "asks.html")
    assert titles(page) == ["10 more questions"]
    assert sum(row.attrs.get("id", "").startswith("q-") for row in page.all("tr")) == 30


def test_a_folder_of_key_results_alone_makes_no_dashboard(company: Path) -> None:
    made = [path.name for path in (company / "dashboards").glob("*.html")]
    assert sorted(made) == ["area.html", "index.html"]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "screens"), [("index.html", 6), ("metrics/index.html", 3)])
def test_pages_of_a_whole_company_take_few_phone_screens(
    company: Path, open_page: Callable[..., Opened], name: str, screens: int
) -> None:
    page = open_page(company / name, width=390, height=844, touch=True).page
    assert page.evaluate("document.documentElement.scrollHeight") <= screens * 844


@pytest.mark.slow
def test_the_pre_read_of_40_key_results_takes_six_phone_screens(
    company: Path, open_page: Callable[..., Opened]
) -> None:
    page = open_page(company / "digest.html", width=390, height=844, touch=True).page
    assert page.evaluate("document.documentElement.scrollHeight") <= 6 * 844
    page.click("summary:has-text('Objective 3'):has-text('2 on track')")
    assert page.locator("details[open] >> text=Key result 3.1 is reached by the end").is_visible()
