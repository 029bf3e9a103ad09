"""The process that asks one engine. Started by `process.py`; holds one secret, its URL, and no
owner's file.

It reads frames from standard input and writes frames to standard output (see `wire.py`). The first
frame says which engine and which file to fill; then each is a job. Jobs run on a few threads, each
with its own connection. Whatever it says has the password taken out of it first; what a driver
prints goes nowhere."""

from __future__ import annotations

import os
import queue
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
from msgspec import Struct, field, structs

from sharekit.engines.duckdb import wire
from sharekit.engines.duckdb.values import literal
from sharekit.engines.duckdb.wire import Message
from sharekit.engines.remote.adapter import (
    Adapter,
    DriverError,
    EngineUrl,
    Reply,
    execute,
    without_password,
)
from sharekit.engines.remote.registry import NoAdapterError, find
from sharekit.engines.remote.rows import OddValueError, TooManyRowsError, write_rows
from sharekit.timing import time_limit

BATCH = 10_000
_STREAM = re.compile(
    r"(?:[\w ]+: )?(?:reading the stream [^:]* failed|arrow_scan: get_next failed\(\)): (?P<said>.+)",
    re.DOTALL,
)
LONGEST_WORDS = 600
"""Characters of a driver's message that are passed on."""
LONGEST_VALUE = 40
_ZERO = "0000-00-00"
"""MySQL's date where there is none."""


class ConnectionThread(Struct):
    """One thread's connection."""

    cursor: Any
    connection: Any = None
    late: threading.Event = field(default_factory=threading.Event)


