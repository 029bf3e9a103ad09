"""What `sharekit new source --engine` does: look at a table of a database or cluster, show what is
there, and write the view that fetches it."""

from __future__ import annotations

from sharekit.app.engine_example import engine_table, in_dialect, rows_there
from sharekit.app.new_source import FIRST_ROWS, show_columns
from sharekit.app.session import Session
from sharekit.engines.duckdb.values import quoted
from sharekit.errors import SharekitError
from sharekit.project.manifest import Manifest
from sharekit.project.scaffold import item, write
from sharekit.terminal.console import rows_text


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
    rows = rows_there(session, manifest, engine, table, FIRST_ROWS)
    columns = ", ".join(quoted(column.name) for column in rows.columns)
    sql = in_dialect(f"SELECT {columns} FROM {table}", config.dialect)
    path = f"metrics/{name}.sql"
    write(session.project.root, {path: f"/* ---\nengine: {engine}\n--- */\n{sql}"})
    session.terminal.write(path)
    show_columns(session, rows.columns)
    session.terminal.say("")
    session.terminal.say(rows_text(rows, "table", width=session.terminal.width))
    session.terminal.say(
        f"\n  Next: keep only the columns you need, aggregate in the query if there are many rows,"
        f" and read the result as metrics.{name}."
    )
    return 0
