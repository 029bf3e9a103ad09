"""What a page module hands to the site: where the page stands, its template, and what goes into
it."""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, Literal, Protocol

Section = Literal[
    "preread", "scorecard", "numbers", "dashboards", "changes", "asks", "alignment", ""
]


class PageView(Protocol):
    """A frozen dataclass: what one kind of page places."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


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
    view: PageView
    """What the template places, by the names of the fields."""
    source: str = ""
    """Declared file that the page shows."""
    charts: bool = False
    """Whether there are charts to explore."""
    twin: str = ""
    """The same page as Markdown; "" where there is none."""
    entrance: bool = field(default=False)
    """Whether it is its section's first page."""


def placed(view: PageView) -> dict[str, object]:
    """The fields of a view by name, as a template takes them."""
    return {entry.name: getattr(view, entry.name) for entry in fields(view)}
