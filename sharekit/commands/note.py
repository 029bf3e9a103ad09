"""`sharekit note`: the entry that explains a revision, all but the person's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import click

from sharekit.app.inputs import CACHE
from sharekit.app.session import Session
from sharekit.commands import as_of_option, command
from sharekit.errors import Place, ProblemsError, SharekitError
from sharekit.project.load import load
from sharekit.project.read.did_you_mean import suggestion
from sharekit.revisions.comparison_cache import comparing
from sharekit.revisions.effect.measure import open_measurer, with_effects
from sharekit.revisions.note_snippet import (
    insert_note,
    note_snippet,
    through_view,
    view_note_snippet,
)
from sharekit.revisions.timeline import changes_between


@command(example="sharekit note jfk_on_time --base origin/main")
@click.argument("item", metavar="ID")
@click.option(
    "--base",
    metavar="REV",
    default="HEAD",
    help="Compare with this commit or branch. Default: HEAD.",
)
@click.option(
    "--print", "only_print", is_flag=True, help="Print the entry and leave the file as it is."
)
@as_of_option
def note(session: Session, item: str, base: str, only_print: bool, as_of: date | None) -> int:
    """Write the note that a revision of ID needs.

    It is put into the file's `revisions:` with the date, what changed from what to what, and the
    effect on the number. You write why, and what you will do. ID may be a view: its note explains
    all that was redefined through it."""
    root, day = session.project.root, session.as_of(as_of)
    history = session.require_history()
    today = load(root)
    measurer = open_measurer(today, day, comparing(), root / CACHE)
    with session.terminal.progress() as tell:
        tell("Comparing")
        step = changes_between(history, today, day, measurer.compare, history.fork_point(base))
        revisions = {
            entry.item: entry for entry in step.revisions if entry.kind in ("key_result", "metric")
        }
        if item in today.views and (
            revisions_through_view := through_view(item, revisions.values())
        ):
            place = today.views[item].path
            snippet = view_note_snippet(revisions_through_view, day)
            return _written(session, place, snippet, base, only_print=only_print)
        if item not in revisions:
            items = set(today.metrics) | set(step.before.metrics)
            if (
                today.broken and item in items | today.broken
            ):  # what cannot be read may well have changed
                raise ProblemsError(today.problems)
            raise _nothing(item, base, items)
        (revision,) = with_effects([revisions[item]], measurer, step.before, step.after)
    if revision.classes == ("cosmetic",):
        raise SharekitError(
            f"{item} means the same as at {base}: it needs no note",
            hint="A note is for a change of what it means or promises.",
        )
    snippet = note_snippet(revision, step.after, on=day)
    place = "" if only_print else _file(revision.place, today.files, item)
    return _written(session, place, snippet, base, only_print=only_print)


def _written(session: Session, place: str, snippet: str, base: str, *, only_print: bool) -> int:
    """Put the entry into its file, or print it."""
    if only_print:
        session.terminal.data(f"{snippet}\n")
        return 0
    target = session.project.root / place
    text = target.read_bytes().decode("utf-8")
    target.write_bytes(insert_note(text, snippet).encode("utf-8"))
    session.terminal.write(
        f"  {place}\n\n" + "\n".join(f"      {line}" for line in snippet.splitlines())
    )
    session.terminal.write(
        "\n  Choose a reason, write why and what you will do about it; then sharekit check --base "
        + base
    )
    return 0


def _file(place: Place | None, files: Mapping[str, str], item: str) -> str:
    if place is None or place.path not in files:
        raise SharekitError(
            f"there is no file left that could hold the note on {item}",
            hint="Bring its objective.md back, or add the entry to another objective: sharekit note"
            f" {item} --print",
        )
    return place.path


def _nothing(item: str, base: str, items: set[str]) -> SharekitError:
    if item in items:
        hint = "Name the commit to compare with: --base REV."
        return SharekitError(f"{item} has not changed since {base}", hint=hint)
    return SharekitError(
        f"there is no metric or key result {item}", hint=suggestion(item, items, are="There are")
    )
