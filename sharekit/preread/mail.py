"""The pre-read as a mail. Long lists are cut in the HTML, which says so; the plain text and the page
have all of them."""

from __future__ import annotations

from sharekit.mail.compose import MailContent
from sharekit.mail.html import message_html
from sharekit.mail.markdown import message_markdown
from sharekit.mail.plain_text import message_text
from sharekit.preread.content import DigestView
from sharekit.preread.message import digest_message
from sharekit.visible import Visible


def digest_mail(view: DigestView, visible: Visible, reader: str = "") -> MailContent:
    """The mail of a pre-read, for one reader by key or for everybody. Its subject is another one
    for each meeting: each pre-read is a conversation of its own. Where the tree has no address
    nothing is linked."""
    settings, url = visible.manifest.config.mail, visible.url
    stop = settings.unsubscribe or settings.from_ or ""
    whole = digest_message(view, url, reader=reader, stop=stop)
    short = digest_message(view, url, reader=reader, stop=stop, short=True)
    return MailContent(whole.subject, message_text(whole), message_html(short))


def digest_markdown(view: DigestView, url: str | None = None) -> str:
    """The whole pre-read as Markdown. `url`: where the tree is published; without it nothing is
    linked."""
    return message_markdown(digest_message(view, url))
