"""The road from a query's text to its canonical form.

read (nothing merged) -> prepare (spelling) -> resolve names -> simplify expressions, order CTEs,
rename, until nothing moves: that is the form in which queries are compared as `cosmetic`. For
`rewritten`, CTEs and subqueries are merged first (`merge.py`). sqlglot's own `optimize()` is not
used: it is made for speed of execution and takes some liberties (in trials it called real changes
equal); each rule here is listed with its reason, and anything else stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from sharekit.sqldiff.canonical.arrange import rewritten, sort_branches, sort_sources
from sharekit.sqldiff.canonical.canonical_names import (
    drop_right_names,
    name_outputs,
    order_ctes,
    rename,
)
from sharekit.sqldiff.canonical.merge import merged
from sharekit.sqldiff.canonical.resolve_names import resolve
from sharekit.sqldiff.canonical.rules import simplified
from sharekit.sqldiff.canonical.scopes import KnownColumns, TableKey, open_questions
from sharekit.sqldiff.canonical.syntax_trees import Query, TreeKeys, has_volatile
from sharekit.sqldiff.types import Schema

PASSES = 6
"""Most rounds of the loop; two or three are the rule. A form that still moves is taken as it is."""

MOST_MERGE_STEPS = 200_000
"""Sources times nodes of a query that is merged. A count, not a clock: the verdict is the same on
every machine."""


def source_tables(schema: Schema | None) -> KnownColumns:
    """The schema in the resolver's terms. Names are compared in lower case."""
    types_by_table: dict[TableKey, Mapping[str, str]] = {}
    for name, columns in (schema or {}).items():
        *above, table = name.lower().split(".")
        typed = columns if isinstance(columns, Mapping) else dict.fromkeys(columns, "")
        key = (above[-1] if above and above[-1] != "main" else "", table)
        types_by_table[key] = {column.lower(): kind for column, kind in typed.items()}
    return KnownColumns(types_of=types_by_table)


def settled(tree: Query, dialect: str) -> Query:
    """A resolved tree with its names canonical and its expressions in form; the tree is used up.

    Names depend on the order of sources, the order of expressions on names. Only CTEs close the
    circle (their order is that of their first use), so only then is the loop needed."""
    key = ""
    for _ in range(PASSES):
        order_ctes(tree)
        rename(tree, dialect)
        tree = simplified(tree, dialect)
        if tree.find(exp.With) is None:
            break
        key, before = TreeKeys()(tree), key
        if key == before:
            break
    return tree


def resolved_trees(
    queries: Sequence[Query], source_columns: KnownColumns, dialect: str
) -> list[Query]:
    """New trees of prepared queries over one schema, with their names resolved as far as that
    schema and they themselves allow.

    What one of them calls `t.x` is a column of `t` in all of them. Raises QueryError or Unproven.
    """
    names_read: dict[TableKey, frozenset[str]] = {}
    for _ in range(PASSES):
        trees = [query.copy() for query in queries]
        columns_read = [
            resolve(tree, KnownColumns(source_columns.types_of, names_read), dialect)
            for tree in trees
        ]
        before, names_read = names_read, _all_columns(columns_read)
        is_open = any(
            open_questions(select).open for tree in trees for select in tree.find_all(exp.Select)
        )
        if not is_open or names_read == before:
            break
    for tree in trees:
        name_outputs(tree)
        drop_right_names(tree)
    return trees


def _all_columns(
    columns_read: Sequence[Mapping[TableKey, frozenset[str]]],
) -> dict[TableKey, frozenset[str]]:
    tables = {table for columns_by_table in columns_read for table in columns_by_table}
    return {
        table: frozenset().union(
            *(columns_by_table.get(table, frozenset()) for columns_by_table in columns_read)
        )
        for table in tables
    }


def merged_tree(tree: Query, dialect: str) -> Query:
    """A settled tree with what it reads merged into it, and in one order; the tree is used up.

    One too large for that is left as it is: each merge walks the whole tree.
    """
    sources = sum(1 for _ in tree.find_all(exp.Table, exp.Subquery, exp.CTE))
    if sources * sum(1 for _ in tree.walk()) > MOST_MERGE_STEPS:
        return tree
    key = ""
    for _ in range(PASSES):
        if _has_inner_queries(tree) or tree.find(exp.With):
            inner = merged(tree.copy(), dialect)
            if inner is None:
                return tree
            tree = settled(inner, dialect)
        elif has_volatile(tree):
            return tree
        form = TreeKeys()(tree)
        tree = rewritten(tree, dialect)
        if TreeKeys()(tree) != form:
            tree = settled(tree, dialect)
        for sort in (sort_sources, sort_branches):
            if sort(tree, dialect):
                tree = settled(tree, dialect)
        key, before = TreeKeys()(tree), key
        if key == before or not _has_inner_queries(tree):
            break
    return tree


def _has_inner_queries(tree: Query) -> bool:
    return any(isinstance(holder.this, exp.Query) for holder in tree.find_all(exp.Subquery))
