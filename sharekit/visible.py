"""The one door: what an audience may see of a project at one moment, and the only maker of what
renderers are given.

    visible_to("team", manifest, results, lineage, revisions) -> Visible

Pages, mails, chat messages, pre-reads, feeds, calendars, JSON, twins and MCP are made from a
`Visible` and from the types in it. Those types can be made nowhere else: each asks for a pass that
only this module has, and `replace` on one of them fails. So a renderer need not know who may see
what, and cannot forget to ask.

Who may see what is decided here, the past included. A thing is for its audience, or its several
audiences, and for every audience whose members all belong to those. Whoever joins an audience may read its past: what
counts is who belongs to it today. Of an audience that is no longer declared it counts who belonged
to it then. A thing that was opened to more people shows them what it is, not what it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import InitVar, dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from sharekit.numbers.measure.goals import METRICS, target_source
from sharekit.numbers.results import ClosedKeyResult, ObjectiveReading, Reading, Result, Results
from sharekit.okr.assessment import grade_objectives
from sharekit.project.addresses import concealed
from sharekit.project.lineage import SCHEMA, Lineage
from sharekit.project.manifest import (
    EVERYONE,
    Ask,
    Audiences,
    Dashboard,
    DeclaredItem,
    Manifest,
    Metric,
    Objective,
    Period,
    Readers,
    Source,
    Sql,
    View,
)
from sharekit.revisions.revision import (
    EffectStep,
    FieldChange,
    Impact,
    PastName,
    Reason,
    Revision,
    SqlChange,
)

WITHHELD = (
    "This definition reads something that is not shared with this audience, so it is not shown"
    " here."
)
FAILED = "It could not be computed today."
HELD_BACK = "Held: the query fails."
NOT_RENEWED = "What it reads could not be renewed today."
NOT_SHARED = "a part of the definition that is not shared here"
"""Label of a step towards a new definition that names what is out of sight; its effect stays, so
that all add up."""
_GONE = "The old definition no longer runs."

_PASS = object()
VisibleT = TypeVar("VisibleT")
ItemT = TypeVar("ItemT", View, Metric, Objective, Dashboard, Ask)


def _check_pass(made: object, door: object) -> None:
    if door is not _PASS:
        raise TypeError(f"{type(made).__name__} is made by visible_to alone")


# -- what renderers are given ---------------------------------------------------------------------


@dataclass(frozen=True)
class VisibleManifest(Manifest):
    """What is declared, so far as one audience may see it: no files, no problems, no other
    audience."""

    audience: str = field(kw_only=True)
    members: frozenset[str] = field(kw_only=True)
    """Keys of the people who belong to the audience."""
    one_of_several: bool = field(kw_only=True)
    """Whether the project has other audiences too."""
    door: InitVar[object] = field(kw_only=True)

    def __post_init__(self, door: object) -> None:
        _check_pass(self, door)

    @cached_property
    def audiences(self) -> Mapping[str, frozenset[str]]:
        """Members of this audience alone."""
        return {self.audience: self.members}

    @property
    def several(self) -> bool:
        return self.one_of_several

    @property
    def audience_name(self) -> str:
        """Title of the audience; "" where the project declares none."""
        return self.audience_title(self.audience) if self.several or self.config.audiences else ""

    def sees(self, reader: str, owners: Audiences) -> bool:
        raise AssertionError("what is in here was let through already")


@dataclass(frozen=True)
class VisibleResults(Results):
    """Outcomes of what is visible. Objectives are graded by what is visible alone."""

    door: InitVar[object] = field(kw_only=True)

    def __post_init__(self, door: object) -> None:
        _check_pass(self, door)


@dataclass(frozen=True)
class VisibleLineage(Lineage):
    """Edges between visible items, and visible sources."""

    door: InitVar[object] = field(kw_only=True)

    def __post_init__(self, door: object) -> None:
        _check_pass(self, door)


@dataclass(frozen=True)
class VisibleRevision(Revision):
    """A revision without what its readers may not see."""

    door: InitVar[object] = field(kw_only=True)

    def __post_init__(self, door: object) -> None:
        _check_pass(self, door)


@dataclass(frozen=True)
class Visible:
    """One audience's share of a project at one moment."""

    audience: str
    manifest: VisibleManifest
    results: VisibleResults
    lineage: VisibleLineage
    revisions: tuple[VisibleRevision, ...]
    """Newest first."""
    withheld: frozenset[str]
    """Visible items whose SQL names something hidden: their SQL stays out."""
    url: str | None
    """Where its tree is published, ending in "/"; None where that is not known."""
    origin: str
    """Tells this project from others and is never shown: what it began with; "" where history does
    not know."""
    door: InitVar[object] = field(kw_only=True)

    def __post_init__(self, door: object) -> None:
        _check_pass(self, door)

    @property
    def as_of(self) -> date:
        return self.results.as_of

    def result(self, metric: str) -> Result:
        """The outcome of a metric; an empty one where it was not evaluated."""
        return self.results.results.get(metric) or Result(metric, None)

    @cached_property
    def key_results_of(self) -> Mapping[str, tuple[Metric, ...]]:
        """Objective -> its visible key results, in order."""
        groups: dict[str, list[Metric]] = {}
        for metric in self.manifest.key_results.values():
            if metric.okr:
                groups.setdefault(metric.okr.objective, []).append(metric)
        return {name: tuple(metrics) for name, metrics in groups.items()}

    @cached_property
    def children_of(self) -> Mapping[str, tuple[Objective, ...]]:
        """Objective -> visible objectives that serve it."""
        groups: dict[str, list[Objective]] = {}
        for objective in self.manifest.objectives.values():
            if objective.front.parent:
                groups.setdefault(objective.front.parent, []).append(objective)
        return {name: tuple(objectives) for name, objectives in groups.items()}

    @cached_property
    def revisions_of(self) -> Mapping[str, tuple[VisibleRevision, ...]]:
        """Item -> its revisions, newest first."""
        groups: dict[str, list[VisibleRevision]] = {}
        for revision in self.revisions:
            groups.setdefault(revision.item, []).append(revision)
        return {name: tuple(entries) for name, entries in groups.items()}

    def objective_reading(self, objective: str) -> ObjectiveReading | None:
        return self.results.objectives.get(objective)

    def period_of(self, objective: Objective) -> Period | None:
        """The objective's period: its own, else that of its first key result, else of the first
        that serves it."""
        return self._period(objective, frozenset())

    def _period(self, objective: Objective, above: frozenset[str]) -> Period | None:
        """`above`: those that asked; a circle ends where it closes."""
        if objective.period:
            return objective.period
        for metric in self.key_results_of.get(objective.id, ()):
            if metric.okr:
                return metric.okr.period
        here = above | {objective.id}
        below = (
            self._period(child, here)
            for child in self.children_of.get(objective.id, ())
            if child.id not in here
        )
        return next((period for period in below if period), None)


