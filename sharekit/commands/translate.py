"""`sharekit translate`: a query in another dialect, what to look at in it, and both run where both
can."""

from __future__ import annotations

from datetime import date
from itertools import zip_longest

import click

from sharekit.app.session import Session
from sharekit.commands import as_of_option, command
from sharekit.engines import Query
from sharekit.errors import QueryError, SharekitError
from sharekit.numbers.results import Rows
from sharekit.project.load import load
from sharekit.project.manifest import Manifest, Metric, View
from sharekit.project.read.did_you_mean import suggestion
from sharekit.records import replace
from sharekit.sqldiff.translate import Translation, dialects, tables_read
from sharekit.sqldiff.translate import translate as translated

MOST = 5
"""Rows that differ and are shown."""


@command(example="sharekit translate revenue --to postgres --table orders=analytics.orders")
@click.argument("item", metavar="ID")
@click.option(
    "--to",
    "target",
    metavar="DIALECT",
    required=True,
    help="duckdb, postgres, spark, snowflake, bigquery.",
)
@click.option(
    "--engine", metavar="NAME", help="Run it there, too. Default: the only engine of that dialect."
)
@click.option(
    "--table", "tables", metavar="OLD=NEW", multiple=True, help="What a table is called there."
)
@as_of_option
def translate(
    session: Session,
    item: str,
    target: str,
    engine: str | None,
    tables: tuple[str, ...],
    as_of: date | None,
) -> int:
    """Print a query in another dialect, and list what to check in it.

    ID is a metric, key result or view. Where an engine of that dialect is declared, both queries
    run and the rows that differ are shown. Nothing is written. Exits with 1 if the rows differ or
    one of the two does not run."""
    manifest = load(session.project.root)
    metric = manifest.sql_item(item)
    if metric is None:
        items = {**manifest.metrics, **manifest.views}
        raise SharekitError(
            f"there is no metric, key result or view {item}",
            hint=suggestion(item, items, are="There are"),
        )
    if target not in dialects():
        raise SharekitError(
            f"there is no dialect {target}", hint=suggestion(target, dialects(), are="There are")
        )
    dialect = manifest.dialect_of(metric)
    names = _names(tables, tables_read(metric.sql.text, dialect))
    translation = translated(metric.sql.text, before=dialect, after=target, tables=names)
    session.terminal.data(translation.sql + "\n")
    session.terminal.say("\n".join(_doubts(translation)))
    place = _engine(manifest, target, engine)
    if place is None and target != "duckdb":
        session.terminal.say(
            f"  Not run: no engine of the dialect {target} is declared under [engines]."
        )
        return 0
    return _run_both(session, manifest, metric, translation.sql, place, session.as_of(as_of))


def _names(tables: tuple[str, ...], read: tuple[str, ...]) -> dict[str, str]:
    pairs = [table.partition("=") for table in tables]
    for old, sign, new in pairs:
        if not (old and sign and new):
            raise SharekitError(
                f"--table {old}{sign}{new} does not name two tables", hint="Write OLD=NEW."
            )
        if old not in read:
            raise SharekitError(
                f"the query does not read {old}", hint=suggestion(old, read, are="It reads")
            )
    return {old: new for old, _, new in pairs}


def _doubts(translation: Translation) -> list[str]:
    if not translation.doubts:
        return ["  Nothing in it is known to differ there."]
    return ["  Check these; they translate without an error but may mean something else:"] + [
        f"   - {doubt}" for doubt in translation.doubts
    ]


def _engine(manifest: Manifest, dialect: str, option: str | None) -> str | None:
    engines = manifest.config.engines
    if option is not None:
        if option not in engines:
            raise SharekitError(
                f"there is no engine {option}", hint=suggestion(option, engines, are="Engines")
            )
        return option
    fitting = [name for name, config in engines.items() if config.dialect == dialect]
    return fitting[0] if len(fitting) == 1 else None


def _run_both(
    session: Session,
    manifest: Manifest,
    item: Metric | View,
    sql: str,
    engine: str | None,
    as_of: date,
) -> int:
    translated = _with_translation(manifest, item, sql, engine)
    answers: list[Rows] = []
    for side, name in ((manifest, "before"), (translated, "after")):
        with session.engine(side, as_of) as opened:
            for error in (
                extract.error
                for extract in opened.extracts([item.id]).values()
                if extract.error is not None
            ):
                session.terminal.say(f"  The query {name} does not run: {error.message}")
                return 3 if error.outside else error.exit_code
            try:
                answers.append(opened.query(Query(item.id, f"FROM metrics.{item.id}").sql))
            except QueryError as error:
                session.terminal.say(f"  The query {name} does not run: {error.message}")
                return error.exit_code
    differ = _difference_lines(*answers)
    if not differ:
        session.terminal.say(f"  Both run, and return the same {len(answers[0].rows):,} rows.")
        return 0
    session.terminal.say("\n".join(["  Both run, and their rows differ:", *differ]))
    return 1


def _with_translation(
    manifest: Manifest, item: Metric | View, sql: str, engine: str | None
) -> Manifest:
    """The project with the translation in the place of the query."""
    front = item.front.model_copy(update={"engine": engine})
    changed = replace(item, front=front, sql=replace(item.sql, text=sql))  # type: ignore[arg-type]
    if isinstance(changed, Metric):
        return replace(manifest, metrics={**manifest.metrics, item.id: changed})
    assert isinstance(changed, View)
    return replace(manifest, views={**manifest.views, item.id: changed})


def _difference_lines(before: Rows, after: Rows) -> list[str]:
    old, new = (sorted(map(_row, rows.rows)) for rows in (before, after))
    if len(before.columns) != len(after.columns):
        return [f"   {len(before.columns)} columns before, {len(after.columns)} after"]
    pairs = [pair for pair in zip_longest(old, new, fillvalue="nothing") if pair[0] != pair[1]]
    lines = [f"   before: {old_row}\n   after:  {new_row}" for old_row, new_row in pairs[:MOST]]
    return lines + ([f"   and {len(pairs) - MOST:,} more"] if len(pairs) > MOST else [])


def _row(row: tuple[object, ...]) -> str:
    return ", ".join(f"{cell:.12g}" if isinstance(cell, float | int) else str(cell) for cell in row)
