"""Signatures first; the bodies follow in modules of their own and this file goes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from sharekit.changes import Step
from sharekit.declared import ChartKind
from sharekit.manifest import Period
from sharekit.render.charts.model import Chart, ChartTable, Mark, Size, Subject
from sharekit.results import OkrReading, Point, Reading, Status


# -- inside cards and tables ---------------------------------------------------------------------------------
def sparkline(
    subject: Subject, reading: Reading, *, points: int = 13, member: str | None = None, by: str | None = None
) -> Markup:
    """The `.spark` of a number card: last complete periods, dotted labelled target, end dot, open period.

    Gaps break the line. Hidden from assistive technology: the card's text says value, change and target.
    With `by` and `member`, the line of that slice. Empty where there are fewer than two values.
    """
    raise NotImplementedError


def bullet(okr: OkrReading) -> Markup:
    """The scorecard's bar: 0 is the baseline, 1 the target, a tick what the pace expects, hatch the gap to it."""
    raise NotImplementedError


def bullet_text(okr: OkrReading) -> str:
    """What the bar says, for a visually hidden span: "Progress 0.43 of 1.00, 0.58 expected by today"."""
    raise NotImplementedError


@dataclass(frozen=True)
class StripMark:
    """One key result on the strip."""

    title: str
    score: float | None
    """0.0 to 1.0; marks without a score are left out and counted in the label."""
    status: Status


def strip(marks: Sequence[StripMark], expected: float | None) -> Markup:
    """The tally's svg, to stand in `<div class="strip">`: each key result on the axis from 0 to 1, stacked where
    they meet, with a line where the pace expects them today (None: no line)."""
    raise NotImplementedError


def share_bar(share: float | None) -> Markup:
    """The `.bar` in a table cell: 0 to 1 of the track (the largest row of the table is 1)."""
    raise NotImplementedError


# -- panels --------------------------------------------------------------------------------------------------
def line_chart(
    subject: Subject, reading: Reading, *, last: int | None = None, size: Size = "half", marks: Sequence[Mark] = ()
) -> Chart:
    """The series as a line: gaps break it, the open period is dashed to an open dot, targets are dotted and labelled
    (stepped where dated), marks are thin lines. `last` counts periods; None shows all."""
    raise NotImplementedError


def by_lines(
    subject: Subject, reading: Reading, by: str, *, last: int | None = None, size: Size = "half", lit: str | None = None
) -> Chart:
    """One line per member of a dimension, each labelled at its end, labels kept 14 px apart.

    Up to 5 members: total and members in one plot. More: small multiples on one scale. Each line is a group with
    `data-s` = member_key(member) (the total: "all"), so a `data-lights` switch lights one. `lit` is lit at first;
    default: the total where there is one.
    """
    raise NotImplementedError


def bar_chart(subject: Subject, reading: Reading, *, last: int | None = None, size: Size = "half") -> Chart:
    """The series as vertical bars from zero, the open period hollow; negative values hang below the axis."""
    raise NotImplementedError


def by_bars(subject: Subject, reading: Reading, by: str, *, size: Size = "half") -> Chart:
    """Members of a dimension at the headline's period as horizontal bars from zero, with the target as a line."""
    raise NotImplementedError


def by_stack(subject: Subject, reading: Reading, by: str, *, last: int | None = None, size: Size = "half") -> Chart:
    """Parts of a whole by period: stacked bars, the three largest members and the rest. Only where slices add up by
    sum and none is negative; else the same as by_lines."""
    raise NotImplementedError


def moved_chart(subject: Subject, reading: Reading, by: str, *, size: Size = "full") -> Chart | None:
    """What moved the number since the previous period: each member's change, and all together.

    Only where slices add up by sum, so that the parts are the whole; None for everything else. A ratio moves by its
    members' rates and by their mix, and without the weights no honest split can be given.
    """
    raise NotImplementedError


