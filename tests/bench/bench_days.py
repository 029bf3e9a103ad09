"""What a build costs a day later, by how often definitions changed before.

    python tests/bench/bench_days.py [redefinitions ...]         0, 10 and 40

Twenty tiny metrics, nothing committed since the day before; each redefinition is a commit of its
own day. Prints processor seconds of the first build and of the next day's, and the ratio of each to
the project without redefinitions."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from bench import best, run

sys.path.insert(0, str(Path(__file__).parents[1]))

from gitrepos import Repo, new_repo

BEGAN = date(2026, 1, 10)
CONFIG = '[project]\nname = "Days"\n[people.ann]\nname = "Ann"\n'
METRICS = 20
REPEAT = 3


def metric(number: int, where: str = "true") -> str:
    return (
        f"/* ---\ntitle: Metric {number}\nowner: ann\n--- */\n"
        "SELECT DATE '2026-01-05' + INTERVAL (7 * i) DAY AS week, 10 + i AS value\n"
        f"FROM range(9) t(i) WHERE {where}\n"
    )


def make(path: Path, redefinitions: int) -> Repo:
    repo = new_repo(path)
    files: dict[str, str | bytes | None] = {
        f"metrics/m{number:02d}.sql": metric(number) for number in range(METRICS)
    }
    files |= {"sharekit.toml": CONFIG, ".gitignore": "/.sharekit\n/site\n"}
    repo.commit(files, "Begin", on=f"{BEGAN}T10:00:00+00:00")
    for turn in range(redefinitions):
        number, day = turn % METRICS, BEGAN + timedelta(days=turn + 1)
        text = metric(number, f"i <> {turn % 7} AND i < {30 + turn}")
        repo.commit({f"metrics/m{number:02d}.sql": text}, on=f"{day}T10:00:00+00:00")
    return repo


def main() -> None:
    counts = [int(word) for word in sys.argv[1:]] or [0, 10, 40]
    with tempfile.TemporaryDirectory() as folder:
        repos = {count: make(Path(folder) / str(count), count) for count in counts}
        found = {(count, day): [] for count in counts for day in ("first", "next")}
        for _ in range(REPEAT):
            for count, repo in repos.items():
                for made in (".sharekit", "site"):
                    shutil.rmtree(repo.path / made, ignore_errors=True)
                for day, as_of in (("first", "2026-03-10"), ("next", "2026-03-11")):
                    command = ("build", "--project", repo.path, "--as-of", as_of)
                    found[count, day].append(run(sys.executable, "-m", "sharekit", *command))
    print("| redefinitions | build | processor seconds | x without |")
    print("|---:|---|---:|---:|")
    for (count, day), costs in found.items():
        cpu, without = best(costs).cpu, best(found[counts[0], day]).cpu
        print(f"| {count} | {day} day | {cpu:.2f} | {cpu / without:.2f} |")


if __name__ == "__main__":
    main()
