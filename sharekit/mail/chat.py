"""Announcements for chat and for machines: Slack's Block Kit, Teams' Adaptive Cards, and plain
JSON.

People's words stand in them as text: they can neither mention anybody nor make a link. The limits
are those of Slack (50 blocks, 150 characters a header, 3,000 a section) and of Teams (28 KB a
message)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from sharekit import escape
from sharekit.mail.blocks import Button, Entries, Heading, Link, Message
from sharekit.mail.plain_text import lines_of
from sharekit.mail.revision_view import RevisionView

EVENT = "revisions.announced"
"""The type of event that a message for machines tells of."""
SECTION, HEADER, BLOCKS = 3000, 150, 50
"""Slack's limits."""
CARD_BYTES = 27_000
"""Teams takes 28 KB with its own wrapping."""


def chat_message(
    kind: str, message: Message, views: Sequence[RevisionView], date: datetime
) -> bytes:
    """The body of one POST, as JSON: the same bytes for the same message and date. `kind` is slack,
    teams or json; `views` are what the message was made of, for machines."""
    if kind == "slack":
        return _json(_slack(message))
    if kind == "teams":
        return _teams(message)
    return _json(_machine(message.subject, views, date))


class _Section(Struct, frozen=True):
    """A heading with all lines below it, up to the next heading."""

    title: str
    lines: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()
    """Words and address of each link in it."""


def _sections(message: Message) -> Iterator[_Section]:
    """The blocks of a message, without its buttons."""
    title, lines, links = "", list[str](), list[tuple[str, str]]()
    for block in message.blocks:
        if isinstance(block, Heading):
            if title or lines:
                yield _Section(title, tuple(lines), tuple(links))
            title, lines, links = block.text, [], []
            continue
        if isinstance(block, Button):
            continue
        if isinstance(block, Link):
            lines += [block.detail] if block.detail else []
            links.append((block.text, block.url))
            continue
        lines += lines_of(block)
        if isinstance(block, Entries):
            links += [(entry.text, entry.url) for entry in block.entries if entry.url]
    if title or lines:
        yield _Section(title, tuple(lines), tuple(links))


def _buttons(message: Message) -> tuple[Button, ...]:
    return tuple(block for block in message.blocks if isinstance(block, Button))


# -- plain JSON -----------------------------------------------------------------------------------


def _machine(subject: str, views: Sequence[RevisionView], date: datetime) -> dict[str, object]:
    """The three members of a payload of Standard Webhooks: type, timestamp, data."""
    return {
        "type": EVENT,
        "timestamp": date.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "data": {"subject": subject, "revisions": [_machine_revision(view) for view in views]},
    }


def _machine_revision(view: RevisionView) -> dict[str, object]:
    return {
        "project": view.project,
        "audience": view.audience,
        "title": view.title,
        "kind": view.kind,
        "heading": view.heading,
        "byline": view.byline,
        "owner": view.owner,
        "changed": [
            {
                "label": row.label,
                "period": row.period or None,
                "before": row.before,
                "after": row.after,
            }
            for row in view.rows
        ],
        "why": view.why or None,
        "earlier": [
            {
                "title": earlier_reason.title,
                "changed": earlier_reason.changed or None,
                "why": earlier_reason.why,
                "we_will": earlier_reason.we_will or None,
            }
            for earlier_reason in view.earlier
        ],
        "definition": [
            {"op": change.op, "change": change.sentence, "effect": change.effect}
            for change in view.changes
        ],
        "effect": view.effect or None,
        "we_will": view.we_will or None,
        "challenges": list(view.challenges),
        "decisions": [
            {
                "what": decision.what,
                "who": decision.who,
                "by": decision.by.isoformat() if decision.by else None,
                "overdue": decision.late,
            }
            for decision in view.decisions
        ],
        "help_wanted": [
            {"what": want.what, "who": want.who, "how_much": want.how_much} for want in view.wants
        ],
        "touches": list(view.touches),
        "url": view.url or None,
    }


