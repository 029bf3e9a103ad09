"""The pre-read as a mail. Apart from the message, of which a site has only the Markdown: what makes
mails takes a while to import."""

from __future__ import annotations

from sharekit.mail.compose import MailContent
from sharekit.mail.html import message_html
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
    long = digest_message(view, url, reader=reader, stop=stop)
    short = digest_message(view, url, reader=reader, stop=stop, short=True)
    return MailContent(long.subject, message_text(long), message_html(short))
