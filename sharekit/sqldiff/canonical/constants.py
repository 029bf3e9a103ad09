"""Expressions of literals alone, in the words of the engine that would run them.

Proved here, and why it is safe: an expression without a column, a subquery, an aggregate or
anything that may say something else each time has one value, and the engine says which, with its
type. That type stays with it, as a cast: `2 / 8` is a DOUBLE, and a bare 0.25 is a DECIMAL. Whoever
compares two queries gives the engine as an argument; without one, nothing is folded. An expression
that the engine refuses, or whose value depends on a time zone, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from sqlglot import exp

from sharekit.sqldiff.canonical.functions import FOLDABLE
from sharekit.sqldiff.canonical.read_and_write import write
from sharekit.sqldiff.canonical.syntax_trees import Query, call, parenthesised
from sharekit.sqldiff.canonical.value_types import NUMBERS, SIGNED, UNSIGNED, type_named

Folded: TypeAlias = tuple[str, str | None]
"""Type and text of a value as the engine says them; the text of NULL is None."""
Fold: TypeAlias = Callable[[Sequence[str]], Sequence[Folded | None]]
"""Asks the engine for the values of expressions; None for one that it refuses."""
MOST = 200
"""Most expressions of one query that the engine is asked for."""
LONGEST = 500
"""Characters of one of them."""
NODES = (
    exp.Anonymous,
    exp.Between,
    exp.Binary,
    exp.Boolean,
    exp.Case,
    exp.Cast,
    exp.DataType,
    exp.DataTypeParam,
    exp.If,
    exp.In,
    exp.Interval,
    exp.Is,
    exp.Like,
    exp.Literal,
    exp.Null,
    exp.Unary,
    exp.Var,
)
"""Nodes of which such an expression may consist; its calls must be foldable besides."""
PLAIN = (exp.Literal, exp.Boolean, exp.Null)
TYPES = NUMBERS | {"BOOLEAN", "TEXT", "DATE", "TIMESTAMPNTZ", "TIME", "INTERVAL"}
"""Types whose text says the value whatever the session's settings are.

A moment with a time zone is none of them.
"""
INTEGER = re.compile(r"-?\d+")


def constants(tree: Query, dialect: str) -> Mapping[str, list[exp.Expr]]:
    """The largest expressions of literals alone in a query, by their text."""
    nodes_by_text: dict[str, list[exp.Expr]] = {}
    stack: list[exp.Expr] = [tree]
    while stack:
        node = stack.pop()
        if _is_constant(node):
            text = write(parenthesised(node), dialect)
            if len(text) <= LONGEST and len(nodes_by_text) < MOST and not _has_place(node):
                nodes_by_text.setdefault(text, []).append(node)
            continue
        if not isinstance(node, exp.Interval | exp.DataType):
            stack.extend(node.iter_expressions())
    return nodes_by_text


def with_values(tree: Query, fold: Fold, dialect: str) -> bool:
    """Put the engine's value in the place of each such expression; whether there was one."""
    nodes_by_text = constants(tree, dialect)
    answers = fold(list(nodes_by_text)) if nodes_by_text else ()
    changed = False
    for nodes, answer in zip(nodes_by_text.values(), answers, strict=True):
        value = _written(answer) if answer is not None else None
        if value is not None:
            changed = True
            for node in nodes:
                node.replace(value.copy())
    return changed


def _is_constant(node: exp.Expr) -> bool:
    """Whether it is worked out from literals alone; a bare literal is no expression."""
    if (
        isinstance(node, PLAIN)
        or not isinstance(node, NODES)
        or isinstance(node, exp.DataType | exp.DataTypeParam | exp.Var | exp.If)
    ):
        return False
    for inner_node in node.walk():
        if not isinstance(inner_node, NODES) or (
            isinstance(inner_node, exp.Anonymous) and call(inner_node) not in FOLDABLE
        ):
            return False
        if (
            isinstance(inner_node, exp.Cast)
            and str(inner_node.to.sql()).partition("(")[0] not in TYPES
        ):
            return False
        if isinstance(inner_node, exp.In) and inner_node.args.get("query") is not None:
            return False
    return not (isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal))


def _has_place(node: exp.Expr) -> bool:
    """Where a value alone would mean a column's place or its name, or an option of a function."""
    parent = node.parent
    return isinstance(
        parent,
        exp.Select
        | exp.Ordered
        | exp.Group
        | exp.Tuple
        | exp.PropertyEQ
        | exp.Limit
        | exp.Offset
        | exp.Table,
    ) or (isinstance(parent, exp.Anonymous) and isinstance(parent.parent, exp.Table | exp.Lateral))


def _written(answer: Folded) -> exp.Expr | None:
    """A value as SQL, with its type."""
    kind, text = type_named(answer[0]), answer[1]
    if kind.partition("(")[0] not in TYPES:
        return None
    if text is None:
        return exp.cast(exp.Null(), exp.DataType.build(kind))
    if kind == "BOOLEAN":
        return exp.Boolean(this=text == "true")
    if kind in SIGNED | UNSIGNED and INTEGER.fullmatch(text):
        return exp.cast(exp.Literal.number(int(text)), exp.DataType.build(kind))
    return exp.cast(exp.Literal.string(text), exp.DataType.build(kind))
