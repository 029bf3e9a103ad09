"""How long a history of 1,000 commits takes to read: python tests/bench/bench_history.py [commits]
[files].

Makes a repository of that many commits, each changing one of the declared files of a project, with
a merge every tenth commit and a commit that touches nothing declared between any two, and reads it
in several ways. Each change is one of meaning, which takes longest to compare."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sharekit.history import History, manifest_at, manifests, open_history
from sharekit.revisions.comparison_cache import KnownComparisons
from sharekit.revisions.find import Comparer
from sharekit.revisions.history_log import history_log
from sharekit.revisions.history_log_store import FolderHistoryLogs

CONFIG = '[project]\nname = "Bench"\n[people.maria]\nname = "Maria Okafor"\n'


def main() -> None:
    commits, files = (int(word) for word in (*sys.argv[1:], "1000", "100")[:2])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        make(path, commits, files)
        found = open_history(path)
        assert isinstance(found, History)
        say("git log, trees and texts of all", lambda: sum(1 for _ in found.snapshots()))
        say("the same, as manifests", lambda: sum(1 for _ in manifests(found)))
        say("the same, as a log of revisions", lambda: log_of(found, path / "cache"))
        say("the log in the next build", lambda: log_of(found, path / "cache"))
        commit_one_more(path, files)
        later = open_history(path)
        assert isinstance(later, History)
        say("the log with one more commit", lambda: log_of(later, path / "cache"))
        say("the project at one commit", lambda: len(found.declared(f"HEAD~{commits // 2}").files))


def log_of(history: History, cache: Path) -> int:
    """How many steps the log has; the stored one goes on."""
    known, logs = KnownComparisons(cache), FolderHistoryLogs(cache, lambda: "bench")
    log = history_log(history, manifest_at(history), Comparer(known), logs)
    known.save()
    logs.save()
    return len(log.steps)


def commit_one_more(path: Path, files: int) -> None:
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=path, check=True)
    (path / f"metrics/m{files // 2}.sql").write_text(metric(files // 2, -1))
    identity = ["-c", "user.name=Maria", "-c", "user.email=m@ports.example"]
    subprocess.run(["git", *identity, "commit", "-qam", "x"], cwd=path, check=True)


def say(what: str, work: Callable[[], int]) -> None:
    begun, busy = time.perf_counter(), time.process_time()
    count = work()
    clock, cpu = time.perf_counter() - begun, time.process_time() - busy
    print(f"{what:35} {count:6} {clock:8.2f} s on the clock {cpu:8.2f} s of processor")


def make(path: Path, commits: int, files: int) -> None:
    """Write the repository with one fast-import."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)
    lines: list[str] = []

    def commit(mark: int, parents: list[int], change: str, text: str) -> None:
        lines.append(
            f"commit refs/heads/main\nmark :{mark}\ncommitter Maria <m@ports.example>"
            f" {1_383_555_600 + mark} +0000\n"
        )
        lines.append("data 1\nx\n")
        for word, parent in zip(("from", "merge"), parents, strict=False):
            lines.append(f"{word} :{parent}\n")
        lines.append(f"M 100644 inline {change}\ndata {len(text)}\n{text}\n")

    commit(1, [], "sharekit.toml", CONFIG)
    mark = 1
    for number in range(files):
        mark += 1
        commit(mark, [mark - 1], f"metrics/m{number}.sql", metric(number, 0))
    for number in range(commits):
        commit(mark + 1, [mark], "README.md", f"{number}")
        name = f"metrics/m{number % files}.sql"
        if number % 10 == 9:
            commit(mark + 2, [mark], name, metric(number % files, number))
            commit(mark + 3, [mark + 1, mark + 2], name, metric(number % files, number))
            mark += 3
        else:
            commit(mark + 2, [mark + 1], name, metric(number % files, number))
            mark += 2
    stream = "".join(lines).encode()
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=path, input=stream, check=True, env={**os.environ}
    )


def metric(number: int, version: int) -> str:
    return (
        f"/* ---\ntitle: Metric {number}\nowner: maria\nunit: flights\ngrain: week\ndirection: up\n"
        f"description: Flights of carrier {number}, as of version {version}.\n--- */\n"
        "SELECT date_trunc('week', flight_date) AS week, count(*) AS value\n"
        f"FROM flights\nWHERE carrier = {version}\nGROUP BY ALL\n"
    )


if __name__ == "__main__":
    main()
