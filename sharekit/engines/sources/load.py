"""Inside the loader's process: one declared source becomes a DuckDB file with one table, `data`."""

from __future__ import annotations

import csv
import os
from typing import Any

import duckdb

from sharekit.engines.duckdb.catalog import connect, lock
from sharekit.engines.duckdb.error_messages import said
from sharekit.engines.duckdb.values import described, literal, quoted
from sharekit.engines.duckdb.wire import Message
from sharekit.engines.sources.dates import dated_column

READERS = {
    "parquet": ("read_parquet", {"union_by_name": "true"}),
    "json": ("read_json", {"union_by_name": "true", "sample_size": "-1"}),
    "jsonl": ("read_json", {"union_by_name": "true", "sample_size": "-1", "format": "'newline_delimited'"}),
}
"""Reader and options of each format. Types are told from all rows, so that no late row is a surprise."""
_PLAIN = {
    "quote": "'\"'",
    "escape": "'\"'",
    "skip": "0",
    "comment": "''",
    "strict_mode": "true",
    "null_padding": "false",
}
_SEPARATORS = ",;\t|"


def load(setup: Message, job: Message) -> Message:
    """Write the file `job["target"]` from the files of the source, in a database of its own that sees only those."""
    for left in (job["target"], f"{job['target']}.wal"):
        # A process that died over this job may have left its half.
        if os.path.exists(left):
            os.remove(left)
    connection = connect(setup)
    try:
        connection.execute(f"ATTACH {literal(job['target'])} AS target")
        if job["format"] == "duckdb":
            connection.execute(f"ATTACH {literal(job['paths'][0])} AS origin (READ_ONLY, TYPE duckdb)")
        connection.execute(f"SET allowed_paths = [{', '.join(literal(path) for path in job['paths'])}]")
        lock(connection, setup["timezone"])
        _create(connection, job)
        return _facts(connection)
    except _Mistake as mistake:
        return {"mistake": mistake.message}
    except duckdb.Error as error:
        kind, message = said(str(error))
        if kind == "Out of Memory":
            message = "reading it needs more memory than the limit under [limits]"
        return {"mistake": message}
    finally:
        connection.close()


def _create(connection: Any, job: Message) -> None:
    try:
        connection.execute(f"CREATE TABLE target.main.data AS {_select(connection, job)}")
    except duckdb.InvalidInputException as error:
        if "sniffing" in str(error):
            _find_wrong_line(connection, job)
        raise


class _Mistake(Exception):  # noqa: N818
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _select(connection: Any, job: Message) -> str:
    """The SELECT that reads the source, with the declared types."""
    types: dict[str, str] = job["columns"]
    if job["format"] == "duckdb":
        return _with_casts(connection, "origin." + ".".join(quoted(part) for part in job["table"].split(".")), types)
    if job["format"] in ("csv", "tsv"):
        return _text_table(connection, job)
    reader, options = READERS[job["format"]]
    return _with_casts(connection, _call(reader, job["paths"], options), types)


def _text_table(connection: Any, job: Message) -> str:
    """The SELECT over separated text. The first line is the header and says what separates.

    DuckDB would guess, and where rows differ in length it skips some of them, or takes whole lines for one column,
    without a word. With everything said beforehand it refuses.
    """
    types = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in job["columns"].items())
    options = _PLAIN | {
        "delim": literal(_separator(job, _first_line(connection, job["paths"][0]))),
        "header": "true",
        "union_by_name": "true",
        "sample_size": "-1",
        **({"types": "{" + types + "}"} if types else {}),
    }
    return f"SELECT * FROM {_call('read_csv', job['paths'], options)}"


def _separator(job: Message, first_line: str) -> str:
    return "\t" if job["format"] == "tsv" else max(_SEPARATORS, key=first_line.count)


def _find_wrong_line(connection: Any, job: Message) -> None:
    """Raise DuckDB's error with the number of the line that does not fit; telling types does not say where it is."""
    for path in job["paths"]:
        line = _first_line(connection, path)
        separator = _separator(job, line)
        names = next(csv.reader([line], delimiter=separator))
        columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(names)))
        options = _PLAIN | {
            "delim": literal(separator),
            "header": "true",
            "auto_detect": "false",
            "columns": "{" + columns + "}",
        }
        connection.execute(f"SELECT count(*) FROM {_call('read_csv', [path], options)} WHERE c0 <> ''")


def _first_line(connection: Any, path: str) -> str:
    whole_lines = {
        "auto_detect": "false", "columns": "{'line': 'VARCHAR'}", "delim": "'\x01'", "quote": "''", "escape": "''",
        "header": "false", "strict_mode": "false", "null_padding": "true",
    }  # fmt: skip
    row = connection.execute(f"SELECT line FROM {_call('read_csv', [path], whole_lines)} LIMIT 1").fetchone()
    return str(row[0]) if row and row[0] is not None else ""


def _call(reader: str, paths: list[str], options: dict[str, str]) -> str:
    files = ", ".join(literal(path) for path in paths)
    return f"{reader}([{files}], {', '.join(f'{key} = {value}' for key, value in options.items())})"


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
    """Columns, rows, and how the days of every column of dates come."""
    columns = described(connection.execute("DESCRIBE target.main.data").fetchall())
    count = connection.execute("SELECT count(*) FROM target.main.data").fetchone()[0]
    dated = {name: dated_column(connection, name, kind) for name, _, kind in columns if kind in ("date", "timestamp")}
    connection.execute("CHECKPOINT target")
    connection.execute("DETACH target")
    return {"columns": columns, "count": count, "dated": dated}
