"""The way from files to pages, top to bottom: load, check, evaluate, compare, render, publish.

This is the only place that knows the order. Everything exists before anything is written; a mistake
in a file stops before a query runs, and a query that fails leaves its last good value on the page
and the rest as it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from time import perf_counter

from msgspec import Struct

from sharekit.app.caches import Caches
from sharekit.app.closed_key_results import (
    PastPeriods,
    has_ended,
    with_closed_results,
    with_closed_terms,
)
from sharekit.app.ledger_facts import LedgerFacts, closings, mark_held, with_published
from sharekit.app.page_cache import PageCounts
from sharekit.app.page_weight import over_budget
from sharekit.artifacts import Artifact
from sharekit.checks import ManifestChecks, examine
from sharekit.checks.facts_cache import FactsCache
from sharekit.engines import Engine, Extract, Query, QueryResult
from sharekit.errors import Problem, ProblemsError, SharekitError, exit_code
from sharekit.history import History, NoHistory, committed_paths, in_its_zone, open_history
from sharekit.numbers.evaluate import engine_items_read, evaluate
from sharekit.numbers.evaluate.double_counting import soundness
from sharekit.numbers.results import Column, Results, Rows, SourceInfo
from sharekit.project.lineage import Lineage, NamesCache
from sharekit.project.load import load
from sharekit.project.manifest import Manifest
from sharekit.project.read.did_you_mean import suggestion
from sharekit.publish import Publisher
from sharekit.records import replace
from sharekit.revisions.comparison_cache import KnownComparisons
from sharekit.revisions.effect.measure import EffectMeasurer, OpenEngines, source_types
from sharekit.revisions.find import Comparer
from sharekit.revisions.history_log_store import FolderHistoryLogs
from sharekit.revisions.revision import Revision
from sharekit.revisions.timeline import no_history, past_revisions, shallow_warning, with_answers
from sharekit.site.drawn_pages import PageCache
from sharekit.site.folders import tree_folder, tree_url
from sharekit.site.hosting import HEADERS
from sharekit.site.render import dashboards_alone, render_site
from sharekit.visible import Gone, Visible, visible_to

Tell = Callable[[str], None]
"""Takes a line of progress, such as "Running 12 of 31 queries"."""


def no_progress(text: str) -> None:
    """For those who want no progress."""


@dataclass(frozen=True)
class Evaluation:
    """A project with its values: what every command that shows numbers begins with."""

    manifest: Manifest
    lineage: Lineage
    results: Results
    problems: tuple[Problem, ...]
    """Warnings of the files, then what the data and the queries have against them."""
    ran: int
    """Queries that were run; the other results came from the cache."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Wall clock by step: read, run."""
    revisions: tuple[Revision, ...] = ()
    """What history tells, oldest first; () where only the numbers were asked for."""
    meetings: Mapping[str, int] = field(default_factory=dict)
    """Audience -> how often history moved its meeting."""
    unknown_until: date | None = None
    """Day up to which nobody can tell what each of several audiences could see."""
    gone: Gone = field(default_factory=dict)
    """What was declared once, and whom it was for."""
    origin: str = ""
    """What the project began with, as one word; "" where history does not know."""
    effects: EffectMeasurer = field(kw_only=True)
    """Measures other definitions on the same data; knows what was measured already."""
    comparisons: KnownComparisons = field(kw_only=True)
    """Compares queries; knows what was compared already."""
    facts: FactsCache = field(kw_only=True)
    """Reads queries; knows what was read already."""
    history_logs: FolderHistoryLogs | None = None
    """What earlier builds found in the commits; None: all are read again."""


class BuildReport(Struct, frozen=True):
    """What one build did."""

    evaluated: Evaluation
    artifacts: Sequence[Artifact]
    published: bool
    """False with `strict` where anything failed."""
    seconds: Mapping[str, float]
    """Wall clock by step: read, run, write."""
    pages: PageCounts | None = None
    """Metrics, dashboards and objectives by what was done with their pages; None where none is
    remembered."""

    @property
    def exit_code(self) -> int:
        return exit_code(self.evaluated.problems)


