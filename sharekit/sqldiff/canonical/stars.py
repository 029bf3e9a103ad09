"""Write out what USING, NATURAL and `*` stand for, where that is certain."""

from __future__ import annotations

from typing import TypeAlias

from sqlglot import exp

from sharekit.sqldiff.canonical.scopes import FromItem, MergedColumn, SelectBlock, is_star
from sharekit.sqldiff.canonical.syntax_trees import (
    call,
    connect,
    is_counted,
    make_call,
    tables_of,
    with_alias,
)

Pair: TypeAlias = tuple[str, exp.Expr, exp.Expr]
"""Name of a column of USING, and what it means on both sides."""


def write_out_using(block: SelectBlock, dialect: str) -> None:
    """USING becomes ON, if it is certain for all of them which columns are meant; else the block is
    left opaque.

    A `*` that cannot be written out shows columns of USING once and those of ON twice: then USING
    stays."""
    node = block.node
    from_ = node.args.get("from_")
    joins = node.args.get("joins") or []
    if from_ is None or not any(join.args.get("using") for join in joins):
        return
    pairs_by_join = (
        None if any(map(_is_comma, joins)) or _has_dark_star(block, dialect) else _pairs(block)
    )
    if pairs_by_join is None:
        block.merged.clear()
        block.opaque = block.starred = True
        return
    for join, pairs in pairs_by_join:
        join.set(
            "on",
            connect(exp.And, [exp.EQ(this=left, expression=right) for _, left, right in pairs]),
        )
        join.set("using", None)


def _has_dark_star(block: SelectBlock, dialect: str) -> bool:
    """Whether it has a `*` whose columns, or their order, are not known."""
    dark = dialect != "duckdb" or any(source.columns is None for source in block.sources.values())
    stars = [
        star for expression in block.node.expressions for star in expression.find_all(exp.Star)
    ]
    bare = [star for star in stars if isinstance(star.parent, exp.Select)]
    inside = [
        star
        for star in stars
        if not isinstance(star.parent, exp.Select | exp.Column) and not is_counted(star)
    ]
    return bool(inside or (dark and bare) or any(map(_reveals, block.node.expressions)))


def _reveals(projection: exp.Expr) -> bool:
    """Whether it chooses columns by their names."""
    return any(call(node) in ("columns", "*columns") for node in projection.walk())


def _pairs(block: SelectBlock) -> list[tuple[exp.Join, list[Pair]]] | None:
    """The columns that each USING compares; None where that is not certain of one."""
    first = block.node.args["from_"].this
    by_node = {id(source.node): source for source in block.sources.values()}
    left = [by_node[id(first)]] if id(first) in by_node else []
    pairs_by_join: list[tuple[exp.Join, list[Pair]]] = []
    for join in block.node.args.get("joins") or []:
        right = by_node.get(id(join.this))
        using = join.args.get("using")
        if using:
            pairs = [_pair(column.name, left, right, block) for column in using]
            certain = [pair for pair in pairs if pair is not None]
            if join.args.get("method") or len(certain) != len(pairs):
                return None
            _merge_columns(join, certain, block)
            pairs_by_join.append((join, certain))
        if right is not None:
            left.append(right)
    return pairs_by_join


def _is_comma(join: exp.Join) -> bool:
    return not any(
        join.args.get(name) for name in ("on", "using", "side", "kind", "method", "nearest")
    )


def _pair(
    name: str, left: list[FromItem], right: FromItem | None, block: SelectBlock
) -> Pair | None:
    """Name, and the columns on both sides; None where it is not certain. After a FULL JOIN there is
    no one column."""
    if right is None:
        return None
    if name in block.merged:
        base = block.merged[name].meaning
        return (
            (name, base.copy(), exp.column(name, right.alias))
            if isinstance(base, exp.Column)
            else None
        )
    owners = [source for source in left if name in source.certain] or (
        left if len(left) == 1 else []
    )
    return (
        (name, exp.column(name, owners[0].alias), exp.column(name, right.alias))
        if len(owners) == 1
        else None
    )


def _merge_columns(join: exp.Join, pairs: list[Pair], block: SelectBlock) -> None:
    """What a joined column means from here on, and whose column it is."""
    side = str(join.args.get("side") or "").upper()
    for name, left, right in pairs:
        owners = block.merged[name].owners if name in block.merged else frozenset(tables_of(left))
        if side == "RIGHT":
            meaning = right.copy()
        elif side == "FULL":
            meaning = make_call("coalesce", left.copy(), right.copy())
        else:
            meaning = left.copy()
        block.merged[name] = MergedColumn(meaning, owners | tables_of(right))


def write_out_stars(block: SelectBlock) -> None:
    """The columns that a star stands for; where they are not all known, the block is left
    starred."""
    projections: list[exp.Expr] = []
    for projection in block.node.expressions:
        expanded = _columns(projection, block) if is_star(projection) else [projection]
        if expanded is None:
            block.starred = True
            return
        projections += expanded
    block.node.set("expressions", projections)


def _columns(star: exp.Expr, block: SelectBlock) -> list[exp.Expr] | None:
    if isinstance(star, exp.Column):
        chosen = [block.sources[star.table]] if star.table in block.sources else []
        options, merged = star.this, {}
    else:
        chosen = [source for source in block.sources.values() if not source.hidden]
        options, merged = star, block.merged
    unusual = any(options.args.get(name) for name in ("replace", "rename", "ilike"))
    left_out = {column.name for column in options.args.get("except_") or []}
    if unusual or not chosen or block.opaque:
        return None
    written: list[exp.Expr] = []
    column_names: set[str] = set()
    for source in chosen:
        if (
            source.columns is None
            or None in source.columns
            or len(set(source.columns)) != len(source.columns)
        ):
            return None
        for name in source.columns:
            together = merged.get(name or "")
            if name is None or name in left_out:
                continue
            if together is None or source.alias not in together.owners:
                written.append(exp.column(name, source.alias))
            elif name not in column_names:
                column_names.add(name)
                written.append(with_alias(together.meaning.copy(), name))
    return written


def write_out_natural(join: exp.Join, left: list[FromItem], right: FromItem | None) -> bool:
    """A NATURAL JOIN is a USING of the columns that both sides have. Whether that could be written
    out."""
    if right is None or right.columns is None or any(source.columns is None for source in left):
        return False
    shared = [
        name for source in left for name in source.columns or () if name and name in right.columns
    ]
    if not shared or len(shared) != len(set(shared)):
        return False
    join.set("method", None)
    join.set("using", [exp.to_identifier(name) for name in shared])
    return True


def values_columns(values: exp.Values) -> tuple[str, ...]:
    """How DuckDB calls the columns of VALUES."""
    first = values.expressions[0] if values.expressions else None
    return tuple(
        f"col{place}"
        for place in range(len(first.expressions) if isinstance(first, exp.Tuple) else 1)
    )
