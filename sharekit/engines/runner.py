"""The parent's side of the worker: start it, give it jobs, hold it to its limits, and start another when it dies.

A worker is never trusted: its frames are limited in size, its words are checked for shape, its clock is ours, and
nothing it sends is executed. A job that takes too long is interrupted, and two seconds later its worker is killed;
jobs that only ran beside it are run again.
"""

from __future__ import annotations

import importlib.util
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sharekit.engines.guard import ITEMS_SCHEMA
from sharekit.engines.wire import Frames, Message, WireError, pack
from sharekit.errors import OutsideError, QueryError

GRACE = 2.0
"""Seconds between the interrupt and the kill."""
START = 60.0
"""Seconds in which a worker must be ready."""
ABSENCE = 0.2
"""Seconds between two steps after which the caller is taken to have been away: its answers may be waiting unread."""
LOOKAHEAD = 16
"""Jobs that wait inside the worker, so that its threads never wait for the parent."""

_BOOT = """
import sys, types
for name, path in (("sharekit", sys.argv[1]), ("sharekit.engines", sys.argv[2])):
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = [path]
sys.path.append(sys.argv[3])
from sharekit.engines.worker import main
main()
"""
"""Starts the worker without running the package's own __init__ files, which import more than it should have."""


@dataclass(eq=False)
class Job:
    """One thing to do, and what became of it."""

    request: Message
    seconds: float
    """Time limit."""
    answer: Message | None = None
    failure: QueryError | None = None
    """Timeout or death, judged here; errors that the worker tells are in `answer`."""
    alone: bool = False
    """Whether it must run with nothing beside it."""
    company: bool = False
    """Whether something ran beside it the last time."""
    since: float | None = None
    """When it began to run."""
    cancelled: float | None = None
    """When it was told to stop."""
    number: int = 0
    waits: int = 0
    """How often it came back to wait for a view to be materialised."""

    @property
    def done(self) -> bool:
        return self.answer is not None or self.failure is not None


@dataclass
class Process:
    """A worker process and the jobs it has, oldest first."""

    popen: subprocess.Popen[bytes]
    walls: tuple[str, ...]
    jobs: dict[int, Job] = field(default_factory=dict)
    frames: Frames = field(default_factory=Frames)
    outbox: bytearray = field(default_factory=bytearray)

    @property
    def reads(self) -> int:
        """File descriptor its answers come from."""
        assert self.popen.stdout is not None
        return self.popen.stdout.fileno()

    @property
    def writes(self) -> int:
        """File descriptor its jobs go to."""
        assert self.popen.stdin is not None
        return self.popen.stdin.fileno()


