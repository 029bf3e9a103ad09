"""What an import says: shares, tables to bring, and of each definition what became of it. Texts of
other tools are shown as text."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.importing.writing import Outcome, Written

COUNTED = ("metric", "model")
"""Kinds whose shares are told: the others have no place here."""


def state(outcome: Outcome) -> str:
    if outcome.path is None:
        return "left out"
    return "carried with loss" if outcome.why else "carried"


def shares(written: Written) -> Iterator[str]:
    """A line a kind: "metrics: 12 carried, 3 carried with loss, 2 left out"."""
    for kind in COUNTED:
        states = [state(outcome) for outcome in written.outcomes if outcome.kind == kind]
        if states:
            counts = ", ".join(
                f"{states.count(name)} {name}"
                for name in ("carried", "carried with loss", "left out")
            )
            yield f"{len(states)} {kind}{'' if len(states) == 1 else 's'}: {counts}"


def report_text(written: Written, title: str) -> str:
    """The whole report as Markdown."""
    lines = [f"# Imported from {title}", "", *(f"- {line}" for line in shares(written)), ""]
    if written.tables:
        lines += [
            "## Tables to bring",
            "",
            "Put a file of that name into `metrics/data/`, or name it under `[sources]`.",
            "",
            "| table | there | columns that are read |",
            "|---|---|---|",
        ]
        lines += [
            f"| {_code(table.name)} | {_code(table.there)} | {', '.join(map(_code, table.columns))} |"
            for table in written.tables
        ]
        lines.append("")
    for heading in ("left out", "carried with loss", "carried"):
        outcomes = [outcome for outcome in written.outcomes if state(outcome) == heading]
        if outcomes:
            lines += [f"## {heading.capitalize()}", ""]
            lines += [_entry(outcome) for outcome in outcomes]
            lines.append("")
    return "\n".join(lines)


def _entry(outcome: Outcome) -> str:
    where = _code(outcome.path or outcome.place)
    why = "; ".join(outcome.why)
    return f"- {outcome.kind} {_code(outcome.name)} ({where}){': ' if why else ''}{_plain(why)}"


def _code(text: str) -> str:
    return (
        f"`{' '.join(text.replace('`', chr(39)).replace('|', '/').split())}`"
        if text.strip()
        else ""
    )


def _plain(text: str) -> str:
    """Text that Markdown cannot read as a link, a tag or code of its own."""
    text = " ".join(text.split())
    for mark in "\\<>[]*_":
        text = text.replace(mark, f"\\{mark}")
    return text
