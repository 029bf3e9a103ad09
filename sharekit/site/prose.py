"""People's Markdown as HTML that is safe on the page: no raw HTML, no scripts, no images from
elsewhere, no styles.

HTML in the text shows as text. Links go to http, https, mailto or to another declared file's page;
all others lose their address and keep their words. Pictures become links or words, since a page
asks no other host for anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import msgspec
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup
from msgspec import Struct

from sharekit import escape
from sharekit.site import links
from sharekit.site.sqltext import highlighted

EMPTY = Markup("")
OPEN, CLOSE = "\ue000", "\ue001"
"""Stand around the index of a live number; private-use characters, taken out of people's own text
first."""
_NUMBER = re.compile(rf"\{{{OPEN}(\d+){CLOSE}")
"""Begins with a brace, at which markdown-it asks its inline rules in every version."""
RESERVED = frozenset({"main", "results", "h"})
"""Ids that the page itself uses; headings never take them."""


class TextPage(Struct):
    """Where texts are shown: how their links come out, and which ids are taken. One for each
    page."""

    resolve: Callable[[str], str | None]
    """A relative address -> the address on this page; None where it leads to nothing that is
    shown."""
    ids: set[str] = msgspec.field(default_factory=lambda: set(RESERVED))
    references: dict[str, Any] = msgspec.field(default_factory=dict)
    """Link definitions of a text that is rendered in parts."""


class LiveText(Struct, frozen=True):
    """A live number in a text: what stands at `text[start:end]`, and where it leads; no address
    where it is not shared with the reader."""

    start: int
    end: int
    text: str
    href: str


@dataclass(frozen=True)
class Prose:
    """A text that somebody wrote, in both forms: templates place its HTML, and the Markdown twin
    writes `text` anew, with the links of the same place. Empty where nothing was written."""

    html: Markup = EMPTY
    text: str = ""
    page: TextPage | None = field(default=None, repr=False, compare=False)
    numbers: tuple[LiveText, ...] = ()

    def __html__(self) -> Markup:
        return self.html

    def __bool__(self) -> bool:
        return bool(self.html)


def words_alone(text: str) -> Prose:
    """Words without markup in the place of somebody's text."""
    return Prose(escape.html(text), escape.markdown(text))


_LINK = re.compile(r'<a href="(https?://[^"]*)"[^>]*>(?!https?://)(.*?)</a>')


