"""Which sources a number needs to be alive: those whose rows it adds up day by day. Pure.

The rows of a query come from its FROM, from each branch of a UNION, and from what is joined by day
and has a say in the value. What is joined by something else (customers, prices) or only looked at (a
list of holidays) may end when it likes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct
from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.numbers.additivity.dated import DatedSource
from sharekit.project.lineage import SCHEMA
from sharekit.sqldiff.canonical.syntax_trees import conjuncts, sources_of
from sharekit.sqldiff.parse import parse


class Feed(Struct, frozen=True):
    """What makes the rows of a query, day by day."""

    sources: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    """Its columns that are days, in lower case."""
    columns: frozenset[str] = frozenset()


_NOTHING = Feed()
Steps = Mapping[str, Feed]


class Feeds(Struct, frozen=True):
    """Follows queries to the sources that feed them. `text` gives the SQL of a view or a metric."""

    sources: Mapping[str, DatedSource]
    text: Callable[[str], str | None]
    above: tuple[str, ...] = ()
    """The views that are being read, so that a circle ends."""

    def of(self, sql: str) -> frozenset[str]:
        """The sources that the query needs, by name; none where it cannot be read."""
        return self._text(sql).sources

    def _text(self, sql: str) -> Feed:
        try:
            return self._query(parse(sql), {})
        except (QueryError, RecursionError):
            return _NOTHING

    def _query(self, tree: exp.Expr | None, steps: Steps) -> Feed:
        if tree is None:
            return _NOTHING
        clause = tree.args.get("with_")
        for step in clause.expressions if clause is not None else ():
            steps = {**steps, step.alias.lower(): self._query(step.this, steps)}
        if isinstance(tree, exp.Subquery | exp.Paren):
            return self._query(tree.this, steps)
        if isinstance(tree, exp.Union):
            left, right = self._query(tree.this, steps), self._query(tree.expression, steps)
            return Feed(left.sources | right.sources, left.times | right.times, left.columns)
        return self._select(tree, steps) if isinstance(tree, exp.Select) else _NOTHING

    def _select(self, tree: exp.Select, steps: Steps) -> Feed:
        nodes = sources_of(tree)
        if not nodes:
            return _NOTHING
        joins = tree.args.get("joins") or ()
        scope = {node.alias_or_name.lower(): self._source(node, steps) for node in nodes}
        times = {
            output.alias_or_name.lower()
            for output in tree.expressions
            if any(_is_time(column, scope) for column in output.find_all(exp.Column))
        }
        outputs = [out for out in tree.expressions if out.alias_or_name.lower() not in times]
        sources = set(scope[nodes[0].alias_or_name.lower()].sources)
        for join in joins:
            alias = join.this.alias_or_name.lower()
            if _by_day(join, tree, alias, scope) and _has_a_say(outputs, alias, scope):
                sources |= scope[alias].sources
        names = {output.alias_or_name.lower() for output in tree.expressions}
        if any(output.is_star for output in tree.expressions):
            times |= {name for feed in scope.values() for name in feed.times}
            names |= {name for feed in scope.values() for name in feed.columns}
        return Feed(frozenset(sources), frozenset(times), frozenset(names))

    def _source(self, node: exp.Expr, steps: Steps) -> Feed:
        if isinstance(node, exp.Subquery):
            return self._query(node, steps)
        if not isinstance(node, exp.Table):
            return _NOTHING
        name = node.name.lower()
        if node.db.lower() == SCHEMA and node.name not in self.sources:
            text = None if node.name in self.above else self.text(node.name)
            inner = Feeds(self.sources, self.text, (*self.above, node.name))
            return _NOTHING if text is None else inner._text(text)
        if not node.db and name in steps:
            return steps[name]
        for source, dated in self.sources.items():
            if source.lower() == name:
                return Feed(frozenset((source,)), frozenset((dated.time.lower(),)), dated.columns)
        return _NOTHING


def _holder(column: exp.Column, scope: Mapping[str, Feed]) -> str | None:
    """The alias of the source that a column is of; None where that is open."""
    if column.table:
        return column.table.lower()
    holders = [alias for alias, feed in scope.items() if column.name.lower() in feed.columns]
    if len(scope) == 1:
        return next(iter(scope))
    return holders[0] if len(holders) == 1 else None


def _is_time(column: exp.Column, scope: Mapping[str, Feed]) -> bool:
    name, holder = column.name.lower(), _holder(column, scope)
    if holder is not None:
        return holder in scope and name in scope[holder].times
    return any(name in feed.times for feed in scope.values())


def _by_day(join: exp.Join, tree: exp.Select, alias: str, scope: Mapping[str, Feed]) -> bool:
    """Whether a source is joined by its days."""
    times = scope[alias].times
    if any(name.name.lower() in times for name in join.args.get("using") or ()):
        return True
    where = tree.args.get("where")
    return any(
        column.name.lower() in times and _holder(column, scope) == alias
        for condition in (join.args.get("on"), where.this if where is not None else None)
        for side in _sides(condition)
        for column in side.find_all(exp.Column)
    )


def _sides(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    for conjunct in conjuncts(condition):
        inner = conjunct.unnest()
        if isinstance(inner, exp.EQ):
            yield from (inner.this, inner.expression)


def _has_a_say(outputs: list[exp.Expr], alias: str, scope: Mapping[str, Feed]) -> bool:
    """Whether a value of a source, not only its day, is in what the query returns."""
    return any(
        _holder(column, scope) == alias and column.name.lower() not in scope[alias].times
        for output in outputs
        for column in output.find_all(exp.Column)
    )
