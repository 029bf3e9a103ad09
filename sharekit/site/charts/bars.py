"""Bars by member, and parts of a whole by period. Bars start at zero and are never cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.results import Point, Reading, Slice
from sharekit.records import replace
from sharekit.site.charts import plotly_figures
from sharekit.site.charts.canvas import Canvas, Sheet
from sharekit.site.charts.chart_types import (
    NO_OPTIONS,
    Cell,
    Chart,
    ChartOptions,
    ChartTable,
    Mark,
    Size,
    Subject,
    member_key,
)
from sharekit.site.charts.columns import Bands, Bar, bar_size, mean_words
from sharekit.site.charts.findings import members_finding, shares_finding
from sharekit.site.charts.labels import Anchor, fit_text, spread_labels, text_width
from sharekit.site.charts.members import by_lines
from sharekit.site.charts.plot_area import (
    LABEL_GAP,
    day_marks,
    has_years,
    neighbours,
    noted,
    top_for,
    x_periods,
    y_grid,
)
from sharekit.site.charts.scale import Axis, finite, value_axis
from sharekit.site.charts.series_view import (
    SeriesView,
    additive,
    day_cell,
    members,
    members_target,
    rest_words,
    telling_of,
    value_cell,
    view_of,
)
from sharekit.site.charts.svg import boxes, el, num, text

MOST_ROWS = 12
MOST_PARTS = 4
_THICK = 22.0
"""Height of a horizontal bar."""


# -- by member ------------------------------------------------------------------------------------


class _Row(Struct, frozen=True):
    key: str
    name: str
    value: float | None
    target: float | None = None
    """The member's own."""
    few: bool = False
    """Whether it is based on too few cases to be compared."""


class _Lane(Struct, frozen=True):
    """Where names and bars of horizontal rows stand, in px."""

    names: float
    """Width of the column of names."""
    scale: float
    """px for a value of one."""
    zero: float
    """Where bars begin."""

    def at(self, value: float) -> float:
        return self.zero + value * self.scale


def by_bars(subject: Subject, reading: Reading, by: str, *, size: Size = "half") -> Chart:
    """Members of a dimension at the headline's period as horizontal bars from zero, with the target
    as a line.

    Of more than twelve, the best and the worst by the metric's direction are drawn, and the others
    are words: with their sum where members add up, since its bar would dwarf all. The table has all
    of them. Where members do not add up, the total has a bar of its own on top."""
    slices = reading.slices.get(by, ())
    adds = additive(reading, by)
    rows = [_row_of(subject, entry) for entry in slices]
    total = finite(reading.total)
    chosen = telling_of(subject, slices, MOST_ROWS)
    listed_rows = [_row_of(subject, entry) for entry in chosen]
    others_note = rest_words(len(rows), len(chosen), subject.direction)
    if others_note and adds:
        others = sum(row.value or 0 for row in rows) - sum(row.value or 0 for row in listed_rows)
        others_note += f"; together {subject.text(others)}"
    if not adds and total is not None:
        listed_rows = [_Row("all", "All", total), *listed_rows]
    finding = members_finding(subject, reading, by)
    target = members_target(reading, by)
    wish = [target, *(row.target for row in listed_rows)]
    axis = value_axis([row.value for row in listed_rows], subject, wish=wish, zero=True)
    target = target if axis.shows(target) else None
    bars = [(row.key, row.name, row.value) for row in listed_rows]
    more = _named_members(subject, listed_rows, axis)
    return Canvas(subject, axis, finding, size).chart(
        lambda canvas: _ranked(canvas, listed_rows, target, others_note),
        lambda: _ranked_table(subject, by, reading, rows, adds),
        lambda: (
            plotly_figures.ranked_figure(
                subject, bars, axis, target, others_note=others_note, more=more
            )
            if bars
            else {}
        ),
        lambda canvas: _rank_height(canvas, listed_rows, target, others_note),
    )


def _row_of(subject: Subject, entry: Slice) -> _Row:
    return _Row(
        member_key(entry.member),
        entry.name,
        finite(entry.value),
        finite(entry.target),
        subject.too_few(entry),
    )


