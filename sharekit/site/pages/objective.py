"""The page of an objective: why it matters, its key results, and what its owner shares about it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sharekit.numbers.results import ClosedKeyResult, ObjectiveReading
from sharekit.project.manifest import Objective
from sharekit.records import replace
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree, Person
from sharekit.site.charts import Subject
from sharekit.site.events import ItemEvent, NewsTags
from sharekit.site.pages.history import LogEntry, history_log
from sharekit.site.pages.page import Page
from sharekit.site.pages.sharing import SharingView, sharing
from sharekit.site.prose import Prose
from sharekit.site.scorecard import (
    Scorecard,
    ScoringLine,
    StatusMark,
    score_text,
    scorecard,
    scoring_line,
    status_mark,
)
from sharekit.wording.english import counted, full_day, near_day
from sharekit.wording.headline import brief_period, with_period
from sharekit.wording.number_phrases import short_period


class RetiredView(Struct, frozen=True):
    """A key result that was taken out."""

    id: str
    day: str
    iso: str
    why: Prose
    we_will: Prose


class EndedKeyResult(Struct, frozen=True):
    """A key result that ended with the objective, and was moved, rescheduled or removed since."""

    title: str
    now: str
    """"10.0%, week of 23 Sep 2013": as it ended."""
    score: str
    status: StatusMark


class RelatedObjective(Struct, frozen=True):
    """An objective above or below."""

    title: str
    href: str
    owner: str
    score: str
    """"score 0.49"; "" where nothing gives it one."""
    status: StatusMark | None


class ObjectiveView(Struct, frozen=True):
    """What the page places."""

    objective: Objective
    home: str
    status: StatusMark | None
    mean: bool
    score: str
    expected: str
    person: Person | None
    period: str
    commitment: str
    why: Prose
    scorecard: Scorecard
    ended: tuple[EndedKeyResult, ...]
    rule: ScoringLine | None
    sharing: SharingView
    parent: RelatedObjective | None
    children: tuple[RelatedObjective, ...]
    retired: tuple[RetiredView, ...]
    log: tuple[LogEntry, ...]
    is_bare: bool
    """Whether nothing measures it: neither key results nor objectives that serve it."""


def objective_page(
    tree: AudienceTree, objective: Objective, tags: NewsTags, history: Sequence[ItemEvent]
) -> Page:
    """`history`: what happened to this objective, newest first."""
    page = links.objective_page(objective.id)
    place = tree.prose(page, objective.path)
    reading = tree.scope.objective_reading(objective.id)
    members = tree.scope.key_results_of.get(objective.id, ())
    closed_key_results = _closed_key_results(tree, objective.id)
    period = tree.scope.period_of(objective)
    parent = tree.manifest.objectives.get(objective.front.parent or "")
    return Page(
        path=page,
        template="objective.html",
        title=objective.title,
        description=f"{objective.title}: {made_of(tree, objective)}.",
        section="scorecard",
        source=objective.path,
        twin=links.twin(page),
        view=ObjectiveView(
            objective=objective,
            home=links.href(page, links.HOME),
            status=status_mark(reading.status)
            if reading and _can_be_judged(tree, reading)
            else None,
            mean=reading is not None and reading.by_objectives,
            score=score_text(reading.score if reading else None),
            expected=score_text(reading.expected)
            if reading and reading.expected is not None
            else "",
            person=tree.person(objective.front.lead),
            period=f"{short_period(period)}, until {full_day(period.end)}" if period else "",
            commitment=objective.front.commitment or "",
            why=tree.texts.with_twin(objective.why, place),
            scorecard=_rows_alone(scorecard(tree, page, members, tags.on(page))),
            ended=tuple(_ended_key_result(tree, closed) for closed in closed_key_results),
            rule=None if members else scoring_line(tree, page),
            sharing=sharing(tree, page, objective),
            parent=_relative(tree, page, parent) if parent else None,
            children=tuple(
                _relative(tree, page, child)
                for child in tree.scope.children_of.get(objective.id, ())
            ),
            retired=tuple(
                RetiredView(
                    retired.id,
                    near_day(retired.date, tree.as_of),
                    retired.date.isoformat(),
                    tree.texts.line(retired.why, place),
                    tree.texts.line(retired.we_will, place),
                )
                for retired in reversed(objective.front.retired)
            ),
            log=history_log(tree, page, history),
            is_bare=not members
            and objective.id not in tree.scope.children_of
            and not closed_key_results,
        ),
    )


def made_of(tree: AudienceTree, objective: Objective) -> str:
    """ "three key results", or "two objectives that serve it" where it has none of its own."""
    members, children = (
        items_of.get(objective.id, ())
        for items_of in (tree.scope.key_results_of, tree.scope.children_of)
    )
    if members or not children:
        return counted(len(members), "key result")
    return f"{counted(len(children), 'objective')} that {'serves' if len(children) == 1 else 'serve'} it"


def _rows_alone(card: Scorecard) -> Scorecard:
    """The scorecard without its objective's own line, which is the page's title."""
    return replace(
        card,
        groups=tuple(replace(group, title="") for group in card.groups),
        folded=tuple(
            replace(group, title="The other key results", note="") for group in card.folded
        ),
    )


def _relative(tree: AudienceTree, page: str, objective: Objective) -> RelatedObjective:
    reading = tree.scope.objective_reading(objective.id)
    return RelatedObjective(
        title=objective.title,
        href=links.href(page, links.objective_page(objective.id)),
        owner=tree.manifest.person(objective.front.lead),
        score=f"score {score_text(reading.score)}" if reading and reading.score is not None else "",
        status=status_mark(reading.status) if reading and _can_be_judged(tree, reading) else None,
    )


def _can_be_judged(tree: AudienceTree, reading: ObjectiveReading) -> bool:
    """Whether there is anything by which to judge it: key results, also those that ended with it
    and are elsewhere now, or objectives that serve it."""
    members = tree.scope.key_results_of.get(reading.id) or _closed_key_results(tree, reading.id)
    return reading.by_objectives or bool(members)


def _closed_key_results(tree: AudienceTree, objective: str) -> list[ClosedKeyResult]:
    """What ended with an objective and is no longer below it as it was."""
    return [
        closed
        for closed in tree.scope.results.settled
        if closed.metric.okr and closed.metric.okr.objective == objective
    ]


def _ended_key_result(tree: AudienceTree, closed: ClosedKeyResult) -> EndedKeyResult:
    grain = closed.reading.grain if closed.reading else None
    fiscal = tree.manifest.config.project.fiscal_year
    subject = Subject.of(closed.metric, grain, fiscal=fiscal)
    return EndedKeyResult(
        title=closed.metric.title,
        now=with_period(subject.now(closed.reading), brief_period(closed.reading, tree.as_of)),
        score=score_text(closed.okr.score),
        status=status_mark(closed.okr.status),
    )
