"""Manifest x Engine x as-of date -> Results: run what the cache does not know, read it, judge it.

Queries leave in one batch, what others read first; answers are read as they come. A metric that
fails keeps its last good reading, labelled with the reason, and never stops another. Everything
comes back in the manifest's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property

from sharekit.engines import Engine, Extract, Query, QueryResult
from sharekit.engines.sources.advice import Advice
from sharekit.errors import Problem, errors_among
from sharekit.numbers.additivity import outputs_by_item
from sharekit.numbers.cache import Cache, CachedReading
from sharekit.numbers.cache.answers import Remember, answer_anew
from sharekit.numbers.evaluate.cache_keys import QueryTexts, ResultKeys, digest
from sharekit.numbers.evaluate.data_coverage import Coverages, emptied_column
from sharekit.numbers.evaluate.days_in_queries import DaysInQueries
from sharekit.numbers.evaluate.drawable import undrawable
from sharekit.numbers.evaluate.lossy_casts import losses
from sharekit.numbers.evaluate.problems import (
    extract_problems,
    failed_sentence,
    query_problem,
    source_problems,
    stale_problem,
    staleness,
    unexplained,
    unknown_members,
    version_problems,
)
from sharekit.numbers.evaluate.roll_ups import roll_ups
from sharekit.numbers.measure import (
    Measurement,
    may_have_total_rows,
    measure,
    target_metrics,
    with_target_metric,
)
from sharekit.numbers.measure.by_hand import by_hand
from sharekit.numbers.measure.labels import lookup_sql, no_labels, read_labels, several_names
from sharekit.numbers.measure.shares import not_a_share
from sharekit.numbers.results import (
    OkrReading,
    Reading,
    ReadingDigest,
    Result,
    Results,
    Rows,
    SourceInfo,
)
from sharekit.okr.assessment import assess_key_result, score_objectives
from sharekit.okr.scored_reading import scored
from sharekit.project.lineage import DAYS, SCHEMA, Lineage
from sharekit.project.manifest import Manifest, Metric, View
from sharekit.project.read.excerpt import with_excerpt
from sharekit.records import replace

__all__ = ["engine_items_read", "evaluate"]


def evaluate(
    manifest: Manifest,
    engine: Engine,
    as_of: date,
    *,
    cache: Cache | None = None,
    lineage: Lineage | None = None,
    remember: Remember = answer_anew,
) -> Results:
    """All results of a manifest as of a date.

    `cache` spares what has not changed, remembers what this build found, and has the last good
    result where a metric fails. `lineage` spares parsing, where it is known, and so does `remember`:
    what the texts of queries say. Raises OutsideError where the engine is lost."""
    texts = QueryTexts(manifest, cache, lineage)
    return _MetricRun(manifest, engine, as_of, cache, texts, remember).run()


def engine_items_read(manifest: Manifest, lineage: Lineage) -> list[str]:
    """What other engines are asked for: the metrics that run there, and what metrics read."""
    if not manifest.engine_items:
        return []
    if any(_reads_days(manifest, lineage, name) for name in manifest.metrics):
        return list(manifest.engine_items)
    read = {item for name in manifest.metrics for item in (name, *lineage.upstream(name))}
    return [name for name in manifest.engine_items if name in read]


def _reads_days(manifest: Manifest, lineage: Lineage, metric: str) -> bool:
    """Whether a metric reads the table of days, which begins with the first day of all data."""
    is_source = any(name.lower() == DAYS for name in manifest.sources)
    return not is_source and DAYS in lineage.all_sources(metric)


class _MetricRun:
    """One evaluation: what the cache knows, what was asked, and what came of it, metric by metric."""

    def __init__(
        self,
        manifest: Manifest,
        engine: Engine,
        as_of: date,
        cache: Cache | None,
        texts: QueryTexts,
        remember: Remember,
    ) -> None:
        self.manifest = manifest
        self.engine = engine
        self.as_of = as_of
        self.cache = cache
        self.outputs = outputs_by_item(self._text, texts.lineage.upstream, remember)
        self.sources: Mapping[str, SourceInfo] = engine.sources()
        self.lineage = texts.lineage
        self.engine_items = engine_items_read(manifest, self.lineage)
        if self.engine_items:
            engine.begin(self.engine_items)
        self.extracts: Mapping[str, Extract] = {}
        self.make_keys = ResultKeys(manifest, texts, engine, as_of, self.sources) if cache else None
        self.keys: dict[str, str] = {}
        items: Mapping[str, Metric | View] = {**manifest.views, **manifest.metrics}
        self.advice = Advice({item.id: item.sql.text for item in manifest.queries}, self.sources)
        self.may_have_totals = {
            name: may_have_total_rows(item.sql.text, upstream=True) for name, item in items.items()
        }
        self.queries = DaysInQueries(self._text, self.lineage, remember)
        self.coverages = Coverages(
            self.sources,
            lambda name: self.extracts.get(name),
            self.queries,
            manifest.config.project,
            as_of,
        )
        self.measured: dict[str, Measurement] = {}
        self.from_cache: set[str] = set()
        self.cached: dict[str, ReadingDigest] = {}
        self.failed: dict[str, Problem] = {}
        self.labels: dict[str, dict[str, Mapping[str, str]]] = {}
        self.lookups: dict[str, dict[str, Rows]] = {}
        """What the names of members were read from."""
        self.unlabelled: dict[str, Problem] = {}
        """Metrics whose names of members could not be read."""

    def run(self) -> Results:
        self._measure_all()
        self._set_targets()
        results = {name: self._result(metric) for name, metric in self.manifest.metrics.items()}
        problems = [
            *self._problems(results),
            *unknown_members(self.manifest, results),
            *undrawable(self.manifest, results),
        ]
        if self.cache is not None:
            self.cache.save()
        return Results(
            self.as_of,
            results,
            objectives=score_objectives(self.manifest, results),
            sources=self.sources,
            problems=tuple(with_excerpt(problem, self.manifest.files) for problem in problems),
        )

    # -- readings
    # ------------------------------------------------------------------------------------------

    def _measure_all(self) -> None:
        """What needs no other engine, while these are asked; then the rest."""
        metrics = self.manifest.metrics
        for metric in metrics.values():
            if metric.by_hand:
                reading = by_hand(metric, self.as_of)
                self._note(metric, Measurement(reading, tuple(not_a_share(metric, reading))))
        order = [
            metrics[name]
            for name in self.lineage.order()
            if name in metrics and not metrics[name].by_hand
        ]
        engine_items = set(self.engine_items)
        later = {
            metric.id
            for metric in order
            if not engine_items.isdisjoint((metric.id, *self.lineage.upstream(metric.id)))
            or (engine_items and _reads_days(self.manifest, self.lineage, metric.id))
        }
        self._measure([metric for metric in order if metric.id not in later])
        if self.engine_items:
            self.extracts = self.engine.extracts(self.engine_items)
            self._measure([metric for metric in order if metric.id in later])

    def _measure(self, order: Sequence[Metric]) -> None:
        """The cache's readings, then those of one batch of queries, what others read first."""
        if self.make_keys is not None:
            self.keys |= {metric.id: self.make_keys.of(metric, self.extracts) for metric in order}
        for metric in order:
            if (measurement := self._from_cache(metric)) is not None:
                self._note(metric, measurement)
                self.from_cache.add(metric.id)
        for metric in order:
            extract = self.extracts.get(metric.id)
            if extract is not None and extract.error is not None:
                self.failed[metric.id] = query_problem(metric, extract.error)
        waiting = [
            metric
            for metric in order
            if metric.id not in self.measured and metric.id not in self.failed
        ]
        self.coverages.ask(self.engine, waiting)
        self._read_labels(waiting)
        queries = [Query(metric.id, self._sql_here(metric)) for metric in waiting]
        for answer in self.engine.run(queries) if queries else ():
            self._take_answer(self.manifest.metrics[answer.id], answer)

    def _read_labels(self, metrics: Sequence[Metric]) -> None:
        """The names of members, from the lookups that the metrics declare."""
        lookups = [(metric, dimension) for metric in metrics for dimension in metric.front.labels]
        queries = [
            Query(str(at), lookup_sql(dimension, metric.front.labels[dimension]))
            for at, (metric, dimension) in enumerate(lookups)
        ]
        for answer in self.engine.run(queries) if queries else ():
            metric, dimension = lookups[int(answer.id)]
            if answer.error is not None:
                self.unlabelled[metric.id] = no_labels(metric, dimension, answer.error.message)
            elif answer.rows is not None:
                names = read_labels(answer.rows)
                self.labels.setdefault(metric.id, {})[dimension] = names
                self.lookups.setdefault(metric.id, {})[dimension] = answer.rows

    def _sql_here(self, metric: Metric) -> str:
        """A metric's query; of one that ran elsewhere, its rows are a table here."""
        return f"FROM {SCHEMA}.{metric.id}" if metric.id in self.extracts else metric.sql.text

    def _set_targets(self) -> None:
        """Compare with targets that are other metrics: after all are measured, since those may come
        last."""
        before = {name: measured.reading for name, measured in self.measured.items()}
        for name, target in target_metrics(self.manifest.metrics).items():
            measured = self.measured.get(name)
            if measured is None or measured.reading is None:
                continue
            reading, problems = with_target_metric(
                self.manifest.metrics[name], measured.reading, before.get(target)
            )
            self.measured[name] = Measurement(reading, (*measured.problems, *problems))

    def _from_cache(self, metric: Metric) -> Measurement | None:
        reading = self.cache.reading(self.keys[metric.id]) if self.cache is not None else None
        if reading is None or (reading.problems and reading.file != self._file_digest(metric)):
            return None  # its problems name lines that may have moved
        self._note_digest(metric, reading.reading, reading.digest)
        return Measurement(reading.reading, reading.problems)

    def _note_digest(self, metric: Metric, reading: Reading | None, digest: str) -> None:
        if reading is not None:
            self.cached[metric.id] = ReadingDigest(reading, digest)

    def _file_digest(self, metric: Metric) -> str:
        return digest(self.manifest.files.get(metric.path, ""))

    def _take_answer(self, metric: Metric, answer: QueryResult) -> None:
        if answer.error is not None:
            broken = tuple(
                name for name in self.lineage.items.get(metric.id, ()) if name in self.failed
            )
            self.failed[metric.id] = query_problem(metric, answer.error, broken)
            return
        if answer.rows is None:
            raise AssertionError(f"{metric.id}: an answer without rows and error")
        upstream = any(
            self.may_have_totals.get(name, False) for name in self.lineage.upstream(metric.id)
        )
        measured = measure(
            metric,
            answer.rows,
            self.as_of,
            self.manifest.config.project,
            coverage=self.coverages.of(metric, answer.rows),
            looks_back=DAYS not in self.lineage.all_sources(metric.id)
            and self.queries.looks_back_by_rows(metric),
            totals=upstream or may_have_total_rows(metric.sql.text),
            outputs=self.outputs(metric.id),
            labels=self.labels.get(metric.id, {}),
        )
        if metric.id in self.unlabelled:
            measured = Measurement(None, (*measured.problems, self.unlabelled[metric.id]))
        doubts = [
            problem
            for dimension, rows in self.lookups.pop(metric.id, {}).items()
            for problem in several_names(metric, dimension, rows, measured.reading)
        ]
        measured = replace(measured, problems=(*measured.problems, *doubts))
        self._note(metric, measured)
        if self.cache is not None:
            reading = CachedReading(measured.reading, measured.problems, self._file_digest(metric))
            stored_as = self.cache.keep_reading(metric.id, self.keys[metric.id], reading)
            self._note_digest(metric, measured.reading, stored_as)

    def _text(self, name: str) -> str | None:
        item = self.manifest.sql_item(name)
        return item.sql.text if item is not None else None

    def _note(self, metric: Metric, measured: Measurement) -> None:
        self.measured[metric.id] = measured
        if measured.reading is None:
            measured = replace(
                measured,
                problems=tuple(self._with_advice(metric, problem) for problem in measured.problems),
            )
            self.measured[metric.id] = measured
            self.failed[metric.id] = errors_among(measured.problems)[0]

    def _with_advice(self, metric: Metric, problem: Problem) -> Problem:
        """What a result lacks is often in the source's columns, written in another way."""
        if problem.code not in ("not-a-number", "not-a-date", "no-time-column", "no-value-column"):
            return problem
        hint = self.advice.hint(
            metric.sql.text, "", dates=problem.code in ("not-a-date", "no-time-column")
        )
        return replace(problem, hint=hint) if hint else problem

    # -- results
    # -------------------------------------------------------------------------------------------

    def _result(self, metric: Metric) -> Result:
        measured = self.measured.get(metric.id)
        if measured is None or measured.reading is None:
            return self._failed_result(metric)
        if self.cache is not None and not metric.by_hand:
            self.cache.keep_good(
                metric.id, self.keys[metric.id], self.as_of, self._readers_key(metric)
            )
        reading, okr = self._scored_reading(metric, measured.reading, self.as_of)
        closed = okr is not None and okr.closed
        late = None if closed or reading is None else staleness(metric, reading, self.as_of)
        return Result(
            metric.id,
            reading,
            okr=okr,
            stale=self._out_of_reach(metric) or late,
            as_of=self.as_of,
            from_cache=metric.id in self.from_cache,
            cached=self.cached.get(metric.id),
        )

    def _readers_key(self, metric: Metric) -> str:
        """Whom its value is for: its own audience, that of its objective, and those whom the rows
        that it reads are kept for. A value that was read for others is none to fall back on."""
        objective = self.manifest.objectives.get(metric.okr.objective) if metric.okr else None
        keys = {metric.audience_key: None}
        if objective is not None:
            keys[objective.audience_key] = None
        for name in self.lineage.all_sources(metric.id) if self._source_limits else ():
            keys |= dict.fromkeys(self._source_limits.get(name, ()))
        return "\n".join(keys)

    @cached_property
    def _source_limits(self) -> Mapping[str, tuple[str, ...]]:
        """Source -> whom its rows are kept for, and which tables beside it are for others."""
        manifest = self.manifest
        if not any(manifest.kept_for.values()):
            return {}
        return {
            name: (
                *(f"{name} for {','.join(owners)}" for owners in sorted(manifest.kept_for[name])),
                *(f"{name} without {table}" for table in manifest.hidden_tables(source)),
            )
            for name, source in manifest.sources.items()
        }

    def _out_of_reach(self, metric: Metric) -> str | None:
        """Which of its sources had to be taken from an earlier day, in a sentence."""
        for name in self.lineage.all_sources(metric.id):
            info = self.sources.get(name)
            if info is not None and info.stale is not None:
                return f"The source {name} is out of reach; {info.stale}."
        return None

    def _failed_result(self, metric: Metric) -> Result:
        """The last good reading, judged as of its own day, with the reason why it is not of
        today."""
        failure = with_excerpt(self.failed[metric.id], self.manifest.files)
        last = self.cache.last_good(metric.id, self._readers_key(metric)) if self.cache else None
        if last is not None and last.as_of is not None and last.as_of > self.as_of:
            last = None  # numbers as of a day know no later one
        reading, day = (last.reading, last.as_of) if last else (None, None)
        reading, okr = self._scored_reading(metric, reading, day or self.as_of)
        return Result(
            metric.id,
            reading,
            okr=okr,
            stale=failed_sentence(failure, day if reading else None),
            failure=failure,
            as_of=day if reading else None,
        )

    def _scored_reading(
        self, metric: Metric, reading: Reading | None, as_of: date
    ) -> tuple[Reading | None, OkrReading | None]:
        """The reading to show, and of a key result its judgement: it is shown as it is scored."""
        if metric.okr is None:
            return reading, None
        objective = self.manifest.objectives.get(metric.okr.objective)
        dropped = objective is not None and objective.front.state == "dropped"
        scored_reading = scored(metric.okr, reading, as_of)
        return scored_reading, assess_key_result(
            metric.okr, scored_reading, as_of, self.manifest.config.okrs, dropped=dropped
        )

    # -- problems
    # ------------------------------------------------------------------------------------------

    def _problems(self, results: Mapping[str, Result]) -> list[Problem]:
        """Sources first, then metric by metric; a metric that fails for its source alone is named
        there."""
        unreadable = {name for name, info in self.sources.items() if info.error is not None}
        broken = {
            name: extract.error
            for name, extract in self.extracts.items()
            if extract.error is not None
        }
        problems = list(source_problems(self.manifest, self.sources, self.lineage))
        for item in self.manifest.queries:
            if unreadable.isdisjoint(self.lineage.all_sources(item.id)):
                problems.extend(
                    losses(self.engine, item, self.advice, failed=item.id in self.failed)
                )
        problems += roll_ups(self.manifest, self.sources, self.lineage, self.outputs)
        problems += extract_problems(self.manifest, broken, self.lineage, results)
        problems += version_problems(self.manifest, self.extracts)
        problems += self._whole_divisions()
        for name, metric in self.manifest.metrics.items():
            result = results[name]
            if result.failure is not None:
                if unreadable.isdisjoint(self.lineage.all_sources(name)) and not self._named_above(
                    name, broken
                ):
                    problems.extend(self._failures(name))
            else:
                problems.extend(self.measured[name].problems)
                if result.stale is not None and self._out_of_reach(metric) is None:
                    in_engine = not {name, *self.lineage.upstream(name)}.isdisjoint(self.extracts)
                    emptied = self._emptied_column(metric, result.reading)
                    problems.append(
                        stale_problem(
                            metric, result.stale, self.as_of, in_engine=in_engine, emptied=emptied
                        )
                    )
                off_track = unexplained(self.manifest, metric, result)
                problems.extend([off_track] if off_track else [])
        return problems

    def _whole_divisions(self) -> Iterable[Problem]:
        """Ratios of whole numbers in other engines. sqlglot is loaded for the first division."""
        if not any("/" in (self._text(name) or "") for name in self.extracts):
            return ()
        from sharekit.numbers.evaluate.engine_division import whole_divisions

        return whole_divisions(self.manifest, self.extracts)

    def _emptied_column(self, metric: Metric, reading: Reading | None) -> tuple[str, date] | None:
        """The column that has no value in newer rows of what a metric reads, and its last day, where
        the number ends with that."""
        texts = self.queries.texts(metric)
        infos = [self.sources.get(name) for name in self.lineage.all_sources(metric.id)]
        extracts = (self.extracts.get(name) for name in self.lineage.upstream(metric.id))
        infos += [extract.info for extract in extracts if extract is not None]
        for info in infos:
            emptied = info and emptied_column(metric, info, texts, self.as_of)
            if emptied and reading is not None and reading.data_until == emptied[1]:
                return emptied
        return None

    def _named_above(self, name: str, broken: Iterable[str]) -> bool:
        """Whether it fails for what it reads from another engine, which is named there."""
        return name in broken or not set(broken).isdisjoint(self.lineage.upstream(name))

    def _failures(self, name: str) -> Sequence[Problem]:
        measured = self.measured.get(name)
        return measured.problems if measured is not None else [self.failed[name]]
