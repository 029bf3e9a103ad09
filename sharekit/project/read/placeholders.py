"""What `sharekit new` writes where only the owner knows what belongs there. What still stands as it was written is no
declaration of anybody's."""

from __future__ import annotations

DESCRIPTION = "Say what is counted, and what is not."
ROWS = "Say what its rows are."
CHALLENGES = "Say openly what is hard."
PLAN = "Say what you do about it."
HELP = "Say who could help, and with what."
WHY = "Say in a few sentences why this matters now."
PAGE = "Write what the numbers say"
MEANING = "Write what it means."
STARTED = "Say what happened."
TARGET = 100.0
CONFIDENCE = 5.0

TEXTS = frozenset({DESCRIPTION, ROWS, CHALLENGES, PLAN, HELP, WHY, STARTED})
"""Whole texts of front matter or prose."""
PARTS = (PAGE, MEANING)
"""Sentences inside a dashboard's prose."""
