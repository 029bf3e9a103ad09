"""The pages in a real browser: without errors, in light and dark, on a phone, by keyboard, without
script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import site_sample
from browser import Opened
from site_files import write
from site_sample import render_site

from sharekit.records import replace

pytestmark = pytest.mark.slow

Tree = Mapping[str, bytes]
Open = Callable[..., Opened]

EVERY = (
    "index.html", "404.html", "changes.html", "digest.html", "metrics/index.html", "dashboards/index.html",
    "okrs/index.html", "metrics/orders.html", "metrics/on_time.html", "metrics/runway.html", "metrics/largest.html",
    "metrics/failed_payments.html", "metrics/never_ran.html", "okrs/active_offices.html", "okrs/margin.html",
    "okrs/launch.html", "objectives/2026-q4-growth.html", "dashboards/deliveries.html", "scoring.html", "asks.html",
    "alignment.html",
)  # fmt: skip
CHIEF = (
    "index.html", "changes.html", "metrics/index.html", "metrics/orders.html", "metrics/largest.html",
    "okrs/active_offices.html", "objectives/2026-q4-growth.html", "dashboards/deliveries.html",
)  # fmt: skip
SIZES = [
    *((name, 1440, False) for name in EVERY),
    *((name, 1440, True) for name in CHIEF),
    *((name, 390, False) for name in CHIEF),
]


def accessibility_faults(page: Any) -> list[str]:
    """What axe-core finds, each with the element."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


def test_every_kind_of_page_is_tried(tree: Tree) -> None:
    def kinds(names: Iterable[str]) -> set[str]:
        return {name if name.endswith("/index.html") else name.split("/")[0] for name in names}

    pages = {name for name in tree if name.endswith(".html")}
    assert kinds(pages) - kinds(EVERY) == {"embed"}, "which test_site_embeds tries"


@pytest.mark.parametrize(("name", "width", "dark"), SIZES, ids=lambda value: str(value))
def test_page_is_sound(open_page: Open, folder: Path, name: str, width: int, dark: bool) -> None:
    opened = open_page(folder / name, width=width, dark=dark)
    assert opened.trouble == []
    root = folder.resolve().as_uri()
    assert [address for address in opened.requests if not address.startswith(root)] == [], (
        "nobody else is asked"
    )
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, (
        "no sideways scrolling"
    )
    assert accessibility_faults(opened.page) == []
    for narrower in (1024, 768, 600, 360, 320):
        opened.page.set_viewport_size({"width": narrower, "height": 740})
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= narrower, (
            "no sideways scrolling"
        )


def test_a_tree_works_on_a_sub_path_of_a_server(
    open_page: Open, strict_server: Callable[[Path], str], folder: Path
) -> None:
    base = strict_server(folder.parent.parent)
    opened = open_page(f"{base}numbers/team/dashboards/deliveries.html")
    page = opened.page
    page.click("nav.nav a:has-text('Scorecard')")
    page.click("a.kr__name:has-text('Active offices')")
    page.click("nav.crumbs a:has-text('Offices stay')")
    page.locator("h1:has-text('Offices stay with us and grow')").wait_for()
    assert page.title().startswith("Offices stay with us and grow")
    assert opened.trouble == []
    assert all(address.startswith(base) for address in opened.requests)


def test_a_hostile_project_does_nothing(open_page: Open, tmp_path: Path) -> None:
    from test_site_hostile import FILES, build

    assert FILES
    write(build(), tmp_path)
    for path in sorted(tmp_path.rglob("*.html")):
        opened = open_page(path)
        dialogs: list[str] = []
        opened.page.on("dialog", lambda dialog, dialogs=dialogs: dialogs.append(dialog.message))
        if path.parent.name != "embed":
            opened.page.keyboard.press("/")
            opened.page.keyboard.type("script")
            opened.page.wait_for_selector("#results:not([hidden])")
        assert opened.trouble == [], path
        assert dialogs == []


