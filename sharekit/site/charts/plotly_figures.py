"""The same charts as data for exploring: Plotly figures as plain dicts, without colours, fonts or
sizes.

What a trace is (series, open, target, member, part, ...) stands in its `meta.role`, its member key
in `meta.key` and the words at its end in `meta.end`; explore.js turns those and the page's tokens
into a look. Plotly reads a small HTML in every text and `%{...}` in some, so all words go through
`plain`."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from sharekit.numbers.results import Point
from sharekit.project.shapes import FiscalYear, Grain
from sharekit.site.charts.chart_types import ALL, Figure, Mark, Subject
from sharekit.site.charts.scale import Axis, finite, period_ticks, so_far
from sharekit.site.charts.series_view import SeriesView

Trace = dict[str, Any]

MOST_POINTS = 2_000
"""Newest points of a line that travel with the page; the CSV file has them all."""
MOST_TOGETHER = 12_000
"""The same for all lines of one chart."""
_TICK_ROOM = 6_000
"""Width for which ticks travel, in px: some hundred, of which charts.js takes those that fit."""
HOVER_TITLES: Mapping[Grain | None, str] = {
    None: "%{x|%-d %b %Y}",
    "day": "%{x|%-d %b %Y}",
    "week": "Week of %{x|%-d %b %Y}",
    "month": "%{x|%B %Y}",
    "quarter": "Quarter from %{x|%B %Y}",
    "year": "%{x|%Y}",
}
"""How Plotly names a period when pointed at (a template with d3-time-format)."""


def plotly_text(text: str) -> str:
    """Words that Plotly shows as they are: no tag, no entity, no %{template}."""
    return html.escape(text, quote=False).replace("%{", "%&#123;")


def line_trace(
    subject: Subject,
    points: Iterable[tuple[date, float | None]],
    role: str,
    name: str,
    *,
    key: str | None = None,
    end: str | None = None,
    most: int = MOST_POINTS,
) -> Trace:
    """One line: dates, values, and the words for each; the newest `most` of them."""
    pairs = [(day, finite(value)) for day, value in points][-most:]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plotly_text(name),
        "x": [day.isoformat() for day, _ in pairs],
        "y": [value for _, value in pairs],
        "text": ["" if value is None else plotly_text(subject.text(value)) for _, value in pairs],
        "hovertemplate": "%{text}",
        "connectgaps": False,
        "meta": _meta(role, key, end)
        | ({"steps": True} if subject.steps and role in _HELD else {}),
    }


_HELD = frozenset(("series", "member", "total"))
"""Roles of the lines that go in steps where a value holds until the next one."""


def line_figure(subject: Subject, view: SeriesView, axis: Axis, marks: Sequence[Mark]) -> Figure:
    """One number over time."""
    if view.empty:
        return {}
    end = subject.short(view.last.value) if view.last else None
    series = [(point.on, point.value) for point in view.points]
    traces = [line_trace(subject, series, "series", subject.title, end=end)]
    if view.open:
        label = f"{subject.short(view.open.value)} so far"
        run = [(point.on, point.value) for point in (*view.points[-1:], *view.opens)]
        trace = line_trace(subject, run, "open", "So far", end=label)
        texts = [plotly_text(f"{subject.short(point.value)} so far") for point in view.opens]
        traces.append(trace | {"text": ["", *texts][-len(run) :]})
    if view.partial:
        run = [(point.on, point.value) for point in (*view.partial, *view.points[:1])]
        trace = line_trace(subject, run, "partial", "In part")
        texts = [
            "" if point.value is None else plotly_text(f"{subject.short(point.value)} in part")
            for point in view.partial
        ]
        traces.append(trace | {"text": [*texts, ""][: len(run)]})
    traces += target_traces(subject, view, axis)
    more = target_words(subject, view) | _open_words(subject, view, axis)
    more |= {"irregular": True} if view.irregular else {}
    more |= {"steps": True} if subject.steps else {}
    return time_figure("line", subject, traces, axis, view.days, marks, more)


def target_traces(subject: Subject, view: SeriesView, axis: Axis) -> list[Trace]:
    """The target as one stepped line; none where the axis does not reach it."""
    steps = [step for step in view.targets if axis.shows(step[2])]
    if not steps:
        return []
    corners = [corner for start, end, value in steps for corner in ((start, value), (end, value))]
    label = f"Target {subject.target(steps[-1][2])}"
    return [line_trace(subject, corners, "target", "Target", end=label)]


def lines_figure(
    subject: Subject,
    total: Sequence[Point],
    slices: Sequence[tuple[str, str, Sequence[Point]]],
    view: SeriesView,
    axis: Axis,
    *,
    extras: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    behind: bool = False,
    others_note: str = "",
    marks: Sequence[Mark] = (),
) -> Figure:
    """One number over time by member, with the total where there is one; `behind`: drawn behind
    each member where they stand side by side; `others_note` says what has no room; `extras` of a member are what its
    drawing needs besides."""
    most = min(MOST_POINTS, MOST_TOGETHER // (len(slices) + 1))
    traces = [
        line_trace(
            subject,
            [(point.on, point.value) for point in points],
            "member",
            member,
            key=key,
            end=_end(subject, member, points),
            most=most,
        )
        for key, member, points in slices
    ]
    for trace, (key, *_) in zip(traces, slices, strict=True):
        trace["meta"] |= extras.get(key, {})
    if any(point.value is not None for point in total):
        pairs = [(point.on, point.value) for point in total]
        traces.append(
            line_trace(
                subject, pairs, "total", "All", key=ALL, end=_end(subject, "All", total), most=most
            )
        )
    days = [point.on for point in view.points][-most:]
    all_traces = [*traces, *target_traces(subject, view, axis)]
    more = target_words(subject, view) | ({"behind": True} if behind else {})
    more |= {"rest": plotly_text(others_note)} if others_note else {}
    more |= {"steps": True} if subject.steps else {}
    return time_figure("lines", subject, all_traces, axis, days, marks, more)


def target_words(subject: Subject, view: SeriesView) -> dict[str, Any]:
    """The targets in view as the drawing places them: from, until, value, words."""
    steps = [
        [start.isoformat(), end.isoformat(), value, plotly_text(subject.target(value))]
        for start, end, value in view.targets
    ]
    return {"targets": steps} if steps else {}


def _open_words(subject: Subject, view: SeriesView, axis: Axis) -> dict[str, Any]:
    if view.open is None:
        return {}
    return {"open": plotly_text(so_far(subject, axis, view.open.value))}


def bar_figure(
    subject: Subject, view: SeriesView, axis: Axis, marks: Sequence[Mark] = ()
) -> Figure:
    """Bars by period; the period that still runs is the last one, told by `meta.open`."""
    points = [(point.on, point.value) for point in view.all_points]
    bars = _as_bar(line_trace(subject, points, "bar", subject.title))
    if view.open:
        bars["text"][-1] = plotly_text(f"{subject.text(view.open.value)} so far")
        bars["meta"] = {"role": "bar", "open": True}
    if view.partial or view.unsettled:
        complete_days = {point.on for point in view.points}
        days = [day for day, _ in points][-len(bars["x"]) :]
        bars["meta"] = {
            **bars["meta"],
            "hollow": [at for at, day in enumerate(days) if day not in complete_days],
        }
    more = target_words(subject, view) | _open_words(subject, view, axis)
    more |= {"last": plotly_text(subject.short(view.last.value))} if view.last else {}
    traces = [bars, *target_traces(subject, view, axis)]
    return time_figure("bars", subject, traces, axis, view.days, marks, more)


def stack_figure(
    subject: Subject,
    view: SeriesView,
    axis: Axis,
    parts: Sequence[tuple[str, Sequence[Point]]],
    marks: Sequence[Mark] = (),
) -> Figure:
    """Parts of a whole by period, the largest at the bottom."""
    newest = view.last.on if view.last else None
    traces = []
    for name, points in parts:
        pairs = [(point.on, point.value) for point in points]
        value = next((value for on, value in pairs if on == newest), None) or 0.0
        end = f"{subject.short(value)} {name}"
        traces.append(_as_bar(line_trace(subject, pairs, "part", name, end=end)))
    days = [point.on for point in view.points]
    more = {"newest": newest.isoformat()} if newest else {}
    figure = time_figure("stack", subject, traces, axis, days, marks, more)
    figure["layout"]["barmode"] = "stack"
    return figure


def ranked_figure(
    subject: Subject,
    rows: Sequence[tuple[str, str, float | None]],
    axis: Axis,
    target: float | None,
    kind: str = "ranked",
    *,
    others_note: str = "",
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Figure:
    """Horizontal bars, first row on top: (key, name, value); `others_note` says what is not among
    them, `more` is what the drawing of this kind needs besides."""
    values = [finite(value) for _, _, value in rows]
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": plotly_text(subject.title),
        "y": [plotly_text(name) for _, name, _ in rows],
        "x": values,
        "text": [plotly_text(_bar_words(subject, value, kind)) for value in values],
        "hovertemplate": "%{y}: %{text}<extra></extra>",
        "customdata": [key for key, _, _ in rows],
        "meta": _meta("rows", None, None),
    }
    layout: dict[str, Any] = {
        "meta": {
            "kind": kind,
            "words": [plotly_text(subject.short(value)) for value in values],
            **({"rest": plotly_text(others_note)} if others_note else {}),
            **more,
        },
        "xaxis": {"range": [axis.low, axis.high], **_ticks(axis)},
        "yaxis": {"type": "category", "autorange": "reversed"},
    }
    if target is not None and axis.shows(target):
        layout["shapes"] = [_line(target, "x", f"Target {subject.target(target)}")]
    return {"data": [bars], "layout": layout}


def time_figure(
    kind: str,
    subject: Subject,
    traces: Sequence[Trace],
    axis: Axis,
    days: Sequence[date],
    marks: Sequence[Mark],
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Figure:
    """Traces over dates, with the axis' own ticks, a line for each mark, and what `more` the
    drawing of this kind needs."""
    shown_days = days[-MOST_POINTS:]
    first, last = shown_days[0], shown_days[-1]
    layout: dict[str, Any] = {
        "meta": {
            "kind": kind,
            "grain": subject.grain,
            **more,
            "ticks": ticks_of(shown_days, subject.grain, subject.fiscal),
        },
        "xaxis": {
            "type": "date",
            "range": [first.isoformat(), last.isoformat()],
            "unifiedhovertitle": {"text": HOVER_TITLES[subject.grain]},
        },
        "yaxis": {"range": [axis.low, axis.high], **_ticks(axis)},
    }
    marks_in_view = [mark for mark in marks if first <= mark.on <= last]
    if marks_in_view:
        layout["shapes"] = [
            _line(mark.on.isoformat(), "x", mark.label, mark.sign) for mark in marks_in_view
        ]
    return {"data": list(traces), "layout": layout}


def ticks_of(days: Sequence[date], grain: Grain | None, fiscal: FiscalYear) -> list[list[str]]:
    """The words below a chart of these days: day, words and year."""
    ticks = period_ticks(days, grain, _TICK_ROOM, fiscal)
    return [[tick.on.isoformat(), tick.label, tick.year or ""] for tick in ticks]


def _line(at: float | str, along: str, label: str, sign: str = "") -> dict[str, Any]:
    return {
        "type": "line",
        **({"name": sign} if sign else {}),
        "xref": along,
        "yref": "paper",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "label": {"text": plotly_text(label)},
    }


def _ticks(axis: Axis) -> dict[str, Any]:
    return {
        "tickvals": [tick.value for tick in axis.ticks],
        "ticktext": [plotly_text(tick.label) for tick in axis.ticks],
    }


def _as_bar(trace: Trace) -> Trace:
    bar_keys = {key: value for key, value in trace.items() if key not in ("mode", "connectgaps")}
    return bar_keys | {"type": "bar", "textposition": "none"}


def _bar_words(subject: Subject, value: float | None, kind: str) -> str:
    if value is None:
        return "no data"
    return subject.change(value) if kind == "moved" else subject.text(value)


def _end(subject: Subject, name: str, points: Sequence[Point]) -> str | None:
    value = next((point.value for point in reversed(points) if point.value is not None), None)
    return None if value is None else f"{subject.short(value)} {name}"


def _meta(role: str, key: str | None, end: str | None) -> dict[str, str]:
    meta = {"role": role, "key": key, "end": plotly_text(end) if end else None}
    return {name: value for name, value in meta.items() if value is not None}
