"""What an expression does to what it is made of: which sums, differences and multiples still add
up. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from sharekit.numbers.additivity.column_additivity import CONSTANT, NOTHING, ROW, Additivity
from sharekit.records import replace
from sharekit.sqldiff.canonical.functions import ALIASES, is_aggregate

SUMS = frozenset(("sum", "kahan_sum", "sum_no_overflow"))
COUNTS = frozenset(("count", "count_if", "count_star", "regr_count"))
_KINDS = {
    "avg": "a mean", "favg": "a mean", "median": "a median", "mode": "a mode", "min": "an extreme", "max": "an extreme",
    "quantile_cont": "a quantile", "quantile_disc": "a quantile", "percentile_cont": "a quantile",
    "percentile_disc": "a quantile", "approx_quantile": "a quantile", "reservoir_quantile": "a quantile",
    "quantile": "a quantile", "approx_count_distinct": "a count of distinct values",
    "approx_distinct": "a count of distinct values", "first": "one value of many", "any_value": "one value of many",
    "last": "one value of many", "arg_max": "one value of many", "arg_min": "one value of many",
}  # fmt: skip
_LASTS = frozenset(("arg_max", "arg_max_null"))
_LONGEST = 60


def text_of(node: exp.Expr) -> str:
    """An expression as SQL, short enough for a sentence."""
    text = whole_text(node)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def whole_text(node: exp.Expr) -> str:
    """An expression as SQL."""
    return node.sql(dialect="duckdb", normalize_functions="lower")


def function_name(node: exp.Expr) -> str:
    """The engine's first name of a function call, in lower case; "" for anything else."""
    if isinstance(node, exp.Anonymous):
        name = node.name.lower()
    elif isinstance(node, exp.Func):
        name = node.sql_name().lower()
    else:
        return ""
    return ALIASES.get(name, name)


def is_aggregation(node: exp.Expr) -> bool:
    """Whether a node itself is an aggregate (not one over a window)."""
    if isinstance(node, exp.AggFunc | exp.Filter | exp.WithinGroup):
        return True
    name = function_name(node) if isinstance(node, exp.Anonymous) else ""
    return name in SUMS | COUNTS or is_aggregate(name, "duckdb")


def aggregations(node: exp.Expr) -> Iterator[exp.Expr]:
    """The outermost aggregates in an expression, those of nested queries and over windows left
    out."""
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, exp.Query):
            continue
        if isinstance(top, exp.Window):  # its own function is none, what that is made of may be
            expressions = (top.this, *(top.args.get("partition_by") or ()))
            stack += [
                child for expression in expressions for child in expression.iter_expressions()
            ]
        elif is_aggregation(top):
            yield top
        else:
            stack += list(top.iter_expressions())


def does_not_add_up(node: exp.Expr, kind: str) -> Additivity:
    return Additivity("not", f"{text_of(node)} is {kind}")


