"""Announcement mails: one revision, or more than five of one owner in one, as text, HTML and at
most one picture.

The HTML is tables with inline styles, since mail programs know nothing else; Gmail cuts a message
near 102 kB, so lists are cut first and say so. Headers and MIME are `mail/message.py`'s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sharekit.escape import html, template_value
from sharekit.files.templates import CompiledTemplates
from sharekit.mail.sentences import FieldRow
from sharekit.mail.view import RevisionView, digest_heading, revision_view
from sharekit.numbers.formats import format_day
from sharekit.visible import Visible, VisibleManifest, VisibleRevision
from sharekit.wording.sharing import Decision, HelpRequest, Task
from sharekit.wording.words import long_day

CHART_ID = "chart"
"""Name of the one picture; HTML refers to it as `cid:` plus the id that the envelope gives it."""
ROOM = 20
"""Revisions shown in one mail's HTML; the plain text names all."""
MANY = 5
"""More revisions than this, of one owner in one build, become one mail."""


@dataclass(frozen=True)
class MailContent:
    """What one mail says, the same for all recipients."""

    subject: str
    text: str
    html: str
    image: bytes | None = None
    """PNG that the HTML shows as `cid:{image_cid}`."""


@dataclass(frozen=True)
class BundleView:
    """Several revisions of one owner in one mail."""

    project: str
    audience: str
    kind: str
    preheader: str
    heading: str
    byline: str
    items: tuple[RevisionView, ...]
    more: str
    """Titles of those that the HTML has no room for."""


def revision_mail(
    revision: VisibleRevision,
    visible: Visible,
    *,
    image: bytes | None = None,
    image_cid: str = CHART_ID,
) -> MailContent:
    """The mail of one revision. `visible` is what its audience may see after it; `image` its chart,
    if it has one."""
    view = revision_view(revision, visible)
    shown = image if view.chart_alt else None
    html = mail_html(
        "revision.html",
        mail=view,
        chart=f"cid:{image_cid}" if shown else "",
        **_footer(view, visible.manifest),
    )
    return MailContent(view.subject, _revision_text(view), html, shown)


def bundle_mail(revisions: Sequence[VisibleRevision], visible: Visible) -> MailContent:
    """One mail for more than MANY revisions of one owner, who is the owner of the first."""
    views = tuple(revision_view(revision, visible) for revision in revisions)
    first = views[0]
    heading = digest_heading(len(views), first.owner)
    bundle = BundleView(
        project=first.project,
        audience=first.audience,
        kind="Revised key results",
        preheader=", ".join(view.title for view in views[:6]),
        heading=f"{heading}.",
        byline=f"{long_day(max(revision.note.date if revision.note else revision.on for revision in revisions))}.",
        items=views,
        more=_shortened([view.title for view in views[ROOM:]]),
    )
    html = mail_html("bundle.html", mail=bundle, **_footer(first, visible.manifest))
    blocks = [bundle.heading, bundle.byline, *(_revision_text(view) for view in views[:ROOM])]
    blocks += [_item(view.heading) for view in views[ROOM:]]
    return MailContent(heading, "\n\n".join(blocks), html)


def _shortened(titles: Sequence[str], most: int = 100) -> str:
    rest = f" and {len(titles) - most} others" if len(titles) > most else ""
    return ", ".join(titles[:most]) + rest


def _footer(view: RevisionView, manifest: VisibleManifest) -> dict[str, str]:
    group = view.audience or view.project
    reply = f" Reply to reach {view.owner} directly." if view.owner_mail else ""
    stop = manifest.config.mail.unsubscribe or manifest.config.mail.from_
    return {
        "footer": f"You get this because you belong to {group}.{reply}",
        "stop": f"mailto:{stop}?subject=Stop%20these%20mails" if stop else "",
    }


def mail_html(template: str, **values: object) -> str:
    """A mail's HTML from its template."""
    environment = Environment(
        loader=PackageLoader("sharekit.mail"),
        autoescape=True,
        finalize=template_value,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        bytecode_cache=CompiledTemplates("sharekit.mail"),
    )
    environment.filters.update(codes=_codes, due=_due, request=_request, question=_question)
    return environment.get_template(template).render(**values)


