"""The lines of a pre-read: one key result to talk about, one piece of news, one number, one
question. Plain text."""

from __future__ import annotations

import re
from datetime import date

from msgspec import Struct

from sharekit.asks.register import Question
from sharekit.okr.assessment import target_of
from sharekit.project.manifest import Metric
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import ItemEvent, Kind, page_of
from sharekit.site.number_cards import delta, fresh
from sharekit.site.overview import status_of
from sharekit.site.scorecard import score_text
from sharekit.wording import sharing as openness
from sharekit.wording.english import and_list, near_day, times
from sharekit.wording.headline import brief_period, has_headline, value_notes, with_period
from sharekit.wording.number_phrases import band_range
from sharekit.wording.statuses import STATUS_TONES, STATUS_WORDS, Tone

MOVED: frozenset[Kind] = frozenset({"slipped", "recovered", "met", "correction"})
_SENTENCE = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“(]?[A-Z0-9])")


class TreeLink(Struct, frozen=True):
    """A place in the tree."""

    path: str
    anchor: str = ""


class TalkLine(Struct, frozen=True):
    """One key result to talk about."""

    id: str
    title: str
    objective: str
    """Title of the objective it serves; "" where that is out of sight."""
    ref: TreeLink
    word: str
    tone: Tone
    now: str
    target: str
    """"target 2,250, projected 2,100", "band 35% to 45%", or ""."""
    owner: str
    meaning: str
    """What it counts, in the first sentence of its description; "" where there is none."""
    score: str
    done: int | None
    """Score in percent, 0 to 100; None where it is not known."""
    expected: int | None
    """Percent that the pace expects by the day measured; None once it is closed."""
    voice: str
    """What is hard, in one sentence of the owner; "" where nothing is said."""
    next: str
    """The next thing in the plan, as a sentence."""
    late: bool
    """Whether that was due already."""
    task: str
    """That thing as it is declared; "" for none."""
    stale: str
    """Why its value is too old, as a sentence; "" when it is not."""


class NewsLine(Struct, frozen=True):
    """One thing that happened."""

    kind: Kind
    word: str
    title: str
    ref: TreeLink | None
    """The top of its page; None where the item is gone."""
    entry: TreeLink | None
    """Its entry in the log."""
    was: str
    now: str
    why: str
    we_will: str
    who: str
    """"Mateo Ferreira, 21 Nov"."""
    detail: str
    """"Definition, baseline and target"."""


class SteadyLine(Struct, frozen=True):
    """A key result that needs no talk."""

    title: str
    objective: str
    """Title of the objective it serves; "" where that is out of sight."""
    ref: TreeLink
    value: str
    period: str
    """When the value is of: "week to 17 Nov"; "" where the value says it."""
    score: str
    word: str
    tone: Tone

    @property
    def now(self) -> str:
        """The value with its period."""
        return with_period(self.value, self.period)


class NumberLine(Struct, frozen=True):
    """One number with its change."""

    title: str
    ref: TreeLink
    value: str
    period: str
    """When the value is of, as above."""
    change: str
    """"+2.1% on the week before", or ""."""
    worse: bool


class OpenQuestionLine(Struct, frozen=True):
    """A question that nobody has answered yet."""

    question: str
    ref: TreeLink
    line: str
    late: bool
    """Whether the day it was promised for has passed."""


class SharedLine(Struct, frozen=True):
    """A number or dashboard that is new here though nobody had asked for it."""

    title: str
    ref: TreeLink | None
    who: str


def talk_line(tree: AudienceTree, metric: Metric) -> TalkLine:
    result, status = tree.result(metric), status_of(tree, metric)
    okr, front = result.okr, metric.okr.front if metric.okr else None
    points = openness.points(front.challenges) if front else ()
    age = fresh(tree, metric)
    task, next_step, late = _next(tree, metric, hard=bool(points))
    return TalkLine(
        id=metric.id,
        title=metric.title,
        objective=_objective(tree, metric),
        ref=TreeLink(links.metric_page(metric)),
        word=STATUS_WORDS[status],
        tone=STATUS_TONES[status],
        now=_now(tree, metric),
        target=", ".join(filter(None, (_target(tree, metric), _projection(tree, metric)))),
        owner=tree.manifest.person(metric.owner),
        score=score_text(okr.score if okr else None),
        done=_percent(okr.score) if okr and okr.score is not None else None,
        expected=_percent(okr.expected) if okr and not okr.closed else None,
        voice=first_sentence(tree.plain(points[0])) if points else "",
        meaning=first_sentence(tree.plain(metric.front.description or "")),
        next=next_step,
        late=late,
        task=task,
        stale=_stale(age.text, age.stale),
    )


def _objective(tree: AudienceTree, metric: Metric) -> str:
    """Of the objective that a key result serves; "" where that is out of sight."""
    objective = tree.manifest.objectives.get(metric.okr.objective) if metric.okr else None
    return objective.title if objective else ""


def _now(tree: AudienceTree, metric: Metric) -> str:
    """The value with its period: "78.4%, week to 17 Nov"."""
    reading = tree.reading(metric)
    return with_period(tree.subject(metric).now(reading), brief_period(reading, tree.as_of))


