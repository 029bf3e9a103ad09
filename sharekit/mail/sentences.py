"""The sentences of a revision mail that depend on what kind of change it is: subject, heading, from
and to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TypeVar

from msgspec import Struct

from sharekit.mail.blocks import ChangedRow
from sharekit.mail.effect_words import amount
from sharekit.numbers.formats import format_day, format_score
from sharekit.numbers.results import Reading, Result, Status
from sharekit.project.manifest import Metric
from sharekit.records import replace
from sharekit.revisions.revision import CLASSES, NOTE_REQUIRED, FieldChange, RevisionClass
from sharekit.visible import VisibleManifest, VisibleRevision
from sharekit.wording.declared_values import (
    LABELS,
    DeclaredWords,
    aspect,
    declared_words,
    owner_text,
)
from sharekit.wording.english import and_list
from sharekit.wording.headline import brief_period, has_headline, headline_value
from sharekit.wording.statuses import BACK, STATUS_TONES, STATUS_WORDS

WEIGHTS: Mapping[RevisionClass, int] = {
    "slipped": 0,
    "retired": 1,
    "retargeted": 2,
    "redefined": 3,
    "rescheduled": 4,
    "restated": 5,
    "introduced": 6,
    "reassigned": 7,
    "recovered": 8,
}
"""What readers must know first: the smaller number leads."""
_T = TypeVar("_T")
LEAST = 9
"""Weight of what changes nobody's promise."""

_SHOWN = frozenset(
    {
        "baseline", "target", "targets", "band", "type", "pace", "commitment", "unit", "direction", "period", "owner",
        "objective", "weight", "confidence", "total", "headline", "grain", "measured",
    }
)  # fmt: skip
"""Keys whose values a mail shows before and after; the others are said in words, or only on the
page."""


def weightiest(classes: Sequence[RevisionClass]) -> RevisionClass | None:
    """The class that readers must know of first."""
    return min(classes, key=lambda name: WEIGHTS.get(name, LEAST), default=None)


