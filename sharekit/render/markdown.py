"""People's Markdown as HTML that is safe on the page: no raw HTML, no scripts, no images from elsewhere, no styles.

HTML in the text shows as text. Links go to http, https, mailto or to another declared file's page; all others lose
their address and keep their words. Pictures become links or words, since a page asks no other host for anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup, escape

from sharekit.render import links
from sharekit.render.sqltext import highlighted

LIVE = re.compile(r"\{\{\s*([^{}\n]{1,200}?)\s*\}\}")
"""A live number in prose: {{ on_time_departures:change }}."""
RESERVED = frozenset({"main", "results", "h"})
"""Ids that the page itself uses; headings never take them."""


@dataclass(frozen=True)
class Place:
    """Where a text is shown: how its links and live numbers come out."""

    resolve: Callable[[str], str | None]
    """A relative address -> the address on this page; None where it leads to nothing that is shown."""
    live: Callable[[str], Markup] | None = None
    """The inside of {{ }} -> the number; None: braces stay text."""


@dataclass(frozen=True)
class Prose:
    """A stretch of Markdown as HTML."""

    html: Markup


@dataclass(frozen=True)
class Fence:
    """A fenced block at the top level, to be placed by the page."""

    info: str
    content: str
    line: int
    """Line on which it begins, counted from 1 inside the text."""


class Markdown:
    """One parser for a whole build; it keeps nothing between texts."""

    def __init__(self) -> None:
        self._md = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
        self._md.validateLink = links.is_safe  # type: ignore[method-assign, assignment]
        self._md.inline.ruler.after("text", "live", _live_rule)
        for name in ("link_open", "link_close", "image", "live", "fence", "code_block", "table_open", "table_close"):
            self._md.add_render_rule(name, globals()[f"_{name}"])
        for name in ("th_open", "td_open"):
            self._md.add_render_rule(name, _cell_open)
        for name in ("heading_open", "heading_close"):
            self._md.add_render_rule(name, _heading)
        self._md.add_render_rule("blockquote_open", _blockquote_open)

    def block(self, text: str, place: Place) -> Markup:
        """A whole text: paragraphs, lists, tables."""
        return Markup(self._md.render(text, _env(place))).strip()

    def inline(self, text: str, place: Place) -> Markup:
        """One line of text: emphasis, code, links."""
        return Markup(self._md.renderInline(" ".join(text.split()), _env(place))).strip()

    def parts(self, text: str, place: Place, placed: frozenset[str]) -> tuple[Prose | Fence, ...]:
        """A text cut where a fenced block named in `placed` stands."""
        env = _env(place)
        tokens = self._md.parse(text, env)
        parts: list[Prose | Fence] = []
        run: list[Token] = []
        for token in tokens:
            if token.type == "fence" and token.level == 0 and _first_word(token.info) in placed:
                parts.extend(self._prose(run, env))
                run = []
                line = token.map[0] + 1 if token.map else 1
                parts.append(Fence(_first_word(token.info), token.content, line))
            else:
                run.append(token)
        parts.extend(self._prose(run, env))
        return tuple(parts)

    def _prose(self, tokens: Sequence[Token], env: dict[str, Any]) -> list[Prose]:
        if not tokens:
            return []
        return [Prose(Markup(self._md.renderer.render(tokens, self._md.options, env)).strip())]


def _env(place: Place) -> dict[str, Any]:
    return {"place": place, "open": [], "ids": set(RESERVED)}


def _first_word(info: str) -> str:
    return info.split()[0].lower() if info.split() else ""


def _live_rule(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("{{", state.pos) or state.env["place"].live is None:
        return False
    found = LIVE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("live", "", 0).content = found.group(1)
    state.pos = found.end()
    return True


# -- how tokens become HTML (self is markdown-it's renderer) ---------------------------------------------------


def _live(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return str(env["place"].live(tokens[at].content))


def _link_open(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    address = _address(str(tokens[at].attrs.get("href", "")), env["place"])
    env["open"].append(address is not None)
    if address is None:
        return ""
    rel = ' rel="noopener"' if links.is_external(address) else ""
    return f'<a href="{escape(address)}"{rel}>'


def _link_close(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return "</a>" if env["open"].pop() else ""


def _address(address: str, place: Place) -> str | None:
    if not address or not links.is_safe(address):
        return None
    return address if links.scheme(address) or address.startswith("#") else place.resolve(address)


def _image(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    words = escape(self.renderInlineAsText(token.children, options, env) if token.children else "")
    address = str(token.attrs.get("src", ""))
    if not links.is_external(address) or env["open"]:
        return str(words)
    return f'<a href="{escape(address)}" rel="noopener">{words or escape(address)}</a>'


def _fence(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    language = _first_word(token.info)
    text = highlighted(token.content.rstrip("\n")) if language == "sql" else escape(token.content.rstrip("\n"))
    label = "SQL" if language == "sql" else "Code"
    return f'<pre class="sql" tabindex="0" role="group" aria-label="{label}">{text}</pre>\n'


def _code_block(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return _fence(self, tokens, at, options, env)


def _table_open(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="data">\n'


def _table_close(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _cell_open(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    end = ' class="n"' if "right" in str(token.attrs.get("style", "")) else ""
    scope = ' scope="col"' if token.tag == "th" else ""
    return f"<{token.tag}{scope}{end}>"


def _heading(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """The page's title is the one h1, so a text's headings begin at h2; their ids are those that GitHub gives."""
    token = tokens[at]
    level = max(2, int(token.tag[1]))
    if token.nesting < 0:
        return f"</h{level}>\n"
    words = self.renderInlineAsText(tokens[at + 1].children or [], options, env)
    return f'<h{level} id="{escape(_anchor(words, env["ids"]))}">'


def _anchor(words: str, taken: set[str]) -> str:
    plain = re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", words.strip().lower())) or "section"
    anchor, number = plain, 0
    while anchor in taken:
        number += 1
        anchor = f"{plain}-{number}"
    taken.add(anchor)
    return anchor


def _blockquote_open(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return '<blockquote class="callout">\n'