def main() -> None:
    """Serve until standard input ends."""
    reader, writer = _take_pipes()
    _keep_no_core()
    setup = wire.read(reader)
    if setup is not None:
        EngineServer(setup, reader, writer).serve()
    os._exit(0)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for ourselves; a driver that prints or reads gets /dev/null."""
    reader, writer = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    return os.fdopen(reader, "rb", buffering=1 << 16), os.fdopen(writer, "wb", buffering=0)


def _keep_no_core() -> None:
    """A crash must not leave the password in a file."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class EngineServer:
    """Takes jobs from the pipe and gives them to lanes."""

    def __init__(self, setup: Message, reader: BinaryIO, writer: BinaryIO) -> None:
        self._setup = setup
        self._reader = reader
        self._writer = writer
        self._write = threading.Lock()
        self._jobs: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._address = EngineUrl(os.environ[setup["variable"]].strip(), setup["timezone"])
        self._secrets = self._address.secrets()
        self._adapter: Adapter | None = None
        self._none: NoAdapterError | None = None
        self._find = threading.Lock()
        self._db = self._database()

    def _database(self) -> Any:
        folder = self._setup["folder"]
        config = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "threads": "2",
            "memory_limit": "1GB",
            "temp_directory": os.path.join(folder, "spill"),
            "home_directory": folder,
        }
        db = duckdb.connect(":memory:", config=config)
        target = self._setup["target"]
        try:
            db.execute(f"ATTACH {literal(target)} AS target (BLOCK_SIZE 16384)")
        except duckdb.Error:
            for file in (target, f"{target}.wal"):
                with suppress(FileNotFoundError):
                    os.remove(file)
            db.execute(f"ATTACH {literal(target)} AS target (BLOCK_SIZE 16384)")
        return db

    def serve(self) -> None:
        for _ in range(int(self._setup["jobs"])):
            threading.Thread(
                target=self._work, args=(ConnectionThread(self._db.cursor()),), daemon=True
            ).start()
        tables = self._db.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'target'"
        ).fetchall()
        self._send({"ready": True, "tables": [row[0] for row in tables]})
        while (message := wire.read(self._reader)) is not None:
            if message["op"] == "finish":
                self._db.execute("CHECKPOINT target")
                self._db.execute("DETACH target")
                self._send({"n": message["n"], "finished": True})
            else:
                self._jobs.put(message)

    def _work(self, lane: ConnectionThread) -> None:
        lane.cursor.execute(f"SET TimeZone = {literal(self._setup['timezone'])}")
        while True:
            job = self._jobs.get()
            begun = time.perf_counter()
            answer = self._answer(lane, job)
            self._send(answer | {"n": job["n"], "seconds": round(time.perf_counter() - begun, 6)})

    def _send(self, message: Message) -> None:
        data = memoryview(wire.pack(message))
        with self._write:
            while data:
                data = data[self._writer.write(data) :]

    # -- one job
    # -------------------------------------------------------------------------------------------

    def _answer(self, lane: ConnectionThread, job: Message) -> Message:
        try:
            adapter = self._chosen_adapter()
        except NoAdapterError as none:
            return {
                "error": structs.asdict(DriverError(none.message, outside=True, hint=none.hint))
            }
        for may_retry in (True, False):
            was_open = lane.connection is not None
            self._send({"n": job["n"], "phase": "connecting"})
            try:
                return self._within_limit(adapter, lane, job)
            except Exception as error:
                fault = self._fault(adapter, lane, error)
                if lane.connection is None and fault.kind == "timeout":
                    fault = DriverError("it does not answer", outside=True)
                self._leave(adapter, lane)
                # A connection of an earlier query may have been closed by the server: that says
                # nothing of this one.
                if not (may_retry and was_open and fault.outside):
                    return {"error": structs.asdict(fault)}
        raise AssertionError

    def _chosen_adapter(self) -> Adapter:
        with self._find:
            if self._none is not None:
                raise self._none
            if self._adapter is None:
                try:
                    self._adapter = find(self._address.scheme, self._setup["dialect"])
                except NoAdapterError as none:
                    self._none = none
                    raise
            return self._adapter

    def _within_limit(self, adapter: Adapter, lane: ConnectionThread, job: Message) -> Message:
        lane.late.clear()
        seconds = float(self._setup["seconds"])
        if lane.connection is None:
            lane.connection = adapter.connect(self._address, seconds)
            execute(lane.connection, self._setup["setup"])
        self._send({"n": job["n"], "phase": "running"})
        with time_limit(seconds, lambda: self._stop(adapter, lane)):
            return self._run(adapter, lane, job)

    def _stop(self, adapter: Adapter, lane: ConnectionThread) -> None:
        lane.late.set()
        with suppress(Exception):
            adapter.cancel(lane.connection)

    def _run(self, adapter: Adapter, lane: ConnectionThread, job: Message) -> Message:
        connection = lane.connection
        if job["op"] == "doctor":
            version = self._clean(adapter.version(connection))
            if adapter.doctor is None:
                return {"version": version, "findings": None}
            findings = [
                structs.asdict(finding)
                for finding in adapter.doctor(connection, self._address, self._setup["allow"])
            ]
            for finding in findings:
                finding["what"] = self._clean(finding["what"])
            return {"version": version, "findings": findings}
        execute(connection, adapter.begin)
        if job["op"] == "describe":
            return {
                "columns": [
                    [described_field.name, described_field.type or ""]
                    for described_field in adapter.describe(connection, job["sql"])
                ]
            }
        if job["op"] == "value":
            reply = adapter.read(connection, job["sql"], BATCH)
            return {"value": self._first_row(lane, reply)}
        return self._fetch(adapter, lane, job)

    def _first_row(self, lane: ConnectionThread, reply: Reply) -> str:
        """One row as text: the keeper's `version`."""
        if reply.arrow is not None:
            lane.cursor.register("one", reply.arrow)
            try:
                return repr(lane.cursor.execute("SELECT * FROM one LIMIT 2").fetchall())
            finally:
                lane.cursor.unregister("one")
        return repr([tuple(row) for batch in reply.batches or () for row in batch][:2])

    def _fetch(self, adapter: Adapter, lane: ConnectionThread, job: Message) -> Message:
        max_rows = int(self._setup["max_rows"])
        sql = job["sql"]
        if adapter.cap is not None:
            adapter.cap(lane.connection, max_rows + 1)
        elif adapter.wrap and not job["ordered"]:
            sql = f"{job['before']}{sql}{job['after']}"
        reply = adapter.read(lane.connection, sql, BATCH)
        landed = write_rows(
            lane.cursor,
            job["id"],
            reply,
            Path(self._setup["folder"]),
            max_rows=max_rows,
            ordered=job["ordered"],
            as_of=self._setup["as_of"],
            are_days=job["are_days"],
        )
        return structs.asdict(landed)

    def _leave(self, adapter: Adapter, lane: ConnectionThread) -> None:
        connection, lane.connection = lane.connection, None
        if connection is not None:
            with suppress(Exception):
                adapter.drop(connection)

    # -- what went wrong
    # -----------------------------------------------------------------------------------

    def _fault(self, adapter: Adapter, lane: ConnectionThread, error: Exception) -> DriverError:
        if lane.late.is_set():
            return DriverError("", "timeout")
        if isinstance(error, TooManyRowsError):
            return DriverError("", "too-many-rows")
        if isinstance(error, OddValueError):
            return _of_odd_value(error, self._clean)
        of_driver = _STREAM.match(str(error)) if isinstance(error, duckdb.Error) else None
        if of_driver:  # while its rows came: what the driver said, as DuckDB passes it on
            error = RuntimeError(of_driver["said"])
        elif isinstance(error, duckdb.Error):
            return DriverError(
                self._clean(f"the rows cannot be stored: {str(error).splitlines()[0]}"), ours=True
            )
        try:
            driver_error = adapter.fault(error)
        except Exception:
            driver_error = DriverError(type(error).__name__)
        clean = structs.asdict(driver_error) | {
            "message": self._clean(driver_error.message),
            "near": self._clean(driver_error.near or "") or None,
        }
        clean["hint"] = self._clean(driver_error.hint) if driver_error.hint else None
        return DriverError(**clean)

    def _clean(self, message: str) -> str:
        return " ".join(without_password(message, self._secrets).split())[:LONGEST_WORDS]


def _of_odd_value(error: OddValueError, clean: Callable[[str], str]) -> DriverError:
    """What to say about a value that no date or number here is, and how to leave it out."""
    column, value = clean(error.column), clean(error.value)[:LONGEST_VALUE]
    dated = error.kind in ("DATE", "TIMESTAMP", "TIMESTAMPTZ")
    wrong = "no date of the years 1 to 9999" if dated else f"no {error.kind}"
    hint = "Leave such rows out of the query."
    if value.startswith(_ZERO):
        hint = f"Leave such rows out of the query, or return NULLIF({column}, '{value}')."
    return DriverError(f"`{column}` holds {value}, {wrong}", hint=hint, ours=True)
