"""A small project before and after a change, from texts."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sharekit.history.moment import Moment
from sharekit.project.load import load_files
from sharekit.project.manifest import Manifest
from sharekit.revisions.find import find_revisions
from sharekit.revisions.revision import Revision

CONFIG = """
[project]
name = "P"
audience = "team"
[people.ann]
name = "Ann"
[people.bob]
name = "Bob"
[audiences.team]
members = ["ann", "bob"]
[audiences.pair]
members = ["ann"]
[sources.flights]
path = "lake/flights.parquet"
"""
KEY_RESULT = """/* ---
title: Leave on time
owner: ann
unit: "%"
baseline: 0.70
target: 0.90
confidence: 7
--- */
SELECT week, sum(on_time) / sum(flown) AS value FROM metrics._weekly WHERE origin = 'JFK' GROUP BY week
"""
OBJECTIVE = """---
title: Punctual
owner: ann
period: 2013-Q4
---
Because.
"""
VIEW = "SELECT week, origin, on_time, flown FROM flights WHERE NOT diverted\n"
METRIC = """/* ---
title: Flights
owner: bob
--- */
SELECT week, count(*) AS value FROM flights GROUP BY week
"""
BOARD = "---\ntitle: Board\n---\n\n```metrics\n- leave\n```\n"
NOTE = """revisions:
  - date: 2013-11-04
    reason: was_wrong
    why: It was too easy.
    we_will: Aim higher.
"""
FILES = {
    "sharekit.toml": CONFIG,
    "metrics/okrs/q4/punctual/objective.md": OBJECTIVE,
    "metrics/okrs/q4/punctual/leave.sql": KEY_RESULT,
    "metrics/_weekly.sql": VIEW,
    "metrics/flights_flown.sql": METRIC,
    "dashboards/board.md": BOARD,
}
LEAVE = "metrics/okrs/q4/punctual/leave.sql"
BEFORE = Moment("a" * 40, datetime(2013, 10, 1, 9, tzinfo=UTC), "Ann")
AFTER = Moment("b" * 40, datetime(2013, 11, 4, 9, tzinfo=UTC), "Ann")


def manifest(files: dict[str, str]) -> Manifest:
    found = load_files(files, digests={"lake/flights.parquet": "1", "lake/later.parquet": "2"})
    assert found.problems == ()
    return found


def edited(path: str, old: str, new: str, files: dict[str, str] | None = None) -> dict[str, str]:
    """The project with one text replaced in one file."""
    base = files or FILES
    assert old in base[path], f"{old!r} is not in {path}"
    return base | {path: base[path].replace(old, new)}


def noted(
    path: str = LEAVE, files: dict[str, str] | None = None, note: str = NOTE
) -> dict[str, str]:
    """The project with a note in one front matter."""
    return edited(path, "confidence: 7\n", f"confidence: 7\n{note}", files)


def revisions(
    after: dict[str, str], before: dict[str, str] | None = None, as_of: date | None = None
) -> dict[str, Revision]:
    found = find_revisions(
        manifest(before or FILES),
        manifest(after),
        before_moment=BEFORE,
        after_moment=AFTER,
        as_of=as_of,
    )
    return {revision.item: revision for revision in found}
