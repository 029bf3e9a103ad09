"""Questions that got their answer between two states of a project, and who is told. Pure."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from sharekit.project.manifest import Ask, Dashboard, Manifest, Metric
from sharekit.visible import answer_to, person_sees


class AnsweredQuestion(Struct, frozen=True):
    """One question and what answers it now."""

    ask: Ask
    item: Metric | Dashboard

    @property
    def owner(self) -> str | None:
        """Who answered: the answer's owner, else the question's."""
        item_owner = self.item.owner if isinstance(self.item, Metric) else self.item.front.lead
        return item_owner or self.ask.front.owner


def answers_between(before: Manifest, after: Manifest, since: date) -> tuple[AnsweredQuestion, ...]:
    """Questions answered in `after` and not in `before`, by id.

    One whose file says that it was answered before `since`, the day of `before`, is history and no
    news."""
    answers = []
    for name, ask in sorted(after.asks.items()):
        item = answer_to(ask, after)
        if (
            item is None
            or ask.front.declined
            or (ask.front.answered_on and ask.front.answered_on < since)
        ):
            continue
        old = before.asks.get(name)
        if old is None or answer_to(old, before) is None:
            answers.append(AnsweredQuestion(ask, item))
    return tuple(answers)


def askers_of(answer: AnsweredQuestion, manifest: Manifest) -> tuple[str, ...]:
    """Everybody who asked and may see both question and answer, in the order of [people]."""
    askers = {asking.by for asking in answer.ask.front.asked}
    return tuple(
        key
        for key in manifest.config.people
        if key in askers
        and all(person_sees(key, item, manifest) for item in (answer.ask, answer.item))
    )
