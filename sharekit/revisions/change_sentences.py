"""What a revision changed, a sentence a line, for the terminal and for notes."""

from __future__ import annotations

from sharekit.project.manifest import Manifest
from sharekit.revisions.revision import FieldChange, Revision
from sharekit.wording.declared_values import DeclaredWords, declared_words

LONGEST = 60
"""Characters of a value in a sentence."""


def revision_sentences(revision: Revision, manifest: Manifest) -> tuple[str, ...]:
    """What changed, a sentence a line, in plain words: declared values first, then the meaning of
    the SQL."""
    before, after = declared_words(revision, manifest)
    lines = [_field_sentence(change, before, after) for change in revision.fields]
    if revision.classes[:1] == ("introduced",):
        lines.append("is new")
    if "retired" in revision.classes:
        lines.append("is gone")
    for change in revision.sql_changes:
        where = f" (in `{change.item}`)" if change.item else ""
        lines.append(f"{change.op} {change.sentence}{where}")
    return tuple(lines)


def _field_sentence(change: FieldChange, before: DeclaredWords, after: DeclaredWords) -> str:
    """ "target: 90% -> 88%": one declared value, before and after."""
    was, now = (_short(text) for text in after.change(change, before))
    return f"{change.name.replace('_', ' ')}: {was} -> {now}"


def _short(value: str) -> str:
    text = " ".join(value.split())
    return (text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…") or "none"
