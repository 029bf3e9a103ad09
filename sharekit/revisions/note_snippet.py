"""The entry that explains a revision: written with all but the person's words, and put where it
belongs in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import get_args

from sharekit.errors import SharekitError
from sharekit.numbers.formats import format_change, format_score, format_value
from sharekit.project.manifest import Manifest
from sharekit.project.shapes import RevisionReason
from sharekit.revisions.change_sentences import revision_sentences
from sharekit.revisions.revision import NOTE_REQUIRED, Revision
from sharekit.wording.effect import reach_words

_SHORT = 10
"""Characters of a commit's id that tell it apart from the others."""
REASONS: tuple[RevisionReason, ...] = get_args(RevisionReason)
_MARK = re.compile(r"\s*+(/\*\s*+)?+---\s*+(\*/)?+\s*+\Z")
_KEY = re.compile(r"^(?P<indent>[ \t]*)(?P<key>[A-Za-z_]+)[ \t]*:(?P<rest>.*)$")


def note_command(revision: Revision, item: str | None = None) -> str:
    """The command that writes the entry. It compares with the state before the change, which may be
    committed by now. `item`: a view that explains it."""
    before = revision.before.commit if revision.before is not None else None
    base = "" if before is None else f" --base {before[:_SHORT]}"
    return f"sharekit note {item or revision.item}{base}"


def note_snippet(revision: Revision, after: Manifest, *, on: date | None = None) -> str:
    """YAML to paste: the entry, with what changed and what it does to the number as comments.

    `on` is its date; default: the revision's day. `reason` is the person's to give, like `why`.
    """
    day = on or revision.on
    if revision.item not in after.metrics:
        body = [f"  - id: {revision.item}", f"    date: {day}", '    why: ""', '    we_will: ""']
        return "\n".join(("retired:", *body))
    notes = [*revision_sentences(revision, after), *_impact(revision, after)]
    return "\n".join(("revisions:", *_entry(day, notes)))


def view_note_snippet(revisions: Sequence[Revision], on: date) -> str:
    """YAML to paste into a view: one entry that explains all that was redefined through it."""
    changes = dict.fromkeys(
        change.sentence for revision in revisions for change in revision.sql_changes
    )
    notes = [*changes, f"explains {', '.join(revision.item for revision in revisions)}"]
    return "\n".join(("revisions:", *_entry(on, notes)))


def through_view(view: str, revisions: Iterable[Revision]) -> tuple[Revision, ...]:
    """Those of these revisions that a change of this view made, and nothing else."""
    return tuple(
        revision
        for revision in revisions
        if revision.sql_changes
        and NOTE_REQUIRED.intersection(revision.classes) == {"redefined"}
        and all(change.item == view for change in revision.sql_changes)
    )


def _entry(on: date, notes: Iterable[str]) -> tuple[str, ...]:
    """The lines of one `revisions:` entry, indented as a list item."""
    return (
        f"  - date: {on}",
        f'    reason: ""  # one of: {", ".join(REASONS)}',
        '    why: ""',
        '    we_will: ""',
        *(f"    # {_comment(line)}" for line in notes),
    )


def insert_note(text: str, snippet: str) -> str:
    """The file's text with the entry appended to its list; every other byte stays.

    Works in the front matter of a .sql file and of an objective.md; a view that has none gets it."""
    key, _, body = snippet.partition(":\n")
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    marks = [place for place, line in enumerate(lines) if _MARK.match(line.replace("\ufeff", ""))]
    if len(marks) < 2:
        front = f"/* ---\n{snippet}\n--- */\n".replace("\n", newline)
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        return f"{mark}{front}{text.removeprefix(mark)}"
    start, end = marks[0] + 1, marks[1]
    entry = [f"{line}{newline}" for line in body.splitlines()]
    at = _key_line(lines, start, end, key)
    if at is None:
        return "".join([*lines[:end], f"{key}:{newline}", *entry, *lines[end:]])
    match = _KEY.match(lines[at].rstrip("\r\n"))
    assert match is not None
    value_on_line = match["rest"].split("#")[0].strip()
    if value_on_line not in ("", "[]"):
        raise SharekitError(
            f"`{key}:` is written on one line, and the entry cannot be added to it",
            hint=f"Write {key} as a list, one entry after another, each beginning with a hyphen.",
        )
    if value_on_line == "[]":
        lines[at] = f"{match['indent']}{key}:{newline}"
    last = _end_of_list(lines, at, end)
    indent = _list_indent(lines, at, last)
    return "".join([*lines[:last], *_reindented(entry, indent), *lines[last:]])


def _key_line(lines: list[str], start: int, end: int, key: str) -> int | None:
    for place in range(start, end):
        match = _KEY.match(lines[place].rstrip("\r\n"))
        if match and match["key"] == key and not match["indent"]:
            return place
    return None


def _end_of_list(lines: list[str], at: int, end: int) -> int:
    """First line after a key's list: the next key at the margin, blank lines before it left with
    that key."""
    place = at + 1
    while place < end and not (
        lines[place].strip() and not lines[place][0].isspace() and lines[place][0] not in "-#"
    ):
        place += 1
    while place > at + 1 and not lines[place - 1].strip():
        place -= 1
    return place


def _list_indent(lines: list[str], at: int, last: int) -> int:
    for line in lines[at + 1 : last]:
        if line.lstrip().startswith("-"):
            return len(line) - len(line.lstrip())
    return 2


def _reindented(entry: list[str], indent: int) -> list[str]:
    return [" " * indent + line[2:] for line in entry]


def _impact(revision: Revision, manifest: Manifest) -> list[str]:
    impact, metric = revision.impact, manifest.metrics.get(revision.item)
    if impact is None or metric is None or impact.unavailable or impact.held:
        return []
    front = metric.front
    lines = []
    other_unit = any(change.name == "unit" for change in revision.fields)
    if impact.old is not None and impact.new is not None and not other_unit:
        old, new = (
            format_value(value, front.unit, front.format) for value in (impact.old, impact.new)
        )
        change = format_change(impact.new - impact.old, None, front.unit, front.format)
        lines.append(f"number: {old} -> {new} ({change})")
    if impact.score_before is not None and impact.score_after is not None:
        lines.append(
            f"score: {format_score(impact.score_before)} -> {format_score(impact.score_after)}"
        )
    fiscal = manifest.config.project.fiscal_year
    lines += filter(None, [reach_words(impact, front.unit, front.format, fiscal).rstrip(".")])
    return lines


def _comment(line: str) -> str:
    """One line that cannot end a YAML comment or the SQL comment around it."""
    return " ".join(line.replace("*/", "* /").split())
