"""English for lists, amounts and days, whatever the machine's locale. Pure; days are relative to the
as-of date, never to a clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sharekit.numbers.formats import format_day
from sharekit.project.days import MONTHS, WEEKDAYS

_SMALL = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


LAST_WEEK = timedelta(days=7)


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
    return f"{weekday(day)} {full_day(day)}"


def spelled(number: int) -> str:
    """ "three", and digits above twelve."""
    return _SMALL[number] if 0 <= number < len(_SMALL) else f"{number:,}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """ "three key results", "one key result", "no key results"."""
    return f"{spelled(number)} {noun if number == 1 else plural or noun + 's'}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def is_are(number: int) -> str:
    return "is" if number == 1 else "are"


def near_day(day: date, as_of: date) -> str:
    """ "22 Nov", with the year where it is not that of the as-of date."""
    return format_day(day, year=day.year != as_of.year)


def full_day(day: date) -> str:
    """ "22 November 2013"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()].capitalize()


def day_span(first: date, last: date) -> str:
    """ "1 Jan to 31 Mar 2024", "1 Nov 2013 to 3 Jan 2014", "1 Nov 2013"."""
    if first == last:
        return format_day(last, year=True)
    return f"{format_day(first, year=first.year != last.year)} to {format_day(last, year=True)}"


def plain_words(items: Iterable[str], most: int = 6) -> str:
    """Names in a row, the rest counted: "A, B and 3 more"."""
    names = list(items)
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
