"""Short ways to say what was found."""

from __future__ import annotations

from sharekit.engines.remote.adapter import Finding
from sharekit.engines.remote.examine import EngineReport
from sharekit.errors import OutsideError, SharekitError


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
