"""Rules: questions that were asked name people and answers that are there."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.checks.checked_project import CheckedProject, quoted
from sharekit.checks.people import NOBODY, looks_like_key
from sharekit.errors import Problem
from sharekit.project.manifest import Ask, DeclaredItem
from sharekit.project.shapes import audience_text


def askers_are_people(project: CheckedProject) -> Iterator[Problem]:
    """Whoever asked is known, and the question has one end at most."""
    for ask in project.manifest.asks.values():
        front, first = ask.front, ask.first
        for index, asking in enumerate(front.asked):
            if looks_like_key(asking.by):
                place = ask.at(f"asked[{index}].by")
                yield from project.unknown(
                    "person", asking.by, project.manifest.config.people, place, none=NOBODY
                )
        if front.declined is not None and front.answered_by is not None:
            hint = "Take one of them out."
            yield Problem(
                "two-answers", "this is both answered and declined", ask.at("declined"), hint=hint
            )
        if (
            front.promised is not None and front.promised < first
        ):  # an answer may well be older than its question
            message = f"{front.promised} is before the question was asked, on {first}"
            yield Problem("date-order", message, ask.at("promised"), hint="Is it the right year?")


def answers(project: CheckedProject) -> Iterator[Problem]:
    """Answers are there, and those who may read the question may read its answer."""
    manifest = project.manifest
    items: dict[str, DeclaredItem] = {**manifest.dashboards, **manifest.metrics}
    for ask in manifest.asks.values():
        name = ask.front.answered_by
        if name is None:
            continue
        place = ask.at("answered_by")
        yield from project.unknown("metric", name, items, place, none="No metric is declared yet.")
        if name in items:
            yield from _leak(project, ask, items[name])


def asked_twice(project: CheckedProject) -> Iterator[Problem]:
    """What was asked twice is a number by now, or somebody has promised a day for it."""
    for ask in project.manifest.asks.values():
        front = ask.front
        if len(front.asked) < 2 or front.answered_by or front.declined or front.promised:
            continue
        hint = (
            f"Make it a number: sharekit new metric NAME --from-ask {ask.id}. Or write the day by"
            " which it will be there as `promised`, or why it will not be as `declined`."
        )
        message = f"this was asked {len(front.asked)} times and nothing answers it yet"
        yield Problem("asked-twice", message, ask.at("question"), hint=hint, severity="warning")


def _leak(project: CheckedProject, ask: Ask, answer: DeclaredItem) -> Iterator[Problem]:
    if project.may_see(ask.audiences, answer.audiences):
        return
    yield Problem(
        "audience-leak",
        f"the question is for {quoted(ask.audiences)} and its answer `{answer.id}` is for"
        f" {quoted(answer.audiences)} alone",
        ask.at("answered_by"),
        hint=f"Write `audience: {audience_text(answer.audiences)}` here, or widen the answer's.",
    )