class ExpressionReader:
    """Tells of one SELECT's expressions how they add up. `column` and `aggregate` know its
    sources."""

    def __init__(
        self,
        column: Callable[[exp.Column], Additivity],
        aggregate: Callable[[exp.Expr, Additivity, list[exp.Expr]], Additivity],
        is_time: Callable[[exp.Expr], bool],
    ) -> None:
        self._column = column
        self._aggregate = aggregate
        self._is_time = is_time

    def of(self, node: exp.Expr) -> Additivity:
        """How an expression adds up."""
        node = node.unnest()
        if isinstance(node, exp.Alias):
            return self.of(node.this)
        if isinstance(node, exp.Null):
            return NOTHING
        if isinstance(node, exp.Literal | exp.Boolean | exp.Interval | exp.DataType):
            return CONSTANT
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Window):
            return self._window(node)
        if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
            return does_not_add_up(node, "a query of its own")
        if isinstance(node, exp.Explode | exp.Unnest):
            return does_not_add_up(node, "several values")
        if is_aggregation(node):
            return self._aggregated(node)
        return self._computed(node)

    def _window(self, node: exp.Window) -> Additivity:
        """A running sum from the beginning on is a level; other windows are not known."""
        inner = node.this.this if isinstance(node.this, exp.Filter) else node.this
        argument = _argument(inner) if isinstance(inner, exp.Expr) else None
        summed = function_name(inner) in SUMS | COUNTS and not isinstance(argument, exp.Distinct)
        frame = node.args.get("spec")
        is_whole_frame = frame is None or (
            frame.args.get("start") == "UNBOUNDED"
            and frame.args.get("end") in (None, "CURRENT ROW")
        )
        if not summed or not is_whole_frame or node.args.get("order") is None:
            return does_not_add_up(node, "a window over other rows")
        additivity = (
            CONSTANT if argument is None or isinstance(argument, exp.Star) else self.of(argument)
        )
        if additivity.how == "not":
            return does_not_add_up(node, "a window over other rows")
        return Additivity("level", f"{text_of(node)} is a running sum")

    def _computed(self, node: exp.Expr) -> Additivity:
        if isinstance(node, exp.Neg):
            return replace(self.of(node.this), natural=False)
        if isinstance(node, exp.Cast | exp.Round):
            return self.of(node.this)
        if isinstance(node, exp.Add | exp.Sub):
            return self._sum(node, node.this, node.expression)
        if isinstance(node, exp.Mul):
            return self._product(node)
        if isinstance(node, exp.Div):
            return self._quotient(node)
        if isinstance(node, exp.Coalesce):
            return self._sum(node, node.this, *node.expressions)
        if isinstance(node, exp.Nullif):
            return self._sum(node, node.this, node.expression)
        if isinstance(node, exp.Case | exp.If):
            return self._branches(node)
        return self._function(node)

    def _function(self, node: exp.Expr) -> Additivity:
        additivities = [
            self.of(child) for child in node.iter_expressions() if isinstance(child, exp.Expr)
        ]
        if wrong := next(
            (additivity for additivity in additivities if additivity.how == "not"), None
        ):
            return wrong
        if any(additivity.how not in ("row", "constant") for additivity in additivities):
            return does_not_add_up(node, "no sum")
        return ROW if any(additivity.how == "row" for additivity in additivities) else CONSTANT

    def _sum(self, node: exp.Expr, *addends: exp.Expr) -> Additivity:
        """Of sums and differences; COALESCE and NULLIF keep what adds up where their other argument
        is 0."""
        joins = isinstance(node, exp.Coalesce | exp.Nullif)
        additivities = [self.of(addend) for addend in addends if not _is_nothing(addend)]
        if wrong := next(
            (additivity for additivity in additivities if additivity.how == "not"), None
        ):
            return wrong
        kinds = {additivity.how for additivity in additivities}
        if kinds <= {"row", "constant"}:
            return ROW if "row" in kinds else CONSTANT
        if len(kinds) == 1 and kinds != {"scaled"} and not (joins and len(additivities) > 1):
            joint = _joint_additivity(node, additivities)
            several = kinds == {"adds"} and len(additivities) > 1
            return replace(joint, of_parts=joint.of_parts or several)
        if "constant" in kinds and not joins:
            return does_not_add_up(node, "a sum with a constant that every slice has")
        return does_not_add_up(node, "no sum of sums")

    def _product(self, node: exp.Expr) -> Additivity:
        left, right = self.of(node.this), self.of(node.expression)
        for factor, other_factor in ((left, right), (right, left)):
            if factor.how == "not" or other_factor.how == "constant":
                return replace(factor, natural=False)
        kinds = {left.how, right.how}
        if kinds == {"row"}:
            return ROW
        if kinds <= {"row", "adds", "scaled"} and "row" in kinds:
            return Additivity(
                "scaled", f"{text_of(node)} is a sum times a column", left.apart | right.apart
            )
        return does_not_add_up(node, "a product")

    def _quotient(self, node: exp.Expr) -> Additivity:
        upper, lower = self.of(node.this), self.of(node.expression)
        if upper.how == "not" or lower.how == "constant":
            return upper
        if {upper.how, lower.how} <= {"row", "constant"}:
            return ROW
        sums = upper.how == lower.how == "adds"
        upper_and_lower = (whole_text(node.this), whole_text(node.expression)) if sums else ()
        return replace(does_not_add_up(node, "a ratio"), parts=upper_and_lower)

    def _branches(self, node: exp.Case | exp.If) -> Additivity:
        conditions, branches = branches_of(node)
        if any(self.of_groups(condition) for condition in conditions):
            return does_not_add_up(node, "a choice by an aggregate")
        additivities = [self.of(branch) for branch in branches if not _is_nothing(branch)]
        if wrong := next(
            (additivity for additivity in additivities if additivity.how == "not"), None
        ):
            return wrong
        kinds = {additivity.how for additivity in additivities}
        if kinds <= {"row", "constant"}:
            return ROW
        if len(kinds) == 1:
            return _joint_additivity(node, additivities)
        return does_not_add_up(node, "a choice between values of several kinds")

    def of_groups(self, condition: exp.Expr) -> bool:
        """Whether a condition looks at what an aggregate made, here or in what is read."""
        if next(aggregations(condition), None) is not None or condition.find(exp.Window, exp.Query):
            return True
        return any(
            self._column(column).how not in ("row", "constant")
            for column in condition.find_all(exp.Column)
        )

    # -- aggregates
    # ----------------------------------------------------------------------------------------

    def _aggregated(self, node: exp.Expr) -> Additivity:
        inner, conditions = node, list[exp.Expr]()
        if isinstance(inner, exp.Filter):
            conditions.append(inner.expression.this)
            inner = inner.this
        if isinstance(inner, exp.WithinGroup):
            inner = inner.this
        name = function_name(inner)
        argument = _argument(inner)
        if isinstance(argument, exp.Distinct):
            kind = "a count of distinct values" if name == "count" else "a sum of distinct values"
            return does_not_add_up(inner, kind if name in SUMS | COUNTS else _kind(name))
        if self._is_last(name, inner, argument):
            return Additivity("level", f"{text_of(inner)} is the last value of many")
        if name not in SUMS | COUNTS:
            return replace(
                does_not_add_up(inner, _kind(name)), parts=self._mean_of(node, name, argument)
            )
        choices = [
            func for func in inner.find_all(exp.Case, exp.If) if isinstance(func, exp.Case | exp.If)
        ]
        conditions += [expression for choice in choices for expression in branches_of(choice)[0]]
        return self._aggregate(inner, self._counted(name, argument, inner), conditions)

    def _is_last(self, name: str, node: exp.Expr, argument: exp.Expr | None) -> bool:
        """Whether an aggregate takes the last value in time: `max_by(x, day)`, `last(x ORDER BY
        day)`."""
        if name == "last" and isinstance(argument, exp.Order):
            first = argument.expressions[0]
            return not first.args.get("desc") and self._is_time(first.this)
        return name in _LASTS and self._is_time(node.expression)

    def _mean_of(self, node: exp.Expr, name: str, argument: exp.Expr | None) -> tuple[str, ...]:
        """The sum and the count that a mean is made of, with its filter."""
        if name not in ("avg", "favg") or argument is None or self.of(argument).how != "row":
            return ()
        filtered = (
            f"FILTER ({whole_text(node.expression).strip()})"
            if isinstance(node, exp.Filter)
            else ""
        )
        return tuple(
            f"{aggregate}({whole_text(argument)}) {filtered}".strip()
            for aggregate in ("sum", "count")
        )

    def _counted(self, name: str, argument: exp.Expr | None, node: exp.Expr) -> Additivity:
        """What a sum or a count is taken of: a count takes one of each row."""
        if name in COUNTS or argument is None:
            return CONSTANT
        additivity = self._summed(argument)
        if additivity.how == "not":
            return Additivity("not", f"{text_of(node)} sums what does not add up: {additivity.why}")
        return additivity

    def _summed(self, argument: exp.Expr) -> Additivity:
        """Of what is summed: conditions in it only choose rows."""
        inner = argument.unnest()
        if not isinstance(inner, exp.Case | exp.If):
            return self.of(inner)
        additivities = [
            self._summed(branch) for branch in branches_of(inner)[1] if not _is_nothing(branch)
        ]
        if wrong := next(
            (additivity for additivity in additivities if additivity.how == "not"), None
        ):
            return wrong
        return _joint_additivity(
            inner,
            [additivity for additivity in additivities if additivity.how != "constant"]
            or [CONSTANT],
        )


