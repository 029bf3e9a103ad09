"""Who may see what, the past included: asked here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from sharekit.project.addresses import concealed
from sharekit.project.manifest import (
    Ask,
    Audiences,
    Dashboard,
    DeclaredItem,
    Manifest,
    Metric,
    Readers,
    Source,
)
from sharekit.revisions.revision import Revision

LastReaders = tuple[Readers, ...]
"""Whom something was for last: those who are meant by each of these. A source may have several."""


Gone = Mapping[str, LastReaders]
"""Id of something that is no longer declared -> whom it was for last."""


class Door(Struct, frozen=True):
    """Decides for one audience."""

    audience: str
    manifest: Manifest
    today: Manifest
    gone: Gone

    @property
    def states(self) -> tuple[Manifest, Manifest]:
        return self.manifest, self.today

    def readers(self, readers: Readers) -> bool:
        """Whether what is, or was, for these readers may be seen: by who belongs to their audiences
        today, and of an audience that is no longer declared by who belonged to it then."""
        if any(reader.name == self.audience for reader in readers):
            return True
        current = self.today.audiences
        inside = current.get(self.audience, frozenset())
        belong = (current.get(reader.name, reader.members) for reader in readers)
        return bool(inside) and inside <= frozenset().union(*belong)

    def owners(self, audiences: Audiences) -> bool:
        """The same for something that `manifest` declares."""
        return self.readers(self.manifest.readers(audiences))

    def item(self, item: DeclaredItem) -> bool:
        """Whether something declared may be seen: in the state that it is in, and as it is
        today."""
        if not self._sees_by_itself(item, self.manifest):
            return False
        if self.today is self.manifest:
            return True
        now = declared_by_id(item.id, self.today)
        return now is None or self._sees_by_itself(now, self.today)

    def _sees_by_itself(self, item: DeclaredItem, manifest: Manifest) -> bool:
        """A key result is at most as visible as its objective: its page names it."""
        if not self.readers(manifest.readers(item.audiences)):
            return False
        if not isinstance(item, Metric) or item.okr is None:
            return True
        objective = manifest.objectives.get(item.okr.objective)
        return objective is None or self.readers(manifest.readers(objective.audiences))

    def source(self, source: Source) -> bool:
        audience_sets = audiences_of_source(source, self.manifest)
        if source.id in self.today.sources:
            audience_sets |= audiences_of_source(self.today.sources[source.id], self.today)
        return all(self.owners(owners) for owners in audience_sets)

    def former(self, last: LastReaders) -> bool:
        return all(self.readers(readers) for readers in last)

    def was_in_sight(self, name: str) -> bool:
        """Whether something that is gone was for these readers last. Of what nobody remembers,
        whoever names it decides."""
        return self.former(self.gone.get(name, ()))

    def answer(self, ask: Ask) -> bool:
        """Whether what answers a question is there and in sight."""
        name = ask.front.answered_by or ""
        answer = self.manifest.metrics.get(name) or self.manifest.dashboards.get(name)
        return answer is not None and self.item(answer)


def sees_item(audience: str, item: DeclaredItem, manifest: Manifest) -> bool:
    """Whether an audience may see something declared in `manifest`, by its audiences."""
    return Door(audience, manifest, manifest, {}).item(item)


def sees_audiences(audience: str, owners: Audiences, manifest: Manifest) -> bool:
    """Whether an audience may see what is for these."""
    return Door(audience, manifest, manifest, {}).readers(manifest.readers(owners))


def all_see(readers: Audiences, owners: Audiences, manifest: Manifest) -> bool:
    """Whether each of the first audiences may see what is for the second."""
    return all(sees_audiences(reader, owners, manifest) for reader in readers)


def all_see_item(readers: Audiences, item: DeclaredItem, manifest: Manifest) -> bool:
    """Whether each of these audiences may see something declared."""
    return all(sees_item(reader, item, manifest) for reader in readers)


def all_see_revision(readers: Audiences, revision: Revision, today: Manifest) -> bool:
    """Whether each of these audiences may know that something was revised, by those whom it was for
    then."""
    return all(Door(name, today, today, {}).readers(revision.readers) for name in readers)


def was_opened(was: DeclaredItem, now: DeclaredItem, before: Manifest, after: Manifest) -> bool:
    """Whether something was given to other audiences in which people see it who could not see it
    before.

    An audience that was only given another name is the same one. People are known by their
    mailboxes, or by key and name where an address was corrected."""
    if was.audiences == now.audiences or after.all_see(now.audiences, was.audiences):
        return False
    all_knew = could_see_before(was, now, before, after) == _inside(now.audiences, after)
    return not (all_knew or _only_renamed(was, now, before, after))


def _only_renamed(was: DeclaredItem, now: DeclaredItem, before: Manifest, after: Manifest) -> bool:
    """Whether all that differs in its audiences is the name of one, with people who stayed."""
    old_audiences = tuple(name for name in was.audiences if name not in after.audiences)
    new = tuple(name for name in now.audiences if name not in before.audiences)
    same = set(was.audiences) - set(old_audiences) == set(now.audiences) - set(new)
    stayed = readers_before(old_audiences, before, _inside(new, after), after)
    return same and len(old_audiences) == len(new) == 1 and bool(stayed)


def may_see_end(then: Metric, now: DeclaredItem, today: Manifest) -> bool:
    """Whether everybody who sees something today may know how it was when its period ended."""
    return today.all_see(now.audiences, then.audiences)


def could_see_before(
    was: DeclaredItem, now: DeclaredItem, before: Manifest, after: Manifest
) -> tuple[str, ...]:
    """People who see something now and could see it before: keys of `after`."""
    return readers_before(was.audiences, before, _inside(now.audiences, after), after)


def still_readers(
    was: DeclaredItem, now: DeclaredItem, before: Manifest, after: Manifest
) -> Audiences:
    """Those of the audiences that something is for now which may read what it was before."""
    return audiences_reading(now.audiences, before.readers(was.audiences), after)


def audiences_reading(audiences: Audiences, former: Readers, today: Manifest) -> Audiences:
    """Those of these audiences that may read what was for these readers."""
    return tuple(name for name in audiences if Door(name, today, today, {}).readers(former))


def readers_before(
    audiences: Audiences, before: Manifest, people: Iterable[str], after: Manifest
) -> tuple[str, ...]:
    """Those of these people who belonged to the audiences before."""
    former = [_marks(key, before) for key in before.people_of(audiences)]
    return tuple(key for key in people if any(_marks(key, after) & marks for marks in former))


def _inside(audiences: Audiences, manifest: Manifest) -> tuple[str, ...]:
    return tuple(sorted(manifest.people_of(audiences)))


def _marks(person: str, manifest: Manifest) -> frozenset[str]:
    """What a person is known by from one state to the next."""
    person_config = manifest.config.people.get(person)
    key_and_name = {f"{person}\n{person_config.name}"} if person_config is not None else set[str]()
    return frozenset({mailbox(person, manifest), *key_and_name})


def mailbox(person: str, manifest: Manifest) -> str:
    """What a person is known by: the mark of the address, or the key of one who has none."""
    person_config = manifest.config.people.get(person)
    return (
        concealed(person_config.email)
        if person_config is not None and person_config.email
        else person
    )


def person_sees(person: str, item: DeclaredItem, manifest: Manifest) -> bool:
    """Whether a person belongs to those whom something declared is for."""
    groups = [item.audiences]
    if isinstance(item, Metric) and item.okr and item.okr.objective in manifest.objectives:
        groups.append(manifest.objectives[item.okr.objective].audiences)
    return all(person in manifest.people_of(audiences) for audiences in groups)


def answer_to(ask: Ask, manifest: Manifest) -> Metric | Dashboard | None:
    """What answers a question, where it is there and each of the question's audiences may see
    it."""
    name = ask.front.answered_by or ""
    answer = manifest.metrics.get(name) or manifest.dashboards.get(name)
    return answer if answer is not None and all_see_item(ask.audiences, answer, manifest) else None


def readers_of(manifest: Manifest) -> dict[str, LastReaders]:
    """Everything that a manifest declares, by id, with whom it is for: what `gone` is collected
    from."""
    items: list[DeclaredItem] = [
        *manifest.queries,
        *manifest.objectives.values(),
        *manifest.dashboards.values(),
    ]
    groups = {item.id: (manifest.readers(item.audiences),) for item in items}
    keepers = {
        name: audiences_of_source(source, manifest) for name, source in manifest.sources.items()
    }
    return groups | {
        name: tuple(manifest.readers(audiences) for audiences in sorted(limits))
        for name, limits in keepers.items()
        if limits
    }


def audiences_of_source(source: Source, manifest: Manifest) -> frozenset[Audiences]:
    """Whom the rows of a source are kept for: a file that one source keeps for some audiences is
    kept for them whichever source reads it. Who reads it must be meant by each entry."""
    return manifest.kept_for.get(source.id, frozenset())


def declared_by_id(name: str, manifest: Manifest) -> DeclaredItem | None:
    """Anything declared by its id: metric, view, objective, dashboard or question."""
    item = manifest.sql_item(name) or manifest.objectives.get(name)
    return item or manifest.dashboards.get(name) or manifest.asks.get(name)
