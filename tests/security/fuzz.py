"""Fuzzes readers of what others write, guided by what of sharekit runs:

    python tests/security/fuzz.py [READER ...] [-runs=N] [-max_total_time=SECONDS]

Without a reader, all; options are those of libFuzzer, for each. Needs the extra `fuzz`. What finds a fault is written
into this folder, and its traceback printed. Prints a line for each reader, and exits with 1 after a fault."""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from contextlib import redirect_stderr
from pathlib import Path

import atheris

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS.parent), str(TESTS)]
with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["sharekit"]):
    from fuzz_targets import TARGETS, Target
LIMITS = ("-max_len=4096", "-timeout=30", "-rss_limit_mb=2048", "-print_final_stats=1")


def child(name: str, target: Target, options: list[str], out: int, folder: str) -> None:
    """Never returns: libFuzzer ends the process, and nobody but its parent can remove `folder`."""
    os.dup2(out, 1)
    os.dup2(out, 2)
    tempfile.tempdir = folder
    corpus = Path(tempfile.mkdtemp())
    for number, seed in enumerate(TARGETS[name][1]):
        (corpus / str(number)).write_bytes(seed)
    atheris.Setup([sys.argv[0], *LIMITS, *options, str(corpus)], target)
    atheris.Fuzz()


def fuzzed(name: str, options: list[str]) -> bool:
    """Whether no fault was found in a reader."""
    target = TARGETS[name][0]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryDirectory() as folder:
        pid = os.fork()
        if pid == 0:
            child(name, lambda content: target(content), options, out.fileno(), folder)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        out.seek(0)
        said = out.read().decode("utf-8", "replace")
    runs = re.search(r"stat::number_of_executed_units: (\d+)", said)
    if code == 0 and runs:
        print(f"fuzzed {name}: {int(runs[1]):,} runs, no fault", flush=True)
        return True
    print(f"fuzzed {name}: a fault, exit code {code}\n{said[-8000:]}", flush=True)
    return False


def main() -> int:
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    names = [word for word in sys.argv[1:] if not word.startswith("-")] or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        print(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}.")
        return 2
    faults = [name for name in names if not fuzzed(name, options)]
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
