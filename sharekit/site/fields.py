"""Declared values, before and after, as people read them: the rows of a from-to table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sharekit.project.manifest import Metric
from sharekit.revisions.revision import FieldChange, Impact
from sharekit.site.charts import Subject
from sharekit.site.context import AudienceTree
from sharekit.visible import VisibleRevision
from sharekit.wording.phrases import full_day
from sharekit.wording.words import STATUS_WORDS

LABELS: Mapping[str, str] = {
    "target": "Target",
    "targets": "Targets by member",
    "baseline": "Baseline",
    "band": "Band",
    "pace": "Pace",
    "period": "Period",
    "owner": "Owner",
    "objective": "Objective",
    "parent": "Serves",
    "type": "Type",
    "commitment": "Commitment",
    "unit": "Unit",
    "format": "Format",
    "direction": "Direction",
    "grain": "Grain",
    "weight": "Weight",
    "confidence": "Confidence",
    "title": "Title",
    "state": "State",
    "max_age": "Oldest data",
    "dimensions": "Dimensions",
    "numerator": "Numerator",
    "denominator": "Denominator",
    "total": "Total",
    "over_time": "Over time",
    "missing": "Missing periods",
    "measured": "Measured",
    "checkins": "Check-in",
    "headline": "Slice that speaks",
    "change": "Changes told",
    "columns": "Columns",
    "unit_column": "Column of units",
    "minimum_count": "Fewest to compare",
}
"""Front-matter keys by the name they have on a page, in the order of a from-to table."""
TEXTS = frozenset({
    "challenges", "plan", "help_wanted", "decisions", "offers", "tags", "synonyms", "drives", "chart", "compare",
    "description", "question", "checkins", "notes", "labels",
})  # fmt: skip
"""Keys that a from-to table leaves out: they are shown as text, or say nothing on their own."""
NUMBERS = frozenset({"target", "baseline"})
NOT_DECLARED = "none"
_WEIGHTIEST = ("target", "band", "baseline", "pace", "period", "owner", "objective", "parent")
_SPEAK_ALONE = frozenset({"target", "band", "period", "owner"})
"""Keys whose value says what it is: an amount, days, a person."""


@dataclass(frozen=True)
class FieldRow:
    """One row: what it was and what it is."""

    label: str
    was: str
    now: str


def from_to(tree: AudienceTree, revision: VisibleRevision) -> tuple[FieldRow, ...]:
    """What a revision changed, the number itself first, then the promise, then the rest."""
    subject = subject_of(tree, revision)
    if "restated" in revision.classes:
        return tuple(_restated_row(subject, field) for field in revision.fields)
    rows = list(_impact_rows(subject, revision.impact)) if revision.impact else []
    order = {name: at for at, name in enumerate(LABELS)}
    shown = sorted(
        (field for field in revision.fields if field.name not in TEXTS),
        key=lambda each: order.get(each.name, 99),
    )
    rows += [_field_row(tree, subject, change) for change in shown]
    if revision.impact:
        rows += list(_judged_rows(revision.impact, late=revision.after_end is not None))
    return tuple(row for row in rows if row.was != row.now)


def leading_change(tree: AudienceTree, revision: VisibleRevision) -> tuple[str, str]:
    """From and to of the field that moved, of the weightiest class that has one: the number under
    both definitions, target, dates, owner, in that order; ("", "") where nothing reads differently.

    The number is said of a redefinition alone: of a new target or owner it did not move."""
    subject, impact = subject_of(tree, revision), revision.impact
    if impact and set(revision.classes) & {"redefined", "restated"}:
        past = impact.published if "restated" in revision.classes else impact.old
        if past is not None and impact.new is not None:
            pair = values(subject, past, impact.new)
            if any(pair):
                return pair
    order = {name: at for at, name in enumerate(_WEIGHTIEST)}
    moved = sorted(
        (change for change in revision.fields if change.name not in TEXTS),
        key=lambda change: order.get(change.name, len(order)),
    )
    for change in moved:
        row = _field_row(tree, subject, change)
        if row.was == row.now:
            continue
        if change.name in _SPEAK_ALONE:
            return ("" if row.was == NOT_DECLARED else row.was), row.now
        was = "" if row.was == NOT_DECLARED else row.was
        return (was, row.now) if was else ("", f"{row.label}: {row.now}")
    return "", ""


def target_moved(tree: AudienceTree, revision: VisibleRevision) -> str:
    """ "target 88.0%, was 90.0%": said beside what a redefinition did to the number; "" where the
    target is as it was."""
    change = next((field for field in revision.fields if field.name in ("target", "band")), None)
    if change is None:
        return ""
    row = _field_row(tree, subject_of(tree, revision), change)
    return "" if row.was == row.now else f"{row.label} {row.now}, was {row.was}"


def _restated_row(subject: Subject, change: FieldChange) -> FieldRow:
    """A past period's value; its key is the period's first day."""
    was, now = (
        float(each) if isinstance(each, (int, float)) else None
        for each in (change.before, change.after)
    )
    return FieldRow(_day_text(change.name), *values(subject, was, now))


def values(subject: Subject, was: float | None, now: float | None) -> tuple[str, str]:
    """Two values side by side: the unit is said once. ("", "") where they read the same."""
    if was is not None and subject.text(was) == subject.text(now):
        return "", ""
    return subject.number(was) if was is not None else subject.text(None), subject.text(now)


def subject_of(tree: AudienceTree, revision: VisibleRevision) -> Subject:
    """How the revised item's values are written; an item that is gone has plain numbers."""
    metric: Metric | None = tree.manifest.metrics.get(revision.item)
    return tree.subject(metric) if metric else Subject(revision.item, revision.title)


