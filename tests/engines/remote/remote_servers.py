"""Real servers for the contract: started here, on ports of their own, in a folder that goes away.

Where one is missing the tests skip and say so; where CI is set they fail.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from server_processes import free_port, running

PASSWORD = "s3cret pass%wörd/@:"
"""Every character that a URL, a log or a shell could trip over."""
WRITTEN = quote(PASSWORD, safe="")
_POSTGRES = (
    "/usr/lib/postgresql/17/bin",
    "/usr/lib/postgresql/16/bin",
    "/usr/lib/postgresql/15/bin",
)


@dataclass
class Server:
    """One engine under test."""

    name: str
    dialect: str
    url: str
    run: Callable[[str], None]
    """Run a statement as the keeper, who may do everything."""
    setup: Sequence[str] = ()
    schema: str = "analytics."
    restart: Callable[[], None] | None = None
    copy: Callable[[str, Path], None] = lambda table, path: None
    """Load a CSV file into a table."""
    read_only: bool = True
    """Whether the protocol itself can promise that nothing is written."""


def missing(what: str, how: str) -> None:
    """Skip where something is not installed; in CI that is a failure."""
    reason = f"{what} is not installed: {how}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def as_user(folder: Path) -> dict[str, Any]:
    """Servers refuse to run as root: then somebody else owns the folder and runs them."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    shutil.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


class Restartable:
    """A server that can be ended and started again."""

    def __init__(self, command: Sequence[str], port: int, folder: Path, **given: Any) -> None:
        self._make = lambda: running(command, port, folder, **given)
        self._now = self._make()
        self._now.__enter__()

    def restart(self) -> None:
        self._now.__exit__(None, None, None)
        self._now = self._make()
        self._now.__enter__()

    def close(self) -> None:
        self._now.__exit__(None, None, None)


# -- PostgreSQL -----------------------------------------------------------------------------------


