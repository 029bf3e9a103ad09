"""How wide words are without a font at hand, and where they find room."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from sharekit.records import replace
from sharekit.site.charts.svg import XY

Anchor = Literal["start", "middle", "end"]

_WIDTHS = (
    ("ijlIJ'`|", 0.3),
    (".,:;! \u00b7", 0.33),
    ("frt()[]{}/\\-", 0.41),
    ("cszFLPkvxy", 0.61),
    ("w+\N{MINUS SIGN}<>=", 0.84),
    ("mMW%@&\N{EM DASH}\N{HORIZONTAL ELLIPSIS}", 0.98),
    ("ABCDEGHKNOQRSTUVXYZ", 0.75),
)
_EM = {letter: width for letters, width in _WIDTHS for letter in letters}


@lru_cache(maxsize=1 << 14)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in pixels that `text` needs at `size` px: what DejaVu Sans takes, the widest of the
    usual system faces."""
    em = sum(_letter(letter) for letter in text)
    return em * size * (1.13 if bold else 1.0)


def _letter(letter: str) -> float:
    if letter in _EM:
        return _EM[letter]
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    plain = unicodedata.normalize("NFD", letter)[0]
    return _EM.get(plain, 0.64 if plain.isascii() else 0.75)


def fit_text(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """The words, cut with an ellipsis where they are wider than `width` pixels."""
    if text_width(text, size, bold=bold) <= width:
        return text
    beginning = text
    while beginning and text_width(beginning.rstrip() + "…", size, bold=bold) > width:
        beginning = beginning[:-1]
    return (beginning.rstrip() or text[:1]) + "…"


def fit_apart(texts: Sequence[str], width: float, size: float, *, bold: bool = False) -> list[str]:
    """Each of the words fitted; where their beginnings are alike, with their ends: "Sale…th 12"."""
    beginnings = [fit_text(text, width, size, bold=bold) for text in texts]
    if len(set(beginnings)) == len(set(texts)):
        return beginnings
    return [_without_middle(text, width, size, bold=bold) for text in texts]


def _without_middle(text: str, width: float, size: float, *, bold: bool) -> str:
    shortened, letters_kept = text, len(text)
    while letters_kept > 2 and text_width(shortened, size, bold=bold) > width:
        letters_kept -= 1
        shortened = f"{text[: (letters_kept + 1) // 2].rstrip()}…{text[len(text) - letters_kept // 2 :].lstrip()}"
    return shortened


def spread_labels(ideal: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as possible to the wanted ones (least squares), at least `gap` apart, within
    low..high.

    The order of the input is kept for equal wishes. Where low..high is too short for all, they are
    set evenly."""
    if not ideal:
        return []
    if gap * (len(ideal) - 1) > high - low:
        gap = (high - low) / (len(ideal) - 1)
    order = sorted(range(len(ideal)), key=lambda index: ideal[index])
    shifted = [ideal[index] - rank * gap for rank, index in enumerate(order)]
    top = high - gap * (len(ideal) - 1)
    placed = [0.0] * len(ideal)
    for rank, (index, value) in enumerate(zip(order, _rising(shifted), strict=True)):
        placed[index] = min(max(value, low), top) + rank * gap
    return placed


def _rising(values: Sequence[float]) -> list[float]:
    """The rising sequence nearest to `values`: pool adjacent violators."""
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            before, size = pools.pop()
            mean, count = (before * size + mean * count) / (size + count), size + count
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]


class Box(Struct, frozen=True):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, second: Box) -> float:
        """Shared area in square pixels."""
        width = min(self.right, second.right) - max(self.left, second.left)
        height = min(self.bottom, second.bottom) - max(self.top, second.top)
        return width * height if width > 0 and height > 0 else 0.0

    def outside(self, frame: Box) -> float:
        """Area that lies outside of `frame`."""
        return (self.right - self.left) * (self.bottom - self.top) - self.overlap(frame)


class Label(Struct, frozen=True):
    """Words at a place; `y` is the baseline."""

    text: str
    x: float
    y: float
    anchor: Anchor = "start"
    class_: str | None = None
    """The class it is drawn with, which says how large and how heavy it is."""

    @property
    def box(self) -> Box:
        classes = (self.class_ or "").split()
        size = 13 if "lb" in classes and "lb--sm" not in classes else 12
        width = text_width(self.text, size, bold="lb" in classes and "lb--soft" not in classes)
        left = {"start": self.x, "middle": self.x - width / 2, "end": self.x - width}[self.anchor]
        return Box(left, self.y - size, left + width, self.y + size * 0.3)


_STRIP = 16
"""Width in px of the upright strips by which drawn lines are found again."""
_CROSSED = 25 / 4
"""Cost of each pixel of a line under a label, in square pixels of overlap."""
_BETWEEN = 4.0
"""Free px between the words of two labels in a row."""


class OccupiedArea:
    """What is already drawn, to keep labels off it. Filled while one drawing is made, in drawing
    order."""

    def __init__(self, frame: Box) -> None:
        self._frame = frame
        self._boxes: list[Box] = []
        self._lines: dict[int, list[tuple[float, float, float, float]]] = {}
        """Straight parts of drawn lines, from left to right, by each strip they lie in."""

    def add_line(self, points: Iterable[XY | None]) -> None:
        """A drawn line, broken at None."""
        before: XY | None = None
        for point in points:
            if point is not None:
                (x0, y0), (x1, y1) = sorted((before or point, point))
                for strip in range(int(x0 // _STRIP), int(x1 // _STRIP) + 1):
                    self._lines.setdefault(strip, []).append((x0, y0, x1, y1))
            before = point

    def add_box(self, box: Box) -> None:
        self._boxes.append(box)

    def add_label(self, label: Label) -> None:
        """Words that are drawn, with the room that others leave on either side."""
        box = label.box
        self._boxes.append(replace(box, left=box.left - _BETWEEN, right=box.right + _BETWEEN))

    def place(self, candidates: Sequence[Label]) -> Label:
        """The candidate with the most room, the first of equals; it takes its place."""
        best = min(candidates, key=self._cost)
        self.add_label(best)
        return best

    def fits(self, label: Label) -> bool:
        """Whether the label would touch nothing at all."""
        return self._cost(label) == 0

    def _cost(self, label: Label) -> float:
        box = label.box
        crossed = 0.0
        for strip in range(int(box.left // _STRIP), int(box.right // _STRIP) + 1):
            left, right = max(box.left, strip * _STRIP), min(box.right, (strip + 1) * _STRIP)
            for part in self._lines.get(strip, ()):
                crossed += _length_inside(part, left, box.top, right, box.bottom)
        overlap = sum(box.overlap(occupied) for occupied in self._boxes)
        return 4 * overlap + _CROSSED * crossed + 8 * box.outside(self._frame)


def _length_inside(
    part: tuple[float, float, float, float], left: float, top: float, right: float, bottom: float
) -> float:
    """How much of a straight line lies in a rectangle: pixels across and down together; a dot
    counts as one."""
    x0, y0, x1, y1 = part
    if x0 > right or x1 < left or (y0 < top and y1 < top) or (y0 > bottom and y1 > bottom):
        return 0.0
    if x0 == x1:
        return max(1.0, min(max(y0, y1), bottom) - max(min(y0, y1), top))
    slope = (y1 - y0) / (x1 - x0)
    start, end = max(x0, left), min(x1, right)
    start_height, end_height = y0 + (start - x0) * slope, y0 + (end - x0) * slope
    low, high = min(start_height, end_height), max(start_height, end_height)
    shared = min(high, bottom) - max(low, top)
    if shared < 0:
        return 0.0
    return (end - start + high - low) * (shared / (high - low) if high > low else 1.0)
