"""What a query may do, judged on DuckDB's own parse of it: read declared tables, and nothing else.

DuckDB's `json_serialize_sql` writes the parse as a tree. Every node in it must be of a kind listed
here; a kind that a later DuckDB adds is refused until somebody has looked at it. This is the first
wall of several (see SECURITY.md)."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from sharekit.errors import QueryError, QueryFault
from sharekit.read_json import read_json

MAX_BYTES = 64 * 1024
"""Longest query, in bytes of UTF-8."""
ITEMS_SCHEMA = "metrics"

TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series", "json_each", "json_tree"})
"""Table functions that make rows out of their arguments alone."""

DENIED_FUNCTIONS = frozenset(
    {
        "current_setting", "set_config", "getenv", "getvariable", "variable", "query", "query_table", "which_secret",
        "json_execute_serialized_sql", "json_serialize_plan", "json_deserialize_sql", "json_serialize_sql",
        "enable_profiling", "disable_profiling", "enable_profile", "disable_profile", "enable_logging",
        "disable_logging", "write_log", "parse_duckdb_log_message", "truncate_duckdb_logs", "sleep_ms", "sleep",
        "nextval", "currval", "setval", "setseed", "current_query", "current_query_id", "checkpoint",
        "force_checkpoint", "get_block_size", "glob", "sniff_csv", "summary", "invoke", "hive_partition_component",
        "col_description", "obj_description", "shobj_description", "in_search_path", "format_pg_type", "index_key",
        "map_to_pg_oid", "from_substrait", "from_substrait_json", "get_substrait", "get_substrait_json",
        "st_read", "st_read_meta", "copy_database", "import_database", "vector_type", "current_connection_id",
    }
)  # fmt: skip
_DENIED_PREFIXES = (
    "__internal", "duckdb_", "pragma_", "read_", "write_", "pg_", "has_", "inet_", "parquet_", "http_", "load_",
    "verify_", "register_", "deregister_", "create_external", "destroy_external", "python_", "pandas_", "arrow_",
)  # fmt: skip
_HARMLESS = frozenset({"pg_typeof", "pg_size_pretty", "parse_path"})

_EXPRESSIONS = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "DEFAULT",
        "FUNCTION", "LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW",
    }
)  # fmt: skip
_NODES = frozenset(
    {
        "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE",
        "BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "SUBQUERY", "TABLE_FUNCTION",
        "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "ORDER_MODIFIER", "DISTINCT_MODIFIER",
        "ORDER_DEFAULT", "ASCENDING", "DESCENDING",
    }
)  # fmt: skip
_QUERY_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_CTE_NAME = re.compile(r"[^\W\d][\w $-]*")
_NO_PLACE = 2**64 - 1

Tree = dict[str, Any]


class Cursor(Protocol):
    """The part of a DuckDB cursor that parsing needs."""

    def execute(self, query: Any, parameters: object = None) -> Any: ...
    def extract_statements(self, query: str) -> list[Any]: ...


class GuardRefusal(QueryError):  # noqa: N818  it is what the guard says, and reads so where it is raised
    """The guard's no, with the byte of the query it stands at."""

    def __init__(
        self,
        message: str,
        *,
        fault: QueryFault = "refused",
        hint: str | None = None,
        offset: int | None = None,
        length: int = 1,
    ) -> None:
        super().__init__(message, fault=fault, hint=hint, length=length)
        self.offset = offset


class TablesRead(Struct, frozen=True):
    """Declared tables that a query names, in order of appearance, under their declared names."""

    sources: tuple[str, ...]
    items: tuple[str, ...]


class Parsed(Struct, frozen=True):
    """A query that the guard let through."""

    statement: Any
    """DuckDB's parsed statement, ready to execute."""
    tree: str
    """The same as JSON text."""
    reads: TablesRead


