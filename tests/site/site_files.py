"""The files of the sample shop: what its people declared, and what a narrower audience keeps to
itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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
meeting = { day = "monday", time = "09:30", minutes = 45, timezone = "Europe/Berlin", place = "The long table" }

[audiences.board]
title = "Supervisory board"
members = ["priya"]
meeting = { day = "tuesday", time = "21:00", place = "Whisper room" }

[sources.cashbook]
path = "metrics/data/cashbook.parquet"
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
notes:
  - {on: 2026-10-14, text: The *southern* depot was closed.}
  - {on: 2026-03-04, text: A strike.}
  - {on: 2026-12-24, text: Nobody delivers on this day.}
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
notes: [{on: 2026-10-07, text: A hush bonus.}]
description: Undisclosed salaries of the board.
--- */
SELECT week, sum(amount) AS value FROM metrics._payroll GROUP BY week
"""
SECRET_VIEW = """/* ---
title: Payroll rows undisclosed
audience: board
--- */
SELECT week, amount FROM cashbook
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
        "Offices lost",
        "mateo",
        type="decrease",
        unit='"%"',
        baseline="0.024",
        target="0.015",
        direction="down",
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
        "A price above the dream",
        "olga",
        type="increase",
        baseline="10",
        target="16",
        audience="board",
    ),
    "dashboards/deliveries.md": DASHBOARD,
    "dashboards/board/merger.md": SECRET_DASHBOARD,
}
SECRETS = (
    "salaries", "Salaries", "payroll", "Payroll", "hush", "topsecrettag", "Undisclosed", "undisclosed", "cashbook",
    "Sell the company", "Nobody may know", "Rumpelstilz", "sixteen times", "Merger", "merger", "Olga",
    "olga", "above the dream", "2026-q4-board", "Supervisory", "price.html", "secret", "whisper",
)  # fmt: skip
"""Nothing of this may stand in a byte of the team's tree."""


def write(tree: Mapping[str, bytes], folder: Path) -> None:
    """Put a rendered tree on disk."""
    for path, content in tree.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
