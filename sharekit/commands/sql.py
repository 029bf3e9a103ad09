"""`sharekit sql`: the engine of the build, its sandbox included, under a prompt or for one
query."""

from __future__ import annotations

import sys
from datetime import date

import click

from sharekit.app.inputs import CACHE
from sharekit.app.session import Session
from sharekit.commands import as_of_option, command, format_option
from sharekit.errors import QueryError
from sharekit.project.lineage import DAYS, SCHEMA
from sharekit.project.load import load
from sharekit.project.manifest import Manifest
from sharekit.terminal.console import Format, answer, converse, failure_text, line_reader, show


@command(example="  sharekit sql \"SELECT origin, count(*) FROM flights GROUP BY origin\"")  # fmt: skip
@click.argument("query", required=False)
@format_option("table", "csv", "json")
@as_of_option
def sql(session: Session, query: str | None, form: Format, as_of: date | None) -> int:
    """Run your own query on the same data.

    Sources, views and metrics have the names they have in metric files: FROM flights, FROM
    metrics.on_time. Without QUERY it opens a console, or reads one query from a pipe. DESCRIBE and
    SUMMARIZE show what a table holds."""
    manifest = load(session.project.root)
    with session.engine(manifest, session.as_of(as_of)) as engine:
        if query is None and sys.stdin.isatty():
            names = tables(manifest)
            session.terminal.say(
                f"  {len(names)} tables; .tables lists them, .help helps, Ctrl-D leaves."
            )
            read = line_reader(names, session.project.root / CACHE / "sql_history")
            converse(engine, session.terminal, names, read, form)
            return 0
        sql = sys.stdin.read() if query is None else query
        try:
            show(session.terminal, answer(engine, sql.strip().removesuffix(";")), form)
        except QueryError as error:
            session.terminal.say(failure_text(error, sql))
            return error.exit_code
    return 0


def tables(manifest: Manifest) -> list[str]:
    """Everything a query can read, by the name it has there."""
    built_in = [] if DAYS in manifest.sources else [DAYS]
    return [
        *manifest.sources,
        *built_in,
        *(f"{SCHEMA}.{name}" for name in (*manifest.views, *manifest.metrics)),
    ]