@contextmanager
def postgres(folder: Path, *settings: str) -> Iterator[Server]:
    """`settings`: more arguments of the server."""
    pytest.importorskip("psycopg") if not os.environ.get("CI") else __import__("psycopg")
    home = next((Path(each) for each in _POSTGRES if Path(each, "initdb").exists()), None)
    if home is None:
        missing("PostgreSQL", "apt-get install postgresql")
    assert home is not None
    given = as_user(folder)
    data, words = folder / "data", folder / "words"
    words.write_text(PASSWORD, encoding="utf-8")
    subprocess.run(
        [home / "initdb", "-D", data, "-U", "keeper", "--auth=scram-sha-256", f"--pwfile={words}", "-E", "UTF8",
         "--locale=C", "--no-sync"],
        check=True, cwd=folder, stdout=subprocess.DEVNULL, **given,
    )  # fmt: skip
    port = free_port()
    command = [str(home / "postgres"), "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1",
               "-c", f"unix_socket_directories={folder}", "-c", "fsync=off", "-c", "log_statement=none",
               *settings]  # fmt: skip
    ready = [str(home / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    server = Restartable(command, port, folder, ready=ready, cwd=folder, **given)
    admin = f"postgresql://keeper:{WRITTEN}@127.0.0.1:{port}/postgres"

    def run(sql: str) -> None:
        import psycopg

        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[call-overload]

    def copy(table: str, path: Path) -> None:
        import psycopg

        into = f"COPY {table} FROM STDIN (FORMAT csv, NULL '\\N')"
        with (
            psycopg.connect(admin) as connection,
            connection.cursor() as cursor,
            cursor.copy(into) as stream,
        ):
            stream.write(path.read_bytes())

    try:
        for statement in (
            f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'", "CREATE SCHEMA analytics", "CREATE SCHEMA hr",
            "CREATE TABLE hr.salaries (name text, pay int)", "INSERT INTO hr.salaries VALUES ('Ann', 100)",
            "GRANT USAGE ON SCHEMA analytics TO reader",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA analytics GRANT SELECT ON TABLES TO reader",
        ):  # fmt: skip
            run(statement)
        yield Server(
            "postgres", "postgres", f"postgresql://reader:{WRITTEN}@127.0.0.1:{port}/postgres", run,
            restart=server.restart, copy=copy,
        )  # fmt: skip
    finally:
        server.close()


# -- MariaDB --------------------------------------------------------------------------------------


@contextmanager
def mariadb(folder: Path, *settings: str) -> Iterator[Server]:
    """`settings`: more arguments of the server."""
    pytest.importorskip("pymysql") if not os.environ.get("CI") else __import__("pymysql")
    binary, install = (
        shutil.which("mariadbd", path=PLACES),
        shutil.which("mariadb-install-db", path=PLACES),
    )
    if binary is None or install is None:
        missing("MariaDB", "apt-get install mariadb-server")
    assert binary is not None
    assert install is not None
    given = as_user(folder)
    data = folder / "data"
    own = ["--no-defaults", f"--datadir={data}", f"--tmpdir={folder}"]
    installed = subprocess.run(
        [install, *own, "--auth-root-authentication-method=normal"],
        check=False, capture_output=True, text=True, cwd=folder, **given,
    )  # fmt: skip
    assert installed.returncode == 0, installed.stdout + installed.stderr
    port = free_port()
    command = [binary, *own, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s",
               f"--pid-file={folder}/pid", "--innodb-flush-log-at-trx-commit=0", "--local-infile=1",
               "--skip-name-resolve", *settings]  # fmt: skip
    server = Restartable(command, port, folder, cwd=folder, **given)

    def run(sql: str) -> None:
        import pymysql

        connection = pymysql.connect(
            host="127.0.0.1",
            port=port,
            user="root",
            autocommit=True,
            local_infile=True,
            charset="utf8mb4",
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)

    try:
        for statement in (
            "CREATE DATABASE analytics CHARACTER SET utf8mb4", "CREATE DATABASE hr",
            "CREATE TABLE hr.salaries (name text, pay int)", "INSERT INTO hr.salaries VALUES ('Ann', 100)",
            f"CREATE USER reader@'%' IDENTIFIED BY '{PASSWORD}'", "GRANT SELECT ON analytics.* TO reader@'%'",
        ):  # fmt: skip
            run(statement)
        yield Server(
            "mariadb",
            "mysql",
            f"mysql://reader:{WRITTEN}@127.0.0.1:{port}/analytics",
            run,
            restart=server.restart,
        )
    finally:
        server.close()


PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin", "/usr/local/bin"))


# -- Sail -----------------------------------------------------------------------------------------


_PATIENT = {
    "SAIL_CLUSTER__WORKER_MAX_IDLE_TIME_SECS": "3600",
    "SAIL_CLUSTER__WORKER_HEARTBEAT_TIMEOUT_SECS": "3600",
    "SAIL_CLUSTER__TASK_STREAM_CREATION_TIMEOUT_SECS": "600",
}
"""A worker that waits for the others for more than a minute is ended, with the rows that the next
step wants: too soon for a hundred million rows on one busy machine."""


@contextmanager
def sail(folder: Path, protocol: str) -> Iterator[Server]:
    """Sail in local-cluster mode: a driver and workers, as on a cluster, on this machine."""
    driver = {"flight": "adbc_driver_flightsql", "spark": "adbc_driver_spark"}[protocol]
    for module, package in (("pysail", "pysail"), (driver, driver.replace("_", "-"))):
        try:
            __import__(module)
        except ImportError:
            missing(package, f"pip install {package}")
    port = free_port()
    binary = Path(sys.executable).parent / "sail"
    kind = ["flight", "server"] if protocol == "flight" else ["spark", "server"]
    env = {**os.environ, "SAIL_MODE": "local-cluster", "RUST_LOG": "error", **_PATIENT}
    command = [str(binary), *kind, "--ip", "127.0.0.1", "--port", str(port)]
    server = Restartable(command, port, folder, env=env)
    try:
        url = (
            f"flightsql+grpc://127.0.0.1:{port}"
            if protocol == "flight"
            else f"sc://127.0.0.1:{port}"
        )
        yield Server(
            f"sail_{protocol}",
            "spark",
            url,
            lambda sql: None,
            schema="",
            restart=server.restart,
            read_only=False,
        )
    finally:
        server.close()


# -- SQLite ---------------------------------------------------------------------------------------


@contextmanager
def sqlite(folder: Path) -> Iterator[Server]:
    import sqlite3

    path = folder / "shop.db"

    def run(sql: str) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute(sql)
        connection.close()

    run("CREATE TABLE salaries (name text, pay int)")
    run("INSERT INTO salaries VALUES ('Ann', 100)")
    yield Server("sqlite", "sqlite", f"sqlite:///{path}", run, schema="")


SERVERS: Mapping[str, Callable[[Path], Any]] = {
    "postgres": postgres,
    "mariadb": mariadb,
    "sail_flight": lambda folder: sail(folder, "flight"),
    "sail_spark": lambda folder: sail(folder, "spark"),
    "sqlite": sqlite,
}
