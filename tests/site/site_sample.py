"""A small invented shop with one of everything: every shape of number, every type of key result, values that are old,
failed or missing, revisions of every class, and a narrower audience with things of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from site_revisions import revisions

from sharekit.errors import Place, Problem
from sharekit.judge import judge, judge_objective
from sharekit.lineage import lineage
from sharekit.loader import load_files
from sharekit.manifest import Manifest, Metric
from sharekit.measure import measure
from sharekit.render.site import SiteInput
from sharekit.results import Column, Result, Results, Rows

AS_OF = date(2026, 11, 22)
"""A Sunday; weeks begin on Monday, so that week 47 still runs."""
WEEKS = tuple(date(2025, 11, 17) + timedelta(weeks=at) for at in range(53))
REGIONS = ("Benelux", "DACH", "Nordics", "UK & Ireland")
COMMIT = "3f9c2a1d5b7e9f00112233445566778899aabbcc"

CONFIG = """
[project]
name = "Kettlewick"
url = "https://numbers.kettlewick.example/"
as_of = 2026-11-22
audience = "team"
repository = "https://git.kettlewick.example/numbers"

[people.mateo]
name = "Mateo Ferreira"
email = "mateo@kettlewick.example"
role = "Head of Sales"

[people.hana]
name = "Hana Sato"
email = "hana@kettlewick.example"
role = "Head of Operations"

[people.priya]
name = "Priya Raman"
email = "priya@kettlewick.example"
role = "CFO"

[people.olga]
name = "Olga Vetrova"
email = "olga@board.example"
role = "Chair of the board"

[audiences.team]
title = "Team 1"
members = ["mateo", "hana", "priya"]

[audiences.board]
title = "Supervisory board"
members = ["priya"]

[sources.ledger]
path = "metrics/data/ledger.parquet"
audience = "board"

[site]
ask_email = "numbers@kettlewick.example"
"""
ORDERS = """/* ---
title: Paid orders
question: How many orders were paid?
synonyms: [sales, purchases]
owner: mateo
unit: orders
direction: up
grain: week
dimensions: [region, plan]
total: sum
max_age: 8 days
target: 2600
compare: [previous, year_ago, target]
drives: [active_offices]
description: Orders with a **payment**; refunds taken out.
--- */
SELECT week, region, plan, count(*) AS value
FROM metrics._orders -- the shared view
WHERE status <> 'refunded'
GROUP BY ALL
"""
ON_TIME = """/* ---
title: On-time deliveries
question: Do we arrive when we said?
owner: hana
unit: "%"
direction: up
grain: week
dimensions: [region]
numerator: punctual
denominator: drops
max_age: 2 days
target: 0.98
--- */
SELECT week, region, count(*) FILTER (WHERE punctual) AS punctual, count(*) AS drops, punctual / drops AS value
FROM drops GROUP BY ALL
"""
RUNWAY = """/* ---
title: Cash runway
owner: priya
unit: months
direction: up
--- */
SELECT 14.2 AS value
"""
LATEST = """/* ---
title: Largest orders
question: Which orders were the largest?
kind: table
owner: mateo
--- */
SELECT ordered_on, office, amount FROM orders ORDER BY amount DESC
"""
BROKEN = """/* ---
title: Failed payments
owner: priya
unit: "%"
direction: down
grain: week
--- */
SELECT week, value FROM payments
"""
NEVER = """/* ---
title: Returns
owner: hana
--- */
SELECT week, value FROM returns
"""
VIEW = """/* ---
title: Orders, cleaned
description: One row for each order.
--- */
SELECT * FROM orders WHERE NOT test
"""
OBJECTIVE = """---
title: Offices stay with us and grow
owner: mateo
period: 2026-Q4
challenges: Two of five sales seats are empty.
plan:
  - {what: Fill one seat, who: priya, due: 2026-11-11}
help_wanted:
  - {what: Names of people who sell coffee, who: hana, by: 2026-12-01}
