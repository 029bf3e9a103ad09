"""What happened and when stands on the charts of a number, in the list under them, in the twin and
in the data, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from xml.etree import ElementTree

import pytest
from page_facts import PageFacts
from site_files import ON_TIME
from site_sample import manifest, render_site, site

from sharekit.project.load import load_files
from sharekit.project.manifest import Manifest
from sharekit.records import replace

Tree = Mapping[str, bytes]
Facts = Callable[[str], PageFacts]
PAGE = "metrics/on_time.html"


def svg_words(page: str) -> list[str]:
    """Words in the first drawing of a page with a plot."""
    start = page.index("<svg", page.index('class="plot'))
    svg = page[start : page.index("</svg>", start) + len("</svg>")]
    return [node.text or "" for node in ElementTree.fromstring(svg).iter() if node.text]


def test_a_note_stands_on_the_chart_and_under_it(tree: Tree) -> None:
    page = tree[PAGE].decode()
    assert "2" in svg_words(page)
    assert "2: The *southern* depot was closed." in svg_words(page)
    listed = page[page.index("data-notes") : page.index("</ol>", page.index("data-notes"))]
    assert '<b>2</b> <time datetime="2026-10-14">14 October 2026</time>' in listed
    assert "The <em>southern</em> depot was closed." in listed
    assert "Week of 12 Oct 2026, note 2" in page


def test_a_note_before_the_first_period_in_view_waits_until_it_is_chosen(tree: Tree) -> None:
    listed = tree[PAGE].decode().partition("data-notes")[2]
    first = listed[listed.index("<li") : listed.index("</li>")]
    assert 'value="1" data-day="2026-03-02" hidden' in first
    assert "A strike." in first


def test_a_note_of_tomorrow_is_not_told_today(tree: Tree) -> None:
    held = [path for path, text in tree.items() if b"Nobody delivers" in text]
    assert held == []


def test_notes_stand_in_the_twin_and_in_the_data(tree: Tree) -> None:
    twin = tree["metrics/on_time.md"].decode()
    assert "1. 4 March 2026: A strike.\n2. 14 October 2026: The *southern* depot" in twin
    document = json.loads(tree["data/on_time.json"])
    assert document["dated_notes"] == [
        {"on": "2026-03-04", "text": "A strike."},
        {"on": "2026-10-14", "text": "The *southern* depot was closed."},
    ]


def test_a_narrower_audiences_note_stays_there(tree: Tree, board: Tree) -> None:
    assert not any(b"hush bonus" in text for text in tree.values())
    assert b"hush bonus" in board["metrics/salaries.html"]


def test_the_chart_of_a_key_result_has_its_revisions_by_their_number(tree: Tree) -> None:
    page = tree["okrs/active_offices.html"].decode()
    words = svg_words(page)
    assert "Revision 3" in words
    assert "<h3>" in page
    assert "Revision 3" in page[page.index('id="log-h"') :]


@pytest.mark.parametrize("chart", ["line", "bar"])
def test_a_dashboard_shows_the_notes_of_each_chart(chart: str) -> None:
    placed = f"```metrics\n- {{id: on_time, chart: {chart}, last: 8 weeks}}\n```\n"
    text = f"---\ntitle: Drops\n---\n{placed}"
    made = site("team")
    files = with_files({"dashboards/drops.md": text})
    tree = {each.path: each.content for each in render_site(replace(made, manifest=files))}
    page = tree["dashboards/drops.html"].decode()
    assert "2" in svg_words(page)
    assert "southern" in page.partition("data-notes")[2]


def with_files(more: Mapping[str, str]) -> Manifest:
    from site_files import FILES

    return manifest({**FILES, **more})


def test_a_period_with_two_notes_has_one_mark_for_both() -> None:
    second = "  - {on: 2026-10-15, text: A flood.}\n  - {on: 2026-12-24"
    files = with_files({"metrics/on_time.sql": ON_TIME.replace("  - {on: 2026-12-24", second)})
    tree = {each.path: each.content for each in render_site(replace(site("team"), manifest=files))}
    assert "2, 3" in svg_words(tree[PAGE].decode())


def test_a_note_needs_a_day_and_words() -> None:
    text = "/* ---\ntitle: A\nnotes: [{on: 2026-10-14}, {text: x}]\n--- */\nSELECT 1 AS value\n"
    problems = load_files({"sharekit.toml": "[project]\nname = 'P'\n", "metrics/a.sql": text})
    assert [problem.code for problem in problems.problems] == ["missing-key", "missing-key"]


def test_marks_are_placed_at_periods_not_between_them(tree: Tree) -> None:
    page = tree[PAGE].decode()
    data = page[page.index("data-figure") :]
    assert f'"x0":"{date(2026, 10, 12).isoformat()}"' in data.replace(" ", "")
