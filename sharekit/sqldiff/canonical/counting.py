"""One form for aggregates that pass over NULLs.

Proved here, and why it is safe:

- `count(x)` is `count(*) FILTER (WHERE x IS NOT NULL)`: both count the rows in which x is there,
  and are 0 of no rows.
- `sum(x) FILTER (WHERE x IS NOT NULL)` is `sum(x)`, for every aggregate that passes over NULLs.

Not proved, because DuckDB answers otherwise: `count_if(c)` and `sum(CASE WHEN c THEN 1 ELSE 0 END)`
are NULL of no rows (`count_if` also where every c is NULL), a count with a FILTER is 0.
"""

from __future__ import annotations

from sqlglot import exp

from sharekit.sqldiff.canonical.functions import NULL_SKIPPING
from sharekit.sqldiff.canonical.syntax_trees import TreeKeys, call, make_call, may_vary


def without_idle_presence(
    aggregate: exp.Expr, tests: list[exp.Expr], keys: TreeKeys, dialect: str
) -> tuple[exp.Expr, list[exp.Expr]]:
    """An aggregate and the tests of its FILTER, with `x IS NOT NULL` said once.

    It is said by the aggregate of x where that can be.
    """
    name = call(aggregate)
    arguments = aggregate.expressions if isinstance(aggregate, exp.Anonymous) else []
    if dialect != "duckdb" or name not in NULL_SKIPPING or len(arguments) != 1:
        return aggregate, tests
    argument = arguments[0]
    if isinstance(argument, exp.Distinct):
        if len(argument.expressions) != 1 or argument.args.get("on"):
            return aggregate, tests
        argument = argument.expressions[0]
    presence_tests = {keys(test.this.this): test for test in tests if _asks_for_presence(test)}
    if name == "count" and not isinstance(arguments[0], exp.Distinct):
        return _counted(argument, presence_tests, tests, keys, dialect)
    idle = presence_tests.get(keys(argument))
    return aggregate, [test for test in tests if test is not idle]


def _counted(
    argument: exp.Expr,
    presence_tests: dict[str, exp.Expr],
    tests: list[exp.Expr],
    keys: TreeKeys,
    dialect: str,
) -> tuple[exp.Expr, list[exp.Expr]]:
    """A count of the first value, by its spelling, of all that have to be there."""
    values = {
        key: node.this.this for key, node in presence_tests.items() if not may_vary(node, dialect)
    }
    if not isinstance(argument, exp.Star):
        values[keys(argument)] = argument
    if not values:
        return make_call("count", argument), tests
    first, *others = sorted(values)
    other_conditions = [
        node
        for node in tests
        if not any(node is test for key, test in presence_tests.items() if key in values)
    ]
    present = [
        exp.Not(this=exp.Is(this=values[key].copy(), expression=exp.Null())) for key in others
    ]
    return make_call("count", values[first]), [*other_conditions, *present]


def _asks_for_presence(test: exp.Expr) -> bool:
    inner = test.this if isinstance(test, exp.Not) else None
    return isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null)
