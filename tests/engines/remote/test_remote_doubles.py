"""Adapters whose servers cannot be had here, against a scripted PEP 249 double of their driver:
what they connect with, what they say first, how they read types and faults. Wired, not yet run
against a server."""

from __future__ import annotations

import base64
import sys
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from sharekit.engines.remote.adapter import (
    Adapter,
    EngineUrl,
    read_address,
    unique_names,
    without_password,
)
from sharekit.engines.remote.registry import SCHEMES, NoAdapterError, find
from sharekit.errors import OutsideError

WORD = "p%40ss%3Bw%7Drd"
"""p@ss;w}rd"""


@dataclass
class Cursor:
    """Remembers what it was asked, and answers by a script."""

    said: list[str]
    description: Any = ()
    rows: list[Any] = field(default_factory=list)

    def execute(self, sql: str, *_: Any) -> Cursor:
        self.said.append(sql)
        return self

    def fetchmany(self, size: int) -> list[Any]:
        found, self.rows = self.rows[:size], self.rows[size:]
        return found

    def fetchone(self) -> Any:
        return ("1.0",)

    def fetchall(self) -> list[Any]:
        return []

    def close(self) -> None:
        self.said.append("close")

    def cancel(self) -> None:
        self.said.append("cancel")


@dataclass
class Connection:
    said: list[str] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)
    description: Any = ()
    rows: list[Any] = field(default_factory=list)
    session_id: int = 7

    def cursor(self) -> Cursor:
        return Cursor(self.said, self.description, list(self.rows))

    def close(self) -> None:
        self.said.append("closed")


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Every driver at once, each by the names under which its adapter imports it."""
    connection = Connection()

    def connect(*words: Any, **given: Any) -> Connection:
        connection.given = {**given, "words": words}
        return connection

    def module(name: str, **members: Any) -> ModuleType:
        made = ModuleType(name)
        vars(made).update(members)
        monkeypatch.setitem(sys.modules, name, made)
        return made

    connector = module("snowflake.connector", connect=connect)
    module("snowflake", connector=connector)
    dbapi = module("trino.dbapi", connect=connect)
    auth = module(
        "trino.auth",
        BasicAuthentication=lambda *words: words,
        JWTAuthentication=lambda token: token,
    )
    module("trino", dbapi=dbapi, auth=auth)
    module("clickhouse_connect", dbapi=module("clickhouse_connect.dbapi", connect=connect))
    module("mssql_python", connect=connect)
    module("redshift_connector", connect=connect)
    module("databricks", sql=module("databricks.sql", connect=connect))
    return connection


def opened(url: str, dialect: str) -> tuple[Adapter, Any]:
    address = EngineUrl(url)
    adapter = find(address.scheme, dialect)
    return adapter, adapter.connect(address, 60.0)


def test_snowflake(double: Connection) -> None:
    url = f"snowflake://ann:{WORD}@acc-eu/SHOP/PUBLIC?warehouse=small&role=reader"
    adapter, link = opened(url, "snowflake")
    assert double.given["account"] == "acc-eu"
    assert (double.given["user"], double.given["password"]) == ("ann", "p@ss;w}rd")
    assert (double.given["database"], double.given["schema"]) == ("SHOP", "PUBLIC")
    session = double.given["session_parameters"]
    assert session["STATEMENT_TIMEOUT_IN_SECONDS"] == 60
    assert session["MULTI_STATEMENT_COUNT"] == 1
    assert session["TIMEZONE"] == "UTC"
    double.description = [("N", 0, None, None, 38, 2, True), ("D", 3, None, None, None, None, True)]
    double.rows = [(1, None)]
    assert adapter.cap is not None
    adapter.cap(link, 101)
    reply = adapter.read(link, "SELECT 1", 10)
    assert [each.type for each in reply.fields] == ["DECIMAL(38,2)", "DATE"]
    assert list(reply.batches or ()) == [[(1, None)]]
    assert "ALTER SESSION SET ROWS_PER_RESULTSET = 101" in double.said
    adapter.cancel(link)
    assert double.said[-1] == "SELECT SYSTEM$CANCEL_ALL_QUERIES(7)"
    fault = adapter.fault(
        Exception("SQL compilation error: error line 2 at position 7\ninvalid identifier 'X'")
    )
    assert (fault.kind, fault.line, fault.column) == ("unknown-column", 2, 8)
    assert adapter.fault(Exception("250001: Failed to connect")).outside


def test_trino(double: Connection) -> None:
    adapter, link = opened(f"trino://ann:{WORD}@trino.example/hive/shop", "trino")
    assert (double.given["host"], double.given["port"], double.given["http_scheme"]) == (
        "trino.example",
        443,
        "https",
    )
    assert double.given["auth"] == ("ann", "p@ss;w}rd")
    assert (double.given["catalog"], double.given["schema"], double.given["timezone"]) == (
        "hive",
        "shop",
        "UTC",
    )
    assert double.given["session_properties"] == {"query_max_run_time": "60s"}
    double.description = [
        ("a", "decimal(10,2)"),
        ("b", "timestamp(3)"),
        ("c", "row(x bigint)"),
        ("d", "varchar(5)"),
    ]
    types = [each.type for each in adapter.read(link, "SELECT 1", 10).fields]
    assert types == ["DECIMAL(10,2)", "TIMESTAMP", "VARCHAR", "VARCHAR"]
    fault = adapter.fault(Exception("line 3:8: Column 'x' cannot be resolved"))
    assert (fault.kind, fault.line, fault.column) == ("unknown-column", 3, 8)
    adapter.cancel(link)
    assert double.said[-1] == "cancel"


def test_clickhouse(double: Connection) -> None:
    adapter, link = opened(f"clickhouse://ann:{WORD}@ch.example/shop", "clickhouse")
    assert (double.given["port"], double.given["secure"], double.given["verify"]) == (
        8443,
        True,
        True,
    )
    assert double.given["password"] == "p@ss;w}rd"
    assert double.given["settings"]["readonly"] == 2
    assert double.given["settings"]["max_execution_time"] == 60
    double.description = [("a", "Nullable(Decimal(10, 2))"), ("b", "LowCardinality(Nullable(String))"),
                          ("c", "DateTime('UTC')"), ("d", "UInt64")]  # fmt: skip
    types = [each.type for each in adapter.read(link, "SELECT 1", 10).fields]
    assert types == ["DECIMAL(10,2)", "VARCHAR", None, "UBIGINT"]
    fault = adapter.fault(
        Exception("Code: 62. DB::Exception: Syntax error: failed (line 2, col 3): x")
    )
    assert (fault.kind, fault.line, fault.column) == ("syntax", 2, 3)


def test_sql_server(double: Connection) -> None:
    adapter, link = opened(f"mssql://ann:{WORD}@sql.example/shop", "tsql")
    (said,) = double.given["words"]
    assert "PWD={p@ss;w}}rd};" in said
    assert "Encrypt=yes;TrustServerCertificate=no;" in said
    assert adapter.cap is not None
    adapter.cap(link, 11)
    assert "SET ROWCOUNT 11" in double.said
    assert "SET QUOTED_IDENTIFIER ON" in double.said
    fault = adapter.fault(Exception("[Microsoft][SQL Server]Invalid column name 'nosuch'."))
    assert (fault.kind, fault.near) == ("unknown-column", "nosuch")


def test_redshift(double: Connection) -> None:
    adapter, link = opened(f"redshift://ann:{WORD}@rs.example/shop", "redshift")
    assert (double.given["ssl"], double.given["sslmode"]) == (True, "verify-full")
    assert "SET statement_timeout TO 60000" in double.said
    assert adapter.begin == ("ROLLBACK", "BEGIN READ ONLY")
    double.description = [("a", 1700), ("b", 20), ("c", 1082)]
    assert [each.type for each in adapter.read(link, "SELECT 1", 10).fields] == [
        None,
        "BIGINT",
        "DATE",
    ]
    fault = adapter.fault(Exception({"C": "42703", "M": 'column "x" does not exist', "P": "8"}))
    assert (fault.kind, fault.offset) == ("unknown-column", 7)


def test_databricks(double: Connection) -> None:
    adapter, link = opened(
        f"databricks://token:{WORD}@dbc.example/main/shop?http_path=/sql/1.0/w/1", "databricks"
    )
    assert double.given["server_hostname"] == "dbc.example"
    assert double.given["http_path"] == "/sql/1.0/w/1"
    assert double.given["access_token"] == "p@ss;w}rd"
    assert double.given["session_configuration"]["STATEMENT_TIMEOUT"] == "60"
    double.description = [("a", "decimal", None, None, 12, 2, True), ("b", "timestamp")]
    assert [each.type for each in adapter.read(link, "SELECT 1", 10).fields] == [
        "DECIMAL(12,2)",
        "TIMESTAMPTZ",
    ]
    fault = adapter.fault(Exception("[UNRESOLVED_COLUMN] a column; line 1 pos 7"))
    assert (fault.kind, fault.line, fault.column) == ("unknown-column", 1, 8)


def test_bigquery() -> None:
    bigquery = import_module("sharekit.engines.remote.vendors.bigquery")
    key = base64.b64encode(b"{}").decode()
    job = bigquery.job(
        EngineUrl(f"bigquery://shop/sales?credentials_key={key}&max_bytes=1000"), 60.0
    )
    assert job["use_legacy_sql"] is False
    assert (job["job_timeout_ms"], job["maximum_bytes_billed"], job["default_dataset"]) == (
        60_000,
        1000,
        "shop.sales",
    )


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_every_vendor_says_whether_it_was_run(scheme: str) -> None:
    vendor = SCHEMES[scheme]
    assert vendor.extra or vendor.title == "SQLite"
    ran = {"PostgreSQL", "MySQL or MariaDB", "SQLite", "Flight SQL", "Spark Connect"}
    assert vendor.ran == (vendor.title in ran)


def test_an_address_that_nothing_serves_is_said() -> None:
    with pytest.raises(NoAdapterError, match="no adapter serves"):
        find("oracle", "tsql")
    with pytest.raises(NoAdapterError, match="does not speak spark"):
        find("postgresql", "spark")


def test_no_spelling_of_a_secret_is_shown() -> None:
    address = EngineUrl(f"postgresql://ann:{WORD}@db/x?token=t%20k&sslmode=verify-full")
    words = f"cannot log in as ann with p@ss;w}}rd or {WORD} or t k or t%20k at {address.text}"
    assert (
        without_password(words, address.secrets())
        == "cannot log in as ann with *** or *** or *** or *** at ***"
    )
    assert "p@ss" not in repr(address)
    assert address.where == "postgresql://db/x"


@pytest.mark.parametrize(
    "url",
    [
        *(f"postgresql://ann:Hunter2{odd}x@db:5432/shop" for odd in ("#", "/", "?", "[", "@", "%x", " ")),
        *(f"mysql://ann:{odd}@db/shop" for odd in ("12/x", "12?x", "a[b]c", "#", "a@b@c")),
        "postgresql://db:Hunter2/shop",
        "sqlite:////data/a#b.db",
    ],
)  # fmt: skip
def test_an_address_with_signs_as_they_are_is_not_readable(url: str) -> None:
    assert not EngineUrl(url).is_readable
    with pytest.raises(OutsideError, match=r"the address in DB cannot be read") as told:
        read_address("DB", {"DB": url}, "UTC")
    assert "Hunter2" not in f"{told.value.message} {told.value.hint}"
    assert "# as %23" in (told.value.hint or "")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ann:{WORD}@db:5432/shop?sslmode=verify-full",
        "postgresql:///shop?host=/var/run&user=ann@x",
        "postgresql://ann@[::1]:5432/shop",
        "sqlite:////home/ann@x/shop?.db",
        "sc://h:1/;user_id=ann@x;token=ab/c?d",
        f"snowflake://ann%40x:{WORD}@acc/SHOP/PUBLIC?role=a@b",
    ],
)
def test_an_address_is_readable_where_its_parts_are_what_was_meant(url: str) -> None:
    assert EngineUrl(url).is_readable
    assert read_address("DB", {"DB": f"{url}\n"}, "UTC").text == url


def test_a_short_password_is_hidden_where_it_stands_by_itself() -> None:
    address = EngineUrl("postgresql://writer:w@db/x")
    words = without_password("no login for writer with w", address.secrets())
    assert words == "no login for writer with ***"


def test_the_settings_of_a_spark_address_are_read_as_spark_writes_them() -> None:
    address = EngineUrl("sc://spark.example:15002/;token=ab+c%2Fd==;use_ssl=true;ssl_ca=/ca.pem")
    assert address.options == {"token": "ab+c/d==", "use_ssl": "true", "ssl_ca": "/ca.pem"}
    assert address.where == "sc://spark.example:15002/"
    words = without_password("no login for ab+c/d== or ab+c%2Fd==", address.secrets())
    assert words == "no login for *** or ***"


def test_names_of_columns_are_told_apart() -> None:
    assert unique_names(["a", "A", "a_2", "", "b"]) == ["a", "A_2", "a_2_2", "column_4", "b"]
