"""The search index: one small classic script, so that search works from file:// too."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import asdict

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

    def json(self) -> str:
        """Without what is empty."""
        return str(script_json({key: value for key, value in asdict(self).items() if value}))


def index_script(entries: Iterable[str]) -> str:
    """The script that hands the entries, each as JSON, to site.js."""
    lines = ",\n".join(entries)
    return f"window.SHAREKIT_INDEX = [\n{lines}\n];\n"
