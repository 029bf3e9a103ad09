"""A figure as it travels in a page: years of days, by member, would else be most of it. charts.js
undoes this."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from sharekit.project.shapes import CALENDAR_YEAR
from sharekit.site.charts.chart_types import Figure
from sharekit.site.charts.plotly_figures import Trace, ticks_of

LONG = 5
"""Points from which the form of the words is shorter than the words."""
PX = 10_000
"""Steps of the axis of values that a drawing can show apart, and more than it has pixels: what is
drawn from rounded values is then the drawing of the exact ones."""
_FINER = 4
"""Digits that ends and ticks of an axis have more than values: all of them are placed by these."""
DRAWN = frozenset(("line", "bars", "lines", "stack", "ranked"))
"""Kinds of charts that drawing.js draws: of these the page carries one drawing, the first view at
a desktop's width."""
_FORMS = tuple((scale, digits) for scale in (1, 100) for digits in (0, 1, 2, 3))


def packed(figure: Figure) -> Figure:
    """The figure with as many digits as show on its axis of values; with its days written once, as
    `days`, and in each trace over them the first one's place and how many; and with the form of a
    trace's words instead of the words, where they follow from its values."""
    if not figure:
        return figure
    layout, dated = figure["layout"], figure["layout"]["xaxis"].get("type") == "date"
    along = "yaxis" if dated else "xaxis"
    meta = layout["meta"]
    axes = [layout[along], *meta.get("axes", {}).values()]
    digits = max(_digits(*axis["range"]) for axis in axes)
    short = {**layout, along: _short_axis(layout[along])}
    if "axes" in meta:
        views = {view: _short_axis(axis) for view, axis in meta["axes"].items()}
        short["meta"] = {**meta, "axes": views}
    if not dated:
        data = [{**trace, "x": _rounded(trace["x"], digits)} for trace in figure["data"]]
        return {**figure, "data": data, "layout": short}
    longest: list[str] = max((trace["x"] for trace in figure["data"]), key=len, default=[])
    places = {day: place for place, day in enumerate(longest)}

    def small(trace: Trace) -> Trace:
        x, first = trace["x"], places.get(trace["x"][0]) if trace["x"] else None
        spans = first is not None and longest[first : first + len(x)] == x
        return {**_short_trace(trace, digits), **({"x": [first, len(x)]} if spans else {})}

    data = [small(trace) for trace in figure["data"]]
    return {
        **figure,
        "data": data,
        "layout": _without_ticks(short, longest),
        "days": _evenly(longest),
    }


def _digits(low: float, high: float) -> int:
    """Digits after the point that show on an axis; before it, where it spans millions."""
    return math.ceil(-math.log10((high - low) / PX)) if high > low else 12


def _short_axis(axis: Mapping[str, Any]) -> dict[str, Any]:
    """The axis with digits that suit what it spans."""
    digits = _digits(*axis["range"]) + _FINER
    return {
        **axis,
        "range": _rounded(axis["range"], digits),
        "tickvals": _rounded(axis["tickvals"], digits),
    }


def _short_trace(trace: Trace, digits: int) -> Trace:
    """The trace at the precision that shows, with the form of its words where they follow from its
    values."""
    for places in range(max(0, digits), max(0, digits) + 4) if "text" in trace else ():
        values = _rounded(trace["y"], places)
        if form := _form(values, trace["text"]):
            return {**trace, "y": values, "text": form}
    return {**trace, "y": _rounded(trace["y"], digits)}


def _rounded(values: Sequence[float | None], digits: int) -> list[float | None]:
    return [value if value is None else _as_integer(round(value, digits)) for value in values]


def _as_integer(value: float) -> float:
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def _without_ticks(layout: dict[str, Any], days: Sequence[str]) -> dict[str, Any]:
    """The layout without the words below the plot, where they follow from the days and the calendar:
    those of a quarter are the same whatever days in it have a value."""
    meta = layout["meta"]
    if "size" not in meta or meta.get("grain") == "year":
        return layout
    dates = [date.fromisoformat(day) for day in days]
    if meta["kind"] not in DRAWN and meta["ticks"] != ticks_of(dates, meta["grain"], CALENDAR_YEAR):
        return layout
    return {**layout, "meta": {key: value for key, value in meta.items() if key != "ticks"}}


def _evenly(days: Sequence[str]) -> Sequence[str] | dict[str, Any]:
    """Days that follow each other evenly as the first one, the days between, and how many."""
    dates = [date.fromisoformat(day) for day in days]
    steps = {(after - before).days for before, after in pairwise(dates)}
    if len(steps) != 1:
        return days
    return {"from": days[0], "step": steps.pop(), "many": len(days)}


def _form(values: Sequence[float | None], texts: Sequence[str]) -> dict[str, Any] | None:
    """What stands before and after each number, its digits after the point, and what it is
    multiplied with."""
    pairs = [(value, text) for value, text in zip(values, texts, strict=True) if value is not None]
    silent = all(not text for value, text in zip(values, texts, strict=True) if value is None)
    if len(pairs) < LONG or not silent or any(value < 0 for value, _ in pairs):
        return None
    value, text = pairs[0]
    for scale, digits in _FORMS:
        before, number, after = text.partition(grouped(value, scale, digits))
        if number and all(
            text == before + grouped(value, scale, digits) + after for value, text in pairs
        ):
            return {"before": before, "after": after, "digits": digits, "scale": scale}
    return None


def grouped(value: float, scale: int, digits: int) -> str:
    """A number that is not negative as JavaScript's toFixed writes it, with commas: "1,234.5".

    Python's own rounding differs from it only halfway between two neighbours, where it takes the
    even one. Halfway, twice the shifted number is odd, and floating point has it exactly."""
    number = value * scale
    if number * 10**digits * 2 % 2 == 1:
        return f"{Decimal(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,f}"
    return f"{number:,.{digits}f}"