class Markdown:
    """One parser for a whole build; it keeps nothing between texts."""

    def __init__(self) -> None:
        self._md = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
        self._md.validateLink = links.is_safe  # type: ignore[method-assign, assignment]
        self._md.inline.ruler.after("text", "live", _live_rule)
        for name in (
            "link_open",
            "link_close",
            "image",
            "live",
            "fence",
            "code_block",
            "table_open",
            "table_close",
        ):
            self._md.add_render_rule(name, globals()[f"_{name}"])
        for name in ("th_open", "td_open"):
            self._md.add_render_rule(name, _cell_open)
        for name in ("heading_open", "heading_close"):
            self._md.add_render_rule(name, _heading)
        self._md.add_render_rule("blockquote_open", _blockquote_open)

    def block(self, text: str, page: TextPage) -> Markup:
        """A whole text: paragraphs, lists, tables."""
        return Markup(self._md.render(_clean(text), _env(page, ()))).strip()

    def inline(self, text: str, page: TextPage) -> Markup:
        """One line of text: emphasis, code, links."""
        return Markup(self._md.renderInline(" ".join(_clean(text).split()), _env(page, ()))).strip()

    def line(self, text: str | None, page: TextPage) -> Prose:
        """One line of text for a page and its twin."""
        return Prose(self.inline(text, page), text, page) if text else Prose()

    def with_twin(self, text: str | None, page: TextPage) -> Prose:
        """A whole text for a page and its twin."""
        return Prose(self.block(text, page), text, page) if text else Prose()

    def plain(self, text: str) -> str:
        """One line of text as a mail can show it: without marks, addresses behind their words."""
        line = self.inline(text, TextPage(lambda _: None))
        return Markup(_LINK.sub(r"\2 (\1)", line)).striptags()

    def with_numbers(
        self, text: str, numbers: Sequence[tuple[int, int, Markup]], page: TextPage
    ) -> Markup:
        """A text whose stretches `text[start:end]` are live numbers, in order, each given as
        HTML."""
        marked = _marked(text, [(start, end) for start, end, _ in numbers])
        return Markup(self._md.render(marked, _env(page, [html for _, _, html in numbers]))).strip()

    def tokens(self, text: str, spans: Sequence[tuple[int, int]], page: TextPage) -> list[Token]:
        """A whole text as parsed, for those who write something else than HTML. Live numbers are at
        `spans`, in order; each becomes a token `live`, whose meta has its `index`."""
        return self._md.parse(_marked(text, spans), _env(page, ()))

    def line_tokens(self, text: str, page: TextPage) -> list[Token]:
        """One line of text as parsed."""
        return self._md.parseInline(" ".join(_clean(text).split()), _env(page, ()))

    def references(self, text: str) -> dict[str, Any]:
        """The link definitions of a whole text, for its parts."""
        env: dict[str, Any] = {}
        self._md.parse(_clean(text), env)
        return dict(env.get("references", {}))


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with the place of each live number marked."""
    pieces: list[str] = []
    copied_until = 0
    for index, (start, end) in enumerate(spans):
        pieces += [_clean(text[copied_until:start]), f"{{{OPEN}{index}{CLOSE}"]
        copied_until = end
    return "".join((*pieces, _clean(text[copied_until:])))


def _clean(text: str) -> str:
    return escape.document(text).replace(OPEN, "").replace(CLOSE, "")


def _env(page: TextPage, numbers: Sequence[Markup]) -> dict[str, Any]:
    return {"page": page, "open": [], "numbers": numbers, "references": dict(page.references)}


def _first_word(info: str) -> str:
    return info.split()[0].lower() if info.split() else ""


def _live_rule(state: StateInline, silent: bool) -> bool:
    match = _NUMBER.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.push("live", "", 0).meta = {"index": int(match.group(1))}
    state.pos = match.end()
    return True


# -- how tokens become HTML (self is markdown-it's renderer) --------------------------------------


def _live(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return str(env["numbers"][tokens[at].meta["index"]])


def _link_open(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    address = address_of(str(tokens[at].attrs.get("href", "")), env["page"])
    env["open"].append(address is not None)
    if address is None:
        return ""
    rel = ' rel="noopener"' if links.is_external(address) else ""
    return f'<a href="{escape.html(address)}"{rel}>'


def _link_close(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any
) -> str:
    return "</a>" if env["open"].pop() else ""


def address_of(address: str, page: TextPage) -> str | None:
    """Where a link of people's text leads; None where it must not or cannot lead there."""
    if not address or not links.is_safe(address) or _NUMBER.search(unquote(address)):
        return None  # a live number is text; no address can hold one
    return address if links.scheme(address) or address.startswith("#") else page.resolve(address)


def _image(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    alternative = escape.html(
        self.renderInlineAsText(token.children, options, env) if token.children else ""
    )
    address = str(token.attrs.get("src", ""))
    if not links.is_external(address) or env["open"]:
        return str(alternative)
    return (
        f'<a href="{escape.html(address)}" rel="noopener">{alternative or escape.html(address)}</a>'
    )


def _fence(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    language = _first_word(token.info)
    text = (
        highlighted(token.content.rstrip("\n"))
        if language == "sql"
        else escape.html(token.content.rstrip("\n"))
    )
    label = "SQL" if language == "sql" else "Code"
    return f'<pre class="sql" tabindex="0" role="group" aria-label="{label}">{text}</pre>\n'


def _code_block(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any
) -> str:
    return _fence(self, tokens, at, options, env)


def _table_open(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any
) -> str:
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="data">\n'
    )


def _table_close(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any
) -> str:
    return "</table></div>\n"


def _cell_open(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    end = ' class="n"' if "right" in str(token.attrs.get("style", "")) else ""
    scope = ' scope="col"' if token.tag == "th" else ""
    return f"<{token.tag}{scope}{end}>"


def _heading(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """The page's title is the one h1, so a text's headings begin at h2; their ids are those that
    GitHub gives."""
    token = tokens[at]
    level = max(2, int(token.tag[1]))
    if token.nesting < 0:
        return f"</h{level}>\n"
    heading = self.renderInlineAsText(tokens[at + 1].children or [], options, env)
    return f'<h{level} id="{escape.html(_anchor(heading, env["page"].ids))}">'


def _anchor(heading: str, used_anchors: set[str]) -> str:
    plain = re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower())) or "section"
    anchor, number = plain, 0
    while anchor in used_anchors:
        number += 1
        anchor = f"{plain}-{number}"
    used_anchors.add(anchor)
    return anchor


def _blockquote_open(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any
) -> str:
    return '<blockquote class="callout">\n'
