"""Runs command lines of sharekit one after the other, each in a child of its own, and measures it.

Standard input: one JSON list of {"folder", "words", "path", "content"}; the content, in base64, is written to the path
before the child begins. Standard output, a line for each: {"code", "seconds", "megabytes", "bytes", "said"}: exit code
(negative: the signal that ended it), processor seconds and the largest resident memory of the child and of what it
started, how much it printed, and the beginning of that."""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
import tempfile
from pathlib import Path

import sharekit.checks
import sharekit.project.load  # noqa: F401 (a child begins with what every command imports)
from sharekit.cli import run

CPU_SECONDS = 60
"""What ends a child that never would; the tests promise far less."""


def child(folder: str, words: list[str], out: int) -> None:
    """Never returns."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    os.chdir(folder)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    code = run(words)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def measured(job: dict[str, object]) -> dict[str, object]:
    """What one job took."""
    path = Path(str(job["path"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(str(job["content"])))
    with tempfile.TemporaryFile() as out:
        pid = os.fork()
        if pid == 0:
            child(str(job["folder"]), list(job["words"]), out.fileno())  # type: ignore[call-overload]
        _, status, used = os.wait4(pid, 0)
        size = os.fstat(out.fileno()).st_size
        out.seek(0)
        said = out.read(3000).decode("utf-8", "replace")
    return {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": round(used.ru_utime + used.ru_stime, 2),
        "megabytes": used.ru_maxrss // 1024,
        "bytes": size,
        "said": said,
    }


def main() -> None:
    for job in json.load(sys.stdin):
        print(json.dumps(measured(job)), flush=True)


if __name__ == "__main__":
    main()
