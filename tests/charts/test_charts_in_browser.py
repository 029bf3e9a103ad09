"""The gallery in a real browser: nothing refused by the strict policy, every chart explored,
nothing loaded before."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import chart_samples as samples
import pytest
from browser import Opened
from chart_gallery import panels, write_gallery
from chart_samples import OFFICES

from sharekit.escape import script_json
from sharekit.site import charts
from sharekit.site.charts.figure_packing import packed

pytestmark = pytest.mark.slow

Open = Callable[..., Opened]
LIVE = sum(chart is not None for chart in panels().values()) - 1
"""Charts to explore: all but the one without data."""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gallery(tmp_path_factory.mktemp("gallery"))


def panel(opened: Opened, title: str) -> Any:
    heading = opened.page.get_by_role("heading", name=title, exact=True)
    return opened.page.locator("section.panel", has=heading)


def until(opened: Opened, condition: str) -> None:
    """Wait for a condition, frame by frame, in a way that the strict policy lets pass."""
    look = f"const look = () => (({condition}) ? done() : requestAnimationFrame(look)); look();"
    opened.page.evaluate(f"() => new Promise((done) => {{ {look} }})")


def explore(opened: Opened, title: str) -> Any:
    """Press the panel's button and wait until its chart is drawn."""
    found = panel(opened, title)
    found.get_by_role("button", name="Explore").click()
    found.locator(".plot__acts").wait_for()
    return found


def test_a_page_that_is_read_loads_no_plotly(
    open_page: Open, gallery: Path, strict_server: Callable[[Path], str]
) -> None:
    opened = open_page(strict_server(gallery.parent) + "index.html")
    opened.page.mouse.wheel(0, 4000)
    assert not [address for address in opened.requests if "plotly" in address]
    assert opened.trouble == []


@pytest.mark.parametrize(
    ("where", "width", "dark"),
    [("http", 1440, False), ("http", 390, True), ("file", 1440, True)],
    ids=["http-desk-light", "http-phone-dark", "file-desk-dark"],
)
def test_every_chart_can_be_explored_under_the_strict_policy(
    open_page: Open,
    gallery: Path,
    strict_server: Callable[[Path], str],
    where: str,
    width: int,
    dark: bool,
) -> None:
    address: str | Path = (
        gallery if where == "file" else strict_server(gallery.parent) + "index.html"
    )
    opened = open_page(address, width=width, dark=dark, touch=width < 500)
    page = opened.page
    buttons = page.locator("[data-explore]:not([hidden])")
    assert buttons.count() == LIVE
    for n in range(LIVE):
        buttons.nth(n).click()
        page.locator(".plot__acts").nth(n).wait_for()
    assert page.locator(".js-plotly-plot .main-svg").count() >= LIVE
    assert page.locator("[data-static]:visible").count() == 0
    assert opened.trouble == []
    assert len([address for address in opened.requests if address.endswith(".min.js")]) == 1
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0


def test_the_chart_keeps_the_place_and_height_of_the_drawing(
    open_page: Open, gallery: Path
) -> None:
    opened = open_page(gallery)
    before = panel(opened, "One line, full").locator("[data-static]").bounding_box()
    found = explore(opened, "One line, full")
    after = found.locator(".plot__live").bounding_box()
    assert after["y"] == pytest.approx(before["y"], abs=1)
    assert after["width"] == pytest.approx(before["width"], abs=1)
    assert after["height"] == pytest.approx(before["height"], abs=2)
    assert found.locator(".main-svg").first.bounding_box()["height"] == pytest.approx(
        after["height"], abs=1
    )


def test_words_and_values_are_those_of_the_drawing(open_page: Open, gallery: Path) -> None:
    opened = open_page(gallery)
    drawn = set(panel(opened, "Lines by origin").locator("svg.w text").all_text_contents())
    found = explore(opened, "Lines by origin")
    shown = set(found.locator(".plot__live text").all_text_contents())
    assert {"70%", "80%", "11 Nov", "Target 82%"} <= drawn & shown
    assert {words for words in drawn if words.endswith("%") and len(words) == 3} <= shown
    assert {words for words in drawn if words.endswith(("JFK", "EWR", "LGA", "All"))} <= shown