retired:
  - {id: trial_offices, date: 2026-10-20, why: Trials are not customers., we_will: Count paying offices only.}
---
An office that stays for a year tells **three others**. See [on time](../../../operations/on_time.sql).
"""
CHILD = """---
title: Deliveries keep their promise
owner: hana
period: 2026-Q4
parent: 2026-q4-growth
---
Late coffee is cold coffee.
"""
PAST = """---
title: Find out what an office costs
owner: priya
period: 2026-Q3
---
We did not know.
"""


def _key_result(title: str, owner: str, **keys: str) -> str:
    lines = "\n".join(f"{key}: {value}" for key, value in keys.items())
    return f"/* ---\ntitle: {title}\nowner: {owner}\ngrain: week\n{lines}\n--- */\nSELECT week, value FROM offices\n"


ACTIVE = """/* ---
title: Active offices
owner: mateo
unit: offices
direction: up
grain: week
type: increase
baseline: 1884
target: 2250
confidence: 4
challenges:
  - "**Trials convert late.** Half of them after day 21."
  - DACH is standing still.
plan:
  - {what: Compare with finance, who: priya, due: 2026-11-20, done: 2026-11-21}
  - {what: Call trial offices on day 7, who: mateo, due: 2026-11-15}
  - {what: Fill a seat, who: [mateo, hana], due: 2026-12-11}
help_wanted:
  - {what: A reminder in the app on day 7, who: priya, how_much: two days, by: 2026-11-20}
  - {what: Brand money for DACH, who: priya, by: 2026-11-27, answered: "Yes, 8 k€."}
offers:
  - {what: Two trained callers, until: 2026-12-18}
revisions:
  - date: 2026-10-30
    reason: data
    why: The number comes from the order database now.
  - date: 2026-11-21
    reason: was_wrong
    why: I was counting trials and refunds as customers.
    we_will: Count payments only, and keep the growth that we promised.
--- */
SELECT week, count(DISTINCT office_id) AS value
FROM metrics._orders
WHERE status NOT IN ('cancelled', 'refunded')
GROUP BY week
"""
DASHBOARD = """---
title: "Deliveries: on time, and what each drop costs"
description: How service got better.
owner: hana
order: 1
---
On time: {{ on_time }}, {{ on_time:change }} on {{ on_time:previous }}, target {{ on_time:target }};
DACH {{ on_time[DACH] }}, nowhere {{ on_time[Atlantis] }}.

```metrics
- on_time
- {id: orders, title: Orders paid}
- runway
- never_ran
```

# Why

> **Priya, I need you** by Wednesday.