def test_names_of_any_length_push_nothing_aside(open_page: Open, tmp_path: Path) -> None:
    """Words without a place to break, and names longer than a line, wrap where they stand."""
    word = "Donaudampfschifffahrtsgesellschaftskapitaensmuetze"
    long = {
        "Kettlewick": f"{word} and Sons",
        "Mateo Ferreira": f"Anna-Magdalena von {word} zu {word}",
    }
    long |= {
        "Active offices": f"{word} offices",
        "Fill one seat": word * 2,
        "Paid orders": word * 2,
    }
    long |= {
        "Names of people": word * 2,
        "Two of five": word * 2,
        "How many orders": word,
        "Team 1": f"{word} team",
    }
    files = dict(site_sample.FILES)
    for path, text in files.items():
        for short, name in long.items():
            text = text.replace(short, name)
        files[path] = text
    write(
        {
            each.path: each.content
            for each in render_site(site_sample.site("team", files, told=False))
        },
        tmp_path,
    )
    for name in EVERY:
        opened = open_page(tmp_path / name, width=1440)
        for width in (1440, 1300, 1200, 1024, 768, 390, 360, 320):
            opened.page.set_viewport_size({"width": width, "height": 740})
            assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, (
                name,
                width,
            )


def test_nothing_in_a_scorecard_leaves_its_column(open_page: Open, tmp_path: Path) -> None:
    """However old a check-in is and however little can be said, on screens of every width and on
    A4."""
    late = "4 Aug, older than it should be"
    words = """([status, old]) => document.querySelectorAll('.score .kr').forEach((row) => {
      row.querySelector('.t-status .status').lastChild.textContent = status;
      const own = row.querySelector('.t-own .kr__own');
      const stale = own.parentNode.appendChild(document.createElement('span'));
      stale.className = 'fresh fresh--stale'; stale.textContent = old;
    })"""
    leaving = """() => [...document.querySelectorAll('.score td')].flatMap((cell) => {
      const end = cell.getBoundingClientRect().right + 1;
      return [...cell.querySelectorAll('.status, .fresh, .kr__now, .kr__own')].filter((el) =>
        el.getClientRects().length && el.getBoundingClientRect().right > end).map((el) => el.textContent);
    })"""
    site = site_sample.site("team", site_sample.FILES, told=False)
    write({page.path: page.content for page in render_site(site)}, tmp_path)
    for name in ("index.html", "okrs/index.html", "objectives/2026-q4-growth.html"):
        opened = open_page(tmp_path / name)
        opened.page.evaluate(words, ["Too early to say", late])
        for width in (1440, 1280, 1100, 1024, 960, 900, 880, 768, 390, 360):
            opened.page.set_viewport_size({"width": width, "height": 740})
            assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, width
            assert opened.page.evaluate(leaving) == [], (name, width)
        opened.page.emulate_media(media="print")
        opened.page.set_viewport_size({"width": 688, "height": 1000})
        assert opened.page.evaluate(leaving) == [], f"{name} on A4"
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 688


@pytest.mark.parametrize(
    ("name", "table"), [("index.html", "score"), ("metrics/index.html", "list")]
)
def test_a_table_that_becomes_cards_is_a_table_for_a_screen_reader(
    open_page: Open, folder: Path, name: str, table: str
) -> None:
    page = open_page(folder / name, width=390, touch=True).page
    assert page.evaluate(f"getComputedStyle(document.querySelector('table.{table}')).display") == (
        "block"
    )
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = [node.get("role", {}).get("value") for node in nodes if not node.get("ignored")]
    rows = page.locator(f"table.{table} tbody tr:visible").count()
    assert roles.count("table") == page.locator(f"table.{table}").count()
    assert roles.count("row") == rows
    assert roles.count("rowheader") >= rows - page.locator(f"table.{table} tbody.obj").count()
    assert roles.count("cell") >= rows


# -- on a phone -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHIEF)
def test_what_a_finger_meets_is_large_enough(open_page: Open, folder: Path, name: str) -> None:
    page = open_page(folder / name, width=390, touch=True).page
    small = page.evaluate(
        """() => [...document.querySelectorAll(
            '.nav a, .brand, .btn, .seg label, .select, summary, .crumbs a, .steps a')]
          .filter((e) => e.getClientRects().length && e.getBoundingClientRect().height < 44)
          .map((e) => e.outerHTML.slice(0, 90))"""
    )
    assert small == []


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("index.html", ".score .kr"),
        ("metrics/index.html", ".list tbody tr"),
        ("dashboards/index.html", ".rows > li"),
        ("changes.html", ".ev"),
    ],
)
def test_a_row_is_a_target_as_a_whole(open_page: Open, folder: Path, name: str, row: str) -> None:
    page = open_page(folder / name, width=390, touch=True).page
    first = page.locator(row).first
    wanted = first.locator("a").first.get_attribute("href")
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    met = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('a')?.getAttribute('href')",
        [box["x"] + box["width"] - 4, box["y"] + box["height"] - 4],
    )
    assert met == wanted


