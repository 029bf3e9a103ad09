"""Written Markdown: whatever words come in, a reader of the text finds the same words and no markup
of theirs."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
import site_sample
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sharekit.escape import document
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.markdown import write
from sharekit.site.markdown.prose import ProseWriter
from sharekit.site.prose import Markdown, TextPage

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
"""A reader that lets HTML through: the least careful there is."""
MARKDOWNISH = st.text(
    st.sampled_from(list("ab1 \n\t`*_[]()<>#|~!&\\-+=.:;{}\"'/$^é\u2028")), max_size=40
)
TRAPS = (
    "# no heading", "#", "1. no list", "1) no list", "- no list", "+ no list", "* no list", "> no quote", "---", "===",
    "***", "___", "```", "~~~", "| a | b |", "| --- |", "[x](javascript:alert(1))", "![p](https://t.example/p.png)",
    "<b>bold</b>", "<script>alert(1)</script>", "<!-- c", "&lt;script&gt;", "&amp;", "&#60;b>", "\\", "\\<b>", "a\\",
    "[ref]: https://x.example", "<https://x.example>", "x\n===", "x\n# y", "    code", "\tcode", "~~gone~~", "`a``b",
    "snake_case_name", "_em_", "a*b*c", "2 < 3 & 4 > 3", "$x$", "x #", "x ##", "- [ ] x", "a\r\rb", "[^1]", "a|b\\|c",
)  # fmt: skip


def text_of(tokens: list[Token]) -> str:
    """All that a reader sees, in one line."""
    parts = [
        child.content
        for token in tokens
        if token.type == "inline"
        for child in token.children or ()
    ]
    return "".join(parts)


def line(text: str) -> str:
    return " ".join(text.split())


def traps(function):  # type: ignore[no-untyped-def]
    for trap in TRAPS:
        function = example(trap)(function)
    return function


def seen(text: str) -> str:
    """A text as it is shown: a sign for what cannot be seen."""
    return document(line(text))


@traps
@given(st.one_of(st.text(max_size=40), MARKDOWNISH))
def test_words_stay_words(text: str) -> None:
    tokens = READER.parse(f"x {write.inline_text(text)}")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children or ()} <= {"text"}
    assert line(text_of(tokens)) == line(f"x {seen(text)}")


@traps
@given(st.one_of(st.text(max_size=40), MARKDOWNISH))
def test_words_open_nothing_where_a_line_begins(text: str) -> None:
    for before, kinds in (
        ("", []),
        ("- ", ["bullet_list_open", "list_item_open"]),
        ("> ", ["blockquote_open"]),
    ):
        tokens = READER.parse(before + write.opening(write.inline_text(text)))
        opened = [token.type for token in tokens if token.nesting == 1 or token.nesting == 0]
        paragraph = ["paragraph_open", "inline"] if line(text) else []
        assert opened == [*kinds, *paragraph], tokens
        assert line(text_of(tokens)) == seen(text)


@traps
@given(st.one_of(st.text(max_size=40), MARKDOWNISH))
def test_a_heading_is_one_heading(text: str) -> None:
    tokens = READER.parse(f"{write.heading(2, write.inline_text(text))}\n\nafter")
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h2"]
    assert line(text_of(tokens[:3])) == seen(text)


@traps
@given(st.one_of(st.text(max_size=40), MARKDOWNISH))
def test_a_cell_stays_in_its_cell(text: str) -> None:
    cell = write.inline_text(text)
    tokens = READER.parse(write.table(["a", "b"], [[cell, "end"]], (1,)))
    cells = [text_of([token]) for token in tokens if token.type == "inline"]
    assert cells[:2] == ["a", "b"]
    assert [line(each) for each in cells[2:]] == [seen(text), "end"]


@traps
@given(st.one_of(st.text(max_size=60), MARKDOWNISH))
def test_a_fence_holds_everything(text: str) -> None:
    tokens = READER.parse(f"{write.fence(text, 'sql')}\n\nafter")
    assert [token.type for token in tokens][:2] == ["fence", "paragraph_open"]
    lines = document(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    assert tokens[0].content == f"{lines}\n"
    assert tokens[0].info == "sql"


@traps
@given(st.one_of(st.text(max_size=40), MARKDOWNISH))
def test_code_is_one_span(text: str) -> None:
    tokens = READER.parse(f"x {write.code(text)} y")
    spans = [child.content for child in tokens[1].children or () if child.type == "code_inline"]
    assert [line(span) for span in spans] == ([seen(text)] if line(text) else [])


@pytest.mark.parametrize(
    "address", ["../a b.md", "https://x.example/a(b)c?q=\"><script>&copy;", "x.md#a_b*c*", "https://x.example/<y>\\"]
)  # fmt: skip
def test_an_address_stays_in_its_brackets(address: str) -> None:
    tokens = READER.parse(f"{write.link('x', address)} y")
    link = next(child for child in tokens[1].children or () if child.type == "link_open")
    assert unquote(str(link.attrs["href"])) == address
    assert text_of(tokens) == "x y"


# -- people's own Markdown ------------------------------------------------------------------------


def writer() -> ProseWriter:
    site = site_sample.site("team")
    return ProseWriter(
        AudienceTree(site.share()).texts,
        TextPage(lambda address: f"../{address}" if address.endswith(".md") else None),
    )


PROSE = writer()
PAGES = Markdown()


def shown(text: str) -> str:
    """A text as the pages show it, with what may differ in its writing made the same."""
    html = str(
        PAGES.block(text, TextPage(lambda address: address if address.endswith(".md") else None))
    )
    return re.sub(r"\s+", " ", re.sub(r' id="[^"]*"', "", html)).replace("> <", "><")


RICH = """# Title

