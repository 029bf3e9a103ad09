"""`sharekit check`: everything that is wrong, for people, editors and pull requests."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import click

from sharekit.app.inputs import CACHE, declared_fingerprint
from sharekit.app.last_check import CheckRecord, read_check, write_check
from sharekit.app.session import Session
from sharekit.commands import as_of_option, command, format_option
from sharekit.errors import Problem, ProblemsError, errors_among, exit_code
from sharekit.terminal.reports import FORMATS, verdict

if TYPE_CHECKING:
    from sharekit.build import Evaluation
    from sharekit.project.manifest import Manifest


@command(example="sharekit check\nsharekit check --base origin/main --format github")
@click.option("--no-run", is_flag=True, help="Check only the files; run no query and need no data.")
@format_option(*FORMATS)
@click.option(
    "--base",
    metavar="REV",
    help="Also fail where a key result was revised since REV without a note.",
)
@as_of_option
def check(session: Session, no_run: bool, form: str, base: str | None, as_of: date | None) -> int:
    """Find all mistakes at once.

    First the files, each and together; then, unless --no-run, every query is run and its result
    checked. A database or cluster whose rows were already fetched today is only asked whether
    the query would still run. Exits with 2 if a file is wrong, 1 if a query or the data is, 3 if something
    outside is out of reach. It warns if somebody joins an audience, and so may read its past.
    With --base it is the gate of a pull request: compared with where HEAD left REV, every revised
    key result needs a new note."""
    cache = session.project.root / CACHE
    key = declared_fingerprint(session.project) if no_run and base is None else None
    record = read_check(cache, key) if key is not None else None
    if record is None:
        try:
            summary, problems = _checked(session, no_run, base, as_of)
        except ProblemsError as error:
            summary, problems = (), error.problems
        record = CheckRecord(key, summary, problems)
        if key is not None:
            with suppress(OSError):  # where the project cannot be written, it is checked again
                write_check(cache, record)
    _tell(session, record, form, ran=not no_run)
    return exit_code(record.problems)


def _checked(
    session: Session, no_run: bool, base: str | None, as_of: date | None
) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """What the project declares, in lines, and all that is wrong. Raises ProblemsError."""
    from sharekit.project.load import load
    from sharekit.terminal.summary import checked

    if no_run:
        manifest = load(session.project.root)
        summary = checked(manifest, None, None)
        problems = _of_files(session, manifest)
    else:
        evaluation, weights = _of_data(session, session.as_of(as_of))
        manifest = evaluation.manifest
        summary = checked(manifest, evaluation.ran, evaluation.seconds["run"])
        problems = (*evaluation.problems, *weights)
    problems = (*problems, *_new_members(session, manifest, base))
    if base is not None:
        day = session.as_of(as_of)
        problems = (*problems, *_revisions_without_note(session, manifest, base, day, no_run))
    return tuple(summary), problems


def _of_files(session: Session, manifest: Manifest) -> tuple[Problem, ...]:
    """What is wrong in the files alone; what is known of each query's text is remembered."""
    from sharekit.checks import examine
    from sharekit.checks.facts_cache import FactsCache
    from sharekit.history import committed_paths

    facts = FactsCache(session.project.root / CACHE)
    manifest_checks = examine(
        manifest,
        facts=facts,
        remember=facts.remember,
        committed=lambda: committed_paths(session.history),
        has_data=False,
    )
    facts.save()
    return manifest_checks.problems


def _of_data(session: Session, as_of: date) -> tuple[Evaluation, tuple[Problem, ...]]:
    """The project with its values, and what is wrong with the weight of its pages."""
    from sharekit.app.caches import Caches
    from sharekit.build import evaluated, page_weights

    root = session.project.root
    with session.terminal.progress() as tell:
        evaluation = evaluated(
            root,
            as_of=as_of,
            caches=Caches(root / CACHE),
            history=session.history,
            refresh=False,
            tell=tell,
        )
        tell("Measuring the pages")
        return evaluation, page_weights(evaluation)


def _new_members(session: Session, today: Manifest, base: str | None) -> tuple[Problem, ...]:
    """Who joined an audience since REV; without one, by what is not committed yet, else by the
    newest commit."""
    from sharekit.checks.audience_changes import audience_joins
    from sharekit.history import NoHistory, manifest_of
    from sharekit.project.read.excerpt import with_excerpt

    history = session.history
    if isinstance(history, NoHistory):
        return ()
    now = today.files.get(today.config_path)
    revs = (history.fork_point(base),) if base is not None else ("HEAD", "HEAD~1")
    for rev in revs:
        if not history.knows(rev):
            return ()
        declared = history.declared(rev)
        if declared.configured and declared.files.get(today.config_path) != now:
            try:
                return tuple(
                    with_excerpt(problem, today.files)
                    for problem in audience_joins(manifest_of(history, declared), today)
                )
            except ProblemsError:
                return ()  # that configuration could not be used, so nobody was shown anything by it
    return ()


def _revisions_without_note(
    session: Session, today: Manifest, base: str, as_of: date, no_run: bool
) -> tuple[Problem, ...]:
    """Revisions without a note; where queries may run, one of form alone is looked at on today's
    data too."""
    from sharekit.project.read.excerpt import with_excerpt
    from sharekit.revisions.comparison_cache import comparing
    from sharekit.revisions.effect.measure import open_measurer, with_effects
    from sharekit.revisions.gate import gate
    from sharekit.revisions.meaning import Comparer
    from sharekit.revisions.timeline import changes_between

    root = session.project.root
    history = session.require_history()
    measurer = open_measurer(today, as_of, comparing(), root / CACHE)
    compare = Comparer(comparing()) if no_run else measurer.compare
    step = changes_between(history, today, as_of, compare, history.fork_point(base))
    revisions = step.revisions
    if not no_run:
        revisions = with_effects(revisions, measurer, step.before, step.after)
    return tuple(
        with_excerpt(problem, today.files) for problem in gate(revisions, step.after, step.before)
    )


def _tell(session: Session, record: CheckRecord, form: str, *, ran: bool) -> None:
    """A report for machines is all that standard output gets; people get the table, the report and
    a verdict."""
    problems = record.problems
    if form != "text":
        session.terminal.data(FORMATS[form](problems))
        return
    if record.summary and not exit_code(problems):
        session.terminal.write("\n".join(record.summary) + "\n")
    session.terminal.write_problems(problems)
    ready = "Ready to build." if ran else "Ready to run."
    failed = "Nothing can be built." if exit_code(problems) == 2 else "The rest can be built."
    if {problem.code for problem in errors_among(problems)} == {"revision-without-note"}:
        failed = "Nothing else is wrong."
    session.terminal.write(verdict(problems, ready=ready, failed=failed))
