"""Markdown twins and llms.txt: what scripts and assistants read says what the pages say, and leads
where they lead."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote, urlsplit

import pytest
import site_sample
from markdown_it import MarkdownIt
from markdown_it.token import Token
from page_facts import PageFacts
from site_files import FILES
from site_sample import render_site
from test_site_leaks import leaks, rendered

from sharekit.visible import WITHHELD

Tree = Mapping[str, bytes]
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOME = "https://numbers.kettlewick.example/team/"


def parsed(text: str) -> Iterator[Token]:
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def twins(tree: Tree) -> dict[str, str]:
    return {
        path: content.decode()
        for path, content in tree.items()
        if path.endswith(".md") or path == "llms.txt"
    }


def addresses(text: str) -> list[str]:
    return [str(token.attrs["href"]) for token in parsed(text) if token.type == "link_open"]


def test_every_page_of_something_has_a_twin(tree: Tree) -> None:
    wanted = {
        path.removesuffix("html") + "md"
        for path in tree
        if re.fullmatch(r"(metrics|okrs|objectives|dashboards)/(?!index\b|all/).+\.html", path)
    }
    assert wanted
    assert set(twins(tree)) == {*wanted, "index.md", "changes.md", "digest.md", "llms.txt"}


def test_pages_name_their_twin_in_their_head(tree: Tree) -> None:
    for path in twins(tree):
        if path == "llms.txt":
            continue
        page = PageFacts(tree[path.removesuffix("md") + "html"].decode())
        links = [
            e.attrs["href"] for e in page.all("link") if e.attrs.get("type") == "text/markdown"
        ]
        assert links == [posixpath.basename(path)], path
    listing = PageFacts(tree["metrics/index.html"].decode())
    assert not [e for e in listing.all("link") if e.attrs.get("type") == "text/markdown"]


def test_every_link_leads_to_a_file_of_the_tree(tree: Tree) -> None:
    wrong = []
    for path, text in twins(tree).items():
        for address in addresses(text):
            if address.startswith(HOME):
                target = urlsplit(address.removeprefix(HOME)).path or "index.html"
            elif urlsplit(address).scheme:
                continue
            else:
                target = posixpath.normpath(
                    posixpath.join(posixpath.dirname(path), unquote(urlsplit(address).path))
                )
            if unquote(target) not in tree:
                wrong.append(f"{path}: {address}")
    assert wrong == []


def test_a_number_says_all_that_its_page_says(tree: Tree) -> None:
    text = twins(tree)["metrics/orders.md"]
    for said in (
        "# Paid orders\n\n> How many orders were paid?\n\n**2,790 orders.** Week of 9 Nov 2026. +0.5% on the week"
        " before; +56.8% on a year ago. 190 orders above the target of 2,600 orders.\n",
        "- Owner: Mateo Ferreira, Head of Sales\n",
        "- As of: 22 November 2026\n",
        "- Data until: 21 November 2026\n",
        f"- Page: [{HOME}metrics/orders.html]({HOME}metrics/orders.html)\n",
        "- Data: [JSON](../data/orders.json), [CSV](../data/orders.csv)\n",
        "## Definition\n\nOrders with a **payment**; refunds taken out.\n\n```sql\nSELECT week, region, plan, count(*)",
        "- Reads: Orders, cleaned\n",
        "- Moves: [Active offices](../okrs/active_offices.md)",
        "### It reads `metrics._orders`\n\nOrders, cleaned. One row for each order.\n\n```sql\nSELECT * FROM orders",
        "| Week | Paid orders |\n| --- | ---: |\n| Week of 31 Aug 2026 | 2,623 orders |",
        "| Week of 9 Nov 2026 | 2,790 orders |\n| Week of 16 Nov 2026, so far | 2,733 orders |\n",
        "## By region\n\n| Region | Week of 9 Nov 2026 | Share | On the week before |",
        "| UK & Ireland | 666 | 23.9% | −5.1%, worse |",
        "one past value changed, the definition did not, 2,300 to 2,310 orders",
    ):
        assert said in text, said
    assert text.count("2026, so far") == 1


def test_a_key_result_says_where_it_stands_and_what_was_revised(tree: Tree) -> None:
    text = twins(tree)["okrs/active_offices.md"]
    for said in (
        "**At risk.** Raise it from 1,884 offices to 2,250 offices by 31 December 2026.",
        "- Objective: [Offices stay with us and grow](../objectives/2026-q4-growth.md)\n",
        "- Target: 2,250 offices, was 2,400 offices\n",
        "- Score: 0.37, 0.49 expected by 15 Nov\n",
        "## Challenges\n\n- **Trials convert late.** Half of them after day 21.\n- DACH is standing still.\n",
        "- [ ] Call trial offices on day 7 (Mateo Ferreira, overdue since 15 Nov)\n",
        "- A reminder in the app on day 7 (Asks Priya Raman. Two days. Was needed by 20 Nov, and is"
        " still unanswered)\n",
        "## On offer\n\n- Two trained callers (Mateo Ferreira, until 18 Dec)\n",
        "| Target | 2,400 offices | 2,250 offices |\n",
        "**Why it was wrong:** I was counting trials and refunds as customers.\n\n"
        "**What we do about it:** Count payments only,",
        "- Added: Filter added: `status <> 'refunded'`. In `metrics._orders`.\n",
        "- WHERE status <> 'cancelled'\n+ WHERE status NOT IN ('cancelled', 'refunded')\n",
    ):
        assert said in text, said


def test_old_failed_and_missing_values_are_told(tree: Tree) -> None:
    text = twins(tree)
    assert (
        "**This number is older than it should be.** The newest data is of 18 November"
        in text["metrics/on_time.md"]
    )
    assert "- Data until: 18 November 2026, stale: limit 2 days\n" in text["metrics/on_time.md"]
    assert (
        "Today’s run failed. The query took longer than 30 seconds."
        in text["metrics/failed_payments.md"]
    )
    assert (
        "**There is no value yet.** The table returns does not exist."
        in text["metrics/never_ran.md"]
    )
    assert "## Last 12 periods" not in text["metrics/never_ran.md"]


def test_rows_are_a_table(tree: Tree) -> None:
    text = twins(tree)["metrics/largest.md"]
    assert (
        "| Ordered on | Office | € |\n| --- | --- | ---: |\n| 20 Nov 2026 | Quist & Co | 980.5 |"
        in text
    )


def test_a_number_that_only_its_parts_have_says_so() -> None:
    path = "metrics/sales/orders.sql"
    files = {
        **FILES,
        path: FILES[path]
        .replace("total: sum", "total: none")
        .replace("[region, plan]", "[region]")
        .replace("[previous, year_ago, target]", "[target]"),
    }
    site = site_sample.site(
        "team", files, told=False, rows={**site_sample.ROWS, "orders": site_sample.by_region}
    )
    tree = {each.path: each.content for each in render_site(site)}
    text = tree["metrics/orders.md"].decode()
    assert "It has no total; its parts are below." in text
    assert "no total, its parts are on its page. Mateo" in tree["llms.txt"].decode()
    assert (
        "| no total | It has no total; its parts are on its page. |"
        in tree["dashboards/deliveries.md"].decode()
    )
    assert "## By region" in text
    assert "## Last 12 periods" not in text


def test_an_objective_and_a_dashboard(tree: Tree) -> None:
    objective, dashboard = (
        twins(tree)["objectives/2026-q4-growth.md"],
        twins(tree)["dashboards/deliveries.md"],
    )
    assert (
        "## Why\n\nAn office that stays for a year tells **three others**. See [on time](../metrics/on_time.md)."
        in (objective)
    )
    assert (
        "| [Active offices](../okrs/active_offices.md) (Revised) | 2,020 offices | 1,884 to 2,250 | 0.37 | At risk |"
        in objective
    )
    assert (
        "- `trial_offices`, 20 Oct: Trials are not customers. Count paying offices only.\n"
        in objective
    )
    assert (
        "On time: [96.4%](../metrics/on_time.md), [+0.7 pt](../metrics/on_time.md) on [95.8%]"
        in dashboard
    )
    assert (
        "| [Orders paid](../metrics/orders.md) | 2,790 orders | +0.5% on the week before | 2,600 orders |"
        in dashboard
    )
    assert "## Why\n\n> **Priya, I need you** by Wednesday." in dashboard
    assert "[the web](https://kettlewick.example/), `{{ on_time }}`." in dashboard


def test_the_first_page_leads_to_everything(tree: Tree) -> None:
    text = twins(tree)["index.md"]
    assert text.startswith(
        "# Kettlewick, Team 1\n\nSunday 22 November 2026, day 53 of 92 in Q4. Since 16 Nov one key"
    )
    assert {
        "llms.txt",
        "changes.md",
        "okrs/churn.md",
        "metrics/orders.md",
        "dashboards/deliveries.md",
    } <= set(addresses(text))
    assert (
        "- Revised: [The second kitchen opens](okrs/launch.md), **1 July 2026"
        in twins(tree)["changes.md"]
    )


# -- llms.txt -------------------------------------------------------------------------------------


def test_llms_txt_has_the_form_of_llmstxt_org(tree: Tree) -> None:
    """A title, a quote that sums up, text without headings, then sections that are lists of links
    with notes."""
    tokens = READER.parse(twins(tree)["llms.txt"])
    kinds = [token.type for token in tokens if token.level == 0 and token.nesting >= 0]
    assert kinds[:3] == ["heading_open", "blockquote_open", "paragraph_open"]
    assert kinds[3:] == ["heading_open", "bullet_list_open"] * ((len(kinds) - 3) // 2)
    heads = [
        tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"
    ]
    assert heads == [
        "Kettlewick, Team 1", "Overview", "Key results", "Objectives", "Numbers", "Dashboards", "Data", "Optional",
    ]  # fmt: skip
    items = [token.content for token in tokens if token.type == "inline" and token.level == 3]
    assert all(
        re.match(r"\[[^\]]+\]\(https://\S+\)(: .+)?$", item)
        for item in items
        if item.startswith("[")
    )


def test_llms_txt_names_everything_with_its_answer(tree: Tree) -> None:
    text = twins(tree)["llms.txt"]
    found = set(addresses(text))
    listed = json.loads(tree["sharekit.json"])
    for kind in ("metrics", "objectives", "dashboards"):
        assert {HOME + each["markdown"] for each in listed[kind]} <= found
    assert (
        f"- [Paid orders]({HOME}metrics/orders.md): How many orders were paid? 2,790 orders,"
        " week to 15 Nov, +0.5% on the week before. Mateo Ferreira answers for it.\n"
    ) in text
    assert (
        "96.4%, week to 15 Nov, +0.7 pt on the week before, stale. Hana Sato answers for it."
        in text
    )
    assert (
        "2,020 offices, week to 15 Nov, +3.1% on the week before, target 2,250 offices, at risk."
        in text
    )
    assert "as of 22 November 2026" in text
    assert f"`{HOME}data/ID.json`" in text


def test_what_is_over_comes_last(tree: Tree) -> None:
    before, _, after = twins(tree)["llms.txt"].partition("## Optional")
    assert {"okrs/cac.md", "objectives/2026-q3-cost.md"} <= {
        each.removeprefix(HOME) for each in addresses(after)
    }
    assert "okrs/cac.md" not in before
    assert "objectives/2026-q4-deliver.md" in before


# -- audiences ------------------------------------------------------------------------------------


def test_twins_cards_and_lists_hold_nothing_of_a_narrower_audience(tree: Tree, board: Tree) -> None:
    """As all files do; here by name, and against the tree in which the same words are."""

    def texts(of: Tree) -> Tree:
        return {
            path: text
            for path, text in of.items()
            if path.endswith((".md", ".txt")) or path.startswith("embed/")
        }

    assert leaks(texts(tree)) == {}
    held = leaks(texts(board))
    assert "llms.txt" in held["Salaries"]
    assert {"embed/salaries.html", "metrics/salaries.md", "dashboards/board/merger.md"} <= {
        path for paths in held.values() for path in paths
    }
    assert "objectives/2026-q4-board.md" in held["Nobody may know"]
    assert "okrs/price.md" in held["above the dream"]


def edited(path: str, before: str, after: str) -> dict[str, str]:
    assert before in FILES[path]
    return {**FILES, path: FILES[path].replace(before, after)}


@pytest.mark.slow
def test_sql_that_reads_something_hidden_is_not_written() -> None:
    tree = rendered(
        edited("metrics/sales/orders.sql", "FROM metrics._orders", "FROM metrics._payroll")
    )
    text = tree["metrics/orders.md"].decode()
    assert leaks(tree) == {}
    assert WITHHELD in text
    assert "```sql" not in text
    through = rendered(edited("metrics/sales/_orders.sql", "FROM orders", "FROM metrics._payroll"))
    assert leaks(through) == {}
    assert (
        f"### It reads `metrics._orders`\n\nOrders, cleaned. One row for each order.\n\n{WITHHELD}"
        in (through["metrics/orders.md"].decode())
    )


@pytest.mark.slow
def test_what_a_dashboard_may_not_show_is_not_written() -> None:
    body = FILES["dashboards/deliveries.md"] + (
        "\nPaid: {{ salaries }}.\n\n[the number](../metrics/board/salaries.sql)\n\n```metrics\n- salaries\n```\n"
        "\n```table\nid: salaries\n```\n\n```okrs\nobjective: 2026-q4-board\n```\n"
    )
    tree = rendered({**FILES, "dashboards/deliveries.md": body})
    assert leaks(tree) == {}
    assert "Paid: *not shared here*.\n\nthe number" in tree["dashboards/deliveries.md"].decode()


# -- people's words -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile() -> Tree:
    from test_site_hostile import build

    return build()


def test_no_text_becomes_html_or_leads_astray(hostile: Tree) -> None:
    for path, text in twins(hostile).items():
        for token in parsed(text):
            assert token.type not in ("html_block", "html_inline", "image"), path
            if token.type == "link_open":
                scheme = urlsplit(str(token.attrs["href"])).scheme
                assert scheme in ("", "https"), f"{path}: {token.attrs}"


def test_no_text_becomes_a_heading(hostile: Tree, tree: Tree) -> None:
    """All headings of a hostile number are of the kinds that an honest one has."""
    known = {
        each
        for path, text in twins(tree).items()
        if path.startswith(("metrics/", "okrs/"))
        for each in headings(text)
    }
    ours = {
        re.sub(r"^(#+ (By|It reads|\d)).*", r"\1", each)
        for each in known
        if not each.startswith("# ")
    }
    for path in ("metrics/evil.md", "okrs/kr.md"):
        found = headings(twins(hostile)[path])
        assert sum(each.startswith("# ") for each in found) == 1
        for each in found[1:]:
            assert re.sub(r"^(#+ (By|It reads|\d)).*", r"\1", each) in {
                *ours,
                "## To decide",
            }, path


def headings(text: str) -> list[str]:
    tokens = READER.parse(text)
    return [
        f"{token.markup} {tokens[at + 1].content}"
        for at, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def test_sql_with_fences_stays_in_its_fence() -> None:
    sql = "SELECT 1 AS value -- ````\n```\n# heading\n~~~~\n"
    files = {
        "sharekit.toml": '[project]\nname = "One"\n',
        "metrics/runway.sql": f"/* ---\ntitle: Runway\n--- */\n{sql}",
    }
    site = site_sample.site("everyone", files, told=False)
    text = {each.path: each.content.decode() for each in render_site(site)}["metrics/runway.md"]
    fences = [token.content for token in READER.parse(text) if token.type == "fence"]
    assert fences == [sql]
    assert headings(text) == ["# Runway", "## Definition"]


def test_members_and_cells_stay_in_their_rows(hostile: Tree) -> None:
    tokens = READER.parse(twins(hostile)["metrics/evil.md"])
    rows = _cells(tokens)
    assert {len(row) for row in rows} == {2, 4, 6}  # periods; members; periods by member
    table = _cells(READER.parse(twins(hostile)["metrics/rows.md"]))
    assert [len(row) for row in table] == [1, 1, 1]


def _cells(tokens: Iterable[Token]) -> list[list[Token]]:
    rows: list[list[Token]] = []
    inside = False
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        inside = token.type in ("th_open", "td_open") or (
            inside and token.type not in ("th_close", "td_close")
        )
        if inside and token.type == "inline":
            rows[-1].append(token)
    return rows
