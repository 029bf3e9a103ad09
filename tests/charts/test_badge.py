"""Badges: small images of one number that hold wherever an image can stand."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import chart_samples as samples
import pytest
from chart_samples import OFFICES, PUNCTUAL, REVENUE
from hypothesis import given
from hypothesis import strategies as st

from sharekit.numbers.results import Result, Status
from sharekit.records import replace
from sharekit.site.badge import DARK, LIGHT, badge, badge_artifact
from sharekit.site.charts import Subject

SVG = "{http://www.w3.org/2000/svg}"
TOKENS = files("sharekit.site").joinpath("static/tokens.css").read_text()


def words(svg: str) -> list[str]:
    return [span.text or "" for span in ElementTree.fromstring(svg).iter(f"{SVG}tspan")]


def test_a_number_shows_value_change_and_course() -> None:
    svg = badge(REVENUE, Result("mrr", samples.revenue()))
    assert words(svg) == ["Monthly recurring revenue", "€1.95m", "October 2013", "+1.6%"]
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == (
        "Monthly recurring revenue: €1.95m, October 2013, +1.6% on September 2013"
    )
    assert len(list(root.iter(f"{SVG}path"))) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("at_risk", "At risk 0.43"),
        ("off_track", "Off track 0.43"),
        ("on_track", "On track 0.43"),
        ("achieved", "Met 0.43"),
    ],
)
def test_a_key_result_shows_its_status_as_shape_and_word(status: Status, said: str) -> None:
    svg = badge(OFFICES, Result("offices", samples.offices(), samples.okr(2041, status=status)))
    assert words(svg) == ["Active offices", "2,041", "22 Nov 2013", said]
    assert ElementTree.fromstring(svg).find(f".//{SVG}g[@transform]") is not None


def test_a_stale_value_says_so() -> None:
    svg = badge(PUNCTUAL, Result("on_time", samples.punctual(), stale="The data ends on 3 Nov."))
    assert words(svg)[-1] == "stale"
    assert ElementTree.fromstring(svg).get("aria-label", "").endswith(", stale")


def test_no_value_is_said() -> None:
    assert words(badge(PUNCTUAL, Result("on_time", None))) == ["On-time departures", "no data"]


@given(st.text(st.characters(), max_size=80), st.text(st.characters(), max_size=8))
def test_any_text_gives_well_formed_xml(title: str, unit: str) -> None:
    svg = badge(replace(REVENUE, title=title, unit=unit), Result("x", samples.revenue()))
    ElementTree.fromstring(svg.encode("utf-8", "replace"))
    assert "<script" not in svg


def test_colours_are_those_of_the_pages() -> None:
    light, dark = TOKENS.split("@media screen and (prefers-color-scheme: dark)", 1)
    for block, colours in ((light, LIGHT), (dark.split("}", 1)[0], DARK)):
        declared = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block))
        assert colours == {name: declared[name] for name in colours}


def test_a_badge_is_a_file_of_its_own() -> None:
    artifact = badge_artifact(Subject("on_time", "On time"), Result("on_time", None))
    assert artifact.path == "badges/on_time.svg"
    assert b"http" not in artifact.content.replace(b"http://www.w3.org/2000/svg", b"")


@pytest.mark.slow
def test_words_stay_inside_in_the_browser_light_and_dark(browser: Any, tmp_path: Path) -> None:
    results = [
        (REVENUE, Result("a", samples.revenue())),
        (OFFICES, Result("b", samples.offices(), samples.okr(2041))),
        (PUNCTUAL, Result("c", samples.punctual(), stale="old")),
        (
            Subject("d", "A title so long that nobody would ever read all of it on a badge"),
            Result("d", None),
        ),
    ]
    for scheme, ink in (("light", "rgb(27, 28, 31)"), ("dark", "rgb(239, 237, 232)")):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        for n, (subject, result) in enumerate(results):
            (tmp_path / f"{n}.svg").write_text(badge(subject, result))
            page.goto((tmp_path / f"{n}.svg").as_uri())
            room, end, start = page.evaluate(
                "() => { const t = document.querySelector('text').getBBox(), p ="
                " document.querySelector('path'); return"
                " [document.documentElement.viewBox.baseVal.width, t.x + t.width, p &&"
                " !p.closest('g[transform]') ? p.getBBox().x : 1e9]; }"
            )
            assert end <= min(room - 4, start)
            assert page.evaluate("getComputedStyle(document.querySelector('.value')).fill") == ink
        context.close()


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["light", "dark"])
@pytest.mark.parametrize("wanted", ["", "light", "dark"])
def test_a_host_page_may_choose_the_look(
    browser: Any, strict_server: Any, tmp_path: Path, reader: str, wanted: str
) -> None:
    """As an image, which is how a badge stands on a page: the reader's own look, unless the address
    names one."""
    (tmp_path / "b.svg").write_text(badge(REVENUE, Result("mrr", samples.revenue())))
    (tmp_path / "host.html").write_text(
        f'<!doctype html><img src="b.svg{f"#{wanted}" if wanted else ""}">'
    )
    context = browser.new_context(color_scheme=reader)
    page = context.new_page()
    page.goto(strict_server(tmp_path) + "host.html")
    surface = page.evaluate(
        "() => { const c = document.createElement('canvas'), i = document.querySelector('img');"
        " c.width = i.naturalWidth; c.height = i.naturalHeight; const x = c.getContext('2d');"
        " x.drawImage(i, 0, 0); return [...x.getImageData(5, 14, 1, 1).data].slice(0, 3).map((v) =>"
        " v.toString(16).padStart(2, '0')).join('') }"
    )
    context.close()
    assert f"#{surface}" == {"light": LIGHT, "dark": DARK}[wanted or reader]["surface"]