class Guard:
    """Judges queries against the names that may be read."""

    def __init__(
        self, sources: Iterable[str], items: Iterable[str], built_in: Iterable[str] = ()
    ) -> None:
        """`built_in`: tables that are always there; a WITH query may take their names."""
        self._sources: Mapping[str, str] = {fold_name(name): name for name in sources}
        self._built_in = frozenset(built_in)
        self._items: Mapping[str, str] = {fold_name(name): name for name in items}

    def parse(self, cursor: Cursor, sql: str) -> Parsed:
        """Parse and judge one query. Raises Refused; DuckDB's own exception where it cannot be
        parsed."""
        statement, text = parse_one(cursor, sql)
        return Parsed(statement, text, self.tables_read(read_tree(text)))

    def tables_read(self, tree: Tree) -> TablesRead:
        """The tables that a serialised statement reads. Raises Refused at the first thing it may
        not do."""
        sources: dict[str, None] = {}
        items: dict[str, None] = {}
        (statement,) = tree["statements"]
        stack: list[tuple[Any, frozenset[str], int | None]] = [(statement, frozenset(), None)]
        while stack:
            value, scope, near = stack.pop()
            if isinstance(value, list):
                stack.extend((entry, scope, near) for entry in reversed(value))
            if not isinstance(value, dict):
                continue
            near = _place(value, near)
            kind = _listed_kind(value, near)
            if kind == "BASE_TABLE":
                self._table(value, scope, near, sources, items)
            elif value.get("class") in ("FUNCTION", "WINDOW"):
                _function(value, near)
            elif kind == "TABLE_FUNCTION":
                _table_function(value, near)
            if kind in _QUERY_NODES:
                scope = self._scope(value, scope, near, stack)
            stack.extend(
                (child, scope, near)
                for key, child in reversed(value.items())
                if isinstance(child, dict | list)
                and not (key == "cte_map" and kind in _QUERY_NODES)
            )
        return TablesRead(tuple(sources), tuple(items))

    def _scope(
        self,
        node: Tree,
        scope: frozenset[str],
        near: int | None,
        stack: list[tuple[Any, frozenset[str], int | None]],
    ) -> frozenset[str]:
        """The names that a query's own CTEs add, with the CTEs put on the stack, each in the scope
        it sees."""
        if node.get("type") in ("RECURSIVE_CTE_NODE", "CTE_NODE"):
            scope |= {self._cte_name(str(node.get("cte_name") or node.get("ctename") or ""), near)}
        entries = node.get("cte_map") or {}
        later: list[tuple[Any, frozenset[str], int | None]] = []
        for entry in entries.get("map", ()):
            name = self._cte_name(str(entry["key"]), near)
            body = entry["value"]
            recursive = "RECURSIVE_CTE_NODE" in (
                _node_type(body.get("query_node")),
                _node_type(body.get("query")),
            )
            later.append((body, scope | {name} if recursive else scope, near))
            scope |= {name}
        stack.extend(reversed(later))
        return scope

    def _cte_name(self, name: str, near: int | None) -> str:
        folded = fold_name(name)
        if folded in self._sources or folded == ITEMS_SCHEMA:
            raise GuardRefusal(
                f"the WITH query `{name}` has the name of a source, so it is unclear which of"
                " them is read",
                hint=f"Give it another name, such as `{name}_filtered`.",
                offset=near,
            )
        if not _CTE_NAME.fullmatch(name) or folded.startswith(
            ("duckdb_", "pg_", "sqlite_", "pragma_")
        ):
            raise GuardRefusal(
                f"a WITH query cannot be called `{name}`",
                hint="Use letters, digits and underscores.",
                offset=near,
            )
        return folded

    def _table(
        self,
        node: Tree,
        scope: frozenset[str],
        near: int | None,
        sources: dict[str, None],
        items: dict[str, None],
    ) -> None:
        catalog, schema, table = (
            str(node.get(key) or "") for key in ("catalog_name", "schema_name", "table_name")
        )
        path = (node.get("qualified_name") or {}).get("path")
        folded = fold_name(table)
        if catalog or (
            path is not None and path != [part for part in (catalog, schema, table) if part]
        ):
            raise GuardRefusal(
                "only declared sources, views and metrics can be read",
                hint="Write FROM name, or FROM metrics.name.",
                offset=near,
            )
        if fold_name(schema) in ("", "recurring") and folded in scope:
            return
        if fold_name(schema) in ("", "main") and folded in self._sources:
            sources[self._sources[folded]] = None
        elif fold_name(schema) in ("", "main") and folded in self._built_in:
            sources[folded] = None
        elif fold_name(schema) == ITEMS_SCHEMA and folded in self._items:
            items[self._items[folded]] = None
        else:
            raise self._unknown(schema, table, near)

    def _unknown(self, schema: str, table: str, near: int | None) -> GuardRefusal:
        if not schema and re.search(r"[./\\:*?\[]", table):
            return GuardRefusal(
                f"files cannot be read by name: '{table}'",
                hint=(
                    "Put the file in metrics/data/, or declare it under [sources], and read it by"
                    " its table name."
                ),
                offset=near,
                length=len(table) + 2,
            )
        name = f"{schema}.{table}" if schema else table
        tables = [
            *self._sources.values(),
            *self._built_in,
            *(f"{ITEMS_SCHEMA}.{item}" for item in self._items.values()),
        ]
        if schema:  # what all names begin with makes none of them alike
            items = {item.removeprefix(f"{ITEMS_SCHEMA}."): item for item in tables}
            close = [items[match] for match in difflib.get_close_matches(table, items, 3, 0.6)]
        else:
            close = difflib.get_close_matches(name, tables, 3, 0.6)
        alias = {"": self._items, ITEMS_SCHEMA: self._sources}.get(fold_name(schema), {}).get(
            fold_name(table)
        )
        if alias is not None:
            close = [alias if schema else f"{ITEMS_SCHEMA}.{alias}"]
        if close:
            hint = f"Did you mean {' or '.join(f'`{match}`' for match in close)}?"
        elif self._sources:
            hint = (
                f"Sources are {_some_names(self._sources.values())}; views and metrics are read as"
                " metrics.name."
            )
        else:
            hint = "No source is declared: put a file in metrics/data/, or write [sources.name]."
        return GuardRefusal(
            f"there is no table `{name}`",
            fault="unknown-table",
            hint=hint,
            offset=near,
            length=len(name),
        )


