"""One document of the ledger, read by key. Others may have written it: each value is of the type that is asked for, or
the ledger is damaged there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NoReturn

from msgspec import Struct

from sharekit.errors import SharekitError
from sharekit.project.days import FIRST, LAST, written_day

_LARGEST = 10**9
"""No ledger has so many states."""


def damaged(path: str) -> SharekitError:
    """What to raise of a document that is missing or is none."""
    return SharekitError(
        f"the ledger is damaged at {path}",
        hint=(
            "git log refs/sharekit/announced shows its versions, and git push --force origin"
            " VERSION:refs/sharekit/announced brings back the last good one. Of a ledger in a file,"
            " bring back the last good copy."
        ),
    )


class Record(Struct, frozen=True):
    """A JSON document by its path. Every method raises SharekitError where the value is missing or of another type."""

    path: str
    document: Any

    def text(self, key: str, otherwise: str | None = None) -> str:
        """A text; `otherwise` where there is no such key."""
        value = self._value(key, otherwise)
        return value if isinstance(value, str) else self._fail()

    def texts(self, key: str, otherwise: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        values = self._value(key, otherwise)
        if not isinstance(values, list | tuple):
            self._fail()
        return tuple(value if isinstance(value, str) else self._fail() for value in values)

    def integer(self, key: str) -> int:
        """A number that counts something."""
        value = self._value(key)
        counts = isinstance(value, int) and not isinstance(value, bool)
        return int(value) if counts and 0 <= value < _LARGEST else self._fail()

    def moment(self, key: str) -> datetime:
        """A time with its offset."""
        try:
            moment = datetime.fromisoformat(self.text(key))
            fits = moment.utcoffset() is not None and FIRST <= moment.date() <= LAST
            return moment if fits else self._fail()
        except ValueError:
            return self._fail()

    def day(self, key: str) -> date:
        """A day of the calendar."""
        try:
            return written_day(self.text(key))
        except ValueError:
            return self._fail()

    def table(self, key: str, otherwise: Mapping[str, object] | None = None) -> Mapping[str, Any]:
        """Values by name; `otherwise` where there is no such key."""
        value = self._value(key, otherwise)
        return value if isinstance(value, dict) else self._fail()

    def records(self, key: str) -> tuple[Record, ...]:
        """A list of documents."""
        values = self._value(key)
        if not isinstance(values, list):
            self._fail()
        return tuple(Record(self.path, value) for value in values)

    def inner(self, key: str) -> Record:
        """The document below a key."""
        return Record(self.path, self.table(key))

    def mapping(self) -> Mapping[str, Any]:
        """All of it, by key."""
        return self.document if isinstance(self.document, dict) else self._fail()

    def has(self, key: str) -> bool:
        """Whether the key says anything."""
        return isinstance(self.document, dict) and self.document.get(key) is not None

    def _value(self, key: str, otherwise: object = None) -> Any:
        if not isinstance(self.document, dict):
            self._fail()
        return self.document.get(key, otherwise)

    def _fail(self) -> NoReturn:
        raise damaged(self.path)