def _codes(sentence: str) -> Markup:
    """Backticks become <code>."""
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return html(sentence)
    style = "font-family:Consolas,Menlo,monospace;font-size:14px;"
    return Markup("").join(
        Markup('<code style="{}">{}</code>').format(style, part) if place % 2 else html(part)
        for place, part in enumerate(parts)
    )


def _due(task: Task) -> str:
    if task.state == "done":
        return f"done {format_day(task.done_on)}" if task.done_on else "done"
    day = format_day(task.due) if task.due else ""
    return f"overdue, {day}" if task.state == "overdue" else day


def _request(want: HelpRequest) -> str:
    parts = [want.what.rstrip(".") + "."]
    if want.how_much:
        parts.append(f"{want.how_much[0].upper()}{want.how_much[1:]}.".replace("..", "."))
    if want.by:
        day = f"{long_day(want.by)}"
        parts.append(
            f"It was needed by {day} and is still open." if want.late else f"Needed by {day}."
        )
    return " ".join(parts)


def _question(asked: Decision) -> str:
    if asked.by is None:
        return asked.what
    day = long_day(asked.by)
    when = (
        f"It was to be decided by {day} and is still open."
        if asked.late
        else f"To be decided by {day}."
    )
    return f"{asked.what if asked.what.endswith(('.', '?', '!')) else asked.what + '.'} {when}"


def _revision_text(view: RevisionView) -> str:
    """The whole mail as plain text, in the order of the HTML."""
    blocks = [fill(view.heading, 76), view.byline, _rows_text(view.rows)]
    if view.why:
        blocks.append(f"{view.why_title.upper()}\n{fill(view.why, 76)}")
    for earlier_reason in view.earlier:
        said = (earlier_reason.changed, earlier_reason.why, earlier_reason.we_will)
        blocks.append(
            "\n".join([earlier_reason.title.upper(), *(fill(part, 76) for part in said if part)])
        )
    if view.effect:
        blocks.append(f"WHAT IT DOES TO THE NUMBER\n{fill(view.effect, 76)}")
    if view.changes:
        lines = [
            fill(
                f"{change.op} {change.sentence}" + (f"  {change.effect}" if change.effect else ""),
                76,
                subsequent_indent="  ",
            )
            for change in view.changes
        ]
        blocks.append("WHAT CHANGED IN THE DEFINITION\n" + "\n".join(lines))
    if view.we_will or view.tasks:
        lines = [fill(view.we_will, 76)] if view.we_will else []
        lines += [_item(f"{task.what}{_who(task.who)}{_when(_due(task))}") for task in view.tasks]
        blocks.append("WHAT WE DO ABOUT IT\n" + "\n".join(lines))
    if view.challenges:
        blocks.append(
            "CHALLENGES, OPENLY\n" + "\n".join(_item(challenge) for challenge in view.challenges)
        )
    if view.decisions:
        lines = [
            _item(f"{decision.who + ': ' if decision.who else ''}{_question(decision)}")
            for decision in view.decisions
        ]
        blocks.append("TO DECIDE\n" + "\n".join(lines))
    if view.wants:
        lines = [
            _item(f"{want.who + ': ' if want.who else ''}{_request(want)}") for want in view.wants
        ]
        blocks.append("HELP WANTED\n" + "\n".join(lines))
    if view.touches:
        blocks.append("WHAT ELSE IT TOUCHES\n" + fill(", ".join(view.touches), 76))
    ask = f"Questions: reply to this mail, {view.owner} reads it." if view.owner_mail else ""
    blocks += [
        block for block in (ask, f"The full revision: {view.url}" if view.url else "") if block
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _rows_text(rows: Sequence[FieldRow]) -> str:
    if not rows:
        return ""
    wide = max(len(row.label) for row in rows)
    before = max(len("before"), *(len(row.before) for row in rows))
    lines = [f"{'':{wide}}  {'before':>{before}}  after"]
    lines += [
        f"{row.label:{wide}}  {row.before or '-':>{before}}  {row.after or '-'}" for row in rows
    ]
    return "\n".join(lines)


def _item(text: str) -> str:
    return fill(f"- {text}", 76, subsequent_indent="  ")


def _who(who: str) -> str:
    return f" ({who})" if who else ""


def _when(text: str) -> str:
    return f", {text}" if text else ""
