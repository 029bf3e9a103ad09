"""Declared values, before and after, as people read them: the rows of a from-to table."""

from __future__ import annotations

from msgspec import Struct

from sharekit.numbers.formats import format_score
from sharekit.project.manifest import Metric
from sharekit.records import replace
from sharekit.revisions.revision import PAGE_TEXT, PROSE, FieldChange, Impact
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import Subject
from sharekit.visible import VisibleRevision
from sharekit.wording.declared_values import LABELS, day_text, declared_words, label
from sharekit.wording.statuses import STATUS_WORDS

TEXTS = frozenset({
    "challenges", "plan", "help_wanted", "decisions", "offers", "tags", "synonyms", "drives", "chart", "compare",
    "description", "question", "checkins", "notes", "labels", PAGE_TEXT,
})  # fmt: skip
"""Keys that a from-to table leaves out: they are shown as text, or say nothing on their own."""
NOT_DECLARED = "none"
_WEIGHTIEST = ("target", "band", "baseline", "pace", "period", "owner", "objective", "parent")
_SPEAK_ALONE = frozenset({"target", "band", "period", "owner"})
"""Keys whose value says what it is: an amount, days, a person."""


class FieldRow(Struct, frozen=True):
    """One row: what it was and what it is."""

    label: str
    was: str
    now: str


def from_to(tree: AudienceTree, revision: VisibleRevision) -> tuple[FieldRow, ...]:
    """What a revision changed, the number itself first, then the promise, then the rest. What reads
    the same before and after is left out."""
    rows = (
        _restated_rows(tree, revision)
        if "restated" in revision.classes
        else _revised_rows(tree, revision)
    )
    return tuple(row for row in rows if row.was != row.now)


def _restated_rows(tree: AudienceTree, revision: VisibleRevision) -> list[FieldRow]:
    _, subject = subjects_of(tree, revision)
    rows = [_restated_row(subject, field) for field in revision.fields]
    return [*rows, *(_judged_rows(revision.impact, late=True) if revision.impact else ())]


def _revised_rows(tree: AudienceTree, revision: VisibleRevision) -> list[FieldRow]:
    before, subject = subjects_of(tree, revision)
    rows = list(_impact_rows(before, subject, revision.impact)) if revision.impact else []
    order = {name: at for at, name in enumerate(LABELS)}
    changes = sorted(
        (field for field in revision.changed if field.name not in TEXTS),
        key=lambda field_change: order.get(field_change.name, 99),
    )
    rows += [_field_row(tree, revision, change) for change in changes]
    if revision.impact:
        rows += list(_judged_rows(revision.impact, late=revision.judged_anew))
    return rows


def leading_change(tree: AudienceTree, revision: VisibleRevision) -> tuple[str, str]:
    """From and to of the field that moved, of the weightiest class that has one: the number under
    both definitions, with the target where that moved too, else target, dates, owner, in that
    order; ("", "") where nothing reads differently.

    The number stands with a redefinition alone: a new target or owner did not move it."""
    impact = revision.impact
    if impact and set(revision.classes) & {"redefined", "restated"}:
        past = impact.published if "restated" in revision.classes else impact.old
        if past is not None and impact.new is not None:
            pair = values(*subjects_of(tree, revision), past, impact.new)
            if any(pair):
                return _with_target(tree, revision, pair)
    order = {name: at for at, name in enumerate(_WEIGHTIEST)}
    moved = sorted(
        (change for change in revision.changed if change.name not in TEXTS),
        key=lambda change: order.get(change.name, len(order)),
    )
    for change in moved:
        row = _field_row(tree, revision, change)
        if row.was == row.now:
            continue
        if change.name in _SPEAK_ALONE:
            return ("" if row.was == NOT_DECLARED else row.was), row.now
        was = "" if row.was == NOT_DECLARED else row.was
        return (was, row.now) if was else ("", f"{row.label}: {row.now}")
    return "", ""


def _with_target(
    tree: AudienceTree, revision: VisibleRevision, pair: tuple[str, str]
) -> tuple[str, str]:
    """ "86.9% (target 90.0%)" and "86.5% (target 88.0%)": a new definition never hides a new
    target."""
    change = next((field for field in revision.changed if field.name in ("target", "band")), None)
    row = None if change is None else _field_row(tree, revision, change)
    if row is None or row.was == row.now:
        return pair
    was, now = pair
    return f"{was} ({row.label.lower()} {row.was})", f"{now} ({row.label.lower()} {row.now})"


def _restated_row(subject: Subject, change: FieldChange) -> FieldRow:
    """A past period's value; its key is the period's first day."""
    was, now = (
        float(value) if isinstance(value, (int, float)) else None
        for value in (change.before, change.after)
    )
    return FieldRow(day_text(change.name), *values(subject, subject, was, now))


def values(
    before: Subject, subject: Subject, was: float | None, now: float | None
) -> tuple[str, str]:
    """Two values side by side: a unit that stayed is said once. ("", "") where they read the
    same."""
    if was is not None and before.text(was) == subject.text(now):
        return "", ""
    if was is None or before.unit != subject.unit:
        return before.text(was), subject.text(now)
    return before.number(was), subject.text(now)


def subjects_of(tree: AudienceTree, revision: VisibleRevision) -> tuple[Subject, Subject]:
    """How the revised item's values were written before it, and after it."""
    metric: Metric | None = tree.manifest.metrics.get(revision.item)
    subject = tree.subject(metric) if metric else Subject(revision.item, revision.title)
    before, after = (
        replace(subject, unit=form.unit, format=form.format) if form else subject
        for form in (revision.form_before, revision.form)
    )
    return before, after


def _impact_rows(before: Subject, subject: Subject, impact: Impact) -> tuple[FieldRow, ...]:
    if impact.old is None and impact.new is None:
        return ()
    return (FieldRow("Now", *values(before, subject, impact.old, impact.new)),)


def _judged_rows(impact: Impact, *, late: bool) -> tuple[FieldRow, ...]:
    """Score and status before and after. `late`: after the period's end, when what was reached
    stays as it is."""
    rows: list[FieldRow] = []
    if impact.score_before is not None and impact.score_after is not None:
        rows.append(
            FieldRow(
                "Would score" if late else "Score",
                format_score(impact.score_before),
                format_score(impact.score_after),
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


def _field_row(tree: AudienceTree, revision: VisibleRevision, change: FieldChange) -> FieldRow:
    before, after = declared_words(revision, tree.manifest)
    was, now = after.change(change, before)
    if change.name == PROSE:
        # Without where its links lead: a file may have gone out of sight since.
        was, now = tree.plain(was), tree.plain(now)
    return FieldRow(label(change.name), was or NOT_DECLARED, now or NOT_DECLARED)
