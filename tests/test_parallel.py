"""Work spread over processes comes back as if it had been done here."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sharekit.site.processes import LEAST, map_in_processes

CODE = """
import os, signal, sys, threading
from sharekit.site.processes import LEAST, map_in_processes
items = list(range(LEAST * 5 + 3))
parent = os.getpid()
{setup}
print(map_in_processes(work, items) == [(n, n * n) for n in items], len(pids()))
"""
PIDS = """
def pids():
    return {open(name).read() for name in os.listdir(".") if name.isdigit()}
def work(n):
    open(str(n), "w").write(str(os.getpid()))
    return n, n * n
"""
DIES = PIDS.replace(
    "    return n, n * n",
    "    if n == 7 and os.getpid() != parent: os.kill(os.getpid(), signal.SIGKILL)\n    return n,"
    " n * n",
)
THREADED = (
    PIDS + "stop = threading.Event()\nthreading.Thread(target=stop.wait, daemon=True).start()\n"
)


def run(setup: str, tmp_path: object) -> str:
    code = CODE.replace("{setup}", setup)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=str(tmp_path), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="needs Linux and two cores"
)
def test_every_core_takes_a_share_and_the_order_stays(tmp_path: object) -> None:
    workers = min(len(os.sched_getaffinity(0)), 5)
    assert run(PIDS, tmp_path) == f"True {workers}"


def test_share_of_a_process_that_dies_is_done_again(tmp_path: object) -> None:
    assert run(DIES, tmp_path).startswith("True ")


def test_process_with_threads_does_everything_itself(tmp_path: object) -> None:
    assert run(THREADED, tmp_path) == "True 1"


@pytest.mark.parametrize("count", [0, 1, LEAST * 4 + 1])
def test_any_number_of_items(count: int) -> None:
    assert map_in_processes(lambda n: str(n), range(count)) == [str(n) for n in range(count)]


@pytest.mark.parametrize("bad", [0, 1, LEAST * 4])
def test_error_is_raised_here(bad: int) -> None:
    with pytest.raises(ZeroDivisionError):
        map_in_processes(lambda n: 1 / (n - bad), range(LEAST * 4 + 1))
