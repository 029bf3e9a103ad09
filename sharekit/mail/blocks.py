"""What a mail is made of: a message is a list of blocks, and each form (HTML, plain text, Markdown,
chat) renders every block, so that no form says less than another.

A block holds plain text; escaping is the renderer's."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from sharekit.wording.statuses import Tone

Op = Literal["+", "-", "~"]
ALL = 1_000_000
"""Room for all entries of a list."""


class ChangedRow(Struct, frozen=True):
    """One row of the from-to table; an empty `before` means "not declared, or as after"."""

    label: str
    before: str
    after: str
    tone: Tone = "none"
    period: str = ""
    """Of what period the value after is; "" where it is of none."""

    @property
    def heading(self) -> str:
        """What stands before the values."""
        return f"{self.label}, {self.period}" if self.period else self.label


class ChangeLine(Struct, frozen=True):
    """One sentence on the definition, and what it does to the number ("" where that is not
    known)."""

    op: Op
    sentence: str
    effect: str


class Heading(Struct, frozen=True):
    """Begins a part."""

    text: str
    url: str = ""
    kind: Literal["heading"] = "heading"


class Voice(Struct, frozen=True):
    """Somebody's own words, a paragraph."""

    text: str
    kind: Literal["voice"] = "voice"


class Plain(Struct, frozen=True):
    """A sentence that sharekit writes."""

    text: str
    kind: Literal["plain"] = "plain"


class Figure(Struct, frozen=True):
    """One number, large."""

    title: str
    value: str
    period: str
    url: str = ""
    kind: Literal["figure"] = "figure"


class FromTo(Struct, frozen=True):
    """Declared and measured values, before and after."""

    title: str
    rows: tuple[ChangedRow, ...]
    kind: Literal["fromto"] = "fromto"


class Definition(Struct, frozen=True):
    """What changed in a definition."""

    lines: tuple[ChangeLine, ...]
    room: int = 20
    kind: Literal["definition"] = "definition"


class Picture(Struct, frozen=True):
    """The one picture of a mail, with all that it shows in words: it has no text of its own."""

    source: str
    """`cid:` and the id; "" where the picture is left out, and its values stand alone."""
    alt: str
    key: tuple[tuple[str, str], ...]
    """Colour and words of each line in the picture."""
    caption: str
    days: tuple[str, str]
    """Days at its left and right edge, with the year."""
    lines: str
    """What its gridlines stand for: "Lines at 80%, 85% and 90%"."""
    columns: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    """The drawn values: a day and a value for each of the other columns."""
    kind: Literal["picture"] = "picture"


class Entry(Struct, frozen=True):
    """One line of a list."""

    text: str
    who: str = ""
    """Whom it is for, before the text."""
    was: str = ""
    now: str = ""
    """Values after the text; `was` only with `now`."""
    aside: str = ""
    """A day or a word, on the right."""
    detail: str = ""
    voice: str = ""
    """The owner's words on it."""
    late: bool = False
    url: str = ""


class Entries(Struct, frozen=True):
    """A list. HTML shows the first `room`, and how many more are on the page."""

    entries: tuple[Entry, ...]
    room: int = ALL
    kind: Literal["entries"] = "entries"


class Help(Struct, frozen=True):
    """Requests for help, with a link that answers them ("" where nobody can be written to)."""

    entries: tuple[Entry, ...]
    link: str = ""
    kind: Literal["help"] = "help"


class Link(Struct, frozen=True):
    """A line that leads to a page."""

    text: str
    url: str
    detail: str = ""
    kind: Literal["link"] = "link"


class Button(Struct, frozen=True):
    """Where to go on."""

    text: str
    url: str
    note: str = ""
    kind: Literal["button"] = "button"


class StatusCount(Struct, frozen=True):
    """How many key results have one status."""

    number: int
    word: str
    tone: Tone
    names: str = ""
    """Which ones they are, by title."""


class Tally(Struct, frozen=True):
    """The average score, and how many key results have which status."""

    average: str
    expected: str
    counts: tuple[StatusCount, ...]
    kind: Literal["tally"] = "tally"


class Talk(Struct, frozen=True):
    """One key result to talk about."""

    title: str
    url: str
    word: str
    tone: Tone
    now: str
    target: str
    owner: str
    score: str
    done: int | None
    expected: int | None
    meaning: str
    voice: str
    stale: str
    next: str
    late: bool
    kind: Literal["talk"] = "talk"


class ScoredRow(Struct, frozen=True):
    """A key result in one row."""

    title: str
    url: str
    value: str
    period: str
    score: str
    word: str
    tone: Tone


class Scores(Struct, frozen=True):
    """Key results in a table."""

    rows: tuple[ScoredRow, ...]
    room: int = ALL
    kind: Literal["scores"] = "scores"


class Tile(Struct, frozen=True):
    """A number with its change."""

    title: str
    url: str
    value: str
    period: str
    change: str
    worse: bool


class Tiles(Struct, frozen=True):
    """Numbers side by side."""

    tiles: tuple[Tile, ...]
    kind: Literal["tiles"] = "tiles"


Block: TypeAlias = (
    Heading
    | Voice
    | Plain
    | Figure
    | FromTo
    | Definition
    | Picture
    | Entries
    | Help
    | Link
    | Button
    | Tally
    | Talk
    | Scores
    | Tiles
)


class Footer(Struct, frozen=True):
    """Why one gets a mail, and how to get fewer."""

    why: str
    reply: str = ""
    stop: str = ""
    """Address that takes people off the list; "" where there is none."""

    @property
    def choice(self) -> str:
        """How to get fewer mails, as a sentence that ends before the address."""
        return (
            'For fewer mails set mail = "digest" (the pre-read alone) or "none" in your part of'
            " [people]" + (", or write to" if self.stop else "")
        )


class Message(Struct, frozen=True):
    """All that one mail says, before it has a form."""

    project: str
    audience: str
    label: str
    """What kind of mail it is: "Revised key result"."""
    subject: str
    heading: str
    byline: str
    blocks: tuple[Block, ...]
    footer: Footer
