"""A commit as pages, mails and the ledger name it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Moment(Struct, frozen=True):
    """A commit, or the working tree (commit is None)."""

    commit: str | None
    on: datetime
    """When it came to this line of history; for the working tree, the as-of date at noon UTC."""
    author: str
