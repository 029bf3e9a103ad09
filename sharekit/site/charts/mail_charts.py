"""Charts for mails: drawn without a browser, without text, in fixed colours.

No dependency ships a font, and resvg leaves text out silently where it has none, so what is said
stands in the mail's HTML around the picture: a `MailChart` carries the picture and all its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import resvg_py
from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import format_day
from sharekit.numbers.results import OkrReading, Point, Reading
from sharekit.project.manifest import Period
from sharekit.site.charts.canvas import XScale, YScale, along
from sharekit.site.charts.chart_types import Subject
from sharekit.site.charts.compare import Pair, between, definition_finding, pair_of
from sharekit.site.charts.pace import course_of, pace_finding
from sharekit.site.charts.scale import Axis, day_scale, value_axis
from sharekit.site.charts.small_charts import by_day
from sharekit.site.charts.svg import XY, Attribute, broken_path, el, join, num, path

WIDTH, HEIGHT = 550.0, 200.0
_NEW, _OLD = "#4f6bec", "#77736a"
"""Seen on white and on the dark ground of mails: the picture has no ground of its own, and one
picture serves both."""
_GRID, _AXIS, _BAND = 0.25, 0.6, 0.15
"""How much of their colour gridlines, the axis and the fan of a projection have."""
_HATCH = 7.0


class MailChart(Struct, frozen=True):
    """A picture without words, and its words."""

    svg: str
    """Self-contained: no class, no font, no reference outside; 550 x 200, scale it as you like."""
    alt: str
    """The finding, for the image's alt text."""
    key: tuple[tuple[str, str], ...]
    """(colour, words) of what is drawn, to stand above the picture: ("#2a45c9", "2,041 new
    definition")."""
    first: str
    """Day at the left edge, below the picture."""
    last: str
    """Day at the right edge."""
    lines: tuple[str, ...]
    """Values of the gridlines, from the lower edge up: for a caption ("lines at 1,800, 2,000 and
    2,200")."""


def mail_definition_chart(
    subject: Subject, old: Sequence[Point], new: Sequence[Point]
) -> MailChart | None:
    """The number under both definitions, with the difference hatched; None where a series has no
    value."""
    pair = pair_of(old, new)
    before, after = pair.newest(pair.old), pair.newest(pair.new)
    if before is None or after is None:
        return None
    axis = value_axis([*pair.old, *pair.new], subject, most=4)
    x, y = _scales(pair.days[0], pair.days[-1], axis)
    parts = [*_grid(axis, y), *_hatch(pair, x, y)]
    for values, colour, width in ((pair.old, _OLD, 1.75), (pair.new, _NEW, 2.5)):
        parts.append(
            _stroke(
                broken_path(along(list(zip(pair.days, values, strict=True)), x, y)), colour, width
            )
        )
    parts += [_dot(x(before[0]), y(before[1]), _OLD), _dot(x(after[0]), y(after[1]), _NEW)]
    key = (
        (_OLD, f"{subject.short(before[1])} old definition"),
        (_NEW, f"{subject.short(after[1])} new definition"),
    )
    days = (pair.days[0], pair.days[-1])
    return _chart(parts, definition_finding(subject, pair), key, days, axis)


