"""Declared values as they are compared: resolved, as JSON can say them, each with the class of its
change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from sharekit.project.manifest import Dashboard, Metric, Objective, Period
from sharekit.project.shapes import audience_names, audience_value
from sharekit.revisions.revision import CLASSES, PAGE_TEXT, PROSE, FieldChange, RevisionClass

ORDER: tuple[RevisionClass, ...] = (
    "retired",
    "introduced",
    "redefined",
    "retargeted",
    "rescheduled",
    "reassigned",
    "restated",
    "slipped",
    "recovered",
    "check_in",
    "words",
    "cosmetic",
)
"""Weightiest first."""
_NOTES = ("revisions", "retired", "id")
"""Keys that explain changes or keep identity, and are no change themselves."""


def metric_values(metric: Metric) -> dict[str, object]:
    """What a metric or key result declares, inherited values filled in."""
    values = _json_values(metric.front)
    values["owner"] = metric.front.owner or metric.owner
    if metric.okr is not None:
        values |= {
            "objective": metric.okr.objective,
            "period": period_value(metric.okr.period),
            "commitment": metric.okr.commitment,
        }
    return values


def objective_values(objective: Objective) -> dict[str, object]:
    """What an objective declares; its prose under `why`."""
    period = period_value(objective.period) if objective.period else None
    return _json_values(objective.front) | {"period": period, PROSE: objective.why.strip()}


def dashboard_values(dashboard: Dashboard) -> dict[str, object]:
    """What a dashboard declares; its body under `text`."""
    return _json_values(dashboard.front) | {PAGE_TEXT: dashboard.body.strip()}


def period_value(period: Period) -> dict[str, str]:
    return {"label": period.shown, "start": period.start.isoformat(), "end": period.end.isoformat()}


def changed_fields(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[FieldChange, ...]:
    """Values that differ, in the order of the shapes. An absent value and its default are the
    same, and so are two names of the same days."""
    names = dict.fromkeys((*after, *before))
    changes = (
        FieldChange(name, before.get(name), after.get(name)) for name in names if name not in _NOTES
    )
    return tuple(change for change in changes if _days(change.before) != _days(change.after))


def _days(value: object) -> object:
    """A period without its name, which another beginning of the fiscal year changes; anything else
    as it is."""
    if isinstance(value, Mapping) and {"label", "start", "end"} == set(value):
        return value["start"], value["end"]
    return value


def classes_of(changes: tuple[FieldChange, ...], *, objective: bool = False) -> set[RevisionClass]:
    """The classes that these changes make together."""
    classes: set[RevisionClass] = set()
    for change in changes:
        if change.name == "state" and "deprecated" in (change.before, change.after):
            classes.add("words")
        elif change.name == "state":
            classes.add("retired" if change.after == "dropped" else "retargeted")
        elif objective and change.name == "commitment":
            classes.add("words")  # key results that inherit it are retargeted themselves
        else:
            classes.add(CLASSES.get(change.name, "words"))
    return classes


def ordered(classes: set[RevisionClass]) -> tuple[RevisionClass, ...]:
    return tuple(name for name in ORDER if name in classes)


def digest(value: object) -> str:
    """A stable hash of anything that JSON can say."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _json_values(front: BaseModel) -> dict[str, Any]:
    """As JSON says it; a list of audiences by what it means, whatever its order."""
    values = front.model_dump(mode="json", by_alias=True)
    if isinstance(values.get("audience"), list):
        values["audience"] = audience_value(audience_names(values["audience"]))
    return values