# -- the door -------------------------------------------------------------------------------------


LastReaders = tuple[Readers, ...]
"""Whom something was for last: those who are meant by each of these. A source may have several."""
Gone = Mapping[str, LastReaders]
"""Id of something that is no longer declared -> whom it was for last."""


def visible_to(
    audience: str,
    manifest: Manifest,
    results: Results,
    lineage: Lineage,
    revisions: Iterable[Revision] = (),
    *,
    gone: Gone | None = None,
    today: Manifest | None = None,
    url: str | None = None,
    origin: str = "",
) -> Visible:
    """Everything of a project that `audience` may see.

    `gone`: what was declared once, so that its names stay with those who knew them. `today` says
    who belongs to which audience and what is for whom now, where `manifest` is an earlier state:
    what became narrower since is out of sight."""
    door = _Door(audience, manifest, today or manifest, gone or {})
    shown = door.manifest_shown()
    past = tuple(revisions)
    hidden = _hidden(door, shown, past)
    queries: list[Metric | View] = [*shown.metrics.values(), *shown.views.values()]
    withheld = frozenset(item.id for item in queries if hidden.named_in(item.sql.text))
    cut = (door.revision(revision, hidden) for revision in past)
    ordered = sorted(
        (r for r in cut if r is not None), key=lambda r: (r.after.on, r.number, r.id), reverse=True
    )
    return Visible(
        audience=audience,
        manifest=shown,
        results=_results(results, manifest, shown, withheld, hidden, ordered),
        lineage=_lineage(lineage, shown, withheld),
        revisions=tuple(_made(VisibleRevision, revision) for revision in ordered),
        withheld=withheld,
        url=url,
        origin=origin,
        door=_PASS,
    )


