"""The lists of a pre-read that go across teams: overdue plan items, decisions asked for, help
wanted and offers. Plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sharekit.preread.lines import Ref, Talk
from sharekit.project.manifest import Metric, Objective
from sharekit.project.shapes import KeyResultFront, ObjectiveFront
from sharekit.site import links
from sharekit.site.context import Tree
from sharekit.wording import sharing as openness
from sharekit.wording.phrases import near_day, overdue


@dataclass(frozen=True)
class TaskLine:
    """One item of a plan, of any team, whose day has passed."""

    what: str
    who: str
    """Names of those who do it; else the owner's."""
    title: str
    ref: Ref
    due: date
    when: str
    """"15 Nov, 7 days overdue"."""


@dataclass(frozen=True)
class DecideLine:
    """One decision that is still open, of any team."""

    what: str
    who: str
    """Names of those who decide; "" for all who meet."""
    owner: str
    """Who asks for it."""
    title: str
    ref: Ref
    by: date | None
    when: str
    """"25 Nov", "20 Nov, 2 days overdue", or ""."""
    late: bool


@dataclass(frozen=True)
class WantLine:
    """One open request for help, of any team."""

    what: str
    who: str
    """Names of those who are asked; "" for anybody."""
    how_much: str
    owner: str
    """Who asks."""
    title: str
    ref: Ref
    by: date | None
    when: str
    """"25 Nov", "20 Nov, 2 days overdue", or ""."""
    late: bool


@dataclass(frozen=True)
class LendLine:
    """One offer to other teams."""

    what: str
    who: str
    until: str
    """"until 18 Dec", or ""."""
    title: str
    ref: Ref


def overdue_tasks(tree: Tree, talked: Sequence[Talk]) -> list[TaskLine]:
    """Plan items of all teams whose day has passed, without those that stand below a key result to
    talk about."""
    told = {(each.ref.path, each.task) for each in talked if each.late}
    found: list[TaskLine] = []
    for item, front, owner, ref in _running(tree, "plan"):
        for task in openness.tasks(front.plan, tree.manifest, tree.as_of):
            if task.state == "overdue" and task.due and (ref.path, task.what) not in told:
                when = _when(task.due, tree.as_of, late=True)
                found.append(
                    TaskLine(
                        tree.plain(task.what), task.who or owner, item.title, ref, task.due, when
                    )
                )
    return sorted(found, key=lambda each: each.due)


def open_decisions(tree: Tree) -> tuple[DecideLine, ...]:
    """Decisions asked for across all teams, the most urgent first; those that were taken are left
    out."""
    found: list[DecideLine] = []
    for item, front, owner, ref in _running(tree, "decide"):
        for each in openness.decisions(front.decisions, tree.manifest, tree.as_of):
            if not each.decided:
                when = _when(each.by, tree.as_of, late=each.late)
                what = tree.plain(each.what)
                found.append(
                    DecideLine(what, each.who, owner, item.title, ref, each.by, when, each.late)
                )
    return tuple(sorted(found, key=lambda each: (each.by is None, each.by or date.max)))


def open_wants(tree: Tree) -> tuple[WantLine, ...]:
    """Help wanted across all teams, the most urgent first; what was answered is left out."""
    found: list[WantLine] = []
    for item, front, owner, ref in _running(tree):
        for want in openness.wants(front.help_wanted, tree.manifest, tree.as_of):
            if not want.answered:
                when = _when(want.by, tree.as_of, late=want.late)
                what = tree.plain(want.what)
                found.append(
                    WantLine(
                        what,
                        want.who,
                        want.how_much,
                        owner,
                        item.title,
                        ref,
                        want.by,
                        when,
                        want.late,
                    )
                )
    return tuple(sorted(found, key=lambda each: (each.by is None, each.by or date.max)))


def _when(day: date | None, as_of: date, *, late: bool) -> str:
    if day is None:
        return ""
    return near_day(day, as_of) + (f", {overdue(day, as_of)}" if late else "")


def open_offers(tree: Tree) -> tuple[LendLine, ...]:
    """What teams lend to each other today."""
    found: list[LendLine] = []
    for item, front, owner, ref in _running(tree):
        for offer in openness.offers(front.offers, owner, tree.manifest, tree.as_of):
            if not offer.over:
                until = f"until {near_day(offer.until, tree.as_of)}" if offer.until else ""
                found.append(LendLine(tree.plain(offer.what), offer.who, until, item.title, ref))
    return tuple(found)


def _running(
    tree: Tree, anchor: str = "help"
) -> Iterator[tuple[Metric | Objective, KeyResultFront | ObjectiveFront, str, Ref]]:
    """Objectives and key results that are open and whose period is not over, with their owner's
    name and the part of their page that is meant."""
    for objective in tree.manifest.objectives.values():
        period = tree.scope.period_of(objective)
        if objective.front.state == "open" and (period is None or period.end >= tree.as_of):
            owner = tree.manifest.person(objective.front.lead)
            yield objective, objective.front, owner, Ref(links.objective_page(objective.id), anchor)
    for metric in tree.manifest.key_results.values():
        terms = metric.okr
        if terms and terms.front.state == "open" and terms.period.end >= tree.as_of:
            yield (
                metric,
                terms.front,
                tree.manifest.person(metric.owner),
                Ref(links.metric_page(metric), anchor),
            )
