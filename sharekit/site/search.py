"""The search index: one small classic script, so that search works from file:// too."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from sharekit.escape import script_json


class SearchEntry(Struct, frozen=True):
    """One thing that search finds."""

    kind: str
    """"Key result", "Number", "Table", "Objective", "Dashboard" or "Question"."""
    name: str
    value: str
    note: str
    """Shown below the name."""
    words: str
    """Further words it is found by: its id, its synonyms, and the questions that it answers."""
    more: str
    """All other words of its page, each once; what has them comes last."""
    url: str
    """Relative to the tree's root."""
    last: bool = False
    """Whether it comes after everything else that is found: a number that is deprecated."""


def index_script(entries: Iterable[SearchEntry]) -> str:
    """The script that hands the entries to site.js."""
    rows = [
        {
            key: value
            for key, value in (
                ("kind", entry.kind),
                ("name", entry.name),
                ("value", entry.value),
                ("note", entry.note),
                ("words", entry.words),
                ("more", entry.more),
                ("url", entry.url),
                ("last", entry.last),
            )
            if value
        }
        for entry in entries
    ]
    lines = ",\n".join(script_json(row) for row in rows)
    return f"window.SHAREKIT_INDEX = [\n{lines}\n];\n"
