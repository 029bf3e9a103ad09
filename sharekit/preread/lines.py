"""The lines of a pre-read: one key result to talk about, one piece of news, one number, one
question. Plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sharekit.asks.register import Question
from sharekit.okr.assessment import target_of
from sharekit.project.manifest import Metric
from sharekit.site import links
from sharekit.site.context import Tree
from sharekit.site.events import Event, Kind, page_of
from sharekit.site.overview import status_of
from sharekit.site.parts import delta, fresh, grade
from sharekit.wording import sharing as openness
from sharekit.wording.headline import has_headline, notes
from sharekit.wording.phrases import band_range, near_day, overdue
from sharekit.wording.words import STATUS_TONES, STATUS_WORDS, Tone, and_list, times

MOVED: frozenset[Kind] = frozenset({"slipped", "recovered", "met", "correction"})
_SENTENCE = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“(]?[A-Z0-9])")


@dataclass(frozen=True)
class Ref:
    """A place in the tree."""

    path: str
    anchor: str = ""


@dataclass(frozen=True)
class Talk:
    """One key result to talk about."""

    id: str
    title: str
    ref: Ref
    word: str
    tone: Tone
    now: str
    target: str
    """"target 2,250", "band 35% to 45%", or ""."""
    owner: str
    grade: str
    done: int | None
    """Progress in percent, 0 to 100; None where it is not known."""
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


@dataclass(frozen=True)
class News:
    """One thing that happened."""

    kind: Kind
    word: str
    title: str
    ref: Ref | None
    """None where the item is gone."""
    was: str
    now: str
    why: str
    we_will: str
    who: str
    """"Mateo Ferreira, 21 Nov"."""
    detail: str
    """"Definition, baseline and target"."""


@dataclass(frozen=True)
class Quiet:
    """A key result that needs no talk."""

    title: str
    ref: Ref
    now: str
    grade: str
    word: str
    tone: Tone


@dataclass(frozen=True)
class NumberLine:
    """One number with its change."""

    title: str
    ref: Ref
    value: str
    change: str
    """"+2.1% on the week before", or ""."""
    worse: bool


@dataclass(frozen=True)
class Waiting:
    """A question that nobody has answered yet."""

    question: str
    ref: Ref
    line: str
    late: bool
    """Whether the day it was promised for has passed."""


@dataclass(frozen=True)
class Shared:
    """A number or dashboard that is new here though nobody had asked for it."""

    title: str
    ref: Ref | None
    who: str


def talk(tree: Tree, metric: Metric) -> Talk:
    subject, result, status = tree.subject(metric), tree.result(metric), status_of(tree, metric)
    okr, front = result.okr, metric.okr.front if metric.okr else None
    points = openness.points(front.challenges) if front else ()
    age = fresh(tree, metric)
    task, said, late = _next(tree, metric, hard=bool(points))
    return Talk(
        id=metric.id,
        title=metric.title,
        ref=Ref(links.metric_page(metric)),
        word=STATUS_WORDS[status],
        tone=STATUS_TONES[status],
        now=subject.now(result.reading),
        target=_target(tree, metric),
        owner=tree.manifest.person(metric.owner),
        grade=grade(okr.score if okr else None),
        done=_percent(okr.progress) if okr and okr.progress is not None else None,
        expected=_percent(okr.expected) if okr and not okr.closed else None,
        voice=first_sentence(tree.plain(points[0])) if points else "",
        next=said,
        late=late,
        task=task,
        stale=_stale(age.text, age.stale),
    )


def _percent(share: float) -> int:
    return round(min(max(share, 0.0), 1.0) * 100)


def first_sentence(text: str) -> str:
    """The first sentence of a paragraph, with its full stop."""
    return _SENTENCE.split(text, maxsplit=1)[0]


def _target(tree: Tree, metric: Metric) -> str:
    front, subject = metric.okr.front if metric.okr else None, tree.subject(metric)
    if front and front.band:
        return f"band {band_range(front.band, subject.unit, subject.text)}"
    target = target_of(front) if front else None
    return f"target {subject.text(target)}" if target is not None else ""


def _stale(day: str, why: str) -> str:
    if not why:
        return ""
    return f"Its data is of {day}, {why}." if day else f"It has {why}."


def _next(tree: Tree, metric: Metric, *, hard: bool) -> tuple[str, str, bool]:
    """The plan item that is due first, as it is declared and as a sentence, and whether its day has
    passed."""
    front = metric.okr.front if metric.okr else None
    tasks = openness.tasks(front.plan, tree.manifest, tree.as_of) if front else ()
    left = sorted(
        (each for each in tasks if each.state != "done"), key=lambda each: each.due or date.max
    )
    if not left:
        nothing = "Everything in its plan is done." if tasks else "There is no plan yet."
        return (
            "",
            nothing if tasks or hard else "Neither a challenge nor a plan is written down yet.",
            False,
        )
    task = left[0]
    what, who = tree.plain(task.what).rstrip("."), f", {task.who}" if task.who else ""
    if task.state == "overdue" and task.due:
        return task.what, f"{overdue(task.due, tree.as_of).capitalize()}: {what}{who}.", True
    day = f", by {near_day(task.due, tree.as_of)}" if task.due else ""
    return task.what, f"Next: {what}{who}{day}.", False


def news(tree: Tree, event: Event) -> News:
    """An event as a line. What the owner promises follows the reason."""
    page = page_of(tree, event)
    note = event.note
    word = event.details[0] if event.kind == "new" and event.details else event.word
    return News(
        kind=event.kind,
        word=word,
        title=event.title,
        ref=Ref(page, event.id) if page else None,
        was=event.was,
        now=event.now,
        why=tree.plain(event.voice) if event.voice else "",
        we_will=tree.plain(note.we_will) if note and note.we_will else "",
        who=", ".join(part for part in (event.owner, near_day(event.on, tree.as_of)) if part),
        detail="; ".join(event.details) if event.kind != "new" else "",
    )


def quiet(tree: Tree, metric: Metric) -> Quiet:
    subject, result, status = tree.subject(metric), tree.result(metric), status_of(tree, metric)
    return Quiet(
        title=metric.title,
        ref=Ref(links.metric_page(metric)),
        now=subject.now(result.reading),
        grade=grade(result.okr.score if result.okr else None),
        word=STATUS_WORDS[status],
        tone=STATUS_TONES[status],
    )


def number_line(tree: Tree, metric: Metric) -> NumberLine | None:
    """None for a number without a value."""
    subject, reading = tree.subject(metric), tree.reading(metric)
    if reading is None or not has_headline(reading):
        return None
    change = delta(subject, reading)
    return NumberLine(
        title=metric.title,
        ref=Ref(links.metric_page(metric)),
        value=subject.now(reading),
        change=", ".join(
            filter(None, (f"{change.change} {change.base}" if change else "", notes(reading)))
        ),
        worse=bool(change and change.worse),
    )


def waiting(tree: Tree, question: Question) -> Waiting:
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
        line += f", {overdue(promised, tree.as_of)}"
    page = tree.question_pages[question.ask.id]
    return Waiting(
        question.ask.front.question, Ref(page, links.question_anchor(question.ask.id)), line, late
    )


def shared(tree: Tree, event: Event) -> Shared:
    page = page_of(tree, event)
    who = ", ".join(part for part in (event.owner, near_day(event.on, tree.as_of)) if part)
    return Shared(event.title, Ref(page) if page else None, who)
