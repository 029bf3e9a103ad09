"""What changed in the meaning of a query, as sentences that a leader would use; code in them is
between backticks.

Clauses of resolved queries are compared, not trees: one added filter is one sentence, and what was
only respelled beside it is none. Where no sentence is found, the texts themselves are shown: a
change is never passed off as none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import partial

from sqlglot import exp

from sharekit.records import replace
from sharekit.sqldiff.canonical.canonical_names import query_of, rename_apart
from sharekit.sqldiff.canonical.form import (
    merged_tree,
    resolved_trees,
    settled,
    source_tables,
)
from sharekit.sqldiff.canonical.prepare import Prepare, prepared
from sharekit.sqldiff.canonical.scopes import KnownColumns, is_nameless_alias
from sharekit.sqldiff.canonical.syntax_trees import Query, are_equal, body, sources_of
from sharekit.sqldiff.differences.clauses import select_changes
from sharekit.sqldiff.differences.code_display import (
    LONGEST,
    QuerySide,
    WritingStyle,
    code,
    source_name,
    style_of,
)
from sharekit.sqldiff.types import Schema, SqlChange

SAME = re.compile(r"(`[^`]*`) instead of \1$")
"""Words that do not tell what they are meant to; another sentence does."""
WORD = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[\w.]+|[^\w\s]+")
"""What the texts of two queries are laid side by side by."""
MOST_TEXTS = 6
"""Most differences shown as text."""
MOST_WORDS = 1_000
"""Words laid side by side; laying out more takes longer than anybody would wait."""
LONGEST_QUERY = 50_000
"""Characters of a query whose clauses are compared."""

MOST_WEIGHT = 25_000
"""Sum of the sizes of all subtrees of a query whose clauses are compared; wide and deep ones cost
the square of it."""


def sentences(
    before: str,
    after: str,
    *,
    schema: Schema | None = None,
    dialect: str = "duckdb",
    prepare: Prepare | None = None,
) -> tuple[SqlChange, ...]:
    """What differs between two queries that were not proved to mean the same; at least one
    sentence. `prepare` has the trees of those who read them before. Never raises."""
    prepare = prepare or partial(prepared, dialect=dialect)
    # sqlglot may raise anything on SQL that nobody foresaw; the texts can always be shown.
    try:
        if max(len(before), len(after)) > LONGEST_QUERY:
            return tuple(text_changes(before, after))
        queries = [prepare(before), prepare(after)]
        source_columns = _columns_of_both(queries, source_tables(schema))
        old, new = resolved_trees(queries, source_columns, dialect)
        if max(map(_weight, (old, new))) > MOST_WEIGHT:
            return tuple(text_changes(before, after))
        old, new = _of_one_shape(old, new, dialect)
        comparison = _QueryComparison(dialect, style_of(after, dialect))
        changes = tuple(
            change
            for change in dict.fromkeys(comparison.query(old, new))
            if not SAME.search(change.sentence)
        )
    except Exception:
        changes = ()
    return changes or tuple(text_changes(before, after))


def _weight(tree: exp.Expr) -> int:
    """The sizes of all subtrees together: each node counts once for every node above it."""
    weight, level, depth = 0, [tree], 1
    while level:
        weight += len(level) * depth
        level = [child for node in level for child in node.iter_expressions()]
        depth += 1
    return weight


def _columns_of_both(queries: Sequence[Query], source_columns: KnownColumns) -> KnownColumns:
    """Where one table took another's place and only one of them is known, the other is taken to
    have its columns.

    That proves nothing; it lets the same names be read in the same way on both sides, so that only
    the table is told."""
    old, new = (
        {("" if db == "main" else db, name) for name, db in _tables(query)} for query in queries
    )
    removed, added = old - new, new - old
    if len(removed) != 1 or len(added) != 1:
        return source_columns
    (was,), (now,) = removed, added
    columns = source_columns.types_of.get(was) or source_columns.types_of.get(now)
    return (
        source_columns
        if columns is None
        else replace(
            source_columns, types_of={**source_columns.types_of, was: columns, now: columns}
        )
    )


def _tables(tree: Query) -> Iterator[tuple[str, str]]:
    steps = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name.lower() not in steps):
            yield table.name.lower(), table.db.lower()


def _of_one_shape(old: Query, new: Query, dialect: str) -> tuple[Query, Query]:
    """Both queries with their steps merged, where they are cut into other steps: else only the cut
    would be told."""
    if _count_steps(old) == _count_steps(new):
        return old, new
    merged = [
        _by_tables(merged_tree(settled(tree.copy(), dialect), dialect), dialect)
        for tree in (old, new)
    ]
    return (
        (merged[0], merged[1]) if _count_steps(merged[0]) == _count_steps(merged[1]) else (old, new)
    )


def _count_steps(tree: exp.Expr) -> int:
    inner = [
        holder
        for holder in tree.find_all(exp.Subquery)
        if isinstance(holder.parent, exp.From | exp.Join)
    ]
    return len(inner) + len(list(tree.find_all(exp.CTE)))


def _by_tables(tree: Query, dialect: str) -> Query:
    """A merged query with its sources called by their tables again, for people to read."""
    rename_apart(tree, dialect)
    names: dict[str, str] = {}
    for select in tree.find_all(exp.Select):
        for holder in sources_of(select):
            name = (
                source_name(holder, dialect).rpartition(".")[2]
                if isinstance(holder, exp.Table)
                else holder.alias
            )
            namesakes = sum(
                alias == name or alias.startswith(f"{name}_") for alias in names.values()
            )
            names[holder.alias] = f"{name}_{namesakes + 1}" if namesakes else name
            holder.set("alias", exp.TableAlias(this=exp.to_identifier(names[holder.alias])))
    for column in tree.find_all(exp.Column):
        if column.table in names:
            column.set("table", exp.to_identifier(names[column.table]))
    return tree


class _QueryComparison:
    def __init__(self, dialect: str, style: WritingStyle) -> None:
        self._dialect = dialect
        self._style = style

    def query(self, old: exp.Expr, new: exp.Expr) -> Iterator[SqlChange]:
        """Named queries first, then the query itself."""
        yield from self._steps(old, new)
        left, right = body(old), body(new)
        if isinstance(left, exp.Select) and isinstance(right, exp.Select):
            yield from self._select(left, right)
        elif isinstance(left, exp.SetOperation) and isinstance(right, exp.SetOperation):
            yield from self._set_operation(left, right)
        elif isinstance(left, exp.Select) and isinstance(right, exp.SetOperation):
            yield from self._branch(left, right, "+")
        elif isinstance(left, exp.SetOperation) and isinstance(right, exp.Select):
            yield from self._branch(right, left, "-")

    def _select(self, old: exp.Select, new: exp.Select) -> Iterator[SqlChange]:
        yield from self._inner_queries(old, new)
        yield from select_changes(
            QuerySide(old, self._dialect, self._style), QuerySide(new, self._dialect, self._style)
        )

    def _steps(self, old: exp.Expr, new: exp.Expr) -> Iterator[SqlChange]:
        """Queries of WITH, by name; one that only has another name is compared under its new
        one."""
        left, right = _query_by_name(old), _query_by_name(new)
        removed = [name for name in left if name not in right]
        added = [name for name in right if name not in left]
        for name in list(added):
            match = next(
                (old_name for old_name in removed if are_equal(left[old_name], right[name])), None
            )
            if match is None and len(removed) == len(added) == 1 and len(left) == len(right):
                match = removed[0]
            if match is not None:
                removed.remove(match)
                added.remove(name)
                left = {**left, name: left[match]}
                _read_as(old, match, name)
        for name in (name for name in right if name in left):
            for change in self.query(left[name], right[name]):
                yield replace(change, sentence=f"in step {code(name)}: {change.sentence}")
        yield from (SqlChange("-", f"the step {code(name)} is gone") for name in removed)
        yield from (SqlChange("+", f"a new step, {code(name)}") for name in added)

    def _inner_queries(self, old: exp.Select, new: exp.Select) -> Iterator[SqlChange]:
        """Queries in FROM, by alias; else by place."""
        left = {holder.alias: holder for holder in sources_of(old) if query_of(holder) is not None}
        right = {holder.alias: holder for holder in sources_of(new) if query_of(holder) is not None}
        removed = [name for name in left if name not in right]
        added = [name for name in right if name not in left]
        for was, now in zip(removed, added, strict=False) if len(removed) == len(added) else ():
            _call_source(old, left[was], now)
            left[now] = left.pop(was)
        for name in (name for name in right if name in left):
            old_query, new_query = query_of(left[name]), query_of(right[name])
            for change in (
                self.query(old_query, new_query)
                if old_query is not None and new_query is not None
                else ()
            ):
                has_name = name and not is_nameless_alias(name)
                where = f"in {code(name)}: " if has_name else "in the subquery: "
                yield replace(change, sentence=where + change.sentence)

    def _set_operation(self, old: exp.SetOperation, new: exp.SetOperation) -> Iterator[SqlChange]:
        if _operator(old) != _operator(new):
            yield SqlChange(
                "~",
                f"puts rows together by {code(_operator(new))} instead of {code(_operator(old))}",
            )
        for word, name in (("first", "this"), ("second", "expression")):
            for change in self.query(old.args[name], new.args[name]):
                yield replace(change, sentence=f"in the {word} part: {change.sentence}")
        left, right = (
            exp.Select(
                **{name: set_operation.args.get(name) for name in ("order", "limit", "offset")}
            )
            for set_operation in (old, new)
        )
        yield from select_changes(
            QuerySide(left, self._dialect, self._style),
            QuerySide(right, self._dialect, self._style),
        )

    def _branch(
        self, single: exp.Select, several: exp.SetOperation, op: str
    ) -> Iterator[SqlChange]:
        """Rows of another query came or went."""
        verb = {"union": "added", "except": "left out", "intersect": "asked for"}[several.key]
        sentence = (
            f"rows of another query are {verb}"
            if op == "+"
            else f"rows of another query are no longer {verb}"
        )
        yield SqlChange("+" if op == "+" else "-", sentence)
        first = body(several.this)
        if isinstance(first, exp.Select):
            pair = (single, first) if op == "+" else (first, single)
            yield from self._select(*pair)


def _query_by_name(query: exp.Expr) -> Mapping[str, exp.Expr]:
    with_ = query.args.get("with_")
    return {cte.alias: cte.this for cte in with_.expressions} if with_ is not None else {}


def _read_as(tree: exp.Expr, old: str, new: str) -> None:
    """Call a named query by its other name, so that reading it is no change."""
    for table in tree.find_all(exp.Table):
        if table.name == old and table.meta_get("cte") is not None:
            table.set(
                "alias", table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(old))
            )
            table.set("this", exp.to_identifier(new))


def _call_source(select: exp.Select, holder: exp.Expr, name: str) -> None:
    old = holder.alias
    for column in select.find_all(exp.Column):
        if column.table == old:
            column.set("table", exp.to_identifier(name))
    holder.set("alias", exp.TableAlias(this=exp.to_identifier(name)))


def _operator(node: exp.SetOperation) -> str:
    keywords = [
        node.key.upper(),
        "" if node.args.get("distinct") else "ALL",
        "BY NAME" if node.args.get("by_name") else "",
    ]
    return " ".join(filter(None, keywords))


# -- texts ----------------------------------------------------------------------------------------


def text_changes(before: str, after: str) -> Iterator[SqlChange]:
    """The words that differ, where no clause tells the change; at least one sentence."""
    old, new = _differing_words(tuple(WORD.finditer(before)), tuple(WORD.finditer(after)))
    if max(len(old), len(new)) > MOST_WORDS:
        yield _text_change(before, old, after, new)
        return
    count = 0
    was, now = ([match[0] for match in side] for side in (old, new))
    for tag, start, end, first, last in SequenceMatcher(
        None, was, now, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        count += 1
        if count > MOST_TEXTS:
            yield SqlChange("~", "and more; the queries side by side show it")
            return
        yield _text_change(before, old[start:end], after, new[first:last])
    if not count:
        yield SqlChange(
            "~", "only the spacing of the text differs, and it was not proved to mean the same"
        )


Words = Sequence[re.Match[str]]
"""Words of a query, each with its place in it."""


def _differing_words(old: Words, new: Words) -> tuple[Words, Words]:
    """The words between those that both begin and those that both end with."""
    pairs = enumerate(zip(old, new, strict=False))
    first = next((place for place, (was, now) in pairs if was[0] != now[0]), None)
    first = min(len(old), len(new)) if first is None else first
    old, new = old[first:], new[first:]
    last = 0
    while last < min(len(old), len(new)) and old[-1 - last][0] == new[-1 - last][0]:
        last += 1
    return old[: len(old) - last], new[: len(new) - last]


def _text_change(before: str, old: Words, after: str, new: Words) -> SqlChange:
    was, now = (
        _shortened(_written(before, old[:MOST_WORDS])),
        _shortened(_written(after, new[:MOST_WORDS])),
    )
    if was and now:
        return SqlChange("~", f"{code(now)} instead of {code(was)}")
    return SqlChange("+", f"{code(now)} added") if now else SqlChange("-", f"{code(was)} removed")


def _written(sql: str, matches: Words) -> str:
    """These words as their author wrote them, on one line: a blank in a literal is part of it."""
    lines = sql[matches[0].start() : matches[-1].end()].split("\n") if matches else []
    return " ".join(filter(None, map(str.strip, lines)))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
