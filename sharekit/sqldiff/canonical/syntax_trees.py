"""Small tools on sqlglot trees: operands, keys, what an expression may contain."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, TypeVar

from sqlglot import exp

from sharekit.sqldiff.canonical.functions import PURE, VOLATILE, is_aggregate

Query: TypeAlias = exp.Select | exp.SetOperation
Connector: TypeAlias = type[exp.And] | type[exp.Or]
NodeT = TypeVar("NodeT", bound=exp.Expr)

COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)
PREDICATES = (
    *COMPARISONS,
    exp.And,
    exp.Or,
    exp.Not,
    exp.In,
    exp.Between,
    exp.Is,
    exp.Like,
    exp.ILike,
    exp.Exists,
    exp.Boolean,
)
"""Nodes whose value is true, false or unknown, and nothing else."""
CASE_BLIND = frozenset(
    {"direction", "kind", "method", "over", "side", "start", "start_side", "end", "end_side"}
)
"""Arguments that sqlglot keeps as words of SQL, in whatever case they were written."""
LONGEST_KEY = 200
_COMPOUND = (
    exp.Binary,
    exp.Unary,
    exp.Between,
    exp.In,
    exp.Is,
    exp.Interval,
    exp.AtTimeZone,
    exp.Lambda,
    exp.Escape,
)
_TIGHT = (exp.Paren, exp.Dot, exp.Column)


class Unproven(Exception):  # noqa: N818  never an error: it says that two trees must be taken for different
    """This query uses something of which nothing can be proved."""


def operands(node: exp.Expr) -> list[exp.Expr]:
    """The operands of a chain of ANDs (or ORs), in order, through parentheses. Not recursive:
    chains may be long."""
    kind = type(node)
    nodes: list[exp.Expr] = []
    stack = [node]
    while stack:
        top = stack.pop()
        inner = unparenthesised(top)
        if type(inner) is kind and isinstance(inner, exp.Connector):
            stack += (inner.expression, inner.this)
        else:
            nodes.append(top)
    return nodes


def conjuncts(node: exp.Expr | None) -> list[exp.Expr]:
    """What all has to be true: the operands of an AND, or the condition itself; [] for none."""
    if node is None:
        return []
    return operands(unparenthesised(node)) if isinstance(unparenthesised(node), exp.And) else [node]


def connect(kind: Connector, parts: list[exp.Expr]) -> exp.Expr:
    """AND or OR of the parts, as a balanced tree, so that a chain of any length stays shallow."""
    while len(parts) > 1:
        pairs = [
            kind(this=left, expression=right)
            for left, right in zip(parts[::2], parts[1::2], strict=False)
        ]
        parts = [*pairs, *parts[len(pairs) * 2 :]]
    return parts[0]


def condition(parts: list[exp.Expr]) -> exp.Expr | None:
    """AND of the parts; None for no part."""
    return connect(exp.And, parts) if parts else None


def unparenthesised(node: exp.Expr) -> exp.Expr:
    """The node inside any parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def parenthesised(tree: NodeT) -> NodeT:
    """A copy in which every compound operand of an operator stands between parentheses: a form has
    none, and a text needs them."""
    tree = tree.copy()
    for node in list(tree.walk()):
        if not _is_compound(node) or node.parent is None:
            continue
        parent = node.parent
        chained = isinstance(node, exp.Connector) and type(parent) is type(node)
        operator = _is_compound(parent) or isinstance(
            parent, exp.Cast | exp.Bracket | exp.Ordered | exp.Interval
        )
        is_in_list = isinstance(parent, exp.In) and node.arg_key == "expressions"
        escaped = isinstance(parent, exp.Escape) and node.arg_key == "this"
        if operator and not (chained or is_in_list or escaped):
            wrapper = exp.Paren()
            node.replace(wrapper)
            wrapper.set("this", node)
    return tree


def _is_compound(node: exp.Expr) -> bool:
    return isinstance(node, _COMPOUND) and not isinstance(node, _TIGHT)