See [the number](../metrics/operations/on_time.sql#embed), [the web][1], `{{ on_time }}`.

```metrics
- {id: on_time, chart: line, by: region, last: 26 weeks}
- {id: orders, chart: line, by: plan, last: 26 weeks}
- {id: orders, chart: bar, by: region}
- {id: orders, chart: line}
```

```okrs
objective: 2026-q4-growth
```

```changes
last: 3
```

```table
id: largest
rows: 3
title: The largest three
```

[1]: https://kettlewick.example/
"""
SECRET = """/* ---
title: Salaries paid
question: What do salaries cost the secret society?
synonyms: [payroll-hush]
owner: olga
audience: board
unit: hushmoney
tags: [topsecrettag]
description: Undisclosed salaries of the board.
--- */
SELECT week, sum(amount) AS value FROM metrics._payroll GROUP BY week
"""
SECRET_VIEW = """/* ---
title: Payroll rows undisclosed
audience: board
--- */
SELECT week, amount FROM ledger
"""
SECRET_OBJECTIVE = """---
title: Sell the company quietly
owner: olga
audience: board
period: 2026-Q4
challenges: Nobody may know yet.
help_wanted: An adviser called Rumpelstilz.
---
The offer stands at sixteen times earnings.
"""
SECRET_DASHBOARD = """---
title: Merger room
audience: board
owner: olga
---
Salaries are {{ salaries }}.
"""
FILES: Mapping[str, str] = {
    "sharekit.toml": CONFIG,
    "metrics/sales/_orders.sql": VIEW,
    "metrics/sales/orders.sql": ORDERS,
    "metrics/sales/largest.sql": LATEST,
    "metrics/operations/on_time.sql": ON_TIME,
    "metrics/finance/runway.sql": RUNWAY,
    "metrics/finance/failed_payments.sql": BROKEN,
    "metrics/never_ran.sql": NEVER,
    "metrics/okrs/2026-q4/growth/objective.md": OBJECTIVE,
    "metrics/okrs/2026-q4/growth/active_offices.sql": ACTIVE,
    "metrics/okrs/2026-q4/growth/churn.sql": _key_result(
        "Offices lost", "mateo", type="decrease", unit='"%"', baseline="0.024", target="0.015", direction="down"
    ),
    "metrics/okrs/2026-q4/growth/margin.sql": _key_result(
        "Margin stays healthy", "priya", type="maintain", unit='"%"', band="[0.35, 0.45]"
    ),
    "metrics/okrs/2026-q4/deliver/objective.md": CHILD,
    "metrics/okrs/2026-q4/deliver/launch.sql": _key_result(
        "The second kitchen opens", "hana", type="milestone", baseline="0", target="1"
    ),
    "metrics/okrs/2026-q4/deliver/waste.sql": _key_result(
        "Find out what we throw away", "hana", type="baseline", unit="kg", commitment="aspirational"
    ),
    "metrics/okrs/2026-q3/cost/objective.md": PAST,
    "metrics/okrs/2026-q3/cost/cac.sql": _key_result(
        "Cost to win an office", "priya", type="decrease", unit="€", baseline="1800", target="1300"
    ),
    "metrics/board/salaries.sql": SECRET,
    "metrics/board/_payroll.sql": SECRET_VIEW,
    "metrics/okrs/2026-q4/board/objective.md": SECRET_OBJECTIVE,
    "metrics/okrs/2026-q4/board/price.sql": _key_result(
        "A price above the dream", "olga", type="increase", baseline="10", target="16", audience="board"
    ),
    "dashboards/deliveries.md": DASHBOARD,
    "dashboards/board/merger.md": SECRET_DASHBOARD,
}
SECRETS = (
    "salaries", "Salaries", "payroll", "Payroll", "hush", "topsecrettag", "Undisclosed", "undisclosed", "ledger",
    "Sell the company", "Nobody may know", "Rumpelstilz", "sixteen times", "Merger", "merger", "Olga",
    "olga", "above the dream", "2026-q4-board", "Supervisory", "price.html", "secret", "whisper",
)  # fmt: skip
"""Nothing of this may stand in a byte of the team's tree."""

DAY = Column("week", "DATE", "date")
NUMBER = Column("value", "DOUBLE", "number")


def wave(at: int, low: float, high: float, phase: float = 0.0) -> float:
    """A course without chance: rising, with a swing."""
    return round(low + (high - low) * at / (len(WEEKS) - 1) + (high - low) * 0.2 * math.sin(at * 1.3 + phase), 4)


def _series(low: float, high: float) -> Rows:
    return Rows((DAY, NUMBER), tuple((week, wave(at, low, high)) for at, week in enumerate(WEEKS)))


def _orders() -> Rows:
    plans = ("Daily", "Barista", "Pantry")
    columns = (DAY, Column("region", "VARCHAR", "text"), Column("plan", "VARCHAR", "text"), NUMBER)
    return Rows(columns, tuple(
        (week, region, plan, float(round(wave(at, 150, 230, r + p))))
        for at, week in enumerate(WEEKS) for r, region in enumerate(REGIONS) for p, plan in enumerate(plans)
    ))  # fmt: skip


def _on_time() -> Rows:
    text = Column("region", "VARCHAR", "text")
    columns = (DAY, text, Column("punctual", "BIGINT", "number"), Column("drops", "BIGINT", "number"), NUMBER)
    rows = []
    for at, week in enumerate(WEEKS):
        for r, region in enumerate(REGIONS):
            drops, punctual = 1500, round(1500 * wave(at, 0.90, 0.96, r))
            rows.append((week, region, punctual, drops, punctual / drops))
    return Rows(columns, tuple(rows))


def _largest() -> Rows:
    columns = (
        Column("Ordered on", "DATE", "date"),
        Column("Office", "VARCHAR", "text"),
        Column("€", "DOUBLE", "number"),
    )
    offices = ("Quist & Co", "Ängsbacka AB", "=1+1", "Northern Lights", "@home")
    return Rows(columns, tuple((date(2026, 11, 20 - at), name, 980.5 - 100 * at) for at, name in enumerate(offices)))


ROWS: Mapping[str, Callable[[], Rows]] = {
    "orders": _orders,
    "on_time": _on_time,
    "runway": lambda: Rows((NUMBER,), ((14.2,),)),
    "largest": _largest,
    "failed_payments": lambda: _series(0.02, 0.031),
    "active_offices": lambda: _series(1700, 2041),
    "churn": lambda: _series(0.026, 0.019),
    "margin": lambda: _series(0.36, 0.41),
    "launch": lambda: _series(0, 0),
    "waste": lambda: _series(40, 55),
    "cac": lambda: _series(1800, 1280),
    "salaries": lambda: _series(4000, 5000),
    "price": lambda: _series(10, 15),
}


def manifest(files: Mapping[str, str] = FILES) -> Manifest:
    digests = {"metrics/data/ledger.parquet": "d1"}
    return load_files(files, digests=digests, commit=COMMIT)


def results(project: Manifest) -> Results:
    """Values as an evaluation would give them, with one that failed, one that never ran and one that is old."""
    found: dict[str, Result] = {}
    for name, metric in project.metrics.items():
        found[name] = _result(project, metric)
    objectives = {
        name: judge_objective(
            objective,
            [
                (m, o)
                for m in project.key_results.values()
                if m.okr and m.okr.objective == name and (o := found[m.id].okr)
            ],
            project.config.okrs,
        )
        for name, objective in project.objectives.items()
    }
    return Results(AS_OF, found, objectives)


def _result(project: Manifest, metric: Metric) -> Result:
    make = ROWS.get(metric.id)
    if make is None:
        return Result(metric.id, None, failure=_failure(metric, "the table returns does not exist"))
    data_until = date(2026, 11, 18) if metric.id == "on_time" else date(2026, 11, 21)
    reading = measure(metric, make(), AS_OF, project.config.project, data_until=data_until, totals=False).reading
    okr = judge(metric.okr, reading, AS_OF, project.config.okrs) if metric.okr else None
    stale = "the newest data is of 18 November, and the limit is 2 days" if metric.id == "on_time" else None
    failure = None
    if metric.id == "failed_payments":
        failure = _failure(metric, "the query took longer than 30 seconds")
    if metric.id == "active_offices" and okr:
        okr = replace(okr, original_target=2400.0)
    as_of = date(2026, 11, 20) if failure else AS_OF
    return Result(metric.id, reading, okr, stale=stale, failure=failure, as_of=as_of)


def _failure(metric: Metric, message: str) -> Problem:
    return Problem("query-failed", message, Place(metric.path, 3, 1), phase="data")


def site(audience: str = "team", files: Mapping[str, str] = FILES, *, told: bool = True) -> SiteInput:
    """The whole input of one tree; `told`: with revisions from git."""
    project = manifest(files)
    return SiteInput(
        manifest=project,
        results=results(project),
        audience=audience,
        lineage=lineage(project),
        revisions=revisions() if told else (),
    )
