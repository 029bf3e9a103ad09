"""What reads what: from the tables named in each query. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
from msgspec import Struct

from sharekit.errors import QueryError
from sharekit.project.manifest import Manifest, Metric, View
from sharekit.sqldiff.types import TableRead

SCHEMA = "metrics"
"""The schema under which SQL finds metrics and views."""
DAYS = "days"
"""The table of days, which is there for every query unless a source has its name."""
DAYS_COLUMNS = (
    "day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year", "weekday",
)  # fmt: skip


@dataclass(frozen=True)
class Lineage:
    """Direct reads of every view and metric. A SQL that cannot be parsed reads nothing here; checks
    report it."""

    items: Mapping[str, tuple[str, ...]]
    """Id of a metric or view -> ids of metrics and views it names, in order of appearance."""
    sources: Mapping[str, tuple[str, ...]]
    """Id of a metric or view -> plain table names it names: sources, when declared. What runs in an
    engine names that engine's tables: "warehouse:analytics.orders"."""

    @cached_property
    def readers(self) -> Mapping[str, tuple[str, ...]]:
        """Id of a metric, view -> ids that name it."""
        readers: dict[str, list[str]] = {}
        for reader, names in self.items.items():
            for name in names:
                readers.setdefault(name, []).append(reader)
        return {name: tuple(ids) for name, ids in readers.items()}

    def upstream(self, item: str) -> tuple[str, ...]:
        """All metrics and views that `item` reads, directly or not, nearest first, itself left
        out."""
        return _reach(item, self.items)

    def downstream(self, item: str) -> tuple[str, ...]:
        """All metrics and views that read `item`, directly or not, nearest first, itself left
        out."""
        return _reach(item, self.readers)

    def all_sources(self, item: str) -> tuple[str, ...]:
        """Plain tables that `item` reads, directly or through views and metrics, sorted."""
        return tuple(
            sorted(
                {
                    name
                    for reader in (item, *self.upstream(item))
                    for name in self.sources.get(reader, ())
                }
            )
        )

    def circle(self) -> tuple[str, ...]:
        """One circle as the ids along it, the first repeated at the end; () where there is none."""
        visited: set[str] = set()
        for start in self.items:
            if circle := _circle_from(start, self.items, visited):
                return circle
        return ()

    def order(self) -> tuple[str, ...]:
        """Ids so that each comes after all it reads; ids in a circle come last, in declared
        order."""
        waiting = {
            name: {read for read in reads if read in self.items}
            for name, reads in self.items.items()
        }
        position = {name: index for index, name in enumerate(self.items)}
        placed: dict[str, None] = {}
        wave = [name for name, reads in waiting.items() if not reads]
        while wave:
            placed.update(dict.fromkeys(wave))
            freed: set[str] = set()
            for name in wave:
                for reader in self.readers.get(name, ()):
                    waiting[reader].discard(name)
                    if not waiting[reader]:
                        freed.add(reader)
            wave = sorted(freed, key=position.__getitem__)
        pending = [name for name in self.items if name not in placed]
        return (*placed, *pending)


Names = tuple[tuple[str, str], ...]
"""Schema and name of each table that a query names, in lower case, since SQL does not tell case
apart."""


def names_read(sql: str, dialect: str = "duckdb") -> Names:
    """What a query names, in order of appearance; nothing where it cannot be parsed. In another
    dialect than DuckDB's whole names of the engine's tables, without a schema."""
    from sharekit.sqldiff.parse import tables_read  # only where a text was never read before

    try:
        read = tables_read(sql, dialect)
    except QueryError:
        return ()
    return names_of(read, dialect)


def names_of(read: Iterable[TableRead], dialect: str = "duckdb") -> Names:
    """The same of tables that were found already."""
    if dialect != "duckdb":
        return tuple(("", table_read.full_name) for table_read in read)
    return tuple((table_read.schema.lower(), table_read.name.lower()) for table_read in read)


def engine_table(engine: str, table: str) -> str:
    """How lineage calls a table of an engine."""
    return f"{engine}:{table}"


class NamesCache(Struct):
    """Reads each text once: along a history nearly every query is the one of the commit before."""

    read: Callable[..., Names] = names_read
    names: dict[tuple[str, str], Names] = msgspec.field(default_factory=dict)

    def __call__(self, sql: str, dialect: str = "duckdb") -> Names:
        if (sql, dialect) not in self.names:
            self.names[sql, dialect] = self.read(sql, dialect)
        return self.names[sql, dialect]


def lineage(manifest: Manifest, names: Callable[..., Names] = names_read) -> Lineage:
    """Read the lineage off the queries of a manifest. `names`: how to find what a query names."""
    items: dict[str, tuple[str, ...]] = {}
    sources: dict[str, tuple[str, ...]] = {}
    queries: list[View | Metric] = [*manifest.views.values(), *manifest.metrics.values()]
    for item in queries:
        engine = item.front.engine
        if engine is not None:
            read = names(item.sql.text, manifest.dialect_of(item))
            items[item.id] = ()
            sources[item.id] = tuple(dict.fromkeys(engine_table(engine, name) for _, name in read))
            continue
        read = names(item.sql.text)
        items[item.id] = tuple(dict.fromkeys(name for schema, name in read if schema == SCHEMA))
        sources[item.id] = tuple(dict.fromkeys(name for schema, name in read if schema != SCHEMA))
    return with_lookups(Lineage(items, sources), manifest)


def with_lookups(read: Lineage, manifest: Manifest) -> Lineage:
    """The lineage with the sources and views from which metrics take the names of members."""
    items, sources = dict(read.items), dict(read.sources)
    for metric in manifest.metrics.values():
        for lookup in metric.front.labels.values():
            table = lookup.partition(".")[0].lower()
            into = items if table.startswith("_") else sources
            into[metric.id] = tuple(dict.fromkeys((*into.get(metric.id, ()), table)))
    return Lineage(items, sources)


def _reach(start: str, edges: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    reached: dict[str, None] = {}
    wave = edges.get(start, ())
    while wave:
        new_names = dict.fromkeys(name for name in wave if name not in reached and name != start)
        reached.update(new_names)
        wave = tuple(after for name in new_names for after in edges.get(name, ()))
    return tuple(reached)


def _circle_from(
    start: str, edges: Mapping[str, tuple[str, ...]], visited: set[str]
) -> tuple[str, ...]:
    """A circle that can be reached from `start`; each item is gone through once, and then is in
    `visited`."""
    path: dict[str, Iterator[str]] = {}
    name: str | None = start if start not in visited else None
    while name is not None:
        path[name] = iter(edges.get(name, ()))
        name = None
        while path and name is None:
            last = next(reversed(path))
            for read in path[last]:
                if read in path:
                    circle = list(path)
                    return (*circle[circle.index(read) :], read)
                if read in edges and read not in visited:
                    name = read
                    break
            else:
                visited.add(last)
                del path[last]
    return ()
