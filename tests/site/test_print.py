"""The example on paper: how many sheets each kind of page takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import Opened
from commandline import sharekit

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_pages_of_the_example_take_few_sheets(
    open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    assert sharekit("build", "--project", ROOT, "--out", site).code == 0
    key_results = [f"okrs/{path.name}" for path in site.glob("okrs/*.html")]
    most = dict.fromkeys(key_results, 2) | {"dashboards/operations.html": 2, "digest.html": 2}
    most |= {"index.html": 2, "dashboards/carriers.html": 2, "metrics/on_time_departures.html": 2}
    taken = {name: sheets(open_page(site / name)) for name in most}
    assert {name: n for name, n in taken.items() if n > most[name]} == {}


def sheets(opened: Opened) -> int:
    """Sheets of A4."""
    return len(re.findall(rb"/Type\s*/Page\b", opened.page.pdf(format="A4")))
