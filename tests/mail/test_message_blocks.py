"""Every block of a message is rendered in every form, and no form says less than another."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from typing import get_args

import pytest
from markdown_it import MarkdownIt

from sharekit.mail.blocks import (
    Block,
    Button,
    ChangedRow,
    ChangeLine,
    Definition,
    Entries,
    Entry,
    Figure,
    Footer,
    FromTo,
    Heading,
    Help,
    Link,
    Message,
    Picture,
    Plain,
    ScoredRow,
    Scores,
    StatusCount,
    Talk,
    Tally,
    Tile,
    Tiles,
    Voice,
)
from sharekit.mail.chat import chat_message
from sharekit.mail.html import GROUNDS, INKS, message_html
from sharekit.mail.markdown import message_markdown
from sharekit.mail.plain_text import message_text

URL = "https://numbers.example.com/ny/page.html"
ENTRY = Entry(
    "Close gate", "Jonas", "12", "15", "by Monday", "asked by Maria", "It leaks", True, URL
)
BLOCKS: tuple[Block, ...] = (
    Heading("Opening"),
    Voice("Travellers felt worse"),
    Plain("Definition lowers it"),
    Figure("Flights", "1,204", "October", URL),
    FromTo("Punctual", (ChangedRow("Target", "90%", "88%"), ChangedRow("Status", "", "At risk", "risk"))),
    Definition((ChangeLine("+", "Filter added", "-0.4 pt"),)),
    Picture(
        "", "Chart", (("#77736a", "old line"),), "Both definitions", ("4 Nov 2013", "11 Nov 2013"),
        "", ("", "old", "new"), (("4 Nov 2013", "86.9%", "86.5%"),),
    ),
    Entries((ENTRY,)),
    Help((Entry("Tow team", "Jonas"),), "mailto:maria@ports.example"),
    Link("Open one", URL, "Maria"),
    Button("Open it", URL, "Each with SQL"),
    Tally("0.57", "0.58", (StatusCount(2, "off track", "off"),)),
    Talk(
        "Kitchen", URL, "At risk", "risk", "41%", "target 50%", "Mateo", "0.43", 43, 58, "Calls on time", "Late",
        "Old value", "Next call", True,
    ),
    Scores((ScoredRow("Margin", URL, "12%", "week to 17 Nov", "0.81", "On track", "on"),)),
    Tiles((Tile("Offices", URL, "2,041", "21 Nov", "+2.1%", worse=True),)),
)  # fmt: skip
BESIDE = {"before", "after", "score", "Score", "Now", "Status", "Key", "result", "I", "can", "help"}
"""Words of tables' heads and of the button that answers."""


def message(*blocks: Block) -> Message:
    footer = Footer("You belong", "Reply to Maria", "numbers@ports.example")
    return Message(
        "Airports", "Heads", "Revised", "Subject here", "Head", "Byline.", blocks, footer
    )


class _Text(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._skipped = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped = tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._skipped = False

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.words.append(data)


def chat(kind: str, made: Message) -> str:
    body = json.loads(chat_message(kind, made, (), datetime(2013, 11, 22, tzinfo=UTC)))

    def texts(node: object) -> list[str]:
        if isinstance(node, dict):
            return [text for value in node.values() for text in texts(value)]
        if isinstance(node, list):
            return [text for each in node for text in texts(each)]
        return [node] if isinstance(node, str) else []

    return " ".join(texts(body))


def forms(made: Message) -> dict[str, str]:
    return {
        "html": " ".join(_Text(message_html(made)).words),
        "text": message_text(made),
        "markdown": message_markdown(made).replace("\\", ""),
        "slack": chat("slack", made),
        "teams": chat("teams", made),
    }


def words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[\w.,%+-]*\w%?", text)}


def test_the_list_here_has_every_kind_of_block() -> None:
    assert {type(block) for block in BLOCKS} == set(get_args(Block))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.kind)
