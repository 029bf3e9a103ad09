"""Members of a dimension have the names of a lookup, wherever people read them; the member itself
stays their identity."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from commandline import sharekit

Make = Callable[[Mapping[str, str | bytes]], Path]
CONFIG = '[project]\nname = "P"\nas_of = 2026-11-28\n\n[people.a]\nname = "A"\n'
CARRIERS = "carrier,name\nUA,United\nB6,JetBlue\nAA,\n"
ROWS = (
    "SELECT DATE '2026-11-02' + INTERVAL (7 * i) DAY AS week, c AS carrier, sum(n + i) AS value"
    " FROM range(3) AS r(i), (VALUES ('UA', 80), ('B6', 60), ('AA', 9), ('DL', 5)) AS v(c, n)"
    " GROUP BY ALL\n"
)


def flights(more: str = "labels: {carrier: carriers.name}") -> str:
    return (
        "/* ---\ntitle: Flights\nowner: a\ngrain: week\ndimensions: [carrier]\n"
        f"targets: {{UA: 90}}\n{more}\n--- */\n{ROWS}"
    )


BOARD = """---
title: D
---
{{ flights[UA] }} of United.
```metrics
- flights
- {id: flights, chart: line, by: carrier}
- {id: flights, chart: bar, by: carrier}
- {id: flights, chart: table, by: carrier}
- {id: again, chart: line}
```
"""


def files(text: str | None = None, **more: str) -> dict[str, str | bytes]:
    made: dict[str, str | bytes] = {
        "sharekit.toml": CONFIG,
        "metrics/data/carriers.csv": CARRIERS,
        "metrics/flights.sql": text or flights(),
        "metrics/again.sql": flights().replace("title: Flights", "title: Again"),
        "dashboards/d.md": BOARD,
    }
    return made | {name.replace("__", "/"): content for name, content in more.items()}


def built(root: Path) -> Path:
    said = sharekit("build", "--project", root)
    assert said.code == 0, said
    return root / "site"


@pytest.mark.slow
def test_people_read_names_and_programs_read_both(project: Make) -> None:
    site = built(project(files()))
    slices = json.loads((site / "data/flights.json").read_text())["slices"]["carrier"]
    assert {key: each["label"] for key, each in slices.items()} == {
        "UA": "United", "B6": "JetBlue", "AA": None, "DL": None,
    }  # fmt: skip
    assert slices["UA"]["target"] == 90
    page = (site / "metrics/flights.html").read_text()
    assert '<th scope="row">United</th>' in page
    assert '<th scope="row">AA</th>' in page, "a member without a name is called as it is"
    assert "United" in (site / "metrics/flights.md").read_text()
    board = (site / "dashboards/d.html").read_text()
    main = board[board.index("<main") : board.index("</main>")]
    assert 'title="Flights, United"' in main
    assert "82 United" in main
    assert ">JetBlue</td>" in main
    switch = main[main.index('data-view="member"') : main.index("</fieldset>")]
    assert "United" in switch
    assert 'value="ua-' in switch
    assert "united" in (site / "search-index.js").read_text().lower()
    assert ",carrier,UA," in (site / "data/flights.csv").read_text()


@pytest.mark.slow
def test_a_new_name_in_the_lookup_reaches_a_page_that_was_cached(project: Make) -> None:
    root = project(files())
    built(root)
    renamed = CARRIERS.replace("United", "Union")
    (root / "metrics/data/carriers.csv").write_text(renamed)
    page = (built(root) / "metrics/flights.html").read_text()
    assert "Union" in page
    assert "United" not in page


@pytest.mark.slow
def test_a_view_gives_a_lookup_the_column_that_it_lacks(project: Make) -> None:
    view = "SELECT code AS carrier, title AS name FROM airlines\n"
    root = project(
        files(flights("labels: {carrier: _carriers.name}"))
        | {
            "metrics/_carriers.sql": view,
            "metrics/data/airlines.csv": "code,title\nUA,United\nB6,United\n",
        }
    )
    page = (built(root) / "metrics/flights.html").read_text()
    assert "United (UA)" in page, "two members of one name have their key behind it"
    assert "United (B6)" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("labels", "message", "hint"),
    [
        ("{carier: carriers.name}", "`carier` is not a dimension here", "Did you mean `carrier`"),
        ("{carrier: cariers.name}", "there is no source or view `cariers`", "`carriers`"),
        ("{carrier: carriers.nam}", "the names of carrier cannot be read", "needs the columns"),
        ("{carrier: carriers}", "should be a column of a source or view", "carriers.name"),
    ],
)
def test_a_lookup_that_is_not_there_is_refused(
    project: Make, labels: str, message: str, hint: str
) -> None:
    said = sharekit("check", "--project", project(files(flights(f"labels: {labels}"))))
    words = " ".join((said.out + said.err).split())
    assert said.code in (1, 2)
    assert message in words
    assert hint in words


def test_a_lookup_of_a_narrower_audience_is_a_leak(project: Make) -> None:
    config = CONFIG + (
        '[people.b]\nname = "B"\n[audiences.team]\nmembers = ["a", "b"]\n'
        '[audiences.board]\nmembers = ["b"]\n'
        '[sources.carriers]\npath = "metrics/data/carriers.csv"\naudience = "board"\n'
    ).replace("[people.b]", "\n[people.b]")
    config = config.replace('name = "P"\n', 'name = "P"\naudience = "team"\n')
    root = project(files() | {"sharekit.toml": config})
    said = sharekit("check", "--project", root)
    assert said.code == 2
    assert "carriers" in said.out + said.err
    assert "board" in said.out + said.err


def test_a_member_with_several_names_is_told_and_a_view_mends_it(project: Make) -> None:
    twice = CARRIERS + "UA,United Air\nB6,Jet Blue\nXX,One\nXX,Two\n"
    root = project(files() | {"metrics/data/carriers.csv": twice})
    said = " ".join(sharekit("check", "--project", root).out.split())
    assert (
        "carriers.name has several names for one carrier: B6 is Jet Blue and JetBlue; the first is"
        " shown" in said
    )
    query = "SELECT carrier, max(name) AS name FROM carriers GROUP BY carrier"
    assert f"Keep one of them in a view, and name that here: {query}." in said
    (root / "metrics/_carriers.sql").write_text(query, encoding="utf-8")
    for name in ("flights", "again"):
        path = root / f"metrics/{name}.sql"
        text = path.read_text("utf-8").replace("carriers.name", "_carriers.name")
        path.write_text(text, encoding="utf-8")
    assert "several-names" not in sharekit("check", "--project", root).out
