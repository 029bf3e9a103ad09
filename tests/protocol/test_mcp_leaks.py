"""What one audience's server says holds nothing of the other's: no title, id, query or word, in
answers and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ferries import FILES, SECRETS
from mcp import Client, MCPError
from talk import converse, said

OTHER = {"harbour": "board", "board": "harbour"}
IDS = {
    "board": (
        "zanzibar_proceeds",
        "bid_above_reserve",
        "2013-q4-divest",
        "divestiture",
        "marmaduke-knows",
    ),
    "harbour": (
        "punctual_crossings",
        "night_ferry",
        "2013-q4-timetable",
        "water",
        "lorries-at-the-quay",
    ),
}


def queries(audience: str) -> Iterator[str]:
    """Everything that somebody could look for who knows the other side's files."""
    for path, text in FILES.items():
        if path != "sharekit.toml" and not path.endswith(".csv"):
            yield from re.findall(
                r"^(?:title|question|description|challenges): *(.+)$", text, re.MULTILINE
            )
    yield from SECRETS[audience]


def calls(audience: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    both = (*IDS[audience], *IDS[OTHER[audience]])
    yield from (
        ("search_numbers", {"query": query, "limit": 100}) for query in ("", *queries(audience))
    )
    for name in (*both, *(each[:-2] for each in both), *(each.upper() for each in both)):
        yield "get_number", {"id": name, "periods": 5000}
        yield "get_number", {"id": name, "dimension": "bidder"}
        yield "get_number", {"id": name, "dimension": "ferry"}
        yield "list_changes", {"item": name}
    for owner in ("maria", "olga", "Olga Vetrova", "Olga Vetrow", "jonaas"):
        yield "list_okrs", {"owner": owner, "period": "all"}
    yield from (
        ("list_okrs", {"period": period}) for period in ("all", "2013-Q4", "2013-Q3", "2013-Q2")
    )
    yield from (
        ("list_okrs", {"status": status})
        for status in ("on_track", "off_track", "unknown", "early")
    )
    yield "list_changes", {"limit": 100}
    yield "list_questions", {}


def everything(site: Path, audience: str) -> str:
    """All that a client can be told, in small letters."""

    async def talk(client: Client) -> list[str]:
        listed = await client.list_tools()
        told = [
            json.dumps([tool.model_dump(mode="json") for tool in listed.tools]),
            client.instructions or "",
        ]
        for name, arguments in calls(audience):
            answer = await client.call_tool(name, dict(arguments))
            told += [said(answer), json.dumps(answer.structured_content, ensure_ascii=False)]
        ids = [f"numbers/{name}" for name in (*IDS[audience], *IDS[OTHER[audience]])]
        for address in ("index", "okrs", "changes", *ids):
            try:
                told += [
                    str(each)
                    for each in (await client.read_resource(f"sharekit://{address}")).contents
                ]
            except MCPError as error:
                told.append(error.message)
        return told

    return "\n".join(converse(site, audience, talk)).lower()


@pytest.mark.slow
@pytest.mark.parametrize("audience", sorted(OTHER))
def test_nothing_of_the_other_audience_is_ever_said(site: Path, audience: str) -> None:
    told = everything(site, audience)
    assert [word for word in SECRETS[audience] if re.search(rf"\b{re.escape(word)}", told)] == []
    its_own = [word for word in SECRETS[OTHER[audience]] if word in told]
    assert len(its_own) > len(SECRETS[OTHER[audience]]) / 2, (
        "the same calls do say what is the audience's own"
    )


@pytest.mark.slow
@pytest.mark.parametrize("audience", sorted(OTHER))
def test_hidden_and_absent_are_answered_alike(site: Path, audience: str) -> None:
    """An error that differed would tell that there is something."""

    async def talk(client: Client) -> list[str]:
        answers = [
            await client.call_tool("get_number", {"id": name})
            for name in (*IDS[OTHER[audience]], "qqqqxxxx")
        ]
        assert all(answer.is_error for answer in answers)
        return [said(answer) for answer in answers]

    told = converse(site, audience, talk)
    assert {
        text.partition(" Did you mean")[0].removesuffix(" Look for it with search_numbers.")
        for text in told
    } == {"Error executing tool get_number: There is no number with this id here."}
