"""The twin of a number's and of a key result's page: all that the page says, in its order, and the
SQL behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sharekit.numbers.formats import NO_DATA
from sharekit.numbers.results import Reading, Slice
from sharekit.project.manifest import Metric, View
from sharekit.site import links
from sharekit.site.cells import rows_table
from sharekit.site.charts import Subject
from sharekit.site.context import AudienceTree
from sharekit.site.events import ItemEvent
from sharekit.site.markdown import write
from sharekit.site.markdown.openness import shared_openly
from sharekit.site.markdown.prose import ProseWriter, prose
from sharekit.site.markdown.shared import (
    MOST_ROWS,
    age,
    as_of,
    history,
    metric_ref,
    owner,
    page_address,
    ref,
    scored,
)
from sharekit.site.pages.definition import BY_HAND, dashboards_with, definition_rows
from sharekit.site.pages.key_result import day_of, lead, projected_words, rates
from sharekit.site.pages.metric import (
    aim_words,
    deprecated,
    gap_to_target,
    misses,
    notice,
)
from sharekit.site.pages.notes import notes_of
from sharekit.site.parts import delta_of, ended_words, fresh, has_parts_only, status_mark
from sharekit.visible import WITHHELD
from sharekit.wording.headline import headline_period, value_notes
from sharekit.wording.phrases import band_range, capital, full_day, near_day
from sharekit.wording.scoring import key_result_rule

PERIODS = 12
"""The newest complete periods of a series; all of them are in the CSV file."""
MOST_MEMBERS = 50


def item_twin(tree: AudienceTree, metric: Metric, item_events: Sequence[ItemEvent]) -> str:
    """`item_events`: what happened to this number or key result, newest first."""
    return write.document(_blocks(tree, metric, item_events))


def _blocks(tree: AudienceTree, metric: Metric, item_events: Sequence[ItemEvent]) -> Iterator[str]:
    page = links.metric_page(metric)
    texts = prose(tree, page, metric.path)
    reading, subject = tree.reading(metric), tree.subject(metric)
    yield write.heading(1, write.inline_text(metric.title))
    if metric.front.question:
        yield f"> {write.opening(write.inline_text(metric.front.question))}"
    yield _now(subject, metric, reading)
    if old := deprecated(tree, page, metric):
        yield "**Deprecated.**" + (
            f" Use {write.link(write.inline_text(old.title), links.twin(old.href))}."
            if old.title
            else ""
        )
    if warning := notice(tree, metric, tree.result(metric)):
        yield f"**{write.inline_text(warning.title)}.** {write.inline_text(warning.text)}"
    if metric.okr:
        yield from _promise(tree, subject, metric)
    yield write.facts(_facts(tree, page, metric))
    yield from _definition(tree, page, texts, metric)
    if metric.okr:
        yield from shared_openly(tree, texts, metric.okr.front, metric.owner)
    notes = [
        f"{number}. {write.inline_text(full_day(note.on))}: {texts.line(note.text)}"
        for number, note in notes_of(tree, metric)
    ]
    yield from write.section("Notes", "\n".join(notes))
    if reading:
        yield from _data(subject, reading, metric)
    entries = tuple(history(tree, page, metric.path, item_events))
    yield from write.section("Revisions", *entries)


# -- where it stands ------------------------------------------------------------------------------


def _now(subject: Subject, metric: Metric, reading: Reading | None) -> str:
    """The value in a sentence: its period, its changes, its target."""
    if reading is None or reading.table:
        return ""
    if has_parts_only(reading):
        return "It has no total; its parts are below."
    period = headline_period(reading)
    value = f"**{write.inline_text(subject.now(reading))}**" + (
        f", {write.inline_text(period)}" if period else ""
    )
    changes = [
        f"{delta.change} {delta.base}{', worse' if delta.worse else ''}"
        for delta in (
            delta_of(subject, comparison)
            for comparison in reading.comparisons
            if comparison.kind != "target"
        )
    ]
    sentences = [
        value,
        "; ".join(changes),
        aim_words(subject, metric, reading),
        capital(value_notes(reading)),
    ]
    return " ".join(
        f"{sentence if sentence is value else write.inline_text(sentence)}."
        for sentence in sentences
        if sentence
    )


def _promise(tree: AudienceTree, subject: Subject, metric: Metric) -> Iterator[str]:
    """Status and score, the promise in a sentence, and what it takes from here."""
    terms, okr = metric.okr, tree.result(metric).okr
    if terms is None:
        return
    mark = status_mark(okr.status if okr else "unknown")
    judged = scored(okr.score, None if okr.closed else okr.expected) if okr else ""
    yield f"**{mark.word}**" + (f", score {judged}." if judged else ".")
    said = [lead(subject, terms), rates(subject, okr) if okr else ""]
    if okr and okr.forecast and not okr.closed:
        value, day = subject.text(okr.forecast.value), near_day(okr.forecast.on, tree.as_of)
        said.append(
            f"At this pace it ends at {value} on {day}: {projected_words(subject, okr.forecast)}."
        )
    said.append(ended_words(tree.result(metric)))
    yield write.opening(write.inline_text(" ".join(part for part in said if part)))
    reading = tree.reading(metric)
    yield write.inline_text(
        key_result_rule(terms, tree.manifest.config.okrs, reading.grain if reading else None)
    )


def _facts(tree: AudienceTree, page: str, metric: Metric) -> Iterator[tuple[str, str]]:
    front, reading = metric.front, tree.reading(metric)
    yield "Owner", owner(tree, metric.owner)
    yield "As of", as_of(tree)
    until = fresh(tree, metric).iso
    yield "Data until", age(tree, metric) if until else ""
    yield from _terms(tree, page, metric)
    if metric.okr is None and reading and reading.target is not None:
        yield "Target", write.inline_text(tree.subject(metric).text(reading.target))
    yield "Better is", {"up": "up", "down": "down"}.get(front.direction, "")
    yield (
        "Questions it answered",
        "; ".join(write.inline_text(question) for question in tree.questions_of.get(metric.id, ())),
    )
    yield "Id", write.code(metric.id)
    yield "Page", page_address(tree, page)
    files = ((kind, links.data_file(metric.id, kind.lower())) for kind in ("JSON", "CSV"))
    yield "Data", ", ".join(write.link(kind, links.href(page, path)) for kind, path in files)


def _terms(tree: AudienceTree, page: str, metric: Metric) -> Iterator[tuple[str, str]]:
    """What a key result promises."""
    terms, okr, subject = metric.okr, tree.result(metric).okr, tree.subject(metric)
    if terms is None:
        return
    front, objective = terms.front, tree.manifest.objectives.get(terms.objective)
    yield (
        "Objective",
        ref(page, links.objective_page(terms.objective), objective.title) if objective else "",
    )
    days = f"{full_day(terms.period.start)} to {full_day(terms.period.end)}, day {day_of(terms, tree.as_of)}"
    yield "Period", write.inline_text(f"{terms.period.shown}, {days}")
    yield (
        "Baseline",
        write.inline_text(subject.text(front.baseline)) if front.baseline is not None else "",
    )
    original = okr.original_target if okr else None
    was = (
        f", was {subject.text(original)}"
        if original is not None and original != front.target
        else ""
    )
    yield (
        "Target",
        write.inline_text(f"{subject.text(front.target)}{was}") if front.target is not None else "",
    )
    if front.band:
        yield "Band", write.inline_text(band_range(front.band, subject.unit, subject.text))
    yield "Type", f"{front.type}, {terms.commitment}"
    yield (
        "Confidence",
        f"{front.confidence:g} of 10, the owner’s own" if front.confidence is not None else "",
    )


# -- how it is defined ----------------------------------------------------------------------------


def _definition(tree: AudienceTree, page: str, texts: ProseWriter, metric: Metric) -> Iterator[str]:
    rows = [
        (row.label, write.inline_text(row.text))
        for row in definition_rows(tree, metric)
        if row.label != "Owner"
    ]
    flow = (
        ("Reads", _reads(tree, page, metric)),
        ("Read by", _readers(tree, page, metric)),
        ("Moves", ", ".join(_moves(tree, page, metric))),
    )
    yield from write.section(
        "Definition",
        write.opening(texts.line(metric.front.description)) if metric.front.description else "",
        _sql(tree, metric),
        write.facts((*rows, *flow)),
    )
    for name in tree.scope.lineage.upstream(metric.id):
        view = tree.manifest.views.get(name)
        if view is not None:
            yield from _view(tree, texts, view)


def _sql(tree: AudienceTree, item: Metric | View) -> str:
    if isinstance(item, Metric) and item.by_hand:
        return BY_HAND
    return WITHHELD if item.id in tree.scope.withheld else write.fence(item.sql.text, "sql")


def _view(tree: AudienceTree, texts: ProseWriter, view: View) -> Iterator[str]:
    yield write.heading(3, f"It reads {write.code(f'metrics.{view.id}')}")
    said = ". ".join(
        sentence.rstrip(".") for sentence in (view.front.title, view.front.description) if sentence
    )
    yield write.opening(texts.line(f"{said}.")) if said else ""
    yield _sql(tree, view)


def _reads(tree: AudienceTree, page: str, metric: Metric) -> str:
    lineage = tree.scope.lineage
    items = [_named(tree, page, name) for name in lineage.items.get(metric.id, ())]
    return ", ".join((*items, *(write.code(name) for name in lineage.sources.get(metric.id, ()))))


def _readers(tree: AudienceTree, page: str, metric: Metric) -> str:
    readers = [_named(tree, page, name) for name in tree.scope.lineage.readers.get(metric.id, ())]
    placed = [
        ref(page, links.dashboard_page(dashboard.id), dashboard.title)
        for dashboard in dashboards_with(tree, metric.id)
    ]
    return ", ".join((*readers, *placed))


def _moves(tree: AudienceTree, page: str, metric: Metric) -> Iterator[str]:
    """What the number is declared to move."""
    for name in metric.front.drives:
        moved = tree.manifest.metrics.get(name)
        objective = tree.manifest.objectives.get(name)
        if moved:
            yield metric_ref(page, moved)
        elif objective:
            yield ref(page, links.objective_page(name), objective.title)


def _named(tree: AudienceTree, page: str, name: str) -> str:
    metric = tree.manifest.metrics.get(name)
    return metric_ref(page, metric) if metric else write.code(f"metrics.{name}")


# -- its values -----------------------------------------------------------------------------------


def _data(subject: Subject, reading: Reading, metric: Metric) -> Iterator[str]:
    if reading.table:
        rows = rows_table(reading.table, metric.front, "", MOST_ROWS)
        numeric = [at for at, column in enumerate(rows.columns) if column.numeric]
        cells = ([write.inline_text(cell.text) for cell in row] for row in rows.rows)
        written = write.table(
            [write.inline_text(column.name) for column in rows.columns], cells, numeric
        )
        yield from write.section("Rows", written, rows.note)
        return
    yield from write.section(f"Last {PERIODS} periods", _periods(subject, reading))
    for name in metric.front.dimensions:
        if slices := reading.slices.get(name):
            left_out = len(slices) - MOST_MEMBERS
            more = f"{left_out} more are in the CSV file." if left_out > 0 else ""
            yield from write.section(
                f"By {name.replace('_', ' ')}", _slices(subject, reading, slices), more
            )


def _periods(subject: Subject, reading: Reading) -> str:
    """The newest complete periods, oldest first, and the one that still runs."""
    points = reading.series[-PERIODS:]
    rows = [
        (point.on.isoformat(), write.inline_text(subject.text(point.value))) for point in points
    ]
    running = reading.open_point
    if running and (not points or running.on > points[-1].on):
        rows.append(
            (
                f"{running.on.isoformat()}, still runs",
                write.inline_text(subject.text(running.value)),
            )
        )
    return write.table((_first_day(reading), "Value"), rows, (1,)) if rows else ""


def _first_day(reading: Reading) -> str:
    return "Day" if reading.grain in (None, "day") else f"{reading.grain} from".capitalize()


def _slices(subject: Subject, reading: Reading, slices: Sequence[Slice]) -> str:
    shares = any(other_slice.share is not None for other_slice in slices)
    targets = any(other_slice.target is not None for other_slice in slices)
    base = _base(subject, slices)
    head = [
        "Member",
        "Value",
        *(["Share"] if shares else []),
        *(["Target"] if targets else []),
        *([f"Change {base}"] if base else []),
    ]
    rows = (
        _slice(subject, other_slice, shares, targets, bool(base))
        for other_slice in slices[:MOST_MEMBERS]
    )
    return write.table([write.inline_text(cell) for cell in head], rows, range(1, len(head)))


def _base(subject: Subject, slices: Sequence[Slice]) -> str:
    first = next((other_slice.previous for other_slice in slices if other_slice.previous), None)
    return delta_of(subject, first).base if first else ""


def _slice(
    subject: Subject, member: Slice, shares: bool, targets: bool, changes: bool
) -> list[str]:
    few = ", too few to compare" if subject.too_few(member) else ""
    cells = [member.name + few, subject.text(member.value) if member.value is not None else NO_DATA]
    if shares:
        cells.append(f"{member.share:.1%}" if member.share is not None else "")
    if targets:
        goal = subject.text(member.target) if member.target is not None else ""
        said = (goal, gap_to_target(subject, member), "missed" if misses(subject, member) else "")
        cells.append(", ".join(part for part in said if part))
    if changes:
        delta = delta_of(subject, member.previous) if member.previous else None
        cells.append(f"{delta.change}{', worse' if delta.worse else ''}" if delta else "")
    return [write.inline_text(cell) for cell in cells]
