"""All that templates read is there: looked up in the types of the views that they are given."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar, get_type_hints

import pytest
from jinja2 import DictLoader, Environment
from template_types import TemplateTypes

from sharekit.mail import html as mail
from sharekit.records import field_names
from sharekit.site import pages
from sharekit.site.frame import EmbedView, FrameView, PageRenderer

PAGES = Path(pages.__file__).parent


def page_views() -> Iterator[tuple[str, type]]:
    """The template of each kind of page, and its view, as the page modules name them."""
    for file in sorted(PAGES.glob("*.py")):
        module = importlib.import_module(f"sharekit.site.pages.{file.stem}")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Page":
                given = {keyword.arg: keyword.value for keyword in call.keywords}
                template, view = given["template"], given["view"]
                assert isinstance(template, ast.Constant), file
                assert isinstance(view, ast.Call), file
                assert isinstance(view.func, ast.Name), file
                yield str(template.value), getattr(module, view.func.id)


VIEWS = {**dict(page_views()), "base.html": FrameView, "embed.html": EmbedView}


@pytest.fixture(scope="module")
def site_templates() -> Environment:
    return PageRenderer.environment()


def scope_of(view: type) -> dict[str, object]:
    hints = get_type_hints(view)
    return {name: hints[name] for name in field_names(view)}


def test_each_page_has_a_template_and_a_view(site_templates: Environment) -> None:
    shared = {"macros.html", "panels.html", "sharing.html", "revision.html"}
    there = {name for name in site_templates.list_templates() if "/" not in name}
    assert there - shared == set(VIEWS)


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_all_that_a_page_reads_is_in_its_view(name: str, site_templates: Environment) -> None:
    templates = TemplateTypes(site_templates)
    templates.check(name, scope_of(VIEWS[name]))
    assert templates.problems == []
    assert templates.unknown == []


def test_all_that_a_mail_reads_is_in_its_message() -> None:
    templates = TemplateTypes(mail.environment())
    templates.check("message.html", scope_of(mail.MessageView))
    assert templates.problems == []
    assert templates.unknown == []


# -- the check itself -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    name: str


Row = TypeVar("Row")


@dataclass(frozen=True)
class Shown(Generic[Row]):
    shown: tuple[Row, ...]


@dataclass(frozen=True)
class Whole:
    rows: Shown[Part]
    parts: tuple[Part, ...]
    pairs: tuple[tuple[str, Part], ...]
    best: Part | None

    @property
    def first(self) -> Part:
        return self.parts[0]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{{ whole.parts }}{% for part in whole.parts %}{{ part.name }}{% endfor %}", None),
        ("{% for part in whole.parts %}{{ part.title }}{% endfor %}", "Part has no title"),
        ("{% for key, part in whole.pairs %}{{ part.title }}{% endfor %}", "Part has no title"),
        ("{% if false %}{{ whole.best.title }}{% endif %}", "Part has no title"),
        ("{{ whole.first.name }}{{ whole.first.title }}", "Part has no title"),
        ("{% import 'm' as m %}{{ m.show(whole.best) }}", "Part has no label"),
        ("{{ hole.parts }}", "nothing is called hole"),
        ("{% import 'm' as m %}{{ m.show() }}", "show is not called with what it takes"),
        ("{{ whole.parts[0].title }}", "Part has no title"),
        (
            "{% macro row(part) %}{{ part.title }}{% endmacro %}"
            "{% macro rows(parts, row) %}{% for part in parts %}{{ row(part) }}{% endfor %}{% endmacro %}"
            "{{ rows(whole.parts, row) }}",
            "Part has no title",
        ),
        ("{% macro row() %}{{ whole.worst }}{% endmacro %}{{ row() }}", "Whole has no worst"),
        ("{% for row in whole.rows.shown %}{{ row.title }}{% endfor %}", "Part has no title"),
    ],
)
def test_what_is_not_there_is_found(source: str, complaint: str | None) -> None:
    macros = "{% macro show(part) %}{{ part.label }}{% endmacro %}"
    templates = TemplateTypes(Environment(loader=DictLoader({"t": source, "m": macros})))
    templates.check("t", {"whole": Whole})
    assert [words.split(": ", 1)[1] for words in templates.problems] == (
        [complaint] if complaint else []
    )