def _named_members(subject: Subject, rows: Sequence[_Row], axis: Axis) -> dict[str, Any]:
    """What the page's script draws besides the bars: which are grey, and where each one's target
    is."""
    few = [at for at, row in enumerate(rows) if row.few]
    targets = [
        row.target if row.target is not None and axis.shows(row.target) else None for row in rows
    ]
    extras: dict[str, Any] = {"few": few} if few else {}
    if any(target is not None for target in targets):
        texts = [
            "" if target is None else plotly_figures.plotly_text(subject.target(target))
            for target in targets
        ]
        extras |= {"aims": targets, "goals": texts}
    return extras


def _ranked_table(
    subject: Subject, by: str, reading: Reading, rows: Sequence[_Row], adds: bool
) -> ChartTable:
    total = finite(reading.total)

    def cells(name: str, value: float | None) -> tuple[Cell, ...]:
        share = [Cell("" if value is None or not total else f"{value / total:.1%}")] if adds else []
        return (Cell(name), value_cell(subject, value), *share)

    head = (by.replace("_", " ").capitalize(), subject.title, *(["Share"] if adds else []))
    body = tuple(cells(row.name, row.value) for row in rows)
    foot = cells("All", total) if total is not None else ()
    return ChartTable(
        f"{subject.title} by {by.replace('_', ' ')}",
        head,
        body,
        foot,
        tuple(row.key for row in rows),
    )


def _ranked(canvas: Canvas, rows: Sequence[_Row], target: float | None, others_note: str) -> Markup:
    """Rows of name, bar and value; on narrow drawings the name stands above its bar."""
    subject, axis, width = canvas.subject, canvas.axis, canvas.width
    pitch = _pitch(canvas, rows)
    widest = max((text_width(row.name, 13, bold=True) for row in rows), default=0)
    names_width = 2.0 if canvas.narrow else min(widest + 24, width * 0.34)
    values_width = (
        max((text_width(subject.short(row.value), 13, bold=True) for row in rows), default=0) + 12
    )
    left = names_width + (values_width if axis.low < 0 else 0)
    scale = (width - values_width - left) / (axis.high - axis.low or 1)
    lane = _Lane(names_width, scale, left - axis.low * scale)
    head = _head(target)
    tops = [head + n * pitch + (18 if canvas.narrow else 6) for n in range(len(rows))]
    parts = []
    height = head + len(rows) * pitch
    if target is not None:
        at = lane.at(target)
        side: Anchor = "end" if at > width - 60 else "start" if at < 60 else "middle"
        parts.append(text(at, 12, f"Target {subject.target(target)}", anchor=side))
    parts += [_row(canvas, row, lane, top) for row, top in zip(rows, tops, strict=True)]
    if target is not None:
        parts.append(el("path", class_="target", d=_between_rows(lane.at(target), tops, height)))
    if others_note:
        parts.append(text(names_width, height + 14, others_note))
    return canvas.svg(_rank_height(canvas, rows, target, others_note), parts)


def _pitch(canvas: Canvas, rows: Sequence[_Row]) -> float:
    """From the top of one row to that of the next one, in px."""
    return 46.0 if canvas.narrow else 34.0 if len(rows) > 6 else 42.0


def _head(target: float | None) -> float:
    """Room above the rows in px: the target's words stand there."""
    return 4.0 if target is None else 20.0


def _rank_height(
    canvas: Canvas, rows: Sequence[_Row], target: float | None, others_note: str
) -> float:
    return _head(target) + len(rows) * _pitch(canvas, rows) + (20 if others_note else 4)


def _between_rows(at: float, tops: Sequence[float], bottom: float) -> str:
    """An upright line that leaves the bars and their words free."""
    starts = [18.0, *(top + _THICK + 2 for top in tops)]
    ends = [*(top - 2 for top in tops), bottom]
    return "".join(
        f"M{num(at)} {num(start)}V{num(end)}"
        for start, end in zip(starts, ends, strict=True)
        if end - start > 1
    )


