"""VTIMEZONE from a zone's compiled file (RFC 9636): the rule that it follows in the end, and what
comes before that.

A recurring meeting has no last day, so a list of changes will not do: the rule itself is needed.
Each file ends in it, as a POSIX TZ string such as `EST5EDT,M3.2.0,M11.1.0`. Where the clock has
other changes after the first meeting, they are listed: a country that gives up its summer time next
year, or one whose changes follow the moon."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from importlib.resources import files

from msgspec import Struct

from sharekit.records import replace

WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
POSIX = re.compile(
    r"^(?P<std><[^>]+>|[A-Za-z]{3,})(?P<off>[+-]?\d+(?::\d+)*)"
    r"(?:(?P<dst><[^>]+>|[A-Za-z]{3,})(?P<dstoff>[+-]?\d+(?::\d+)*)?"
    r",(?P<start>[^,]+),(?P<end>[^,]+))?$"
)
RULE = re.compile(r"^M(?P<month>\d+)\.(?P<week>\d)\.(?P<day>\d)(?:/(?P<time>[+-]?\d+(?::\d+)*))?$")
EPOCH_YEAR = 1970
_SECOND = timedelta(seconds=1)
_FIRST = -(2**34)
"""Some files begin with the Big Bang, which no calendar can tell."""


class Observance(Struct, frozen=True):
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
    """RRULE of the yearly change; "" where it comes once, or the clock never changes."""
    turn: tuple[int, int, int, timedelta] | None = None
    """Month, week, weekday and time of the yearly change, counted from midnight; None where there
    is none."""

    def local(self, year: int) -> datetime | None:
        """What the clock shows when it changes in a year."""
        if self.turn is None:
            return None
        month, week, weekday, clock = self.turn
        return datetime.combine(_nth_weekday(year, month, week, weekday), time()) + clock


class OffsetChange(Struct, frozen=True):
    """One change of a zone's clock."""

    at: datetime
    """UTC, without a zone."""
    before: timedelta
    after: timedelta
    name: str
    daylight: bool

    @property
    def local(self) -> datetime:
        """What the clock showed when it changed."""
        return self.at + self.before


def vtimezone(tzid: str, since: date, until: date) -> tuple[str, ...]:
    """The VTIMEZONE component of an IANA zone as unfolded lines, right from `since` on.

    `until`: how far changes that follow no rule are listed. Raises ValueError where the zone is
    unknown."""
    data = _zone_file(tzid)
    time_changes = observances(_footer(data))
    changes = _changes(data)
    begin = _rule_begins(changes, time_changes)
    if changes and begin > datetime.combine(since, time()):
        time_changes = _listed(changes, time_changes, begin, since, until)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}"]
    for observance in time_changes:
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


def _listed(
    changes: Sequence[OffsetChange],
    rule: Sequence[Observance],
    begin: datetime,
    since: date,
    until: date,
) -> tuple[Observance, ...]:
    """The state of the clock on `since`, each change until the rule begins, and then the rule."""
    day = datetime.combine(since, time())
    earlier = [offset_change for offset_change in changes if offset_change.at <= day]
    last = earlier[-1] if earlier else None
    first = changes[0]
    offset, name, daylight = (
        (last.after, last.name, last.daylight) if last else (first.before, "LMT", False)
    )
    kind = "DAYLIGHT" if daylight else "STANDARD"
    time_changes = [Observance(kind, name, offset, offset, f"{EPOCH_YEAR}0101T000000", "")]
    yearly = any(observance.turn for observance in rule)
    for offset_change in changes:
        if day < offset_change.at <= datetime.combine(until, time()) and (
            offset_change.at < begin or not yearly
        ):
            kind = "DAYLIGHT" if offset_change.daylight else "STANDARD"
            time_changes.append(
                Observance(
                    kind,
                    offset_change.name,
                    offset_change.before,
                    offset_change.after,
                    f"{offset_change.local:%Y%m%dT%H%M%S}",
                    "",
                )
            )
    for observance in rule if yearly and begin.year <= until.year else ():
        turns = (observance.local(year) for year in range(begin.year, begin.year + 2))
        start = next(
            turn
            for turn in turns
            if turn is not None and turn - observance.before >= begin - _SECOND
        )
        time_changes.append(replace(observance, start=f"{start:%Y%m%dT%H%M%S}"))
    return tuple(time_changes)


