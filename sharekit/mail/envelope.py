"""The envelope of an announcement mail: headers and MIME, the same bytes whenever the same things
are said.

Written with the standard library's `email`. Three things it does are overridden, since they break
mails: long References and List-Unsubscribe are RFC 2047-encoded when folded; words of a partly
non-ASCII subject are encoded one by one, which loses or adds spaces; and boundaries are random."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.headerregistry import BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, urlsplit

from msgspec import Struct

from sharekit import escape

LINE = 76
"""Longest header line, by RFC 2047 section 2; a single longer token stands on a line of its own."""
TITLE = 200
"""Most characters of a subject or a name: the rest is cut, and says so with an ellipsis."""
REFERENCES = 20
"""Most earlier mails named in References, besides the thread's root: the newest ones."""
_ATEXT = "-A-Za-z0-9!#$%&'*+/=?^_`{|}~"
_LOCAL = re.compile(rf"[{_ATEXT}\u0080-\U0010ffff]+(\.[{_ATEXT}\u0080-\U0010ffff]+)*")
_HOST = re.compile(
    r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)


class Mailbox(Struct, frozen=True):
    """A name and an address. Raises ValueError for an address that mail cannot carry; see
    `is_address`."""

    name: str
    address: str

    def __post_init__(self) -> None:
        if not is_address(self.address):
            raise ValueError("not an address that mail can carry")


class Mail(Struct, frozen=True):
    """All that one message says. Nothing in it is random or asked of a clock."""

    subject: str
    text: str
    html: str
    sender: Mailbox
    to: Mailbox
    date: datetime
    """With its offset."""
    message_id: str
    """With its angle brackets, as `message_id` makes it: the same for all recipients of one
    revision."""
    thread: str
    """Id of the synthetic root of the thread, as `message_id` makes it; no such mail was ever
    sent."""
    earlier: tuple[str, ...] = ()
    """Ids of earlier mails of the thread, oldest first."""
    reply_to: Mailbox | None = None
    list_name: str = ""
    list_id: str = ""
    """`team1.numbers.example.com`; "" leaves the List- headers out."""
    unsubscribe: str = ""
    """Address that takes people off the list."""
    unsubscribe_url: str = ""
    """An https endpoint for one-click requests (RFC 8058)."""
    image: bytes | None = None
    """A PNG that `html` shows as `cid:` and its `content_id`."""


def is_address(text: str) -> bool:
    """Whether an address can stand in a header and an envelope as it is: a dot-atom, `@`, and a
    host name."""
    local, at, host = text.rpartition("@")
    try:
        return bool(
            at and _LOCAL.fullmatch(local) and len(local) <= 64 and escape.header(local) == local
        ) and bool(_HOST.fullmatch(_ascii_host(host)))
    except UnicodeError:
        return False


def wire_address(address: str) -> str:
    """The address as headers and SMTP carry it: a host name of another script in its ASCII form."""
    local, _, host = address.rpartition("@")
    return f"{local}@{_ascii_host(host)}"


