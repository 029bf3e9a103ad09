"""The small drawings of cards and tables: sparkline, bar of a score, the strip of all key results,
share bar."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import format_day, format_score
from sharekit.numbers.results import OkrReading, Point, Reading, Status
from sharekit.site.charts.chart_types import Subject
from sharekit.site.charts.scale import drawn, finite
from sharekit.site.charts.series_view import members_target
from sharekit.site.charts.svg import XY, Attribute, broken_path, drawing, el, num, stepped, text
from sharekit.wording.english import and_list, count
from sharekit.wording.statuses import STATUS_TONES, STATUS_WORDS

SPARK_POINTS = 13
"""Periods that the line of a card has where nothing else is said."""
SPARK_WIDTH, SPARK_HEIGHT = 232.0, 56.0
_MARK = 14.0
"""Edge of a mark on the strip, in px."""
_LANE = 16.0
MOST_LANES = 10
"""Marks on top of each other; what goes beyond is counted, so that two hundred key results are no
tower."""
_HEAP = 40.0
"""Width in px that one count takes."""


# -- sparkline ------------------------------------------------------------------------------------


def sparkline(
    subject: Subject,
    reading: Reading,
    *,
    points: int = SPARK_POINTS,
    by: str | None = None,
    member: str | None = None,
    bare: bool = False,
) -> Markup:
    """The `.spark` of a number card: the last complete periods, dotted labelled target, end dot,
    open period.

    Gaps break the line. Hidden from assistive technology: the card's text says value, change and
    target. With `by` and `member`, the line of that slice; where slices add up, without the target, which is
    the sum's. `bare`: the line alone. Empty where there are fewer than two values."""
    series, open_point, target = reading.series, reading.open_point, finite(reading.target)
    if by is not None and member is not None:
        member_slice = next(
            (entry for entry in reading.slices.get(by, ()) if entry.member == member), None
        )
        series, open_point = member_slice.series if member_slice else (), None
        target = members_target(reading, by)
        if member_slice and member_slice.target is not None:
            target = finite(member_slice.target)
    if bare:
        target, open_point = None, None
    drawn_points = drawn(series[-points:])
    tail = (
        finite(open_point.value)
        if open_point and series and open_point.on > series[-1].on
        else None
    )
    if not _is_running_period_drawable(tail, drawn_points):
        tail = None
    if sum(point.value is not None for point in drawn_points) + (tail is not None) < 2:
        return Markup("")
    return _spark(subject, drawn_points, tail, target)


def _is_running_period_drawable(tail: float | None, drawn_points: Sequence[Point]) -> bool:
    """Whether a running period may be drawn: a fraction of a full one would flatten all the
    others."""
    values = [point.value for point in drawn_points if point.value is not None]
    if tail is None or len(values) < 2 or max(values) == min(values):
        return tail is not None
    return max(*values, tail) - min(*values, tail) <= 1.5 * (max(values) - min(values))


def _spark(
    subject: Subject, drawn_points: Sequence[Point], tail: float | None, target: float | None
) -> Markup:
    right = 172.0 if target is not None else 226.0
    low, high = (47.0, 12.0) if target is not None else (50.0, 6.0)
    values = [
        value
        for value in (*(point.value for point in drawn_points), tail, target)
        if value is not None
    ]
    span = max(values) - min(values)

    def y(value: float) -> float:
        return low - (value - min(values)) * (low - high) / span if span else (low + high) / 2

    step = (right - 2) / max(1, len(drawn_points) - (tail is None))
    line: list[XY | None] = [
        None if point.value is None else (2 + n * step, y(point.value))
        for n, point in enumerate(drawn_points)
    ]
    line = stepped(line) if subject.steps else line
    parts: list[Markup] = []
    if target is not None:
        parts.append(el("line", class_="tg", x1=0, x2=178, y1=y(target), y2=y(target)))
    parts.append(el("path", class_="ln", d=broken_path(line)))
    end = next((point for point in reversed(line) if point), None)
    if tail is not None:
        if line and line[-1]:
            parts.append(
                el("path", class_="ln ln--open", d=broken_path([line[-1], (right, y(tail))]))
            )
        parts.append(el("circle", class_="dot dot--open", cx=right, cy=y(tail), r=3))
    if end:
        parts.append(el("circle", class_="dot", cx=end[0], cy=end[1], r=4))
    if target is not None:
        at = min(max(y(target), 11.0), 46.0)
        parts.append(text(SPARK_WIDTH, at - 3, "target", anchor="end"))
        parts.append(text(SPARK_WIDTH, at + 10, subject.target(target), anchor="end"))
    class_ = "spark spark--t" if target is not None else "spark"
    return drawing(SPARK_WIDTH, SPARK_HEIGHT, parts, class_=class_)


