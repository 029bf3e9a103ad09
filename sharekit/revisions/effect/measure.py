"""Revisions with their effect on the number: runs old and new definitions on today's data, each
pair once.

The only part of revisions that runs queries."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

from msgspec import Struct, field

from sharekit import __version__
from sharekit.engines.duckdb.engine import DuckDBEngine, open_duckdb
from sharekit.errors import OutsideError, QueryError, SharekitError
from sharekit.numbers.cache.answers import Remember, answer_anew
from sharekit.numbers.evaluate import evaluate
from sharekit.numbers.results import Result, Results, SourceInfo
from sharekit.project.lineage import Lineage, lineage
from sharekit.project.manifest import Manifest
from sharekit.records import replace
from sharekit.revisions.effect import (
    as_unchanged,
    confirm_equal_values,
    impact_of,
    is_only_moved,
    on_todays_data,
)
from sharekit.revisions.effect.cache import EffectCache
from sharekit.revisions.fields import digest
from sharekit.revisions.meaning import Compare, Comparer
from sharekit.revisions.revision import Revision, RowChange
from sharekit.sqldiff.types import Schema

TRIED_DAYS = 30
"""For how long a query that failed as of the day of its revision is asked again: late rows may be
on their way. Of a file that holds the last weeks alone no row of that day ever comes."""
WEIGHED = frozenset({"redefined", "retargeted", "rescheduled"})


class _EngineScope(Struct, frozen=True):
    """What an engine answers from."""

    sources: str
    """Digest of the sources, the limits and the engines that it asks itself."""
    day: str
    """Digest of its day, and of the settings that days depend on."""
    queries: frozenset[tuple[str, str, str | None]]
    """Name, text and engine of what its queries may read."""

    def serves(self, needed: _EngineScope, *, dated: bool) -> bool:
        """Whether it gives the answers of an engine of that scope, by name of what is read."""
        return (
            self.sources == needed.sources
            and needed.queries <= self.queries
            and (self.day == needed.day or not dated)
        )


class OpenEngines:
    """The engines that were used last, for the next question about the same sources and views.
    They end with this. `refresh` and `fresh`: see open_duckdb."""

    MOST = 2

    def __init__(self, *, refresh: bool = True, fresh: bool = False) -> None:
        self._refresh = refresh
        self._fresh = fresh
        self._open: dict[_EngineScope, DuckDBEngine] = {}
        self._idle: list[DuckDBEngine] = []
        weakref.finalize(self, _close, self._open, self._idle)

    def begin_build(self) -> None:
        """Forget what was opened before, since data may have changed; only a process is kept."""
        engines = [*self._open.values(), *self._idle]
        self._open.clear()
        self._idle[:] = engines[:1]
        for engine in engines[1:]:
            engine.close()

    def get(
        self,
        manifest: Manifest,
        as_of: date,
        cache_dir: Path | None,
        *,
        dated: bool,
        ahead: Iterable[str] = (),
    ) -> DuckDBEngine:
        """An engine that knows all that the manifest's queries read; it may know more. `dated`:
        whether it matters which day it is. `ahead`: see open_duckdb. Raises OutsideError where no
        process can be had."""
        needed = _scope(manifest, as_of)
        for scope in reversed(self._open):
            if scope.serves(needed, dated=dated):
                self._open[scope] = self._open.pop(scope)  # the last one used
                return self._open[scope]
        if len(self._open) == self.MOST:
            self._idle.append(self._open.pop(next(iter(self._open))))
        self._open[needed] = open_duckdb(
            manifest,
            as_of=as_of,
            cache_dir=cache_dir,
            refresh=self._refresh,
            fresh=self._fresh,
            ahead=ahead,
            in_place_of=self._idle.pop() if self._idle else None,
        )
        return self._open[needed]


def _scope(manifest: Manifest, as_of: date) -> _EngineScope:
    config = manifest.config
    sources = [
        (source.id, source.paths, source.digests, source.config.model_dump(mode="json"))
        for source in manifest.sources.values()
    ]
    engines = {name: engine.model_dump(mode="json") for name, engine in config.engines.items()}
    limits = config.limits.model_dump(mode="json")
    return _EngineScope(
        digest([sources, config.project.timezone, limits, engines, manifest.root]),
        digest([as_of.isoformat(), config.project.model_dump(mode="json")]),
        frozenset((query.id, query.sql.text, query.front.engine) for query in manifest.queries),
    )


def _close(engines: dict[_EngineScope, DuckDBEngine], idle: list[DuckDBEngine]) -> None:
    for engine in (*engines.values(), *idle):
        engine.close()


def source_types(sources: Mapping[str, SourceInfo], sql: str) -> Schema:
    """The columns, with their types, of the sources that some SQL names."""
    text = sql.lower()
    return {
        name: {column.name: column.type for column in info.columns}
        for name, info in sources.items()
        if info.error is None and name.lower() in text
    }


def open_measurer(
    today: Manifest, as_of: date, compare: Compare, cache_dir: Path
) -> EffectMeasurer:
    """A measurer whose comparer knows the types of today's sources; those that are named are read
    when they are first asked for."""
    engines = OpenEngines()
    sources: dict[frozenset[str], Mapping[str, SourceInfo]] = {}

    def types(sql: str) -> Schema:
        text = sql.lower()
        named_sources = {
            name: source for name, source in today.sources.items() if name.lower() in text
        }
        key = frozenset(named_sources)
        if key not in sources:
            alone = replace(today, sources=named_sources, metrics={}, views={})
            try:
                sources[key] = engines.get(alone, as_of, cache_dir, dated=False).sources()
            except SharekitError:
                sources[key] = {}
        return source_types(sources[key], sql)

    return EffectMeasurer(today, as_of, Comparer(compare, types), cache_dir, engines=engines)


class EffectMeasurer(Struct, dict=True):
    """Weighs revisions against one day's data, and remembers."""

    today: Manifest
    as_of: date
    compare: Comparer
    cache_dir: Path | None = None
    sources: Mapping[str, SourceInfo] | None = None
    """Today's sources as the build found them: part of what is remembered. Without them nothing
    is."""
    fresh: bool = False
    """Whether what earlier builds remember counts for nothing."""
    _todays: tuple[Results, Lineage] | None = None
    _days: dict[date, EffectMeasurer] = field(default_factory=dict)
    engines: OpenEngines = field(default_factory=OpenEngines)
    remember: Remember = answer_anew

    @cached_property
    def _effects(self) -> EffectCache:
        folder = None if self.sources is None else self.cache_dir
        return EffectCache(folder, fresh=self.fresh)

    def measure(self, manifest: Manifest, item: str) -> Result:
        """One metric of a manifest on today's data; a failure is in the result."""
        key = self._state(manifest, item)
        if key not in self._results_so_far:
            self.measure_all(manifest, [item])
        return self._results_so_far[key]

    def start_from(self, results: Results, current_lineage: Lineage) -> None:
        """Take today's own values as measured: what is declared now is what later states are
        compared with. Before anything was measured."""
        self._todays = results, current_lineage

    @cached_property
    def _results_so_far(self) -> dict[str, Result]:
        """State of an item -> its result: those of today, and those that were run since. Made when
        the first is asked for, which in most builds is never."""
        if self._todays is None:
            return {}
        results, current_lineage = self._todays
        today = on_todays_data(self.today, self.today)
        return {
            _state(today, item, current_lineage): result
            for item, result in results.results.items()
            if result.failure is None and result.as_of == self.as_of
        }

    def measure_all(self, manifest: Manifest, items: Iterable[str]) -> None:
        """Measure several metrics of one manifest together: one query process instead of one for
        each."""
        keys = {item: self._state(manifest, item) for item in items if item in manifest.metrics}
        missing = [item for item, key in keys.items() if key not in self._results_so_far]
        if not missing:
            return
        reduced = _reduced_manifest(manifest, missing, lineage(manifest, self.compare.names))
        reads = lineage(reduced, self.compare.names)
        engine = self._engine(reduced, missing)
        answered = evaluate(reduced, engine, self.as_of, lineage=reads, remember=self.remember)
        results = answered.results
        self._results_so_far |= {keys[item]: results[item] for item in missing}

    def on_record(self, revision: Revision) -> Revision | None:
        """The revision of an earlier day with the effect that was measured then; as it is where it
        has none. None: its states have to be looked at."""
        if not WEIGHED.intersection(revision.classes):
            return revision
        if not self._is_past(revision):
            return None
        if is_only_moved(revision):
            same, differ = _keys_of_move(_on_its_day(revision))
            if same in self._effects:
                revision = as_unchanged(revision)
            elif differ not in self._effects:
                return None
        for key in (_key_on_its_day(revision), self._key_of_held(revision)):
            if key in self._effects:
                return replace(revision, impact=self._effects[key])
        return None

    def _key_of_held(self, revision: Revision) -> str:
        """Where it is on record that a query failed as of its day: it is asked again when the data
        are others, and after `TRIED_DAYS` no more."""
        tried = (self.as_of - revision.on).days > TRIED_DAYS
        sources = {name: info.fingerprint for name, info in (self.sources or {}).items()}
        return f"held-{digest([_on_its_day(revision), None if tried else sources])}"

    def _is_past(self, revision: Revision) -> bool:
        return revision.after.commit is not None and revision.on < self.as_of

    def on_its_day(self, revision: Revision, before: Manifest, after: Manifest) -> Revision:
        """The revision with its effect as of the day it came. That of an earlier day is measured
        once and then stands, as its log entry does: later rows and corrections are not its own."""
        key = _key_on_its_day(revision)
        if not self._is_past(revision):
            entry = self.weighed(revision, before, after)
            if not _is_held(entry) and revision.on == self.as_of:
                self._effects[key] = entry.impact  # for tomorrow
            return entry
        if key not in self._effects:
            that_day = self._on_day(revision.on)
            entry = that_day.weighed(revision, before, after)
            if not _is_held(entry):
                self._effects[key] = entry.impact
            else:
                failure = that_day.measure(on_todays_data(after, self.today), revision.item).failure
                if failure is not None and failure.phase != "outside":
                    self._effects[self._key_of_held(revision)] = entry.impact
                return entry
        return replace(revision, impact=self._effects[key])

    def prepare_on_its_day(
        self, revisions: Iterable[Revision], before: Manifest, after: Manifest
    ) -> None:
        """Measure beforehand, all together, what `on_its_day` will ask for."""
        by_day: dict[date, list[Revision]] = {}
        for revision in revisions:
            past = self._is_past(revision)
            if is_only_moved(revision) or not past:
                by_day.setdefault(self.as_of, []).append(revision)
            if past and _key_on_its_day(revision) not in self._effects:
                by_day.setdefault(revision.on, []).append(revision)
        for day, some in by_day.items():
            self._on_day(day).prepare(some, before, after)

    def _on_day(self, day: date) -> EffectMeasurer:
        """The same of an earlier day, which remembers nothing by itself."""
        if day >= self.as_of:
            return self
        if day not in self._days:
            self._days[day] = EffectMeasurer(
                self.today,
                day,
                self.compare,
                self.cache_dir,
                engines=self.engines,
                remember=self.remember,
            )
        return self._days[day]

    def weighed(
        self,
        revision: Revision,
        before: Manifest,
        after: Manifest,
    ) -> Revision:
        """The revision with its impact, where it has one. `before` and `after` are the states it
        lies between."""
        item = revision.item
        if item not in before.metrics or item not in after.metrics:
            return revision
        if not WEIGHED.intersection(revision.classes):
            return revision
        key = self._key(revision, before, after)
        if key not in self._effects:
            old, new = on_todays_data(before, self.today), on_todays_data(after, self.today)
            impact = impact_of(revision, old, new, self.measure, compare=self.compare)
            if impact is not None and impact.held:
                return replace(
                    revision, impact=impact
                )  # it may run the next time, and nothing of it is remembered
            if impact is not None:
                impact = replace(impact, rows=self._rows(revision, new))
            self._effects[key] = impact
        return replace(revision, impact=self._effects[key])

    def prepare(self, revisions: Iterable[Revision], before: Manifest, after: Manifest) -> None:
        """Measure beforehand, all together, what these revisions will ask for."""
        items = [revision.item for revision in revisions if self._asks(revision, before, after)]
        for state in (before, after):
            self.measure_all(on_todays_data(state, self.today), items)

    def _asks(self, revision: Revision, before: Manifest, after: Manifest) -> bool:
        if revision.item not in before.metrics or revision.item not in after.metrics:
            return False
        if revision.classes == ("cosmetic",) or is_only_moved(revision):
            return True
        if not WEIGHED.intersection(revision.classes):
            return False
        key = self._key(revision, before, after)
        return key not in self._effects

    def _key(self, revision: Revision, before: Manifest, after: Manifest) -> str:
        data = self._data(revision.item, before, after)
        return digest([revision.id, self.as_of.isoformat(), __version__, data])

    def confirmed(self, revision: Revision, before: Manifest, after: Manifest) -> Revision:
        """A revision of form alone, looked at on today's data: equal form with unequal values is a
        redefinition."""
        if is_only_moved(revision):
            return self.settled(revision, before, after)
        if revision.classes != ("cosmetic",):
            return revision
        old, new = on_todays_data(before, self.today), on_todays_data(after, self.today)
        return confirm_equal_values(revision, old, new, self.measure)

    def settled(self, revision: Revision, before: Manifest, after: Manifest) -> Revision:
        """A query that only runs elsewhere now, looked at on today's data: with equal rows it is no
        redefinition. What was found is remembered, so that no engine is asked for its past in every
        build."""
        if (
            not is_only_moved(revision)
            or revision.item not in before.metrics
            or revision.item not in after.metrics
        ):
            return revision
        past = self._is_past(revision)
        same, differ = _keys_of_move(
            _on_its_day(revision) if past else self._key(revision, before, after)
        )
        if same in self._effects:
            return as_unchanged(revision)
        if differ in self._effects:
            return revision
        states = on_todays_data(before, self.today), on_todays_data(after, self.today)
        entry = confirm_equal_values(revision, *states, self.measure)
        if all(self.measure(state, revision.item).failure is None for state in states):
            self._effects[differ if entry is revision else same] = None
        return entry

    def _rows(self, revision: Revision, after: Manifest) -> tuple[RowChange, ...]:
        """How many rows a changed filter of the item's own query leaves out or takes in; one
        query."""
        if (
            "redefined" not in revision.classes
            or revision.sql_before is None
            or revision.sql_after is None
        ):
            return ()
        if revision.item in after.engine_items:
            return ()  # its rows are in the engine, and only the result comes here
        from sharekit.sqldiff.differences.rows import row_changes, row_question

        question = row_question(revision.sql_before, revision.sql_after)
        if question is None:
            return ()
        alone = _reduced_manifest(after, [revision.item], lineage(after, self.compare.names))
        try:
            rows = self._engine(alone, [revision.item]).query(question.sql).rows
        except (QueryError, OutsideError):
            return ()  # the failure of the query itself is told with its result
        return row_changes(question, rows[0]) if rows else ()

    def _engine(self, manifest: Manifest, metrics: Iterable[str]) -> DuckDBEngine:
        """An engine that can run the asked metrics, each by its own text: it knows what they read.
        Definitions of many days share it where they read the same."""
        items, current_lineage = tuple(metrics), lineage(manifest, self.compare.names)
        dated = any(current_lineage.all_sources(item) for item in items) or any(
            "as_of" in query.sql.text.lower() for query in manifest.queries
        )
        visible = manifest if manifest.engine_items else _read_by(manifest, items, current_lineage)
        return self.engines.get(visible, self.as_of, self.cache_dir, dated=dated)

    def save(self) -> None:
        """Keep on disk what was measured. Never raises."""
        self._effects.save()

    def _state(self, manifest: Manifest, item: str) -> str:
        return _state(manifest, item, lineage(manifest, self.compare.names))

    def _data(self, item: str, *states: Manifest) -> object:
        names = {
            name
            for state in states
            for name in lineage(state, self.compare.names).all_sources(item)
        }
        fingerprints: dict[str, str] = {}
        for name in sorted(names):
            info = (self.sources or {}).get(name)
            fingerprints[name] = info.fingerprint if info else "unknown"
        return fingerprints


