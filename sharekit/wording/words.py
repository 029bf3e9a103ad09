"""Words that pages, mails and messages share: statuses, reasons, and who is meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from sharekit.numbers.results import Status
from sharekit.project.shapes import RevisionReason
from sharekit.revisions.revision import RevisionClass

Tone = Literal["on", "risk", "off", "met", "none"]

STATUS_WORDS: dict[Status, str] = {
    "early": "Too early to say",
    "not_started": "Not started",
    "on_track": "On track",
    "at_risk": "At risk",
    "off_track": "Off track",
    "achieved": "Met",
    "partial": "Partly met",
    "missed": "Missed",
    "dropped": "Dropped",
    "unknown": "No data",
}
STATUS_ORDER: tuple[Status, ...] = (
    "off_track", "missed", "at_risk", "partial", "on_track", "achieved", "early", "not_started", "dropped", "unknown",
)  # fmt: skip
"""The worst first."""
STATUS_TONES: dict[Status, Tone] = {
    "early": "none",
    "not_started": "none",
    "on_track": "on",
    "at_risk": "risk",
    "off_track": "off",
    "achieved": "met",
    "partial": "risk",
    "missed": "off",
    "dropped": "none",
    "unknown": "none",
}
WHY_TITLES: dict[RevisionReason, str] = {
    "world_changed": "What changed in the world",
    "new_information": "What we know now",
    "was_wrong": "Why it was wrong",
    "scope": "Why the scope changed",
    "data": "What happened to the data",
}
CLASS_WORDS: dict[RevisionClass, str] = {
    "cosmetic": "Reformatted",
    "words": "Reworded",
    "check_in": "Checked in",
    "redefined": "Redefined",
    "retargeted": "New target",
    "rescheduled": "New dates",
    "reassigned": "Reassigned",
    "introduced": "Introduced",
    "retired": "Retired",
    "slipped": "Slipped",
    "recovered": "Recovered",
    "restated": "Restated",
}


def and_list(names: Sequence[str]) -> str:
    """ "Maria", "Maria and Eve", "Maria, Eve and Sam"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def initials(name: str) -> str:
    """At most two capital letters: "Maria Okafor" -> "MO"."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def count(number: int, noun: str, plural: str | None = None) -> str:
    """ "1 flight", "2 flights", "no flights"."""
    word = noun if number == 1 else plural or f"{noun}s"
    return f"{number or 'no'} {word}"


def times(number: int) -> str:
    """ "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def long_day(day: date) -> str:
    """ "Friday 22 November 2013", in English whatever the machine's locale."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
