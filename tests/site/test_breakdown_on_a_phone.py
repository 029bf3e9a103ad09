"""Tables on a phone: no value lies under another column, where the half that is seen would read as a
whole one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser import Opened
from commandline import sharekit

pytestmark = pytest.mark.slow

CONFIG = '[project]\nname = "P"\nas_of = 2026-11-20\n[people.ann]\nname = "Ann"\n'
DELAY = """/* ---
title: Average delay
owner: ann
grain: week
unit: min
direction: down
dimensions: [airport, carrier]
numerator: minutes
denominator: flights
--- */
SELECT day AS week, airport, carrier, minutes, 10 AS flights FROM delays
"""
LATEST = """/* ---
title: Latest delays
kind: table
owner: ann
--- */
SELECT DATE '2026-11-12' AS "Date", 'EWR' AS "From", 'RDU' AS "To", 'ExpressJet Airlines' AS "Carrier",
  398 AS "Delay, min"
"""
CARRIERS = ("Delta", "The carrier with a very long name that nobody shortens")
HIDDEN = """() => [...document.querySelectorAll('[id^=t-part-] td.n, [id^=t-part-] thead th, #t-latest :is(td, th)')]
  .filter(cell => cell.offsetParent && cell.innerText.trim())
  .filter(cell => {
    const text = document.createRange(); text.selectNodeContents(cell);
    return [...text.getClientRects()].some(box => {
      const y = (box.top + box.bottom) / 2;
      return [box.left + 1, box.right - 1].some(x => !cell.contains(document.elementFromPoint(x, y)));
    });
  }).map(cell => cell.innerText)"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("delays")
    weeks = ("2026-10-26", "2026-11-02", "2026-11-09")
    rows = [
        f"{week},{airport},{carrier},{1_234 * (at + 1) + ord(airport[0])}"
        for at, week in enumerate(weeks)
        for airport in ("EWR", "JFK", "LGA")
        for carrier in CARRIERS
    ]
    files = {
        "sharekit.toml": CONFIG,
        "metrics/data/delays.csv": "\n".join(["day,airport,carrier,minutes", *rows]) + "\n",
        "metrics/delay.sql": DELAY,
        "metrics/latest.sql": LATEST,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    built = sharekit("build", "--project", root)
    assert built.code == 0, built.err
    return root / "site"


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("part", ["airport", "carrier"])
def test_each_value_is_seen_whole(
    site: Path,
    open_page: Callable[..., Opened],
    strict_server: Callable[[Path], str],
    width: int,
    part: str,
) -> None:
    page = open_page(strict_server(site) + "metrics/delay.html", width=width).page
    page.click(f"label:has(input[name=part][value=by-{part}])")
    table = page.locator(f"#t-part-by-{part}")
    table.scroll_into_view_if_needed()
    assert page.evaluate(HIDDEN) == []


def test_text_in_a_later_column_wraps(site: Path, open_page: Callable[..., Opened]) -> None:
    page = open_page(site / "metrics" / "latest.html", width=390).page
    assert page.locator("#t-latest td").count() == 5
    assert page.evaluate(HIDDEN) == []
