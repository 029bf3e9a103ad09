"""The page of a key result: where it stands against its pace, what is hard, who can help, and every
revision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import Formatted, format_day, format_score, format_value
from sharekit.numbers.results import Forecast, OkrReading, Reading
from sharekit.okr.assessment import target_of
from sharekit.project.manifest import KeyResultTerms, Metric, Objective
from sharekit.project.shapes import KeyResultFront
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree, Person
from sharekit.site.charts import (
    KeyResultSeries,
    Mark,
    NamedLineage,
    PlacedTable,
    Subject,
    bullet,
    bullet_text,
    by_day,
    confidence_chart,
    course_of,
    explore_button,
    pace_chart,
    pace_headline,
    plot,
)
from sharekit.site.events import ItemEvent
from sharekit.site.icons import Icon
from sharekit.site.number_cards import DataAge, delta_of, fresh
from sharekit.site.overview import status_of
from sharekit.site.pages.asks import AskedBy, asked_by
from sharekit.site.pages.definition import DefinitionView, definition, drives, lineage
from sharekit.site.pages.elsewhere import ReuseView, elsewhere
from sharekit.site.pages.metric import Breakdown, Notice, breakdowns, notice
from sharekit.site.pages.notes import NoteLine, day_notes, note_lines
from sharekit.site.pages.page import Page
from sharekit.site.pages.revision import LogArticle, log_articles
from sharekit.site.pages.sharing import SharingView, sharing
from sharekit.site.prose import Prose
from sharekit.site.scorecard import (
    ScoringLine,
    StatusMark,
    ended_words,
    gap_words,
    outside_words,
    score_text,
    status_mark,
)
from sharekit.wording import sharing as openness
from sharekit.wording.english import capital, counted, full_day, near_day
from sharekit.wording.headline import headline_period
from sharekit.wording.number_phrases import band_range, band_words, short_period
from sharekit.wording.scoring import key_result_line
from sharekit.wording.statuses import STATUS_TONES, STATUS_WORDS


class Stat(Struct, frozen=True):
    """One figure of the row below the title."""

    label: str
    value: Formatted
    note: str


class Pace(Struct, frozen=True):
    """The chart of the course."""

    title: str
    sub: str
    plot: Markup
    button: Markup
    table: PlacedTable


class LeadingReason(Struct, frozen=True):
    """The owner's words at the top of the page: why it is at risk, or why it was revised."""

    title: str
    voice: Prose
    who: str
    href: str
    link: str
    icon: Icon
    tag: str = ""


class Confidence(Struct, frozen=True):
    """The owner's own confidence over time."""

    chart: Markup
    text: str


class KeyResultView(Struct, frozen=True):
    """What the page places."""

    metric: Metric
    home: str
    objective: Objective | None
    objective_href: str
    status: StatusMark
    lead: str
    question: str
    person: Person | None
    fresh: DataAge
    period: str
    notice: Notice | None
    csv: str
    json: str
    changes: str
    stats: tuple[Stat, ...]
    bar: Markup
    bar_text: str
    pace: Pace | None
    notes: tuple[NoteLine, ...]
    reasons: tuple[LeadingReason, ...]
    confidence: Confidence | None
    definition: DefinitionView
    asked: tuple[AskedBy, ...]
    lineage: NamedLineage
    drives: tuple[tuple[str, str], ...]
    breakdowns: tuple[Breakdown, ...]
    sharing: SharingView
    log: tuple[LogArticle, ...]
    log_count: str
    rule: ScoringLine
    elsewhere: ReuseView


