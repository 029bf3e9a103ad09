"""What a drawing is made with: the canvas of a chart, the frame of its plot, and the sheet that
parts are put on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from markupsafe import Markup
from msgspec import Struct

from sharekit.records import replace
from sharekit.site.charts.chart_types import Chart, ChartTable, Figure, Size, Subject
from sharekit.site.charts.labels import Box, Label, OccupiedArea, text_width
from sharekit.site.charts.scale import Axis
from sharekit.site.charts.svg import XY, drawing, el, empty_drawing, stepped, text

XScale = Callable[[date], float]
YScale = Callable[[float], float]

WIDTHS: dict[Size, float] = {"full": 704.0, "half": 536.0}
"""Width in px of a drawing's view box on a desktop."""
NARROW = 320.0
"""The same on a phone."""
_END_SHARE: dict[Size, float] = {"full": 0.22, "half": 0.31}
"""Most of the width that the words at the lines' ends may take."""


class PlotFrame(Struct, frozen=True):
    """A drawing and the plot inside it, in px of its view box."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def plot_width(self) -> float:
        return self.right - self.left


class Canvas(Struct, frozen=True):
    """What every drawing of one chart shares: the number, its axis of values, the sentence that
    names the drawing, and how wide it is."""

    subject: Subject
    axis: Axis
    finding: str
    size: Size = "half"
    narrow: bool = False

    @property
    def width(self) -> float:
        """Width of the view box in px."""
        return NARROW if self.narrow else WIDTHS[self.size]

    @property
    def height(self) -> float:
        """Height of a drawing over time in px, unless its kind has another one."""
        return 270.0 if self.narrow else 320.0 if self.size == "full" else 300.0

    def frame(
        self,
        *,
        ends: Sequence[str] = (),
        years: bool = False,
        top: float = 14,
        height: float | None = None,
    ) -> PlotFrame:
        """A frame with room for the axis' words on the left, for `ends` (the words at the lines'
        ends) on the right, and for a second line below the plot where there are `years`."""
        tall = height or self.height
        share = 0.4 if self.narrow else _END_SHARE[self.size]
        left = max(30.0, min(self.axis.room + 8, self.width * 0.25))
        widest = max(
            (text_width(label, 12 if self.narrow else 13, bold=True) for label in ends), default=0
        )
        right = self.width - (min(widest + 14, self.width * share) if widest else 8)
        return PlotFrame(self.width, tall, left, right, top, tall - (48 if years else 30))

    def svg(self, height: float, parts: Iterable[Markup]) -> Markup:
        """The drawing, `height` px tall in its view box."""
        return drawing(
            self.width, height, parts, class_="n" if self.narrow else "w", label=self.finding
        )

    def chart(
        self,
        draw: Callable[[Canvas], Markup],
        table: Callable[[], ChartTable],
        figure: Callable[[], Figure],
        height: Callable[[Canvas], float] = lambda canvas: canvas.height,
    ) -> Chart:
        """The chart that `draw` draws on this canvas, and on the same one at a phone's width.
        `height`: that of its drawing, in px."""
        narrow = replace(self, narrow=True)
        return Chart(
            self.finding,
            self.size,
            lambda on_phone: draw(narrow if on_phone else self),
            lambda: empty_drawing(narrow.width, height(narrow), class_="n"),
            table,
            figure,
        )


def along(
    days_and_values: Sequence[tuple[date, float | None]],
    x: XScale,
    y: YScale,
    *,
    steps: bool = False,
) -> list[XY | None]:
    """Points in px; None where there is a gap. `steps`: each value holds until the next one."""
    line = [None if value is None else (x(day), y(value)) for day, value in days_and_values]
    return stepped(line) if steps else line


class Sheet:
    """One drawing while it is made: its canvas and scales, parts in painting order, and the room
    that is left for labels."""

    def __init__(self, canvas: Canvas, frame: PlotFrame, x: XScale) -> None:
        self.canvas = canvas
        self.frame = frame
        self.x = x
        self.y: YScale = canvas.axis.scale(frame.bottom, frame.top)
        self.room = OccupiedArea(Box(0, 0, frame.width, frame.height))
        self._parts: list[Markup] = []

    def at(self, day: date, value: float) -> XY:
        """Where a value of a day stands, in px."""
        return self.x(day), self.y(value)

    def along(
        self, days_and_values: Sequence[tuple[date, float | None]], *, steps: bool = False
    ) -> list[XY | None]:
        """The same in px; `steps`: each value holds until the next one."""
        return along(days_and_values, self.x, self.y, steps=steps)

    def add(self, *parts: Markup) -> None:
        self._parts.extend(parts)

    def label(self, candidates: Sequence[Label]) -> None:
        """Write the candidate that has the most room."""
        self.write(self.room.place(candidates))

    def write(self, label: Label) -> None:
        """Write a label where it stands."""
        self.add(text(label.x, label.y, label.text, class_=label.class_, anchor=label.anchor))

    def line(self, points: Sequence[XY | None]) -> None:
        """Keep labels off a line that is drawn."""
        self.room.add_line(points)

    def dot(self, x: float, y: float, radius: float, class_: str = "dot") -> None:
        self.add(el("circle", class_=class_, cx=x, cy=y, r=radius))
        self.room.add_box(Box(x - radius, y - radius, x + radius, y + radius))

    def svg(self) -> Markup:
        return self.canvas.svg(self.frame.height, self._parts)
