"""Compare two SELECTs clause by clause: what they read, how it is joined, what is left out, what is
returned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct
from sqlglot import exp

from sharekit.sqldiff.canonical.select_parts import joins_of
from sharekit.sqldiff.canonical.syntax_trees import output_name
from sharekit.sqldiff.differences import change_phrases
from sharekit.sqldiff.differences.code_display import QuerySide, code, source_name
from sharekit.sqldiff.differences.columns import column_changes, group_changes
from sharekit.sqldiff.differences.filters import condition_changes, unmatched
from sharekit.sqldiff.types import SqlChange

OTHERS = ("sample", "connect", "match", "laterals", "kind", "hint", "limit_by")
"""Parts of a SELECT that have no words of their own."""


def select_changes(before: QuerySide, after: QuerySide) -> Iterator[SqlChange]:
    """Everything that differs between two SELECTs, in the order in which a reader wants it."""
    yield from _source_changes(before, after)
    _read_alike(before, after)
    yield from column_changes(before, after, select_changes)
    yield from group_changes(before, after)
    for clause in ("where", "having", "qualify"):
        yield from condition_changes(before, after, clause, select_changes)
    yield from _distinct_changes(before, after)
    yield from _order_changes(before, after)
    yield from _limit_changes(before, after)
    for name in OTHERS:
        if before.spelled(name) != after.spelled(name):
            new, old = (side.part(name) for side in (after, before))
            if new and old:
                yield SqlChange("~", f"{code(new)} instead of {code(old)}")
            else:
                yield (
                    SqlChange("+", f"with {code(new)}")
                    if new
                    else SqlChange("-", f"without {code(old)}")
                )


# -- sources --------------------------------------------------------------------------------------


class JoinedSource(Struct, frozen=True):
    """A source and how it is joined."""

    name: str
    kind: str
    """FROM for the first; INNER, CROSS, LEFT, RIGHT, FULL, SEMI, ANTI, or the join's own words."""
    on: exp.Expr | None = None


def _joined_sources(side: QuerySide) -> list[JoinedSource]:
    from_ = side.select.args.get("from_")
    sources = (
        [JoinedSource(source_name(from_.this, side.dialect), "FROM")] if from_ is not None else []
    )
    sources += [
        JoinedSource(source_name(join.this, side.dialect), _kind(join), _on(join))
        for join in joins_of(side.select)
    ]
    return sources


def _kind(join: exp.Join) -> str:
    keywords = [str(join.args.get(name) or "").upper() for name in ("method", "side", "kind")]
    return " ".join(filter(None, keywords)) or "INNER"


def _on(join: exp.Join) -> exp.Expr | None:
    using = join.args.get("using")
    return (
        exp.Tuple(expressions=[column.copy() for column in using]) if using else join.args.get("on")
    )


def _source_changes(before: QuerySide, after: QuerySide) -> Iterator[SqlChange]:
    old, new = _joined_sources(before), _joined_sources(after)
    removed, added = _unmatched_sources(old, new), _unmatched_sources(new, old)
    while removed and added and (len(removed) == len(added) or removed[0].kind == added[0].kind):
        was, now = removed.pop(0), added.pop(0)
        yield SqlChange("~", f"reads {code(now.name)} instead of {code(was.name)}")
        if was.kind != now.kind and "FROM" not in (was.kind, now.kind):
            yield SqlChange("~", change_phrases.join_kind_changed(now.name, now.kind, was.kind))
    for source in removed:
        yield SqlChange(
            "-", f"no longer {'reads' if source.kind == 'FROM' else 'joins'} {code(source.name)}"
        )
    for source in added:
        sentence = (
            f"reads {code(source.name)}"
            if source.kind == "FROM"
            else change_phrases.join_added(source.name, source.kind)
        )
        yield SqlChange("+", sentence)
    yield from _kept_changes(before, after, old, new)


def _read_alike(before: QuerySide, after: QuerySide) -> None:
    """Where one source took another's place, its columns are not said to have changed besides."""
    old, new = _joined_sources(before), _joined_sources(after)
    removed, added = _unmatched_sources(old, new), _unmatched_sources(new, old)
    if len(removed) == len(added) == 1:
        after.reads = {
            alias: (
                name.replace(added[0].name, removed[0].name, 1)
                if name.partition("#")[0] == added[0].name
                else name
            )
            for alias, name in after.reads.items()
        }


def _unmatched_sources(
    these: Sequence[JoinedSource], those: Sequence[JoinedSource]
) -> list[JoinedSource]:
    left = Counter(source.name for source in those)
    sources = []
    for source in these:
        if left[source.name]:
            left[source.name] -= 1
        else:
            sources.append(source)
    return sources


