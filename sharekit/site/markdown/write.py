"""Writing Markdown: whatever words come in, they stay words, and a block ends where it should.

Text is escaped for CommonMark and GitHub's tables. `<` and what looks like an entity become
entities, so that a reader that lets HTML through shows them too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sharekit import escape

_OPENING = re.compile(r"(?=[-=>#]|\+(?:\s|$))|(\d+)(?=[.)])")
_CLOSING = re.compile(r"(#+)$")
_TICKS = re.compile(r"`+")
_LANGUAGE = re.compile(r"[\w+#-]{0,20}")
MOST_LEVELS = 6


def inline_text(text: str) -> str:
    """Text inside a line, all of it on that line."""
    return escape.markdown(" ".join(text.split()))


def opening(line: str) -> str:
    """Escaped text at the beginning of a line: it opens no list, quote or heading, and no rule."""
    match = _OPENING.match(line)
    return f"{match[1] or ''}\\{line[match.end() :]}" if match else line


def heading(level: int, line: str) -> str:
    """A heading of escaped text."""
    return f"{'#' * min(level, MOST_LEVELS)} {_CLOSING.sub(_escaped_signs, line)}"


def _escaped_signs(match: re.Match[str]) -> str:
    return r"\#" * len(match[1])


def link(text: str, address: str) -> str:
    """A link of escaped text; the text alone where there is no address."""
    return f"[{text}]({escape.markdown_address(address)})" if address else text


def code(text: str) -> str:
    """A code span of raw text, on one line."""
    inside = escape.document(" ".join(text.split()))
    ticks = "`" * (_longest(inside) + 1)
    pad = " " if inside.startswith("`") or inside.endswith("`") else ""
    return f"{ticks}{pad}{inside}{pad}{ticks}" if inside else ""


def fence(text: str, language: str = "") -> str:
    """A block of raw text, in a fence longer than any run of ticks inside."""
    ticks = "`" * max(3, _longest(text) + 1)
    language_name = language if _LANGUAGE.fullmatch(language) else ""
    inside = escape.document(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    return f"{ticks}{language_name}\n{inside}\n{ticks}"


def _longest(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numeric: Iterable[int] = ()) -> str:
    """A table of escaped cells; `numeric`: the columns that stand to the right."""
    right = set(numeric)
    rule = ["---:" if at in right else "---" for at in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def bullets(items: Iterable[str]) -> str:
    """A list of escaped lines."""
    return "\n".join(f"- {opening(item)}" for item in items if item)


def fact_list(rows: Iterable[tuple[str, str]]) -> str:
    """A list of names with what is known; what is not known is left out."""
    return bullets(f"{inline_text(name)}: {value}" for name, value in rows if value)


def section(title: str, *blocks: str, level: int = 2) -> Iterator[str]:
    """A heading with what stands below it; nothing where nothing does."""
    filled = [block for block in blocks if block]
    if filled:
        yield heading(level, inline_text(title))
        yield from filled


def document(blocks: Iterable[str]) -> str:
    """Blocks, each apart from the next."""
    return "\n\n".join(block for block in blocks if block) + "\n"
