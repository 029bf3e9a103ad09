"""Inside the loader's process: one declared source becomes a DuckDB file with one table, `data`."""

from __future__ import annotations

import codecs
import csv
import gzip
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import IO, Any

import duckdb
from msgspec import Struct

from sharekit.engines.duckdb.catalog import connect, lock
from sharekit.engines.duckdb.error_messages import split_error
from sharekit.engines.duckdb.values import columns_of_description, literal, quoted
from sharekit.engines.duckdb.wire import Message
from sharekit.engines.sources.column_rhythm import column_rhythm
from sharekit.engines.sources.column_types import FILE, TypedQuery, typed_query
from sharekit.engines.sources.duckdb_files import require_safe_table
from sharekit.engines.sources.notation import Notation, SourceError
from sharekit.engines.sources.repeated_rows import repeated_rows

_EVERY_FILE = {"union_by_name": "true", "hive_partitioning": "false"}
_JSON = {**_EVERY_FILE, "sample_size": "-1"}
READERS = {
    "parquet": ("read_parquet", _EVERY_FILE),
    "json": ("read_json", _JSON),
    "jsonl": ("read_json", {**_JSON, "format": "'newline_delimited'"}),
}
"""Reader and options of each format. Types are told from all rows, so that no late row is a
surprise; what folders say is read here, since DuckDB would tell the types for each file alone."""
TABLES = {"xlsx": "sharekit.engines.sources.workbook", "sqlite": "sharekit.engines.sources.sqlite"}
"""Formats of tables that are written out as text first, and the module that does it."""
_PLAIN = {
    "quote": "'\"'",
    "escape": "'\"'",
    "comment": "''",
    "strict_mode": "true",
    "null_padding": "false",
}
_SEPARATORS = ",;\t|"
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""First bytes of a file that say how it is encoded. UTF-8's own mark DuckDB knows."""
_RAW = "temp.main.raw"


class TextFile(Struct, frozen=True):
    """One file of a source as separated text in UTF-8."""

    path: str
    name: str
    """The file as people know it: its path in the project."""
    skip: int = 0
    """Lines above the header."""
    rows: tuple[int, ...] | None = None
    """Where each row stands in the sheet it came from."""
    words: frozenset[str] = frozenset()
    """Columns that the file declares as text."""


def prepare(formats: Iterable[str], encodings: Iterable[str]) -> None:
    """Import what these need, while files can still be read. What is not there is missed where it
    is used."""
    for name in formats:
        if name in TABLES:
            import_module(TABLES[name])
    for name in ("utf-8-sig", "utf-16", "cp437", *encodings):  # cp437: names inside a workbook
        try:
            codecs.getincrementaldecoder(name)
            codecs.getincrementalencoder(name)
        except LookupError:
            continue


def load(setup: Message, job: Message) -> Message:
    """Write the file `job["target"]` from the files of the source, in a database of its own that
    sees only those."""
    for leftover in (job["target"], f"{job['target']}.wal"):
        # A process that died over this job may have left its half.
        if os.path.exists(leftover):
            os.remove(leftover)
    connection = connect(setup)
    text_files: list[str] = []
    try:
        files = list(_as_text(job, text_files)) if job["format"] in ("csv", "tsv", *TABLES) else []
        connection.execute(f"ATTACH {literal(job['target'])} AS target")
        if job["format"] == "duckdb":
            connection.execute(
                f"ATTACH {literal(job['paths'][0])} AS origin (READ_ONLY, TYPE duckdb)"
            )
        paths = [file.path for file in files] or job["paths"]
        connection.execute(f"SET allowed_paths = [{', '.join(literal(path) for path in paths)}]")
        lock(connection, setup["timezone"])
        notes = _create(connection, job, files)
        summary = _table_summary(connection, job["source"])
        return summary | {"notes": [*notes, *summary["notes"]]}
    except SourceError as mistake:
        return {"mistake": mistake.message, "hint": mistake.hint}
    except duckdb.Error as error:
        kind, message = split_error(str(error))
        return {"fault": "memory"} if kind == "Out of Memory" else {"mistake": message}
    finally:
        connection.close()
        for path in text_files:
            with suppress(FileNotFoundError):
                os.remove(path)


def _create(connection: Any, job: Message, files: list[TextFile]) -> list[Mapping[str, str]]:
    if files:
        try:
            fetching_query, remarks = _text_table(connection, job, files)
        except duckdb.InvalidInputException as error:
            if "sniffing" in str(error):
                _find_wrong_line(connection, job, files)
            raise
        connection.execute(f"CREATE TABLE target.main.data AS {fetching_query.select}")
        return [*remarks, *fetching_query.notes]
    select, notes = _select(connection, job)
    connection.execute(f"CREATE TABLE target.main.data AS {select}")
    return notes