def _projection(tree: AudienceTree, metric: Metric) -> str:
    """Where it ends at this pace: "projected 82.0%", or the range while that lies on both sides of
    the target; "" where nothing is projected."""
    okr, subject = tree.result(metric).okr, tree.subject(metric)
    if okr is None or okr.closed or okr.forecast is None:
        return ""
    forecast = okr.forecast
    if forecast.outlook == "open":
        return f"projected {subject.short(forecast.low)} to {subject.text(forecast.high)}"
    return f"projected {subject.text(forecast.value)}"


def _percent(share: float) -> int:
    return round(min(max(share, 0.0), 1.0) * 100)


def first_sentence(text: str) -> str:
    """The first sentence of a paragraph, with its full stop."""
    return _SENTENCE.split(text, maxsplit=1)[0]


def _target(tree: AudienceTree, metric: Metric) -> str:
    front, subject = metric.okr.front if metric.okr else None, tree.subject(metric)
    if front and front.band:
        return f"band {band_range(front.band, subject.unit, subject.text)}"
    target = target_of(front) if front else None
    return f"target {subject.text(target)}" if target is not None else ""


def _stale(day: str, why: str) -> str:
    if not why:
        return ""
    return f"Its data is of {day}, {why}." if day else f"It has {why}."


def _next(tree: AudienceTree, metric: Metric, *, hard: bool) -> tuple[str, str, bool]:
    """The plan item that is due first, as it is declared and as a sentence, and whether its day has
    passed."""
    front = metric.okr.front if metric.okr else None
    tasks = openness.tasks(front.plan, tree.manifest, tree.as_of) if front else ()
    open_tasks = sorted(
        (open_task for open_task in tasks if open_task.state != "done"),
        key=lambda candidate: candidate.due or date.max,
    )
    if not open_tasks:
        nothing = "Everything in its plan is done." if tasks else "There is no plan yet."
        return (
            "",
            nothing if tasks or hard else "Neither a challenge nor a plan is written down yet.",
            False,
        )
    task = open_tasks[0]
    what, who = tree.plain(task.what).rstrip("."), f", {task.who}" if task.who else ""
    if task.state == "overdue" and task.due:
        return task.what, f"Overdue since {near_day(task.due, tree.as_of)}: {what}{who}.", True
    day = f", by {near_day(task.due, tree.as_of)}" if task.due else ""
    return task.what, f"Next: {what}{who}{day}.", False


def news_line(tree: AudienceTree, event: ItemEvent) -> NewsLine:
    """An event as a line. What the owner promises follows the reason."""
    page = page_of(tree, event)
    note = event.note
    word = event.details[0] if event.kind == "new" and event.details else event.word
    return NewsLine(
        kind=event.kind,
        word=word,
        title=event.title,
        ref=_top(page, event),
        entry=TreeLink(page, event.id) if page else None,
        was=event.was,
        now=event.now,
        why=tree.plain(event.voice) if event.voice else "",
        we_will=tree.plain(note.we_will) if note and note.we_will else "",
        who=", ".join(part for part in (event.owner, near_day(event.on, tree.as_of)) if part),
        detail="; ".join(part for part in event.details if part != word and event.kind != "new"),
    )


def _top(page: str | None, event: ItemEvent) -> TreeLink | None:
    """The top of a page; a question is a place on its page."""
    if page is None:
        return None
    return TreeLink(page, event.id if event.kind == "answered" else "")


def steady_line(tree: AudienceTree, metric: Metric) -> SteadyLine:
    result, status = tree.result(metric), status_of(tree, metric)
    return SteadyLine(
        title=metric.title,
        objective=_objective(tree, metric),
        ref=TreeLink(links.metric_page(metric)),
        value=tree.subject(metric).now(tree.reading(metric)),
        period=brief_period(tree.reading(metric), tree.as_of),
        score=score_text(result.okr.score if result.okr else None),
        word=STATUS_WORDS[status],
        tone=STATUS_TONES[status],
    )


def number_line(tree: AudienceTree, metric: Metric) -> NumberLine | None:
    """None for a number without a value."""
    subject, reading = tree.subject(metric), tree.reading(metric)
    if reading is None or not has_headline(reading):
        return None
    change = delta(subject, reading)
    return NumberLine(
        title=metric.title,
        ref=TreeLink(links.metric_page(metric)),
        value=subject.now(reading),
        period=brief_period(reading, tree.as_of),
        change=", ".join(
            filter(None, (f"{change.change} {change.base}" if change else "", value_notes(reading)))
        ),
        worse=bool(change and change.worse),
    )


def open_question_line(tree: AudienceTree, question: Question) -> OpenQuestionLine:
    """A waiting question: how often, by whom, and who promised an answer for when."""
    promised, leader = question.ask.front.promised, tree.manifest.person(question.leader)
    late = promised is not None and promised < tree.as_of
    who = and_list([tree.manifest.person(key) for key in question.askers])
    line = f"Asked {times(question.times)} by {who}"
    if leader and promised:
        line += f". {leader} promised it for {near_day(promised, tree.as_of)}"
    elif leader:
        line += f". {leader} has promised no day"
    if late and promised:
        line += ", overdue"
    page = tree.question_pages[question.ask.id]
    return OpenQuestionLine(
        question.ask.front.question,
        TreeLink(page, links.question_anchor(question.ask.id)),
        line,
        late,
    )


def shared_line(tree: AudienceTree, event: ItemEvent) -> SharedLine:
    page = page_of(tree, event)
    who = ", ".join(part for part in (event.owner, near_day(event.on, tree.as_of)) if part)
    return SharedLine(event.title, TreeLink(page) if page else None, who)
