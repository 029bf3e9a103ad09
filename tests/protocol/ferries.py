"""A project of two audiences that share no member, built for real: a harbour, and a board with
things of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from commandline import sharekit
from gitrepos import Repo, new_repo

AS_OF = date(2013, 11, 22)
CONFIG = """
[project]
name = "Northern Ferries"
url = "https://ferries.example/numbers/"
as_of = 2013-11-22
audience = "harbour"

[people.maria]
name = "Maria Okafor"
role = "Harbour master"

[people.jonas]
name = "Jonas Lind"

[people.olga]
name = "Olga Vetrova"
role = "Chairwoman"

[audiences.harbour]
members = ["maria", "jonas"]

[audiences.board]
title = "Supervisory board"
members = ["olga"]

[sources.crossings]
path = "metrics/data/crossings.csv"

[sources.vault]
path = "metrics/data/vault.csv"
audience = "board"

[site]
ask_email = "numbers@ferries.example"
"""
PUNCTUAL = """/* ---
title: Punctual crossings
question: What share of our ferries leaves on time?
synonyms: [punctuality, reliability of the timetable]
owner: maria
unit: "%"
direction: up
grain: week
dimensions: [ferry]
numerator: punctual
denominator: sailed
max_age: 3 days
target: 0.9
description: Crossings that leave within **five minutes**, [by the log](https://ferries.example/log).
--- */
SELECT date_trunc('week', day) AS week, ferry, sum(punctual) AS punctual, sum(sailed) AS sailed,
       sum(punctual) / sum(sailed) AS value
FROM crossings GROUP BY ALL
"""
SAILED = """/* ---
title: Crossings sailed
owner: jonas
unit: crossings
grain: week
tags: [traffic]
--- */
SELECT date_trunc('week', day) AS week, sum(sailed) AS value FROM crossings GROUP BY ALL
"""
BROKEN = """/* ---
title: Wind gauge
owner: jonas
--- */
SELECT sum(CAST(ferry AS INTEGER)) AS value FROM crossings
"""
TABLE = """/* ---
title: Ferries in service
kind: table
owner: jonas
--- */
SELECT ferry, sum(sailed)::INTEGER AS crossings FROM crossings GROUP BY ALL ORDER BY ferry
"""
OBJECTIVE = """---
title: Passengers trust the timetable
owner: maria
period: 2013-Q4
challenges: The breakwater is being mended.
help_wanted:
  - {what: A second pilot for the storms, who: jonas, how_much: three weeks, by: 2013-12-01}
offers:
  - {what: A spare tug, until: 2013-12-20}
---
A ferry that *leaves* when it says.

Nobody should need to ask.
"""
EARLIER = """---
title: Learn what a crossing costs
owner: jonas
period: 2013-Q3
---
We did not know.
"""
KEY_RESULT = """/* ---
title: The night ferry leaves on time
owner: maria
unit: "%"
grain: week
baseline: 0.70
target: 0.92
confidence: 6
plan:
  - {what: Load lorries first, who: jonas, due: 2013-11-30}
--- */
SELECT week, punctual / sailed AS value FROM metrics.punctual_crossings WHERE ferry = 'Skua'
"""
REVISED = KEY_RESULT.replace("target: 0.92", "target: 0.88").replace(
    "confidence: 6\n",
    "confidence: 6\nrevisions:\n  - {date: 2013-11-12, reason: was_wrong, why: Storm days were left"
    " out., we_will: Count them from now on.}\n",
)
DASHBOARD = """---
title: The week on the water
description: How the ferries ran.
owner: maria
---
On time: {{ punctual_crossings }}.
"""
WAITING = """question: How many lorries wait at the quay?
asked:
  - {on: 2013-11-04, by: jonas}
  - {on: 2013-11-11, by: maria}
owner: maria
promised: 2013-12-06
"""
ANSWERED = """question: Do the boats keep their schedule?
asked:
  - {on: 2013-10-14, by: jonas}
