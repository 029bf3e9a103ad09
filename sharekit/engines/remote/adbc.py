"""What ADBC drivers have in common: rows as an Arrow stream that DuckDB reads by itself, without
pyarrow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sharekit.engines.remote.adapter import (
    NO_CA,
    Adapter,
    DriverError,
    EngineUrl,
    Field,
    Finding,
    Reply,
    certificate_hint,
    execute,
)
from sharekit.errors import QueryFault

_PLACE = re.compile(
    r"(?:line:? ?|at )(?P<line>\d+)[:,](?: ?col(?:umn)?:? ?)?(?P<column>\d+)", re.IGNORECASE
)
_HEAD = re.compile(r"^(?:[A-Z_]+: )?\[[\w ]+\] ")
_FOOT = re.compile(r" \([A-Z]\w+; [^()]*\)\.?$")
_WORDY = (
    (re.compile(r"^.*\b(?:encoding|External|remote) error: "), ""),
    (re.compile(r"ObjectName\(\[Identifier\(\"([^\"]+)\"\)\]\)"), r"\1"),
    (
        re.compile(
            r"connection error: desc = \"(?:transport: )?(?:Error while dialing: )?(.*?)\"", re.I
        ),
        r"\1",
    ),
)
"""What a driver wraps around its message, and what is said in its place."""
_NAMED = re.compile(
    r"Identifier\(\"(?P<name>[^\"]+)\"\)\]\)|(?:function|table|column)[^:]*: (?P<word>[\w.]+)"
)
_TAIL = re.compile(r"\(?(?:ErrorCode|Vendor code|SQLSTATE|Detail)s?[:=].*", re.DOTALL)
_KINDS: tuple[tuple[str, QueryFault], ...] = (
    ("table not found", "unknown-table"),
    ("table_or_view_not_found", "unknown-table"),
    ("unresolved_column", "unknown-column"),
    ("cannot resolve", "unknown-column"),
    ("unknown function", "unknown-function"),
    ("unresolved_routine", "unknown-function"),
    ("parse", "syntax"),
    ("sql parser", "syntax"),
    ("syntax", "syntax"),
    ("deadline", "timeout"),
    ("cancel", "timeout"),
)
_OUTSIDE = (
    "unavailable",
    "unauthenticated",
    "connection refused",
    "no such host",
    "transport",
    "tls",
    "dial tcp",
    "h2 protocol error",
    "error reading from server",
    "connection reset",
    "broken pipe",
    "unexpected eof",
    "goaway",
    "rst_stream",
)


def make(
    driver: Callable[[], str],
    options: Callable[[EngineUrl, float], Mapping[str, str]],
    version: str,
    zone: Callable[[str], str] | None = None,
) -> Adapter:
    """An adapter around one ADBC driver's library. `version`: the SELECT that tells the server's;
    `zone`: the statement that gives a session its time zone."""

    def connect(address: EngineUrl, seconds: float) -> Any:
        from adbc_driver_manager import dbapi

        connection = dbapi.connect(
            driver=driver(), db_kwargs=dict(options(address, seconds)), autocommit=True
        )
        try:
            _text(connection, version)  # only now is anything sent: is somebody there?
        except BaseException:
            _drop(connection)
            raise
        if zone is not None and address.timezone != "UTC":
            with suppress(Exception):  # Sail knows none and stays in UTC; `doctor` says so
                execute(connection, (zone(address.timezone),))
        return connection

    return Adapter(
        connect=connect,
        read=read,
        describe=describe,
        cancel=lambda connection: connection.sharekit_cursor.adbc_cancel(),
        fault=fault,
        version=lambda connection: _text(connection, version),
        wrap=True,
        drop=_drop,
        doctor=doctor,
    )


def read(connection: Any, sql: str, size: int) -> Reply:
    cursor = connection.cursor()
    # The connection keeps it: it must live as long as its stream, and cancelling goes by it.
    connection.sharekit_cursor = cursor
    cursor.execute(sql)
    return Reply((), arrow=cursor.fetch_arrow())


def describe(connection: Any, sql: str) -> Sequence[Field]:
    import duckdb

    reply = read(connection, f"SELECT * FROM (\n{sql}\n) AS sharekit_rows LIMIT 0", 1)
    arriving = reply.arrow
    rows = duckdb.connect().execute("DESCRIBE SELECT * FROM arriving").fetchall()
    del arriving
    return [Field(str(row[0]), str(row[1])) for row in rows]


def doctor(connection: Any, address: EngineUrl, allow: Sequence[str]) -> Iterable[Finding]:
    """Whether this role may create a table: no protocol tells, so it is tried."""
    try:
        execute(connection, (f"CREATE TABLE {TRIED} (a INT)",))
    except Exception as error:  # each driver has classes of its own
        answer = fault(error)
        if answer.outside:
            raise  # it did not refuse: nobody knows
        if "exist" in answer.message.lower():  # left by a doctor that was ended under way
            yield Finding(False, "its role may create tables", _NO_RIGHTS)
        else:
            yield Finding(True, "creating a table was refused")
        return
    execute(connection, (f"DROP TABLE {TRIED}",))
    yield Finding(False, "its role may create tables", _NO_RIGHTS)


TRIED = "sharekit_doctor_tried_to_create_this"
_NO_RIGHTS = (
    "Give the role SELECT on what `allow` names, and nothing else. An engine that knows no rights, as"
    " Sail, should reach nothing but copies of what may be read."
)


def _text(connection: Any, sql: str) -> str:
    import duckdb

    arriving = read(connection, sql, 1).arrow
    row = duckdb.connect().execute("SELECT * FROM arriving").fetchone()
    del arriving
    return str(row[0]) if row else "unknown"


def _drop(connection: Any) -> None:
    cursor = getattr(connection, "sharekit_cursor", None)
    if cursor is not None:
        cursor.close()
    connection.close()


def fault(error: Exception) -> DriverError:
    if isinstance(error, FileNotFoundError):
        return NO_CA
    message = _FOOT.sub("", _HEAD.sub("", _TAIL.sub("", str(error)).strip()))
    for wrapping, shorter in _WORDY:
        message = wrapping.sub(shorter, message)
    message = message or type(error).__name__
    lower = str(error).lower()
    kind: QueryFault = next((kind for phrase, kind in _KINDS if phrase in lower), "failed")
    place, name_match = _PLACE.search(message), _NAMED.search(str(error))
    near = (name_match["name"] or name_match["word"]).rpartition(".")[2] if name_match else None
    return DriverError(
        message,
        kind,
        near=near,
        line=int(place["line"]) if place else None,
        column=int(place["column"]) if place else None,
        outside=any(word in lower for word in _OUTSIDE),
        hint=certificate_hint(message, "ssl_ca"),
    )
