"""The page of a number: its value, its course, what moved it, its parts, its definition and its
history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import Formatted
from sharekit.numbers.results import Comparison, Reading, Result, Slice
from sharekit.project.manifest import Metric
from sharekit.records import replace
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree, Person
from sharekit.site.cells import RowsTable, rows_table
from sharekit.site.charts import (
    Chart,
    Mark,
    NamedLineage,
    PlacedTable,
    Subject,
    moved_chart,
    plot,
    share_bar,
)
from sharekit.site.events import ItemEvent
from sharekit.site.number_cards import DataAge, Delta, delta, delta_of, fresh, has_parts_only
from sharekit.site.pages.asks import AskedBy, asked_by
from sharekit.site.pages.definition import DefinitionView, definition, drives, lineage
from sharekit.site.pages.elsewhere import ReuseView, elsewhere
from sharekit.site.pages.explore import Explore, dimension_words, explore
from sharekit.site.pages.history import LogEntry, history_log
from sharekit.site.pages.notes import NoteLine, note_lines, note_marks
from sharekit.site.pages.page import Page
from sharekit.wording.english import capital, near_day
from sharekit.wording.headline import (
    brief_period,
    has_headline,
    headline_period,
    value_notes,
    value_period,
    with_period,
)
from sharekit.wording.number_phrases import grain_title, period_before, period_name

MOST_MEMBERS = 20
"""Members of a breakdown; the others are in the CSV file."""
MOST_TABLE_ROWS = 100


class Notice(Struct, frozen=True):
    """Something to know before reading the value."""

    title: str
    text: str


class MemberRow(Struct, frozen=True):
    """One member in a breakdown."""

    member: str
    value: str
    share: str
    bar: Markup
    change: str
    worse: bool
    target: str = ""
    """The member's own target."""
    gap: str = ""
    """How far it is from it: "1.2 pt below"."""
    missed: bool = False
    count: str = ""
    """How many cases the value is based on."""
    few: bool = False
    """Whether that is too little to compare it."""


class Breakdown(Struct, frozen=True):
    """One dimension as a table."""

    key: str
    name: str
    period: str
    base: str
    rows: tuple[MemberRow, ...]
    total: MemberRow | None
    shares: bool
    left_out: int
    targets: bool
    """Whether members have targets of their own."""
    counts: bool
    """Whether it says how many cases each value is based on."""
    note: str
    """What grey members are."""


class ChangeBreakdown(Struct, frozen=True):
    """What moved the number since the period before."""

    title: str
    sub: str
    plot: Markup
    table: PlacedTable


class MetricView(Struct, frozen=True):
    """What the page places."""

    metric: Metric
    page: str
    numbers: str
    hero: Formatted | None
    deltas: tuple[Delta, ...]
    period: str
    target: str
    question: str
    person: Person | None
    fresh: DataAge
    notice: Notice | None
    deprecated: Deprecated | None
    csv: str
    json: str
    panel: Explore | None
    panel_title: str
    panel_sub: str
    notes: tuple[NoteLine, ...]
    moved: ChangeBreakdown | None
    breakdowns: tuple[Breakdown, ...]
    table: RowsTable | None
    definition: DefinitionView
    lineage: NamedLineage
    asked: tuple[AskedBy, ...]
    drives: tuple[tuple[str, str], ...]
    log: tuple[LogEntry, ...]
    elsewhere: ReuseView


def metric_page(tree: AudienceTree, metric: Metric, history: Sequence[ItemEvent]) -> Page:
    """`history`: what happened to this metric, newest first."""
    page = links.metric_page(metric)
    subject, result = tree.subject(metric), tree.result(metric)
    reading = result.reading
    marks = (*redefinitions(history), *note_marks(tree, metric))
    bars = metric.front.chart == "bar"
    panel = (
        explore(subject, reading, metric.front.dimensions, marks, bars=bars)
        if reading and not reading.table
        else None
    )
    table = (
        rows_table(reading.table, metric.front, f"t-{links.slug(metric.id)}", MOST_TABLE_ROWS)
        if reading and reading.table
        else None
    )
    return Page(
        path=page,
        template="metric.html",
        title=metric.title,
        description=summary(tree, metric),
        section="numbers",
        source=metric.path,
        twin=links.twin(page),
        charts=panel is not None,
        view=MetricView(
            metric=metric,
            page=page,
            numbers=links.href(page, links.NUMBERS),
            hero=_hero(subject, reading),
            deltas=tuple(_deltas(subject, reading)),
            period=capital(headline_period(reading)) if reading else "",
            target=aim_words(subject, metric, reading),
            question=metric.front.question or "",
            person=tree.person(metric.owner),
            fresh=fresh(tree, metric),
            notice=notice(tree, result),
            deprecated=deprecated(tree, page, metric),
            csv=links.href(page, links.data_file(metric.id, "csv")),
            json=links.href(page, links.data_file(metric.id, "json")),
            panel=panel,
            panel_title=grain_title(reading.grain) if reading else "",
            panel_sub=panel.finding if panel else "",
            notes=note_lines(tree, metric, panel.figure if panel else None),
            moved=_change_breakdown(subject, reading, metric.front.dimensions),
            breakdowns=breakdowns(subject, reading, metric.front.dimensions),
            table=table,
            definition=definition(tree, page, metric),
            lineage=lineage(tree, page, metric),
            asked=asked_by(tree, page, metric.id),
            drives=drives(tree, page, metric),
            log=history_log(tree, page, history),
            elsewhere=elsewhere(tree, page, metric),
        ),
    )