def key_result_page(tree: AudienceTree, metric: Metric, history: Sequence[ItemEvent]) -> Page:
    """`history`: what happened to this key result, newest first."""
    terms = metric.okr
    assert terms is not None
    page = links.metric_page(metric)
    subject, result = tree.subject(metric), tree.result(metric)
    reading, okr = result.reading, result.okr
    objective = tree.manifest.objectives.get(terms.objective)
    marks = (*revision_marks(history), *day_notes(tree, metric))
    pace = _pace(tree, subject, metric, reading, okr, ended_words(result), marks)
    return Page(
        path=page,
        template="key_result.html",
        title=metric.title,
        description=summary(tree, metric),
        section="scorecard",
        source=metric.path,
        twin=links.twin(page),
        charts=pace is not None,
        view=KeyResultView(
            metric=metric,
            home=links.href(page, links.HOME),
            objective=objective,
            objective_href=links.href(page, links.objective_page(terms.objective))
            if objective
            else "",
            status=status_mark(okr.status if okr else "unknown"),
            lead=lead(subject, terms),
            question=metric.front.question or "",
            person=tree.person(metric.owner),
            fresh=fresh(tree, metric),
            period=f"{short_period(terms.period)}, day {day_of(terms, tree.as_of)}",
            notice=notice(tree, result),
            csv=links.href(page, links.data_file(metric.id, "csv")),
            json=links.href(page, links.data_file(metric.id, "json")),
            changes=links.href(page, links.CHANGES, "subscribe"),
            stats=tuple(_stats(tree, subject, terms, reading, okr)),
            bar=bullet(okr) if okr else Markup(""),
            bar_text=bullet_text(okr) if okr else "",
            pace=pace,
            notes=note_lines(tree, metric, None),
            reasons=tuple(_reasons(tree, page, metric, history)),
            confidence=_confidence(metric, history),
            definition=definition(tree, page, metric),
            asked=asked_by(tree, page, metric.id),
            lineage=lineage(tree, page, metric),
            drives=drives(tree, page, metric),
            breakdowns=breakdowns(subject, reading, metric.front.dimensions),
            sharing=sharing(tree, page, metric),
            log=log_articles(tree, page, metric, history),
            log_count=capital(counted(len(history), "entry", "entries")),
            rule=ScoringLine(
                key_result_line(terms, reading.grain if reading else None),
                links.href(page, links.SCORING),
            ),
            elsewhere=elsewhere(tree, page, metric),
        ),
    )


def summary(tree: AudienceTree, metric: Metric) -> str:
    """One plain sentence: value, target, status."""
    subject, result = tree.subject(metric), tree.result(metric)
    value = subject.now(result.reading)
    target = target_of(metric.okr.front) if metric.okr else None
    of = f" of {subject.text(target)}" if target is not None else ""
    status = status_mark(result.okr.status if result.okr else "unknown").word.lower()
    return f"{metric.title}: {value}{of}, {status}."


def projected_words(subject: Subject, forecast: Forecast) -> str:
    """What is known of the end: the score where all of the range lies on one side of the target,
    else the range."""
    if forecast.outlook == "open":
        return f"too early to tell: {subject.short(forecast.low)} to {subject.text(forecast.high)}"
    return f"would score {format_score(forecast.score)}"


def day_of(terms: KeyResultTerms, as_of: date) -> str:
    """ "53 of 92"."""
    total = terms.period.days + 1
    day = (as_of - terms.period.start).days + 1
    return f"{min(max(day, 0), total)} of {total}"


def lead(subject: Subject, terms: KeyResultTerms) -> str:
    """The promise in one sentence."""
    front, end = terms.front, full_day(terms.period.end)
    low = subject.text(front.baseline) if front.baseline is not None else ""
    high = subject.text(front.target) if front.target is not None else ""
    match front.type:
        case "maintain" if front.band:
            return f"Stay {band_words(front.band, subject.unit, subject.text)} until {end}."
        case "baseline":
            return f"Find out where it stands by {end}; this period is only for measuring."
        case "milestone":
            return f"Reach it by {end}." if not high else f"Reach {high} by {end}."
        case "decrease":
            return (
                f"Bring it down from {low} to {high} by {end}."
                if low
                else f"Bring it down to {high} by {end}."
            )
    return f"Raise it from {low} to {high} by {end}." if low else f"Raise it to {high} by {end}."


def _stats(
    tree: AudienceTree,
    subject: Subject,
    terms: KeyResultTerms,
    reading: Reading | None,
    okr: OkrReading | None,
) -> Iterator[Stat]:
    front = terms.front

    def value(number: float | None) -> Formatted:
        return format_value(number, subject.unit, subject.format)

    reached_or_not = front.type == "milestone" and front.target is None
    behind = gap_words(subject, okr) if okr and not reached_or_not else ""
    yield Stat(
        "At the end" if okr and okr.closed else "Now",
        subject.formatted(reading),
        ". ".join(
            part
            for part in (of_day(reading, okr, behind), _comparison_texts(subject, terms, reading))
            if part
        ),
    )
    yield from _promise(subject, terms, reading, okr)
    note = f"{okr.expected:.2f} expected{by_day(okr)}" if okr and not okr.closed else ""
    yield Stat(
        "Score", Formatted(score_text(okr.score if okr else None)), note or _commitment(terms)
    )
    if okr and okr.forecast and not okr.closed:
        label = f"Projected, {near_day(okr.forecast.on, tree.as_of)}"
        yield Stat(label, value(okr.forecast.value), projected_words(subject, okr.forecast))
    if front.confidence is not None:
        yield Stat("Confidence", Formatted(f"{front.confidence:g}", "of 10"), "the owner’s own")