def unrestricted(
    revision: Revision, manifest: Manifest, results: Results
) -> tuple[VisibleRevision, Visible]:
    """A revision as the person sees it who has the repository itself, in a terminal: nothing is out
    of sight there."""
    shown = _made(VisibleRevision, revision)
    audience = next(iter(revision.audiences), EVERYONE)
    everything = Visible(
        audience=audience,
        manifest=_made(
            VisibleManifest,
            manifest,
            audience=audience,
            members=manifest.audiences.get(audience, frozenset()),
            one_of_several=manifest.several,
        ),
        results=_made(VisibleResults, results),
        lineage=VisibleLineage({}, {}, door=_PASS),
        revisions=(shown,),
        withheld=frozenset(),
        url=None,
        origin="",
        door=_PASS,
    )
    return shown, everything


def sees_item(
    audience: str, item: DeclaredItem, manifest: Manifest, today: Manifest | None = None
) -> bool:
    """Whether an audience may see something declared in `manifest`, by today's audiences."""
    return _Door(audience, manifest, today or manifest, {}).item(item)


def sees_audiences(audience: str, owners: Audiences, manifest: Manifest) -> bool:
    """Whether an audience may see what is for these."""
    return _Door(audience, manifest, manifest, {}).readers(manifest.readers(owners))


def all_see(readers: Audiences, owners: Audiences, manifest: Manifest) -> bool:
    """Whether each of the first audiences may see what is for the second."""
    return all(sees_audiences(reader, owners, manifest) for reader in readers)


def all_see_item(readers: Audiences, item: DeclaredItem, manifest: Manifest) -> bool:
    """Whether each of these audiences may see something declared."""
    return all(sees_item(reader, item, manifest) for reader in readers)


def all_see_revision(readers: Audiences, revision: Revision, today: Manifest) -> bool:
    """Whether each of these audiences may know that something was revised, by those whom it was for
    then."""
    return all(_Door(name, today, today, {}).readers(revision.readers) for name in readers)


def was_opened(was: DeclaredItem, now: DeclaredItem, before: Manifest, after: Manifest) -> bool:
    """Whether something was given to other audiences in which people see it who could not see it
    before.

    An audience that was only given another name is the same one. People are known by their
    mailboxes, whatever they or their audience are called."""
    if was.audiences == now.audiences or after.all_see(now.audiences, was.audiences):
        return False
    knew, see = _mailboxes(was.audiences, before), _mailboxes(now.audiences, after)
    return not (see <= knew or _only_renamed(was, now, before, after))


def _only_renamed(was: DeclaredItem, now: DeclaredItem, before: Manifest, after: Manifest) -> bool:
    """Whether all that differs in its audiences is the name of one, with people who stayed."""
    gone = tuple(name for name in was.audiences if name not in after.audiences)
    new = tuple(name for name in now.audiences if name not in before.audiences)
    same = set(was.audiences) - set(gone) == set(now.audiences) - set(new)
    stayed = _mailboxes(gone, before) & _mailboxes(new, after)
    return same and len(gone) == len(new) == 1 and bool(stayed)


def may_see_end(then: Metric, now: DeclaredItem, today: Manifest) -> bool:
    """Whether everybody who sees something today may know how it was when its period ended."""
    return today.all_see(now.audiences, then.audiences)


def could_see_before(
    was: DeclaredItem, now: DeclaredItem, before: Manifest, after: Manifest
) -> tuple[str, ...]:
    """People who see something now and could see it before: keys of `after`."""
    knew = _mailboxes(was.audiences, before)
    inside = after.people_of(now.audiences)
    return tuple(key for key in sorted(inside) if mailbox(key, after) in knew)


def mailbox(person: str, manifest: Manifest) -> str:
    """What a person is known by: the mark of the address, or the key of one who has none."""
    known_person = manifest.config.people.get(person)
    return (
        concealed(known_person.email) if known_person is not None and known_person.email else person
    )


