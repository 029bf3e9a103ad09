"""Which dates people may write, and the names of months and weekdays. Standard library only."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

FIRST, LAST = date(1000, 1, 1), date(2999, 12, 31)
"""So far from the ends of the calendar that a date plus or minus a span is still a date."""
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
"""A day of the week as people write it in a project's files."""
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def written_day(text: str) -> date:
    """A date as people write it: 2013-11-22. Raises ValueError."""
    day = date.fromisoformat(text)
    if not FIRST <= day <= LAST:
        raise ValueError(f"it lies before {FIRST} or after {LAST}")
    return day
