"""What a peer reads on the page of a number and of a key result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import site_sample
from page_facts import PageFacts, rendered, words
from site_files import FILES
from site_sample import render_site

from sharekit.numbers.measure.comparisons import comparison
from sharekit.numbers.results import Comparison, Forecast, OkrReading, Reading, Slice
from sharekit.project.shapes.front_matter import MetricFront
from sharekit.records import replace
from sharekit.site.charts import Subject
from sharekit.site.pages.key_result import rates
from sharekit.site.pages.metric import breakdowns

Page = Callable[[str], PageFacts]


# -- a number -------------------------------------------------------------------------------------


def test_a_number_is_the_largest_thing_on_its_page(page: Page) -> None:
    orders = page("metrics/orders.html")
    assert words(orders.one("h1")) == "Paid orders"
    hero = words(orders.one("p", "hero-num"))
    assert hero.startswith("2,790 orders +0.5% on the week before, +56.8%")
    assert hero.endswith("on a year ago. 190 orders above the target of 2,600 orders.")
    assert "How many orders were paid?" in orders.text
    assert "week of 9 Nov 2026" in orders.text


def test_a_number_can_be_switched_without_a_server(page: Page) -> None:
    orders = page("metrics/orders.html")
    assert [e.attrs["value"] for e in orders.all("input") if e.attrs.get("name") == "by"] == [
        "total",
        "by-region",
        "by-plan",
    ]
    assert [e.attrs["value"] for e in orders.all("input") if e.attrs.get("name") == "range"] == [
        "26",
        "all",
    ]
    shown = [e.attrs for e in orders.all("div") if "data-by" in e.attrs]
    assert [(e["data-by"], "hidden" in e) for e in shown] == [
        ("total", False),
        ("by-region", True),
        ("by-plan", True),
    ]


def test_every_slice_can_be_read_without_script(page: Page) -> None:
    orders = page("metrics/orders.html")
    tables = {e.attrs["id"]: e for e in orders.all("table") if "id" in e.attrs}
    assert {"t-total", "t-by-region", "t-by-plan", "t-part-by-region", "t-part-by-plan"} <= set(
        tables
    )
    for table in tables.values():
        assert "hidden" not in table.attrs
    assert not [e for e in orders.elements if "data-part" in e.attrs and "hidden" in e.attrs]
    region = words(tables["t-part-by-region"])
    assert all(name in region for name in ("Benelux", "DACH", "Nordics", "UK & Ireland"))
    assert region.endswith("All 2,790 100.0% +0.5%")
    assert "worse −5.1%" in region, "said in a word that everybody sees"
    assert not [e for e in orders.all("span", "vh") if "worse" in e.text]


def test_a_number_says_how_it_is_defined(page: Page) -> None:
    orders = page("metrics/orders.html")
    definition = next(e for e in orders.all("details") if words(e).startswith("Definition"))
    text = words(definition)
    described = "Orders with a payment; refunds taken out."
    assert described in words(orders.one("div", "page-head__main")), "under the title"
    assert described not in text
    assert "SELECT week, region, plan, count(*) AS value" in text
    assert "Lineage Orders, cleaned Paid orders" in text, "things by their titles"
    assert "The total is the sum of the slices" in text
    assert (
        "Orders, cleaned metrics._orders One row for each order. SELECT * FROM orders WHERE NOT test"
        in text
    )
    assert "sales and purchases" in text


def test_a_number_has_a_history_a_badge_and_its_data(page: Page) -> None:
    orders = page("metrics/orders.html")
    log = [
        words(item) for item in orders.one("ol", "log") and orders.all("li") if "Nov" in item.text
    ]
    assert log == [
        "12 Nov Mateo Ferreira, one past value changed, the definition did not, 2,300 to 2,310 orders",
        "2 Nov, 16:20 Mateo Ferreira, title, Orders to Paid orders",
    ]
    badge = orders.one("img", "badge")
    assert (badge.attrs["src"], badge.attrs["alt"]) == (
        "../badges/orders.svg",
        "Paid orders: 2,790 orders",
    )
    snippet = next(e for e in orders.all("pre") if e.attrs.get("id") == "badge-md")
    assert words(snippet) == (
        "[![Paid orders](https://numbers.kettlewick.example/team/badges/orders.svg)]"
        "(https://numbers.kettlewick.example/team/metrics/orders.html)"
    )
    assert {"../data/orders.csv", "../data/orders.json"} <= {
        e.attrs.get("href") for e in orders.all("a")
    }
    assert "Active offices" in orders.text, "what it moves"


def test_old_data_is_called_old_in_words(page: Page) -> None:
    on_time = page("metrics/on_time.html")
    assert words(on_time.one("section", "notice")) == (
        "This number is older than it should be The newest data is of 18 November, and the limit is 2 days."
    )
    assert "Data 18 Nov, limit 2 days" in on_time.text


def test_a_failed_run_shows_the_last_good_value_and_the_reason(page: Page) -> None:
    failed = page("metrics/failed_payments.html")
    assert words(failed.one("section", "notice")) == (
        "This is the last good value of 20 Nov Today’s run failed. The query took longer than 30 seconds."
    )
    assert words(failed.one("p", "hero-num")).startswith("3.0%")


def test_a_number_that_never_ran_says_so(page: Page) -> None:
    never = page("metrics/never_ran.html")
    assert (
        words(never.one("section", "notice"))
        == "There is no value yet The table returns does not exist."
    )
    assert "no value yet" in never.text
    assert "SELECT week, value FROM returns" in never.text


def test_a_table_shows_its_rows(page: Page) -> None:
    largest = page("metrics/largest.html")
    table = next(e for e in largest.all("table") if e.attrs.get("id") == "t-largest")
    assert words(table).startswith(
        "Ordered on Office €20 Nov 2026".replace("€20", "€ 20")
    ) or "20 Nov 2026 Quist & Co" in words(table)
    assert "980.5" in words(table)
    assert not largest.all("img", "badge")


def test_a_single_number_without_time_needs_no_chart(page: Page) -> None:
    runway = page("metrics/runway.html")
    assert words(runway.one("p", "hero-num")) == "14.2 months"
    assert not runway.all("div", "plot")
    assert "open" not in next(e for e in runway.all("details")).attrs, "SQL stays folded"


def test_a_number_that_does_not_add_up_shows_its_parts_alone() -> None:
    files = {**FILES, "metrics/operations/p90.sql": P90}
    rows = {**site_sample.ROWS, "p90": site_sample.by_region}
    pages = {e.path: PageFacts(e.content.decode()) for e in render_site(site_sample.site("team", files, rows=rows))
             if e.path.endswith(".html")}  # fmt: skip
    page = pages["metrics/p90.html"]
    assert not page.all("p", "hero-num")
    assert [e.attrs["data-by"] for e in page.all("div") if "data-by" in e.attrs] == []
    assert "By region, as a table" in page.text
    region = next(e for e in page.all("table") if e.attrs.get("id") == "t-part-by-region")
    assert "DACH" in words(region)
    assert "All" not in words(region)
    assert "It has no total; its parts are on its page." in pages["index.html"].text


P90 = """/* ---
title: Slowest tenth
owner: hana
unit: min
grain: week
dimensions: [region]
total: none
--- */
SELECT week, region, quantile_cont(minutes, 0.9) AS value FROM drops GROUP BY ALL
"""


# -- a key result ---------------------------------------------------------------------------------


def test_a_key_result_shows_where_it_stands(page: Page) -> None:
    active = page("okrs/active_offices.html")
    stats = words(active.one("dl", "stats"))
    assert stats.startswith(
        "Now 2,020 offices 44.9 offices behind the pace, measured through 15 Nov Target 2,250 offices was 2,400 offices"
    )
    assert (
        "Baseline, 1 Oct 1,884 offices Score 0.37 0.49 expected by 15 Nov Projected, 31 Dec"
        in stats
    )
    assert stats.endswith("Confidence 4 of 10 the owner’s own")
    assert "Raise it from 1,884 offices to 2,250 offices by 31 December 2026." in active.text
    assert "Needs +35 offices a week; so far it moves +" in active.text
    assert "too early to tell: 1,944 to 2,293 offices" in stats
    assert (
        "Its score is how far it has come from its baseline to its target, 0 to 1. How we score"
        in (active.text)
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("churn", "Bring it down from 2.4% to 1.5% by 31 December 2026."),
        ("margin", "Stay between 35.0% and 45.0% until 31 December 2026."),
        ("launch", "Reach 1 by 31 December 2026."),
        (
            "waste",
            "Find out where it stands by 31 December 2026; this period is only for measuring.",
        ),
    ],
)
def test_each_type_of_key_result_says_its_promise(page: Page, name: str, said: str) -> None:
    assert said in page(f"okrs/{name}.html").text


def test_what_is_hard_is_said_openly_with_days_told_from_the_as_of_date(page: Page) -> None:
    text = page("okrs/active_offices.html").text
    assert "Trials convert late. Half of them after day 21." in text
    assert "one of three done" in text
    assert "Done: Compare with finance 21 Nov Priya Raman" in text
    assert "Overdue: Call trial offices on day 7 overdue since 15 Nov Mateo Ferreira" in text
    assert "To do: Fill a seat 11 Dec Mateo Ferreira and Hana Sato" in text
    assert "Two days. Was needed by 20 Nov, and is still unanswered. I can help" in text
    assert "Answered: Yes, 8 k€." in text
    assert "Two trained callers Mateo Ferreira, until 18 Dec I want it" in text


def test_an_offer_of_help_opens_a_mail_to_the_owner(page: Page) -> None:
    help_ = next(e for e in page("okrs/active_offices.html").all("a") if words(e) == "I can help")
    assert (
        help_.attrs["href"]
        == "mailto:mateo@kettlewick.example?subject=Active%20offices%3A%20A%20reminder%20in%20the%20app%20on%20day%207"
    )


def test_the_revision_log_tells_each_revision_in_full(page: Page) -> None:
    articles = page("okrs/active_offices.html").all("article", "rev")
    assert [a.attrs["id"] for a in articles] == ["r3", "n-2026-10-30", "r1"]
    third = words(articles[0])
    assert (
        "Now 2,268 2,041 offices Target 2,400 offices 2,250 offices Baseline 2,010 offices 1,884 offices"
        in third
    )
    assert "Confidence 7 of 10 4 of 10 Score 0.66 0.43 Status On track At risk" in third
    assert "Why it was wrong I was counting trials and refunds as customers." in third
    assert "What we do about it Count payments only, and keep the growth that we promised." in third
    assert (
        "Offices on a trial −139 offices Counts office_id instead of address_id −88 offices"
        in third
    )
    assert "Changed: Counts office_id instead of address_id −88 offices" in third
    assert "Added: Filter added: status <> 'refunded'. In metrics._orders." in third
    assert "Before, revision 2 After, revision 3" in third
    assert "It also changes Paid orders and Offices stay with us and grow." in third
    assert "What happened to the data The number comes from the order database now." in words(
        articles[1]
    )
    assert "First declared, with target 2,400 offices from a baseline of 2,010 offices." in words(
        articles[2]
    )


@pytest.mark.slow
def test_without_git_the_log_is_what_owners_wrote() -> None:
    active = rendered(FILES)["okrs/active_offices.html"]
    assert [a.attrs["id"] for a in active.all("article", "rev")] == ["n-2026-11-21", "n-2026-10-30"]


@pytest.mark.slow
def test_a_chart_alone_in_its_row_is_drawn_wide() -> None:
    head = "---\ntitle: Alone\n---\n```metrics\n"
    one = "- {id: orders, chart: line, last: 13 weeks}\n"
    for body, box in (
        (one, "0 0 704 320"),
        (one + "- {id: on_time, chart: line}\n", "0 0 536 300"),
    ):
        facts = rendered({**FILES, "dashboards/alone.md": f"{head}{body}```\n"})[
            "dashboards/alone.html"
        ]
        assert {svg.attrs["viewbox"] for svg in facts.all("svg", "w")} == {box}


def test_a_table_without_rows_says_so() -> None:
    site = site_sample.site(
        "team",
        FILES,
        rows={
            **site_sample.ROWS,
            "largest": lambda: replace(site_sample.ROWS["largest"](), rows=()),
        },
    )
    pages = {page.path: page.content.decode() for page in render_site(site)}
    assert "No rows." in PageFacts(pages["metrics/largest.html"]).text


@pytest.mark.parametrize(("trend", "what"), [(4.24, "its trend, now at 4,"), (3.0, "it")])
def test_the_pace_names_its_trend_where_the_value_lies_off_it(trend: float, what: str) -> None:
    end = date(2026, 12, 31)
    okr = OkrReading(
        9, 1, None, 3, 0.75, 0.75, 0.5, -0.25, "on_track", False, 50, 92,
        forecast=Forecast(end, 5, 3, 8, 0.5, trend, "open"), needed_rate=-0.3, actual_rate=0.1,
    )  # fmt: skip
    counts = Subject("bugs", "Bugs", "bugs", "integer", "down", "week")
    assert rates(counts, okr).replace("4 bugs", "4") == (
        f"Needs −0.3 bugs a week; so far {what} moves +0.1 bugs a week."
    )


def test_a_breakdown_of_few_things_counts_in_every_row() -> None:
    front = MetricFront(title="Bugs", owner="ana", unit="bugs", format="integer", direction="down")

    def was(before: float, now: float) -> Comparison:
        return comparison("previous", date(2026, 11, 9), now, before, front)

    parts = tuple(
        Slice(name, now, (), was(before, now), None)
        for name, before, now in (("A", 26, 21), ("B", 9, 10))
    )
    reading = Reading("sliced", 31.0, "week", comparisons=(was(35, 31),), slices={"shop": parts})
    counts = Subject("bugs", "Bugs", "bugs", "integer", "down", "week")
    (table,) = breakdowns(counts, reading, ["shop"])
    assert [row.change for row in (*table.rows, table.total) if row] == [
        "−5 bugs",
        "+1 bug",
        "−4 bugs",
    ]
    (table,) = breakdowns(counts, replace(reading, slices={"shop": parts[:1]}), ["shop"])
    assert [row.change for row in (*table.rows, table.total) if row] == ["−19.2%", "−11.4%"]
