"""Give a resolved query canonical names: aliases, columns of inner queries, names and order of its
CTEs.

A name that reaches the result, or could be confused with one that does, is kept (`scopes.OpenQuestions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct, field
from sqlglot import exp

from sharekit.sqldiff.canonical.scopes import default_alias, is_open, is_star, open_questions
from sharekit.sqldiff.canonical.syntax_trees import (
    Query,
    Unproven,
    call,
    first_select,
    output_name,
    own_nodes,
    selects,
    sources_of,
    unalias,
    with_alias,
)

CANONICAL = re.compile(r"_(t\d+_\d+|u\d+|q\d+)")
"""Names given here; a source that has to keep such a name of its own looks the same as them."""
SEVERAL = frozenset({"columns", "*columns", "unnest"})
"""Functions that may stand for more than one column."""
FIRST = ("with_", "from_", "joins", "laterals", "where")
"""The order in which the parts of a SELECT are walked; the rest follows by name. FROM may be
written first or not."""


class RenamedSource(Struct, frozen=True):
    """A source under its canonical name."""

    alias: str
    columns: Mapping[str, str] = field(default_factory=dict)


Scope: TypeAlias = Mapping[str, RenamedSource]


# -- walking --------------------------------------------------------------------------------------


def children(node: exp.Expr) -> Iterator[exp.Expr]:
    """Children in an order that does not depend on how the query was written."""
    other_keys = sorted(name for name in node.args if name not in FIRST)
    for name in (*(name for name in FIRST if name in node.args), *other_keys):
        value = node.args[name]
        for expression in value if isinstance(value, list) else [value]:
            if isinstance(expression, exp.Expr):
                yield expression


def query_of(holder: exp.Expr) -> exp.Expr | None:
    """The query behind a derived table, if it is one."""
    if isinstance(holder, exp.Lateral) and isinstance(holder.this, exp.Subquery):
        return holder.this.this  # type: ignore[no-any-return]
    if isinstance(holder, exp.Subquery) and isinstance(holder.this, exp.Query):
        return holder.this
    return None


def cte_number(node: exp.Expr) -> int | None:
    """Which CTE a table in FROM reads, if it reads one."""
    number = node.meta_get("cte") if isinstance(node, exp.Table | exp.CTE) else None
    return number if isinstance(number, int) else None


# -- set operations and CTEs ----------------------------------------------------------------------


def drop_right_names(tree: Query) -> None:
    """The columns of a set operation are called as in its first branch: aliases in the others say
    nothing.

    But for ORDER BY: DuckDB lets it use the names of any branch.
    """
    for operation in list(tree.find_all(exp.SetOperation)):
        if operation.args.get("by_name") or _is_sorted_by_name(operation):
            continue
        try:
            branches = selects(operation.expression)
        except Unproven:
            continue
        for select in branches:
            output_names = {output_name(expression) for expression in select.expressions}
            if not open_questions(select).open & output_names and not (
                select.parent and _by_name_inside(operation.expression)
            ):
                select.set(
                    "expressions", [unalias(expression) for expression in select.expressions]
                )


def _is_sorted_by_name(operation: exp.SetOperation) -> bool:
    """Whether an ORDER BY of it, or of a set operation around it, uses names that are not those of
    the first branch."""
    node: exp.Expr | None = operation
    while isinstance(node, exp.SetOperation | exp.Subquery):
        order = node.args.get("order")
        if order is not None and order.find(exp.Column):
            return True
        node = node.parent
    return False


def _by_name_inside(node: exp.Expr) -> bool:
    return any(operation.args.get("by_name") for operation in node.find_all(exp.SetOperation))


def order_ctes(tree: Query) -> None:
    """CTEs in the order of their first use, each after what it reads; those that nothing reads are
    dropped."""
    for with_ in list(tree.find_all(exp.With)):
        holder = with_.parent
        by_number = {
            number: cte for cte in with_.expressions if (number := cte_number(cte)) is not None
        }
        ordered: dict[int, exp.Expr] = {}
        for part in (
            (node for node in children(holder) if node is not with_) if holder is not None else ()
        ):
            _collect(part, by_number, ordered, ())
        if holder is not None:
            if ordered:
                with_.set("expressions", list(ordered.values()))
            else:
                holder.set("with_", None)


def _collect(
    node: exp.Expr,
    by_number: Mapping[int, exp.CTE],
    ordered: dict[int, exp.Expr],
    within: tuple[int, ...],
) -> None:
    number = cte_number(node) if isinstance(node, exp.Table) else None
    if (
        number is not None
        and number in by_number
        and number not in ordered
        and number not in within
    ):
        _collect(by_number[number].this, by_number, ordered, (*within, number))
        ordered[number] = by_number[number]
    for child in children(node):
        _collect(child, by_number, ordered, within)


def name_outputs(tree: Query) -> None:
    """Write out the name of every column that has one, so that it stays when the column below it is
    renamed."""
    for select in tree.find_all(exp.Select):
        renamed: list[exp.Expr] = []
        for projection in select.expressions:
            name = output_name(projection)
            plain = name is not None and not isinstance(projection, exp.Alias)
            renamed.append(with_alias(projection, name) if plain else projection)
        select.set("expressions", renamed)


# -- names ----------------------------------------------------------------------------------------


def rename(tree: Query, dialect: str) -> None:
    """Canonical names throughout, in place: a source by its depth and place, a column by its
    place."""
    _Renamer(_pinned_sources(tree), dialect).query(tree, (), 0)


def rename_apart(tree: Query, dialect: str) -> None:
    """Give every source an alias that no other has, in place, to merge queries. Columns keep their
    names."""
    _Renamer(None, dialect).query(tree, (), 0)


def _pinned_sources(tree: Query) -> set[int]:
    """Sources whose column names must stay: numbers of CTEs (negative) and ids of nodes."""
    pinned: set[int] = set()
    bodies: dict[int, exp.Expr] = {}
    for cte in tree.find_all(exp.CTE):
        number = cte_number(cte)
        if number is not None:
            bodies[-number] = cte.this
            if cte.meta_get("recursive"):
                pinned.add(-number)
    for select in tree.find_all(exp.Select):
        marks = open_questions(select)
        for holder in sources_of(select):
            mark = _mark(holder)
            inner = query_of(holder)
            if inner is not None:
                bodies[mark] = inner
            names = (
                set(_output_names(bodies[mark]) or ())
                if mark in bodies
                else set(holder.alias_column_names)
            )
            if marks.starred or marks.opaque or marks.open & names:
                pinned.add(mark)
    pinned.update(mark for mark, inner in bodies.items() if not _can_rename(inner))
    return pinned


def _mark(holder: exp.Expr) -> int:
    number = cte_number(holder)
    return id(holder) if number is None else -number


def _output_names(query: exp.Expr) -> list[str | None] | None:
    projections = first_select(query).expressions
    return (
        None
        if any(map(_is_several, projections))
        else [output_name(projection) for projection in projections]
    )


def _is_several(projection: exp.Expr) -> bool:
    """Whether a projection may be several columns, whose names come from elsewhere: `COLUMNS(*)`, a
    struct unnested."""
    return is_star(projection) or any(
        isinstance(node, exp.Columns | exp.Explode | exp.Unnest) or call(node) in SEVERAL
        for node in own_nodes(projection)
    )


def _can_rename(query: exp.Expr) -> bool:
    """Whether nothing in a query depends on the names of its own columns."""
    try:
        names = _output_names(query)
        branches = selects(query)
    except Unproven:
        return False
    if names is None or _by_name_inside(query):
        return False
    for operation in query.find_all(exp.SetOperation):
        order = operation.args.get("order")
        if order is not None and order.find(exp.Column):
            return False
    return not any(
        open_questions(select).open & {output_name(expression) for expression in select.expressions}
        for select in branches
    )


class _Renamer:
    """`pinned` None keeps all columns and counts sources through the whole query."""

    def __init__(self, pinned: set[int] | None, dialect: str) -> None:
        self._pinned_sources = pinned
        self._dialect = dialect
        self._ctes: dict[int, RenamedSource] = {}
        self._count = 0

    def _keeps_columns(self, mark: int) -> bool:
        return self._pinned_sources is None or mark in self._pinned_sources

    def _new_alias(self, depth: int, place: int) -> str:
        if self._pinned_sources is not None:
            return f"_t{depth}_{place}"
        self._count += 1
        return f"_u{self._count}"

    def query(self, node: exp.Expr, scopes: Sequence[Scope], depth: int) -> None:
        with_ = node.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            self._cte(cte, scopes, depth)
        if isinstance(node, exp.Select):
            self._select(node, scopes, depth)
            return
        for child in children(node):
            if isinstance(child, exp.Query):
                self.query(child, scopes, depth)
            elif child is not with_:
                self._visit(child, scopes, depth)

    def _cte(self, cte: exp.CTE, scopes: Sequence[Scope], depth: int) -> None:
        number = cte_number(cte)
        if number is None:
            raise Unproven
        name = f"_q{len(self._ctes)}"
        self._ctes[number] = RenamedSource(name)
        columns = {} if self._keeps_columns(-number) else _rename_columns(cte.this)
        self.query(cte.this, scopes, depth)
        self._ctes[number] = RenamedSource(name, columns)
        cte.args["alias"].set("this", exp.to_identifier(name))

    def _select(self, node: exp.Select, scopes: Sequence[Scope], depth: int) -> None:
        keep = open_questions(node).opaque
        renamed_sources: dict[str, RenamedSource] = {}
        inner_scopes = (renamed_sources, *scopes)
        for place, holder in enumerate(sources_of(node)):
            old = default_alias(holder, self._dialect)
            keeps_name = keep or self._shows_names(holder, node)
            if keeps_name and CANONICAL.fullmatch(old):
                raise Unproven
            new = old if keeps_name else self._new_alias(depth, place)
            columns = self._source(holder, inner_scopes, depth)
            if old:
                renamed_sources[old] = RenamedSource(new, columns)
            if new and (new != old or cte_number(holder) is not None):
                _set_alias(holder, new, columns)
        for child in children(node):
            if not isinstance(child, exp.With):
                self._visit(child, inner_scopes, depth)

    @staticmethod
    def _shows_names(holder: exp.Expr, select: exp.Select) -> bool:
        """Whether an alias would change what a star says: a function may call its column by it."""
        function = not (isinstance(holder, exp.Table) and isinstance(holder.this, exp.Identifier))
        return (
            open_questions(select).starred
            and function
            and query_of(holder) is None
            and not holder.alias_column_names
        )

    def _source(self, holder: exp.Expr, scopes: Sequence[Scope], depth: int) -> Mapping[str, str]:
        """Rename inside a source; the new names of its columns."""
        number = cte_number(holder)
        if number is not None:
            cte = self._ctes.get(number)
            if cte is None:
                raise Unproven
            holder.set("this", exp.to_identifier(cte.alias))
            return cte.columns
        inner = query_of(holder)
        if inner is not None:
            columns = {} if self._keeps_columns(id(holder)) else _rename_columns(inner)
            self.query(inner, scopes, depth + 1)
            return columns
        if self._keeps_columns(id(holder)):
            return {}
        return {name: f"_c{place}" for place, name in enumerate(holder.alias_column_names)}

    def _visit(self, node: exp.Expr, scopes: Sequence[Scope], depth: int) -> None:
        if isinstance(node, exp.Column):
            self._column(node, scopes)
        elif isinstance(node, exp.Query) and not _is_source(node):
            self.query(node, scopes, depth + 1)
        elif not (_is_source(node) and query_of(node) is not None):
            for child in children(node):
                if not isinstance(child, exp.TableAlias):
                    self._visit(child, scopes, depth)

    @staticmethod
    def _column(node: exp.Column, scopes: Sequence[Scope]) -> None:
        if is_open(node) and not isinstance(node.this, exp.Star):
            return
        for scope in scopes:
            renamed_source = scope.get(node.table)
            if renamed_source is not None:
                node.set("table", exp.to_identifier(renamed_source.alias))
                if isinstance(node.this, exp.Identifier):
                    node.set(
                        "this",
                        exp.to_identifier(
                            renamed_source.columns.get(node.name, node.name),
                            quoted=node.this.quoted,
                        ),
                    )
                return


def _is_source(node: exp.Expr) -> bool:
    """Whether a node stands in FROM or JOIN (or is a nest of joins there)."""
    return isinstance(node.parent, exp.From | exp.Join) and node.arg_key == "this"


def _rename_columns(query: exp.Expr) -> Mapping[str, str]:
    """Call the columns of an inner query by their places; old name -> new name."""
    select = first_select(query)
    names: dict[str, str] = {}
    projections = []
    for place, projection in enumerate(select.expressions):
        new = f"_c{place}"
        old = output_name(projection)
        if old is not None:
            names.setdefault(old, new)
        projections.append(with_alias(unalias(projection), new))
    select.set("expressions", projections)
    return names


def _set_alias(holder: exp.Expr, name: str, columns: Mapping[str, str]) -> None:
    alias = holder.args.get("alias")
    if not isinstance(alias, exp.TableAlias):
        alias = exp.TableAlias()
        holder.set("alias", alias)
    alias.set("this", exp.to_identifier(name))
    if alias.args.get("columns"):
        alias.set(
            "columns",
            [exp.to_identifier(columns.get(column.name, column.name)) for column in alias.columns],
        )