def _select(connection: Any, job: Message) -> tuple[str, list[Mapping[str, str]]]:
    """The SELECT that reads the source, with the declared types."""
    types: dict[str, str] = job["columns"]
    if job["format"] == "duckdb":
        require_safe_table(connection, job["table"], job["hidden"])
        table = "origin." + ".".join(quoted(name) for name in job["table"].split("."))
        return _with_casts(connection, table, types), []
    reader, options = READERS[job["format"]]
    notes: list[Mapping[str, str]] = []
    if len(job["paths"]) > 1:
        notes = _uneven_types(connection, job, reader, options)
    partitions = _partitions(job)
    scan = _call(
        reader, job["paths"], options | ({"filename": literal(FILE)} if partitions else {})
    )
    if partitions:
        scan = f"({_with_partitions(connection, scan, partitions, cast=True)})"
    return _with_casts(connection, scan, types), notes


# -- separated text -------------------------------------------------------------------------------


def _as_text(job: Message, text_files: list[str]) -> Iterator[TextFile]:
    """The source's files as separated text; those that had to be written for it are put into
    `text_files`."""
    options = job["options"]
    header = int(options.get("header_row") or 1)
    for number, (path, name) in enumerate(zip(job["paths"], job["names"], strict=True)):
        out = f"{job['target']}.{number}.csv"
        if job["format"] in TABLES:
            text_files.append(out)
            rows, text_columns = import_module(TABLES[job["format"]]).write_csv(
                path, out, job["table"], options
            )
            yield TextFile(out, name, 0, rows, text_columns)
            continue
        encoding = options.get("encoding") or _encoding_by_mark(path)
        if encoding and codecs.lookup(encoding).name not in ("utf-8", "utf-8-sig"):
            text_files.append(out)
            _transcode(path, name, encoding, out)
            path = out
        yield TextFile(path, name, header - 1)


def _encoding_by_mark(path: str) -> str | None:
    with open(path, "rb") as file:
        start = file.read(2)
    return _MARKS.get(start)


def _transcode(path: str, name: str, encoding: str, out: str) -> None:
    with (
        _open_text(path, encoding, name) as file,
        open(out, "w", encoding="utf-8", newline="") as target,
    ):
        try:
            while chunk := file.read(1 << 20):
                target.write(chunk)
        except UnicodeError as error:
            raise SourceError(
                f"{name} is not written in {encoding}:"
                f" {getattr(error, 'reason', 'it cannot be decoded')}",
                'Write another encoding, such as encoding = "windows-1252", or leave it out for'
                " UTF-8.",
            ) from None


def _open_text(path: str, encoding: str, name: str) -> IO[str]:
    if path.endswith(".zst"):
        raise SourceError(
            f"{name} is compressed with zstd and not in UTF-8",
            "Compress it with gzip, or write it in UTF-8.",
        )
    if path.endswith(".gz"):
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return open(path, encoding=encoding, newline="")


def _text_table(
    connection: Any, job: Message, files: list[TextFile]
) -> tuple[TypedQuery, list[Mapping[str, str]]]:
    """How the text is read. The first line is the header and says what separates.

    DuckDB would guess, and where rows differ in length it skips some of them, or takes whole lines
    for one column, without a word. With everything said beforehand it refuses."""
    options = job["options"]
    separator = _separator(job, connection, files[0])
    headers = {file.name: _header(connection, file, separator) for file in files}
    remarks = [*_uneven_headers(headers), *_repeated_names(headers)]
    nulls = ", ".join(literal(text) for text in ("", *options.get("nulls", ())))
    call = _PLAIN | {
        "delim": literal(separator),
        "skip": str(files[0].skip),
        "header": "true",
        "all_varchar": "true",
        "union_by_name": "true",
        "hive_partitioning": "false",
        "sample_size": "1" if len(files) == 1 else "-1",
        "nullstr": f"[{nulls}]",
        "filename": literal(FILE),
    }
    partitions = _partitions(job, [file.path for file in files])
    scan = _call("read_csv", [file.path for file in files], call)
    connection.execute(
        f"CREATE TEMP TABLE raw AS {_with_partitions(connection, scan, partitions, cast=False)}"
    )
    kinds = {name: kind for name, (kind, _) in partitions.items()}
    notation = Notation(
        source=job["source"],
        decimal=options.get("decimal"),
        thousands=options.get("thousands"),
        date_format=options.get("date_format"),
        types=kinds | job["columns"],
        separator=separator,
        words=frozenset[str]().union(*(file.words for file in files)),
    )
    by_path = {file.path: file for file in files}

    def line(path: str, index: int) -> str:
        return _place(by_path[path], index, separator, several=len(files) > 1)

    return typed_query(connection, _RAW, notation, line), remarks


