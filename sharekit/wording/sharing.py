"""Challenges, plans, help wanted, decisions asked for and offers: text or lists in the file, one
shape on pages and in mails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from sharekit.project.shapes import DecisionItem, HelpItem, OfferShape, PlanItem
from sharekit.visible import VisibleManifest
from sharekit.wording.english import and_list

TaskState = Literal["done", "todo", "overdue"]


class Task(Struct, frozen=True):
    """One item of a plan."""

    what: str
    who: str
    """Names, joined; "" where nobody is named."""
    due: date | None
    state: TaskState
    done_on: date | None = None
    people: tuple[str, ...] = ()
    """Their keys."""


class HelpRequest(Struct, frozen=True):
    """One request for help."""

    what: str
    who: str
    how_much: str
    by: date | None
    answered: str
    late: bool
    """Whether its day has passed without an answer."""
    people: tuple[str, ...] = ()
    """Keys of those who are asked."""


class Decision(Struct, frozen=True):
    """One decision that is asked for."""

    what: str
    who: str
    """Names of those who decide; "" for all who meet."""
    by: date | None
    decided: str
    """What was decided; "" while it is open."""
    late: bool
    """Whether its day has passed without a decision."""
    people: tuple[str, ...] = ()
    """Keys of those who decide."""


class HelpOffer(Struct, frozen=True):
    """One offer to other teams."""

    what: str
    who: str
    until: date | None
    over: bool


def points(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """Each challenge as one paragraph; blank lines part a text."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(
            " ".join(challenge.split()) for challenge in value.split("\n\n") if challenge.strip()
        )
    return tuple(" ".join(challenge.split()) for challenge in value if challenge.strip())


def tasks(
    value: str | Sequence[str | PlanItem] | None, manifest: VisibleManifest, as_of: date
) -> tuple[Task, ...]:
    """A plan's items in the declared order."""
    items = points(value) if isinstance(value, str) or value is None else value
    return tuple(
        _task(item, manifest, as_of)
        if isinstance(item, PlanItem)
        else Task(_line(item), "", None, "todo")
        for item in items
    )


def wants(
    value: str | Sequence[str | HelpItem] | None, manifest: VisibleManifest, as_of: date
) -> tuple[HelpRequest, ...]:
    """Requests for help in the declared order, answered ones included."""
    items = points(value) if isinstance(value, str) or value is None else value
    return tuple(
        _want(item, manifest, as_of)
        if isinstance(item, HelpItem)
        else HelpRequest(_line(item), "", "", None, "", False)
        for item in items
    )


def decisions(
    value: str | Sequence[str | DecisionItem] | None, manifest: VisibleManifest, as_of: date
) -> tuple[Decision, ...]:
    """Decisions asked for in the declared order, those that were taken included."""
    items = points(value) if isinstance(value, str) or value is None else value
    return tuple(
        _decision(item, manifest, as_of)
        if isinstance(item, DecisionItem)
        else Decision(_line(item), "", None, "", False)
        for item in items
    )


def offers(
    value: Sequence[OfferShape], owner: str | None, manifest: VisibleManifest, as_of: date
) -> tuple[HelpOffer, ...]:
    """Offers in the declared order; the owner's where no other name is given."""
    return tuple(
        HelpOffer(
            _line(offer.what),
            manifest.person(offer.who or owner),
            offer.until,
            offer.until is not None and offer.until < as_of,
        )
        for offer in value
    )


def names(who: str | Sequence[str] | None, manifest: VisibleManifest) -> str:
    """Names of people, joined for reading."""
    return and_list([manifest.person(key) for key in keys(who)])


def keys(who: str | Sequence[str] | None) -> tuple[str, ...]:
    """Keys of the people named."""
    return (who,) if isinstance(who, str) else tuple(who or ())


def _line(text: str) -> str:
    """A text that was written over several lines as one."""
    return " ".join(text.split())


def _task(item: PlanItem, manifest: VisibleManifest, as_of: date) -> Task:
    late = item.due is not None and item.due < as_of
    state: TaskState = "done" if item.done else "overdue" if late else "todo"
    return Task(
        _line(item.what),
        names(item.who, manifest),
        item.due,
        state,
        item.done if isinstance(item.done, date) else None,
        keys(item.who),
    )


def _want(item: HelpItem, manifest: VisibleManifest, as_of: date) -> HelpRequest:
    late = item.by is not None and item.by < as_of and not item.answered
    return HelpRequest(
        _line(item.what),
        names(item.who, manifest),
        item.how_much or "",
        item.by,
        item.answered or "",
        late,
        keys(item.who),
    )


def _decision(item: DecisionItem, manifest: VisibleManifest, as_of: date) -> Decision:
    late = item.by is not None and item.by < as_of and not item.decided
    return Decision(
        _line(item.what),
        names(item.who, manifest),
        item.by,
        item.decided or "",
        late,
        keys(item.who),
    )
