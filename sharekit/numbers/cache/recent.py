"""What was read lately, kept in memory."""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by key, of this build and the one before: what a whole build does not ask for is
    dropped, so that a process which builds all day does not grow."""

    def __init__(self) -> None:
        self._now: dict[str, Value] = {}
        self._before: dict[str, Value] = {}

    def get(self, key: str) -> Value | None:
        value = self._now.get(key)
        if value is None and key in self._before:
            value = self._now[key] = self._before.pop(key)
        return value

    def put(self, key: str, value: Value) -> None:
        self._now[key] = value

    def end_build(self) -> None:
        """What was asked for until now is of the build before."""
        self._now, self._before = {}, self._now
