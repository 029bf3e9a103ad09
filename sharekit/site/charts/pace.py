"""One key result's course: where it is, where it should be, and where it ends at this pace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import format_day
from sharekit.numbers.periods import last_day
from sharekit.numbers.results import Forecast, OkrReading, Point, Reading, newest_point
from sharekit.okr.formulas import expected_value
from sharekit.okr.scored_reading import own_points
from sharekit.project.manifest import Period
from sharekit.records import replace
from sharekit.site.charts import plotly_figures
from sharekit.site.charts.canvas import Canvas, Sheet, YScale
from sharekit.site.charts.chart_types import Cell, Chart, ChartTable, Figure, Mark, Size, Subject
from sharekit.site.charts.labels import Anchor, Label, spread_labels
from sharekit.site.charts.plot_area import day_marks, noted, within, x_days, y_grid
from sharekit.site.charts.scale import Axis, day_scale, finite, span_ticks, value_axis
from sharekit.site.charts.series_view import value_cell
from sharekit.site.charts.svg import XY, broken_path, el, path, text
from sharekit.wording.number_phrases import band_words, crossable
from sharekit.wording.statuses import STATUS_TONES


class KeyResultSeries(Struct, frozen=True):
    """What of a key result is drawn: its own period's points, dated by the last day they cover."""

    subject: Subject
    okr: OkrReading
    period: Period
    as_of: date
    points: tuple[Point, ...]
    band: tuple[float, float] | None
    checkins: tuple[date, ...] = ()
    """Days on which the owner checked in."""
    marks: tuple[Mark, ...] = ()
    """Days on which something happened to the number, or to what it is to be."""

    @property
    def running(self) -> bool:
        return self.period.start <= self.as_of <= self.period.end and not self.okr.closed

    @property
    def last(self) -> Point | None:
        return newest_point(self.points)

    @property
    def forecast(self) -> Forecast | None:
        return self.okr.forecast if self.running and self.last else None

    @property
    def behind(self) -> float | None:
        """How far the value is behind its pace, in the metric's unit and always positive; None when
        it is not so far behind that somebody should talk."""
        expected, current = self.okr.expected_value, self.okr.current
        if not self.running or expected is None or current is None or (self.okr.gap or 0) <= 0:
            return None
        return abs(expected - current) if STATUS_TONES[self.okr.status] in ("risk", "off") else None

    @property
    def final(self) -> bool:
        """Whether the newest value is the last one, near the period's end."""
        left = (self.period.end - self.last.on).days if self.last else self.period.days
        return self.okr.closed and left * 12 <= self.period.days

    @property
    def original(self) -> float | None:
        """The first target, where today's is another one."""
        first = self.okr.original_target
        return (
            first
            if first is not None and self.okr.target is not None and first != self.okr.target
            else None
        )


def pace_chart(
    subject: Subject,
    reading: Reading,
    okr: OkrReading,
    period: Period,
    as_of: date,
    *,
    size: Size = "full",
    band: tuple[float, float] | None = None,
    original: Sequence[Point] = (),
    checkins: Sequence[date] = (),
    marks: Sequence[Mark] = (),
) -> Chart:
    """A key result's course: actual, expected pace, projection with its 80% range, target, today,
    and the gap.

    The original target is drawn where it differs. `band` is that of a `maintain` key result;
    `original` is a series under an older definition, for the table; `checkins` are days on which
    the owner said something of it; `marks` notes, and revisions of its target or definition."""
    course = replace(
        course_of(subject, reading, okr, period, as_of, band),
        checkins=tuple(checkins),
        marks=tuple(mark for mark in marks if period.start <= mark.on <= period.end),
    )
    finding = pace_finding(course)
    axis = _axis(course)
    return Canvas(subject, axis, finding, size).chart(
        lambda canvas: _draw(canvas, course),
        lambda: noted(_table(course, original), tuple(_at_rows(course))),
        lambda: _figure(course, axis),
    )


def course_of(
    subject: Subject,
    reading: Reading,
    okr: OkrReading,
    period: Period,
    as_of: date,
    band: tuple[float, float] | None = None,
) -> KeyResultSeries:
    """A period belongs to the key result's in which its last day lies; a number without time is a
    point today."""
    if reading.grain is None:
        today = min(max(as_of, period.start), period.end)
        points: tuple[Point, ...] = (Point(today, finite(okr.current)),)
    else:
        points = tuple(
            Point(point.on, finite(point.value)) for point in own_points(reading, period)
        )
    return KeyResultSeries(subject, okr, period, as_of, points, band)


