"""What a page module hands to the site: where the page stands, its template, and what goes into
it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Section = Literal[
    "preread", "scorecard", "numbers", "dashboards", "changes", "asks", "alignment", ""
]


@dataclass(frozen=True)
class Page:
    """One page before it is rendered."""

    path: str
    template: str
    title: str
    """Its own name; the project's is added."""
    description: str
    """One plain sentence for link previews."""
    section: Section
    view: Mapping[str, object]
    """What the template places."""
    source: str = ""
    """Declared file that the page shows."""
    charts: bool = False
    """Whether there are charts to explore."""
    twin: str = ""
    """The same page as Markdown; "" where there is none."""
    entrance: bool = field(default=False)
    """Whether it is its section's first page."""
