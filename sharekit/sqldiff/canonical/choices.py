"""One form for the ways to choose among values: CASE, coalesce, nullif.

Proved here, and why it is safe:

- `coalesce(a, b)` is `CASE WHEN a IS NOT NULL THEN a ELSE b END`, in that and in its turned form:
  that is how the standard defines it, and to DuckDB both have the same type for every pair of
  types.
- `nullif(a, b)` is `CASE WHEN a = b THEN NULL ELSE a END`: DuckDB's catalog defines it by that
  text.
- A CASE of one test may be turned round where the test is never unknown (`IS NULL`, EXISTS, IS
  DISTINCT FROM). `a > b` may be unknown, and then neither it nor its opposite holds: such a CASE
  stays as it is.

A value that may be something else each time it is asked for is left alone, and so are dialects that
turn numbers into texts unasked.
"""

from __future__ import annotations

from sqlglot import exp

from sharekit.sqldiff.canonical.syntax_trees import TreeKeys, make_call
from sharekit.sqldiff.canonical.truth import Canonicalizer, is_never_unknown


def chosen(node: exp.Case, form: Canonicalizer) -> exp.Expr:
    """A CASE of tests, in form, as coalesce where it is one; else with its test turned round."""
    if node.this is not None:
        return node
    first = _first_present(node, form.keys)
    if first is not None:
        return first
    return _turned(node, form) if len(node.args["ifs"]) == 1 else node


def nullified(node: exp.Anonymous, form: Canonicalizer) -> exp.Expr:
    """`nullif(a, b)` as CASE."""
    value, compared_value = node.expressions
    test = form.comparison(exp.EQ(this=value, expression=compared_value))
    return exp.Case(ifs=[exp.If(this=test, true=exp.Null())], default=value.copy())


def _first_present(node: exp.Case, keys: TreeKeys) -> exp.Expr | None:
    """`CASE WHEN a IS NOT NULL THEN a ... ELSE b END` as `coalesce(a, ..., b)`."""
    branches, default = node.args["ifs"], node.args.get("default")
    if len(branches) == 1:
        missing = _asked_whether_null(branches[0].this)
        if missing is not None and default is not None and keys(missing) == keys(default):
            return make_call("coalesce", default, branches[0].args["true"])
    values = []
    for branch in branches:
        test, value = branch.this, branch.args["true"]
        present = _asked_whether_null(test.this) if isinstance(test, exp.Not) else None
        if present is None or keys(present) != keys(value):
            return None
        values.append(value)
    if default is None:
        return values[0] if len(values) == 1 else make_call("coalesce", *values)
    return make_call("coalesce", *values, default)


def _asked_whether_null(test: exp.Expr) -> exp.Expr | None:
    """The value of `value IS NULL`."""
    node = test.this if isinstance(test, exp.Is) and isinstance(test.expression, exp.Null) else None
    return node if isinstance(node, exp.Expr) else None


def _turned(node: exp.Case, form: Canonicalizer) -> exp.Expr:
    """Without NULL behind THEN, and without NOT in the test, where the test is never unknown."""
    (branch,), default = node.args["ifs"], node.args.get("default")
    test, value = branch.this, branch.args["true"]
    if default is None or not is_never_unknown(test):
        return node
    if isinstance(value, exp.Null):
        return exp.Case(ifs=[exp.If(this=form.negation(test), true=default)])
    if isinstance(test, exp.Not):
        return exp.Case(ifs=[exp.If(this=test.this, true=default)], default=value)
    return node