def _place(file: TextFile, index: int, separator: str, *, several: bool) -> str:
    """Where a file's nth row stands: in its line, or its row of the sheet."""
    of = f" of {file.name}" if several else ""
    if file.rows is not None:
        return (
            f"row {file.rows[index]}{of}" if index < len(file.rows) else f"record {index + 1}{of}"
        )
    if file.path.endswith(".zst"):
        return f"record {index + 1}{of}"
    csv.field_size_limit(1 << 30)
    with _open_text(file.path, "utf-8-sig", file.name) as text:
        for _ in range(file.skip):
            text.readline()
        reader = csv.reader(text, delimiter=separator)
        before, record_index = 0, -2  # the header is the first record
        for record in reader:
            record_index += bool(record)
            if record_index == index:
                return f"line {before + 1 + file.skip}{of}"
            before = reader.line_num
    return f"record {index + 1}{of}"


def _separator(job: Message, connection: Any, file: TextFile) -> str:
    if declared := job["options"].get("delimiter"):
        return str(declared)
    if job["format"] in TABLES:
        return ","
    first = _first_line(connection, file)
    return "\t" if job["format"] == "tsv" else max(_SEPARATORS, key=first.count)


def _find_wrong_line(connection: Any, job: Message, files: list[TextFile]) -> None:
    """Raise DuckDB's error with the number of the line that does not fit; sniffing does not say
    where it is."""
    for file in files:
        separator = _separator(job, connection, file)
        names = next(csv.reader([_first_line(connection, file)], delimiter=separator))
        columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(names)))
        options = _PLAIN | {
            "delim": literal(separator),
            "skip": str(file.skip),
            "header": "true",
            "auto_detect": "false",
            "columns": "{" + columns + "}",
        }
        connection.execute(
            f"SELECT count(*) FROM {_call('read_csv', [file.path], options)} WHERE c0 <> ''"
        )


def _first_line(connection: Any, file: TextFile) -> str:
    whole_lines = {
        "auto_detect": "false", "columns": "{'line': 'VARCHAR'}", "delim": "'\x01'", "quote": "''", "escape": "''",
        "header": "false", "strict_mode": "false", "null_padding": "true", "skip": str(file.skip),
    }  # fmt: skip
    row = connection.execute(
        f"SELECT line FROM {_call('read_csv', [file.path], whole_lines)} LIMIT 1"
    ).fetchone()
    return str(row[0]) if row and row[0] is not None else ""


# -- many files -----------------------------------------------------------------------------------


def _header(connection: Any, file: TextFile, separator: str) -> list[str]:
    """The names of a file's columns, as they are written."""
    record = next(csv.reader([_first_line(connection, file)], delimiter=separator), [])
    return [name.strip() for name in record]


def _repeated_names(headers: Mapping[str, Sequence[str]]) -> list[Mapping[str, str]]:
    """What to say about columns that have one name: DuckDB gives all but the first another one."""
    counts = {
        name: (file, count)
        for file, header in headers.items()
        for name, count in Counter(map(str.lower, header)).items()
        if name and count > 1
    }
    return [
        {
            "column": name,
            "message": f"{file} has {count} columns called `{name}`: SQL reads the first by that name",
            "hint": f"Give each a name of its own; until then the next one is `{name}_1`.",
            "kind": "names",
        }
        for name, (file, count) in counts.items()
    ]


def _uneven_headers(headers: Mapping[str, Sequence[str]]) -> list[Mapping[str, str]]:
    """What to say about files that lack columns which others have."""
    if len(headers) < 2:
        return []
    return _uneven(
        {file: {name.lower(): name for name in header} for file, header in headers.items()}
    )


