"""What `sharekit new` writes where only the owner knows what belongs there. What still stands as it
was written is no declaration of anybody's."""

from __future__ import annotations

import re

from sharekit.project.shapes import KeyResultFront, MetricFront

DESCRIPTION = "Say what is counted, and what is not."
ROWS = "Say what its rows are."
CHALLENGES = "Say openly what is hard."
PLAN = "Say what you will do about it."
HELP = "Say who could help, and with what."
WHY = "Say in a few sentences why this matters now."
PAGE = "Write what the numbers say"
MEANING = "Write what it means."
STARTED = "Say what happened."
ALL = "true"
"""The condition of a new share: it counts every row."""
TARGET = 100.0
CONFIDENCE = 5.0

TEXTS = frozenset({DESCRIPTION, ROWS, CHALLENGES, PLAN, HELP, WHY, STARTED})
"""Whole texts of front matter or prose."""
PARTS = (PAGE, MEANING)
"""Sentences inside a dashboard's prose."""

_COUNTS = re.compile(
    r"""\s*(?:--[^\n]*\n\s*)?SELECT\s+(?:date_trunc\('week',\s*\S+\)::DATE\s+AS\s+week,\s*)?
    (?:count\(\*\)|42)\s+AS\s+value(?:\s+FROM\s+\S+(?:\s+GROUP\s+BY\s+(?:week|ALL))?)?\s*\Z""",
    re.VERBOSE,
)
"""The query of a new file: it counts the rows of a table that is there, so that the file works at
once."""


def unedited_keys(front: MetricFront, sql: str) -> tuple[str, ...]:
    """Keys of a metric or key result that stand as `sharekit new` wrote them; "" for its query.

    A count of rows may well be meant, and 100 may be a target: those two are taken for placeholders
    only where nobody said what is counted."""
    unedited = ["description"] if front.description in TEXTS else []
    if isinstance(front, KeyResultFront):
        unedited += [
            key for key in ("challenges", "plan", "help_wanted") if _is_text(getattr(front, key))
        ]
        unedited += [
            f"checkins[{n}].note"
            for n, checkin in enumerate(front.checkins)
            if checkin.note in TEXTS
        ]
    unsaid = front.description is None or bool(unedited)
    if (
        isinstance(front, KeyResultFront)
        and unedited
        and front.target == TARGET
        and front.baseline == 0
    ):
        unedited.append("target")
    counts = _COUNTS.match(sql) and (unedited or _is_bare(front))
    if unsaid and (counts or f"FILTER (WHERE {ALL}) AS part" in sql):
        unedited.append("")
    return tuple(unedited)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value in TEXTS


def _is_bare(front: MetricFront) -> bool:
    """Whether a key result has the numbers that a new one begins with, and no word about them."""
    return isinstance(front, KeyResultFront) and front.target == TARGET and front.baseline == 0
