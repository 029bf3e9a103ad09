"""Text on its way out: one function for each destination. Whatever a file, a commit or a database
says, it stays text there. Pure.

What is never raw anywhere: control characters, characters that turn the order of reading around,
invisible ones that hide what is there, and half characters. Where a destination has an escape for
them they keep their meaning (JSON, addresses); elsewhere a sign takes their place. What people need
stays: line ends where lines may end, joiners between letters or parts of an emoji, isolates that
are closed again, and in documents the marks that keep a name of another direction in order."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from markupsafe import escape as _entities

_MARKS = "\u061c\u200e\u200f"
_NEVER = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u180e\u200b-\u200d\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
)
_JOINED = "(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])|\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
"""A joiner between two letters or signs, the flag of a region."""
_ISOLATED = "[\u2066-\u2068][^\u2066-\u2069\u202a-\u202e\x00-\x1f\x7f-\x9f\u2028\u2029]*\u2069"
_IN_DOCUMENT = re.compile(f"({_JOINED}|{_ISOLATED})|[{_NEVER}]")
_ELSEWHERE = re.compile(f"({_JOINED})|[{_NEVER}{_MARKS}]")
_RARE = re.compile(f"[{_NEVER}]")
"""Without one of these nothing is replaced in a document. A class alone is searched ten times as
fast as the patterns around it."""
_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_AROUND = re.compile(f"\u200e(?=[{_RIGHT_TO_LEFT}])|(?<=[{_RIGHT_TO_LEFT}])\u200e")
"""The marks that keep a name from right to left in order on a page. In a terminal they would be
seen."""
_COMMAND = re.compile(r"^([^\S\n]*+):(?=:[^\n]*::)", re.MULTILINE)
_OLD_COMMAND = re.compile(r"##(?=\[)")
FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
    "::",
)
"""Text cells that begin so, with or without blanks before, would be run as a formula by a
spreadsheet, or as a command by what shows the log of a CI job."""


def document(text: str) -> str:
    """Text of a page, a mail's body or a feed before its markup is escaped."""
    if text.isprintable() or not _RARE.search(text):
        return text
    return _IN_DOCUMENT.sub(_replacement, text)


def _replacement(match: re.Match[str]) -> str:
    """A sign in place of what is not seen; inside an isolate, that one is cleaned by itself."""
    if not match[1]:
        return "\N{REPLACEMENT CHARACTER}"
    if match[1][0] in "\u2066\u2067\u2068":
        return f"{match[1][0]}{document(match[1][1:-1])}{match[1][-1]}"
    return match[1]


def html(text: object) -> Markup:
    """Text and attributes of HTML, SVG and XML 1.0. What is markup already stays."""
    return text if isinstance(text, Markup) else _entities(document(str(text)))


def template_value(value: object) -> object:
    """What a template is about to write, for Jinja's `finalize`; its autoescape does the rest."""
    return document(value) if type(value) is str else value


def terminal(text: str) -> str:
    """Lines for a terminal or the log of a CI job: nothing in them moves a cursor, and no line is a
    command to what runs the job.

    GitHub takes `::name::` at the beginning of a line for one, and `##[name]` anywhere in it."""
    printable = text if text.isprintable() else _ELSEWHERE.sub(_picture, _AROUND.sub("", text))
    commanding = "::" in printable or "##[" in printable
    return _OLD_COMMAND.sub("## ", _COMMAND.sub(r"\1: ", printable)) if commanding else printable


def terminal_line(text: str) -> str:
    """The same, on one line."""
    return terminal(text.replace("\t", " ").replace("\n", " "))


def _picture(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)  # Control Pictures: ESC is one visible character
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else f"\\u{{{code:x}}}"


def csv(text: str) -> str:
    """A text cell of CSV, before it is quoted: an apostrophe before what a spreadsheet would
    run."""
    began = text.lstrip(" \u00a0\u200b\u2060\ufeff")
    return terminal(f"'{text}" if began.startswith(FORMULA_STARTS) else text)


