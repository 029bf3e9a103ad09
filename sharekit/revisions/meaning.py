"""What a metric's number rests on besides its own file: views, other metrics, where sources come
from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from msgspec import Struct, field

from sharekit.errors import QueryError
from sharekit.project.dashboard_body import MetricsBlock, Part, ProseBlock, TableBlock, parse_body
from sharekit.project.lineage import Lineage, NamesCache, lineage
from sharekit.project.manifest import Dashboard, Manifest, Metric, Source
from sharekit.project.shapes import HOW_WRITTEN
from sharekit.records import replace
from sharekit.sqldiff.types import Schema, SqlChange, SqlComparison

Compare = Callable[..., SqlComparison]


def no_types(_sql: str) -> Schema:
    """Nothing is known of the sources."""
    return {}


class Comparer(Struct):
    """Compares queries and remembers the answers: a fold over history meets the same pair again and
    again.

    `ok = true` means what `ok` does where `ok` is a boolean: what cannot be proved otherwise is
    looked at once more with the types of today's sources."""

    compare: Compare
    types: Callable[[str], Schema] = no_types
    """The columns of today's sources that some SQL names; sources may have to be read for it."""
    comparisons: dict[tuple[str, str, str], SqlComparison] = field(default_factory=dict)
    names: NamesCache = field(default_factory=NamesCache)
    """What each query reads, remembered too."""
    pages: dict[str, frozenset[str]] = field(default_factory=dict)
    """What each dashboard's text places."""

    def __call__(self, before: str, after: str, dialect: str = "duckdb") -> SqlComparison:
        pair = (before.strip(), after.strip(), dialect)
        if pair[0] == pair[1]:
            return SqlComparison("identical")
        if pair not in self.comparisons:
            self.comparisons[pair] = self._compare_with_types(before, after, dialect)
        return self.comparisons[pair]

    def _compare_with_types(self, before: str, after: str, dialect: str) -> SqlComparison:
        if dialect != "duckdb":
            return self.compare(before, after, dialect=dialect)
        comparison = self.compare(before, after)
        if comparison.verdict != "changed":
            return comparison
        schema = self.types(f"{before}\n{after}")
        return self.compare(before, after, schema=schema) if schema else comparison


class Home(Struct, frozen=True):
    """Where a query runs, so far as it decides what the query means."""

    engine: str | None
    dialect: str
    setup: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "on the project's own sources" if self.engine is None else f"in {self.engine}"


class ManifestState(Struct, frozen=True, dict=True):
    """A manifest with its lineage, worked out once."""

    manifest: Manifest
    reads: Lineage
    memory: Comparer

    @staticmethod
    def of(manifest: Manifest, memory: Comparer) -> ManifestState:
        return ManifestState(manifest, lineage(manifest, memory.names), memory)

    def placed_on(self, dashboard: Dashboard) -> frozenset[str]:
        """Ids of the metrics that a dashboard shows or names."""
        if dashboard.body not in self.memory.pages:
            self.memory.pages[dashboard.body] = placed_ids(parse_body(dashboard))
        return self.memory.pages[dashboard.body]

    def sql(self, item: str) -> str:
        declared = self.manifest.sql_item(item)
        return declared.definition if declared else ""

    def home(self, item: str) -> Home:
        """Where an item runs."""
        declared = self.manifest.sql_item(item)
        if declared is None or declared.front.engine is None:
            return Home(None, "duckdb")
        engine = self.manifest.config.engines.get(declared.front.engine)
        return Home(
            declared.front.engine,
            self.manifest.dialect_of(declared),
            tuple(engine.setup) if engine else (),
        )

    @cached_property
    def definitions(self) -> Mapping[str, str]:
        """The SQL of everything that other SQL may read as `metrics.<name>`, and that could stand
        in it."""
        return {name: sql for name, (sql, home) in self.texts.items() if home.engine is None}

    @cached_property
    def texts(self) -> Mapping[str, tuple[str, Home]]:
        """The SQL of every view and metric, and where it runs."""
        return {item.id: (item.definition, self.home(item.id)) for item in self.manifest.queries}

    def target_metric(self, metric: Metric) -> Metric | None:
        """The metric whose values are the targets of this one."""
        return self.manifest.metrics.get(metric.target_metric or "")

    def fingerprint(self, metric: Metric) -> list[object]:
        """Everything declared that the number and its target rest on, for a stable id; data are not
        part of it."""
        target = self.target_metric(metric)
        return [*self._basis(metric), *([self._basis(target)] if target else [])]

    def _basis(self, metric: Metric) -> list[object]:
        upstream = sorted(self.reads.upstream(metric.id))
        sources = self.reads.all_sources(metric.id)
        homes = {
            name: str(self.home(name)) for name in (metric.id, *upstream) if self.home(name).engine
        }
        return [
            metric.definition.strip(),
            {name: self.sql(name).strip() for name in upstream},
            {name: binding(self.manifest.sources.get(name)) for name in sources},
            *([homes] if homes else []),
        ]


class Meaning(Struct, frozen=True):
    """How the SQL of an item compares."""

    changed: bool
    respelled: bool
    """Whether some text differs, though the meaning was proved to be the same."""
    changes: tuple[SqlChange, ...]


