"""What changed in the meaning of a query, as sentences that a leader would use; code in them is between backticks.

Clauses are compared, not trees: one added filter is one sentence. Where no sentence is found, the texts themselves are
shown: a change is never passed off as none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from sqlglot import exp

from sharekit.errors import QueryError
from sharekit.sqldiff.clauses import Clause, Node, Reads, Speller, columns, conjuncts, reads, steps
from sharekit.sqldiff.columns import column_changes
from sharekit.sqldiff.filters import filter_changes
from sharekit.sqldiff.parse import parse
from sharekit.sqldiff.types import SqlChange

LONGEST = 160
"""Characters of code in one sentence."""


def sentences(
    before: str, after: str, *, schema: Mapping[str, object] | None = None, dialect: str = "duckdb"
) -> tuple[SqlChange, ...]:
    """What differs between two queries that were not proved to mean the same; at least one sentence. Never raises."""
    # sqlglot may raise anything on SQL that nobody foresaw; the texts can always be shown.
    try:
        found = list(dict.fromkeys(_query(parse(before, dialect), parse(after, dialect), dialect)))
    except (QueryError, RecursionError, ValueError, AttributeError, TypeError, KeyError, IndexError):
        found = []
    return tuple(SqlChange(each.op, _short(each.sentence)) for each in found) or (_texts(before, after),)


def _query(old: Node, new: Node, dialect: str) -> Iterator[SqlChange]:
    yield from _steps(steps(old), steps(new), dialect)
    old, new = _unwrapped(old), _unwrapped(new)
    if isinstance(old, exp.Select) and isinstance(new, exp.Select):
        yield from _select(old, new, dialect)
    elif isinstance(old, exp.SetOperation) and isinstance(new, exp.SetOperation):
        yield from _set(old, new, dialect)
    elif isinstance(new, exp.SetOperation) and isinstance(old, exp.Select):
        yield SqlChange("+", f"rows of another query are {_verb(new)}")
    elif isinstance(old, exp.SetOperation) and isinstance(new, exp.Select):
        yield SqlChange("-", f"rows of another query are no longer {_verb(old)}")
    elif old.sql(dialect) != new.sql(dialect):
        yield SqlChange("~", f"`{old.sql(dialect)}` became `{new.sql(dialect)}`")


def _steps(old: Mapping[str, Node], new: Mapping[str, Node], dialect: str) -> Iterator[SqlChange]:
    gone = [name for name in old if name not in new]
    fresh = [name for name in new if name not in old]
    for name in list(gone):  # a step that only has another name is compared under its new one
        partner = next((each for each in fresh if new[each].sql(dialect) == old[name].sql(dialect)), None)
        if partner is not None:
            gone.remove(name)
            fresh.remove(partner)
    for name in (name for name in new if name in old):
        for change in _query(old[name], new[name], dialect):
            yield SqlChange(change.op, f"in step `{name}`: {change.sentence}")
    yield from (SqlChange("-", f"the step `{name}` is gone") for name in gone)
    yield from (SqlChange("+", f"a new step, `{name}`") for name in fresh)


def _select(old: exp.Select, new: exp.Select, dialect: str) -> Iterator[SqlChange]:
    left, right = Speller(old, dialect), Speller(new, dialect)
    yield from _tables(reads(old, left), reads(new, right), dialect)
    for part, word in (("where", "filter"), ("having", "filter on groups"), ("qualify", "filter on rows")):
        pair = (_condition(old, part, left), _condition(new, part, right))
        yield from filter_changes(*pair, word)
    yield from column_changes(columns(old, left), columns(new, right), right)
    yield from _grouping(old, new, left, right)
    yield from _distinct(old, new, left, right)
    yield from _order_and_limit(old, new, left, right)
    yield from _others(old, new, left, right)


def _condition(select: exp.Select, part: str, speller: Speller) -> tuple[Clause, ...]:
    node = select.args.get(part)
    return conjuncts(node.this if node is not None else None, speller)


def _tables(old: Sequence[Reads], new: Sequence[Reads], dialect: str) -> Iterator[SqlChange]:
    gone = [each for each in old if each.name.lower() not in {one.name.lower() for one in new}]
    fresh = [each for each in new if each.name.lower() not in {one.name.lower() for one in old}]
    while gone and fresh:
        was, now = gone.pop(0), fresh.pop(0)
        yield SqlChange("~", f"reads `{now.name}` instead of `{was.name}`")
    for each in gone:
        yield SqlChange("-", f"no longer {'joins' if each.join else 'reads'} `{each.name}`")
    for each in fresh:
        on = f" on {_all(each.on)}" if each.on else ""
        yield SqlChange("+", f"{'joins' if each.join else 'reads'} `{each.name}`{on}")
    known = {each.name.lower(): each for each in old}
    for now in new:
        if now.name.lower() in known:
            yield from _joined(known[now.name.lower()], now, dialect)
    if [each.name.lower() for each in old] != (order := [each.name.lower() for each in new]) and set(order) == set(
        known
    ):
        yield SqlChange("~", f"joins its tables in another order: `{new[0].name}` comes first, and keeps its rows")


def _joined(was: Reads, now: Reads, dialect: str) -> Iterator[SqlChange]:
    if bool(was.join) != bool(now.join):
        return  # another table comes first, which is said once for all of them
    if was.join != now.join:
        yield SqlChange("~", f"`{now.name}` is joined by `{now.join}` instead of `{was.join}`")
    for change in filter_changes(was.on, now.on, "condition"):
        yield SqlChange(change.op, f"joining `{now.name}`: {change.sentence}")
    if was.query is not None and now.query is not None:
        for change in _query(was.query, now.query, dialect):
            yield SqlChange(change.op, f"in `{now.name}`: {change.sentence}")


def _grouping(old: exp.Select, new: exp.Select, left: Speller, right: Speller) -> Iterator[SqlChange]:
    was, now = old.args.get("group"), new.args.get("group")
    if (was and left.key(was)) == (now and right.key(now)):
        return
    if was is None or now is None:
        node, speller = (now, right) if was is None else (was, left)
        assert node is not None
        text = f"by `{_after('GROUP BY', speller.text(node))}`"
        yield SqlChange("+", f"groups {text}") if was is None else SqlChange("-", f"no longer groups {text}")
        return
    before, after = (_after("GROUP BY", side.text(node)) for side, node in ((left, was), (right, now)))
    yield SqlChange("~", f"groups by `{after}` instead of `{before}`")


def _distinct(old: exp.Select, new: exp.Select, left: Speller, right: Speller) -> Iterator[SqlChange]:
    was, now = old.args.get("distinct"), new.args.get("distinct")
    if was is None and now is not None:
        yield SqlChange("+", "leaves out repeated rows")
    elif was is not None and now is None:
        yield SqlChange("-", "keeps repeated rows")
    elif was is not None and now is not None and left.key(was) != right.key(now):
        yield SqlChange("~", f"keeps one row by `{right.text(now)}` instead of `{left.text(was)}`")


def _order_and_limit(old: exp.Select, new: exp.Select, left: Speller, right: Speller) -> Iterator[SqlChange]:
    for part, keyword, word in (
        ("order", "ORDER BY", "sorted by"),
        ("limit", "LIMIT", "rows"),
        ("offset", "OFFSET", "skips"),
    ):
        was, now = old.args.get(part), new.args.get(part)
        if (was and left.key(was)) == (now and right.key(now)):
            continue
        before = _after(keyword, left.text(was)) if was else ""
        after = _after(keyword, right.text(now)) if now else ""
        if part == "limit":
            yield _limit(before, after)
        elif before and after:
            yield SqlChange("~", f"{word} `{after}` instead of `{before}`")
        else:
            yield SqlChange("+", f"{word} `{after}`") if after else SqlChange("-", f"no longer {word} `{before}`")


def _limit(before: str, after: str) -> SqlChange:
    if before and after:
        return SqlChange("~", f"keeps the first `{after}` rows instead of `{before}`")
    return SqlChange("+", f"keeps the first `{after}` rows alone") if after else SqlChange("-", "keeps all rows")


_COMPARED = frozenset(
    (
        "with_",
        "from_",
        "joins",
        "where",
        "having",
        "qualify",
        "expressions",
        "group",
        "distinct",
        "order",
        "limit",
        "offset",
    )
)


def _others(old: exp.Select, new: exp.Select, left: Speller, right: Speller) -> Iterator[SqlChange]:
    for part in dict.fromkeys((*old.args, *new.args)):
        if part in _COMPARED:
            continue
        was, now = _part(old, part, left), _part(new, part, right)
        if was != now:
            yield SqlChange("~", f"`{now or 'nothing'}` instead of `{was or 'nothing'}`")


def _part(select: exp.Select, part: str, speller: Speller) -> str:
    value = select.args.get(part)
    nodes = value if isinstance(value, list) else [value]
    return ", ".join(speller.text(node) if isinstance(node, exp.Expr) else str(node) for node in nodes if node)


def _set(old: exp.SetOperation, new: exp.SetOperation, dialect: str) -> Iterator[SqlChange]:
    if type(old) is not type(new) or bool(old.args.get("distinct")) != bool(new.args.get("distinct")):
        yield SqlChange("~", f"puts rows together by `{_operator(new)}` instead of `{_operator(old)}`")
    for word, side in (("first", "this"), ("second", "expression")):
        for change in _query(old.args[side], new.args[side], dialect):
            yield SqlChange(change.op, f"in the {word} part: {change.sentence}")


def _operator(node: exp.SetOperation) -> str:
    return f"{node.key.upper()}{'' if node.args.get('distinct') else ' ALL'}"


def _verb(node: Node) -> str:
    return {"union": "added", "except": "left out", "intersect": "required"}.get(node.key, "combined")


def _unwrapped(node: Node) -> Node:
    while isinstance(node, (exp.Subquery, exp.Paren)) and not node.args.get("with_"):
        node = node.this
    return node


def _all(clauses: Sequence[Clause]) -> str:
    return " and ".join(f"`{each.text}`" for each in clauses)


def _after(keyword: str, text: str) -> str:
    return text[len(keyword) :].strip() if text.upper().startswith(keyword) else text


def _short(sentence: str) -> str:
    """Code that is too long is cut inside its backticks."""
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return sentence.replace("`", "'")
    return "`".join(
        f"{part[: LONGEST - 1]}…" if n % 2 and len(part) > LONGEST else part for n, part in enumerate(parts)
    )


def _texts(before: str, after: str) -> SqlChange:
    """The words that differ, where no clause tells the change."""
    old, new = before.split(), after.split()
    for tag, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            was, now = " ".join(old[start:end]).replace("`", "'"), " ".join(new[first:last]).replace("`", "'")
            if was and now:
                return SqlChange("~", _short(f"`{now}` instead of `{was}`"))
            return SqlChange("+", _short(f"`{now}` added")) if now else SqlChange("-", _short(f"`{was}` removed"))
    return SqlChange("~", "the text is the same, and what it reads is not")
