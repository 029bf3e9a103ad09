"""Announcements for chat and machines: complete, within the services' limits, and nobody's words
steer them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "mail"))
import mail_sample as sample

from sharekit.mail.blocks import ChangedRow, ChangeLine
from sharekit.mail.chat import BLOCKS, CARD_BYTES, HEADER, SECTION, chat_message
from sharekit.mail.compose import message_of
from sharekit.mail.revision_view import RevisionView, revision_view
from sharekit.records import replace

DATE = datetime(2013, 11, 22, 9, 30, tzinfo=UTC)
SUBJECT = "JFK leaves on time: target 88.0%, was 90.0%"


def view(**changed: object) -> RevisionView:
    manifest = sample.manifest(sample.front(), sample.config())
    return replace(revision_view(*sample.seen(sample.revision(), manifest)), **changed)  # type: ignore[arg-type]


def posted(kind: str, views: Sequence[RevisionView]) -> bytes:
    return chat_message(kind, message_of(views), views, DATE)


def apart(view: RevisionView, number: int) -> list[RevisionView]:
    """So many of it, each with a cause of its own."""
    return [replace(view, cause=f"{place}") for place in range(number)]


def message(kind: str, *views: RevisionView) -> Any:
    return json.loads(posted(kind, views or (view(),)))


def texts(node: object) -> list[str]:
    """Every text that is shown, in order."""
    if isinstance(node, dict):
        own = [node["text"]] if isinstance(node.get("text"), str) else []
        return own + [
            text for key, value in node.items() if key != "text" or not own for text in texts(value)
        ]
    return [text for each in node for text in texts(each)] if isinstance(node, list) else []


@pytest.mark.parametrize("kind", ["slack", "teams", "json"])
def test_each_says_what_the_mail_says(kind: str) -> None:
    body = posted(kind, (view(),)).decode()
    for said in (
        view().heading,
        "Cancelled flights were left out",
        "Count them as late",
        "A second tow team",
        view().url,
    ):
        assert said in body
    for row in view().rows:
        assert row.label in body
    assert "@ports.example" not in body
    assert posted(kind, (view(),)).decode() == body


@pytest.mark.parametrize("kind", ["slack", "teams", "json"])
def test_what_is_to_be_decided_is_said(kind: str) -> None:
    asked = [
        {"what": "May <!here> borrow?", "who": "jonas", "by": date(2013, 11, 20)},
        {"what": "Who?", "decided": "I."},
    ]
    manifest = sample.manifest(sample.front(decisions=asked), sample.config())
    body = message(kind, revision_view(*sample.seen(sample.revision(), manifest)))
    shown = texts(body)
    if kind == "json":
        assert body["data"]["revisions"][0]["decisions"] == [
            {
                "what": "May <!here> borrow?",
                "who": "Jonas Lind",
                "by": "2013-11-20",
                "overdue": True,
            }
        ]
    else:
        (said,) = [text for text in shown if "borrow?" in text]
        assert ("&lt;!here&gt;" in said) == (kind == "slack")
    assert not [text for text in shown if "Who?" in text]


def test_machines_get_fields() -> None:
    found = message("json")
    assert (found["type"], found["timestamp"]) == ("revisions.announced", "2013-11-22T09:30:00Z")
    assert found["data"]["subject"] == SUBJECT
    (one,) = found["data"]["revisions"]
    assert one["heading"] == view().heading
    assert one["changed"][0] == {
        "label": "Now",
        "period": "week to 17 Nov 2013",
        "before": view().rows[0].before,
        "after": view().rows[0].after,
    }
    assert one["why"].startswith("Cancelled flights")


EVIL = "<!channel> <https://evil.example|click> & <@U123> *bold* \u202e\x1b[31m"


def test_nobodys_words_can_mention_or_link_in_slack() -> None:
    found = message(
        "slack",
        view(
            heading=EVIL, why=EVIL, we_will=EVIL, title=EVIL, rows=(ChangedRow(EVIL, EVIL, EVIL),)
        ),
    )
    marked = [
        each["text"] for each in found["blocks"] if each.get("text", {}).get("type") == "mrkdwn"
    ]
    for text in [found["text"], *(each["text"] for each in marked)]:
        rest = text.replace(f"<{view().url}|Open the full revision>", "")
        assert "<" not in rest
        assert "\x1b" not in rest
    assert found["blocks"][0]["text"]["type"] == "plain_text"


def test_nobodys_words_are_markdown_in_teams() -> None:
    found = message("teams", view(why="[click](https://evil.example)"))
    (card,) = (each["content"] for each in found["attachments"])
    assert {each["type"] for each in card["body"]} == {"RichTextBlock"}
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open the full revision", "url": view().url}
    ]
    assert found["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"


def test_slacks_limits_hold() -> None:
    long = view(
        heading="h" * 5000,
        why="&" * 9000,
        we_will="w" * 9000,
        changes=tuple(ChangeLine("~", "c" * 200, "") for _ in range(200)),
        rows=tuple(ChangedRow("l" * 50, "b" * 200, "a" * 200) for _ in range(40)),
    )
    for found in (message("slack", long), message("slack", *apart(long, 200))):
        assert len(found["blocks"]) <= BLOCKS
        for each in found["blocks"]:
            if each["type"] == "header":
                assert len(each["text"]["text"]) <= HEADER
            if each["type"] == "section":
                assert 0 < len(each["text"]["text"]) <= SECTION
    assert any(re.fullmatch(r"And \d+ more\.", text) for text in texts(found))


def test_an_escape_is_never_cut_in_two() -> None:
    for length in range(2990, 3010):
        found = message("slack", view(why="w" * length + "&" * 10))
        section = next(text for text in texts(found) if text.endswith("…"))
        assert not section.rstrip("…").endswith(("&", "&a", "&am", "&amp"))


@pytest.mark.parametrize("number", [1, 3, 200])
def test_a_card_fits_into_teams(number: int) -> None:
    long = view(why="ü" * 20_000, we_will="w" * 20_000)
    body = posted("teams", apart(long, number))
    assert len(body) <= CARD_BYTES
    shown = texts(json.loads(body))
    if number == 200:
        assert any(text.startswith("And ") for text in shown)


def test_an_address_cannot_leave_its_brackets() -> None:
    found = message("slack", view(url="https://x.example/a|b>c d&e"))
    assert "<https://x.example/abcd&amp;e|Open the full revision>" in texts(found)[-1]


def test_without_an_address_there_is_no_link() -> None:
    assert "Open the full revision" not in json.dumps(
        [message("slack", view(url="")), message("teams", view(url=""))]
    )