def compare_meaning(
    metric: str, before: ManifestState, after: ManifestState, compare: Comparer
) -> Meaning:
    """Compare an item's own SQL, then that of each view and metric it read before and still reads,
    then the sources."""
    old, new = before.sql(metric), after.sql(metric)
    if bool(old.strip()) != bool(new.strip()):
        how = (
            "is kept by hand, and was computed"
            if old.strip()
            else "is computed, and was kept by hand"
        )
        return Meaning(True, False, (SqlChange("~", how),))
    comparison = _compare_queries(metric, before, after, compare)
    changes = list(comparison.changes)
    respelled = comparison.verdict in ("cosmetic", "rewritten")
    old_reads = set(before.reads.upstream(metric))
    for name in after.reads.upstream(metric):
        if name in old_reads:
            if not before.sql(name).strip() or not after.sql(name).strip():
                continue  # kept by hand: its own page tells of it
            inner = _compare_queries(name, before, after, compare)
            respelled = respelled or inner.verdict in ("cosmetic", "rewritten")
            changes += (
                replace(change, item=name) for change in inner.changes if inner.verdict == "changed"
            )
    if changes and _is_same_written_out(metric, before, after, compare):
        changes, respelled = [], True
    changes += _rebound(metric, before, after)
    return Meaning(bool(changes), respelled and not changes, tuple(changes))


def _compare_queries(
    item: str, before: ManifestState, after: ManifestState, compare: Comparer
) -> SqlComparison:
    """One query then and now, in the dialect of the engine it runs in."""
    was, now = before.home(item), after.home(item)
    if was == now:
        return compare(before.sql(item), after.sql(item), now.dialect)
    if was.engine == now.engine:
        set_up = SqlChange("~", f"{now.engine} is set up otherwise", moved=True)
        others = compare(before.sql(item), after.sql(item), now.dialect).changes
        return SqlComparison("changed", (set_up, *others))
    moved = SqlChange("~", f"runs {now} instead of {was}", moved=True)
    others = _changes_across(before.sql(item), after.sql(item), was, now, compare)
    return SqlComparison("changed", (moved, *others))


def _changes_across(
    before: str, after: str, was: Home, now: Home, compare: Comparer
) -> tuple[SqlChange, ...]:
    """What changed besides where a query runs. Tables have other names there, so the rows decide
    whether any of it changes what is counted."""
    if was.dialect != now.dialect:
        from sharekit.sqldiff.translate import translate

        try:
            before = translate(before, before=was.dialect, after=now.dialect).sql
        except QueryError:
            return ()
    changes = compare(before, after, now.dialect).changes
    return tuple(replace(change, moved=True) for change in changes)


def _is_same_written_out(
    metric: str, before: ManifestState, after: ManifestState, compare: Comparer
) -> bool:
    """Whether only the cut changed: a step moved into a shared view or out of one, a view got a
    column nobody reads."""
    if not before.reads.upstream(metric) and not after.reads.upstream(metric):
        return False
    if any(
        state.home(name).engine
        for state in (before, after)
        for name in (metric, *state.reads.upstream(metric))
    ):
        return False  # what runs elsewhere cannot be written into what runs here
    from sharekit.sqldiff.canonical.expand import expanded

    try:
        old, new = (expanded(state.sql(metric), state.definitions) for state in (before, after))
    except QueryError:
        return False
    return compare(old, new).verdict != "changed"


def affected_items(before: ManifestState, after: ManifestState) -> frozenset[str]:
    """Items that rest on something else now: whose SQL, or that of anything they read, or a source
    is not as it was."""
    old, new = before.texts, after.texts
    direct = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    was, now = before.manifest.sources, after.manifest.sources
    moved = {name for name in {*was, *now} if binding(was.get(name)) != binding(now.get(name))}
    for state in (before, after) if moved else ():
        direct.update(
            name for name, read in state.reads.sources.items() if not moved.isdisjoint(read)
        )
    below = (
        reader
        for state in (before, after)
        for name in direct
        for reader in state.reads.downstream(name)
    )
    return frozenset(direct.union(below))


def placed_ids(blocks: Iterable[Part]) -> frozenset[str]:
    """Ids of the metrics that the parts of a dashboard show or name."""
    ids: set[str] = set()
    for block in blocks:
        if isinstance(block, ProseBlock):
            ids.update(number.id for number in block.numbers)
        elif isinstance(block, MetricsBlock):
            ids.update(placement.id for placement in block.metrics)
        elif isinstance(block, TableBlock):
            ids.add(block.table.id)
    return frozenset(ids)


def binding(source: Source | None) -> object:
    """What ties a source to its data: where the rows are, not which rows they are. A file in
    metrics/data/ is the same with and without an entry of its own."""
    if source is None:
        return None
    config = source.config
    written = {"table": config.table, "format": config.format, "columns": dict(config.columns)}
    written |= {name: getattr(config, name) for name in (*HOW_WRITTEN, "snapshot")}
    if config.url is not None:
        return {"url": config.url} | written
    return {
        "path": config.path or (source.paths[0] if len(source.paths) == 1 else list(source.paths))
    } | written


def _rebound(metric: str, before: ManifestState, after: ManifestState) -> list[SqlChange]:
    shared = set(before.reads.all_sources(metric)) & set(after.reads.all_sources(metric))
    changes = []
    for name in sorted(shared):
        old, new = before.manifest.sources.get(name), after.manifest.sources.get(name)
        if old is not None and new is not None and binding(old) != binding(new):
            changes.append(SqlChange("~", _rebinding(name, old, new)))
    return changes


def _rebinding(name: str, old: Source, new: Source) -> str:
    before, after = _location(old), _location(new)
    if before == after:
        return f"`{name}` is read with other options"
    return f"`{name}` comes from `{after}` instead of `{before}`"


def _location(source: Source) -> str:
    path = (
        (source.config.url or "").partition("?")[0] or source.config.path or ", ".join(source.paths)
    )
    return f"{path} ({source.config.table})" if source.config.table else path
