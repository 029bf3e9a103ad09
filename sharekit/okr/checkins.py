"""Check-ins: what the owner of a key result says on a day. Of one kept by hand they are its values.
Pure."""

from __future__ import annotations

from collections.abc import Iterable

from sharekit.project.shapes import CheckIn


def values_as_sql(checkins: Iterable[CheckIn]) -> str:
    """The values as a query, so that other queries can read a key result that is kept by hand."""
    rows = [
        f"(DATE '{checkin.on.isoformat()}', {checkin.value!r}::DOUBLE)"
        for checkin in checkins
        if checkin.value is not None
    ]
    if not rows:
        return "SELECT NULL::DATE AS day, NULL::DOUBLE AS value WHERE false"
    return f"SELECT day, value FROM (VALUES {', '.join(rows)}) AS checkins(day, value)"


def newest_confidence(checkins: Iterable[CheckIn], declared: float | None) -> float | None:
    """The owner's confidence: that of the newest check-in that gives one, else the declared one."""
    confidences = [
        (checkin.on, checkin.confidence) for checkin in checkins if checkin.confidence is not None
    ]
    return max(confidences, key=lambda entry: entry[0])[1] if confidences else declared
