"""The project that `sharekit init` writes: two bakeries, half a year of orders, two numbers, an
objective, a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

DAYS = 7 * 30
"""Days of sample orders, up to yesterday: enough for a quarter's course and the one before."""


def project_files(name: str, today: date) -> Mapping[str, str]:
    """Every file of a small working project by path. The same name and day give the same files."""
    quarter = f"{today.year}-Q{(today.month - 1) // 3 + 1}"
    folder = f"metrics/okrs/{quarter.lower()}/on_time_bread"
    return {
        "sharekit.toml": _CONFIG.replace("{name}", json.dumps(name, ensure_ascii=False)),
        ".gitignore": "/site/\n/outbox/\n/.sharekit/\n",
        "metrics/data/orders.csv": "day,shop,orders,late\n" + "".join(_orders(today)),
        "metrics/_weekly.sql": _VIEW,
        "metrics/orders_delivered.sql": _NUMBER,
        "metrics/late_share.sql": _RATIO,
        f"{folder}/objective.md": _OBJECTIVE.replace("{quarter}", quarter),
        f"{folder}/harbour_late_share.sql": _KEY_RESULT,
        "dashboards/bakeries.md": _DASHBOARD,
    }


def _orders(today: date) -> Iterator[str]:
    """Rows of the sample: more orders at weekends, a slow rise, and lateness that Harbour Street
    works down."""
    for ago in range(DAYS, 0, -1):
        day = today - timedelta(days=ago)
        progress = 1 - ago / DAYS
        busy = 1.5 if day.weekday() >= 5 else 1.0
        ripple = (day.toordinal() * 37 % 11 - 5) / 100
        for shop, base, late in (
            ("Harbour Street", 60, 0.14 - 0.045 * progress),
            ("Mill Lane", 40, 0.06),
        ):
            orders = round(base * busy * (1 + 0.2 * progress + ripple))
            yield f"{day.isoformat()},{shop},{orders},{round(orders * (late + ripple / 5))}\n"


_CONFIG = """\
[project]
name = {name}
# url = "https://numbers.example.com/"    # where the site will be: links in mails and feeds need it
# timezone = "Europe/Lisbon"              # decides what today is; default UTC

[people.ines]
name = "Inês Moreira"
email = "ines@bakery.example"
role = "Head of Harbour Street"

[people.tom]
name = "Tom Hale"
email = "tom@bakery.example"
role = "Head of Mill Lane"
"""

_VIEW = """\
/* ---
title: Orders by week and shop
description: The rows that the numbers below add up. A file whose name begins with _ is a shared view, not a page.
--- */
SELECT date_trunc('week', day)::DATE AS week, shop, sum(orders) AS orders, sum(late) AS late
FROM orders
GROUP BY ALL
"""

_NUMBER = """\
/* ---
title: Orders delivered
question: How much do we deliver?
owner: tom
direction: up
grain: week
dimensions: [shop]
max_age: 8 days
description: Orders handed over, late ones too.
--- */
SELECT week, shop, orders AS value
FROM metrics._weekly
"""

_RATIO = """\
/* ---
title: Late deliveries
question: How often are we late?
owner: ines
unit: "%"
format: ".1%"
direction: down
grain: week
dimensions: [shop]
numerator: late
denominator: orders
max_age: 8 days
target: 0.08
description: Orders handed over more than ten minutes after the promised time.
--- */
SELECT week, shop, late, orders, late / orders AS value
FROM metrics._weekly
"""

_OBJECTIVE = """\
---
title: Bread is there when we said
owner: ines
period: {quarter}
---
People plan their mornings around us. A delivery that comes at half past is a breakfast without bread.
"""

_KEY_RESULT = """\
/* ---
title: Harbour Street is rarely late
owner: ines
unit: "%"
format: ".1%"
direction: down
grain: week
max_age: 8 days
type: decrease
baseline: 0.11
target: 0.08
confidence: 7
challenges: The oven in Harbour Street is out every second Monday.
plan: Bake Monday's sourdough in Mill Lane until the new oven is in.
help_wanted: A van from seven to eight on Mondays.
description: Share of Harbour Street's orders that came more than ten minutes late.
--- */
SELECT week, sum(late) / sum(orders) AS value
FROM metrics.late_share
WHERE shop = 'Harbour Street'
GROUP BY week
"""

_DASHBOARD = """\
---
title: How the bakeries did
owner: ines
---
Last week we delivered **{{ orders_delivered }}** orders, {{ orders_delivered:change }} on the week before, and
{{ late_share }} of them were late. Harbour Street was at {{ late_share[Harbour Street] }}.

```metrics
- orders_delivered
- late_share
```

```metrics
- {id: late_share, chart: line, by: shop, last: 26 weeks}
```

```okrs
```
"""
