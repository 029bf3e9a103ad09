"""`sharekit diff`: what changed between two commits, in words, with the effect on the number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import click

from sharekit.app.inputs import CACHE
from sharekit.app.pull_request_comment import keep_comment, thread_of
from sharekit.app.session import Session
from sharekit.commands import as_of_option, command, format_option
from sharekit.errors import SharekitError, errors_among, exit_code
from sharekit.mail.revision_view import RevisionView, revision_view
from sharekit.numbers.results import Results
from sharekit.project.load import load
from sharekit.record_json import to_plain
from sharekit.records import replace
from sharekit.revisions.comparison_cache import comparing
from sharekit.revisions.effect.measure import EffectMeasurer, open_measurer, with_effects
from sharekit.revisions.meaning import Comparer
from sharekit.revisions.revision import Revision
from sharekit.revisions.timeline import TimelineStep, changes_between
from sharekit.site.json.number_document import document_text
from sharekit.terminal.reports import problem_counts
from sharekit.terminal.revision_reports import revision_markdown, revision_text
from sharekit.visible import unrestricted


@command(example="sharekit diff HEAD~1\nsharekit diff origin/main --format markdown")
@click.argument("base", default="HEAD", required=False)
@click.argument("head", required=False)
@format_option("text", "markdown", "json")
@click.option("--sql", "sql", is_flag=True, help="Show both queries too.")
@click.option("--no-run", is_flag=True, help="Compare only what is declared; run no query.")
@click.option(
    "--comment",
    is_flag=True,
    help="Also keep it as one comment on the pull request whose job this is, if anything changed;"
    " with --format markdown.",
)
@as_of_option
def diff(
    session: Session,
    base: str,
    head: str | None,
    form: str,
    sql: bool,
    no_run: bool,
    comment: bool,
    as_of: date | None,
) -> int:
    """Show what changed, and what it does to the numbers.

    From BASE (default: HEAD) to HEAD (default: the files as they are). Where BASE went on after
    HEAD left it, from there. Formatting, comments and anything else that is proved to mean the same
    does not count as a change. Where a filter over one table changed, it says how many rows no
    longer count, or count now."""
    if comment and form != "markdown":
        raise SharekitError(
            "--comment needs --format markdown", hint="A comment is written in Markdown."
        )
    thread = thread_of(session.environ) if comment else None
    day = session.as_of(as_of)
    history = session.require_history()
    today = load(session.project.root)
    cache = session.project.root / CACHE
    measurer = open_measurer(today, day, comparing(), cache)
    compare = Comparer(comparing()) if no_run else measurer.compare
    with session.terminal.progress() as tell:
        tell("Comparing")
        start = history.start_of(head or "HEAD", base)
        step = changes_between(history, today, day, compare, start, head)
        revisions = (
            step.revisions
            if no_run
            else with_effects(step.revisions, measurer, step.before, step.after)
        )
        entries = [revision for revision in revisions if revision.classes != ("cosmetic",)]
        values = {} if no_run else _values(entries, step, measurer)
    partial = _say_unread(session, step)
    if form == "json":
        session.terminal.data(document_text([to_plain(revision) for revision in revisions]))
        return exit_code(step.after.problems) if head is None else 0
    write = revision_markdown if form == "markdown" else revision_text
    lines = [
        line
        for revision in entries
        for line in write(revision, _view(revision, step, values), step.after, sql)
    ]
    rewritten = sum(revision.classes == ("cosmetic",) for revision in revisions)
    written = "\n".join([*lines, *_ending(entries, rewritten, form, partial)]) + "\n"
    session.terminal.report(written)
    if thread is not None:
        keep_comment(thread, written, has_changes=bool(entries or rewritten))
    return exit_code(step.after.problems) if head is None else 0


def _say_unread(session: Session, step: TimelineStep) -> bool:
    """Tell of files with mistakes, which are left out of the comparison; whether there are any."""
    unread = False
    for state, moment in ((step.before, step.before_moment), (step.after, step.after_moment)):
        errors = errors_among(state.problems)
        if not errors:
            continue
        unread = True
        if moment.commit is None:
            session.terminal.say_problems(errors)
            session.terminal.say(
                f"{problem_counts(errors)}; what these files declare is not compared."
            )
        else:
            paths = ", ".join(dict.fromkeys(problem.place.path for problem in errors))
            session.terminal.say(
                f"  [!] At {moment.commit[:7]} there are mistakes in {paths}; that is not compared."
            )
    return unread


def _values(
    revisions: list[Revision], step: TimelineStep, measurer: EffectMeasurer
) -> dict[str, Results]:
    """The results that a revision's number stands in, by id of its item."""
    items = {revision.item for revision in revisions if revision.item in step.after.metrics}
    today = replace(step.after, root=measurer.today.root)
    return {
        item: Results(measurer.as_of, {item: measurer.measure(today, item)})
        for item in sorted(items)
    }


def _view(revision: Revision, step: TimelineStep, values: Mapping[str, Results]) -> RevisionView:
    state = step.after if revision.item in step.after.metrics else step.before
    return revision_view(
        *unrestricted(revision, state, values.get(revision.item) or Results(date.min, {}))
    )


def _ending(revisions: list[Revision], rewritten: int, form: str, partial: bool) -> Iterator[str]:
    lead = "" if form == "markdown" else "  "
    if not revisions:
        yield (
            f"{lead}Nothing changed in"
            f" meaning{' in the files that can be read' if partial else ''}."
        )
    if rewritten == 1:
        yield f"{lead}1 query was rewritten and still means the same."
    elif rewritten:
        yield f"{lead}{rewritten} queries were rewritten and still mean the same."
    if revisions and form == "text" and any(revision.sql_before for revision in revisions):
        yield f"{lead}--sql shows both queries."
