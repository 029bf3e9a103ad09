"""What goes into a chart and what comes out of it. Pure values; the drawing is next door."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import (
    Formatted,
    format_change,
    format_distance,
    format_value,
    singular,
)
from sharekit.numbers.results import Comparison, Reading, Slice
from sharekit.project.manifest import Metric, bidi_isolated
from sharekit.project.shapes import CALENDAR_YEAR, Direction, FiscalYear, Grain
from sharekit.wording.headline import headline_value

Figure = dict[str, Any]
"""A Plotly figure as plain data: {"data": [...], "layout": {...}}. Colours and fonts are the page's
business."""
Size = Literal["full", "half"]
"""Width of the wide drawing: `full` is the main column (704 px), `half` is one of two panels side
by side (536 px)."""

_SHORT_UNIT = 3
ALL = "all"
"""Key of the total among the members of a dimension: data-s="all"."""


@lru_cache(maxsize=1 << 14)
def _formatted(value: float | None, unit: str | None, format: str | None) -> Formatted:
    """format_value, remembered: drawing, table and figure write the same values."""
    return format_value(value, unit, format)


class Subject(Struct, frozen=True):
    """The number a chart is about: its name and how its values are written."""

    id: str
    title: str
    unit: str | None = None
    format: str | None = None
    direction: Direction = "none"
    grain: Grain | None = None
    steps: bool = False
    """Whether a value holds until the next one, so that its line goes in steps."""
    level: bool = False
    """Whether the headline is the newest measurement, so that it is compared with the end of
    another period."""
    fiscal: FiscalYear = CALENDAR_YEAR
    """By which its quarters and years are named."""
    minimum: float | None = None
    """How many cases a member must be based on to be compared with others."""

    @classmethod
    def of(
        cls,
        metric: Metric,
        grain: Grain | None,
        title: str | None = None,
        fiscal: FiscalYear = CALENDAR_YEAR,
    ) -> Subject:
        """The subject of a metric; `grain` is its reading's, `title` another title for one
        place."""
        front = metric.front
        steps = front.missing == "last"
        subject_title = bidi_isolated(title or metric.title)
        return cls(
            metric.id,
            subject_title,
            front.unit,
            front.format,
            front.direction,
            grain or front.grain,
            steps,
            fiscal=fiscal,
            minimum=front.minimum_count,
        )

    def too_few(self, member_slice: Slice) -> bool:
        """Whether a member is based on too few cases to be called best or worst."""
        return self.minimum is not None and (member_slice.count or 0) < self.minimum

    def text(self, value: float | None) -> str:
        """A value as people read it, with its unit: "740 ms"; "no data" for none."""
        return str(_formatted(value, self.unit, self.format))

    def now(self, reading: Reading | None) -> str:
        """The headline as people read it: "78.4%", or "85 sign-ups so far this month" where no
        period is whole; "no total" where only its parts have a value, else "no data"."""
        return str(self.formatted(reading))

    def formatted(self, reading: Reading | None) -> Formatted:
        """The headline in parts."""
        return headline_value(reading, self.unit, self.format)

    def number(self, value: float) -> str:
        """A value as an axis shows it: what is written against the number stays, a unit that stands
        apart goes."""
        return _formatted(value, self.unit, self.format).number

    def short(self, value: float | None) -> str:
        """A value inside a drawing: with a unit of up to three letters ("740 ms"); a longer one
        stands beside the chart's title, so that "6,158 flights" is 6,158 here."""
        formatted = _formatted(value, self.unit, self.format)
        return str(formatted) if len(formatted.unit) <= _SHORT_UNIT else formatted.number

    def target(self, value: float) -> str:
        """A target: a share without decimals that say nothing: "82%"."""
        return re.sub(r"\.0+%$", "%", self.short(value))

    def reach(self, first: float | None, last: float | None) -> str:
        """From one value to another, with the unit once: "6,071 to 6,158 flights"."""
        before, after = (_formatted(value, self.unit, self.format) for value in (first, last))
        return f"{before.number if before.unit == after.unit else before} to {after}"

    @property
    def units_vary(self) -> bool:
        """Whether the format itself picks the unit by size ("30 min", "1 h 30 min")."""
        return bool(self.format and self.format.startswith("duration"))

    def change(self, change: float) -> str:
        """A change in the metric's own unit, with its sign: "+0.6 pt" or "+45 flights"."""
        return format_change(change, None, self.unit, self.format)

    def comparison_text(self, comparison: Comparison) -> str:
        """A comparison's change, in the way in which it is told to people: "+2.1%"."""
        return format_change(
            comparison.change, comparison.change_pct, self.unit, self.format, comparison.way
        )

    def short_change(self, change: float) -> str:
        """A change inside a drawing, without a long unit: "+91"."""
        change_text = self.change(change)
        if not self.unit or len(self.unit) <= _SHORT_UNIT:
            return change_text
        return change_text.removesuffix(f" {self.unit}").removesuffix(f" {singular(self.unit)}")

    def distance(self, change: float) -> str:
        """The size of a change, without its sign: "0.6 pt" or "45 flights"."""
        return format_distance(change, self.unit, self.format)

    def rate(self, change: float) -> str:
        """What is gained or lost in one period, with its sign: "−0.2 bugs"."""
        return format_distance(change, self.unit, self.format, signed=True)


