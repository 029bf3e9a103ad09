"""How `sharekit announce` compares two states: what was revised, what it does to the numbers, in
which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

from sharekit.announce import Compared
from sharekit.announce.answers import Told
from sharekit.announce.ledger.ledger import State
from sharekit.announce.plan import announced
from sharekit.announce.words import Words, with_retired
from sharekit.app.announcing import AnnounceProject
from sharekit.app.inputs import CACHE
from sharekit.app.published_since import quiet_moves
from sharekit.asks.answered import answers_between
from sharekit.history import manifest_of, manifests
from sharekit.mail.answer import answer_mail
from sharekit.numbers.results import Results
from sharekit.project.lineage import lineage
from sharekit.project.load import load
from sharekit.project.manifest import Manifest
from sharekit.revisions.comparison_cache import comparing
from sharekit.revisions.effect import held_words, on_todays_data
from sharekit.revisions.effect.measure import EffectMeasurer, with_effects
from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.fold import fold
from sharekit.revisions.published_values import standings, to_json
from sharekit.revisions.revision import Impact, Reason, Revision
from sharekit.site.folders import tree_url
from sharekit.visible import Readers, Visible, declared_as, readers_of, visible_to


def published(desk: AnnounceProject) -> Mapping[str, object]:
    """What is published of each number today, as JSON says it."""
    return to_json(standings(desk.values().results))


@dataclass(frozen=True)
class Comparison:
    """Compares two states on today's data, as announce asks for it."""

    desk: AnnounceProject

    @cached_property
    def today(self) -> Manifest:
        """The work tree, whose data old and new definitions are run on."""
        built = self.desk.built
        return load(self.desk.session.project.root) if built is None else built.effects.today

    @cached_property
    def effects(self) -> EffectMeasurer:
        if self.desk.built is not None:
            return self.desk.built.effects
        cache = self.desk.session.project.root / CACHE
        return EffectMeasurer(self.today, self.desk.as_of, Comparer(comparing()), cache)

    @property
    def comparer(self) -> Comparer:
        return self.effects.compare

    def __call__(self, before: State, after: State) -> Compared:
        """Every revision between the two, with its effect, and the words for it."""
        self.desk.tell("Comparing with what was announced last")
        reader = self.desk.history.reader
        old, new = (
            manifest_of(self.desk.declared(before), None, reader),
            manifest_of(self.desk.declared(after), None, reader),
        )
        waited = self._since_held(before, after, new)
        found = find_revisions(
            old,
            new,
            before_moment=before.moment,
            after_moment=after.moment,
            as_of=after.as_of,
            compare=self.comparer,
        )
        found = tuple(each for each in found if each.item not in before.held)
        weighed, held = self._apart((*with_effects(found, self.effects, old, new), *waited), new)
        self.effects.save()
        quiet = quiet_moves(before, after, new, (*weighed, *held))
        moved = (*self._numbered(weighed, after.moment.commit), *quiet)
        told = tuple(_for_today(each, self.desk.people) for each in moved)
        answered = answers_between(old, new, before.moment.on.date())
        spoken = with_retired(new, old, told)
        items = {each.item for each in told} | {each.item.id for each in answered}
        results = self._results(items, new, old)
        gone = self._ever_declared(after.moment.commit) | readers_of(old)

        @cache
        def share(audience: str) -> Visible:
            return visible_to(
                audience,
                spoken,
                results,
                lineage(spoken, self.comparer.names),
                told,
                gone=gone,
                today=self.desk.people,
                url=tree_url(self.desk.people, audience),
            )

        answers = tuple(
            Told(each, answer_mail(each.ask.id, share(each.ask.audience))) for each in answered
        )
        return Compared(told, Words(share), answers, held)

    def _since_held(self, before: State, after: State, new: Manifest) -> tuple[Revision, ...]:
        """What waited in an earlier run, compared with the state that was told of it last."""
        found: list[Revision] = []
        for number, state in before.earlier.items():
            old = manifest_of(self.desk.declared(state), None, self.desk.history.reader)
            changed = find_revisions(
                old,
                new,
                before_moment=state.moment,
                after_moment=after.moment,
                as_of=after.as_of,
                compare=self.comparer,
            )
            mine = [each for each in changed if before.held.get(each.item) == number]
            found += with_effects(mine, self.effects, old, new)
        return tuple(found)

    def _apart(
        self, revisions: tuple[Revision, ...], new: Manifest
    ) -> tuple[tuple[Revision, ...], tuple[Revision, ...]]:
        """Those that can be told, and those that wait because their query fails."""
        held = [each for each in revisions if announced(each, new) and self._fails(each, new)]
        names = {each.item for each in held}
        waiting = tuple(replace(each, impact=each.impact or self._held(each, new)) for each in held)
        return tuple(each for each in revisions if each.item not in names), waiting

    def _fails(self, revision: Revision, new: Manifest) -> bool:
        today = on_todays_data(new, self.today)
        return (
            revision.item in new.metrics
            and self.effects.measure(today, revision.item).failure is not None
        )

    def _held(self, revision: Revision, new: Manifest) -> Impact:
        result = self.effects.measure(on_todays_data(new, self.today), revision.item)
        return Impact(None, None, None, None, None, held=held_words(result))

    def _results(self, wanted: set[str], new: Manifest, old: Manifest) -> Results:
        """Today's values of what the mails speak of: by the new definition, by the last one of what
        is gone."""
        states = {item: new if item in new.metrics else old for item in sorted(wanted)}
        found = {
            item: self.effects.measure(on_todays_data(state, self.today), item)
            for item, state in states.items()
            if item in state.metrics
        }
        return Results(self.desk.as_of, found)

    def _ever_declared(self, commit: str | None) -> dict[str, Readers]:
        """Whom everything was for that was ever declared, where history is here to tell."""
        history, found = self.desk.history, dict[str, Readers]()
        if (
            self.desk.people.several
            and commit is not None
            and not history.shallow
            and history.git.have([commit])
        ):
            for _, manifest in manifests(history, commit):
                found |= readers_of(manifest)
        return found

    def _numbered(
        self, revisions: tuple[Revision, ...], commit: str | None
    ) -> tuple[Revision, ...]:
        """Each revision with the number that the item's page gives it, where history is here to
        count."""
        history = self.desk.history
        if not revisions or commit is None or history.shallow or not history.git.have([commit]):
            return revisions
        past = fold(manifests(history, commit), compare=self.comparer)
        known = {each.item: each for each in past}
        # What was promised among others stays there.
        audiences: dict[str, set[str]] = {}
        for each in past:
            audiences.setdefault(each.item, set()).add(each.audience)
        return tuple(
            replace(
                each,
                after=_last_change(each, past).after,
                earlier=tuple(_with_changes(reason, each.item, past) for reason in each.earlier),
                number=known[each.item].number,
                original_target=known[each.item].original_target
                if len(audiences[each.item]) == 1
                else None,
            )
            if each.item in known
            else each
            for each in revisions
        )


def _last_change(revision: Revision, past: tuple[Revision, ...]) -> Revision:
    """The newest of an item's revisions that changed more than words: the day on which it
    happened."""
    found = [
        each
        for each in past
        if each.item == revision.item and set(each.classes) - {"words", "check_in"}
    ]
    return found[-1] if found else revision


def _with_changes(reason: Reason, item: str, past: tuple[Revision, ...]) -> Reason:
    """One of several reasons with what was changed for its sake."""
    for each in past:
        if each.item == item and each.note == reason.note:
            return Reason(reason.note, each.fields, each.sql_changes)
    return reason


def _for_today(revision: Revision, today: Manifest) -> Revision:
    """The revision of an item for those whom the item is for by now."""
    item = declared_as(revision.item, today)
    if item is None or item.audience == revision.audience:
        return revision
    members = today.audiences.get(item.audience, frozenset())
    return replace(revision, audience=item.audience, members=tuple(sorted(members)))
