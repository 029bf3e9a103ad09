"""Dated notes of a number: the marks on its charts, and the list under them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from sharekit.numbers.periods import last_day
from sharekit.numbers.results import Reading
from sharekit.project.manifest import Metric
from sharekit.project.shapes import DatedNote
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import Mark
from sharekit.site.charts.chart_types import Figure
from sharekit.site.prose import Prose
from sharekit.wording.english import full_day


class NoteLine(Struct, frozen=True):
    """A note in the list under a chart."""

    number: int
    iso: str
    when: str
    text: Prose
    shown_from: str
    """First day of the period at whose mark it stands: a chart that begins later does not show
    it."""
    hidden: bool = False
    """Whether the chart as it is at first begins later."""


def notes_of(tree: AudienceTree, metric: Metric) -> list[tuple[int, DatedNote]]:
    """The notes of a number until today, oldest first, each with its number."""
    happened = [note for note in metric.front.notes if note.on <= tree.as_of]
    return list(enumerate(sorted(happened, key=lambda note: note.on), start=1))


def note_lines(tree: AudienceTree, metric: Metric, figure: Figure | None) -> tuple[NoteLine, ...]:
    """The list under a chart; `figure` is the chart as it is at first, None where there is none."""
    place = tree.prose(links.metric_page(metric), metric.path)
    reading = tree.reading(metric)
    first = _first_day(figure)
    return tuple(
        NoteLine(
            number,
            note.on.isoformat(),
            full_day(note.on),
            tree.texts.line(note.text, place),
            start := (_period_of(reading, note.on) or note.on).isoformat(),
            hidden=start < first,
        )
        for number, note in notes_of(tree, metric)
    )


def note_marks(tree: AudienceTree, metric: Metric) -> tuple[Mark, ...]:
    """A mark for each period in which something happened, with the numbers of the notes. A note
    outside the data stands in the list alone."""
    reading = tree.reading(metric)
    notes_by_day: dict[date, list[tuple[int, DatedNote]]] = {}
    for number, note in notes_of(tree, metric):
        if start := _period_of(reading, note.on):
            notes_by_day.setdefault(start, []).append((number, note))
    return tuple(_mark(start, notes) for start, notes in notes_by_day.items())


def day_notes(tree: AudienceTree, metric: Metric) -> tuple[Mark, ...]:
    """A mark on each day itself, for a chart of days."""
    return tuple(_mark(note.on, [(number, note)]) for number, note in notes_of(tree, metric))


def _mark(on: date, notes: Sequence[tuple[int, DatedNote]]) -> Mark:
    label = "; ".join(f"{number}: {note.text}" for number, note in notes)
    return Mark(on, label, ", ".join(str(number) for number, _ in notes))


def _period_of(reading: Reading | None, day: date) -> date | None:
    """The period of the data in which a day lies, by its first day."""
    if reading is None or reading.grain is None:
        return None
    points = [*reading.series, *reading.partial, *reading.unsettled]
    points += [reading.open_point] if reading.open_point else []
    starts = {point.on for point in points} or {
        point.on
        for slices in reading.slices.values()
        for member_slice in slices
        for point in member_slice.series
    }
    start = max((on for on in starts if on <= day), default=None)
    return start if start and day <= last_day(start, reading.grain) else None


def _first_day(figure: Figure | None) -> str:
    """The first day of a chart over time; "" of any other."""
    axis = figure["layout"]["xaxis"] if figure else {}
    return str(axis["range"][0]) if axis.get("type") == "date" else ""
