"""What a revision changed, a sentence a line, for the terminal and for notes."""

from __future__ import annotations

from sharekit.numbers.formats import format_value
from sharekit.project.manifest import Manifest, people_text
from sharekit.revisions.revision import Revision


def revision_sentences(revision: Revision, manifest: Manifest) -> tuple[str, ...]:
    """What changed, a sentence a line, in plain words: declared values first, then the meaning of
    the SQL."""
    lines = [
        field_sentence(change.name, change.before, change.after, revision.item, manifest)
        for change in revision.fields
    ]
    if revision.classes[:1] == ("introduced",):
        lines.append("is new")
    if "retired" in revision.classes:
        lines.append("is gone")
    for change in revision.sql_changes:
        where = f" (in `{change.item}`)" if change.item else ""
        lines.append(f"{change.op} {change.sentence}{where}")
    return tuple(lines)


def field_sentence(name: str, before: object, after: object, item: str, manifest: Manifest) -> str:
    """ "target: 90% -> 88%": one declared value, before and after."""
    return (
        f"{name.replace('_', ' ')}: {_say(name, before, item, manifest)} ->"
        f" {_say(name, after, item, manifest)}"
    )


def _say(name: str, value: object, item: str, manifest: Manifest) -> str:
    if value is None:
        return "none"
    metric = manifest.metrics.get(item)
    if name in ("target", "baseline") and isinstance(value, (int, float)) and metric:
        return str(format_value(float(value), metric.front.unit, metric.front.format))
    if name == "owner":
        return people_text(manifest, value)
    if isinstance(value, dict) and "label" in value:
        return str(value["label"])
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:59]}…"
