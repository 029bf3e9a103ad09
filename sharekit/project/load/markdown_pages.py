"""A project without a dashboards folder: each folder of metrics gets a dashboard by itself.
Pure."""

from __future__ import annotations

from collections.abc import Iterable

from sharekit.project.manifest import Audiences, Dashboard, Metric
from sharekit.project.shapes import DashboardFront, audience_value


def folder_dashboards(metrics: Iterable[Metric], project_audiences: Audiences) -> list[Dashboard]:
    """One dashboard for each folder and audience: its numbers as cards, its tables below. A folder
    of key results alone gets none: its objective has a page."""
    folders: dict[tuple[str, Audiences], list[Metric]] = {}
    for metric in metrics:
        if metric.deprecated or metric.okr is not None:
            continue
        folders.setdefault((metric.category, metric.audiences), []).append(metric)
    return [
        _dashboard(category, audiences, inside, audiences == project_audiences)
        for (category, audiences), inside in sorted(folders.items())
    ]


def _dashboard(category: str, audiences: Audiences, metrics: list[Metric], ours: bool) -> Dashboard:
    name = category or "numbers"
    # Its address may not tell one audience the name of another.
    apart = audiences[0] if len(audiences) == 1 else f"from-{metrics[0].id}"
    title = name.rpartition("/")[2].replace("_", " ").replace("-", " ").capitalize()
    return Dashboard(
        id=name if ours else f"{name}-{apart}",
        path=f"metrics/{category}".rstrip("/"),
        audiences=audiences,
        front=DashboardFront(title=title, audience=audience_value(audiences)),
        body="\n".join(_blocks(metrics)),
        declared=False,
    )


def _blocks(metrics: list[Metric]) -> Iterable[str]:
    cards = [metric for metric in metrics if metric.front.kind == "metric"]
    if cards:
        yield from ("```metrics", *(f"- {metric.id}" for metric in cards), "```", "")
    for metric in metrics:
        if metric.front.kind == "table":
            yield from ("```table", f"id: {metric.id}", "```", "")
