"""Announcements for chat and for machines: Slack's Block Kit, Teams' Adaptive Cards, and plain
JSON.

People's words stand in them as text: they can neither mention anybody nor make a link. The limits
are those of Slack (50 blocks, 150 characters a header, 3,000 a section) and of Teams (28 KB a
message)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sharekit import escape
from sharekit.mail.view import EarlierReason, RevisionView

EVENT = "revisions.announced"
"""The type of event that a message for machines tells of."""
SECTION, HEADER, BLOCKS = 3000, 150, 50
"""Slack's limits."""
CARD_BYTES = 27_000
"""Teams takes 28 KB with its own wrapping."""


def chat_message(kind: str, subject: str, views: Sequence[RevisionView], date: datetime) -> bytes:
    """The body of one POST, as JSON: the same bytes for the same revisions and date. `kind` is
    slack, teams or json."""
    if kind == "slack":
        return _json(_slack(subject, views))
    if kind == "teams":
        return _teams(subject, views)
    return _json(_machine(subject, views, date))


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
            {"label": row.label, "before": row.before, "after": row.after} for row in view.rows
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


def _slack(subject: str, views: Sequence[RevisionView]) -> dict[str, object]:
    top = views[0].heading if len(views) == 1 else subject
    blocks: list[dict[str, object]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(escape.chat(top), HEADER)}}
    ]
    if len(views) == 1:
        blocks += _slack_revision(views[0])
    else:
        for view in views[: BLOCKS - 3]:
            blocks.append(
                _slack_section(
                    "\n".join(
                        [f"*{escape.slack(view.heading)}*", *_slack_rows(view), *_slack_link(view)]
                    )
                )
            )
        if len(views) > BLOCKS - 3:
            blocks.append(_slack_section(f"And {len(views) - BLOCKS + 3} more."))
    return {"text": escape.slack(f"{subject}. {top}"), "blocks": blocks}


def _slack_revision(view: RevisionView) -> list[dict[str, object]]:
    changes = [
        f"{change.op} {escape.slack(change.sentence)}" + _effect(change.effect)
        for change in view.changes
    ]
    parts = [
        "\n".join(_slack_rows(view)),
        _slack_part(view.why_title, view.why),
        *(
            _slack_part(earlier_reason.title, _reason(earlier_reason))
            for earlier_reason in view.earlier
        ),
        _slack_part("What it does to the number", view.effect),
        _slack_part("What changed in the definition", "\n".join(changes), marked=True),
        _slack_part("What we will do", view.we_will),
        _slack_part(
            "To decide",
            "\n".join(f"• {escape.slack(decision.what)}" for decision in view.decisions),
            marked=True,
        ),
        _slack_part(
            "Help wanted",
            "\n".join(f"• {escape.slack(want.what)}" for want in view.wants),
            marked=True,
        ),
        "\n".join(_slack_link(view)),
    ]
    byline: dict[str, object] = {
        "type": "context",
        "elements": [{"type": "plain_text", "text": _cut(escape.chat(view.byline), SECTION)}],
    }
    return [byline, *(_slack_section(part) for part in parts if part)]


def _slack_part(title: str, text: str, *, marked: bool = False) -> str:
    return f"*{escape.slack(title)}*\n{text if marked else escape.slack(text)}" if text else ""


def _slack_rows(view: RevisionView) -> list[str]:
    return [
        f"{escape.slack(row.label)}: {escape.slack(_from_to(row.before, row.after))}"
        for row in view.rows
    ]


def _slack_link(view: RevisionView) -> list[str]:
    return (
        [f"<{escape.address(view.url).replace('&', '&amp;')}|Open the full revision>"]
        if view.url
        else []
    )


def _slack_section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut_marked(text)}}


def _cut_marked(text: str) -> str:
    """At most a section's length, not ending inside an escaped character."""
    if len(text) <= SECTION:
        return text
    return re.sub(r"&[a-z]{0,3}$", "", text[: SECTION - 1]) + "…"


# -- Teams ----------------------------------------------------------------------------------------


def _teams(subject: str, views: Sequence[RevisionView]) -> bytes:
    """A card that fits: of many revisions, those that fit are shown and the rest counted."""
    shown = len(views)
    while shown:
        for limit in (4000, 1000, 250):
            body = _json(_card(subject, views[:shown], len(views) - shown, limit))
            if len(body) <= CARD_BYTES:
                return body
        shown = shown * 3 // 4
    return _json(_card(subject, views[:1], len(views) - 1, 100))


def _card(subject: str, views: Sequence[RevisionView], more: int, limit: int) -> dict[str, object]:
    single = len(views) == 1 and not more
    body: list[dict[str, object]] = (
        [] if single else [_runs([_run(_cut(escape.chat(subject), limit), "bolder", "large")])]
    )
    for view in views:
        body += _card_revision(view, limit, whole=single)
    if more:
        body.append(_runs([_run(f"And {more} more.")]))
    content: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": _cut(escape.chat(subject), limit),
        "body": body,
    }
    url = views[0].url if single else views[0].changes_url
    if url:
        content["actions"] = [
            {
                "type": "Action.OpenUrl",
                "title": "Open the full revision",
                "url": escape.address(url),
            }
        ]
    card = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return {"type": "message", "attachments": [card]}


def _card_revision(view: RevisionView, limit: int, *, whole: bool) -> list[dict[str, object]]:
    def text(value: str) -> str:
        return _cut(escape.chat(value), limit)

    found = [_runs([_run(text(view.heading), "bolder", "large" if whole else "default")])]
    if whole:
        found.append(_runs([_run(text(view.byline), size="small")]))
    found += [
        _runs([_run(f"{text(row.label)}: ", "bolder"), _run(text(_from_to(row.before, row.after)))])
        for row in view.rows
    ]
    if not whole:
        return found
    changes = "\n".join(
        f"{change.op} {change.sentence}{_effect(change.effect)}" for change in view.changes
    )
    decisions = "\n".join(f"• {decision.what}" for decision in view.decisions)
    wants = "\n".join(f"• {want.what}" for want in view.wants)
    parts = (
        (view.why_title, view.why),
        *((earlier_reason.title, _reason(earlier_reason)) for earlier_reason in view.earlier),
        ("What it does to the number", view.effect),
        ("What changed in the definition", changes),
        ("What we will do", view.we_will),
        ("To decide", decisions),
        ("Help wanted", wants),
    )
    for title, said in parts:
        if said:
            found += [_runs([_run(title, "bolder")]), _runs([_run(text(said))])]
    return found


def _runs(runs: Iterable[dict[str, object]]) -> dict[str, object]:
    """Text without Markdown, which a TextBlock would read into people's words."""
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, weight: str = "default", size: str = "default") -> dict[str, object]:
    return {"type": "TextRun", "text": text, "weight": weight, "size": size}


# -- shared ---------------------------------------------------------------------------------------


def _from_to(before: str, after: str) -> str:
    return f"{before} → {after}" if before and after and before != after else after or before


def _reason(earlier: EarlierReason) -> str:
    return " ".join(part for part in (earlier.changed, earlier.why, earlier.we_will) if part)


def _effect(text: str) -> str:
    return f" ({text})" if text else ""


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _json(document: object) -> bytes:
    return escape.to_json(document, sort_keys=True).encode()