def _uneven(headers: Mapping[str, Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The same for the columns of each file, by their names in lower case."""
    first, names = next(iter(headers.items()))
    all_columns: dict[str, str] = {}
    for columns in headers.values():
        all_columns = {**columns, **all_columns}
    notes: list[Mapping[str, str]] = []
    for file, columns in headers.items():
        if not columns.keys() & names.keys():
            hint = (
                f"It has {', '.join(columns.values())}; name other files in `path`, or write its"
                " columns alike."
            )
            raise SourceError(f"{file} has none of the columns of {first}", hint)
        if missing := [name for low, name in all_columns.items() if low not in columns]:
            message = f"{file} has no column {', '.join(missing)}: its rows have no value there"
            hint = "Write the columns of all files alike, if that is not meant."
            notes.append({"column": missing[0], "message": message, "hint": hint, "kind": "files"})
    return notes


def _uneven_types(
    connection: Any, job: Message, reader: str, options: dict[str, str]
) -> list[Mapping[str, str]]:
    """The same for files that know their types. Raises SourceError where one column is of different
    kinds."""
    headers: dict[str, dict[str, str]] = {}
    first: dict[str, tuple[str, str, str]] = {}
    declared = {name.lower() for name in job["columns"]}
    for path, name in zip(job["paths"], job["names"], strict=True):
        columns = columns_of_description(
            connection.execute(f"DESCRIBE FROM {_call(reader, [path], options)}").fetchall()
        )
        headers[name] = {column.lower(): column for column, _, _ in columns}
        for column, kind, sort in columns:
            before = first.setdefault(column.lower(), (name, kind, sort))
            if before[2] != sort and column.lower() not in declared:
                raise SourceError(
                    f"column {column} is {kind} in {name} and {before[1]} in {before[0]}",
                    f'Write its type for all files: columns = {{ {column} = "{before[1]}" }}.',
                )
    return _uneven(headers)


_PARTITION = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=([^/]*)")

Partitions = Mapping[str, tuple[str, Mapping[str, str]]]
"""Column -> its type, and its value for each file."""


def _partitions(job: Message, paths: Iterable[str] | None = None) -> Partitions:
    """Columns that the folders of the source's files name: year=2026/month=09/part.csv."""
    values: dict[str, dict[str, str]] = {}
    files = list(paths if paths is not None else job["paths"])
    for path, name in zip(files, job["names"], strict=True):
        for folder in name.split("/")[:-1]:
            if match := _PARTITION.fullmatch(folder):
                values.setdefault(match[1], {})[path] = match[2]
    partitions = {}
    for column, by_path in values.items():
        if missing := [
            name for path, name in zip(files, job["names"], strict=True) if path not in by_path
        ]:
            raise SourceError(
                f"{missing[0]} lies in no folder {column}=",
                f"Put it into one, as {_other_file(job, missing[0])} does.",
            )
        partitions[column] = (_partition_type(by_path.values()), by_path)
    return partitions


def _other_file(job: Message, name: str) -> str:
    return next((entry for entry in job["names"] if entry != name), name)


def _partition_type(values: Iterable[str]) -> str:
    values = list(values)
    if all(re.fullmatch(r"\d{1,18}", value) for value in values):
        return "BIGINT"
    return (
        "DATE" if all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) for value in values) else "VARCHAR"
    )


def _with_partitions(connection: Any, scan: str, partitions: Partitions, *, cast: bool) -> str:
    """The SELECT over a scan with the columns of its folders; those for raw text stay text and keep
    the file."""
    names = [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()]
    lowered = {name.lower() for name in partitions}
    select_list = [
        f"{quoted(name)} AS {quoted(name.strip())}"
        for name in names
        if name.lower() not in {*lowered, FILE}
    ]
    for column, (kind, by_path) in partitions.items():
        pairs = ", ".join(f"{literal(path)}: {literal(value)}" for path, value in by_path.items())
        value = f"map_extract(MAP {{{pairs}}}, {quoted(FILE)})[1]"
        select_list.append(f"{f'CAST({value} AS {kind})' if cast else value} AS {quoted(column)}")
    file_column = [] if cast else [quoted(FILE)]
    return f"SELECT {', '.join([*select_list, *file_column])} FROM {scan}"


# -- the rest -------------------------------------------------------------------------------------


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
        raise SourceError(f"`columns` names {', '.join(strangers)}, but it has: {', '.join(names)}")
    casts = ", ".join(
        f"CAST({quoted(declared[name.lower()])} AS {kind}) AS {quoted(declared[name.lower()])}"
        for name, kind in types.items()
    )
    return f"SELECT * REPLACE ({casts}) FROM {scan}"


def _table_summary(connection: Any, source: str) -> Message:
    """Columns, rows, how the days of every column of dates come, and rows that are there twice."""
    columns = columns_of_description(connection.execute("DESCRIBE target.main.data").fetchall())
    count = connection.execute("SELECT count(*) FROM target.main.data").fetchone()[0]
    numbers = [name for name, _, kind in columns if kind == "number"]
    dated = {
        name: rhythm
        for name, _, kind in columns
        if kind in ("date", "timestamp")
        and (rhythm := column_rhythm(connection, name, kind, numbers=numbers))
    }
    notes = repeated_rows(connection, "target.main.data", source, [name for name, _, _ in columns])
    connection.execute("CHECKPOINT target")
    connection.execute("DETACH target")
    described = [{"name": name, "type": kind, "kind": ours} for name, kind, ours in columns]
    return {"columns": described, "count": count, "dated": dated, "notes": notes}
