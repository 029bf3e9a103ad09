"""Trino and Starburst. Wired, not yet run against a server.

trino://USER:PASSWORD@HOST:443/CATALOG/SCHEMA, or ?token=... for a JWT. Off this machine always
https."""

from __future__ import annotations

from typing import Any

from sharekit.engines.remote import pep249
from sharekit.engines.remote.adapter import Adapter, EngineUrl

TYPES = {
    "boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT",
    "real": "FLOAT", "double": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMPTZ", "time": "TIME", "uuid": "UUID",
}  # fmt: skip


def adapter() -> Adapter:
    import trino  # noqa: F401

    return pep249.make(
        connect,
        pep249.named_type(TYPES),
        pep249.fault_reader(
            (
                ("mismatched input", "syntax"),
                ("does not exist", "unknown-table"),
                ("cannot be resolved", "unknown-column"),
                ("not registered", "unknown-function"),
                ("access denied", "refused"),
                ("maximum run time", "timeout"),
                ("exceeded", "memory"),
                ("canceled", "timeout"),
            ),
            ("failed to establish", "max retries", "error 401", "error 503"),
            r"line (?P<line>\d+):(?P<column>\d+)",
        ),
        version="SELECT node_version FROM system.runtime.nodes LIMIT 1",
    )


def connect(address: EngineUrl, seconds: float) -> Any:
    import trino

    options = arguments(address, seconds)
    if "token" in address.options:
        options["auth"] = trino.auth.JWTAuthentication(address.options["token"])
    elif address.password is not None:
        options["auth"] = trino.auth.BasicAuthentication(address.user, address.password)
    return trino.dbapi.connect(**options)


def arguments(address: EngineUrl, seconds: float) -> dict[str, Any]:
    catalog, _, schema = address.path.partition("/")
    return {
        "host": address.host,
        "port": address.port or (8080 if address.is_local else 443),
        "user": address.user or "sharekit",
        "catalog": catalog or None,
        "schema": schema or None,
        "http_scheme": "http" if address.is_local and address.password is None else "https",
        "source": "sharekit",
        "timezone": address.timezone,
        "request_timeout": 30,
        "session_properties": {"query_max_run_time": f"{max(1, int(seconds))}s"},
    }
