"""Rules: questions that were asked name people and answers that are there."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.checks.context import Project
from sharekit.checks.people import NOBODY, looks_like_key
from sharekit.errors import Problem
from sharekit.manifest import Ask, Declared


def asked(project: Project) -> Iterator[Problem]:
    """Whoever asked is known, and the question has one end at most."""
    for ask in project.manifest.asks.values():
        front, first = ask.front, ask.first
        for index, asking in enumerate(front.asked):
            if looks_like_key(asking.by):
                place = ask.at(f"asked[{index}].by")
                yield from project.unknown("person", asking.by, project.manifest.config.people, place, none=NOBODY)
        if front.declined is not None and front.answered_by is not None:
            hint = "Take one of them out."
            yield Problem("two-answers", "this is both answered and declined", ask.at("declined"), hint=hint)
        if front.promised is not None and front.promised < first:  # an answer may well be older than its question
            message = f"{front.promised} is before the question was asked, on {first}"
            yield Problem("date-order", message, ask.at("promised"), hint="Is it the right year?")


def answers(project: Project) -> Iterator[Problem]:
    """Answers are there, and those who may read the question may read its answer."""
    manifest = project.manifest
    known: dict[str, Declared] = {**manifest.dashboards, **manifest.metrics}
    for ask in manifest.asks.values():
        name = ask.front.answered_by
        if name is None:
            continue
        place = ask.at("answered_by")
        yield from project.unknown("metric", name, known, place, none="No metric is declared yet.")
        if name in known:
            yield from _leak(project, ask, known[name])


def _leak(project: Project, ask: Ask, answer: Declared) -> Iterator[Problem]:
    if project.may_see(ask.audience, answer.audience):
        return
    yield Problem(
        "audience-leak",
        f"the question is for `{ask.audience}` and its answer `{answer.id}` is for `{answer.audience}` alone",
        ask.at("answered_by"),
        hint=f"Write `audience: {answer.audience}` here, or widen the answer's.",
    )
