"""What message ids are made from. It is fixed when a ledger begins, so that threads survive another
name, address or sender of the project."""

from __future__ import annotations

import hashlib

from msgspec import Struct


class Ids(Struct, frozen=True):
    """The project as its message ids know it."""

    project: str
    """What tells its ids from another project's at the same host."""
    host: str

    def webhook(self, key: str) -> str:
        """An announcement's id for receivers of webhooks: without dots, as Standard Webhooks wants
        it, and without anybody's words."""
        digest = hashlib.sha256("\0".join((self.project, self.host, key)).encode()).hexdigest()
        return f"msg_{digest[:32]}"
