"""SQL Server, Azure SQL, Fabric and Synapse, by Microsoft's own driver. Wired, not yet run against
a server.

mssql://USER:PASSWORD@HOST:1433/DATABASE. T-SQL has no read-only session: the role is the wall.
"""

from __future__ import annotations

from typing import Any

from sharekit.engines.remote import pep249
from sharekit.engines.remote.adapter import Adapter, EngineUrl


def adapter() -> Adapter:
    import mssql_python  # noqa: F401

    return pep249.make(
        connect,
        lambda column: None,
        pep249.fault_reader(
            (
                ("incorrect syntax", "syntax"),
                ("invalid object name", "unknown-table"),
                ("invalid column name", "unknown-column"),
                ("not a recognized", "unknown-function"),
                ("permission was denied", "refused"),
                ("timeout expired", "timeout"),
                ("cancelled", "timeout"),
                ("insufficient system memory", "memory"),
            ),
            (
                "login failed",
                "login timeout",
                "server was not found",
                "tcp provider",
                "certificate verify",
            ),
            r"(?:near|name) '(?P<near>[^']+)'",
        ),
        version="SELECT CAST(SERVERPROPERTY('ProductVersion') AS varchar(40))",
        session=lambda address, seconds: (
            "SET QUOTED_IDENTIFIER ON",
            "SET DATEFORMAT ymd",
            "SET DATEFIRST 1",
            f"SET LOCK_TIMEOUT {int(seconds * 1000)}",
        ),
        cap=lambda rows: f"SET ROWCOUNT {rows}",
        cancel=lambda link: link.raw.close(),
        nothing="SELECT TOP 0 * FROM (\n{sql}\n) AS sharekit_rows",
    )


def connect(address: EngineUrl, seconds: float) -> Any:
    import mssql_python

    connection = mssql_python.connect(connection_string(address), autocommit=True)
    connection.timeout = max(1, int(seconds))
    return connection


def connection_string(address: EngineUrl) -> str:
    """The certificate is checked, but on this machine."""
    settings = {
        "Server": f"{address.host},{address.port or 1433}",
        "Database": address.path or "master",
        "UID": address.user or "",
        "PWD": address.password or "",
        "Encrypt": "yes",
        "TrustServerCertificate": "yes" if address.is_local else "no",
        "ApplicationIntent": "ReadOnly",
    }
    return "".join(f"{name}={_braced(value)};" for name, value in settings.items())


def _braced(value: str) -> str:
    return (
        "{" + value.replace("}", "}}") + "}"
        if any(letter in value for letter in ";{}= ")
        else value
    )
