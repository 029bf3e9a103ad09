"""The page of questions, what other pages say about them, and the search that finds them or shows how
to ask."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import site_sample
from browser import Opened
from page_facts import PageFacts, words
from site_files import CONFIG, FILES, write
from site_sample import render_site
from test_site_browser import accessibility_faults

from sharekit.history.moment import Moment
from sharekit.records import replace
from sharekit.revisions.revision import Revision

Tree = Mapping[str, bytes]
Open = Callable[..., Opened]

ASKS = {
    "metrics/asks/refunds.yaml": """question: How many refunds last month, and why?
asked:
  - {on: 2026-11-18, by: priya, via: mail}
  - {on: 2026-11-20, by: mateo}
owner: hana
promised: 2026-11-20
""",
    "metrics/asks/peak.yaml": "question: Is there room for Christmas?\nasked:\n  - {on: 2026-09-04, by: priya}\n",
    "metrics/asks/late_drops.yaml": """question: How often do we come too late?
asked:
  - {on: 2026-11-09, by: mateo}
  - {on: 2026-11-12, by: priya}
  - {on: 2026-11-13, by: mateo}
answered_by: on_time
answered_on: 2026-11-19
""",
    "metrics/asks/offices.yaml": """question: How many offices really pay?
asked:
  - {on: 2026-11-12, by: priya}
answered_by: active_offices
answered_on: 2026-10-01
""",
    "metrics/asks/fleet.yaml": """question: Which vans were late?
asked:
  - {on: 2026-10-12, by: priya}
answered_by: deliveries
""",
    "metrics/asks/fares.yaml": """question: What do others charge?
asked:
  - {on: 2026-10-14, by: mateo}
owner: priya
declined: They do not tell, and we should not guess.
""",
}
HIDDEN = {
    "metrics/asks/whispered.yaml": """question: Who whispers of the secret offer?
asked:
  - {on: 2026-11-01, by: olga}
audience: board
""",
    "metrics/asks/wages.yaml": """question: What do wages come to?
asked:
  - {on: 2026-11-02, by: mateo}
