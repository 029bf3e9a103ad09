"""Rules: nothing shows what its own audience may not see.

What is shown to an audience may only be made from what is for that audience, or for a wider one
that holds all its members. Only direct links are looked at: an indirect leak is a direct one of
something between."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.checks.checked_project import CheckedProject, query_place, quoted
from sharekit.errors import Place, Problem
from sharekit.project.dashboard_body import MetricsBlock, OkrsBlock, ProseBlock, TableBlock
from sharekit.project.lineage import SCHEMA
from sharekit.project.manifest import (
    Audiences,
    Dashboard,
    DeclaredItem,
    Manifest,
    Objective,
    Source,
)
from sharekit.visible import audiences_of_source


def narrower_reads(project: CheckedProject) -> Iterator[Problem]:
    """A query reads nothing that is for fewer people than its own result."""
    manifest = project.manifest
    for item in project.local_queries:
        for read in project.facts[item.id].reads:
            name, place = (
                read.name.lower(),
                query_place(item, read.line, read.column, len(read.name)),
            )
            source = manifest.sources.get(name) if read.schema.lower() != SCHEMA else None
            read_item = manifest.sql_item(name) if read.schema.lower() == SCHEMA else None
            if read_item is not None:
                yield from _leak(project, item, name, read_item.audiences, place, "reads")
            elif source is not None:
                for audiences in sorted(audiences_of_source(source, manifest)):
                    because = _kept_by(source, audiences, manifest)
                    yield from _leak(project, item, name, audiences, place, "reads", because)


def narrower_lookups(project: CheckedProject) -> Iterator[Problem]:
    """The names of members come from nothing that is for fewer people than the number."""
    manifest = project.manifest
    for metric in manifest.metrics.values():
        for dimension, lookup in metric.front.labels.items():
            name, place = lookup.partition(".")[0].lower(), metric.at(f"labels.{dimension}")
            source, view = manifest.sources.get(name), manifest.views.get(name)
            if view is not None:
                yield from _leak(project, metric, name, view.audiences, place, "reads")
            elif source is not None:
                for audiences in sorted(audiences_of_source(source, manifest)):
                    because = _kept_by(source, audiences, manifest)
                    yield from _leak(project, metric, name, audiences, place, "reads", because)


def narrower_targets(project: CheckedProject) -> Iterator[Problem]:
    """A metric that is the target, or the successor, of another is not for fewer people than
    that."""
    metrics = project.manifest.metrics
    for metric in metrics.values():
        for key, name in (
            ("target", metric.target_metric),
            ("replaced_by", metric.front.replaced_by),
        ):
            if name is None:
                continue
            place = metric.at(key)
            yield from project.unknown(
                "metric", name, metrics, place, none="No other metric is declared."
            )
            if name in metrics:
                yield from _leak(project, metric, name, metrics[name].audiences, place, "names")


def pages(project: CheckedProject) -> Iterator[Problem]:
    """A dashboard places nothing that is for fewer people than itself."""
    for dashboard, body in project.bodies:
        for block in body.parts:
            if isinstance(block, MetricsBlock):
                for index, placement in enumerate(block.metrics):
                    place = block.keys.get(f"[{index}].id") or block.keys[f"[{index}]"]
                    yield from _shows(project, dashboard, placement.id, place)
            elif isinstance(block, TableBlock):
                place = block.keys.get("id") or block.keys[""]
                yield from _shows(project, dashboard, block.table.id, place)
            elif isinstance(block, OkrsBlock) and block.scorecard.objective is not None:
                objective = project.manifest.objectives.get(block.scorecard.objective)
                if objective is not None:
                    place = block.keys.get("objective", Place(dashboard.path, block.line))
                    yield from _leak(
                        project, dashboard, objective.id, objective.audiences, place, "shows"
                    )
            elif isinstance(block, ProseBlock):
                for number in block.numbers:
                    yield from _shows(project, dashboard, number.id, number.place)


def _shows(
    project: CheckedProject, dashboard: Dashboard, name: str, place: Place
) -> Iterator[Problem]:
    metric = project.manifest.metrics.get(name)
    if metric is not None:
        yield from _leak(project, dashboard, name, metric.audiences, place, "shows")


def objectives(project: CheckedProject) -> Iterator[Problem]:
    """Key results, objectives and what they serve are seen together: a score tells of all that it
    is made of."""
    manifest = project.manifest
    for objective in manifest.objectives.values():
        parent = manifest.objectives.get(objective.front.parent or "")
        if parent is not None:
            yield from _leak(
                project, objective, parent.id, parent.audiences, objective.at("parent"), "names"
            )
    for metric in manifest.key_results.values():
        assert metric.okr is not None
        objective = manifest.objectives[metric.okr.objective]
        place = metric.at("objective" if "objective" in metric.keys else "audience")
        yield from _leak(project, metric, objective.id, objective.audiences, place, "belongs to")
        if project.may_see(metric.audiences, objective.audiences):
            yield from _leak(
                project,
                objective,
                metric.id,
                metric.audiences,
                metric.at("audience"),
                "is scored by",
            )


def narrower_drives(project: CheckedProject) -> Iterator[Problem]:
    """What a metric says it drives is for the same readers."""
    for metric in project.manifest.metrics.values():
        for index, name in enumerate(metric.front.drives):
            driven = project.manifest.metrics.get(name)
            if driven is not None:
                yield from _leak(
                    project, metric, name, driven.audiences, metric.at(f"drives[{index}]"), "names"
                )


def _leak(
    project: CheckedProject,
    reader: DeclaredItem,
    name: str,
    audiences: Audiences,
    place: Place,
    verb: str,
    because: str = "",
) -> Iterator[Problem]:
    missing = project.blind(reader.audiences, audiences)
    if not missing:
        return
    widen = f"Add {quoted(missing)} to the `audience` of `{name}`"
    one_audience = len(reader.audiences) == len(audiences) == 1
    yield Problem(
        "audience-leak",
        f"{_noun(reader)} is for {quoted(reader.audiences)} and {verb} `{name}`, which is for"
        f" {quoted(audiences)} alone",
        place,
        hint=(
            f"{because}{'Give both one audience' if one_audience else widen}, or leave `{name}` out."
        ),
    )


def _kept_by(source: Source, audiences: Audiences, manifest: Manifest) -> str:
    """Why a source is for audiences that its own entry does not name: another one keeps the same
    file for them."""
    if source.audiences == audiences:
        return ""
    for keeper in manifest.sources.values():
        files = {path for path, _ in source.tables & keeper.tables}
        shared = [
            path
            for path, same in zip(keeper.paths, keeper.same_as or keeper.paths, strict=True)
            if same in files
        ]
        if keeper.audiences == audiences and shared:
            return f"[sources.{keeper.id}] keeps {shared[0]} for {quoted(audiences)}. "
    return ""


def _noun(item: DeclaredItem) -> str:
    if isinstance(item, Dashboard):
        return f"the page `{item.id}`"
    return f"the objective `{item.id}`" if isinstance(item, Objective) else f"`{item.id}`"
