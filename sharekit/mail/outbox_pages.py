"""Pages to look at the outbox before anything is sent: what each mail looks like, and who gets
it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import quote

from msgspec import Struct

from sharekit.artifacts import Artifact
from sharekit.escape import html
from sharekit.mail.envelope import content_id

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'"
_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5"
    " system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}section{border-top:1px"
    " solid;padding:1rem"
    " 0}h2{font-size:1.1rem;margin:0}iframe{inline-size:100%;block-size:32rem;border:1px"
    " solid;background:#fbfaf7}ul{padding-inline-start:1.2rem}"
)


class OutboxMail(Struct, frozen=True):
    """One announcement in the outbox."""

    key: str
    subject: str
    messages: tuple[tuple[str, str], ...]
    """Recipient and file of each message."""
    html: str = ""
    """ "" for one that an earlier run made and left unfinished."""
    image: bytes | None = None
    unreachable: tuple[str, ...] = ()
    """Members of the audience without an address."""


def outbox_pages(mails: Sequence[OutboxMail]) -> list[Artifact]:
    """`index.html`, and each mail's HTML as a page that needs no mail program."""
    previews = [(f"{quote(mail.key, safe='')}.html", _preview(mail)) for mail in mails if mail.html]
    pages = [Artifact(path, html.encode("utf-8", "replace")) for path, html in previews]
    return [*pages, Artifact("index.html", _index(mails).encode("utf-8", "replace"))]


def _preview(mail: OutboxMail) -> str:
    if mail.image is None:
        return mail.html
    picture = f"data:image/png;base64,{b64encode(mail.image).decode('ascii')}"
    return mail.html.replace(f"cid:{content_id(mail.image)}", picture)


def _index(mails: Sequence[OutboxMail]) -> str:
    count = sum(len(mail.messages) for mail in mails)
    title = (
        f"Outbox: {count} message{'' if count == 1 else 's'}"
        if mails
        else "Outbox: nothing to announce"
    )
    sections = "".join(map(_section, mails))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{sections}</main>\n"
        "</body>\n</html>\n"
    )


def _section(mail: OutboxMail) -> str:
    page = quote(quote(mail.key, safe=""))
    people = "".join(
        f'<li><a href="{quote(path)}">{html(name)}</a></li>' for name, path in mail.messages
    )
    missing = (
        f"<p>Without an address: {html(', '.join(mail.unreachable))}.</p>"
        if mail.unreachable
        else ""
    )
    preview = (
        f'<iframe sandbox src="{page}.html" title="{html(mail.subject)}"></iframe>\n'
        f'<p><a href="{page}.html">Open the mail</a></p>\n'
    )
    return (
        f"<section>\n<h2>{html(mail.subject)}</h2>\n<p>Key:"
        f" {html(mail.key)}</p>\n<ul>{people}</ul>\n{missing}"
        f"{preview if mail.html else '<p>Left unfinished by an earlier run.</p>'}</section>\n"
    )
