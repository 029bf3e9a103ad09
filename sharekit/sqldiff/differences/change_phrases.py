"""The words for a change: short, for people who know the numbers better than SQL. Code stands
between backticks."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from sharekit.sqldiff.canonical.syntax_trees import call
from sharekit.sqldiff.differences.code_display import QuerySide, code

NOUNS = {
    "sum": "sum",
    "avg": "average",
    "min": "smallest",
    "max": "largest",
    "median": "median",
    "mode": "most frequent",
    "stddev_samp": "standard deviation",
    "var_samp": "variance",
    "product": "product",
}
"""Aggregates of one argument, as in "takes the average of `x`"."""
VERBS = {"sum": "adds up", "avg": "averages"}
QUANTILES = frozenset({"quantile_cont", "quantile_disc", "approx_quantile"})
MOST_LISTED = 8
"""Most values that are named in a sentence."""
KINDS = frozenset({"INNER", "LEFT", "RIGHT", "FULL", "CROSS", "SEMI", "ANTI"})
Literals = tuple[exp.Expr, bool, list[exp.Expr]]
"""Column, whether it is left out, and the literals of `x = 1`, `x IN (1, 2)` or their negations."""


# -- conditions -----------------------------------------------------------------------------------


def membership(node: exp.Expr) -> Literals | None:
    """A condition on which values a column may have, taken apart."""
    negated = isinstance(node, exp.NEQ)
    inner = node
    if isinstance(node, exp.Not) and isinstance(node.this, exp.In):
        negated, inner = True, node.this
    if isinstance(inner, exp.EQ | exp.NEQ):
        for subject, literal in ((inner.this, inner.expression), (inner.expression, inner.this)):
            if isinstance(subject, exp.Column) and isinstance(literal, exp.Literal):
                return subject, negated, [literal]
        return None
    if (
        not isinstance(inner, exp.In)
        or not isinstance(inner.this, exp.Column)
        or not inner.expressions
    ):
        return None
    plain = all(isinstance(item, exp.Literal) for item in inner.expressions)
    return (inner.this, negated, list(inner.expressions)) if plain else None


def condition_added(node: exp.Expr, side: QuerySide) -> str:
    values = membership(node)
    if values is not None and values[1]:
        return f"leaves out {_rows_with(values[0], values[2], side)}"
    if _is_not_null(node):
        return f"leaves out {side.noun(node.this.this)} without {side.show(node.this.this)}"
    return f"filter added: {side.show(node)}"


def condition_removed(node: exp.Expr, side: QuerySide) -> str:
    values = membership(node)
    if values is not None and values[1]:
        return f"no longer leaves out {_rows_with(values[0], values[2], side)}"
    if _is_not_null(node):
        return (
            f"no longer leaves out {side.noun(node.this.this)} without {side.show(node.this.this)}"
        )
    return f"filter removed: {side.show(node)}"


def condition_changed(old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide) -> str:
    """A condition in the place of another on the same columns."""
    left, right = membership(old), membership(new)
    if left is not None and right is not None and left[1] is right[1]:
        return _values_changed(left, right, after)
    if left is not None and right is not None and right[1] and _values(left) == _values(right):
        return f"leaves out {_rows_with(right[0], right[2], after)} instead of taking only those"
    for plain, negated, side in ((old, new, "without"), (new, old, "with")):
        if isinstance(negated, exp.Not) and _asks(plain) and _asks(negated.this):
            return f"keeps only rows {side} a match in the subquery"
    return f"filter is {after.show(new)} instead of {before.show(old)}"


def _asks(node: exp.Expr) -> bool:
    """Whether a condition asks a subquery for rows."""
    return isinstance(node, exp.Exists) or (
        isinstance(node, exp.In) and bool(node.args.get("query"))
    )


def _values(literals: Literals) -> list[str]:
    return sorted(str(node) for node in literals[2])


def _values_changed(left: Literals, right: Literals, side: QuerySide) -> str:
    column, left_out, _ = right
    old, new = [_value(node) for node in left[2]], [_value(expression) for expression in right[2]]
    added = [value for value in new if value not in old]
    dropped = [value for value in old if value not in new]
    in_both = [value for value in new if value in old]
    rows = f"{side.noun(column)} with {_name(column)}"
    if left_out and added and not dropped:
        return f"leaves out {rows} {listed(added)}, as well as {listed(in_both)}"
    if left_out and dropped and not added:
        return f"no longer leaves out {rows} {listed(dropped)}"
    if added and not dropped:
        return f"takes in {rows} {listed(added)}, as well as {listed(in_both)}"
    if dropped and not added:
        return f"no longer takes in {rows} {listed(dropped)}, only {listed(in_both)}"
    verb = "leaves out" if left_out else "takes"
    return f"{verb} {rows} {listed(new)} instead of {listed(old)}"


def _rows_with(column: exp.Expr, values: Sequence[exp.Expr], side: QuerySide) -> str:
    return (
        f"{side.noun(column)} with {_name(column)}"
        f" {listed([_value(value) for value in values], 'or')}"
    )


def _name(column: exp.Expr) -> str:
    name = column.name.replace("_", " ")
    return name if name.replace(" ", "").isalnum() else code(column.name)


def _value(literal: exp.Expr) -> str:
    return code(literal.name) if literal.name.strip() else code(f"'{literal.name}'")


def _is_not_null(node: exp.Expr) -> bool:
    inner = node.this if isinstance(node, exp.Not) else None
    return (
        isinstance(inner, exp.Is)
        and isinstance(inner.expression, exp.Null)
        and isinstance(inner.this, exp.Column)
    )


def listed(phrases: Sequence[str], joint: str = "and") -> str:
    """ "a", "a and b", "a, b and c"; of many only the first."""
    if len(phrases) > MOST_LISTED:
        phrases = [*phrases[: MOST_LISTED - 1], f"{len(phrases) - MOST_LISTED + 1} more"]
    if len(phrases) < 2:
        return "".join(phrases)
    return f"{', '.join(phrases[:-1])} {joint} {phrases[-1]}"


# -- aggregates -----------------------------------------------------------------------------------


def call_changed(old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide) -> str | None:
    """An aggregate or a grain in the place of another; None where there is no word for it."""
    left, right = call(old), call(new)
    if left == right == "count":
        return _count_changed(old.expressions, new.expressions, before, after)
    if left == right == "date_trunc" and len(old.expressions) == len(new.expressions) == 2:
        return _grain_changed(old.expressions, new.expressions, before, after)
    if left in QUANTILES and right in QUANTILES:
        return _quantile_changed(old, new, before, after)
    name_left, name_right = _measure(old, before), _measure(new, after)
    if name_left is None or name_right is None or (left == right and left not in NOUNS):
        return None
    (noun_left, of_left), (noun_right, of_right) = name_left, name_right
    if noun_left == noun_right:
        verb = VERBS.get(right, f"takes the {noun_right} of")
        return f"{verb} {of_right} instead of {of_left}"
    if of_left == of_right:
        return f"takes the {noun_right} of {of_right} instead of the {noun_left}"
    return f"takes the {noun_right} of {of_right} instead of the {noun_left} of {of_left}"


def _measure(node: exp.Expr, side: QuerySide) -> tuple[str, str] | None:
    name, arguments = call(node), node.expressions
    if name == "count" and len(arguments) == 1:
        inner = arguments[0]
        if isinstance(inner, exp.Star):
            return "number", "rows"
        distinct = isinstance(inner, exp.Distinct)
        return "number", "distinct " * distinct + _counted_in_words(inner, side)
    if name in NOUNS and len(arguments) == 1:
        return NOUNS[name], side.show(arguments[0])
    if name in QUANTILES and len(arguments) == 2 and isinstance(arguments[1], exp.Literal):
        return f"{_percentile(arguments[1])} percentile", side.show(arguments[0])
    return None


def _count_changed(
    old: list[exp.Expr], new: list[exp.Expr], before: QuerySide, after: QuerySide
) -> str | None:
    left, right = (nodes[0] if len(nodes) == 1 else None for nodes in (old, new))
    if left is None or right is None:
        return None
    distinct_left, distinct_right = isinstance(left, exp.Distinct), isinstance(right, exp.Distinct)
    what_left, what_right = _counted_in_words(left, before), _counted_in_words(right, after)
    if what_left == what_right and distinct_left is distinct_right:
        what_left, what_right = (
            _counted_in_words(left, before, True),
            _counted_in_words(right, after, True),
        )
    if distinct_left and distinct_right:
        return f"counts {what_right} instead of {what_left}"
    if what_left == what_right:
        return (
            f"counts each {what_right} once"
            if distinct_right
            else f"counts {what_right} each time, not once"
        )
    return (
        f"counts {'distinct ' * distinct_right}{what_right} instead of"
        f" {'distinct ' * distinct_left}{what_left}"
    )


def _counted_in_words(node: exp.Expr, side: QuerySide, qualified: bool = False) -> str:
    if isinstance(node, exp.Star):
        return "rows"
    counted_columns = node.expressions if isinstance(node, exp.Distinct) else [node]
    return listed(
        [
            side.show(column, qualified) if qualified else side.short(column)
            for column in counted_columns
        ]
    )


def _grain_changed(
    old: list[exp.Expr], new: list[exp.Expr], before: QuerySide, after: QuerySide
) -> str | None:
    (unit_left, time_left), (unit_right, time_right) = old, new
    if not isinstance(unit_left, exp.Literal) or not isinstance(unit_right, exp.Literal):
        return None
    if before.key(time_left) == after.key(time_right):
        return f"time grain {unit_left.name} -> {unit_right.name}"
    if unit_left.name == unit_right.name:
        return f"takes its time from {after.show(time_right)} instead of {before.show(time_left)}"
    return None


def _quantile_changed(
    old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide
) -> str | None:
    left, right = _measure(old, before), _measure(new, after)
    if left is None or right is None:
        return None
    if left[0] != right[0] and left[1] == right[1]:
        return (
            f"takes the {right[0]} of {right[1]} instead of the"
            f" {left[0].removesuffix(' percentile')}"
        )
    if left[0] == right[0] and left[1] != right[1]:
        return f"takes the {right[0]} of {right[1]} instead of {left[1]}"
    return None


def _percentile(share: exp.Expr) -> str:
    number = f"{float(share.name) * 100:g}"
    tail = (
        "th"
        if number[-2:] in ("11", "12", "13")
        else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
    )
    return number + tail


# -- sources --------------------------------------------------------------------------------------


def join_added(name: str, kind: str) -> str:
    phrases = {
        "LEFT": f"joins {code(name)}, keeping rows without a match",
        "CROSS": f"combines every row with every row of {code(name)}",
        "FULL": f"joins {code(name)}, keeping rows of both sides without a match",
        "RIGHT": f"joins {code(name)}, keeping all of its rows",
        "SEMI": f"keeps only rows with a match in {code(name)}",
        "ANTI": f"keeps only rows without a match in {code(name)}",
    }
    return phrases.get(kind, f"joins {code(name)}")


def join_kind_changed(name: str, kind: str, before: str) -> str:
    """How a source is joined now."""
    if " " in before or before in ("NATURAL", "POSITIONAL", "ASOF") or kind not in KINDS:
        return f"joins {code(name)} by {code(_kind_in_words(kind))} instead of {code(_kind_in_words(before))}"
    phrases = {
        "INNER": f"leaves out rows without a match in {code(name)}",
        "LEFT": f"keeps rows without a match in {code(name)}",
        "RIGHT": f"keeps all rows of {code(name)}, and others only with a match",
        "FULL": f"keeps rows without a match on both sides of the join with {code(name)}",
        "CROSS": f"combines every row with every row of {code(name)}",
        "SEMI": f"keeps only rows with a match in {code(name)}, each once",
        "ANTI": f"keeps only rows without a match in {code(name)}",
    }
    return phrases[kind]


def _kind_in_words(kind: str) -> str:
    return "JOIN" if kind == "INNER" else f"{kind} JOIN"