def test_each_form_says_all_that_a_block_says(block: Block) -> None:
    said = {form: words(text) for form, text in forms(message(block)).items()}
    nothing = {form: words(text) for form, text in forms(message()).items()}
    own = {form: said[form] - nothing[form] for form in said}
    plain = own["text"] - {word.casefold() for word in BESIDE}
    for form, found in own.items():
        if block.kind == "picture" and form == "html":
            continue  # the picture shows its values
        left = {word for word in plain if word not in found and "http" not in word}
        left = {word for word in left if not URL.endswith(word) and word not in URL}
        assert not left, f"{form} does not say {sorted(left)}"


def test_each_form_of_a_mail_says_why_one_gets_it_and_how_to_get_fewer() -> None:
    made = message(Plain("Said"))
    for form in ("html", "text"):
        said = " ".join(forms(made)[form].split())
        assert "You belong" in said
        assert 'set mail = "digest" (the pre-read alone) or "none"' in said
        assert "numbers@ports.example" in said


SUPPORTED = {
    "background-color", "border", "border-color", "border-radius", "border-right", "border-top",
    "color", "display", "font-family", "font-size", "font-weight", "height", "letter-spacing",
    "line-height", "margin", "max-width", "padding", "padding-left", "table-layout", "text-align",
    "text-decoration", "white-space", "width", "word-break", "word-wrap",
}  # fmt: skip
"""Properties that Outlook for Windows, Gmail and Apple Mail render, or that cost nothing where they
are dropped (border-radius, max-width beside the table for Outlook). By caniemail.com."""
ELEMENTS = {
    "a", "b", "body", "br", "code", "h1", "h2", "head", "html", "img", "meta", "span", "style",
    "table", "td", "th", "title", "tr",
}  # fmt: skip


def test_mails_use_nothing_that_a_mail_program_cannot_show() -> None:
    html = unescape(message_html(message(*BLOCKS)))
    properties = {
        declaration.partition(":")[0].strip()
        for style in re.findall(r'style="([^"]*)"', html)
        for declaration in style.split(";")
        if declaration.strip()
    }
    assert properties <= SUPPORTED
    body = re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)
    assert {tag.lower() for tag in re.findall(r"<([a-zA-Z][a-zA-Z0-9]*)", body)} <= ELEMENTS
    assert "class=" not in html
    assert "display:none" not in html, "hidden text costs points, and readers' trust"
    assert re.findall(r"@\w+ [^{]*", html) == ["@media (prefers-color-scheme: dark) "]


def test_every_colour_of_the_light_mail_has_a_dark_one() -> None:
    html = message_html(message(*BLOCKS)).partition("<body")[2]
    inks = set(re.findall(r'(?:;|")color:(#[0-9a-f]{6})', html))
    assert inks <= {light for light, _ in INKS}
    assert set(re.findall(r"background-color:(#[0-9a-f]{6})", html)) <= {
        light for light, _ in GROUNDS
    }


def test_nobodys_words_begin_a_heading_or_a_list_in_markdown() -> None:
    words = ("# not a heading", "> not a quotation", "- no item", "1. no number")
    blocks: tuple[Block, ...] = tuple(
        block for text in words for block in (Voice(text), Entries((Entry(text),)))
    )
    made = message_markdown(message(*blocks))
    kinds = {token.type for token in MarkdownIt().parse(made.partition("Byline")[2])}
    assert kinds == {
        "blockquote_open", "blockquote_close", "bullet_list_open", "bullet_list_close",
        "list_item_open", "list_item_close", "paragraph_open", "paragraph_close", "inline",
    }  # fmt: skip


def test_a_long_row_that_did_not_change_says_its_value_once() -> None:
    long = "between 0.00% and 1.00% of all scheduled flights"
    rows = (ChangedRow("Now", "", "0.61%"), ChangedRow("Band", long, f"{long}, then"))
    said = message_text(message(FromTo("Cancelled", rows)))
    assert "Now: 0.61%" in said
    assert f"Band: before {long}, after" in " ".join(said.split())