# -- a score --------------------------------------------------------------------------------------


def bullet(okr: OkrReading) -> Markup:
    """The scorecard's bar: 0 is the baseline, 1 the target, a tick what the pace expects, hatch the
    gap to it."""
    tone = STATUS_TONES[okr.status]
    score = okr.score
    class_ = {"risk": "bullet bullet--risk", "off": "bullet bullet--off"}.get(tone, "bullet")
    bar: dict[str, Attribute] = {"y": 6, "height": 8}
    parts = [el("rect", class_="track", width="100%", rx=1, **bar)]
    if score is None:
        class_ = "bullet bullet--none"
    else:
        if tone in ("risk", "off") and okr.expected > score:
            gap = el(
                "rect",
                class_="gap",
                x=percent(score),
                width=percent(okr.expected - score),
                **bar,
            )
            parts.append(gap)
        if score > 0:
            parts.append(el("rect", class_="fill", width=percent(score), rx=1, **bar))
    parts.append(el("line", class_="end", x1="100%", x2="100%", y1=3, y2=17))
    if not okr.closed and okr.status != "dropped":
        tick = percent(okr.expected)
        parts.append(el("line", class_="pace", x1=tick, x2=tick, y1=1, y2=19))
    return el(
        "svg", *parts, class_=class_, width="100%", height=20, aria_hidden="true", focusable="false"
    )


def bullet_text(okr: OkrReading) -> str:
    """What the bar says, for a visually hidden span: "Score 0.43 of 1.00, 0.58 expected by 31
    Oct"."""
    if okr.score is None:
        return "No score known yet" if not okr.closed else "No final score known"
    if okr.closed:
        return f"Final score {format_score(okr.score)} of 1.00"
    return f"Score {format_score(okr.score)} of 1.00, {okr.expected:.2f} expected{by_day(okr)}"


def by_day(okr: OkrReading) -> str:
    """ " by 31 Oct": the day that value and expectation are of."""
    return f" by {format_day(okr.through)}" if okr.through else ""


def percent(share: float) -> str:
    """A share of the width as an attribute, kept within 0 and 1: "57.6%"."""
    return f"{num(min(max(share, 0.0), 1.0) * 100)}%"


def share_bar(share: float | None) -> Markup:
    """The `.bar` in a table cell: 0 to 1 of the track (the largest row of the table is 1). None: an
    empty track."""
    parts = [el("rect", class_="track", width="100%", height=8, rx=1)]
    if share is not None and finite(share) is not None and share > 0:
        parts.append(el("rect", width=percent(share), height=8, rx=1))
    return el("svg", *parts, class_="bar", aria_hidden="true")


# -- strip ----------------------------------------------------------------------------------------


class StripMark(Struct, frozen=True):
    """One key result on the strip."""

    title: str
    score: float | None
    """0.0 to 1.0; marks without a score are left out of the drawing and counted in its label."""
    status: Status


