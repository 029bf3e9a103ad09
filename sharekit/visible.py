"""What one audience may see, cut out before anything is rendered: pages only ever hold what is in the cut.

Everything that a page, data file, feed or index is made from comes from a `Scope`. Nothing of a narrower audience is
in it: not its items, not its edges in the lineage, not its revisions, and not the SQL of a visible item that
names a hidden one (checks forbid that; the tree stays tight even where they were not run).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from sharekit.numbers.results import ObjectiveReading, OkrReading, Result, Results
from sharekit.okr.assessment import assess_objectives
from sharekit.project.lineage import SCHEMA, Lineage
from sharekit.project.manifest import Ask, Manifest, Metric, Objective, Period, View
from sharekit.revisions.revision import FieldChange, Revision

WITHHELD = "This definition reads something that is not shared with this audience, so it is not shown here."
FAILED = "It could not be computed today."


@dataclass(frozen=True)
class Scope:
    """One audience's share of a project."""

    audience: str
    manifest: Manifest
    """Only what the audience may see; `files`, `problems` and other audiences' names are left out."""
    results: Results
    lineage: Lineage
    """Edges between visible items, and visible sources."""
    revisions: tuple[Revision, ...]
    """Newest first."""
    withheld: frozenset[str]
    """Visible items whose SQL names something hidden: their SQL and their failures' wording stay out."""

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
    def revisions_of(self) -> Mapping[str, tuple[Revision, ...]]:
        """Item -> its revisions, newest first."""
        groups: dict[str, list[Revision]] = {}
        for revision in self.revisions:
            groups.setdefault(revision.item, []).append(revision)
        return {name: tuple(entries) for name, entries in groups.items()}

    def objective_reading(self, objective: str) -> ObjectiveReading | None:
        return self.results.objectives.get(objective)

    def period_of(self, objective: Objective) -> Period | None:
        """The objective's period: its own, else that of its first key result, else of the first that serves it."""
        return self._period(objective, frozenset())

    def _period(self, objective: Objective, above: frozenset[str]) -> Period | None:
        """`above`: those that asked; a circle ends where it closes."""
        if objective.period:
            return objective.period
        for metric in self.key_results_of.get(objective.id, ()):
            if metric.okr:
                return metric.okr.period
        here = above | {objective.id}
        below = (self._period(each, here) for each in self.children_of.get(objective.id, ()) if each.id not in here)
        return next((period for period in below if period), None)


def cut(
    manifest: Manifest, results: Results, lineage: Lineage, revisions: tuple[Revision, ...], audience: str
) -> Scope:
    """Everything of a project that `audience` may see."""
    shown = _visible_manifest(manifest, audience)
    visible_sources = {
        name
        for name, source in manifest.sources.items()
        if source.config.audience is None or manifest.sees(audience, source.config.audience)
    }
    hidden = _hidden(manifest, shown, visible_sources)
    queries: list[Metric | View] = [*shown.metrics.values(), *shown.views.values()]
    withheld = frozenset(item.id for item in queries if hidden.named_in(item.sql.text))
    # An engine's tables are seen where the query that names them is.
    open_items = [name for name in shown.engine_items if name not in withheld]
    visible_sources |= {name for item in open_items for name in lineage.sources.get(item, ())}
    edges = _visible_lineage(lineage, shown, visible_sources)
    kept = (_visible_revision(revision, manifest, audience, hidden) for revision in revisions)
    ordered = sorted((r for r in kept if r is not None), key=lambda r: (r.after.on, r.number, r.id), reverse=True)
    found = _with_original_targets(_visible_results(results, manifest, shown), ordered)
    return Scope(audience, shown, found, edges, tuple(ordered), withheld)


def _visible_manifest(manifest: Manifest, audience: str) -> Manifest:
    """The declared things in sight, in the manifest's own order whatever order the mappings came in."""

    def sees(owner: str) -> bool:
        return manifest.sees(audience, owner)

    dashboards = sorted(manifest.dashboards.items(), key=lambda item: (item[1].front.order, item[1].title, item[0]))
    return replace(
        manifest,
        views={name: view for name, view in sorted(manifest.views.items()) if sees(view.audience)},
        metrics={
            name: each for name, each in sorted(manifest.metrics.items()) if _metric_visible(manifest, each, sees)
        },
        objectives={name: each for name, each in sorted(manifest.objectives.items()) if sees(each.audience)},
        dashboards={name: each for name, each in dashboards if sees(each.audience)},
        sources={
            name: source
            for name, source in sorted(manifest.sources.items())
            if source.config.audience is None or sees(source.config.audience)
        },
        asks=_visible_asks(manifest, sees),
        files={},
        problems=(),
    )


def _visible_asks(manifest: Manifest, sees: Callable[[str], bool]) -> dict[str, Ask]:
    """Questions in sight; one whose answer is out of sight is still open here."""

    def answer_shown(name: str | None) -> bool:
        metric, dashboard = manifest.metrics.get(name or ""), manifest.dashboards.get(name or "")
        if metric is not None:
            return _metric_visible(manifest, metric, sees)
        return dashboard is not None and sees(dashboard.audience)

    shown = {name: each for name, each in sorted(manifest.asks.items()) if sees(each.audience)}
    nothing = {"answered_by": None, "answered_on": None}
    return {
        name: each
        if answer_shown(each.front.answered_by)
        else replace(each, front=each.front.model_copy(update=nothing))
        for name, each in shown.items()
    }


