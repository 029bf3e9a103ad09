"""A revision as lines: for a terminal, and in Markdown for a comment on a pull request. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from sharekit.mail.revision_view import RevisionView
from sharekit.numbers.formats import format_day, format_value
from sharekit.numbers.results import Point
from sharekit.project.manifest import Manifest
from sharekit.revisions.note_snippet import note_command
from sharekit.revisions.revision import Revision
from sharekit.terminal.screen import WIDTH, sparkline, table
from sharekit.wording.statuses import CLASS_WORDS


def revision_text(
    revision: Revision, view: RevisionView, after: Manifest, sql: bool
) -> Iterator[str]:
    """For a terminal. `after`: what is declared after the revision; `sql`: whether both queries are
    shown too."""
    yield f"  {revision.title}  ({_class_words(revision)})"
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
            yield from _wrapped(f"{earlier_reason.title}: {earlier_reason.text}")
    elif revision.note_missing:
        yield from ("", f"  [!] No reason given yet: {note_command(revision)}")
    yield from _sql_changes(view)
    if revision.impact and revision.impact.held and not view.changes:
        yield from ("", *_wrapped(revision.impact.held))
    yield from _sparklines(revision, after)
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


def _sparklines(revision: Revision, after: Manifest) -> Iterator[str]:
    impact, metric = revision.impact, after.metrics.get(revision.item)
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


def revision_markdown(
    revision: Revision, view: RevisionView, _after: Manifest, sql: bool
) -> Iterator[str]:
    """For a comment on a pull request, with nothing in it that a declared text makes markup."""
    yield from (
        f"### {_plain(revision.title)}: {_class_words(revision)}",
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
            yield from (f"**{_plain(earlier_reason.title)}.** {_plain(earlier_reason.text)}", "")
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


def _class_words(revision: Revision) -> str:
    """What kind of revision it is: "redefined, retargeted, after the end of 2013-Q4"."""
    late = f", after the end of {revision.after_end}" if revision.after_end else ""
    return ", ".join(CLASS_WORDS[name].lower() for name in revision.classes) + late


def _span(revision: Revision) -> str:
    before = revision.before.commit[:7] if revision.before and revision.before.commit else "new"
    after = revision.after.commit[:7] if revision.after.commit else "working tree"
    who = f", {revision.after.author}" if revision.after.author else ""
    return f"{before} -> {after}{who}"


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _indented(sql: str) -> list[str]:
    return [f"    {line}" for line in sql.strip().splitlines()]
