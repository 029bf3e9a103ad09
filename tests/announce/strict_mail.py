"""A reader of mail that shares no code with Python's: RFC 5322, 2045, 2046 and 2047, with
everything forbidden refused.

It reads what sharekit writes, not all that mail may be.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, a2b_qp
from dataclasses import dataclass, field

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_ADDRESS = rf"{_DOT_ATOM}@{_DOT_ATOM}"
_ENCODED = r"=\?utf-8\?b\?[A-Za-z0-9+/]+=*\?="
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f-\xff]|\\[\x20-\x7e])*"'
_PHRASE = rf"(?:{_QUOTED}|{_ENCODED}(?: {_ENCODED})*|{_ATOM}(?: {_ATOM})*)"
MAILBOX = re.compile(rf"(?:(?P<name>{_PHRASE}) <(?P<angle>{_ADDRESS})>|(?P<bare>{_ADDRESS}))")
MESSAGE_ID = re.compile(rf"<{_DOT_ATOM}@{_DOT_ATOM}>")
DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} "
    r"\d\d:\d\d:\d\d [+-]\d{4}"
)
SHORT, LONGEST = 78, 998
"""Octets of a line without its end: should not, must not (RFC 5322, section 2.1.1)."""


class MailError(AssertionError):
    """What is wrong with a message."""


@dataclass
class Part:
    """A message or one of its parts."""

    headers: dict[str, str] = field(default_factory=dict)
    """Lower-case name -> unfolded value, encoded words still encoded."""
    kind: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    """Decoded."""
    parts: list[Part] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A header's value with its encoded words decoded."""
        return decoded(self.headers[name.lower()])

    def mailbox(self, name: str) -> tuple[str, str]:
        """Name and address of a header, the name unquoted and decoded."""
        match = MAILBOX.fullmatch(self.headers[name.lower()])
        if not match:
            raise MailError(f"bad {name}")
        words = match["name"] or ""
        unquoted = re.sub(r"\\(.)", r"\1", words[1:-1]) if words.startswith('"') else decoded(words)
        return unquoted, match["angle"] or match["bare"]

    def leaves(self) -> list[Part]:
        return [leaf for part in self.parts for leaf in part.leaves()] if self.parts else [self]


def read(content: bytes) -> Part:
    """Read a whole message."""
    if re.search(rb"\r(?!\n)|(?<!\r)\n", content):
        raise MailError("a line does not end in CRLF")
    if not content.isascii():
        raise MailError("not ASCII")
    if b"\0" in content:
        raise MailError("a NUL")
    too_long = [line for line in content.split(b"\r\n") if len(line) > LONGEST]
    if too_long:
        raise MailError(f"a line of {len(too_long[0])} octets")
    message = _part(content)
    for name in ("date", "from", "to", "subject", "message-id", "mime-version"):
        if name not in message.headers:
            raise MailError(f"no {name}")
    if not DATE.fullmatch(message.headers["date"]):
        raise MailError(f"bad date {message.headers['date']}")
    for name in ("from", "to", "reply-to"):
        if name in message.headers and not MAILBOX.fullmatch(message.headers[name]):
            raise MailError(f"bad {name}: {message.headers[name]}")
    for name in ("message-id", "in-reply-to", "references"):
        for token in message.headers.get(name, "").split():
            if not MESSAGE_ID.fullmatch(token):
                raise MailError(f"bad {name}: {token}")
    return message


def decoded(value: str) -> str:
    """Encoded words as text; the blanks between two of them belong to neither (RFC 2047, section
    6.2)."""
    joined = re.sub(rf"({_ENCODED}) +(?={_ENCODED})", r"\1", value)
    return re.sub(
        r"=\?utf-8\?b\?([A-Za-z0-9+/]+=*)\?=",
        lambda match: a2b_base64(match[1], strict_mode=True).decode(),
        joined,
    )


def _part(content: bytes) -> Part:
    head, separator, body = content.partition(b"\r\n\r\n")
    if not separator:
        raise MailError("no body")
    part = Part(_headers(head.decode("ascii")))
    part.kind, part.parameters = _content_type(
        part.headers.get("content-type", "text/plain; charset=us-ascii")
    )
    if part.kind.startswith("multipart/"):
        part.parts = [_part(each) for each in _split(body, part.parameters["boundary"])]
    else:
        part.body = _decode(body, part.headers.get("content-transfer-encoding", "7bit"))
    return part


def _headers(head: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for lines in re.split(r"\r\n(?![ \t])", head):
        _check_lines(lines.split("\r\n"))
        name, colon, value = lines.partition(":")
        value = value.removeprefix(" ")
        if not colon or not re.fullmatch(r"[!-9;-~]+", name):
            raise MailError(f"bad header {lines!r}")
        if name.lower() in found:
            raise MailError(f"{name} twice")
        unfolded = re.sub(r"\r\n(?=[ \t])", "", value)
        if re.search(r"[\x00-\x1f\x7f]", unfolded):
            raise MailError(f"a control character in {name}")
        found[name.lower()] = unfolded
    return found


def _check_lines(lines: list[str]) -> None:
    for line in lines:
        if not line.strip():
            raise MailError("a folded line of blanks only")
        if len(line) > SHORT and len(line.split()) > 2:
            raise MailError(f"a line that could be folded: {line}")
        words = re.findall(r"=\?.*?\?=(?=\s|$)", line)
        if any(len(word) > 75 for word in words) or (words and len(line) > 76):
            raise MailError(f"an encoded word that is too long: {line}")


def _content_type(value: str) -> tuple[str, dict[str, str]]:
    kind, *rest = [piece.strip() for piece in value.split(";")]
    parameters = {}
    for piece in rest:
        name, equals, given = piece.partition("=")
        if not equals or not re.fullmatch(r'"[^"\\]*"|[A-Za-z0-9!#$%&\'*+^_`{|}~.-]+', given):
            raise MailError(f"bad parameter {piece}")
        parameters[name.lower()] = given.strip('"')
    return kind.lower(), parameters


def _split(body: bytes, boundary: str) -> list[bytes]:
    mark = b"--" + boundary.encode()
    if len(boundary) > 70:
        raise MailError("a boundary that is too long")
    pieces = re.split(rb"(?:\A|\r\n)" + re.escape(mark) + rb"(--)?[ \t]*(?:\r\n|\Z)", body)
    inner, ends = pieces[2:-1:2], pieces[1::2]
    if not inner or ends[-1] != b"--" or any(ends[:-1]) or pieces[0] or pieces[-1].strip():
        raise MailError("boundaries that do not match")
    return inner


def _decode(body: bytes, encoding: str) -> bytes:
    lines = body.split(b"\r\n")
    if encoding in ("quoted-printable", "base64") and any(len(line) > 76 for line in lines):
        raise MailError(f"{encoding} with a line of more than 76")
    if encoding == "quoted-printable":
        if re.search(rb"=(?![0-9A-F]{2}|\r\n)|[ \t]\r\n|[ \t]\Z", body):
            raise MailError("bad quoted-printable")
        return a2b_qp(body)
    if encoding == "base64":
        return a2b_base64(body.replace(b"\r\n", b""), strict_mode=True)
    if encoding != "7bit":
        raise MailError(f"encoding {encoding}")
    return body