def _comparison_texts(subject: Subject, terms: KeyResultTerms, reading: Reading | None) -> str:
    """ "+1.2 pt on the week before, +3.0 pt on a year ago": the comparisons that the file asks for;
    the pace says more than those that it does not."""
    if terms.front.compare is None or reading is None:
        return ""
    deltas = [
        delta_of(subject, comparison)
        for comparison in reading.comparisons
        if comparison.kind != "target"
    ]
    return ", ".join(f"{delta.change} {delta.base}" for delta in deltas)


def of_day(reading: Reading | None, okr: OkrReading | None, behind: str = "") -> str:
    """ "2.2 pt behind the pace, measured through 31 Oct": every value stands with its day."""
    if reading is None or okr is None or okr.through is None or reading.grain is None:
        return behind or (capital(headline_period(reading)) if reading else "")
    through = (
        headline_period(reading) if reading.since else f"measured through {format_day(okr.through)}"
    )
    return capital(", ".join(part for part in (behind, through) if part))


def _promise(
    subject: Subject, terms: KeyResultTerms, reading: Reading | None, okr: OkrReading | None
) -> Iterator[Stat]:
    front = terms.front
    if front.type == "maintain" and front.band:
        band_text = capital(band_range(front.band, subject.unit, subject.text))
        yield Stat("Band", Formatted(band_text), _commitment(terms))
        return
    if front.type == "baseline":
        target = front.target or 1
        noun = (reading.grain if reading else None) or "period"
        yield Stat(
            "To measure",
            Formatted(f"{target:g}", noun if target == 1 else f"{noun}s"),
            _commitment(terms),
        )
    elif front.target is not None:
        original = okr.original_target if okr else None
        was = (
            f"was {subject.text(original)}"
            if original is not None and original != front.target
            else _commitment(terms)
        )
        yield Stat("Target", format_value(front.target, subject.unit, subject.format), was)
    if front.baseline is not None:
        label = f"Baseline, {near_day(terms.period.start, terms.period.end)}"
        yield Stat(label, format_value(front.baseline, subject.unit, subject.format), "")


def _commitment(terms: KeyResultTerms) -> str:
    return "aspirational, 0.7 is good" if terms.commitment == "aspirational" else "committed"


def _pace(
    tree: AudienceTree,
    subject: Subject,
    metric: Metric,
    reading: Reading | None,
    okr: OkrReading | None,
    late: str,
    marks: Sequence[Mark],
) -> Pace | None:
    """`late`: what changed after the end, in words."""
    terms = metric.okr
    if (
        terms is None
        or reading is None
        or okr is None
        or not any(point.value is not None for point in reading.series)
    ):
        return None
    band = terms.front.band
    course = course_of(subject, reading, okr, terms.period, tree.as_of, band)
    checkins = [checkin.on for checkin in terms.front.checkins if checkin.on <= tree.as_of]
    pace_words = rates(subject, okr, to_date=terms.front.measured == "period_to_date")
    chart = pace_chart(
        subject,
        reading,
        okr,
        terms.period,
        tree.as_of,
        band=band,
        checkins=checkins,
        marks=marks,
    )
    return Pace(
        title=pace_headline(course) or course_title(subject, terms.front, okr),
        sub=" ".join(
            part
            for part in (_grain_sentence(reading), pace_words, _band_line(course), late)
            if part
        ),
        plot=plot(chart, "c-pace", live=True),
        button=explore_button("c-pace", subject.title),
        table=PlacedTable(chart.table, "t-pace"),
    )


def revision_marks(history: Sequence[ItemEvent]) -> Iterator[Mark]:
    """Days on which target or definition changed, with the number of the entry in the log."""
    for event in reversed(history):
        revision = event.revision
        if event.kind != "revised" or revision is None or revision.before is None:
            continue
        if {"retargeted", "redefined"} & set(revision.classes):
            entry = f"Revision {revision.number}"
            detail = f": {event.details[0].lower()}" if event.details else ""
            yield Mark(event.on, entry + detail, entry)


def _grain_sentence(reading: Reading) -> str:
    return f"By {reading.grain}." if reading.grain else ""


def _band_line(course: KeyResultSeries) -> str:
    """How a band was kept so far, which is what its score counts: "2 of 7 weeks outside the band." """
    outside_text = outside_words(course.okr, course.subject.grain)
    return f"{capital(outside_text)} the band." if outside_text else ""