def _hero(subject: Subject, reading: Reading | None) -> Formatted | None:
    """The value at the top; none for rows, and for a number that only its parts have."""
    if reading is None or reading.table or has_parts_only(reading):
        return None
    return subject.formatted(reading)


def summary(tree: AudienceTree, metric: Metric) -> str:
    """One plain sentence: the value, its change and whose it is."""
    subject, reading = tree.subject(metric), tree.reading(metric)
    parts = [
        f"{metric.title}: {with_period(subject.now(reading), brief_period(reading, tree.as_of))}"
        if reading and has_headline(reading)
        else metric.title
    ]
    change = delta(subject, reading)
    if change:
        parts.append(f"{change.change} {change.base}")
    person = tree.person(metric.owner)
    return ", ".join(parts) + "." + (f" {person.name} answers for it." if person else "")


def _deltas(subject: Subject, reading: Reading | None) -> Iterator[Delta]:
    for comparison in reading.comparisons if reading else ():
        if comparison.kind != "target":
            yield delta_of(subject, comparison)


def aim_words(subject: Subject, metric: Metric, reading: Reading | None) -> str:
    """Where the value is of where it is to be: its target, its band."""
    aims = [target_words(subject, reading), band_words(subject, metric, reading)]
    return ". ".join(part for part in aims if part)


def band_words(subject: Subject, metric: Metric, reading: Reading | None) -> str:
    """ "Within the band of 5 to 10 days", "1.2 days above the band of 5 to 10 days"; "" for a
    number without a band."""
    band = metric.front.band
    if band is None or metric.okr is not None:
        return ""
    band_text = f"the band of {subject.reach(*band)}"
    value = reading.value if reading else None
    if value is None:
        return capital(band_text)
    if band[0] <= value <= band[1]:
        return f"Within {band_text}"
    near, side = (band[0], "below") if value < band[0] else (band[1], "above")
    return f"{capital(subject.distance(value - near))} {side} {band_text}"


def target_words(subject: Subject, reading: Reading | None) -> str:
    """ "1.2 pt below the target of 85.0%"."""
    comparison: Comparison | None = reading.comparison("target") if reading else None
    if comparison is None:
        return (
            f"Target {subject.text(reading.target)}"
            if reading and reading.target is not None
            else ""
        )
    if comparison.change == 0:
        return f"On the target of {subject.text(comparison.value)}"
    side = "above" if comparison.change > 0 else "below"
    return f"{capital(subject.distance(comparison.change))} {side} the target of {subject.text(comparison.value)}"


class Deprecated(Struct, frozen=True):
    """What to use in the place of a number that is deprecated; no title where nothing is named, or
    not for readers."""

    title: str = ""
    href: str = ""


def deprecated(tree: AudienceTree, page: str, metric: Metric) -> Deprecated | None:
    """That a number is not to be used any more; None for one in use."""
    if not metric.deprecated:
        return None
    link = tree.item_link(page, metric.front.replaced_by) if metric.front.replaced_by else None
    return Deprecated(*link) if link else Deprecated()


def notice(tree: AudienceTree, result: Result) -> Notice | None:
    """Why a value is old or missing, in a sentence."""
    if result.failure:
        cause = f"{capital(result.failure.message)}."
        if result.reading is None:
            return Notice("There is no value yet", cause)
        day = f" of {near_day(result.as_of, tree.as_of)}" if result.as_of else ""
        return Notice(f"This is the last good value{day}", f"Today’s run failed. {cause}")
    sentence = reason_sentence(value_notes(result.reading)) if value_notes(result.reading) else ""
    if result.stale:
        return Notice(
            "This number is older than it should be",
            f"{reason_sentence(result.stale)} {sentence}".strip(),
        )
    return Notice("About this value", sentence) if sentence else None


def reason_sentence(text: str) -> str:
    """A reason as a sentence: capital letter, full stop."""
    return capital(text.rstrip(".")) + "."


def redefinitions(history: Sequence[ItemEvent]) -> tuple[Mark, ...]:
    """Days on which the number came to mean something else, for the chart."""
    return tuple(
        Mark(event.on, "redefined")
        for event in reversed(history)
        if event.revision
        and "redefined" in event.revision.classes
        and event.revision.before is not None
    )


