"""okrs.json, changes.json and the words in sharekit.json: what the pages say, for machines, and
nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import site_sample
from site_files import FILES
from site_revisions import _told
from site_sample import render_site
from test_site_leaks import changed, leaks, rendered

from sharekit.records import replace
from sharekit.revisions.revision import FieldChange

Tree = Mapping[str, bytes]


def index(tree: Tree) -> dict[str, Any]:
    return dict(json.loads(tree["sharekit.json"]))


def words(tree: Tree, name: str) -> dict[str, Any]:
    return dict(next(each["words"] for each in index(tree)["metrics"] if each["id"] == name))


def test_the_index_says_what_a_number_is_called_and_how_it_reads(tree: Tree) -> None:
    orders = words(tree, "orders")
    assert (orders["question"], orders["synonyms"]) == (
        "How many orders were paid?",
        ["sales", "purchases"],
    )
    assert orders["description"] == "Orders with a payment; refunds taken out.", (
        "without its Markdown"
    )
    assert orders["text"].endswith(" orders")
    assert orders["period"] == "week of 9 Nov 2026"
    assert [line.rpartition(" on ")[2] for line in orders["compared"]] == [
        "the week before",
        "a year ago",
    ]
    assert (orders["target"], orders["as_of"], orders["stale"]) == (
        "2,600 orders",
        "2026-11-22",
        None,
    )


def test_the_index_says_how_old_a_value_is_and_why(tree: Tree) -> None:
    late, failed, never = (
        words(tree, name) for name in ("on_time", "failed_payments", "never_ran")
    )
    assert (late["max_age"], late["data_until"], late["failed"]) == ("2 days", "2026-11-18", False)
    assert late["stale"] == "the newest data is of 18 November, and the limit is 2 days"
    assert (failed["as_of"], failed["failed"]) == ("2026-11-20", True), (
        "the last good value's own day"
    )
    assert failed["stale"] == "the query took longer than 30 seconds"
    assert (never["text"], never["as_of"], never["failed"]) == (None, None, True)


def test_people_are_those_who_answer_for_something(tree: Tree, board: Tree) -> None:
    people = index(tree)["people"]
    assert people["mateo"] == {"name": "Mateo Ferreira", "role": "Head of Sales"}
    assert "olga" not in people
    assert "olga" in index(board)["people"]


def test_the_scorecard_has_what_owners_share(tree: Tree) -> None:
    document = json.loads(tree["okrs.json"])
    growth = next(each for each in document["objectives"] if each["id"] == "2026-q4-growth")
    assert growth["why"] == ["An office that stays for a year tells three others. See on time."]
    assert growth["retired"][0]["why"] == "Trials are not customers."
    active = next(each for each in growth["key_results"] if each["id"] == "active_offices")
    assert active["challenges"][0].startswith("Trials convert late.")
    assert [task["state"] for task in active["plan"]] == ["done", "overdue", "todo"]
    assert active["help_wanted"][1]["answered"] == "Yes, 8 k€."
    assert (active["target"], active["original_target"]) == ("2,250 offices", "2,400 offices")
    assert {key["id"] for each in document["objectives"] for key in each["key_results"]} == {
        each["id"] for each in index(tree)["metrics"] if each["kind"] == "key_result"
    }
    assert "at risk up to 0.30" in document["rule"]


def test_changes_have_from_to_and_reasons_and_lead_to_their_place(tree: Tree) -> None:
    changes = json.loads(tree["changes.json"])["changes"]
    assert [each["on"] for each in changes] == sorted(
        (each["on"] for each in changes), reverse=True
    )
    revised = next(
        each for each in changes if each["kind"] == "revised" and each["item"] == "active_offices"
    )
    assert revised["why"] == "I was counting trials and refunds as customers."
    assert revised["we_will"] == "Count payments only, and keep the growth that we promised."
    assert "Filter added: status <> 'refunded' (in metrics._orders)" in revised["definition"]
    assert not any(each["kind"] == "words" for each in changes), "rewording is history, not news"
    for each in changes:
        if each["page"]:
            page, _, anchor = each["page"].partition("#")
            assert f'id="{anchor}"' in tree[page].decode(), each["page"]


@pytest.mark.slow
def test_links_to_something_hidden_are_left_out_of_plain_texts() -> None:
    link = "See [the number](../../../board/salaries.sql)."
    files = changed(
        "metrics/okrs/2026-q4/growth/objective.md", ("See [on time]", f"{link} See [on time]")
    )
    orders = "metrics/sales/orders.sql"
    files[orders] = FILES[orders].replace(
        "description: ", f"description: {link.replace('../../..', '..')} "
    )
    tree = rendered(files)
    assert "See the number." in tree["okrs.json"].decode()
    assert leaks(tree) == {}


@pytest.mark.slow
def test_the_first_target_is_that_of_the_day_a_key_result_was_introduced() -> None:
    """As history tells it: the day's own judgement knows today's target alone."""
    site = site_sample.site("team", told=False)
    first = _told("churn", "Offices lost", "mateo", "introduced", 10, 1, number=1, before=None)
    later = _told(
        "churn",
        "Offices lost",
        "mateo",
        "retargeted",
        11,
        2,
        number=2,
        fields=(FieldChange("target", 0.012, 0.015),),
    )
    told = tuple(replace(each, original_target=0.012) for each in (later, first))
    tree = {each.path: each.content for each in render_site(replace(site, revisions=told))}
    assert json.loads(tree["data/churn.json"])["okr"]["original_target"] == 0.012
    assert "was 1.2%" in tree["okrs/churn.html"].decode()


def test_the_first_target_of_an_item_that_has_been_opened_stays_untold() -> None:
    """The later revision remembers a target of the time when another audience had it to itself."""
    opened = _told(
        "churn", "Offices lost", "mateo", "retargeted", 10, 20, number=2,
        fields=(FieldChange("audience", "board", "team"), FieldChange("target", 5.4321, 0.012)),
    )  # fmt: skip
    later = _told(
        "churn",
        "Offices lost",
        "mateo",
        "retargeted",
        11,
        2,
        number=3,
        fields=(FieldChange("target", 0.012, 0.015),),
    )
    told = tuple(replace(each, original_target=5.4321) for each in (later, opened))
    tree = rendered(FILES, told)
    assert leaks(tree, ("5.4321", "543.21")) == {}
