"""Asking again finds the page: paraphrases, each with the number of the example that must lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from sharekit.asks.similar import SEARCH, SearchText, ranked, significant_words, similar_items
from sharekit.project.load import load
from sharekit.project.manifest import Manifest
from sharekit.visible import visible_manifest

PARAPHRASES = [
    ("What share of flights departs on schedule?", "on_time_departures"),
    ("How many departures are on time?", "on_time_departures"),
    ("punctuality", "on_time_departures"),
    ("OTP", "on_time_departures"),
    ("How many flights got cancelled?", "cancellations"),
    ("cancelled departures", "cancellations"),
    ("Canceled flights", "cancellations"),
    ("How late are we on average?", "average_delay"),
    ("average delays at departure", "average_delay"),
    ("worst delays", "p90_delay"),
    ("ninetieth percentile of delay", "p90_delay"),
    ("How bad are bad departures?", "p90_delay"),
    ("how many departures per week", "weekly_flights"),
    ("traffic", "weekly_flights"),
    ("number of cities reachable", "destinations"),
    ("Which destinations do we serve?", "destinations"),
    ("Do arrivals come in on time?", "on_time_arrivals"),
    ("busiest route", "busiest_routes"),
    ("How many flights have left since the year began?", "flights_this_year"),
    ("Is LaGuardia arriving on time?", "lga_arrivals"),
    ("How busy is one day?", "daily_flights"),
    ("Which flights kept people waiting?", "longest_delays"),
]


@pytest.fixture(scope="module")
def example() -> Manifest:
    return load(Path(__file__).parents[2])


@pytest.mark.parametrize(("question", "answer"), PARAPHRASES)
def test_a_paraphrase_finds_its_number(example: Manifest, question: str, answer: str) -> None:
    numbers = [close.id for close in similar_items(question, example) if close.kind == "metric"]
    assert answer in numbers[:2]


def test_the_answer_mostly_leads(example: Manifest) -> None:
    leading = [similar_items(question, example)[0].id == answer for question, answer in PARAPHRASES]
    assert sum(leading) >= len(leading) * 0.85


def test_an_earlier_question_is_found(example: Manifest) -> None:
    first = similar_items("How many seats are lost through cancellations?", example)[0]
    assert (first.kind, first.id) == ("ask", "seats-lost")


@pytest.mark.parametrize(
    "question", ["What does a coffee cost?", "price of a ticket", "", "???", "how many"]
)
def test_what_nobody_shares_finds_nothing(example: Manifest, question: str) -> None:
    assert similar_items(question, example) == ()


def test_an_audience_finds_only_its_own(example: Manifest) -> None:
    assert similar_items("cancelled flights", visible_manifest("airports", example))
    assert similar_items("cancelled flights", visible_manifest("strangers", example)) == ()


def test_in_a_search_words_that_nobody_uses_hide_nothing(example: Manifest) -> None:
    texts = [
        SearchText("metric", each.id, each.title, significant_words(each.title), 1.0)
        for each in example.plain_metrics.values()
    ]
    asked = "cancelled flights per hangar, gadget, wombat and quince"
    assert ranked(asked, texts) == ()
    assert ranked(asked, texts, SEARCH)[0].id in ("cancellations", "cancelled_share")
    assert ranked("price of coffee", texts, SEARCH) == ()


def test_a_search_forgives_a_slip(example: Manifest) -> None:
    texts = [
        SearchText("metric", each.id, each.title, significant_words(each.title), 1.0)
        for each in example.plain_metrics.values()
    ]
    assert ranked("destinatoins", texts, SEARCH)[0].id == "destinations"
