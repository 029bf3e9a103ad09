"""A message as Markdown, for a terminal, a chat or the twin of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sharekit.escape import markdown, markdown_address
from sharekit.mail.blocks import (
    Block,
    Button,
    Entries,
    Entry,
    Figure,
    FromTo,
    Heading,
    Help,
    Link,
    Message,
    Picture,
    Scores,
    Talk,
    Tiles,
    Voice,
)
from sharekit.mail.plain_text import ARROW, lines_of, talk_facts
from sharekit.wording.headline import with_period

_OPENING, _NUMBERED = re.compile(r"^(?=[#>+=-])"), re.compile(r"^(\d+)(?=[.)])")
"""What would begin a heading, a quotation or a list."""
_ITEM = re.compile(r"^- ")


def message_markdown(message: Message) -> str:
    """The whole message under its heading; without the footer, which is a mail's."""
    paragraphs = [f"# {_inline(message.subject)}", f"**{_inline(message.heading)}**"]
    paragraphs.append(_line(message.byline))
    paragraphs += ["\n".join(_block(block)) for block in message.blocks]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _inline(text: str) -> str:
    """Text that stays text, on one line."""
    return markdown(" ".join(text.split()))


def _line(text: str) -> str:
    """The same where it begins a line or an item."""
    return _NUMBERED.sub(r"\1\\", _OPENING.sub(r"\\", _inline(text)))


def _link(text: str, url: str) -> str:
    if not url:
        return _inline(text)
    return f"[{_inline(text)}]({markdown_address(url)})"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"## {_link(block.text, block.url)}"
        case Voice():
            yield f"> {_line(block.text)}"
        case Figure():
            value = f": **{_inline(block.value)}**" if block.value else ""
            yield f"{_link(block.title, block.url)}{value}" + (
                f", {_inline(block.period)}" if block.period else ""
            )
        case FromTo():
            rows = [(row.heading, row.before, row.after or "-") for row in block.rows]
            yield from _table((block.title, "before", "after"), rows)
        case Picture():
            yield f"{_inline(block.caption)}\n"
            yield from _table(block.columns, block.values)
        case Entries() | Help():
            yield from (f"- {_entry(entry)}" for entry in block.entries)
        case Link():
            detail = f" ({_inline(block.detail)})" if block.detail else ""
            yield _link(block.text, block.url) + detail
        case Button():
            yield _link(block.text, block.url) + (f". {_inline(block.note)}" if block.note else "")
        case Talk():
            yield from _talk(block)
        case Scores():
            scored = [
                (
                    _link(row.title, row.url),
                    _inline(with_period(row.value, row.period)),
                    row.score,
                    _inline(row.word),
                )
                for row in block.rows
            ]
            yield from _raw_table(
                ("Key result", "Now", "Score", "Status"), scored, text_columns=(0, 3)
            )
        case Tiles():
            for tile in block.tiles:
                change = f", {_inline(tile.change)}{', worse' if tile.worse else ''}"
                yield (
                    f"- {_link(tile.title, tile.url)}: **{_inline(with_period(tile.value, tile.period))}**"
                    f"{change if tile.change else ''}"
                )
        case _:
            yield from (
                f"- {_line(_ITEM.sub('', line))}" if block.kind == "definition" else _line(line)
                for line in lines_of(block)
            )


def _entry(entry: Entry) -> str:
    line = f"**{_inline(entry.who)}:** " if entry.who else ""
    line += _link(entry.text, entry.url) if entry.who or entry.url else _line(entry.text)
    if entry.now:
        was = f"{_inline(entry.was)} {ARROW} " if entry.was else ""
        line += f", {was}**{_inline(entry.now)}**"
    details = ". ".join(_inline(part) for part in (entry.aside, entry.detail) if part)
    if entry.late and details:
        first, stop, after_first = details.partition(". ")
        details = f"**{first}**{stop}{after_first}"
    line += f" ({details})" if details else ""
    return f"{line}. {_inline(entry.voice)}" if entry.voice else line


def _talk(talk: Talk) -> Iterator[str]:
    yield f"### {_link(talk.title, talk.url)}: {_inline(talk.word.lower())}\n"
    yield f"**{_inline(talk.now)}**, {_inline(talk_facts(talk))}"
    if talk.meaning:
        yield f"\n{_inline(talk.meaning)}"
    if talk.stale:
        yield f"\n{_inline(talk.stale)}"
    if talk.voice:
        yield f"\n> {_line(talk.voice)}"
    if talk.next:
        yield f"\n{_inline(talk.next)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    return _raw_table(
        [*map(_inline, head)], ([*map(_inline, row)] for row in rows), text_columns=(0,)
    )


def _raw_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], text_columns: tuple[int, ...]
) -> Iterator[str]:
    """A table of cells that are Markdown already; `text_columns`: the columns that are not figures."""
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' if at in text_columns else '---:' for at in range(len(head)))} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
