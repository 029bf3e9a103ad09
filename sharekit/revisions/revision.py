"""What happened to an item between two commits: the types that revisions, pages, mails and the
ledger share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from msgspec import Struct

from sharekit.errors import Place
from sharekit.history.moment import Moment
from sharekit.numbers.results import Point, Status
from sharekit.project.manifest import Audiences, Readers
from sharekit.project.shapes import Grain, NoAnnouncement, RevisionNote
from sharekit.sqldiff.types import RowChange, SqlChange

__all__ = [
    "CLASSES",
    "MAILED",
    "NOTE_REQUIRED",
    "QUIET",
    "RANKS",
    "Announced",
    "EffectStep",
    "Entry",
    "FieldChange",
    "Impact",
    "ItemKind",
    "MemberEffect",
    "Moment",
    "PastName",
    "PeriodEffect",
    "Reason",
    "Revision",
    "RevisionClass",
    "RowChange",
    "SqlChange",
    "TargetMove",
    "ValueForm",
]

Entry = RevisionNote | NoAnnouncement
"""What a file says about a revision: why, or that it is not announced."""
RevisionClass = Literal[
    "cosmetic",
    "words",
    "check_in",
    "redefined",
    "retargeted",
    "rescheduled",
    "reassigned",
    "introduced",
    "retired",
    "slipped",
    "recovered",
    "restated",
]
ItemKind = Literal["metric", "key_result", "objective", "view", "dashboard"]

NOTE_REQUIRED: frozenset[RevisionClass] = frozenset(
    {"redefined", "retargeted", "rescheduled", "retired"}
)
"""Classes of a key result that need a note in the same change."""
MAILED: frozenset[RevisionClass] = NOTE_REQUIRED | {"reassigned", "introduced"}
"""Classes of a key result that are announced by mail."""
QUIET: frozenset[RevisionClass] = frozenset({"slipped", "recovered", "restated"})
"""What the data did by themselves, while nobody changed what is declared. It has a day, and no
author or number."""
UNCOUNTED: frozenset[RevisionClass] = frozenset({"words", "check_in", "cosmetic"})
"""Classes that make no revision for readers: they share the number of what they follow."""
CLASSES: Mapping[str, RevisionClass] = {
    "target": "retargeted",
    "targets": "retargeted",
    "baseline": "retargeted",
    "type": "retargeted",
    "band": "retargeted",
    "pace": "retargeted",
    "measured": "redefined",
    "commitment": "retargeted",
    "unit": "retargeted",
    "direction": "retargeted",
    "weight": "retargeted",
    "period": "rescheduled",
    "owner": "reassigned",
    "objective": "reassigned",
    "confidence": "check_in",
    "challenges": "check_in",
    "plan": "check_in",
    "help_wanted": "check_in",
    "decisions": "check_in",
    "offers": "check_in",
    "checkins": "check_in",
    "kind": "redefined",
    "grain": "redefined",
    "time": "redefined",
    "value": "redefined",
    "dimensions": "redefined",
    "numerator": "redefined",
    "denominator": "redefined",
    "total": "redefined",
    "over_time": "redefined",
    "missing": "redefined",
    "headline": "redefined",
}
"""Class of a change of each key; what is not named here is words."""


RANKS: Mapping[Status, int] = {
    "missed": 0,
    "off_track": 1,
    "at_risk": 2,
    "partial": 2,
    "on_track": 3,
    "achieved": 4,
}
"""Better is higher; a status without a rank is no judgement, and neither worse nor better than
any."""


class PastName(Struct, frozen=True):
    """What a person or an objective that a value names was called then, and whom that was for."""

    title: str
    readers: Readers = ()


class ValueForm(Struct, frozen=True):
    """How an item's values are written: its unit and format."""

    unit: str | None = None
    format: str | None = None


PAGE_TEXT = "text"
"""Key under which a dashboard has its body."""
PROSE = "why"
"""Key under which an objective has its."""


