"""Conditions before and after: which are new, which are gone, which took another's place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from sqlglot import exp

from sharekit.records import replace
from sharekit.sqldiff.canonical.rules import simplified
from sharekit.sqldiff.canonical.syntax_trees import COMPARISONS, conjuncts, connect
from sharekit.sqldiff.differences import change_phrases
from sharekit.sqldiff.differences.code_display import QuerySide, code
from sharekit.sqldiff.types import SqlChange

Compare: TypeAlias = Callable[[QuerySide, QuerySide], Iterator[SqlChange]]
"""Compares two SELECTs; given by `clauses`, for the subqueries in conditions."""
WORDS = {"where": "filter", "having": "filter on groups", "qualify": "filter on windows"}


def condition_changes(
    before: QuerySide, after: QuerySide, clause: str, compare: Compare
) -> Iterator[SqlChange]:
    """What differs in WHERE, HAVING or QUALIFY."""
    old, new = (side.select.args.get(clause) for side in (before, after))
    dropped, added = unmatched(old and old.this, new and new.this, before, after)
    for change in paired(dropped, added, before, after, compare):
        yield replace(change, sentence=change.sentence.replace("filter", WORDS[clause], 1))


def paired(
    dropped: Sequence[exp.Expr],
    added: Sequence[exp.Expr],
    before: QuerySide,
    after: QuerySide,
    compare: Compare,
) -> Iterator[SqlChange]:
    """Conditions of one side alone: first those that took another's place, then what is gone, then
    what is new."""
    removed, new_conditions = list(dropped), list(added)
    for node in added:
        match = next(
            (
                counterpart
                for counterpart in removed
                if _is_about_same(counterpart, node, before, after)
            ),
            None,
        )
        if match is not None:
            removed = [expression for expression in removed if expression is not match]
            new_conditions = [expression for expression in new_conditions if expression is not node]
            yield from _changed_condition(match, node, before, after, compare)
    for node in list(new_conditions):
        counterpart_built_alike = next(
            (
                counterpart
                for counterpart in removed
                if _is_built_alike(counterpart, node, before, after)
            ),
            None,
        )
        if counterpart_built_alike is not None:
            removed = [
                expression for expression in removed if expression is not counterpart_built_alike
            ]
            new_conditions = [expression for expression in new_conditions if expression is not node]
            yield SqlChange(
                "~",
                f"filter is {after.show(node)} instead of {before.show(counterpart_built_alike)}",
            )
    if removed and new_conditions and _columns(removed, before) == _columns(new_conditions, after):
        yield SqlChange(
            "~",
            f"filter is {_joined_conditions(new_conditions, after)} instead of {_joined_conditions(removed, before)}",
        )
        return
    yield from (SqlChange("-", change_phrases.condition_removed(node, before)) for node in removed)
    yield from (
        SqlChange("+", change_phrases.condition_added(node, after)) for node in new_conditions
    )


def _columns(nodes: Sequence[exp.Expr], side: QuerySide) -> set[str]:
    return {side.key(column) for node in nodes for column in node.find_all(exp.Column)}


def _joined_conditions(nodes: Sequence[exp.Expr], side: QuerySide) -> str:
    return side.show(connect(exp.And, [node.copy() for node in nodes]))


def unmatched(
    old: exp.Expr | None, new: exp.Expr | None, before: QuerySide, after: QuerySide
) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """Conditions that only one side has; as their author wrote them, where a whole one is new."""
    left, right = _units(old, before), _units(new, after)
    common = Counter(key for key, _ in left) & Counter(key for key, _ in right)
    rest_left, rest_right = _without_common(left, common), _without_common(right, common)
    parts_left = [
        keyed_conjunct for node in rest_left for keyed_conjunct in _keyed_parts(node, before)
    ]
    parts_right = [
        keyed_conjunct for node in rest_right for keyed_conjunct in _keyed_parts(node, after)
    ]
    shared = Counter(key for key, _ in parts_left) & Counter(key for key, _ in parts_right)
    if not shared:
        return rest_left, rest_right
    return _without_common(parts_left, shared), _without_common(parts_right, shared)


def nested_changes(
    old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide, compare: Compare
) -> list[SqlChange] | None:
    """What changed in a subquery inside two expressions; None where they do not both have one of
    the same kind."""
    inner_old, inner_new = _subquery(old), _subquery(new)
    if inner_old is None or inner_new is None or type(old) is not type(new):
        return None
    left, right = before.inner(inner_old), after.inner(inner_new)
    name = next((source.partition("#")[0] for source in right.reads.values() if source), None)
    where = f"in the subquery on {code(name)}: " if name else "in a subquery: "
    return [replace(change, sentence=where + change.sentence) for change in compare(left, right)]


def _units(node: exp.Expr | None, side: QuerySide) -> list[tuple[str, exp.Expr]]:
    """Conditions as written, with their keys."""
    return [(side.key(conjunct), conjunct) for conjunct in conjuncts(node)]


def _keyed_parts(node: exp.Expr, side: QuerySide) -> list[tuple[str, exp.Expr]]:
    """A condition in form, taken apart, with the keys of its parts."""
    return [(side.key(conjunct), conjunct) for conjunct in conjuncts(simplified_part(node, side))]


def simplified_part(node: exp.Expr, side: QuerySide) -> exp.Expr:
    """A copy of an expression in form."""
    holder = simplified(exp.Tuple(expressions=[node.copy()]), side.dialect)
    inner = holder.expressions[0]
    assert isinstance(inner, exp.Expr)
    return inner


def _without_common(items: Sequence[tuple[str, exp.Expr]], common: Counter[str]) -> list[exp.Expr]:
    left = Counter(common)
    nodes = []
    for key, node in items:
        if left[key]:
            left[key] -= 1
        else:
            nodes.append(node)
    return nodes


def _changed_condition(
    old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide, compare: Compare
) -> Iterator[SqlChange]:
    """A condition in the place of another; a subquery in it is compared by itself."""
    nested = nested_changes(old, new, before, after, compare)
    if nested:
        yield from nested
    else:
        yield SqlChange("~", change_phrases.condition_changed(old, new, before, after))


def _subquery(node: exp.Expr) -> exp.Select | None:
    return next(
        (inner_node for inner_node in node.walk() if isinstance(inner_node, exp.Select)), None
    )


def _is_about_same(old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide) -> bool:
    """Whether two conditions look at the same columns, or ask the same kind of subquery."""
    inner_old, inner_new = _subquery(old), _subquery(new)
    if (inner_old is None) is not (inner_new is None):
        return False
    if inner_old is not None:
        return type(_without_not(old)) is type(_without_not(new))
    return _columns([old], before) == _columns([new], after)


def _is_built_alike(old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide) -> bool:
    """Whether two comparisons ask the same of different things: `a <= 15` and `b <= 15`."""
    if (
        type(old) is not type(new)
        or not isinstance(old, COMPARISONS)
        or _subquery(old)
        or _subquery(new)
    ):
        return False
    left, right = (
        {before.key(operand) for operand in (old.this, old.expression)},
        {after.key(operand) for operand in (new.this, new.expression)},
    )
    return len(left & right) == 1


def _without_not(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.Not) else node
