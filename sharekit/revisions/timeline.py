"""The story so far: every revision in a project's history, for its pages, and the change that is
not committed yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time

from msgspec import Struct

from sharekit.errors import Place, Problem
from sharekit.history import (
    SHALLOW_HINT,
    History,
    ListedStates,
    in_its_zone,
    listed_states,
    log,
    manifest_at,
    manifests,
)
from sharekit.history.moment import Moment
from sharekit.project.manifest import KeyResultTerms, Manifest
from sharekit.project.read.yaml_text import read_yaml
from sharekit.records import replace
from sharekit.revisions.effect.measure import EffectMeasurer
from sharekit.revisions.fields import digest
from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.history_walk import HistoryStep, history_steps, number_revisions
from sharekit.revisions.notes import with_corrected_notes
from sharekit.revisions.revision import Revision
from sharekit.visible import Gone, LastReaders, all_see_revision, readers_of, sees_item

SHALLOW = "this clone holds only the newest commits, so earlier revisions are not on the pages"


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


def past_revisions(
    history: History, today: Manifest, as_of: date, measurer: EffectMeasurer
) -> RevisionHistory:
    """The revisions, and how often each audience's meeting was moved.

    `today` is the manifest of the work tree. In a shallow clone the oldest commit that is there
    introduces everything, which nobody should be told: those revisions are left out."""
    past_states = listed_states(history, today)
    revisions: list[Revision] = []
    meetings: Counter[str] = Counter()
    gone: dict[str, LastReaders] = {}
    origin = ""
    if past_states.start is not None:
        meetings.update(dict.fromkeys(today.audiences, history.count(past_states.start)))
        gone |= ever_declared(history, today, past_states.start)
        origin = _origin(history, as_of, measurer.compare)
    states = _states(past_states, history, today, as_of)
    for place, turn in enumerate(history_steps(states, as_of=as_of, compare=measurer.compare)):
        gone |= readers_of(turn.after)
        if place:
            meetings.update(
                name
                for name in today.audiences
                if _series(turn.before, name) != _series(turn.after, name)
            )
        elif past_states.start is not None or history.shallow:
            continue
        else:
            origin = _name_of(turn)
        measurer.prepare_on_its_day(turn.revisions, turn.before, turn.after)
        settled_revisions = (
            measurer.settled(revision, turn.before, turn.after) for revision in turn.revisions
        )
        revisions += (
            measurer.on_its_day(revision, turn.before, turn.after) for revision in settled_revisions
        )
    return RevisionHistory(
        with_corrected_notes(number_revisions(revisions), today), dict(meetings), gone, origin
    )


def _series(manifest: Manifest, audience: str) -> object:
    """What makes the series of an audience's meetings; None without a meeting. It begins with the
    first period of a key result that the audience may see."""
    declared = manifest.config.audiences.get(audience)
    if declared is None or declared.meeting is None:
        return None
    zone = declared.meeting.timezone or manifest.config.project.timezone
    begins = min((terms.period.start for terms in _terms(manifest, audience)), default=None)
    return declared.meeting, zone, declared.meeting.starts or begins


def _terms(manifest: Manifest, audience: str) -> Iterator[KeyResultTerms]:
    for metric in manifest.key_results.values():
        if metric.okr and sees_item(audience, metric, manifest):
            yield metric.okr


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


def shallow_warning(history: History) -> tuple[str, str] | None:
    """What is missing and how to get it, in a shallow clone."""
    return (SHALLOW, SHALLOW_HINT) if history.shallow else None


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


def ever_declared(history: History, today: Manifest, commit: str) -> dict[str, LastReaders]:
    """Whom everything was for that was declared up to a commit, where some may not see all."""
    readers: dict[str, LastReaders] = {}
    for _, manifest in manifests(history, commit) if today.several else ():
        readers |= readers_of(manifest)
    return readers


def _origin(history: History, as_of: date, compare: Comparer) -> str:
    """What the project began with, where its history is not listed from there on."""
    begin = history.first_declared()
    steps = history_steps(manifests(history, begin), as_of=as_of, compare=compare) if begin else ()
    return next(map(_name_of, steps), "")


def _name_of(first: HistoryStep) -> str:
    return digest([revision.id for revision in first.revisions])


def _states(
    past_states: ListedStates, history: History, today: Manifest, as_of: date
) -> Iterator[tuple[Moment, Manifest]]:
    """What was declared when, up to the work tree. A page as of a day knows no later one, so none
    is told."""
    last = datetime.combine(as_of, time(12), UTC)
    for moment, manifest in past_states.states:
        late = moment.on.date() > as_of
        yield replace(moment, on=last) if late else moment, manifest
    if not history.committed():
        yield history.working(as_of), today


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