def _mailboxes(audiences: Audiences, manifest: Manifest) -> frozenset[str]:
    return frozenset(mailbox(key, manifest) for key in manifest.people_of(audiences))


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
    found = manifest.metrics.get(name) or manifest.dashboards.get(name)
    return found if found is not None and all_see_item(ask.audiences, found, manifest) else None


def visible_manifest(audience: str, manifest: Manifest) -> VisibleManifest:
    """What is declared, so far as an audience may see it: for what needs no number and no past."""
    return _Door(audience, manifest, manifest, {}).manifest_shown()


def readers_of(manifest: Manifest) -> dict[str, LastReaders]:
    """Everything that a manifest declares, by id, with whom it is for: what `gone` is collected
    from."""
    items: list[DeclaredItem] = [
        *manifest.queries,
        *manifest.objectives.values(),
        *manifest.dashboards.values(),
    ]
    groups = {item.id: (manifest.readers(item.audiences),) for item in items}
    kept = {
        name: audiences_of_source(source, manifest) for name, source in manifest.sources.items()
    }
    return groups | {
        name: tuple(manifest.readers(audiences) for audiences in sorted(limits))
        for name, limits in kept.items()
        if limits
    }


def audiences_of_source(source: Source, manifest: Manifest) -> frozenset[Audiences]:
    """Whom the rows of a source are kept for: a file that one source keeps for some audiences is
    kept for them whichever source reads it. Who reads it must be meant by each entry."""
    return manifest.kept_for.get(source.id, frozenset())


