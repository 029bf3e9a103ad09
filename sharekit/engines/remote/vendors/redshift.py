"""Redshift, by Amazon's own driver. Wired, not yet run against a server.
redshift://USER:PASSWORD@HOST:5439/DATABASE"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sharekit.engines.duckdb.values import literal
from sharekit.engines.remote import pep249
from sharekit.engines.remote.adapter import Adapter, DriverError, EngineUrl
from sharekit.engines.remote.vendors.postgres import CODES, NUMERIC, TYPES

_OUTSIDE = ("28", "08", "57P", "3D000")


def adapter() -> Adapter:
    import redshift_connector  # noqa: F401

    return pep249.make(
        connect,
        type_of,
        fault,
        version="SELECT version()",
        session=lambda address, seconds: (
            f"SET statement_timeout TO {int(seconds * 1000)}",
            f"SET timezone TO {literal(address.timezone)}",
        ),
        begin=("ROLLBACK", "BEGIN READ ONLY"),
        cancel=lambda link: link.raw.close(),
    )


def connect(address: EngineUrl, seconds: float) -> Any:
    import redshift_connector

    connection = redshift_connector.connect(**arguments(address))
    connection.autocommit = True
    return connection


def arguments(address: EngineUrl) -> dict[str, Any]:
    return {
        "host": address.host,
        "port": address.port or 5439,
        "database": address.path,
        "user": address.user,
        "password": address.password,
        "ssl": not address.is_local,
        "sslmode": "verify-full",
        "timeout": 15,
        "application_name": "sharekit",
    }


def type_of(column: Sequence[Any]) -> str | None:
    return None if column[1] == NUMERIC else TYPES.get(column[1], "VARCHAR")


def fault(error: Exception) -> DriverError:
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    code, message = str(fields.get("C", "")), str(fields.get("M") or error)
    position = str(fields.get("P", ""))
    return DriverError(
        message,
        CODES.get(code, "failed"),
        offset=int(position) - 1 if position.isdigit() else None,
        outside=code.startswith(_OUTSIDE)
        or (not code and type(error).__name__ == "InterfaceError"),
    )
