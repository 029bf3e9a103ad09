"""Selected columns before and after, as sentences: what is counted, over which grain, under which filter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from sharekit.sqldiff.clauses import Clause, Speller, conjuncts
from sharekit.sqldiff.filters import filter_changes
from sharekit.sqldiff.types import SqlChange

_VERBS = {
    "sum": "adds up",
    "avg": "averages",
    "min": "takes the smallest",
    "max": "takes the largest",
    "median": "takes the median of",
}


def column_changes(old: Mapping[str, Clause], new: Mapping[str, Clause], speller: Speller) -> Iterator[SqlChange]:
    """What differs between two lists of output columns, by name. A column under another name alone is renamed."""
    gone = {name: each for name, each in old.items() if name not in new}
    fresh = {name: each for name, each in new.items() if name not in old}
    for name, was in list(gone.items()):
        renamed = next((other for other, now in fresh.items() if now.key == was.key), None)
        if renamed is not None:
            del gone[name], fresh[renamed]
            yield SqlChange("~", f"the column `{name}` is called `{renamed}`")
    if len(gone) == len(fresh) == len(old) == len(new) == 1:
        ((_, was),), ((_, now),) = gone.items(), fresh.items()
        yield from _changed("", was, now, speller)
        gone, fresh = {}, {}
    yield from (SqlChange("-", f"the column `{name}` is gone") for name in gone)
    yield from (SqlChange("+", f"a new column `{name}`: `{each.text}`") for name, each in fresh.items())
    for name, now in new.items():
        if name in old and old[name].key != now.key:
            yield from _changed(name, old[name], now, speller)
    shared = [name for name in old if name in new]
    if not gone and not fresh and shared != [name for name in new if name in old]:
        yield SqlChange("~", "the columns are in another order")


def _changed(name: str, was: Clause, now: Clause, speller: Speller) -> Iterator[SqlChange]:
    """One column, in the plainest words that fit."""
    told = _grain(was.node, now.node) or _counted(was.node, now.node, speller) or _measured(was.node, now.node, speller)
    if told is not None:
        yield SqlChange("~", told)
        return
    old_filter, new_filter = _filtered(was.node), _filtered(now.node)
    if old_filter is not None and new_filter is not None and speller.key(old_filter[0]) == speller.key(new_filter[0]):
        pair = conjuncts(old_filter[1], speller), conjuncts(new_filter[1], speller)
        for change in filter_changes(*pair, "filter"):
            yield SqlChange(change.op, f"in `{name}`: {change.sentence}" if name else change.sentence)
        return
    yield SqlChange("~", f"`{name}` is `{now.text}` instead of `{was.text}`" if name else _instead(was, now))


def _instead(was: Clause, now: Clause) -> str:
    return f"`{now.text}` instead of `{was.text}`"


def _grain(was: exp.Expr, now: exp.Expr) -> str | None:
    """ "time grain week -> month", where a truncated date is truncated to something else."""
    old, new = was.find(exp.DateTrunc, exp.TimestampTrunc), now.find(exp.DateTrunc, exp.TimestampTrunc)
    if old is None or new is None:
        return None
    units = [str(node.args["unit"].name).lower() for node in (old, new) if node.args.get("unit") is not None]
    if len(units) != 2 or units[0] == units[1] or old.this != new.this:
        return None
    return f"time grain {units[0]} -> {units[1]}"


def _counted(was: exp.Expr, now: exp.Expr, speller: Speller) -> str | None:
    """ "counts distinct `x` instead of rows"."""
    if not isinstance(was, exp.Count) or not isinstance(now, exp.Count):
        return None
    old, new = _what(was, speller), _what(now, speller)
    return f"counts {new} instead of {old}" if old != new else None


def _what(count: exp.Count, speller: Speller) -> str:
    inner = count.this
    if inner is None or isinstance(inner, exp.Star):
        return "rows"
    if isinstance(inner, exp.Distinct):
        return f"distinct {', '.join(f'`{speller.text(each)}`' for each in inner.expressions)}"
    return f"`{speller.text(inner)}`"


def _measured(was: exp.Expr, now: exp.Expr, speller: Speller) -> str | None:
    """ "averages `x` instead of adding it up", where one plain aggregate took another's place."""
    if not (isinstance(was, exp.AggFunc) and isinstance(now, exp.AggFunc)):
        return None
    verbs = [_VERBS.get(node.key) for node in (was, now)]
    if None in verbs or not isinstance(was.this, exp.Expr) or not isinstance(now.this, exp.Expr):
        return None
    old, new = (f"`{speller.text(node.this)}`" for node in (was, now))
    if was.key == now.key:
        return f"{verbs[1]} {new} instead of {old}"
    first = f"{verbs[1]} {new}"
    return f"{first} instead of `{speller.text(was)}`"


def _filtered(node: exp.Expr) -> tuple[exp.Expr, exp.Expr | None] | None:
    """An aggregate and its FILTER condition."""
    if isinstance(node, exp.Filter):
        return node.this, node.expression.this
    return (node, None) if isinstance(node, exp.AggFunc) else None
