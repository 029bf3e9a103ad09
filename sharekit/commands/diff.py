"""`sharekit diff`: what changed between two commits, in words, with the effect on the number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from textwrap import wrap

import click
from pydantic import TypeAdapter

from sharekit.app.inputs import CACHE
from sharekit.app.pull_request_comment import keep_comment, thread_of
from sharekit.app.session import Session
from sharekit.commands import as_of_option, command, format_option
from sharekit.errors import SharekitError, errors_among, exit_code
from sharekit.mail.revision_view import RevisionView, revision_view
from sharekit.numbers.formats import format_day, format_value
from sharekit.numbers.results import Point, Results
from sharekit.project.load import load
from sharekit.project.manifest import Manifest
from sharekit.records import replace
from sharekit.revisions.comparison_cache import comparing
from sharekit.revisions.effect.measure import EffectMeasurer, open_measurer, with_effects
from sharekit.revisions.meaning import Comparer
from sharekit.revisions.note import note_command
from sharekit.revisions.revision import Revision
from sharekit.revisions.timeline import TimelineStep, changes_between
from sharekit.site.json.number_document import json_text
from sharekit.terminal.reports import summary
from sharekit.terminal.screen import sparkline, table
from sharekit.visible import unrestricted
from sharekit.wording.statuses import CLASS_WORDS

WIDE = 80
_REVISION = TypeAdapter(Revision)


@command(example="sharekit diff HEAD~1\nsharekit diff origin/main --format markdown")
@click.argument("base", default="HEAD", required=False)
@click.argument("head", required=False)
@format_option("text", "markdown", "json")
@click.option("--sql", "sql", is_flag=True, help="Show both queries too.")
@click.option("--no-run", is_flag=True, help="Compare only what is declared; run no query.")
@click.option(
    "--comment",
    is_flag=True,
    help="Also keep it as one comment on the pull request whose job this is; with --format"
    " markdown.",
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

    From BASE (default: HEAD) to HEAD (default: the files as they are). Formatting, comments and anything
    else that is proved to mean the same does not count as a change. Where a filter over one table
    changed, it says how many rows no longer count, or count now."""
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
        step = changes_between(history, today, day, compare, base, head)
        revisions = (
            step.revisions
            if no_run
            else with_effects(step.revisions, measurer, step.before, step.after)
        )
        entries = [revision for revision in revisions if revision.classes != ("cosmetic",)]
        values = {} if no_run else _values(entries, step, measurer)
    partial = _say_unread(session, step)
    if form == "json":
        session.terminal.data(
            json_text([_REVISION.dump_python(revision, mode="json") for revision in revisions])
        )
        return exit_code(step.after.problems) if head is None else 0
    write = _markdown if form == "markdown" else _text
    lines = [line for revision in entries for line in write(revision, step, values, sql)]
    spelled = sum(revision.classes == ("cosmetic",) for revision in revisions)
    written = "\n".join([*lines, *_ending(entries, spelled, form, partial)]) + "\n"
    session.terminal.report(written)
    if thread is not None:
        keep_comment(thread, written)
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
            session.terminal.say(f"{summary(errors)}; what these files declare is not compared.")
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


def _text(
    revision: Revision, step: TimelineStep, values: Mapping[str, Results], sql: bool
) -> Iterator[str]:
    view = _view(revision, step, values)
    late = f", after the end of {revision.after_end}" if revision.after_end else ""
    class_words = ", ".join(CLASS_WORDS[name].lower() for name in revision.classes) + late
    yield f"  {revision.title}  ({class_words})"
    yield f"  {_span(revision)}"
    if revision.kind in ("key_result", "metric") and view.rows:
        yield ""
        rows = [(row.label, row.before, row.after or "-") for row in view.rows]
        yield from (
            f"  {line}"
            for line in table(["", "before", "after"], rows, align=["left", "right", "right"])
        )
    if view.why:
        yield from ("", *_wrapped(f"{view.why_title}: {view.why}"))
        if view.we_will:
            yield from _wrapped(f"What we will do: {view.we_will}")
        for earlier_reason in view.earlier:
            totals = " ".join(
                reason_text
                for reason_text in (
                    earlier_reason.changed,
                    earlier_reason.why,
                    earlier_reason.we_will,
                )
                if reason_text
            )
            yield from _wrapped(f"{earlier_reason.title}: {totals}")
    elif revision.note_missing:
        yield from ("", f"  [!] No reason given yet: {note_command(revision)}")
    yield from _sql_changes(view)
    if revision.impact and revision.impact.held and not view.changes:
        yield from ("", *_wrapped(revision.impact.held))
    yield from _sparklines(revision, state=step.after)
    if sql and revision.sql_before is not None:
        yield from (
            "",
            "  Before",
            *_indented(revision.sql_before),
            "",
            "  After",
            *_indented(revision.sql_after or ""),
        )
    yield ""


