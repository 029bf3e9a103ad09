"""A number is never broken over two lines, from its sign to its unit."""

from __future__ import annotations

import pytest

from sharekit.site.unbroken import Unbroken

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
