"""Projects as people have them, from files to readings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from sharekit.engines.duckdb.engine import open_duckdb
from sharekit.numbers.evaluate import evaluate
from sharekit.numbers.results import Reading, Results
from sharekit.project.load import load

MakeProject = Callable[[Mapping[str, str | bytes]], Path]


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def csv(head: str, rows: Iterable[tuple[object, ...]]) -> str:
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"


def config(as_of: str, more: str = "") -> str:
    project = (
        f'[project]\nname = "P"\nurl = "https://numbers.example.com/"\nas_of = {as_of}\n{more}\n'
    )
    return f'{project}\n[people.ana]\nname = "Ana Ruiz"\n'


def metric(sql: str, *, title: str = "X", unit: str = "things", **front: object) -> str:
    keys = "".join(f"{key}: {value}\n" for key, value in front.items())
    return f"/* ---\ntitle: {title}\nowner: ana\nunit: {unit}\n{keys}--- */\n{sql}\n"


def results_of(root: Path) -> Results:
    manifest = load(root)
    assert not manifest.problems, manifest.problems
    as_of = manifest.config.project.as_of
    assert as_of is not None
    with open_duckdb(manifest, as_of=as_of, cache_dir=None) as engine:
        return evaluate(manifest, engine, as_of)


def reading_of(results: Results, name: str = "x") -> Reading:
    reading = results.results[name].reading
    assert reading is not None, results.problems
    return reading


def codes(results: Results) -> list[str]:
    return [problem.code for problem in results.problems]


TICKETS = csv("day,n", [(day, 10) for day in days(date(2026, 9, 1), date(2026, 11, 10))])
