"""Write parentheses back into a tree: a form has none, and a text needs them."""

from __future__ import annotations

from typing import TypeVar

from sqlglot import exp

NodeT = TypeVar("NodeT", bound=exp.Expr)
COMPOUND = (
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
TIGHT = (exp.Paren, exp.Dot, exp.Column)


def parenthesised(tree: NodeT) -> NodeT:
    """A copy in which every compound operand of an operator stands between parentheses."""
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
    return isinstance(node, COMPOUND) and not isinstance(node, TIGHT)
