"""Charts on a page: the plot with its drawings and data, the button that explores it, and its
table."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup
from msgspec import Struct

from sharekit.escape import html, script_json
from sharekit.numbers.results import Reading
from sharekit.project.shapes import ChartKind
from sharekit.site.charts.bars import by_bars, by_share, by_stack
from sharekit.site.charts.chart_types import (
    ALL,
    NO_OPTIONS,
    Cell,
    Chart,
    ChartOptions,
    ChartTable,
    Figure,
    Subject,
)
from sharekit.site.charts.columns import bar_chart
from sharekit.site.charts.figure_packing import DRAWN, packed
from sharekit.site.charts.lines import line_chart
from sharekit.site.charts.members import by_lines
from sharekit.site.charts.series_view import additive
from sharekit.site.charts.svg import el, join

_EXPLORE = "M2.5 13.5h11M2.5 13.5v-11M5 10.5l2.6-3.2 2.2 1.7 3.4-4.6"
"""Icon of the button: a line over its axes."""


def chart_for(
    subject: Subject,
    reading: Reading,
    options: ChartOptions = NO_OPTIONS,
    *,
    kind: ChartKind | None = None,
    by: str | None = None,
) -> Chart | None:
    """What a dashboard places: the drawing that fits kind, dimension and shape.

    `bar` with a dimension ranks its members at the headline's period, and with `last` stacks them
    by period; without time the ranking is all there is. `stacked` draws each one's share of the
    whole by period. A sum by dimension without a kind is
    stacked, anything else drawn as lines. None where there is nothing to draw."""
    if not is_drawn(reading, kind, by):
        return None
    timed = bool(reading.series)
    if by is not None and reading.slices.get(by):
        if kind == "stacked" and timed:
            return by_share(subject, reading, by, options)
        if kind == "bar" and options.last is not None and additive(reading, by):
            return by_stack(subject, reading, by, options)
        if kind in ("bar", "stacked") or (
            not timed and not any(entry.series for entry in reading.slices[by])
        ):
            return by_bars(subject, reading, by, size=options.size)
        if kind is None and additive(reading, by):
            return by_stack(subject, reading, by, options)
        return by_lines(subject, reading, by, options)
    if kind == "bar":
        return bar_chart(subject, reading, options)
    return line_chart(subject, reading, options)


def is_drawn(reading: Reading, kind: ChartKind | None, by: str | None) -> bool:
    """Whether there is something to draw: not for a card, a table, one number without time and
    dimension, no value at all."""
    if kind in ("card", "table") or (reading.shape in ("number", "table") and by is None):
        return False
    return bool((by is not None and reading.slices.get(by)) or reading.series)


def plot(
    charts: Chart | Mapping[str, Chart],
    chart_id: str,
    *,
    view: str | None = None,
    shown_range: str | None = None,
    live: bool = False,
    bare: bool = False,
) -> Markup:
    """`<div class="plot">` with the drawings and, with `live`, the data that charts.js explores.

    One chart, or one for each value of the radio group named `view` (as in site.js:
    `data-weeks="13"`), of which `shown_range` (default: the first) is visible at first. Pair with
    explore_button(chart_id); ids are unique on a page."""
    class_ = "plot plot--bare" if bare else "plot"
    choices = {"": charts} if isinstance(charts, Chart) else charts
    first = shown_range if shown_range is not None else next(iter(choices))
    chart = choices[first]
    figure = (
        (_joined_figure(choices, view or "", first) if len(choices) > 1 else chart.figure)
        if live
        else {}
    )
    if not figure:
        return el("div", chart.svg, class_=class_)
    layout = figure["layout"]
    figure = {**figure, "layout": {**layout, "meta": {**layout["meta"], "size": chart.size}}}
    drawn = layout["meta"]["kind"] in DRAWN
    drawings = chart.first_view if drawn else chart.svg
    data = (
        Markup('<script type="application/json" data-figure="">')
        + script_json(packed(figure))
        + Markup("</script>")
    )
    class_ += " plot--drawn" if drawn else ""
    return el("div", el("div", drawings, data_static=""), data, class_=class_, data_chart=chart_id)


def _joined_figure(charts: Mapping[str, Chart], view: str, first: str) -> Figure:
    """The figure that reaches back furthest, with the range and the axis of values of each view of
    it."""
    figures = {value: chart.figure for value, chart in charts.items() if chart.figure}
    dated = {
        value: figure
        for value, figure in figures.items()
        if figure["layout"]["xaxis"].get("type") == "date"
    }
    if not dated:
        return next(iter(figures.values()), {})
    longest = min(dated.values(), key=lambda figure: str(figure["layout"]["xaxis"]["range"][0]))
    views = {
        "view": view,
        "shown": first,
        "ranges": {value: figure["layout"]["xaxis"]["range"] for value, figure in dated.items()},
        "axes": {value: figure["layout"]["yaxis"] for value, figure in dated.items()},
        "says": {value: charts[value].finding for value in dated},
    }
    layout = longest["layout"]
    return {**longest, "layout": {**layout, "meta": {**layout["meta"], **views}}}


def explore_button(chart_id: str, title: str) -> Markup:
    """The "Explore" button for `.panel__acts`: hidden until charts.js shows it."""
    icon = el(
        "svg",
        el("path", d=_EXPLORE),
        class_="i",
        viewBox="0 0 16 16",
        aria_hidden="true",
        focusable="false",
    )
    label = el("span", "Explore", el("span", f" {title}", class_="vh"))
    return el(
        "button", icon, label, class_="btn btn--bare btn--label-wide", type="button", data_explore=chart_id,
        aria_pressed="false", hidden="",
    )  # fmt: skip


def table_markup(
    table: ChartTable, table_id: str, *, caption: bool = True, shown_rows: int | None = None
) -> Markup:
    """`<table class="data">` of a chart, with `data-value` where a CSV file should carry more than
    is shown. Of the rows, the last `shown_rows` are visible until another range is chosen."""
    head = el(
        "tr",
        *(
            el("th", heading, scope="col", class_="n" if n else None)
            for n, heading in enumerate(table.head)
        ),
    )
    keys = table.keys or ("",) * len(table.rows)
    first = 0 if shown_rows is None else max(0, len(table.rows) - shown_rows)
    rows = [
        _row(row, key, hidden=n < first)
        for n, (row, key) in enumerate(zip(table.rows, keys, strict=True))
    ]
    parts = [el("caption", table.caption)] if caption else []
    parts += [el("thead", head), el("tbody", join(rows))]
    if table.foot:
        parts.append(el("tfoot", _row(table.foot, ALL if table.keys else "")))
    return el("table", *parts, class_="data", id=table_id)


class PlacedTable(Struct, frozen=True):
    """A chart's table on a page, below its drawing: templates place its HTML, the Markdown twin
    writes its rows."""

    table: ChartTable
    id: str
    shown: int | None = None
    """How many of the last rows are visible until another range is chosen; None for all."""

    def __html__(self) -> Markup:
        return table_markup(self.table, self.id, caption=False, shown_rows=self.shown)


def _row(row: tuple[Cell, ...], key: str, *, hidden: bool = False) -> Markup:
    """A row's heading, then its numbers. Tables have most of a page's elements, so these are written
    without the detour of `el`."""
    heading, *numbers = row
    cells = "".join(f'<td class="n"{_data_value(cell)}>{html(cell.text)}</td>' for cell in numbers)
    marked = f' data-s="{html(key)}"' if key else ""
    marked += ' hidden=""' if hidden else ""
    return Markup(
        f'<tr{marked}><th scope="row"{_data_value(heading)}>{html(heading.text)}</th>{cells}</tr>'
    )


def _data_value(cell: Cell) -> str:
    value = _raw(cell)
    return "" if value is None else f' data-value="{html(value)}"'


def _raw(cell: Cell) -> str | None:
    if cell.value is None or cell.value == cell.text:
        return None
    return cell.value if isinstance(cell.value, str) else repr(cell.value)
