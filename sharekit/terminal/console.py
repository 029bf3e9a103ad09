"""Questions of one's own: one query or many over a project's sources, views and metrics, and their
rows as text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from sharekit.engines import Engine
from sharekit.errors import QueryError, SharekitError
from sharekit.files.sharekit_folders import own_folder
from sharekit.numbers.results import Cell, Column, Rows
from sharekit.site.exact_text import csv_cell, digits, dumps, json_cell
from sharekit.terminal.screen import Align, Terminal, table

Format = Literal["table", "csv", "json"]
PROMPT, MORE = "sharekit> ", "     ...> "
HELP = """\
  Write a SELECT and end it with ; or an empty line.
  DESCRIBE name    the columns of a table or query
  SUMMARIZE name   the same with the range of each, and what is missing
  .tables   what there is to read
  .help     this text
  .quit     leave (so does Ctrl-D)"""
_MOST_SHOWN = 200
"""Rows that a table on a screen shows; a pipe, CSV and JSON get all."""


def rows_text(rows: Rows, form: Format, *, width: int | None = None) -> str:
    """Rows as a table to read, as CSV, or as a JSON list of objects. A width is a screen's: it cuts
    long tables too."""
    if form == "csv":
        return _csv(rows)
    if form == "json":
        return _json(rows)
    listed_rows = rows.rows[:_MOST_SHOWN] if width else rows.rows
    align: list[Align] = ["right" if column.kind == "number" else "left" for column in rows.columns]
    cells = [[_readable(cell) for cell in row] for row in listed_rows]
    lines = table([column.name for column in rows.columns], cells, align=align, width=width)
    count = len(rows.rows)
    last = f"{count:,} row{'' if count == 1 else 's'}"
    if len(listed_rows) < count:
        last += f", the first {len(listed_rows)} shown; --format csv gives all"
    return "\n".join((*lines, "", last))


def _readable(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float | Decimal):
        return digits(cell)
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)


def _csv(rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([csv_cell(column.name) for column in rows.columns])
    writer.writerows([csv_cell(cell) for cell in row] for row in rows.rows)
    return out.getvalue()


def _json(rows: Rows) -> str:
    names = _distinct(column.name for column in rows.columns)
    records = [dict(zip(names, map(json_cell, row), strict=True)) for row in rows.rows]
    lines = ",\n".join(dumps(record, spaced=True) for record in records)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def _distinct(names: Iterable[str]) -> list[str]:
    """Column names with a number after a repeated one, since an object holds each key once."""
    distinct: list[str] = []
    for name in names:
        unique_name, count = name, 1
        while unique_name in distinct:
            count += 1
            unique_name = f"{name}_{count}"
        distinct.append(unique_name)
    return distinct


def failure_text(error: QueryError, sql: str) -> str:
    """What went wrong, the line of the query that it is about with a caret below, and the way
    out."""
    text = [f"  [x] {error.message}"]
    lines = sql.splitlines()
    if error.line is not None and 1 <= error.line <= len(lines):
        mark = " " * ((error.column or 1) - 1) + "^" * max(1, error.length)
        number = str(error.line)
        text += [
            "",
            f"      {number} | {lines[error.line - 1]}",
            f"      {' ' * len(number)} | {mark}",
        ]
    if error.hint:
        text += ["", f"      {error.hint}"]
    return "\n".join(text)


def statements(read: Callable[[str], str]) -> Iterator[str]:
    """Complete inputs, one after the other: a query, or a line that begins with a dot. Ends at the
    end of input.

    `read` shows a prompt and returns a line; KeyboardInterrupt from it drops what was begun.
    """
    begun: list[str] = []
    while True:
        try:
            line = read(MORE if begun else PROMPT)
        except EOFError:
            if begun:
                yield "\n".join(begun)
            return
        except KeyboardInterrupt:
            begun.clear()
            continue
        if not begun and line.strip().startswith("."):
            yield line.strip()
        elif line.strip().endswith(";") or (begun and not line.strip()):
            yield "\n".join((*begun, line.rstrip().removesuffix(";")))
            begun.clear()
        elif line.strip():
            begun.append(line)


_ABOUT = re.compile(r"\s*+(DESCRIBE|DESC|SUMMARIZE)\s++(.+)", re.IGNORECASE | re.DOTALL)
_QUERY = re.compile(r"\s*+(SELECT|WITH|FROM|VALUES|\()", re.IGNORECASE)
_Kind = tuple[str, Literal["text", "number"]]
_NUMBER: _Kind = ("DOUBLE", "number")
_TEXT: _Kind = ("VARCHAR", "text")


def answer(engine: Engine, sql: str) -> Rows:
    """The rows of a query, or what DESCRIBE and SUMMARIZE tell of one. Raises QueryError."""
    about = _ABOUT.fullmatch(sql)
    if about is None:
        return engine.query(sql)
    query = about[2] if _QUERY.match(about[2]) else f"FROM {about[2]}"
    columns = engine.columns(query)
    if about[1].upper() == "SUMMARIZE":
        return _summary(engine, query, columns)
    heads = (Column("column_name", "VARCHAR", "text"), Column("column_type", "VARCHAR", "text"))
    return Rows(heads, tuple((column.name, column.type) for column in columns))


def _summary(engine: Engine, query: str, columns: Sequence[Column]) -> Rows:
    """Each column with its range, how many values differ, their mean, and how many are missing."""
    names = ", ".join(f"c{index}" for index in range(len(columns)))
    picked = ["count(*)"]
    for index, column in enumerate(columns):
        name = f"c{index}"
        mean = f"avg({name})::DOUBLE" if column.kind == "number" else "NULL::DOUBLE"
        picked += [
            f"min({name})::VARCHAR",
            f"max({name})::VARCHAR",
            f"count(DISTINCT {name})",
            mean,
            f"count({name})",
        ]
    row = engine.query(f"SELECT {', '.join(picked)} FROM (\n{query}\n) AS t({names})").rows[0]
    count, figures = row[0], row[1:]
    heads = [("column_name", _TEXT), ("column_type", _TEXT), ("min", _TEXT), ("max", _TEXT), ("different", _NUMBER),
             ("avg", _NUMBER), ("count", _NUMBER), ("missing", _NUMBER)]  # fmt: skip
    rows = []
    for index, described in enumerate(columns):
        low, high, different, average, present = figures[5 * index : 5 * index + 5]
        missing = count - present if isinstance(count, int) and isinstance(present, int) else None
        rows.append(
            (described.name, described.type, low, high, different, average, present, missing)
        )
    return Rows(tuple(Column(name, *kind) for name, kind in heads), tuple(rows))


def converse(
    engine: Engine,
    terminal: Terminal,
    names: Sequence[str],
    read: Callable[[str], str],
    form: Format,
) -> None:
    """Answer one query after the other until the input ends; a failing one is explained and the
    next one asked for."""
    for statement in statements(read):
        if statement in (".quit", ".exit"):
            return
        if statement == ".tables":
            terminal.write("\n".join(f"  {name}" for name in names))
        elif statement.startswith("."):
            terminal.say(HELP)
        elif statement.strip():
            _answer(engine, terminal, statement, form)


def _answer(engine: Engine, terminal: Terminal, sql: str, form: Format) -> None:
    try:
        rows = answer(engine, sql)
    except QueryError as error:
        terminal.say(failure_text(error, sql))
    except SharekitError as error:
        terminal.say(f"  [x] {error.message}")
    else:
        show(terminal, rows, form)


def show(terminal: Terminal, rows: Rows, form: Format) -> None:
    """Write rows to standard output: a table for eyes, CSV and JSON byte for byte."""
    if form == "table":
        terminal.write(rows_text(rows, form, width=terminal.width))
    else:
        terminal.data(rows_text(rows, form))


def line_reader(names: Sequence[str], history: Path) -> Callable[[str], str]:
    """`input` with history kept in a file and names completed by Tab, where Python has readline."""
    try:
        import readline
    except ImportError:
        return input
    names_and_keywords = sorted({*names, *_KEYWORDS.split()})

    def complete(text: str, state: int) -> str | None:
        completions = [
            word for word in names_and_keywords if word.casefold().startswith(text.casefold())
        ]
        return completions[state] if state < len(completions) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" \t\n,()=<>+-*/;")
    readline.parse_and_bind("tab: complete")
    readline.set_history_length(1000)
    with suppress(OSError):  # no history yet, or one that another readline wrote
        readline.read_history_file(history)

    def read(prompt: str) -> str:
        line = input(prompt)
        with suppress(OSError):  # a history is no reason to end
            own_folder(history.parent)
            readline.write_history_file(history)
        return line

    return read


_KEYWORDS = """\
SELECT FROM WHERE GROUP BY ALL HAVING ORDER LIMIT JOIN LEFT USING WITH AS DISTINCT UNION CASE WHEN THEN ELSE END AND OR
NOT NULL IS IN BETWEEN LIKE FILTER OVER PARTITION count sum avg min max date_trunc as_of quantile_cont"""
