"""Pages on paper: what is printed, and how many sheets each kind of page takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import Opened
from commandline import sharekit

pytestmark = pytest.mark.slow

Open = Callable[..., Opened]
ROOT = Path(__file__).resolve().parents[2]


def test_pages_of_the_example_take_few_sheets(open_page: Open, tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert sharekit("build", "--project", ROOT, "--out", site).code == 0
    key_results = [f"okrs/{path.name}" for path in site.glob("okrs/*.html")]
    most = dict.fromkeys(key_results, 2) | {"dashboards/operations.html": 2, "digest.html": 2}
    most |= {"index.html": 2, "dashboards/carriers.html": 2, "metrics/on_time_departures.html": 2}
    taken = {name: sheets(open_page(site / name)) for name in most}
    assert {name: n for name, n in taken.items() if n > most[name]} == {}


def test_paper_shows_what_is_open_and_no_controls(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "metrics" / "orders.html", dark=True).page
    page.click("summary:has-text('Definition')")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("pre.sql:visible").count() >= 1, "somebody opened it"
    assert page.locator("details:not([open]):visible, .snippet:visible").count() == 0
    assert page.locator(".btns:visible, .nav:visible, [role=search]:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_paper_says_which_view_it_shows(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "dashboards" / "deliveries.html").page
    page.get_by_label("DACH", exact=True).check()
    page.emulate_media(media="print")
    shown = page.locator(".controls .seg label:visible").all_text_contents()
    assert "DACH" in [label.strip() for label in shown]
    assert "All" not in [label.strip() for label in shown]


@pytest.mark.parametrize(
    "name", ["okrs/active_offices.html", "okrs/margin.html", "dashboards/deliveries.html"]
)
def test_a_key_result_and_a_dashboard_take_two_sheets(
    open_page: Open, folder: Path, name: str
) -> None:
    assert sheets(open_page(folder / name)) <= 2


def sheets(opened: Opened) -> int:
    """Sheets of A4."""
    return len(re.findall(rb"/Type\s*/Page\b", opened.page.pdf(format="A4")))
