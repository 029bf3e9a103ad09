"""Bring expressions into one form. Every rule here holds in three-valued logic, for every table and
every NULL.

What is true of a filter alone, of CASE, of aggregates and of literals has a module of its own,
which says why it is safe: `truth`, `choices`, `counting`, `values`. What is proved here:

- AND and OR may be regrouped, reordered and said once, and NOT may be pushed into them: each holds
  for NULL too. A chain of one part keeps `AND TRUE` unless that part is a truth value: `n AND TRUE`
  is one, `n` may be a number.
- `NOT a < b` is `b <= a`, where NaN has its place in the order; `NOT a = b` is `a <> b`.
- `x < 5` of whole numbers is `x <= 4`, and `d < DATE '2014-01-01'` of days is `d <= DATE
  '2013-12-31'`: no value lies between. Only where the type is known: of a DOUBLE or a TIMESTAMP
  there are values between.
- A cast to the type that a value has returns the value. Where the type is not known it stays.

Rules that hold only sometimes are left out on purpose: `x = x` is not TRUE (NULL), `sum(CASE WHEN c
THEN x ELSE 0 END)` is not `sum(x) FILTER (WHERE c)` (no row: 0 and NULL), `count_if(c)` is not
`count(*) FILTER (WHERE c)` (no row: NULL and 0), `NOT x IN (...)` is not `x IS DISTINCT FROM`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlglot import exp

from sharekit.sqldiff.canonical.choices import chosen, nullified
from sharekit.sqldiff.canonical.counting import without_idle_presence
from sharekit.sqldiff.canonical.functions import NULL_SKIPPING
from sharekit.sqldiff.canonical.syntax_trees import (
    Connector,
    TreeKeys,
    body,
    call,
    conjuncts,
    connect,
    is_of_one_row,
    make_call,
    may_vary,
    operands,
    replace_child,
    unalias,
)
from sharekit.sqldiff.canonical.truth import (
    FILTERS,
    absorbed,
    as_filter,
    compared_with_truth,
    factored,
    is_truth,
)
from sharekit.sqldiff.canonical.value_types import (
    has_its_type,
    is_scalar,
    kind_of,
    next_above,
    next_below,
    normalised_comparison,
    pattern_as_call,
)

NAN_IS_ORDERED = frozenset(
    {"duckdb", "postgres", "redshift", "snowflake", "spark", "spark2", "databricks"}
)
"""Dialects in which NaN equals itself and is the largest number, so that `NOT a < b` is `a >=
b`."""
OPPOSITES: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.NullSafeEQ: exp.NullSafeNEQ,
    exp.NullSafeNEQ: exp.NullSafeEQ,
}
REVERSED: dict[type[exp.Expr], type[exp.Binary]] = {exp.LT: exp.LTE, exp.LTE: exp.LT}
"""`NOT a < b` is `b <= a`."""
SYMMETRIC = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
ARITHMETIC = (exp.Add, exp.Mul)
TEXT_SUMS = frozenset({"tsql", "fabric"})
"""Dialects in which `+` puts texts together, so that its sides cannot be swapped."""
LOOSE_TYPES = frozenset(
    {"spark", "spark2", "databricks", "hive", "mysql", "sqlite", "tsql", "fabric", "clickhouse"}
)
"""Dialects that turn numbers into texts unasked: `coalesce(coalesce(a, b), c)` may then show 1.00
where the flat one shows 1, as `a` is brought to the type of `b` first."""
PLACED_VALUES = frozenset({"first_value", "last_value", "nth_value"})
"""Functions for which Snowflake, unlike all others, looks at the whole partition where no frame is
given."""
LARGEST_INTEGER = 2**31 - 1
LARGEST_REPEATED = 60
"""Nodes of an expression that may be written out several times."""
E_ = TypeVar("E_", bound=exp.Expr)


def simplified(tree: E_, dialect: str) -> E_:
    """The tree with all its expressions in one form; changed in place, so use the result alone."""
    result = Rules(dialect).visit(tree)
    assert isinstance(result, type(tree))
    return result


class Rules:
    """One pass over a tree, bottom-up."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.keys = TreeKeys()

    def visit(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.And | exp.Or):
            kind: Connector = exp.And if isinstance(node, exp.And) else exp.Or
            return self.connector(kind, [self.visit(operand) for operand in operands(node)])
        replace_child(node, self.visit)
        return self._local(node)

    def _local(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Not):
            return self.negation(node.this)
        if isinstance(node, exp.Like) and self.dialect == "duckdb":
            return pattern_as_call(node)
        if isinstance(node, exp.Binary):
            return self.comparison(node)
        if isinstance(node, exp.Between):
            return self._between(node)
        if isinstance(node, exp.In):
            return self._in(node)
        if isinstance(node, exp.Case):
            return self._case(node)
        if isinstance(node, exp.Anonymous):
            return self._call(node)
        if isinstance(node, exp.Filter):
            return self._filter(node)
        if isinstance(node, exp.Cast):
            return self._cast(node)
        self._clause(node)
        return node

    def _clause(self, node: exp.Expr) -> None:
        """What is tidied in place."""
        if isinstance(node, exp.Window):
            self._window(node)
        elif isinstance(node, exp.Group):
            self._group(node)
        elif isinstance(node, exp.Exists):
            self._exists(node)
        elif isinstance(node, exp.Select):
            for name in ("where", "having", "qualify"):
                clause = node.args.get(name)
                if clause is not None and _is_true(clause.this):
                    node.set(name, None)
        elif isinstance(node, FILTERS):
            node.set("this", as_filter(node.this, self))
        elif isinstance(node, exp.Join):
            self._join(node)

    # -- AND, OR, NOT
    # ---------------------------------------------------------------------------------------

    def connector(self, kind: Connector, parts: Sequence[exp.Expr]) -> exp.Expr:
        """AND or OR of parts that are in form: flat, without repetition, in one order."""
        flat = [
            node
            for part in parts
            for node in (operands(part) if isinstance(part, kind) else [part])
        ]
        absorbing = kind is exp.Or
        if any(_is_boolean(node, absorbing) for node in flat):
            return exp.Boolean(this=absorbing)
        terms = [node for node in flat if not _is_boolean(node, not absorbing)]
        if not terms:
            return exp.Boolean(this=not absorbing)
        terms = self.keys.unique(self._memberships(kind, terms), self.dialect)
        terms = absorbed(kind, terms, self)
        if len(terms) == 1 and (len(flat) == 1 or is_truth(terms[0])):
            return terms[0]
        if len(terms) == 1:  # `n AND TRUE` is a truth value, `n` may be a number
            return kind(this=terms[0], expression=exp.Boolean(this=not absorbing))
        return factored(kind, terms, self) or connect(kind, self.keys.sort(terms))

    def _memberships(self, kind: Connector, parts: list[exp.Expr]) -> list[exp.Expr]:
        """`x = 1 OR x = 2` is `x IN (1, 2)`; `x <> 1 AND x <> 2` is `x NOT IN (1, 2)`."""
        literals_by_subject: dict[tuple[str, bool], tuple[exp.Expr, list[exp.Expr]]] = {}
        conditions: list[exp.Expr] = []
        for part in parts:
            member = _membership(part, negated=kind is exp.And)
            if member is None or may_vary(member[0], self.dialect):
                conditions.append(part)
            else:
                subject, items = member
                literals_by_subject.setdefault(
                    (self.keys(subject), items[0].is_string), (subject, [])
                )[1].extend(items)
        for subject, items in literals_by_subject.values():
            choice = self._in(exp.In(this=subject, expressions=items))
            conditions.append(self.negation(choice) if kind is exp.And else choice)
        return conditions

    def negation(self, node: exp.Expr) -> exp.Expr:
        """NOT of an expression that is in form, pushed down as far as it goes."""
        if isinstance(node, exp.Connector):
            kind: Connector = exp.And if isinstance(node, exp.Or) else exp.Or
            return self.connector(kind, [self.negation(operand) for operand in operands(node)])
        if isinstance(node, exp.Boolean):
            return exp.Boolean(this=not node.this)
        inner = node.this
        if isinstance(node, exp.Not) and isinstance(inner, exp.Expr) and is_truth(inner):
            return inner
        if isinstance(node, exp.Binary) and not _quantified(node):
            if opposite := OPPOSITES.get(type(node)):
                return opposite(this=inner, expression=node.expression)
            if self.dialect in NAN_IS_ORDERED and type(node) in REVERSED:
                return self.comparison(REVERSED[type(node)](this=node.expression, expression=inner))
        return exp.Not(this=node)

    # -- comparisons
    # ----------------------------------------------------------------------------------------

    def comparison(self, node: exp.Binary) -> exp.Expr:
        """A comparison, a sum or a product of sides that are in form."""
        if isinstance(node, exp.GT) and not _quantified(node):
            return self.comparison(exp.LT(this=node.expression, expression=node.this))
        if isinstance(node, exp.GTE) and not _quantified(node):
            return self.comparison(exp.LTE(this=node.expression, expression=node.this))
        if isinstance(node, ARITHMETIC):
            return self._arithmetic(node)
        if isinstance(node, (exp.LT, exp.LTE, *SYMMETRIC)) and not _quantified(node):
            left, right = normalised_comparison(node.this, node.expression)
            if isinstance(node, exp.LT):
                return _at_most(left, right)
            if isinstance(node, SYMMETRIC):
                return self._symmetric(type(node)(this=left, expression=right))
            return type(node)(this=left, expression=right)
        return node

    def _symmetric(self, node: exp.Binary) -> exp.Expr:
        left, right = node.this, node.expression
        if isinstance(node, exp.EQ | exp.NEQ):
            if _are_plain(left, right, self.dialect):
                return exp.Boolean(this=(left.name == right.name) is isinstance(node, exp.EQ))
            truth = compared_with_truth(node, self)
            if truth is not None:
                return truth
        elif isinstance(left, exp.Null) or isinstance(right, exp.Null):
            missing = exp.Is(
                this=right if isinstance(left, exp.Null) else left, expression=exp.Null()
            )
            return missing if isinstance(node, exp.NullSafeEQ) else exp.Not(this=missing)
        left, right = sorted(
            (left, right), key=lambda side: (isinstance(side, exp.Literal), self.keys(side))
        )
        return type(node)(this=left, expression=right)

    def _cast(self, node: exp.Cast) -> exp.Expr:
        inner: exp.Expr = node.this
        if self.dialect == "duckdb" and has_its_type(node):
            return inner
        twice = type(inner) is type(node) and self.keys(node.to) == self.keys(inner.args["to"])
        return inner if twice else node

    def _arithmetic(self, node: exp.Binary) -> exp.Expr:
        left, right = node.this, node.expression
        places = isinstance(
            node.parent, exp.Ordered | exp.Group | exp.Tuple
        )  # there a number alone means a column
        if _is_integer(left) and _is_integer(right) and not places:
            value = (
                int(left.name) + int(right.name)
                if isinstance(node, exp.Add)
                else int(left.name) * int(right.name)
            )
            if value <= LARGEST_INTEGER:
                return exp.Literal.number(value)
        joins = self.dialect == "duckdb" or self.dialect in TEXT_SUMS
        if isinstance(node, exp.Add) and joins and not (is_scalar(left) or is_scalar(right)):
            return node  # `a + b` of lists puts b behind a
        left, right = sorted(
            (left, right), key=lambda side: (isinstance(side, exp.Literal), self.keys(side))
        )
        return type(node)(this=left, expression=right)

    def _between(self, node: exp.Between) -> exp.Expr:
        subject, low, high = node.this, node.args["low"], node.args["high"]
        literals = [literal for literal in (low, high) if isinstance(literal, exp.Literal)]
        mixed = len(literals) == 2 and low.is_string is not high.is_string
        if (
            node.args.get("symmetric")
            or may_vary(subject, self.dialect)
            or mixed
            or node.find(exp.Collate)
            or not _is_small(subject)
        ):
            return node
        above = self.comparison(exp.LTE(this=low, expression=subject.copy()))
        below = self.comparison(exp.LTE(this=subject, expression=high))
        return self.connector(exp.And, [above, below])

    def _in(self, node: exp.In) -> exp.Expr:
        items = node.expressions
        others = any(
            value for name, value in node.args.items() if name not in ("this", "expressions")
        )
        if others or not items or any(isinstance(item, exp.Query) for item in items):
            return node
        if isinstance(node.parent, exp.Pivot) or any(call(item) == "*columns" for item in items):
            return node  # columns in that order; any number of members
        items = [normalised_comparison(node.this, item)[1] for item in items]
        items = self.keys.sort(self.keys.unique(items, self.dialect))
        if len(items) == 1:
            return self.comparison(exp.EQ(this=node.this, expression=items[0]))
        node.set("expressions", items)
        return node

    # -- CASE and calls
    # -------------------------------------------------------------------------------------

    def _case(self, node: exp.Case) -> exp.Expr:
        """`CASE x WHEN 1` is `CASE WHEN x = 1`; a CASE in ELSE continues the list."""
        subject = node.this
        if subject is not None and not may_vary(subject, self.dialect) and _is_small(subject):
            for branch in node.args["ifs"]:
                branch.set(
                    "this", self.comparison(exp.EQ(this=subject.copy(), expression=branch.this))
                )
            node.set("this", None)
        default = node.args.get("default")
        strict = self.dialect not in LOOSE_TYPES
        if strict and node.this is None and isinstance(default, exp.Case) and default.this is None:
            node.set("ifs", [*node.args["ifs"], *default.args["ifs"]])
            node.set("default", default.args.get("default"))
        if node.this is not None:
            return node
        for branch in node.args["ifs"]:
            branch.set("this", as_filter(branch.this, self))
        formed = chosen(node, self) if strict and not may_vary(node, self.dialect) else node
        return self._call(formed) if isinstance(formed, exp.Anonymous) else formed

    def _call(self, node: exp.Anonymous) -> exp.Expr:
        name, arguments = call(node), node.expressions
        if name == "count" and (
            not arguments or (len(arguments) == 1 and _is_constant(arguments[0]))
        ):
            return make_call("count", exp.Star())
        if name == "coalesce" and self.dialect not in LOOSE_TYPES:
            flat = [
                argument
                for item in arguments
                for argument in (item.expressions if call(item) == "coalesce" else [item])
            ]
            node.set("expressions", flat)
        if (
            name == "nullif"
            and len(arguments) == 2
            and _is_small(arguments[0])
            and self.dialect not in LOOSE_TYPES
        ):
            return node if may_vary(node, self.dialect) else self._local(nullified(node, self))
        if (
            name in NULL_SKIPPING
            and len(arguments) == 1
            and (name != "any_value" or self.dialect == "duckdb")
        ):
            return self._filtered_case(node, name, arguments[0])
        return node

    def _filtered_case(self, node: exp.Anonymous, name: str, argument: exp.Expr) -> exp.Expr:
        """`sum(CASE WHEN c THEN x END)` is `sum(x) FILTER (WHERE c)`: both pass over what is
        NULL."""
        distinct = (
            isinstance(argument, exp.Distinct)
            and len(argument.expressions) == 1
            and not argument.args.get("on")
        )
        inner = argument.expressions[0] if distinct else argument
        if (
            not isinstance(inner, exp.Case)
            or inner.this
            or inner.args.get("default")
            or len(inner.args["ifs"]) != 1
        ):
            return node
        branch = inner.args["ifs"][0]
        value, test = branch.args["true"], branch.this
        if name == "count" and not distinct and _is_constant(value):
            value = exp.Star()
        return self._filtered(
            make_call(name, exp.Distinct(expressions=[value]) if distinct else value), [test]
        )

    def _filtered(self, aggregate: exp.Expr, tests: list[exp.Expr]) -> exp.Expr:
        test = as_filter(self.connector(exp.And, tests), self)
        aggregate, tests = without_idle_presence(
            aggregate, conjuncts(test), self.keys, self.dialect
        )
        if not tests or all(map(_is_true, tests)):
            return aggregate
        return exp.Filter(this=aggregate, expression=exp.Where(this=self.connector(exp.And, tests)))

    def _filter(self, node: exp.Filter) -> exp.Expr:
        """FILTER of what came to have a FILTER already."""
        test = node.expression.this
        if isinstance(node.this, exp.Filter):
            return self._filtered(
                node.this.this, [*conjuncts(node.this.expression.this), *conjuncts(test)]
            )
        return self._filtered(node.this, conjuncts(test))

    # -- clauses
    # --------------------------------------------------------------------------------------------

    def _window(self, node: exp.Window) -> None:
        """Drop a frame that says what holds without it."""
        partition = node.args.get("partition_by")
        if partition:
            node.set("partition_by", self.keys.sort(self.keys.unique(partition, self.dialect)))
        spec = node.args.get("spec")
        if spec is None or spec.args.get("exclude"):
            return
        if not spec.args.get("end"):
            spec.set("end", "CURRENT ROW")
        start = (str(spec.args.get("start")).upper(), str(spec.args.get("start_side")).upper())
        end = (str(spec.args.get("end")).upper(), str(spec.args.get("end_side") or "").upper())
        up_to_now = start == ("UNBOUNDED", "PRECEDING") and end[0] == "CURRENT ROW"
        everything = start == ("UNBOUNDED", "PRECEDING") and end == ("UNBOUNDED", "FOLLOWING")
        is_range = str(spec.args.get("kind")).upper() == "RANGE"
        if self.dialect == "snowflake" and any(
            call(inner_node) in PLACED_VALUES for inner_node in node.this.walk()
        ):
            return
        if (is_range and up_to_now) or (everything and not node.args.get("order")):
            node.set("spec", None)

    def _group(self, node: exp.Group) -> None:
        special = any(value for name, value in node.args.items() if name != "expressions")
        items = node.expressions
        if not special and not any(
            isinstance(item, exp.GroupingSets | exp.Rollup | exp.Cube) for item in items
        ):
            nodes = self.keys.sort(self.keys.unique(items, self.dialect))
            if any(expression.find(exp.Column) for expression in nodes):
                nodes = [expression for expression in nodes if not _is_label(expression)]
            node.set("expressions", nodes)

    def _exists(self, node: exp.Exists) -> None:
        """EXISTS asks for rows: which columns they have, their order and their repetition say
        nothing."""
        inner = body(node.this)
        if not isinstance(inner, exp.Select):
            return
        node.set("this", inner)
        bound = any(
            inner.args.get(name)
            for name in ("group", "having", "qualify", "offset", "sample", "windows")
        )
        limit = inner.args.get("limit")
        if bound or (limit is not None and not _is_positive(limit)):
            return
        if not all(
            is_of_one_row(unalias(expression), self.dialect) for expression in inner.expressions
        ):
            return
        inner.set("expressions", [exp.Literal.number(1)])
        for name in ("distinct", "order", "limit"):
            inner.set(name, None)

    def _join(self, node: exp.Join) -> None:
        on = node.args.get("on")
        if on is not None and not node.args.get("method") and not node.args.get("nearest"):
            node.set("on", as_filter(on, self))
        plain = not any(
            node.args.get(name) for name in ("side", "kind", "method", "using", "nearest")
        )
        if plain and node.args.get("on") is not None and _is_true(node.args["on"]):
            node.set("on", None)
            node.set("kind", "CROSS")


