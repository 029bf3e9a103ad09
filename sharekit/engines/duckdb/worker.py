"""The process in which other people's SQL runs. Started by `runner.py`; imports the standard
library, DuckDB and its own neighbours only, and trusts nothing it is asked to run.

It reads frames from standard input and writes frames to standard output (see `wire.py`). The first
frame says what to build; then each is a job, or says what to build in place of it. Jobs run on a few
threads, each with its own cursor; answers come as they are ready."""

from __future__ import annotations

import datetime  # noqa: F401
import decimal  # noqa: F401  DuckDB imports these when it first meets such a value; by then no file can be read
import os
import queue
import sys
import threading
import time
import uuid  # noqa: F401
from typing import Any, BinaryIO

import duckdb
from msgspec import Struct, field

from sharekit.engines.duckdb import wire
from sharekit.engines.duckdb.catalog import Catalog, ViewsNeeded, end_default_connection
from sharekit.engines.duckdb.error_messages import RawError, raw_error
from sharekit.engines.duckdb.guard import GuardRefusal
from sharekit.engines.duckdb.reserved_words import quotes_for_reserved_words
from sharekit.engines.duckdb.values import (
    Described,
    beyond_python,
    columns_of_description,
    is_sendable,
    sendable_query,
    to_json,
)
from sharekit.engines.duckdb.walls import ProcessLimits, restrict_process
from sharekit.engines.sources.load_table import load, prepare
from sharekit.errors import QueryFault

CHUNK = 10_000
DESCRIBE = "DESCRIBE "


