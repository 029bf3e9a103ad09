"""MySQL and MariaDB, by pymysql: one statement by protocol, in a READ ONLY transaction of its
own."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sharekit.engines.duckdb.values import literal
from sharekit.engines.remote.adapter import (
    NO_CA,
    Adapter,
    DriverError,
    EngineUrl,
    Field,
    Finding,
    Reply,
    batches,
    certificate_hint,
    execute,
    one_value,
)
from sharekit.errors import QueryFault

CODES: dict[int, QueryFault] = {
    1064: "syntax", 1149: "syntax", 1146: "unknown-table", 1049: "unknown-table", 1054: "unknown-column",
    1305: "unknown-function", 1142: "refused", 1143: "refused", 1370: "refused", 1792: "refused", 1044: "refused",
    1227: "refused", 3024: "timeout", 1969: "timeout", 1317: "timeout", 1037: "memory", 1038: "memory",
}  # fmt: skip
_OUTSIDE = frozenset(
    (1040, 1045, 1053, 1129, 1130, 1203, 1226, 2002, 2003, 2005, 2006, 2013, 2014, 2055)
)
_AT_LINE = re.compile(r"near '(?P<near>.*)' at line (?P<line>\d+)$", re.DOTALL)
_NAMED = re.compile(r"(?:column|FUNCTION|Table|routine) '?(?P<word>[^' ]+)'?", re.IGNORECASE)
_UNSIGNED = 32
_NO_ANSWER = 2003
_GRACE = 30.0
_UNKNOWN_ZONE = 1298


def adapter() -> Adapter:
    import pymysql  # noqa: F401  its absence must be told by name

    return Adapter(
        connect=connect,
        read=read,
        describe=describe,
        cancel=cancel,
        fault=fault,
        version=lambda connection: str(one_value(connection, "SELECT VERSION()")),
        begin=("ROLLBACK", "START TRANSACTION READ ONLY"),
        cap=lambda connection, rows: execute(
            connection, (f"SET SESSION sql_select_limit = {rows}",)
        ),
        drop=lambda connection: connection._force_close(),
        doctor=doctor,
    )


def connect(address: EngineUrl, seconds: float) -> Any:
    import pymysql
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions
    from pymysql.cursors import SSCursor

    connection = pymysql.connect(
        **arguments(address),
        autocommit=True,
        cursorclass=SSCursor,
        read_timeout=seconds + _GRACE,
        conv={**conversions, FIELD_TYPE.BIT: lambda bits: int.from_bytes(bits, "big")},
    )
    is_mariadb = "MariaDB" in str(one_value(connection, "SELECT VERSION()"))
    limit = (
        f"max_statement_time = {seconds}"
        if is_mariadb
        else f"max_execution_time = {int(seconds * 1000)}"
    )
    _set_zone(connection, address.timezone)
    modes = "'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'"
    execute(
        connection,
        (
            f"SET sql_mode = {modes}, {limit}",
            "SET SESSION TRANSACTION READ ONLY",
        ),
    )
    return connection


class UnknownZoneError(Exception):
    """The server has no time zones by name: its days would be those of another zone."""


def _set_zone(connection: Any, zone: str) -> None:
    """UTC has a number, which every server knows."""
    import pymysql

    try:
        execute(connection, (f"SET time_zone = {literal('+00:00' if zone == 'UTC' else zone)}",))
    except pymysql.err.Error as error:
        connection.close()
        if error.args[:1] == (_UNKNOWN_ZONE,):
            raise UnknownZoneError(zone) from None
        raise


def arguments(address: EngineUrl) -> dict[str, Any]:
    """What pymysql.connect is given. Off this machine, and where the address names a CA, the
    server's certificate and name are checked."""
    secure = (
        {}
        if address.is_local and "ssl_ca" not in address.options
        else {"ssl": ssl.create_default_context(cafile=address.options.get("ssl_ca"))}
    )
    return {
        "host": address.host or "127.0.0.1",
        "port": address.port or 3306,
        "user": address.user,
        # As text it would be sent in Latin-1.
        "password": (address.password or "").encode(),
        "database": address.path or None,
        "connect_timeout": 10,
        "charset": "utf8mb4",
        **(
            {"unix_socket": address.options["unix_socket"]}
            if "unix_socket" in address.options
            else {}
        ),
        **secure,
    }


def cancel(connection: Any) -> None:
    """KILL QUERY, by a connection of its own."""
    import pymysql

    from sharekit.engines.remote.vendors import mysql

    killer = pymysql.connect(
        host=connection.host,
        port=connection.port,
        user=connection.user,
        password=connection.password,
        unix_socket=connection.unix_socket,
        ssl=connection.ctx if connection.ssl else None,
        connect_timeout=mysql.CANCEL_SECONDS,
        read_timeout=mysql.CANCEL_SECONDS,
    )
    with killer, killer.cursor() as cursor:
        cursor.execute(f"KILL QUERY {int(connection.thread_id())}")


