"""How `sharekit announce` compares two states: what was revised, what it does to the numbers, in
which words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property

from msgspec import Struct

from sharekit.announce.answer_mails import WordedAnswer
from sharekit.announce.audience_writers import AudienceWriters, with_retired
from sharekit.announce.environment import StateComparison
from sharekit.announce.ledger.ledger import DeclaredState
from sharekit.announce.plan import is_announced
from sharekit.app.announcing import Announcer
from sharekit.app.inputs import CACHE
from sharekit.app.ledger_facts import moves_between
from sharekit.asks.answered import answers_between
from sharekit.history import manifest_of
from sharekit.mail.answer_mail import answer_view
from sharekit.numbers.results import ClosedKeyResult, Result, Results
from sharekit.project.lineage import lineage
from sharekit.project.load import load
from sharekit.project.manifest import Audiences, Manifest
from sharekit.records import replace
from sharekit.revisions.comparison_cache import comparing
from sharekit.revisions.effect import held_words, on_todays_data
from sharekit.revisions.effect.measure import EffectMeasurer, open_measurer, with_effects
from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.history_log import HistoryLog, history_log
from sharekit.revisions.history_walk import number_revisions
from sharekit.revisions.published_values import (
    published_values,
    values_from_json,
    values_to_json,
    with_data_effect,
)
from sharekit.revisions.revision import Impact, Reason, Revision
from sharekit.revisions.timeline import unknown_until
from sharekit.site.folders import tree_url
from sharekit.visible import (
    Visible,
    audiences_reading,
    declared_by_id,
    readers_of,
    visible_to,
)


def values_to_publish(announcer: Announcer) -> Mapping[str, object]:
    """What is published of each number today, as JSON says it."""
    return values_to_json(published_values(announcer.values().results))


class StateComparer(Struct, frozen=True, dict=True):
    """Compares two states on today's data, as announce asks for it."""

    announcer: Announcer

    @cached_property
    def today(self) -> Manifest:
        """The work tree, whose data old and new definitions are run on."""
        built = self.announcer.built
        return load(self.announcer.session.project.root) if built is None else built.effects.today

    @cached_property
    def effects(self) -> EffectMeasurer:
        if self.announcer.built is not None:
            return self.announcer.built.effects
        cache = self.announcer.session.project.root / CACHE
        return open_measurer(self.today, self.announcer.as_of, comparing(), cache)

    @property
    def _several(self) -> bool:
        """Whether some may not see all, so that it matters whom the past was for."""
        return self.announcer.people.several

    @property
    def comparer(self) -> Comparer:
        return self.effects.compare

    def __call__(self, before: DeclaredState, after: DeclaredState) -> StateComparison:
        """Every revision between the two, with its effect, and the words for it."""
        self.announcer.tell("Comparing with what was announced last")
        history = self.announcer.history
        old, new = (
            manifest_of(history, self.announcer.declared(before)),
            manifest_of(history, self.announcer.declared(after)),
        )
        waited = self._since_held(before, after, new)
        revisions = tuple(
            revision
            for revision in self._revisions(before, after, old, new)
            if revision.item not in before.held
        )
        published = values_from_json(before.published)
        weighed = (
            with_data_effect(revision, published.get(revision.item))
            for revision in (*with_effects(revisions, self.effects, old, new), *waited)
        )
        measured, held = self._announceable_and_held(tuple(weighed), new)
        self.effects.save()
        moves = moves_between(before, after, new, (*measured, *held))
        mailed_moves = frozenset(move.item for move in moves if is_announced(move, new))
        opened = tuple(_beside_move(revision, mailed_moves, new) for revision in measured)
        moved = (*self._with_numbers(opened, new, after.moment.commit), *moves)
        entries = tuple(_for_today(revision, self.announcer.people) for revision in moved)
        answered = answers_between(old, new, before.moment.on.date())
        with_past = with_retired(new, old, entries)
        items = {revision.item for revision in entries} | {answer.item.id for answer in answered}
        results = self._results(items, new, old)
        log = self._log(self.announcer.people, after.moment.commit) if self._several else None
        past = None if log is None else tuple(log.revisions)
        unknown_day = unknown_until(self.announcer.history, self.announcer.people)
        gone = {**({} if log is None else log.gone), **readers_of(old)}

        @cache
        def share(audience: str) -> Visible:
            return visible_to(
                audience,
                with_past,
                results,
                lineage(with_past, self.comparer.names),
                entries,
                past=past,
                unknown_until=unknown_day,
                gone=gone,
                today=self.announcer.people,
                url=tree_url(self.announcer.people, audience),
            )

        answers = tuple(
            WordedAnswer(
                answer,
                {name: answer_view(answer.ask.id, share(name)) for name in answer.ask.audiences},
            )
            for answer in answered
        )
        return StateComparison(entries, AudienceWriters(share), answers, held)

    def _revisions(
        self, before: DeclaredState, after: DeclaredState, old: Manifest, new: Manifest
    ) -> tuple[Revision, ...]:
        return find_revisions(
            old,
            new,
            before_moment=before.moment,
            after_moment=after.moment,
            as_of=after.as_of,
            compare=self.comparer,
        )

    def _since_held(
        self, before: DeclaredState, after: DeclaredState, new: Manifest
    ) -> tuple[Revision, ...]:
        """What waited in an earlier run, compared with the state that it was announced with last."""
        revisions: list[Revision] = []
        for number, state in before.earlier.items():
            old = manifest_of(self.announcer.history, self.announcer.declared(state))
            waited = [
                revision
                for revision in self._revisions(state, after, old, new)
                if before.held.get(revision.item) == number
            ]
            revisions += with_effects(waited, self.effects, old, new)
        return tuple(revisions)

    def _announceable_and_held(
        self, revisions: tuple[Revision, ...], new: Manifest
    ) -> tuple[tuple[Revision, ...], tuple[Revision, ...]]:
        """Those that can be announced, and those that wait because their query fails."""
        held = [
            revision
            for revision in revisions
            if is_announced(revision, new) and self._fails(revision, new)
        ]
        names = {revision.item for revision in held}
        waiting = tuple(
            replace(revision, impact=revision.impact or self._held_impact(revision, new))
            for revision in held
        )
        return tuple(revision for revision in revisions if revision.item not in names), waiting

    def _fails(self, revision: Revision, new: Manifest) -> bool:
        today = on_todays_data(new, self.today)
        return (
            revision.item in new.metrics
            and self.effects.measure(today, revision.item).failure is not None
        )

    def _held_impact(self, revision: Revision, new: Manifest) -> Impact:
        result = self.effects.measure(on_todays_data(new, self.today), revision.item)
        return Impact(None, None, None, None, None, held=held_words(result))

    def _results(self, items: set[str], new: Manifest, old: Manifest) -> Results:
        """Today's values of what the mails speak of: by the new definition, by the last one of what
        is gone, and as it ended where its period was over."""
        states = {item: new if item in new.metrics else old for item in sorted(items)}
        results = {
            item: self.effects.measure(on_todays_data(state, self.today), item)
            for item, state in states.items()
            if item in state.metrics
        }
        ended = {
            closed.metric.id: Result(closed.metric.id, closed.reading, okr=closed.okr)
            for closed in self.announcer.values().results.settled
            if closed.metric.id in results and _ended_last(closed, old, new)
        }
        return Results(self.announcer.as_of, results | ended)

    def _log(self, today: Manifest, commit: str | None) -> HistoryLog | None:
        """What was revised up to a commit, as far as history is here to tell."""
        history, built = self.announcer.history, self.announcer.built
        if commit is None or not history.git.have([commit]):
            return None
        store = None if built is None else built.history_logs
        log = history_log(history, today, self.comparer, store, until=commit)
        if store is not None:
            store.save()
        return log

    def _with_numbers(
        self, revisions: tuple[Revision, ...], new: Manifest, commit: str | None
    ) -> tuple[Revision, ...]:
        """Each revision with the number that the item's page gives it, where history is here to
        count."""
        is_counted = revisions and not self.announcer.history.shallow
        log = self._log(new, commit) if is_counted else None
        if log is None:
            return revisions
        past = number_revisions(tuple(log.revisions))
        entries = {revision.item: revision for revision in past}
        # What was promised among others stays there.
        audiences: dict[str, set[Audiences]] = {}
        for revision in past:
            audiences.setdefault(revision.item, set()).add(revision.audiences)
        return tuple(
            replace(
                revision,
                after=_last_change(revision, past).after,
                earlier=tuple(
                    _with_changes(reason, revision.item, past) for reason in revision.earlier
                ),
                number=entries[revision.item].number,
                gone_from=entries[revision.item].gone_from
                if "introduced" in revision.classes
                else (),
                original_target=entries[revision.item].original_target
                if len(audiences[revision.item]) == 1
                else None,
            )
            if revision.item in entries
            else revision
            for revision in revisions
        )


