"""A number is never broken over two lines, from its sign to its unit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commandline import sharekit

from sharekit.site.nonbreaking import Unbroken

UNITS = Unbroken(["orders", "€", "of what we have", "reservations made"])


@pytest.mark.parametrize(
    ("html", "whole"),
    [
        ("<p>moves +€49bn a week</p>", '<p>moves <span class="nowrap">+€49bn</span> a week</p>'),
        ("<p>−€3</p>", '<p><span class="nowrap">−€3</span></p>'),
        ("<b>2,020 orders</b>", "<b>2,020\u00a0orders</b>"),
        ("<b>1.9m orders</b>", "<b>1.9m\u00a0orders</b>"),
        ("<b>1 order, −2.2 pt</b>", "<b>1\u00a0order, −2.2\u00a0pt</b>"),
        ("<b>3 reservations made</b>", "<b>3 reservations made</b>"),
        ("<b>3 ordersmiths</b>", "<b>3 ordersmiths</b>"),
        ('<p title="3 orders">x</p>', '<p title="3 orders">x</p>'),
        ("<pre>3 <b>x</b> 3 orders</pre>", "<pre>3 <b>x</b> 3 orders</pre>"),
        ("<script>a>3 orders<b</script>", "<script>a>3 orders<b</script>"),
    ],
)
def test_what_belongs_together_stays_on_one_line(html: str, whole: str) -> None:
    assert UNITS.page(html) == whole


@pytest.mark.slow
def test_a_caption_of_another_range_keeps_its_numbers_whole(
    open_page: Callable[..., Any], tmp_path: Path
) -> None:
    files = {
        "sharekit.toml": '[project]\nname = "P"\nas_of = 2026-11-28\n\n[people.a]\nname = "A"\n',
        "metrics/net.sql": "/* ---\ntitle: Net\nowner: a\nunit: €\ngrain: week\ndirection: up\n--- */\n"
        "SELECT DATE '2025-08-04' + INTERVAL (7 * i) DAY AS week, i * 2.5 - 900 AS value"
        " FROM range(60) AS r(i)\n",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert sharekit("build", "--project", tmp_path).code == 0
    opened = open_page(tmp_path / "site/metrics/net.html")
    caption = opened.page.locator("figcaption").first
    before = caption.inner_text()
    opened.page.locator("label:has(input[value=all])").click()
    assert caption.inner_text() != before
    amounts = caption.locator(".nowrap").all_inner_texts()
    assert len(amounts) >= 2
    assert all(amount.startswith("\N{MINUS SIGN}€") for amount in amounts)
    assert opened.trouble == []
