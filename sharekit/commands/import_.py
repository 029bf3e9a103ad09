"""`sharekit import`: definitions of another tool as views and metrics of this project."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

import click

from sharekit.app.session import Session
from sharekit.commands import command
from sharekit.engines.duckdb.constant_folding import function_names
from sharekit.errors import SharekitError
from sharekit.importing.formats import FORMATS
from sharekit.importing.reading import Folder
from sharekit.importing.report import report_text, shares, state
from sharekit.importing.writing import Written, written_project
from sharekit.project.load import load
from sharekit.project.manifest import Manifest
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.scaffold import replace_text, write
from sharekit.project.scaffold.source import appended
from sharekit.project.shapes import Grain
from sharekit.sqldiff.translate import dialects

SHOWN = 20
"""Definitions left out that the terminal names; the report has them all."""


@command(
    example="sharekit import ossie ../models/sales.yaml\nsharekit import dbt ../analytics --dialect snowflake"
)
@click.argument("form", metavar="FORMAT", type=click.Choice(list(FORMATS)))
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option(
    "--dialect",
    metavar="NAME",
    help="Dialect of its SQL: snowflake, bigquery, postgres. Default: the format's.",
)
@click.option(
    "--grain",
    type=click.Choice(get_args(Grain)),
    default="week",
    help="Length of a metric's periods. Default: week.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be carried; write nothing.")
def import_(
    session: Session, form: str, path: Path, dialect: str | None, grain: str, dry_run: bool
) -> int:
    """Write views and metrics from the definitions of another tool.

    FORMAT is ossie, dbt, lightdash, rill, evidence or metric-hub; PATH its folder or file. Each
    model becomes a view, each metric a file over it in DuckDB's SQL, with its old name among the
    synonyms. imported-FORMAT.md says which tables to bring, and of each definition: carried,
    carried with what loss, or left out and why. Nothing is written over, and nothing there is run.
    """
    if dialect is not None and dialect not in dialects():
        raise SharekitError(
            f"{dialect} is not a dialect", hint=suggestion(dialect, dialects(), are="There are")
        )
    manifest = load(session.project.root)
    importer = FORMATS[form]
    dialect = importer.dialect if dialect is None else dialect
    imported = importer.read(Folder.at(session.cwd / path), dialect)
    if not imported.models and not imported.definitions and not imported.left_out:
        raise SharekitError(
            f"there is nothing of {importer.title} in {path}",
            hint="Name the folder or file that holds its definitions.",
        )
    written = written_project(
        imported, form, function_names(), cast(Grain, grain), _paths_by_id(manifest)
    )
    if not dry_run and written.files:
        report = {f"imported-{form}.md": report_text(written, importer.title)}
        configuration = _with_sources(session, manifest, written)
        write(session.project.root, {**written.files, **report})
        if configuration is not None:
            replace_text(session.project.root / manifest.config_path, configuration)
    _tell(session, written, None if dry_run or not written.files else f"imported-{form}.md")
    return 0


def _paths_by_id(manifest: Manifest) -> dict[str, str]:
    """Ids of the project and their paths."""
    return {id: item.path for id, item in {**manifest.views, **manifest.metrics}.items()}


def _with_sources(session: Session, manifest: Manifest, written: Written) -> str | None:
    """The configuration with a source for each table to bring that has none yet. Raises
    SharekitError where it cannot be written."""
    new = [table.name for table in written.tables if table.name not in manifest.sources]
    if not new:
        return None
    file = session.project.root / manifest.config_path
    text = file.read_bytes().decode("utf-8")
    pyproject = manifest.config_path == "pyproject.toml"
    for name in new:
        text = appended(text, name, {"path": f"metrics/data/{name}.*"}, pyproject=pyproject)
    return text


def _tell(session: Session, written: Written, report: str | None) -> None:
    for line in shares(written):
        session.terminal.say(f"  {line}")
    left_out = [outcome for outcome in written.outcomes if state(outcome) == "left out"]
    for outcome in left_out[:SHOWN]:
        session.terminal.say(f"   - {outcome.kind} {outcome.name}: {'; '.join(outcome.why)}")
    if len(left_out) > SHOWN:
        session.terminal.say(f"   - and {len(left_out) - SHOWN:,} more")
    if written.tables:
        names = ", ".join(table.name for table in written.tables[:SHOWN])
        more = f" and {len(written.tables) - SHOWN:,} more" if len(written.tables) > SHOWN else ""
        session.terminal.say(f"\n  Tables to bring: {names}{more}")
    if report is None:
        session.terminal.say("\n  Nothing was written.")
    else:
        session.terminal.say(
            f"\n  {len(written.files):,} files and {report}."
            "\n  Next: put the tables into metrics/data/, then sharekit check."
        )
