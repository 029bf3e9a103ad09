"""What pages are put together from: values, changes, ages, statuses, owners, number cards and
scorecard rows.

Frozen view models, made here so that templates only place them. Addresses in them are relative to
one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from sharekit.numbers.formats import Formatted, format_change, format_value
from sharekit.numbers.results import Comparison, OkrReading, Reading, Result, Status
from sharekit.okr.assessment import baseline_and_target, target_of
from sharekit.project.manifest import Metric, Objective
from sharekit.project.shapes import Grain
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree, Person
from sharekit.site.charts import SPARK_POINTS, Subject, additive, bullet, bullet_text, sparkline
from sharekit.site.icons import Icon
from sharekit.wording.headline import brief_period, data_lag, has_headline, value_notes
from sharekit.wording.phrases import band_words, base_words, capital, near_day
from sharekit.wording.scoring import scorecard_line
from sharekit.wording.words import (
    STATUS_ORDER,
    STATUS_TONES,
    STATUS_WORDS,
    Tone,
    and_list,
    count,
)

NEEDS_TALK: frozenset[Status] = frozenset({"at_risk", "off_track", "missed", "partial"})
"""Statuses about which somebody should talk."""
MOST_WHOLE, MOST_OPEN = 12, 5
"""Rows of a scorecard that is shown whole; of a longer one so many are, the worst, and the rest is
folded by objective."""


@dataclass(frozen=True)
class StatusMark:
    """A status as word, icon and tone: never a colour alone."""

    word: str
    icon: Icon
    tone: Tone


@dataclass(frozen=True)
class Delta:
    """A change and what it is a change on."""

    change: str
    base: str
    worse: bool


@dataclass(frozen=True)
class DataAge:
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


@dataclass(frozen=True)
class Card:
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


@dataclass(frozen=True)
class ScoreRow:
    """One key result on a scorecard."""

    title: str
    href: str
    tag: str
    """"Revised" or "Slipped" for news of this week, else ""."""
    tag_icon: Icon
    tag_href: str
    unit: str
    """What helps to read the number: "lower is better"."""
    now: Formatted
    bar: Markup
    bar_text: str
    low: str
    high: str
    score: str
    status: StatusMark
    owner: str
    fresh: DataAge
    needs_talk: bool


@dataclass(frozen=True)
class ScoreGroup:
    """An objective with its rows, or the rows that a long scorecard begins with."""

    title: str
    href: str
    note: str
    """"Maria Okafor, score 0.52"."""
    rows: tuple[ScoreRow, ...]

    @property
    def status_counts(self) -> str:
        """How its rows stand: "2 off track, 1 at risk"."""
        return counted_statuses([row.status for row in self.rows])


@dataclass(frozen=True)
class ScoringLine:
    """How scores come about, in one line, and where the rest stands."""

    text: str
    href: str


@dataclass(frozen=True)
class Scorecard:
    """A scorecard."""

    groups: tuple[ScoreGroup, ...]
    rule: ScoringLine | None
    label: str = "Scorecard"
    folded: tuple[ScoreGroup, ...] = ()
    """The rows that `groups` leaves out; empty where all are shown."""

    @property
    def rows(self) -> tuple[ScoreRow, ...]:
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def need(self) -> int:
        return sum(row.needs_talk for row in self.rows)


def status_mark(status: Status) -> StatusMark:
    tone = STATUS_TONES[status]
    return StatusMark(STATUS_WORDS[status], tone, tone)


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


def score_text(score: float | None) -> str:
    """A score as it stands everywhere: two decimals, or an en dash."""
    return "\N{EN DASH}" if score is None else f"{score:.2f}"


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
    part = (
        next(
            (
                other_slice
                for other_slice in reading.slices.get(by, ())
                if other_slice.member == member
            ),
            None,
        )
        if reading and by
        else None
    )
    value = part.value if part else reading.value if reading and not by else None
    change = (
        delta_of(subject, part.previous)
        if part and part.previous
        else None
        if by
        else delta(subject, reading)
    )
    summed = reading is not None and by is not None and additive(reading, by)
    target = reading.target if reading and not summed else None
    if part and part.target is not None:
        target = part.target
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
        owner=_name(tree.person(metric.owner)),
        target=_aim(subject, metric, target) if not summed or target is not None else "",
        fresh=fresh(tree, metric),
        note=_card_note(tree, metric, reading, value, whole=not by),
    )


def _aim(subject: Subject, metric: Metric, target: float | None) -> str:
    """What a card says of where the number is to be: "target 82.0%", "band 5 to 10"."""
    band = metric.front.band if metric.okr is None else None
    aims = [f"target {subject.text(target)}"] if target is not None else []
    return ", ".join([*aims, *([f"band {subject.reach(*band)}"] if band else [])])


def _card_note(
    tree: AudienceTree, metric: Metric, reading: Reading | None, value: float | None, *, whole: bool
) -> str:
    """Why there is no value, or what must be said with it."""
    if whole and has_headline(reading):
        notes = value_notes(reading)
        return f"{capital(notes)}." if notes else ""
    return no_value(tree, metric) if value is None else ""


def _name(person: Person | None) -> str:
    return person.name if person else ""


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


def scorecard(
    tree: AudienceTree,
    page: str,
    metrics: tuple[Metric, ...],
    revised: dict[str, tuple[str, Icon, str]],
    *,
    above: Sequence[Objective] = (),
) -> Scorecard:
    """The scorecard of these key results, grouped by objective; a long one begins with the worst.

    `revised` holds this week's news of a key result: word, icon and address of its tag. `above` are
    objectives which are named even where they have no key results of their own: first, with the
    score that those below make."""
    heads = [objective for objective in above if not tree.scope.key_results_of.get(objective.id)]
    rows = {
        metric.id: score_row(tree, page, metric, revised.get(metric.id))
        for metric in metrics
        if metric.okr
    }

    def groups(objectives: Sequence[Objective], chosen: Sequence[Metric]) -> Iterator[ScoreGroup]:
        for objective in objectives:
            members = [m.id for m in chosen if m.okr and m.okr.objective == objective.id]
            yield ScoreGroup(
                objective.title,
                links.href(page, links.objective_page(objective.id)),
                _note(tree, objective),
                tuple(rows[name] for name in members),
            )

    rule = scoring_line(tree, page)
    if len(rows) <= MOST_WHOLE:
        return Scorecard(tuple(groups((*heads, *tree.objectives_of(metrics)), metrics)), rule)
    worst = worst_first(tree, metrics)
    first = worst[:MOST_OPEN]
    rest = tuple(metric for metric in metrics if metric not in first)
    top = _to_talk_about(page, [rows[metric.id] for metric in first], len(worst))
    return Scorecard(
        (*groups(heads, ()), *top), rule, folded=tuple(groups(tree.objectives_of(rest), rest))
    )


def _to_talk_about(page: str, rows: Sequence[ScoreRow], of: int) -> Iterator[ScoreGroup]:
    """What a long scorecard begins with: these rows, out of so many that need a conversation."""
    if rows:
        note = f"{len(rows)} of {of} that need a conversation" if of > len(rows) else ""
        yield ScoreGroup("To talk about first", links.href(page, links.OKRS), note, tuple(rows))


def worst_first(tree: AudienceTree, metrics: Sequence[Metric]) -> list[Metric]:
    """The key results that need a conversation, the worst first."""

    def place(metric: Metric) -> tuple[int, float]:
        okr = tree.result(metric).okr
        return (
            STATUS_ORDER.index(okr.status if okr else "unknown"),
            -(okr.gap or 0.0) if okr else 0.0,
        )

    return sorted((metric for metric in metrics if needs_talk(tree.result(metric))), key=place)


def needs_talk(result: Result) -> bool:
    """Whether somebody should talk about a key result: its status, or a value that is too old."""
    status: Status = result.okr.status if result.okr else "unknown"
    return status in NEEDS_TALK or bool(result.failure or result.stale)


def counted_statuses(marks: Sequence[StatusMark]) -> str:
    """ "2 off track, 1 at risk"."""
    words = Counter(mark.word for mark in marks)
    worst_first = sorted(words, key=[STATUS_WORDS[status] for status in STATUS_ORDER].index)
    return ", ".join(f"{words[word]} {word.lower()}" for word in worst_first)


def shows_scoring(tree: AudienceTree) -> bool:
    """Whether there is anything that has a score."""
    return bool(tree.manifest.key_results or tree.manifest.objectives)


def scoring_line(tree: AudienceTree, page: str) -> ScoringLine | None:
    """The line below scores; None where nothing has one."""
    if not shows_scoring(tree):
        return None
    return ScoringLine(scorecard_line(tree.manifest.config.okrs), links.href(page, links.SCORING))


def _note(tree: AudienceTree, objective: Objective) -> str:
    reading = tree.scope.objective_reading(objective.id)
    parts = [_name(tree.person(objective.front.lead))]
    if reading and reading.score is not None:
        mean = "average score of the objectives that serve it" if reading.by_objectives else "score"
        parts.append(f"{mean} {score_text(reading.score)}")
    return ", ".join(part for part in parts if part)


def score_row(
    tree: AudienceTree, page: str, metric: Metric, news: tuple[str, Icon, str] | None = None
) -> ScoreRow:
    """One key result as a row of a scorecard."""
    subject, result = tree.subject(metric), tree.result(metric)
    okr = result.okr
    low, high = ends(subject, metric)
    word, icon, address = news or ("", "revised", "")
    status: Status = okr.status if okr else "unknown"
    return ScoreRow(
        title=metric.title,
        href=links.href(page, links.key_result_page(metric.id)),
        tag=word,
        tag_icon=icon,
        tag_href=address,
        unit=_reading_help(subject, metric, okr),
        now=subject.formatted(result.reading),
        bar=bullet(okr) if okr else Markup(""),
        bar_text=bullet_text(okr) if okr else "",
        low=low,
        high=high,
        score=score_text(okr.score if okr else None),
        status=status_mark(status),
        owner=_name(tree.person(metric.owner)),
        fresh=fresh(tree, metric),
        needs_talk=needs_talk(result),
    )


def ends(subject: Subject, metric: Metric) -> tuple[str, str]:
    """What stands under the two ends of the bar: baseline and target. A band has no such ends: its
    bar is time kept."""
    front = metric.okr.front if metric.okr else None
    if front is None or front.type in ("maintain", "baseline"):
        return "", ""
    low, high = baseline_and_target(front)
    return subject.number(low) if low is not None else "", subject.number(
        high
    ) if high is not None else ""


def ended_words(result: Result) -> str:
    """What changed after the end, and what today's declaration and data would give; "" where
    nothing did."""
    late = result.closed
    if late is None:
        return ""
    names = {"pace": "expected course", "data": "data"}
    what = and_list([names.get(key, key.replace("_", " ")) for key in dict.fromkeys(late.changed)])
    status = STATUS_WORDS[late.okr.status].lower()
    return f"Changed after the end: {what}. By today’s it would be {score_text(late.okr.score)}, {status}."


def outside_words(okr: OkrReading | None, grain: Grain | None) -> str:
    """ "2 of 7 weeks outside": how a band was kept; "" where nothing was measured by period."""
    if okr is None or okr.outside is None or grain is None:
        return ""
    return f"{okr.outside[0]} of {count(okr.outside[1], grain)} outside"


def _reading_help(subject: Subject, metric: Metric, okr: OkrReading | None) -> str:
    terms = metric.okr
    if terms is None:
        return ""
    band = terms.front.band
    kinds = {
        "increase": "",
        "decrease": "lower is better",
        "maintain": f"stay {band_words(band, subject.unit, subject.text)}" if band else "",
        "milestone": "reach the milestone",
        "baseline": "this period only measures",
    }
    kept = outside_words(okr, subject.grain)
    parts = [
        kinds[terms.front.type],
        kept,
        "aspirational" if terms.commitment == "aspirational" else "",
    ]
    return ", ".join(part for part in parts if part)


def gap_words(subject: Subject, okr: OkrReading) -> str:
    """ "2.2 pt behind the pace": the distance to what was expected on the day measured, in the
    metric's own unit."""
    if okr.current is None or okr.expected_value is None or okr.closed:
        return ""
    if okr.gap is None or subject.text(okr.current) == subject.text(okr.expected_value):
        return "on the pace"
    distance = subject.distance(okr.current - okr.expected_value)
    return f"{distance} {'behind' if okr.gap > 0 else 'ahead of'} the pace"
