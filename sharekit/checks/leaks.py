"""Rules: nothing shows what its own audience may not see.

What is shown to an audience may only be made from what is for that audience, or for a wider one
that holds all its members. Only direct links are looked at: an indirect leak is a direct one of
something between."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.checks.context import CheckedProject, query_place
from sharekit.errors import Place, Problem
from sharekit.numbers.measure.goals import target_source
from sharekit.project.dashboard_body import MetricsBlock, OkrsBlock, ProseBlock, TableBlock
from sharekit.project.lineage import SCHEMA
from sharekit.project.manifest import Dashboard, DeclaredItem, Manifest, Objective, Source
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
            other = manifest.sql_item(name) if read.schema.lower() == SCHEMA else None
            if other is not None:
                yield from _leak(project, item, name, other.audience, place, "reads")
            elif source is not None:
                for audience in sorted(audiences_of_source(source, manifest)):
                    because = _kept_by(source, audience, manifest)
                    yield from _leak(project, item, name, audience, place, "reads", because)


def narrower_targets(project: CheckedProject) -> Iterator[Problem]:
    """A metric that is the target, or the successor, of another is not for fewer people than
    that."""
    metrics = project.manifest.metrics
    for metric in metrics.values():
        for key, name in (
            ("target", target_source(metric).metric),
            ("replaced_by", metric.front.replaced_by),
        ):
            if name is None:
                continue
            place = metric.at(key)
            yield from project.unknown(
                "metric", name, metrics, place, none="No other metric is declared."
            )
            if name in metrics:
                yield from _leak(project, metric, name, metrics[name].audience, place, "names")


def pages(project: CheckedProject) -> Iterator[Problem]:
    """A dashboard places nothing that is for fewer people than itself."""
    for dashboard, body in project.bodies:
        for part in body.parts:
            if isinstance(part, MetricsBlock):
                for index, placed in enumerate(part.metrics):
                    place = part.keys.get(f"[{index}].id") or part.keys[f"[{index}]"]
                    yield from _shows(project, dashboard, placed.id, place)
            elif isinstance(part, TableBlock):
                place = part.keys.get("id") or part.keys[""]
                yield from _shows(project, dashboard, part.table.id, place)
            elif isinstance(part, OkrsBlock) and part.scorecard.objective is not None:
                objective = project.manifest.objectives.get(part.scorecard.objective)
                if objective is not None:
                    place = part.keys.get("objective", Place(dashboard.path, part.line))
                    yield from _leak(
                        project, dashboard, objective.id, objective.audience, place, "shows"
                    )
            elif isinstance(part, ProseBlock):
                for number in part.numbers:
                    yield from _shows(project, dashboard, number.id, number.place)


def _shows(
    project: CheckedProject, dashboard: Dashboard, name: str, place: Place
) -> Iterator[Problem]:
    metric = project.manifest.metrics.get(name)
    if metric is not None:
        yield from _leak(project, dashboard, name, metric.audience, place, "shows")


def objectives(project: CheckedProject) -> Iterator[Problem]:
    """Key results, objectives and what they serve are seen together: a score tells of all that it
    is made of."""
    manifest = project.manifest
    for objective in manifest.objectives.values():
        parent = manifest.objectives.get(objective.front.parent or "")
        if parent is not None:
            yield from _leak(
                project, objective, parent.id, parent.audience, objective.at("parent"), "names"
            )
    for metric in manifest.key_results.values():
        assert metric.okr is not None
        objective = manifest.objectives[metric.okr.objective]
        place = metric.at("objective" if "objective" in metric.keys else "audience")
        yield from _leak(project, metric, objective.id, objective.audience, place, "belongs to")
        if project.may_see(metric.audience, objective.audience):
            yield from _leak(
                project,
                objective,
                metric.id,
                metric.audience,
                metric.at("audience"),
                "is scored by",
            )


def narrower_drives(project: CheckedProject) -> Iterator[Problem]:
    """What a metric says it drives is for the same readers."""
    for metric in project.manifest.metrics.values():
        for index, name in enumerate(metric.front.drives):
            other = project.manifest.metrics.get(name)
            if other is not None:
                yield from _leak(
                    project, metric, name, other.audience, metric.at(f"drives[{index}]"), "names"
                )


def _leak(
    project: CheckedProject,
    reader: DeclaredItem,
    name: str,
    audience: str,
    place: Place,
    verb: str,
    because: str = "",
) -> Iterator[Problem]:
    if project.may_see(reader.audience, audience):
        return
    yield Problem(
        "audience-leak",
        f"{_noun(reader)} is for `{reader.audience}` and {verb} `{name}`, which is for `{audience}`"
        " alone",
        place,
        hint=f"{because}Give both one audience, or leave `{name}` out.",
    )


def _kept_by(source: Source, audience: str, manifest: Manifest) -> str:
    """Why a source is for an audience that its own entry does not name: another one keeps the same
    file for it."""
    if source.config.audience == audience:
        return ""
    for other in manifest.sources.values():
        files = {path for path, _ in source.tables & other.tables}
        shared = [
            path
            for path, same in zip(other.paths, other.same_as or other.paths, strict=True)
            if same in files
        ]
        if other.config.audience == audience and shared:
            return f"[sources.{other.id}] keeps {shared[0]} for `{audience}`. "
    return ""


def _noun(item: DeclaredItem) -> str:
    if isinstance(item, Dashboard):
        return f"the page `{item.id}`"
    return f"the objective `{item.id}`" if isinstance(item, Objective) else f"`{item.id}`"
