"""The peers' calendar holds in every calendar program: the meeting at the same wall clock, each day
once."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import icalendar
import mail_sample as sample
import pytest

from sharekit.project.manifest import Manifest
from sharekit.project.shapes import Config
from sharekit.site.feeds.calendar import calendar
from sharekit.site.feeds.timezones import vtimezone
from sharekit.wording.meetings import next_meeting

AS_OF = date(2013, 11, 22)


def config(**meeting: object) -> Config:
    declared = sample.config().model_dump(by_alias=True)
    declared["audiences"]["airports"]["meeting"] = {
        "day": "monday",
        "time": "09:00",
        "minutes": 45,
    } | meeting
    return Config.model_validate(declared)


def made(config: Config, **keys: object) -> tuple[Manifest, bytes]:
    manifest = sample.manifest(sample.front(**keys), config)
    return manifest, calendar(sample.share(manifest))


def events(content: bytes) -> dict[str, icalendar.Event]:
    return {
        str(event["SUMMARY"]): event
        for event in icalendar.Calendar.from_ical(content).walk("VEVENT")
    }


def local_offset(observed: bytes, moment: datetime) -> timedelta:
    """Offset that a VTIMEZONE gives at a local time, worked out by hand: the latest change before
    it wins."""
    best: tuple[datetime, timedelta] | None = None
    for part in zone_parts(observed):
        start, rule = part["DTSTART"].dt, part.get("RRULE")
        turns = [start]
        if rule:
            day, month = str(rule["BYDAY"][0]), int(rule["BYMONTH"][0])
            turns = [nth(year, month, day, start) for year in (moment.year - 1, moment.year)]
            turns = [turn for turn in turns if turn >= start]
        for turn in turns:
            if turn <= moment and (best is None or turn > best[0]):
                best = (turn, part["TZOFFSETTO"].td)
    assert best is not None
    return best[1]


@cache
def zone_parts(observed: bytes) -> Sequence[Any]:
    """Its summer and winter times, in the order in which they are written."""
    parts = icalendar.Calendar.from_ical(observed).walk()
    return [part for part in parts if part.name in ("STANDARD", "DAYLIGHT")]


def nth(year: int, month: int, day: str, clock: datetime) -> datetime:
    weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].index(day[-2:])
    days = [date(year, month, 1) + timedelta(days=step) for step in range(31)]
    fitting = [one for one in days if one.month == month and one.weekday() == weekday]
    spot = int(day[:-2])
    return datetime.combine(fitting[spot - 1 if spot > 0 else spot], clock.time())


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        (
            "America/New_York",
            datetime(2013, 10, 28, 13, tzinfo=UTC),
            datetime(2013, 11, 4, 14, tzinfo=UTC),
        ),
        (
            "Europe/Vienna",
            datetime(2013, 10, 21, 7, tzinfo=UTC),
            datetime(2013, 10, 28, 8, tzinfo=UTC),
        ),
    ],
)
def test_the_meeting_stays_at_nine_across_the_change_of_clocks(
    zone: str, before: datetime, after: datetime
) -> None:
    _, content = made(config(timezone=zone))
    meeting = events(content)["Airport heads"]
    assert meeting["DTSTART"].params["TZID"] == zone
    assert meeting["RRULE"]["BYDAY"] == ["MO"]
    for moment in (before, after):
        nine = datetime(moment.year, moment.month, moment.day, 9)
        assert nine - local_offset(content, nine) == moment.replace(tzinfo=None)


@pytest.mark.slow
@pytest.mark.parametrize(
    "zone",
    ["America/New_York", "Europe/Vienna", "Australia/Sydney", "Asia/Kolkata", "Africa/Cairo"],
)
def test_the_rule_of_a_zone_agrees_with_its_known_changes(zone: str) -> None:
    _, content = made(config(timezone=zone))
    known = zoneinfo.ZoneInfo(zone)
    for day in range(0, 365, 5):
        noon = datetime(2026, 1, 1, 12) + timedelta(days=day)
        assert local_offset(content, noon) == noon.replace(tzinfo=known).utcoffset(), noon


@pytest.mark.slow
@pytest.mark.parametrize(
    "zone",
    ["America/New_York", "America/Vancouver", "America/Sao_Paulo", "Africa/Casablanca", "Africa/Cairo", "Asia/Amman",
     "Europe/Moscow", "Europe/Istanbul", "Pacific/Apia"],
)  # fmt: skip
def test_clocks_that_left_their_rule_are_told_change_by_change(zone: str) -> None:
    """From the first meeting on, ten years ahead: summer time given up, taken up again, or moved by
    the moon."""
    _, content = made(config(timezone=zone))
    with files("tzdata").joinpath("zoneinfo", *zone.split("/")).open("rb") as file:
        known = zoneinfo.ZoneInfo.from_file(file)
    for day in range(0, 3640, 5):
        noon = datetime(2013, 10, 7, 12) + timedelta(days=day)
        assert local_offset(content, noon) == noon.replace(tzinfo=known).utcoffset(), noon


@pytest.mark.slow
def test_every_zone_people_live_in_can_be_told() -> None:
    for zone in sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}):
        for since in (date(2001, 1, 1), date(2026, 1, 1)):
            lines = vtimezone(zone, since, since + timedelta(days=3653))
            parsed = icalendar.Calendar.from_ical(
                "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""])
            )
            assert parsed.walk("VTIMEZONE"), zone


def test_a_zone_with_one_rule_since_the_first_meeting_is_told_in_two_halves() -> None:
    for zone in ("America/New_York", "Europe/Vienna", "Australia/Sydney"):
        starts = [line for line in vtimezone(zone, AS_OF, AS_OF) if line.startswith("RRULE")]
        assert len(starts) == 2, zone
        assert len(vtimezone(zone, AS_OF, AS_OF)) == 17, zone


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", ""])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="not a time zone"):
        vtimezone(zone, AS_OF, AS_OF)


def test_days_of_okrs_are_in_it_and_done_ones_are_not() -> None:
    _, content = made(config())
    found = events(content)
    assert found["2013-Q4 ends: JFK leaves on time"]["DTSTART"].dt == date(2013, 12, 31)
    assert found["Due: Second pushback crew"]["DTSTART"].dt == date(2013, 11, 15)
    assert found["Help wanted of Jonas Lind: A second tow team"]["DTSTART"].dt == date(2013, 11, 25)
    assert not [title for title in found if "Move three banks" in title]


def test_a_moved_date_keeps_its_identity() -> None:
    plan = {"what": "Second pushback crew", "who": "maria", "due": date(2013, 12, 1)}
    _, first = made(config())
    _, later = made(config(), plan=[plan])
    title = "Due: Second pushback crew"
    assert events(first)[title]["UID"] == events(later)[title]["UID"]
    assert events(first)[title]["DTSTART"].dt != events(later)[title]["DTSTART"].dt


def test_no_two_events_have_one_identity() -> None:
    """Two items of a plan by one name; two projects on one host; two without an address."""
    weekly = [{"what": "Review", "due": date(2013, 12, day)} for day in (2, 9)]
    asked = [{"what": "Review", "by": date(2013, 12, 2)}]
    _, content = made(config(), plan=weekly, help_wanted=asked, decisions=asked)
    every = [str(event["UID"]) for event in icalendar.Calendar.from_ical(content).walk("VEVENT")]
    assert len(every) == len(set(every)) == 6
    others = []
    for url, name in (("https://numbers.example.com/sf/", "A"), (None, "A"), (None, "B")):
        declared = config().model_dump(by_alias=True)
        declared["project"] |= {"url": url, "name": name}
        _, other = made(
            Config.model_validate(declared), plan=weekly, help_wanted=asked, decisions=asked
        )
        others += [
            str(event["UID"]) for event in icalendar.Calendar.from_ical(other).walk("VEVENT")
        ]
    assert len({*every, *others}) == 24


def test_words_keep_their_spaces_and_joined_signs() -> None:
    what = "Ten\N{NO-BREAK SPACE}km with the \U0001f469\u200d\U0001f680\tteam\u2028now\x1b[31m"
    _, content = made(config(), plan=[{"what": what, "due": date(2013, 12, 1)}])
    assert "Due: Ten km with the \U0001f469\u200d\U0001f680 team now[31m" in events(content)


def test_revisions_raise_the_sequence() -> None:
    manifest = sample.manifest(sample.front(), config())
    content = calendar(sample.share(manifest, sample.revision(), sample.revision()))
    assert events(content)["Due: Second pushback crew"]["SEQUENCE"] == 2


def test_lines_are_short_ended_and_survive_any_text() -> None:
    what = "Räumen, prüfen; dann \\ fliegen\nBEGIN:VEVENT " * 6
    _, content = made(
        config(place="Room 4, Terminal 8"), plan=[{"what": what, "due": date(2013, 12, 1)}]
    )
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    assert f"Due: {' '.join(what.split())}" in events(content), "a title is one line"
    assert sum(line == b"BEGIN:VEVENT" for line in lines) == 4


def test_what_an_audience_may_not_see_is_not_in_it() -> None:
    declared = config().model_dump(by_alias=True)
    declared["audiences"] |= {
        "board": {"members": ["jonas"]},
        "guests": {"members": ["maria", "jonas"]},
    }
    declared["audiences"]["airports"]["members"] = ["maria"]
    manifest = sample.manifest(sample.front(), Config.model_validate(declared))
    assert b"JFK" not in calendar(sample.share(manifest, audience="board"))


def test_the_next_meeting_counts_from_the_first() -> None:
    fortnightly = config(every=2, starts=date(2013, 10, 7))
    manifest, content = made(fortnightly)
    shown = sample.share(manifest).manifest
    meeting = fortnightly.audiences["airports"].meeting
    assert meeting is not None
    assert next_meeting(meeting, shown, AS_OF) == date(2013, 12, 2)
    assert next_meeting(meeting, shown, date(2013, 12, 2)) == date(2013, 12, 2)
    assert events(content)["Airport heads"]["RRULE"]["INTERVAL"] == [2]
