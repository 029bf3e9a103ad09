"""The story so far: every revision in a project's history, for its pages, and the change that is
not committed yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time

from msgspec import Struct

from sharekit.errors import Place, Problem
from sharekit.history import (
    SHALLOW_HINT,
    History,
    StateName,
    in_its_zone,
    listed_from,
    log,
    manifest_at,
    read_state,
)
from sharekit.history.moment import Moment
from sharekit.project.manifest import Manifest
from sharekit.project.read.yaml_text import read_yaml
from sharekit.records import replace
from sharekit.revisions.added_notes import with_corrected_notes, with_late_notes
from sharekit.revisions.effect.measure import EffectMeasurer
from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.history_log import (
    HistoryLogStore,
    LoggedStep,
    history_log,
    with_work_tree,
)
from sharekit.revisions.history_walk import HistoryStep, number_revisions
from sharekit.revisions.revision import Revision
from sharekit.visible import Gone, all_see_revision

SHALLOW = "this clone holds only the newest commits, so earlier revisions are not on the pages"
SEVERAL = ", nor are earlier notes: which audience could read them then is not known here"


class RevisionHistory(Struct, frozen=True):
    """What history tells up to the work tree."""

    revisions: tuple[Revision, ...]
    """Oldest first, numbered, with the effect that each had on its day."""
    meetings: Mapping[str, int]
    """Audience -> how often its meeting was moved."""
    gone: Gone
    """What was declared once and whom it was for last, whether it is still declared or not."""
    origin: str
    """What the project began with, as one word; "" in a shallow clone."""
    unknown_until: date | None = None
    """Of several audiences, the day up to which nobody can tell what each of them could see."""


def unknown_until(history: History, today: Manifest) -> date | None:
    """The day up to which the commits that are here, or listed, do not tell what was for whom; None
    where they tell all, and where there is one audience, for which everything was."""
    if not today.several:
        return None
    start = listed_from(history, today, "HEAD")
    if start is not None:
        return start.moment.on.date()
    return history.begins() if history.shallow else None


def past_revisions(
    history: History,
    today: Manifest,
    as_of: date,
    measurer: EffectMeasurer,
    store: HistoryLogStore | None = None,
) -> RevisionHistory:
    """The revisions, and how often each audience's meeting was moved.

    `today` is the manifest of the work tree. A page as of a day knows no later one, so none is
    told."""
    effects = _PastEffects(history, today, measurer)
    compare, measure = measurer.compare, effects.measure_step
    revision_log = history_log(history, today, compare, store, as_of=as_of, on_new_step=measure)
    if not history.committed():
        revision_log = with_work_tree(revision_log, history, today, compare, as_of, measure)
    revisions = [revision for step in revision_log.steps for revision in effects.with_effects(step)]
    corrected = with_corrected_notes(number_revisions(revisions), today)
    return RevisionHistory(
        with_late_notes(corrected, today, as_of),
        {
            name: revision_log.commits_before + revision_log.moves.get(name, 0)
            for name in today.audiences
        },
        revision_log.gone,
        revision_log.origin,
        unknown_until(history, today),
    )


class _PastEffects(Struct, frozen=True):
    """Gives revisions of the past the effect that each had on its day."""

    history: History
    today: Manifest
    measurer: EffectMeasurer
    measured: dict[tuple[str, str | None], Revision] = {}
    """Revisions with their effects by id and commit."""
    last_read: dict[str | None, Manifest] = {}
    """Commit -> what it declares, of the step that was read again last."""

    def measure_step(self, step: HistoryStep) -> None:
        """Measure the effects of a step while its states are at hand."""
        if step.before is not None:
            self._measure(step.revisions, step.before.manifest, step.after.manifest)

    def with_effects(self, step: LoggedStep) -> list[Revision]:
        """The revisions of a step; its states are read again where what is on record is not
        enough."""
        unknown = [revision for revision in step.revisions if self._on_record(revision) is None]
        if unknown and step.before is not None:
            names = (step.before, step.after)
            manifests = {name.commit: self._manifest(name) for name in names}
            self.last_read.clear()
            self.last_read.update(manifests)
            self._measure(unknown, *manifests.values())
        return [self._on_record(revision) or self._as_of(revision) for revision in step.revisions]

    def _on_record(self, revision: Revision) -> Revision | None:
        key = revision.id, revision.after.commit
        if key not in self.measured:
            on_record = self.measurer.on_record(self._as_of(revision))
            if on_record is None:
                return None
            self.measured[key] = on_record
        return self.measured[key]

    def _manifest(self, name: StateName) -> Manifest:
        if name.commit is None:
            return self.today
        return self.last_read.get(name.commit) or read_state(self.history, name).manifest

    def _measure(self, revisions: Iterable[Revision], before: Manifest, after: Manifest) -> None:
        entries = [self._as_of(revision) for revision in revisions]
        self.measurer.prepare_on_its_day(entries, before, after)
        for revision in entries:
            settled = self.measurer.settled(revision, before, after)
            entry = self.measurer.on_its_day(settled, before, after)
            self.measured[revision.id, revision.after.commit] = entry

    def _as_of(self, revision: Revision) -> Revision:
        """The revision with its days as of the day of the numbers."""
        as_of = self.measurer.as_of
        after, before = revision.after, revision.before
        if after.on.date() <= as_of and (before is None or before.on.date() <= as_of):
            return revision
        earlier = None if before is None else _no_later(before, as_of)
        return replace(revision, after=_no_later(after, as_of), before=earlier)


def _no_later(moment: Moment, as_of: date) -> Moment:
    if moment.on.date() <= as_of:
        return moment
    return replace(moment, on=datetime.combine(as_of, time(12), UTC))


class TimelineStep(Struct, frozen=True):
    """Two states of a project and what lies between them."""

    before: Manifest
    after: Manifest
    before_moment: Moment
    after_moment: Moment
    revisions: tuple[Revision, ...]
    """Net changes, in the order of ids; not numbered. Those of form alone are among them."""


def changes_between(
    history: History,
    today: Manifest,
    as_of: date,
    compare: Comparer,
    base: str,
    head: str | None = None,
) -> TimelineStep:
    """What changed from one commit to another; without `head`, to the work tree, whose manifest is
    `today`.

    Raises SharekitError where a commit is not there or holds no project.
    """
    before = manifest_at(history, base)
    after = today if head is None else manifest_at(history, head)
    last = history.working(as_of) if head is None else in_its_zone(history.moment(head), after)
    moments = in_its_zone(history.moment(base), before), last
    revisions = find_revisions(
        before,
        after,
        before_moment=moments[0],
        after_moment=moments[1],
        as_of=as_of,
        compare=compare,
    )
    return TimelineStep(before, after, *moments, revisions)


def shallow_warning(history: History, today: Manifest) -> tuple[str, str] | None:
    """What is missing and how to get it, in a shallow clone."""
    if not history.shallow:
        return None
    return (f"{SHALLOW}{SEVERAL if today.several else ''}", SHALLOW_HINT)


def no_history(reason: str, hint: str, manifest: Manifest) -> Problem:
    """The warning that pages cannot tell of earlier definitions."""
    return Problem(
        "no-history",
        reason,
        Place(manifest.config_path),
        hint=hint,
        severity="warning",
        phase="data",
    )


def with_answers(
    history: History, today: Manifest, as_of: date, revisions: tuple[Revision, ...]
) -> Manifest:
    """The manifest with the day of each answer that its question does not tell.

    That is the day on which the question first named its answer; or the day of the answer itself,
    where that was there before anybody asked. Where neither is known it stays open: in a shallow
    clone, and where the as-of date is fixed and the commit is later."""
    untold = {
        ask.path: ask
        for ask in today.asks.values()
        if ask.front.answered_by is not None and not ask.front.answered_on
    }
    if not untold:
        return today
    linked = _answer_days(history, frozenset(untold), as_of)
    fixed = today.config.project.as_of is not None
    asks = dict(today.asks)
    for path, ask in untold.items():
        item = ask.front.answered_by
        days = [
            revision.on
            for revision in revisions
            if revision.item == item and all_see_revision(ask.audiences, revision, today)
        ]
        first_day = min((day for day in days if not (fixed and day >= as_of)), default=None)
        day = first_day if first_day is not None and first_day <= ask.first else linked.get(path)
        if day is not None and not (fixed and day >= as_of):
            asks[ask.id] = replace(
                ask, front=ask.front.model_copy(update={"answered_on": min(day, as_of)})
            )
    return replace(today, asks=asks)


def _answer_days(history: History, paths: frozenset[str], as_of: date) -> dict[str, date]:
    """Question's file -> the day since which it names an answer; the as-of date where that is not
    committed yet."""
    layout, shallow = history.layout, history.shallow
    touches = log.walk(history.git, history.head, map(layout.path, sorted(paths)))
    texts = layout.blobs(
        (change.path, change.entry) for touch in touches for change in touch.changes
    ).texts
    since: dict[str, date | None] = {}
    for touch in touches:
        cut_off = (
            shallow and not touch.parents
        )  # whatever is in the oldest commit of such a clone is older
        for change in touch.changes:
            path = layout.short(change.path)
            if not _names_answer(texts.get(change.entry.blob, ""), path):
                since.pop(path, None)
            elif path not in since:
                since[path] = None if cut_off else touch.moment.on.date()
    return {path: day for path in paths if (day := since.get(path, as_of)) is not None}


def _names_answer(text: str, path: str) -> bool:
    value = read_yaml(text, path).value
    return isinstance(value, dict) and value.get("answered_by") is not None