def test_a_table_keeps_what_its_rows_are_of_and_their_number(
    open_page: Open, folder: Path, tmp_path: Path
) -> None:
    page = open_page(folder / "metrics" / "orders.html", width=390, touch=True).page
    page.click("label:has(input[name=by][value=by-region])")
    page.click("summary:has-text('The chart as a table'):visible")
    table = page.locator(".scroll:visible", has=page.locator("table.data")).first
    inside = """(e) => { const box = e.getBoundingClientRect(), row = e.querySelector('tbody tr:not([hidden])');
        return [row.cells[0], row.cells[row.cells.length - 1]].map((cell) => {
          const at = cell.getBoundingClientRect(); return at.left >= box.left - 1 && at.right <= box.right + 1; }); }"""
    assert table.evaluate(inside) == [True, True]
    table.evaluate("(e) => { e.scrollLeft = 60; }")
    assert table.evaluate(inside) == [True, True]


def test_the_navigation_shows_where_one_is(open_page: Open, folder: Path) -> None:
    for name in ("digest.html", "index.html", "changes.html"):
        page = open_page(folder / name, width=320, touch=True).page
        assert page.locator(".nav li").first.inner_text() == "Pre-read"
        box = page.locator(".nav [aria-current]").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320


def _shift(browser: Any, url: str, width: int) -> float:
    """How far what is seen moves while the page loads (CLS)."""
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.add_init_script(
        "window.__moved = 0; new PerformanceObserver((list) => { for (const each of list.getEntries())"
        " window.__moved += each.value; }).observe({ type: 'layout-shift', buffered: true });"
    )
    page.goto(url, wait_until="networkidle")
    shift = round(page.evaluate("window.__moved"), 3)
    context.close()
    return float(shift)


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_moves_once_it_is_seen(
    browser: Any, strict_server: Callable[[Path], str], folder: Path, width: int
) -> None:
    """What moves does so each time: a busy machine may paint half of a page once."""
    base = strict_server(folder)
    moved = [name for name in EVERY if _shift(browser, base + name, width)]
    for _ in range(2):
        moved = [name for name in moved if _shift(browser, base + name, width)]
    assert moved == []


# -- keyboard -------------------------------------------------------------------------------------


def test_the_first_stop_skips_to_the_content(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "index.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_switch_is_worked_by_arrow_keys_and_shared_by_address(
    open_page: Open, folder: Path
) -> None:
    page = open_page(folder / "metrics" / "orders.html").page
    assert page.is_visible("[data-by=total]")
    page.focus("input[name=by][value=total]")
    page.keyboard.press("ArrowRight")
    assert page.is_hidden("div[data-by=total]")
    assert page.is_visible("div[data-by=by-region]")
    drawn = page.locator("div[data-by=by-region] svg.w")
    recent = drawn.inner_html()
    page.click("label:has(input[name=range][value=all])")
    assert page.evaluate("location.hash") == "#by=by-region&last=all"
    whole = drawn.inner_html()
    assert whole != recent
    page.reload()
    assert page.is_visible("div[data-by=by-region]")
    assert page.is_checked("input[name=range][value=all]")
    assert drawn.inner_html() == whole


def test_a_click_there_and_back_leaves_what_the_build_wrote(
    open_page: Open, tmp_path: Path
) -> None:
    placed = (
        "- {id: orders, chart: stacked, by: region, last: 12 weeks}\n- {id: on_time, chart: line}"
    )
    shares = f"---\ntitle: Shares\n---\n```metrics\n{placed}\n```\n"
    files = {**site_sample.FILES, "dashboards/shares.md": shares}
    site = site_sample.site("team", files, told=False)
    write({page.path: page.content for page in render_site(site)}, tmp_path)
    seen = """() => [...document.querySelectorAll('figcaption, [data-static] svg.w')]
      .filter((el) => el.getClientRects().length).map((el) => el.textContent)"""
    for name in ("dashboards/shares.html", "metrics/orders.html", "metrics/on_time.html"):
        page = open_page(tmp_path / name).page
        first = page.evaluate(seen)
        for group in page.locator("[data-view]:has(input):visible").all():
            choices = group.locator("label").all()
            for choice in (*choices[1:], choices[0]):
                choice.click()
                now = page.evaluate(seen)
                assert not [words for words in now if words.startswith("Share of the whole: ")]
        assert page.evaluate(seen) == first, name
    page.click("label:has(input[name=by][value=by-region])")
    assert "by region" not in page.inner_text("figcaption").lower()
    assert page.evaluate(seen) != first, "the caption is that of the chart that is shown"
    page = open_page(tmp_path / "dashboards" / "shares.html").page
    page.click(".controls label:has-text('A year')")
    assert page.inner_text("figcaption >> nth=0").startswith("Share of the whole, 52 weeks to ")


