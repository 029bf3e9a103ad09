"""The ledger of questions: who waits for what, and how much was shared before anyone asked.
Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from statistics import median
from typing import Literal

from msgspec import Struct

from sharekit.project.manifest import Ask, Dashboard, Metric
from sharekit.project.read.placeholders import unedited_keys
from sharekit.visible import VisibleManifest

AskState = Literal["waiting", "answered", "declined"]


class Question(Struct, frozen=True):
    """One question as it stands."""

    ask: Ask
    state: AskState
    times: int
    """How often it was asked."""
    askers: tuple[str, ...]
    """Keys of people, in the order of their first asking, each once."""
    first: date
    leader: str | None
    """Who answered it or will: the answer's owner, else the question's."""
    shared_on: date | None
    """Day its answer was there; None while it waits or where no day is known."""
    days: int | None
    """Days from first asking to sharing, 0 where the answer was there before; while waiting, days
    so far."""

    @property
    def before(self) -> bool:
        """Whether its answer was already shared when it was first asked."""
        return self.shared_on is not None and self.shared_on <= self.first


class SharingScore(Struct, frozen=True):
    """How much one leader, or the whole group, shared before anyone asked. Small counts are said,
    not hidden."""

    person: str | None
    """Key of a person; None for the whole group."""
    before: int
    """Published numbers that were there before anyone asked, or that nobody asked for yet."""
    total: int
    """Published numbers."""
    waiting: int
    """Questions that still wait for this person."""
    typical_wait: float | None
    """Median days from first asking to sharing, of the questions that had to wait; None where none
    had."""
    last_unasked: date | None
    """Day of the newest number shared unasked, where that is known."""

    @property
    def share(self) -> float | None:
        """before / total; None where nothing is published."""
        return self.before / self.total if self.total else None


class AskLedger(Struct, frozen=True):
    """All that one audience may see."""

    questions: tuple[Question, ...]
    """Waiting ones first, then the longest wait."""
    leaders: tuple[SharingScore, ...]
    """Highest share first, then the larger count, then the name."""
    group: SharingScore


def ask_ledger(
    manifest: VisibleManifest, as_of: date, *, shared_on: Mapping[str, date] | None = None
) -> AskLedger:
    """The ledger as of a day. `shared_on`: the day each metric or dashboard was first published, if
    history knows."""
    days = shared_on or {}
    questions = [_question(ask, manifest, as_of, days) for ask in manifest.asks.values()]
    numbers = list(manifest.metrics.values())
    asked_first = {
        question.ask.front.answered_by
        for question in questions
        if question.state == "answered" and not question.before
    }
    people = Counter(metric.owner for metric in numbers if metric.owner)
    people.update(
        question.leader for question in questions if question.leader and question.state == "waiting"
    )
    scores = [_score(person, numbers, questions, asked_first, days) for person in people]
    return AskLedger(
        questions=tuple(sorted(questions, key=_waiting_first)),
        leaders=tuple(
            sorted(
                scores, key=lambda score: (-(score.share or 0), -score.total, score.person or "")
            )
        ),
        group=_score(None, numbers, questions, asked_first, days),
    )


def _waiting_first(question: Question) -> tuple[int, int, date, str]:
    rank = {"waiting": 0, "answered": 1, "declined": 2}[question.state]
    return rank, -(question.days or 0), question.first, question.ask.id


def _question(
    ask: Ask, manifest: VisibleManifest, as_of: date, answered_days: Mapping[str, date]
) -> Question:
    front, first = ask.front, ask.first
    answer = answer_of(ask, manifest)
    state: AskState = (
        "declined" if front.declined else "answered" if answer is not None else "waiting"
    )
    owner = (
        answer.owner
        if isinstance(answer, Metric)
        else answer.front.lead
        if answer is not None
        else None
    )
    shared = (front.answered_on or answered_days.get(answer.id)) if answer is not None else None
    until = as_of if state == "waiting" else shared
    return Question(
        ask=ask,
        state=state,
        times=len(front.asked),
        askers=tuple(
            dict.fromkeys(asking.by for asking in sorted(front.asked, key=lambda asking: asking.on))
        ),
        first=first,
        leader=owner or front.owner,
        shared_on=shared,
        days=None if until is None or state == "declined" else max(0, (until - first).days),
    )


def answer_of(ask: Ask, manifest: VisibleManifest) -> Metric | Dashboard | None:
    """What answers a question, where that is visible."""
    name = ask.front.answered_by or ""
    answer = manifest.metrics.get(name) or manifest.dashboards.get(name)
    if isinstance(answer, Metric) and unedited_keys(answer.front, answer.sql.text):
        return None  # a file as `sharekit new` wrote it answers nothing
    return answer


def _score(
    person: str | None,
    numbers: list[Metric],
    questions: list[Question],
    asked_first: set[str | None],
    answered_days: Mapping[str, date],
) -> SharingScore:
    owned = [metric for metric in numbers if person is None or metric.owner == person]
    own_questions = [
        question for question in questions if person is None or question.leader == person
    ]
    waits = [
        question.days
        for question in own_questions
        if question.state == "answered" and question.days
    ]
    unasked = [metric for metric in owned if metric.id not in asked_first]
    days = [answered_days[metric.id] for metric in unasked if metric.id in answered_days]
    return SharingScore(
        person=person,
        before=len(unasked),
        total=len(owned),
        waiting=sum(question.state == "waiting" for question in own_questions),
        typical_wait=float(median(waits)) if waits else None,
        last_unasked=max(days, default=None),
    )
