"""One engine's process as its parent sees it: started with one secret, held to its limits, killed
when it hangs."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from sharekit.engines.duckdb.wire import Frames, Message, WireError, pack
from sharekit.engines.remote.adapter import EngineUrl
from sharekit.errors import OutsideError

START = 60.0
"""Seconds in which the process must be ready."""
GRACE = 5.0
"""Seconds between the limit of a query, at which it is cancelled, and the kill of a driver that
does not stop."""
CONNECT = 20.0
"""Seconds more for a job that connects first."""
MOMENT = 0.1
"""Seconds between two looks at whether somebody wants it to stop."""
_PASSED_ON = (
    "PATH", "SYSTEMROOT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
)  # fmt: skip
_BOOT = """
import sys, types
for name, path in (("sharekit", sys.argv[1]), ("sharekit.engines", sys.argv[2])):
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = [path]
from sharekit.engines.remote.worker import main
main()
"""
"""Starts the process without the package's own __init__ files, which import much that it does not
need."""


def environment(variable: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What the process is given: its one secret, and the way to the network."""
    passed_on = {name: value for name, value in environ.items() if name.upper() in _PASSED_ON}
    ca = EngineUrl(environ[variable]).options.get("ssl_ca")
    # Drivers that are not Python's take the CAs they trust from here alone: then that one, no other.
    trusted = {"SSL_CERT_FILE": ca, "SSL_CERT_DIR": os.devnull} if ca else {}
    return passed_on | trusted | {variable: environ[variable]}


class StoppedError(Exception):
    """Nobody wants the answers any more."""


class EngineJob(Struct, eq=False):
    """One thing to ask, and what came of it."""

    request: Message
    answer: Message | None = None
    since: float | None = None
    """When a thread took it up."""
    connected: bool = False
    """Whether it runs by now: connecting has time of its own."""
    killed: bool = False
    """Whether the process had to be killed over it."""


class EngineProcess:
    """The process of one engine for one build. For one thread; another one may set `stop`: then
    whoever waits here meets StoppedError."""

    def __init__(
        self, setup: Message, env: Mapping[str, str], stop: threading.Event | None = None
    ) -> None:
        self._setup = setup
        self._stop = stop or threading.Event()
        self._env = dict(env)
        self._popen: subprocess.Popen[bytes] | None = None
        self._frames = Frames()
        self._counter = 0
        self._tables: set[str] = set()
        """Tables that are in the file it fills."""

    def run(self, requests: Iterable[Message]) -> list[EngineJob]:
        """Ask all of these, a few at once. A driver that hangs is killed, and the others are asked
        again."""
        jobs = [EngineJob(request) for request in requests]
        while waiting := [job for job in jobs if job.answer is None and not job.killed]:
            popen = self._popen or self._start()
            for job in self._lost_jobs(jobs):
                job.answer = None
                waiting.append(job)
            self._attempt(popen, waiting)
        return jobs

    def _lost_jobs(self, jobs: Iterable[EngineJob]) -> list[EngineJob]:
        """Jobs whose rows went down with an earlier process."""
        return [
            job
            for job in jobs
            if job.answer is not None
            and "fingerprint" in job.answer
            and job.request["id"] not in self._tables
        ]

    def finish(self) -> None:
        """Close the file that was filled. Raises OutsideError where that fails."""
        (job,) = self.run([{"op": "finish"}])
        if job.answer is None:
            raise OutsideError("an engine's process did not close its file")

    def close(self) -> None:
        popen, self._popen = self._popen, None
        if popen is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(popen.pid, signal.SIGKILL)
        popen.kill()
        popen.wait()
        for stream in (popen.stdin, popen.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    # -- inside
    # --------------------------------------------------------------------------------------------

    def _attempt(self, popen: subprocess.Popen[bytes], jobs: list[EngineJob]) -> None:
        """Send these jobs and take their answers, until all are there or the process had to end."""
        assert popen.stdin is not None
        sent: dict[int, EngineJob] = {}
        for job in jobs:
            self._counter += 1
            sent[self._counter] = job
            job.since, job.connected = None, False
        try:
            for number, job in sent.items():
                popen.stdin.write(pack(job.request | {"n": number}))
            popen.stdin.flush()
            while sent:
                self._take_replies(popen, sent)
                if hung := [job for job in sent.values() if self._hangs(job)]:
                    for job in hung:
                        job.killed = True
                    self.close()
                    return
        except (OSError, WireError, KeyError):
            # It died: whoever ran is taken to have done it, else it would be asked for ever.
            for job in [
                running_job for running_job in sent.values() if running_job.since is not None
            ] or list(sent.values()):
                job.answer = {"error": {"message": "its driver ended its process", "outside": True}}
            self.close()

    def _take_replies(self, popen: subprocess.Popen[bytes], sent: dict[int, EngineJob]) -> None:
        if not self._has_answer(popen):
            return
        assert popen.stdout is not None
        data = os.read(popen.stdout.fileno(), 1 << 20)
        if not data:
            raise WireError("it ended")
        for message in self._frames.feed(data):
            job = sent[message["n"]]
            if "phase" in message:
                job.since, job.connected = time.monotonic(), message["phase"] == "running"
                continue
            job.answer = message
            del sent[message["n"]]
            if "fingerprint" in message:
                self._tables.add(job.request["id"])

    def _has_answer(self, popen: subprocess.Popen[bytes]) -> bool:
        """Whether it says something, or has ended, within a moment."""
        assert popen.stdout is not None
        if self._stop.is_set():
            raise StoppedError
        return bool(select.select([popen.stdout], [], [], MOMENT)[0])

    def _hangs(self, job: EngineJob) -> bool:
        limit = float(self._setup["seconds"]) + GRACE if job.connected else CONNECT
        return job.since is not None and time.monotonic() - job.since > limit

    def _start(self) -> subprocess.Popen[bytes]:
        if not sys.executable:
            raise OutsideError(
                "the Python that runs sharekit is not known",
                hint="Start it with python -m sharekit.",
            )
        engines = Path(__file__).resolve().parent.parent
        self._popen = popen = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _BOOT, str(engines.parent), str(engines)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._env,
            cwd=self._setup["folder"],
            start_new_session=True,
            close_fds=True,
        )
        self._frames = Frames()
        try:
            assert popen.stdin is not None
            popen.stdin.write(pack(self._setup))
            popen.stdin.flush()
            self._hello(popen)
        except (OSError, WireError, KeyError):
            self.close()
            raise OutsideError(
                "an engine's process could not be started", hint="Is there enough memory?"
            ) from None
        return popen

    def _hello(self, popen: subprocess.Popen[bytes]) -> None:
        assert popen.stdout is not None
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            if not self._has_answer(popen):
                continue
            if not (data := os.read(popen.stdout.fileno(), 1 << 16)):
                break
            for hello in self._frames.feed(data):
                self._tables = set(hello["tables"])
                return
        raise WireError("no answer")