def _impact_rows(subject: Subject, impact: Impact) -> tuple[FieldRow, ...]:
    before = impact.published if impact.published is not None else impact.old
    if before is None and impact.new is None:
        return ()
    return (FieldRow("Now", *values(subject, before, impact.new)),)


def _judged_rows(impact: Impact, *, late: bool) -> tuple[FieldRow, ...]:
    """Grade and status before and after. `late`: after the period's end, when what was reached
    stays as it is."""
    rows: list[FieldRow] = []
    if impact.progress_before is not None and impact.progress_after is not None:
        rows.append(
            FieldRow(
                "Would grade" if late else "Grade",
                f"{impact.progress_before:.2f}",
                f"{impact.progress_after:.2f}",
            )
        )
    if impact.status_before and impact.status_after:
        rows.append(
            FieldRow(
                "Would be" if late else "Status",
                STATUS_WORDS[impact.status_before],
                STATUS_WORDS[impact.status_after],
            )
        )
    return tuple(rows)


def _field_row(tree: AudienceTree, subject: Subject, change: FieldChange) -> FieldRow:
    return FieldRow(
        label(change.name),
        change.was.title if change.was else value_text(tree, subject, change.name, change.before),
        change.now.title if change.now else value_text(tree, subject, change.name, change.after),
    )


def label(name: str) -> str:
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def aspect(name: str) -> str:
    """A key inside a sentence about what changed: "target", "parent objective"."""
    return "parent objective" if name == "parent" else label(name).lower()


def value_text(tree: AudienceTree, subject: Subject, name: str, value: object) -> str:
    """A declared value as a person reads it."""
    if value is None or value == "" or value == []:
        return NOT_DECLARED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _number(subject, name, float(value))
    if name == "owner" and isinstance(value, str):
        return tree.manifest.person(value)
    if name in ("objective", "parent") and isinstance(value, str):
        objective = tree.manifest.objectives.get(value)
        return objective.title if objective else "another objective"
    if isinstance(value, Mapping):
        return _mapping(tree, subject, name, value)
    if isinstance(value, (list, tuple)):
        if name == "band" and len(value) == 2:
            return " to ".join(value_text(tree, subject, "target", entry) for entry in value)
        return ", ".join(value_text(tree, subject, name, entry) for entry in value)
    return _day_text(str(value))


def _number(subject: Subject, name: str, value: float) -> str:
    if name in NUMBERS or name in ("band", "pace", "value"):
        return subject.text(value)
    return f"{value:g} of 10" if name == "confidence" else f"{value:g}"


def _mapping(
    tree: AudienceTree, subject: Subject, name: str, value: Mapping[object, object]
) -> str:
    """Periods {start, end}, checkpoints {on, value} and dated targets {from, value}; others as key
    and value."""
    if "start" in value and "end" in value:
        return f"{_day_text(str(value['start']))} to {_day_text(str(value['end']))}"
    amount = value.get("value")
    day = value.get("on") or value.get("from") or value.get("from_")
    if isinstance(amount, (int, float)) and day is not None:
        joint = "by" if "on" in value else "from"
        return f"{subject.text(float(amount))} {joint} {_day_text(str(day))}"
    if name == "targets":
        goals = {str(key): value_text(tree, subject, "target", each) for key, each in value.items()}
        return ", ".join(f"{key} {goal}" for key, goal in goals.items())
    return ", ".join(f"{key}: {entry}" for key, entry in value.items())


def _day_text(text: str) -> str:
    """An ISO day as people write it; anything else as it is."""
    try:
        return full_day(date.fromisoformat(text)) if len(text) == 10 else text
    except ValueError:
        return text
