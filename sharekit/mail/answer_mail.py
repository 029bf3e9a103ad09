"""The mail to those who asked: the question, what answers it, its value today, and who saw to
it."""

from __future__ import annotations

from msgspec import Struct

from sharekit.asks.answered import AnsweredQuestion
from sharekit.asks.register import answer_of
from sharekit.mail.blocks import Block, Button, Figure, Plain, Voice
from sharekit.project.manifest import Dashboard, Metric
from sharekit.site import links
from sharekit.visible import Visible
from sharekit.wording.english import full_day, long_day, times
from sharekit.wording.headline import headline_period, headline_value


class AnswerView(Struct, frozen=True):
    """An answer mail before it has a form."""

    project: str
    audience: str
    kind: str
    subject: str
    """The same for one question, whatever becomes of its answer."""
    heading: str
    """The question."""
    byline: str
    title: str
    """Of what answers it."""
    value: str
    """"" for a table, a dashboard, or where there is no value today."""
    period: str
    meaning: str
    thanks: str
    owner: str
    owner_mail: str
    url: str
    """Page of the answer; "" where the project has no address."""
    day: str
    """Today, as the numbers know it."""
    weight: int = 10
    """Its place among revisions: after them."""
    cause: str = ""


def answer_view(question: str, visible: Visible) -> AnswerView:
    manifest = visible.manifest
    ask = manifest.asks[question]
    answered = answer_of(ask, manifest)
    assert answered is not None, "only answered questions have a mail"
    answer = AnsweredQuestion(ask, answered)
    front, item = ask.front, answered
    owner = manifest.person(answer.owner)
    person = manifest.config.people.get(answer.owner or "")
    value, period = _value(item, visible)
    url = visible.url
    page = links.metric_page(item) if isinstance(item, Metric) else links.dashboard_page(item.id)
    times_asked = f"Asked {times(len(front.asked))}, first on {full_day(answer.ask.first)}."
    return AnswerView(
        project=manifest.config.project.name,
        audience=manifest.audience_name,
        kind="Answered",
        subject=f"Answered: {front.question}",
        heading=front.question,
        byline=f"{f'{owner} has answered it. ' if owner else ''}{times_asked}",
        title=item.title,
        value=value,
        period=period,
        meaning=" ".join((item.front.description or "").split()),
        thanks=(
            "Thank you for asking. Now it is there for all of us, and nobody has to ask for it"
            " again."
        ),
        owner=owner,
        owner_mail=(person.email or "") if person else "",
        url=links.absolute(url, page) if url else "",
        day=long_day(visible.as_of),
    )


def _value(item: Metric | Dashboard, visible: Visible) -> tuple[str, str]:
    result = visible.results.results.get(item.id) if isinstance(item, Metric) else None
    reading = result.reading if result else None
    if not isinstance(item, Metric) or reading is None or reading.table is not None:
        return "", ""
    if reading.value is None and reading.so_far is None:
        return "", ""
    return str(headline_value(reading, item.front.unit, item.front.format)), headline_period(
        reading
    )


def answer_blocks(view: AnswerView) -> tuple[Block, ...]:
    """The answer, its value today, and thanks."""
    blocks: list[Block] = [Figure(view.title, view.value, view.period, view.url)]
    blocks += [Plain(view.meaning)] if view.meaning else []
    blocks += [Button("Open the answer", view.url)] if view.url else []
    return (*blocks, Voice(view.thanks))
