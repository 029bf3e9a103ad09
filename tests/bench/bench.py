"""Measures sharekit against the floor, and prints a table of the results.

    python tests/bench/bench.py                     100 and 1,000 metrics on a million orders
    python tests/bench/bench.py --metrics 100 --rows 100000 --repeat 1

Each time is the best of the repeats, Python's start included, with the bytecode of sharekit in place
as after an installation. The project is in git, as every real one is. Memory is the largest sum of the
resident sets of a command and all processes below it, looked at every 20 ms; what forked processes
share is counted for each."""

from __future__ import annotations

import argparse
import compileall
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from generate import generate

sys.path.insert(0, str(Path(__file__).parents[1]))

from gitrepos import new_repo

import sharekit

HERE = Path(__file__).parent
PAGE = 4096


@dataclass(frozen=True)
class Cost:
    seconds: float
    """Wall clock."""
    cpu: float
    """Processor time of the command and of all processes it waited for."""
    megabytes: float


def run(*command: object) -> Cost:
    """Run one command to its end; stops the bench where it fails."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], stdout=output, stderr=subprocess.STDOUT
        )
        done, peak = threading.Event(), [0]

        def watch() -> None:
            while not done.wait(0.02):
                peak[0] = max(peak[0], _resident(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        watcher.join()
        if process.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(map(str, command))}\n{output.read().decode()}")
    return Cost(seconds, used.ru_utime + used.ru_stime, peak[0] / 1e6)


def _resident(root: int) -> int:
    """Bytes in memory of a process and all below it (Linux)."""
    parents: dict[int, int] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path("/proc", name, "stat").read_text()
            parents[int(name)] = int(stat.rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = {root}
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    total = 0
    for pid in family:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        except OSError:
            continue
    return total


def best(costs: list[Cost]) -> Cost:
    return Cost(
        min(cost.seconds for cost in costs),
        min(cost.cpu for cost in costs),
        max(cost.megabytes for cost in costs),
    )


def measure(count: int, rows: int, repeat: int) -> list[tuple[str, Cost]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        repo = new_repo(folder)
        generate(folder, count, rows)
        (folder / ".gitignore").write_text("/.sharekit\n/site\n/floor\n")
        repo.commit({}, "Begin")
        changed = sorted(folder.glob("metrics/*/weekly_orders_*.sql"))[0]
        text = changed.read_text()
        build = (sys.executable, "-m", "sharekit", "build", "--project", folder)
        check = (sys.executable, "-m", "sharekit", "check", "--no-run", "--project", folder)
        found: dict[str, list[Cost]] = {
            "floor": [],
            "cold": [],
            "unchanged": [],
            "one metric changed": [],
            "check --no-run": [],
            "check --no-run again": [],
        }
        for turn in range(repeat):
            for made in filter(
                Path.exists, (folder / "site", folder / ".sharekit", folder / "floor")
            ):
                made.rename(
                    Path(name) / f"{made.name} {turn}"
                )  # removing costs those that write next
            found["floor"].append(run(sys.executable, HERE / "floor.py", folder, folder / "floor"))
            found["cold"].append(run(*build))
            found["unchanged"].append(run(*build))
            changed.write_text(text.replace("WHERE ", f"WHERE quantity <> {turn} AND "))
            found["one metric changed"].append(run(*build))
            found["check --no-run"].append(run(*check))
            found["check --no-run again"].append(run(*check))
        return [(name, best(costs)) for name, costs in found.items()]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--metrics", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    compileall.compile_dir(Path(sharekit.__file__).parent, quiet=1)
    print("| metrics | build | seconds | x floor | processor seconds | x floor | peak MB |")
    print("|---:|---|---:|---:|---:|---:|---:|")
    for count in given.metrics:
        costs = measure(count, given.rows, given.repeat)
        floor = costs[0][1]
        for name, cost in costs:
            wall, cpu = cost.seconds / floor.seconds, cost.cpu / floor.cpu
            cells = (
                f"{cost.seconds:.2f} | {wall:.2f} | {cost.cpu:.2f} | {cpu:.2f} |"
                f" {cost.megabytes:.0f}"
            )
            print(f"| {count:,} | {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