def parse_one(cursor: Cursor, sql: str) -> tuple[Any, str]:
    """The only statement of a text, and its tree as JSON. Raises Refused, or DuckDB's exception."""
    check_text(sql)
    statements = cursor.extract_statements(sql)
    if not statements:
        raise GuardRefusal("there is no query", fault="syntax", hint="Write one SELECT.")
    kinds = [_statement_kind(statement) for statement in statements]
    if len(statements) > 1 and kinds != ["CREATE", "SELECT"]:
        raise GuardRefusal(
            f"these are {len(statements)} statements", hint="Write exactly one SELECT."
        )
    text = cursor.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()[0]
    if text.startswith('{"error":false'):
        return statements[0], str(text)
    if "pivot" in sql.lower():
        raise GuardRefusal(
            "a PIVOT must name its values",
            hint="Write them: PIVOT t ON carrier IN ('AA', 'DL') USING sum(flights).",
        )
    raise GuardRefusal(
        (
            f"{kinds[-1].replace('_', ' ')} is not allowed here"
            if kinds[-1] != "SELECT"
            else "this is not a plain SELECT"
        ),
        hint="Write exactly one SELECT; it can begin with WITH or FROM.",
    )


def _statement_kind(statement: Any) -> str:
    try:
        return str(getattr(statement.type, "name", statement.type))
    except ValueError:
        # 2.0 has kinds of statements that its own Python enumeration does not know.
        return "SUCH A STATEMENT"


def read_tree(text: str) -> Tree:
    """A statement's tree, from JSON. Raises Refused."""
    try:
        return dict(read_json(text))
    except ValueError:
        raise _too_deep() from None


def canonical(tree: str) -> str:
    """A statement's tree without the places in its text, in one spelling. Raises Refused."""
    try:
        return json.dumps(_without_places(read_tree(tree)["statements"][0]), separators=(",", ":"))
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> GuardRefusal:
    return GuardRefusal("the query is nested too deeply", hint="Split it into views.")


def _without_places(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_places(entry) for entry in value]
    if isinstance(value, dict):
        return {
            key: _without_places(entry)
            for key, entry in value.items()
            if not key.startswith("query_location")
        }
    return value