@dataclass(frozen=True)
class _Door:
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
        belong = (current.get(reader.name, frozenset(reader.members)) for reader in readers)
        return bool(inside) and inside <= frozenset().union(*belong)

    def owners(self, audiences: Audiences) -> bool:
        """The same for something that `manifest` declares."""
        return self.readers(self.manifest.readers(audiences))

    def item(self, item: DeclaredItem) -> bool:
        """Whether something declared may be seen: in the state that it is in, and as it is
        today."""
        if not self._alone(item, self.manifest):
            return False
        if self.today is self.manifest:
            return True
        now = declared_by_id(item.id, self.today)
        return now is None or self._alone(now, self.today)

    def _alone(self, item: DeclaredItem, manifest: Manifest) -> bool:
        """A key result is at most as visible as its objective: its page names it."""
        if not self.readers(manifest.readers(item.audiences)):
            return False
        if not isinstance(item, Metric) or item.okr is None:
            return True
        objective = manifest.objectives.get(item.okr.objective)
        return objective is None or self.readers(manifest.readers(objective.audiences))

    def source(self, source: Source) -> bool:
        both = audiences_of_source(source, self.manifest)
        if source.id in self.today.sources:
            both |= audiences_of_source(self.today.sources[source.id], self.today)
        return all(self.owners(each) for each in both)

    def former(self, last: LastReaders) -> bool:
        return all(self.readers(readers) for readers in last)

    # -- what is declared
    # ------------------------------------------------------------------------------------

    def manifest_shown(self) -> VisibleManifest:
        """The declared things in sight, in the manifest's own order whatever order the mappings
        came in."""
        manifest = self.manifest
        pages = sorted(
            manifest.dashboards.items(),
            key=lambda item: (item[1].front.order, item[1].title, item[0]),
        )
        objectives = {
            name: self._own_item(objective)
            for name, objective in sorted(manifest.objectives.items())
            if self.item(objective)
        }
        metrics = {
            name: self._own_item(metric)
            for name, metric in sorted(manifest.metrics.items())
            if self.item(metric)
        }
        sources = {
            name: self._own_source(declared)
            for name, declared in sorted(manifest.sources.items())
            if self.source(declared)
        }
        return _made(
            VisibleManifest,
            manifest,
            config=self._config(sources),
            views={
                name: self._own_item(view)
                for name, view in sorted(manifest.views.items())
                if self.item(view)
            },
            metrics={name: _naming(metric, metrics) for name, metric in metrics.items()},
            objectives={
                name: _without_parent(objective, objectives)
                for name, objective in objectives.items()
            },
            dashboards={
                name: self._own_item(dashboard) for name, dashboard in pages if self.item(dashboard)
            },
            sources=sources,
            asks=self._asks(),
            files={},
            problems=(),
            broken=frozenset(),
            audience=self.audience,
            one_of_several=self.today.several,
            members=self.today.audiences.get(self.audience, frozenset()),
        )

    def _own_item(self, item: ItemT) -> ItemT:
        """An item, without the other audiences that it is for too."""
        if len(item.audiences) < 2:
            return item
        own = {"audience": self.audience}
        made = replace(item, audiences=(self.audience,), front=item.front.model_copy(update=own))
        if isinstance(made, Metric) and made.okr is not None:
            terms = replace(made.okr, front=made.okr.front.model_copy(update=own))
            return replace(made, okr=terms)
        return made

    def _own_source(self, source: Source) -> Source:
        """The same of a source."""
        if len(source.audiences) < 2:
            return source
        return replace(source, config=source.config.model_copy(update={"audience": self.audience}))

    def _config(self, sources: Mapping[str, Source]) -> Any:
        """The settings: only its own audience, only sources in sight, no channel, and the addresses
        of today."""
        config = self.manifest.config
        own = {
            name: audience_config
            for name, audience_config in self.today.config.audiences.items()
            if name == self.audience
        }
        return config.model_copy(
            update={
                "audiences": own,
                "people": self._people(),
                "mail": self.today.config.mail,
                "project": config.project.model_copy(update={"audience": self.audience}),
                "sources": {
                    name: sources[name].config for name in config.sources if name in sources
                },
                "announce": config.announce.model_copy(update={"webhooks": []}),
            }
        )

    def _people(self) -> dict[str, Any]:
        """The people of the state, at the addresses that they have today; whoever is gone has
        none."""
        if self.today is self.manifest:
            return self.manifest.config.people
        now = self.today.config.people
        return {
            key: person.model_copy(update={"email": now[key].email if key in now else None})
            for key, person in self.manifest.config.people.items()
        }

    def _asks(self) -> dict[str, Ask]:
        """Questions in sight; one whose answer is out of sight is still open here."""
        shown = {
            name: self._own_item(ask)
            for name, ask in sorted(self.manifest.asks.items())
            if self.item(ask)
        }
        nothing = {"answered_by": None, "answered_on": None}
        return {
            name: (
                ask
                if self.answer(ask)
                else replace(ask, front=ask.front.model_copy(update=nothing))
            )
            for name, ask in shown.items()
        }

    def answer(self, ask: Ask) -> bool:
        """Whether what answers a question is there and in sight."""
        name = ask.front.answered_by or ""
        found = self.manifest.metrics.get(name) or self.manifest.dashboards.get(name)
        return found is not None and self.item(found)

    # -- what happened
    # ---------------------------------------------------------------------------------------

    def revision(self, revision: Revision, hidden: _Hidden) -> Revision | None:
        """The revision without what is out of sight; None where its item is."""
        if revision.item in hidden.ids or not self.readers(revision.readers):
            return None
        revision = replace(revision, readers=self._own(revision.readers))
        if self._was_narrower(revision.fields):
            revision = replace(
                revision,
                before=None,
                fields=(),
                sql_before=None,
                sql_changes=(),
                impact=None,
                original_target=None,
                earlier=(),
            )
        named = hidden.named_in(revision.sql_before) or hidden.named_in(revision.sql_after)
        return replace(
            revision,
            sql_before=None if named else revision.sql_before,
            sql_after=None if named else revision.sql_after,
            fields=self._fields(revision.fields, hidden),
            sql_changes=tuple(
                sql_change
                for sql_change in revision.sql_changes
                if not _mentions(sql_change, hidden)
            ),
            impact=_impact(revision, hidden, named=named),
            earlier=tuple(self._reason(reason, hidden) for reason in revision.earlier),
            touches=tuple(name for name in revision.touches if name not in hidden.ids),
        )

    def _reason(self, reason: Reason, hidden: _Hidden) -> Reason:
        """An earlier reason, its changes cut as those of the revision are."""
        shown = tuple(
            sql_change for sql_change in reason.sql_changes if not _mentions(sql_change, hidden)
        )
        return Reason(reason.note, self._fields(reason.fields, hidden), shown)

    def _fields(self, changes: Iterable[FieldChange], hidden: _Hidden) -> tuple[FieldChange, ...]:
        """Declared values that changed, naming nothing out of sight, by a title that the readers
        could see then."""
        shown = (_without(change, hidden.ids) for change in changes if change.name != "audience")
        return tuple(
            replace(change, was=self._named(change.was), now=self._named(change.now))
            for change in shown
        )

    def _named(self, named: PastName | None) -> PastName | None:
        if named is None or not self.readers(named.readers):
            return None
        return replace(named, readers=self._own(named.readers))

    def _own(self, readers: Readers) -> Readers:
        """The readers, without audiences that this one need not know of."""
        if len(readers) < 2:
            return readers
        return self.today.readers((self.audience,))

    def _was_narrower(self, changes: tuple[FieldChange, ...]) -> bool:
        """Whether the item has just been opened to this audience: its former self stays where it
        was.

        Where its audience was only given another name, the comparison of the two states has looked
        at who belonged to it, and found the same people."""
        former = [_declared_audiences(change) for change in changes if change.name == "audience"]
        known = [tuple(name for name in names if name in self.today.audiences) for names in former]
        return any(names and not self.today.sees(self.audience, names) for names in known)


