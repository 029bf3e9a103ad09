"""PostgreSQL, and what speaks as it does, by psycopg.

Every query is one statement by protocol (the extended one, whatever its text), in a READ ONLY
transaction of its own: a session setting alone can be switched off by a function that a SELECT
calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sharekit.engines.remote.adapter import (
    Adapter,
    DriverError,
    EngineUrl,
    Field,
    Finding,
    Reply,
    certificate_hint,
    execute,
    one_value,
)
from sharekit.errors import QueryFault

TYPES = {
    16: "BOOLEAN", 20: "BIGINT", 21: "SMALLINT", 23: "INTEGER", 26: "BIGINT", 700: "FLOAT", 701: "DOUBLE",
    1082: "DATE", 1114: "TIMESTAMP", 1184: "TIMESTAMPTZ", 1083: "TIME", 1186: "INTERVAL", 2950: "UUID",
}  # fmt: skip
"""Type numbers that never change -> DuckDB's types. All others arrive as the server's text of
them."""
NUMERIC = 1700
AS_TEXT = (
    "date",
    "timestamp",
    "timestamptz",
    "time",
    "timetz",
    "interval",
    "json",
    "jsonb",
    "uuid",
    "bytea",
)
"""Read as the server writes them: infinity, years before Christ and any precision stay what they
are."""
CODES: dict[str, QueryFault] = {
    "42601": "syntax", "42P01": "unknown-table", "3F000": "unknown-table", "42703": "unknown-column",
    "42883": "unknown-function", "42501": "refused", "25006": "refused", "57014": "timeout",
    "53200": "memory", "54000": "memory",
}  # fmt: skip
_OUTSIDE = ("08", "28", "53300", "57P", "3D000")
_VERIFIED = ("verify-full",)


def adapter() -> Adapter:
    import psycopg  # noqa: F401  its absence must be told by name

    return Adapter(
        connect=connect,
        read=read,
        describe=describe,
        cancel=lambda connection: connection.cancel_safe(timeout=2),
        fault=fault,
        version=lambda connection: str(one_value(connection, "SHOW server_version")),
        begin=("ROLLBACK", "BEGIN TRANSACTION READ ONLY"),
        doctor=doctor,
    )


def connect(address: EngineUrl, seconds: float) -> Any:
    import psycopg
    from psycopg.types.string import TextLoader

    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": str(int(seconds * 1000)),
        "idle_in_transaction_session_timeout": str(int(seconds * 1000) + 60_000),
        "TimeZone": address.timezone,
        "DateStyle": "ISO",
        "IntervalStyle": "postgres",
        "standard_conforming_strings": "on",
        "extra_float_digits": "1",
    }
    more: dict[str, Any] = (
        {}
        if address.is_local or "sslmode" in address.options
        else {"sslmode": "verify-full", **_roots(address)}
    )
    if not address.is_local and address.options.get("sslmode", "verify-full") not in _VERIFIED:
        raise InsecureError
    connection = psycopg.connect(
        address.text,
        autocommit=True,
        connect_timeout=10,
        application_name="sharekit",
        options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
        **more,
    )
    for name in AS_TEXT:
        connection.adapters.register_loader(name, TextLoader)

    class UnpaddedLoader(TextLoader):
        """The blanks that fill up a `char(n)` are no part of the text, as where the server itself
        compares it or makes text of it."""

        def load(self, data: Any) -> Any:
            text = super().load(data)
            return text.rstrip() if isinstance(text, bytes) else text.rstrip(" ")

    connection.adapters.register_loader("bpchar", UnpaddedLoader)
    return connection


class InsecureError(Exception):
    """An address off this machine that does not check whom it talks to."""


def _roots(address: EngineUrl) -> dict[str, str]:
    return {} if "sslrootcert" in address.options else {"sslrootcert": "system"}


def describe(connection: Any, sql: str) -> Sequence[Field]:
    """Columns by the protocol's own Describe: nothing runs."""
    from psycopg import errors, pq

    raw = connection.pgconn
    for described in (False, True):
        result = raw.describe_prepared(b"") if described else raw.prepare(b"", sql.encode())
        if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
            raise errors.error_from_result(result)
    return [_field(result, index) for index in range(result.nfields)]


def _field(result: Any, index: int) -> Field:
    name = (result.fname(index) or b"").decode("utf-8", "replace")
    return Field(name, _type(result.ftype(index), result.fmod(index)))


def _type(oid: int, modifier: int) -> str | None:
    if oid != NUMERIC:
        return TYPES.get(oid, "VARCHAR")
    if modifier < 4:
        return None  # any number of digits: the values say how many
    precision, scale = ((modifier - 4) >> 16) & 0xFFFF, (modifier - 4) & 0x7FF
    return f"DECIMAL({precision},{scale})" if precision <= 38 and scale <= precision else None


def read(connection: Any, sql: str, size: int) -> Reply:
    return Reply(describe(connection, sql), _batches(connection, sql, size))


