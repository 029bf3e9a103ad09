"""`sharekit check`: everything that is wrong, for people, editors and pull requests."""

from __future__ import annotations

from datetime import date

import click

from sharekit.build import evaluated
from sharekit.checks import check as check_manifest
from sharekit.commands import Session, as_of_option, command
from sharekit.errors import Problem, ProblemsError, exit_code
from sharekit.inputs import CACHE
from sharekit.loader import load
from sharekit.manifest import Manifest
from sharekit.reports import FORMATS, text
from sharekit.summary import checked, verdict


@command(example="sharekit check\nsharekit check --no-run --format github")
@click.option("--no-run", is_flag=True, help="Look at the files alone; no query is run and no data is needed.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", help="Default: text.")
@as_of_option
def check(session: Session, no_run: bool, form: str, as_of: date | None) -> int:
    """Find everything that is wrong, all at once.

    First the files, each and together; then, unless --no-run, every query is run and its result looked at. Ends with 2
    where a file is wrong, 1 where a query or the data is, 3 where something outside is out of reach.
    """
    manifest: Manifest | None = None
    ran, seconds = None, None
    problems: tuple[Problem, ...]
    try:
        if no_run:
            manifest = load(session.project.root)
            problems = check_manifest(manifest)
        else:
            with session.terminal.progress() as tell:
                cache = session.project.root / CACHE
                found = evaluated(session.project.root, as_of=session.as_of(as_of), cache_dir=cache, tell=tell)
            manifest, problems = found.manifest, found.problems
            ran, seconds = found.ran, found.seconds["run"]
    except ProblemsError as error:
        problems = error.problems
    _tell(session, manifest, problems, ran, seconds, form)
    return exit_code(problems)


def _tell(
    session: Session,
    manifest: Manifest | None,
    problems: tuple[Problem, ...],
    ran: int | None,
    seconds: float | None,
    form: str,
) -> None:
    """A report for machines is all that standard output gets; people get the table, the report and a verdict."""
    if form != "text":
        session.terminal.data(FORMATS[form](problems))
        return
    if manifest is not None and not exit_code(problems):
        session.terminal.write("\n".join(checked(manifest, ran, seconds)) + "\n")
    session.terminal.data(text(problems, color=session.terminal.paints[0]))
    done = "Ready to build." if ran is not None else "Ready to run."
    failed = "Nothing can be built." if exit_code(problems) == 2 else "The rest can be built."
    session.terminal.write(verdict(problems, done=done, failed=failed))
