"""Manifest x Engine x as-of date -> Results: run what the cache does not know, read it, judge it.

Queries leave in one batch, what others read first; answers are read as they come. A metric that fails keeps its last
good reading, labelled with the reason, and never stops another. Everything comes back in the manifest's order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sharekit.engines import Answer, Engine, Query
from sharekit.errors import Problem
from sharekit.numbers.cache import Cache, Kept
from sharekit.numbers.evaluate import messages as words
from sharekit.numbers.evaluate.coverage import Coverages
from sharekit.numbers.evaluate.keys import Texts, digest, result_keys
from sharekit.numbers.evaluate.windows import looks_back_by_rows
from sharekit.numbers.measure import Measurement, brings_totals, measure
from sharekit.numbers.results import ObjectiveReading, OkrReading, Reading, Result, Results, SourceInfo
from sharekit.okr.assessment import assess_objectives, judge
from sharekit.project.lineage import DAYS, Lineage
from sharekit.project.manifest import Manifest, Metric, View
from sharekit.project.read.excerpt import with_excerpt

__all__ = ["evaluate", "known_lineage"]


def evaluate(
    manifest: Manifest,
    engine: Engine,
    as_of: date,
    *,
    cache: Cache | None = None,
    last_good: Mapping[str, Result] | None = None,
    lineage: Lineage | None = None,
) -> Results:
    """All results of a manifest as of a date.

    `cache` spares what has not changed and remembers what this build found. `last_good` are results to fall back on
    by id where a metric fails; default: those the cache remembers. `lineage` spares parsing, where it is known.
    Raises OutsideError where the engine is lost.
    """
    return _Evaluation(manifest, engine, as_of, cache, last_good or {}, Texts(manifest, cache, lineage)).run()


def known_lineage(manifest: Manifest, cache: Cache | None) -> Lineage:
    """The lineage of a manifest, parsing only texts that no earlier build has seen."""
    return Texts(manifest, cache).lineage


class _Evaluation:
    def __init__(
        self,
        manifest: Manifest,
        engine: Engine,
        as_of: date,
        cache: Cache | None,
        last_good: Mapping[str, Result],
        texts: Texts,
    ) -> None:
        self.manifest = manifest
        self.engine = engine
        self.as_of = as_of
        self.cache = cache
        self.last_good = last_good
        self.sources: Mapping[str, SourceInfo] = engine.sources()
        self.lineage = texts.lineage
        self.keys = result_keys(manifest, texts, engine, as_of, self.sources) if cache else {}
        items: Mapping[str, Metric | View] = {**manifest.views, **manifest.metrics}
        self.groups = {name: brings_totals(item.sql.text, upstream=True) for name, item in items.items()}
        self.coverages = Coverages(self.sources, self.lineage, manifest.config.project, as_of)
        self.measured: dict[str, Measurement] = {}
        self.cached: set[str] = set()
        self.failed: dict[str, Problem] = {}

    def run(self) -> Results:
        self._measure_all()
        results = {name: self._result(metric) for name, metric in self.manifest.metrics.items()}
        problems = [*self._problems(results), *words.unknown_members(self.manifest, results)]
        if self.cache is not None:
            self.cache.save()
        return Results(
            self.as_of,
            results,
            objectives=self._objectives(results),
            sources=self.sources,
            problems=tuple(with_excerpt(problem, self.manifest.files) for problem in problems),
        )

    # -- readings ------------------------------------------------------------------------------------------

    def _measure_all(self) -> None:
        """The cache's readings, then those of one batch of queries, what others read first."""
        metrics = self.manifest.metrics
        order = [metrics[name] for name in self.lineage.order() if name in metrics]
        for metric in order:
            if (found := self._from_cache(metric)) is not None:
                self._note(metric, found)
                self.cached.add(metric.id)
        fresh = [metric for metric in order if metric.id not in self.measured]
        self.coverages.ask(self.engine, fresh)
        queries = [Query(metric.id, metric.sql.text) for metric in fresh]
        for answer in self.engine.run(queries) if queries else ():
            self._take(metrics[answer.id], answer)

    def _from_cache(self, metric: Metric) -> Measurement | None:
        kept = self.cache.reading(self.keys[metric.id]) if self.cache is not None else None
        if kept is None or (kept.problems and kept.file != self._file_digest(metric)):
            return None  # its problems name lines that may have moved
        return Measurement(kept.reading, kept.problems)

    def _file_digest(self, metric: Metric) -> str:
        return digest(self.manifest.files.get(metric.path, ""))

    def _take(self, metric: Metric, answer: Answer) -> None:
        if answer.error is not None:
            broken = tuple(name for name in self.lineage.items.get(metric.id, ()) if name in self.failed)
            self.failed[metric.id] = words.query_problem(metric, answer.error, broken)
            return
        if answer.rows is None:
            raise AssertionError(f"{metric.id}: an answer without rows and error")
        upstream = any(self.groups.get(name, False) for name in self.lineage.upstream(metric.id))
        measured = measure(
            metric,
            answer.rows,
            self.as_of,
            self.manifest.config.project,
            coverage=self.coverages.of(metric, self._texts(metric)),
            looks_back=DAYS not in self.lineage.all_sources(metric.id) and looks_back_by_rows(metric.sql.text),
            totals=upstream or brings_totals(metric.sql.text),
        )
        self._note(metric, measured)
        if self.cache is not None:
            kept = Kept(measured.reading, measured.problems, self._file_digest(metric))
            self.cache.keep_reading(metric.id, self.keys[metric.id], kept)

    def _texts(self, metric: Metric) -> list[str]:
        """The SQL of a metric and of all it reads."""
        upstream = (self.manifest.sql_item(name) for name in self.lineage.upstream(metric.id))
        return [metric.sql.text, *(item.sql.text for item in upstream if item is not None)]

    def _note(self, metric: Metric, measured: Measurement) -> None:
        self.measured[metric.id] = measured
        if measured.reading is None:
            self.failed[metric.id] = next(each for each in measured.problems if each.severity == "error")

    # -- results -------------------------------------------------------------------------------------------

    def _result(self, metric: Metric) -> Result:
        measured = self.measured.get(metric.id)
        if measured is None or measured.reading is None:
            return self._failed_result(metric)
        if self.cache is not None:
            self.cache.keep_good(metric.id, self.keys[metric.id], self.as_of, metric.audience)
        return Result(
            metric.id,
            measured.reading,
            okr=self._judge(metric, measured.reading, self.as_of),
            stale=words.staleness(metric, measured.reading, self.as_of),
            as_of=self.as_of,
            from_cache=metric.id in self.cached,
        )

    def _failed_result(self, metric: Metric) -> Result:
        """The last good reading, judged as of its own day, with the reason why it is not of today."""
        failure = with_excerpt(self.failed[metric.id], self.manifest.files)
        last = self.last_good.get(metric.id)
        if last is None and self.cache is not None:
            last = self.cache.last_good(metric.id, metric.audience)
        if last is not None and last.as_of is not None and last.as_of > self.as_of:
            last = None  # numbers as of a day know no later one
        reading, day = (last.reading, last.as_of) if last else (None, None)
        return Result(
            metric.id,
            reading,
            okr=self._judge(metric, reading, day or self.as_of),
            stale=words.failed_sentence(failure, day if reading else None),
            failure=failure,
            as_of=day if reading else None,
        )

    def _judge(self, metric: Metric, reading: Reading | None, as_of: date) -> OkrReading | None:
        if metric.okr is None:
            return None
        objective = self.manifest.objectives.get(metric.okr.objective)
        dropped = objective is not None and objective.front.state == "dropped"
        return judge(metric.okr, reading, as_of, self.manifest.config.okrs, dropped=dropped)

    def _objectives(self, results: Mapping[str, Result]) -> dict[str, ObjectiveReading]:
        judged: dict[str, list[tuple[Metric, OkrReading]]] = {name: [] for name in self.manifest.objectives}
        for name, metric in self.manifest.key_results.items():
            reading = results[name].okr
            if metric.okr is not None and reading is not None and metric.okr.objective in judged:
                judged[metric.okr.objective].append((metric, reading))
        return assess_objectives(self.manifest.objectives.values(), judged, self.manifest.config.okrs)

    # -- problems ------------------------------------------------------------------------------------------

    def _problems(self, results: Mapping[str, Result]) -> list[Problem]:
        """Sources first, then metric by metric; a metric that fails for its source alone is named there."""
        unreadable = {name for name, info in self.sources.items() if info.error is not None}
        problems = list(words.source_problems(self.manifest, self.sources, self.lineage))
        for name, metric in self.manifest.metrics.items():
            result = results[name]
            if result.failure is not None and unreadable.isdisjoint(self.lineage.all_sources(name)):
                problems.extend(self._failures(name))
            elif result.failure is None:
                problems.extend(self.measured[name].problems)
                if result.stale is not None:
                    problems.append(words.stale_problem(metric, result.stale))
                unexplained = words.unexplained(self.manifest, metric, result)
                problems.extend([unexplained] if unexplained else [])
        return problems

    def _failures(self, name: str) -> Sequence[Problem]:
        measured = self.measured.get(name)
        return measured.problems if measured is not None else [self.failed[name]]