def pace_headline(course: KeyResultSeries) -> str | None:
    """The panel's title where there is a projection: "At this pace it ends 92 short of its
    target"."""
    forecast, target, baseline = course.forecast, course.okr.target, course.okr.baseline
    if forecast is None or target is None or baseline is None:
        return None
    subject = course.subject
    if forecast.outlook == "open":
        return f"Too early to tell: {subject.short(forecast.low)} to {subject.text(forecast.high)} at the end"
    if subject.text(forecast.value) == subject.text(target):
        return "At this pace it ends on its target"
    distance = subject.distance(target - forecast.value)
    if forecast.outlook == "short":
        return f"At this pace it ends {distance} short of its target"
    return f"At this pace it ends {distance} {'above' if target > baseline else 'below'} its target"


def pace_finding(course: KeyResultSeries) -> str:
    """The chart as sentences: from, to, expected by then, projected, target."""
    subject, okr, period = course.subject, course.okr, course.period
    stretch = f"{format_day(period.start)} to {format_day(period.end, year=True)}"
    if course.last is None:
        finding = f"{subject.title}, {stretch}: no value in this period yet."
    else:
        measured = [point for point in course.points if point.value is not None]
        reach = (
            subject.reach(measured[0].value, measured[-1].value)
            if len(measured) > 1
            else subject.text(measured[-1].value)
        )
        until = "" if course.okr.closed else f" on {format_day(course.last.on)}"
        finding = f"{subject.title}, {stretch}: {reach}{until}."
    if course.running and okr.expected_value is not None:
        behind = f", so {subject.distance(course.behind)} behind" if course.behind else ""
        day = f" on {format_day(okr.through)}" if okr.through else ""
        finding += f" Expected pace{day} {subject.text(okr.expected_value)}{behind}."
    if course.forecast:
        end = course.forecast
        finding += f" Projected for {format_day(end.on)}: {subject.text(end.value)}"
        finding += f", between {subject.short(end.low)} and {subject.text(end.high)}."
    if course.band:
        finding += f" To be kept {band_words(course.band, subject.unit, subject.target)}."
    elif okr.target is not None:
        was = f", was {subject.target(course.original)}" if course.original is not None else ""
        finding += f" Target {subject.target(okr.target)}{was}."
    return finding


def _axis(course: KeyResultSeries) -> Axis:
    okr = course.okr
    values = [point.value for point in course.points] + [okr.baseline, okr.target]
    values += [point.value for point in okr.pace]
    if course.band:
        low, high = course.band
        room = (high - low) / 4
        natural = low >= 0 and all(value is None or value >= 0 for value in values)
        values += [max(0.0, low - room) if natural else low - room, high + room]
    wishes: list[float | None] = [course.original]
    if course.forecast:
        wishes += [course.forecast.value, course.forecast.low, course.forecast.high]
    return value_axis(values, course.subject, wish=wishes)


# -- drawing --------------------------------------------------------------------------------------


def _draw(canvas: Canvas, course: KeyResultSeries) -> Markup:
    narrow = canvas.narrow
    ends = [] if narrow else [label for _, label, _ in _end_labels(course, lambda value: value)]
    ground = canvas.frame(
        ends=ends, top=34, height=300 if narrow else 340 if canvas.size == "full" else 300
    )
    end = ground.right - (4 if narrow else 0)
    sheet = Sheet(
        canvas, ground, day_scale(course.period.start, course.period.end, ground.left, end)
    )
    y_grid(sheet)
    x_days(sheet, span_ticks(course.period.start, course.period.end, ground.plot_width))
    _today(sheet, course)
    day_marks(sheet, course.marks, course.period.start, course.period.end)
    _ranges(sheet, course)
    pace = sheet.along([(corner.on, corner.value) for corner in course.okr.pace])
    line = sheet.along(
        [(point.on, point.value) for point in course.points], steps=course.subject.steps
    )
    sheet.line(pace)
    sheet.line(line)
    if course.okr.pace:
        sheet.add(el("path", class_="ln ln--pace", d=broken_path(pace)))
    _projection(sheet, course)
    if path := broken_path(line):
        sheet.add(el("path", class_="ln", d=path))
    _behind(sheet, course)
    _dots(sheet, course)
    if narrow:
        _inside_labels(sheet, course)
    else:
        _margin_labels(sheet, course)
    _value_labels(sheet, course, pace)
    return sheet.svg()