answered_by: punctual_crossings
answered_on: 2013-10-20
"""
SECRET = """/* ---
title: Zanzibar proceeds
question: What would Quillfeather pay for the fleet?
synonyms: [doubloons]
owner: olga
audience: board
unit: ducats
grain: week
dimensions: [bidder]
total: sum
tags: [hushhush]
description: Undisclosed offers of Quillfeather and Marmaduke.
--- */
SELECT date_trunc('week', day) AS week, bidder, sum(ducats) AS value FROM metrics._appraised GROUP BY ALL
"""
SECRET_VIEW = """/* ---
title: Appraised bids
audience: board
--- */
SELECT day, bidder, ducats FROM vault WHERE sealed
"""
SECRET_OBJECTIVE = """---
title: Divest the fleet discreetly
owner: olga
audience: board
period: 2013-Q4
challenges: The crews suspect something.
help_wanted: A notary named Rumpelstilz.
---
Sixteenfold earnings are on offer.
"""
SECRET_KEY_RESULT = """/* ---
title: Bid above the reserve
owner: olga
audience: board
unit: ducats
grain: week
baseline: 10
target: 77
--- */
SELECT week, value FROM metrics.zanzibar_proceeds WHERE bidder = 'Marmaduke'
"""
SECRET_DASHBOARD = """---
title: Divestiture room
audience: board
owner: olga
---
Proceeds: {{ zanzibar_proceeds }}.
"""
SECRET_ASK = """question: Does Marmaduke know of Quillfeather?
asked:
  - {on: 2013-11-01, by: olga}
owner: olga
audience: board
"""


def crossings(until: date = date(2013, 11, 17)) -> str:
    first = date(2013, 8, 5)
    days = [first + timedelta(days=at) for at in range((until - first).days + 1)]
    rows = [
        f"{day},{ferry},{sailed},{sailed - late}"
        for at, day in enumerate(days)
        for ferry, sailed, late in (("Skua", 10, (at * 7) % 4), ("Petrel", 6, at % 2))
    ]
    return "\n".join(["day,ferry,sailed,punctual", *rows, ""])


def vault() -> str:
    days = [date(2013, 10, 7) + timedelta(days=7 * at) for at in range(6)]
    rows = [
        f"{day},{name},{40 + at},true"
        for at, day in enumerate(days)
        for name in ("Quillfeather", "Marmaduke")
    ]
    return "\n".join(["day,bidder,ducats,sealed", *rows, ""])


FILES: Mapping[str, str] = {
    "sharekit.toml": CONFIG,
    "metrics/data/crossings.csv": crossings(),
    "metrics/data/vault.csv": vault(),
    "metrics/quay/punctual_crossings.sql": PUNCTUAL,
    "metrics/quay/crossings_sailed.sql": SAILED,
    "metrics/quay/wind_gauge.sql": BROKEN,
    "metrics/quay/ferries_in_service.sql": TABLE,
    "metrics/okrs/2013-q4/timetable/objective.md": OBJECTIVE,
    "metrics/okrs/2013-q4/timetable/night_ferry.sql": KEY_RESULT,
    "metrics/okrs/2013-q3/costs/objective.md": EARLIER,
    "metrics/asks/lorries-at-the-quay.yaml": WAITING,
    "metrics/asks/boats-and-schedule.yaml": ANSWERED,
    "dashboards/water.md": DASHBOARD,
    "metrics/deal/zanzibar_proceeds.sql": SECRET,
    "metrics/deal/_appraised.sql": SECRET_VIEW,
    "metrics/okrs/2013-q4/divest/objective.md": SECRET_OBJECTIVE,
    "metrics/okrs/2013-q4/divest/bid_above_reserve.sql": SECRET_KEY_RESULT,
    "metrics/asks/marmaduke-knows.yaml": SECRET_ASK,
    "dashboards/divestiture.md": SECRET_DASHBOARD,
}
SECRETS: Mapping[str, tuple[str, ...]] = {
    "harbour": (
        "zanzibar", "quillfeather", "doubloons", "olga", "vetrova", "chairwoman", "ducats", "bidder", "hushhush",
        "undisclosed", "marmaduke", "_appraised", "appraised", "vault", "sealed", "divest", "discreetly", "suspect",
        "notary", "rumpelstilz", "sixteenfold", "reserve", "divestiture", "proceeds", "supervisory", "board",
    ),
    "board": (
        "punctual", "ferry", "harbour", "maria", "okafor", "jonas", "timetable", "crossings", "sailed",
        "wind_gauge", "gauge", "passengers", "breakwater", "pilot", "tug", "night_ferry", "skua", "petrel", "lorries",
        "storm", "quay", "boats", "reliability", "traffic",
    ),
}  # fmt: skip
"""Audience -> words of the other one, of which none may ever be said to it. All in small
letters."""


def new_project(path: Path) -> Repo:
    """The project in git, its key result revised by the second commit, built once."""
    repo = new_repo(path)
    repo.commit(FILES, "Share", on="2013-10-01T09:00:00+01:00")
    repo.commit(
        {"metrics/okrs/2013-q4/timetable/night_ferry.sql": REVISED},
        "Revise",
        on="2013-11-12T09:00:00+01:00",
    )
    build(path)
    return repo


def build(path: Path) -> None:
    """Build again. It ends with 1, since one query fails whatever the day."""
    said = sharekit("build", "--project", path)
    assert said.code == 1, said.err
    assert "wind_gauge" in said.err
