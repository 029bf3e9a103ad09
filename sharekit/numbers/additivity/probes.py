"""What only the data can tell of a query: whether a join multiplies rows that are summed, and
whether rows of several currencies or units are, and whether sums lose what one of their parts has.
Each becomes a small query to ask. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from sharekit.numbers.additivity.columns import UNIT_COLUMNS
from sharekit.numbers.additivity.expressions import (
    COUNTS,
    SUMS,
    aggregations,
    function_name,
    text_of,
    whole_text,
)
from sharekit.numbers.additivity.lost_parts import lost_parts
from sharekit.numbers.additivity.probe_texts import position_of, steps_in_scope
from sharekit.numbers.additivity.probe_types import (
    JoinedAggregate,
    JoinProbe,
    JoinSide,
    Probes,
    TextPosition,
    UnitProbe,
)
from sharekit.numbers.additivity.query_reader import AdditivityReader
from sharekit.numbers.additivity.relations import Ref
from sharekit.numbers.additivity.select_scope import SelectScope
from sharekit.sqldiff.canonical.syntax_trees import conjuncts

_MEANS = frozenset(
    ("avg", "favg", "median", "mode", "mad", "quantile", "quantile_cont", "quantile_disc", "percentile_cont",
     "percentile_disc", "approx_quantile", "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp",
     "variance_pop")
)  # fmt: skip
_SKIPPED = frozenset(("ASOF", "POSITIONAL"))
_UNNAMED = "the subquery"
"""What people call a step in FROM that has no name of its own."""


def probes_of(reader: AdditivityReader, item: str, unit_column: str | None) -> Probes:
    """What to ask about a view or a metric. `unit_column`: the column of units, as it is declared
    there."""
    reader.item(item)
    selects = [select for select in reader.selects if select.item == item]
    return Probes(
        tuple(summed_over_joins(selects)),
        tuple(summed_units(selects, unit_column)),
        tuple(lost_parts(selects)),
    )


# -- joins ----------------------------------------------------------------------------------------


def summed_over_joins(selects: list[SelectScope]) -> Iterator[JoinedAggregate]:
    """Sums, counts and means over joined sources, here or in a view whose rows are taken one by
    one."""
    for selecting in selects:
        if not selecting.aggregated:
            continue
        for node in _aggregates(selecting):
            yield from _joined_aggregates(
                selecting,
                _refs(selecting, _counted_expression(node)),
                text_of(node),
                selecting.item,
            )


def _joined_aggregates(
    selecting: SelectScope, refs: set[Ref], text: str, item: str
) -> Iterator[JoinedAggregate]:
    sources = frozenset(alias for alias, _ in refs) or frozenset(selecting.nodes)
    if len(selecting.nodes) > 1 and (joins := tuple(_joins(selecting))):
        yield JoinedAggregate(text, item, sources, joins)
    inner = selecting.scope.sources[next(iter(sources))].origin if len(sources) == 1 else None
    if isinstance(inner, SelectScope) and inner.is_plain:
        yield from _joined_aggregates(
            inner, _refs_of(inner, {name for _, name in refs}), text, item
        )


def _aggregates(selecting: SelectScope) -> Iterator[exp.Expr]:
    for output in selecting.outputs:
        for node in aggregations(output.node) if output.node is not None else ():
            inner = node.this if isinstance(node, exp.Filter | exp.WithinGroup) else node
            distinct = isinstance(inner.this, exp.Distinct)
            if not distinct and function_name(inner) in SUMS | COUNTS | _MEANS:
                yield inner


def _counted_expression(node: exp.Expr) -> exp.Expr:
    """What an aggregate takes, its conditions left out: they choose rows and change no value."""
    node = node.copy()
    for case in list(node.find_all(exp.Case)):
        for choice in case.args.get("ifs") or ():
            choice.set("this", exp.true())
    for choice in list(node.find_all(exp.If)):
        choice.set("this", exp.true())
    if function_name(node) == "count_if":
        return node
    return node


def _refs(selecting: SelectScope, node: exp.Expr) -> set[Ref]:
    return {ref for column in node.find_all(exp.Column) if (ref := selecting.scope.resolve(column))}


def _refs_of(selecting: SelectScope, names: set[str]) -> set[Ref]:
    """The columns of sources that make some outputs of a SELECT."""
    refs = set[Ref]()
    for output in selecting.outputs:
        if output.name in names:
            refs |= (
                {output.ref}
                if output.ref
                else _refs(selecting, output.node)
                if output.node is not None
                else set()
            )
    return refs


def _joins(selecting: SelectScope) -> Iterator[JoinProbe]:
    pairs: dict[tuple[str, str], list[tuple[exp.Expr, exp.Expr]]] = {}
    for join in selecting.select.args.get("joins") or ():
        if join.args.get("kind") in ("SEMI", "ANTI") or join.args.get("method") in _SKIPPED:
            continue
        alias = join.this.alias_or_name.lower()
        for identifier in join.args.get("using") or ():
            holder = _holder(selecting, identifier.name.lower(), alias)
            if holder is not None:
                name = identifier.name
                pairs.setdefault((holder, alias), []).append(
                    (_column(name, holder), _column(name, alias))
                )
        _equalities(selecting, join.args.get("on"), pairs)
    where = selecting.select.args.get("where")
    _equalities(selecting, where.this if where is not None else None, pairs)
    for (left, right), equal in pairs.items():
        if all(_askable(selecting.nodes.get(alias)) for alias in (left, right)):
            yield _probe(selecting, left, right, equal)


def _holder(selecting: SelectScope, name: str, alias: str) -> str | None:
    """The first earlier source that has a column of USING."""
    for other_alias in selecting.nodes:
        if other_alias == alias:
            return None
        if selecting.scope.sources[other_alias].column(name) is not None:
            return other_alias
    return None


def _equalities(
    selecting: SelectScope,
    condition: exp.Expr | None,
    pairs: dict[tuple[str, str], list[tuple[exp.Expr, exp.Expr]]],
) -> None:
    order = list(selecting.nodes)
    for conjunct in conjuncts(condition):
        inner = conjunct.unnest()
        if not isinstance(inner, exp.EQ) or inner.find(exp.Query):
            continue
        sides = [(_sources(selecting, side), side) for side in (inner.this, inner.expression)]
        if any(len(sources) != 1 for sources, _ in sides) or sides[0][0] == sides[1][0]:
            continue
        (left, left_side), (right, right_side) = sorted(
            ((next(iter(sources)), side) for sources, side in sides),
            key=lambda equality: order.index(equality[0]),
        )
        pairs.setdefault((left, right), []).append(
            (_with_sources(selecting, left_side), _with_sources(selecting, right_side))
        )


def _sources(selecting: SelectScope, node: exp.Expr) -> set[str]:
    return {
        ref[0] if (ref := selecting.scope.resolve(column)) else ""
        for column in node.find_all(exp.Column)
    }


def _column(name: str, alias: str) -> exp.Expr:
    return exp.column(
        exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True)
    )


def _with_sources(selecting: SelectScope, node: exp.Expr) -> exp.Expr:
    """An expression whose columns all name their source."""
    node = node.copy()
    for column in list(node.find_all(exp.Column)):
        if ref := selecting.scope.resolve(column):
            column.set("table", exp.to_identifier(ref[0], quoted=True))
    return node


def _askable(node: exp.Expr | None) -> bool:
    return (
        isinstance(node, exp.Table | exp.Subquery)
        and not node.args.get("pivots")
        and not node.args.get("joins")
    )


def _probe(
    selecting: SelectScope, left: str, right: str, equal: list[tuple[exp.Expr, exp.Expr]]
) -> JoinProbe:
    keys = ([node for node, _ in equal], [expression for _, expression in equal])
    matched = " AND ".join(
        f"{whole_text(counted)} = {whole_text(matching)}" for counted, matching in equal
    )
    counts = [
        _count(selecting, counted, matching, columns, matched)
        for counted, matching, columns in ((left, right, keys[0]), (right, left, keys[1]))
    ]
    sql = f"{steps_in_scope(selecting.select)}SELECT * FROM ({counts[0]}) AS l, ({counts[1]}) AS r"
    names = [whole_text(node.unnest()) for pair in equal for node in pair]
    bare = {name.rpartition(".")[2].strip('"') for name in names}
    on = bare.pop() if len(equal) == 1 and len(bare) == 1 else matched.replace('"', "")
    return JoinProbe(
        sql, _side(selecting, left), _side(selecting, right), on, _spot(selecting, right)
    )


def _count(
    selecting: SelectScope, counted: str, matching: str, keys: list[exp.Expr], matched: str
) -> str:
    """Rows and keys of one source that the other one matches, after the conditions that look at it
    alone."""
    key = ", ".join(map(whole_text, keys))
    filters = [f"({whole_text(node)})" for node in _filters(selecting, counted)]
    matched = " AND ".join(
        [matched, *(f"({whole_text(node)})" for node in _filters(selecting, matching))]
    )
    where = f" WHERE {' AND '.join(filters)}" if filters else ""
    distinct = f"({key})" if len(keys) > 1 else key
    return (
        f"SELECT count(*) AS n, count(DISTINCT {distinct}) AS d FROM {_from(selecting, counted)} "
        f"SEMI JOIN {_from(selecting, matching)} ON {matched}{where}"
    )


def _filters(selecting: SelectScope, alias: str) -> Iterator[exp.Expr]:
    select = selecting.select
    conditions = [join.args.get("on") for join in select.args.get("joins") or ()]
    conditions += [where.this] if (where := select.args.get("where")) is not None else []
    for conjunct in (conjunct for condition in conditions for conjunct in conjuncts(condition)):
        if not conjunct.find(exp.Query) and _sources(selecting, conjunct) == {alias}:
            yield _with_sources(selecting, conjunct)


def _from(selecting: SelectScope, alias: str) -> str:
    node = selecting.nodes[alias].copy()
    for name in ("joins", "laterals"):
        node.set(name, None)
    table_alias = node.args.get("alias")
    columns = table_alias.args.get("columns") if table_alias is not None else None
    node.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True), columns=columns))
    return node.sql(dialect="duckdb")


def _side(selecting: SelectScope, alias: str) -> JoinSide:
    node = selecting.nodes[alias]
    if isinstance(node, exp.Table):
        return JoinSide(alias, f"{node.db}.{node.name}" if node.db else node.name)
    return JoinSide(alias, node.alias_or_name or _UNNAMED)


def _spot(selecting: SelectScope, alias: str) -> TextPosition:
    node = selecting.nodes[alias]
    identifiers = (
        identifier for identifier in node.find_all(exp.Identifier) if "line" in identifier.meta
    )
    first = (
        node.this if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier) else None
    )
    placed = first if first is not None and "line" in first.meta else next(identifiers, None)
    return position_of(placed, selecting.item)


# -- units ----------------------------------------------------------------------------------------


def summed_units(selects: list[SelectScope], declared: str | None) -> Iterator[UnitProbe]:
    """Sums and means of sources that have a column for the unit which nothing looks at. `declared`:
    the name of that column, where the metric names it."""
    names = (declared.lower(),) if declared else UNIT_COLUMNS
    for selecting in selects:
        if not selecting.aggregated:
            continue
        for node in _aggregates(selecting):
            if function_name(node) not in COUNTS:
                yield from _units(
                    selecting, _refs(selecting, _counted_expression(node)), text_of(node), names
                )


def _units(
    selecting: SelectScope, refs: set[Ref], text: str, names: tuple[str, ...]
) -> Iterator[UnitProbe]:
    joined_columns = {
        ref for column in _own_columns(selecting) if (ref := selecting.scope.resolve(column))
    }
    joined_columns |= {
        (alias, identifier.name.lower())
        for alias in selecting.nodes
        for identifier in _using(selecting)
    }
    for alias in sorted({alias for alias, _ in refs}):
        relation = selecting.scope.sources[alias]
        origin = relation.origin if isinstance(relation.origin, SelectScope) else None
        column = next((name for name in names if name in relation.columns), None)
        if column is None:
            if origin is not None and origin.is_plain:
                inner = _refs_of(origin, {name for source, name in refs if source == alias})
                yield from _units(origin, inner, text, names)
        elif (alias, column) in joined_columns or (origin is not None and _uses(origin, column)):
            continue
        elif _askable(selecting.nodes[alias]):
            yield _unit_probe(selecting, alias, column, text)


def _own_columns(
    selecting: SelectScope, *, without: tuple[type[exp.Expr], ...] = ()
) -> Iterator[exp.Column]:
    """The columns that a SELECT itself names: not those inside the steps that it reads from, nor in
    clauses of some kinds."""
    steps = {id(node) for node in selecting.nodes.values()}

    def is_left_out(node: exp.Expr) -> bool:
        return id(node) in steps or isinstance(node, (exp.With, *without))

    for node in selecting.select.walk(prune=is_left_out):
        if isinstance(node, exp.Column):
            yield node


def _uses(selecting: SelectScope, name: str) -> bool:
    """Whether a SELECT does more with a column that it returns than hand it on, or one that it
    reads does: it converts by it, or chooses."""
    output = next((output for output in selecting.outputs if output.name == name), None)
    if output is None or output.ref is None:
        return False
    others = (
        selecting.scope.resolve(column)
        for column in _own_columns(selecting, without=(exp.Group, exp.Order))
        if column is not output.node
    )
    joined = (identifier.name.lower() for identifier in _using(selecting))
    if output.ref in others or output.ref[1] in joined:
        return True
    inner = selecting.scope.sources[output.ref[0]].origin
    return isinstance(inner, SelectScope) and _uses(inner, output.ref[1])


def _using(selecting: SelectScope) -> Iterator[exp.Identifier]:
    for join in selecting.select.args.get("joins") or ():
        yield from join.args.get("using") or ()


def _unit_probe(selecting: SelectScope, alias: str, column: str, text: str) -> UnitProbe:
    name = whole_text(_column(column, alias))
    filters = [f"({whole_text(node)})" for node in _filters(selecting, alias)]
    where = " AND ".join([f"{name} IS NOT NULL", *filters])
    sql = (
        f"{steps_in_scope(selecting.select)}SELECT count(DISTINCT {name}) AS n, min({name})::VARCHAR AS a,"
        f" max({name})::VARCHAR AS z, any_value(typeof({name})) AS t FROM {_from(selecting, alias)}"
        f" WHERE {where}"
    )
    return UnitProbe(sql, column, _side(selecting, alias).name, text, _spot(selecting, alias))
