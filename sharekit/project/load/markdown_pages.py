"""A project without a dashboards folder: each folder of metrics gets a dashboard by itself.
Pure."""

from __future__ import annotations

from collections.abc import Iterable

from sharekit.project.manifest import Dashboard, Metric
from sharekit.project.shapes import DashboardFront


def folder_dashboards(metrics: Iterable[Metric], project_audience: str) -> list[Dashboard]:
    """One dashboard for each folder and audience: its numbers as cards, its key results as a
    scorecard."""
    folders: dict[tuple[str, str], list[Metric]] = {}
    for metric in metrics:
        if metric.deprecated:
            continue
        folders.setdefault((metric.category, metric.audience), []).append(metric)
    return [
        _dashboard(category, audience, inside, audience == project_audience)
        for (category, audience), inside in sorted(folders.items())
    ]


def _dashboard(category: str, audience: str, metrics: list[Metric], ours: bool) -> Dashboard:
    name = category or "numbers"
    title = name.rpartition("/")[2].replace("_", " ").replace("-", " ").capitalize()
    return Dashboard(
        id=name if ours else f"{name}-{audience}",
        path=f"metrics/{category}".rstrip("/"),
        audience=audience,
        front=DashboardFront(title=title, audience=audience),
        body="\n".join(_blocks(metrics)),
        declared=False,
    )


def _blocks(metrics: list[Metric]) -> Iterable[str]:
    cards = [metric for metric in metrics if metric.okr is None and metric.front.kind == "metric"]
    if cards:
        yield from ("```metrics", *(f"- {metric.id}" for metric in cards), "```", "")
    for objective in sorted({metric.okr.objective for metric in metrics if metric.okr}):
        yield from ("```okrs", f'objective: "{objective}"', "```", "")
    for metric in metrics:
        if metric.front.kind == "table":
            yield from ("```table", f"id: {metric.id}", "```", "")