def check_text(sql: str) -> None:
    """Refuse texts that are too long or no text."""
    try:
        size = len(sql.encode())
    except UnicodeEncodeError:
        raise GuardRefusal("the query is not valid Unicode") from None
    if size > MAX_BYTES:
        raise GuardRefusal(
            f"the query is longer than {MAX_BYTES // 1024} KiB",
            hint="Put long lists into a source and join it.",
        )
    if "\x00" in sql:
        raise GuardRefusal("the query holds a NUL character", hint="Remove it.")


def fold_name(name: str) -> str:
    """A name as DuckDB compares it: ASCII letters alone lose their case."""
    return name.encode("utf-8", "replace").lower().decode()


def _listed_kind(node: Tree, near: int | None) -> str | None:
    """The node's kind, where it has one. Refuses kinds that are not listed."""
    kind = node.get("type")
    if "class" in node:
        if str(node["class"]) in _EXPRESSIONS:
            return None
        if node["class"] == "PARAMETER":
            raise GuardRefusal(
                "a query has no parameters", hint="Write the value instead of ? or $1.", offset=near
            )
        raise GuardRefusal(f"{_kind_in_words(node['class'])} is not allowed here", offset=near)
    if not isinstance(kind, str):
        return None
    if kind == "SHOW_REF":
        raise GuardRefusal(
            "DESCRIBE, SHOW and SUMMARIZE are not allowed here",
            hint="Write a SELECT of the columns.",
            offset=near,
        )
    if kind.endswith("_QUERY_NODE"):
        verb = kind.removesuffix("_QUERY_NODE")
        raise GuardRefusal(
            f"{verb} is not allowed: a query only reads", hint="Write a SELECT.", offset=near
        )
    if kind not in _NODES and not kind.endswith("_TYPE_INFO"):
        raise GuardRefusal(f"{_kind_in_words(kind)} is not allowed here", offset=near)
    return kind


def _function(node: Tree, near: int | None) -> None:
    """Refuse functions that see or change more than their arguments."""
    name = fold_name(str(node.get("function_name") or ""))
    path = (node.get("qualified_name") or {}).get("path") or [name]
    for spelling in {name, fold_name(str(path[-1]))}:
        refuse_function(spelling, near)


def refuse_function(name: str, near: int | None) -> None:
    """Raise Refused for a function, by its folded name, that sees or changes more than its
    arguments."""
    if name in DENIED_FUNCTIONS or (name.startswith(_DENIED_PREFIXES) and name not in _HARMLESS):
        raise GuardRefusal(
            f"the function {name} is not allowed here",
            hint="A query may only compute from the declared tables.",
            offset=near,
        )


def _table_function(node: Tree, near: int | None) -> None:
    function = node.get("function") or {}
    name = fold_name(str(function.get("function_name") or ""))
    if function.get("class") == "FUNCTION" and name in TABLE_FUNCTIONS:
        return
    if name.startswith(("read_", "parquet_", "sniff_", "glob", "st_read")):
        hint = (
            "Put the file in metrics/data/, or declare it under [sources], and read it by its table"
            " name."
        )
    else:
        hint = f"Table functions are {_some_names(sorted(TABLE_FUNCTIONS))}."
    raise GuardRefusal(
        f"the table function {name or '?'} is not allowed here",
        hint=hint,
        offset=_place(function, near),
    )


def _place(node: Tree, near: int | None) -> int | None:
    place = node.get("query_location")
    # 1.5 writes 0 for "not known", as well as for the first byte; both are served by what stands
    # around it.
    return place if isinstance(place, int) and 0 < place < _NO_PLACE else near


def _node_type(query: Any) -> str | None:
    """The type of a CTE's query: 2.0 has the node itself, 1.5 wraps it in a statement."""
    node = query.get("node", query) if isinstance(query, dict) else None
    kind = node.get("type") if isinstance(node, dict) else None
    return kind if isinstance(kind, str) else None


def _kind_in_words(kind: object) -> str:
    return str(kind).replace("_", " ").capitalize()


def _some_names(names: Iterable[str], most: int = 8) -> str:
    all_names = list(names)
    return ", ".join(all_names[:most]) + (
        f" and {len(all_names) - most} more" if len(all_names) > most else ""
    )
