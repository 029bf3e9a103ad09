"""What an owner may have meant by a column that an engine does not have: its tables are asked for
their columns, without running anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from sharekit.engines.duckdb.wire import Message
from sharekit.engines.remote.guard import GuardedQuery, TableName
from sharekit.engines.remote.process import EngineProcess
from sharekit.project.read.did_you_mean import nearest

MOST_TABLES = 5
"""Tables of one query that are asked for their columns."""
_FEW = 12
"""So many columns are listed where none is near."""
_NAME = re.compile(r"[\w.\"`\[\]$]+")

Columns = Mapping[str, Sequence[str]]
"""Names of columns, by table as it is called in a message."""


def columns_of(process: EngineProcess, tables: Iterable[TableName], dialect: str) -> Columns:
    """The columns of these tables, of those that can be asked."""
    table_names = {table.text: table for table in tables}
    requests: list[Message] = [
        {"op": "describe", "id": name, "sql": f"SELECT * FROM {_written(table, dialect)}"}
        for name, table in list(table_names.items())[:MOST_TABLES]
    ]
    return {
        str(job.request["id"]): [str(name) for name, _ in job.answer["columns"]]
        for job in process.run(requests)
        if job.answer is not None and "columns" in job.answer
    }


def _written(table: TableName, dialect: str) -> str:
    """A table's name as SQL; in quotes only where it needs them, since quotes tell case apart."""
    return ".".join(
        name
        if re.fullmatch(r"[A-Za-z_]\w*", name)
        else exp.to_identifier(name, quoted=True).sql(dialect)
        for name in table.parts
    )


def column_hint(error: Message, query: GuardedQuery, columns: Columns) -> str | None:
    """The nearest columns of the tables that a query reads, else what these tables have."""
    read = {table.text for table in query.tables} & columns.keys()
    word = _word(error, query)
    if not read or word is None:
        return None
    table_of = {name: table for table in sorted(read) for name in columns[table]}
    if near := nearest(word, table_of):
        suggestions = " or ".join(f"`{name}` of {table_of[name]}" for name in near)
        return f"Did you mean {suggestions}?"
    table = sorted(read)[0]
    names = columns[table]
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{table} has the columns {', '.join(names[:_FEW])}{more}."


def _word(error: Message, query: GuardedQuery) -> str | None:
    """The name that the engine does not know, without the table before it."""
    offset = error.get("offset")
    written = str(error["near"]) if error.get("near") else None
    if offset is not None and (match := _NAME.match(query.sent.text, int(offset))):
        written = match[0]
    if not written:
        return None
    return written.strip('"`[].').rpartition(".")[2].strip('"`[]') or None
