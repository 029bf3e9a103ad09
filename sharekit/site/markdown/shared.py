"""What several twins are put together from: links, ages, scorecards, lists of numbers, and what
happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sharekit.numbers.formats import format_day
from sharekit.project.manifest import Metric
from sharekit.site import links
from sharekit.site.context import AudienceTree
from sharekit.site.events import ItemEvent, page_of
from sharekit.site.fields import from_to
from sharekit.site.markdown import write
from sharekit.site.markdown.prose import ProseWriter, prose
from sharekit.site.parts import (
    DataAge,
    ScoreRow,
    delta,
    fresh,
    has_parts_only,
    no_value,
    score_row,
    score_text,
)
from sharekit.wording.headline import brief_period, has_headline, with_period
from sharekit.wording.phrases import capital, counted, full_day
from sharekit.wording.words import WHY_TITLES

MOST_ROWS = 100
"""Rows of a table; more are in the CSV file."""
ARROW = "\N{RIGHTWARDS ARROW}"


def ref(page: str, target: str, title: str) -> str:
    """A link from one page's twin to another's."""
    return write.link(write.inline_text(title), links.href(page, links.twin(target)))


def metric_ref(page: str, metric: Metric) -> str:
    return ref(page, links.metric_page(metric), metric.title)


def page_address(tree: AudienceTree, page: str) -> str:
    """The page itself: its full address where that is known, else beside its twin."""
    address = links.absolute(tree.url, page) if tree.url else links.href(page, page)
    return write.link(write.inline_text(address), address)


def as_of(tree: AudienceTree) -> str:
    return full_day(tree.as_of)


def owner(tree: AudienceTree, key: str | None) -> str:
    """ "Mateo Ferreira, Head of Sales"."""
    person = tree.person(key)
    return (
        write.inline_text(", ".join(part for part in (person.name, person.role) if part))
        if person
        else ""
    )


def age(tree: AudienceTree, metric: Metric) -> str:
    """ "21 Nov 2026", and why that is too old."""
    found_age = fresh(tree, metric)
    day = format_day(date.fromisoformat(found_age.iso), year=True) if found_age.iso else ""
    return write.inline_text(
        ", ".join(
            part for part in (day, f"stale: {found_age.stale}" if found_age.stale else "") if part
        )
    )


# -- tables ---------------------------------------------------------------------------------------


def scorecard(tree: AudienceTree, page: str, metrics: Iterable[Metric]) -> str:
    """Key results as a table."""
    rows = [_score_cells(page, metric, score_row(tree, page, metric)) for metric in metrics]
    head = ("Key result", "Now", "Baseline to target", "Score", "Status", "Owner", "Period")
    return write.table(head, rows, (1, 3)) if rows else ""


def _score_cells(page: str, metric: Metric, row: ScoreRow) -> Sequence[str]:
    ends = " to ".join(write.inline_text(end) for end in (row.low, row.high) if end)
    cells = (str(row.now), ends, row.score, row.status.word, row.owner, _of(row.fresh))
    return (
        metric_ref(page, metric),
        *(cell if cell is ends else write.inline_text(cell) for cell in cells),
    )


def numbers(tree: AudienceTree, page: str, metrics: Iterable[tuple[Metric, str | None]]) -> str:
    """Numbers as a table, each with its own title or another one for this place."""
    rows = [_number_cells(tree, page, metric, title) for metric, title in metrics]
    return (
        write.table(("Number", "Value", "Change", "Target", "Owner", "Period"), rows, (1,))
        if rows
        else ""
    )


def _number_cells(
    tree: AudienceTree, page: str, metric: Metric, title: str | None
) -> Sequence[str]:
    subject, reading = tree.subject(metric, title), tree.reading(metric)
    change, found_age, person = (
        delta(subject, reading),
        fresh(tree, metric),
        tree.person(metric.owner),
    )
    goal = metric.okr.front.target if metric.okr else reading.target if reading else None
    moved = f"{change.change} {change.base}{', worse' if change.worse else ''}" if change else ""
    cells = (
        subject.now(reading),
        no_value(tree, metric) if not has_headline(reading) else moved,
        subject.text(goal) if goal is not None else "",
        person.name if person else "",
        _of(found_age),
    )
    return (
        ref(page, links.metric_page(metric), subject.title),
        *(write.inline_text(cell) for cell in cells),
    )


def _of(age: DataAge) -> str:
    """What a value is of: "week to 17 Nov", with the last day of data where that is another than
    the period makes one expect."""
    late = age.stale or age.lags or not age.period
    data = f"data of {age.iso}" if late and age.iso else ""
    stale = f"stale: {age.stale}" if age.stale else ""
    return ", ".join(part for part in (age.period, data, stale) if part)


def headline(tree: AudienceTree, metric: Metric) -> str:
    """The value and its change in half a sentence, for lists: "2,790 orders, +0.5% on the week
    before"."""
    subject, reading = tree.subject(metric), tree.reading(metric)
    if has_parts_only(reading):
        return "no total, its parts are on its page"
    if reading is None or not has_headline(reading):
        return counted(len(reading.table.rows), "row") if reading and reading.table else ""
    change = delta(subject, reading)
    now = with_period(subject.now(reading), brief_period(reading, tree.as_of))
    parts = (now, f"{change.change} {change.base}" if change else "")
    return ", ".join(part for part in parts if part)