def _today(sheet: Sheet, course: KeyResultSeries) -> None:
    if course.running:
        at = sheet.x(course.as_of)
        anchor: Anchor = "start" if at < 20 else "end" if at > sheet.frame.width - 20 else "middle"
        sheet.add(el("line", class_="today", x1=at, x2=at, y1=18, y2=sheet.frame.bottom))
        sheet.line([(at, 18), (at, sheet.frame.bottom)])
        sheet.add(text(at, 12, "today", anchor=anchor))
        sheet.room.add_label(Label("today", at, 12, anchor))


def _ranges(sheet: Sheet, course: KeyResultSeries) -> None:
    """The band to be kept, and the projection's 80% range; cut off where the axis ends."""
    ground = sheet.frame
    if course.band:
        low, high = (sheet.y(value) for value in course.band)
        sheet.add(
            el(
                "rect",
                class_="band",
                x=ground.left,
                y=high,
                width=ground.plot_width,
                height=low - high,
            )
        )
    if course.forecast and course.last and course.last.value is not None:
        start = sheet.at(course.last.on, course.forecast.start)
        end = sheet.x(course.forecast.on)
        corners = [start, (end, sheet.y(course.forecast.high)), (end, sheet.y(course.forecast.low))]
        cut = clipped(corners, sheet.y(sheet.canvas.axis.high), sheet.y(sheet.canvas.axis.low))
        if len(cut) > 2:
            sheet.add(el("path", class_="band", d=path(cut) + "Z"))


def clipped(corners: Sequence[XY], top: float, bottom: float) -> list[XY]:
    """A convex shape cut at two horizontal lines (Sutherland and Hodgman, CACM 17(1), 1974)."""
    shape = list(corners)
    for limit, sign in ((top, 1), (bottom, -1)):
        clipped_corners: list[XY] = []
        for n, here in enumerate(shape):
            before = shape[n - 1]
            inside, was = (here[1] - limit) * sign >= 0, (before[1] - limit) * sign >= 0
            if inside != was:
                share = (limit - before[1]) / (here[1] - before[1])
                clipped_corners.append((before[0] + share * (here[0] - before[0]), limit))
            if inside:
                clipped_corners.append(here)
        shape = clipped_corners
    return shape


def _projection(sheet: Sheet, course: KeyResultSeries) -> None:
    if not course.forecast or not course.last or course.last.value is None:
        return
    start = sheet.at(course.last.on, course.forecast.start)
    line = within(
        start,
        (sheet.x(course.forecast.on), sheet.y(course.forecast.value)),
        sheet.y(sheet.canvas.axis.high),
        sheet.y(sheet.canvas.axis.low),
    )
    sheet.line(line)
    sheet.add(el("path", class_="ln ln--proj", d=broken_path(line)))


def _behind(sheet: Sheet, course: KeyResultSeries) -> None:
    """The distance to the pace, on the day that the value is of, with its size in words."""
    expected, current = course.okr.expected_value, course.okr.current
    if course.behind is None or expected is None or current is None:
        return
    at = sheet.x(course.okr.through or course.as_of)
    top, bottom = sorted((sheet.y(expected), sheet.y(current)))
    sheet.add(el("line", class_="behind", x1=at, x2=at, y1=top, y2=bottom))
    label = f"{course.subject.distance(course.behind)} behind"
    middle = (top + bottom) / 2 + 4
    sheet.line([(at, top), (at, bottom)])
    sides: list[tuple[float, Anchor]] = [(at - 8, "end"), (at + 8, "start")]
    spots = [
        Label(label, x, row, side, "lb lb--risk lb--sm")
        for row in (middle, top - 8, bottom + 17)
        for x, side in sides
    ]
    sheet.label(spots)


