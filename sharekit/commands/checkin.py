"""`sharekit checkin`: what the owner says about a key result on a day, written into its file."""

from __future__ import annotations

import json
from datetime import date

import click

from sharekit.app.session import Session
from sharekit.commands import as_of_option, command
from sharekit.errors import SharekitError
from sharekit.project.load import load
from sharekit.project.manifest import Manifest, Metric
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.scaffold import replace_text
from sharekit.revisions.note_snippet import insert_note


@command(
    example='sharekit checkin oncall_rota 3 --note "The rota of May is filled." --confidence 8'
)
@click.argument("item", metavar="ID")
@click.argument("value", type=float, required=False)
@click.option("--note", metavar="TEXT", help="What happened, in a sentence.")
@click.option(
    "--confidence", type=click.FloatRange(0, 10), metavar="N", help="Your confidence, 0 to 10."
)
@as_of_option
def checkin(
    session: Session,
    item: str,
    value: float | None,
    note: str | None,
    confidence: float | None,
    as_of: date | None,
) -> int:
    """Record where a key result is today.

    Adds a check-in to its file: VALUE of one that is kept by hand, a note, your confidence. A
    check-in needs no reason: nobody is mailed, and pages, feed and pre-read show it. The day is
    today, or --as-of. Comments and everything else in the file stay as they are.
    """
    manifest, day = load(session.project.root), session.as_of(as_of)
    metric = _key_result(manifest, item)
    _refuse(metric, value, note, confidence, day)
    answers: dict[str, object] = {"value": value, "confidence": confidence, "note": note}
    answered_keys = (
        f"{key}: {_yaml(value)}" for key, value in answers.items() if value is not None
    )
    entry = ", ".join((f"on: {day.isoformat()}", *answered_keys))
    file = session.project.root / metric.path
    text = file.read_bytes().decode("utf-8")
    replace_text(file, insert_note(text, f"checkins:\n  - {{{entry}}}"))
    session.terminal.write(f"  {metric.path}\n\n      - {{{entry}}}")
    return 0


def _yaml(value: object) -> str:
    """A value as YAML inside the front matter of either kind of file; what begins or ends a comment
    is spelled out."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return json.dumps(value, ensure_ascii=False).replace("*/", "*\\x2F").replace("/*", "/\\x2A")


def _key_result(manifest: Manifest, item: str) -> Metric:
    metric = manifest.key_results.get(item)
    if metric is not None:
        return metric
    if item in manifest.broken:
        raise SharekitError(f"{item} has a mistake in its file", hint="sharekit check shows it.")
    if item in manifest.metrics:
        hint: str | None = "Only key results have check-ins; a number comes from its query."
        raise SharekitError(f"{item} is not a key result", hint=hint)
    hint = suggestion(
        item,
        manifest.key_results,
        are="There are",
        none="Start one: sharekit new okr NAME --by-hand.",
    )
    raise SharekitError(f"there is no key result {item}", hint=hint)


def _refuse(
    metric: Metric, value: float | None, note: str | None, confidence: float | None, day: date
) -> None:
    """Raises SharekitError where the check-in would say nothing, or what is not the owner's to
    say."""
    assert metric.okr is not None
    if value is None and note is None and confidence is None:
        raise SharekitError("this check-in is empty", hint="Give VALUE, --note or --confidence.")
    if value is not None and not metric.by_hand:
        hint = "Leave VALUE out, and say more with --note or --confidence."
        raise SharekitError(
            f"the value of {metric.id} comes from its query in {metric.path}", hint=hint
        )
    if value is not None and not abs(value) < float("inf"):
        raise SharekitError(f"{value} is not a number", hint="Write a number.")
    newest = max((entry.on for entry in metric.okr.front.checkins), default=None)
    if newest is not None and newest >= day:
        hint = f"Edit that one in {metric.path}, or name a later day with --as-of."
        raise SharekitError(f"there is already a check-in of {newest}", hint=hint)
