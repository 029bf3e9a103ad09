"""Rules: people and audiences that are named must be declared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sharekit.checks.checked_project import CheckedProject, quoted
from sharekit.errors import Place, Problem, Severity
from sharekit.project.manifest import (
    Ask,
    Audiences,
    Dashboard,
    DeclaredItem,
    Metric,
    Objective,
    View,
)
from sharekit.project.shapes import DecisionItem, HelpItem, OfferShape, PlanItem

_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
NOBODY = "Nobody is declared yet: write [people.maria] in sharekit.toml."
_ADD_AUDIENCE = "None is declared yet: write [audiences.team1] in sharekit.toml."


def looks_like_key(who: str) -> bool:
    """Whether this means somebody in [people]; a name with capitals or spaces is of somebody who is
    not."""
    return _KEY.match(who) is not None


def owners(project: CheckedProject) -> Iterator[Problem]:
    """Owners are keys of [people]."""
    people = project.manifest.config.people
    for item in _owned_items(project):
        is_list = not isinstance(item.front.owner, str)
        for index, owner in enumerate(item.front.owners):
            place = item.at(f"owner[{index}]") if is_list else item.at("owner")
            yield from project.unknown("person", owner, people, place, none=NOBODY)


def audiences(project: CheckedProject) -> Iterator[Problem]:
    """Audiences are keys of [audiences]."""
    for item in _owned_items(project):
        yield from project.unknown_audiences(
            item.front.audience, item.at, "audience", _ADD_AUDIENCE
        )


def helpers(project: CheckedProject) -> Iterator[Problem]:
    """Whoever does or is asked for something is known, and may see what it is about."""
    for item in _accountable(project):
        for key, who in _people_named(item):
            if not looks_like_key(who):
                continue
            place = item.at(key)
            yield from project.unknown(
                "person", who, project.manifest.config.people, place, none=NOBODY
            )
            yield from _outside(project, item, who, place, "is named here", severity="warning")


def outside_owners(project: CheckedProject) -> Iterator[Problem]:
    """Owners of what is announced by mail belong to its audience."""
    for item in _accountable(project):
        announced = (
            isinstance(item, Objective) or item.okr is not None or item.front.announce == "mail"
        )
        for owner in item.front.owners if announced else ():
            yield from _outside(
                project, item, owner, item.at("owner"), "owns this", severity="error"
            )


def _outside(
    project: CheckedProject,
    item: DeclaredItem,
    who: str,
    place: Place,
    role: str,
    *,
    severity: Severity,
) -> Iterator[Problem]:
    manifest = project.manifest
    members = manifest.people_of(item.audiences)
    if not members or who in members or who not in manifest.config.people:
        return
    yield Problem(
        "outside-audience",
        f"{manifest.person(who)} {role} and {_not_in(item.audiences)}",
        place,
        hint=(
            f"Add {who} to the members of [audiences.{item.audiences[0]}], or choose another"
            " audience."
        ),
        severity=severity,
    )


def _not_in(audiences: Audiences) -> str:
    if len(audiences) == 1:
        return f"is not in the audience {quoted(audiences)}"
    return f"is in none of the audiences {quoted(audiences)}"


def _owned_items(project: CheckedProject) -> Iterator[View | Metric | Objective | Dashboard | Ask]:
    manifest = project.manifest
    yield from manifest.views.values()
    yield from manifest.metrics.values()
    yield from manifest.objectives.values()
    yield from manifest.dashboards.values()
    yield from manifest.asks.values()


def _accountable(project: CheckedProject) -> Iterator[Metric | Objective]:
    yield from project.manifest.objectives.values()
    yield from project.manifest.metrics.values()


def _people_named(item: Metric | Objective) -> Iterator[tuple[str, str]]:
    """People named in plans, requests, decisions and offers, each with the key where it stands."""
    for name in ("plan", "help_wanted", "decisions", "offers"):
        entries = getattr(item.front, name, None)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            yield from _people_in_entry(f"{name}[{index}].who", entry)


def _people_in_entry(key: str, entry: object) -> Iterator[tuple[str, str]]:
    who = entry.who if isinstance(entry, PlanItem | HelpItem | DecisionItem | OfferShape) else None
    if isinstance(who, str):
        yield key, who
    for index, person in enumerate(who if isinstance(who, list) else ()):
        yield f"{key}[{index}]", person
