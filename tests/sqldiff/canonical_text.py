"""The canonical form of a query, as text."""

from __future__ import annotations

from sharekit.sqldiff.canonical.constants import Fold, with_values
from sharekit.sqldiff.canonical.form import (
    Schema,
    merged_tree,
    resolved_trees,
    settled,
    source_tables,
)
from sharekit.sqldiff.canonical.prepare import prepared
from sharekit.sqldiff.canonical.read_and_write import write
from sharekit.sqldiff.canonical.syntax_trees import parenthesised


def canonical_sql(
    sql: str,
    *,
    schema: Schema | None = None,
    dialect: str = "duckdb",
    merge: bool = False,
    fold: Fold | None = None,
) -> str:
    """One line of SQL that is the same for all spellings of a query, and returns the same rows.

    With `merge`, the same for queries in other steps too. Raises QueryError where the SQL cannot be
    read, and Unproven where it is no query, or one of which nothing can be proved."""
    (tree,) = resolved_trees([prepared(sql, dialect)], source_tables(schema), dialect)
    if fold is not None:
        with_values(tree, fold, dialect)
    tree = settled(tree, dialect)
    if merge:
        tree = merged_tree(tree, dialect)
    return write(parenthesised(tree), dialect, quote=True)
