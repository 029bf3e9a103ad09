"""Databricks SQL, by its own connector. Wired, not yet run against a server.

databricks://token:ACCESS_TOKEN@HOST/CATALOG/SCHEMA?http_path=/sql/1.0/warehouses/...
"""

from __future__ import annotations

from typing import Any

from sharekit.engines.remote import pep249
from sharekit.engines.remote.adapter import Adapter, EngineUrl

TYPES = {
    "boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT",
    "float": "FLOAT", "double": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMPTZ", "timestamp_ntz": "TIMESTAMP",
}  # fmt: skip


def adapter() -> Adapter:
    from databricks import sql  # noqa: F401

    return pep249.make(
        connect,
        pep249.named_type(TYPES),
        pep249.fault_reader(
            (
                ("parse_syntax_error", "syntax"),
                ("table_or_view_not_found", "unknown-table"),
                ("unresolved_column", "unknown-column"),
                ("unresolved_routine", "unknown-function"),
                ("insufficient_permissions", "refused"),
                ("timed out", "timeout"),
                ("timeout", "timeout"),
                ("cancel", "timeout"),
            ),
            (
                "invalid access token",
                "failed to establish",
                "max retries",
                "error during request to server",
            ),
            r"line (?P<line>\d+),? pos(?:ition)? (?P<column>\d+)",
            first_column=0,
        ),
        version="SELECT current_version().dbsql_version",
    )


def connect(address: EngineUrl, seconds: float) -> Any:
    from databricks import sql

    return sql.connect(**arguments(address, seconds))


def arguments(address: EngineUrl, seconds: float) -> dict[str, Any]:
    catalog, _, schema = address.path.partition("/")
    return {
        "server_hostname": address.host,
        "http_path": address.options.get("http_path"),
        "access_token": address.password,
        "catalog": catalog or None,
        "schema": schema or None,
        "user_agent_entry": "sharekit",
        "session_configuration": {
            "STATEMENT_TIMEOUT": str(max(1, int(seconds))),
            "TIMEZONE": address.timezone,
        },
    }