def _is_held(revision: Revision) -> bool:
    return revision.impact is not None and revision.impact.held is not None


def _on_its_day(revision: Revision) -> str:
    return digest([revision.id, revision.on.isoformat()])


def _key_on_its_day(revision: Revision) -> str:
    return f"on-its-day-{_on_its_day(revision)}"


def _keys_of_move(name: str) -> tuple[str, str]:
    """Under what it is on record that a query which runs elsewhere returned the same rows, and that
    it returned others."""
    return f"moved-{name}", f"moved-otherwise-{name}"


def with_effects(
    revisions: Iterable[Revision], measurer: EffectMeasurer, before: Manifest, after: Manifest
) -> tuple[Revision, ...]:
    """Revisions between two states, looked at on today's data, each with its impact; form alone
    stays cosmetic."""
    entries = tuple(revisions)
    measurer.prepare(entries, before, after)
    return tuple(
        measurer.weighed(measurer.confirmed(revision, before, after), before, after)
        for revision in entries
    )


def _read_by(manifest: Manifest, items: Iterable[str], lineage: Lineage) -> Manifest:
    """What these metrics read, without themselves where none of them reads another."""
    reads = {name for item in items for name in lineage.upstream(item)}
    metrics = {name: metric for name, metric in manifest.metrics.items() if name in reads}
    return replace(manifest, metrics=metrics)


