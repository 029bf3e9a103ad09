"""A meeting that was moved raises the SEQUENCE of its series, in a real repository; nothing else
does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import icalendar
import pytest
from gitrepos import Repo, new_repo

from sharekit.build import build
from sharekit.publish import FolderPublisher

CONFIG = """[project]
name = "Airports"
as_of = 2013-11-22
audience = "heads"
[people.maria]
name = "Maria Okafor"
[people.jonas]
name = "Jonas Lind"
[audiences.heads.meeting]
day = "monday"
time = "09:00"
[audiences.board]
members = ["maria"]
meeting = { day = "friday", time = "08:00", starts = 2013-10-04 }
"""
OBJECTIVE = "---\ntitle: We leave on time\nowner: maria\nperiod: 2013-Q4\n---\n"
KEY_RESULT = """/* ---
title: JFK leaves on time
owner: maria
baseline: 1
target: 9
--- */
SELECT DATE '2013-11-04' + (i * 7)::INTEGER AS week, 2 AS value FROM range(3) AS t(i)
"""


def sequences(repo: Repo, out: Path) -> dict[str, int]:
    """Title of each audience's meeting -> its SEQUENCE."""
    build(repo.path, FolderPublisher(out), as_of=date(2013, 11, 22))
    found = {}
    for audience in ("heads", "board"):
        calendar = icalendar.Calendar.from_ical((out / audience / "calendar.ics").read_bytes())
        meeting = next(event for event in calendar.walk("VEVENT") if "RRULE" in event)
        found[str(meeting["SUMMARY"])] = int(meeting["SEQUENCE"])
    return found


@pytest.mark.slow
def test_a_moved_meeting_raises_the_sequence_of_its_own_series(tmp_path: Path) -> None:
    repo, out = new_repo(tmp_path / "repo"), tmp_path / "site"
    okrs = "metrics/okrs/2013-q4/punctual"
    repo.commit(
        {"sharekit.toml": CONFIG, f"{okrs}/objective.md": OBJECTIVE, f"{okrs}/jfk.sql": KEY_RESULT},
        "Begin",
    )
    assert sequences(repo, out) == {"Heads": 0, "Board": 0}
    repo.commit(
        {f"{okrs}/jfk.sql": KEY_RESULT.replace("target: 9", "target: 8")}, "Lower the target"
    )
    assert sequences(repo, out) == {"Heads": 0, "Board": 0}
    later = CONFIG.replace('"09:00"', '"10:30"')
    repo.commit({"sharekit.toml": later}, "Meet later")
    assert sequences(repo, out) == {"Heads": 1, "Board": 0}
    repo.write({"sharekit.toml": later.replace("as_of", 'timezone = "America/New_York"\nas_of')})
    assert sequences(repo, out) == {"Heads": 2, "Board": 1}, (
        "the hour of another zone; not committed yet"
    )


@pytest.mark.slow
def test_a_period_that_an_audience_may_not_see_does_not_move_its_meeting(tmp_path: Path) -> None:
    repo, out = new_repo(tmp_path / "repo"), tmp_path / "site"
    okrs = "metrics/okrs/2013-q4/punctual"
    secret = {
        "metrics/okrs/2013-q2/secret/objective.md": OBJECTIVE.replace(
            "2013-Q4", "2013-Q2\naudience: board"
        ),
        "metrics/okrs/2013-q2/secret/price.sql": KEY_RESULT.replace(
            "JFK leaves on time", "A price"
        ),
    }
    repo.commit(
        {"sharekit.toml": CONFIG, f"{okrs}/objective.md": OBJECTIVE, f"{okrs}/jfk.sql": KEY_RESULT}
    )
    repo.commit(secret, "Whisper")
    assert sequences(repo, out) == {"Heads": 0, "Board": 0}
