"""Targets from columns and metrics, bands, owners, deprecated numbers, members in their order,
kinds of change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from commandline import sharekit

from sharekit.numbers.formats import change_way, format_change, format_value
from sharekit.numbers.measure.member_order import member_order

Make = Callable[[Mapping[str, str | bytes]], Path]
CONFIG = """[project]
name = "P"
as_of = 2026-11-21

[people.ana]
name = "Ana Ruiz"
role = "CFO"

[people.ben]
name = "Ben Li"
"""
DATA = "month,sales,plan\n2026-08-01,90,100\n2026-09-01,120,110\n2026-10-01,130,125\n2026-11-01,60,140\n"
PLAN = (
    '/* ---\ntitle: Plan\nowner: ana\nunit: "€"\ngrain: month\n--- */\nSELECT month, plan AS value'
    " FROM s\n"
)


def sales(keys: str, sql: str = "SELECT month, sales AS value, plan FROM s") -> str:
    return (
        f'/* ---\ntitle: Sales\nowner: [ana, ben]\nunit: "€"\ngrain: month\n{keys}--- */\n{sql}\n'
    )


def built(project: Make, files: Mapping[str, str]) -> Path:
    root = project({"sharekit.toml": CONFIG, "metrics/data/s.csv": DATA, **files})
    said = sharekit("build", "--project", root)
    assert said.code == 0, said
    return root / "site"


def document(site: Path, item: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((site / f"data/{item}.json").read_text())
    return found


def plain(path: Path) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", path.read_text()).split())


@pytest.mark.slow
@pytest.mark.parametrize("target", ["plan", "PLAN", "metrics.plan"])
def test_a_target_is_a_column_or_another_metric(project: Make, target: str) -> None:
    site = built(
        project, {"metrics/plan.sql": PLAN, "metrics/sales.sql": sales(f"target: {target}\n")}
    )
    assert document(site, "sales")["target"] == 125
    assert "€5 above the target of €125" in plain(site / "metrics/sales.html")
    alone = sharekit("show", "sales", "--project", site.parent)
    assert "€125" in alone.out


@pytest.mark.slow
def test_targets_of_slices_add_up_with_their_values(project: Make) -> None:
    sql = "SELECT month, shop, sales AS value, plan FROM s, (VALUES ('a'), ('b')) AS v(shop)"
    site = built(
        project, {"metrics/sales.sql": sales("target: plan\ndimensions: [shop]\ntotal: sum\n", sql)}
    )
    assert (document(site, "sales")["value"], document(site, "sales")["target"]) == (260, 250)


@pytest.mark.slow
def test_a_target_metric_that_changes_is_followed_from_the_cache_too(project: Make) -> None:
    site = built(
        project, {"metrics/plan.sql": PLAN, "metrics/sales.sql": sales("target: metrics.plan\n")}
    )
    (site.parent / "metrics/plan.sql").write_text(
        PLAN.replace("plan AS value", "2 * plan AS value")
    )
    assert sharekit("build", "--project", site.parent).code == 0
    assert document(site, "sales")["target"] == 250


def test_a_target_of_another_grain_is_said(project: Make) -> None:
    weekly = PLAN.replace("grain: month", "grain: week")
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/s.csv": DATA,
            "metrics/plan.sql": weekly,
            "metrics/sales.sql": sales("target: metrics.plan\n"),
        }
    )
    said = sharekit("check", "--project", root)
    assert "the target is by week, and the value by month" in " ".join(
        (said.out + said.err).split()
    )


def test_a_target_of_a_narrower_audience_is_a_leak(project: Make) -> None:
    config = CONFIG + '\n[audiences.board]\nmembers = ["ana"]\n\n[audiences.all]\n'
    config = config.replace('name = "P"', 'name = "P"\naudience = "all"')
    narrow = PLAN.replace("owner: ana", "owner: ana\naudience: board")
    root = project(
        {
            "sharekit.toml": config,
            "metrics/data/s.csv": DATA,
            "metrics/plan.sql": narrow,
            "metrics/sales.sql": sales("target: metrics.plan\n"),
        }
    )
    said = sharekit("check", "--project", root)
    assert said.code == 2
    assert "leak" in said.out + said.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("band", "words"),
    [
        ("[100, 140]", "Within the band of €100 to €140"),
        ("[140, 150]", "€10 below the band of €140 to €150"),
        ("[0, 100]", "€30 above the band of €0 to €100"),
    ],
)
def test_a_number_has_a_band(project: Make, band: str, words: str) -> None:
    site = built(project, {"metrics/sales.sql": sales(f"band: {band}\n")})
    assert words in plain(site / "metrics/sales.html")
    assert document(site, "sales")["band"] == json.loads(band)
    assert "Band" in sharekit("show", "sales", "--project", site.parent).out


@pytest.mark.slow
def test_several_people_own_a_number(project: Make) -> None:
    site = built(project, {"metrics/sales.sql": sales("")})
    assert (document(site, "sales")["owner"], document(site, "sales")["owners"]) == (
        "ana",
        ["ana", "ben"],
    )
    assert "Ana Ruiz, CFO; Ben Li" in plain(site / "metrics/sales.html")
    unknown = sales("").replace("ben]", "bne]")
    said = sharekit(
        "check", "--project", project({"sharekit.toml": CONFIG, "metrics/sales.sql": unknown})
    )
    assert "there is no person `bne`" in said.out + said.err


@pytest.mark.slow
def test_a_deprecated_number_keeps_its_page_and_leaves_the_lists(project: Make) -> None:
    old = sales("state: deprecated\nreplaced_by: plan\n").replace(
        "title: Sales", "title: Old sales"
    )
    site = built(project, {"metrics/plan.sql": PLAN, "metrics/old_sales.sql": old})
    page = plain(site / "metrics/old_sales.html")
    assert "This number is deprecated Use Plan in its place." in page
    assert 'href="plan.html"' in (site / "metrics/old_sales.html").read_text()
    listed = [
        path
        for path in site.rglob("*.html")
        if "metrics" not in path.parts and "embed" not in path.parts
    ]
    assert [path.name for path in listed if "Old sales" in path.read_text()] == []
    names = re.findall(
        r'"name":"([^"]*)"', "".join(path.read_text() for path in site.rglob("*.js"))
    )
    assert names[-1] == "Old sales"
    assert document(site, "old_sales")["state"] == "deprecated"
    assert "deprecated; use plan" in sharekit("show", "old_sales", "--project", site.parent).out
    assert "This number is deprecated" in (site / "metrics/old_sales.md").read_text()


@pytest.mark.parametrize(
    ("declared", "names", "week_start", "order"),
    [
        (
            ["small", "medium", "large"],
            ["large", "other", "small", "medium"],
            "monday",
            "small medium large other",
        ),
        (None, ["Mar", "Jan", "Feb"], "monday", "Jan Feb Mar"),
        (None, ["march", "january"], "monday", "january march"),
        (None, ["Sun", "Mon", "Fri"], "monday", "Mon Fri Sun"),
        (None, ["Sunday", "Monday", "Saturday"], "sunday", "Sunday Monday Saturday"),
        (None, ["2026-03", "2025-12"], "monday", "2025-12 2026-03"),
        (None, ["2026-Q2", "2025-Q4"], "monday", "2025-Q4 2026-Q2"),
    ],
)
def test_members_have_an_order(
    declared: list[str] | None, names: list[str], week_start: str, order: str
) -> None:
    assert member_order(declared, names, week_start) == order.split()


@pytest.mark.parametrize(
    "names", [["Mon", "JFK"], ["May"], ["94107", "10220"], ["Jan", "January"], []]
)
def test_other_members_have_none(names: list[str]) -> None:
    assert member_order(None, names) is None


@pytest.mark.slow
def test_pages_keep_the_order(project: Make) -> None:
    sql = (
        "SELECT DATE '2026-10-01' AS month, band, value FROM (VALUES ('l', 9), ('s', 1), ('m', 5))"
        " AS v(band, value)"
    )
    keys = "dimensions: [band]\ntotal: sum\norder: {band: [s, m, l]}\n"
    site = built(project, {"metrics/sales.sql": sales(keys, sql)})
    slices = document(site, "sales")["slices"]
    assert isinstance(slices, dict)
    assert list(slices["band"]) == ["s", "m", "l"]


@pytest.mark.parametrize(
    ("unit", "format", "declared", "change", "share", "said"),
    [
        ("%", None, None, 0.012, 0.02, "+1.2 pt"),
        ("%", None, "relative", 0.012, 0.02, "+2.0%"),
        ("score", None, None, 0.4, 0.1, "+0.4 score"),
        ("°C", None, None, -2.5, -0.1, "−2.5 °C"),
        ("min", None, None, 1.5, 0.1, "+1.5 min (+10.0%)"),
        (None, "duration_min", None, 1.5, 0.1, "+1.5 min (+10.0%)"),
        ("€", None, None, 50, 0.1, "+10.0%"),
        ("€", None, "absolute", 50, 0.1, "+€50"),
        ("index", None, "points", 3.25, 0.1, "+3.3 pt"),
    ],
)
def test_the_unit_decides_how_a_change_is_told(
    unit: str | None,
    format: str | None,
    declared: str | None,
    change: float,
    share: float,
    said: str,
) -> None:
    way = change_way(unit, format, declared)  # type: ignore[arg-type]
    assert format_change(change, share, unit, format, way) == said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (-200, 300, "+€500"),
        (300, -200, "−€500"),
        (0, 50, "+€50"),
        (0.001, 9000, "+€9,000"),
        (-900, -1000, "−€100"),
        (-1000, -900, "+€100"),
        (-900, 0, "+€900"),
        (100, 0, "−100%"),
        (100, 250, "+150%"),
    ],
)
def test_near_and_below_zero_only_the_change_itself_is_told(
    project: Make, before: float, now: float, said: str
) -> None:
    sql = (
        f"SELECT DATE '2026-09-01' AS month, {before} AS value UNION ALL SELECT DATE '2026-10-01',"
        f" {now}"
    )
    site = built(
        project,
        {
            "metrics/sales.sql": sales("", sql),
            "dashboards/d.md": "---\ntitle: D\n---\n{{ sales:change }}\n",
        },
    )
    assert said in plain(site / "dashboards/d.html")
    previous = document(site, "sales")["previous"]
    assert isinstance(previous, dict)
    assert previous["change"] == pytest.approx(now - before)
    assert (previous["change_pct"] is None) == (not said.endswith("%"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("declared", "said"),
    [("", "+€2"), ("change: relative\n", "+200%"), ("change: absolute\n", "+€2")],
)
def test_a_handful_changes_by_a_count_unless_declared(
    project: Make, declared: str, said: str
) -> None:
    sql = "SELECT DATE '2026-09-01' AS month, 1 AS value UNION ALL SELECT DATE '2026-10-01', 3"
    site = built(
        project,
        {
            "metrics/sales.sql": sales(declared, sql),
            "dashboards/d.md": "---\ntitle: D\n---\n{{ sales:change }}\n",
        },
    )
    for page in ("dashboards/d.html", "metrics/sales.html"):
        assert said in plain(site / page)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.00042, "s", "420 µs"),
        (0.0000031, "g", "3.1 µg"),
        (0.0002, "ms", "200 ns"),
        (0.5, "s", "0.5 s"),
        (0.00042, "flights", "0.00042 flights"),
        (1.2e-10, None, "1.20e-10"),
        (-0.00042, "s", "−420 µs"),
    ],
)
def test_small_values_stay_readable(value: float, unit: str | None, said: str) -> None:
    assert str(format_value(value, unit)) == said


@pytest.mark.slow
def test_a_metric_called_like_its_table_is_read_by_others(project: Make) -> None:
    head = "/* ---\ntitle: {0}\nowner: ana\ngrain: month\n--- */\n"
    site = built(
        project,
        {
            "metrics/s.sql": (
                head.format("S") + "SELECT month, sum(sales) AS value FROM s GROUP BY 1\n"
            ),
            "metrics/twice.sql": (
                head.format("Twice") + "SELECT month, 2 * value AS value FROM metrics.s\n"
            ),
            "metrics/both.sql": (
                head.format("Both")
                + "SELECT s.month, s.plan + t.value AS value FROM s JOIN metrics.twice AS t USING"
                " (month)\n"
            ),
            "metrics/_s_view.sql": "SELECT * FROM s\n",
            "metrics/viewed.sql": (
                head.format("Viewed") + "SELECT month, plan AS value FROM metrics._s_view\n"
            ),
        },
    )
    assert [document(site, name)["value"] for name in ("s", "twice", "both", "viewed")] == [
        130,
        260,
        385,
        125,
    ]


def test_files_are_judged_without_their_data(project: Make) -> None:
    config = CONFIG + '\n[sources.far]\npath = "metrics/data/far.parquet"\n'
    files = {
        "sharekit.toml": config,
        "metrics/far.sql": (
            "/* ---\ntitle: Far\nowner: ana\n--- */\nSELECT count(*) AS value FROM far\n"
        ),
        "metrics/away.sql": (
            "/* ---\ntitle: Away\nowner: ana\n--- */\nSELECT count(*) AS value FROM away\n"
        ),
    }
    root = project(files)
    alone = sharekit("check", "--no-run", "--project", root)
    assert alone.code == 0, alone
    assert "there is no table `away`" in alone.out + alone.err
    assert sharekit("check", "--project", root).code == 2
    slip = files["metrics/far.sql"].replace("FROM far", "FROM farr")
    (root / "metrics/far.sql").write_text(slip)
    assert sharekit("check", "--no-run", "--project", root).code == 2
