"""A number's headline in words: its value, its period, also where none is whole yet, and what goes
with it. Pure."""

from __future__ import annotations

from sharekit.numbers.formats import NO_TOTAL, Formatted, format_day, format_period, format_value
from sharekit.numbers.periods import next_period
from sharekit.numbers.results import Reading
from sharekit.wording.phrases import day_span


def headline_value(reading: Reading | None, unit: str | None, format: str | None) -> Formatted:
    """The headline as people read it: "78.4%", "no total" where only its parts have a value, "no
    data"; "85 sign-ups so far this month" where no period is whole."""
    found = reading.so_far if reading else None
    if reading is None or found is None:
        if reading is not None and reading.parts_only:
            return Formatted(NO_TOTAL)
        return format_value(reading.value if reading else None, unit, format)
    value = format_value(found.value, unit, format)
    return Formatted(
        value.number, " ".join(part for part in (value.unit, _so_far(reading)) if part)
    )


def has_headline(reading: Reading | None) -> bool:
    """Whether there is a value to show: that of a whole period, or what there is of the first one
    so far."""
    return reading is not None and (reading.value is not None or reading.so_far is not None)


def headline_period(reading: Reading) -> str:
    """The period of the headline, for people: "week of 11 Nov 2013", "October 2013", of a level the
    day it was measured on, "19 Nov 2013"; "" for a number without time.

    Behind it the member that speaks for the number, where one does: "October 2013, p50".
    """
    period = value_period(reading)
    if reading.headline is None:
        return period
    return f"{period}, {reading.headline}" if period else f"slice {reading.headline}"


def value_period(reading: Reading) -> str:
    """The period of all values at the headline, whoever speaks for the number."""
    if reading.period_start is None:
        return ""
    if reading.since is not None and reading.period_end is not None:
        return day_span(reading.since, reading.period_end)
    if reading.measured_on is not None:
        return format_day(reading.measured_on, year=True)
    found = reading.so_far
    start = found.on if found else reading.period_start
    return format_period(start, reading.grain, year=True, fiscal=reading.fiscal)


def value_notes(reading: Reading | None) -> str:
    """What must be said with the value, as one piece: "without LGA since 9 Nov; ..."; "" where
    there is nothing."""
    return "; ".join(reading.notes) if reading else ""


def _so_far(reading: Reading) -> str:
    """ "so far this month", or "so far in October 2026" where that period is over and not whole."""
    found, start, grain = reading.so_far, reading.period_start, reading.grain
    if found is None or start is None or grain is None:
        return ""
    if found.on == next_period(start, grain):
        return "so far today" if grain == "day" else f"so far this {grain}"
    words = format_period(found.on, grain, year=True, fiscal=reading.fiscal)
    where = {"day": "on ", "week": "in the "}.get(grain, "in ") + words
    return f"in a part of {words}" if found in reading.partial else f"so far {where}"
