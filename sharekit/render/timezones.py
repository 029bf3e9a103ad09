"""VTIMEZONE from the rule that a zone follows from now on.

A recurring meeting has no last day, so a list of past changes will not do: the rule itself is needed. Each
compiled zone file ends in it, as a POSIX TZ string such as `EST5EDT,M3.2.0,M11.1.0` (RFC 9636, section 3.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
POSIX = re.compile(
    r"^(?P<std><[^>]+>|[A-Za-z]{3,})(?P<off>[+-]?\d+(?::\d+)*)"
    r"(?:(?P<dst><[^>]+>|[A-Za-z]{3,})(?P<dstoff>[+-]?\d+(?::\d+)*)?"
    r",(?P<start>[^,]+),(?P<end>[^,]+))?$"
)
RULE = re.compile(r"^M(?P<month>\d+)\.(?P<week>\d)\.(?P<day>\d)(?:/(?P<time>[+-]?\d+(?::\d+)*))?$")
EPOCH_YEAR = 1970


@dataclass(frozen=True)
class Observance:
    """One half of a zone's year: what the clock is called and when it turns to it."""

    kind: str
    """STANDARD or DAYLIGHT."""
    name: str
    before: timedelta
    """Offset from UTC before the change."""
    after: timedelta
    start: str
    """Local date and time of the first change, in the offset before it: "19700308T020000"."""
    rule: str
    """RRULE of the yearly change; "" where the clock never changes."""


def vtimezone(tzid: str) -> tuple[str, ...]:
    """The VTIMEZONE component of an IANA zone as unfolded lines. Raises ValueError where the zone is unknown."""
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}"]
    for observance in observances(posix_rule(tzid)):
        lines += [
            f"BEGIN:{observance.kind}",
            f"DTSTART:{observance.start}",
            *([f"RRULE:{observance.rule}"] if observance.rule else []),
            f"TZOFFSETFROM:{_offset(observance.before)}",
            f"TZOFFSETTO:{_offset(observance.after)}",
            f"TZNAME:{observance.name}",
            f"END:{observance.kind}",
        ]
    return (*lines, "END:VTIMEZONE")


def posix_rule(tzid: str) -> str:
    """The POSIX TZ string at the end of the zone's file in the tzdata package, whatever the machine's own version."""
    if not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", tzid):
        raise ValueError(f"{tzid} is no time zone")
    spot = files("tzdata").joinpath("zoneinfo", *tzid.split("/"))
    if not spot.is_file():
        raise ValueError(f"{tzid} is no time zone")
    return spot.read_bytes().rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii")


def observances(rule: str) -> tuple[Observance, ...]:
    """The halves of the year that a POSIX TZ string describes. Raises ValueError on a string it does not cover."""
    found = POSIX.match(rule)
    if found is None:
        raise ValueError(f"time zone rule {rule!r} is not understood")
    standard = -_span(found["off"])
    name = found["std"].strip("<>")
    if found["dst"] is None:
        return (Observance("STANDARD", name, standard, standard, f"{EPOCH_YEAR}0101T000000", ""),)
    summer = -_span(found["dstoff"]) if found["dstoff"] else standard + timedelta(hours=1)
    return (
        _observance("STANDARD", name, summer, standard, found["end"]),
        _observance("DAYLIGHT", found["dst"].strip("<>"), standard, summer, found["start"]),
    )


def _observance(kind: str, name: str, before: timedelta, after: timedelta, change: str) -> Observance:
    found = RULE.match(change)
    if found is None:
        raise ValueError(f"time zone rule {change!r} is not understood")
    month, week, weekday = int(found["month"]), int(found["week"]), int(found["day"])
    clock = _span(found["time"] or "2")
    if clock == timedelta(days=1) and week == 5:
        clock -= timedelta(seconds=1)  # midnight after a month's last such day may be in the next month (Cairo)
    days, clock = divmod(clock, timedelta(days=1))
    first = _nth_weekday(EPOCH_YEAR, month, week, weekday) + timedelta(days=days)
    nth = f"BYDAY={-1 if week == 5 else week}{WEEKDAYS[weekday]}"
    yearly = f"FREQ=YEARLY;BYMONTH={month};{nth}" if not days else _shifted(month, week, weekday, days)
    return Observance(kind, name, before, after, f"{first:%Y%m%d}T{_clock(clock)}", yearly)


def _shifted(month: int, week: int, weekday: int, days: int) -> str:
    """A change given as hours beyond its day (Godthab: "M3.5.0/-1") falls on a span of days of the month."""
    moved = WEEKDAYS[(weekday + days) % 7]
    ends = {1: 31, 3: 31, 5: 31, 7: 31, 8: 31, 10: 31, 12: 31, 4: 30, 6: 30, 9: 30, 11: 30, 2: 28}
    first = ends[month] - 6 if week == 5 else 7 * (week - 1) + 1
    span = [first + days + step for step in range(7)]
    if span[0] < 1 or span[-1] > ends[month]:
        raise ValueError("time zone rule crosses a month")
    return f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={','.join(map(str, span))};BYDAY={moved}"


def _nth_weekday(year: int, month: int, week: int, weekday: int) -> date:
    first = date(year, month, 1)
    ahead = (weekday - first.isoweekday()) % 7
    day = first + timedelta(days=ahead + 7 * (week - 1))
    return day if day.month == month else day - timedelta(days=7)


def _span(text: str) -> timedelta:
    sign = -1 if text.startswith("-") else 1
    hours, minutes, seconds = (*map(int, text.lstrip("+-").split(":")), 0, 0)[:3]
    return sign * timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _offset(span: timedelta) -> str:
    minutes = abs(int(span.total_seconds())) // 60
    return f"{'-' if span < timedelta(0) else '+'}{minutes // 60:02}{minutes % 60:02}"


def _clock(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 3600:02}{seconds // 60 % 60:02}{seconds % 60:02}"
