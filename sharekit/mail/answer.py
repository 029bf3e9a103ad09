"""The mail to those who asked: the question, what answers it, its value today, and who saw to
it."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill

from sharekit.asks.answered import AnsweredQuestion
from sharekit.asks.register import answer_of
from sharekit.mail.announcement import MailContent, mail_html
from sharekit.project.manifest import Dashboard, Metric
from sharekit.site import links
from sharekit.visible import Visible
from sharekit.wording.headline import headline_period, headline_value
from sharekit.wording.phrases import full_day
from sharekit.wording.words import times


@dataclass(frozen=True)
class AnswerView:
    """An answer mail before it has a form."""

    project: str
    audience: str
    kind: str
    subject: str
    """The same for one question, whatever becomes of its answer."""
    preheader: str
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


def answer_mail(question: str, visible: Visible) -> MailContent:
    """What everybody who asked a question is told, by the id of the question."""
    view = answer_view(question, visible)
    manifest = visible.manifest
    stop = manifest.config.mail.unsubscribe or manifest.config.mail.from_
    reply = f" Reply to reach {view.owner} directly." if view.owner_mail else ""
    html = mail_html(
        "answer.html",
        mail=view,
        footer=f"You get this because you asked.{reply}",
        stop=f"mailto:{stop}?subject=Stop%20these%20mails" if stop else "",
    )
    return MailContent(view.subject, _text(view), html)


def answer_view(question: str, visible: Visible) -> AnswerView:
    manifest = visible.manifest
    ask = manifest.asks[question]
    found = answer_of(ask, manifest)
    assert found is not None, "only answered questions have a mail"
    answer = AnsweredQuestion(ask, found)
    front, item = ask.front, found
    owner = manifest.person(answer.owner)
    person = manifest.config.people.get(answer.owner or "")
    value, period = _value(item, visible)
    url = visible.url
    page = links.metric_page(item) if isinstance(item, Metric) else links.dashboard_page(item.id)
    said = f"{item.title}: {value}" if value else item.title
    asked = f"Asked {times(len(front.asked))}, first on {full_day(answer.ask.first)}."
    return AnswerView(
        project=manifest.config.project.name,
        audience=manifest.audience_name,
        kind="Answered",
        subject=f"Answered: {front.question}",
        preheader=said,
        heading=front.question,
        byline=f"{f'{owner} has answered it. ' if owner else ''}{asked}",
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


def _text(view: AnswerView) -> str:
    """The whole mail as plain text, in the order of the HTML."""
    said = f"{view.title}: {view.value}" if view.value else view.title
    blocks = [
        fill(view.heading, 76),
        fill(view.byline, 76),
        fill(said + (f", {view.period}" if view.period else ""), 76),
    ]
    blocks += [fill(view.meaning, 76)] if view.meaning else []
    blocks += [f"The page: {view.url}"] if view.url else []
    blocks.append(fill(view.thanks, 76))
    if view.owner_mail:
        blocks.append(f"Is it not what you meant? Reply to this mail, {view.owner} reads it.")
    return "\n\n".join(blocks) + "\n"