def _kept_changes(
    before: QuerySide, after: QuerySide, old: Sequence[JoinedSource], new: Sequence[JoinedSource]
) -> Iterator[SqlChange]:
    """Sources on both sides: another kind of join, another condition, another one first."""
    waiting = list(old)
    names_old = [
        source.name for source in old if any(counterpart.name == source.name for counterpart in new)
    ]
    names_new = [
        source.name for source in new if any(counterpart.name == source.name for counterpart in old)
    ]
    turned = names_old != names_new
    for now in new:
        was = next((source for source in waiting if source.name == now.name), None)
        if was is None:
            continue
        waiting.remove(was)
        if turned or "FROM" in (was.kind, now.kind):
            continue
        if was.kind != now.kind:
            yield SqlChange("~", change_phrases.join_kind_changed(now.name, now.kind, was.kind))
        if "CROSS" not in (was.kind, now.kind):
            yield from _on_changes(was, now, before, after)
    if turned and any(source.kind not in ("FROM", "INNER", "CROSS") for source in (*old, *new)):
        first = new[0].name
        yield SqlChange(
            "~",
            f"starts from {code(first)}, whose rows are all kept, instead of {code(old[0].name)}",
        )


def _on_changes(
    was: JoinedSource, now: JoinedSource, before: QuerySide, after: QuerySide
) -> Iterator[SqlChange]:
    removed, added = unmatched(was.on, now.on, before, after)
    name = code(now.name)
    if removed and added:
        new, old = (
            change_phrases.listed([side.show(conjunct) for conjunct in conjuncts_of_side])
            for side, conjuncts_of_side in ((after, added), (before, removed))
        )
        yield SqlChange("~", f"joins {name} on {new} instead of {old}")
        return
    yield from (
        SqlChange("+", f"joins {name} only where {after.show(conjunct)}") for conjunct in added
    )
    yield from (
        SqlChange("-", f"joins {name} without asking for {before.show(conjunct)}")
        for conjunct in removed
    )


# -- rows -----------------------------------------------------------------------------------------


def _distinct_changes(before: QuerySide, after: QuerySide) -> Iterator[SqlChange]:
    if before.spelled("distinct") == after.spelled("distinct"):
        return
    old, new = before.select.args.get("distinct"), after.select.args.get("distinct")
    if new is None:
        yield SqlChange("-", "keeps repeated rows")
    elif new.args.get("on") is None:
        yield SqlChange("+" if old is None else "~", "leaves out repeated rows")
    else:
        keys = change_phrases.listed(
            [_target(expression, after) for expression in new.args["on"].expressions]
        )
        yield SqlChange("+" if old is None else "~", f"keeps one row for each {keys}")


def _order_changes(before: QuerySide, after: QuerySide) -> Iterator[SqlChange]:
    if before.spelled("order") == after.spelled("order"):
        return
    old, new = before.select.args.get("order"), after.select.args.get("order")
    if new is None:
        yield SqlChange("-", "no longer sorted")
        return
    after_shown = change_phrases.listed([_target(item, after) for item in new.expressions], "then")
    first = "takes the first rows by" if after.select.args.get("limit") is not None else "sorted by"
    before_shown = (
        change_phrases.listed([_target(item, before) for item in old.expressions], "then")
        if old is not None
        else ""
    )
    if old is not None and before_shown == after_shown:
        before_shown, after_shown = (
            change_phrases.listed(
                [_target(item, side, True) for item in clause.expressions], "then"
            )
            for side, clause in ((before, old), (after, new))
        )
    instead = f" instead of {before_shown}" if before_shown and before_shown != after_shown else ""
    yield SqlChange("+" if old is None else "~", f"{first} {after_shown}{instead}")


def _target(item: exp.Expr, side: QuerySide, qualified: bool = False) -> str:
    """What rows are sorted by; a place is named by its column."""
    target = item.this if isinstance(item, exp.Ordered) else item
    outputs = side.select.expressions
    if (
        isinstance(target, exp.Literal)
        and target.name.isdigit()
        and 0 < int(target.name) <= len(outputs)
    ):
        projection = outputs[int(target.name) - 1]
        text = code(output_name(projection) or side.text(projection))
    else:
        text = side.show(target, qualified)
    if isinstance(item, exp.Ordered):
        text += ", largest first" if item.args.get("desc") else ""
        text += ", empty ones first" if item.args.get("nulls_first") else ""
    return text


def _limit_changes(before: QuerySide, after: QuerySide) -> Iterator[SqlChange]:
    for name in ("limit", "offset"):
        if before.spelled(name) == after.spelled(name):
            continue
        old, new = (_count(side.select.args.get(name), side) for side in (before, after))
        if name == "limit" and new is None:
            yield SqlChange("-", "keeps all rows")
        elif name == "limit":
            yield SqlChange(
                "+" if old is None else "~",
                f"keeps the first {new} rows" + (f" instead of {old}" * bool(old)),
            )
        elif new is None:
            yield SqlChange("-", f"no longer skips the first {old} rows")
        else:
            yield SqlChange(
                "+" if old is None else "~",
                f"skips the first {new} rows" + (f" instead of {old}" * bool(old)),
            )


def _count(node: exp.Expr | None, side: QuerySide) -> str | None:
    if node is None:
        return None
    options = node.args.get("limit_options")
    percent = " percent of the" if options is not None and options.args.get("percent") else ""
    return (
        f"{side.show(node.expression)}{percent}" if node.expression is not None else side.show(node)
    )
