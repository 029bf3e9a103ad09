"""Resolve what a SELECT reads: the queries of WITH, and what stands in FROM and JOIN."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from sharekit.sqldiff.canonical.bind import Binder
from sharekit.sqldiff.canonical.scopes import (
    Cte,
    FromItem,
    KnownColumns,
    Outputs,
    SelectBlock,
    default_alias,
    is_file,
    nameless_alias,
    open_questions,
)
from sharekit.sqldiff.canonical.stars import values_columns, write_out_natural
from sharekit.sqldiff.canonical.syntax_trees import Unproven, output_name, unalias, with_alias


class SourceBinder(Binder):
    """Knows the columns of every source of a SELECT, as far as they are certain."""

    def __init__(self, source_columns: KnownColumns, dialect: str) -> None:
        super().__init__(source_columns, dialect)
        self._ctes = 0
        self._nameless = 0

    # -- WITH
    # -----------------------------------------------------------------------------------------------

    def named_queries(
        self, node: exp.Expr, ctes: Mapping[str, Cte], outer: SelectBlock | None
    ) -> Mapping[str, Cte]:
        """The queries that SQL below WITH may read, each resolved."""
        with_ = node.args.get("with_")
        if with_ is None:
            return ctes
        visible = dict(ctes)
        recursive = False
        for cte in with_.expressions:
            self._ctes += 1
            recursive |= self._cte(cte, visible, outer, bool(with_.recursive))
        if not recursive:
            with_.set("recursive", None)
        return visible

    def _cte(
        self, cte: exp.CTE, visible: dict[str, Cte], outer: SelectBlock | None, may_recurse: bool
    ) -> bool:
        """Resolve one named query and make it visible. Whether it reads itself."""
        inner, name, number = cte.this, cte.alias, self._ctes
        if not isinstance(inner, exp.Query):
            raise Unproven  # one that writes: to drop or move it would not keep the meaning
        reads = any(table.name == name and not table.db for table in inner.find_all(exp.Table))
        itself = bool(may_recurse and reads) or bool(cte.args.get("key_expressions"))
        names = [column.name for column in cte.args["alias"].columns]
        cte.meta["cte"] = number
        if itself:
            cte.meta["recursive"] = True
            visible[name] = Cte(number, tuple(names) or None, {})
        outputs, types = self.query(inner, visible, outer)
        if names:
            outputs, types = self._rename(cte, inner, names, outputs, keep=itself), {}
        visible[name] = Cte(number, outputs, types)
        return itself

    def _rename(
        self, holder: exp.Expr, inner: exp.Expr, names: list[str], outputs: Outputs, keep: bool
    ) -> Outputs:
        """`AS x(a, b)`: put the names on the columns themselves where that can be done."""
        if outputs is None or len(names) > len(outputs):
            return None
        branch = inner
        while isinstance(branch, exp.SetOperation | exp.Subquery) and not branch.args.get(
            "by_name"
        ):
            branch = branch.this
        renamed = (*names, *outputs[len(names) :])
        if keep or not isinstance(branch, exp.Select) or _uses_own_names(branch):
            return renamed
        projections = branch.expressions
        for place, name in enumerate(names):
            projections[place] = with_alias(unalias(projections[place]), name)
        branch.set("expressions", projections)
        holder.args["alias"].set("columns", None)
        return renamed

    # -- FROM
    # -----------------------------------------------------------------------------------------------

    def sources(self, block: SelectBlock, ctes: Mapping[str, Cte]) -> None:
        """Resolve what stands in FROM and JOIN, and note it in the block."""
        from_ = block.node.args.get("from_")
        if from_ is not None:
            self._source(from_.this, block, ctes, around=block.outer)
        for join in block.node.args.get("joins") or []:
            self._bind_join(join, block, ctes)
        for lateral in block.node.args.get("laterals") or []:
            self._source(lateral, block, ctes, around=block)

    def _bind_join(self, join: exp.Join, block: SelectBlock, ctes: Mapping[str, Cte]) -> None:
        before = list(block.sources.values())
        self._source(join.this, block, ctes, around=block)
        added = [source for source in block.sources.values() if source not in before]
        if str(join.args.get("kind") or "").upper() in ("SEMI", "ANTI"):
            for source in added:
                source.hidden = True
        natural = str(join.args.get("method") or "").upper() == "NATURAL"
        if natural and len(added) == 1 and write_out_natural(join, before, added[0]):
            return
        if join.args.get("method") or join.args.get("nearest"):
            block.opaque = block.starred = (
                True  # NATURAL, ASOF, POSITIONAL: names or the order of rows decide
            )

    def _source(
        self,
        node: exp.Expr,
        block: SelectBlock,
        ctes: Mapping[str, Cte],
        around: SelectBlock | None,
    ) -> None:
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            self._nested_joins(node, block, ctes)
            return
        if node.args.get("pivots"):
            block.opaque = block.starred = True
        derived = isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query)
        if not node.alias and (
            derived or (isinstance(node, exp.Values) and self.dialect == "duckdb")
        ):
            self._nameless += 1
            name = exp.to_identifier(nameless_alias(self._nameless))
            node.set("alias", exp.TableAlias(this=name))
        source = FromItem(self._alias(node), node, None, frozenset())
        block.opaque |= source.is_nameless and not isinstance(node, exp.Subquery | exp.Values)
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            self._named_table(node, source, ctes)
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
            outputs, source.types = self.query(node.this, ctes, around)
            source.columns = self._derived_names(node, node.this, outputs)
        elif isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
            outputs, source.types = self.query(node.this, ctes, block)
            source.columns = self._derived_names(node, node.this.this, outputs)
            block.opaque = True
        elif isinstance(node, exp.Values):
            source.columns = self._derived_names(node, node, values_columns(node))
        else:
            self._function_source(node, block, ctes)
            source.certain = frozenset(node.alias_column_names)
        if source.columns is not None:
            source.certain = frozenset(name for name in source.columns if name)
        if source.alias in block.sources:
            raise Unproven
        block.sources[source.alias] = source

    def _nested_joins(
        self, node: exp.Subquery, block: SelectBlock, ctes: Mapping[str, Cte]
    ) -> None:
        """`FROM a JOIN (b JOIN c ON ...) ON ...`: the names inside are visible outside, as it has
        no alias."""
        inner = node.this
        joins = inner.args.get("joins") or []
        if node.alias or any(join.args.get("using") or join.args.get("method") for join in joins):
            raise Unproven
        self._source(inner, block, ctes, around=block)
        for join in joins:
            self._bind_join(join, block, ctes)
            if join.args.get("on") is not None:
                join.set("on", self.bind(join.args["on"], block, ctes, "on"))

    def _named_table(self, node: exp.Table, source: FromItem, ctes: Mapping[str, Cte]) -> None:
        node.meta["read"] = True
        renamed = node.alias_column_names
        source.certain = frozenset(renamed)
        cte = ctes.get(node.name) if not node.db else None
        if cte is not None:
            node.meta["cte"] = cte.number
            if not renamed:
                source.columns, source.types = cte.outputs, cte.types
            return
        if is_file(node.name):
            return
        if self.dialect == "duckdb" and not node.db:
            node.set("db", exp.to_identifier("main"))
            node.set(
                "alias", node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name))
            )
        if renamed or any(node.args.get(name) for name in ("catalog", "when", "version")):
            return
        source.table = (
            "" if node.db == "main" and self.dialect == "duckdb" else node.db,
            node.name,
        )
        types = self.source_columns.types_of.get(source.table)
        if types is not None:
            source.columns, source.types = tuple(types), types
        else:
            source.certain = self.source_columns.names_read.get(source.table, frozenset())

    def _derived_names(self, node: exp.Expr, inner: exp.Expr, outputs: Outputs) -> Outputs:
        names = node.alias_column_names
        return self._rename(node, inner, names, outputs, keep=False) if names else outputs

    def _function_source(self, node: exp.Expr, block: SelectBlock, ctes: Mapping[str, Cte]) -> None:
        """`read_csv('a.csv', header = true)`, `unnest(list)`, `range(10) r(i)`: names of options
        are no columns."""
        holder = (
            node.this
            if isinstance(node, exp.Table | exp.Lateral) and isinstance(node.this, exp.Expr)
            else node
        )
        for argument in holder.expressions:
            value = (
                argument.expression if isinstance(argument, exp.EQ | exp.PropertyEQ) else argument
            )
            if isinstance(value, exp.Expr):
                self.bind(value, block, ctes, "from")
        block.opaque |= isinstance(node, exp.Lateral)

    def _alias(self, node: exp.Expr) -> str:
        name = default_alias(node, self.dialect)
        if not name:
            self._nameless += 1
            name = f"?{self._nameless}"
        return name


def _uses_own_names(select: exp.Select) -> bool:
    return bool(
        open_questions(select).open.intersection(filter(None, map(output_name, select.expressions)))
    )