class Headline(Struct, frozen=True, dict=True):
    """The sentences that depend on what kind of change it is."""

    revision: VisibleRevision
    metric: Metric | None
    result: Result | None
    manifest: VisibleManifest

    def value(self, number: object) -> str:
        return amount(self._declared_words[1], number)

    def value_before(self, number: object) -> str:
        """A value as it was written before the revision."""
        return amount(self._declared_words[0], number)

    @cached_property
    def _declared_words(self) -> tuple[DeclaredWords, DeclaredWords]:
        return declared_words(self.revision, self.manifest)

    @property
    def reading(self) -> Reading | None:
        return self.result.reading if self.result else None

    def field(self, name: str) -> FieldChange | None:
        return next((change for change in self.revision.changed if change.name == name), None)

    def heading(self) -> str:
        """What happened; of one whose period was over, that it stays as it ended."""
        ended, next_period = self.revision.after_end, self.revision.goes_on_in
        if ended is None:
            return self._heading()
        if next_period is None:
            return f"After the end of {ended}: {self._heading()} It stays as it ended."
        goes_on = f"{self.revision.title} goes on in {next_period}"
        promise = self._promise()
        return f"{goes_on}{f': {promise}' if promise else ''}. It stays as it ended in {ended}."

    def _heading(self) -> str:
        revision, title = self.revision, self.revision.title
        leading = revision.classes[0] if revision.classes else "words"
        if self.held:
            opening = (
                f"{self._new}: {title}"
                if "introduced" in revision.classes
                else f"{title} was revised"
            )
            return f"{opening}. Held: the query fails."
        if "introduced" in revision.classes:
            return self._introduced()
        if "retired" in revision.classes:
            return f"{title} is no longer a key result."
        if self._is_back():
            return f"{title} is a key result again."
        target = self.field("target")
        retargeted = target is not None and target.before is not None and target.after is not None
        if "redefined" in revision.classes and not (retargeted and self._stays()):
            return self._redefined()
        if "retargeted" in revision.classes and (promise := self._promise()):
            return f"{title}: {promise}."
        sentences: dict[RevisionClass, str] = {
            "retargeted": f"{title} promises something else now.",
            "rescheduled": f"{title} has new dates.",
            "reassigned": f"{title} {self._reassigned()}.",
            "slipped": f"{title} slipped: {self._status_words()}.",
            "recovered": (
                f"{title} is met." if self._met() else f"{title} recovered: {self._status_words()}."
            ),
            "restated": f"Past values of {title} changed.",
        }
        return sentences.get(leading, f"{title} changed.")

    def subject(self) -> str:
        """The heading as one reads it in a list of mails: the title, what it is now, what it was."""
        ended, next_period = self.revision.after_end, self.revision.goes_on_in
        if ended is None:
            return self._subject()
        if next_period is None:
            return f"After the end of {ended}: {self._subject()}"
        moved = self._changed_promise("target") or self._changed_promise("band")
        words = f": target {moved[1]}, was {moved[0]}" if moved else ""
        return f"{self.revision.title} goes on in {next_period}{words}"

    def _subject(self) -> str:
        revision, title = self.revision, self.revision.title
        classes = revision.classes
        leading = classes[0] if classes else "words"
        if self.held:
            return f"Held: {title}"
        if "introduced" in classes:
            return self._introduced().rstrip(".")
        if "retired" in classes:
            return f"Retired: {title}"
        if self._is_back():
            return f"{title} is a key result again"
        promises = ("target", "band") if "redefined" in classes else self._promises()
        for name in promises if "retargeted" in classes else ():
            if moved := self._changed_promise(name):
                return f"{title}: {name} {moved[1]}, was {moved[0]}"
        if "redefined" in classes:
            return self._redefined_subject()
        if leading == "rescheduled" and (moved := self._changed_promise("period")):
            return f"{title}: period {moved[1]}, was {moved[0]}"
        if leading == "reassigned" and (owners := self._changed_promise("owner")):
            return f"New owner: {owners[1]} for {title}, was {owners[0]}"
        if leading in ("slipped", "recovered"):
            word = "Met" if self._met() else leading.capitalize()
            return f"{word}: {title}" + ("" if word == "Met" else f", {self._status_words()}")
        if leading == "restated":
            return f"Restated: past values of {title}"
        return self._heading().rstrip(".")

    def _redefined_subject(self) -> str:
        revision, impact = self.revision, self.revision.impact
        wrong = revision.note is not None and revision.note.reason == "was_wrong"
        how = "was counted wrong" if wrong else "is counted differently"
        if impact is None or impact.old is None or impact.new is None or self._stays():
            return f"{revision.title} {how}"
        return (
            f"{revision.title} {how}: {self.value(impact.new)}, not {self.value_before(impact.old)}"
        )

    def moved_row(self) -> ChangedRow | None:
        """The one row that says what changed: of a new target the target, of a new definition the
        number."""
        labels = {
            "retargeted": ("Target", "Band"), "rescheduled": ("Period",), "reassigned": ("Owner",),
            "redefined": ("Now",), "slipped": ("Status",), "recovered": ("Status",),
        }.get(weightiest(self.revision.classes) or "", ())  # fmt: skip
        rows = self.rows()
        wanted_rows = [row for label in labels for row in rows if row.label == label]
        return next(iter([*wanted_rows, *rows]), None)

    @property
    def held(self) -> bool:
        """Whether nothing may be said about the number, because its query fails."""
        return self.revision.impact is not None and self.revision.impact.held is not None

    def _reassigned(self) -> str:
        """Who answers for it now, or what it serves: whichever moved."""
        phrases = []
        if self.field("owner") is not None or self.field("objective") is None:
            phrases.append(f"has a new owner: {owner_text(self.revision, self.manifest)}")
        if (objective := self.field("objective")) is not None:
            _, objective_title = self._before_and_after(objective)
            phrases.append(f"now serves {objective_title or 'another objective'}")
        return and_list(phrases)

    def _is_back(self) -> bool:
        """Whether a key result that was dropped is none of those any more."""
        state = self.field("state")
        return state is not None and state.before == "dropped"

    def _changed_promise(self, name: str) -> tuple[str, str] | None:
        """A promise before and after, as people read it; None where it did not change or reads the
        same."""
        change = self.field(name)
        if change is None or change.before is None or change.after is None:
            return None
        before, after = _labels(change) or self._before_and_after(change)
        return (before, after) if before != after else None

    def _promises(self) -> tuple[str, ...]:
        """Which declared values say what is promised now: the target or band, or the only other one
        that moved."""
        moved = [
            change.name
            for change in self.revision.changed
            if CLASSES.get(change.name) == "retargeted"
        ]
        alone = tuple(name for name in moved if name in ("baseline", "commitment"))
        return ("target", "band", *(alone if len(moved) == 1 else ()))

    def _stays(self) -> bool:
        """Whether people see the same number under both definitions."""
        impact = self.revision.impact
        has_both = impact is not None and impact.old is not None and impact.new is not None
        return (
            impact is not None
            and has_both
            and self.value_before(impact.old) == self.value(impact.new)
        )

    def _introduced(self) -> str:
        terms = self.metric.okr if self.metric else None
        if terms is None or terms.front.baseline is None or terms.front.target is None:
            return f"{self._new}: {self.revision.title}."
        span = f"from {self.value(terms.front.baseline)} to {self.value(terms.front.target)}"
        end = format_day(terms.period.end, year=True)
        return f"{self._new}: {self.revision.title}, {span} by {end}."

    @property
    def _new(self) -> str:
        return BACK if self.revision.gone_from else "New"

    def _redefined(self) -> str:
        """What the new definition does to the number, and the promise where that moved too."""
        revision, impact = self.revision, self.revision.impact
        wrong = revision.note is not None and revision.note.reason == "was_wrong"
        opening = (
            f"{revision.title} {'was counted wrong' if wrong else 'is counted differently now'}"
        )
        promise = self._promise()
        if impact is None or impact.old is None or impact.new is None:
            return f"{and_list([opening, promise] if promise else [opening])}."
        old, new = self.value_before(impact.old), self.value(impact.new)
        number = f"It stays at {new}" if old == new else f"It is {new}, not {old}"
        return f"{opening}. {f'{number}, and {promise}' if promise else number}."

    def _promise(self) -> str:
        """ "the target is 88%, not 90%"; "" where it stays."""
        for name in self._promises():
            if moved := self._changed_promise(name):
                return f"the {name} is {moved[1]}, not {moved[0]}"
        moved_too = [
            aspect(change.name)
            for change in self.revision.changed
            if CLASSES.get(change.name) == "retargeted"
        ]
        verb = "has" if len(moved_too) == 1 else "have"
        return f"its {and_list(moved_too)} {verb} changed" if moved_too else ""

    def _met(self) -> bool:
        return self.revision.impact is not None and self.revision.impact.status_after == "achieved"

    def _status_words(self) -> str:
        impact = self.revision.impact
        before = impact.status_before if impact else None
        after = (
            impact.status_after
            if impact
            else (self.result.okr.status if self.result and self.result.okr else None)
        )
        status_text = STATUS_WORDS[after or "unknown"].lower()
        return f"{status_text}, after {STATUS_WORDS[before].lower()}" if before else status_text

    def rows(self) -> tuple[ChangedRow, ...]:
        if self.held:
            return tuple(self._fields())
        field_rows = [
            row
            for row in (
                self._now(),
                *self._fields(),
                self._original(),
                self._score(),
                self._status(),
            )
            if row
        ]
        if "retired" in self.revision.classes:
            # What it came to: there is nothing after that.
            return tuple(
                ChangedRow(row.label, row.before or row.after, "", period=row.period)
                for row in field_rows
            )
        return tuple(
            replace(row, before="") if row.before == row.after else row for row in field_rows
        )

    def _now(self) -> ChangedRow | None:
        if "restated" in self.revision.classes:
            return (
                None  # its days say before and after; of the number today only one of both is known
            )
        impact = self.revision.impact
        if (checked := self.field("checkins")) is not None:
            before, after = newest_value(checked.before), newest_value(checked.after)
            was = "" if before is None else self.value(before)
            return None if after is None else ChangedRow("Now", was, self.value(after))
        if impact is not None and impact.new is not None:
            is_today = self.reading is not None and self.reading.value == impact.new
            return ChangedRow(
                "Now",
                self.value_before(impact.old),
                self.value(impact.new),
                period=brief_period(self.reading) if is_today else "",
            )
        if self.reading is None or self.metric is None or not has_headline(self.reading):
            return None
        now = str(headline_value(self.reading, self.metric.front.unit, self.metric.front.format))
        same = now if self.revision.before else ""
        return ChangedRow("Now", same, now, period=brief_period(self.reading))

    def _fields(self) -> Sequence[ChangedRow]:
        if "restated" in self.revision.classes:
            moved = self.revision.fields
            return [
                ChangedRow(
                    _say_day(change.name), self.value(change.before), self.value(change.after)
                )
                for change in moved
            ]
        return self.rows_of(self.revision.changed)

    def rows_of(self, fields: Sequence[FieldChange]) -> Sequence[ChangedRow]:
        """Declared values before and after, the promise first."""
        shown_fields = [change for change in fields if change.name in _SHOWN]
        order = list(LABELS)
        shown_fields.sort(key=lambda change: order.index(change.name))
        return [
            ChangedRow(LABELS[change.name], *self._before_and_after(change))
            for change in shown_fields
        ]

    def _before_and_after(self, change: FieldChange) -> tuple[str, str]:
        before, after = self._declared_words
        return after.change(change, before)

    def _original(self) -> ChangedRow | None:
        original, target = self.revision.original_target, self.field("target")
        if original is None or (target is not None and target.before == original):
            return None
        okr = self.result.okr if self.result else None
        if okr is None or okr.target == original:
            return None
        return ChangedRow("Original target", "", self.value(original))

    def _score(self) -> ChangedRow | None:
        impact, okr = self.revision.impact, self.result.okr if self.result else None
        after = (
            impact.score_after
            if impact and impact.score_after is not None
            else okr.score
            if okr
            else None
        )
        if after is None:
            return None
        before = impact.score_before if impact else self._before_unchanged(after)
        if before is None and self.revision.moved_by_data:
            return None
        return ChangedRow(
            "Would score" if self.revision.judged_anew else "Score",
            "" if before is None else format_score(before),
            format_score(after),
        )

    def _status(self) -> ChangedRow | None:
        impact, okr = self.revision.impact, self.result.okr if self.result else None
        after: Status | None = (
            impact.status_after if impact and impact.status_after else okr.status if okr else None
        )
        if after is None:
            return None
        if "retired" in self.revision.classes and after == "dropped":
            return None
        before = impact.status_before if impact else self._before_unchanged(after)
        if before is None and self.revision.moved_by_data:
            return None
        label = "Would be" if self.revision.judged_anew else "Status"
        return ChangedRow(
            label, STATUS_WORDS[before] if before else "", STATUS_WORDS[after], STATUS_TONES[after]
        )

    def _before_unchanged(self, now: _T) -> _T | None:
        """What it was before, of a revision that changed nothing of it, such as a new owner."""
        revision = self.revision
        return now if revision.before and not NOTE_REQUIRED.intersection(revision.classes) else None


def newest_value(checkins: object) -> float | None:
    """The last value among declared check-ins."""
    entries = checkins if isinstance(checkins, (list, tuple)) else ()
    values = [entry.get("value") for entry in entries if isinstance(entry, Mapping)]
    return next(
        (float(value) for value in reversed(values) if isinstance(value, (int, float))), None
    )


def _labels(change: FieldChange) -> tuple[str, str] | None:
    """Short names of two periods: "2013-Q4"."""
    labels = [
        value.get("label") if isinstance(value, Mapping) else None
        for value in (change.before, change.after)
    ]
    return (str(labels[0]), str(labels[1])) if all(labels) else None


def _say_day(value: object) -> str:
    if isinstance(value, str):
        value = date.fromisoformat(value)
    return format_day(value, year=True) if isinstance(value, date) else str(value)
