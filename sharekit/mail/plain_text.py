"""A message as plain text, 76 characters wide, and its blocks as lines for chat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill

from sharekit.mail.blocks import (
    Block,
    Button,
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
    Scores,
    Talk,
    Tally,
    Tiles,
    Voice,
)
from sharekit.wording.headline import with_period

WIDE = 76
ARROW = "→"


def message_text(message: Message) -> str:
    """The whole mail, in the order of its HTML."""
    paragraphs = [fill(message.heading, WIDE), fill(message.byline, WIDE)]
    heading = ""
    for block in message.blocks:
        if isinstance(block, Heading):
            if heading:
                paragraphs.append(heading)
            heading = _heading(block.text)
            continue
        text = "\n".join(_wrapped(block))
        paragraphs.append(f"{heading}\n{text}" if heading else text)
        heading = ""
    paragraphs += [heading] if heading else []
    return (
        "\n\n".join(paragraph for paragraph in [*paragraphs, _footer(message.footer)] if paragraph)
        + "\n"
    )


def footer_lines(footer: Footer) -> tuple[str, ...]:
    """The footer, a line each: why one gets this, how to answer, how to get fewer."""
    choice = f"{footer.choice} {footer.stop}".rstrip() + "."
    return tuple(line for line in (footer.why, footer.reply, choice) if line)


def _footer(footer: Footer) -> str:
    return "--\n" + "\n".join(fill(line, WIDE) for line in footer_lines(footer))


def _heading(heading: str) -> str:
    """In capitals, so that it stands out; a sentence is underlined instead, since capitals are hard
    to read."""
    if not heading.endswith("."):
        return fill(heading.upper(), WIDE)
    lines = fill(heading, WIDE)
    return f"{lines}\n{'-' * max(map(len, lines.splitlines()))}"


def _wrapped(block: Block) -> Iterator[str]:
    if isinstance(block, FromTo):
        rows = [(row.heading, row.before, row.after or "-") for row in block.rows]
        yield from _table([(block.title, "before", "after"), *rows])
    elif isinstance(block, Picture):
        yield fill(block.caption, WIDE)
        yield from _table([block.columns, *block.values])
    else:
        for line in lines_of(block):
            yield fill(
                line,
                WIDE,
                subsequent_indent="  " if line.startswith(("- ", "+ ", "~ ")) else "",
                break_long_words=False,
                break_on_hyphens=False,
            )


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns: the first to the left, the others to the right, so that figures align."""
    if any(len(cell) > WIDE // 2 for row in rows for cell in row):
        yield from (_pairs(rows[0], row) for row in rows[1:])
        return
    wide = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        further_cells = "".join(f"  {cell:>{wide[at]}}" for at, cell in enumerate(row) if at)
        yield f"{row[0]:{wide[0]}}{further_cells}".rstrip()


def _pairs(head: Sequence[str], row: Sequence[str]) -> str:
    cells = [(name, cell) for name, cell in zip(head[1:], row[1:], strict=True) if cell]
    if len(cells) == 1 and len(row) > 2:
        return f"{row[0]}: {cells[0][1]}"
    return f"{row[0]}: " + ", ".join(f"{name} {cell}" for name, cell in cells)


def lines_of(block: Block) -> Iterator[str]:
    """Everything that a block says, a line each, unwrapped."""
    match block:
        case Heading():
            yield block.text
        case Voice() | Plain():
            yield block.text
        case Figure():
            value = f"{block.title}: {block.value}" if block.value else block.title
            yield value + (f", {block.period}" if block.period else "")
        case FromTo():
            yield block.title
            yield from (f"{row.heading}: {_from_to(row.before, row.after)}" for row in block.rows)
        case Definition():
            yield from (
                f"{line.op} {line.sentence}" + (f" ({line.effect})" if line.effect else "")
                for line in block.lines
            )
        case Picture():
            yield block.caption
            yield from (_pairs(block.columns, row) for row in block.values)
        case Entries():
            yield from (f"- {entry_text(entry)}" for entry in block.entries)
        case Help():
            yield from (f"- {entry_text(entry)}" for entry in block.entries)
        case Link():
            yield f"{block.text}: {block.url}" + (f" ({block.detail})" if block.detail else "")
        case Button():
            yield f"{block.text}: {block.url}"
            yield from ([block.note] if block.note else [])
        case Tally():
            yield tally_sentence(block)
        case Talk():
            yield from talk_lines(block)
        case Scores():
            yield from (
                f"- {row.title}: {with_period(row.value, row.period)}, score {row.score}, {row.word.lower()}"
                for row in block.rows
            )
        case Tiles():
            yield from (
                f"- {tile.title}: {with_period(tile.value, tile.period)}"
                + (f", {tile.change}{', worse' if tile.worse else ''}" if tile.change else "")
                for tile in block.tiles
            )


def _from_to(before: str, after: str) -> str:
    return f"{before} {ARROW} {after}" if before and after and before != after else after or before


def entry_text(entry: Entry) -> str:
    """ "Jonas Lind: Close gate 4 (by 25 Nov. Asked for by Maria Okafor)"."""
    value = f"{entry.was} {ARROW} {entry.now}" if entry.was and entry.now else entry.now
    line = f"{entry.who}: {entry.text}" if entry.who else entry.text
    line += f", {value}" if value else ""
    aside = ". ".join(part for part in (entry.aside, entry.detail) if part)
    line += f" ({aside})" if aside else ""
    if not entry.voice:
        return line
    return f"{line}{'' if line.endswith(('.', '?', '!')) else '.'} {entry.voice}"


def tally_sentence(tally: Tally) -> str:
    """ "Average score 0.57, 0.58 expected: 2 off track, 2 at risk, 7 on track, 1 met."."""
    counts = ", ".join(f"{count.number} {count.word}" for count in tally.counts)
    if not tally.average:
        return f"{counts[:1].upper()}{counts[1:]}." if counts else ""
    expected = f", {tally.expected} expected" if tally.expected else ""
    return f"Average score {tally.average}{expected}: {counts}."


def talk_facts(talk: Talk) -> str:
    """ "target 2,250 offices, Mateo Ferreira, score 0.43, 0.58 expected"."""
    expected = f"{talk.expected / 100:.2f} expected" if talk.expected is not None else ""
    facts: Iterable[str] = (talk.target, talk.owner, f"score {talk.score}", expected)
    return ", ".join(fact for fact in facts if fact)


def talk_lines(talk: Talk) -> Iterator[str]:
    """A key result to talk about, a line each."""
    yield f"{talk.title}: {talk.word.lower()}"
    yield f"{talk.now}, {talk_facts(talk)}"
    yield from (
        line
        for line in (talk.meaning, talk.stale, talk.voice and f'"{talk.voice}"', talk.next)
        if line
    )