def _declared_audiences(change: FieldChange) -> Audiences:
    """The audiences that something had before its `audience` changed; none where it named none."""
    before = change.before
    names = before if isinstance(before, list) else [before]
    return tuple(name for name in names if isinstance(name, str))


def _made(kind: Callable[..., VisibleT], base: Any, **changes: Any) -> VisibleT:
    """A visible thing from what it is a share of."""
    values = {entry.name: getattr(base, entry.name) for entry in fields(base)}
    return kind(**{**values, **changes}, door=_PASS)


def declared_by_id(name: str, manifest: Manifest) -> DeclaredItem | None:
    """Anything declared by its id: metric, view, objective, dashboard or question."""
    found = manifest.sql_item(name) or manifest.objectives.get(name)
    return found or manifest.dashboards.get(name) or manifest.asks.get(name)


def _naming(metric: Metric, shown: Collection[str]) -> Metric:
    """The metric, naming no other one that is out of sight: what it drives, what replaces it, what
    its target is."""
    front = metric.front
    goal = target_source(metric).metric
    kept = {
        "drives": [name for name in front.drives if name in shown],
        "replaced_by": front.replaced_by if front.replaced_by in shown else None,
        "target": front.target if goal is None or goal in shown else None,
    }
    changed = {name: value for name, value in kept.items() if value != getattr(front, name)}
    if not changed:
        return metric
    terms = metric.okr and replace(metric.okr, front=metric.okr.front.model_copy(update=changed))
    return replace(metric, front=front.model_copy(update=changed), okr=terms)


def _without_parent(objective: Objective, shown: Collection[str]) -> Objective:
    """The objective, serving none that is out of sight."""
    parent = objective.front.parent
    if parent is None or parent in shown:
        return objective
    return replace(objective, front=objective.front.model_copy(update={"parent": None}))


def _results(
    results: Results,
    manifest: Manifest,
    shown: VisibleManifest,
    withheld: Collection[str],
    hidden: _Hidden,
    revisions: list[Revision],
) -> VisibleResults:
    """Outcomes of visible items. Objectives are graded by what is visible alone: what a tree says
    adds up from what it shows, and a hidden key result or objective cannot be read off the grade
    of one that it serves."""
    outcomes = {name: results.results[name] for name in shown.metrics if name in results.results}
    settled = tuple(
        replace(closed, metric=_as_ended(closed.metric, shown, hidden))
        for closed in results.settled
        if _settled_in_sight(closed, manifest, shown)
    )
    targets = _original_targets(revisions)

    def cut(name: str, result: Result) -> Result:
        metric = shown.metrics[name]
        if metric.front.target is None and target_source(manifest.metrics[name]).metric is not None:
            result = _without_goal(result)
        if result.closed is not None:
            result = replace(result, closed=replace(result.closed, metric=metric))
        return _with_target(_without_cause(result, withheld, hidden), targets.get(name))

    return VisibleResults(
        as_of=results.as_of,
        results={name: cut(name, outcome) for name, outcome in outcomes.items()},
        objectives=grade_objectives(shown, outcomes, settled),
        settled=settled,
        door=_PASS,
    )