def strip(marks: Sequence[StripMark], expected: float | None) -> Markup:
    """The tally's svg, to stand in `<div class="strip">`: each key result on the axis from 0 to 1,
    stacked where they meet, with a line where the pace expects them (None: no line)."""
    left, right = 6.0, 338.0
    laid = _lanes([mark for mark in marks if mark.score is not None], left, right)
    placed = [mark_at for mark_at in laid if mark_at[2] < MOST_LANES]
    more = _counted_beyond([x + _MARK / 2 for _, x, lane in laid if lane >= MOST_LANES])
    top = (_LANE if more else 0.0) + max(
        0.0, (max((lane for _, _, lane in placed), default=0) - 2) * _LANE
    )
    base = 86 + top
    parts = [
        el("line", class_="axis", x1=left, x2=right, y1=base + 0.5, y2=base + 0.5),
        text(left, base + 18, "0"),
        text(172, base + 18, "0.5", anchor="middle"),
        text(right, base + 18, "1", anchor="end"),
    ]
    if expected is not None:
        at = left + expected * (right - left)
        anchor = "start" if at < 70 else "end" if at > 274 else "middle"
        parts.append(el("line", class_="pacel", x1=at, x2=at, y1=16, y2=base))
        parts.append(text(at, 10, f"expected {expected:.2f}", anchor=anchor))
    for mark, x, lane in placed:
        tone = STATUS_TONES[mark.status]
        use = el(
            "use", href=f"#i-{tone}", x=x, y=base - 18 - lane * _LANE, width=_MARK, height=_MARK
        )
        title = el(
            "title",
            f"{mark.title}: {format_score(mark.score or 0.0)}, {STATUS_WORDS[mark.status].lower()}",
        )
        parts.append(el("g", title, use, class_=f"m-{'on' if tone == 'met' else tone}"))
    for at, number in more:
        over = base - 6 - MOST_LANES * _LANE
        parts.append(text(min(at, right - 8), over, f"+{number}", anchor="middle"))
    return drawing(344, base + 26, parts, label=strip_finding(marks, expected))


def _counted_beyond(places: Sequence[float]) -> list[tuple[float, int]]:
    """Where marks have no room on top of each other any more: a place for each heap, and how many
    it leaves out."""
    heaps: list[list[float]] = []
    for x in sorted(places):
        if heaps and x - heaps[-1][0] < _HEAP:
            heaps[-1].append(x)
        else:
            heaps.append([x])
    return [(heap[0] + _HEAP / 2, len(heap)) for heap in heaps]


def _lanes(
    marks: Sequence[StripMark], left: float, right: float
) -> list[tuple[StripMark, float, int]]:
    """Each mark with its left edge and its lane: the lowest in which it touches no other."""
    ends: list[float] = []
    placed = []
    for mark in sorted(marks, key=lambda mark: (mark.score or 0.0, mark.title)):
        x = left + min(max(mark.score or 0.0, 0.0), 1.0) * (right - left) - _MARK / 2
        lane = next((n for n, end in enumerate(ends) if x >= end + 1), len(ends))
        ends[lane : lane + 1] = [x + _MARK]
        placed.append((mark, x, lane))
    return placed


def strip_finding(marks: Sequence[StripMark], expected: float | None) -> str:
    """The strip as a sentence, worst first: "Scores of 12 key results: 2 off track from 0.10 to
    0.20, ..."."""
    order: list[Status] = [
        "off_track", "missed", "at_risk", "partial", "on_track", "achieved", "early", "not_started", "dropped",
        "unknown",
    ]  # fmt: skip
    parts = []
    for status in order:
        group = [mark for mark in marks if mark.status == status]
        scores = sorted(mark.score for mark in group if mark.score is not None)
        where = ""
        if scores:
            low, high = format_score(scores[0]), format_score(scores[-1])
            where = f" at {low}" if low == high else f" from {low} to {high}"
        if group:
            parts.append(f"{len(group)} {STATUS_WORDS[status].lower()}{where}")
    head = f"Scores of {count(len(marks), 'key result')}"
    finding = f"{head}: {and_list(parts)}." if parts else f"{head}."
    return finding + (f" Expected: {expected:.2f}." if expected is not None else "")
