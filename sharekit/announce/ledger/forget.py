"""Take a person out of the ledger: the marks of mails to them, their key and their name. How many
people were told about a revision stays, and so does all that keeps others from being told twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from sharekit.announce.ledger.changes import delivery_files, ledger_text
from sharekit.announce.ledger.ledger import (
    OPEN,
    Changes,
    Delivery,
    LedgerEntry,
    LedgerView,
    file_name,
)
from sharekit.errors import SharekitError
from sharekit.read_json import read_json
from sharekit.records import replace

SOMEBODY = "a former member"
"""Stands where a person's name stood."""
FORGOTTEN = "forgotten"
"""Begins the key that stands where a person's key stood."""
_LISTS = frozenset({"members", "known_to"})


class Forgotten(Struct, frozen=True):
    """What it takes to forget a person."""

    changes: Changes
    marks: int
    """Records of mails to them."""
    mentions: int
    """Other files that named them."""


def forget(view: LedgerView, person: str, names: Iterable[str]) -> Forgotten:
    """Changes that leave nothing of a person, who has this key and was called by these names.

    Raises SharekitError while anything is still to be sent, which what is removed would be needed
    for, and where the ledger knows nobody of this key and name."""
    if view.open_claims:
        raise SharekitError(
            "an announcement is not finished, so the ledger cannot be rewritten",
            hint="Finish it with sharekit announce --pending, or give it up with --drop KEY.",
        )
    entries, deliveries = view.entries(), view.deliveries()
    renamed = _names_without_person(entries, person)
    changes, marks = _marks(deliveries, person, renamed)
    paths = [path for path in view.tree.paths if _may_name(path)]
    texts = view.tree.load(paths)
    cleaner = _Cleaner(person, tuple(sorted(set(names), key=len, reverse=True)), renamed)
    mentions = 0
    for path in sorted(paths):
        text, place = cleaner.text(texts[path]), cleaner.path(path)
        if (place, text) != (path, texts[path]):
            mentions += 1
            changes |= {path: None, place: text}
    if not marks and not mentions:
        raise SharekitError(
            f"the ledger has nobody called {person}",
            hint="Write the key that they have, or had, in [people], or their name as git spells it.",
        )
    return Forgotten(changes, marks, mentions)


def _names_without_person(entries: Iterable[LedgerEntry], person: str) -> dict[str, str]:
    """Threads and keys of mails about many revisions of one owner, which begin with their key."""
    renamed: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "bundle" and entry.thread.startswith(f"{person}."):
            for name in (entry.thread, entry.key):
                renamed[name] = f"{FORGOTTEN}{name.removeprefix(person)}"
    return renamed


def _marks(
    deliveries: Iterable[Delivery], person: str, renamed: Mapping[str, str]
) -> tuple[Changes, int]:
    """Records under new keys, those of this person without what recognises their mailbox."""
    changes: Changes = {}
    all_deliveries = list(deliveries)
    marked = {(delivery.key, delivery.recipient) for delivery in all_deliveries}
    marks = 0
    for delivery in all_deliveries:
        key = renamed.get(delivery.key, delivery.key)
        theirs = person in (delivery.recipient, delivery.person)
        if not theirs and key == delivery.key:
            continue
        rewritten = replace(delivery, key=key)
        if theirs:
            marks += 1
            number = 1
            while (delivery.key, f"{FORGOTTEN}-{number}") in marked:
                number += 1
            status = "left" if delivery.status in OPEN else delivery.status
            rewritten = replace(
                rewritten, recipient=f"{FORGOTTEN}-{number}", status=status, sha256="", mailbox=""
            )
            rewritten = replace(rewritten, person="")
        changes |= dict.fromkeys(delivery_files([delivery])) | delivery_files([rewritten])
    return changes, marks


def _may_name(path: str) -> bool:
    """Whether a file may name people; what was published of numbers does not."""
    return not path.startswith("sent/") and not path.endswith("/published.json")


class _Cleaner(Struct, frozen=True):
    person: str
    names: tuple[str, ...]
    renamed: Mapping[str, str]

    def path(self, path: str) -> str:
        folder, _, name = path.partition("/")
        for old, new in self.renamed.items():
            if name == f"{file_name(old)}.json":
                return f"{folder}/{file_name(new)}.json"
        return path

    def text(self, text: str) -> str:
        document = read_json(text)
        cleaned = self._value(document)
        return text if cleaned == document else ledger_text(cleaned)

    def _value(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self._value(entry, name) for name, entry in value.items()}
        if isinstance(value, list):
            removed_person = self.person if key in _LISTS else None
            return [
                self._value(entry)
                for entry in value
                if removed_person is None or entry != removed_person
            ]
        if not isinstance(value, str):
            return value
        if key == "owner" and value == self.person:
            return None
        value = self.renamed.get(value, value)
        for name in self.names:
            value = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", SOMEBODY, value)
        return value