def _as_ended(metric: Metric, shown: VisibleManifest, hidden: _Hidden) -> Metric:
    """A key result as it was declared at its end, naming nothing that is out of sight."""
    sql = Sql("") if hidden.named_in(metric.sql.text) else metric.sql
    return replace(_naming(metric, shown.metrics), sql=sql)


def _without_goal(result: Result) -> Result:
    """An outcome without a target that is another metric's, which is out of sight."""

    def cut(reading: Reading | None) -> Reading | None:
        if reading is None:
            return None
        others = tuple(
            comparison for comparison in reading.comparisons if comparison.kind != "target"
        )
        return replace(reading, target=None, targets=(), comparisons=others)

    closed = result.closed and replace(result.closed, reading=cut(result.closed.reading))
    return replace(result, reading=cut(result.reading), closed=closed)


def _settled_in_sight(settled: ClosedKeyResult, manifest: Manifest, shown: VisibleManifest) -> bool:
    """Whether a key result that ended is one of an objective in sight, and is in sight itself,
    today as at its end."""
    terms, today = settled.metric.okr, manifest.metrics.get(settled.metric.id)
    hidden = today is not None and today.id not in shown.metrics
    if terms is None or terms.objective not in shown.objectives or hidden:
        return False
    return manifest.sees(shown.audience, settled.metric.audiences)


def _without_cause(result: Result, withheld: Collection[str], hidden: _Hidden) -> Result:
    """An outcome whose failure, or age, names nothing that is out of sight."""
    failure, stale, unseen = result.failure, result.stale, result.id in withheld
    if failure is not None and (unseen or hidden.mentioned_in(failure.message)):
        failure = replace(failure, message=FAILED[:1].lower() + FAILED[1:-1], hint=None, excerpt=())
        stale = stale and FAILED
    elif stale is not None and (unseen or hidden.mentioned_in(stale)):
        stale = NOT_RENEWED
    return replace(result, failure=failure, stale=stale)


def _original_targets(revisions: Iterable[Revision]) -> dict[str, float]:
    """Item -> the target that it was introduced with, where all that is visible of its past agrees.

    Of one that was opened to this audience a revision has been cut, and what was before stays
    untold."""
    original_targets: dict[str, set[float | None]] = {}
    for revision in revisions:
        original_targets.setdefault(revision.item, set()).add(revision.original_target)
    first = {
        item: next(iter(targets)) for item, targets in original_targets.items() if len(targets) == 1
    }
    return {item: target for item, target in first.items() if target is not None}


def _with_target(result: Result, target: float | None) -> Result:
    if result.okr is None or target is None:
        return result
    return replace(result, okr=replace(result.okr, original_target=target))


def _lineage(lineage: Lineage, shown: VisibleManifest, withheld: Collection[str]) -> VisibleLineage:
    """What reads what. An engine's tables are seen where the query that names them is."""
    items = [name for name in sorted(lineage.items) if shown.sql_item(name)]
    elsewhere = (name for name in shown.engine_items if name not in withheld)
    sources = {
        *shown.sources,
        *(read for name in elsewhere for read in lineage.sources.get(name, ())),
    }
    return VisibleLineage(
        {
            name: tuple(read for read in lineage.items[name] if shown.sql_item(read))
            for name in items
        },
        {
            name: tuple(read for read in lineage.sources.get(name, ()) if read in sources)
            for name in items
        },
        door=_PASS,
    )


# -- what is out of sight -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Hidden:
    """Ids that must not be named."""

    ids: frozenset[str]
    names: frozenset[str]
    """Those that SQL, and a sentence about it, may name."""
    references: re.Pattern[str] | None
    """Matches SQL that reads one of them."""

    def named_in(self, sql: str | None) -> bool:
        return bool(sql and self.references and self.references.search(sql))

    def mentioned_in(self, sentence: str) -> bool:
        return any(word in self.names for word in re.findall(r"\w+", sentence.lower()))


_REFERENCE = re.compile(rf'\b{SCHEMA}"?\s*\.\s*"?(\w+)', re.I)


def _unknown(door: _Door, revisions: Iterable[Revision]) -> set[str]:
    """Names of metrics and views in the SQL of revisions of which nobody knows any more whom they
    were for."""
    texts = (sql for entry in revisions for sql in (entry.sql_before, entry.sql_after) if sql)
    named = {name.lower() for sql in texts for name in _REFERENCE.findall(sql)}
    return {
        name
        for name in named
        if name not in door.gone and not any(manifest.sql_item(name) for manifest in door.states)
    }


