"""What a page module hands to the site: where the page stands, its template, and what goes into
it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, structs

Section = Literal[
    "preread", "scorecard", "numbers", "dashboards", "changes", "asks", "alignment", ""
]


class Page(Struct, frozen=True):
    """One page before it is rendered."""

    path: str
    template: str
    title: str
    """Its own name; the project's is added."""
    description: str
    """One plain sentence for link previews."""
    section: Section
    view: Struct
    """What the template places, by the names of the fields."""
    source: str = ""
    """Declared file that the page shows."""
    charts: bool = False
    """Whether there are charts to explore."""
    twin: str = ""
    """The same page as Markdown; "" where there is none."""
    entrance: bool = False
    """Whether it is its section's first page."""


def placed(view: Struct) -> dict[str, object]:
    """The fields of a view by name, as a template takes them."""
    return structs.asdict(view)
