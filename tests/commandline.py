"""Runs the command line for tests: in this process for speed, or as a process of its own where that
is the point."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sharekit.cli import run


@dataclass(frozen=True)
class Said:
    """What one command line did."""

    code: int
    out: str
    err: str


def sharekit(
    *args: object, cwd: Path | None = None, wait: Callable[[float], None] = time.sleep
) -> Said:
    """Run `sharekit ...` in this process. `wait`: lets seconds pass between two tries."""
    out, err = io.StringIO(), io.StringIO()
    with _inside(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(arg) for arg in args], wait=wait)
    return Said(code, out.getvalue(), err.getvalue())


def sharekit_process(
    *args: object,
    cwd: Path | None = None,
    stdin: str = "",
    environ: Mapping[str, str] | None = None,
) -> Said:
    """Run `sharekit ...` as a person's shell would."""
    done = subprocess.run(
        [sys.executable, "-m", "sharekit", *map(str, args)],
        cwd=cwd,
        input=stdin,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@contextlib.contextmanager
def _inside(folder: Path | None) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder or before)
    try:
        yield
    finally:
        os.chdir(before)