def pace_chart(
    subject: Subject,
    reading: Reading,
    okr: OkrReading,
    period: Period,
    as_of: date,
    *,
    size: Size = "full",
    original: Sequence[Point] = (),
) -> Chart:
    """A key result's course: actual, expected pace, projection with its 80% range, target, today, and the gap.
    The original target is drawn where it differs. `original` is a series under an older definition, for the table."""
    raise NotImplementedError


def confidence_chart(points: Sequence[tuple[date, float]]) -> Markup:
    """The owner's confidence over time, 0 to 10, one point for each day on which it was declared."""
    raise NotImplementedError


def definition_chart(subject: Subject, old: Sequence[Point], new: Sequence[Point], *, size: Size = "half") -> Chart:
    """The number under its old and its new definition, with the difference hatched between."""
    raise NotImplementedError


@dataclass(frozen=True)
class BridgeRow:
    """One row of the table from the old to the new number."""

    label: str
    text: str
    """A value ("2,268") in the first and last row, a change ("−139") in between."""
    total: bool = False


def bridge(subject: Subject, old: float, new: float, steps: Sequence[Step]) -> tuple[BridgeRow, ...]:
    """From the old to the new number, step by step; what the steps leave over is its own row, so that it adds up."""
    raise NotImplementedError


@dataclass(frozen=True)
class Node:
    """One box of the lineage."""

    label: str
    href: str | None = None


def lineage_drawing(me: str, reads: Sequence[Node], used_by: Sequence[Node], *, most: int = 6) -> Markup:
    """From, this number, used by: `.lineage`. More than `most` on a side end in "+4 more"."""
    raise NotImplementedError


def chart_for(
    subject: Subject,
    reading: Reading,
    *,
    kind: ChartKind | None = None,
    by: str | None = None,
    last: int | None = None,
    size: Size = "half",
    marks: Sequence[Mark] = (),
) -> Chart | None:
    """What a dashboard places: the drawing that fits kind, dimension and shape; None where there is nothing to draw
    (one number without time, a table, no values)."""
    raise NotImplementedError


# -- around the drawing --------------------------------------------------------------------------------------
def plot(
    charts: Chart | Mapping[str, Chart],
    chart_id: str,
    *,
    view: str | None = None,
    shown: str | None = None,
    live: bool = False,
    bare: bool = False,
) -> Markup:
    """`<div class="plot">` with the drawings and, with `live`, the data that charts.js explores.

    One chart, or one for each value of the radio group named `view` (as in site.js: `data-weeks="13"`), of which
    `shown` is visible at first. Pair with explore_button(chart_id).
    """
    raise NotImplementedError


def explore_button(chart_id: str, title: str) -> Markup:
    """The "Explore" button for `.panel__acts`: hidden until charts.js shows it."""
    raise NotImplementedError


def table_markup(table: ChartTable, table_id: str, *, caption: bool = True) -> Markup:
    """`<table class="data">` of a chart, with `data-value` where a CSV file should carry more than is shown."""
    raise NotImplementedError


def script_json(value: object) -> Markup:
    """JSON that is safe inside `<script type="application/json">`."""
    raise NotImplementedError


def plotly_asset() -> tuple[str, bytes]:
    """File name with content hash, and bytes, of the installed Plotly bundle."""
    raise NotImplementedError


# -- mails ---------------------------------------------------------------------------------------------------
def mail_definition_svg(subject: Subject, old: Sequence[Point], new: Sequence[Point]) -> str:
    """A self-contained SVG for mails: the number under both definitions."""
    raise NotImplementedError


def mail_pace_svg(subject: Subject, reading: Reading, okr: OkrReading, period: Period, as_of: date) -> str:
    """A self-contained SVG for mails: the key result's course."""
    raise NotImplementedError


def svg_to_png(svg: str, width: int) -> bytes:
    """PNG of a self-contained SVG, `width` pixels wide."""
    raise NotImplementedError
