"""The worker as an operating-system process: how it is started, spoken to and ended. Who runs when
is `runner.py`'s."""

from __future__ import annotations

import importlib.util
import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from sharekit.engines.duckdb.wire import Frames, Message, WireError, pack
from sharekit.errors import OutsideError

START = 60.0
"""Seconds in which a worker must be ready."""

_PROCESS_CLOCK = 2
"""With a process id, the name that Linux has for the clock of its processor time, which
clock_getcpuclockid(3) makes."""

_BOOT = """
import sys, types
for name, path in (("sharekit", sys.argv[1]), ("sharekit.engines", sys.argv[2])):
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = [path]
sys.path.append(sys.argv[3])
try:
    import _duckdb
except ImportError:
    pass
else:
    sys.modules["duckdb"] = _duckdb
from sharekit.engines.duckdb.worker import main
main()
"""
"""Starts the worker without the package's own __init__ files: those import pydantic and more, for
0.2 seconds, and the process should hold nothing that it does not need. So too of DuckDB, whose
engine is a module of its own: its relations and expressions, which nothing here uses, take longer
to import than all the rest."""


class Process:
    """A running worker. Raises OutsideError where it cannot be started."""

    def __init__(self, setup: Message) -> None:
        self._log = Path(setup["folder"], "worker.log")
        self._popen = _spawn(self._log)
        self._frames = Frames()
        self._outbox = bytearray()
        self._used = 0.0
        self._may_do = _rights(setup)
        try:
            self._hello(setup)
        except (OSError, WireError, KeyError, TypeError):
            self.end()
            raise OutsideError(
                "the query process could not be started",
                hint=self._last_words() or "Is there enough memory?",
            ) from None

    def take(self, setup: Message) -> bool:
        """Serve another setup from now on; no job may be under way. False where its walls do not
        let it, or where it fails: then it has to be ended."""
        may_do, readable = _rights(setup)
        if may_do != self._may_do[0] or not readable <= self._may_do[1]:
            return False
        try:
            os.set_blocking(self._writes, True)
            self._hello({"op": "setup", "setup": setup})
        except (OSError, WireError, KeyError, TypeError):
            return False
        return not self.unreadable

    def _hello(self, setup: Message) -> None:
        data = memoryview(bytes(self._outbox) + pack(setup))
        self._outbox.clear()
        while data:
            data = data[os.write(self._writes, data) :]
        message = self._first_frame()
        self.unreadable = tuple(str(name) for name in message["unreadable"])
        """Sources whose database file could not be opened."""
        self.walls = tuple(str(name) for name in message["walls"])
        os.set_blocking(self._writes, False)

    def _first_frame(self) -> Message:
        deadline = time.monotonic() + START
        while (seconds_left := deadline - time.monotonic()) > 0 and select.select(
            [self._reads], [], [], seconds_left
        )[0]:
            if not (data := os.read(self._reads, 1 << 16)):
                break
            for message in self._frames.feed(data):
                return message
        raise WireError("no answer")

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def _reads(self) -> int:
        assert self._popen.stdout is not None
        return self._popen.stdout.fileno()

    @property
    def _writes(self) -> int:
        assert self._popen.stdin is not None
        return self._popen.stdin.fileno()

    @property
    def ended(self) -> bool:
        """Whether it is no more."""
        return self._popen.poll() is not None

    def worked(self) -> float | None:
        """Processor seconds that it used since this was asked last; None where the system does not
        tell (other systems than Linux)."""
        if sys.platform != "linux":
            return None
        try:
            seconds = time.clock_gettime(((~self._popen.pid) << 3) | _PROCESS_CLOCK)
        except OSError:
            return None
        before, self._used = self._used, seconds
        return seconds - before

    def post(self, message: Message) -> None:
        """Put a message in line to be sent."""
        self._outbox += pack(message)

    def exchange(self, patience: float) -> list[Message]:
        """Send and receive what can be at once; wait `patience` seconds at most. Raises WireError
        at its end."""
        ready, writable, _ = select.select(
            [self._reads], [self._writes] if self._outbox else [], [], patience
        )
        try:
            if writable:
                del self._outbox[: os.write(self._writes, self._outbox[: 1 << 16])]
            if not ready:
                return []
            data = os.read(self._reads, 1 << 20)
        except OSError as error:
            raise WireError(str(error)) from None
        if not data:
            raise WireError("it ended")
        return self._frames.feed(data)

    def confession(self) -> str | None:
        """Why a worker that ended by itself did so: an error of its own, not a crash, and so one of
        sharekit's."""
        with suppress(subprocess.TimeoutExpired):
            if self._popen.wait(timeout=1.0) > 0:
                return self._last_words()
        return None

    def _last_words(self) -> str | None:
        """The last line that the worker wrote."""
        try:
            lines = self._log.read_text("utf-8", "replace")[-4000:].strip().splitlines()
        except OSError:
            lines = []
        return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", lines[-1])[:300] if lines else None

    def end(self) -> None:
        """Kill the worker and everything in its session, and wait until it is gone."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.kill()
        self._popen.wait()
        for stream in (self._popen.stdin, self._popen.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def _rights(setup: Message) -> tuple[tuple[object, ...], frozenset[str]]:
    """What a process may do for a setup: use, write and run; and which files it may read."""
    limits = (setup["folder"], setup["address_space"], setup["file_size"], "prepare" in setup)
    return limits, frozenset(setup["readable"])


def _spawn(log: Path) -> subprocess.Popen[bytes]:
    """A fresh worker, waiting for its setup: no environment, its own session, no other open
    file."""
    if not sys.executable:
        raise OutsideError(
            "the Python that runs sharekit is not known", hint="Start it with python -m sharekit."
        )
    here = Path(__file__).resolve().parent.parent
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
            bufsize=0,
        )
