"""What statuses, reasons and kinds of revision are called, by pages, mails and messages alike."""

from __future__ import annotations

from collections.abc import Collection
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


def why_title(reason: RevisionReason, classes: Collection[RevisionClass]) -> str:
    """What stands above the why of a revision. An entry of `retired:` names no reason, and counts as
    a change of scope."""
    if reason == "scope" and "retired" in classes:
        return "Why it was retired"
    return WHY_TITLES[reason]


BACK = "Brought back"
"""Of what was retired and is declared again: those who knew it are not told that it is new."""
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