def _batches(connection: Any, sql: str, size: int) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows as they come, by the extended protocol; leaving early cancels the query."""
    from psycopg import capabilities

    cursor = connection.cursor()
    chunk = min(size, 1000) if capabilities.has_stream_chunked() else 1
    stream = cursor.stream(sql, size=chunk)
    batch: list[Sequence[Any]] = []
    try:
        for row in stream:
            batch.append(row)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch
    finally:
        stream.close()
        cursor.close()


def fault(error: Exception) -> DriverError:
    if isinstance(error, InsecureError):
        hint = (
            "Write ?sslmode=verify-full in the address, and sslrootcert= where the server has a CA"
            " of its own."
        )
        return DriverError(
            "its address does not check the server's certificate", outside=True, hint=hint
        )
    diagnosis = getattr(error, "diag", None)
    code = getattr(error, "sqlstate", None) or ""
    position = getattr(diagnosis, "statement_position", None)
    message = getattr(diagnosis, "message_primary", None) or _first_line(str(error))
    no_answer = not code and type(error).__name__ in (
        "DatabaseError",  # what libpq makes of a connection that ended before it had an answer
        "OperationalError",
        "InterfaceError",
        "ConnectionTimeout",
    )
    return DriverError(
        message,
        CODES.get(code, "failed"),
        offset=int(position) - 1 if position else None,
        outside=no_answer or code.startswith(_OUTSIDE),
        hint=getattr(diagnosis, "message_hint", None)
        or (certificate_hint(message, "sslrootcert") if no_answer else None),
    )


def _first_line(message: str) -> str:
    """What libpq asks in its second line is for its own log; psycopg says before it once more that
    the connection failed."""
    return next(iter(message.splitlines()), "").removeprefix("connection failed: ")


def doctor(connection: Any, address: EngineUrl, allow: Sequence[str]) -> Iterable[Finding]:
    """What this role could do besides reading what it may."""
    execute(connection, ("ROLLBACK",))
    secure = bool(one_value(connection, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
    if not address.is_local:
        yield Finding(
            secure, "the connection is encrypted" if secure else "the connection is not encrypted"
        )
    role = str(one_value(connection, "SELECT current_user"))
    fix = (
        f"Make a role of its own: CREATE ROLE {role}_reader LOGIN; GRANT SELECT on what `allow`"
        " names."
    )
    if one_value(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        yield Finding(False, f"the role {role} is a superuser: it may do everything", fix)
        return
    for what, sql in POWERS.items():
        value = one_value(connection, sql)
        if value:
            yield Finding(False, f"the role {role} {what}: {value}", REVOKE[what])
    yield from _reads_beyond(connection, role, allow)


POWERS = {
    "may create roles or databases": (
        "SELECT 'yes' FROM pg_roles WHERE rolname = current_user AND (rolcreaterole OR rolcreatedb"
        " OR rolreplication)"
    ),
    "may create in schemas": (
        "SELECT string_agg(nspname, ', ' ORDER BY nspname) FROM pg_namespace "
        "WHERE has_schema_privilege(oid, 'CREATE') AND nspname !~ '^pg_(toast|temp)'"
    ),
    "may create schemas or temporary tables in": (
        "SELECT current_database() WHERE has_database_privilege(current_database(), 'CREATE') "
    ),
    "may write to": (
        "SELECT string_agg(t, ', ' ORDER BY t) FROM (SELECT c.oid::regclass::text AS t FROM"
        " pg_class c WHERE c.relkind IN ('r','p','v','f') AND c.relnamespace::regnamespace::text !~"
        " '^(pg_|information_schema)' AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE,"
        " TRUNCATE') ORDER BY 1 LIMIT 5) q"
    ),
    "is a member of": (
        "SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM pg_roles WHERE rolname IN"
        " ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program',"
        " 'pg_read_all_data', 'pg_write_all_data', 'pg_signal_backend') AND pg_has_role(oid,"
        " 'MEMBER')"
    ),
}
REVOKE = {
    "may create roles or databases": "ALTER ROLE ... NOCREATEROLE NOCREATEDB NOREPLICATION;",
    "may create in schemas": "REVOKE CREATE ON SCHEMA ... FROM PUBLIC, the role;",
    "may create schemas or temporary tables in": (
        "REVOKE CREATE ON DATABASE ... FROM PUBLIC, the role;"
    ),
    "may write to": "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ... FROM the role;",
    "is a member of": "REVOKE these FROM the role;",
}


def _reads_beyond(connection: Any, role: str, allow: Sequence[str]) -> Iterator[Finding]:
    cursor = connection.cursor()
    cursor.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r','p','v','m','f') AND n.nspname !~ '^(pg_|information_schema)' AND"
        " has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT') ORDER"
        " BY 1, 2"
    )
    beyond = [
        f"{schema}.{name}"
        for schema, name in cursor.fetchall()
        if not _allowed(schema, name, allow)
    ]
    cursor.close()
    if beyond:
        tables = ", ".join(beyond[:5]) + (f" and {len(beyond) - 5} more" if len(beyond) > 5 else "")
        yield Finding(
            False, f"the role {role} may read beyond `allow`: {tables}", "REVOKE SELECT on them."
        )


def _allowed(schema: str, name: str, allow: Sequence[str]) -> bool:
    from fnmatch import fnmatchcase

    return any(
        fnmatchcase(f"{schema}.{name}", pattern) or fnmatchcase(name, pattern) for pattern in allow
    )
