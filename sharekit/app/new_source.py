"""What `sharekit new source` does: look at a file, an address, or a table of a database or cluster, show
what is there, and write the entry, or the view that fetches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sharekit.app.engine_example import engine_table, in_dialect, rows_there
from sharekit.app.session import Session
from sharekit.engines.duckdb.values import quoted
from sharekit.errors import OutsideError, Place, SharekitError
from sharekit.numbers.results import Column, Rhythm, SourceInfo
from sharekit.project.load.parse import IDENTIFIER
from sharekit.project.manifest import Manifest, Source
from sharekit.project.read.key_names import PATTERNS
from sharekit.project.scaffold import item, replace_text, write
from sharekit.project.scaffold.source import appended, options
from sharekit.project.shapes import LAKES, SourceConfig
from sharekit.records import replace
from sharekit.terminal.console import rows_text
from sharekit.terminal.screen import table

_FIRST_ROWS = 5


def add_source(
    session: Session,
    manifest: Manifest,
    name: str,
    file: str | None,
    url: str | None,
    lines: tuple[str, ...],
) -> int:
    """Write [sources.NAME] where its rows can be read; else say why, with what to write, and write
    nothing."""
    if not IDENTIFIER.match(name):
        raise SharekitError(
            f"{name!r} cannot be the name of a table",
            hint="Use lower case letters, digits and underscores.",
        )
    if name in manifest.config.sources:
        raise SharekitError(
            f"there is already a source {name}", hint=f"Look at it with sharekit sources {name}."
        )
    where = _location(session, file, url)
    values = where | options(lines)
    source = Source(
        name, _files(session.project.root, values), _config(values), Place(manifest.config_path)
    )
    alone = replace(manifest, sources={name: source}, views={}, metrics={})
    with session.engine(alone, session.as_of(None)) as engine:
        info = engine.sources()[name]
        if info.error is not None:
            kind = OutsideError if info.outside else SharekitError
            raise kind(f"{name} cannot be read: {info.error}", hint=_as_option(info.hint))
        rows = engine.query(f"FROM {name} LIMIT {_FIRST_ROWS}")
    config = session.project.root / manifest.config_path
    text = config.read_bytes().decode("utf-8")
    replace_text(
        config, appended(text, name, values, pyproject=manifest.config_path == "pyproject.toml")
    )
    session.terminal.write(manifest.config_path)
    _show(session, info)
    session.terminal.say("")
    session.terminal.say(rows_text(rows, "table", width=session.terminal.width))
    for note in info.notes:
        if note.kind != "count":
            session.terminal.say(f"\n  [!] {note.column} {note.message}. {note.hint}")
    session.terminal.say(f"\n  Next: sharekit new metric my_number --source {name}")
    return 0


def add_extract(
    session: Session, manifest: Manifest, name: str, engine: str, table: str | None
) -> int:
    """Write metrics/_NAME.sql over a table of the engine. Raises SharekitError where it cannot be
    read."""
    name = f"_{item.checked_name(name.removeprefix('_'))}"
    if (existing := manifest.sql_item(name)) is not None:
        raise SharekitError(
            f"{name} is there already: {existing.path}", hint="Choose another name."
        )
    config, table = engine_table(manifest, engine, table)
    rows = rows_there(session, manifest, engine, table, _FIRST_ROWS)
    columns = ", ".join(quoted(column.name) for column in rows.columns)
    sql = in_dialect(f"SELECT {columns} FROM {table}", config.dialect)
    path = f"metrics/{name}.sql"
    write(session.project.root, {path: f"/* ---\nengine: {engine}\n--- */\n{sql}"})
    session.terminal.write(path)
    _show_columns(session, rows.columns)
    session.terminal.say("")
    session.terminal.say(rows_text(rows, "table", width=session.terminal.width))
    session.terminal.say(
        f"\n  Next: keep only the columns you need, aggregate in the query if there are many rows,"
        f" and read the result as metrics.{name}."
    )
    return 0


def _location(session: Session, file: str | None, url: str | None) -> dict[str, object]:
    if (file is None) == (url is None):
        raise SharekitError(
            "a new source needs a file or an address", hint="Write --file PATH, or --url ADDRESS."
        )
    if url is not None:
        return {"url": url}
    root = session.project.root
    path = Path(str(file))
    inside = (
        path
        if path.is_absolute()
        else (session.cwd / path if (session.cwd / path).exists() else root / path)
    )
    try:
        return {"path": inside.absolute().relative_to(root).as_posix()}
    except ValueError:
        raise SharekitError(
            f"{file} is outside the project", hint="Put the file into metrics/data/ first."
        ) from None


def _files(root: Path, values: dict[str, object]) -> tuple[str, ...]:
    pattern = values.get("path")
    if not isinstance(pattern, str):
        return ()
    if values.get("format") in LAKES:
        pattern = f"{pattern}/**/*"
    paths = sorted(
        path.relative_to(root).as_posix() for path in root.glob(pattern) if path.is_file()
    )
    if not paths:
        raise SharekitError(
            f"there is no file {pattern}", hint="Paths begin at the project's folder."
        )
    return tuple(paths)


def _config(values: dict[str, Any]) -> SourceConfig:
    try:
        return SourceConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        why = PATTERNS.get(first.get("ctx", {}).get("pattern", ""), first["msg"].lower())
        message = f"`{key}` cannot be {first.get('input')!r}: it {why}"
        raise SharekitError(
            message, hint="Keys and values are in the reference of [sources]."
        ) from None


def _as_option(hint: str | None) -> str | None:
    """The hint, with how to give here what it would have written into the entry."""
    return f"{hint} Here: --option 'KEY = VALUE'." if hint and "under [sources." in hint else hint


def _show(session: Session, info: SourceInfo) -> None:
    session.terminal.say(f"\n  {info.rows:,} row{'' if info.rows == 1 else 's'}")
    _show_columns(session, info.columns, info.rhythms)


def _show_columns(
    session: Session, columns: Sequence[Column], rhythms: Mapping[str, Rhythm] = {}
) -> None:
    """A line for each column: its type, and from when to when its dates are."""
    cells = []
    for column in columns:
        rhythm = rhythms.get(column.name)
        cells.append(
            [column.name, column.type, f"{rhythm.first} to {rhythm.last}" if rhythm else ""]
        )
    for line in table(["column", "type", "dates"], cells, align=["left"] * 3):
        session.terminal.say(f"    {line}".rstrip())