def _dots(sheet: Sheet, course: KeyResultSeries) -> None:
    end = sheet.x(course.period.end)
    for day in course.checkins:
        at = next(
            (
                point
                for point in reversed(course.points)
                if point.on <= day and point.value is not None
            ),
            None,
        )
        if (
            at is not None
            and at.value is not None
            and course.period.start <= day <= course.period.end
        ):
            sheet.dot(sheet.x(day), sheet.y(at.value), 3)
    if course.last and course.last.value is not None:
        sheet.dot(sheet.x(course.last.on), sheet.y(course.last.value), 4.5)
    if course.okr.target is not None and not course.band:
        sheet.dot(end, sheet.y(course.okr.target), 4, "dot dot--target")
    if course.original is not None and sheet.canvas.axis.shows(course.original):
        sheet.dot(end, sheet.y(course.original), 3.5, "dot dot--was")
    if course.forecast and sheet.canvas.axis.shows(course.forecast.value):
        sheet.dot(end, sheet.y(course.forecast.value), 4, "dot dot--open")


def _end_labels(course: KeyResultSeries, y: YScale) -> list[tuple[float, str, str]]:
    """Height, words and class of what is said at the period's end, top to bottom where they are
    equal."""
    subject, labels = course.subject, list[tuple[float, str, str]]()
    if course.final and course.last and course.last.value is not None:
        value, ended = subject.short(course.last.value), course.okr.current
        corrected = ended is not None and subject.short(ended) != value
        label = f"{value} today" if corrected else f"{value} at the end"
        labels.append((y(course.last.value), label, "lb lb--accent"))
    if course.okr.target is not None and not course.band:
        labels.append((y(course.okr.target), f"{subject.target(course.okr.target)} target", "lb"))
    if course.original is not None:
        labels.append(
            (
                y(course.original),
                f"{subject.target(course.original)} first target",
                "lb lb--old lb--sm",
            )
        )
    if course.forecast:
        at = y(course.forecast.value)
        reach = f"{subject.short(course.forecast.low)} to {subject.short(course.forecast.high)}"
        labels.append((at, f"{subject.short(course.forecast.value)} projected", "lb lb--accent"))
        if subject.short(course.forecast.low) != subject.short(course.forecast.high):
            labels.append((at, reach, "lb lb--old lb--sm"))
    if course.band:
        bounds = crossable(course.band, subject.unit)
        labels += [
            (y(value), subject.target(value), "lb")
            for value in reversed(bounds)
            if value is not None
        ]
    return labels


def _margin_labels(sheet: Sheet, course: KeyResultSeries) -> None:
    ground, axis, y = sheet.frame, sheet.canvas.axis, sheet.y
    labels = _end_labels(course, lambda value: y(min(max(value, axis.low), axis.high)))
    places = spread_labels([at + 4.5 for at, _, _ in labels], 16, ground.top, ground.bottom)
    for (_, label, class_), place in zip(labels, places, strict=True):
        sheet.add(text(ground.right + 11, place, label, class_=class_))


def _inside_labels(sheet: Sheet, course: KeyResultSeries) -> None:
    """On a narrow drawing there is no margin: labels stand above or below their dots."""
    end = sheet.x(course.period.end)
    for at, label, class_ in _end_labels(
        course,
        lambda value: sheet.y(min(max(value, sheet.canvas.axis.low), sheet.canvas.axis.high)),
    ):
        if " to " in label and "lb--old" in class_:
            continue
        small = class_ if "lb--sm" in class_ else f"{class_} lb--sm"
        sheet.label([Label(label, end + 4, at + rise, "end", small) for rise in (-9, 19, -24, 34)])


