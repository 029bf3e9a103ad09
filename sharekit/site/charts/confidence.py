"""The owner's own confidence in a key result, as declared from day to day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from markupsafe import Markup

from sharekit.numbers.formats import format_day
from sharekit.site.charts.labels import text_width
from sharekit.site.charts.scale import day_scale
from sharekit.site.charts.svg import XY, drawing, el, path, text


def confidence_chart(points: Sequence[tuple[date, float]]) -> Markup:
    """The owner's confidence over time, 0 to 10: one point for each day on which another one was
    declared, the last point is today's. It holds from day to day, so the line goes in steps. Empty
    without points."""
    if not points:
        return Markup("")
    ordered = sorted(points)
    x = day_scale(ordered[0][0], ordered[-1][0], 6 if len(ordered) > 1 else 264, 264)
    at = [(x(day), 68 - min(max(value, 0), 10) * 6) for day, value in ordered]
    steps: list[XY] = [at[0]]
    for (_, before), (right, now) in pairwise(at):
        steps += [(right, before), (right, now)]
    last = ordered[-1][1]
    parts = [el("line", class_="b", x1=0, x2=270, y1=level, y2=level) for level in (68, 8)]
    parts.append(el("path", class_="ln", d=path(steps)))
    parts.append(
        el("circle", class_="dot" if last < 5 else "dot dot--calm", cx=at[-1][0], cy=at[-1][1], r=5)
    )
    parts.append(text(275, at[-1][1] + 4, f"{last:g} of 10", class_="now"))
    changes = [n for n in range(1, len(ordered)) if ordered[n][1] != ordered[n - 1][1]]
    if changes:
        before = ordered[changes[-1] - 1][1]
        where = (at[changes[-1] - 1][0] + at[changes[-1]][0]) / 2
        parts.append(text(where, at[changes[-1] - 1][1] - 8, f"{before:g}", anchor="middle"))
    parts.append(text(0, 88, format_day(ordered[0][0])))
    if len(ordered) > 1 and at[-1][0] - text_width("30 Nov", 12) > text_width("30 Nov", 12):
        parts.append(text(264, 88, format_day(ordered[-1][0]), anchor="middle"))
    return drawing(320, 92, parts, class_="conf", label=confidence_finding(ordered))


def confidence_finding(points: Sequence[tuple[date, float]]) -> str:
    """ "Confidence: 7 of 10 from 5 Oct, 4 from 21 Nov." """
    turns = [entry for n, entry in enumerate(points) if n == 0 or entry[1] != points[n - 1][1]]
    parts = [
        f"{value:g}{' of 10' if n == 0 else ''} from {format_day(day)}"
        for n, (day, value) in enumerate(turns)
    ]
    return f"Confidence: {', '.join(parts)}."
