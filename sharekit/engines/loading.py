"""Inside the loader's process: one declared source becomes a DuckDB file with one table, `data`."""

from __future__ import annotations

from typing import Any

from sharekit.engines.catalog import connect, lock
from sharekit.engines.values import described, literal, quoted
from sharekit.engines.wire import Message

READERS = {
    "parquet": ("read_parquet", {"union_by_name": "true"}),
    "csv": ("read_csv", {"union_by_name": "true", "sample_size": "-1"}),
    "tsv": ("read_csv", {"union_by_name": "true", "sample_size": "-1", "delim": "'\t'"}),
    "json": ("read_json", {"union_by_name": "true", "sample_size": "-1"}),
    "jsonl": ("read_json", {"union_by_name": "true", "sample_size": "-1", "format": "'newline_delimited'"}),
}
"""Reader and options of each format. Types are told from all rows, so that no late row is a surprise."""


def load(setup: Message, job: Message) -> Message:
    """Write the file `job["target"]` from the files of the source, in a database of its own that sees only those."""
    connection = connect(setup)
    try:
        _attach(connection, job)
        paths = ", ".join(literal(path) for path in job["paths"])
        connection.execute(f"SET allowed_paths = [{paths}]")
        lock(connection)
        try:
            connection.execute(f"CREATE TABLE target.main.data AS {_select(connection, job)}")
        except _Mistake as mistake:
            return {"mistake": mistake.message}
        return _facts(connection)
    finally:
        connection.close()


class _Mistake(Exception):  # noqa: N818
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _attach(connection: Any, job: Message) -> None:
    connection.execute(f"ATTACH {literal(job['target'])} AS target")
    if job["format"] == "duckdb":
        connection.execute(f"ATTACH {literal(job['paths'][0])} AS origin (READ_ONLY, TYPE duckdb)")


def _select(connection: Any, job: Message) -> str:
    """The SELECT that reads the source, with the declared types."""
    types: dict[str, str] = job["columns"]
    if job["format"] == "duckdb":
        return _with_casts(connection, "origin." + ".".join(quoted(part) for part in job["table"].split(".")), types)
    reader, options = READERS[job["format"]]
    if types and reader == "read_csv":
        pairs = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in types.items())
        options = options | {"types": "{" + pairs + "}"}
    files = ", ".join(literal(path) for path in job["paths"])
    scan = f"{reader}([{files}], {', '.join(f'{key} = {value}' for key, value in options.items())})"
    return f"SELECT * FROM {scan}" if reader == "read_csv" else _with_casts(connection, scan, types)


def _with_casts(connection: Any, scan: str, types: dict[str, str]) -> str:
    if not types:
        return f"SELECT * FROM {scan}"
    names = [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()]
    declared = {name.lower(): name for name in names}
    strangers = [name for name in types if name.lower() not in declared]
    if strangers:
        raise _Mistake(f"`columns` names {', '.join(strangers)}, but it has: {', '.join(names[:40])}")
    casts = ", ".join(
        f"CAST({quoted(declared[name.lower()])} AS {kind}) AS {quoted(declared[name.lower()])}"
        for name, kind in types.items()
    )
    return f"SELECT * REPLACE ({casts}) FROM {scan}"


def _facts(connection: Any) -> Message:
    """Columns, rows, and the latest day of every column of dates."""
    columns = described(connection.execute("DESCRIBE target.main.data").fetchall())
    days = [name for name, _, kind in columns if kind in ("date", "timestamp")]
    picked = ["count(*)", *(f"max(TRY_CAST({quoted(name)} AS DATE))::VARCHAR" for name in days)]
    row = connection.execute(f"SELECT {', '.join(picked)} FROM target.main.data").fetchone()
    connection.execute("CHECKPOINT target")
    connection.execute("DETACH target")
    return {"columns": columns, "rows": row[0], "latest": dict(zip(days, row[1:], strict=True))}
