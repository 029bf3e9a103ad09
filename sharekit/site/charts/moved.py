"""What moved a number since the period before: each member's change, and all together."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.results import Point, Reading
from sharekit.site.charts import plotly_figures
from sharekit.site.charts.canvas import Canvas
from sharekit.site.charts.chart_types import Cell, Chart, ChartTable, Size, Subject, member_key
from sharekit.site.charts.findings import moved_finding
from sharekit.site.charts.labels import fit_text, text_width
from sharekit.site.charts.scale import finite, value_axis
from sharekit.site.charts.series_view import additive, period_words
from sharekit.site.charts.svg import el, text

MOST_MOVES = 6
_PITCH = 30.0
_THICK = 17.0


class ChangePart(Struct, frozen=True):
    """One part of a change."""

    key: str
    name: str
    change: float


def moved_chart(
    subject: Subject, reading: Reading, by: str, *, size: Size = "full"
) -> Chart | None:
    """What moved the number since the previous period: each member's change, and all together.

    Only where slices add up by sum, so that the parts are the whole; None for everything else. A
    ratio moves by its members' rates and by their mix, and without the weights no honest split can
    be given. None too where there is no previous period, or nothing moved."""
    points = [point for point in reading.series if point.on == reading.period_start]
    if not additive(reading, by) or not points:
        return None
    at = reading.series.index(points[0])
    before, now = (reading.series[at - 1], reading.series[at]) if at else (None, reading.series[at])
    if before is None or finite(before.value) is None or finite(now.value) is None:
        return None
    together = (now.value or 0.0) - (before.value or 0.0)
    moves = _moves(reading, by, before, now, together)
    if not moves:
        return None
    finding = moved_finding(
        subject,
        [(move.name, move.change) for move in moves],
        together,
        period_words(before.on, subject.grain, subject.fiscal),
        period_words(now.on, subject.grain, subject.fiscal),
    )
    rows = [(move.key, move.name, move.change) for move in moves] + [("all", "Together", together)]
    axis = value_axis([change for _, _, change in rows], subject, zero=True)
    table = ChartTable(
        f"{subject.title}: change by {by.replace('_', ' ')}",
        (by.replace("_", " ").capitalize(), "Change"),
        tuple((Cell(name), Cell(subject.change(change), change)) for _, name, change in rows[:-1]),
        (Cell("Together"), Cell(subject.change(together), together)),
        tuple(key for key, _, _ in rows[:-1]),
    )
    return Canvas(subject, axis, finding, size).chart(
        lambda canvas: _draw(canvas, moves, together),
        lambda: table,
        lambda: plotly_figures.ranked_figure(subject, rows, axis, None, "moved"),
    )


def _moves(
    reading: Reading, by: str, before: Point, now: Point, together: float
) -> list[ChangePart]:
    """Members' changes, largest rise first; small ones and what belongs to no member are summed as
    "Others".

    A member without rows in one of the two periods counts as nothing there: the metric adds up.
    """
    moves = []
    for entry in reading.slices.get(by, ()):
        values = {point.on: finite(point.value) or 0.0 for point in entry.series}
        change = values.get(now.on, 0.0) - values.get(before.on, 0.0)
        moves.append(ChangePart(member_key(entry.member), entry.name, change))
    change_parts = sorted(
        (move for move in moves if move.change), key=lambda move: (-abs(move.change), move.name)
    )
    small_parts = change_parts[MOST_MOVES - 1 :] if len(change_parts) > MOST_MOVES else []
    change_parts = change_parts[: len(change_parts) - len(small_parts)]
    left_over = together - sum(move.change for move in change_parts)
    change_parts.sort(key=lambda move: (-move.change, move.name))
    scale = max((abs(move.change) for move in change_parts), default=0.0)
    if small_parts or abs(left_over) > 1e-9 * scale:
        name = f"{len(small_parts)} others" if small_parts else f"No {by.replace('_', ' ')}"
        change_parts.append(ChangePart("others", name, left_over))
    return [move for move in change_parts if move.change]


def _draw(canvas: Canvas, moves: Sequence[ChangePart], together: float) -> Markup:
    subject, width = canvas.subject, canvas.width
    rows = [*((move.name, move.change) for move in moves), ("Together", together)]
    names_width = min(
        max(text_width(name, 13, bold=True) for name, _ in rows) + 10,
        width * (0.42 if canvas.narrow else 0.3),
    )
    values_width = (
        max(text_width(subject.short_change(change), 13, bold=True) for _, change in rows) + 8
    )
    low, high = min(0.0, *(change for _, change in rows)), max(0.0, *(change for _, change in rows))
    left = names_width + (values_width if low < 0 else 0)
    scale = (width - left - (values_width if high > 0 else 0)) / (high - low or 1)
    zero = left - low * scale
    foot = len(moves) * _PITCH
    parts = [el("line", class_="axis", x1=zero, x2=zero, y1=0, y2=foot + 34)]
    for n, (name, change) in enumerate(rows):
        is_sum = n == len(moves)
        top = foot + 10 if is_sum else n * _PITCH + 4
        if is_sum:
            parts.append(el("line", class_="axis", x1=0, x2=width, y1=foot + 4, y2=foot + 4))
        parts.append(
            text(
                0,
                top + 13,
                fit_text(name, names_width - 8, 13, bold=is_sum),
                class_="lb" if is_sum else "lb lb--soft",
            )
        )
        end = zero + change * scale
        class_ = "whole" if is_sum else "up" if change > 0 else "down"
        bar = max(abs(end - zero), 0.5)
        parts.append(
            el("rect", class_=class_, x=min(zero, end), y=top, width=bar, height=_THICK, rx=1)
        )
        beyond, anchor = (end + 7, "start") if change >= 0 else (end - 7, "end")
        parts.append(
            text(beyond, top + 13, subject.short_change(change), class_="lb", anchor=anchor)
        )
    return canvas.svg(foot + 38, parts)