class Mark(Struct, frozen=True):
    """A day on which something happened to the number: drawn as a thin line with a label."""

    on: date
    label: str
    sign: str = ""
    """What stands at the line in place of the label: the number of a note ("2"), or of an entry of
    the log ("Revision 3")."""

    @property
    def text(self) -> str:
        """What stands at the line."""
        return self.sign or self.label

    @property
    def pointer(self) -> str:
        """What a row of the table says about it: "note 2"; "" where there is nothing to look up."""
        return f"note {self.sign}" if self.sign[:1].isdigit() else self.sign.lower()


class ChartOptions(Struct, frozen=True):
    """How much of a series a chart over time shows, how wide, and what is marked on it."""

    last: int | None = None
    """Complete periods in view; None for all."""
    size: Size = "half"
    marks: Sequence[Mark] = ()


NO_OPTIONS = ChartOptions()


class Cell(NamedTuple):
    """One cell of a chart's table: what is read, and what a CSV file carries."""

    text: str
    value: float | str | None = None
    """Raw value where it differs from the text."""


class ChartTable(Struct, frozen=True):
    """The same chart as rows. The first cell of a row is its heading; the other columns hold
    numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: tuple[Cell, ...] = ()
    """The total, where there is one."""
    keys: tuple[str, ...] = ()
    """Member key of each row (`data-s`), where rows are members of a dimension; else empty."""


@dataclass(frozen=True)
class Chart:
    """One chart: a drawing, said in a sentence, told as a table, and as data from which the page
    draws it for other widths and ranges.

    Drawings, table and figure are made when they are asked for: a page uses few of them."""

    finding: str
    """One sentence with the numbers in it: the drawing's aria-label, good as a caption."""
    size: Size
    draw: Callable[[bool], Markup] = field(repr=False, compare=False)
    """The drawing; True for a phone's."""
    make_room: Callable[[], Markup] = field(repr=False, compare=False)
    """An empty drawing as high as a phone's."""
    make_table: Callable[[], ChartTable] = field(repr=False, compare=False)
    make_figure: Callable[[], Figure] = field(repr=False, compare=False)

    @cached_property
    def wide(self) -> Markup:
        """The drawing for a desktop."""
        return self.draw(False)

    @cached_property
    def narrow(self) -> Markup:
        """The drawing for a phone."""
        return self.draw(True)

    @property
    def first_view(self) -> Markup:
        """The drawing for a desktop, and room for the one that the page's script draws on a
        phone."""
        return self.wide + self.make_room()

    @cached_property
    def table(self) -> ChartTable:
        """The same as rows."""
        return self.make_table()

    @cached_property
    def figure(self) -> Figure:
        """The same as data; empty where there is nothing to draw from it."""
        return self.make_figure()

    @property
    def svg(self) -> Markup:
        """Both drawings, for a `.plot`: site.css shows the one that fits."""
        return self.wide + self.narrow


def member_key(member: str) -> str:
    """Key of a dimension's member for `data-s` and radio values: without spaces, one key for one
    member."""
    slug = re.sub(r"[^a-z0-9]+", "-", member.lower()).strip("-")
    if slug and slug == member and slug != ALL:
        return slug
    return f"{slug or 'm'}-{hashlib.sha256(member.encode()).hexdigest()[:6]}"