# -- what happened --------------------------------------------------------------------------------


def history(
    tree: AudienceTree, page: str, source: str, item_events: Iterable[ItemEvent]
) -> Iterator[str]:
    """The entries of one item's log, newest first: what, from and to, why, what follows, and the
    SQL."""
    texts = prose(tree, page, source)
    for event in item_events:
        yield write.heading(
            3,
            f"{write.inline_text(full_day(event.on))}: {write.inline_text(event_sentence(event))}",
        )
        yield write.bullets(_entry(tree, texts, event))


def event_sentence(event: ItemEvent) -> str:
    """ "Revised: definition, baseline and target"."""
    detail = ", ".join(event.details)
    if detail.lower().startswith(event.word.lower()):
        return detail
    return f"{event.word}: {detail[:1].lower()}{detail[1:]}" if detail else event.word


def _entry(tree: AudienceTree, texts: ProseWriter, event: ItemEvent) -> Iterator[str]:
    revision, note = event.revision, event.note
    if event.owner:
        yield f"Owner: {write.inline_text(event.owner)}"
    if revision and revision.before is not None:
        for row in from_to(tree, revision):
            yield f"{write.inline_text(row.label)}: {write.inline_text(row.was)} {ARROW} {write.inline_text(row.now)}"
    if note:
        yield f"{WHY_TITLES[note.reason]}: {texts.line(note.why)}"
        if note.we_will:
            yield f"What we do about it: {texts.line(note.we_will)}"
    elif event.voice:
        yield texts.line(event.voice)
    for change in revision.sql_changes if revision else ():
        where = f" (in {write.code(change.item)})" if change.item else ""
        yield f"SQL: {texts.line(capital(change.sentence))}{where}"


def news_lines(tree: AudienceTree, page: str, item_events: Iterable[ItemEvent]) -> str:
    """Events of several items, one a line."""
    return write.bullets(_news(tree, page, event) for event in item_events)


def _news(tree: AudienceTree, page: str, event: ItemEvent) -> str:
    target, metric = page_of(tree, event), tree.manifest.metrics.get(event.item)
    texts = prose(tree, page, metric.path if metric else "")
    has_twin = target is not None and event.kind != "answered"
    title = (
        ref(page, target, event.title) if target and has_twin else write.inline_text(event.title)
    )
    moved = f" {ARROW} ".join(
        f"**{write.inline_text(value)}**" for value in (event.was, event.now) if value
    )
    who = ", ".join(part for part in (event.owner, full_day(event.on), *event.details) if part)
    voice = texts.line(event.voice) if event.voice else ""
    we_will = texts.line(event.note.we_will) if event.note and event.note.we_will else ""
    said = f"{write.inline_text(event.word)}: {title}{f', {moved}' if moved else ''}"
    stop = "" if said.endswith(("?", "!", ".")) else "."
    line = f"{said}{stop} ({write.inline_text(who)})"
    return " ".join(part for part in (line, voice, we_will) if part)


def scored(score: float | None, expected: float | None) -> str:
    """ "0.43, 0.58 expected"."""
    if score is None:
        return ""
    return score_text(score) + (f", {expected:.2f} expected" if expected is not None else "")
