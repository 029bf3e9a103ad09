"""Rules: each query is one SELECT, reads what is there, and says the same whenever it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sharekit.checks.checked_project import CheckedProject, query_place
from sharekit.checks.sql_facts import WordPosition
from sharekit.errors import Place, Problem
from sharekit.project.lineage import DAYS, SCHEMA, Lineage
from sharekit.project.manifest import Manifest
from sharekit.project.read.did_you_mean import ALIKE, either, nearest
from sharekit.sqldiff.types import TableRead

_FEW = 12
_A_SLIP = 0.8
"""`flights` is no slip for `metrics.daily_flights`: its file may be missing."""
_NO_ITEM = "Metrics and views are files in metrics/: `sharekit new metric` makes one."
_FILE = re.compile(r"[./\\:*?]")


def one_select(project: CheckedProject) -> Iterator[Problem]:
    """The text is exactly one SELECT that can be read."""
    for item in project.queries:
        fault = project.facts[item.id].fault
        if fault is not None:
            place = (
                query_place(item, fault.line, fault.column, fault.length)
                if item.sql.text
                else Place(item.path)
            )
            yield Problem(fault.code, fault.message, place, hint=fault.hint)


def tables(project: CheckedProject) -> Iterator[Problem]:
    """Tables are sources, and `metrics.` names metrics and views."""
    manifest = project.manifest
    for item in project.local_queries:
        for read in project.facts[item.id].reads:
            place = query_place(item, read.line, read.column, len(read.name))
            schema, name = read.schema.lower(), read.name.lower()
            if name in manifest.broken:
                continue
            if schema == SCHEMA and manifest.sql_item(name) is None:
                yield _no_item(project, name, place)
            elif schema in ("", "main") and name not in (*manifest.sources, DAYS):
                yield _no_table(project, item.id, read, place)
            elif schema not in ("", "main", SCHEMA):
                hint = "Write FROM name for a source, and FROM metrics.name for a metric or view."
                yield Problem(
                    "unknown-table",
                    f"there is no table `{read.schema}.{read.name}`",
                    place,
                    hint=hint,
                )


def _no_item(project: CheckedProject, name: str, place: Place) -> Problem:
    hint: str | None = f"`{name}` is a source: write FROM {name}."
    if name not in project.manifest.sources:
        hint = project.hint("item", name, lambda: _name_hint(name, _items(project)) or _NO_ITEM)
    return Problem("unknown-metric", f"there is no metric or view `{name}`", place, hint=hint)


def _no_table(project: CheckedProject, reader: str, read: TableRead, place: Place) -> Problem:
    if _FILE.search(read.name):
        hint: str | None = (
            "Put it into metrics/data/, or name it in [sources], and read it by its table's name."
        )
        return Problem(
            "file-read", f"files cannot be read by name: '{read.name}'", place, hint=hint
        )
    if read.name.lower() == reader:  # its own name: metrics.NAME would be a circle
        hint = _table_hint(project, read.name, but=reader)
    else:
        hint = project.hint("table", read.name, lambda: _table_hint(project, read.name))
    return Problem("unknown-table", f"there is no table `{read.name}`", place, hint=hint)


def _table_hint(project: CheckedProject, name: str, but: str = "") -> str:
    """The nearest table; of metrics and views only one that differs by a slip. What it may be as
    well: a file that is not here."""
    tables = {table: table for table in (*project.manifest.sources, DAYS)}
    items = {item: read for item, read in _items(project).items() if item != but}
    if near := _name_hint(name, tables) or _name_hint(name, items, alike=_A_SLIP):
        return f"{near} If it is a table of its own, put its file into metrics/data/."
    return _sources(project)


def _items(project: CheckedProject) -> dict[str, str]:
    """Ids of metrics and views, each with the name by which SQL reads it."""
    return {
        name: f"{SCHEMA}.{name}" for name in (*project.manifest.metrics, *project.manifest.views)
    }


def _name_hint(name: str, names: Mapping[str, str], *, alike: float = ALIKE) -> str | None:
    near = (name.lower(),) if name.lower() in names else nearest(name, names, alike=alike)
    return f"Did you mean {either(f'`{names[key]}`' for key in near)}?" if near else None


def _sources(project: CheckedProject) -> str:
    names = list(project.manifest.sources)
    if not names:
        return "No source is declared yet: put a file into metrics/data/."
    others = ", and others" if len(names) > _FEW else ""
    return (
        "Put its file into metrics/data/; if git ignores it, fetch it first. Sources are:"
        f" {', '.join(names[:_FEW])}{others}."
    )


def circles(project: CheckedProject) -> Iterator[Problem]:
    """Nothing reads itself, directly or by others."""
    items = dict(project.lineage.items)
    while circle := Lineage(items, {}).circle():
        first, second = circle[0], circle[1]
        item = project.manifest.sql_item(first)
        place = _read_place(project, first, second) if item else Place(project.manifest.config_path)
        message = (
            f"`{first}` reads itself"
            if first == second
            else f"these read each other: {' → '.join(circle)}"
        )
        yield Problem(
            "circle",
            message,
            place,
            hint="Take one of these steps out, or move what they share into a view.",
        )
        items = _without_circle(items, circle)


def _without_circle(
    items: Mapping[str, tuple[str, ...]], circle: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    return {name: reads for name, reads in items.items() if name not in circle}


def _read_place(project: CheckedProject, reader: str, name: str) -> Place:
    item = project.manifest.sql_item(reader)
    assert item is not None
    for read in project.facts[reader].reads:
        if read.schema.lower() == SCHEMA and read.name.lower() == name:
            return query_place(item, read.line, read.column, len(read.name))
    return Place(item.path, 1, 1)


def deterministic(project: CheckedProject) -> Iterator[Problem]:
    """The same data and the same as-of date give the same rows: no clock, no chance."""
    for item in project.queries:
        for spot in project.facts[item.id].unsteady:
            yield _unsteady(spot, query_place(item, spot.line, spot.column, spot.length))


def _unsteady(spot: WordPosition, place: Place) -> Problem:
    if not spot.chance:
        hint = "Write as_of(): the date the numbers are computed for."
        return Problem("clock", f"`{spot.name}` is a different time at every run", place, hint=hint)
    if spot.name == "sample":
        hint = "Give it a seed: USING SAMPLE 10% (bernoulli, 42)."
        return Problem(
            "chance",
            "a sample without a seed returns different rows at every run",
            place,
            hint=hint,
        )
    hint = "Choose by something in the rows instead, such as hash(id) % 10 = 0."
    return Problem("chance", f"`{spot.name}` is a different value at every run", place, hint=hint)


def columns(project: CheckedProject) -> Iterator[Problem]:
    """Columns that front matter names are among the query's, where the text alone tells them."""
    for metric in project.manifest.metrics.values():
        outputs = project.facts[metric.id].outputs
        if outputs is None or metric.by_hand:
            continue
        for key, name in metric.columns_by_key.items():
            if name.lower() not in outputs:
                yield Problem(
                    "unknown-column",
                    f"the query returns no column `{name}`",
                    metric.at(key),
                    hint=_column_meant(project.manifest, key, name, outputs),
                )


def _column_meant(manifest: Manifest, key: str, name: str, outputs: Sequence[str]) -> str:
    """What to write in place of a column that a query does not return."""
    returned = f"It returns: {', '.join(outputs)}."
    if near := nearest(name, outputs, 1):
        return f"Did you mean `{near[0]}`? {returned}"
    if key == "target" and name in manifest.metrics:
        return f"For the metric of that name write `target: metrics.{name}`. {returned}"
    return returned
