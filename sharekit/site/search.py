"""The search index: one small classic script, so that search works from file:// too."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class SearchEntry:
    """One thing that search finds."""

    kind: str
    """"Key result", "Number", "Table", "Objective", "Dashboard" or "Question"."""
    name: str
    value: str
    note: str
    """Shown below the name."""
    words: str
    """Further words it is found by: its id, its synonyms, and the questions that it answers."""
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
                ("url", entry.url),
                ("last", entry.last),
            )
            if value
        }
        for entry in entries
    ]
    lines = ",\n".join(inert_json(row) for row in rows)
    return f"window.SHAREKIT_INDEX = [\n{lines}\n];\n"


def inert_json(value: object) -> str:
    """JSON that cannot end a script element or a line of JavaScript, whatever text it holds."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
