"""A small invented shop with one of everything: every shape of number, every type of key result,
values that are old, failed or missing, revisions of every class, and a narrower audience with
things of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from site_files import FILES
from site_revisions import revisions

from sharekit.artifacts import Artifact
from sharekit.errors import Place, Problem
from sharekit.numbers.measure import measure
from sharekit.numbers.results import Column, OkrReading, Result, Results, Rows
from sharekit.okr.assessment import assess_key_result, assess_objectives
from sharekit.project.lineage import Lineage, lineage
from sharekit.project.load import load_files
from sharekit.project.manifest import Manifest, Metric
from sharekit.records import replace
from sharekit.revisions.revision import Revision
from sharekit.site import render as pages
from sharekit.site.folders import tree_url
from sharekit.visible import Visible, visible_to

AS_OF = date(2026, 11, 22)
"""A Sunday; weeks begin on Monday, so that week 47 still runs."""
WEEKS = tuple(date(2025, 11, 3) + timedelta(weeks=at) for at in range(55))
REGIONS = ("Benelux", "DACH", "Nordics", "UK & Ireland")
COMMIT = "3f9c2a1d5b7e9f00112233445566778899aabbcc"

DAY = Column("week", "DATE", "date")
NUMBER = Column("value", "DOUBLE", "number")


def wave(at: int, low: float, high: float, phase: float = 0.0) -> float:
    """A course without chance: rising, with a swing."""
    return round(
        low
        + (high - low) * at / (len(WEEKS) - 1)
        + (high - low) * 0.2 * math.sin(at * 1.3 + phase),
        4,
    )


def _series(low: float, high: float) -> Rows:
    return Rows((DAY, NUMBER), tuple((week, wave(at, low, high)) for at, week in enumerate(WEEKS)))


def _orders() -> Rows:
    plans = ("Daily", "Barista", "Pantry")
    columns = (DAY, Column("region", "VARCHAR", "text"), Column("plan", "VARCHAR", "text"), NUMBER)
    return Rows(columns, tuple(
        (week, region, plan, float(round(wave(at, 150, 230, r + p))))
        for at, week in enumerate(WEEKS) for r, region in enumerate(REGIONS) for p, plan in enumerate(plans)
    ))  # fmt: skip


def _on_time() -> Rows:
    text = Column("region", "VARCHAR", "text")
    columns = (
        DAY,
        text,
        Column("punctual", "BIGINT", "number"),
        Column("drops", "BIGINT", "number"),
        NUMBER,
    )
    rows = []
    for at, week in enumerate(WEEKS):
        for r, region in enumerate(REGIONS):
            drops, punctual = 1500, round(1500 * wave(at, 0.90, 0.96, r))
            rows.append((week, region, punctual, drops, punctual / drops))
    return Rows(columns, tuple(rows))


def by_region() -> Rows:
    """A value for each region that cannot be added up."""
    columns = (DAY, Column("region", "VARCHAR", "text"), NUMBER)
    return Rows(columns, tuple((week, region, wave(at, 20, 30, r)) for at, week in enumerate(WEEKS)
                               for r, region in enumerate(REGIONS)))  # fmt: skip


def _largest() -> Rows:
    columns = (
        Column("Ordered on", "DATE", "date"),
        Column("Office", "VARCHAR", "text"),
        Column("€", "DOUBLE", "number"),
    )
    offices = ("Quist & Co", "Ängsbacka AB", "=1+1", "Northern Lights", "@home")
    return Rows(
        columns,
        tuple((date(2026, 11, 20 - at), name, 980.5 - 100 * at) for at, name in enumerate(offices)),
    )


ROWS: Mapping[str, Callable[[], Rows]] = {
    "orders": _orders,
    "on_time": _on_time,
    "runway": lambda: Rows((NUMBER,), ((14.2,),)),
    "largest": _largest,
    "failed_payments": lambda: _series(0.02, 0.031),
    "active_offices": lambda: _series(1700, 2041),
    "churn": lambda: _series(0.026, 0.019),
    "margin": lambda: _series(0.36, 0.41),
    "launch": lambda: _series(0, 0),
    "waste": lambda: _series(40, 55),
    "cac": lambda: _series(1800, 1280),
    "salaries": lambda: _series(4000, 5000),
    "price": lambda: _series(10, 15),
}


@dataclass(frozen=True)
class Site:
    """All that one tree is made from."""

    manifest: Manifest
    results: Results
    audience: str
    lineage: Lineage
    revisions: tuple[Revision, ...] = ()
    """Everything that git tells, of all audiences."""
    url: str | None = None
    """Default: the project's address and the tree's folder."""
    origin: str = "0123abcd"

    def share(self) -> Visible:
        """What the tree's audience may see."""
        return visible_to(
            self.audience,
            self.manifest,
            self.results,
            self.lineage,
            self.revisions,
            url=self.url or tree_url(self.manifest, self.audience),
            origin=self.origin,
        )


def render_site(site: Site) -> list[Artifact]:
    """One audience's tree, through the door."""
    return pages.render_site(site.share())


def manifest(files: Mapping[str, str] = FILES) -> Manifest:
    digests = {"metrics/data/cashbook.parquet": "d1"}
    return load_files(files, digests=digests, commit=COMMIT)


def results(project: Manifest, rows: Mapping[str, Callable[[], Rows]] = ROWS) -> Results:
    """Values as an evaluation would give them, with one that failed, one that never ran and one
    that is old."""
    found: dict[str, Result] = {}
    for name, metric in project.metrics.items():
        found[name] = _result(project, metric, rows.get(name))
    judged: dict[str, list[tuple[Metric, OkrReading]]] = {}
    for metric in project.key_results.values():
        if metric.okr and (reading := found[metric.id].okr):
            judged.setdefault(metric.okr.objective, []).append((metric, reading))
    objectives = assess_objectives(project.objectives.values(), judged, project.config.okrs)
    return Results(AS_OF, found, objectives)


def _result(project: Manifest, metric: Metric, make: Callable[[], Rows] | None) -> Result:
    if make is None:
        return Result(metric.id, None, failure=_failure(metric, "the table returns does not exist"))
    data_until = date(2026, 11, 18) if metric.id == "on_time" else date(2026, 11, 21)
    reading = measure(
        metric, make(), AS_OF, project.config.project, data_until=data_until, totals=False
    ).reading
    okr = assess_key_result(metric.okr, reading, AS_OF, project.config.okrs) if metric.okr else None
    stale = (
        "the newest data is of 18 November, and the limit is 2 days"
        if metric.id == "on_time"
        else None
    )
    failure = None
    if metric.id == "failed_payments":
        failure = _failure(metric, "the query took longer than 30 seconds")
    if metric.id == "active_offices" and okr:
        okr = replace(okr, original_target=2400.0)
    as_of = date(2026, 11, 20) if failure else AS_OF
    return Result(metric.id, reading, okr, stale=stale, failure=failure, as_of=as_of)


def _failure(metric: Metric, message: str) -> Problem:
    return Problem("query-failed", message, Place(metric.path, 3, 1), phase="data")


def site(
    audience: str = "team",
    files: Mapping[str, str] = FILES,
    *,
    told: bool = True,
    rows: Mapping[str, Callable[[], Rows]] = ROWS,
) -> Site:
    """The whole input of one tree; `told`: with revisions from git."""
    project = manifest(files)
    return Site(
        manifest=project,
        results=results(project, rows),
        audience=audience,
        lineage=lineage(project),
        revisions=revisions() if told else (),
    )
