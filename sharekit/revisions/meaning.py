"""What a metric's number rests on besides its own file: views, other metrics, where sources come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sharekit.errors import QueryError
from sharekit.lineage import Lineage, lineage
from sharekit.manifest import Manifest, Metric, Source
from sharekit.sqldiff.expand import expanded
from sharekit.sqldiff.types import SqlChange, SqlComparison

Schema = Mapping[str, tuple[str, ...]]
"""Table name ("flights", "metrics._weekly") -> its columns, so far as they are known."""
Compare = Callable[..., SqlComparison]


@dataclass
class Comparer:
    """Compares queries and remembers the answers: a fold over history meets the same pair again and again."""

    compare: Compare
    schema: Schema | None = None
    known: dict[tuple[str, str], SqlComparison] = field(default_factory=dict)

    def __call__(self, before: str, after: str) -> SqlComparison:
        pair = (before.strip(), after.strip())
        if pair[0] == pair[1]:
            return SqlComparison("identical")
        if pair not in self.known:
            self.known[pair] = self.compare(before, after, schema=self.schema)
        return self.known[pair]


@dataclass(frozen=True)
class State:
    """A manifest with its lineage, worked out once."""

    manifest: Manifest
    reads: Lineage

    @staticmethod
    def of(manifest: Manifest) -> State:
        return State(manifest, lineage(manifest))

    def sql(self, item: str) -> str:
        found = self.manifest.sql_item(item)
        return found.sql.text if found else ""

    def definitions(self) -> Mapping[str, str]:
        """The SQL of everything that other SQL may read as `metrics.<name>`."""
        views = {name: view.sql.text for name, view in self.manifest.views.items()}
        return views | {name: metric.sql.text for name, metric in self.manifest.metrics.items()}

    def fingerprint(self, metric: Metric) -> list[object]:
        """Everything declared that the number rests on, for a stable id; data are not part of it."""
        upstream = sorted(self.reads.upstream(metric.id))
        sources = self.reads.all_sources(metric.id)
        return [
            metric.sql.text.strip(),
            {name: self.sql(name).strip() for name in upstream},
            {name: binding(self.manifest.sources.get(name)) for name in sources},
        ]


@dataclass(frozen=True)
class Meaning:
    """How the SQL of an item compares."""

    changed: bool
    respelled: bool
    """Whether some text differs, though the meaning was proved to be the same."""
    changes: tuple[SqlChange, ...]


def meaning(metric: str, before: State, after: State, compare: Comparer) -> Meaning:
    """Compare an item's own SQL, then that of each view and metric it read before and still reads, then the sources."""
    own = compare(before.sql(metric), after.sql(metric))
    changes = list(own.changes)
    respelled = own.verdict in ("cosmetic", "rewritten")
    old_reads = set(before.reads.upstream(metric))
    for name in after.reads.upstream(metric):
        if name in old_reads:
            inner = compare(before.sql(name), after.sql(name))
            respelled = respelled or inner.verdict in ("cosmetic", "rewritten")
            changes += (replace(change, item=name) for change in inner.changes if inner.verdict == "changed")
    if changes and _is_same_written_out(metric, before, after, compare):
        changes, respelled = [], True
    changes += _rebound(metric, before, after)
    return Meaning(bool(changes), respelled and not changes, tuple(changes))


def _is_same_written_out(metric: str, before: State, after: State, compare: Comparer) -> bool:
    """Whether only the cut changed: a step moved into a shared view or out of one, a view got a column nobody reads."""
    if not before.reads.upstream(metric) and not after.reads.upstream(metric):
        return False
    try:
        old, new = (expanded(state.sql(metric), state.definitions()) for state in (before, after))
    except QueryError:
        return False
    return compare(old, new).verdict != "changed"


def binding(source: Source | None) -> object:
    """What ties a source to its data: where the rows are, not which rows they are."""
    if source is None:
        return None
    config = source.config
    written = {"table": config.table, "format": config.format, "columns": dict(config.columns)}
    return {"path": config.path or list(source.paths)} | written


def _rebound(metric: str, before: State, after: State) -> list[SqlChange]:
    shared = set(before.reads.all_sources(metric)) & set(after.reads.all_sources(metric))
    found = []
    for name in sorted(shared):
        old, new = before.manifest.sources.get(name), after.manifest.sources.get(name)
        if old is not None and new is not None and binding(old) != binding(new):
            found.append(SqlChange("~", _rebinding(name, old, new)))
    return found


def _rebinding(name: str, old: Source, new: Source) -> str:
    before, after = _where(old), _where(new)
    if before == after:
        return f"`{name}` is read with other options"
    return f"`{name}` comes from `{after}` instead of `{before}`"


def _where(source: Source) -> str:
    path = source.config.path or ", ".join(source.paths)
    return f"{path} ({source.config.table})" if source.config.table else path
