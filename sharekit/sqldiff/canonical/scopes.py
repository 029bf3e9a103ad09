"""What a name may stand for at some place in a query: sources, blocks, and what is known of
tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from msgspec import Struct, field
from sqlglot import exp

from sharekit.sqldiff.canonical.syntax_trees import Unproven

PATH_SIGNS = frozenset("./\\:*?[]")
"""A table name with one of these is a file's path."""
TableKey: TypeAlias = tuple[str, str]
"""(schema, table); the schema is "" where none is written."""
Outputs: TypeAlias = tuple[str | None, ...] | None
"""Names of a query's columns in order, None for one that has no name; None as a whole where they
are not known."""
Types: TypeAlias = Mapping[str, str]
"""Column -> type as the schema names it, "" where it does not."""
KNOWN_SOURCES = frozenset(
    {"flatten", "generate_series", "glob", "range", "repeat", "sequence", "unnest"}
)
"""Functions in FROM, besides those called read_..., that read no tables and no named queries."""
Certainty = Literal["sure", "likely", "open", "absent"]
"""`likely`: this source's, if it is a column at all; `open`: it could come from several; `absent`:
from none."""


class KnownColumns(Struct, frozen=True):
    """What is known of tables: all columns of some, single columns of others."""

    types_of: Mapping[TableKey, Types] = field(default_factory=dict)
    names_read: Mapping[TableKey, frozenset[str]] = field(default_factory=dict)
    """Columns that one of the queries names together with their table."""


class FromItem(Struct, eq=False):
    """One thing in FROM."""

    alias: str
    node: exp.Expr
    columns: Outputs
    certain: frozenset[str]
    """Columns it surely has."""
    table: TableKey | None = None
    types: Types = field(default_factory=dict)
    hidden: bool = False
    """The right side of a SEMI or ANTI JOIN: its columns end with ON."""

    @property
    def is_nameless(self) -> bool:
        """Whether its columns cannot be called by its name."""
        return self.alias.startswith("?")


class MergedColumn(Struct, frozen=True):
    """A column that USING made of columns of several sources."""

    meaning: exp.Expr
    owners: frozenset[str]
    """Aliases of those sources."""


class SelectBlock(Struct, eq=False):
    """One SELECT while its names are resolved."""

    node: exp.Select
    outer: SelectBlock | None
    sources: dict[str, FromItem] = field(default_factory=dict)
    merged: dict[str, MergedColumn] = field(default_factory=dict)
    """Columns joined by USING: name -> what it stands for."""
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    """Aliases of projections that are not simply the column of that name."""
    grouped: frozenset[str] | None = None
    """Names of columns among the grouping keys; None where there are none, or they are not all
    certain."""
    within: frozenset[str] = frozenset()
    """Names of columns inside grouping keys that are computed."""
    starred: bool = False
    opaque: bool = False

    def chain(self) -> Iterator[SelectBlock]:
        """This block and those around it, nearest first."""
        block: SelectBlock | None = self
        while block is not None:
            yield block
            block = block.outer

    def note_keys(self, keys: Iterable[exp.Expr]) -> None:
        """Remember by which columns rows are grouped."""
        plain = [key for key in keys if isinstance(key, exp.Column)]
        self.grouped = frozenset(key.name for key in plain)
        inner = {column.name for key in keys for column in key.find_all(exp.Column)}
        self.within = frozenset(inner) - self.grouped

    def look_up(self, name: str) -> tuple[Certainty, FromItem | exp.Expr | None]:
        """Which source here a name comes from, or what USING made of it."""
        if name in self.merged:
            return "sure", self.merged[name].meaning
        visible = [source for source in self.sources.values() if not source.hidden]
        certain = [source for source in visible if name in source.certain]
        if certain:
            return ("sure", certain[0]) if len(certain) == 1 else ("open", None)
        unknown = [source for source in visible if source.columns is None]
        if not unknown:
            return "absent", None
        return ("likely", unknown[0]) if len(unknown) == 1 else ("open", None)


class Cte(Struct, frozen=True):
    """A named query that SQL below it may read."""

    number: int
    outputs: Outputs
    types: Types


class OpenQuestions(Struct, frozen=True):
    """What is left open in one SELECT, for those who rename and merge."""

    open: frozenset[str]
    """Names that could mean several things, in it and in queries nested in it."""
    starred: bool
    """It has a star (or COLUMNS) that stands for columns not known, so names of its sources reach
    the result."""
    opaque: bool
    """It has something whose rules are not known here: its sources keep their names and their
    order."""


UNKNOWN = OpenQuestions(frozenset(), starred=True, opaque=True)


def nameless_alias(number: int) -> str:
    """What a subquery is called here to which its author gave no name."""
    return f"!{number}"


def is_nameless_alias(alias: str) -> bool:
    """Whether nobody but us calls a subquery by this name."""
    return alias.startswith("!")


def default_alias(node: exp.Expr, dialect: str) -> str:
    """The name by which columns of a source are called; "" where it has none, or none that is
    known.

    DuckDB calls a file by its stem and a function by its own name.
    """
    if node.alias:
        return str(node.alias)
    if isinstance(node, exp.Unnest):
        return "unnest" if dialect == "duckdb" else ""
    if not isinstance(node, exp.Table):
        return ""
    if isinstance(node.this, exp.Anonymous) and dialect == "duckdb":
        return str(node.this.name).lower()
    if not isinstance(node.this, exp.Identifier):
        return ""
    if not is_file(node.name):
        return node.name.lower() if dialect == "bigquery" else str(node.name)
    stem = PurePosixPath(node.name).stem.lower()
    return stem if dialect == "duckdb" and stem.isidentifier() else ""


def is_file(table: str) -> bool:
    """Whether a table's name is the path of a file. Paths keep their case."""
    return bool(PATH_SIGNS.intersection(table))


def open_questions(select: exp.Select) -> OpenQuestions:
    """What the resolver left open in a SELECT; everything, for one that it has not seen."""
    questions = select.meta_get("open_questions")
    return questions if isinstance(questions, OpenQuestions) else UNKNOWN


def is_open(column: exp.Column) -> bool:
    """Whether a column could not be resolved."""
    return not column.table or bool(column.meta_get("free"))


def is_star(node: exp.Expr) -> bool:
    """`*` or `t.*` as a projection."""
    return isinstance(node, exp.Star) or (
        isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
    )


def require_followed_reads(tree: exp.Expr) -> None:
    """Raise Unproven where a table is read in a way that the resolver did not follow, as in `FROM
    (PIVOT step ...)`, or where a function may read a named query that nothing else reads:
    `query_table('step')`."""
    if any(
        isinstance(table.this, exp.Identifier) and not table.meta_get("read")
        for table in tree.find_all(exp.Table)
    ):
        raise Unproven
    read = {table.meta_get("cte") for table in tree.find_all(exp.Table)}
    if all(cte.meta_get("cte") in read for cte in tree.find_all(exp.CTE)):
        return
    calls = [
        table.this.name.lower()
        for table in tree.find_all(exp.Table)
        if isinstance(table.this, exp.Func)
    ]
    if any(name not in KNOWN_SOURCES and not name.startswith("read_") for name in calls):
        raise Unproven
