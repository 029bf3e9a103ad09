"""What is declared, without what an audience may not see."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, TypeVar

from sharekit.project.lineage import Lineage
from sharekit.project.manifest import Ask, Dashboard, Manifest, Metric, Objective, Source, View
from sharekit.records import replace
from sharekit.visible.notes import NotesInSight
from sharekit.visible.readers import Door
from sharekit.visible.types import PASS, VisibleLineage, VisibleManifest, make_visible

ItemT = TypeVar("ItemT", View, Metric, Objective, Dashboard, Ask)
QueryT = TypeVar("QueryT", View, Metric)


def visible_manifest(audience: str, manifest: Manifest) -> VisibleManifest:
    """What is declared, so far as an audience may see it: for what needs no number and no past."""
    return shown_manifest(Door(audience, manifest, manifest, {}))


def shown_manifest(
    door: Door,
    opened: Mapping[str, date] | None = None,
    notes: NotesInSight | None = None,
) -> VisibleManifest:
    """The declared things in sight, in the manifest's own order whatever order the mappings
    came in. `opened`: item -> the day on which it was opened to an audience from whom all of it
    was kept before: notes on its revisions until then are for others. `notes`: which others
    are."""
    manifest = door.manifest

    def with_own_notes(item: QueryT) -> QueryT:
        return _with_own_notes(_own_item(door, item), (opened or {}).get(item.id), notes)

    objectives = {
        name: _with_own_retirements(door, objective, (opened or {}).get(name), notes)
        for name, objective in sorted(manifest.objectives.items())
        if door.item(objective)
    }
    metrics = {
        name: with_own_notes(metric)
        for name, metric in sorted(manifest.metrics.items())
        if door.item(metric)
    }
    sources = {
        name: _own_source(door, declared)
        for name, declared in sorted(manifest.sources.items())
        if door.source(declared)
    }
    return make_visible(
        VisibleManifest,
        manifest,
        config=_config(door, sources),
        views={
            name: with_own_notes(view)
            for name, view in sorted(manifest.views.items())
            if door.item(view)
        },
        metrics={name: without_hidden_names(metric, metrics) for name, metric in metrics.items()},
        objectives={
            name: _without_parent(objective, objectives) for name, objective in objectives.items()
        },
        dashboards={
            name: _own_item(door, dashboard)
            for name, dashboard in _in_page_order(manifest)
            if door.item(dashboard)
        },
        sources=sources,
        asks=_asks(door),
        files={},
        problems=(),
        broken=frozenset(),
        audience=door.audience,
        one_of_several=door.today.several,
        members=door.today.audiences.get(door.audience, frozenset()),
    )


def _in_page_order(manifest: Manifest) -> list[tuple[str, Dashboard]]:
    dashboards = manifest.dashboards.items()
    return sorted(dashboards, key=lambda item: (item[1].front.order, item[1].title, item[0]))


def _with_front(item: ItemT, changed: Mapping[str, object]) -> ItemT:
    """An item with other values in its front matter, which a key result has in its terms too."""
    changed_item = replace(item, front=item.front.model_copy(update=changed))
    if isinstance(changed_item, Metric) and changed_item.okr is not None:
        terms = changed_item.okr
        terms = replace(terms, front=terms.front.model_copy(update=changed))
        return replace(changed_item, okr=terms)
    return changed_item


def _own_item(door: Door, item: ItemT) -> ItemT:
    """An item, without the other audiences that it is for too."""
    if len(item.audiences) < 2:
        return item
    own_item = replace(item, audiences=(door.audience,))
    return _with_front(own_item, {"audience": door.audience})


def _with_own_notes(item: QueryT, opened: date | None, notes: NotesInSight | None) -> QueryT:
    """A metric or view without the notes on revisions up to the day on which it was opened, and
    without those written while it was out of sight."""
    written = item.front.revisions
    shown_notes = [
        note
        for note in written
        if (opened is None or note.date > opened) and (notes is None or notes.has(item.id, note))
    ]
    return (
        item if len(shown_notes) == len(written) else _with_front(item, {"revisions": shown_notes})
    )


def _with_own_retirements(
    door: Door, objective: Objective, opened: date | None, notes: NotesInSight | None
) -> Objective:
    """An objective, for its own audience, without the reasons why key results were taken out of it
    before the day on which it was opened, or while it or they were out of sight."""
    objective = _own_item(door, objective)
    written = objective.front.retired
    shown_entries = [
        entry
        for entry in written
        if (opened is None or entry.date > opened)
        and (notes is None or not notes.was_away(objective.id, entry.date))
        and door.was_in_sight(entry.id)
    ]
    if len(shown_entries) == len(written):
        return objective
    return _with_front(objective, {"retired": shown_entries})


def _own_source(door: Door, source: Source) -> Source:
    """The same of a source."""
    if len(source.audiences) < 2:
        return source
    return replace(source, config=source.config.model_copy(update={"audience": door.audience}))


def _config(door: Door, sources: Mapping[str, Source]) -> Any:
    """The settings: only its own audience, only sources in sight, no channel, and the addresses
    of today."""
    config = door.manifest.config
    own_audience = {
        name: audience_config
        for name, audience_config in door.today.config.audiences.items()
        if name == door.audience
    }
    return config.model_copy(
        update={
            "audiences": own_audience,
            "people": _people(door),
            "mail": door.today.config.mail,
            "project": config.project.model_copy(update={"audience": door.audience}),
            "sources": {name: sources[name].config for name in config.sources if name in sources},
            "announce": config.announce.model_copy(update={"webhooks": []}),
        }
    )


def _people(door: Door) -> dict[str, Any]:
    """The people of the state, at the addresses that they have today; whoever is gone has
    none."""
    if door.today is door.manifest:
        return door.manifest.config.people
    now = door.today.config.people
    return {
        key: person.model_copy(update={"email": now[key].email if key in now else None})
        for key, person in door.manifest.config.people.items()
    }


def _asks(door: Door) -> dict[str, Ask]:
    """Questions in sight; one whose answer is out of sight is still open here."""
    questions = {
        name: _own_item(door, ask)
        for name, ask in sorted(door.manifest.asks.items())
        if door.item(ask)
    }
    nothing = {"answered_by": None, "answered_on": None}
    return {
        name: (ask if door.answer(ask) else _with_front(ask, nothing))
        for name, ask in questions.items()
    }


def without_hidden_names(metric: Metric, shown: Collection[str]) -> Metric:
    """The metric, naming no other one that is out of sight: what it drives, what replaces it, what
    its target is."""
    front = metric.front
    target = metric.target_metric
    visible_values = {
        "drives": [name for name in front.drives if name in shown],
        "replaced_by": front.replaced_by if front.replaced_by in shown else None,
        "target": front.target if target is None or target in shown else None,
    }
    changed = {
        name: value for name, value in visible_values.items() if value != getattr(front, name)
    }
    return _with_front(metric, changed) if changed else metric


def _without_parent(objective: Objective, shown: Collection[str]) -> Objective:
    """The objective, serving none that is out of sight."""
    parent = objective.front.parent
    if parent is None or parent in shown:
        return objective
    return _with_front(objective, {"parent": None})


def shown_lineage(
    lineage: Lineage, shown: VisibleManifest, withheld: Collection[str]
) -> VisibleLineage:
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
        door=PASS,
    )
