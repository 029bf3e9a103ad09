"""A commit as pages, mails and the ledger name it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Moment:
    """A commit, or the working tree (commit is None)."""

    commit: str | None
    on: datetime
    """When it came to this line of history; for the working tree, the as-of date at noon UTC."""
    author: str
