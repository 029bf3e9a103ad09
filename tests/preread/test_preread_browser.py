"""The pre-read in a real browser: the page on a desk and a phone, the mail in a narrow window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser import Opened
from preread_sample import ASKED, rendered, tree

from sharekit.preread.content import digest_view
from sharekit.preread.mail import digest_mail

pytestmark = pytest.mark.slow

Open = Callable[..., Opened]


def faults(page: Any) -> list[str]:
    """What axe-core finds, each with the element."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html']}" for violation in found for node in violation["nodes"]
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for path, content in rendered(files=ASKED).items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return root


@pytest.mark.parametrize(
    ("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)]
)
def test_the_page_is_sound(open_page: Open, folder: Path, width: int, dark: bool) -> None:
    opened = open_page(folder / "digest.html", width=width, dark=dark)
    assert opened.trouble == []
    assert faults(opened.page) == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, (
        "no sideways scrolling"
    )


@pytest.mark.parametrize("width", [600, 320])
def test_the_mail_fits_a_narrow_window(open_page: Open, tmp_path: Path, width: int) -> None:
    shop = tree()
    (tmp_path / "mail.html").write_text(
        digest_mail(digest_view(shop), shop.scope).html, encoding="utf-8"
    )
    opened = open_page(tmp_path / "mail.html", width=width)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, (
        "no sideways scrolling"
    )
    assert faults(opened.page) == []


def test_home_leads_to_the_pre_read_and_back_to_a_request(open_page: Open, folder: Path) -> None:
    page = open_page(folder / "index.html").page
    page.click("text=Pre-read")
    assert page.url.endswith("/digest.html")
    page.click("text=A reminder in the app on day 7")
    assert page.url.endswith("/okrs/active_offices.html#help")
