"""Revisions between two declared states: never by text, always by what is declared and what the SQL
means.

An item keeps its identity with its id, whatever its folder: moved files are no revision, and a file
renamed with an `id:` of its old name goes on. Another id is another item: the old one is retired
and the new one introduced. An objective whose folder is renamed goes on by its title and its
period."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TypeVar

from msgspec import Struct

from sharekit import sqldiff
from sharekit.errors import Place
from sharekit.history.moment import Moment
from sharekit.project.manifest import (
    Dashboard,
    DeclaredItem,
    Manifest,
    Metric,
    Objective,
    people_text,
    renamed_objectives,
)
from sharekit.project.shapes import KeyResultFront, NoAnnouncement, RevisionNote
from sharekit.records import replace
from sharekit.revisions.added_notes import (
    in_order,
    new_entries,
    new_entry,
    notes_of_views,
    notes_on_views,
    retirement,
)
from sharekit.revisions.dependents import touched_ids
from sharekit.revisions.fields import (
    changed_fields,
    classes_of,
    dashboard_values,
    digest,
    metric_values,
    objective_values,
    ordered,
)
from sharekit.revisions.meaning import (
    Comparer,
    ManifestState,
    Meaning,
    affected_items,
    compare_meaning,
)
from sharekit.revisions.revision import (
    CLASSES,
    NOTE_REQUIRED,
    UNCOUNTED,
    Entry,
    FieldChange,
    ItemKind,
    PastName,
    Reason,
    Revision,
    RevisionClass,
    ValueForm,
)
from sharekit.sqldiff.types import SqlChange
from sharekit.visible import could_see_before, mailbox, still_readers, was_opened

__all__ = ["Comparer", "find_revisions"]

ItemT = TypeVar("ItemT", bound=DeclaredItem)
PageT = TypeVar("PageT", Objective, Dashboard)


def find_revisions(
    before: Manifest,
    after: Manifest,
    *,
    before_moment: Moment | None,
    after_moment: Moment,
    as_of: date | None = None,
    compare: Comparer | None = None,
) -> tuple[Revision, ...]:
    """Net changes of every metric, key result, objective and dashboard, in the order of ids;
    cosmetic ones included.

    `as_of` (default: the day of `after_moment`) decides whether a removed key result's period was
    over. The same two states give the same revisions, with the same ids, however many commits lie
    between them."""
    memory = compare or Comparer(sqldiff.compare_sql)
    states = ManifestState.of(before, memory), ManifestState.of(after, memory)
    return revisions_between(*states, before_moment, after_moment, as_of, memory)


def revisions_between(
    before: ManifestState,
    after: ManifestState,
    before_moment: Moment | None,
    after_moment: Moment,
    as_of: date | None,
    compare: Comparer,
) -> tuple[Revision, ...]:
    """The same for states whose lineage is known already."""
    day = as_of or after_moment.on.date()
    return tuple(_RevisionFinder(before, after, before_moment, after_moment, day, compare).all())


class _RevisionFinder(Struct, frozen=True, dict=True):
    before: ManifestState
    after: ManifestState
    before_moment: Moment | None
    after_moment: Moment
    as_of: date
    compare: Comparer

    def all(self) -> Iterable[Revision]:
        old, new = self.before.manifest, self.after.manifest
        yield from self._one_by_one(old.metrics, new.metrics, self._metric)
        renamed = self._renamed_objectives
        objectives = {renamed.get(name, name): item for name, item in old.objectives.items()}
        yield from self._one_by_one(objectives, new.objectives, self._objective)
        yield from self._one_by_one(
            old.declared_dashboards, new.declared_dashboards, self._dashboard
        )

    def _one_by_one(
        self,
        old: Mapping[str, ItemT],
        new: Mapping[str, ItemT],
        compare_item: Callable[[ItemT | None, ItemT | None], Revision | None],
    ) -> Iterable[Revision]:
        # An item that one state could not read is unknown there, which is neither its beginning nor
        # its end.
        unknown = self.before.manifest.broken | self.after.manifest.broken
        for name in sorted({*old, *new}):
            was, now = old.get(name), new.get(name)
            if (was is None or now is None) and name in unknown:
                continue
            change = compare_item(was, now)
            old_state, new_state = self.before.manifest, self.after.manifest
            if was and now and was_opened(was, now, old_state, new_state):
                yield from self._opened(was, now, change, compare_item(None, now))
            elif change is not None:
                yield change

    def _opened(
        self, was: ItemT, now: ItemT, change: Revision | None, introduction: Revision | None
    ) -> Iterable[Revision]:
        """Of something that people see now who could not see it before: to them it is new, and those
        who knew it read what changed. Whoever knew it and belongs to none of the audiences that may
        read what it was hears of a change as of something new: better than not at all."""
        states = self.before.manifest, self.after.manifest
        former = self.before.manifest.readers(was.audiences)
        knew = could_see_before(was, now, *states)
        if change is not None and UNCOUNTED.issuperset(change.classes):
            change = None
        if change is not None:
            readers = self.after.manifest.people_of(still_readers(was, now, *states))
            knew = tuple(key for key in knew if key in readers)
        if introduction is not None:
            yield replace(introduction, former=former, known_to=knew)
        if change is not None:
            yield replace(change, former=former)

    # -- metrics and key results
    # -----------------------------------------------------------------------------

    def _metric(self, was: Metric | None, now: Metric | None) -> Revision | None:
        if was is None and now is not None:
            return self._revision(now, {"introduced"}, None, self._metric_state(now, self.after))
        if was is not None and now is None:
            return self._retired(was)
        assert was is not None
        assert now is not None
        target = self.after.target_metric(now)
        rests_on = {now.id, *([target.id] if target else [])}
        if self._affected_items.isdisjoint(rests_on) and _says_the_same(was, now):
            return None
        old_state, new_state = (
            self._metric_state(was, self.before),
            self._metric_state(now, self.after),
        )
        if old_state == new_state:
            return None
        fields = self._with_past_names(
            changed_fields(metric_values(was), metric_values(now)), was, now
        )
        sense = compare_meaning(now.id, self.before, self.after, self.compare)
        classes = classes_of(fields)
        if sense.changed and self._is_a_step(was, now):
            classes.add("check_in")
            sense = Meaning(False, False, ())
        if sense.changed:
            classes.add("redefined")
        moved_target = self._target_changes(was, now)
        if moved_target:
            classes.add("retargeted")
        if (was.okr is None) != (now.okr is None):
            classes.add("introduced" if now.okr is not None else "retired")
        if not classes and (sense.respelled or was.definition.strip() != now.definition.strip()):
            classes.add("cosmetic")
        if not classes:
            return None
        notes = new_entries(was, now)
        note = _to_tell(new_entry(was, now), notes)
        states = self.before.manifest, self.after.manifest
        if note is None and NOTE_REQUIRED & classes == {"redefined"}:
            notes = notes_on_views(now, sense.changes, *states)
            note = _to_tell(notes[-1] if notes else None, notes)
        elif note is not None:
            notes = (*in_order(notes_of_views(now, sense.changes, *states)), *notes)
        place = _place(now, fields, sense)
        return self._revision(
            now,
            classes,
            old_state,
            new_state,
            was=was,
            note=note,
            place=place,
            fields=fields,
            sense=replace(sense, changes=(*sense.changes, *moved_target)),
            notes=notes,
        )

    def _retired(self, was: Metric) -> Revision:
        note = retirement(was.id, self.before.manifest, self.after.manifest, self.as_of)
        state, place = self._metric_state(was, self.before), self._retired_at(was)
        return self._revision(was, {"retired"}, state, None, was=was, note=note, place=place)

    def _target_changes(self, was: Metric, now: Metric) -> tuple[SqlChange, ...]:
        """What changed in the definition of the metric that both states name as the target."""
        old, new = self.before.target_metric(was), self.after.target_metric(now)
        if old is None or new is None or old.id != new.id:
            return ()
        meaning = compare_meaning(new.id, self.before, self.after, self.compare)
        return tuple(replace(change, item=change.item or new.id) for change in meaning.changes)

    def _is_a_step(self, was: Metric, now: Metric) -> bool:
        """Whether a milestone whose query reads nothing has another value: that is progress, told
        by hand."""
        if not all(metric.okr and metric.okr.front.type == "milestone" for metric in (was, now)):
            return False
        states = (self.before.reads, self.after.reads)
        reads = any(reads.items.get(now.id) or reads.sources.get(now.id) for reads in states)
        return not (was.by_hand or now.by_hand or reads)

    @cached_property
    def _affected_items(self) -> frozenset[str]:
        return affected_items(self.before, self.after)

    def _metric_state(self, metric: Metric, state: ManifestState) -> str:
        values = {
            name: value
            for name, value in metric_values(metric).items()
            if name not in ("revisions", "id")
        }
        return digest([values, metric.audience_key, state.fingerprint(metric)])

    def _retired_at(self, metric: Metric) -> Place:
        """Its objective; where that is gone too, the one that it served, or its file of before."""
        old, new = self.before.manifest.objectives, self.after.manifest.objectives
        was = old.get(metric.okr.objective) if metric.okr else None
        if was is None:
            return Place(metric.path)
        objective = new.get(was.id) or new.get(was.front.parent or "")
        return objective.at("retired") if objective else Place(was.path)

    # -- objectives and dashboards
    # ---------------------------------------------------------------------------

    def _objective(self, was: Objective | None, now: Objective | None) -> Revision | None:
        return self._page(was, now, objective_values)

    def _dashboard(self, was: Dashboard | None, now: Dashboard | None) -> Revision | None:
        return self._page(was, now, dashboard_values)

    def _page(
        self, was: PageT | None, now: PageT | None, values: Callable[[PageT], dict[str, object]]
    ) -> Revision | None:
        page = now or was
        assert page is not None
        if was is not None and now is not None and _page_says_the_same(was, now):
            return None
        old_state = digest([values(was), was.audience_key]) if was else None
        new_state = digest([values(now), now.audience_key]) if now else None
        if old_state == new_state:
            return None
        if was is None or now is None:
            return self._revision(
                page, {"introduced" if was is None else "retired"}, old_state, new_state
            )
        fields = self._with_past_names(changed_fields(values(was), values(now)), was, now)
        classes = classes_of(fields, objective=isinstance(now, Objective))
        return (
            self._revision(now, classes, old_state, new_state, fields=fields) if classes else None
        )

    def _with_past_names(
        self, changes: tuple[FieldChange, ...], was: DeclaredItem, now: DeclaredItem
    ) -> tuple[FieldChange, ...]:
        """Changes with what the owners and objectives that they name were called then: later it may
        be something else. An owner who is only called by another key is the same person."""
        return tuple(
            replace(
                change,
                was=_past_name(change.name, change.before, self.before.manifest, was),
                now=_past_name(change.name, change.after, self.after.manifest, now),
            )
            for change in changes
            if not (change.name == "owner" and self._same_people(change.before, change.after))
            if not (
                change.name in ("objective", "parent")
                and self._renamed_objectives.get(str(change.before)) == change.after
            )
        )

    @cached_property
    def _renamed_objectives(self) -> Mapping[str, str]:
        return renamed_objectives(self.before.manifest.objectives, self.after.manifest.objectives)

    def _same_people(self, before: object, after: object) -> bool:
        """By address, or by name where key and address were both corrected."""
        old, new = self.before.manifest, self.after.manifest
        earlier, later = _names(before), _names(after)
        return (
            bool(earlier)
            and len(earlier) == len(later)
            and all(
                mailbox(was, old) == mailbox(now, new) or old.person(was) == new.person(now)
                for was, now in zip(earlier, later, strict=True)
            )
        )

    # -- one revision
    # ----------------------------------------------------------------------------------------

    def _revision(
        self,
        item: Metric | Objective | Dashboard,
        classes: set[RevisionClass],
        old_state: str | None,
        new_state: str | None,
        *,
        was: Metric | None = None,
        note: Entry | None = None,
        place: Place | None = None,
        fields: tuple[FieldChange, ...] = (),
        sense: Meaning | None = None,
        notes: tuple[Entry, ...] = (),
    ) -> Revision:
        state = self.before if new_state is None else self.after
        owner = item.owner if isinstance(item, Metric) else item.front.lead
        sql: tuple[SqlChange, ...] = sense.changes if sense else ()
        return Revision(
            id=digest([item.id, old_state, new_state]),
            item=item.id,
            kind=_kind(item),
            title=item.title,
            owner=owner,
            owner_name=state.manifest.person(owner),
            readers=state.manifest.readers(item.audiences),
            form=ValueForm(item.front.unit, item.front.format)
            if isinstance(item, Metric)
            else None,
            classes=ordered(classes),
            after=self.after_moment,
            before=self.before_moment if old_state is not None else None,
            fields=fields,
            sql_changes=sql,
            sql_before=was.definition
            if was and isinstance(item, Metric) and "redefined" in classes
            else None,
            sql_after=item.definition
            if was and isinstance(item, Metric) and "redefined" in classes
            else None,
            note=note if isinstance(note, RevisionNote) else None,
            earlier=tuple(
                Reason(other_note)
                for other_note in notes
                if isinstance(other_note, RevisionNote) and other_note is not note
            ),
            no_announcement=note if isinstance(note, NoAnnouncement) else None,
            place=place or Place(item.path, 1, 1),
            touches=touched_ids(item.id, state) if isinstance(item, Metric) else (),
            first_target=_plain_target(item),
            after_end=(after_end := self._after_end(was, classes)),
            goes_on_in=self._goes_on_in(item) if after_end else None,
        )

    def _after_end(self, was: Metric | None, classes: set[RevisionClass]) -> str | None:
        """The period that was over when the key result was revised."""
        if (
            was is None
            or was.okr is None
            or not NOTE_REQUIRED.intersection(classes)
            or was.okr.period.end >= self._day
        ):
            return None
        return was.okr.period.label

    def _goes_on_in(self, now: Metric | Objective | Dashboard) -> str | None:
        """The period of a key result, where that is not over."""
        terms = now.okr if isinstance(now, Metric) else None
        return terms.period.label if terms and terms.period.end >= self._day else None

    @property
    def _day(self) -> date:
        """The day of the revision; as of a day nothing later has happened."""
        return min(self.after_moment.on.date(), self.as_of)


def _to_tell(newest: Entry | None, entries: Sequence[Entry]) -> Entry | None:
    """The newest entry; where that one asks for silence, the newest reason of several changes: what
    was to be told is told, whatever came after it."""
    if not isinstance(newest, NoAnnouncement):
        return newest
    reasons = (entry for entry in reversed(entries) if isinstance(entry, RevisionNote))
    return next(reasons, newest)


def _names(value: object) -> list[str]:
    """Keys of people, of one owner or several."""
    names = value if isinstance(value, (list, tuple)) else [value]
    return [entry for entry in names if isinstance(entry, str)]


def _past_name(name: str, value: object, manifest: Manifest, item: DeclaredItem) -> PastName | None:
    if name == "owner" and value:
        return PastName(people_text(manifest, value), manifest.readers(item.audiences))
    if name not in ("objective", "parent") or not isinstance(value, str):
        return None
    objective = manifest.objectives.get(value)
    if objective is None:
        return None
    return PastName(objective.title, manifest.readers(objective.audiences))


def _says_the_same(was: Metric, now: Metric) -> bool:
    """Whether two states declare the same of an item: quicker than to write both out."""
    return (
        was.front == now.front
        and was.owner == now.owner
        and was.audiences == now.audiences
        and was.okr == now.okr
    )


def _page_says_the_same(was: Objective | Dashboard, now: Objective | Dashboard) -> bool:
    return replace(was, path=now.path, keys=now.keys) == now


def _plain_target(item: Metric | Objective | Dashboard) -> float | None:
    target = item.front.target if isinstance(item, Metric) else None
    if (
        isinstance(item, Metric)
        and isinstance(item.front, KeyResultFront)
        and item.front.type == "baseline"
    ):
        return None  # it counts periods
    return target if isinstance(target, (int, float)) else None


def _kind(item: Metric | Objective | Dashboard) -> ItemKind:
    if isinstance(item, Metric):
        return "key_result" if item.okr is not None else "metric"
    return "objective" if isinstance(item, Objective) else "dashboard"


def _place(now: Metric, fields: tuple[FieldChange, ...], sense: Meaning) -> Place:
    """Where somebody would look: the weightiest changed value that is written in the file, else its
    SQL."""
    heavy = [
        change.name
        for change in fields
        if CLASSES.get(change.name) in ("retargeted", "rescheduled", "redefined")
    ]
    written = [name for name in (*heavy, *(change.name for change in fields)) if name in now.keys]
    if heavy and heavy[0] in now.keys:
        return now.at(heavy[0])
    if sense.changed:
        return Place(now.path, now.sql.first_line, 1)
    return now.at(written[0]) if written else Place(now.path, 1, 1)