def _row(canvas: Canvas, row: _Row, lane: _Lane, top: float) -> Markup:
    name = fit_text(row.name, 300.0 if canvas.narrow else lane.names - 22, 13, bold=True)
    middle = top + _THICK / 2 + 4.5
    parts = [el("title", row.name)] if name != row.name else []
    if canvas.narrow:
        parts.append(text(2, top - 6, name, class_="lb lb--soft"))
    else:
        parts.append(el("rect", class_="mark", x=0, y=top, width=3, height=_THICK))
        parts.append(text(10, middle, name, class_="lb lb--soft"))
    if row.value is None:
        parts.append(text(lane.zero + 8, middle, "no data"))
        return el("g", *parts, class_="row", data_s=row.key)
    end = lane.at(row.value)
    length = max(abs(end - lane.zero), 0.5)
    kind = "few" if row.few else "r1"
    parts.append(el("rect", class_=kind, x=min(lane.zero, end), y=top, width=length, height=_THICK))
    if row.target is not None and canvas.axis.shows(row.target):
        at = lane.at(row.target)
        title = el("title", f"Target {canvas.subject.target(row.target)}")
        line = el("line", class_="aim", x1=at, x2=at, y1=top - 3, y2=top + _THICK + 3)
        parts.append(el("g", title, line))
    if row.target is not None and canvas.axis.shows(row.target):  # the words stand beyond both
        at = lane.at(row.target)
        end = max(end, at) if row.value >= 0 else min(end, at)
    beyond, anchor = (end + 8, None) if row.value >= 0 else (end - 8, "end")
    parts.append(text(beyond, middle, canvas.subject.short(row.value), class_="lb", anchor=anchor))
    return el("g", *parts, class_="row is-on" if row.key == "all" else "row", data_s=row.key)


# -- parts of a whole -----------------------------------------------------------------------------


def by_stack(
    subject: Subject,
    reading: Reading,
    by: str,
    options: ChartOptions = NO_OPTIONS,
) -> Chart:
    """Parts of a whole by period: stacked bars, the three largest members and the rest. Only where
    slices add up by sum and none is negative; else the same as by_lines."""
    view = view_of(reading, options.last)
    member_points = [(entry.name, points) for entry, points in members(reading, by, view)]
    below = any((point.value or 0) < 0 for _, points in member_points for point in points)
    if not additive(reading, by) or below or not view.last:
        return by_lines(subject, reading, by, options)
    parts = _largest_parts(member_points)
    finding = members_finding(subject, reading, by)
    finding += mean_words(subject, view.points)
    sums = [
        sum(values)
        for values in zip(*([point.value or 0 for point in part] for _, part in parts), strict=True)
    ]
    axis = value_axis([*sums, *(point.value for point in view.points)], subject, zero=True)
    return Canvas(subject, axis, finding, options.size).chart(
        lambda canvas: _stacked(canvas, view, parts, options.marks),
        lambda: noted(_parts_table(subject, by, view, member_points), options.marks),
        lambda: plotly_figures.stack_figure(subject, view, axis, parts, options.marks),
    )


def by_share(
    subject: Subject,
    reading: Reading,
    by: str,
    options: ChartOptions = NO_OPTIONS,
) -> Chart:
    """Each part's share of the whole by period: stacked bars of one height, the three largest
    members and the rest. Where parts are no parts of a whole, the same as by_lines."""
    view = view_of(reading, options.last)
    member_points = [(entry.name, points) for entry, points in members(reading, by, view)]
    below = any((point.value or 0) < 0 for _, points in member_points for point in points)
    if not additive(reading, by) or below or not view.last:
        return by_lines(subject, reading, by, options)
    share = replace(subject, unit="%", format=None)
    wholes = {
        point.on: sum(points[at].value or 0 for _, points in member_points)
        for at, point in enumerate(view.points)
    }
    all_shares = [(name, _of_whole(points, wholes)) for name, points in member_points]
    parts = _largest_parts(all_shares)
    full = tuple(Point(day, 1.0 if value else None) for day, value in wholes.items())
    share_view = replace(view, points=full, targets=())
    axis = value_axis([0.0, 1.0], share, zero=True)
    finding = shares_finding(share, by, share_view, parts) + mean_words(share, share_view.points)
    return Canvas(share, axis, finding, options.size).chart(
        lambda canvas: _stacked(canvas, share_view, parts, options.marks),
        lambda: noted(_parts_table(share, by, share_view, all_shares), options.marks),
        lambda: plotly_figures.stack_figure(share, share_view, axis, parts, options.marks),
    )


