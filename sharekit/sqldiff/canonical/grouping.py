"""Where operators stand side by side without parentheses, sqlglot may group them otherwise than the
engine does.

`j -> 'a' = 'x'` is `j -> ('a' = 'x')` to DuckDB and `(j -> 'a') = 'x'` to sqlglot, and DuckDB 1.5
and 2.0 differ too. Such pairs were found by trying all operators on both
(`tests/sqldiff/test_grouping.py` tries them again); a query that has one proves nothing until
somebody writes the parentheses."""

from __future__ import annotations

from sqlglot import exp

from sharekit.sqldiff.canonical.syntax_trees import COMPARISONS, Unproven

SYMBOLS = {
    "->": "arrow",
    "->>": "arrow",
    "^@": "contains",
    "@>": "contains",
    "<@": "contains",
    "&&": "contains",
    "SIMILAR TO": "similar",
}
KINDS: tuple[tuple[tuple[type[exp.Expr], ...], str], ...] = (
    ((exp.And, exp.Or, exp.Not, exp.Xor), "bool"),
    (COMPARISONS, "compare"),
    ((exp.Like, exp.ILike), "like"),
    ((exp.Glob,), "glob"),
    ((exp.Between,), "between"),
    ((exp.In,), "in"),
    ((exp.Is,), "is"),
    ((exp.DPipe,), "concat"),
    (
        (
            exp.BitwiseAnd,
            exp.BitwiseOr,
            exp.BitwiseXor,
            exp.BitwiseLeftShift,
            exp.BitwiseRightShift,
        ),
        "bit",
    ),
    ((exp.BitwiseNot,), "bitnot"),
    ((exp.Collate,), "collate"),
    ((exp.AtTimeZone,), "zone"),
    ((exp.Abs,), "abs"),
    ((exp.Cast,), "cast"),
    ((exp.Pow,), "pow"),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg), "arithmetic"),
)
UNSURE = frozenset(
    frozenset(pair.split("+"))
    for line in (
        (
            "arrow+bool arrow+compare arrow+like arrow+regex arrow+similar arrow+glob arrow+between"
            " arrow+in arrow+is"
        ),
        (
            "arrow+concat arrow+bit arrow+contains arrow+abs contains+like contains+regex"
            " contains+similar contains+glob"
        ),
        (
            "contains+between contains+concat contains+bit contains+abs regex+like regex+similar"
            " regex+glob regex+between"
        ),
        (
            "regex+concat regex+bit bit+concat bit+abs bitnot+arithmetic bitnot+pow bitnot+collate"
            " bitnot+zone"
        ),
        (
            "collate+arithmetic collate+pow collate+cast collate+zone zone+pow zone+arithmetic"
            " abs+concat"
        ),
    )
    for pair in line.split()
)
"""Kinds of operators that are not to stand side by side."""
NEGATED = frozenset({"regex", "like", "similar", "glob", "between", "in"})
"""What NOT may stand inside of: `a NOT LIKE b`."""
ONLY_DUCKDB = frozenset({"bool", "compare", "in", "is", "between", "like"})
"""Beside an arrow these are unsure in DuckDB alone: elsewhere an arrow binds closer."""


def require_sure_grouping(tree: exp.Expr, dialect: str) -> None:
    """Raise Unproven where the grouping of operators in a tree, as it was read, may not be the
    engine's."""
    for node in tree.walk():
        kind, parent = _kind(node), node.parent
        above = _kind(parent) if parent is not None else ""
        if not kind or not above or parent is None:
            continue
        if kind == above == "arrow":
            unsure = node.args["operator"] != parent.args["operator"]
        else:
            unsure = frozenset((kind, above)) in UNSURE
            if "arrow" in (kind, above) and dialect != "duckdb":
                unsure = unsure and not ONLY_DUCKDB & {kind, above}
        if unsure:
            raise Unproven


def _kind(node: exp.Expr) -> str:
    """What kind of operator a node is; "" for anything else, parentheses among it."""
    if isinstance(node, exp.Operator):
        return SYMBOLS.get(str(node.args["operator"]).upper(), "regex")
    if isinstance(node, exp.Paren):
        return (
            _kind(node.this) if _is_negated(node.this) else ""
        )  # sqlglot puts these around `a NOT LIKE b` itself
    if isinstance(node, exp.Not):
        inner = _kind(node.this)
        return inner if inner in NEGATED else "bool"  # `a !~ b` is NOT of `a ~ b` here
    return next((kind for classes, kind in KINDS if isinstance(node, classes)), "")


def _is_negated(node: exp.Expr) -> bool:
    return bool(node.args.get("negate")) or (
        isinstance(node, exp.Not) and _kind(node.this) in NEGATED
    )
