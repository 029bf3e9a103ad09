"""What an adapter is: one PEP 249 connection, and the little that differs from vendor to vendor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, quote, quote_plus, unquote, unquote_plus, urlsplit

import msgspec
from msgspec import Struct

from sharekit.errors import OutsideError, QueryFault

HIDDEN = "***"
SHORT = 4
"""Letters below which a password is hidden only where it stands by itself."""
_LOOPBACK = frozenset({"localhost", "::1", ""})
_SECRET_OPTIONS = ("password", "token", "secret", "key", "credential", "pwd", "auth")


@dataclass(frozen=True)
class EngineUrl:
    """An engine's URL, taken apart, and the time zone of its sessions. Never printed."""

    text: str = field(repr=False)
    timezone: str = "UTC"
    """The project's: in it the engine tells the day, week and month of a moment."""

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.text)

    @property
    def scheme(self) -> str:
        return self._parts.scheme.lower()

    @property
    def host(self) -> str:
        return self._parts.hostname or ""

    @property
    def port(self) -> int | None:
        return self._parts.port

    @property
    def user(self) -> str | None:
        return None if self._parts.username is None else unquote(self._parts.username)

    @property
    def password(self) -> str | None:
        return None if self._parts.password is None else unquote(self._parts.password)

    @property
    def path(self) -> str:
        """The path, decoded, without the slash in front."""
        return unquote(self._place_and_settings[0])[1:]

    @property
    def options(self) -> dict[str, str]:
        """What stands behind the question mark; of Spark Connect, behind the semicolon."""
        plain = unquote if self.scheme == "sc" else unquote_plus
        return {plain(name): plain(value) for name, value in self._settings()}

    def _settings(self) -> list[tuple[str, str]]:
        """Names and values of the options as they are written."""
        between = ";" if self.scheme == "sc" else "&"
        assignments = self._place_and_settings[1].split(between)
        pairs = (assignment.partition("=") for assignment in assignments)
        return [(name, value) for name, _, value in pairs if name]

    @property
    def _place_and_settings(self) -> tuple[str, str]:
        if self.scheme != "sc":
            return self._parts.path, self._parts.query
        place, _, settings = self._parts.path.partition(";")
        return place, settings

    @property
    def is_local(self) -> bool:
        """Whether the connection does not leave this machine."""
        return self.host in _LOOPBACK or self.host.startswith("127.")

    @property
    def where(self) -> str:
        """Host and database: what a result depends on, and what may be said."""
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}/{self.path}"

    @property
    def is_readable(self) -> bool:
        """Whether each of its parts is what its owner meant. A `#`, `/`, `?`, `[` or `@` of a
        password that is written as it is ends a part too early: what then stands for the host, the
        port or the database is a piece of the password."""
        if re.search(r"[#\s]|%(?![0-9A-Fa-f]{2})", self.text):
            return False
        try:
            parts = self._parts
            _ = parts.port
        except ValueError:
            return False
        login, _, _ = parts.netloc.rpartition("@")
        if re.search(r"[\[\]@]", login):
            return False
        # A file may have any name, and a setting any value.
        path, settings = self._place_and_settings
        return not parts.netloc or "@" not in path + settings.partition("=")[0]

    def secrets(self) -> tuple[str, ...]:
        """Every spelling of what must never be shown, longest first."""
        secrets = {self.text}
        options = [value for name, value in self._settings() if _is_secret(name)]
        for word in (self._parts.password, self.password, *options):
            if word:
                for spelling in (word, unquote(word), unquote_plus(word)):
                    secrets |= {spelling, quote(spelling, safe=""), quote_plus(spelling)}
        return tuple(sorted((secret for secret in secrets if secret), key=len, reverse=True))


def read_address(variable: str, environ: Mapping[str, str], timezone: str) -> EngineUrl:
    """The address in a variable of the environment. Raises OutsideError, without a word of it."""
    text = environ.get(variable, "").strip()
    if not text:
        raise OutsideError(
            f"the environment has no {variable}",
            hint=f"Set {variable} to its address; a pull request from a fork has none.",
        )
    address = EngineUrl(text, timezone)
    if not address.is_readable:
        raise OutsideError(f"the address in {variable} cannot be read", hint=_ENCODE)
    return address


_ENCODE = (
    "Percent-encode special characters, as in its password: # as %23, / as %2F, ? as %3F, [ as"
    " %5B, @ as %40, % as %25, a space as %20."
)


def _is_secret(option: str) -> bool:
    return any(word in option.lower() for word in _SECRET_OPTIONS)


def without_password(message: str, secrets: Iterable[str]) -> str:
    """A driver's words without the password in any spelling, and without characters that move a
    cursor."""
    for secret in secrets:
        if len(secret) < SHORT:  # "w" is in many a word
            message = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, message)
        else:
            message = message.replace(secret, HIDDEN)
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in message)