class FieldChange(Struct, frozen=True):
    """One declared value, before and after; both are what JSON can say, None is "not declared"."""

    name: str
    """Front-matter key: "target", "owner", "period"."""
    before: object
    after: object
    was: PastName | None = None
    """Where `before` is the id of an objective, or of owners: what they were called then."""
    now: PastName | None = None
    """The same of `after`."""


class EffectStep(Struct, frozen=True):
    """Part of the definition effect that one change makes alone, applied after the earlier ones."""

    label: str
    effect: float
    items: tuple[str, ...] = ()
    """Views and metrics whose change it is, besides the item's own query."""


class PeriodEffect(Struct, frozen=True):
    """What a redefinition does to the whole periods that both definitions have a value for. Effects
    are new - old, in the metric's unit."""

    grain: Grain
    periods: int
    moved: int
    """How many of them have another value."""
    newest: date
    """First day of the newest of them."""
    newest_effect: float
    most: date
    """First day of the one that moved most, the newest of several."""
    most_effect: float
    gone: int = 0
    """How many have a value under the old definition alone."""
    new: int = 0
    """How many have a value under the new definition alone."""


class MemberEffect(Struct, frozen=True):
    """What a redefinition does to one member of a dimension, in the headline's period."""

    dimension: str
    member: str
    effect: float | None
    """New - old, in the metric's unit; None where only one of the definitions has a value."""
    state: Literal["both", "gone", "new"] = "both"


class TargetMove(Struct, frozen=True):
    """What the redefinition of the metric that is an item's target does to that target."""

    metric: str
    before: float
    after: float


class Impact(Struct, frozen=True):
    """What a redefinition does to the number. P published, O old SQL and N new SQL, both on today's
    data."""

    published: float | None
    old: float | None
    new: float | None
    data_effect: float | None
    """O - P."""
    definition_effect: float | None
    """N - O."""
    old_series: tuple[Point, ...] = ()
    """Last 12 periods under the old definition, on today's data."""
    new_series: tuple[Point, ...] = ()
    steps: tuple[EffectStep, ...] = ()
    """Add up to `definition_effect`; empty where the changes cannot be taken one at a time."""
    score_before: float | None = None
    score_after: float | None = None
    status_before: Status | None = None
    status_after: Status | None = None
    rows: tuple[RowChange, ...] = ()
    """Rows of today's data that changed filters leave out or take in, where that can be counted."""
    over_time: PeriodEffect | None = None
    members: tuple[MemberEffect, ...] = ()
    """By dimension, the largest effect first; members that did not move are among them."""
    target: TargetMove | None = None
    unavailable: str | None = None
    """Why the old definition cannot be run today, as a sentence."""
    held: str | None = None
    """Why the new definition cannot be run, as a sentence: nothing is said about its number then, and
    nobody is told about the revision until it runs."""

    @property
    def lost_status(self) -> bool:
        """Whether the status is worse with it."""
        before, after = (
            RANKS.get(status) if status else None
            for status in (self.status_before, self.status_after)
        )
        return before is not None and after is not None and after < before


class Reason(Struct, frozen=True):
    """One of several notes, with what was changed for its sake, a sentence each where history knows
    it."""

    note: RevisionNote
    fields: tuple[FieldChange, ...] = ()
    sql_changes: tuple[SqlChange, ...] = ()


class Announced(Struct, frozen=True):
    """That a revision was announced."""

    on: date
    people: int
    """Who got the mail; whoever is yet to get it does not count."""


