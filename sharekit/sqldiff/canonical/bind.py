"""Say about a column in an expression which source it comes from, as far as that is certain.

The rules are DuckDB's, tried on 1.5 and 2.0: a name is first a column, then an alias of the same
SELECT, then a column of a query around it; in HAVING an alias wins over a column that is not
grouped; in ORDER BY an alias wins. Both queries of a comparison are taken to be valid over one
schema: a column that one of them calls `t.x` is a column of `t`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from sqlglot import exp

from sharekit.sqldiff.canonical.functions import NAME_REVEALING, is_aggregate
from sharekit.sqldiff.canonical.scopes import (
    Certainty,
    Cte,
    FromItem,
    KnownColumns,
    Outputs,
    SelectBlock,
    TableKey,
    Types,
)
from sharekit.sqldiff.canonical.syntax_trees import (
    Unproven,
    call,
    has_aggregate,
    is_counted,
    replace_child,
)

MOST_GROWN = 8_000
"""Nodes that may be put in the place of aliases."""


class Binder(ABC):
    """Resolves columns in place. `names_read` holds, afterwards, the columns that were named with their
    table."""

    def __init__(self, source_columns: KnownColumns, dialect: str) -> None:
        self.source_columns = source_columns
        self.dialect = dialect
        self.names_read: dict[TableKey, set[str]] = {}
        self._grown = 0

    @abstractmethod
    def query(
        self, node: exp.Expr, ctes: Mapping[str, Cte], outer: SelectBlock | None
    ) -> tuple[Outputs, Types]:
        """Resolve a nested query."""

    def bind(
        self,
        node: exp.Expr,
        block: SelectBlock,
        ctes: Mapping[str, Cte],
        clause: str,
        local: frozenset[str] = frozenset(),
        aggregated: bool = False,
    ) -> exp.Expr:
        """Resolve the columns in an expression; returns what has to stand in its place.

        `local` are names bound inside it (parameters of a lambda); `aggregated` says that an
        aggregate is around it."""
        if isinstance(node, exp.Column):
            return self._column(node, block, clause, local, aggregated)
        if isinstance(node, exp.Query):
            if not node.meta_get("resolved"):
                node.meta["resolved"] = True
                self.query(node, ctes, block)
            return node
        if isinstance(node, exp.Star):
            _note_star(node, block)
            return node
        if isinstance(node, exp.Lambda):
            local |= {parameter.name for parameter in node.expressions}
        elif isinstance(node, exp.Comprehension):
            position = node.args.get("position")
            local |= {node.expression.name} | ({position.name} if position is not None else set())
        elif isinstance(node, exp.Dot) and _is_chained(node, local):
            block.opaque = True  # `t.name.lower()`: of which source is not known
        elif call(node) in NAME_REVEALING or isinstance(node, exp.Columns | exp.PositionalColumn):
            block.starred = block.opaque = True
        grouped = is_aggregate(call(node), self.dialect) or isinstance(
            node, exp.Filter | exp.WithinGroup
        )
        inside = aggregated or grouped
        replace_child(node, lambda child: self.bind(child, block, ctes, clause, local, inside))
        return node

    def _column(
        self,
        node: exp.Column,
        block: SelectBlock,
        clause: str,
        local: frozenset[str],
        aggregated: bool,
    ) -> exp.Expr:
        if isinstance(node.this, exp.Star):
            block.starred |= not isinstance(node.parent, exp.Select)
            return node
        identifiers = [
            identifier for identifier in node.parts if isinstance(identifier, exp.Identifier)
        ]
        if (
            not identifiers
            or identifiers[0].name in local
            or (node.table and node.meta_get("bound"))
        ):
            return node
        node.meta.pop("free", None)
        if len(identifiers) > 1:
            return self._bind_qualified(node, identifiers, block)
        return self._bind_unqualified(node, block, clause, aggregated)

    # -- t.x
    # ------------------------------------------------------------------------------------------------

    def _bind_qualified(
        self, node: exp.Column, identifiers: list[exp.Identifier], block: SelectBlock
    ) -> exp.Expr:
        for scope in block.chain():
            source = scope.sources.get(identifiers[0].name)
            if source is not None:
                return self._of_source(node, source, identifiers[1:])
        for scope in block.chain() if len(identifiers) > 2 else ():
            source = scope.sources.get(identifiers[1].name)
            if (
                source is not None
                and source.table is not None
                and source.table in _table_keys(identifiers)
            ):
                return self._of_source(node, source, identifiers[2:])
        node.meta["free"] = True  # a field of a struct column, perhaps
        return node

    def _of_source(
        self, node: exp.Column, source: FromItem, identifiers: list[exp.Identifier]
    ) -> exp.Expr:
        """`t.x`, or `t.x.field` as the field of a column."""
        column = node if len(identifiers) == 1 else exp.Column()
        column.set("this", identifiers[0].copy())
        column.set("table", exp.to_identifier(source.alias))
        column.set("db", None)
        column.set("catalog", None)
        self._note(column, source, identifiers[0].name)
        return (
            column
            if len(identifiers) == 1
            else exp.Dot.build([column, *(identifier.copy() for identifier in identifiers[1:])])
        )

    def _note(self, column: exp.Column, source: FromItem, name: str) -> None:
        column.meta["bound"] = True
        if source.table is not None:
            self.names_read.setdefault(source.table, set()).add(name)
        if kind := source.types.get(name):
            column.meta["type"] = kind

    # -- x
    # --------------------------------------------------------------------------------------------------

    def _bind_unqualified(
        self, node: exp.Column, block: SelectBlock, clause: str, aggregated: bool
    ) -> exp.Expr:
        name = node.name
        alias = block.aliases.get(name) if clause not in ("on", "from") else None
        if (
            alias is not None
            and not aggregated
            and self._alias_wins(name, alias, block, clause, isinstance(node.parent, exp.Group))
        ):
            return self._with_output_name(alias, name)
        certainty, target = block.look_up(name)
        if certainty == "absent" and alias is not None:
            return self._with_output_name(alias, name)
        if certainty == "absent":
            certainty, target = _look_outside(name, block)
        if alias is not None and clause == "having" and name in block.within and not aggregated:
            return node  # the alias, or the column inside a key that is asked for as a whole
        names_source = any(name in scope.sources for scope in block.chain())
        if target is None or (certainty == "likely" and (alias is not None or names_source)):
            block.opaque |= (
                names_source  # a whole row as one value, perhaps: its names reach the result
            )
            return node
        if isinstance(target, exp.Expr):
            return target.copy()
        if _is_hidden(target, block):
            raise Unproven
        if target.is_nameless:
            return node
        node.meta["bare"] = True
        node.set("table", exp.to_identifier(target.alias))
        self._note(node, target, name)
        return node

    def _with_output_name(self, alias: exp.Expr, name: str) -> exp.Expr:
        """What an alias stands for; it is shown by its name to those who read the query.

        Raises Unproven where aliases of aliases would grow without end: each may double the one
        before."""
        self._grown += sum(1 for _ in alias.walk())
        if self._grown > MOST_GROWN:
            raise Unproven
        output = alias.copy()
        if not isinstance(output, exp.Column):
            output.meta["called"] = name
        return output

    def _alias_wins(
        self, name: str, alias: exp.Expr, block: SelectBlock, clause: str, is_key: bool
    ) -> bool:
        """Where the alias of a projection is meant though a column of that name may exist.

        `is_key` says that the name alone is what is grouped by; inside an expression there, a
        column is meant."""
        if self.dialect != "duckdb":
            return False
        group = block.node.args.get("group")
        if clause == "having":
            return group is None or (
                block.grouped is not None and name not in block.grouped | block.within
            )
        if clause == "select":
            # Outside an aggregate, a column must be among the grouping keys; none of them has this
            # name.
            grouped = (
                group is not None
                and block.grouped is not None
                and name not in block.grouped | block.within
            )
            return grouped and block.look_up(name)[0] != "sure"
        return clause == "group" and is_key and self._only_alias_is_valid(name, alias, block)

    def _only_alias_is_valid(self, name: str, alias: exp.Expr, block: SelectBlock) -> bool:
        """`GROUP BY week` with `date_trunc('week', day) AS week`: were `week` a column, `day` would
        not be grouped."""
        if (
            has_aggregate(alias, self.dialect)
            or alias.find(exp.Query)
            or block.look_up(name)[0] == "sure"
        ):
            return False
        items = block.node.args["group"].expressions
        others = [
            item for item in items if not (isinstance(item, exp.Column) and item.name == name)
        ]
        alias_columns = {column.name for column in alias.find_all(exp.Column)}
        computed = [item for item in others if not isinstance(item, exp.Column)]
        if any(isinstance(item, exp.Literal) for item in others):
            return False
        if any(
            alias_columns & {column.name for column in item.find_all(exp.Column)}
            for item in computed
        ):
            return False  # the alias may be grouped by as it is written
        names = {item.name for item in others if isinstance(item, exp.Column)}
        outputs = [block.aliases[alias_name] for alias_name in names if alias_name in block.aliases]
        names |= {name, *(column.name for node in outputs for column in node.find_all(exp.Column))}
        return any(column.name not in names for column in alias.find_all(exp.Column))


def _table_keys(identifiers: list[exp.Identifier]) -> set[TableKey]:
    schema, table = identifiers[0].name, identifiers[1].name
    return {(schema, table), ("", table)} if schema == "main" else {(schema, table)}


def _is_chained(node: exp.Dot, local: frozenset[str]) -> bool:
    """Whether the names before a method are names of sources or columns; inside lambdas they may be
    parameters."""
    head: exp.Expr = node
    while isinstance(head, exp.Dot):
        head = head.this
    return isinstance(head, exp.Identifier) and head.name not in local


def _is_hidden(source: FromItem, block: SelectBlock) -> bool:
    """Whether a nearer source has the name of the one that is meant."""
    nearest = next(
        (scope.sources[source.alias] for scope in block.chain() if source.alias in scope.sources),
        source,
    )
    return nearest is not source


def _look_outside(name: str, block: SelectBlock) -> tuple[Certainty, FromItem | exp.Expr | None]:
    """A name that is no column here: the nearest query around it that may have it."""
    for scope in list(block.chain())[1:]:
        certainty, target = scope.look_up(name)
        if certainty != "absent":
            return ("sure", target) if target is not None else ("open", None)
    return "absent", None


def _note_star(node: exp.Star, block: SelectBlock) -> None:
    """`count(*)` names nothing; any other star in an expression stands for columns."""
    if not is_counted(node):
        block.starred = True
