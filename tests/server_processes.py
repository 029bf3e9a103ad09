"""Programs that serve, each a process of its own for as long as a test needs it."""

from __future__ import annotations

import random
import select
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest


def free_port() -> int:
    """A port that nobody has, below those that the system gives to connections of its own: a server
    that needs seconds to begin still finds it free."""
    while True:
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", random.randrange(10_240, 32_768)))
            return int(found.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the server ended: {log.read_text(errors='replace')[-2000:]}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        select_nothing(0.1)
    pytest.fail("the server did not begin to listen")


def select_nothing(seconds: float) -> None:
    select.select([], [], [], seconds)


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    folder: Path,
    *,
    ready: Sequence[str] | None = None,
    **given: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    log = folder / "server.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, **given
        )
    try:
        wait_for(port, process, log)
        while (
            ready is not None and subprocess.run(ready, capture_output=True, check=False).returncode
        ):
            select_nothing(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
