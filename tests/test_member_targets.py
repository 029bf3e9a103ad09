"""Members of a dimension have targets of their own, and those based on few cases are not called
best or worst."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from commandline import sharekit

Make = Callable[[Mapping[str, str | bytes]], Path]
CONFIG = '[project]\nname = "P"\nas_of = 2026-11-28\n\n[people.a]\nname = "A"\n'
ROWS = (
    "SELECT DATE '2026-11-02' + INTERVAL (7 * i) DAY AS week, o AS origin, good, cases,"
    " good / cases AS value, goal FROM range(3) AS r(i),"
    " (VALUES ('JFK', 80, 100, 0.75), ('EWR', 70, 100, 0.75), ('TEB', 9, 9, 0.5))"
    " AS v(o, good, cases, goal)\n"
)


def metric(more: str) -> str:
    return (
        '/* ---\ntitle: On time\nowner: a\nunit: "%"\ndirection: up\ngrain: week\n'
        f"dimensions: [origin]\nnumerator: good\ndenominator: cases\n{more}\n--- */\n{ROWS}"
    )


def built(project: Make, more: str, text: str | None = None) -> Path:
    board = "---\ntitle: D\n---\nEWR is to reach {{ on_time[EWR]:target }}.\n"
    board += "```metrics\n- {id: on_time, chart: bar, by: origin}\n- on_time\n```\n"
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/on_time.sql": text or metric(more),
            "dashboards/d.md": board if "targets" in more else "---\ntitle: D\n---\n",
        }
    )
    said = sharekit("build", "--project", root)
    assert said.code == 0, said
    return root / "site"


def members(site: Path) -> Mapping[str, Mapping[str, float]]:
    return json.loads((site / "data/on_time.json").read_text())["slices"]["origin"]  # type: ignore[no-any-return]


@pytest.mark.slow
@pytest.mark.parametrize("more", ["targets: {JFK: 0.75, EWR: 0.75, TEB: 0.5}", "targets: goal"])
def test_a_member_is_held_to_its_own_target(project: Make, more: str) -> None:
    site = built(project, more)
    assert {name: each["target"] for name, each in members(site).items()} == {
        "JFK": 0.75, "EWR": 0.75, "TEB": 0.5,
    }  # fmt: skip
    page = (site / "metrics/on_time.html").read_text().replace("\xa0", " ")
    assert "75%" in page
    assert "5 pt below" in page
    assert (
        "| EWR | 70.0% | no change | 75%, 5 pt below, missed |"
        in (site / "metrics/on_time.md").read_text()
    )
    board = (site / "dashboards/d.html").read_text()
    assert "<title>Target 75%</title>" in board
    assert ">75.0%</a>" in board


@pytest.mark.slow
def test_targets_of_a_sum_add_up_over_the_other_dimensions(project: Make) -> None:
    text = (
        "/* ---\ntitle: On time\nowner: a\ngrain: week\ndimensions: [origin, plan]\n"
        "total: sum\ntargets: goal\n--- */\n"
        "SELECT DATE '2026-11-16' AS week, o AS origin, p AS plan, 5 AS value, 4 AS goal"
        " FROM (VALUES ('JFK'), ('EWR')) AS v(o), (VALUES ('x'), ('y'), ('z')) AS w(p)\n"
    )
    assert members(built(project, "targets", text))["JFK"]["target"] == 12


@pytest.mark.slow
def test_a_member_on_few_cases_is_neither_best_nor_worst(project: Make) -> None:
    site = built(project, "minimum_count: 30")
    assert {name: each["count"] for name, each in members(site).items()} == {
        "JFK": 100, "EWR": 100, "TEB": 9,
    }  # fmt: skip
    assert list(members(site)) == ["JFK", "EWR", "TEB"], "the largest value comes last"
    page = (site / "metrics/on_time.html").read_text()
    assert '<tr class="few"><th scope="row">TEB' in page
    assert "Grey: based on fewer than 30 cases, too few to compare." in page
    assert "TEB, too few to compare" in (site / "metrics/on_time.md").read_text()


@pytest.mark.slow
def test_a_count_counts_itself(project: Make) -> None:
    text = (
        "/* ---\ntitle: On time\nowner: a\ngrain: week\ndimensions: [origin]\n"
        "minimum_count: 2\n--- */\n"
        "SELECT DATE '2026-11-16' AS week, o AS origin, count(*) AS value"
        " FROM (VALUES ('JFK'), ('JFK'), ('EWR')) AS v(o) GROUP BY ALL\n"
    )
    assert {name: each["count"] for name, each in members(built(project, "", text)).items()} == {
        "JFK": 2, "EWR": 1,
    }  # fmt: skip


@pytest.mark.slow
def test_a_table_of_members_says_value_change_status_and_course(project: Make) -> None:
    text = metric("targets: {JFK: 0.75, EWR: 0.75}\nminimum_count: 30")
    placed = "---\ntitle: D\n---\n```metrics\n- {id: on_time, chart: table, by: origin}\n```\n"
    root = project(
        {"sharekit.toml": CONFIG, "metrics/on_time.sql": text, "dashboards/d.md": placed}
    )
    assert sharekit("build", "--project", root).code == 0
    page = (root / "site/dashboards/d.html").read_text().replace("\xa0", " ")
    rows = page[page.index("<tbody>") : page.index("</tbody>")].split("<tr")[1:]
    assert [row.count('<svg class="spark') for row in rows] == [1, 1, 1]
    assert "Met, 5 pt above 75%" in rows[0]
    assert 'class="worse">Missed, 5 pt below 75%' in rows[1]
    assert rows[2].startswith(' class="few"')
    twin = (root / "site/dashboards/d.md").read_text()
    assert "| EWR | 70.0% | no change | Missed, 5 pt below 75% |" in twin


@pytest.mark.slow
def test_shares_of_a_whole_add_up_to_it_in_every_period(project: Make) -> None:
    text = (
        "/* ---\ntitle: Cases\nowner: a\ngrain: week\ndimensions: [origin]\n--- */\n"
        "SELECT DATE '2026-11-02' + INTERVAL (7 * i) DAY AS week, o AS origin,"
        " sum(n + i) AS value FROM range(3) AS r(i),"
        " (VALUES ('JFK', 80), ('EWR', 60), ('TEB', 9), ('BOS', 5), ('LGA', 4)) AS v(o, n)"
        " GROUP BY ALL\n"
    )
    placed = "---\ntitle: D\n---\n```metrics\n- {id: cases, chart: stacked, by: origin}\n```\n"
    root = project({"sharekit.toml": CONFIG, "metrics/cases.sql": text, "dashboards/d.md": placed})
    assert sharekit("build", "--project", root).code == 0
    page = (root / "site/dashboards/d.html").read_text()
    assert "Cases, share by origin" in page
    figure = json.loads(
        page.partition('data-figure="">')[2].partition("</script>")[0].replace("\\u003c", "<")
    )
    shares = [sum(values) for values in zip(*(trace["y"] for trace in figure["data"]), strict=True)]
    assert shares == pytest.approx([1.0, 1.0, 1.0], abs=0.002)
    assert "JFK 50.6% to 48.8%" in page