def _of_whole(points: Sequence[Point], wholes: Mapping[date, float]) -> tuple[Point, ...]:
    return tuple(
        Point(point.on, (point.value or 0) / wholes[point.on] if wholes[point.on] else None)
        for point in points
    )


def _largest_parts(
    member_points: Sequence[tuple[str, tuple[Point, ...]]],
) -> list[tuple[str, tuple[Point, ...]]]:
    """The largest members in their order, and the sum of the others as the last part. A period
    without rows counts as nothing."""
    if len(member_points) <= MOST_PARTS:
        return list(member_points)
    sizes = [points[-1].value or 0 if points else 0 for _, points in member_points]
    largest = sorted(range(len(member_points)), key=lambda at: -sizes[at])[: MOST_PARTS - 1]
    largest_members = [member_points[at] for at in sorted(largest)]
    other_members = [part for at, part in enumerate(member_points) if at not in largest]
    columns = zip(*(points for _, points in other_members), strict=True)
    summed = tuple(
        Point(column[0].on, sum(point.value or 0 for point in column)) for column in columns
    )
    return [*largest_members, ("others", summed)]


def _parts_table(
    subject: Subject, by: str, view: SeriesView, parts: Sequence[tuple[str, tuple[Point, ...]]]
) -> ChartTable:
    at = [{point.on: point.value for point in points} for _, points in parts]
    rows = tuple(
        (
            day_cell(point.on, subject.grain, subject.fiscal),
            *(value_cell(subject, values.get(point.on)) for values in at),
            value_cell(subject, point.value),
        )
        for point in view.points
    )
    head = ((subject.grain or "day").capitalize(), *(name for name, _ in parts), "All")
    return ChartTable(f"{subject.title} by {by.replace('_', ' ')}", head, rows)


def _stacked(
    canvas: Canvas,
    view: SeriesView,
    parts: Sequence[tuple[str, Sequence[Point]]],
    marks: Sequence[Mark],
) -> Markup:
    subject = canvas.subject
    days = [point.on for point in view.points]
    newest = [(name, _at(points, view.last)) for name, points in parts]
    ends = [f"{subject.short(value)} {name}xx" for name, value in newest]
    ground = canvas.frame(ends=ends, years=has_years(subject, days), top=top_for(marks))
    bands = Bands(days, ground)
    sheet = Sheet(canvas, ground, bands.middle)
    y = sheet.y
    y_grid(sheet, base=0)
    x_periods(sheet, days)
    day_marks(sheet, marks, days[0], days[-1])
    groups = neighbours(days, bar_size(subject, days, ground))
    sums = [0.0] * len(groups)
    for n, (_, points) in enumerate(parts):
        values = {point.on: point.value or 0.0 for point in points}
        bars: list[Bar] = []
        for at, group in enumerate(groups):
            value = sum(values.get(day, 0.0) for day in group) / len(group)
            if value:
                top, bottom = y(sums[at] + value), y(sums[at])
                left, wide = bands.span(group)
                bars.append((left, top, wide, max(bottom - top - 0.75, 0.4)))
                sums[at] += value
        if bars:
            sheet.add(el("path", class_=f"r{n + 1}", d=boxes(bars)))
    _part_labels(sheet, newest)
    return sheet.svg()


def _at(points: Sequence[Point], where: Point | None) -> float:
    return next((point.value or 0.0 for point in points if where and point.on == where.on), 0.0)


def _part_labels(sheet: Sheet, newest: Sequence[tuple[str, float]]) -> None:
    """Names of the parts beside the newest bar, each with a swatch of its colour."""
    ground, subject = sheet.frame, sheet.canvas.subject
    middles, below = [], 0.0
    for _, value in newest:
        middles.append(sheet.y(below + value / 2) + 4)
        below += value
    for n, place in enumerate(spread_labels(middles, LABEL_GAP + 2, ground.top + 4, ground.bottom)):
        name, value = newest[n]
        full_label = f"{subject.short(value)} {name}"
        label = fit_text(full_label, ground.width - ground.right - 24, 12)
        swatch = el("rect", class_=f"r{n + 1}", x=ground.right + 6, y=place - 9, width=9, height=9)
        title = [el("title", full_label)] if label != full_label else []
        label_text = text(ground.right + 20, place, label, class_="lb lb--soft lb--sm")
        sheet.add(el("g", *title, swatch, label_text))