def _ascii_host(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")


def message_id(*parts: str, host: str) -> str:
    """One Message-ID for these parts, for everybody who computes it: `<readable.hash@host>`."""
    readable = re.sub(r"[^a-z0-9_-]+", ".", parts[-1].lower()).strip(".")[:40] or "mail"
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"<{readable}.{digest}@{_ascii_host(host)}>"


def content_id(image: bytes) -> str:
    """The id by which HTML shows this picture: `cid:` and this. From its content, so that two never
    share one."""
    return f"chart.{hashlib.sha256(image).hexdigest()[:16]}@sharekit.invalid"


def header_text(text: str) -> str:
    """One line of text for a header: no control or direction characters, single blanks, not longer
    than TITLE."""
    line = escape.header(text)
    return line if len(line) <= TITLE else line[: TITLE - 1].rstrip() + "…"


def eml(mail: Mail) -> bytes:
    """The whole message with CRLF line ends. Raises ValueError for a picture that the HTML does not
    show."""
    cid = content_id(mail.image) if mail.image is not None else ""
    if cid and f"cid:{cid}" not in mail.html:
        raise ValueError("the picture is not shown in the HTML")
    message = EmailMessage(policy=_policy(mail))
    for name, value in _headers(mail):
        message[name] = value
    message.set_content(escape.mail_text(mail.text), cte="quoted-printable")
    message.add_alternative(escape.mail_text(mail.html), subtype="html", cte="quoted-printable")
    if mail.image is not None:
        html = next(part for part in message.iter_parts() if part.get_content_type() == "text/html")
        assert isinstance(html, EmailMessage)
        html.add_related(
            mail.image, "image", "png", cid=f"<{cid}>", disposition="inline", filename="chart.png"
        )
    _settle(message, mail)
    return message.as_bytes()


def _policy(mail: Mail) -> EmailPolicy[EmailMessage]:
    return SMTP.clone(
        header_factory=_registry(), utf8=needs_utf8(mail), max_line_length=LINE, cte_type="7bit"
    )


def needs_utf8(mail: Mail) -> bool:
    """Whether a server must speak SMTPUTF8 for it: only for a local part that is not ASCII."""
    boxes = (mail.sender, mail.to, mail.reply_to)
    return not all(box is None or wire_address(box.address).isascii() for box in boxes)


def _headers(mail: Mail) -> Iterator[tuple[str, str]]:
    earlier = mail.earlier[-REFERENCES:]
    yield "Date", format_datetime(mail.date)
    yield "From", _mailbox("From", mail.sender)
    yield "To", _mailbox("To", mail.to)
    if mail.reply_to:
        yield "Reply-To", _mailbox("Reply-To", mail.reply_to)
    yield "Subject", _phrase("Subject", mail.subject)
    yield "Message-ID", mail.message_id
    yield "In-Reply-To", earlier[-1] if earlier else mail.thread
    yield "References", " ".join(dict.fromkeys((mail.thread, *earlier)))
    yield "Auto-Submitted", "auto-generated"
    yield "X-Auto-Response-Suppress", "All"  # Exchange heeds this one, not Auto-Submitted
    yield from _list_headers(mail)


def _list_headers(mail: Mail) -> Iterator[tuple[str, str]]:
    if mail.list_id:
        phrase = _phrase("List-Id", mail.list_name)
        yield "List-Id", f"{phrase}{' ' if phrase else ''}<{_list_id(mail.list_id)}>"
    ways = []
    if _is_endpoint(mail.unsubscribe_url):
        ways.append(f"<{mail.unsubscribe_url}>")
    if mail.unsubscribe:
        subject = quote(f"unsubscribe {_list_id(mail.list_id)}".strip(), safe="")
        ways.append(f"<mailto:{quote(wire_address(mail.unsubscribe), safe='@')}?subject={subject}>")
    if ways:
        yield "List-Unsubscribe", ", ".join(ways)
    if _is_endpoint(mail.unsubscribe_url):
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _is_endpoint(url: str) -> bool:
    clean = url.isascii() and url.isprintable() and not set(url) & set(" <>,")
    return clean and urlsplit(url).scheme == "https" and bool(urlsplit(url).hostname)


def _list_id(text: str) -> str:
    """The identifier of a List-Id, taken out of its brackets, of letters, digits, dots and hyphens
    alone."""
    inner = re.search(r"<([^<>]*)>", text)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", inner[1] if inner else text).strip(".-")


# -- header values --------------------------------------------------------------------------------


def _mailbox(header: str, box: Mailbox) -> str:
    phrase = _phrase(header, box.name)
    return f"{phrase} <{wire_address(box.address)}>" if phrase else wire_address(box.address)


def _phrase(header: str, text: str) -> str:
    """A subject or a name, encoded as a whole or not at all; a name with special characters is
    quoted."""
    line = header_text(text)
    if not line.isascii() or "=?" in line:
        return " ".join(_encoded_words(line, first=LINE - len(header) - 2))
    if header == "Subject" or re.fullmatch(rf"[{_ATEXT} ]*", line):
        return line
    return '"' + re.sub(r'(["\\])', r"\\\1", line) + '"'


def _encoded_words(text: str, first: int) -> Iterator[str]:
    """RFC 2047 words of at most 75 characters; readers drop the blanks between them, so none is
    lost or added."""
    start, end = "=?utf-8?b?", "?="
    room, chunk = (min(first, LINE - 1) - len(start + end)) // 4 * 3, b""
    for char in text:
        code = char.encode("utf-8")
        if len(chunk) + len(code) > room:
            yield f"{start}{b64encode(chunk).decode('ascii')}{end}"
            room, chunk = (LINE - 1 - len(start + end)) // 4 * 3, b""
        chunk += code
    yield f"{start}{b64encode(chunk).decode('ascii')}{end}"


class _Tokens(BaseHeader):
    """A header whose value is final: folded between its words, no word ever encoded, cut or
    quoted."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"] = None
        kwds["decoded"] = value

    def fold(self, *, policy: Policy) -> str:
        return policy.linesep.join(_folded(f"{self.name}:", _tokens(str(self)))) + policy.linesep


def _tokens(value: str) -> list[str]:
    """Words of a value; a quoted name is one."""
    return re.findall(r'"(?:[^"\\]|\\.)*"\S*|\S+', value)


def _folded(opening: str, tokens: Iterable[str]) -> Iterator[str]:
    line = opening
    for token in tokens:
        if len(line) + 1 + len(token) > LINE and line != opening:
            yield line
            line = ""
        line += f" {token}"
    yield line


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in (
        "date",
        "from",
        "to",
        "reply-to",
        "subject",
        "message-id",
        "in-reply-to",
        "references",
        "auto-submitted",
        "x-auto-response-suppress",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "content-id",
    ):
        registry.map_to_type(name, _Tokens)
    return registry


# -- body -----------------------------------------------------------------------------------------


def _settle(message: EmailMessage, mail: Mail) -> None:
    """Boundaries from what is said, and MIME-Version only at the top."""
    seed = "\0".join((mail.message_id, mail.to.address, mail.text, mail.html))
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            # "=_" stands in no quoted-printable or base64 body, so it can only be a boundary
            part.set_boundary(f"=_{digest}.{number}")
        if number:
            del part["MIME-Version"]