# -- Slack ----------------------------------------------------------------------------------------


def _slack(message: Message) -> dict[str, object]:
    blocks: list[dict[str, object]] = [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": _cut(escape.chat(message.heading), HEADER)},
        },
        {
            "type": "context",
            "elements": [
                {"type": "plain_text", "text": _cut(escape.chat(message.byline), SECTION)}
            ],
        },
    ]
    sections, buttons = list(_sections(message)), _buttons(message)
    room = BLOCKS - len(blocks) - len(buttons) - 1
    blocks += [_slack_section(_slack_text(section)) for section in sections[:room]]
    if len(sections) > room:
        blocks.append(_slack_section(f"And {len(sections) - room} more."))
    blocks += [
        _slack_section(
            f"<{escape.address(button.url).replace('&', '&amp;')}|{escape.slack(button.text)}>"
            + (f"\n{escape.slack(button.note)}" if button.note else "")
        )
        for button in buttons
    ]
    return {"text": escape.slack(f"{message.subject}. {message.heading}"), "blocks": blocks}


def _slack_text(section: _Section) -> str:
    title = [f"*{escape.slack(section.title)}*"] if section.title else []
    links = [
        f"<{escape.address(url).replace('&', '&amp;')}|{escape.slack(_cut(label, 80)).replace('|', ' ')}>"
        for label, url in section.links[:8]
    ]
    return "\n".join([*title, *map(escape.slack, section.lines), *links])


def _slack_section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut_marked(text)}}


def _cut_marked(text: str) -> str:
    """At most a section's length, not ending inside an escaped character."""
    if len(text) <= SECTION:
        return text
    return re.sub(r"&[a-z]{0,3}$", "", text[: SECTION - 1]) + "…"


# -- Teams ----------------------------------------------------------------------------------------


def _teams(message: Message) -> bytes:
    """A card that fits: texts are cut first, then sections counted."""
    sections = list(_sections(message))
    most = len(sections)
    while most:
        for limit in (4000, 1000, 250):
            body = _json(_card(message, sections, most, limit))
            if len(body) <= CARD_BYTES:
                return body
        most = most * 3 // 4
    return _json(_card(message, sections, 0, 250))


def _card(
    message: Message, sections: Sequence[_Section], most: int, limit: int
) -> dict[str, object]:
    def text(value: str) -> str:
        return _cut(escape.chat(value), limit)

    body = [
        _runs([_run(text(message.heading), "bolder", "large")]),
        _runs([_run(text(message.byline), size="small")]),
    ]
    for section in sections[:most]:
        body += [_runs([_run(text(section.title), "bolder")])] if section.title else []
        body += [_runs([_run(text("\n".join(section.lines)))])] if section.lines else []
        body += [_runs([_action(label, url)]) for label, url in section.links]
    if most < len(sections):
        body.append(_runs([_run(f"And {len(sections) - most} more.")]))
    body += [
        _runs([_run(text(button.note), size="small")])
        for button in _buttons(message)
        if button.note
    ]
    content: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": text(message.subject),
        "body": body,
    }
    actions = [
        {"type": "Action.OpenUrl", "title": button.text, "url": escape.address(button.url)}
        for button in _buttons(message)
    ]
    if actions:
        content["actions"] = actions
    card = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return {"type": "message", "attachments": [card]}


def _runs(runs: Iterable[dict[str, object]]) -> dict[str, object]:
    """Text without Markdown, which a TextBlock would read into people's words."""
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _action(text: str, url: str) -> dict[str, object]:
    return {
        "type": "TextRun",
        "text": _cut(escape.chat(text), 80),
        "selectAction": {"type": "Action.OpenUrl", "url": escape.address(url)},
    }


def _run(text: str, weight: str = "default", size: str = "default") -> dict[str, object]:
    return {"type": "TextRun", "text": text, "weight": weight, "size": size}


# -- shared ---------------------------------------------------------------------------------------


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _json(document: object) -> bytes:
    return escape.to_json(document, sort_keys=True).encode()
