"""Writing SVG: escaped, with fixed decimals, so that the same numbers give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from math import floor

from markupsafe import Markup

from sharekit.escape import html

XY = tuple[float, float]
Attribute = str | float | None


def num(value: float) -> str:
    """A coordinate with at most one decimal: 12.0 is "12", -0.04 is "0"."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def el(name: str, *children: str | Markup, **attributes: Attribute) -> Markup:
    """An element. Plain strings are escaped; `class_` is class, `text_anchor` is text-anchor, None
    is left out."""
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is None:
            continue
        parts.append(f' {_spelled(key)}="{html(value) if isinstance(value, str) else num(value)}"')
    if not children:
        return Markup("".join(parts) + "/>")
    inside = "".join(html(child) for child in children)
    return Markup(f"{''.join(parts)}>{inside}</{name}>")


def join(parts: Iterable[Markup]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def text(
    x: float, y: float, content: str, *, class_: str | None = None, anchor: str | None = None
) -> Markup:
    """A text element; `anchor` start is the default of SVG and left out."""
    return el(
        "text", content, class_=class_, x=x, y=y, text_anchor=None if anchor == "start" else anchor
    )


def path(points: Sequence[XY]) -> str:
    """Path data of one unbroken line: where it begins, then from point to point, since periods lie
    equally far apart and equal steps compress well. A single point becomes a round dot by the line's
    cap."""
    tenths = [(floor(x * 10 + 0.5), floor(y * 10 + 0.5)) for x, y in points]
    x, y = tenths[0]
    steps = "".join(
        _step(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(tenths)
    )
    return f"M{num(x / 10)} {num(y / 10)}{steps or 'h0'}"


@lru_cache(maxsize=10_000)
def _step(right: int, down: int) -> str:
    """A step of a line, from tenths."""
    return f"l{num(right / 10)}{'' if down < 0 else ' '}{num(down / 10)}"


def boxes(corners: Iterable[tuple[float, float, float, float]]) -> str:
    """Path data of boxes, each by left, top, width and height: far shorter than an element for
    each. A fill closes them."""
    return "".join(f"M{num(x)} {num(y)}h{num(w)}v{num(h)}h{num(-w)}" for x, y, w, h in corners)


def broken_path(points: Iterable[XY | None]) -> str:
    """Path data of a line that breaks at each None; "" where nothing is left. Points that crowd on
    a pixel are thinned."""
    return "".join(path(thinned(run)) for run in runs(points))


def stepped(points: Iterable[XY | None]) -> list[XY | None]:
    """A line that holds each value until the next one."""
    corners: list[XY | None] = []
    before: XY | None = None
    for point in points:
        if before is not None and point is not None:
            corners.append((point[0], before[1]))
        corners.append(point)
        before = point
    return corners


def thinned(run: Sequence[XY]) -> Sequence[XY]:
    """A line without the points that nobody could see: of those on one pixel column the first, the
    lowest, the highest and the last stay."""
    if len(run) <= 4 * (abs(run[-1][0] - run[0][0]) + 1):
        return run
    columns: dict[int, list[XY]] = {}
    for point in run:
        columns.setdefault(round(point[0]), []).append(point)
    extremes: list[XY] = []
    for column in columns.values():
        ends = {0, len(column) - 1}
        ends |= {
            min(range(len(column)), key=lambda n: column[n][1]),
            max(range(len(column)), key=lambda n: column[n][1]),
        }
        extremes += [column[n] for n in sorted(ends)]
    return extremes


def runs(points: Iterable[XY | None]) -> list[list[XY]]:
    """Unbroken stretches between the gaps."""
    stretches: list[list[XY]] = [[]]
    for point in points:
        if point is not None:
            stretches[-1].append(point)
        elif stretches[-1]:
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


def drawing(
    width: float,
    height: float,
    parts: Iterable[Markup],
    *,
    class_: str | None = None,
    label: str | None = None,
    left: float = 0,
    role: str = "img",
) -> Markup:
    """An svg element; with a label it is an image of that name, without one it is decoration."""
    naming: dict[str, Attribute] = (
        {"role": role, "aria_label": label}
        if label
        else {"aria_hidden": "true", "focusable": "false"}
    )
    view_box = _view_box(width, height, left)
    return el("svg", join(parts), class_=class_, viewBox=view_box, **naming)


def empty_drawing(width: float, height: float, *, class_: str) -> Markup:
    """The room of a drawing, which a script fills: nothing moves when it comes."""
    return el("svg", class_=class_, viewBox=_view_box(width, height), aria_hidden="true")


def _view_box(width: float, height: float, left: float = 0) -> str:
    return f"{num(left)} 0 {num(width)} {num(height)}"


@cache
def _spelled(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
