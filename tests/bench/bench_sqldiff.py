"""Processor time of compare_sql, a query: python tests/bench/bench_sqldiff.py [rounds].

Three kinds of pairs: harmless rewrites (proved), changes (each sentence found), and the realistic
queries of the tests against a version of themselves with one change at some spot."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sharekit.sqldiff import compare_sql
from tests.sqldiff.cases import pairs, queries
from tests.sqldiff.mutations import mutants
from tests.sqldiff.tables import SCHEMA


def main() -> None:
    rounds = int((*sys.argv[1:], "3")[0])
    harmless = [(pair.before, pair.after) for pair in pairs("harmless.sql")]
    changes = [(pair.before, pair.after) for pair in pairs("changes.sql")]
    realistic = [
        (sql, other)
        for _, sql in queries("queries.sql")
        for _, other in islice(mutants(sql), 0, None, 6)
    ]
    compare_sql("SELECT a FROM t", "SELECT b FROM t")  # sqlglot is loaded once
    print(f"{'':34}{'pairs':>7}{'median':>10}{'p99':>10}{'worst':>10}")
    for name, work in (
        ("harmless rewrites", harmless),
        ("changes, with sentences", changes),
        ("realistic", realistic),
    ):
        say(name, [measure(*pair) for _ in range(rounds) for pair in work], len(work))


def measure(before: str, after: str) -> float:
    begun = time.process_time()
    compare_sql(before, after, schema=SCHEMA)
    return time.process_time() - begun


def say(name: str, seconds: Iterable[float], count: int) -> None:
    ordered = sorted(second * 1000 for second in seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(
        f"{name:34}{count:7}{statistics.median(ordered):8.1f} ms{p99:7.1f} ms{ordered[-1]:7.1f} ms"
    )


if __name__ == "__main__":
    main()
