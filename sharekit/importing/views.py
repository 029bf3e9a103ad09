"""A model as a view: the columns that metrics need, each once, over a table to bring."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from msgspec import Struct, field
from sqlglot import TokenType, exp
from sqlglot.tokens import Tokenizer

from sharekit.importing.expressions import CannotCarryError, parsed, parsed_query, steady, written
from sharekit.importing.model import Model, ModelField
from sharekit.importing.naming import Tables
from sharekit.project.scaffold.item import quoted_text

LONGEST_DESCRIPTION = 1_500


class ViewDraft(Struct):
    """A view in the making: metrics ask it for columns."""

    model: Model
    id: str
    """With the leading `_`."""
    source: str
    """A table, or a query."""
    condition: str | None
    table: str | None
    """The one table to bring, where it is no query."""
    losses: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict)
    """Folded name -> SQL of the column."""
    broken: dict[str, str] = field(default_factory=dict)
    """Folded name of a field -> why it cannot be carried."""

    @property
    def path(self) -> str:
        return f"metrics/{self.id[1:]}/{self.id}.sql"

    def need(self, name: str) -> None:
        """Have a column. Raises CannotCarryError where it is a field that cannot be carried."""
        if (why := self.broken.get(name.casefold())) is not None:
            raise CannotCarryError(f"its field {name} cannot be carried: {why}")
        self.columns.setdefault(name.casefold(), column_sql(name))

    def sql(self) -> str:
        if self.model.is_query and self.condition is None and self._has_bare_columns():
            return self.source
        columns = ",\n  ".join(self.columns.values())
        where = f"\nWHERE {self.condition}" if self.condition else ""
        source = self.source
        if self.model.is_query:
            inner = source.rstrip().replace("\n", "\n  ")
            source = f"(\n  {inner}\n) AS {self.id[1:]}"
        return f"SELECT\n  {columns}\nFROM {source}{where}\n"

    def _has_bare_columns(self) -> bool:
        """Whether its columns are those of its query, none made of others."""
        return all(declared.expression is None for declared in self.model.fields)


def column_sql(name: str) -> str:
    """A name as DuckDB writes it, in quotes where it needs them."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is not None
    if plain and Tokenizer(dialect="duckdb").tokenize(name)[0].token_type is TokenType.VAR:
        return name
    return '"' + name.replace('"', '""') + '"'


def view_of(model: Model, id: str, tables: Tables, functions: Collection[str]) -> ViewDraft:
    """The view of a model, with all its fields that can be carried. Raises CannotCarryError where
    the model cannot."""
    table: str | None = None
    losses: tuple[str, ...] = ()
    if model.is_query:
        tree = parsed_query(model.source, model.dialect)
        _rename(tree, tables)
        tree, losses = steady(tree)
        source = written(tree, functions, pretty=True) + "\n"
    else:
        table = tables.short(_parts(model.source, model.dialect))
        source = table
    condition = (
        written(parsed(model.filter, model.dialect), functions)
        if model.filter is not None
        else None
    )
    view = ViewDraft(model, id, source, condition, table, losses)
    for declared in model.fields:
        try:
            view.columns.setdefault(
                declared.name.casefold(), _field_sql(declared, model, functions)
            )
        except CannotCarryError as error:
            view.broken[declared.name.casefold()] = error.why
    return view


def _field_sql(declared: ModelField, model: Model, functions: Collection[str]) -> str:
    name = column_sql(declared.name)
    if declared.expression is None:
        return name
    tree, _ = steady(parsed(declared.expression, declared.dialect or model.dialect))
    if tree.find(exp.AggFunc):
        raise CannotCarryError("it is an aggregate, not a column")
    for column in tree.find_all(exp.Column):
        if column.table and column.table.casefold() == model.name.casefold():
            column.set("table", None)
    sql = written(tree, functions)
    return name if sql.casefold() == name.casefold() else f"{sql} AS {name}"


def _parts(table: str, dialect: str) -> tuple[str, ...]:
    """The parts of a table's name. Raises CannotCarryError where it is none."""
    tree = parsed_query(f"SELECT * FROM {table}", dialect)
    tables = list(tree.find_all(exp.Table))
    if len(tables) != 1 or not isinstance(tables[0].this, exp.Identifier):
        raise CannotCarryError(f"`{table[:60]}` is not the name of a table")
    return tuple(part.name for part in tables[0].parts)


def _rename(tree: exp.Expr, tables: Tables) -> None:
    """Call tables by the names under which they are brought; names of WITH stay."""
    cte_names = {with_query.alias.casefold() for with_query in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        if not isinstance(table.this, exp.Identifier):
            raise CannotCarryError(f"it reads `{table.sql()[:60]}`, which is not a table")
        if table.name.casefold() in cte_names and not table.db:
            continue
        if table.db == "metrics" and table.name.startswith("_"):
            continue
        short = tables.short(tuple(part.name for part in table.parts))
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("this", exp.to_identifier(short))
        table.set("db", None)
        table.set("catalog", None)


def described(text: str | None) -> str | None:
    """A description for front matter, on one line; None where there is none, or a template."""
    plain = " ".join((text or "").split())
    return None if not plain or "{{" in plain or "{%" in plain else plain[:LONGEST_DESCRIPTION]


def front_matter(values: Mapping[str, object]) -> str:
    """Keys that have a value, as YAML between comment marks. JSON's strings and lists are YAML's
    too."""
    lines = []
    for key, value in values.items():
        if isinstance(value, str) and value:
            lines.append(f"{key}: {quoted_text(value)}")
        elif isinstance(value, tuple) and value:
            lines.append(f"{key}: [{', '.join(quoted_text(str(entry)) for entry in value)}]")
    return "/* ---\n" + "\n".join(lines) + "\n--- */\n"
