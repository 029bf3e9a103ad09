"""What a page is made of, as a browser would read it: elements, links, ids and text, by Python's
own parser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import site_sample
from site_sample import render_site

INLINE = frozenset({"a", "b", "code", "em", "mark", "s", "small", "strong", "text", "title"})
"""Elements that do not part words."""
VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "col"})


@dataclass
class Element:
    """One start tag."""

    tag: str
    attrs: dict[str, str]
    text: str = ""
    """All text inside it."""


@dataclass
class PageFacts(HTMLParser):
    """Parses one page; `faults` lists tags that do not close in order."""

    html: str
    elements: list[Element] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.html)
        self.close()
        self.faults += [f"<{element.tag}> is never closed" for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        if len(element.attrs) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice: {attrs}")
        self.elements.append(element)
        self._part(tag)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.faults.append(
                f"</{tag}> closes <{self._open[-1].tag if self._open else 'nothing'}>"
            )
            return
        self._open.pop()
        self._part(tag)

    def _part(self, tag: str) -> None:
        if tag not in INLINE:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].tag == "script":
            return
        plain = data.replace("\N{NO-BREAK SPACE}", " ")
        for element in self._open:
            element.text += plain

    def all(self, tag: str, class_: str = "") -> list[Element]:
        return [
            e
            for e in self.elements
            if e.tag == tag and (not class_ or class_ in e.attrs.get("class", "").split())
        ]

    def one(self, tag: str, class_: str = "") -> Element:
        found = self.all(tag, class_)
        assert len(found) == 1, f"{len(found)} <{tag} class={class_}>"
        return found[0]

    @property
    def ids(self) -> list[str]:
        return [element.attrs["id"] for element in self.elements if "id" in element.attrs]

    @property
    def text(self) -> str:
        return words(self.one("main"))


def words(element: Element) -> str:
    """The text in an element as it is read."""
    return re.sub(r" ([,.;:])", r"\1", " ".join(element.text.split()))


def rendered(
    files: Mapping[str, str], *, told: bool = False, audience: str = "team"
) -> dict[str, PageFacts]:
    """The pages of a shop of these files, by path."""
    site = site_sample.site(audience, files, told=told)
    return {
        artifact.path: PageFacts(artifact.content.decode())
        for artifact in render_site(site)
        if artifact.path.endswith(".html")
    }