class Runner:
    """Runs jobs in a worker process, several at a time, and survives the worker.

    `setup` is the first frame that every worker gets; the owner may change it between workers.
    """

    def __init__(self, setup: Message, seconds: float) -> None:
        self.setup = setup
        self._seconds = seconds
        self.unreadable: tuple[str, ...] = ()
        self._memory_text = str(setup["memory"])
        self._waiting: deque[Job] = deque()
        self._process: Process | None = None
        self._counter = 0
        self._lanes: int = setup["lanes"]
        self._attended = 0.0
        self._rollups: dict[str, Job] = {}

    # -- what the engine calls ------------------------------------------------------------------------------

    def submit(self, job: Job) -> Job:
        """Put a job at the end of the line."""
        self._waiting.append(job)
        return job

    def finish(self, job: Job) -> Job:
        """Work until this job is done; others go on meanwhile."""
        while not job.done:
            self._step()
        return job

    def forget(self, jobs: Iterator[Job]) -> None:
        """Nobody waits for these any more."""
        dropped = {id(job) for job in jobs if not job.done}
        self._waiting = deque(job for job in self._waiting if id(job) not in dropped)
        if self._process is not None and any(id(job) in dropped for job in self._process.jobs.values()):
            self._requeue(job for job in self._process.jobs.values() if id(job) not in dropped)
            self._kill()

    @property
    def walls(self) -> tuple[str, ...]:
        """Names of the walls around the worker; starts it where needed. Raises OutsideError."""
        return self._started().walls

    @property
    def pid(self) -> int:
        """Process id of the worker; starts it where needed. Raises OutsideError."""
        return self._started().popen.pid

    def close(self) -> None:
        self._waiting.clear()
        self._kill()

    # -- one step -------------------------------------------------------------------------------------------

    def _step(self) -> None:
        process = self._started()
        self._dispatch(process)
        self._watch(process)
        now = time.monotonic()
        ready, writable, _ = select.select(
            [process.reads], [process.writes] if process.outbox else [], [], self._patience(process, now)
        )
        try:
            if writable:
                self._write(process)
            if ready:
                self._read(process)
        except (WireError, BrokenPipeError, ValueError, TypeError, KeyError):
            # A worker that breaks the protocol is as good as dead.
            self._bury(process)
            return
        self._enforce(process, time.monotonic())

    def _dispatch(self, process: Process) -> None:
        while self._waiting:
            job = self._waiting[0]
            busy = process.jobs
            if busy and (job.alone or next(iter(busy.values())).alone):
                return
            if len(busy) >= self._lanes + LOOKAHEAD:
                return
            self._waiting.popleft()
            self._counter += 1
            job.number, job.since, job.cancelled, job.company = self._counter, None, None, False
            process.jobs[job.number] = job
            process.outbox += pack(job.request | {"n": job.number})
            if job.alone:
                return

    def _running(self, process: Process) -> list[Job]:
        """The jobs that its threads have now: it takes them in order, so the oldest ones."""
        return list(process.jobs.values())[: self._lanes]

    def _watch(self, process: Process) -> None:
        """Start the clock of each job that now has a thread. Clocks stand still while nobody waits for answers."""
        running = self._running(process)
        now = time.monotonic()
        absent = now - self._attended if now - self._attended > ABSENCE else 0.0
        self._attended = now
        for job in running:
            job.since = now if job.since is None else job.since + absent
            job.company = job.company or len(running) > 1

    def _patience(self, process: Process, now: float) -> float:
        ends = [
            (job.cancelled + GRACE if job.cancelled is not None else job.since + job.seconds) - now
            for job in self._running(process)
            if job.since is not None
        ]
        return min(ABSENCE / 2, max(0.0, min(ends, default=ABSENCE)))

    def _write(self, process: Process) -> None:
        sent = os.write(process.writes, process.outbox[: 1 << 16])
        del process.outbox[:sent]

    def _read(self, process: Process) -> None:
        data = os.read(process.reads, 1 << 20)
        if not data:
            raise BrokenPipeError
        for message in process.frames.feed(data):
            self._take(process, message)
        self._attended = time.monotonic()

    def _take(self, process: Process, message: Message) -> None:
        job = process.jobs.pop(message["n"], None) if isinstance(message.get("n"), int) else None
        if job is None:
            raise WireError("an answer to nothing")
        fault = message["error"].get("fault") if isinstance(message.get("error"), dict) else None
        if fault in ("timeout", "memory") and job.company:
            # It may only have suffered from its neighbour: it is judged by a run of its own.
            job.alone = True
            self._waiting.appendleft(job)
            return
        if isinstance(message.get("needs"), list):
            self._materialize_first(job, message["needs"])
            return
        if fault == "timeout":
            job.failure = self._timeout(job)
        job.answer = message
        self._rollup_done(process, job)

    def _materialize_first(self, job: Job, items: list[object]) -> None:
        """Make the views that a job asks for into tables, one at a time and with limits of their own, then run it."""
        job.waits += 1
        if job.waits > 2 * len(self.setup["rollups"]):
            raise WireError("a job that waits forever")
        self._waiting.appendleft(job)
        for item in items:
            if not isinstance(item, str) or item not in self.setup["rollups"]:
                raise WireError("a view that is none")
            first = self._rollups.get(item)
            if first is None or first.done:
                first = self._rollups[item] = Job({"op": "materialize", "id": item}, self._seconds, alone=True)
            elif first in self._waiting:
                self._waiting.remove(first)
            else:
                continue
            self._waiting.appendleft(first)

    def _rollup_done(self, process: Process | None, job: Job) -> None:
        """Tell this worker and all later ones of a view that could not be made."""
        item = job.request.get("id")
        error = job.failure.message if job.failure else ((job.answer or {}).get("error") or {}).get("message")
        if job.request["op"] != "materialize" or error is None:
            return
        message = f"{ITEMS_SCHEMA}.{item} has an error: {error}"
        self.setup["broken"][item] = message
        if process is not None:
            process.outbox += pack({"op": "broken", "id": item, "message": message})

    def _enforce(self, process: Process, now: float) -> None:
        for job in self._running(process):
            if job.cancelled is not None:
                if now >= job.cancelled + GRACE:
                    self._kill_for(process, job)
                    return
            elif job.since is not None and now >= job.since + job.seconds:
                job.cancelled = now
                process.outbox += pack({"op": "cancel", "n": job.number})

    def _timeout(self, job: Job) -> QueryError:
        return QueryError(
            f"the query took longer than {job.seconds:g} seconds and was stopped",
            fault="timeout",
            hint="Aggregate in a view with materialize: true, filter earlier, or raise seconds under [limits].",
        )

    # -- starting and ending --------------------------------------------------------------------------------

    def _started(self) -> Process:
        if self._process is None:
            self._process = self._start()
        return self._process

    def _start(self) -> Process:
        log = Path(self.setup["folder"], "worker.log")
        popen = spawn(log)
        process = Process(popen, ())
        try:
            _write_all(process.writes, pack(self.setup))
            message = _first_frame(process)
            self.unreadable = tuple(str(name) for name in message["unreadable"])
            process.walls = tuple(str(name) for name in message["walls"])
        except (OSError, WireError, KeyError, TypeError):
            _end(popen)
            raise OutsideError("the query process could not be started", hint=_last_words(log)) from None
        os.set_blocking(process.writes, False)
        return process

    def _kill_for(self, process: Process, guilty: Job) -> None:
        """End the worker because of one job; the others are run again."""
        others = [job for job in process.jobs.values() if job is not guilty]
        if guilty.company:
            guilty.alone = True
            self._requeue(others)
            self._waiting.appendleft(guilty)
        else:
            guilty.failure = self._timeout(guilty)
            self._rollup_done(None, guilty)
            self._requeue(others)
        self._kill()

    def _bury(self, process: Process) -> None:
        """The worker is dead. One of the jobs it ran did it: alone it is known, else each gets a run of its own."""
        running = self._running(process)
        queued = [job for job in process.jobs.values() if job not in running]
        self._kill()
        self._requeue(iter(queued))
        if len(running) == 1:
            running[0].failure = self._death(process)
            self._rollup_done(None, running[0])
            return
        for job in reversed(running):
            job.alone = True
            self._waiting.appendleft(job)

    def _death(self, process: Process) -> QueryError:
        return QueryError(
            f"the query ended its process: it needed more memory than the limit of {self._memory_text}, "
            "or DuckDB could not bear it",
            fault="memory",
            hint="Aggregate earlier and avoid very long strings and lists, or raise memory under [limits].",
        )

    def _requeue(self, jobs: Any) -> None:
        self._waiting.extendleft(reversed(list(jobs)))

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            _end(process.popen)