def _value_labels(sheet: Sheet, course: KeyResultSeries, pace: Sequence[XY | None]) -> None:
    if course.last and course.last.value is not None and not course.final:
        at = sheet.at(course.last.on, course.last.value)
        label = course.subject.short(course.last.value)
        rows: list[tuple[float, float, Anchor]] = [
            (6, 20, "start"),
            (-6, -10, "end"),
            (6, -10, "start"),
            (-6, 20, "end"),
            (6, -26, "start"),
            (-6, 36, "end"),
        ]
        spots = [
            Label(label, at[0] + right, at[1] + down, anchor, "lb lb--accent")
            for right, down, anchor in rows
        ]
        sheet.label(spots)
    corners = [corner for corner in pace if corner]
    if len(corners) > 1:
        (x0, y0), (x1, y1) = corners[0], corners[-1]
        rising, label, class_ = y1 < y0, "expected pace", "lb lb--old lb--sm"
        sides: tuple[Anchor, Anchor] = ("end", "start") if rising else ("start", "end")
        spots = []
        for share in (0.18, 0.3, 0.45, 0.1, 0.6, 0.75):
            near = (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
            spots.append(Label(label, near[0] - 6, near[1] - 6, sides[0], class_))
            spots.append(Label(label, near[0] + 8, near[1] + 16, sides[1], class_))
        best = sheet.room.place(spots)
        if best.box.left >= sheet.frame.left - 4 and best.box.right <= sheet.frame.right:
            sheet.write(best)


def _at_rows(course: KeyResultSeries) -> Iterator[Mark]:
    """Each mark at the row of the table in whose period its day lies."""
    for mark in course.marks:
        if row := next((point.on for point in course.points if point.on >= mark.on), None):
            yield replace(mark, on=row)


# -- table and data -------------------------------------------------------------------------------


def _table(course: KeyResultSeries, original: Sequence[Point]) -> ChartTable:
    """Days as rows: what was, what was expected, and the older definition where one is given."""
    older = {
        last_day(point.on, course.subject.grain or "day"): finite(point.value) for point in original
    }
    head = [
        "Day",
        course.subject.title,
        *(["Expected"] if course.okr.pace else []),
        *(["Old definition"] if older else []),
    ]

    def row(point: Point) -> tuple[Cell, ...]:
        cells = [
            Cell(format_day(point.on), point.on.isoformat()),
            value_cell(course.subject, point.value),
        ]
        if course.okr.pace:
            cells.append(value_cell(course.subject, expected_value(course.okr.pace, point.on)))
        if older:
            cells.append(value_cell(course.subject, older.get(point.on)))
        return tuple(cells)

    return ChartTable(
        course.subject.title, tuple(head), tuple(row(point) for point in course.points)
    )


def _figure(course: KeyResultSeries, axis: Axis) -> Figure:
    subject, okr, period = course.subject, course.okr, course.period
    if course.last is None:
        return {}
    pairs = [(point.on, point.value) for point in course.points]
    ended = _end_labels(course, lambda value: value)[0][1] if course.final else None
    traces = [plotly_figures.line_trace(subject, pairs, "series", subject.title, end=ended)]
    if okr.pace:
        days = sorted({*(corner.on for corner in okr.pace), *(point.on for point in course.points)})
        pace = [(day, expected_value(okr.pace, day)) for day in days]
        traces.append(plotly_figures.line_trace(subject, pace, "pace", "Expected pace"))
    if course.forecast:
        start, end = (course.last.on, course.forecast.start), course.forecast
        for role, name, value in (("low", "Low end", end.low), ("high", "High end", end.high)):
            traces.append(
                plotly_figures.line_trace(
                    subject, [start, (end.on, value)], role, f"{name} of the 80% range"
                )
            )
        label = f"{subject.short(end.value)} projected"
        projection = plotly_figures.line_trace(
            subject, [start, (end.on, end.value)], "projection", "Projected", end=label
        )
        if subject.short(end.low) != subject.short(end.high):
            reach = f"{subject.short(end.low)} to {subject.short(end.high)}"
            projection["meta"]["reach"] = plotly_figures.plotly_text(reach)
        traces.append(projection)
    if okr.target is not None and not course.band:
        label = f"{subject.target(okr.target)} target"
        traces.append(
            plotly_figures.line_trace(
                subject, [(period.end, okr.target)], "goal", "Target", end=label
            )
        )
    if course.original is not None:
        label = f"{subject.target(course.original)} first target"
        first = plotly_figures.line_trace(
            subject, [(period.end, course.original)], "was", "First target", end=label
        )
        first["meta"] |= {} if axis.shows(course.original) else {"off": True}
        traces.append(first)
    figure = plotly_figures.time_figure(
        "pace", subject, traces, axis, [period.start, period.end], course.marks
    )
    ticks = [
        [tick.on.isoformat(), tick.label, tick.year or ""]
        for tick in span_ticks(period.start, period.end, 520)
    ]
    figure["layout"]["meta"] |= {
        "ticks": ticks,
        "today": course.as_of.isoformat() if course.running else "",
    }
    if not course.final:
        figure["layout"]["meta"]["last"] = plotly_figures.plotly_text(
            subject.short(course.last.value)
        )
    if course.band:
        figure["layout"]["meta"]["band"] = list(course.band)
    figure["layout"]["xaxis"]["unifiedhovertitle"] = {"text": plotly_figures.HOVER_TITLES["day"]}
    return figure