@pytest.mark.parametrize("width", [1440, 390])
def test_a_key_result_is_explored_over_the_days_of_its_drawing(
    open_page: Open, gallery: Path, width: int
) -> None:
    opened = open_page(gallery, width=width)
    found = explore(opened, "Pace")
    ticks = found.locator(".xtick text")
    words = ticks.all_text_contents()
    assert {"1 Oct", "31 Dec"} <= set(words) <= {"1 Oct", "1 Nov", "1 Dec", "31 Dec"}
    assert ticks.evaluate_all(
        "(all) => all.every((t) => !/rotate\\((?!0)/.test(t.getAttribute('transform') || ''))"
    )
    boxes = sorted(
        (box["x"], box["x"] + box["width"]) for box in (tick.bounding_box() for tick in ticks.all())
    )
    assert all(end < start for (_, end), (start, _) in pairwise(boxes))
    plot = found.locator(".plot__live").bounding_box()
    assert plot["x"] <= boxes[0][0]
    assert boxes[-1][1] <= plot["x"] + plot["width"]
    said = found.locator(".annotation-text").all_text_contents()
    drawn = found.locator("[data-static] svg.w text").all_text_contents()
    assert [words for words in said if "first target" in words], said
    newest = OFFICES.short(samples.offices().value)
    assert newest in said
    if width > 1000:
        (reach,) = [words for words in drawn if re.fullmatch(r"[\d,]+ to [\d,]+", words)]
        assert reach in said


def test_years_of_days_travel_short_and_arrive_whole(open_page: Open, gallery: Path) -> None:
    title = "Three years of days by origin"
    chart = panels()[title]
    assert isinstance(chart, charts.Chart)
    assert len(str(script_json(packed(chart.figure)))) < 0.5 * len(str(script_json(chart.figure)))
    opened = open_page(gallery)
    explore(opened, title)
    read = "(data) => data.map((t) => ({ name: t.name, x: [...t.x], text: [...t.text] }))"
    plot = (
        "[...document.querySelectorAll('section.panel')].find((p) =>"
        f" p.textContent.includes('{title}'))"
    )
    drawn = opened.page.evaluate(f"() => ({read})({plot}.querySelector('.js-plotly-plot').data)")
    by_name = {each["name"]: each for each in drawn if len(each["x"]) > 1}
    for trace in chart.figure["data"]:
        assert by_name[trace["name"]]["x"] == trace["x"]
        assert by_name[trace["name"]]["text"] == trace["text"]


DRAWN = """(el) => el.data.filter((t) => t.visible !== false && (t.type === 'bar' || t.mode.includes('lines')))
  .map((t) => t.x.filter((x) => x !== null).length)"""


@pytest.mark.parametrize(
    ("title", "most"),
    [
        ("Five years of days as bars", 240),
        ("A year of days as bars", 240),
        ("Days as bars below zero", 240),
        ("A year of days as a stack", 120),
        ("Three years of days by origin", 480),
    ],
)
def test_days_that_cannot_be_told_apart_are_drawn_together(
    open_page: Open, gallery: Path, title: str, most: int
) -> None:
    opened = open_page(gallery)
    found = explore(opened, title)
    counts = found.locator(".plot__live").evaluate(DRAWN)
    assert counts
    assert max(counts) <= most
    chart = panels()[title]
    assert isinstance(chart, charts.Chart)
    trace = next(t for t in chart.figure["data"] if t["meta"]["role"] != "target")
    days = [day for day, value in zip(trace["x"], trace["y"], strict=True) if value is not None]
    said = found.locator("[role=status]")
    opened.page.keyboard.press("End")
    newest = said.inner_text()
    opened.page.keyboard.press("ArrowLeft")
    assert said.inner_text() != newest
    day = date.fromisoformat(days[-2])
    assert said.inner_text().startswith(f"{day.day} {day:%b %Y}: ")
    assert opened.trouble == []


def test_a_total_of_another_scale_is_not_explored_with_its_members(
    open_page: Open, gallery: Path
) -> None:
    opened = open_page(gallery)
    found = explore(opened, "Fourteen carriers")
    roles = "(el) => el.data.map((t) => t.meta && t.meta.role)"
    chart = panels()["Fourteen carriers"]
    assert isinstance(chart, charts.Chart)
    behind = chart.figure["layout"]["meta"].get("behind", False)
    assert ("total" in found.locator(".plot__live").evaluate(roles)) == behind


def test_a_resting_mouse_explores_and_a_finger_does_not(open_page: Open, gallery: Path) -> None:
    opened = open_page(gallery)
    found = panel(opened, "Bars by week")
    found.locator(".plot").hover()
    found.locator(".plot__live:not(.is-coming)").wait_for()
    assert found.locator(".plot__acts").count() == 0
    touched = open_page(gallery, width=390, touch=True)
    panel(touched, "Bars by week").locator(".plot").tap()
    panel(touched, "Bars by month").locator("h2").count()
    assert not [address for address in touched.requests if "plotly" in address]


