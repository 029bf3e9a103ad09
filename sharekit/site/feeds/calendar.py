"""calendar.ics of one audience: the peers' meeting first, then the days that its OKRs name (RFC
5545)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

from msgspec import Struct, field

from sharekit import escape
from sharekit.numbers.formats import format_value
from sharekit.project.days import WEEKDAYS
from sharekit.project.manifest import Metric, Objective
from sharekit.project.shapes import AudienceConfig, DecisionItem, HelpItem, MeetingConfig, PlanItem
from sharekit.site import links
from sharekit.site.feeds.timezones import vtimezone
from sharekit.visible import Visible, VisibleManifest
from sharekit.wording.meetings import first_meeting
from sharekit.wording.sharing import names

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
AHEAD = timedelta(days=3653)
"""How far changes of clocks that follow no rule are told: ten years."""
FOLD = 75
"""Octets in a line, the break left out."""


class CalendarEvent(Struct, frozen=True):
    """An all-day event."""

    uid: str
    on: date
    title: str
    text: str
    url: str
    sequence: int


def calendar(visible: Visible, *, moves: int = 0) -> bytes:
    """The calendar of one audience. Its revisions give each event its SEQUENCE, as `moves`, how
    often the meeting was moved, does to the meeting."""
    manifest, as_of = visible.manifest, visible.as_of
    config = manifest.config.audiences.get(visible.audience, AudienceConfig())
    title = f"{manifest.config.project.name}: {manifest.audience_title(visible.audience)}"
    stamp = f"{as_of:%Y%m%d}T000000Z"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//sharekit//numbers and OKRs//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escape.calendar(title)}",
    ]
    if config.meeting is not None:
        zone = config.meeting.timezone or manifest.config.project.timezone
        first = first_meeting(config.meeting, manifest)
        lines += vtimezone(zone, first, as_of + AHEAD)
        lines += _meeting(config.meeting, zone, visible, stamp, moves)
    for event in sorted(okr_events(visible), key=lambda event: (event.on, event.uid)):
        lines += _all_day(event, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def shows_calendar(visible: Visible) -> bool:
    """Whether there is anything to put into it: a meeting, or a day that an OKR names."""
    config = visible.manifest.config.audiences.get(visible.audience, AudienceConfig())
    return config.meeting is not None or any(True for _ in okr_events(visible))


def okr_events(visible: Visible) -> Iterable[CalendarEvent]:
    """Period ends, checkpoints, and what has a date and is still open: plan items, help and
    decisions asked for."""
    manifest = visible.manifest
    turns = Counter(revision.item for revision in visible.revisions if not revision.moved_by_data)
    items: list[Objective | Metric] = [
        *manifest.objectives.values(),
        *manifest.key_results.values(),
    ]
    for item in items:
        front = item.front if isinstance(item, Objective) else item.okr.front if item.okr else None
        if front is not None and front.state == "open":
            days = _DatesOf(visible, item, turns[item.id])
            yield from days.periods()
            yield from days.tasks(front.plan)
            yield from days.wants(front.help_wanted)
            yield from days.decides(front.decisions)


class _DatesOf(Struct, frozen=True):
    """The dates that one objective or key result names."""

    visible: Visible
    item: Objective | Metric
    sequence: int
    counts: Counter[str] = field(default_factory=Counter)
    """How often each name was used: two items of one plan may be called the same."""

    def event(self, kind: str, key: str, on: date, title: str, text: str = "") -> CalendarEvent:
        name = f"{kind}\0{self.item.id}\0{key}"
        self.counts[name] += 1
        counter = f"\0{self.counts[name]}" if self.counts[name] > 1 else ""
        link = _link(self.visible, self.item)
        line = " ".join(title.split())
        return CalendarEvent(
            _uid(self.visible.manifest, name + counter), on, line, text, link, self.sequence
        )

    def periods(self) -> Iterable[CalendarEvent]:
        """The objective's end, once; a key result's own where it differs; and its checkpoints."""
        item = self.item
        if isinstance(item, Objective):
            if item.period:
                yield self.event(
                    "end", "", item.period.end, f"{item.period.shown} ends: {item.title}"
                )
            return
        assert item.okr is not None
        parent = self.visible.manifest.objectives.get(item.okr.objective)
        if parent is None or parent.period != item.okr.period:
            yield self.event(
                "end", "", item.okr.period.end, f"{item.okr.period.shown} ends: {item.title}"
            )
        for point in item.okr.front.pace if not isinstance(item.okr.front.pace, str) else ():
            expected = format_value(point.value, item.front.unit, item.front.format)
            yield self.event(
                "pace",
                f"{point.on}",
                point.on,
                f"Checkpoint: {item.title}",
                f"Expected: {expected}",
            )

    def tasks(self, plan: str | Sequence[str | PlanItem] | None) -> Iterable[CalendarEvent]:
        for task in plan or ():
            if isinstance(task, PlanItem) and task.due and not task.done:
                who = names(task.who, self.visible.manifest)
                yield self.event("plan", task.what, task.due, f"Due: {task.what}", self._of(who))

    def wants(self, help_wanted: str | Sequence[str | HelpItem] | None) -> Iterable[CalendarEvent]:
        for want in help_wanted or ():
            if isinstance(want, HelpItem) and want.by and not want.answered:
                people = names(want.who, self.visible.manifest)
                title = (
                    f"Help wanted of {people}: {want.what}"
                    if people
                    else f"Help wanted: {want.what}"
                )
                yield self.event("help", want.what, want.by, title, self._of(want.how_much or ""))

    def decides(
        self, decisions: str | Sequence[str | DecisionItem] | None
    ) -> Iterable[CalendarEvent]:
        for decision in decisions or ():
            if isinstance(decision, DecisionItem) and decision.by and not decision.decided:
                who = names(decision.who, self.visible.manifest)
                yield self.event(
                    "decision",
                    decision.what,
                    decision.by,
                    f"To decide: {decision.what}",
                    self._of(who),
                )

    def _of(self, detail: str) -> str:
        return f"{detail}\n{self.item.title}" if detail else self.item.title


def _meeting(
    meeting: MeetingConfig, zone: str, visible: Visible, stamp: str, moves: int
) -> list[str]:
    manifest, audience = visible.manifest, visible.audience
    first = first_meeting(meeting, manifest)
    hour, minute = map(int, meeting.time.split(":"))
    start = datetime.combine(first, time(hour, minute))
    interval = f";INTERVAL={meeting.every}" if meeting.every > 1 else ""
    url = links.absolute(visible.url, links.DIGEST) if visible.url else ""
    return [
        "BEGIN:VEVENT",
        f"UID:{_uid(manifest, 'meeting of ' + audience)}",
        f"DTSTAMP:{stamp}",
        f"SEQUENCE:{moves}",
        f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}",
        f"DURATION:PT{meeting.minutes}M",
        f"RRULE:FREQ=WEEKLY{interval};BYDAY={CODES[WEEKDAYS.index(meeting.day)]}",
        f"SUMMARY:{escape.calendar(manifest.audience_title(audience))}",
        *([f"DESCRIPTION:{escape.calendar(f'Read before the meeting: {url}')}"] if url else []),
        *([f"LOCATION:{escape.calendar(meeting.place)}"] if meeting.place else []),
        *([f"URL:{escape.address(url)}"] if url else []),
        "TRANSP:OPAQUE",
        "END:VEVENT",
    ]


def _all_day(event: CalendarEvent, stamp: str) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{stamp}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{event.on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{escape.calendar(event.title)}",
        *([f"DESCRIPTION:{escape.calendar(event.text)}"] if event.text else []),
        *([f"URL:{escape.address(event.url)}"] if event.url else []),
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _link(visible: Visible, item: Objective | Metric) -> str:
    page = (
        links.objective_page(item.id)
        if isinstance(item, Objective)
        else links.key_result_page(item.id)
    )
    return links.absolute(visible.url, page) if visible.url else ""


def _uid(manifest: VisibleManifest, name: str) -> str:
    """The same for one thing as long as the site keeps its address, and another one for another
    project's."""
    project = manifest.config.project
    home = urlsplit(project.url or "")
    place = f"{home.hostname}{home.path.rstrip('/')}" if home.hostname else project.name
    digest = hashlib.sha256(f"{place}\0{name}".encode()).hexdigest()[:20]
    return f"{digest}@{home.hostname or 'sharekit.invalid'}"


def _folded(line: str) -> Iterable[str]:
    """Lines of at most 75 octets, broken between characters (section 3.1)."""
    part, size = "", 0
    for char in line:
        width = len(char.encode())
        if size + width > FOLD:
            yield part
            part, size = " ", 1
        part, size = part + char, size + width
    yield part