def _rule_begins(changes: Sequence[OffsetChange], rule: Sequence[Observance]) -> datetime:
    """The first change from which on all are the rule's; the last one of all where the rule has
    none."""
    begin = changes[-1].at if changes else datetime.min
    if not any(observance.turn for observance in rule):
        return begin
    later: datetime | None = None
    for change in reversed(changes):
        turns = (
            observance.local(change.local.year)
            for observance in rule
            if observance.after == change.after
        )
        is_declared = any(
            turn is not None and abs(turn - change.local) <= _SECOND for turn in turns
        )
        if not is_declared or (later is not None and (later - change.at).days > 300):
            break
        begin = later = change.at
    return begin


def _changes(data: bytes) -> list[OffsetChange]:
    """The changes in the 64-bit part of a compiled zone file (RFC 9636, section 3.2)."""
    at = data.index(b"TZif", 4)
    times, types, chars = struct.unpack(">3L", data[at + 32 : at + 44])
    at += 44
    moments = struct.unpack(f">{times}q", data[at : at + 8 * times])
    at += 8 * times
    kinds = data[at : at + times]
    at += times
    offsets = [struct.unpack(">lbB", data[at + 6 * n : at + 6 * n + 6]) for n in range(types)]
    at += 6 * types
    names = data[at : at + chars]
    epoch = datetime(EPOCH_YEAR, 1, 1)

    def name(start: int) -> str:
        return names[start : names.index(b"\0", start)].decode("ascii")

    offset_changes: list[OffsetChange] = []
    before = timedelta(seconds=offsets[0][0])
    for moment, kind in zip(moments, kinds, strict=True):
        seconds, daylight, letters = offsets[kind]
        after = timedelta(seconds=seconds)
        if moment > _FIRST:
            offset_changes.append(
                OffsetChange(
                    epoch + timedelta(seconds=moment), before, after, name(letters), bool(daylight)
                )
            )
        before = after
    return offset_changes


def _zone_file(tzid: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", tzid):
        raise ValueError(f"{tzid} is not a time zone")
    spot = files("tzdata").joinpath("zoneinfo", *tzid.split("/"))
    if not spot.is_file():
        raise ValueError(f"{tzid} is not a time zone")
    return spot.read_bytes()


def _footer(data: bytes) -> str:
    return data.rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii")


def observances(rule: str) -> tuple[Observance, ...]:
    """The halves of the year that a POSIX TZ string describes. Raises ValueError on a string it
    does not cover."""
    match = POSIX.match(rule)
    if match is None:
        raise ValueError(f"time zone rule {rule!r} is not understood")
    standard = -_span(match["off"])
    name = match["std"].strip("<>")
    if match["dst"] is None:
        return (Observance("STANDARD", name, standard, standard, f"{EPOCH_YEAR}0101T000000", ""),)
    summer = -_span(match["dstoff"]) if match["dstoff"] else standard + timedelta(hours=1)
    return (
        _observance("STANDARD", name, summer, standard, match["end"]),
        _observance("DAYLIGHT", match["dst"].strip("<>"), standard, summer, match["start"]),
    )


def _observance(
    kind: str, name: str, before: timedelta, after: timedelta, change: str
) -> Observance:
    match = RULE.match(change)
    if match is None:
        raise ValueError(f"time zone rule {change!r} is not understood")
    month, week, weekday = int(match["month"]), int(match["week"]), int(match["day"])
    clock = _span(match["time"] or "2")
    if clock == timedelta(days=1) and week == 5:
        clock -= _SECOND  # midnight after a month's last such day may be in the next month (Cairo)
    turn = (month, week, weekday, clock)
    days, clock = divmod(clock, timedelta(days=1))
    first = _nth_weekday(EPOCH_YEAR, month, week, weekday) + timedelta(days=days)
    nth = f"BYDAY={-1 if week == 5 else week}{WEEKDAYS[weekday]}"
    yearly = (
        f"FREQ=YEARLY;BYMONTH={month};{nth}" if not days else _shifted(month, week, weekday, days)
    )
    return Observance(kind, name, before, after, f"{first:%Y%m%d}T{_clock(clock)}", yearly, turn)


def _shifted(month: int, week: int, weekday: int, days: int) -> str:
    """A change given as hours beyond its day (Godthab: "M3.5.0/-1") falls on a span of days of the
    month."""
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