@dataclass(frozen=True)
class Revision:
    """One item's net change between two moments."""

    id: str
    """Stable: from item, before and after states; equal for everybody who computes it."""
    item: str
    kind: ItemKind
    title: str
    owner: str | None
    readers: Readers
    """Whom the item was for then."""
    classes: tuple[RevisionClass, ...]
    """Weightiest first."""
    after: Moment
    before: Moment | None = None
    """None where the item is new."""
    number: int = 1
    """Revision n of the item, counted over history; its first declaration is 1."""
    fields: tuple[FieldChange, ...] = ()
    sql_changes: tuple[SqlChange, ...] = ()
    sql_before: str | None = None
    sql_after: str | None = None
    note: RevisionNote | None = None
    """The newest of its notes."""
    earlier: tuple[Reason, ...] = ()
    """Of several changes that are told at once, those before the last one, oldest first, each with
    its reason."""
    no_announcement: NoAnnouncement | None = None
    impact: Impact | None = None
    place: Place | None = None
    touches: tuple[str, ...] = ()
    """Ids of what else it changes: key results, objectives above, dashboards."""
    original_target: float | None = None
    """Target that the item was introduced with, where history knows it."""
    first_target: float | None = None
    """Target after the revision, of a key result or metric that has a plain one."""
    after_end: str | None = None
    """Label of its period, where a key result was revised when that was over: it stays as it
    ended."""
    goes_on_in: str | None = None
    """Label of its new period, where it goes on in one that is not over."""
    sent: Announced | None = None
    """Where the ledger knows that it was announced."""
    former: Readers = ()
    """Of something opened to more people: whom it was for before. They read what changed, and
    nobody else does; to all others it is new."""
    known_to: tuple[str, ...] = ()
    """Of something introduced to more people: those who could see it before, and get no mail that
    calls it new."""
    gone_from: Readers = ()
    """Of something brought back: whom it was for when it was retired. To them it is not new."""
    form: ValueForm | None = None
    """How its values were written after it; None: as they are now."""
    owner_name: str = ""
    """What the owner was called then."""

    @property
    def audiences(self) -> Audiences:
        """Keys of the audiences that the item was for."""
        return tuple(audience.name for audience in self.readers)

    @property
    def changed(self) -> tuple[FieldChange, ...]:
        """Declared values that changed, the target among them where the metric that it is was
        redefined."""
        moved = self.impact.target if self.impact else None
        if moved is None:
            return self.fields
        return (*self.fields, FieldChange("target", moved.before, moved.after))

    @property
    def form_before(self) -> ValueForm | None:
        """How its values were written before it."""
        if self.form is None:
            return None
        was = {change.name: change.before for change in self.fields}
        unit, format = was.get("unit", self.form.unit), was.get("format", self.form.format)
        return ValueForm(_text(unit), _text(format))

    @property
    def opens(self) -> bool:
        """Whether it says that something is new to people from whom it was kept before."""
        return bool(self.former) and self.before is None

    @property
    def note_missing(self) -> bool:
        """Whether a key result was revised and nobody is told why."""
        needs = self.kind == "key_result" and bool(NOTE_REQUIRED.intersection(self.classes))
        return needs and self.note is None and self.no_announcement is None

    @property
    def on(self) -> date:
        return self.after.on.date()

    @property
    def lost_status(self) -> bool:
        """Whether it made the status worse; what comes after the end of a period changes none."""
        return self.impact is not None and self.impact.lost_status and self.after_end is None

    @property
    def is_gone(self) -> bool:
        """Whether its file was taken out: what is dropped in its file has a page still."""
        return "retired" in self.classes and not self.fields

    @property
    def judged_anew(self) -> bool:
        """Whether its score and status are what a period that is over would have come to."""
        ended = self.after_end is not None and self.goes_on_in is None
        return ended and "retired" not in self.classes

    @property
    def moved_by_data(self) -> bool:
        """Whether nobody revised anything: the data moved."""
        return QUIET.issuperset(self.classes)

    @property
    def anchor(self) -> str:
        """Where it stands on its item's page: "r3", "slipped-2013-11-22", or "words-5c1e09ab" of
        what shares its number with the revision before."""
        if self.classes and self.moved_by_data:
            return f"{self.classes[0]}-{self.on.isoformat()}"
        if self.classes and UNCOUNTED.issuperset(self.classes):
            return f"{self.classes[0]}-{self.id[:8]}"
        return f"r{self.number}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
