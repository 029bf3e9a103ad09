"""What a client is told about a built site: found, explained, dated, and read-only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mcp import Client
from mcp_types import TextResourceContents
from talk import ask, ask_all, converse, given, inside, said

from sharekit.mcp.freshness import status_words
from sharekit.wording.statuses import STATUS_WORDS

HARBOUR = "harbour"


def test_every_tool_is_read_only_and_says_when_to_use_it(site: Path) -> None:
    async def talk(client: Client) -> Any:
        return await client.list_tools(), client.instructions

    listed, instructions = inside(site, HARBOUR, talk)
    assert [tool.name for tool in listed.tools] == [
        "search_numbers", "get_number", "list_okrs", "list_changes", "list_questions",
    ]  # fmt: skip
    for tool in listed.tools:
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is False
        assert "Use it" in tool.description or "first step" in tool.description
        assert all(each.get("description") for each in tool.input_schema["properties"].values())
        assert tool.output_schema["type"] == "object"
    assert "Northern Ferries" in instructions
    assert "how fresh" in instructions


@pytest.mark.slow
def test_structured_answers_keep_their_schemas(site: Path) -> None:
    calls = [
        ("search_numbers", {"query": "on time"}),
        ("get_number", {"id": "punctual_crossings", "dimension": "ferry"}),
        ("get_number", {"id": "wind_gauge"}),
        ("get_number", {"id": "ferries_in_service"}),
        ("get_number", {"id": "night_ferry"}),
        ("list_okrs", {"period": "all"}),
        ("list_changes", {}),
        ("list_questions", {}),
    ]

    async def talk(client: Client) -> Any:
        schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        return schemas, [await client.call_tool(name, arguments) for name, arguments in calls]

    schemas, found = converse(site, HARBOUR, talk)
    for (name, _), answer in zip(calls, found, strict=True):
        jsonschema.Draft202012Validator(schemas[name]).validate(given(answer))
        assert said(answer).strip()


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("What share of ferries leaves on time?", "punctual_crossings"),
        ("punctuallity", "punctual_crossings"),
        ("reliability", "punctual_crossings"),
        ("keep their schedule", "punctual_crossings"),
        ("traffic", "crossings_sailed"),
        ("night ferry", "night_ferry"),
        ("lorries at the quay", "lorries-at-the-quay"),
        ("trust the timetable", "2013-q4-timetable"),
        ("week on the water", "water"),
    ],
)
def test_search_finds_by_the_words_that_people_use(site: Path, query: str, first: str) -> None:
    assert ask(site, HARBOUR, "search_numbers", query=query)["found"][0]["id"] == first


def test_search_tells_value_age_owner_and_page(site: Path) -> None:
    (answer,) = ask_all(site, HARBOUR, ("search_numbers", {"query": "punctuality", "limit": 1}))
    (found,) = given(answer)["found"]
    assert (found["kind"], found["text"]) == ("number", "89.3%")
    assert found["owner"] == {"key": "maria", "name": "Maria Okafor", "role": "Harbour master"}
    assert found["url"] == "https://ferries.example/numbers/harbour/metrics/punctual_crossings.html"
    for text in (found["text"], found["freshness"]["sentence"], found["url"], "Maria Okafor"):
        assert text in said(answer)


def test_search_says_that_a_question_waits_and_for_whom(site: Path) -> None:
    found = ask(site, HARBOUR, "search_numbers", query="how many lorries wait")["found"][0]
    assert (found["kind"], found["status"], found["owner"]["key"]) == (
        "question",
        "waiting",
        "maria",
    )
    assert "asked twice" in found["note"]


def test_search_that_finds_nothing_says_where_to_ask(site: Path) -> None:
    (answer,) = ask_all(site, HARBOUR, ("search_numbers", {"query": "price of coffee"}))
    assert given(answer) == {"found": [], "total": 0, "ask": given(answer)["ask"]}
    assert given(answer)["ask"].startswith("mailto:numbers@ferries.example")
    assert given(answer)["ask"] in said(answer)


def test_search_without_words_lists_everything(site: Path) -> None:
    answer = ask(site, HARBOUR, "search_numbers", limit=3)
    assert [each["id"] for each in answer["found"]] == [
        "crossings_sailed",
        "ferries_in_service",
        "punctual_crossings",
    ]
    assert answer["total"] == 9


def test_a_number_comes_with_its_definition_and_its_age(site: Path) -> None:
    (answer,) = ask_all(site, HARBOUR, ("get_number", {"id": "punctual_crossings", "periods": 2}))
    number = given(answer)
    published = json.loads((site / "harbour/data/punctual_crossings.json").read_text())
    assert (number["text"], number["value"], number["target_text"]) == (
        "89.3%",
        published["value"],
        "90.0%",
    )
    assert number["definition"]["sql"] == published["definition"]["sql"]
    assert (
        number["definition"]["description"]
        == "Crossings that leave within five minutes, by the log."
    )
    assert number["definition"]["reads"] == ["crossings"]
    assert number["series"] == published["series"][-2:]
    assert number["series_left_out"] == len(published["series"]) - 2
    assert number["asked"] == ["Do the boats keep their schedule?"]
    assert number["compared"][0].endswith("on the week before")
    assert {key: each["text"] for key, each in number["dimensions"]["ferry"]["members"].items()}.keys() == {
        "Skua", "Petrel",
    }  # fmt: skip
    fresh = number["freshness"]
    assert (fresh["as_of"], fresh["data_until"]) == ("2013-11-22", "2013-11-17")
    assert (fresh["age_days"], fresh["period"]) == (3, "week of 11 Nov 2013")
    assert fresh["sentence"].startswith(
        "As of 22 Nov 2013, 3 days ago; covers the week of 11 Nov 2013; data until 17 Nov 2013."
    )
    assert "89.3%" in said(answer)
    assert "FROM crossings" in said(answer)


def test_data_that_grew_old_since_the_build_is_called_stale_by_todays_date(site: Path) -> None:
    fresh = ask(site, HARBOUR, "get_number", id="punctual_crossings")["freshness"]
    assert fresh["stale"] == "Data is 8 days old; its limit is 3 days.", (
        "it was 5 on the day of the build"
    )
    assert "Stale: Data is 8 days old; its limit is 3 days." in fresh["sentence"]
    silent = ask(site, HARBOUR, "get_number", id="crossings_sailed")["freshness"]["stale"]
    assert silent is None, "without a limit: its last week was whole on the day of the build"


def test_a_number_whose_query_fails_has_no_value_and_says_why(site: Path) -> None:
    (answer,) = ask_all(site, HARBOUR, ("get_number", {"id": "wind_gauge"}))
    number = given(answer)
    assert (number["value"], number["freshness"]["as_of"]) == (None, None)
    assert number["freshness"]["stale"]
    assert number["freshness"]["sentence"].startswith("No value yet. Stale: ")
    assert "no value" in said(answer)


def test_a_dimension_gives_the_series_of_its_members(site: Path) -> None:
    whole, split = ask_all(
        site,
        HARBOUR,
        ("get_number", {"id": "punctual_crossings"}),
        ("get_number", {"id": "punctual_crossings", "dimension": "ferry", "periods": 3}),
    )
    assert given(whole)["dimensions"]["ferry"]["members"]["Skua"]["series"] == []
    assert len(given(split)["dimensions"]["ferry"]["members"]["Skua"]["series"]) == 3
    assert "Skua: 2013-10-28 " in said(split)


def test_a_table_gives_its_rows(site: Path) -> None:
    (answer,) = ask_all(site, HARBOUR, ("get_number", {"id": "ferries_in_service"}))
    assert given(answer)["table"]["rows"][0][0] == "Petrel"
    assert '["Petrel", ' in said(answer)


def test_okrs_tell_status_challenges_plan_and_help_wanted(site: Path) -> None:
    (answer,) = ask_all(site, HARBOUR, ("list_okrs", {}))
    okrs = given(answer)
    (objective,) = okrs["objectives"]
    (key_result,) = objective["key_results"]
    assert objective["why"] == ["A ferry that leaves when it says.", "Nobody should need to ask."]
    assert objective["help_wanted"][0] == {
        "what": "A second pilot for the storms", "who": "Jonas Lind", "how_much": "three weeks", "by": "2013-12-01",
        "answered": None,
    }  # fmt: skip
    assert (key_result["target"], key_result["original_target"], key_result["baseline"]) == (
        "88.0%",
        "92.0%",
        "70.0%",
    )
    assert (key_result["status"], key_result["confidence"]) == ("on_track", 6)
    assert key_result["plan"][0]["state"] == "todo"
    assert "at risk up to 0.30" in okrs["rule"]
    for text in (
        "The breakwater is being mended.",
        "A second pilot",
        "Load lorries first",
        "A spare tug",
        "at first 92.0%",
    ):
        assert text in said(answer)


def test_okrs_are_those_of_the_current_period_unless_another_is_named(site: Path) -> None:
    now, earlier, every, mine, behind = ask_all(
        site, HARBOUR, ("list_okrs", {}), ("list_okrs", {"period": "2013-Q3"}), ("list_okrs", {"period": "all"}),
        ("list_okrs", {"period": "all", "owner": "jonas lind"}), ("list_okrs", {"status": "off_track"}),
    )  # fmt: skip

    def ids(answer: Any) -> list[str]:
        return [each["id"] for each in given(answer)["objectives"]]

    assert ids(now) == ["2013-q4-timetable"]
    assert ids(earlier) == ids(mine) == ["2013-q3-costs"]
    assert ids(every) == ["2013-q3-costs", "2013-q4-timetable"]
    assert ids(behind) == []
    assert given(now)["periods"] == ["2013-Q3", "2013-Q4"]


def test_changes_tell_from_what_to_what_and_why(site: Path) -> None:
    (answer,) = ask_all(site, HARBOUR, ("list_changes", {"item": "night_ferry"}))
    revised, introduced = given(answer)["changes"]
    assert (revised["kind"], revised["on"], revised["reason"]) == (
        "revised",
        "2013-11-12",
        "was_wrong",
    )
    assert (revised["why"], revised["we_will"]) == (
        "Storm days were left out.",
        "Count them from now on.",
    )
    assert {"name": "Target", "was": "92.0%", "now": "88.0%"} in revised["fields"]
    assert revised["url"].endswith("/okrs/night_ferry.html#r2")
    assert introduced["kind"] == "new"
    assert "Target: 92.0% to 88.0%" in said(answer)


def test_changes_since_a_day_and_no_more_than_asked_for(site: Path) -> None:
    since, two = ask_all(
        site, HARBOUR, ("list_changes", {"since": "2013-11-12"}), ("list_changes", {"limit": 2})
    )
    assert [each["item"] for each in given(since)["changes"]] == ["night_ferry"]
    assert len(given(two)["changes"]) == 2
    assert f"And {given(two)['total'] - 2} more." in said(two)


def test_questions_that_wait(site: Path) -> None:
    (waiting,) = ask(site, HARBOUR, "list_questions", state="waiting")["questions"]
    assert (waiting["question"], waiting["times"], waiting["promised"]) == (
        "How many lorries wait at the quay?", 2, "2013-12-06",
    )  # fmt: skip
    (answered,) = ask(site, HARBOUR, "list_questions", state="answered")["questions"]
    assert answered["answered_by"] == "punctual_crossings"


@pytest.mark.parametrize(
    ("tool", "arguments", "way_out"),
    [
        ("get_number", {"id": "punctual_crosings"}, "Did you mean `punctual_crossings`?"),
        ("get_number", {"id": "reliability"}, "Did you mean `punctual_crossings`?"),
        ("get_number", {"id": "zzz"}, "Look for it with search_numbers."),
        ("get_number", {"id": "punctual_crossings", "dimension": "fery"}, "Did you mean `ferry`?"),
        ("get_number", {"id": "crossings_sailed", "dimension": "ferry"}, "It has no dimensions."),
        ("list_okrs", {"owner": "marja"}, "Did you mean `maria`?"),
        ("list_okrs", {"period": "2014-Q9"}, "Did you mean `2013-Q4` or `2013-Q3`?"),
        ("list_changes", {"item": "night_fery"}, "Did you mean `night_ferry`?"),
    ],
)
def test_what_is_not_there_is_an_error_with_the_way_out(
    site: Path, tool: str, arguments: dict[str, Any], way_out: str
) -> None:
    (answer,) = ask_all(site, HARBOUR, (tool, arguments))
    assert answer.is_error
    assert said(answer).endswith(way_out)


@pytest.mark.parametrize("tool", ["search_numbers", "list_okrs", "list_changes", "list_questions"])
def test_an_argument_that_a_tool_does_not_have_is_an_error(site: Path, tool: str) -> None:
    (answer,) = ask_all(site, HARBOUR, (tool, {"ownr": "maria"}))
    assert answer.is_error, "a filter with a slip in its name would answer with everything"
    assert "ownr" in said(answer)


@pytest.mark.parametrize(
    ("tool", "arguments", "sentence"),
    [
        ("list_okrs", {"ownr": "maria"}, "There is no argument 'ownr'. Did you mean `owner`?"),
        (
            "list_changes",
            {"colour": 1},
            "There is no argument 'colour'. Arguments here: item, limit, since.",
        ),
        (
            "search_numbers",
            {"limit": 0},
            "`limit` cannot be used: it is a whole number from 1 to 100.",
        ),
        (
            "get_number",
            {"periods": "many"},
            "`id` is needed: it is a text of at most 200 characters. `periods` cannot be used: it"
            " is a whole number from 1 to 5000.",
        ),
        (
            "list_questions",
            {"state": "open"},
            "`state` cannot be used: it is one of `waiting`, `answered`, `declined`.",
        ),
        (
            "list_changes",
            {"since": "yesterday"},
            "`since` cannot be used: it is a day, such as 2013-11-04.",
        ),
        ("list_okrs", {"owner": ["maria"]}, "`owner` cannot be used: it is a text."),
    ],
)
def test_what_is_wrong_with_an_argument_is_said_with_what_it_must_be(
    site: Path, tool: str, arguments: dict[str, Any], sentence: str
) -> None:
    (answer,) = ask_all(site, HARBOUR, (tool, arguments))
    assert answer.is_error
    assert said(answer) == f"Error executing tool {tool}: {sentence}"


def test_resources_are_the_documents_of_the_tree(site: Path) -> None:
    paths = {
        "sharekit://index": "sharekit.json",
        "sharekit://okrs": "okrs.json",
        "sharekit://numbers/night_ferry": "data/night_ferry.json",
    }

    async def talk(client: Client) -> list[Any]:
        return [(await client.read_resource(address)).contents[0] for address in paths]

    for path, content in zip(paths.values(), inside(site, HARBOUR, talk), strict=True):
        assert isinstance(content, TextResourceContents)
        assert content.mime_type == "application/json"
        assert json.loads(content.text) == json.loads((site / "harbour" / path).read_text())


def test_a_status_has_the_word_that_pages_have() -> None:
    assert {status: status_words(status) for status in STATUS_WORDS} == {
        status: word.lower() for status, word in STATUS_WORDS.items()
    }