def escaped_json(text: str) -> str:
    """JSON as its serializer wrote it, with escapes for what is never raw: all of that stands inside
    strings, where an escape means the same."""
    if not text.isascii() or "\x7f" in text:
        text = _ELSEWHERE.sub(lambda match: match[1] or _json_escape(match[0]), text)
    return text.replace("##[", "##\\u005b")


def _json_escape(letter: str) -> str:
    return json.dumps(letter)[1:-1] if letter != "\x7f" else "\\u007f"


def to_json(
    value: object,
    *,
    indent: int | None = None,
    ascii_only: bool = False,
    sort_keys: bool = False,
    separators: tuple[str, str] | None = None,
    default: Callable[[Any], Any] | None = None,
) -> str:
    """A value as JSON, with no character that a terminal or an editor might obey."""
    return escaped_json(
        json.dumps(
            value,
            ensure_ascii=ascii_only,
            allow_nan=False,
            indent=indent,
            sort_keys=sort_keys,
            separators=separators,
            default=default,
        )
    )


def script_json(value: object) -> Markup:
    """JSON inside a script element, or as a JavaScript expression: nothing in it ends the element or
    the line."""
    text = to_json(value, separators=(",", ":"))
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


_MARKDOWN = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_IN_ADDRESS = "%/:?#@!$&+,;=.~*'-_"


def markdown(text: str) -> str:
    """A stretch of Markdown text (CommonMark, and GitHub's tables) in which nothing is markup;
    spaces at its ends stay. `<` and what looks like an entity become entities, so that a reader
    that lets HTML through shows them too."""
    plain = _ENTITY.sub("&amp;", document(text.replace("\n", " ").replace("\r", " ")))
    return _MARKDOWN.sub(r"\\\g<0>", plain).replace("<", "&lt;")


def markdown_address(address: str) -> str:
    """An address as it may stand between the brackets of a Markdown link."""
    encoded = quote(address, safe=_IN_ADDRESS, errors="replace")
    return _ENTITY.sub("&amp;", encoded).replace("*", "%2A")


def url_part(text: str, safe: str = "") -> str:
    """A part of an address, percent-encoded; half characters become question marks."""
    return quote(text, safe=safe, errors="replace")


def address(text: str) -> str:
    """A whole address on one line, which cannot leave the brackets or quotes around it."""
    return re.sub(f'[\\s<>|"{_NEVER}{_MARKS}]', "", text)


def header(text: str) -> str:
    """Words of a mail header: one line, single blanks."""
    return " ".join(chat(text).split())


def mail_text(text: str) -> str:
    """A mail's body, text or HTML: line ends are line feeds, the last line has one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return document(lines).rstrip("\n") + "\n"


def chat(text: str) -> str:
    """Text in chat where no markup is read: Slack's plain_text, a TextRun of Teams."""
    return _ELSEWHERE.sub(lambda match: match[1] or " ", text)


def slack(text: str) -> str:
    """Slack's mrkdwn: no mention, link or channel begins without an angle bracket."""
    return chat(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def calendar(text: str) -> str:
    """TEXT of RFC 5545, section 3.3.11. Spaces of every kind are one kind, as calendars read them;
    control characters are dropped."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    plain = _ELSEWHERE.sub(lambda match: match[1] or "", lines)
    spaced = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in plain)
    for sign in "\\;,":
        spaced = spaced.replace(sign, f"\\{sign}")
    return spaced.replace("\n", "\\n")


def workflow_data(text: str) -> str:
    """What a workflow command of GitHub says, escaped as its own toolkit does."""
    printable = "\n".join(map(terminal_line, text.split("\n")))
    return printable.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """A property of a workflow command."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


_SECRET = re.compile(r"PASS|SECRET|TOKEN|KEY|CREDENTIAL|AUTH|URL|DSN", re.IGNORECASE)
_SHORTEST_SECRET = 4
"""A secret shorter than this would blot out ordinary words."""


def redact(text: str, environ: Mapping[str, str]) -> str:
    """A traceback without the values of environment variables whose names sound secret."""
    secrets = {
        value
        for name, value in environ.items()
        if _SECRET.search(name) and len(value) >= _SHORTEST_SECRET
    }
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