def body(node: exp.Expr | None) -> exp.Expr | None:
    """The query inside wrappers that say nothing: parentheses without alias, order or limit."""
    while isinstance(node, exp.Subquery) and not any(
        value for key, value in node.args.items() if key != "this"
    ):
        node = node.this
    return node


def first_select(query: exp.Expr) -> exp.Select:
    """The SELECT that gives a query its column names: itself, or the leftmost of a set
    operation."""
    while not isinstance(query, exp.Select):
        if not isinstance(query, exp.SetOperation | exp.Subquery):
            raise Unproven
        query = query.this
    return query


def selects(query: exp.Expr) -> list[exp.Select]:
    """The SELECTs of which a query is put together: itself, or all branches of a set operation."""
    if isinstance(query, exp.Select):
        return [query]
    if isinstance(query, exp.SetOperation):
        return selects(query.this) + selects(query.expression)
    if isinstance(query, exp.Subquery):
        return selects(query.this)
    raise Unproven


def sources_of(select: exp.Select) -> list[exp.Expr]:
    """What stands in FROM and JOIN, in order; the members of a nested join, not the nest."""
    from_ = select.args.get("from_")
    holders = [from_.this] if from_ is not None else []
    holders += [join.this for join in select.args.get("joins") or []]
    holders += select.args.get("laterals") or []
    return [member for holder in holders for member in _members(holder)]


def _members(holder: exp.Expr) -> list[exp.Expr]:
    if isinstance(holder, exp.Subquery) and isinstance(holder.this, exp.Table):
        inner = holder.this
        joined = [join.this for join in inner.args.get("joins") or []]
        return [
            member
            for table in (inner, *joined)
            for member in ([table] if table is inner else _members(table))
        ]
    return [holder]


def unalias(node: exp.Expr) -> exp.Expr:
    """The expression of a projection without its name."""
    return node.this if isinstance(node, exp.Alias) else node


def with_alias(node: exp.Expr, name: str | None) -> exp.Alias:
    """A projection under a name. sqlglot's own `alias_` names a subquery as if it stood in FROM."""
    return exp.Alias(this=node, alias=exp.to_identifier(name))


def output_name(projection: exp.Expr) -> str | None:
    """The name of an output column: its alias or its column's name; None where the engine makes one
    up."""
    if isinstance(projection, exp.Alias):
        return projection.alias
    if isinstance(projection, exp.Column) and not projection.is_star:
        return projection.name
    if isinstance(projection, exp.Dot) and isinstance(projection.expression, exp.Identifier):
        return projection.expression.name
    return None


def call(node: exp.Expr) -> str:
    """The name of a function call in lower case; "" for anything else."""
    return node.name.lower() if isinstance(node, exp.Anonymous) else ""


def make_call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def is_counted(star: exp.Star) -> bool:
    """The star of `count(*)`, which stands for no columns."""
    plain = not any(star.args.get(name) for name in ("except_", "replace", "rename", "ilike"))
    return plain and isinstance(star.parent, exp.Anonymous) and call(star.parent) == "count"


def own_nodes(
    node: exp.Expr, prune: Callable[[exp.Expr], bool] | None = None
) -> Iterator[exp.Expr]:
    """The node and what is below it, nested queries left out."""
    return node.walk(
        prune=lambda child: isinstance(child, exp.Query) or bool(prune and prune(child))
    )


def has_aggregate(node: exp.Expr, dialect: str) -> bool:
    """Whether an aggregate of this query (not of a nested one, not over a window) is in the
    expression."""
    for expression in own_nodes(node, prune=lambda child: isinstance(child, exp.Window)):
        if isinstance(expression, exp.Filter | exp.WithinGroup | exp.AggFunc) or is_aggregate(
            call(expression), dialect
        ):
            windowed = isinstance(expression.parent, exp.Window) and expression.arg_key == "this"
            if not windowed:
                return True
    return False


def is_of_one_row(node: exp.Expr, dialect: str) -> bool:
    """Whether an expression surely gives one value for each row: no aggregate, nothing that returns
    several rows.

    A function that is not known may be either.
    """
    if has_aggregate(node, dialect) or node.find(exp.Explode, exp.Unnest):
        return False
    return all(
        call(inner_node) in PURE
        for inner_node in own_nodes(node)
        if isinstance(inner_node, exp.Anonymous)
    )