def test_the_keyboard_goes_from_point_to_point_and_back_to_the_drawing(
    open_page: Open, gallery: Path
) -> None:
    opened = open_page(gallery)
    button = panel(opened, "Lines by origin").get_by_role("button", name="Explore")
    button.focus()
    opened.page.keyboard.press("Enter")
    found = panel(opened, "Lines by origin")
    found.locator(".plot__acts").wait_for()
    said = found.locator("[role=status]")
    opened.page.keyboard.press("ArrowLeft")
    assert re.fullmatch(
        r"11 Nov 2013: JFK [\d.]+%, EWR [\d.]+%, LGA [\d.]+%, All 79.0%", said.inner_text()
    )
    opened.page.keyboard.press("ArrowLeft")
    assert said.inner_text().startswith("4 Nov 2013: ")
    found.locator(".hoverlayer").get_by_text("Week of 4 Nov 2013").wait_for()
    opened.page.keyboard.press("Home")
    assert said.inner_text().startswith("19 Aug 2013: ")
    opened.page.keyboard.press("Escape")
    assert found.locator("[data-static]").is_visible()
    assert found.locator(".plot__live").count() == 0
    assert opened.page.evaluate("document.activeElement.dataset.explore") is not None
    assert button.get_attribute("aria-pressed") == "false"
    assert opened.trouble == []


def test_switches_of_the_page_reach_an_explored_chart(open_page: Open, gallery: Path) -> None:
    opened = open_page(gallery)
    found = explore(opened, "Lines by origin")
    state = (
        "(el) => [el.layout.xaxis.range[0], el.data.filter((t) => t.line.width === 2.5).map((t) =>"
        " t.name)]"
    )
    live = found.locator(".plot__live")
    assert live.evaluate(state) == ["2013-08-19", ["All"]]
    opened.page.get_by_label("26", exact=True).check()
    assert live.evaluate(state) == ["2013-05-20", ["All"]]
    opened.page.get_by_label("JFK", exact=True).check()
    assert live.evaluate(state) == ["2013-05-20", ["JFK"]]
    years = "(el) => el.layout.xaxis.ticktext.filter((words) => words.includes('<br>')).length"
    assert live.evaluate(years) == 0
    opened.page.get_by_label("52", exact=True).check()
    assert live.evaluate(years) == 2
    opened.page.get_by_label("26", exact=True).check()
    found.get_by_label("Highlight").select_option("EWR")
    assert live.evaluate(state) == ["2013-05-20", ["EWR"]]
    assert opened.trouble == []


def test_a_chart_follows_the_theme_of_page_and_system(open_page: Open, gallery: Path) -> None:
    opened = open_page(gallery)
    live = explore(opened, "One line, full").locator(".plot__live")
    colour = "(el) => el.data[0].line.color"
    assert live.evaluate(colour) == "#2a45c9"
    opened.page.emulate_media(color_scheme="dark")
    until(opened, "document.querySelector('.plot__live').data[0].line.color === '#8fa3ff'")
    opened.page.locator("[data-theme-toggle]").click()
    assert live.evaluate(colour) == "#2a45c9"
    opened.page.locator("[data-theme-toggle]").click()
    assert live.evaluate(colour) == "#8fa3ff"


def test_a_chart_fits_again_when_the_window_changes(open_page: Open, gallery: Path) -> None:
    opened = open_page(gallery)
    found = explore(opened, "One line, full")
    opened.page.set_viewport_size({"width": 390, "height": 800})
    live = "document.querySelector('.plot__live')"
    until(
        opened,
        f"Math.abs({live}._fullLayout.width - {live}.parentElement.clientWidth) < 1 && innerWidth"
        " < 400",
    )
    assert found.locator(".xtick text, .xaxislayer-above text").count() <= 5


