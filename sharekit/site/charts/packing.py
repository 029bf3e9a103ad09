"""A figure as it travels in a page: years of days, by member, would else be most of it. charts.js
undoes this."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sharekit.site.charts.figures import Trace
from sharekit.site.charts.model import Figure

LONG = 100
"""Points from which it is worth while."""
_FORMS = tuple((scale, digits) for scale in (1, 100) for digits in (0, 1, 2, 3))


def packed(figure: Figure) -> Figure:
    """The figure with its days written once, as `days`, and in each trace over them the first one's
    place and how many; and with the form of a trace's words instead of the words, where they follow
    from its values."""
    if not figure or figure["layout"]["xaxis"].get("type") != "date":
        return figure
    longest: list[Any] = max((trace["x"] for trace in figure["data"]), key=len, default=[])
    places = {day: place for place, day in enumerate(longest)}

    def small(trace: Trace) -> Trace:
        x, form = trace["x"], _form(trace["y"], trace["text"]) if "text" in trace else None
        first = places.get(x[0]) if x else None
        spans = first is not None and longest[first : first + len(x)] == x
        return {
            **trace,
            **({"x": [first, len(x)]} if spans else {}),
            **({"text": form} if form else {}),
        }

    return {**figure, "data": [small(trace) for trace in figure["data"]], "days": longest}


def _form(values: Sequence[float | None], words: Sequence[str]) -> dict[str, Any] | None:
    """What stands before and after each number, its digits after the point, and what it is
    multiplied with."""
    pairs = [(value, text) for value, text in zip(values, words, strict=True) if value is not None]
    silent = all(not text for value, text in zip(values, words, strict=True) if value is None)
    if len(pairs) < LONG or not silent or any(value < 0 for value, _ in pairs):
        return None
    value, text = pairs[0]
    for scale, digits in _FORMS:
        before, found, after = text.partition(grouped(value, scale, digits))
        if found and all(
            text == before + grouped(value, scale, digits) + after for value, text in pairs
        ):
            return {"before": before, "after": after, "digits": digits, "scale": scale}
    return None


def grouped(value: float, scale: int, digits: int) -> str:
    """A number that is not negative as JavaScript's toFixed writes it, with commas: "1,234.5"."""
    return f"{Decimal(value * scale).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,f}"