def _metric_visible(manifest: Manifest, metric: Metric, sees: Callable[[str], bool]) -> bool:
    """A key result is at most as visible as its objective: its page names it."""
    if not sees(metric.audience):
        return False
    objective = manifest.objectives.get(metric.okr.objective) if metric.okr else None
    return objective is None or sees(objective.audience)


def _visible_results(results: Results, manifest: Manifest, shown: Manifest) -> Results:
    """Outcomes of visible items. Objectives are judged by what is visible alone: what a tree says adds up from what it
    shows, and a hidden key result or objective cannot be told from the grade of one that it serves."""
    judged: dict[str, list[tuple[Metric, OkrReading]]] = {}
    for name, metric in shown.key_results.items():
        found = results.results.get(name)
        if metric.okr is not None and found is not None and found.okr is not None:
            judged.setdefault(metric.okr.objective, []).append((metric, found.okr))
    return Results(
        as_of=results.as_of,
        results={name: results.results[name] for name in shown.metrics if name in results.results},
        objectives=assess_objectives(shown.objectives.values(), judged, manifest.config.okrs),
    )


def _with_original_targets(results: Results, revisions: list[Revision]) -> Results:
    """Key results with the target that they were introduced with, where all that may be told of their past agrees.

    Of one that was opened to this audience a revision has been cut, and what was before stays untold.
    """
    told: dict[str, set[float | None]] = {}
    for revision in revisions:
        told.setdefault(revision.item, set()).add(revision.original_target)
    first = {item: next(iter(targets)) for item, targets in told.items() if len(targets) == 1}

    def known(result: Result) -> Result:
        target = first.get(result.id)
        if result.okr is None or target is None:
            return result
        return replace(result, okr=replace(result.okr, original_target=target))

    return replace(results, results={name: known(result) for name, result in results.results.items()})


def _visible_lineage(lineage: Lineage, shown: Manifest, sources: set[str]) -> Lineage:
    items = [name for name in sorted(lineage.items) if shown.sql_item(name)]
    return Lineage(
        {name: tuple(read for read in lineage.items[name] if shown.sql_item(read)) for name in items},
        {name: tuple(read for read in lineage.sources.get(name, ()) if read in sources) for name in items},
    )


@dataclass(frozen=True)
class _Hidden:
    """Ids that must not be named in this tree."""

    ids: frozenset[str]
    references: re.Pattern[str] | None
    """Matches SQL that reads one of them."""

    def named_in(self, sql: str | None) -> bool:
        return bool(sql and self.references and self.references.search(sql))

    def mentioned_in(self, sentence: str) -> bool:
        return any(word in self.ids for word in re.findall(r"\w+", sentence))


def _hidden(manifest: Manifest, shown: Manifest, visible_sources: set[str]) -> _Hidden:
    """What is out of sight. A reference is `metrics.<id>` for items and the bare name for sources; a text search
    rather than a parse, so that SQL that cannot be parsed is no way around it."""
    items = {name for name in (*manifest.metrics, *manifest.views) if shown.sql_item(name) is None}
    sources = set(manifest.sources) - visible_sources
    patterns = [rf'\b{SCHEMA}"?\s*\.\s*"?(?:{"|".join(map(re.escape, sorted(items)))})\b'] if items else []
    patterns += [rf"\b(?:{'|'.join(map(re.escape, sorted(sources)))})\b"] if sources else []
    others = (set(manifest.objectives) - set(shown.objectives)) | (set(manifest.dashboards) - set(shown.dashboards))
    return _Hidden(frozenset(items | sources | others), re.compile("|".join(patterns), re.I) if patterns else None)


def _visible_revision(revision: Revision, manifest: Manifest, audience: str, hidden: _Hidden) -> Revision | None:
    """The revision without what the audience may not see; None where it may not see the item at all."""
    if revision.item in hidden.ids or not manifest.sees(audience, revision.audience):
        return None
    if _was_narrower(revision.fields, manifest, audience):
        # The item has just been opened to this audience: its former self stays where it was.
        return replace(
            revision, before=None, fields=(), sql_before=None, sql_changes=(), impact=None, original_target=None
        )
    if hidden.named_in(revision.sql_before) or hidden.named_in(revision.sql_after):
        revision = replace(revision, sql_before=None, sql_after=None)
    return replace(
        revision,
        fields=tuple(_without(each, hidden.ids) for each in revision.fields if each.name != "audience"),
        sql_changes=tuple(
            each
            for each in revision.sql_changes
            if each.item not in hidden.ids and not hidden.mentioned_in(each.sentence)
        ),
        touches=tuple(name for name in revision.touches if name not in hidden.ids),
    )


def _was_narrower(fields: tuple[FieldChange, ...], manifest: Manifest, audience: str) -> bool:
    return any(
        each.name == "audience" and isinstance(each.before, str) and not manifest.sees(audience, each.before)
        for each in fields
    )


def _without(change: FieldChange, hidden: frozenset[str]) -> FieldChange:
    """A reference to something hidden becomes "not declared"."""

    def clean(value: object) -> object:
        if isinstance(value, str):
            return None if value in hidden else value
        if isinstance(value, (list, tuple)):
            return [each for each in value if not (isinstance(each, str) and each in hidden)]
        return value

    return FieldChange(change.name, clean(change.before), clean(change.after))
