"""The pre-read as a mail: text, and HTML of tables with inline styles. Long lists are cut in the
HTML, which says so; the plain text and the page have all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sharekit.mail.announcement import MailContent, mail_html
from sharekit.preread.content import DigestView
from sharekit.preread.lines import TreeLink
from sharekit.preread.text import digest_text, news_sections
from sharekit.site import links
from sharekit.visible import Visible
from sharekit.wording.phrases import counted
from sharekit.wording.words import Tone, count, long_day

T = TypeVar("T")
ROOM = {
    "decides": 10,
    "talk": 10,
    "overdue": 8,
    "news": 8,
    "wants": 10,
    "lends": 6,
    "quiet": 20,
    "waiting": 6,
    "unasked": 8,
}
"""Entries of each list in the HTML: together they stay below 60 kB."""
FILLS: dict[Tone, str] = {"risk": "#c58200", "off": "#a82e08"}
GAPS: dict[Tone, str] = {"risk": "#f6e3bd", "off": "#f3cdbf"}


def digest_mail(view: DigestView, visible: Visible) -> MailContent:
    """The mail of a pre-read. Where the tree has no address nothing is linked."""
    manifest, url = visible.manifest, visible.url
    stop = manifest.config.mail.unsubscribe or manifest.config.mail.from_
    html = mail_html(
        "digest.html",
        mail={
            "project": view.project,
            "audience": view.audience,
            "kind": f"Pre-read, {count(view.minutes, 'minute')}",
            "heading": view.headline,
            "preheader": preheader(view),
            "byline": view.byline,
        },
        view=view,
        happened=tuple(news_sections(view)),
        link=lambda ref: _absolute(ref, url),
        first=_first,
        rest=_rest,
        fills=FILLS,
        gaps=GAPS,
        page=links.absolute(url, links.DIGEST) if url else "",
        footer=(
            f"Sent before every meeting to {view.audience or view.project}. Numbers are of"
            f" {long_day(view.as_of)}."
        ),
        stop=f"mailto:{stop}?subject=Stop%20these%20mails" if stop else "",
    )
    return MailContent(subject(view), digest_text(view, url), html)


def subject(view: DigestView) -> str:
    """Another one for each meeting: each pre-read is a conversation of its own."""
    return view.title


def preheader(view: DigestView) -> str:
    """ "4 to talk about, 2 requests for help, 8 key results that need no talk."."""
    parts = []
    if view.decides:
        parts.append(f"{len(view.decides)} to decide")
    if view.talk:
        parts.append(f"{len(view.talk)} to talk about")
    if view.wants:
        parts.append(count(len(view.wants), "request for help", "requests for help"))
    if view.quiet:
        needs = "needs" if len(view.quiet) == 1 else "need"
        parts.append(f"{count(len(view.quiet), 'key result')} that {needs} no talk")
    return (
        f"{', '.join(parts)}." if parts else view.nothing or "The numbers, and who waits for what."
    )


def _absolute(ref: TreeLink | None, url: str | None) -> str:
    return links.absolute(url, ref.path, ref.anchor) if ref is not None and url else ""


def _first(items: Sequence[T], kind: str) -> Sequence[T]:
    return items[: ROOM[kind]]


def _rest(items: Sequence[object], kind: str) -> str:
    """ "And three more on the page.", or ""."""
    left = len(items) - ROOM[kind]
    return f"And {counted(left, 'more', 'more')} on the page." if left > 0 else ""
