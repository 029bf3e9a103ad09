"""SQLite, by Python's own module: the file is opened read-only, and an authorizer lets nothing but
reading through."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from sharekit.engines.remote.adapter import (
    Adapter,
    DriverError,
    EngineUrl,
    Field,
    Reply,
    batches,
    one_value,
)
from sharekit.errors import QueryFault

_RECURSIVE = 33
_ALLOWED = frozenset(
    (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, _RECURSIVE)
)
_DENIED = frozenset(
    (
        "load_extension",
        "readfile",
        "writefile",
        "edit",
        "fts3_tokenizer",
        "sqlite_compileoption_get",
        "randomblob",
    )
)
LONGEST_VALUE = 100_000_000
"""Bytes of one value, which printf('%.*c', n, 'x') could else make a gigabyte long."""
_NEAR = re.compile(r'near "(?P<near>[^"]+)"|(?:column|table|function): (?P<name>\S+)')
_KINDS: tuple[tuple[str, QueryFault], ...] = (
    ("syntax error", "syntax"),
    ("incomplete input", "syntax"),
    ("no such table", "unknown-table"),
    ("no such column", "unknown-column"),
    ("no such function", "unknown-function"),
    ("not authorized", "refused"),
    ("prohibited", "refused"),
    ("readonly", "refused"),
    ("interrupted", "timeout"),
    ("string or blob too big", "memory"),
)


def adapter() -> Adapter:
    return Adapter(
        connect=connect,
        read=read,
        describe=describe,
        cancel=lambda connection: connection.interrupt(),
        fault=fault,
        version=lambda connection: str(one_value(connection, "SELECT sqlite_version()")),
        doctor=lambda connection, address, allow: (),  # the file is opened for reading only
    )


def connect(address: EngineUrl, seconds: float) -> Any:
    """sqlite:////absolute/path.db"""
    os.environ["TZ"] = address.timezone  # of 'localtime', which is else this machine's
    time.tzset()
    path = "/" + address.path.lstrip("/")
    name = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect(
        f"file:{name}?mode=ro",
        uri=True,
        isolation_level=None,
        timeout=min(5.0, seconds),
        check_same_thread=False,
    )
    connection.execute("PRAGMA query_only = on")
    connection.execute("PRAGMA trusted_schema = off")
    connection.execute("SELECT 1 FROM sqlite_master")  # only now is the file read: is it one?
    connection.set_authorizer(_authorize)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    return connection


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action not in _ALLOWED or (
        action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _DENIED
    ):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def read(connection: Any, sql: str, size: int) -> Reply:
    cursor = connection.execute(sql)
    return Reply(_fields(cursor), batches(cursor, size))


def describe(connection: Any, sql: str) -> Sequence[Field]:
    return _fields(connection.execute(f"SELECT * FROM (\n{sql}\n) LIMIT 0"))


def _fields(cursor: Any) -> list[Field]:
    """SQLite's columns have no types of their own: the values say them. Its functions of dates
    return text, and take text."""
    return [Field(str(column[0]), None, iso=True) for column in cursor.description or ()]


def fault(error: Exception) -> DriverError:
    message = str(error)
    kind: QueryFault = next((kind for phrase, kind in _KINDS if phrase in message), "failed")
    match = _NEAR.search(message)
    near = (match["near"] or match["name"].rpartition(".")[2]) if match else None
    outside = "unable to open" in message or "not a database" in message or "locked" in message
    return DriverError(message, kind, near=near, outside=outside)
