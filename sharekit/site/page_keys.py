"""What each page is made of, as one key: a page whose key was drawn before is not drawn again.

A key holds everything that the page can show, and rather too much than too little: what all pages
share (settings, audience, day, the names, addresses and units of everything visible), and the
declared items, results, events and questions of the page itself. The commit, the as-of day in the
frame and the day from which pages are old are in no key: pages hold placeholders for them, which
`filled` replaces. What else a page shows of the day is in its key.

Parts are written with `repr`, which is exact for numbers and the same in every process; so no part
may hold a set."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property

from sharekit.numbers.cache.codec import CachedReading, encode
from sharekit.numbers.results import Result
from sharekit.project.dashboard_body import ChangesBlock, MetricsBlock, OkrsBlock, Part
from sharekit.project.manifest import Dashboard, Metric, Objective
from sharekit.records import replace
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import ItemEvent, NewsTags
from sharekit.site.number_cards import fresh
from sharekit.site.pages.alignment import shows_alignment
from sharekit.site.pages.asks import shows_asks


class PageKeys:
    """Keys of the pages of one tree. `history`: item -> its events. `found`: all events."""

    def __init__(
        self,
        tree: AudienceTree,
        item_events: Sequence[ItemEvent],
        tags: NewsTags,
        history: Mapping[str, Sequence[ItemEvent]],
    ) -> None:
        self._tree = tree
        self._item_events = item_events
        self._tags = tags
        self._history = history
        self._of_metric: dict[str, str] = {}

    def metric(self, metric: Metric) -> str:
        """The page of a metric or key result, with the files beside it."""
        return self._key("metric", self._number(metric.id), self._day_beside([metric.id]))

    def dashboard(self, dashboard: Dashboard) -> str:
        """A dashboard: all that it places and names; scorecards and lists of changes may hold
        anything of their kind."""
        tree, parts = self._tree, self._tree.bodies[dashboard.id]
        has_scorecard = any(isinstance(part, OkrsBlock) for part in parts)
        changes = any(isinstance(part, ChangesBlock) for part in parts)
        dated = has_scorecard or changes or any(map(_adds_up_to_the_day, parts))
        return self._key(
            "dashboard",
            tree.as_of if dated else self._day_beside(tree.placed[dashboard.id]),
            dashboard,
            [self._number(name) for name in tree.placed[dashboard.id]],
            self._scorecards if has_scorecard else None,
            self._changes if changes else None,
            list(self._history.get(dashboard.id, ())),
        )

    def objective(self, objective: Objective) -> str:
        """An objective with its key results, those that ended with it too, and the objectives above
        and below it."""
        scope = self._tree.scope
        parent = self._tree.manifest.objectives.get(objective.front.parent or "")
        near = [objective, *([parent] if parent else []), *scope.children_of.get(objective.id, ())]
        return self._key(
            "objective",
            scope.as_of,
            scope.period_of(objective),
            [self._objective(relative) for relative in near],
            [closed for closed in scope.results.settled if closed.metric.okr],
            [
                self._number(key_result.id)
                for key_result in scope.key_results_of.get(objective.id, ())
            ],
            self._tags.events,
            list(self._history.get(objective.id, ())),
        )

    # -- parts
    # ---------------------------------------------------------------------------------------------

    def _key(self, kind: str, *parts: object) -> str:
        return _digest([kind, self._common_inputs, *parts])

    @cached_property
    def _common_inputs(self) -> str:
        """What every page has: settings, people, audience, day, navigation; and the names and
        addresses of all that texts and lists may link to."""
        tree, manifest = self._tree, self._tree.manifest
        return _digest(
            [
                manifest.config,
                manifest.audience,
                sorted(manifest.members),
                manifest.several,
                tree.url,
                tree.as_of.year,
                tree.commit,
                tree.units,
                bool(manifest.key_results),
                bool(manifest.listed_metrics),
                shows_asks(tree),
                shows_alignment(tree),
                list(self._directory()),
            ]
        )

    def _day_beside(self, names: Iterable[str]) -> object:
        """What is shown of the as-of day beside these numbers, but for its year: anything, where a
        key result has a plan and a pace; else how old the data are, and which notes are of days to
        come."""
        all_metrics, day = self._tree.manifest.metrics, self._tree.as_of
        metrics = [all_metrics[name] for name in names if name in all_metrics]
        if any(metric.okr for metric in metrics):
            return day
        return [
            (fresh(self._tree, metric), [note.on <= day for note in metric.front.notes])
            for metric in metrics
        ]

    def _directory(self) -> Iterator[tuple[str, str, str, str]]:
        manifest = self._tree.manifest
        for metric in manifest.metrics.values():
            yield metric.id, metric.title, metric.path, links.metric_page(metric)
        for objective in manifest.objectives.values():
            page = links.objective_page(objective.id)
            yield objective.id, objective.title, objective.path, page
        for dashboard in manifest.dashboards.values():
            page = links.dashboard_page(dashboard.id)
            yield dashboard.id, dashboard.title, dashboard.path, page

    def _number(self, name: str) -> str:
        """All that is shown of one metric, wherever that is; of one out of sight, its name."""
        if name not in self._of_metric:
            metric = self._tree.manifest.metrics.get(name)
            self._of_metric[name] = _digest(self._parts_of(metric)) if metric else name
        return self._of_metric[name]

    def _parts_of(self, metric: Metric) -> Iterator[object]:
        scope, manifest = self._tree.scope, self._tree.manifest
        visible_lineage = scope.lineage
        upstream = visible_lineage.upstream(metric.id)
        yield metric
        yield from _parts_of_result(scope.result(metric.id), scope.as_of)
        yield list(self._history.get(metric.id, ()))
        yield manifest.objectives.get(metric.okr.objective) if metric.okr else None
        yield visible_lineage.items.get(metric.id), visible_lineage.sources.get(metric.id)
        readers = visible_lineage.readers.get(metric.id, ())
        yield readers, upstream
        yield [item.front.title for name in readers if (item := manifest.sql_item(name))]
        yield [manifest.sql_item(name) for name in upstream]
        yield [name in scope.withheld for name in (metric.id, *upstream)]
        sources = visible_lineage.all_sources(metric.id)
        yield [
            (name, manifest.sources[name].config) for name in sources if name in manifest.sources
        ]
        yield sources
        yield [name for name, placed in self._tree.placed.items() if metric.id in placed]
        yield self._questions(metric.id)

    def _questions(self, item: str) -> list[object]:
        """The questions that it answers, and the pages on which they stand."""
        tree = self._tree
        return [
            (question, tree.question_pages.get(question.ask.id))
            for question in tree.asks.questions
            if question.ask.front.answered_by == item
        ]

    def _objective(self, objective: Objective) -> tuple[object, ...]:
        scope = self._tree.scope
        members = scope.key_results_of.get(objective.id, ())
        reading = scope.objective_reading(objective.id)
        return objective, reading, [member.id for member in members]

    @cached_property
    def _scorecards(self) -> str:
        """All key results and objectives, with their scores and this week's news."""
        manifest = self._tree.manifest
        return _digest(
            [
                *(self._number(name) for name in manifest.key_results),
                *(self._objective(objective) for objective in manifest.objectives.values()),
                self._tags.events,
            ]
        )

    @cached_property
    def _changes(self) -> str:
        return _digest(self._item_events)


def _adds_up_to_the_day(part: Part) -> bool:
    """Whether a part of a dashboard has a chart of what a number adds up to so far."""
    return isinstance(part, MetricsBlock) and any(entry.accumulate for entry in part.metrics)


def _parts_of_result(result: Result, today: date) -> Iterator[object]:
    """A reading by what the cache calls its content, else in the form in which it is kept there,
    which is as exact as its `repr` and made in half the time; then the rest. Of the day that it is
    of, whether that is today."""
    if result.digest is not None:
        yield result.digest
    else:
        yield encode(CachedReading(result.reading)) if result.reading else None
    as_of = None if result.as_of == today else result.as_of
    yield replace(result, reading=None, from_cache=False, as_of=as_of)


def _digest(parts: Iterable[object]) -> str:
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        digest.update(repr(part).encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.hexdigest()