def _change_breakdown(
    subject: Subject, reading: Reading | None, dimensions: Sequence[str]
) -> ChangeBreakdown | None:
    previous = reading.comparison("previous") if reading else None
    if reading is None or previous is None or previous.period is None:
        return None
    chart: Chart | None = None
    for dimension in dimensions:
        chart = moved_chart(subject, reading, dimension) if reading.slices.get(dimension) else None
        if chart:
            near = reading.grain in ("day", "week") or previous.measured
            base = (
                period_before(reading)
                if near
                else period_name(previous.period, reading.grain, reading.fiscal)
            )
            return ChangeBreakdown(
                f"What moved it since {base}, by {dimension_words(dimension)}",
                f"From {subject.text(previous.value)} to {subject.text(reading.value)}.",
                plot(chart, "c-moved"),
                PlacedTable(chart.table, "t-moved"),
            )
    return None


def breakdowns(
    subject: Subject, reading: Reading | None, dimensions: Sequence[str]
) -> tuple[Breakdown, ...]:
    """Each dimension of a number as a table of its members at the headline's period."""
    if reading is None:
        return ()
    return tuple(
        _breakdown(subject, reading, name) for name in dimensions if reading.slices.get(name)
    )


def _breakdown(subject: Subject, reading: Reading, dimension: str) -> Breakdown:
    slices, previous = reading.slices[dimension], reading.comparison("previous")
    if any(
        member.previous and member.previous.way == "absolute" for member in slices[:MOST_MEMBERS]
    ):  # then the whole column is in the unit, and has no percent
        slices = tuple(replace(member, previous=_in_its_unit(member.previous)) for member in slices)
        previous = _in_its_unit(previous)
    shares = any(member_slice.share is not None for member_slice in slices)
    most = max(
        (
            abs(
                member_slice.share
                if shares and member_slice.share is not None
                else member_slice.value or 0
            )
            for member_slice in slices
        ),
        default=0,
    )
    total = None
    if reading.total is not None:
        all_members = Slice("All", reading.total, (), previous, 1.0 if shares else None)
        total = _member_row(subject, all_members, 0)
    return Breakdown(
        key=f"by-{links.slug(dimension)}",
        name=capital(dimension_words(dimension)),
        period=capital(value_period(reading)) or "Now",
        base=f"on {period_before(reading)}" if reading.grain else "change",
        rows=tuple(
            _member_row(subject, member_slice, most) for member_slice in slices[:MOST_MEMBERS]
        ),
        total=total,
        shares=shares,
        left_out=max(0, len(slices) - MOST_MEMBERS),
        targets=any(member_slice.target is not None for member_slice in slices),
        counts=any(member_slice.count is not None for member_slice in slices),
        note=_few_note(subject, slices),
    )


def _few_note(subject: Subject, slices: Sequence[Slice]) -> str:
    if subject.minimum is None or not any(map(subject.too_few, slices)):
        return ""
    return f"Grey: based on fewer than {subject.minimum:,g} cases, too few to compare."


def gap_to_target(subject: Subject, member_slice: Slice) -> str:
    """ "1.2 pt below": how far a member is from its own target."""
    if member_slice.target is None or member_slice.value is None:
        return ""
    change = member_slice.value - member_slice.target
    side = "above" if change > 0 else "below"
    return f"{subject.distance(change)} {side}" if change else "on it"


def misses(subject: Subject, member_slice: Slice) -> bool:
    """Whether a member is on the wrong side of its own target."""
    if member_slice.target is None or member_slice.value is None or subject.direction == "none":
        return False
    return (
        member_slice.value < member_slice.target
        if subject.direction == "up"
        else member_slice.value > member_slice.target
    )


def _in_its_unit(comparison: Comparison | None) -> Comparison | None:
    return replace(comparison, way="absolute") if comparison else None


def _member_row(subject: Subject, member_slice: Slice, most: float) -> MemberRow:
    change = delta_of(subject, member_slice.previous) if member_slice.previous else None
    size = member_slice.share if member_slice.share is not None else member_slice.value
    return MemberRow(
        member=member_slice.name,
        value=subject.number(member_slice.value) if member_slice.value is not None else "no data",
        share=f"{member_slice.share:.1%}" if member_slice.share is not None else "",
        bar=share_bar(max(0.0, size) / most) if size is not None and most else Markup(""),
        change=change.change if change else "",
        worse=change.worse if change else False,
        target=subject.target(member_slice.target) if member_slice.target is not None else "",
        gap=gap_to_target(subject, member_slice),
        missed=misses(subject, member_slice),
        count=f"{member_slice.count:,g}" if member_slice.count is not None else "",
        few=bool(member_slice.series or member_slice.count is not None)
        and subject.too_few(member_slice),
    )