answered_by: salaries
answered_on: 2026-11-07
""",
}


def render(
    files: Mapping[str, str], audience: str = "team", shared: Mapping[str, date] | None = None
) -> Tree:
    site = site_sample.site(audience, files, told=False)
    introduced = tuple(
        _introduced(name, day, site.manifest) for name, day in (shared or {}).items()
    )
    return {each.path: each.content for each in render_site(replace(site, revisions=introduced))}


def _introduced(item: str, day: date, manifest: Any) -> Revision:
    metric = manifest.metrics[item]
    moment = Moment("c0ffee", datetime(day.year, day.month, day.day, 9, tzinfo=UTC), metric.owner)
    kind = "key_result" if metric.okr else "metric"
    return Revision(
        f"{item}-1",
        item,
        kind,
        metric.title,
        metric.owner,
        manifest.readers(metric.audiences),
        ("introduced",),
        moment,
    )


@pytest.fixture(scope="module")
def asked() -> Tree:
    shared = {
        "orders": date(2026, 10, 1),
        "on_time": date(2026, 11, 19),
        "churn": date(2026, 11, 2),
    }
    return render({**FILES, **ASKS}, shared=shared)


@pytest.fixture(scope="module")
def asks_folder(asked: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asks")
    write(asked, folder)
    return folder


def facts(tree: Tree, path: str = "asks.html") -> PageFacts:
    return PageFacts(tree[path].decode())


def rows(tree: Tree, table: str) -> list[str]:
    body = tree["asks.html"].decode().partition(f'<table class="{table}"')[2].partition("<tbody")[2]
    found = re.findall(r"<tr.*?</tr>", body.partition("</table>")[0], re.DOTALL)
    spaced = [row.replace("<small", " <small") for row in found]  # they stand on lines of their own
    return [words(PageFacts(f"<p>{row}</p>").one("p")) for row in spaced]


# -- what the page says ---------------------------------------------------------------------------


def test_headline_counts_what_was_there_before_anyone_asked(asked: Tree) -> None:
    page = facts(asked)
    assert words(page.one("h1")) == "11 of 12 numbers were here before anyone asked"
    assert "The last number shared unasked came on 2 November 2026." in page.text


def test_leaders_have_a_dot_for_each_number_and_their_counts_in_words(asked: Tree) -> None:
    assert rows(asked, "leaders") == [
        "Mateo Ferreira Head of Sales 1.00 4 of 4 4 of 4 numbers shared before anyone asked 4 of 4 none none 2 Nov",
        "Priya Raman CFO 1.00 4 of 4 4 of 4 numbers shared before anyone asked 4 of 4 none none –",
        "Hana Sato Head of Operations 0.75 3 of 4 3 of 4 numbers shared before anyone asked, "
        "1 question still waiting 3 of 4 10 days 1 –",
    ]
    hana = asked["asks.html"].decode().partition("Hana Sato<small>")[2].partition("</tr>")[0]
    assert re.findall(r'<circle class="([^"]+)"', hana) == ["yes", "yes", "yes", "no", "no op"]


def test_ledger_has_waiting_first_then_the_longest_wait_and_says_why_not(asked: Tree) -> None:
    assert rows(asked, "ledger") == [
        "Is there room for Christmas? Priya, first on 4 Sep Asked once Waiting Nobody has taken it yet 79 days so far",
        "How many refunds last month, and why? Priya and Mateo, first on 18 Nov (mail) Asked twice Waiting Hana Sato, "
        "promised for 20 Nov, overdue 4 days so far",
        "How often do we come too late? Mateo and Priya, first on 9 Nov Asked 3 times On-time deliveries Hana Sato, "
        "not asked since 10 days",
        "Which vans were late? Priya, first on 12 Oct Asked once Deliveries: on time, and what each drop costs "
        "Hana Sato Answered day not known",
        "How many offices really pay? Priya, first on 12 Nov Asked once Active offices Mateo Ferreira Before no wait",
        "What do others charge? Mateo, first on 14 Oct Asked once Declined They do not tell, and we should not guess.",
    ]
    bars = re.findall(r'<rect class="(open|d)" width="([^"]+)"', asked["asks.html"].decode())
    assert bars == [("open", "100%"), ("open", "5.1%"), ("d", "12.7%")]


def test_asking_is_a_mail_where_there_is_an_address(asked: Tree) -> None:
    link = next(each for each in facts(asked).all("a") if "Ask for a number" in each.text)
    assert link.attrs["href"].startswith("mailto:numbers@kettlewick.example?subject=")


@pytest.mark.slow
def test_asking_is_a_new_file_where_there_is_only_a_repository() -> None:
    files = {
        **FILES,
        **ASKS,
        "sharekit.toml": CONFIG.replace('[site]\nask_email = "numbers@kettlewick.example"\n', ""),
    }
    link = next(each for each in facts(render(files)).all("a") if "Ask for a number" in each.text)
    assert link.attrs["href"].startswith(
        "https://git.kettlewick.example/numbers/new/HEAD/metrics/asks?filename=a-question.yaml&value=question%3A%20%22%22"
    )


@pytest.mark.slow
def test_nothing_to_ask_and_nobody_to_ask_is_no_section() -> None:
    plain = CONFIG.replace('[site]\nask_email = "numbers@kettlewick.example"\n', "")
    tree = render({**FILES, "sharekit.toml": plain})
    assert "asks.html" not in tree
    assert "Asks" not in words(facts(tree, "index.html").one("nav", "nav"))


def test_ledger_is_a_table_for_machines_too(asked: Tree) -> None:
    lines = list(csv.DictReader(io.StringIO(asked["asks.csv"].decode())))
    assert [line["id"] for line in lines] == [
        "peak",
        "refunds",
        "late_drops",
        "fleet",
        "offices",
        "fares",
    ]
    assert lines[2]["asked_by"] == "Mateo Ferreira; Priya Raman"
    assert (lines[2]["shared_on"], lines[2]["days"], lines[2]["times"]) == ("2026-11-19", "10", "3")
    document = json.loads(asked["sharekit.json"])
    assert document["shared_before_asked"] == {"before": 11, "of": 12}
    assert [each["state"] for each in document["asks"]] == [
        "waiting",
        "waiting",
        *["answered"] * 3,
        "declined",
    ]
    assert document["asks"][2]["answered_by"] == "on_time"
    assert document["asks"][2]["page"] == "asks.html#q-late_drops"


@pytest.mark.slow
def test_many_questions_stand_on_several_pages_and_links_lead_to_the_right_one() -> None:
    many = {
        f"metrics/asks/q{at:03}.yaml": f"question: Number {at}?\nasked:\n  - {{on: 2026-11-0{1 + at % 9}, by: priya}}\n"
        for at in range(230)
    }
    tree = render({**FILES, **ASKS, **many})
    pages = {path: tree[path].decode() for path in ("asks.html", "asks/all/2.html")}
    for each in json.loads(tree["sharekit.json"])["asks"]:
        page, _, anchor = each["page"].partition("#")
        assert f'id="{anchor}"' in pages[page]
    assert "200 of 236 shown." in pages["asks.html"]


@pytest.mark.slow
def test_leader_with_many_numbers_has_a_bar() -> None:
    numbers = {
        f"metrics/n{at}.sql": f"/* ---\ntitle: N{at}\nowner: priya\n--- */\nSELECT 1 AS value\n"
        for at in range(60)
    }
    text = render({**FILES, **ASKS, **numbers})["asks.html"].decode()
    priya = text.partition("Priya Raman<small>")[2].partition("</tr>")[0]
    assert re.findall(r'<rect class="yes" width="([^"]+)"', priya) == ["100.0%"]
    assert "<circle" not in priya


# -- other pages ----------------------------------------------------------------------------------


def test_number_says_who_asked_for_it(asked: Tree) -> None:
    text = facts(asked, "metrics/on_time.html").text
    assert (
        "Asked by Mateo and Priya, 3 times until 13 Nov. Not once since. Shared 10 days after the first ask."
        in text
    )
    assert 'href="../asks.html#q-late_drops"' in asked["metrics/on_time.html"].decode()
    assert "Asked by" not in facts(asked, "metrics/orders.html").text


def test_key_result_says_that_it_was_here_first(asked: Tree) -> None:
    text = facts(asked, "okrs/active_offices.html").text
    assert "Asked by Priya, once, on 12 Nov. It was here before anyone asked." in text


def test_answer_and_newest_question_are_news(asked: Tree) -> None:
    news = words(facts(asked, "index.html").one("ul", "news"))
    assert "Answered How often do we come too late?" in news
    assert "Hana Sato, 19 Nov. Asked 3 times, shared after 10 days" in news
    assert "Waiting How many refunds last month, and why?" in news
    assert "Asked twice by Priya and Mateo. Hana Sato answers by 20 Nov" in news
    assert "Christmas" not in news, "nobody has asked for it lately"
    assert "How often do we come too late?" in facts(asked, "changes.html").text
    assert "Answered: How often do we come too late?" in asked["feed.xml"].decode()


# -- what nobody else may see ---------------------------------------------------------------------


def test_narrower_questions_and_answers_show_nowhere_else() -> None:
    tree = render({**FILES, **ASKS, **HIDDEN})
    for path, content in tree.items():
        if not path.startswith("assets/"):
            for secret in ("whisper", "salaries", "Salaries", "olga", "Olga", "2026-11-07"):
                assert secret not in content.decode(), (secret, path)
    wages = next(
        each for each in json.loads(tree["sharekit.json"])["asks"] if each["id"] == "wages"
    )
    assert (wages["state"], wages["answered_by"], wages["shared_on"]) == ("waiting", None, None)


def test_the_narrower_audience_sees_both() -> None:
    tree = render({**FILES, **ASKS, **HIDDEN}, "board")
    text = facts(tree).text
    assert "Who whispers of the secret offer?" in text
    assert "Salaries paid" in text


@pytest.mark.slow
def test_hostile_question_stays_text() -> None:
    hostile = 'question: "<script>alert(1)</script> =1+1 {{ orders }}"\nasked:\n  - {on: 2026-11-19, by: priya}\n'
    tree = render({**FILES, "metrics/asks/x.yaml": hostile})
    for path in ("asks.html", "index.html", "search-index.js", "sharekit.json", "asks.csv"):
        assert "<script>alert" not in tree[path].decode() or path in ("sharekit.json", "asks.csv")
    formula = {**FILES, "metrics/asks/x.yaml": hostile.replace("<script>alert(1)</script> ", "")}
    assert "'=1+1" in render(formula)["asks.csv"].decode()


# -- in a browser ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", ["asks.html", "index.html", "metrics/on_time.html"])
def test_page_is_sound(
    open_page: Open, asks_folder: Path, name: str, width: int, dark: bool
) -> None:
    opened = open_page(asks_folder / name, width=width, dark=dark)
    assert opened.trouble == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert accessibility_faults(opened.page) == []


@pytest.mark.slow
def test_every_section_can_be_reached_on_a_phone(open_page: Open, asks_folder: Path) -> None:
    page = open_page(asks_folder / "asks.html", width=390).page
    box = page.locator("nav.nav a", has_text="Asks").bounding_box()
    assert box["x"] + box["width"] <= 390
    assert "4 of 4" in page.locator(".leaders tbody tr").first.inner_text(), (
        "counts stand on a phone too"
    )


@pytest.mark.slow
def test_question_and_its_words_lead_to_the_answer(open_page: Open, asks_folder: Path) -> None:
    page = open_page(asks_folder / "metrics" / "orders.html").page
    page.fill("[role=combobox]", "how often do we come too late?")
    page.wait_for_selector("#results li b")
    assert page.inner_text("#results li span") == "On-time deliveries"
    page.fill("[role=combobox]", "refunds")
    assert (
        page.inner_text("#results li")
        == "How many refunds last month, and why?\nQuestion, waiting, asked twice"
    )
    page.keyboard.press("Enter")
    page.wait_for_url("**/asks.html#q-refunds")


def test_near_misses_are_shown_with_a_way_to_ask(open_page: Open, asks_folder: Path) -> None:
    page = open_page(asks_folder / "index.html").page
    page.fill("[role=combobox]", "why are there refunds for unicorns last month")
    page.wait_for_selector("#results li")
    shown = page.eval_on_selector_all("#results li span", "all => all.map((e) => e.textContent)")
    assert shown == [
        "How many refunds last month, and why?",
        "Ask for “why are there refunds for unicorns last month”",
    ]
    assert (
        page.inner_text("[data-search-status]")
        == "No exact match, 1 result near it. The last entry asks for it."
    )


@pytest.mark.slow
def test_what_is_not_there_can_be_asked_for_by_keyboard(open_page: Open, asks_folder: Path) -> None:
    opened = open_page(asks_folder / "index.html")
    page = opened.page
    page.keyboard.press("/")
    page.keyboard.type("unicorns & more")
    page.wait_for_selector("#results li")
    assert "Nothing shared under that name yet." in page.inner_text("#results")
    chosen = page.get_attribute("[role=combobox]", "aria-activedescendant")
    assert page.inner_text(f"#{chosen} span") == "Ask for “unicorns & more”"
    assert page.inner_text("[data-search-status]") == (
        "Nothing shared under that name yet. The last entry asks for it."
    )
    assert accessibility_faults(page) == []
    with page.expect_request(lambda request: request.url.startswith("mailto:")) as sent:
        page.keyboard.press("Enter")
    assert sent.value.url.endswith("&body=unicorns%20%26%20more")


@pytest.mark.slow
def test_asking_through_the_repository_writes_the_file_in_advance(
    open_page: Open, tmp_path: Path
) -> None:
    files = {
        **FILES,
        **ASKS,
        "sharekit.toml": CONFIG.replace('[site]\nask_email = "numbers@kettlewick.example"\n', ""),
    }
    write(render(files), tmp_path)
    page = open_page(tmp_path / "index.html").page
    page.fill("[role=combobox]", 'where are the "unicorns"?')
    page.wait_for_selector("#results li")
    page.route("https://git.kettlewick.example/**", lambda route: route.fulfill(body="a new file"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/new/HEAD/metrics/asks?filename=unicorns.yaml&**")
    assert (
        "value=question%3A%20%22where%20are%20the%20%5C%22unicorns%5C%22%3F%22%0Aasked%3A"
        in page.url
    )
