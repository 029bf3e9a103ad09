"""The way from an old query to a new one, one change at a time, as queries that can be run.
Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.project.manifest import Manifest, Metric, View
from sharekit.records import replace
from sharekit.sqldiff.canonical.read_and_write import read, write

MOST = 8
"""More steps than this tell nobody anything."""
_SOURCES = ("from_", "joins", "laterals")
_REST = (
    "expressions",
    "distinct",
    "group",
    "having",
    "qualify",
    "windows",
    "order",
    "limit",
    "offset",
    "sample",
)


def one_change_manifests(
    item: str, before: Manifest, after: Manifest, changed: tuple[str, ...]
) -> tuple[Manifest, ...]:
    """Manifests between `before` and `after`, both left out, that differ from one to the next in
    one change of `item`.

    `changed`: views and metrics that `item` reads and whose meaning changed; each is one step. Then
    come the parts of the item's own query. () where there is only one change, or too many."""
    stages: list[Manifest] = []
    current = before
    for name in changed:
        current = _with_sql(current, name, after)
        stages.append(current)
    metric, target = before.metrics[item], after.metrics[item]
    if metric.front.engine or target.front.engine:
        return ()  # a query for an engine is never written anew: its meaning could move
    for sql in queries_between(metric.sql.text, target.sql.text):
        swapped = replace(metric, sql=replace(metric.sql, text=sql))
        current = replace(current, metrics={**current.metrics, item: swapped})
        stages.append(current)
    if stages and metric.sql.text.strip() == target.sql.text.strip():
        stages.pop()  # the last view's step is the whole way already
    return tuple(stages) if 0 < len(stages) < MOST else ()


def queries_between(before: str, after: str, dialect: str = "duckdb") -> tuple[str, ...]:
    """Queries on the way from one SELECT to another, both left out; () where they differ in one
    part or in form."""
    try:
        old, new = read(before, dialect), read(after, dialect)
        if not isinstance(old, exp.Select) or not isinstance(new, exp.Select):
            return ()
        first, last = write(old, dialect), write(new, dialect)
        queries: list[str] = []
        for stage in _moves(old.copy(), new):
            text = write(stage, dialect)
            if text != (queries[-1] if queries else first):
                queries.append(text)
    except QueryError:
        return ()
    return tuple(queries[:-1]) if queries and queries[-1] == last else ()


def _moves(current: exp.Select, new: exp.Select) -> Iterator[exp.Select]:
    """The query after each part taken over: steps of the WITH, tables, filters one by one, then
    what is selected."""
    for moved in _ctes(current, new):
        current = moved
        yield current
    current = _with_clauses_of(current, new, _SOURCES)
    yield current
    for moved in _filters(current, new):
        current = moved
        yield current
    yield _with_clauses_of(current, new, _REST)


def _ctes(current: exp.Select, new: exp.Select) -> Iterator[exp.Select]:
    old_names = [cte.alias for cte in current.ctes]
    new_ctes = {cte.alias: cte for cte in new.ctes}
    if old_names != list(new_ctes):
        yield _with_clauses_of(current, new, ("with_",))
        return
    for place, name in enumerate(old_names):
        current = current.copy()
        current.ctes[place].set("this", new_ctes[name].this.copy())
        yield current


def _filters(current: exp.Select, new: exp.Select) -> Iterator[exp.Select]:
    """Filters that change are swapped, then those that are gone are taken away, then new ones are
    added. The last stage is the new WHERE as it is written, so that its order is no step of its
    own."""
    conditions, new_conditions = _conjuncts(current), _conjuncts(new)
    removed = [node for node in conditions if node not in new_conditions]
    added = [node for node in new_conditions if node not in conditions]
    stages = []
    for old in list(removed):
        partner = next((node for node in added if _columns(node) & _columns(old)), None)
        if partner is not None:
            removed.remove(old)
            added.remove(partner)
            conditions = [partner if node is old else node for node in conditions]
            stages.append(conditions)
    for old in removed:
        conditions = [node for node in conditions if node is not old]
        stages.append(conditions)
    for node in added:
        conditions = [*conditions, node]
        stages.append(conditions)
    yield from (_with_where(current, stage) for stage in stages[:-1])
    yield _with_clauses_of(current, new, ("where",))


def _conjuncts(select: exp.Select) -> list[exp.Expr]:
    where = select.args.get("where")
    if where is None:
        return []
    return list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]


def _columns(node: exp.Expr) -> set[str]:
    return {column.name.lower() for column in node.find_all(exp.Column)}


def _with_where(select: exp.Select, conjuncts: list[exp.Expr]) -> exp.Select:
    changed = select.copy()
    changed.set("where", exp.Where(this=exp.and_(*conjuncts, copy=True)) if conjuncts else None)
    return changed


def _with_clauses_of(current: exp.Select, new: exp.Select, clauses: tuple[str, ...]) -> exp.Select:
    changed, source = current.copy(), new.copy()
    for clause in clauses:
        changed.set(clause, source.args.get(clause))
    return changed


def _with_sql(manifest: Manifest, name: str, source: Manifest) -> Manifest:
    item = source.sql_item(name)
    if isinstance(item, View):
        return replace(manifest, views={**manifest.views, name: item})
    if isinstance(item, Metric):
        return replace(manifest, metrics={**manifest.metrics, name: item})
    return manifest
