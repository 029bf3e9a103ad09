"""Snowflake, by its own connector. Wired, not yet run against a server.

snowflake://USER:PASSWORD@ACCOUNT/DATABASE/SCHEMA?warehouse=...&role=..., or ?token=... for OAuth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sharekit.engines.remote import pep249
from sharekit.engines.remote.adapter import Adapter, EngineUrl

TYPES = {
    1: "DOUBLE", 3: "DATE", 4: "TIMESTAMP", 6: "TIMESTAMPTZ", 7: "TIMESTAMPTZ", 8: "TIMESTAMP", 12: "TIME",
    13: "BOOLEAN",
}  # fmt: skip
FIXED = 0


def adapter() -> Adapter:
    import snowflake.connector  # noqa: F401

    return pep249.make(
        connect,
        type_of,
        pep249.fault_reader(
            (
                ("does not exist or not authorized", "unknown-table"),
                ("invalid identifier", "unknown-column"),
                ("unknown function", "unknown-function"),
                ("syntax error", "syntax"),
                ("insufficient privileges", "refused"),
                ("statement timeout", "timeout"),
                ("canceled", "timeout"),
            ),
            (
                "incorrect username or password",
                "failed to connect",
                "could not connect",
                "250001",
                "390",
            ),
            r"line (?P<line>\d+) at position (?P<column>-?\d+)",
            first_column=0,
        ),
        version="SELECT CURRENT_VERSION()",
        cap=lambda rows: f"ALTER SESSION SET ROWS_PER_RESULTSET = {rows}",
        cancel=lambda link: link.raw.cursor().execute(
            f"SELECT SYSTEM$CANCEL_ALL_QUERIES({link.raw.session_id})"
        ),
    )


def connect(address: EngineUrl, seconds: float) -> Any:
    import snowflake.connector

    return snowflake.connector.connect(**arguments(address, seconds))


def arguments(address: EngineUrl, seconds: float) -> dict[str, Any]:
    database, _, schema = address.path.partition("/")
    options = address.options
    login = (
        {"authenticator": "oauth", "token": options["token"]}
        if "token" in options
        else {"user": address.user, "password": address.password}
    )
    return {
        "account": address.host,
        "database": database or None,
        "schema": schema or None,
        "warehouse": options.get("warehouse"),
        "role": options.get("role"),
        "login_timeout": 15,
        "network_timeout": int(seconds) + 30,
        "application": "sharekit",
        "session_parameters": {
            "TIMEZONE": address.timezone,
            "STATEMENT_TIMEOUT_IN_SECONDS": max(1, int(seconds)),
            "MULTI_STATEMENT_COUNT": 1,
            "QUERY_TAG": "sharekit",
        },
        **login,
    }


def type_of(column: Sequence[Any]) -> str | None:
    if column[1] != FIXED:
        return TYPES.get(column[1], "VARCHAR")
    precision, scale = column[4], column[5]
    return None if precision is None or precision > 38 else f"DECIMAL({precision},{scale or 0})"