def _ended_last(closed: ClosedKeyResult, old: Manifest, new: Manifest) -> bool:
    """Whether a key result is gone and this is how its last period ended."""
    was, ended = old.metrics.get(closed.metric.id), closed.metric.okr
    if was is None or was.okr is None or ended is None or was.id in new.metrics:
        return False
    return (was.okr.objective, was.okr.period) == (ended.objective, ended.period)


def _last_change(revision: Revision, past: tuple[Revision, ...]) -> Revision:
    """The newest of an item's revisions that changed more than words: the day on which it
    happened."""
    revisions = [
        entry
        for entry in past
        if entry.item == revision.item and set(entry.classes) - {"words", "check_in"}
    ]
    return revisions[-1] if revisions else revision


def _with_changes(reason: Reason, item: str, past: tuple[Revision, ...]) -> Reason:
    """One of several reasons with what was changed for its sake."""
    for revision in past:
        if revision.item == item and revision.note == reason.note:
            return Reason(reason.note, revision.fields, revision.sql_changes)
    return reason


def _beside_move(revision: Revision, moved: frozenset[str], new: Manifest) -> Revision:
    """Of an item that was opened and whose status moved too: whoever knew it and belongs to none of
    the audiences that may read what it was hears of it as of something new."""
    if not revision.opens or revision.item not in moved:
        return revision
    readers = new.people_of(audiences_reading(revision.audiences, revision.former, new))
    return replace(revision, known_to=tuple(key for key in revision.known_to if key in readers))


def _for_today(revision: Revision, today: Manifest) -> Revision:
    """The revision of an item for those whom the item is for by now."""
    item = declared_by_id(revision.item, today)
    if item is None or item.audiences == revision.audiences:
        return revision
    return replace(revision, readers=today.readers(item.audiences))