def rates(subject: Subject, okr: OkrReading, *, to_date: bool = False) -> str:
    """ "Needs 0.9 pt a week; so far it moves 0.4 pt a week."

    The pace is that of the trend, which a single week does not turn; where the value lies off it,
    the sentence says where the trend is. What is measured `to_date` is told how it will go on: the
    trend is that of its periods, which the sum so far does not follow."""
    if okr.needed_rate is None or okr.closed:
        return ""
    needed = f"Needs {subject.rate(okr.needed_rate)} a {okr.rate_grain}"
    if okr.actual_rate is None:
        return f"{needed}."
    moves = f"{subject.rate(okr.actual_rate)} a {okr.rate_grain}"
    if to_date:
        return f"{needed}; on its trend it will move {moves}."
    what = "it"
    if okr.forecast and okr.current is not None:
        trend = subject.text(okr.forecast.start)
        what = "it" if trend == subject.text(okr.current) else f"its trend, now at {trend},"
    return f"{needed}; so far {what} moves {moves}."


def course_title(subject: Subject, front: KeyResultFront, okr: OkrReading) -> str:
    """What the chart shows, where there is no projection to say it."""
    if front.type == "maintain" and front.band and okr.current is not None:
        low, high = front.band
        if low <= okr.current <= high:
            return f"Inside the band, at {subject.text(okr.current)}"
        side, edge = ("below", low) if okr.current < low else ("above", high)
        if subject.text(okr.current) == subject.text(edge):
            return f"{subject.distance(okr.current - edge)} {side} the band"
        return f"Outside the band, at {subject.text(okr.current)}"
    if okr.current is None or okr.target is None:
        return "Where it stands"
    if okr.closed:
        ended, target = subject.text(okr.current), subject.text(okr.target)
        gap = (okr.current or 0.0) - (okr.target or 0.0)
        if ended == target and gap:
            side = "above" if gap > 0 else "below"
            return f"It ended {subject.distance(gap)} {side} the target of {target}"
        return f"It ended at {ended}; the target was {target}"
    if okr.status == "achieved":
        return f"The target of {subject.text(okr.target)} is reached"
    now = subject.text(okr.current)
    if okr.baseline is not None and okr.raw is not None and okr.raw <= 0:
        start = subject.text(okr.baseline)
        side = "below" if okr.current < okr.baseline else "above"
        if now == start:
            return f"Still at the baseline of {start}"
        return f"At {now}, {side} the baseline of {start}"
    return f"At {now}, on the way to {subject.text(okr.target)}"


def _reasons(
    tree: AudienceTree, page: str, metric: Metric, history: Sequence[ItemEvent]
) -> Iterator[LeadingReason]:
    """Why it needs talk, by its first challenge; and the newest revision with a reason, while its
    period lasts."""
    status, terms = status_of(tree, metric), metric.okr
    challenges = openness.points(terms.front.challenges) if terms else ()
    prose = tree.prose(page, metric.path)
    if STATUS_TONES[status] in ("risk", "off") and challenges:
        yield LeadingReason(
            title=f"Why it is {STATUS_WORDS[status].lower()}",
            voice=tree.texts.line(challenges[0], prose),
            who=tree.manifest.person(metric.owner),
            href=links.href(page, page, "open-h"),
            link="Challenges and plan",
            icon="challenge",
        )
    event = next((event for event in history if event.note), None)
    if event is None or event.note is None or terms is None or event.on < terms.period.start:
        return
    day = near_day(event.on, tree.as_of)
    yield LeadingReason(
        title=f"Revised on {day}",
        voice=tree.texts.line(event.note.why, prose),
        who=event.owner,
        href=links.href(page, page, event.id),
        link="The revision in full",
        icon="revised",
        tag=f"Revised {day}",
    )


def _confidence(metric: Metric, history: Sequence[ItemEvent]) -> Confidence | None:
    """Drawn once it has changed; a single declaration is a figure in the row above."""
    terms = metric.okr
    points: list[tuple[date, float]] = []
    for event in reversed(history):
        changes = event.revision.fields if event.revision else ()
        for change in changes:
            if change.name == "confidence" and isinstance(change.after, (int, float)):
                if not points and isinstance(change.before, (int, float)) and terms:
                    points.append((terms.period.start, float(change.before)))
                points.append((event.on, float(change.after)))
    if len(points) < 2:
        return None
    from_to = f"From {points[0][1]:g} to {points[-1][1]:g} of 10."
    return Confidence(confidence_chart(points), capital(from_to))