A **bold** and *soft* word, `code | with a bar`, ~~gone~~, a [link](https://x.example/?q=1) and [another](deep/x.md).
Second line\\
third line: 1\\. not a list.

- one
- two

  still two
    1. deep
    2. deeper

3. three
4. four

> quoted
> > twice

| a | b |
| --- | ---: |
| `x\\|y` | 2 \\| 3 |

```sql
SELECT '```' -- ```
```

    indented

***

Setext
---
"""


def test_people_s_markdown_means_the_same() -> None:
    again = PROSE.block(RICH, below=0).replace("](../deep", "](deep")
    assert shown(again) == shown(RICH)


def test_headings_come_below_ours() -> None:
    assert PROSE.block("# a\n\n###### b").startswith("## a\n")
    assert write.opening(PROSE.line("# a")) == "\\# a"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "gone.sql", "vbscript:x"],
)
def test_links_lead_only_where_the_pages_lead(address: str) -> None:
    for text in (
        f"[words]({address})",
        f"<{address}>",
        f"![words]({address})",
        f"[words][1]\n\n[1]: {address}",
    ):
        tokens = READER.parse(PROSE.block(text))
        assert not [
            c for t in tokens for c in t.children or () if c.type in ("link_open", "image")
        ], text


def test_pictures_are_links() -> None:
    assert (
        PROSE.block("![A chart](https://t.example/p.png)") == "[A chart](https://t.example/p.png)"
    )
    assert PROSE.block("![A chart](p.png)") == "A chart"


@traps
@example("x\\\n1. y")
@example("x\\\n===")
@example("x\\\n> y")
@given(MARKDOWNISH)
def test_nothing_of_people_s_reaches_beyond_its_place(text: str) -> None:
    """Written below a heading and before another one: both stay, and there is no HTML."""
    tokens = READER.parse(f"# first\n\n{PROSE.block(text)}\n\n# last")
    headings = [
        text_of([each])
        for at, each in enumerate(tokens)
        if (tokens[at - 1].type, tokens[at - 1].tag) == ("heading_open", "h1")
    ]
    assert headings == ["first", "last"]
    every = [*tokens, *(child for token in tokens for child in token.children or ())]
    assert not [token for token in every if token.type in ("html_block", "html_inline", "image")]


@traps
@given(MARKDOWNISH)
def test_one_line_of_people_s_stays_one_line(text: str) -> None:
    tokens = READER.parse(f"- {write.opening(PROSE.line(text))}\n- last")
    assert [token.type for token in tokens].count("list_item_open") == 2
    every = [*tokens, *(child for token in tokens for child in token.children or ())]
    assert not [
        token
        for token in every
        if token.type in ("html_block", "html_inline", "image", "heading_open")
    ]
