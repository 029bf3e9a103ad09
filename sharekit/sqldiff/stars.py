"""Write out what USING, NATURAL and `*` stand for, where that is certain."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from sharekit.sqldiff.scopes import Block, Source, is_star
from sharekit.sqldiff.trees import connect, make_call


def write_out_using(block: Block) -> None:
    """USING becomes ON; where it is not certain which columns are meant, the block is left opaque."""
    node = block.node
    from_ = node.args.get("from_")
    joins = node.args.get("joins") or []
    if from_ is None or not any(join.args.get("using") for join in joins):
        return
    if any(map(_is_comma, joins)):
        block.opaque = block.starred = True  # JOIN binds closer than a comma: what stands left of USING is not all
        return
    by_node = {id(source.node): source for source in block.sources.values()}
    left = [by_node[id(from_.this)]] if id(from_.this) in by_node else []
    for join in joins:
        right = by_node.get(id(join.this))
        using = join.args.get("using")
        if using:
            pairs = [_pair(column.name, left, right, block) for column in using]
            if join.args.get("method") or any(pair is None for pair in pairs):
                block.opaque = block.starred = True
                return
            _use(join, [pair for pair in pairs if pair is not None], block)
        if right is not None:
            left.append(right)


def _is_comma(join: exp.Join) -> bool:
    return not any(join.args.get(name) for name in ("on", "using", "side", "kind", "method", "nearest"))


def _pair(name: str, left: list[Source], right: Source | None, block: Block) -> tuple[str, exp.Expr, exp.Expr] | None:
    """Name, and the columns on both sides; None where it is not certain. After a FULL JOIN there is no one column."""
    if right is None:
        return None
    if name in block.merged:
        base = block.merged[name]
        return (name, base.copy(), exp.column(name, right.alias)) if isinstance(base, exp.Column) else None
    owners = [source for source in left if name in source.known] or (left if len(left) == 1 else [])
    return (name, exp.column(name, owners[0].alias), exp.column(name, right.alias)) if len(owners) == 1 else None


def _use(join: exp.Join, pairs: list[tuple[str, exp.Expr, exp.Expr]], block: Block) -> None:
    side = str(join.args.get("side") or "").upper()
    for name, left, right in pairs:
        if side == "RIGHT":
            block.merged[name] = right.copy()
        elif side == "FULL":
            block.merged[name] = make_call("coalesce", left.copy(), right.copy())
        else:
            block.merged[name] = left.copy()
    join.set("on", connect(exp.And, [exp.EQ(this=left, expression=right) for _, left, right in pairs]))
    join.set("using", None)


def write_out_stars(block: Block) -> None:
    """The columns that a star stands for; where they are not all known, the block is left starred."""
    projections: list[exp.Expr] = []
    for projection in block.node.expressions:
        expanded = _columns(projection, block) if is_star(projection) else [projection]
        if expanded is None:
            block.starred = True
            return
        projections += expanded
    block.node.set("expressions", projections)


def _columns(star: exp.Expr, block: Block) -> list[exp.Expr] | None:
    merged: Mapping[str, exp.Expr] = {}
    if isinstance(star, exp.Column):
        chosen = [block.sources[star.table]] if star.table in block.sources else []
        options = star.this
    else:
        chosen = [source for source in block.sources.values() if not source.hidden]
        options, merged = star, block.merged
    unusual = any(options.args.get(name) for name in ("replace", "rename", "ilike"))
    left_out = {each.name for each in options.args.get("except_") or []}
    if unusual or not chosen or block.opaque:
        return None
    written: list[exp.Expr] = []
    done: set[str] = set()
    for source in chosen:
        if source.columns is None or None in source.columns:
            return None
        for name in source.columns:
            if name is None or name in left_out or name in done:
                continue
            if name in merged:
                done.add(name)
                written.append(exp.alias_(merged[name].copy(), name))
            else:
                written.append(exp.column(name, source.alias))
    return written


def write_out_natural(join: exp.Join, left: list[Source], right: Source | None) -> bool:
    """A NATURAL JOIN is a USING of the columns that both sides have. Whether that could be written out."""
    if right is None or right.columns is None or any(source.columns is None for source in left):
        return False
    shared = [name for source in left for name in source.columns or () if name and name in right.columns]
    if not shared or len(shared) != len(set(shared)):
        return False
    join.set("method", None)
    join.set("using", [exp.to_identifier(name) for name in shared])
    return True
