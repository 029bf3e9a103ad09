"""A figure as it travels in a page: years of days, by member, would else be most of it. charts.js
undoes this."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from sharekit.site.charts.chart_types import Figure
from sharekit.site.charts.plotly_figures import Trace

LONG = 5
"""Points from which the form of the words is shorter than the words."""
PX = 2_000
"""Steps of the axis of values that a drawing can show apart."""
_FORMS = tuple((scale, digits) for scale in (1, 100) for digits in (0, 1, 2, 3))


def packed(figure: Figure) -> Figure:
    """The figure with its days written once, as `days`, and in each trace over them the first one's
    place and how many; and with the form of a trace's words instead of the words, where they follow
    from its values."""
    if not figure or figure["layout"]["xaxis"].get("type") != "date":
        return figure
    longest: list[str] = max((trace["x"] for trace in figure["data"]), key=len, default=[])
    places = {day: place for place, day in enumerate(longest)}
    layout = figure["layout"]
    low, high = layout["yaxis"]["range"]
    digits = max(0, math.ceil(-math.log10((high - low) / PX))) if high > low else 6

    def small(trace: Trace) -> Trace:
        x, first = trace["x"], places.get(trace["x"][0]) if trace["x"] else None
        spans = first is not None and longest[first : first + len(x)] == x
        return {**_rounded(trace, digits), **({"x": [first, len(x)]} if spans else {})}

    data = [small(trace) for trace in figure["data"]]
    return {**figure, "data": data, "layout": _without_ticks(layout), "days": _evenly(longest)}


def _rounded(trace: Trace, digits: int) -> Trace:
    """The trace at the precision that shows, with the form of its words where they follow from its
    values."""
    if "text" not in trace:
        return trace
    for places in range(digits, digits + 4):
        values = [
            value if value is None else _as_integer(round(value, places)) for value in trace["y"]
        ]
        if form := _form(values, trace["text"]):
            return {**trace, "y": values, "text": form}
    return trace


def _as_integer(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _without_ticks(layout: dict[str, Any]) -> dict[str, Any]:
    """The layout without the words below the plot, where they follow from the days."""
    meta = layout["meta"]
    if "size" not in meta or meta.get("grain") == "year":
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
