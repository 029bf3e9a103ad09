"""How `doctor` says what it finds: well, to be corrected (and how), or out of reach. In one place, so
that all its sections word the same thing alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import EngineReport
from sharekit.errors import OutsideError, SharekitError
from sharekit.numbers.formats import format_day
from sharekit.wording.english import counted

EXPIRES_SOON = timedelta(days=14)
"""Who renews certificates does so earlier."""


def well(what: str) -> Finding:
    """All is well."""
    return Finding(True, what)


def bad(what: str, hint: str | None) -> Finding:
    """Something is to be corrected."""
    return Finding(False, what, hint)


def failed(name: str, error: SharekitError, *before: Finding) -> EngineReport:
    """A thing that could not be looked at; out of reach where the error says so."""
    reached = not isinstance(error, OutsideError)
    return EngineReport(name, reached, (*before, bad(error.message, error.hint)))


def expiring(until: datetime | None, now: datetime, why: str) -> Iterator[Finding]:
    """A certificate that ends soon; `why` it matters. `until`: None where there is no certificate."""
    if until is not None and until - now < EXPIRES_SOON:
        day, days_left = format_day(until.date(), year=True), counted((until - now).days, "day")
        yield bad(
            f"its certificate expires on {day}, in {days_left}", f"Renew it before then: {why}."
        )