def test_the_breakdown_shows_one_dimension_at_a_time(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "metrics" / "orders.html").page
    assert page.is_visible("#t-part-by-region")
    assert page.is_hidden("#t-part-by-plan")
    page.click("label:has(input[name=part][value=by-plan])")
    assert page.is_hidden("#t-part-by-region")
    assert page.is_visible("#t-part-by-plan")


def test_a_dashboard_is_switched_as_a_whole(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "dashboards" / "deliveries.html").page
    values = ".tiles .kpi__v:visible"
    before = page.locator(values).all_inner_texts()
    page.click(".controls label:has-text('DACH')")
    after = page.locator(values).all_inner_texts()
    assert before[0] == "96.4%"
    assert after[0] == "96.7%"
    assert before[2] == after[2] == "14.2 months", "a number without regions stays"
    lit = page.eval_on_selector_all(
        ".plot .s.is-on", "all => [...new Set(all.map((e) => e.dataset.s))]"
    )
    assert sorted(key.partition("-")[0] for key in lit) == ["all", "dach"]
    apart = page.locator("section.panel", has=page.locator(".s.is-on[data-s=all]"))
    assert "Not by region" in apart.first.inner_text()
    page.click(".controls label:has-text('A year')")
    assert "last=year" in page.evaluate("location.hash")


def test_a_card_says_whose_it_is_below_its_line(open_page: Open, tmp_path: Path) -> None:
    """Also where two lines stand above it: the change, and who is not in it."""
    site = site_sample.site("team", site_sample.FILES, told=False)
    results = {
        name: replace(each, reading=each.reading and replace(each.reading, notes=("without DACH",)))
        for name, each in site.results.results.items()
    }
    site = replace(site, results=replace(site.results, results=results))
    write({page.path: page.content for page in render_site(site)}, tmp_path)
    between = """() => [...document.querySelectorAll('.kpi')]
      .map((card) => [card.querySelector('.spark'), card.querySelector('.kpi__foot')])
      .filter(([line]) => line?.getClientRects().length)
      .map(([line, foot]) => foot.getBoundingClientRect().top - line.getBoundingClientRect().bottom)"""
    for name in ("index.html", "dashboards/deliveries.html"):
        page = open_page(tmp_path / name).page
        assert "Without DACH." in page.inner_text("main")
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 740})
            assert min(page.evaluate(between)) >= -1, (name, width)


def test_the_list_of_results_stays_on_a_phone(open_page: Open, folder: Path) -> None:
    for touch in (False, True):
        page = open_page(folder / "index.html", width=390, touch=touch).page
        page.focus("[role=combobox]")
        page.keyboard.type("orders")
        page.wait_for_selector("#results:not([hidden])")
        box = page.locator("#results").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_the_scorecard_can_show_only_what_needs_talk(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "index.html").page
    assert page.locator(".score .kr:visible").count() == 5
    page.click("label:has-text('Needs a conversation')")
    assert page.locator(".score .kr:visible").count() == 2
    again = open_page(page.url).page
    assert again.locator(".score .kr:visible").count() == 2, "the address keeps the choice"


def test_changes_can_be_filtered(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "changes.html").page
    assert page.inner_text("[data-count]") == "9 announcements"
    page.click("label:has-text('Revised')")
    assert page.inner_text("[data-count]") == "3 announcements"
    page.select_option("#owner", label="Hana Sato")
    assert page.inner_text("[data-count]") == "1 announcement"
    assert page.locator(".week:visible").count() == 1
    again = open_page(page.url).page
    assert again.inner_text("[data-count]") == "1 announcement", "the address keeps both choices"
    assert not again.locator("[data-nothing]").is_visible()
    again.click("label:has-text('New')")
    again.select_option("#owner", label="Hana Sato")
    if again.inner_text("[data-count]") == "No announcements":
        assert again.locator("[data-nothing]").is_visible()


