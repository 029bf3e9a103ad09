"""What a peer reads: on the first page, on the page of an objective, of a dashboard, in lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import site_sample
from page_facts import PageFacts, rendered, words
from site_files import FILES
from site_sample import render_site

from sharekit.records import replace

Page = Callable[[str], PageFacts]


# -- the first page -------------------------------------------------------------------------------


def test_the_first_page_opens_with_what_happened(page: Page) -> None:
    home = page("index.html")
    assert (
        words(home.one("h1"))
        == "Since 16 Nov one key result slipped, one was revised and one is met."
    )
    assert (
        words(home.one("p", "kicker"))
        == "Sunday 22 November 2026, day 53 of 92 in Q4 Pre-read Help wanted Add to calendar"
    )
    news = [
        words(item)
        for item in home.one("ul", "news") and home.elements
        if item.tag == "li" and "kind--" in str(item)
    ]
    assert news == []
    kinds = [words(e) for e in home.all("span", "kind")]
    assert kinds == ["Revised", "Slipped", "Challenge", "Met"], "the revision lost its status too"


def test_a_revision_stands_with_its_numbers_reason_and_owner(page: Page) -> None:
    home = page("index.html")
    item = next(e for e in home.all("li") if e.text.strip().startswith("Revised"))
    assert words(item) == (
        "Revised Active offices from 2,268 (target 2,400 offices) to 2,041 offices"
        " (target 2,250 offices) “I was counting trials and refunds as customers.” "
        "Mateo Ferreira, 21 Nov"
    )


@pytest.mark.slow
def test_without_news_the_first_page_says_how_things_stand() -> None:
    home = rendered(FILES)["index.html"]
    assert words(home.one("h1")) == "Since 16 Nov one key result was revised.", (
        "the note in the file is news"
    )
    old = {**FILES, "metrics/okrs/2026-q4/growth/active_offices.sql": without_revisions()}
    assert words(rendered(old)["index.html"].one("h1")) == (
        "One of five key results is met, two are on track, one is at risk and one is off track."
    )


def without_revisions() -> str:
    head, _, rest = FILES["metrics/okrs/2026-q4/growth/active_offices.sql"].partition(
        "revisions:\n"
    )
    return head + "--- */\n" + rest.partition("--- */\n")[2]


def test_the_tally_counts_scores_and_names(page: Page) -> None:
    tally = page("index.html").one("aside", "tally")
    assert words(tally).startswith("Five key results, scored 0 to 1")
    assert "On track 2 Offices lost, Margin stays healthy" in words(tally)
    assert "Mateo asks Priya, by 20 Nov, still unanswered" in words(tally)
    assert "Brand money" not in words(tally), "what has been answered is asked no more"


def test_the_scorecard_groups_by_objective_and_prints_its_rule(page: Page) -> None:
    home = page("index.html")
    rows = [words(row) for row in home.all("tr", "kr")]
    assert len(rows) == 5, "last quarter's key result is not of this one"
    active = next(row for row in rows if row.startswith("Active offices"))
    assert "Revised" in active
    assert "2,020 offices" in active
    assert "Score 0.37 of 1.00, 0.49 expected by 15 Nov, from 1,884 to 2,250" in active
    assert active.endswith("0.37 At risk Mateo Ferreira week to 15 Nov")
    assert (
        "On track is at most 0.10 below the score expected, at risk up to 0.30. How we score"
        in home.text
    )


def test_cards_say_change_owner_and_age(page: Page) -> None:
    cards = {
        words(card).partition(" 2,")[0]: words(card) for card in page("index.html").all("li", "kpi")
    }
    assert any(
        text.startswith("Paid orders 2,790 orders +0.5% on the week before")
        for text in cards.values()
    )
    assert any(
        "Returns no data It could not be computed. Hana Sato no value yet" in text
        for text in cards.values()
    )
    assert any(text.endswith("18 Nov, limit 2 days") for text in cards.values()), "stale in words"
    assert any(text.endswith("21 Nov, not updated") for text in cards.values()), (
        "the last good value"
    )


def test_a_project_of_one_number_has_a_first_page() -> None:
    only = {
        "sharekit.toml": '[project]\nname = "One"\n',
        "metrics/runway.sql": "/* ---\ntitle: Runway\n--- */\nSELECT 1 AS value\n",
    }
    home = rendered(only, audience="everyone")["index.html"]
    assert words(home.one("h1")) == "One number is shared here."
    assert "Scorecard" not in home.html.replace("Scorecard · ", "")
    assert words(home.one("nav", "nav")) == "Home Numbers Dashboards Changes"


def test_an_empty_project_has_a_first_page() -> None:
    home = rendered({"sharekit.toml": '[project]\nname = "None"\n'}, audience="everyone")[
        "index.html"
    ]
    assert words(home.one("h1")) == "No numbers are shared here."
    assert words(home.one("nav", "nav")) == "Home Changes"


# -- objectives and lists -------------------------------------------------------------------------


def test_an_objective_says_why_it_matters_and_what_serves_it(page: Page) -> None:
    growth = page("objectives/2026-q4-growth.html")
    assert "An office that stays for a year tells three others. See on time." in growth.text
    assert "../metrics/on_time.html" in {e.attrs.get("href") for e in growth.all("a")}, (
        "a file's page"
    )
    assert "Deliveries keep their promise Serves this objective, Hana Sato" in growth.text
    assert "overdue since 11 Nov" in growth.text
    assert "trial_offices Trials are not customers. Count paying offices only." in growth.text
    child = page("objectives/2026-q4-deliver.html")
    assert "Offices stay with us and grow The objective that this one serves" in child.text


@pytest.mark.slow
def test_an_objective_without_key_results_is_not_judged() -> None:
    above = "---\ntitle: Coffee everywhere\nowner: priya\nperiod: 2026-Q4\n---\nBecause.\n"
    path = "metrics/okrs/2026-q4/growth/objective.md"
    files = {**FILES, "metrics/okrs/2026-q4/above/objective.md": above}
    files[path] = FILES[path].replace(
        "period: 2026-Q4", "period: 2026-Q4\nparent: 2026-q4-above", 1
    )
    top = rendered(files)["objectives/2026-q4-above.html"]
    heading = top.text[top.text.rindex("Coffee everywhere") :].partition("Scores go")[0]
    assert "No data" not in heading
    assert "Score" not in heading
    assert re.search(
        r"Offices stay with us and grow Serves this objective, Mateo Ferreira [A-Z][a-z ]+ score 0\.\d\d",
        heading,
    )


def test_all_objectives_stand_by_period(page: Page) -> None:
    okrs = page("okrs/index.html")
    assert [words(e) for e in okrs.all("h2")] == ["2026-Q4", "2026-Q3"]
    assert len(okrs.all("tr", "kr")) == 5
    assert "Find out what an office costs One key result, Priya Raman" in okrs.text


def test_all_numbers_stand_by_folder(page: Page) -> None:
    numbers = page("metrics/index.html")
    assert "Five numbers and one table." in numbers.text
    assert [words(e) for e in numbers.all("h2")] == ["All", "Finance", "Operations", "Sales"]


@pytest.mark.slow
def test_long_lists_take_several_pages() -> None:
    files = {"sharekit.toml": '[project]\nname = "Many"\n'} | {
        f"metrics/m{n:03}.sql": f"/* ---\ntitle: Number {n}\n--- */\nSELECT 1 AS value\n"
        for n in range(450)
    }
    site = site_sample.site("everyone", files, told=False)
    pages = {
        e.path: e.content
        for e in render_site(site)
        if e.path.startswith("metrics/") and "m0" not in e.path
    }
    assert {"metrics/index.html", "metrics/all/2.html", "metrics/all/3.html"} <= set(pages)
    third = PageFacts(pages["metrics/all/3.html"].decode())
    assert [e.attrs["href"] for e in third.all("a", "btn")] == ["../index.html", "2.html", "3.html"]
    assert len(third.all("a", "kr__name")) == 50


# -- dashboards -----------------------------------------------------------------------------------


def test_a_dashboard_holds_live_numbers(page: Page) -> None:
    deliveries = page("dashboards/deliveries.html")
    live = [
        (words(e), e.attrs["href"])
        for e in deliveries.all("a", "live")
        if "data-member" not in e.attrs
    ]
    assert [text for text, _ in live] == ["96.4%", "+0.7 pt", "95.8%", "98.0%", "96.7%", "no data"]
    assert {href for _, href in live} == {"../metrics/on_time.html"}
    assert "{{ on_time }}" in deliveries.text, "not in code"


def test_a_dashboard_places_what_its_blocks_name(page: Page) -> None:
    deliveries = page("dashboards/deliveries.html")
    assert [words(e).partition(", ")[0] for e in deliveries.all("h2", "kpi__t")] == [
        "On-time deliveries",
        "Orders paid",
        "Cash runway",
        "Returns",
    ]
    titles = [words(e) for e in deliveries.all("h2") if e.attrs.get("id", "").startswith("h-c-")]
    assert titles == [
        "On-time deliveries, by region",
        "Paid orders, by plan",
        "Paid orders, by region",
        "Paid orders",
    ]
    assert len(deliveries.all("tr", "kr")) == 3
    assert len(deliveries.all("span", "kind")) == 3
    assert "The first 3 rows; 2 more are in the CSV file." in deliveries.text
    assert "../metrics/on_time.html#embed" in {e.attrs.get("href") for e in deliveries.all("a")}


def test_a_dashboard_can_be_switched_to_a_member_that_its_numbers_share(page: Page) -> None:
    deliveries = page("dashboards/deliveries.html")
    members = [words(e) for e in deliveries.all("label") if e.text and "name" not in e.attrs][:5]
    assert members == ["All", "Benelux", "DACH", "Nordics", "UK & Ireland"]
    parts = deliveries.all("div", "kpi__part")
    assert len(parts) == 2 * 5
    assert [words(e).partition(" ")[0] for e in parts[:3]] == ["96.4%", "95.6%", "96.7%"]
    assert sum("hidden" not in e.attrs for e in parts) == 2


def test_a_dashboard_is_as_old_as_its_oldest_number(page: Page) -> None:
    assert "Data 18 Nov, limit 2 days" in page("dashboards/deliveries.html").text


# -- changes --------------------------------------------------------------------------------------


def test_all_changes_stand_week_by_week(page: Page) -> None:
    changes = page("changes.html")
    assert [words(e) for e in changes.all("h2")] == [
        "Week 47 16 to 22 November", "Week 46 9 to 15 November", "Week 45 2 to 8 November",
        "Week 44 26 October to 1 November", "Week 43 19 to 25 October", "Week 40 28 September to 4 October",
        "Subscribe",
    ]  # fmt: skip
    kinds = [e.attrs["data-kind"] for e in changes.all("li", "ev")]
    assert kinds == [
        "revised",
        "slipped",
        "met",
        "challenge",
        "correction",
        "revised",
        "revised",
        "retired",
        "new",
    ]
    assert [e.attrs["value"] for e in changes.all("input") if e.attrs.get("name") == "kind"] == [
        "all", "revised", "slipped", "met", "challenge", "correction", "new", "retired",
    ]  # fmt: skip
    assert (
        "Agreed in the meeting. Hana Sato 4 Nov, 16:20 Period and owner Not announced"
        in changes.text
    )
    assert "1 July 2026 to 30 September 2026 to 2026-Q4" in changes.text
    assert "Reworded" not in changes.text, "words are history only"


@pytest.mark.slow
def test_many_introductions_of_one_day_are_told_as_one() -> None:
    site = site_sample.site("team")
    first = next(each for each in site.revisions if "introduced" in each.classes)
    many = tuple(
        replace(first, id=f"rev-{name}", item=name, title=name)
        for name in site.manifest.metrics
        if name != "salaries"
    )
    changes = PageFacts(
        next(
            e.content
            for e in render_site(replace(site, revisions=many))
            if e.path == "changes.html"
        ).decode()
    )
    new = [words(e) for e in changes.all("li", "ev") if e.attrs["data-kind"] == "new"]
    assert len(new) == 1
    assert new[0].startswith("New Twelve items shared for the first time")


@pytest.mark.slow
def test_a_long_history_takes_several_pages() -> None:
    site = site_sample.site("team")
    one = next(each for each in site.revisions if each.item == "churn")
    many = tuple(
        replace(
            one,
            id=f"rev-{n}",
            number=n + 1,
            after=replace(one.after, on=one.after.on - timedelta(days=n)),
        )
        for n in range(230)
    )
    paths = {e.path: e.content for e in render_site(replace(site, revisions=many))}
    assert {"changes.html", "changes/all/2.html", "changes/all/3.html"} <= set(paths)
    assert len(PageFacts(paths["changes/all/2.html"].decode()).all("li", "ev")) == 100


def test_the_page_of_changes_says_who_gets_which_mails() -> None:
    config = (
        FILES["sharekit.toml"].replace('email = "hana@', 'mail = "digest"\nemail = "hana@')
        + '\n[mail]\nfrom = "numbers@example.com"\n'
    )
    page = rendered({**FILES, "sharekit.toml": config})["changes.html"]
    said = words(page.one("dl", "def"))
    assert said.startswith("Announcements and the pre-read ")
    assert said.endswith("The pre-read alone Hana Sato")
    assert "Olga" not in said, "who is not of the audience"


def test_without_announcements_the_page_says_so() -> None:
    only = {"sharekit.toml": '[project]\nname = "One"\n'}
    assert (
        "Nothing has been announced yet."
        in rendered(only, audience="everyone")["changes.html"].text
    )


@pytest.mark.slow
def test_commits_after_a_fixed_date_are_told_by_the_owners_date() -> None:
    """A project whose as-of date is pinned in the past is committed later than that date."""
    site = site_sample.site("team")
    late = tuple(
        replace(each, after=replace(each.after, on=each.after.on + timedelta(days=4000)))
        for each in site.revisions
        if each.item == "active_offices"
    )
    home = next(
        e.content for e in render_site(replace(site, revisions=late)) if e.path == "index.html"
    ).decode()
    assert "Mateo Ferreira, 21 Nov" in " ".join(PageFacts(home).text.split())
    pages = {each.path: each.content for each in render_site(replace(site, revisions=late))}
    log = PageFacts(pages["okrs/active_offices.html"].decode()).all("article", "rev")
    assert [words(entry)[:17] for entry in log] == [
        "Revision 3 21 Nov",
        "Revision 1 New ke",
        "Revised 30 Oct Ma",
    ]
    assert date(2026, 11, 22) == site_sample.AS_OF


@pytest.mark.slow
def test_what_was_new_on_a_day_that_nobody_knows_is_no_news() -> None:
    """Where the as-of date is pinned in the past, what is committed later was there on some day."""
    site = site_sample.site("team")
    late = tuple(
        replace(made, after=replace(made.after, on=made.after.on + timedelta(days=4000)))
        for made in site.revisions
    )
    assert any(not made.note and "introduced" in made.classes for made in late)
    pages = {file.path: file.content for file in render_site(replace(site, revisions=late))}
    kinds = [words(e) for e in PageFacts(pages["changes.html"].decode()).all("span", "kind")]
    assert "Revised" in kinds
    assert "New" not in kinds
    assert b"Shared before anyone asked" not in pages["digest.html"]
