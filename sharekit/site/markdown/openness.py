"""Challenges, decisions asked for, plan, help wanted and offers, as lists."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.project.shapes import KeyResultFront, ObjectiveFront
from sharekit.site.context import AudienceTree
from sharekit.site.markdown import write
from sharekit.site.markdown.prose import ProseWriter
from sharekit.wording import sharing as openness
from sharekit.wording.phrases import full_day

_STATES = {"done": "[x] ", "todo": "[ ] ", "overdue": "[ ] "}


def shared_openly(
    tree: AudienceTree,
    texts: ProseWriter,
    front: KeyResultFront | ObjectiveFront,
    owner: str | None,
) -> Iterator[str]:
    """What the owner of a key result or objective shares about it; nothing where nothing is
    shared."""
    manifest, today = tree.manifest, tree.as_of
    challenges = [texts.line(text) for text in openness.points(front.challenges)]
    decisions = [
        _decision(texts, decision)
        for decision in openness.decisions(front.decisions, manifest, today)
    ]
    tasks = [_task(texts, task) for task in openness.tasks(front.plan, manifest, today)]
    wants = [
        _want(texts, request) for request in openness.wants(front.help_wanted, manifest, today)
    ]
    offers = [
        _offer(texts, offer) for offer in openness.offers(front.offers, owner, manifest, today)
    ]
    yield from write.section("Challenges", write.bullets(challenges))
    yield from write.section("Decisions asked for", write.bullets(decisions))
    yield from write.section("Plan", "\n".join(f"- {task}" for task in tasks))
    yield from write.section("Help wanted", write.bullets(wants))
    yield from write.section("On offer", write.bullets(offers))


def _task(texts: ProseWriter, task: openness.Task) -> str:
    day = task.done_on or task.due
    when = f"{'done' if task.state == 'done' else 'due'} {full_day(day)}" if day else ""
    late = "overdue" if task.state == "overdue" else ""
    return _STATES[task.state] + _joined(texts.line(task.what), task.who, when, late)


def _decision(texts: ProseWriter, asked: openness.Decision) -> str:
    when = f"by {full_day(asked.by)}" if asked.by else ""
    state = (
        f"decided: {texts.line(asked.decided)}"
        if asked.decided
        else "still undecided"
        if asked.late
        else ""
    )
    return _joined(texts.line(asked.what), f"asks {asked.who}" if asked.who else "", when) + (
        f"; {state}" if state else ""
    )


def _want(texts: ProseWriter, want: openness.HelpRequest) -> str:
    when = f"needed by {full_day(want.by)}" if want.by else ""
    state = (
        f"answered: {texts.line(want.answered)}"
        if want.answered
        else "still unanswered"
        if want.late
        else ""
    )
    asked = f"asks {want.who}" if want.who else ""
    return _joined(texts.line(want.what), asked, want.how_much, when) + (
        f"; {state}" if state else ""
    )


def _offer(texts: ProseWriter, offer: openness.HelpOffer) -> str:
    until = (
        f"{'was offered until' if offer.over else 'until'} {full_day(offer.until)}"
        if offer.until
        else ""
    )
    return _joined(texts.line(offer.what), offer.who, until)


def _joined(written: str, *details: str) -> str:
    """What is written already, and what is known of it in brackets."""
    joined = ", ".join(write.inline_text(detail) for detail in details if detail)
    return f"{written} ({joined})" if joined else written