def spawn(log: Path) -> subprocess.Popen[bytes]:
    """A fresh worker, waiting for its setup: no environment, its own session, no other open file."""
    if not sys.executable:
        raise OutsideError("the Python that runs sharekit is not known", hint="Start it with python -m sharekit.")
    here = Path(__file__).resolve().parent
    driver = importlib.util.find_spec("duckdb")
    if driver is None or driver.origin is None:
        raise OutsideError("DuckDB is not installed", hint="pip install duckdb")
    site = str(Path(driver.origin).absolute().parent.parent)
    with log.open("wb") as stderr:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-c", _BOOT, str(here.parent), str(here), site],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={},
            cwd="/",
            start_new_session=True,
            close_fds=True,
        )


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _first_frame(process: Process) -> Message:
    deadline = time.monotonic() + START
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([process.reads], [], [], left)[0]:
            break
        data = os.read(process.reads, 1 << 16)
        if not data:
            break
        for message in process.frames.feed(data):
            return message
    raise WireError("no answer")


def _end(popen: subprocess.Popen[bytes]) -> None:
    """Kill the worker and everything in its session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(popen.pid, signal.SIGKILL)
    popen.kill()
    popen.wait()
    for stream in (popen.stdin, popen.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _last_words(log: Path) -> str:
    """What the worker said before it died, last line."""
    try:
        lines = log.read_text("utf-8", "replace")[-4000:].strip().splitlines()
    except OSError:
        lines = []
    return "\n".join(lines) if lines else "Is there enough memory?"
