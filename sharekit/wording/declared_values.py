"""Declared values as people read them: one wording for pages, mails and the terminal. Pure.

A change says both of its values in the unit of their day, and persons and objectives by the names
of their day: what is declared later does not change what was said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from sharekit.numbers.formats import format_value
from sharekit.project.manifest import Manifest, people_text
from sharekit.records import replace
from sharekit.revisions.revision import FieldChange, Revision, ValueForm
from sharekit.wording.english import full_day

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
    "direction": "Better is",
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
    "headline": "Headline slice",
    "change": "Changes told",
    "columns": "Columns",
    "unit_column": "Unit column",
    "minimum_count": "Minimum count",
}
"""Front-matter keys by the name that readers see, in the order of a from-to table."""
_VALUES = frozenset({"target", "baseline", "band", "pace", "value"})
"""Keys of amounts in the item's unit."""


class DeclaredWords(Struct, frozen=True):
    """How the values that an item declares are written at one moment."""

    manifest: Manifest
    form: ValueForm
    exact: bool = False
    """Whether amounts have all their digits behind them."""

    def change(self, change: FieldChange, before: DeclaredWords) -> tuple[str, str]:
        """One value before and after, which never read the same; "" where it is not declared, and
        before where no words tell the two apart."""
        pair = self._change(change, before)
        if pair[0] == pair[1]:
            pair = replace(self, exact=True)._change(change, replace(before, exact=True))
        return pair if pair[0] != pair[1] else ("", pair[1])

    def _change(self, change: FieldChange, before: DeclaredWords) -> tuple[str, str]:
        return (
            change.was.title if change.was else before.value(change.name, change.before),
            change.now.title if change.now else self.value(change.name, change.after),
        )

    def amount(self, value: float) -> str:
        amount = str(format_value(value, self.form.unit, self.form.format))
        return f"{amount} ({value:.12g})" if self.exact else amount

    def value(self, name: str, value: object) -> str:
        """One declared value; "" for none."""
        if value is None or value in ("", [], ()):
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, (int, float)):
            return self._number(name, float(value))
        if name == "owner":
            return people_text(self.manifest, value)
        if name in ("objective", "parent"):
            objective = self.manifest.objectives.get(str(value))
            return objective.title if objective else "another objective"
        if isinstance(value, Mapping):
            return self._mapping(name, value)
        if isinstance(value, (list, tuple)):
            joint = " to " if name == "band" and len(value) == 2 else ", "
            return joint.join(self.value(name, entry) for entry in value)
        return day_text(str(value))

    def _number(self, name: str, value: float) -> str:
        if name in _VALUES:
            return self.amount(value)
        return f"{value:g} of 10" if name == "confidence" else f"{value:g}"

    def _mapping(self, name: str, value: Mapping[object, object]) -> str:
        """Periods {start, end}, checkpoints {on, value} and dated targets {from, value}; others as
        key and value."""
        if "start" in value and "end" in value:
            return f"{day_text(str(value['start']))} to {day_text(str(value['end']))}"
        amount = value.get("value")
        day = value.get("on") or value.get("from") or value.get("from_")
        if isinstance(amount, (int, float)) and day is not None:
            joint = "by" if "on" in value else "from"
            return f"{self.amount(float(amount))} {joint} {day_text(str(day))}"
        if name == "targets":
            return ", ".join(
                f"{key} {self.value('target', number)}" for key, number in value.items()
            )
        return ", ".join(f"{key}: {entry}" for key, entry in value.items())


def declared_words(revision: Revision, manifest: Manifest) -> tuple[DeclaredWords, DeclaredWords]:
    """How values were written before a revision, and after it."""
    metric = manifest.metrics.get(revision.item)
    today = ValueForm(metric.front.unit, metric.front.format) if metric else ValueForm()
    before, after = revision.form_before or today, revision.form or today
    return DeclaredWords(manifest, before), DeclaredWords(manifest, after)


def owner_text(revision: Revision, manifest: Manifest) -> str:
    """Whose the revision was, by today's name; of somebody who has left [people], by the name of
    that day. "" for nobody."""
    is_person = revision.owner is None or revision.owner in manifest.config.people
    return (
        manifest.person(revision.owner)
        if is_person
        else revision.owner_name or revision.owner or ""
    )


def label(name: str) -> str:
    """A key as readers know it: "Target"."""
    return LABELS.get(name) or name.replace("_", " ").capitalize()


_ASPECTS: Mapping[str, str] = {
    "parent": "parent objective",
    "direction": "direction",
    "change": "way of telling changes",
}


def aspect(name: str) -> str:
    """A key inside a sentence about what changed: "target", "parent objective"."""
    return _ASPECTS.get(name) or label(name).lower()


def day_text(text: str) -> str:
    """An ISO day as people write it; anything else as it is."""
    try:
        return full_day(date.fromisoformat(text)) if len(text) == 10 else text
    except ValueError:
        return text
