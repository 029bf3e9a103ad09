"""When an audience meets: the first, the next and the previous meeting of its series. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from sharekit.project.days import WEEKDAYS
from sharekit.project.shapes import MeetingConfig
from sharekit.visible import Visible, VisibleManifest
from sharekit.wording.english import LAST_WEEK


def meeting_of(visible: Visible) -> MeetingConfig | None:
    """When the audience meets; None where it does not say."""
    audience = visible.manifest.config.audiences.get(visible.audience)
    return audience.meeting if audience else None


def first_meeting(meeting: MeetingConfig, manifest: VisibleManifest) -> date:
    """Day the series begins: the first such weekday from `starts`, else from the earliest OKR
    period, else 2000."""
    periods = [metric.okr.period.start for metric in manifest.key_results.values() if metric.okr]
    begin = meeting.starts or min(periods, default=date(2000, 1, 1))
    return begin + timedelta(days=(WEEKDAYS.index(meeting.day) - begin.weekday()) % 7)


def next_meeting(meeting: MeetingConfig, manifest: VisibleManifest, on: date) -> date:
    """Day of the first meeting on or after `on`."""
    first = first_meeting(meeting, manifest)
    step = timedelta(weeks=meeting.every)
    return first if on <= first else first + step * -(-(on - first) // step)


def previous_meeting(visible: Visible) -> date:
    """Day of the meeting before the next one; a week ago where the audience has none."""
    meeting = meeting_of(visible)
    if meeting is None:
        return visible.as_of - LAST_WEEK
    return next_meeting(meeting, visible.manifest, visible.as_of) - timedelta(weeks=meeting.every)
