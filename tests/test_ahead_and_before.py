"""Rows that lie ahead of today, or before the period of a key result, count nowhere without a word:
projects as people have them, from files to what is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from commandline import sharekit

pytestmark = pytest.mark.slow

MakeProject = Callable[[Mapping[str, str | bytes]], Path]
CONFIG = (
    '[project]\nname = "P"\nas_of = 2026-11-20\n[people.ana]\nname = "Ana Ruiz"\n'
    '[mail]\nfrom = "p@ports.example"\n'
)
OBJECTIVE = (
    "---\ntitle: O\nowner: ana\nperiod: {start: 2026-10-15, end: 2026-12-31}\n---\nBecause.\n"
)


def rows(first: date, last: date, value: int, more: str = "") -> str:
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    return "day,n\n" + "".join(f"{day},{value}\n" for day in days) + more


def metric(sql: str, **front: object) -> str:
    keys = "".join(f"{key}: {value}\n" for key, value in front.items())
    return f"/* ---\ntitle: X\nowner: ana\n{keys}--- */\n{sql}\n"


def told(root: Path, page: str) -> str:
    said = sharekit("build", "--project", root)
    assert said.code == 0, said.err
    return (root / "site" / page).read_text()


DAILY = "SELECT day, sum(n) AS value FROM s GROUP BY day"
AHEAD = "2026-11-28,1000\n2026-12-24,5000\n"


def test_so_far_leaves_out_what_is_dated_ahead(project: MakeProject) -> None:
    data = rows(date(2026, 8, 1), date(2026, 11, 19), 10, AHEAD)
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/s.csv": data,
            "metrics/quarter.sql": metric(DAILY, grain="quarter"),
            "metrics/month.sql": metric(DAILY, grain="month"),
        }
    )
    assert "November 2026, so far | 190 |" in told(root, "metrics/month.md")
    assert "500" in sharekit("show", "quarter", "--project", root).out
    assert "6,500" not in sharekit("show", "quarter", "--project", root).out


def test_a_plan_of_days_ahead_is_the_target_of_its_whole_month(project: MakeProject) -> None:
    plan = "day,n\n" + "".join(f"{date(2026, 10, 1) + timedelta(days=at)},10\n" for at in range(92))
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/s.csv": rows(date(2026, 8, 1), date(2026, 11, 19), 9),
            "metrics/data/p.csv": plan,
            "metrics/plan.sql": metric(DAILY.replace("FROM s", "FROM p"), grain="month"),
            "metrics/sold.sql": metric(DAILY, grain="month", target="metrics.plan", direction="up"),
            "dashboards/d.md": "---\ntitle: D\n---\n```metrics\n- {id: sold, accumulate: quarter}\n```\n",
        }
    )
    page = told(root, "dashboards/d.md")
    assert "310" in page, "31 days of 10"
    assert "Target 920." in page, "the whole of October to December"


def test_rows_by_the_week_end_are_not_ahead(project: MakeProject) -> None:
    sundays = "".join(f"{date(2026, 8, 2) + timedelta(weeks=at)},7\n" for at in range(17))
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/s.csv": "day,n\n" + sundays,
            "metrics/month.sql": metric(DAILY, grain="month"),
        }
    )
    assert "November 2026, so far | 28 |" in told(root, "metrics/month.md"), "of 1, 8, 15 and 22"


@pytest.mark.parametrize(
    ("sql", "now", "warned"),
    [
        ("SELECT date_trunc('month', day)::DATE AS m, sum(n) AS value FROM s GROUP BY 1",
         "310, 148 ahead of the pace, 1 Oct to 31 Oct", True),
        (DAILY, "170, 7.9 ahead of the pace, 15 Oct to 31 Oct", False),
    ],
)  # fmt: skip
def test_a_month_that_began_before_the_period_is_told_with_its_first_day(
    project: MakeProject, sql: str, now: str, warned: bool
) -> None:
    front = {"measured": "period_to_date", "baseline": 0, "target": 780, "grain": "month"}
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/s.csv": rows(date(2026, 7, 1), date(2026, 11, 19), 10),
            "metrics/okrs/q4/objective.md": OBJECTIVE,
            "metrics/okrs/q4/x.sql": metric(sql, challenges="c", plan="p", **front),
        }
    )
    assert now in told(root, "okrs/x.md")
    said = sharekit("check", "--project", root)
    assert ("counts-from-before" in said.out + said.err) is warned


def test_the_first_month_of_a_quarter_is_in_its_sum(project: MakeProject) -> None:
    block = "```metrics\n- {id: x, accumulate: quarter}\n- {id: w, accumulate: quarter}\n```\n"
    root = project(
        {
            "sharekit.toml": CONFIG.replace("11-20", "10-20"),
            "metrics/data/s.csv": rows(date(2026, 4, 1), date(2026, 10, 19), 10),
            "metrics/x.sql": metric(DAILY, grain="month", unit='"€"'),
            "metrics/w.sql": metric(DAILY, grain="week", unit='"€"'),
            "dashboards/d.md": f"---\ntitle: D\n---\n{block}",
        }
    )
    page = told(root, "dashboards/d.md")
    assert "X in Q4 2026: €190 with the month so far." in page
    assert "A week counts in the span in which it ends: the first one began on 28 Sep." in page


@pytest.mark.parametrize(
    ("sql", "front", "statuses"),
    [
        ("SELECT day, k, sum(n) AS value FROM s GROUP BY ALL", "total: sum", False),
        ("SELECT date_trunc('month', day)::DATE AS m, k, count(DISTINCT who) AS value FROM s"
         " GROUP BY GROUPING SETS ((1, 2), (1))", "", False),
        ("SELECT date_trunc('month', day)::DATE AS m, k, avg(n) AS value FROM s"
         " GROUP BY GROUPING SETS ((1, 2), (1))", "", True),
    ],
)  # fmt: skip
def test_a_member_is_judged_by_the_target_of_the_whole_only_where_it_is_of_its_size(
    project: MakeProject, sql: str, front: str, statuses: bool
) -> None:
    data = "day,k,n,who\n" + "".join(
        f"2026-{month:02d}-{day:02d},{k},{n},{k}{day}\n"
        for month in (8, 9, 10)
        for day in range(1, 29)
        for k, n in (("North", 4), ("South", 3), ("refunds", -2))
    )
    keys = f"grain: month\ndirection: up\ndimensions: [k]\ntarget: 1\n{front}\n"
    root = project(
        {
            "sharekit.toml": CONFIG.replace("11-20", "10-29"),
            "metrics/data/s.csv": data,
            "metrics/x.sql": f"/* ---\ntitle: X\nowner: ana\n{keys}--- */\n{sql}\n",
            "dashboards/d.md": "---\ntitle: D\n---\n```metrics\n- {id: x, chart: table, by: k}\n```\n",
        }
    )
    assert ("Status" in told(root, "dashboards/d.md")) is statuses


def test_two_members_of_one_name_are_refused_where_they_do_not_add_up(project: MakeProject) -> None:
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/v.csv": "day,medium,m\n2026-10-01,(none),10\n2026-10-01,,30\n2026-10-02,a,1\n",
            "metrics/x.sql": metric(
                "SELECT date_trunc('month', day)::DATE AS month, medium, avg(m) AS value FROM v"
                " GROUP BY ALL",
                grain="month",
                dimensions="[medium]",
                total="none",
            ),
        }
    )
    said = sharekit("check", "--project", root)
    assert said.code == 1
    assert "members-alike" in said.out + said.err
    path = root / "metrics/x.sql"
    path.write_text(
        path.read_text().replace(
            " medium, avg", " COALESCE(NULLIF(medium, ''), 'unknown') AS medium, avg"
        )
    )
    assert sharekit("check", "--project", root).code == 0


def test_a_milestone_without_a_check_in_has_not_moved(project: MakeProject) -> None:
    front = "---\ntitle: The app is live\nowner: ana\ntype: milestone\n---\nEither or.\n"
    root = project(
        {
            "sharekit.toml": CONFIG,
            "metrics/data/s.csv": rows(date(2026, 10, 1), date(2026, 11, 19), 1),
            "metrics/okrs/q4/objective.md": OBJECTIVE,
            "metrics/okrs/q4/app.md": front,
        }
    )
    page = told(root, "okrs/app.md")
    assert "**Off track.**" in page
    assert "Score: 0.00, " in page
    scorecard = (root / "site/index.html").read_text()
    assert "15 Oct</time>, older than it should be" in scorecard
    assert '<span class="fresh of">15 Oct</span>' not in scorecard, "the day once"


def test_what_falls_short_is_not_rounded_up_to_the_target(project: MakeProject) -> None:
    root = project(
        {
            "sharekit.toml": CONFIG.replace("11-20", "02-20").replace("2026", "2027", 1),
            "metrics/data/s.csv": rows(date(2026, 10, 1), date(2027, 2, 19), 1),
            "metrics/okrs/q4/objective.md": OBJECTIVE,
            "metrics/okrs/q4/x.sql": metric(
                "SELECT date_trunc('month', day)::DATE AS month, 0.8999 AS value FROM s GROUP BY 1",
                baseline=0,
                target=0.9,
                unit='"%"',
                grain="month",
            ),
        }
    )
    page = told(root, "okrs/x.md")
    assert "Partly met" in page
    assert "Final score 0.99 of 1.00" in page
    assert "It ended 0.01 pt below the target of 90.0%" in page
