"""What a number reads and who uses it, as boxes: side by side where the names fit, else one below
the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup
from msgspec import Struct

from sharekit.site.charts.labels import fit_text, text_width
from sharekit.site.charts.svg import drawing, el, num, text
from sharekit.wording.english import and_list

_WIDTH = 384.0
_SIZE = 12.0
_TALL, _PITCH, _HEAD = 26.0, 36.0, 22.0
_SIDE, _MIDDLE, _GAP = 112.0, 118.0, 20.0


class Node(Struct, frozen=True):
    """One box of the lineage."""

    label: str
    href: str | None = None


class NamedLineage(Struct, frozen=True):
    """What a number reads and what uses it: templates place the drawing, the Markdown twin the
    links. Empty where there is nothing on either side."""

    title: str
    reads: tuple[Node, ...]
    used: tuple[Node, ...]

    def __html__(self) -> Markup:
        return lineage_drawing(self.title, self.reads, self.used)

    def __bool__(self) -> bool:
        return bool(self.reads or self.used)


def lineage_drawing(
    me: str, reads: Sequence[Node], used_by: Sequence[Node], *, most: int = 6
) -> Markup:
    """From, this number, used by: the `.lineage`. More than `most` on a side end in "+4 more"."""
    left, right = _shortened(reads, most), _shortened(used_by, most)
    fits = (
        all(_room(node.label) <= _SIDE for node in (*left, *right))
        and _room(me, bold=True) <= _MIDDLE
    )
    draw = _side_by_side if fits else _below
    return draw(me, left, right, lineage_finding(me, reads, used_by))


def lineage_finding(me: str, reads: Sequence[Node], used_by: Sequence[Node]) -> str:
    """ "Lineage of mrr: reads subscriptions and fx_rates; used by Revenue." """
    reading = (
        f"reads {and_list([node.label for node in reads])}" if reads else "reads nothing shared"
    )
    using = (
        f"used by {and_list([node.label for node in used_by])}"
        if used_by
        else "used by nothing else yet"
    )
    return f"Lineage of {me}: {reading}; {using}."


def _shortened(nodes: Sequence[Node], most: int) -> list[Node]:
    if len(nodes) <= most:
        return list(nodes)
    return [*nodes[: most - 1], Node(f"+{len(nodes) - most + 1} more")]


def _room(label: str, *, bold: bool = False) -> float:
    return text_width(label, _SIZE, bold=bold) + 14


def _box(
    node: Node,
    x: float,
    y: float,
    width: float,
    *,
    me: bool = False,
    anchor: Literal["middle", "start"],
) -> Markup:
    label = fit_text(node.label, width - 12, _SIZE, bold=me)
    at = x + width / 2 if anchor == "middle" else x + 8
    inside = [el("title", node.label)] if label != node.label else []
    inside.append(el("rect", x=x, y=y, width=width, height=_TALL, rx=4))
    inside.append(text(at, y + 17, label, anchor=anchor))
    group = el("g", *inside, class_="me" if me else None)
    return el("a", group, href=node.href) if node.href else group


def _side_by_side(me: str, left: Sequence[Node], right: Sequence[Node], finding: str) -> Markup:
    rows = max(len(left), len(right), 1)
    middle = _SIDE + _GAP
    end = middle + _MIDDLE + _GAP
    at = _HEAD + (rows - 1) * _PITCH / 2
    centre = at + _TALL / 2
    parts = [text(0, 11, "from", class_="cap"), text(middle, 11, "this number", class_="cap")]
    parts.append(text(end, 11, "used by", class_="cap"))
    boxes = []
    for nodes, x, inner, outer in ((left, 0.0, middle, _SIDE), (right, end, middle + _MIDDLE, end)):
        first = _HEAD + (rows - len(nodes)) * _PITCH / 2
        for n, node in enumerate(nodes):
            y = first + n * _PITCH
            parts.append(el("path", d=_curve(outer, y + _TALL / 2, inner, centre)))
            boxes.append(_box(node, x, y, _SIDE, anchor="middle"))
        if not nodes:
            boxes.append(
                text(
                    x + _SIDE / 2,
                    at + 17,
                    "nothing yet" if x else "nothing shared",
                    class_="cap",
                    anchor="middle",
                )
            )
    boxes.append(_box(Node(me), middle, at, _MIDDLE, me=True, anchor="middle"))
    return _in_frame([*parts, *boxes], rows * _PITCH + _HEAD - 8, finding)


def _curve(x0: float, y0: float, x1: float, y1: float) -> str:
    """A bow from (x0, y0) to (x1, y1), level at both ends."""
    half = (x0 + x1) / 2
    return f"M{num(x0)} {num(y0)}C{num(half)} {num(y0)} {num(half)} {num(y1)} {num(x1)} {num(y1)}"


def _below(me: str, left: Sequence[Node], right: Sequence[Node], finding: str) -> Markup:
    """Long names get a row each: sources above, the number, its users below, joined by a stem."""
    parts: list[Markup] = []
    y = 0.0
    for caption, nodes, inset in (
        ("from", left, 0.0),
        ("this number", [Node(me)], 0.0),
        ("used by", right, 0.0),
    ):
        is_this = caption == "this number"
        parts.append(text(inset, y + 11, caption, class_="cap"))
        y += _HEAD
        if not nodes:
            parts.append(
                text(
                    16,
                    y + 8,
                    "nothing yet" if caption == "used by" else "nothing shared",
                    class_="cap",
                )
            )
            y += 20
            continue
        stem = y - 4
        for node in nodes:
            x = 0.0 if is_this else 22.0
            if not is_this:
                centre = num(y + _TALL / 2)
                parts.append(el("path", d=f"M8 {num(stem)}V{centre}H{num(x)}"))
                stem = y + _TALL / 2
            parts.append(
                _box(
                    node,
                    x,
                    y,
                    min(_room(node.label, bold=is_this) + 8, _WIDTH - x - 2),
                    me=is_this,
                    anchor="start",
                )
            )
            y += _TALL + 6
        y += 8
    return _in_frame(parts, y - 6, finding)


def _in_frame(parts: Sequence[Markup], height: float, finding: str) -> Markup:
    """A group, not an image: its links must stay reachable."""
    return drawing(_WIDTH, height, parts, class_="lineage", label=finding, left=-1, role="group")