def build(
    project: Path,
    publisher: Publisher,
    *,
    as_of: date,
    commit: str | None = None,
    strict: bool = False,
    fresh: bool = False,
    caches: Caches | None = None,
    engines: OpenEngines | None = None,
    ledger_facts: LedgerFacts | None = None,
    history: History | NoHistory | None = None,
    tell: Tell = no_progress,
) -> BuildReport:
    """Make the site of a project and publish it. `fresh`: run every query again, whatever is in the
    cache. `engines`: those of the build before, of which the process goes on. `ledger_facts`: what
    the ledger has of earlier builds; without it pages tell nothing of what slipped or was restated.

    Raises ProblemsError where a file is wrong (nothing is published then), OutsideError where the
    engine cannot be had, and whatever the publisher raises. A query that fails is in the report's
    problems instead."""
    history = open_history(project) if history is None else history
    caches = caches or Caches()
    evaluation = evaluated(
        project,
        as_of=as_of,
        commit=commit,
        fresh=fresh,
        caches=caches,
        engines=engines,
        ledger_facts=ledger_facts,
        history=history,
        tell=tell,
    )
    evaluation = with_history(evaluation, history, ledger_facts=ledger_facts, tell=tell)
    if strict and exit_code(evaluation.problems):
        return BuildReport(evaluation, (), False, evaluation.seconds)
    start = perf_counter()
    tell("Writing the pages")
    artifacts = render(evaluation, commit, None if fresh else caches.pages)
    heavy = over_budget(artifacts, evaluation.manifest)
    evaluation = replace(evaluation, problems=(*evaluation.problems, *heavy))
    publisher.publish(artifacts)
    seconds = {**evaluation.seconds, "write": perf_counter() - start}
    pages = None if fresh else caches.end_build()
    return BuildReport(evaluation, artifacts, True, seconds, pages)


def evaluated(
    project: Path,
    *,
    as_of: date,
    commit: str | None = None,
    fresh: bool = False,
    only: str | None = None,
    caches: Caches | None = None,
    engines: OpenEngines | None = None,
    ledger_facts: LedgerFacts | None = None,
    history: History | NoHistory | None = None,
    refresh: bool = True,
    tell: Tell = no_progress,
) -> Evaluation:
    """Load, check and evaluate: everything, or `only` one metric with what it reads. What ended is
    as it ended. `refresh`, `fresh`: whether other engines run queries whose rows are here.

    Raises ProblemsError with all that is wrong in the files, before a query runs."""
    start = perf_counter()
    tell("Reading the files")
    history = open_history(project) if history is None else history
    caches = caches or Caches()
    facts, folder = caches.query_facts, caches.folder
    manifest, checks = _loaded(project, history, commit, facts)
    read = perf_counter()
    tell("Reading the sources")
    declared = manifest if only is None else only_with_upstream(manifest, checks.lineage, only)
    engines = engines or OpenEngines(refresh=refresh, fresh=fresh)
    engines.begin_build()
    ahead = engine_items_read(declared, checks.lineage)
    engine = engines.get(manifest, as_of, folder, dated=True, ahead=ahead)
    watched = ReportingEngine(engine, tell)
    results = evaluate(
        declared,
        watched,
        as_of,
        cache=None if fresh else caches.results,
        lineage=checks.lineage,
        remember=facts.remember,
    )
    doubts: tuple[Problem, ...] = ()
    if only is None:
        doubts = soundness(declared, engine, checks.lineage, as_of, folder, facts.remember)
    facts.save()
    effects = _effects(manifest, caches, results, checks.lineage, fresh=fresh, engines=engines)
    if has_ended(manifest, as_of) and not isinstance(history, NoHistory):
        ended = PastPeriods(history, manifest, effects, closings(ledger_facts))
        results = with_closed_results(results, ended)
    return Evaluation(
        manifest,
        checks.lineage,
        results,
        (*checks.problems, *results.problems, *doubts),
        watched.ran,
        {"read": read - start, "run": perf_counter() - read},
        effects=effects,
        comparisons=caches.comparisons,
        facts=facts,
        history_logs=None if fresh else caches.history_logs,
    )


def _effects(
    manifest: Manifest,
    caches: Caches,
    results: Results,
    lineage: Lineage,
    *,
    fresh: bool,
    engines: OpenEngines,
) -> EffectMeasurer:
    """Measures what revisions do to the values of a build."""
    sources = results.sources
    names = NamesCache(caches.query_facts.names)
    compare = Comparer(caches.comparisons, partial(source_types, sources), names=names)
    effects = EffectMeasurer(
        manifest,
        results.as_of,
        compare,
        caches.folder,
        sources,
        fresh=fresh,
        engines=engines,
        remember=caches.query_facts.remember,
    )
    effects.start_from(results, lineage)
    return effects


def _loaded(
    project: Path, history: History | NoHistory, commit: str | None, facts: FactsCache
) -> tuple[Manifest, ManifestChecks]:
    """The project's files, checked. Raises ProblemsError where any is wrong."""
    reader = None if isinstance(history, NoHistory) else history.texts.reader
    manifest = load(project, commit=commit, reader=reader)
    checks = examine(
        manifest,
        facts=facts,
        remember=facts.remember,
        committed=lambda: committed_paths(history),
    )
    facts.save()
    if exit_code(checks.problems):
        raise ProblemsError(checks.problems)
    return manifest, checks


