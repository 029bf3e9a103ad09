"""Room for words: their width, what is cut, and how labels keep out of each other's way."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharekit.site.charts.labels import (
    Box,
    Label,
    OccupiedArea,
    fit_text,
    spread_labels,
    text_width,
)

FACES = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', Arial, sans-serif"
)
WORDS = [
    "Monthly recurring revenue", "€1.95m", "+1.6%", "On-time departures", "77.3% JFK", "American Airlines",
    "2,158 projected", "Target 82%", "22 Nov", "At risk 0.43", "740 ms", "UK & Ireland", "illicit", "WWW MMM",
    "\N{MINUS SIGN}€0.08", "Zürich Øresund", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "日本語",
]  # fmt: skip


@given(st.lists(st.floats(0, 300), max_size=12), st.floats(1, 20))
def test_labels_are_kept_apart_in_order_and_inside(wanted: list[float], gap: float) -> None:
    placed = spread_labels(wanted, gap, 10, 290)
    assert len(placed) == len(wanted)
    assert all(10 - 1e-6 <= place <= 290 + 1e-6 for place in placed)
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    possible = min(gap, 280 / max(1, len(wanted) - 1))
    for before, after in pairwise(order):
        assert placed[after] - placed[before] >= possible - 1e-6


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread_labels([100.0, 20.0, 60.0], 14, 0, 200) == [100.0, 20.0, 60.0]
    assert spread_labels([50.0, 52.0], 14, 0, 200) == [44.0, 58.0]


@given(st.text(max_size=60), st.floats(20, 300))
def test_cut_words_fit(words: str, width: float) -> None:
    cut = fit_text(words, width, 12)
    assert cut == words or cut.endswith("…")
    assert len(cut) <= 2 or text_width(cut, 12) <= width + 1e-6


def test_the_place_with_most_room_is_taken() -> None:
    room = OccupiedArea(Box(0, 0, 200, 100))
    room.add_line([(0, 50), (200, 50)])
    on_it, above = Label("Target 82%", 20, 54), Label("Target 82%", 20, 30)
    assert room.place([on_it, above]) is above
    assert not room.fits(above)
    assert room.fits(Label("Target 82%", 120, 30))


def test_words_in_a_row_are_four_pixels_apart() -> None:
    room = OccupiedArea(Box(0, 0, 300, 100))
    first = room.place([Label("4.0% projected", 200, 50, "end")])
    near = Label("expected pace", first.box.left - 3, 50, "end")
    far = Label("expected pace", first.box.left - 5, 50, "end")
    assert not room.fits(near)
    assert room.fits(far)


def test_marks_of_direction_take_no_room() -> None:
    name = "\u05d0\u05d1"
    assert text_width(f"\u200e{name}\u200e", 12) == text_width(name, 12)


def test_heavy_and_large_words_take_more_room() -> None:
    widths = [
        label.box.right - label.box.left
        for label in (
            Label("expected pace", 0, 50, class_=class_)
            for class_ in ("lb lb--soft lb--sm", "lb lb--old lb--sm", "lb lb--accent")
        )
    ]
    assert widths == sorted(set(widths))


@pytest.mark.slow
def test_words_are_at_least_as_wide_as_the_browser_draws_them(browser: Any) -> None:
    page = browser.new_page()
    script = (
        "([words, face, weight]) => { const c = document.createElement('canvas').getContext('2d');"
        " c.font = weight + ' 13px ' + face; return words.map((word) =>"
        " c.measureText(word).width); }"
    )
    for weight in (400, 650):
        drawn = page.evaluate(script, [WORDS, FACES, weight])
        for words, width in zip(WORDS, drawn, strict=True):
            assert text_width(words, 13, bold=weight == 650) >= width * 0.99, words
    page.close()
