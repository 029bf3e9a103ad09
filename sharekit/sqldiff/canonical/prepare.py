"""Take the spelling out of a tree before names are resolved: noise words, parentheses, second names
of functions.

Each step keeps the meaning whatever the tables hold; none needs to know what a name stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from sharekit.sqldiff.canonical.functions import DATE_PARTS, UNIT_FIRST, UNITS, first_name
from sharekit.sqldiff.canonical.grouping import require_sure_grouping
from sharekit.sqldiff.canonical.read_and_write import read
from sharekit.sqldiff.canonical.scopes import is_file
from sharekit.sqldiff.canonical.select_parts import shows_order
from sharekit.sqldiff.canonical.syntax_trees import (
    Connector,
    Query,
    Unproven,
    body,
    call,
    connect,
    has_volatile,
    make_call,
    operands,
    replace_child,
    unparenthesised,
)

Prepare: TypeAlias = Callable[[str], Query]
"""The prepared tree of a query, which nobody may change; see `prepared`."""
LARGEST_TREE = 8_000
"""Nodes; a larger query is compared by its words alone."""
TYPED = (exp.Cast, exp.ColumnDef, exp.DataType)
"""What has a type; a type that stands elsewhere is a column's name misread."""
TRIMS = {None: "trim", "BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}

OPERATORS: Mapping[str, type[exp.Binary]] = {
    "add": exp.Add,
    "date_add": exp.Add,
    "divide": exp.IntDiv,
    "mod": exp.Mod,
    "multiply": exp.Mul,
    "subtract": exp.Sub,
}
"""DuckDB's functions of two arguments that its catalog defines as an operator."""
READERS = {"parquet_scan": "read_parquet", "read_csv_auto": "read_csv"}
"""DuckDB's second names of functions that read files."""
NOW = frozenset({"get_current_timestamp", "now", "transaction_timestamp"})


def prepared(sql: str, dialect: str) -> Query:
    """The tree of one query, its spelling taken out. Raises QueryError, or Unproven where it is no
    query."""
    tree = read(sql, dialect)
    while isinstance(tree, exp.Subquery) and not any(
        value for key, value in tree.args.items() if key != "this"
    ):
        tree = tree.this
    if not isinstance(tree, exp.Select | exp.SetOperation):
        raise Unproven
    _forget_notes(tree)
    _require_plain_reading(tree)
    require_sure_grouping(tree, dialect)
    _normalise_names(tree, dialect)
    tree = _spell(tree, dialect)
    for table in tree.find_all(exp.Table) if dialect == "duckdb" else ():
        if isinstance(table.this, exp.Anonymous):
            _order_options(table.this)
    for join in tree.find_all(exp.Join):
        if str(join.args.get("kind") or "").upper() in ("INNER", "OUTER"):
            join.set("kind", None)
    for select in list(tree.find_all(exp.Select)):
        _inline_windows(select)
        _normalise_commas(select)
    return tree  # type: ignore[return-value]


def _forget_notes(tree: exp.Expr) -> None:
    """Comments say nothing to the engine; sqlglot would even obey some of them."""
    for count, node in enumerate(tree.walk()):
        if count > LARGEST_TREE:
            raise Unproven
        node.comments = None
        node._meta = None
        node._type = None


def _require_plain_reading(tree: exp.Expr) -> None:
    """Raise Unproven where something is read that sqlglot takes for something else, or whose names
    nobody follows."""
    if any(not isinstance(data_type.parent, TYPED) for data_type in tree.find_all(exp.DataType)):
        raise Unproven  # `text[1]`, of a column called text
    if any(call(function) == "alias" for function in tree.find_all(exp.Anonymous)):
        raise Unproven  # says by which name it is called
    if any(alias.alias.lower() == "export_state" for alias in tree.find_all(exp.Alias)):
        raise Unproven  # `sum(x) EXPORT_STATE` has no name: it is another aggregate


def _normalise_names(tree: exp.Expr, dialect: str) -> None:
    sql_dialect = Dialect.get_or_raise(dialect)
    steps = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for node in tree.find_all(exp.Identifier):
        parent = node.parent
        is_path = isinstance(parent, exp.Table) and is_file(node.name)
        if (
            dialect == "bigquery"
            and isinstance(parent, exp.Table)
            and node.name.lower() not in steps
        ):
            continue  # `events` and `Events` are two tables there; sqlglot thinks of two steps of one name
        is_struct_key = isinstance(parent, exp.PropertyEQ | exp.ColumnDef) or _names_struct_field(
            node
        )
        if not (is_path or is_struct_key):
            sql_dialect.normalize_identifier(node)


def _names_struct_field(node: exp.Identifier) -> bool:
    """`STRUCT(1 AS A)`: the name is part of the value."""
    alias = node.parent
    return isinstance(alias, exp.Alias) and not isinstance(alias.parent, exp.Select)


def _spell(node: exp.Expr, dialect: str) -> exp.Expr:
    """The tree bottom-up in one spelling. A chain of ANDs or ORs, however long, comes out
    shallow."""
    if isinstance(node, exp.And | exp.Or):
        kind: Connector = exp.And if isinstance(node, exp.And) else exp.Or
        return connect(
            kind, [_spell(unparenthesised(operand), dialect) for operand in operands(node)]
        )
    replace_child(node, lambda child: _spell(child, dialect))
    return _spelled(node, dialect)


def _spelled(node: exp.Expr, dialect: str) -> exp.Expr:
    if isinstance(node, exp.Paren):
        return node if isinstance(node.parent, exp.Dot) else node.this
    if isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
        otherwise = node.args.get("false")
        branch = exp.If(this=node.this, true=node.args["true"])
        return _without_null_else(exp.Case(ifs=[branch], default=otherwise))
    if isinstance(node, exp.Case):
        return _without_null_else(node)
    if isinstance(node, exp.Like | exp.ILike) and node.args.get("negate"):
        node.set("negate", None)
        return exp.Not(this=node)
    if isinstance(node, exp.Escape) and isinstance(node.this, exp.Not):  # `NOT LIKE ... ESCAPE`
        return exp.Not(this=exp.Escape(this=node.this.this, expression=node.expression))
    if isinstance(node, exp.Fetch):
        return _as_limit(node)
    if isinstance(node, exp.Subquery):
        return _unwrapped(node)
    if isinstance(node, exp.Interval):
        _normalise_interval(node)
    elif isinstance(node, exp.Ordered) and not node.args.get("desc"):
        node.set("desc", None)
    elif isinstance(node, exp.Query):
        _drop_idle_limits(node)
        _unwrap_branches(node)
    elif isinstance(node, exp.CTE) and not (has_volatile(node.this) or shows_order(node.this)):
        node.set("materialized", None)  # computed once or several times: it says the same
    return _spelled_call(node, dialect)


def _without_null_else(node: exp.Case) -> exp.Case:
    default = node.args.get("default")
    if default is None or isinstance(default, exp.Null):
        node.set("default", None)
    return node


def _as_limit(node: exp.Fetch) -> exp.Expr:
    options = node.args.get("limit_options")
    if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
        return node
    return exp.Limit(expression=node.args.get("count") or exp.Literal.number(1))


def _unwrapped(node: exp.Subquery) -> exp.Expr:
    """`((SELECT 1))` is `(SELECT 1)`."""
    inner = node.this
    while isinstance(inner, exp.Subquery) and not any(
        value for key, value in inner.args.items() if key != "this"
    ):
        inner = inner.this
        node.set("this", inner)
    return node


def _unwrap_branches(node: exp.Query) -> None:
    """`(SELECT ...) UNION (SELECT ...)`: parentheses say something only around an ORDER BY, LIMIT
    or WITH."""
    for name in ("this", "expression") if isinstance(node, exp.SetOperation) else ():
        inner = body(node.args.get(name))
        loose = isinstance(inner, exp.Select) and not any(
            inner.args.get(clause) for clause in ("order", "limit", "offset", "with_")
        )
        if loose and inner is not node.args[name]:
            node.set(name, inner)


def _normalise_interval(node: exp.Interval) -> None:
    unit = node.args.get("unit")
    if isinstance(unit, exp.Var):
        name = unit.name.upper()
        node.set(
            "unit",
            exp.Var(this=name[:-1] if name.endswith("S") and name[:-1].lower() in UNITS else name),
        )
    if isinstance(node.this, exp.Literal):
        node.set("this", exp.Literal.string(node.this.name))


def _drop_idle_limits(node: exp.Query) -> None:
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if (
        isinstance(limit, exp.Limit)
        and isinstance(limit.expression, exp.Var)
        and limit.expression.name.upper() == "ALL"
    ):
        node.set("limit", None)
    if (
        isinstance(offset, exp.Offset)
        and isinstance(offset.expression, exp.Literal)
        and offset.expression.name == "0"
    ):
        node.set("offset", None)


# -- functions ------------------------------------------------------------------------------------


def _spelled_call(node: exp.Expr, dialect: str) -> exp.Expr:
    if isinstance(node, exp.Anonymous):
        if dialect != "bigquery" or not isinstance(
            node.parent, exp.Dot
        ):  # `data.MyFunction(x)` has a case there
            node.set("this", first_name(node.name, dialect))
        _name_units(node, dialect)
    elif isinstance(node, exp.Substring):
        return make_call("substring", *_present(node, "this", "start", "length"))
    elif isinstance(node, exp.Pow):
        return make_call("pow", node.this, node.expression)
    elif isinstance(node, exp.Abs):
        return make_call("abs", node.this)
    return _spelled_duckdb(node) if dialect == "duckdb" else node


def _present(node: exp.Expr, *names: str) -> list[exp.Expr]:
    return [node.args[name] for name in names if node.args.get(name) is not None]


def _name_units(node: exp.Anonymous, dialect: str) -> None:
    """Units in one spelling; where a dialect takes them without quotes, sqlglot thinks they are
    columns."""
    if dialect == "duckdb":
        first = node.expressions[0] if node.expressions else None
        if call(node) in UNIT_FIRST and isinstance(first, exp.Literal) and first.is_string:
            unit = first.name.lower()
            single = unit[:-1] if unit.endswith("s") and unit[:-1] in UNITS else unit
            node.set("expressions", [exp.Literal.string(single), *node.expressions[1:]])
        return
    if call(node).startswith(
        ("date", "time", "extract", "last_day", "add_months", "months_", "trunc")
    ):
        for position, argument in enumerate(node.expressions):
            if (
                isinstance(argument, exp.Column)
                and not argument.table
                and argument.name.lower() in UNITS
            ):
                node.set("expressions", exp.Var(this=argument.name.upper()), index=position)


def _spelled_duckdb(node: exp.Expr) -> exp.Expr:
    """DuckDB's other ways to write one function."""
    name = call(node)
    arguments = node.expressions
    if name in ("power", "pow"):
        return make_call("pow", *arguments)
    if name in DATE_PARTS and len(arguments) == 1:
        return make_call("date_part", exp.Literal.string(name), arguments[0])
    if name == "today" and not arguments:
        return exp.CurrentDate()
    if name in NOW and not arguments:
        return make_call("now")
    if name in OPERATORS and len(arguments) == 2:
        return OPERATORS[name](this=arguments[0], expression=arguments[1])
    if name == "days_in_month" and len(arguments) == 1:
        return make_call(
            "date_part", exp.Literal.string("day"), make_call("last_day", arguments[0])
        )
    if name == "count_star" and not arguments:
        return make_call("count", exp.Star())
    if isinstance(node, exp.CurrentTimestamp) and not node.this:
        return make_call("now")
    if isinstance(node, exp.Extract) and isinstance(node.this, exp.Var | exp.Literal):
        return make_call("date_part", exp.Literal.string(node.this.name.lower()), node.expression)
    if isinstance(node, exp.StrPosition) and not node.args.get("position"):
        return make_call("instr", node.this, node.args["substr"])
    if isinstance(node, exp.Trim) and not node.args.get("collation"):
        return make_call(TRIMS[node.args.get("position")], *_present(node, "this", "expression"))
    if isinstance(node, exp.Operator) and node.args["operator"] == "^@":
        return make_call("starts_with", node.this, node.expression)
    return node


def _order_options(function: exp.Anonymous) -> None:
    """`read_csv('a.csv', sep = ';', header := true)`: options have names, so that their order says
    nothing.

    Two of one name are left as they are: which of them counts is not known here.
    """
    function.set("this", READERS.get(function.name, function.name))
    options = {place: _option(argument) for place, argument in enumerate(function.expressions)}
    entries = [entry for entry in options.values() if entry is not None]
    names = [entry.this.name for entry in entries]
    if len(set(names)) == len(names):
        plain = [
            argument
            for place, argument in enumerate(function.expressions)
            if options[place] is None
        ]
        function.set("expressions", [*plain, *sorted(entries, key=lambda entry: entry.this.name)])


def _option(argument: exp.Expr) -> exp.PropertyEQ | None:
    """A named argument in one spelling: `header = true`, `header := true`, `header => true`."""
    name = argument.this if isinstance(argument, exp.EQ | exp.PropertyEQ | exp.Kwarg) else None
    qualified = isinstance(name, exp.Column) and bool(name.table)
    if not isinstance(name, exp.Column | exp.Identifier | exp.Var) or qualified:
        return None
    return exp.PropertyEQ(this=exp.to_identifier(name.name.lower()), expression=argument.expression)


# -- windows and joins ----------------------------------------------------------------------------


def _inline_windows(select: exp.Select) -> None:
    """`OVER w` with `WINDOW w AS (...)` becomes `OVER (...)`."""
    windows_by_name = {window.name: window for window in select.args.get("windows") or []}
    if not windows_by_name:
        return
    if any(window.args.get("alias") for window in windows_by_name.values()):
        raise Unproven
    for window in list(select.find_all(exp.Window)):
        reference = window.args.get("alias")
        if reference is None or window.find_ancestor(exp.Select) is not select:
            continue
        if reference.name not in windows_by_name:
            raise Unproven
        _inherit(window, windows_by_name[reference.name].args)
    select.set("windows", None)


def _inherit(window: exp.Window, base: Mapping[str, object]) -> None:
    for name in ("partition_by", "order", "spec"):
        theirs = base.get(name)
        if theirs and window.args.get(name):
            raise Unproven
        if isinstance(theirs, exp.Expr):
            window.set(name, theirs.copy())
        elif isinstance(theirs, list):
            window.set(name, [expression.copy() for expression in theirs])
    window.set("alias", None)


def _normalise_commas(select: exp.Select) -> None:
    """A comma is a CROSS JOIN, unless what stands beside it makes it matter that JOIN binds closer
    than a comma."""
    joins: list[exp.Join] = select.args.get("joins") or []
    for join in joins:
        lopsided = str(join.args.get("side") or "").upper() in ("RIGHT", "FULL")
        if (
            lopsided
            or join.args.get("using")
            or join.args.get("method")
            or join.args.get("kind") in ("SEMI", "ANTI")
        ):
            return
    for join in joins:
        if not any(
            join.args.get(name) for name in ("on", "using", "side", "kind", "method", "nearest")
        ):
            join.set("kind", "CROSS")
