"""What this machine knows of sending: a journal of answers, the mails not yet sent, and a lock.

A line is on the disk before the next message goes, so that a run that dies loses at most the answer
it was waiting for. The next run on this machine reads the journal first; on another machine the
ledger alone decides."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from sharekit.announce.ledger.ledger import Delivery
from sharekit.announce.ledger.store import locked, sync_folder, write_whole
from sharekit.errors import OutsideError
from sharekit.read_json import read_json


class UnfinishedRuns(Struct, frozen=True):
    """What earlier runs on this machine left behind."""

    runs: frozenset[str] = frozenset()
    """Runs that are certainly over: nothing they claimed is being sent."""
    deliveries: tuple[Delivery, ...] = ()
    """Answers of servers that may not be in the ledger yet."""


class Journal:
    """One folder, used by one announce at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "journal.jsonl"
        self._spool = folder / "spool"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other announces on this machine out. Raises OutsideError where one is at it."""
        with ExitStack() as stack:
            try:
                self._spool.mkdir(parents=True, exist_ok=True, mode=0o700)
                is_locked = stack.enter_context(locked(self._folder / "lock", wait=False))
            except OSError as error:
                raise OutsideError(
                    f"{self._folder} cannot be written: {error.strerror}",
                    hint="Make this folder writable for the user who runs sharekit.",
                ) from None
            if not is_locked:
                raise OutsideError(
                    "another announce is running on this machine",
                    hint="Wait until it has ended, then run this one again.",
                )
            yield

    def unfinished(self) -> UnfinishedRuns:
        """Read what is there. A last line cut off in the middle was never finished, and counts for
        nothing."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return UnfinishedRuns()
        records = [record for line in lines if (record := _record(line))]
        runs = {run for record in records for run in record.get("runs", [])}
        return UnfinishedRuns(
            frozenset(runs),
            tuple(
                delivery
                for record in records
                if "recipient" in record
                for delivery in _deliveries(record)
            ),
        )

    def begin(self, run: str, dead_runs: Iterable[str]) -> None:
        """Start afresh for a run, once all that was left is in the ledger. `dead_runs` are dead runs
        still named there."""
        write_whole(self._path, (json.dumps({"runs": sorted({run, *dead_runs})}) + "\n").encode())

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Put one answer on the disk: that to one message, for each announcement that it carries.
        It is one line, so that a crash leaves all of it or nothing."""
        first = deliveries[0]
        line = {
            "keys": [delivery.key for delivery in deliveries],
            "mailboxes": [delivery.mailbox for delivery in deliveries],
            "recipient": first.recipient,
            "status": first.status,
            "at": first.at.astimezone(UTC).isoformat(),
            "code": first.code,
            "sha256": first.sha256,
        }
        with self._path.open("ab") as file:
            file.write((json.dumps(line) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())

    def keep(self, contents: Iterable[bytes]) -> None:
        """Keep mails until they are sent, so that a repeat has the very same bytes."""
        for content in contents:
            path = self._spool / hashlib.sha256(content).hexdigest()
            if not path.exists():
                write_whole(path, content)
        sync_folder(self._spool)

    def stored_mail(self, sha256: str) -> bytes | None:
        """A mail by its hash; None where it is not here, or not whole."""
        path = self._spool / sha256
        content = path.read_bytes() if sha256 and path.is_file() else None
        return (
            content
            if content is not None and hashlib.sha256(content).hexdigest() == sha256
            else None
        )

    def sweep(self, kept_names: Iterable[str]) -> None:
        """Forget mails that nobody waits for."""
        names = set(kept_names)
        for path in self._spool.iterdir():
            if path.name not in names:
                path.unlink()


def _record(line: bytes) -> dict[str, list[str]] | None:
    try:
        record = read_json(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _deliveries(record: dict[str, list[str]]) -> tuple[Delivery, ...]:
    """What one line says. An earlier sharekit wrote one `key` and no mailbox."""
    fields: dict[str, object] = dict(record)
    keys = record.get("keys") or [str(fields["key"])]
    return tuple(
        Delivery(
            key=key,
            recipient=str(fields["recipient"]),
            status="sent" if fields["status"] == "sent" else "refused",
            at=datetime.fromisoformat(str(fields["at"])),
            code=str(fields["code"]),
            sha256=str(fields["sha256"]),
            mailbox=mailbox,
        )
        for key, mailbox in zip(keys, record.get("mailboxes") or [""] * len(keys), strict=True)
    )
