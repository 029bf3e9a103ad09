"""A message as Markdown, for a terminal, a chat or the twin of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sharekit import escape
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
from sharekit.mail.text import ARROW, lines_of, talk_facts

_ITEM = re.compile(r"^- ")


def message_markdown(message: Message) -> str:
    """The whole message under its heading; without the footer, which is a mail's."""
    parts = [f"# {marked(message.subject)}", f"**{marked(message.heading)}**"]
    parts.append(marked(message.byline))
    parts += ["\n".join(_block(block)) for block in message.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def marked(text: str) -> str:
    """Text that stays text in Markdown, on one line."""
    return escape.markdown(" ".join(text.split()))


def _link(text: str, url: str) -> str:
    if not url:
        return marked(text)
    return f"[{marked(text)}]({escape.markdown_address(url)})"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"## {_link(block.text, block.url)}"
        case Voice():
            yield f"> {marked(block.text)}"
        case Figure():
            value = f": **{marked(block.value)}**" if block.value else ""
            yield f"{_link(block.title, block.url)}{value}" + (
                f", {marked(block.period)}" if block.period else ""
            )
        case FromTo():
            rows = [(row.label, row.before or "-", row.after or "-") for row in block.rows]
            yield from _table((block.title, "before", "after"), rows)
        case Picture():
            yield f"{marked(block.caption)}\n"
            yield from _table(block.columns, block.values)
        case Entries() | Help():
            yield from (f"- {_entry(entry)}" for entry in block.entries)
        case Link():
            detail = f" ({marked(block.detail)})" if block.detail else ""
            yield _link(block.text, block.url) + detail
        case Button():
            yield _link(block.text, block.url) + (f". {marked(block.note)}" if block.note else "")
        case Talk():
            yield from _talk(block)
        case Scores():
            scored = [
                (_link(row.title, row.url), marked(row.now), row.grade, marked(row.word))
                for row in block.rows
            ]
            yield from _raw_table(("Key result", "Now", "Grade", "Status"), scored, left=(0, 3))
        case Tiles():
            for tile in block.tiles:
                change = f", {marked(tile.change)}{', worse' if tile.worse else ''}"
                yield (
                    f"- {_link(tile.title, tile.url)}: **{marked(tile.value)}**"
                    f"{change if tile.change else ''}"
                )
        case _:
            yield from (
                f"- {marked(_ITEM.sub('', line))}" if block.kind == "definition" else marked(line)
                for line in lines_of(block)
            )


def _entry(entry: Entry) -> str:
    said = f"**{marked(entry.who)}:** " if entry.who else ""
    said += _link(entry.text, entry.url)
    if entry.now:
        was = f"{marked(entry.was)} {ARROW} " if entry.was else ""
        said += f", {was}**{marked(entry.now)}**"
    aside = f"**{marked(entry.aside)}**" if entry.late else marked(entry.aside)
    beside = "; ".join(part for part in (aside, marked(entry.detail)) if part)
    said += f" ({beside})" if beside else ""
    return f"{said}. {marked(entry.voice)}" if entry.voice else said


def _talk(talk: Talk) -> Iterator[str]:
    yield f"### {_link(talk.title, talk.url)}: {marked(talk.word.lower())}\n"
    yield f"**{marked(talk.now)}**, {marked(talk_facts(talk))}"
    if talk.stale:
        yield f"\n{marked(talk.stale)}"
    if talk.voice:
        yield f"\n> {marked(talk.voice)}"
    if talk.next:
        yield f"\n{marked(talk.next)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    return _raw_table([*map(marked, head)], ([*map(marked, row)] for row in rows), left=(0,))


def _raw_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], left: tuple[int, ...]
) -> Iterator[str]:
    """A table of cells that are Markdown already; `left`: the columns that are not figures."""
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' if at in left else '---:' for at in range(len(head)))} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
