"""Which adapter serves which dialect and address, and the extra that installs its driver."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from msgspec import Struct

from sharekit.engines.remote.adapter import Adapter

GROUP = "sharekit.engines"
"""Entry points of adapters that other packages bring: the name is the URL's scheme, the value an
Adapter or a function that returns one."""


class Vendor(Struct, frozen=True):
    """A kind of engine that sharekit knows."""

    title: str
    module: str
    """Below sharekit.engines.remote.vendors; its `adapter()` imports the driver."""
    extra: str | None
    """What to install it by; None where Python has the driver."""
    package: str | None
    """The driver's package, whose version is part of a result's key."""
    dialects: tuple[str, ...]
    ran: bool = True
    """False: wired, not yet run against a server."""


_POSTGRES = Vendor("PostgreSQL", "postgres", "postgres", "psycopg", ("postgres",))
_MYSQL = Vendor("MySQL or MariaDB", "mysql", "mysql", "pymysql", ("mysql",))
_FLIGHT = Vendor(
    "Flight SQL",
    "flight",
    "flight",
    "adbc-driver-flightsql",
    ("spark", "postgres", "trino", "mysql", "clickhouse"),
)
_SPARK = Vendor("Spark Connect", "spark", "spark", "adbc-driver-spark", ("spark", "databricks"))
SCHEMES: Mapping[str, Vendor] = {
    "postgresql": _POSTGRES,
    "postgres": _POSTGRES,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "sqlite": Vendor("SQLite", "sqlite", None, None, ("sqlite",)),
    "flightsql": _FLIGHT,
    "flightsql+grpc": _FLIGHT,
    "sc": _SPARK,
    "snowflake": Vendor(
        "Snowflake",
        "snowflake",
        "snowflake",
        "snowflake-connector-python",
        ("snowflake",),
        ran=False,
    ),
    "bigquery": Vendor(
        "BigQuery", "bigquery", "bigquery", "google-cloud-bigquery", ("bigquery",), ran=False
    ),
    "trino": Vendor("Trino", "trino", "trino", "trino", ("trino",), ran=False),
    "clickhouse": Vendor(
        "ClickHouse", "clickhouse", "clickhouse", "clickhouse-connect", ("clickhouse",), ran=False
    ),
    "mssql": Vendor("SQL Server", "mssql", "mssql", "mssql-python", ("tsql",), ran=False),
    "redshift": Vendor(
        "Redshift", "redshift", "redshift", "redshift-connector", ("redshift",), ran=False
    ),
    "databricks": Vendor(
        "Databricks SQL",
        "databricks",
        "databricks",
        "databricks-sql-connector",
        ("databricks",),
        ran=False,
    ),
}
"""Scheme of an engine's URL -> what serves it."""


class NoAdapterError(Exception):
    """An address that nothing here serves, or whose driver is not installed: what to say, and what
    to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def find(scheme: str, dialect: str) -> Adapter:
    """The adapter for an address. Raises NoAdapterError."""
    vendor = SCHEMES.get(scheme)
    if vendor is None:
        return _plugged_in(scheme)
    if dialect not in vendor.dialects:
        hint = f'Write dialect = "{vendor.dialects[0]}", or another address.'
        raise NoAdapterError(
            f"its address is of {vendor.title}, which does not speak {dialect}", hint
        )
    try:
        adapter = import_module(f"sharekit.engines.remote.vendors.{vendor.module}").adapter()
    except ImportError:
        hint = f"Run pip install 'sharekit[{vendor.extra}]'."
        raise NoAdapterError(f"the driver for {vendor.title} is not installed", hint) from None
    assert isinstance(adapter, Adapter)
    return adapter


def _adapter(scheme: str, point: EntryPoint) -> Adapter:
    """What an entry point gives, whatever goes wrong in the other package's code."""
    hint = f"Ask who made {point.value}."
    try:
        value = point.load()
        adapter = value if isinstance(value, Adapter) else value()
    except Exception as error:
        message = f"the adapter for {scheme}:// cannot be loaded: {type(error).__name__}: {error}"
        raise NoAdapterError(message, hint) from None
    if not isinstance(adapter, Adapter):
        raise NoAdapterError(f"the adapter for {scheme}:// does not return an Adapter", hint)
    return adapter


def _plugged_in(scheme: str) -> Adapter:
    for point in entry_points(group=GROUP):
        if point.name.lower() == scheme:
            return _adapter(scheme, point)
    schemes = ", ".join(f"{name}://" for name in SCHEMES)
    raise NoAdapterError(
        "no adapter serves its address", f"The address begins with one of: {schemes}."
    )
