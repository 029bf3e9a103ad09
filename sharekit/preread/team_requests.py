"""The lists of a pre-read that go across teams: overdue plan items, decisions asked for, help
wanted and offers. Plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from sharekit.preread.item_lines import TalkLine, TreeLink
from sharekit.project.manifest import Metric, Objective
from sharekit.project.shapes import KeyResultFront, ObjectiveFront
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.wording import sharing as openness
from sharekit.wording.english import near_day


class TaskLine(Struct, frozen=True):
    """One item of a plan, of any team, whose day has passed."""

    what: str
    who: str
    """Names of those who do it; else the owner's."""
    title: str
    ref: TreeLink
    due: date
    when: str
    """"15 Nov, overdue"."""
    people: tuple[str, ...] = ()
    """Keys of those who do it."""
    declared: str = ""
    """What is to be done, as it is written."""


class RequestLine(Struct, frozen=True):
    """One decision or help that a team asks for and that is still open."""

    what: str
    who: str
    """Names of those who are asked; "" for anybody, or all who meet."""
    owner: str
    """Who asks for it."""
    title: str
    ref: TreeLink
    by: date | None
    when: str
    """"25 Nov", "20 Nov, overdue", or ""."""
    late: bool
    how_much: str = ""
    """Of help."""
    people: tuple[str, ...] = ()
    """Keys of those whom it is asked of."""


class OfferLine(Struct, frozen=True):
    """One offer to other teams."""

    what: str
    who: str
    until: str
    """"until 18 Dec", or ""."""
    title: str
    ref: TreeLink


def without_talked(tasks: Sequence[TaskLine], talked: Sequence[TalkLine]) -> list[TaskLine]:
    """Overdue plan items without those that stand below a key result to talk about."""
    late_tasks = {(line.ref.path, line.task) for line in talked if line.late}
    return [task for task in tasks if (task.ref.path, task.declared) not in late_tasks]


def overdue_tasks(tree: AudienceTree) -> list[TaskLine]:
    """Plan items of all teams whose day has passed, the oldest first."""
    lines: list[TaskLine] = []
    for item, front, owner, ref in _running(tree, "plan"):
        for task in openness.tasks(front.plan, tree.manifest, tree.as_of):
            if task.state == "overdue" and task.due:
                when = _day_text(task.due, tree.as_of, late=True)
                lines.append(
                    TaskLine(
                        tree.plain(task.what),
                        task.who or owner,
                        item.title,
                        ref,
                        task.due,
                        when,
                        task.people or _owner(item),
                        task.what,
                    )
                )
    return sorted(lines, key=lambda line: line.due)


def _owner(item: Metric | Objective) -> tuple[str, ...]:
    key = item.owner if isinstance(item, Metric) else item.front.lead
    return (key,) if key else ()


def open_decisions(tree: AudienceTree) -> tuple[RequestLine, ...]:
    """Decisions asked for across all teams, the most urgent first; those that were taken are left
    out."""
    return _most_urgent_first(
        _request_line(tree, item, owner, ref, decision)
        for item, front, owner, ref in _running(tree, "decide")
        for decision in openness.decisions(front.decisions, tree.manifest, tree.as_of)
        if not decision.decided
    )


def open_wants(tree: AudienceTree) -> tuple[RequestLine, ...]:
    """Help wanted across all teams, the most urgent first; what was answered is left out."""
    return _most_urgent_first(
        _request_line(tree, item, owner, ref, want, want.how_much)
        for item, front, owner, ref in _running(tree)
        for want in openness.wants(front.help_wanted, tree.manifest, tree.as_of)
        if not want.answered
    )


def _request_line(
    tree: AudienceTree,
    item: Metric | Objective,
    owner: str,
    ref: TreeLink,
    request: openness.Decision | openness.HelpRequest,
    how_much: str = "",
) -> RequestLine:
    return RequestLine(
        tree.plain(request.what),
        request.who,
        owner,
        item.title,
        ref,
        request.by,
        _day_text(request.by, tree.as_of, late=request.late),
        request.late,
        how_much,
        request.people,
    )


def _most_urgent_first(lines: Iterable[RequestLine]) -> tuple[RequestLine, ...]:
    return tuple(sorted(lines, key=lambda line: (line.by is None, line.by or date.max)))


def _day_text(day: date | None, as_of: date, *, late: bool) -> str:
    if day is None:
        return ""
    return near_day(day, as_of) + (", overdue" if late else "")


def open_offers(tree: AudienceTree) -> tuple[OfferLine, ...]:
    """What teams lend to each other today."""
    lines: list[OfferLine] = []
    for item, front, owner, ref in _running(tree):
        for offer in openness.offers(front.offers, owner, tree.manifest, tree.as_of):
            if not offer.over:
                until = f"until {near_day(offer.until, tree.as_of)}" if offer.until else ""
                lines.append(OfferLine(tree.plain(offer.what), offer.who, until, item.title, ref))
    return tuple(lines)


def _running(
    tree: AudienceTree, anchor: str = "help"
) -> Iterator[tuple[Metric | Objective, KeyResultFront | ObjectiveFront, str, TreeLink]]:
    """Objectives and key results that are open and whose period is not over, with their owner's
    name and the part of their page that is meant."""
    for objective in tree.manifest.objectives.values():
        period = tree.scope.period_of(objective)
        if objective.front.state == "open" and (period is None or period.end >= tree.as_of):
            owner = tree.manifest.person(objective.front.lead)
            yield (
                objective,
                objective.front,
                owner,
                TreeLink(links.objective_page(objective.id), anchor),
            )
    for metric in tree.manifest.key_results.values():
        terms = metric.okr
        if terms and terms.front.state == "open" and terms.period.end >= tree.as_of:
            yield (
                metric,
                terms.front,
                tree.manifest.person(metric.owner),
                TreeLink(links.metric_page(metric), anchor),
            )
