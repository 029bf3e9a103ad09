"""What serves what, as nested lists; nothing of a narrower audience, and no circle without an
end."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import Opened
from preread_sample import FILES, SECRETS, changed, rendered
from test_preread_browser import faults

Open = Callable[..., Opened]


class Outline(HTMLParser):
    """Titles of the nodes of the tree, with how deep each stands."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines: list[tuple[int, str]] = []
        self._depth, self._title = 0, False
        self.feed(html[html.index('<ul class="tree"') : html.rindex("</section>")])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._depth += tag == "ul"
        self._title = self._title or ("class", "node__t") in attrs

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "ul"
        self._title = self._title and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._title and data.strip():
            self.lines.append((self._depth, data.strip()))


def outline(files: Mapping[str, str] = FILES, audience: str = "team") -> list[tuple[int, str]]:
    html = rendered(audience, files)["alignment.html"].decode()
    return Outline(html[: html.index("alone-h")] if "alone-h" in html else html).lines


def test_from_the_companys_objective_to_the_numbers() -> None:
    assert outline() == [
        (1, "Offices stay with us and grow"),
        (2, "Active offices"),
        (3, "Paid orders"),
        (2, "Offices lost"),
        (2, "Margin stays healthy"),
        (2, "Deliveries keep their promise"),
        (3, "The second kitchen opens"),
        (3, "Find out what we throw away"),
        (1, "Find out what an office costs"),
        (2, "Cost to win an office"),
    ]


def test_numbers_that_a_query_reads_stand_below_it() -> None:
    sql = FILES["metrics/okrs/2026-q4/growth/churn.sql"].replace(
        "FROM offices", "FROM metrics.on_time"
    )
    html = rendered(files={**FILES, "metrics/okrs/2026-q4/growth/churn.sql": sql})[
        "alignment.html"
    ].decode()
    assert re.search(r"On-time deliveries</a>.*?Number, read by its query, Hana Sato", html, re.S)


def test_every_level_has_its_status_and_score() -> None:
    html = rendered()["alignment.html"].decode()
    assert html.count("score <b>") == 9
    assert "At risk" in html
    assert "Score 0.37 of 1.00, 0.49 expected by 15 Nov" in html


@pytest.mark.slow
def test_the_page_and_its_way_there_exist_only_where_something_is_aligned() -> None:
    files = changed("metrics/sales/orders.sql", ("drives: [active_offices]\n", ""))
    parent = "metrics/okrs/2026-q4/deliver/objective.md"
    files[parent] = FILES[parent].replace("parent: 2026-q4-growth\n", "")
    tree = rendered(files=files)
    assert "alignment.html" not in tree
    assert b"alignment" not in tree["index.html"]
    assert b'href="alignment.html"' in rendered()["index.html"]


@pytest.mark.slow
def test_nothing_of_the_board_is_in_the_teams_alignment() -> None:
    """A parent, a child and a driver out of sight: their parts in sight stand alone."""
    secret, child = (
        "metrics/okrs/2026-q4/board/objective.md",
        "metrics/okrs/2026-q4/deliver/objective.md",
    )
    salaries = "metrics/board/salaries.sql"
    files = {
        **FILES,
        secret: FILES[secret].replace("audience: board", "audience: board\nparent: 2026-q4-growth"),
        child: FILES[child].replace("parent: 2026-q4-growth", "parent: 2026-q4-board"),
        salaries: FILES[salaries].replace(
            "audience: board", "audience: board\ndrives: [active_offices]"
        ),
    }
    page = rendered(files=files)["alignment.html"].decode()
    assert [secret for secret in SECRETS if secret in page] == []
    assert (1, "Deliveries keep their promise") in outline(files)
    board = outline(files, "board")
    assert (2, "Sell the company quietly") in board
    assert (3, "Deliveries keep their promise") in board
    assert (3, "Salaries paid") in board


def test_a_circle_ends_where_it_closes() -> None:
    """Checks refuse it; a tree that is made all the same holds every objective once."""
    files = changed(
        "metrics/okrs/2026-q4/growth/objective.md", ("period:", "parent: 2026-q4-deliver\nperiod:")
    )
    titles = [title for _, title in outline(files)]
    assert titles.count("Deliveries keep their promise") == 1
    assert titles.count("Offices stay with us and grow") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)]
)
def test_the_page_is_sound(open_page: Open, tmp_path: Path, width: int, dark: bool) -> None:
    for path, content in rendered().items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    opened = open_page(tmp_path / "alignment.html", width=width, dark=dark)
    assert opened.trouble == []
    assert faults(opened.page) == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, (
        "no sideways scrolling"
    )


def test_an_objective_without_key_results_has_the_mean_of_those_that_serve_it() -> None:
    top = "---\ntitle: Coffee everywhere\nowner: priya\nperiod: 2026-Q4\n---\n"
    grown = FILES["metrics/okrs/2026-q4/growth/objective.md"].replace(
        "period:", "parent: 2026-q4-top\nperiod:"
    )
    files = {
        **FILES,
        "metrics/okrs/2026-q4/top/objective.md": top,
        "metrics/okrs/2026-q4/growth/objective.md": grown,
    }
    html = rendered(files=files)["alignment.html"].decode()
    assert "average score of the objectives that serve it <b>0.46</b>" in html
