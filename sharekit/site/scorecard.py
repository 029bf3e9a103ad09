"""Scorecards: key results with status and score, by objective or the worst first, and their words.

Frozen view models, made here so that templates only place them. Addresses in them are relative to
one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import Formatted, format_score
from sharekit.numbers.results import OkrReading, Result, Status
from sharekit.okr.assessment import baseline_and_target
from sharekit.project.manifest import Metric, Objective
from sharekit.project.shapes import Grain
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import Subject, bullet, bullet_text
from sharekit.site.icons import Icon
from sharekit.site.number_cards import DataAge, fresh
from sharekit.wording.english import and_list, count
from sharekit.wording.number_phrases import band_words
from sharekit.wording.scoring import scorecard_line
from sharekit.wording.statuses import STATUS_ORDER, STATUS_TONES, STATUS_WORDS, Tone

NEEDS_TALK: frozenset[Status] = frozenset({"at_risk", "off_track", "missed", "partial"})
"""Statuses about which somebody should talk."""
MOST_WHOLE, MOST_OPEN = 12, 5
"""Rows of a scorecard that is shown whole; of a longer one so many are, the worst, and the rest is
folded by objective."""


class StatusMark(Struct, frozen=True):
    """A status as word, icon and tone: never a colour alone."""

    word: str
    icon: Icon
    tone: Tone


class ScoreRow(Struct, frozen=True):
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


class ScoreGroup(Struct, frozen=True):
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


class ScoringLine(Struct, frozen=True):
    """How scores come about, in one line, and where the rest stands."""

    text: str
    href: str


class Scorecard(Struct, frozen=True):
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


def score_text(score: float | None) -> str:
    """A score as it stands everywhere: two decimals, or an en dash."""
    return "\N{EN DASH}" if score is None else format_score(score)


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

    def groups(
        objectives: Sequence[Objective], key_results: Sequence[Metric]
    ) -> Iterator[ScoreGroup]:
        for objective in objectives:
            members = [
                metric.id
                for metric in key_results
                if metric.okr and metric.okr.objective == objective.id
            ]
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
    others = tuple(metric for metric in metrics if metric not in first)
    top = _to_talk_about(page, [rows[metric.id] for metric in first], len(worst))
    return Scorecard(
        (*groups(heads, ()), *top), rule, folded=tuple(groups(tree.objectives_of(others), others))
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
    counts = Counter(mark.word for mark in marks)
    worst_first = sorted(counts, key=[STATUS_WORDS[status] for status in STATUS_ORDER].index)
    return ", ".join(f"{counts[word]} {word.lower()}" for word in worst_first)


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
    parts = [tree.person_name(objective.front.lead)]
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
        owner=tree.person_name(metric.owner),
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
    outside_text = outside_words(okr, subject.grain)
    parts = [
        kinds[terms.front.type],
        outside_text,
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
