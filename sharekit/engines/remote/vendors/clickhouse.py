"""ClickHouse, by clickhouse-connect. Wired, not yet run against a server.

clickhouse://USER:PASSWORD@HOST:8443/DATABASE. `readonly` stops writes and, but for limits,
settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sharekit.engines.remote import pep249
from sharekit.engines.remote.adapter import Adapter, EngineUrl

_WRAPPED = re.compile(r"^(?:Nullable|LowCardinality)\((.*)\)$")
TYPES = {
    "bool": "BOOLEAN", "int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT",
    "uint8": "UTINYINT", "uint16": "USMALLINT", "uint32": "UINTEGER", "uint64": "UBIGINT", "int128": "HUGEINT",
    "float32": "FLOAT", "float64": "DOUBLE", "date": "DATE", "date32": "DATE", "uuid": "UUID",
}  # fmt: skip


def adapter() -> Adapter:
    import clickhouse_connect  # noqa: F401

    return pep249.make(
        connect,
        type_of,
        pep249.fault_reader(
            (
                ("syntax error", "syntax"),
                ("unknown_table", "unknown-table"),
                ("unknown_identifier", "unknown-column"),
                ("unknown_function", "unknown-function"),
                ("access_denied", "refused"),
                ("not enough privileges", "refused"),
                ("timeout_exceeded", "timeout"),
                ("memory_limit", "memory"),
                ("too_many_rows", "too-many-rows"),
            ),
            (
                "authentication_failed",
                "authentication failed",
                "failed to establish",
                "max retries",
            ),
            r"\(line (?P<line>\d+), col (?P<column>\d+)\)",
        ),
        version="SELECT version()",
        cancel=lambda link: link.raw.close(),
    )


def connect(address: EngineUrl, seconds: float) -> Any:
    from clickhouse_connect import dbapi

    return dbapi.connect(**arguments(address, seconds))


def arguments(address: EngineUrl, seconds: float) -> dict[str, Any]:
    return {
        "host": address.host,
        "port": address.port or (8123 if address.is_local else 8443),
        "username": address.user or "default",
        "password": address.password or "",
        "database": address.path or "default",
        "secure": not address.is_local,
        "verify": True,
        "connect_timeout": 10,
        "send_receive_timeout": int(seconds) + 30,
        "settings": {
            "readonly": 2,
            "max_execution_time": max(1, int(seconds)),
            "cancel_http_readonly_queries_on_client_close": 1,
            "session_timezone": address.timezone,
        },
    }


def type_of(column: Sequence[Any]) -> str | None:
    name = str(column[1])
    while match := _WRAPPED.match(name):
        name = match[1]
    lower = name.lower()
    if lower.startswith("datetime"):
        return None  # with a zone or without one: the values say it
    return pep249.named_type(TYPES)((column[0], lower))
