"""What a query returns, and by what it groups, before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from sharekit.records import replace
from sharekit.sqldiff.canonical.syntax_trees import output_name, unalias
from sharekit.sqldiff.differences.change_phrases import listed
from sharekit.sqldiff.differences.code_display import QuerySide, code
from sharekit.sqldiff.differences.expressions import expression_changes
from sharekit.sqldiff.differences.filters import Compare, nested_changes
from sharekit.sqldiff.types import SqlChange


def column_changes(before: QuerySide, after: QuerySide, compare: Compare) -> Iterator[SqlChange]:
    """What differs between the columns of two queries, by name; a column with another name alone is
    renamed."""
    old, new = _columns(before), _columns(after)
    removed = [name for name in old if name not in new]
    added = [name for name in new if name not in old]
    for name in list(removed):
        match = next(
            (new_name for new_name in added if before.key(old[name]) == after.key(new[new_name])),
            None,
        )
        if match is not None:
            removed.remove(name)
            added.remove(match)
            yield SqlChange("~", f"the column {code(name)} is called {code(match)}")
    for name in [name for name in removed if _place(name, old) < len(new)]:
        new_name = list(new)[_place(name, old)]
        if new_name in added and len(old) == len(new):
            removed.remove(name)
            added.remove(new_name)
            yield from _replaced_column(name, new_name, old, new, before, after, compare)
    yield from (SqlChange("-", f"the column {_column_in_words(name)} is gone") for name in removed)
    keys = {after.key(key) for key in _keys(after)} - {before.key(key) for key in _keys(before)}
    for name in added:
        if after.key(new[name]) not in keys:
            yield SqlChange("+", f"a new column {_column_description(name, new[name], after)}")
    shared = [name for name in old if name in new]
    changed = [name for name in shared if before.key(old[name]) != after.key(new[name])]
    changes: dict[SqlChange, list[str]] = {}
    for name in changed:
        for change in _computation_changes(old[name], new[name], before, after, compare):
            changes.setdefault(change, []).append(name)
    for change, names in changes.items():
        plain = change.sentence.startswith("time grain") or (
            len(changed) == 1 and _is_the_number(names[0], new)
        )
        prefix = "" if plain else f"in {listed([code(name) for name in names])}: "
        yield replace(change, sentence=prefix + change.sentence)
    if not changed and len(old) == len(new) == len(shared) and list(old) != list(new):
        yield SqlChange("~", "the columns are in another order")


def _place(name: str, columns: Mapping[str, exp.Expr]) -> int:
    return list(columns).index(name)


def _replaced_column(
    name: str,
    new_name: str,
    old: Mapping[str, exp.Expr],
    new: Mapping[str, exp.Expr],
    before: QuerySide,
    after: QuerySide,
    compare: Compare,
) -> Iterator[SqlChange]:
    """A column in the place of another."""
    computed = list(_computation_changes(old[name], new[new_name], before, after, compare))
    if (_is_nameless(name) and _is_nameless(new_name)) or computed[0].sentence.startswith(
        "time grain"
    ):
        yield from computed
    else:
        yield SqlChange(
            "~",
            f"returns {_column_description(new_name, new[new_name], after)} instead of {_column_in_words(name)}",
        )


def group_changes(before: QuerySide, after: QuerySide) -> Iterator[SqlChange]:
    """Keys that came and went; one that only follows a column computed in another way is not said
    twice."""
    if not all(_is_list(side.select.args.get("group")) for side in (before, after)):
        if before.spelled("group") != after.spelled("group"):
            group_text = _listed_group(after)
            yield SqlChange("~", f"groups {group_text}" if group_text else "groups no longer")
        return
    old, new = _keys(before), _keys(after)
    old_keys, new_keys = {before.key(key) for key in old}, {after.key(key) for key in new}
    removed = [key for key in old if before.key(key) not in new_keys]
    added = [key for key in new if after.key(key) not in old_keys]
    columns_old, columns_new = _columns(before), _columns(after)
    follow = {
        (before.key(columns_old[name]), after.key(columns_new[name]))
        for name in columns_old
        if name in columns_new
    }
    if len(columns_old) == len(columns_new):  # one that took another's place
        pairs = zip(columns_old.items(), columns_new.items(), strict=True)
        follow |= {
            (before.key(was), after.key(now))
            for (name, was), (new_name, now) in pairs
            if name not in columns_new and new_name not in columns_old
        }
    for key in list(removed):
        match = next(
            (new_key for new_key in added if (before.key(key), after.key(new_key)) in follow), None
        )
        if match is not None:
            removed = [node for node in removed if node is not key]
            added = [node for node in added if node is not match]
    if len(removed) == len(added) == 1:
        yield SqlChange(
            "~", f"groups by {after.show(added[0])} instead of {before.show(removed[0])}"
        )
        return
    names = {after.key(node): name for name, node in columns_new.items()}
    for key in added:
        name = names.get(after.key(key))
        group_text = code(name) if name and not _is_nameless(name) else after.show(key)
        yield SqlChange(
            "+", f"groups by {group_text} as well" if old else f"groups by {group_text}"
        )
    yield from (SqlChange("-", f"no longer groups by {before.show(key)}") for key in removed)


def _listed_group(side: QuerySide) -> str:
    text = re.sub(r"(?i)^\s*group by\s+", "", side.part("group"))
    return f"by {code(text)}" if text else ""


def _is_list(group: exp.Expr | None) -> bool:
    if group is None:
        return True
    special = any(value for name, value in group.args.items() if name not in ("expressions", "all"))
    return not special and not any(
        isinstance(key, exp.GroupingSets | exp.Rollup | exp.Cube) for key in group.expressions
    )


def _columns(side: QuerySide) -> Mapping[str, exp.Expr]:
    """Projections by name; one without a name by its text in parentheses."""
    nodes: dict[str, exp.Expr] = {}
    for projection in side.select.expressions:
        name = output_name(projection) or f"({side.text(unalias(projection))})"
        while name in nodes:
            name += "'"
        nodes[name] = unalias(projection)
    return nodes


def _keys(side: QuerySide) -> Sequence[exp.Expr]:
    group = side.select.args.get("group")
    keys = group.expressions if group is not None else []
    return [key for key in keys if not isinstance(key, exp.GroupingSets | exp.Rollup | exp.Cube)]


def _is_nameless(name: str) -> bool:
    return name.startswith("(")


def _column_in_words(name: str) -> str:
    return code(name.rstrip("'")[1:-1] if _is_nameless(name) else name)


def _column_description(name: str, node: exp.Expr, side: QuerySide) -> str:
    plain = isinstance(node, exp.Column) and node.name == name
    return (
        _column_in_words(name)
        if plain or _is_nameless(name)
        else f"{code(name)}: {side.show(node)}"
    )


def _is_the_number(name: str, columns: Mapping[str, exp.Expr]) -> bool:
    """Whether a column is the one that a reader thinks of, so that it need not be named."""
    computed = [
        column_name for column_name, node in columns.items() if not isinstance(node, exp.Column)
    ]
    return name == "value" or _is_nameless(name) or len(columns) == 1 or computed == [name]


def _computation_changes(
    old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide, compare: Compare
) -> Iterator[SqlChange]:
    nested = nested_changes(old, new, before, after, compare)
    if nested:
        yield from nested
    else:
        yield from expression_changes(old, new, before, after, compare)