def test_pictures_can_be_saved(
    open_page: Open, gallery: Path, strict_server: Callable[[Path], str], tmp_path: Path
) -> None:
    opened = open_page(strict_server(gallery.parent) + "index.html", dark=True)
    found = explore(opened, "Pace")
    for format in ("PNG", "SVG"):
        with opened.page.expect_download() as download:
            found.get_by_role("button", name=f"Save {format}").click()
        download.value.save_as(tmp_path / f"pace.{format.lower()}")
        assert download.value.suggested_filename.endswith(f".{format.lower()}")
    assert (tmp_path / "pace.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    root = ElementTree.fromstring((tmp_path / "pace.svg").read_text())
    words = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Pace", "2,250 target", "2,158 projected"} <= set(words)
    assert opened.trouble == []


def test_paper_shows_the_drawing(open_page: Open, gallery: Path) -> None:
    opened = open_page(gallery)
    found = explore(opened, "One line, full")
    opened.page.emulate_media(media="print")
    assert found.locator("[data-static]").is_visible()
    assert not found.locator(".plot__live").is_visible()
    assert not found.locator(".plot__acts").is_visible()


def test_without_plotly_the_drawing_stays(open_page: Open, gallery: Path, tmp_path: Path) -> None:
    for file in gallery.parent.iterdir():
        if not file.name.startswith("plotly."):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    opened = open_page(tmp_path / "index.html")
    found = panel(opened, "One line, full")
    found.get_by_role("button", name="Explore").click()
    opened.page.get_by_text(
        "This chart cannot be explored right now. The drawing stays."
    ).wait_for()
    assert found.locator("[data-static]").is_visible()
    assert found.locator(".plot__live").count() == 0
    assert found.get_by_role("button", name="Explore").get_attribute("aria-pressed") == "false"
    assert not [trouble for trouble in opened.trouble if trouble.startswith("exception")]


def test_without_script_there_are_drawings_and_no_buttons(open_page: Open, gallery: Path) -> None:
    opened = open_page(gallery, script=False)
    assert opened.page.locator("[data-explore]:visible").count() == 0
    assert opened.page.locator(".plot svg.w:visible").count() >= LIVE
    narrow = open_page(gallery, width=390, script=False)
    assert narrow.page.locator(".plot:not(.plot--drawn) svg.n:visible").count() >= 7
    assert narrow.page.locator(".plot--drawn svg.n:visible").count() == 0
    assert narrow.page.locator(".plot--drawn svg.w:visible").count() >= 12
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert narrow.page.evaluate(sideways) <= 0


def test_a_phone_has_its_own_drawing_in_the_same_place(open_page: Open, gallery: Path) -> None:
    opened = open_page(gallery, width=390)
    drawn = opened.page.locator(".plot--drawn svg.n:visible")
    assert drawn.count() >= 12
    assert opened.page.locator(".plot--drawn svg.w:visible").count() == 0
    empty = "(all) => all.filter((svg) => !svg.children.length).length"
    assert drawn.evaluate_all(empty) == 0
    assert opened.trouble == []


def test_a_range_changes_drawing_name_caption_and_paper(open_page: Open, gallery: Path) -> None:
    opened = open_page(gallery)
    found = panel(opened, "Lines by origin")
    words = "(svg) => [...svg.querySelectorAll('text')].map((t) => t.textContent)"
    before = found.locator("svg.w").evaluate(words)
    opened.page.get_by_label("52", exact=True).check()
    after = found.locator("svg.w").evaluate(words)
    assert before != after
    assert {"2012", "2013"} <= set(after)
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert "2013" in found.locator("svg.n").evaluate(words)
    opened.page.get_by_label("13", exact=True).check()
    assert found.locator("svg.w").evaluate(words) == before
    assert opened.trouble == []


def test_words_of_drawings_do_not_leave_the_drawing(open_page: Open, gallery: Path) -> None:
    for width in (1440, 390):
        opened = open_page(gallery, width=width)
        outside = opened.page.evaluate(
            "() => [...document.querySelectorAll('.plot svg')].filter((svg) =>"
            " svg.getBoundingClientRect().width).flatMap((svg) => { const box ="
            " svg.viewBox.baseVal; return [...svg.querySelectorAll('text')].map((t) =>"
            " [t.textContent, t.getBBox()]).filter(([, b]) => b.x < -3 || b.x + b.width > box.width"
            " + 6).map(([words, b]) => words + ' ' + b.x + ' ' + (b.x + b.width) + ' of ' +"
            " box.width); })"
        )
        assert outside == []


def test_the_gallery_has_no_accessibility_faults(open_page: Open, gallery: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    parts = [
        "[aria-labelledby='h0']",
        "[aria-labelledby='h2']",
        "[aria-labelledby='h8']",
        ".kpis",
        ".tally",
        ".lineage",
    ]
    for dark in (False, True):
        opened = open_page(gallery, dark=dark)
        explore(opened, "Lines by origin")
        found = axe.run(opened.page, context={"include": [[part] for part in parts]})
        faults = [
            (fault["id"], [node["html"][:160] for node in fault["nodes"]])
            for fault in found.response["violations"]
        ]
        assert faults == []


@pytest.mark.parametrize(
    ("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)]
)
def test_the_gallery_is_drawn_to_be_looked_at(
    open_page: Open, gallery: Path, tmp_path: Path, width: int, dark: bool
) -> None:
    opened = open_page(gallery, width=width, dark=dark)
    picture = tmp_path / f"gallery-{width}-{'dark' if dark else 'light'}.png"
    opened.page.screenshot(path=str(picture), full_page=True)
    assert picture.stat().st_size > 100_000
    assert opened.trouble == []


def test_the_bundle_is_named_by_its_content() -> None:
    name, content = charts.plotly_asset()
    assert re.fullmatch(r"plotly\.[0-9a-f]{10}\.min\.js", name)
    assert content[:200].lstrip().startswith(b"/**\n* plotly.js v")
    assert charts.plotly_asset() == (name, content)
