"""One sentence for each chart, made from its numbers: what a reader would say after a look at
it."""

from __future__ import annotations

from collections.abc import Sequence

from sharekit.numbers.results import Point, Reading
from sharekit.site.charts.chart_types import Subject
from sharekit.site.charts.scale import finite
from sharekit.site.charts.series_view import SeriesView, period_words, stretch_words
from sharekit.wording.english import and_list
from sharekit.wording.headline import value_period, with_period


def line_finding(subject: Subject, view: SeriesView) -> str:
    """ "On-time departures, 13 weeks to the week of 11 Nov 2013: 71.2% to 78.4%, highest 82.1% ...
    Target 82%, ..." """
    measured = [point for point in view.points if point.value is not None]
    if not measured:
        if view.open:
            return f"{subject.title}: {subject.text(view.open.value)} so far in the first period."
        if not view.empty:
            return (
                f"{subject.title}: {subject.text(view.values[-1])} in a period that is not whole."
            )
        return f"{subject.title}: no data yet."
    days = [point.on for point in view.points]
    where = stretch_words(days, subject.grain, subject.fiscal, irregular=view.irregular)
    first, last = measured[0], measured[-1]
    newest = subject.text(last.value)
    finding = f"{subject.title}, {where}: {newest}"
    if len(measured) > 1 and all(subject.text(point.value) == newest for point in measured):
        finding += " throughout"
    elif len(measured) > 1:
        finding = f"{subject.title}, {where}: {subject.reach(first.value, last.value)}"
        finding += _extremes(subject, measured)
    gaps = len(view.points) - len(measured)
    finding += f"; no data for {gaps:,} of {len(view.points):,}" if gaps else ""
    finding += "."
    if view.irregular:
        finding += " Measured now and then; the points are joined."
    if view.partial:
        period_text = period_words(view.partial[-1].on, subject.grain, subject.fiscal)
        finding += f" {period_text[0].upper()}{period_text[1:]} is there only in part."
    if view.unsettled:
        since = period_words(view.unsettled[0].on, subject.grain, subject.fiscal)
        finding += f" Not final yet from {'the ' if subject.grain == 'week' else ''}{since} on."
    if view.open:
        finding += f" So far in the open period: {subject.text(view.open.value)}."
    return finding + _target(subject, view, last)


def _extremes(subject: Subject, measured: Sequence[Point]) -> str:
    top = max(measured, key=lambda point: (point.value or 0.0, point.on))
    low = min(measured, key=lambda point: (point.value or 0.0, point.on))
    ends = (measured[0], measured[-1])
    parts = []
    if top not in ends:
        parts.append(f"highest {subject.short(top.value)} {_period_phrase(top, subject)}")
    if low not in ends:
        parts.append(f"lowest {subject.short(low.value)} {_period_phrase(low, subject)}")
    return f", {and_list(parts)}" if parts else ""


def _period_phrase(point: Point, subject: Subject) -> str:
    period_text = period_words(point.on, subject.grain, subject.fiscal)
    if subject.grain == "week":
        return f"in the {period_text}"
    return (
        f"in {period_text}"
        if subject.grain in ("month", "quarter", "year")
        else f"on {period_text}"
    )


def _target(subject: Subject, view: SeriesView, last: Point) -> str:
    target = view.target_on(last.on)
    if target is None or last.value is None:
        return ""
    change = last.value - target
    side = (
        "on it"
        if change == 0
        else f"{subject.distance(change)} {'above' if change > 0 else 'below'} it"
    )
    return f" Target {subject.target(target)}: {side}."


def members_finding(subject: Subject, reading: Reading, by: str) -> str:
    """ "On-time departures by origin, week of 11 Nov 2013: all 78.4%; highest JFK 80.1%, lowest EWR
    75.0%." """
    slices, total = reading.slices.get(by, ()), finite(reading.total)
    solid = [member_slice for member_slice in slices if not subject.too_few(member_slice)]
    few = len(slices) - len(solid)
    values = [(member_slice.name, finite(member_slice.value)) for member_slice in solid]
    measured = [(name, value) for name, value in values if value is not None]
    head = with_period(f"{subject.title} by {by.replace('_', ' ')}", value_period(reading))
    small = f"{few} based on fewer than {subject.minimum or 0:,g}" if few else ""
    if not measured:
        return f"{head}: {small or 'no data'}."
    phrases = [f"all {subject.text(total)}"] if total is not None else []
    ranked = sorted(measured, key=lambda pair: (-pair[1], pair[0]))
    if len(ranked) <= 3:
        phrases.append(", ".join(f"{name} {subject.short(value)}" for name, value in ranked))
    else:
        phrases.append(_ends(subject, ranked))
    missing = len(values) - len(measured)
    phrases += [f"no data for {missing}"] if missing else []
    phrases += [small] if small else []
    return f"{head}: {'; '.join(phrases)}."


def shares_finding(
    share: Subject, by: str, view: SeriesView, parts: Sequence[tuple[str, Sequence[Point]]]
) -> str:
    """ "Visits by channel, share of the whole, 13 weeks to the week of 11 Nov 2013: Search 24.1% to
    27.3%, others 75.9% to 72.7%." """
    days = [point.on for point in view.points]
    where = stretch_words(days, share.grain, share.fiscal)
    changes = []
    for name, points in parts:
        measured = [point.value for point in points if point.value is not None]
        if measured:
            first, last = share.short(measured[0]), share.short(measured[-1])
            changes.append(f"{name} {last}" if first == last else f"{name} {first} to {last}")
    return f"{share.title} by {by.replace('_', ' ')}, share of the whole, {where}: {', '.join(changes)}."


def _ends(subject: Subject, ranked: Sequence[tuple[str, float]]) -> str:
    """ "highest JFK 80.1%, lowest EWR 75.0%, 9 between"; where several share an end, they are
    counted."""
    high, low = subject.short(ranked[0][1]), subject.short(ranked[-1][1])
    if high == low:
        return f"all {len(ranked)} at {high}"
    tops = [name for name, value in ranked if subject.short(value) == high]
    lows = [name for name, value in ranked if subject.short(value) == low]
    parts = [
        f"highest {high} at {len(tops)} of them" if len(tops) > 1 else f"highest {tops[0]} {high}"
    ]
    parts.append(
        f"lowest {low} at {len(lows)} of them" if len(lows) > 1 else f"lowest {lows[0]} {low}"
    )
    between = len(ranked) - len(tops) - len(lows)
    return ", ".join([*parts, f"{between} between"] if between else parts)


def moved_finding(
    subject: Subject, moves: Sequence[tuple[str, float]], together: float, before: str, after: str
) -> str:
    """ "From October 2013 to November 2013: new offices +€58k, lost offices -€35k, together +€40k." """
    parts = [f"{name} {subject.short_change(change)}" for name, change in moves]
    return f"{subject.title} from {before} to {after}: {', '.join(parts)}; together {subject.change(together)}."
