"""Number cards, and what pages say beside a value: its change, its age, and why there is none.

Frozen view models, made here so that templates only place them. Addresses in them are relative to
one page."""

from __future__ import annotations

from datetime import date

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import Formatted, format_change, format_value
from sharekit.numbers.results import Comparison, Reading, Result
from sharekit.okr.assessment import target_of
from sharekit.project.manifest import Metric
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import SPARK_POINTS, Subject, additive, sparkline
from sharekit.wording.english import capital, near_day
from sharekit.wording.headline import brief_period, data_lag, has_headline, value_notes
from sharekit.wording.number_phrases import base_words


class Delta(Struct, frozen=True):
    """A change and what it is a change on."""

    change: str
    base: str
    worse: bool


class DataAge(Struct, frozen=True):
    """How old a value is: a day, absolute; the browser turns it into an age. Without a value there
    is no day."""

    iso: str
    text: str
    stale: str
    """Why that is too old, in a few words; "" when it is not."""
    period: str = ""
    """What the value is of: "week to 17 Nov"; "" where it has no period, or says it itself."""
    lags: bool = False
    """Whether the day is another one than the period makes one expect, so that it must be said."""


class Card(Struct, frozen=True):
    """A number card."""

    title: str
    href: str
    value: Formatted
    delta: Delta | None
    spark: Markup
    owner: str
    target: str
    """"target 85%", or ""."""
    fresh: DataAge
    note: str = ""
    """Where there is no value: why."""


def delta(subject: Subject, reading: Reading | None, kind: str = "previous") -> Delta | None:
    """A comparison in words; None where there is none of that kind."""
    comparison = (
        next((comparison for comparison in reading.comparisons if comparison.kind == kind), None)
        if reading
        else None
    )
    return delta_of(subject, comparison) if comparison else None


def delta_of(subject: Subject, comparison: Comparison) -> Delta:
    change = format_change(
        comparison.change, comparison.change_pct, subject.unit, subject.format, comparison.way
    )
    base = base_words(comparison, subject.grain, subject.fiscal, level=subject.level)
    return Delta(change, base, comparison.better is False)


def fresh(tree: AudienceTree, metric: Metric) -> DataAge:
    """The period of a value, the last day of data in it, and whether that is too long ago."""
    result = tree.result(metric)
    if result.reading is None and result.failure:
        return DataAge("", "", _stale_note(result, metric))
    day = _data_day(result) or tree.as_of
    return DataAge(
        day.isoformat(),
        near_day(day, tree.as_of),
        _stale_note(result, metric),
        brief_period(result.reading, tree.as_of),
        data_lag(result.reading, tree.as_of, tree.manifest.config.project.week_start),
    )


def _data_day(result: Result) -> date | None:
    reading = result.reading
    if reading and reading.data_until:
        return reading.data_until
    return (reading.period_end if reading else None) or result.as_of


def _stale_note(result: Result, metric: Metric) -> str:
    if result.failure:
        return "not updated" if result.reading else "no value yet"
    if result.stale:
        return (
            f"limit {metric.front.max_age}" if metric.front.max_age else "older than it should be"
        )
    return ""


def card(
    tree: AudienceTree,
    page: str,
    metric: Metric,
    *,
    title: str | None = None,
    by: str | None = None,
    member: str | None = None,
    points: int | None = None,
) -> Card:
    """The card of a metric, or of one member of one of its dimensions. `points`: how many periods
    its line has."""
    subject, reading = tree.subject(metric, title), tree.reading(metric)
    member_slice = (
        next(
            (candidate for candidate in reading.slices.get(by, ()) if candidate.member == member),
            None,
        )
        if reading and by
        else None
    )
    value = member_slice.value if member_slice else reading.value if reading and not by else None
    change = (
        delta_of(subject, member_slice.previous)
        if member_slice and member_slice.previous
        else None
        if by
        else delta(subject, reading)
    )
    summed = reading is not None and by is not None and additive(reading, by)
    target = reading.target if reading and not summed else None
    if member_slice and member_slice.target is not None:
        target = member_slice.target
    if metric.okr and not by:
        target = target_of(metric.okr.front)
    speaker = reading.speaker if reading and not by else None
    return Card(
        title=f"{subject.title}, {speaker}" if speaker else subject.title,
        href=links.href(page, links.metric_page(metric)),
        value=format_value(value, subject.unit, subject.format)
        if by
        else subject.formatted(reading),
        delta=change,
        spark=sparkline(subject, reading, by=by, member=member, points=points or SPARK_POINTS)
        if reading
        else Markup(""),
        owner=tree.person_name(metric.owner),
        target=_aim(subject, metric, target) if not summed or target is not None else "",
        fresh=fresh(tree, metric),
        note=_card_note(tree, metric, reading, value, is_total=not by),
    )


def _aim(subject: Subject, metric: Metric, target: float | None) -> str:
    """What a card says about where the number is to be: "target 82.0%", "band 5 to 10"."""
    band = metric.front.band if metric.okr is None else None
    aims = [f"target {subject.text(target)}"] if target is not None else []
    return ", ".join([*aims, *([f"band {subject.reach(*band)}"] if band else [])])


def _card_note(
    tree: AudienceTree,
    metric: Metric,
    reading: Reading | None,
    value: float | None,
    *,
    is_total: bool,
) -> str:
    """Why there is no value, or what must be said with it."""
    if is_total and has_headline(reading):
        notes = value_notes(reading)
        return f"{capital(notes)}." if notes else ""
    return no_value(tree, metric) if value is None else ""


def has_parts_only(reading: Reading | None) -> bool:
    """Whether a number has values by its members and none for all of them together (`total:
    none`)."""
    return reading is not None and reading.parts_only


def no_value(tree: AudienceTree, metric: Metric) -> str:
    """Why a number has no value, in a sentence."""
    result = tree.result(metric)
    if has_parts_only(result.reading):
        return "It has no total; its parts are on its page."
    if result.failure and result.reading is None:
        return "It could not be computed."
    return "No data for this period."