class DriverError(Struct, frozen=True):
    """What a driver's exception means."""

    message: str
    kind: QueryFault = "failed"
    offset: int | None = None
    """Character of the query that was sent, from 0."""
    near: str | None = None
    """A word of the query at which the server stopped, where it names no place."""
    line: int | None = None
    """Line of the query that was sent, from 1, where the server names one."""
    column: int | None = None
    outside: bool = False
    """Whether the engine is out of reach, or refused the login: no fault of the query."""
    hint: str | None = None
    ours: bool = False
    """Whether the words are sharekit's, and not the engine's."""


class Field(Struct, frozen=True):
    """A column of a result: its name, and DuckDB's type where the driver knows it; else the values
    say it."""

    name: str
    type: str | None
    iso: bool = False
    """Whether texts that all are dates or times as ISO 8601 writes them are such: the engine has no
    type for them."""


Batches = Iterator[Sequence[Sequence[Any]]]


class Reply(Struct, frozen=True):
    """A running query: its columns, then its rows in batches; or an Arrow stream in their stead."""

    fields: Sequence[Field]
    batches: Batches | None = None
    arrow: Any = None


class Finding(Struct, frozen=True):
    """One thing that `doctor` found out about an engine."""

    ok: bool
    what: str
    hint: str | None = None


Connect = Callable[[EngineUrl, float], Any]
"""URL and seconds -> a PEP 249 connection: read-only as far as that goes, in the URL's time zone,
with the server's own time limit."""


class Adapter(Struct, frozen=True):
    """One vendor. Every function runs in the engine's own process."""

    connect: Connect
    read: Callable[[Any, str, int], Reply]
    """Connection, query, batch size -> what comes back. The query is one statement, whatever its
    text."""
    describe: Callable[[Any, str], Sequence[Field]]
    """Columns of a query, without running it."""
    cancel: Callable[[Any], None]
    """Stop what runs on this connection; called from another thread."""
    fault: Callable[[Exception], DriverError]
    version: Callable[[Any], str]
    begin: tuple[str, ...] = ()
    """Before each query: a transaction of its own that can only read."""
    cap: Callable[[Any, int], None] | None = None
    """Tell the server to return no more rows than this."""
    wrap: bool = False
    """Whether the cap is a LIMIT around the query: where there is no better way, and its order does
    not matter."""
    drop: Callable[[Any], None] = lambda connection: connection.close()
    """Leave a connection whose rows have not all been read."""
    doctor: Callable[[Any, EngineUrl, Sequence[str]], Iterable[Finding]] | None = None
    """What the role could do beyond reading `allow`; None where that is not examined."""
    extra: Mapping[str, str] = msgspec.field(default_factory=dict)


_OTHER_HOST = (
    "does not match host",
    "hostname mismatch",
    "not valid for",
    "certificate is valid for",
    "cannot validate certificate for",
)
NO_CA = DriverError(
    "the file that ssl_ca names is not there",
    outside=True,
    hint="Write ssl_ca=/path/to/ca.pem in the address, as this machine has it.",
)


def certificate_hint(message: str, option: str) -> str | None:
    """What to do about a server's certificate that is not accepted; None where a driver's message
    is about something else. `option` names the CA in the address."""
    lowered = message.lower()
    if "certificate" not in lowered:
        return None
    if "expired" in lowered:
        return "The server's certificate has expired. Whoever runs the server must renew it."
    if any(phrase in lowered for phrase in _OTHER_HOST):
        return "Write the host in the address as the certificate names it."
    return (
        f"Name the CA that signed it, {option}=/path/to/ca.pem in the address; if it is named, the"
        " certificate is of another CA or has expired."
    )


def unique_names(names: Iterable[str]) -> list[str]:
    """Column names as they are, but each once: DuckDB tells no case apart, and a name must not be
    empty."""
    used: set[str] = set()
    unique: list[str] = []
    for index, name in enumerate(names, 1):
        stem = name if name.strip() else f"column_{index}"
        candidate, count = stem, 1
        while candidate.lower() in used:
            count += 1
            candidate = f"{stem}_{count}"
        used.add(candidate.lower())
        unique.append(candidate)
    return unique


def execute(connection: Any, statements: Iterable[str]) -> None:
    """Run the keeper's or the adapter's own statements, one by one, their results unread."""
    for statement in statements:
        cursor = connection.cursor()
        try:
            cursor.execute(statement)
        finally:
            cursor.close()


def one_value(connection: Any, sql: str) -> Any:
    """First cell of a statement's result; None where there is none."""
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        row = cursor.fetchone()
    finally:
        cursor.close()
    return row[0] if row else None


def batches(cursor: Any, size: int) -> Batches:
    """Rows of an executed PEP 249 cursor."""
    while rows := cursor.fetchmany(size):
        yield rows