def test_a_chart_can_be_explored_under_the_strict_policy(
    open_page: Open, strict_server: Callable[[Path], str], folder: Path
) -> None:
    opened = open_page(strict_server(folder) + "metrics/orders.html")
    page = opened.page
    page.click("label:has(input[name=by][value=by-region])")
    assert not [address for address in opened.requests if "plotly" in address], (
        "a page that is read costs nothing"
    )
    page.click("[data-by=by-region] [data-explore]")
    page.wait_for_selector("div[data-by=by-region] .plot__live svg.main-svg")
    assert opened.trouble == []
    assert (
        len(
            [
                address
                for address in opened.requests
                if "plotly" in address and address.endswith(".js")
            ]
        )
        == 1
    )


# -- script, theme, time, paper -------------------------------------------------------------------


@pytest.fixture
def plain(open_page: Open, folder: Path) -> Callable[[str], Any]:
    return lambda name: open_page(folder / name, script=False).page


def test_without_script_everything_can_be_read(plain: Callable[[str], Any]) -> None:
    page = plain("metrics/orders.html")
    assert page.is_visible("text=2,790 orders")
    assert page.is_visible("div[data-by=total] svg.w")
    assert page.is_visible("#t-part-by-region")
    assert page.is_visible("#t-part-by-plan")
    for control in (
        "[data-search]",
        "[data-theme-toggle]",
        "[data-copy-link]",
        "fieldset[data-view]",
        ".controls",
    ):
        assert page.locator(f"{control}:visible").count() == 0, (
            f"{control} does nothing without script"
        )
    page.click("summary:has-text('By region, as a table')")
    assert page.is_visible("#t-by-region")
    page = plain("dashboards/deliveries.html")
    assert page.locator(".kpi__v:visible").count() == 4
    assert page.locator(".filters:visible").count() == 0
    page = plain("index.html")
    assert page.locator(".score .kr:visible").count() == 5
    assert page.locator("[data-filter-need]:visible").count() == 0
    assert page.locator("time[data-age]:visible").first.inner_text() == "18 Nov"


def test_a_date_says_how_long_ago_it_is_from_the_fixed_date(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "metrics" / "on_time.html").page
    assert page.inner_text(".byline time") == "18 Nov"
    assert page.get_attribute(".byline time", "title") == "4 days ago"
    fresh = open_page(folder / "metrics" / "orders.html").page
    assert fresh.locator(".byline time").count() == 0, "its period says as much"


def test_the_theme_is_chosen_and_kept(
    open_page: Open, strict_server: Callable[[Path], str], folder: Path
) -> None:
    page = open_page(strict_server(folder) + "index.html").page
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    for _ in range(2):
        page.click("[data-theme-toggle]")
    dark = page.evaluate(paper)
    assert light != dark
    page.goto(page.url.replace("index.html", "changes.html"))
    assert page.evaluate(paper) == dark
    assert page.inner_text("[data-theme-toggle] .vh") == "Theme: dark"


def test_a_chosen_member_changes_every_part_or_the_part_says_that_it_does_not(
    open_page: Open, folder: Path
) -> None:
    opened = open_page(folder / "dashboards/deliveries.html")
    page = opened.page
    assert page.locator("[data-apart]:visible").count() == 0
    page.get_by_label("DACH", exact=True).check()
    assert "region=" in page.url
    said = page.locator("[data-view-status]")
    assert said.text_content().startswith("Region: DACH")
    assert page.locator(".kpi__t [data-member]:visible").all_text_contents() == [", DACH"] * 2
    for part in (page.locator("section.panel").all(), page.locator(".kpi").all()):
        for each in part:
            follows = each.locator(".is-on:visible, [data-member]:visible").count() > 0
            told = each.locator("[data-apart]:visible").count() > 0
            assert follows or told, each.inner_text()[:80]
    again = open_page(page.url)
    assert again.page.get_by_label("DACH", exact=True).is_checked()
    assert opened.trouble == []
