"""What a stranger asks of the example is answered on a phone's first screen, of the first page or one
tap from there; and in the pre-read without a tap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser import Opened
from commandline import sharekit

pytestmark = pytest.mark.slow

Open = Callable[..., Opened]
ROOT = Path(__file__).parents[2]
WORDS = """() => {
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  const words = [], range = document.createRange();
  while (walk.nextNode()) {
    const node = walk.currentNode, holder = node.parentElement.closest('p') || node.parentElement;
    if (!node.parentElement.checkVisibility()) continue;
    const edge = Math.min(innerHeight, holder.getBoundingClientRect().bottom + 1);
    for (const found of node.textContent.matchAll(/\\S+/g)) {
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      const { top, bottom } = range.getBoundingClientRect();
      if (top >= 0 && bottom > top && bottom <= edge) words.push(found[0]);
    }
  }
  return words.join(' ');
}"""
"""The words of the page that stand on the screen, not those that are cut off."""
ARRIVED = """() => !location.hash
  || document.querySelector(location.hash).getBoundingClientRect().top < innerHeight / 3"""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("example") / "site"
    assert sharekit("build", "--project", ROOT, "--out", site).code == 0
    return site


def home(open_page: Open, example: Path) -> Opened:
    return open_page(example / "index.html", width=390, height=844, touch=True)


ANSWERS = {
    "on track?": (None, ["Three of six key results are on track and three are at risk"]),
    "what changed since Monday?": (None, ["To decide", "Challenge", "Maria Okafor, 22 Nov"]),
    "why did the target change?": (
        "JFK leaves on time",
        ["Revised on 4 Nov", "Cancelled flights were left out", "was 90.0%"],
    ),
    "how defined?": ("JFK leaves on time", ["Departures from JFK no later than 15 minutes"]),
    "how fresh?": ("JFK leaves on time", ["measured through 17 Nov"]),
    "will it be met?": ("JFK leaves on time", ["Too early to tell: 60.9% to 91.5% at the end"]),
    "who do I ask?": ("JFK leaves on time", ["Maria Okafor", "Head of JFK"]),
    "why at risk?": (
        "ExpressJet leaves on time",
        ["Why it is at risk", "ExpressJet flies one in three of Newark's departures"],
    ),
    "what should I prepare?": ("Pre-read", ["To decide: 1", "Asked of Jonas Lind", "by 25 Nov"]),
    "who helps?": (
        "Help wanted",
        ["A second tow team for the Thanksgiving week", "Maria asks Jonas"],
    ),
}
"""Of each question the link on the first screen that is tapped, and what stands there then."""


@pytest.mark.parametrize("question", ANSWERS)
def test_a_stranger_is_answered_with_one_tap_at_most(
    open_page: Open, example: Path, question: str
) -> None:
    link, answers = ANSWERS[question]
    opened = home(open_page, example)
    if link is not None:
        tapped = opened.page.locator("main").get_by_role("link", name=link, exact=True).first
        box = tapped.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 844, "the link is on the first screen"
        with opened.page.expect_navigation(wait_until="load"):
            tapped.tap()
        opened.page.wait_for_function(ARRIVED)
    words = opened.page.evaluate(WORDS)
    assert [answer for answer in answers if answer not in words] == []
    assert opened.trouble == []


def test_the_pre_read_answers_without_a_tap(open_page: Open, example: Path) -> None:
    opened = open_page(example / "digest.html", width=390, height=844, touch=True)
    words = " ".join(opened.page.locator("main").inner_text().split())
    for answer in (
        "Three of six key results are on track",
        "77.8%, week to 17 Nov, target 86.0%, projected 71.1%, Jonas Lind",
        "We leave on time and still arrive late.",
        "Share of LaGuardia's scheduled flights that arrive no later than 15 minutes after schedule.",
        "May JFK have LaGuardia's tow team from 26 November to 1 December",
        "Asked of Jonas Lind: four people for six days.",
        "The evening bank from 17:00 is twelve points worse than the morning",
    ):
        assert answer in words