CANCEL_SECONDS = 2


def read(connection: Any, sql: str, size: int) -> Reply:
    cursor = connection.cursor()
    cursor.execute(sql)
    return Reply(fields(cursor), _closing(cursor, size))


def _closing(cursor: Any, size: int) -> Iterator[Sequence[Sequence[Any]]]:
    yield from batches(cursor, size)
    cursor.close()


def describe(connection: Any, sql: str) -> Sequence[Field]:
    """Columns of a query of which no row is wanted."""
    cursor = connection.cursor()
    cursor.execute(f"SELECT * FROM (\n{sql}\n) AS sharekit_rows LIMIT 0")
    result_fields = fields(cursor)
    cursor.close()
    return result_fields


def fields(cursor: Any) -> list[Field]:
    flags = [field.flags for field in cursor._result.fields]
    return [
        Field(str(column[0]), _type(column, flag))
        for column, flag in zip(cursor.description, flags, strict=True)
    ]


def _type(column: Sequence[Any], flags: int) -> str | None:
    from pymysql.constants import FIELD_TYPE as T

    if column[1] in (T.DECIMAL, T.NEWDECIMAL):
        scale = column[5]
        return f"DECIMAL(38,{scale})" if scale is not None and scale <= 30 else None
    if column[1] == T.LONGLONG:
        return "UBIGINT" if flags & _UNSIGNED else "BIGINT"
    types = {
        T.TINY: "SMALLINT", T.SHORT: "INTEGER", T.LONG: "BIGINT", T.INT24: "INTEGER", T.FLOAT: "FLOAT",
        T.DOUBLE: "DOUBLE", T.DATE: "DATE", T.NEWDATE: "DATE", T.DATETIME: "TIMESTAMP", T.TIMESTAMP: "TIMESTAMP",
        T.TIME: "INTERVAL", T.YEAR: "SMALLINT", T.BIT: "UBIGINT",
    }  # fmt: skip
    return types.get(column[1], "VARCHAR")


def fault(error: Exception) -> DriverError:
    if isinstance(error, FileNotFoundError):
        return NO_CA
    if isinstance(error, UnknownZoneError):
        hint = (
            "Load its time zones there: mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql -u root"
            ' mysql. Or write timezone = "UTC" under [project].'
        )
        return DriverError(f"it does not know the time zone {error}", outside=True, hint=hint)
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    message = str(error.args[-1]) if error.args else type(error).__name__
    where = _AT_LINE.search(message)
    name_match = _NAMED.search(message)
    kind: QueryFault = CODES.get(code, "failed")
    if where:  # the line is that of what was sent, and the manual is not at hand
        message = f"syntax error near '{where['near'][:40]}'"
    near = where["near"][:20] if where else None
    if near is None and name_match and kind != "failed":
        near = name_match["word"].rpartition(".")[2]
    return DriverError(
        message,
        kind,
        near=near or None,
        line=int(where["line"]) if where and not near else None,
        outside=code in _OUTSIDE or (code == 0 and isinstance(error, OSError)),
        hint=certificate_hint(message, "ssl_ca") if code == _NO_ANSWER else None,
    )


def doctor(connection: Any, address: EngineUrl, allow: Sequence[str]) -> Iterable[Finding]:
    """What SHOW GRANTS says about this user, and whether the connection is encrypted."""
    execute(connection, ("ROLLBACK",))
    if not address.is_local:
        cursor = connection.cursor()
        cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
        cipher = (cursor.fetchall() or [("", "")])[0][1]
        cursor.close()
        yield Finding(
            bool(cipher),
            "the connection is encrypted" if cipher else "the connection is not encrypted",
        )
    cursor = connection.cursor()
    cursor.execute("SHOW GRANTS")
    grants = [str(row[0]) for row in cursor.fetchall()]
    cursor.close()
    for grant in grants:
        match = re.match(r"GRANT (?P<what>.+?) ON (?P<on>\S+) TO ", grant)
        if match is None:
            continue
        what = {entry.strip().partition(" (")[0] for entry in match["what"].split(",")}
        more = sorted(what - {"SELECT", "USAGE", "SHOW VIEW"})
        on = match["on"].replace("`", "")
        if more:
            fix = f"REVOKE {', '.join(more)} ON {on} FROM this user;"
            yield Finding(False, f"the user may do more than read: {', '.join(more)} on {on}", fix)
        elif what & {"SELECT"} and not _allowed(on, allow):
            yield Finding(
                False,
                f"the user may read beyond `allow`: {on}",
                f"REVOKE SELECT ON {on} FROM this user;",
            )


def _allowed(on: str, allow: Sequence[str]) -> bool:
    return any(
        entry in (on, on.rpartition(".")[2]) or entry == f"{on.partition('.')[0]}.*"
        for entry in allow
    )
