"""Challenges, plan, decisions asked for, help wanted and offers, as a page shows them: in the
owner's words, with days told from the as-of date."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from sharekit.project.manifest import Metric, Objective
from sharekit.project.shapes import KeyResultFront, ObjectiveFront
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree, Person
from sharekit.site.icons import Icon
from sharekit.site.prose import Prose
from sharekit.wording import sharing as openness
from sharekit.wording.english import and_list, near_day, spelled


class TaskView(Struct, frozen=True):
    """One item of the plan."""

    what: Prose
    who: str
    icon: Icon
    state: str
    """"Done", "To do", "Overdue": said aloud."""
    due: str
    late: bool
    done: bool


class WantView(Struct, frozen=True):
    """One request for help."""

    what: Prose
    detail: str
    mail: str
    """A link that opens a mail to the owner; "" where there is no address, or nothing more is
    asked."""
    answered: str
    late: bool


class DecisionView(Struct, frozen=True):
    """One decision that is asked for."""

    what: Prose
    detail: str
    mail: str
    """A link that opens a mail to the owner; "" where there is no address, or it is decided."""
    decided: str
    late: bool


class OfferView(Struct, frozen=True):
    """Something that is lent."""

    what: Prose
    detail: str
    mail: str
    over: bool


class SharingView(Struct, frozen=True):
    """All of it, for one key result or objective."""

    challenges: tuple[Prose, ...]
    tasks: tuple[TaskView, ...]
    done: str
    """"one of four done", or ""."""
    decisions: tuple[DecisionView, ...]
    wants: tuple[WantView, ...]
    offers: tuple[OfferView, ...]

    @property
    def heading(self) -> str:
        """What the section is called: by what weighs most in it."""
        if self.challenges:
            return "Challenges, shared openly"
        return "Plan and help" if self.tasks or self.wants or self.offers else "Decisions asked for"

    @property
    def any(self) -> bool:
        return bool(self.challenges or self.tasks or self.decisions or self.wants or self.offers)


class OpenWant(Struct, frozen=True):
    """A request for help or a decision that is still open, for the home page."""

    what: str
    href: str
    line: str
    by: date | None


class _SharingBuilder(Struct, frozen=True):
    """Who shares what: the same of a key result and of an objective."""

    front: KeyResultFront | ObjectiveFront
    owner: str | None
    title: str
    path: str
    page: str


def _builder(item: Metric | Objective) -> _SharingBuilder | None:
    """None for a plain metric, which has nothing of the kind."""
    if isinstance(item, Objective):
        return _SharingBuilder(
            item.front, item.front.lead, item.title, item.path, links.objective_page(item.id)
        )
    return (
        _SharingBuilder(item.okr.front, item.owner, item.title, item.path, links.metric_page(item))
        if item.okr
        else None
    )


def sharing(tree: AudienceTree, page: str, item: Metric | Objective) -> SharingView:
    """What the owner of a key result or objective shares about it."""
    sharing_builder = _builder(item)
    if sharing_builder is None:
        return SharingView((), (), "", (), (), ())
    front, owner, place = (
        sharing_builder.front,
        tree.person(sharing_builder.owner),
        tree.prose(page, sharing_builder.path),
    )

    def line(text: str) -> Prose:
        return tree.texts.line(text, place)

    tasks = openness.tasks(front.plan, tree.manifest, tree.as_of)
    decisions = openness.decisions(front.decisions, tree.manifest, tree.as_of)
    wants = openness.wants(front.help_wanted, tree.manifest, tree.as_of)
    offers = openness.offers(front.offers, sharing_builder.owner, tree.manifest, tree.as_of)
    done_count = sum(task.state == "done" for task in tasks)
    return SharingView(
        challenges=tuple(line(text) for text in openness.points(front.challenges)),
        tasks=tuple(_task(tree, task, line(task.what)) for task in tasks),
        done=_done_of(done_count, len(tasks)),
        decisions=tuple(
            _decision(tree, decision, line(decision.what), owner, sharing_builder.title)
            for decision in decisions
        ),
        wants=tuple(
            _want(tree, want, line(want.what), owner, sharing_builder.title) for want in wants
        ),
        offers=tuple(
            _offer(tree, offer, line(offer.what), owner, sharing_builder.title) for offer in offers
        ),
    )


def _done_of(count: int, total: int) -> str:
    if total < 2:
        return ("done" if count else "not done yet") if total else ""
    return (
        f"all {spelled(total)} done"
        if count == total
        else f"{spelled(count) if count else 'none'} of {spelled(total)} done"
    )


def _task(tree: AudienceTree, task: openness.Task, what: Prose) -> TaskView:
    if task.state == "done":
        return TaskView(
            what,
            task.who,
            "check",
            "Done",
            near_day(task.done_on, tree.as_of) if task.done_on else "",
            False,
            True,
        )
    if task.state == "overdue" and task.due:
        due = f"overdue since {near_day(task.due, tree.as_of)}"
        return TaskView(what, task.who, "overdue", "Overdue", due, True, False)
    return TaskView(
        what,
        task.who,
        "todo",
        "To do",
        near_day(task.due, tree.as_of) if task.due else "",
        False,
        False,
    )


def _want(
    tree: AudienceTree, want: openness.HelpRequest, what: Prose, owner: Person | None, title: str
) -> WantView:
    parts = [f"Asks {want.who}" if want.who else "", want.how_much, _needed(tree, want)]
    detail = ". ".join(part[:1].upper() + part[1:] for part in parts if part)
    mail = (
        links.mailto(owner.email, f"{title}: {want.what}")
        if owner and owner.email and not want.answered
        else ""
    )
    return WantView(what, f"{detail}." if detail else "", mail, want.answered, want.late)


def _needed(tree: AudienceTree, want: openness.HelpRequest) -> str:
    if want.by is None or want.answered:
        return ""
    day = near_day(want.by, tree.as_of)
    if want.late:
        return f"Was needed by {day}, and is still unanswered"
    return f"Needed by {day}"


def _decision(
    tree: AudienceTree, decision: openness.Decision, what: Prose, owner: Person | None, title: str
) -> DecisionView:
    parts = [f"Asked of {decision.who}" if decision.who else "", _wanted_by(tree, decision)]
    detail = ". ".join(part for part in parts if part)
    mail = (
        links.mailto(owner.email, f"{title}: {decision.what}")
        if owner and owner.email and not decision.decided
        else ""
    )
    return DecisionView(what, f"{detail}." if detail else "", mail, decision.decided, decision.late)


def _wanted_by(tree: AudienceTree, decision: openness.Decision) -> str:
    if decision.by is None or decision.decided:
        return ""
    day = near_day(decision.by, tree.as_of)
    if decision.late:
        return f"Was to be decided by {day}, and is still open"
    return f"To be decided by {day}"


def _offer(
    tree: AudienceTree, offer: openness.HelpOffer, what: Prose, owner: Person | None, title: str
) -> OfferView:
    until = f"until {near_day(offer.until, tree.as_of)}" if offer.until else ""
    if offer.over:
        until = f"was offered {until}"
    detail = ", ".join(part for part in (offer.who, until) if part)
    mail = (
        links.mailto(owner.email, f"{title}: {offer.what}")
        if owner and owner.email and not offer.over
        else ""
    )
    return OfferView(what, detail, mail, offer.over)


def wants_of(
    tree: AudienceTree, page: str, items: Sequence[Metric | Objective]
) -> tuple[OpenWant, ...]:
    """Open requests for help of these items, the most urgent first."""

    def open_requests(builder: _SharingBuilder) -> Iterator[openness.HelpRequest]:
        wants = openness.wants(builder.front.help_wanted, tree.manifest, tree.as_of)
        return (request for request in wants if not request.answered)

    return _open(tree, page, items, open_requests, "help", "still unanswered")


def decisions_of(
    tree: AudienceTree, page: str, items: Sequence[Metric | Objective]
) -> tuple[OpenWant, ...]:
    """Decisions that these items ask for and that are still open, the most urgent first."""

    def open_requests(builder: _SharingBuilder) -> Iterator[openness.Decision]:
        decisions = openness.decisions(builder.front.decisions, tree.manifest, tree.as_of)
        return (decision for decision in decisions if not decision.decided)

    return _open(tree, page, items, open_requests, "decide", "still undecided")


def _open(
    tree: AudienceTree,
    page: str,
    items: Sequence[Metric | Objective],
    requests_of: Callable[[_SharingBuilder], Iterator[openness.HelpRequest | openness.Decision]],
    anchor: str,
    overdue: str,
) -> tuple[OpenWant, ...]:
    """What these items ask for, as lines that lead to `anchor` of their pages. `overdue`: said once
    its day is past."""
    open_wants: list[OpenWant] = []
    for sharing_builder in filter(None, map(_builder, items)):
        owner = first_name(tree.person(sharing_builder.owner))
        for request in requests_of(sharing_builder):
            who = f"{owner} asks {first_names(request.who)}" if request.who else f"{owner} asks"
            when = f"by {near_day(request.by, tree.as_of)}" if request.by else ""
            line = ", ".join(part for part in (who, when, overdue if request.late else "") if part)
            open_wants.append(
                OpenWant(
                    request.what, links.href(page, sharing_builder.page, anchor), line, request.by
                )
            )
    return tuple(
        sorted(open_wants, key=lambda request: (request.by is None, request.by or date.max))
    )


def first_name(person: Person | None) -> str:
    return person.name.split()[0] if person and person.name.split() else "Somebody"


def first_names(names: str) -> str:
    """ "Jonas and Eve" of "Jonas Lind and Eve Tanaka"."""
    people = names.replace(" and ", ", ").split(", ")
    return and_list([name.split()[0] for name in people if name.split()])
