"""Every tree has the calendar of its own audience, and of nobody else."""

from __future__ import annotations

import json

import icalendar
import pytest
from preread_sample import SECRETS, changed, rendered


def titles(content: bytes) -> set[str]:
    return {str(event["SUMMARY"]) for event in icalendar.Calendar.from_ical(content).walk("VEVENT")}


def test_a_tree_has_the_meeting_and_the_days_of_its_okrs() -> None:
    tree = rendered()
    found = titles(tree["calendar.ics"])
    assert {
        "Team 1",
        "2026-Q4 ends: Offices stay with us and grow",
        "Due: Call trial offices on day 7",
    } <= found
    assert json.loads(tree["sharekit.json"])["calendar"] == "calendar.ics"
    assert b'<a class="link" href="calendar.ics">Add to calendar</a>' in tree["index.html"]


@pytest.mark.slow
def test_a_calendar_holds_nothing_of_a_narrower_audience() -> None:
    team, board = rendered()["calendar.ics"].decode(), rendered("board")["calendar.ics"].decode()
    assert [secret for secret in (*SECRETS, "Whisper") if secret in team.replace("\r\n ", "")] == []
    assert {"Supervisory board", "2026-Q4 ends: Sell the company quietly"} <= titles(board.encode())
    assert "Whisper room" in board


def test_without_a_meeting_and_without_dates_there_is_no_calendar() -> None:
    files = {
        "sharekit.toml": (
            '[project]\nname = "Shop"\nas_of = 2026-11-22\n[people.mateo]\nname = "Mateo"\n'
        )
    }
    files["metrics/sales/orders.sql"] = changed(
        "metrics/sales/orders.sql", ("drives: [active_offices]\n", "")
    )["metrics/sales/orders.sql"]
    files["metrics/sales/_orders.sql"] = changed("metrics/sales/_orders.sql")[
        "metrics/sales/_orders.sql"
    ]
    tree = rendered("everyone", files, told=False)
    assert "calendar.ics" not in tree
    assert b"calendar" not in tree["index.html"]
    assert json.loads(tree["sharekit.json"])["calendar"] is None


@pytest.mark.slow
def test_a_revised_item_raises_the_sequence_of_its_days() -> None:
    events = icalendar.Calendar.from_ical(rendered()["calendar.ics"]).walk("VEVENT")
    before = icalendar.Calendar.from_ical(rendered(told=False)["calendar.ics"]).walk("VEVENT")
    turns = {str(event["UID"]): int(event.get("SEQUENCE", 0)) for event in events}
    assert any(turns[str(event["UID"])] > int(event.get("SEQUENCE", 0)) for event in before)