class CursorThread(Struct):
    """One thread's cursor and what it is doing."""

    cursor: Any
    job: int | None = None
    stamp: int = -1
    """Version of the catalog that its open transaction sees."""
    shift: int = 0
    """Bytes that stand before the query's own text in what it runs now; DuckDB's places count from
    there."""
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> None:
    """Serve until standard input ends."""
    reader, writer = _take_pipes()
    setup = wire.read(reader)
    if setup is None:
        return
    walls = ProcessLimits(
        setup["address_space"], setup["file_size"], tuple(setup["readable"]), setup["folder"]
    )
    end_default_connection()
    if "prepare" in setup:
        prepare(**setup["prepare"])
    names = restrict_process(walls)
    QueryServer(setup, reader, writer, names).serve()


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for ourselves; whoever prints or reads in this process gets /dev/null."""
    reader, writer = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    return os.fdopen(reader, "rb", buffering=1 << 16), os.fdopen(writer, "wb", buffering=0)


class QueryServer:
    """Takes jobs from the pipe and gives them to lanes."""

    def __init__(
        self, setup: wire.Message, reader: BinaryIO, writer: BinaryIO, walls: tuple[str, ...]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._write = threading.Lock()
        self._walls = walls
        self._jobs: queue.SimpleQueue[wire.Message | None] = queue.SimpleQueue()
        threading.excepthook = _die
        self._begin(setup)

    def _begin(self, setup: wire.Message) -> None:
        self._setup = setup
        self._catalog = Catalog(setup)
        self._lanes = [CursorThread(cursor) for cursor in self._catalog.cursors]
        self._threads = [
            threading.Thread(target=self._work, args=(lane,), daemon=True) for lane in self._lanes
        ]
        for thread in self._threads:
            thread.start()
        # Only now: where memory is too short for the threads, the worker has not started.
        unreadable = self._catalog.unreadable
        self._send({"ready": True, "walls": list(self._walls), "unreadable": unreadable})

    def _end(self) -> None:
        """End the threads, which have no job, and close the database."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._catalog.close()

    def serve(self) -> None:
        while (message := wire.read(self._reader)) is not None:
            if message["op"] == "cancel":
                self._cancel(message["n"])
            elif message["op"] == "broken":
                self._catalog.mark_broken(message["id"], message["message"])
            elif message["op"] == "setup":
                self._end()
                self._begin(message["setup"])
            else:
                self._jobs.put(message)
        os._exit(0)

    def _cancel(self, number: int) -> None:
        for lane in self._lanes:
            # The lane changes its job under the same lock, so the interrupt cannot hit the next
            # one.
            with lane.lock:
                if lane.job == number:
                    lane.cursor.interrupt()

    def _work(self, lane: CursorThread) -> None:
        while (job := self._jobs.get()) is not None:
            with lane.lock:
                lane.job, lane.shift = job["n"], 0
            started = time.perf_counter()
            answer = self._answer(lane, job)
            with lane.lock:
                lane.job = None
            answer |= {"n": job["n"], "seconds": round(time.perf_counter() - started, 6)}
            self._send(answer)
            if answer.get("error", {}).get("fatal"):
                os._exit(1)

    def _send(self, answer: wire.Message) -> None:
        data = memoryview(wire.pack(answer, rows=answer.pop("rows", None)))
        with self._write:
            while data:
                data = data[self._writer.write(data) :]

    def _answer(self, lane: CursorThread, job: wire.Message) -> wire.Message:
        try:
            return self._run(lane, job)
        except ViewsNeeded as needs:
            return {"needs": list(needs.items)}
        except (
            duckdb.Error,
            GuardRefusal,
            MemoryError,
            RecursionError,
            ValueError,
            RuntimeError,
            OverflowError,
        ) as error:
            # The last three come from DuckDB's conversion to Python values: a date beyond the year
            # 9999, say.
            self._end_transaction(lane)
            sql = job.get("sql", "")
            reported_error = raw_error(
                error, lambda: self._catalog.columns_of(sql), lane.shift, sql
            )
            reported_error = quotes_for_reserved_words(
                reported_error, sql, lambda text: _wrong_at(lane.cursor, text)
            )
            return {"error": reported_error.to_json()}

    def _run(self, lane: CursorThread, job: wire.Message) -> wire.Message:
        match job["op"]:
            case "query":
                return self._query(lane, job)
            case "columns":
                return {"columns": self._columns(lane, job["sql"])}
            case "canonical":
                return {"text": self._catalog.canonical(lane.cursor, job["sql"])}
            case "materialize":
                self._end_transaction(lane)
                self._catalog.materialize(lane.cursor, job["id"])
                return {"done": True}
            case "until":
                return {"until": self._catalog.until(lane.cursor, job["source"], job["column"])}
            case "load":
                return load(self._setup, job)
            case other:
                return {"error": RawError("failed", f"unknown job {other}").to_json()}

    def _open_transaction(self, lane: CursorThread) -> None:
        """A read-only transaction that sees every view made so far; kept over many queries, since
        one costs 0.2 ms."""
        if lane.stamp != self._catalog.stamp:
            self._end_transaction(lane)
            lane.stamp = self._catalog.stamp
            lane.cursor.execute("BEGIN TRANSACTION READ ONLY")

    def _end_transaction(self, lane: CursorThread) -> None:
        lane.stamp = -1
        try:
            lane.cursor.execute("ROLLBACK")
        except duckdb.Error:
            return  # there was none

    def _query(self, lane: CursorThread, job: wire.Message) -> wire.Message:
        parsed = self._catalog.admit(lane.cursor, job["sql"])
        self._open_transaction(lane)
        cursor = lane.cursor.execute(parsed.statement)
        columns = columns_of_description(cursor.description)
        if not all(map(is_sendable, columns)):
            wide, lane.shift = sendable_query(without_trailing_comments(job["sql"]), columns)
            cursor = lane.cursor.execute(wide)
        rows = _fetched(cursor, job["max_rows"])
        if rows is not None and (edges := beyond_python(columns, rows)):
            query = without_trailing_comments(job["sql"])
            wide, lane.shift = sendable_query(query, columns, edges)
            rows = _fetched(lane.cursor.execute(wide), job["max_rows"])
        if rows is None:
            return _too_much(
                "too-many-rows", f"the query returns more than {job['max_rows']:,} rows"
            )
        data = to_json(rows)
        if len(data) > wire.MAX_ANSWER:
            return _too_much("failed", f"the result is larger than {wire.MAX_ANSWER // 2**20} MB")
        return {"columns": columns, "rows": data}

    def _columns(self, lane: CursorThread, sql: str) -> list[Described]:
        self._catalog.admit(lane.cursor, sql)
        self._open_transaction(lane)
        lane.shift = len(DESCRIBE)
        return columns_of_description(lane.cursor.execute(DESCRIBE + sql).fetchall())


def _fetched(cursor: Any, max_rows: int) -> list[tuple[Any, ...]] | None:
    """All rows; None where there are more."""
    rows: list[tuple[Any, ...]] = []
    while chunk := cursor.fetchmany(CHUNK):
        rows += chunk
        if len(rows) > max_rows:
            return None
        if len(chunk) < CHUNK:
            break
    return rows


def _wrong_at(cursor: Any, sql: str) -> int | None:
    """The byte at which a text cannot be parsed, -1 for no known place; None where it can."""
    try:
        cursor.extract_statements(sql)
    except duckdb.Error as error:
        place = raw_error(error, lambda: None).offset
        return -1 if place is None else place
    return None


def _die(args: threading.ExceptHookArgs) -> None:
    """A thread that ends leaves its job unanswered; the parent must learn of it at once."""
    sys.__excepthook__(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    os._exit(1)


def without_trailing_comments(sql: str) -> str:
    """A query without the semicolons and comments at its end, to be put in parentheses."""
    data = sql.encode()
    for offset, kind in reversed(duckdb.tokenize(sql)):
        if "comment" in str(kind):
            continue
        if data[offset : offset + 1] != b";":
            break
        data = data[:offset]
    return data.decode()


def _too_much(fault: QueryFault, message: str) -> wire.Message:
    error = RawError(fault, message, "Aggregate in the query.")
    return {"error": error.to_json()}