def _joint_additivity(node: exp.Expr, additivities: list[Additivity]) -> Additivity:
    """What several values of one kind make: all that one of them does not add up over, they do
    not."""
    apart = frozenset[str]().union(*(additivity.apart for additivity in additivities))
    natural = all(additivity.natural for additivity in additivities) and not isinstance(
        node, exp.Sub
    )
    of_parts = any(additivity.of_parts for additivity in additivities)
    first = additivities[0]
    return Additivity(first.how, first.why, apart, natural, of_parts=of_parts)


def branches_of(node: exp.Case | exp.If) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """The conditions and the values of CASE or IF."""
    if isinstance(node, exp.If):
        return [node.this], [
            entry for key in ("true", "false") if (entry := node.args.get(key)) is not None
        ]
    choices = node.args.get("ifs") or []
    conditions = [choice.this for choice in choices] + (
        [node.this] if node.this is not None else []
    )
    values = [choice.args["true"] for choice in choices]
    return conditions, values + (
        [node.args["default"]] if node.args.get("default") is not None else []
    )


def _argument(node: exp.Expr) -> exp.Expr | None:
    if isinstance(node, exp.Anonymous):
        return node.expressions[0] if node.expressions else None
    return node.this if isinstance(node.this, exp.Expr) else None


def _kind(name: str) -> str:
    return _KINDS.get(name, "no sum")


def _is_nothing(node: exp.Expr) -> bool:
    """NULL or zero, which change no sum."""
    inner = node.unnest()
    if isinstance(inner, exp.Cast):
        return _is_nothing(inner.this)
    if isinstance(inner, exp.Literal) and not inner.is_string:
        return float(inner.this) == 0
    return isinstance(inner, exp.Null)