def _reduced_manifest(manifest: Manifest, items: Iterable[str], lineage: Lineage) -> Manifest:
    """These metrics with what they read, and nothing else that could fail beside them."""
    metrics = {
        name for item in items for name in (item, manifest.metrics[item].target_metric) if name
    }
    reads = {name for item in metrics for name in (item, *lineage.upstream(item))}
    return replace(
        manifest,
        metrics={name: metric for name, metric in manifest.metrics.items() if name in reads},
        views={name: view for name, view in manifest.views.items() if name in reads},
        dashboards={},
        asks={},
    )


def _state(manifest: Manifest, item: str, reads: Lineage) -> str:
    """A key for what the item's number rests on in a manifest."""
    metric = manifest.metrics[item]
    target = metric.target_metric
    texts = {}
    for name in (
        item,
        *reads.upstream(item),
        *([target, *reads.upstream(target)] if target else []),
    ):
        declared = manifest.sql_item(name)
        texts[name] = declared.sql.text if declared else None
        if declared is not None and declared.front.engine is not None:
            engine = manifest.config.engines.get(declared.front.engine)
            texts[f"{name} in"] = (
                f"{declared.front.engine}: {engine.model_dump_json() if engine else None}"
            )
    sources = {
        name: list(source.paths)
        for name, source in manifest.sources.items()
        if name in reads.all_sources(item)
    }
    terms = (
        [
            metric.okr.period.label,
            str(metric.okr.period.start),
            str(metric.okr.period.end),
            metric.okr.commitment,
        ]
        if metric.okr
        else None
    )
    return digest([texts, sources, metric.front.model_dump(mode="json", by_alias=True), terms])
