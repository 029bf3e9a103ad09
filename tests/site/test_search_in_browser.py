"""The search of a page in a real browser: by keyboard, by other names and other forms of a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser import Opened

pytestmark = pytest.mark.slow

Open = Callable[..., Opened]


def test_search_works_by_keyboard(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "metrics" / "orders.html").page
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "combobox"
    page.keyboard.type("offices")
    page.wait_for_selector("#results li")
    names = page.eval_on_selector_all("#results li span", "all => all.map((e) => e.textContent)")
    assert "Active offices" in names
    first = page.get_attribute("[role=combobox]", "aria-activedescendant")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("[role=combobox]", "aria-activedescendant") != first
    page.keyboard.press("ArrowUp")
    assert page.get_attribute("[role=combobox]", "aria-activedescendant") == first
    chosen = page.inner_text(f"#{first} span")
    page.keyboard.press("Enter")
    page.wait_for_url("**/okrs/*.html")
    assert page.inner_text("h1") == chosen


def test_search_says_how_many_more_it_found(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "index.html").page
    page.keyboard.press("/")
    page.keyboard.type("e")
    page.wait_for_selector("#results li b")
    many = page.evaluate("window.SHAREKIT_INDEX.filter((each) => each.all.includes('e')).length")
    assert many > 7
    assert page.inner_text("[data-search-status]") == f"7 of {many} results."
    assert page.inner_text("#results li:last-child").startswith(f"7 of {many} results.")
    assert page.locator("#results li:not([aria-disabled])").count() == 7
    page.keyboard.press("ArrowUp")
    chosen = page.get_attribute("[role=combobox]", "aria-activedescendant")
    assert chosen == "opt-6", "the line is no choice"


def test_search_finds_by_other_names_and_says_when_there_is_nothing(
    open_page: Open, folder: Path
) -> None:
    page = open_page(folder / "index.html").page
    page.keyboard.press("/")
    page.keyboard.type("purchases")
    page.wait_for_selector("#results li b")
    assert page.inner_text("#results li span") == "Paid orders"
    page.fill("[role=combobox]", "unicorns")
    assert "Nothing shared under that name yet." in page.inner_text("#results")
    page.keyboard.press("Escape")
    assert page.is_hidden("#results")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("on-time deliveries", "On-time deliveries"),
        ("ontime delivery", "On-time deliveries"),
        ("refund", "Paid orders"),
        ("paying order", "Paid orders"),
        ("benelux", "On-time deliveries"),
        ("how we score", "How we score"),
    ],
)
def test_search_finds_what_a_page_says_in_other_forms(
    open_page: Open, folder: Path, typed: str, first: str
) -> None:
    page = open_page(folder / "index.html").page
    page.keyboard.press("/")
    page.keyboard.type(typed)
    page.wait_for_selector("#results li span")
    names = page.eval_on_selector_all("#results li span", "all => all.map((e) => e.textContent)")
    assert first in names[:3]
    assert not names[0].startswith("Ask for")
