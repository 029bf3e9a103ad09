"""Truth values: what is surely one, what is never unknown, and what a filter makes of one.

Proved here, and why it is safe:

- `ok = TRUE` is `ok`, `ok <> TRUE` is `NOT ok`: for a truth value all three outcomes agree (NULL
  gives NULL). Only where the value is known to be BOOLEAN: `n = TRUE` of a number is that n is 1,
  `n` as a condition is that it is not 0.
- A filter keeps a row where its condition is TRUE; FALSE and NULL are one to it. So WHERE, HAVING,
  QUALIFY, ON, FILTER and the test of a CASE may say `ok` for `ok AND TRUE`, `ok IS TRUE` and
  `coalesce(ok, FALSE)`, and `x = 'a'` for `x IS NOT DISTINCT FROM 'a'`. This goes through AND and
  OR, which are monotone, and ends at NOT, at a comparison and in every expression whose value is
  shown: there NULL and FALSE are two.
- `a AND (a OR b)` is `a`, and `(a AND b) OR (a AND c)` is `a AND (b OR c)`: three-valued logic is a
  distributive lattice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlglot import exp

from sharekit.sqldiff.canonical.syntax_trees import Connector, TreeKeys, call, may_vary, operands
from sharekit.sqldiff.canonical.value_types import kind_of

FILTERS = (exp.Where, exp.Having, exp.Qualify)


class Canonicalizer(Protocol):
    """What brings an expression into form; its parts are in form already."""

    dialect: str
    keys: TreeKeys

    def connector(self, kind: Connector, parts: Sequence[exp.Expr]) -> exp.Expr: ...

    def negation(self, node: exp.Expr) -> exp.Expr: ...

    def comparison(self, node: exp.Binary) -> exp.Expr: ...


def is_truth(node: exp.Expr) -> bool:
    """Whether a value is surely TRUE, FALSE or NULL, and no number that is taken for one."""
    if isinstance(node, exp.Case):
        values = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
        return all(
            isinstance(value, exp.Null) or value is None or is_truth(value) for value in values
        )
    if call(node) == "coalesce":
        return bool(node.expressions) and all(map(is_truth, node.expressions))
    return isinstance(node, exp.Boolean) or kind_of(node) == "BOOLEAN"


def is_never_unknown(node: exp.Expr) -> bool:
    """Whether a condition is always TRUE or FALSE."""
    if isinstance(node, exp.And | exp.Or):
        return all(map(is_never_unknown, operands(node)))
    if isinstance(node, exp.Not):
        return is_never_unknown(node.this)
    if isinstance(node, exp.Is):
        return isinstance(node.expression, exp.Null | exp.Boolean)
    return isinstance(node, exp.Exists | exp.NullSafeEQ | exp.NullSafeNEQ | exp.Boolean)


def is_literal(node: exp.Expr) -> bool:
    """A value that is written out and is not NULL, whatever its type."""
    if isinstance(node, exp.Cast | exp.Neg) and not isinstance(node, exp.TryCast):
        return is_literal(node.this)
    return isinstance(node, exp.Literal | exp.Boolean)


def compared_with_truth(node: exp.Binary, form: Canonicalizer) -> exp.Expr | None:
    """`ok = TRUE` as `ok`, `ok = FALSE` as `NOT ok`; None where it is not such a comparison."""
    for value, constant in ((node.this, node.expression), (node.expression, node.this)):
        if isinstance(constant, exp.Boolean) and is_truth(value):
            return (
                value if bool(constant.this) is isinstance(node, exp.EQ) else form.negation(value)
            )
    return None


def as_filter(node: exp.Expr, form: Canonicalizer) -> exp.Expr:
    """A condition in form as a filter understands it: what is NULL counts as FALSE."""
    if isinstance(node, exp.And | exp.Or):
        return _connected(node, form)
    if isinstance(node, exp.Null):
        return exp.Boolean(this=False)
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Boolean):
        return _of_is(node, form)
    if isinstance(node, exp.NullSafeEQ):
        sides = (node.this, node.expression)
        if any(map(is_literal, sides)):
            return as_filter(
                form.comparison(exp.EQ(this=node.this, expression=node.expression)), form
            )
    if isinstance(node, exp.Case):
        return _of_case(node, form)
    if call(node) == "coalesce" and is_truth(node):
        *values, last = node.expressions
        if len(values) == 1 and isinstance(last, exp.Boolean) and not last.this:
            return as_filter(values[0], form)
    return node


def _connected(node: exp.Expr, form: Canonicalizer) -> exp.Expr:
    kind: Connector = exp.And if isinstance(node, exp.And) else exp.Or
    parts = [as_filter(part, form) for part in operands(node)]
    idle = kind is exp.And
    connected = [
        part for part in parts if not (isinstance(part, exp.Boolean) and bool(part.this) is idle)
    ]
    return connected[0] if len(connected) == 1 else form.connector(kind, parts)


def _of_is(node: exp.Is, form: Canonicalizer) -> exp.Expr:
    """`ok IS TRUE` as `ok`.

    DuckDB takes `n IS TRUE` of a number for `n` as a condition, as a filter does.
    """
    if form.dialect != "duckdb" and not is_truth(node.this):
        return node
    return as_filter(node.this if node.expression.this else form.negation(node.this), form)


def _of_case(node: exp.Case, form: Canonicalizer) -> exp.Expr:
    """`CASE WHEN c THEN p ELSE FALSE END` as `c AND p`: a row passes where both are TRUE."""
    default, branches = node.args.get("default"), node.args["ifs"]
    refuses = default is None or (isinstance(default, exp.Boolean) and not default.this)
    if node.this is not None or len(branches) != 1 or not refuses or not is_truth(node):
        return node
    return as_filter(form.connector(exp.And, [branches[0].this, branches[0].args["true"]]), form)


# -- lattice ---------------------------------------------------------------------------------------


def absorbed(kind: Connector, parts: list[exp.Expr], form: Canonicalizer) -> list[exp.Expr]:
    """Without the parts that another one makes idle: `a AND (a OR b)` is `a`."""
    dual = exp.Or if kind is exp.And else exp.And
    if not any(isinstance(part, dual) for part in parts):
        return parts
    alone = {
        form.keys(part)
        for part in parts
        if not isinstance(part, dual) and not may_vary(part, form.dialect)
    }
    return [
        part
        for part in parts
        if not (isinstance(part, dual) and any(form.keys(node) in alone for node in operands(part)))
    ]


def factored(kind: Connector, parts: list[exp.Expr], form: Canonicalizer) -> exp.Expr | None:
    """`(a AND b) OR (a AND c)` as `a AND (b OR c)`, and so with AND and OR swapped; else None."""
    dual: Connector = exp.Or if kind is exp.And else exp.And
    if len(parts) < 2 or not all(isinstance(part, dual) for part in parts):
        return None
    lists = [{form.keys(node): node for node in operands(part)} for part in parts]
    shared = {
        key for key, node in lists[0].items() if not may_vary(node, form.dialect)
    }.intersection(*lists[1:])
    if not shared:
        return None
    rests = [[node for key, node in nodes.items() if key not in shared] for nodes in lists]
    idle = exp.Boolean(this=dual is exp.And)
    nodes = [
        form.connector(dual, alternatives) if alternatives else idle.copy()
        for alternatives in rests
    ]
    return form.connector(
        dual, [*(lists[0][key] for key in sorted(shared)), form.connector(kind, nodes)]
    )