def with_history(
    evaluation: Evaluation,
    history: History | NoHistory,
    *,
    ledger_facts: LedgerFacts | None = None,
    tell: Tell = no_progress,
) -> Evaluation:
    """Add what history tells of earlier definitions, and the ledger of earlier values. Where there
    is no history, a warning says why."""
    start = perf_counter()
    tell("Reading the history")
    if isinstance(history, NoHistory):
        return replace(
            evaluation,
            problems=(
                *evaluation.problems,
                no_history(history.reason, history.hint, evaluation.manifest),
            ),
        )
    effects, as_of = evaluation.effects, evaluation.results.as_of
    logs = evaluation.history_logs
    story = past_revisions(history, evaluation.manifest, as_of, effects, logs)
    effects.save()
    if logs is not None:
        logs.save()
    evaluation.comparisons.save()
    evaluation.facts.save()
    missing = shallow_warning(history, evaluation.manifest)
    warnings = (no_history(*missing, evaluation.manifest),) if missing else ()
    revisions = story.revisions
    answered = with_answers(history, evaluation.manifest, as_of, revisions)
    if ledger_facts is not None:
        head = in_its_zone(history.moment(), evaluation.manifest)
        revisions = with_published(
            revisions, ledger_facts, evaluation.manifest, evaluation.results, head, effects.compare
        )
    seconds = {**evaluation.seconds, "compare": perf_counter() - start}
    return replace(
        evaluation,
        manifest=answered,
        revisions=mark_held(revisions, evaluation.results, ledger_facts),
        meetings=story.meetings,
        gone=story.gone,
        unknown_until=story.unknown_until,
        origin=story.origin,
        problems=(*evaluation.problems, *warnings),
        seconds=seconds,
    )


def only_with_upstream(manifest: Manifest, lineage: Lineage, item: str) -> Manifest:
    """The project with one metric, and the metrics it reads, alone. Raises SharekitError where it
    is not there."""
    if item not in manifest.metrics:
        hint = suggestion(item, manifest.metrics, are="There are")
        raise SharekitError(f"there is no metric or key result {item}", hint=hint)
    target = manifest.metrics[item].target_metric
    roots = {item, target} if target else {item}
    names = roots.union(*(lineage.upstream(wanted_item) for wanted_item in roots))
    return replace(
        manifest,
        metrics={name: metric for name, metric in manifest.metrics.items() if name in names},
    )


def render(
    evaluation: Evaluation, commit: str | None, cache: PageCache | None = None
) -> list[Artifact]:
    """One tree for each audience: at the top where there is one audience, else each in a folder of
    its own.

    With several, no page stands at the top: any list of them would tell one audience about another.
    """
    artifacts = [HEADERS]
    for audience in evaluation.manifest.audiences:
        pages = render_site(
            visible_share(evaluation, audience),
            meeting_moves=evaluation.meetings.get(audience, 0),
            commit=commit,
            cache=cache,
        )
        folder = tree_folder(evaluation.manifest, audience)
        artifacts += (Artifact(folder + artifact.path, artifact.content) for artifact in pages)
    return artifacts


def visible_share(evaluation: Evaluation, audience: str) -> Visible:
    """What one audience may see of a project with its values and its past."""
    return visible_to(
        audience,
        with_closed_terms(evaluation.manifest, evaluation.results),
        evaluation.results,
        evaluation.lineage,
        evaluation.revisions,
        unknown_until=evaluation.unknown_until,
        gone=evaluation.gone,
        url=tree_url(evaluation.manifest, audience),
        origin=evaluation.origin,
    )


def page_weights(evaluation: Evaluation) -> tuple[Problem, ...]:
    """What a build of this would say about the weight of dashboards: they are drawn, and written
    nowhere."""
    pages = [
        Artifact(tree_folder(evaluation.manifest, audience) + page.path, page.content)
        for audience in evaluation.manifest.audiences
        for page in dashboards_alone(visible_share(evaluation, audience))
    ]
    return over_budget(pages, evaluation.manifest)


class ReportingEngine:
    """An engine that tells how far it is, and counts."""

    def __init__(self, engine: Engine, tell: Tell) -> None:
        self._engine = engine
        self._tell = tell
        self.name, self.version, self.dialect = engine.name, engine.version, engine.dialect
        self.ran = 0

    def sources(self) -> Mapping[str, SourceInfo]:
        return self._engine.sources()

    def begin(self, items: Iterable[str]) -> None:
        self._engine.begin(items)

    def extracts(self, items: Iterable[str]) -> Mapping[str, Extract]:
        item_ids = list(items)
        if item_ids:
            self._tell("Asking the engines")
        return self._engine.extracts(item_ids)

    def first_day(self) -> date:
        return self._engine.first_day()

    def canonical(self, sql: str) -> str:
        return self._engine.canonical(sql)

    def columns(self, sql: str) -> tuple[Column, ...]:
        return self._engine.columns(sql)

    def query(self, sql: str) -> Rows:
        return self._engine.query(sql)

    def run(self, queries: Sequence[Query]) -> Iterator[QueryResult]:
        for number, answer in enumerate(self._engine.run(queries), 1):
            self.ran += 1
            self._tell(f"Running {number} of {len(queries)} queries")
            yield answer

    def close(self) -> None:
        self._engine.close()