def has_volatile(node: exp.Expr) -> bool:
    """Whether anything in it, nested queries too, is known to say something else each time."""
    return any(
        call(inner_node) in VOLATILE
        or isinstance(inner_node, exp.Rand | exp.Uuid)
        or (
            isinstance(inner_node, exp.Column)
            and inner_node.name.lower() == "nextval"
            and inner_node.table
        )
        for inner_node in node.walk()
    )


def may_vary(node: exp.Expr, dialect: str) -> bool:
    """Whether it may say something else each time: DuckDB's functions are known, elsewhere people
    make their own."""
    if dialect == "duckdb":
        return has_volatile(node)
    certainties = (
        call(expression) in PURE or is_aggregate(call(expression), dialect)
        for expression in node.walk()
        if call(expression)
    )
    return not all(certainties) or has_volatile(node)


def columns(node: exp.Expr) -> Iterator[exp.Column]:
    """All columns below a node, nested queries too."""
    return node.find_all(exp.Column)


def tables_of(node: exp.Expr) -> set[str]:
    """Names of the sources whose columns an expression uses, nested queries too."""
    return {column.table for column in columns(node) if column.table}


def replace_child(node: exp.Expr, update: Callable[[exp.Expr], exp.Expr]) -> None:
    """Put `update(child)` in the place of every child."""
    for name, value in list(node.args.items()):
        if isinstance(value, exp.Expr):
            new = update(value)
            if new is not value:
                node.set(name, new)
        elif isinstance(value, list) and any(isinstance(item, exp.Expr) for item in value):
            items = [
                update(expression) if isinstance(expression, exp.Expr) else expression
                for expression in value
            ]
            if any(new is not old for new, old in zip(items, value, strict=True)):
                node.set(name, items)


class TreeKeys:
    """Texts that are equal exactly for trees that are equal. Good for one pass: trees must not
    change in between."""

    def __init__(self) -> None:
        self._spellings: dict[int, tuple[exp.Expr, str]] = {}

    def __call__(self, node: exp.Expr) -> str:
        spelled = self._spellings.get(id(node))
        if spelled is not None:
            return spelled[1]
        text = self._spell(node)
        if len(text) > LONGEST_KEY:
            text = f"{text[:60]}..{hashlib.sha256(text.encode()).hexdigest()}"
        self._spellings[id(node)] = (node, text)
        return text

    def sort(self, nodes: Iterable[exp.Expr]) -> list[exp.Expr]:
        return sorted(nodes, key=self)

    def unique(self, nodes: Iterable[exp.Expr], dialect: str) -> list[exp.Expr]:
        """The nodes without repetition, in order; what may vary is never one and the same."""
        expressions: dict[str, exp.Expr] = {}
        for position, node in enumerate(nodes):
            mark = f"{position}:" if may_vary(node, dialect) else ""
            expressions.setdefault(mark + self(node), node)
        return list(expressions.values())

    def _spell(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Literal):
            return f"s{node.this!r}" if node.is_string else str(node.this)
        if isinstance(node, exp.Identifier):
            return f"i{node.this!r}"
        if isinstance(node, exp.Boolean):
            return str(node.this).upper()
        mark = "cte:" if isinstance(node, exp.Table) and node.meta_get("cte") is not None else ""
        arguments = [
            f"{name}={self._value(name, node.args[name])}"
            for name in sorted(node.args)
            if _is_present(node.args[name])
        ]
        return f"{mark}{type(node).__name__}({', '.join(arguments)})"

    def _value(self, name: str, value: Any) -> str:
        if isinstance(value, exp.Expr):
            return self(value)
        if isinstance(value, list):
            return "[" + ", ".join(self._value(name, item) for item in value) + "]"
        return repr(str(value).upper() if name in CASE_BLIND else str(value))


def _is_present(value: Any) -> bool:
    return value is not None and value is not False and value != []


def are_equal(left: exp.Expr, right: exp.Expr) -> bool:
    """Whether two trees have the same form."""
    return TreeKeys()(left) == TreeKeys()(right)
