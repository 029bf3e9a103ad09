"""Where slices have no total every form says so, or shows the slice to use as the headline."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from commandline import sharekit

pytestmark = pytest.mark.slow

Make = Callable[[Mapping[str, str | bytes]], Path]
CONFIG = '[project]\nname = "P"\nas_of = 2026-03-18\n\n[people.ana]\nname = "Ana"\n'
ORDERS = "day,total\n" + "".join(
    f"2026-03-{day:02d},{total}\n" for day in range(8, 18) for total in (day, 2 * day)
)
HEAD = """title: Order size
owner: ana
grain: day
target: 20
dimensions: [quantile]
total: none
"""
SQL = (
    "SELECT day, unnest(['p50', 'p95']) AS quantile, unnest(quantile_disc(total, [0.5, 0.95])) AS"
    " value FROM orders GROUP BY day\n"
)


def metric(head: str, sql: str = SQL) -> str:
    return f"/* ---\n{head}--- */\n{sql}"


def made(project: Make, head: str, prose: str) -> Path:
    return project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/orders.csv": ORDERS,
            "metrics/quantiles.sql": metric(head),
            "dashboards/d.md": f"---\ntitle: D\n---\n{prose}\n\n```metrics\n- quantiles\n```\n",
        }
    )


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_no_form_says_no_data(project: Make) -> None:
    root = made(project, HEAD, "The size is {{ quantiles }}, its median {{ quantiles[p50] }}.")
    assert sharekit("build", "--project", root).code == 0
    site = root / "site"
    told = [
        path
        for path in site.rglob("*")
        if path.suffix in (".html", ".md", ".svg", ".json", ".txt", ".js")
    ]
    assert [
        path.name
        for path in told
        if "no data" in path.read_text().lower() and "assets" not in path.parts
    ] == []
    assert "no total (17 Mar 2026)" in sharekit("show", "quantiles", "--project", root).out
    assert "no total" in (site / "badges/quantiles.svg").read_text()
    assert "The size is no total , its median 17 ." in plain(
        (site / "dashboards/d.html").read_text()
    )
    index = json.loads((site / "sharekit.json").read_text())
    assert index["metrics"][0]["words"]["text"] == "no total"
    assert "no total" in (site / "dashboards/d.md").read_text()


def test_a_target_without_a_value_to_compare_is_a_warning(project: Make) -> None:
    said = sharekit("check", "--project", made(project, HEAD, "{{ quantiles }}"))
    assert said.code == 0
    assert "the target cannot be compared: there is no total" in said.out + said.err
    assert "Write `headline:` and the member of quantile" in said.out + said.err
    assert (
        "target-without-total"
        not in sharekit(
            "check", "--project", made(project, HEAD + "headline: p50\n", "{{ quantiles }}")
        ).out
    )


def test_a_slice_speaks_for_the_number_and_has_its_target(project: Make) -> None:
    root = made(project, HEAD + "headline: p50\n", "Size {{ quantiles }} ({{ quantiles:change }}).")
    assert sharekit("build", "--project", root).code == 0
    site = root / "site"
    document = json.loads((site / "data/quantiles.json").read_text())
    assert (document["value"], document["headline"], document["target"]) == (17, "p50", 20)
    assert document["previous"]["value"] == 16
    assert document["series"][-1] == ["2026-03-17", 17]
    assert "17 (17 Mar 2026, p50)" in sharekit("show", "quantiles", "--project", root).out
    page = plain((site / "metrics/quantiles.html").read_text())
    assert "3 below the target of 20" in page
    assert "17 Mar 2026, p50" in page
    assert "All" not in re.findall(
        r"<th[^>]*>([^<]*)</th>", (site / "metrics/quantiles.html").read_text()
    )
    assert ",,," not in (site / "data/quantiles.csv").read_text()  # rows of a total
    dashboard = plain((site / "dashboards/d.html").read_text())
    assert "Size 17 ( +1 )." in dashboard
    assert "Order size, p50" in dashboard


@pytest.mark.parametrize(
    ("head", "sql", "message", "hint"),
    [
        (HEAD + "headline: p51\n", SQL, "there is no member `p51`", "`p50`"),
        (
            HEAD.replace("total: none", "total: sum") + "headline: p50\n",
            SQL,
            "this number has a total",
            "total: none",
        ),
        (
            "title: X\nowner: ana\nheadline: p50\n",
            "SELECT 1 AS value\n",
            "`headline` names a member, but there are no `dimensions`",
            "take `headline` out",
        ),
    ],
)
def test_a_headline_that_cannot_be_is_refused(
    project: Make, head: str, sql: str, message: str, hint: str
) -> None:
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/orders.csv": ORDERS,
            "metrics/quantiles.sql": metric(head, sql),
        }
    )
    said = sharekit("check", "--project", root)
    assert said.code in (1, 2)
    words = " ".join((said.out + said.err).split())
    assert message in words
    assert hint in words


def test_a_key_result_without_a_total_needs_a_headline(project: Make) -> None:
    objective = "---\ntitle: Large orders\nowner: ana\nperiod: 2026-Q1\n---\n"
    head = HEAD.replace("target: 20\n", "baseline: 10\ntarget: 20\n")
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/orders.csv": ORDERS,
            "metrics/okrs/q1/objective.md": objective,
            "metrics/okrs/q1/quantiles.sql": metric(head),
        }
    )
    assert sharekit("check", "--project", root).code == 2
    (root / "metrics/okrs/q1/quantiles.sql").write_text(metric(head + "headline: p50\n"))
    assert sharekit("check", "--project", root).code == 0
    assert "0.70" in sharekit("show", "quantiles", "--project", root).out