def _hidden(door: _Door, shown: VisibleManifest, revisions: Iterable[Revision]) -> _Hidden:
    """What is out of sight, also of what is gone or of today's. A reference is `metrics.<id>` for
    items and the bare name for sources; a text search rather than a parse, so that SQL that cannot
    be parsed is no way around it."""
    states = door.states
    former = {
        name
        for name, readers in door.gone.items()
        if not any(
            declared_by_id(name, manifest) or name in manifest.sources for manifest in states
        )
        and not door.former(readers)
    }
    if door.today.several:
        former |= _unknown(door, revisions)
    items = {
        name
        for manifest in states
        for name in (*manifest.metrics, *manifest.views)
        if shown.sql_item(name) is None
    }
    items = {name for name in items if not _gone_in_sight(name, door)}
    sources = {name for name in door.manifest.sources if name not in shown.sources}
    sources |= {name for name, declared in door.today.sources.items() if not door.source(declared)}
    named, bare = sorted(items | former), sorted(sources | former)
    patterns = [rf'\b{SCHEMA}"?\s*\.\s*"?(?:{"|".join(map(re.escape, named))})\b'] if named else []
    patterns += [rf"\b(?:{'|'.join(map(re.escape, bare))})\b"] if bare else []
    pages = {
        name
        for manifest in states
        for name, item in (*manifest.objectives.items(), *manifest.dashboards.items())
        if not door.item(item)
    }
    names = frozenset(items | sources | former)
    return _Hidden(names | pages, names, re.compile("|".join(patterns), re.I) if patterns else None)


def _gone_in_sight(name: str, door: _Door) -> bool:
    """Whether something of today that the state at hand does not have yet may be seen all the
    same."""
    item = door.today.sql_item(name)
    return (
        name not in door.manifest.metrics
        and name not in door.manifest.views
        and bool(item and door.item(item))
    )


def _mentions(change: SqlChange, hidden: _Hidden) -> bool:
    return change.item in hidden.ids or hidden.mentioned_in(change.sentence)


def _impact(revision: Revision, hidden: _Hidden, *, named: bool) -> Impact | None:
    """The effect, its steps adding up as before, in words that tell of nothing out of sight.

    `named`: whether the SQL names something hidden. An engine's own words about such a query may
    tell anything of it, and counts of rows by condition go with the SQL."""
    impact = revision.impact
    if impact is None:
        return None
    cut = [
        sql_change.sentence for sql_change in revision.sql_changes if _mentions(sql_change, hidden)
    ]

    def shown(step: EffectStep) -> bool:
        reveals = hidden.mentioned_in(step.label) or any(sentence in step.label for sentence in cut)
        return not reveals and hidden.ids.isdisjoint(step.items)

    steps = tuple(
        step if shown(step) else EffectStep(NOT_SHARED, step.effect) for step in impact.steps
    )
    gone, held = impact.unavailable, impact.held
    blind = bool(cut) or named
    return replace(
        impact,
        steps=steps,
        members=tuple(
            member_effect
            for member_effect in impact.members
            if not hidden.mentioned_in(member_effect.member)
        ),
        unavailable=_GONE if gone and (blind or hidden.mentioned_in(gone)) else gone,
        held=HELD_BACK if held and (blind or hidden.mentioned_in(held)) else held,
        rows=(
            ()
            if named
            else tuple(row for row in impact.rows if not hidden.mentioned_in(row.sentence))
        ),
        target=None if impact.target and impact.target.metric in hidden.ids else impact.target,
    )


def _without(change: FieldChange, hidden: Collection[str]) -> FieldChange:
    """A reference to something hidden becomes "not declared"."""

    def clean(value: object) -> object:
        if isinstance(value, str):
            return None if value.removeprefix(METRICS) in hidden else value
        if isinstance(value, (list, tuple)):
            return [entry for entry in value if not (isinstance(entry, str) and entry in hidden)]
        return value

    before, after = clean(change.before), clean(change.after)
    was = change.was if before == change.before else None
    return FieldChange(
        change.name, before, after, was, change.now if after == change.after else None
    )