def mail_pace_chart(
    subject: Subject, reading: Reading, okr: OkrReading, period: Period, as_of: date
) -> MailChart | None:
    """The key result's course: actual, expected pace, projection, target; None where nothing was
    measured."""
    course = course_of(subject, reading, okr, period, as_of)
    last = course.last
    if last is None or last.value is None:
        return None
    forecast = course.forecast
    values = [point.value for point in course.points] + [okr.baseline, okr.target]
    wish = [forecast.value, forecast.low, forecast.high] if forecast else []
    axis = value_axis([*values, *(corner.value for corner in okr.pace)], subject, wish=wish, most=4)
    x, y = _scales(period.start, period.end, axis)
    parts = _grid(axis, y)
    key: list[tuple[str, str]] = [(_NEW, f"{subject.short(last.value)} on {format_day(last.on)}")]
    if course.running:
        at = num(x(as_of))
        parts.append(_stroke(f"M{at} 0V{num(HEIGHT)}", _OLD, 1, opacity=_AXIS))
    if forecast and axis.shows(forecast.low) and axis.shows(forecast.high):
        start: XY = (x(last.on), y(forecast.start))
        fan = [start, (x(forecast.on), y(forecast.high)), (x(forecast.on), y(forecast.low))]
        parts.append(el("path", d=path(fan) + "Z", fill=_NEW, fill_opacity=f"{_BAND:g}"))
        parts.append(_stroke(path([start, (x(forecast.on), y(forecast.value))]), _NEW, 2.25, "2 5"))
    if okr.pace:
        parts.append(
            _stroke(
                broken_path(along([(c.on, c.value) for c in okr.pace], x, y)), _OLD, 1.25, "5 4"
            )
        )
    parts.append(
        _stroke(broken_path(along([(p.on, p.value) for p in course.points], x, y)), _NEW, 2.5)
    )
    parts.append(_dot(x(last.on), y(last.value), _NEW))
    if okr.expected_value is not None and course.running:
        key.append((_OLD, f"{subject.short(okr.expected_value)} expected{by_day(okr)}"))
    if okr.target is not None:
        parts.append(_dot(x(period.end), y(okr.target), _OLD))
        key.append((_OLD, f"{subject.target(okr.target)} target"))
    return _chart(parts, pace_finding(course), tuple(key), (period.start, period.end), axis)


def svg_to_png(svg: str, width: int) -> bytes:
    """PNG of a self-contained SVG, `width` pixels wide. Deterministic: no font of the machine is
    looked at.

    Raises ValueError where the SVG cannot be parsed.
    """
    return resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True)


def _scales(first: date, last: date, axis: Axis) -> tuple[XScale, YScale]:
    return day_scale(first, last, 6, WIDTH - 8), axis.scale(HEIGHT - 2, 8)


def _grid(axis: Axis, y: YScale) -> list[Markup]:
    lines = []
    for n, tick in enumerate(axis.ticks):
        at = num(round(y(tick.value)) + (0.5 if n else -0.5))
        lines.append(_stroke(f"M0 {at}H{num(WIDTH)}", _OLD, 1, opacity=_GRID if n else _AXIS))
    return lines


def _hatch(pair: Pair, x: XScale, y: YScale) -> list[Markup]:
    """Slanted lines between the two series: a pattern, so that the area is not told by colour
    alone."""
    line = el("path", d=f"M0 0v{num(_HATCH)}", stroke=_OLD, stroke_width=1)
    pattern = el(
        "pattern", line, id="hatch", width=_HATCH, height=_HATCH, patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )  # fmt: skip
    shapes = [el("path", d=path(shape) + "Z", fill="url(#hatch)") for shape in between(pair, x, y)]
    return [el("defs", pattern), *shapes]


def _stroke(
    data: str, colour: str, width: float, dashes: str | None = None, opacity: float | None = None
) -> Markup:
    style: dict[str, Attribute] = {"fill": "none", "stroke": colour, "stroke_linecap": "round"}
    return el(
        "path",
        d=data or "M0 0",
        stroke_width=f"{width:g}",
        stroke_dasharray=dashes,
        stroke_linejoin="round",
        stroke_opacity=None if opacity is None else f"{opacity:g}",
        **style,
    )


def _dot(x: float, y: float, colour: str) -> Markup:
    return el("circle", cx=x, cy=y, r=5, fill=colour)


def _chart(
    parts: Sequence[Markup],
    alt: str,
    key: tuple[tuple[str, str], ...],
    days: tuple[date, date],
    axis: Axis,
) -> MailChart:
    size: dict[str, Attribute] = {
        "width": WIDTH,
        "height": HEIGHT,
        "viewBox": f"0 0 {num(WIDTH)} {num(HEIGHT)}",
    }
    svg = el("svg", join(parts), xmlns="http://www.w3.org/2000/svg", **size)
    years = days[0].year != days[1].year
    first, last = (format_day(day, year=years) for day in days)
    return MailChart(str(svg), alt, key, first, last, tuple(tick.label for tick in axis.ticks))
