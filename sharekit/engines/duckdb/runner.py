"""Who runs when: gives jobs to a worker process, holds them to their limits, and starts another
worker when one dies.

A worker is never trusted: its frames are limited in size, its words are checked for shape, its
clock is ours, and nothing it sends is executed. A job that takes too long is interrupted, and two
seconds later its worker is killed. Only time in which the worker has a processor counts, so that a
busy machine fails nobody; behind that is a longer limit by the clock. A job that failed for time or
memory while another ran beside it is judged by a run of its own."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable

from msgspec import Struct

from sharekit.engines.duckdb.error_messages import reader_message
from sharekit.engines.duckdb.process import Process
from sharekit.engines.duckdb.wire import Message, WireError
from sharekit.errors import QueryError

GRACE = 2.0
"""Seconds between the interrupt and the kill."""
ABSENCE = 0.2
"""Seconds between two steps after which the caller is taken to have been away: its answers may be
waiting unread."""
CLOCK_TIMES = 10
"""What a job may take by the clock, as a multiple of its limit: waiting for a disk needs no
processor, and has to end too."""
SHORTEST = 0.01
"""Seconds between two looks at a job that is about to be over its limit."""
LOOKAHEAD = 16
"""Jobs that wait inside the worker, so that its threads never wait for the parent."""

Repair = Callable[[tuple[str, ...]], None]


class QueryJob(Struct, eq=False):
    """One thing to do, and what became of it."""

    request: Message
    seconds: float
    """Time limit, in seconds in which the worker has a processor."""
    answer: Message | None = None
    failure: QueryError | None = None
    """Timeout or death, judged here; errors that the worker tells are in `answer`."""
    alone: bool = False
    """Whether it must run with nothing beside it."""
    company: float | None = None
    """Seconds in which something ran beside it the last time; None where nothing did."""
    since: float | None = None
    """When it began to run, moved on by all the time in which the worker had no processor."""
    began: float = 0.0
    """The same, moved on only by the time in which nobody waited for answers."""
    cancelled: float | None = None
    """When it was told to stop."""
    number: int = 0
    waits: int = 0
    """How often it came back to wait for a view to be materialised."""

    @property
    def done(self) -> bool:
        return self.answer is not None or self.failure is not None


class Runner:
    """Runs jobs in a worker process, several at a time, and survives the worker. Not for use by
    several threads.

    `setup` is the first frame that every worker gets. `repair` is called with the sources whose
    files a worker could not open, once, and may change `setup` before the next worker starts."""

    def __init__(self, setup: Message, seconds: float, repair: Repair | None = None) -> None:
        self.setup = setup
        self._seconds = seconds
        self._repair = repair
        self._waiting: deque[QueryJob] = deque()
        self._sent: dict[int, QueryJob] = {}
        """Jobs that the worker has, oldest first."""
        self._process: Process | None = None
        self._counter = 0
        self._attended = 0.0
        self._rollups: dict[str, QueryJob] = {}

    # -- what the engine calls
    # ------------------------------------------------------------------------------

    def submit(self, job: QueryJob) -> QueryJob:
        """Put a job at the end of the line."""
        self._waiting.append(job)
        return job

    def finish(self, job: QueryJob) -> QueryJob:
        """Work until this job is done; others go on meanwhile. Raises OutsideError where no worker
        can be had."""
        while not job.done:
            self._step()
        return job

    def forget(self, jobs: Iterable[QueryJob]) -> None:
        """Nobody waits for these any more."""
        dropped_ids = {id(job) for job in jobs if not job.done}
        self._waiting = deque(job for job in self._waiting if id(job) not in dropped_ids)
        if any(id(job) in dropped_ids for job in self._sent.values()):
            self._kill([job for job in self._sent.values() if id(job) not in dropped_ids])

    def process(self) -> Process:
        """The worker; started where there is none. Raises OutsideError."""
        if self._process is not None and not self._sent and self._process.ended:
            self._kill(())
        if self._process is None:
            self._process = Process(self.setup)
            if self._process.unreadable and self._repair is not None:
                repair, self._repair = self._repair, None
                unreadable = self._process.unreadable
                self._kill(())
                repair(unreadable)
                self._process = Process(self.setup)
        return self._process

    def begin(self, setup: Message, seconds: float, repair: Repair) -> None:
        """Serve another setup from now on, with nothing of the one before; see `renew`."""
        self.setup, self._seconds, self._repair = setup, seconds, repair
        if self._sent:
            self._kill(())
        self._waiting.clear()
        self._rollups.clear()
        self.renew()

    def renew(self) -> None:
        """The setup has changed: from now on a worker that has it. The one that is there may go on
        if it has nothing to do and the walls around it are those of the new setup."""
        if self._process is None or self._sent or not self._process.take(self.setup):
            self._kill(list(self._sent.values()))

    def close(self) -> None:
        self._waiting.clear()
        self._kill(())

    # -- one step
    # -------------------------------------------------------------------------------------------

    def _step(self) -> None:
        process = self.process()
        self._dispatch(process)
        self._watch(process)
        try:
            messages = process.exchange(self._patience())
            for message in messages:
                self._take_reply(process, message)
        except (WireError, KeyError, TypeError):
            # A worker that breaks the protocol is as good as dead.
            self._bury()
            return
        if messages:
            self._attended = time.monotonic()
        self._watch(process)
        self._enforce(process)

    def _dispatch(self, process: Process) -> None:
        while self._waiting:
            job = self._waiting[0]
            if self._sent and (job.alone or next(iter(self._sent.values())).alone):
                return
            if len(self._sent) >= self._lanes + LOOKAHEAD:
                return
            self._waiting.popleft()
            self._counter += 1
            job.number, job.since, job.cancelled, job.company = self._counter, None, None, None
            self._sent[job.number] = job
            process.post(job.request | {"n": job.number})
            if job.alone:
                return

    @property
    def _lanes(self) -> int:
        return int(self.setup["lanes"])

    def _running(self) -> list[QueryJob]:
        """The jobs that the worker's threads have now: it takes them in order, so the oldest
        ones."""
        return list(self._sent.values())[: self._lanes]

    def _watch(self, process: Process) -> None:
        """Start the clock of each job that now has a thread. Clocks stand still while nobody waits
        for answers, and while the worker has no processor."""
        running = self._running()
        now, worked = time.monotonic(), process.worked()
        seconds_passed = now - self._attended
        absent = seconds_passed if seconds_passed > ABSENCE else 0.0
        idle = absent if worked is None else max(absent, seconds_passed - worked)
        self._attended = now
        for job in running:
            if len(running) > 1:
                job.company = (job.company or 0.0) + (
                    seconds_passed - idle if job.since is not None else 0.0
                )
            job.began = now if job.since is None else job.began + absent
            job.since = now if job.since is None else job.since + idle
            job.cancelled = None if job.cancelled is None else job.cancelled + idle

    def _patience(self) -> float:
        now = time.monotonic()
        ends = [_deadline(job) - now for job in self._running()]
        return min(ABSENCE / 2, max(SHORTEST, min(ends, default=ABSENCE)))

    def _take_reply(self, process: Process, message: Message) -> None:
        job = self._sent.pop(message["n"])
        if isinstance(message.get("needs"), list):
            self._materialize_first(job, message["needs"])
            return
        error = message.get("error")
        fault, fatal = (
            (error.get("fault"), error.get("fatal")) if isinstance(error, dict) else (None, None)
        )
        if (
            _was_slowed(job)
            if fault == "timeout"
            else job.company is not None and (fatal or fault == "memory")
        ):
            self._requeue(job)
            return
        if fault == "timeout":
            job.failure = _timeout(job)
        job.answer = message
        self._report_broken(process, job)

    def _requeue(self, job: QueryJob) -> None:
        """It may only have suffered from its neighbour: judge it by a run of its own."""
        job.alone = True
        self._waiting.appendleft(job)

    def _enforce(self, process: Process) -> None:
        now = time.monotonic()
        for job in self._running():
            if now < _deadline(job):
                continue
            if job.cancelled is None:
                job.cancelled = now
                process.post({"op": "cancel", "n": job.number})
                continue
            others = [other_job for other_job in self._sent.values() if other_job is not job]
            self._kill(others)
            if _was_slowed(job):
                self._requeue(job)
            else:
                job.failure = _timeout(job)
                self._report_broken(None, job)
            return

    # -- views that become tables
    # ---------------------------------------------------------------------------

    def _materialize_first(self, job: QueryJob, items: list[object]) -> None:
        """Make the views that a job asks for into tables, one at a time and with limits of their
        own, then run it."""
        job.waits += 1
        if job.waits > 2 * len(self.setup["rollups"]):
            raise WireError("a job that waits forever")
        self._waiting.appendleft(job)
        for item in items:
            if not isinstance(item, str) or item not in self.setup["rollups"]:
                raise WireError("a view that is none")
            first = self._rollups.get(item)
            if first is None or first.done:
                first = self._rollups[item] = QueryJob(
                    {"op": "materialize", "id": item}, self._seconds, alone=True
                )
            elif first in self._waiting:
                self._waiting.remove(first)
            else:
                continue
            self._waiting.appendleft(first)

    def _report_broken(self, process: Process | None, job: QueryJob) -> None:
        """Tell this worker and all later ones of a view that could not be made into a table."""
        if job.request["op"] != "materialize":
            return
        error = (
            job.failure.message
            if job.failure
            else ((job.answer or {}).get("error") or {}).get("message")
        )
        if error is None:
            return
        item = str(job.request["id"])
        message = reader_message(item, str(error))
        self.setup["broken"][item] = message
        if process is not None:
            process.post({"op": "broken", "id": item, "message": message})

    # -- ending
    # ---------------------------------------------------------------------------------------------

    def _bury(self) -> None:
        """The worker is dead, and one of the jobs it ran may have done it: each gets a run of its
        own in a fresh one.

        The one that kills that too is guilty. Anything else can end a process: an administrator, or
        a neighbour's hunger for memory."""
        running = self._running()
        reason = self._process.confession() if self._process is not None else None
        self._kill([job for job in self._sent.values() if job not in running])
        if len(running) == 1 and running[0].alone:
            running[0].failure = self._death(reason)
            self._report_broken(None, running[0])
            return
        for job in reversed(running):
            self._requeue(job)

    def _death(self, reason: str | None) -> QueryError:
        if reason is not None:
            return QueryError(
                f"the query process failed: {reason}",
                hint="This is a fault in sharekit; report it.",
            )
        return QueryError(
            "the query ended its process: it needed more memory than the limit of"
            f" {self.setup['limit']}, or DuckDB crashed",
            fault="memory",
            hint="Aggregate earlier and avoid very long strings and lists.",
        )

    def _kill(self, survivors: Iterable[QueryJob]) -> None:
        """End the worker; the survivors go back to the head of the line."""
        self._waiting.extendleft(reversed(list(survivors)))
        self._sent = {}
        process, self._process = self._process, None
        if process is not None:
            process.end()


def _deadline(job: QueryJob) -> float:
    """When patience with a running job ends: first with the job, then with its worker."""
    if job.since is None:
        return math.inf
    by_clock = job.began + CLOCK_TIMES * job.seconds
    if job.cancelled is None:
        return min(job.since + job.seconds, by_clock)
    return min(job.cancelled, by_clock) + GRACE


def _was_slowed(job: QueryJob) -> bool:
    """Whether neighbours had a good part of the time that a job was given."""
    return (job.company or 0.0) > job.seconds / 4


def _timeout(job: QueryJob) -> QueryError:
    return QueryError(
        f"the query took longer than {job.seconds:g} seconds and was stopped",
        fault="timeout",
        hint="Aggregate in a view with materialize: true, or filter earlier.",
    )
