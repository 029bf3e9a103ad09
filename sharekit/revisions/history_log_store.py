"""Logs of history in a project's cache folder: what an earlier build found in the commits is read,
not worked out again.

Trusted as the files are, like what is known of each query's text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from sharekit.numbers.cache.pack import TextStore, open_section, text_key
from sharekit.record_json import from_text, to_text
from sharekit.revisions.history_log import HistoryLog

FORMAT = "1"
_MOST_LOGS = 2
"""That of the project as it is, and as it was before a source got another type or another file came
beside."""


class FolderHistoryLogs:
    """A HistoryLogStore below a folder. Nothing is written before `save`; without a folder it lasts
    as long as this does. `version` names the code that makes logs: those of another one are
    misses."""

    def __init__(self, folder: Path | None, version: Callable[[], str]) -> None:
        self._folder = folder
        self._version_of_code = version
        self._newest: tuple[str, HistoryLog] | None = None
        """Name and log of what was read or put last."""

    def get(self, key: str) -> HistoryLog | None:
        name = self._name(key)
        if self._newest is not None and self._newest[0] == name:
            return self._newest[1]
        text = self._texts.get(name)
        log = None if text is None else _read(text)
        if log is not None:
            self._newest = name, log
        return log

    def put(self, key: str, log: HistoryLog) -> None:
        name, text = self._name(key), to_text(log)
        if _read(text) != log:
            return  # what JSON cannot say is worked out in each build
        self._newest = name, log
        self._texts.put(name, text)
        for old in list(self._texts.keys())[:-_MOST_LOGS]:
            self._texts.drop(old)

    def save(self) -> None:
        """Write what is new. Never raises: without it the next build reads all commits again."""
        self._texts.save()

    @cached_property
    def _texts(self) -> TextStore:
        return open_section(self._folder, "history", lambda: FORMAT, most_bytes=128 * 1024**2)

    @cached_property
    def _version(self) -> str:
        return self._version_of_code()

    def _name(self, key: str) -> str:
        return text_key(f"{self._version} {key}")


def _read(text: str) -> HistoryLog | None:
    try:
        return from_text(text, HistoryLog)
    except ValueError:
        return None