def _sql_changes(view: RevisionView) -> Iterator[str]:
    if not view.changes:
        return
    has_effects = any(change.effect for change in view.changes)
    yield from ("", f"  {'What changed in the SQL':<58}{'effect' if has_effects else ''}".rstrip())
    for change_line in view.changes:
        first, *rest = wrap(change_line.sentence, 54) or [""]
        yield f"   {change_line.op}  {first:<54} {change_line.effect}".rstrip()
        yield from (f"      {line}" for line in rest)
    if view.effect:
        yield from ("", *_wrapped(view.effect))


def _sparklines(revision: Revision, state: Manifest) -> Iterator[str]:
    impact, metric = revision.impact, state.metrics.get(revision.item)
    if impact is None or metric is None or not impact.old_series or not impact.new_series:
        return

    def line(word: str, series: tuple[Point, ...]) -> str:
        last = format_value(series[-1].value, metric.front.unit, metric.front.format)
        return f"{word}  {sparkline([point.value for point in series])}  {last}"

    day = format_day(impact.new_series[0].on)
    yield from (
        "",
        f"  {day:>6}  {line('old', impact.old_series)}",
        f"  {'':>6}  {line('new', impact.new_series)}",
    )


def _markdown(
    revision: Revision, step: TimelineStep, values: Mapping[str, Results], sql: bool
) -> Iterator[str]:
    view = _view(revision, step, values)
    late = f", after the end of {revision.after_end}" if revision.after_end else ""
    class_words = ", ".join(CLASS_WORDS[name].lower() for name in revision.classes) + late
    yield from (
        f"### {_plain(revision.title)}: {class_words}",
        "",
        f"{_plain(_span(revision))}",
        "",
    )
    if revision.kind in ("key_result", "metric") and view.rows:
        yield from ("| | before | after |", "| --- | ---: | ---: |")
        yield from (
            f"| {_plain(row.label)} | {_plain(row.before)} | **{_plain(row.after)}** |"
            for row in view.rows
        )
        yield ""
    if view.why:
        yield from (f"**{view.why_title}.** {_plain(view.why)}", "")
        if view.we_will:
            yield from (f"**What we will do.** {_plain(view.we_will)}", "")
        for earlier_reason in view.earlier:
            totals = " ".join(
                reason_text
                for reason_text in (
                    earlier_reason.changed,
                    earlier_reason.why,
                    earlier_reason.we_will,
                )
                if reason_text
            )
            yield from (f"**{_plain(earlier_reason.title)}.** {_plain(totals)}", "")
    elif revision.note_missing:
        yield from (
            f"**No reason given yet.** `{note_command(revision)}` writes the entry.",
            "",
        )
    for change_line in view.changes:
        effect = f" ({change_line.effect})" if change_line.effect else ""
        yield f"- {change_line.op} {_plain(change_line.sentence, code=True)}{effect}"
    if view.changes:
        yield ""
        if view.effect:
            yield from (_plain(view.effect), "")
    if revision.impact and revision.impact.held and not view.effect:
        yield from (f"**{_plain(revision.impact.held)}**", "")
    if sql and revision.sql_before is not None:
        yield from _fenced("Before", revision.sql_before)
        yield from _fenced("After", revision.sql_after or "")


def _fenced(word: str, sql: str) -> Iterator[str]:
    fence = "```" + "`" * max((len(run) for run in sql.split() if set(run) == {"`"}), default=0)
    yield from (f"{word}:", f"{fence}sql", sql.strip(), fence, "")


def _plain(text: str, *, code: bool = False) -> str:
    """Text that cannot become markup in a comment on a pull request; code between backticks stays
    code."""
    marks = "\\[]<>*_|#" if not code else "\\[]<>*|#"

    def escape(stretch: str) -> str:
        return "".join(f"\\{char}" if char in marks else char for char in stretch)

    if not code:
        return escape(" ".join(text.split()))
    stretches = " ".join(text.split()).split("`")
    return "`".join(
        stretch.replace("|", "\\|") if place % 2 else escape(stretch)
        for place, stretch in enumerate(stretches)
    )


def _ending(revisions: list[Revision], spelled: int, form: str, partial: bool) -> Iterator[str]:
    lead = "" if form == "markdown" else "  "
    if not revisions:
        yield (
            f"{lead}Nothing changed in"
            f" meaning{' in the files that can be read' if partial else ''}."
        )
    if spelled:
        yield (
            f"{lead}{spelled} {'query was' if spelled == 1 else 'queries were'} respelled and mean"
            " the same."
        )
    if revisions and form == "text" and any(revision.sql_before for revision in revisions):
        yield f"{lead}--sql shows both queries."


def _span(revision: Revision) -> str:
    before = revision.before.commit[:7] if revision.before and revision.before.commit else "new"
    after = revision.after.commit[:7] if revision.after.commit else "working tree"
    who = f", {revision.after.author}" if revision.after.author else ""
    return f"{before} -> {after}{who}"


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDE, initial_indent="  ", subsequent_indent="  ")


def _indented(sql: str) -> list[str]:
    return [f"    {line}" for line in sql.strip().splitlines()]
