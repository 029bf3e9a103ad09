"""Rules: what `sharekit new` wrote is replaced before it is shared."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.checks.checked_project import CheckedProject
from sharekit.errors import Place, Problem
from sharekit.project.manifest import Metric
from sharekit.project.read.placeholders import PARTS, TEXTS, unedited_keys

_HINT = "Write what you mean; peers would read it as yours."


def unedited_placeholders(project: CheckedProject) -> Iterator[Problem]:
    """Descriptions, challenges, targets and counts that stand as they were written: an error once
    committed."""
    manifest = project.manifest
    for metric in manifest.metrics.values():
        for key in unedited_keys(metric.front, "" if metric.by_hand else metric.sql.text):
            yield _placeholder_problem(project, _place_of(metric, key), _place(metric, key))
    for view in manifest.views.values():
        if view.front.description in TEXTS:
            yield _placeholder_problem(project, "`description`", view.at("description"))
    for objective in manifest.objectives.values():
        if objective.why.strip() in TEXTS:
            yield _placeholder_problem(
                project, "its prose", Place(objective.path, objective.why_line)
            )
    for dashboard in manifest.declared_dashboards.values():
        line = next(
            (
                n
                for n, text in enumerate(dashboard.body.split("\n"))
                if any(p in text for p in PARTS)
            ),
            None,
        )
        if line is not None:
            yield _placeholder_problem(
                project, "its prose", Place(dashboard.path, dashboard.body_line + line)
            )


def _place_of(metric: Metric, key: str) -> str:
    if key == "":
        return "its query, which counts the rows of a table,"
    return (
        "its prose"
        if metric.by_hand and key == "description" and key not in metric.keys
        else f"`{key}`"
    )


def _place(metric: Metric, key: str) -> Place:
    return Place(metric.path, metric.sql.first_line) if key == "" else metric.at(key)


def _placeholder_problem(project: CheckedProject, what: str, place: Place) -> Problem:
    message = f"{what} is still as sharekit new wrote it"
    severe = project.is_committed(place.path)
    return Problem(
        "placeholder", message, place, hint=_HINT, severity="error" if severe else "warning"
    )
