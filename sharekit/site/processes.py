"""Pure work on all cores, by forked copies of this process: what they work on needs no pickling,
only what comes back.

Where forking is not safe (other systems than Linux, other threads alive), where there is one core
or little to do, the work is done here, one item after the other. So it is where a copy ends badly.
The outcome is the same."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from msgspec import Struct

T = TypeVar("T")
R = TypeVar("R")

LEAST = 40
"""Items for each process that make up for starting it."""


def map_in_processes(function: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """`[function(item) for item in items]`. `function` must depend on its argument alone; results
    must be picklable."""
    workers = min(_cores(), len(items) // LEAST)
    if workers < 2 or not _has_one_thread():
        return [function(item) for item in items]
    shares = [items[number::workers] for number in range(workers)]
    copies: list[_Copy] = []
    try:
        copies += (_fork(function, share) for share in shares[1:])
        results_by_worker = [[function(item) for item in shares[0]]]
        for copy, share in zip(copies, shares[1:], strict=True):
            results = copy.results(len(share))
            results_by_worker.append(
                [function(item) for item in share] if results is None else results
            )
    finally:
        for copy in copies:
            copy.end()
    return [results_by_worker[place % workers][place // workers] for place in range(len(items))]


class _Copy(Struct):
    """A forked process at work on its share."""

    pid: int
    reads: int
    """File descriptor that its results come from; -1 once they are read."""

    def results(self, count: int) -> list[Any] | None:
        """What it made, or None where it did not come to its end."""
        with os.fdopen(self.reads, "rb") as stream:
            self.reads = -1
            try:
                results = pickle.load(stream)
            except (EOFError, pickle.UnpicklingError):
                return None
        return results if isinstance(results, list) and len(results) == count else None

    def end(self) -> None:
        if self.reads >= 0:
            os.close(self.reads)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _fork(function: Callable[[T], R], items: Sequence[T]) -> _Copy:
    reads, writes = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writes)
        return _Copy(pid, reads)
    try:
        gc.disable()  # a short life: collecting would only copy the pages that are shared with the parent
        with os.fdopen(writes, "wb") as stream:
            pickle.dump(
                [function(item) for item in items], stream, protocol=pickle.HIGHEST_PROTOCOL
            )
    finally:
        os._exit(0)  # no word about an error here: the parent does the work again, and meets it


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _has_one_thread() -> bool:
    """Whether this is the process's only thread, so that a copy of it cannot wait for a lock that
    nobody holds."""
    if sys.platform != "linux":
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False
