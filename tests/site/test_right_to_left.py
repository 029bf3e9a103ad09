"""Words that read from right to left, on pages that read from left to right: a number beside them stays
whole, and a sentence ends where its readers look for its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser import Opened
from commandline import sharekit

pytestmark = pytest.mark.slow

CONFIG = """[project]
name = "P"
as_of = 2026-11-20
[people.ann]
name = "Ann"
"""
SALES = """/* ---
title: Sales
owner: ann
unit: "€"
--- */
SELECT 264_512 AS value
"""
RAISED = """/* ---
title: Sales rise
owner: ann
period: 2026-Q4
baseline: 0
target: 300000
challenges: [السوق بطيء هذا العام.]
--- */
SELECT 264_512 AS value
"""
FILES = {
    "sharekit.toml": CONFIG,
    "metrics/sales.sql": SALES,
    "metrics/okrs/q4/objective.md": "---\ntitle: Sell\nowner: ann\nperiod: 2026-Q4\n---\nWhy.\n",
    "metrics/okrs/q4/raised.sql": RAISED,
    "dashboards/sales.md": "---\ntitle: Sales\nowner: ann\n---\nIn دبي: {{ sales }}.\n",
}
PLACES = """node => {
  const words = document.createTreeWalker(node, NodeFilter.SHOW_TEXT), found = [];
  while (words.nextNode())
    for (let at = 0; at < words.currentNode.length; at++) {
      const letter = document.createRange();
      letter.setStart(words.currentNode, at); letter.setEnd(words.currentNode, at + 1);
      found.push([words.currentNode.data[at], letter.getBoundingClientRect().left]);
    }
  return found;
}"""
"""Each letter, in the order in which it is written, and where it is seen."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("directions")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    built = sharekit("build", "--project", root)
    assert built.code == 0, built.err
    return root / "site"


def test_a_number_behind_such_a_word_stays_whole(
    site: Path, open_page: Callable[..., Opened]
) -> None:
    page = open_page(site / "dashboards" / "sales.html").page
    letters = page.locator(".live").evaluate(PLACES)
    assert "".join(letter for letter, _ in letters) == "€265k"
    places = [place for _, place in letters]
    assert places == sorted(places)


def test_a_sentence_ends_on_its_own_side(site: Path, open_page: Callable[..., Opened]) -> None:
    page = open_page(site / "okrs" / "raised.html").page
    letters = page.locator(".voice", has_text="السوق").last.evaluate(PLACES)
    ends = [place for letter, place in letters if letter == "."]
    assert ends == [min(place for letter, place in letters if letter.strip())]
