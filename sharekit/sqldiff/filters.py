"""Filters before and after, as sentences: added, removed, or the same column held against something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from sharekit.sqldiff.clauses import Clause
from sharekit.sqldiff.types import SqlChange


def filter_changes(old: Sequence[Clause], new: Sequence[Clause], word: str) -> Iterator[SqlChange]:
    """What differs between two lists of conditions that all must hold; their order does not count."""
    before, after = {each.key for each in old}, {each.key for each in new}
    gone = [each for each in old if each.key not in after]
    fresh = [each for each in new if each.key not in before]
    for was in list(gone):
        now = next((each for each in fresh if _about(each) & _about(was)), None)
        if now is None and len(gone) == len(fresh) == 1 and not _about(was):
            now = fresh[0]
        if now is not None:
            gone.remove(was)
            fresh.remove(now)
            yield _changed(was, now, word)
    yield from (SqlChange("-", f"{word} removed: `{each.text}`") for each in gone)
    yield from (SqlChange("+", f"{word} added: `{each.text}`") for each in fresh)


def _changed(was: Clause, now: Clause, word: str) -> SqlChange:
    old, new = _listed(was), _listed(now)
    if old is not None and new is not None and old[:2] == new[:2] and word == "filter":
        column, leaves_out = new[0], new[1]
        more = [value for value in new[2] if value not in old[2]]
        fewer = [value for value in old[2] if value not in new[2]]
        if more and not fewer:
            rest = f" as well as {_values(old[2])}"
            verb = "leaves out" if leaves_out else "takes"
            return SqlChange("~", f"{verb} {column} {_values(more)}{rest}")
        if fewer and not more:
            verb = "no longer leaves out" if leaves_out else "no longer takes"
            return SqlChange("~", f"{verb} {column} {_values(fewer)}")
    return SqlChange("~", f"{word} is `{now.text}` instead of `{was.text}`")


def _listed(clause: Clause) -> tuple[str, bool, list[str]] | None:
    """Column, whether it is an exclusion, and the literals, for =, <>, IN and NOT IN."""
    node, excluded = clause.node, False
    if isinstance(node, exp.Not):
        node, excluded = node.this, True
    if isinstance(node, exp.In) and isinstance(node.this, exp.Column):
        values = node.expressions
        column: exp.Expr = node.this
    elif isinstance(node, (exp.EQ, exp.NEQ)) and isinstance(node.this, exp.Column):
        column, values = node.this, [node.expression]
        excluded = excluded != isinstance(node, exp.NEQ)
    else:
        return None
    if not values or not all(isinstance(value, exp.Literal) for value in values):
        return None
    return f"`{column.name}`", excluded, [str(value.this) for value in values]


def _values(values: Sequence[str]) -> str:
    said = [f"`{value}`" for value in values]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _about(clause: Clause) -> set[str]:
    return {column.name.lower() for column in clause.node.find_all(exp.Column)}