def _is_small(node: exp.Expr) -> bool:
    """Whether it may be repeated; one inside another would double each time."""
    return sum(1 for _ in node.walk()) <= LARGEST_REPEATED


def _is_boolean(node: exp.Expr, value: bool) -> bool:
    return isinstance(node, exp.Boolean) and bool(node.this) is value


def _is_true(node: exp.Expr) -> bool:
    return _is_boolean(node, True)


def _is_integer(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit()


def _is_positive(limit: exp.Expr) -> bool:
    """`LIMIT 1` or more, and nothing else."""
    count = limit.expression
    plain = isinstance(limit, exp.Limit) and not any(
        value for name, value in limit.args.items() if name != "expression"
    )
    return plain and _is_integer(count) and int(count.name) > 0


def _is_constant(node: exp.Expr) -> bool:
    """A literal that is not NULL."""
    return isinstance(node, exp.Literal | exp.Boolean)


def _is_label(node: exp.Expr) -> bool:
    """A value that is written out: beside a key that is none, it parts no rows. A bare number is a
    column's place."""
    if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
        return isinstance(node.this, exp.Literal)
    return isinstance(node, exp.Boolean | exp.Null) or (
        isinstance(node, exp.Literal) and bool(node.is_string)
    )


def _at_most(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """`x < 5` of whole numbers as `x <= 4`, `5 < x` as `6 <= x`."""
    below = next_below(kind_of(left), right)
    if below is not None:
        return exp.LTE(this=left, expression=below)
    above = next_above(kind_of(right), left)
    if above is not None:
        return exp.LTE(this=above, expression=right)
    return exp.LT(this=left, expression=right)


def _are_plain(left: exp.Expr, right: exp.Expr, dialect: str) -> bool:
    """Two integers, as in `1 = 1`, or, where texts are compared letter by letter, two texts."""
    texts = all(isinstance(side, exp.Literal) and side.is_string for side in (left, right))
    return (_is_integer(left) and _is_integer(right)) or (texts and dialect == "duckdb")


def _quantified(node: exp.Binary) -> bool:
    """`x = ANY (...)`: NOT of it is no `<> ANY`, and its sides cannot be swapped. Of a list it
    looks like a call."""
    sides = (node.this, node.expression)
    return any(
        isinstance(side, exp.SubqueryPredicate) or call(side) in ("all", "any", "some")
        for side in sides
    )


def _membership(node: exp.Expr, negated: bool) -> tuple[exp.Expr, list[exp.Expr]] | None:
    """Subject and literals of `x = 1` or `x IN (1, 2)`, or of their negations; literals of one kind
    only."""
    if negated and isinstance(node, exp.Not) and isinstance(node.this, exp.In):
        node = node.this
    elif isinstance(node, exp.NEQ if negated else exp.EQ) and not _quantified(node):
        items = [node.expression]
        return (
            (node.this, items)
            if _of_one_kind(items) and not isinstance(node.this, exp.Literal)
            else None
        )
    elif negated:
        return None
    if not isinstance(node, exp.In) or any(
        value for name, value in node.args.items() if name not in ("this", "expressions")
    ):
        return None
    return (node.this, node.expressions) if _of_one_kind(node.expressions) else None


def _of_one_kind(items: Sequence[exp.Expr]) -> bool:
    texts = all(isinstance(item, exp.Literal) and item.is_string for item in items)
    return bool(items) and (texts or all(map(_is_integer, items)))
