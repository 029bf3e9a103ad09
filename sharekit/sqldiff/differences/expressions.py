"""What changed inside an expression: the smallest part that has a sentence of its own."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from sharekit.records import replace
from sharekit.sqldiff.canonical.syntax_trees import call
from sharekit.sqldiff.differences import change_phrases
from sharekit.sqldiff.differences.code_display import QuerySide, code
from sharekit.sqldiff.differences.filters import Compare, paired, simplified_part, unmatched
from sharekit.sqldiff.types import SqlChange

LONGEST_WHOLE = 60
"""Characters up to which an expression is shown whole rather than by the smallest part that
differs."""


def expression_changes(
    old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide, compare: Compare
) -> list[SqlChange]:
    """Sentences for two expressions that are not equal; never empty."""
    changes = _in_words(old, new, before, after, compare)
    if not changes and type(old) is not type(new):
        changes = _in_words(
            simplified_part(old, before), simplified_part(new, after), before, after, compare
        )
    if changes:
        return changes
    differing_pairs = _differing_nodes(old, new, before, after)
    is_long = (
        max(len(side.text(node)) for side, node in ((before, old), (after, new))) > LONGEST_WHOLE
    )
    if differing_pairs and (is_long or len(differing_pairs) == 1):
        deeper = [
            change
            for pair in differing_pairs
            for change in expression_changes(*pair, before, after, compare)
        ]
        if is_long or not all(map(_is_generic, deeper)):
            return deeper
    after_shown, before_shown = after.show(new), before.show(old)
    if after_shown == before_shown:
        after_shown, before_shown = (
            after.show(new, qualified=True),
            before.show(old, qualified=True),
        )
    return [SqlChange("~", f"{after_shown} instead of {before_shown}")]


def _is_generic(change: SqlChange) -> bool:
    return change.sentence.startswith("`") and "` instead of `" in change.sentence


def _in_words(
    old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide, compare: Compare
) -> list[SqlChange]:
    """Changes for which there are words; [] for others."""
    if isinstance(old, exp.Filter) or isinstance(new, exp.Filter):
        return list(_filtered_aggregate(old, new, before, after, compare))
    if isinstance(old, exp.Case) and isinstance(new, exp.Case):
        return list(_case(old, new, before, after))
    if isinstance(old, exp.Anonymous) and isinstance(new, exp.Anonymous):
        arguments = [
            function.expressions[0] if len(function.expressions) == 1 else None
            for function in (old, new)
        ]
        if call(old) == call(new) and all(isinstance(argument, exp.Case) for argument in arguments):
            return _in_words(arguments[0], arguments[1], before, after, compare)  # type: ignore[arg-type]
        sentence = change_phrases.call_changed(old, new, before, after)
        return [SqlChange("~", sentence)] if sentence else []
    if isinstance(old, exp.Window) and isinstance(new, exp.Window):
        return list(_window(old, new, before, after, compare))
    return []


def _filtered_aggregate(
    old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide, compare: Compare
) -> Iterator[SqlChange]:
    """An aggregate with a FILTER: the aggregate, then the filter."""
    bases = [node.this if isinstance(node, exp.Filter) else node for node in (old, new)]
    wheres = [node.expression.this if isinstance(node, exp.Filter) else None for node in (old, new)]
    if any(type(base) is not type(bases[0]) for base in bases):
        return
    if before.key(bases[0]) != after.key(bases[1]):
        yield from expression_changes(bases[0], bases[1], before, after, compare)
    dropped, added = unmatched(wheres[0], wheres[1], before, after)
    of = f"filter of {after.show(bases[1])}"
    for change in paired(dropped, added, before, after, compare):
        sentence = change.sentence
        yield replace(
            change,
            sentence=sentence.replace("filter", of, 1)
            if sentence.startswith("filter")
            else sentence,
        )


def _case(old: exp.Case, new: exp.Case, before: QuerySide, after: QuerySide) -> Iterator[SqlChange]:
    """Branch by branch; nothing where the two are not laid out alike."""
    left, right = old.args["ifs"], new.args["ifs"]
    if (old.this is None) is not (new.this is None) or len(left) != len(right):
        return
    if old.this is not None and before.key(old.this) != after.key(new.this):
        return
    for old_when, new_when in zip(left, right, strict=True):
        tests = before.show(old_when.this), after.show(new_when.this)
        values = before.show(old_when.args["true"]), after.show(new_when.args["true"])
        if before.key(old_when.this) != after.key(new_when.this):
            yield SqlChange("~", f"{values[1]} where {tests[1]} instead of {tests[0]}")
            if before.key(old_when.args["true"]) == after.key(new_when.args["true"]):
                continue
        if before.key(old_when.args["true"]) != after.key(new_when.args["true"]):
            yield SqlChange("~", f"{values[1]} instead of {values[0]} where {tests[1]}")
    defaults = old.args.get("default"), new.args.get("default")
    keys = [
        "" if default is None else side.key(default)
        for default, side in zip(defaults, (before, after), strict=True)
    ]
    if keys[0] != keys[1]:
        was, now = (
            "nothing" if default is None else side.show(default)
            for default, side in zip(defaults, (before, after), strict=True)
        )
        yield SqlChange("~", f"{now} instead of {was} in all other cases")


def _window(
    old: exp.Window, new: exp.Window, before: QuerySide, after: QuerySide, compare: Compare
) -> Iterator[SqlChange]:
    if before.key(old.this) != after.key(new.this):
        yield from expression_changes(old.this, new.this, before, after, compare)
    left, right = (
        change_phrases.listed([side.show(key) for key in node.args.get("partition_by") or []])
        or "over all rows together"
        for node, side in ((old, before), (new, after))
    )
    if left != right:
        was, now = (
            keys if keys.startswith("over ") else f"for each {keys}" for keys in (left, right)
        )
        shorter = was.removeprefix("for each ") if now.startswith("for each ") else was
        yield SqlChange("~", f"{now} instead of {shorter}")
    for name, word in (("order", "order"), ("spec", "frame")):
        old_part, new_part = old.args.get(name), new.args.get(name)
        keys = [
            "" if node is None else side.key(node)
            for node, side in ((old_part, before), (new_part, after))
        ]
        if keys[0] != keys[1]:
            parts_shown = [
                code(side.text(node).strip()) if node is not None else "none"
                for node, side in ((old_part, before), (new_part, after))
            ]
            replacement = (
                f"another {word} of the window: {parts_shown[1]}"
                if new_part is not None
                else f"no {word} of the window"
            )
            yield SqlChange("~", f"{replacement} instead of {parts_shown[0]}")


def _differing_nodes(
    old: exp.Expr, new: exp.Expr, before: QuerySide, after: QuerySide
) -> list[tuple[exp.Expr, exp.Expr]]:
    """Pairs of parts that differ, if all the rest is equal; [] where the two cannot be laid side by
    side."""
    if (
        type(old) is not type(new)
        or call(old) != call(new)
        or isinstance(old, exp.Column | exp.Literal)
    ):
        return []
    pairs: list[tuple[exp.Expr, exp.Expr]] = []
    for name in dict.fromkeys((*old.args, *new.args)):
        left, right = (
            argument if isinstance(argument, list) else [argument]
            for argument in (old.args.get(name), new.args.get(name))
        )
        if len(left) != len(right):
            return []
        for old_node, new_node in zip(left, right, strict=True):
            if isinstance(old_node, exp.Expr) and isinstance(new_node, exp.Expr):
                if before.key(old_node) != after.key(new_node):
                    pairs.append((old_node, new_node))
            elif old_node != new_node and (old_node or new_node):
                return []
    plain = any(
        isinstance(old_node, exp.Identifier | exp.DataType | exp.Var) for old_node, _ in pairs
    )
    return [] if plain else pairs
