"""Sources that are not in the project: fetched into a folder of copies, once for each content, and
read from there.

Runs in the caller's process, which has the environment with its secrets; what reads the copies has
neither network nor environment. A copy is named by its content. What is out of reach is taken from
the last good copy, and said to be so."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from sharekit.engines.ceiling import or_raise
from sharekit.files.globs import folder_before_glob
from sharekit.files.sharekit_folders import (
    own_folder,
    read_own_record,
    replace_own,
    write_own_record,
)
from sharekit.project.manifest import Source
from sharekit.project.shapes import LAKE_STORES

STARTED = time.time()
"""When this process began: what was asked since is not asked again within SOON, so that one build
sees one state."""
SOON = 60.0
AT_ONCE = 4
"""How many sources are asked at the same time."""
_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}


class Unreadable(Exception):  # noqa: N818  told as SourceInfo.error
    """Why a source cannot be read, in plain words, and what to do about it."""

    def __init__(self, message: str, hint: str | None = None, *, outside: bool = False) -> None:
        super().__init__(message)
        self.hint = hint
        self.outside = outside
        """Whether trying again may help."""


class FetchedSource(Struct, frozen=True):
    """A source's files, here."""

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    """What people call them: their paths at the address."""
    stale: str | None = None
    """Why they are those of an earlier day."""


class LastAnswer(Struct, frozen=True):
    """What is remembered of the last good answer."""

    files: tuple[tuple[str, str], ...]
    """Name at the address, and name of the copy."""
    asked: float
    """When it was fetched or found unchanged, in seconds since 1970."""
    tags: Mapping[str, str]
    """What the server needs to tell whether something changed: ETag, Last-Modified, by name."""


class Fetcher:
    """Fetches into a folder. `environ` holds addresses and tokens; `now` tells how old a copy is;
    `root` is the project's folder. `at`: the end of the as-of day where that has passed, for tables
    that know what they were then."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        now: Callable[[], float],
        root: Path = Path(),
        at: datetime | None = None,
    ) -> None:
        self.folder = folder
        self.environ = environ
        self.now = now
        self.root = root
        self.at = at

    def get(self, source: Source) -> FetchedSource:
        """The source's files as they are now, else the last good copy. Raises Unreadable."""
        answer = self._last_answer(source)
        if answer is not None and self._young(answer, source.config.keep):
            return self._fetched(answer, None)
        try:
            web_answer = self._ask(source, answer)
        except Unreadable as reason:
            if answer is None or not reason.outside:
                raise
            day = datetime.fromtimestamp(answer.asked, UTC)
            stale = f"its rows are those of {day.day} {day:%b %Y}, {day:%H:%M} UTC: {reason}"
            return self._fetched(answer, stale)
        self._remember(source, web_answer)
        return self._fetched(web_answer, None)

    def advice(self, source: Source) -> str:
        """What helps where it is too large."""
        return or_raise("Fetch less.", "max_mb", "sources", source.config, self.environ)

    def _ask(self, source: Source, last: LastAnswer | None) -> LastAnswer:
        if source.config.url is None:
            return self._ask_lake(source, self._local(source), last)
        address = self.secret(source.config.url, "address")
        scheme = address.partition("://")[0]
        if source.config.is_lake:
            return self._ask_lake(source, address, last)
        if scheme not in ("https", "s3", "gs", "az"):
            raise Unreadable("its address does not begin with https://, s3://, gs:// or az://")
        own_folder(self.folder)
        if scheme == "https":
            from sharekit.engines.sources import web

            return web.fetch(self, source, address, last)
        from sharekit.engines.sources import object_stores

        return object_stores.fetch(self, source, address, last)

    def _ask_lake(self, source: Source, address: str, last: LastAnswer | None) -> LastAnswer:
        from sharekit.engines.sources import lakes

        stores = LAKE_STORES[str(source.config.format)]
        if source.config.url is not None and address.partition("://")[0] not in stores:
            schemes = " and ".join(f"{scheme}://" for scheme in stores)
            raise Unreadable(f"{source.config.format} tables are read at {schemes}")
        own_folder(self.folder)
        return lakes.fetch(self, source, address, last)

    def _local(self, source: Source) -> str:
        """A table's folder in the project. Raises Unreadable where a link leads out of it."""
        if not source.paths:
            raise Unreadable(f"there is no folder {source.config.path}")
        root = Path(os.path.realpath(self.root))
        folder = root / folder_before_glob(f"{source.config.path}/**")
        for path in (folder, *folder.rglob("*")):
            if Path(os.path.realpath(path)) != path:
                raise Unreadable(f"{source.config.path} holds a link; put the file itself there")
        return str(folder)

    def secret(self, text: str, what: str) -> str:
        """A value, read from the environment where it says env:NAME. Raises Unreadable where it is
        not there."""
        if not text.startswith("env:"):
            return text
        name = text.removeprefix("env:")
        value = self.environ.get(name, "").strip()
        if not value:
            raise Unreadable(
                f"its {what} is in the variable {name}, which is not set",
                f"Set {name} where sharekit runs.",
                outside=True,
            )
        if not re.fullmatch(r"[!-~]+", value):
            raise Unreadable(
                f"the variable {name} holds characters that no {what} has",
                f"Set {name} again.",
            )
        return value

    # -- copies
    # --------------------------------------------------------------------------------------------

    def keep(self, data: Path, ending: str) -> str:
        """Move a fetched file among the copies, under the hash of its content; returns its name
        there."""
        with data.open("rb") as stream:
            name = hashlib.file_digest(stream, "sha256").hexdigest()[:40] + ending
        replace_own(data, self.folder / name)
        return name

    def part(self) -> Path:
        """A fresh file to write to."""
        return self.folder / f"{os.getpid()}-{os.urandom(6).hex()}.part"

    def _memory(self, source: Source) -> Path:
        config = source.config
        request: list[object] = [config.url, config.format, config.bearer]
        if config.is_lake:
            request += [
                config.path,
                config.table,
                config.snapshot,
                self.at.isoformat() if self.at else None,
            ]
        return (
            self.folder
            / f"{hashlib.sha256(json.dumps([source.id, request]).encode()).hexdigest()[:40]}.json"
        )

    def _last_answer(self, source: Source) -> LastAnswer | None:
        """The last good copy, where all of it is there."""
        answer = read_own_record(self._memory(source), LastAnswer)
        if answer is None or not answer.files:
            return None
        is_complete = all(
            _is_plain(copy) and (self.folder / copy).is_file() for _, copy in answer.files
        )
        return answer if is_complete else None

    def _remember(self, source: Source, answer: LastAnswer) -> None:
        before = self._last_answer(source)
        write_own_record(self._memory(source), answer)
        self._forget({copy for _, copy in before.files} if before else set())

    def _forget(self, names: set[str]) -> None:
        """Remove copies that no source's memory names any more."""
        if not names:
            return
        used_names: set[str] = set()
        for memory in self.folder.glob("*.json"):
            if answer := read_own_record(memory, LastAnswer):
                used_names.update(copy for _, copy in answer.files)
        for name in names - used_names:
            with suppress(OSError):
                (self.folder / name).unlink()

    def _young(self, last: LastAnswer, keep: str | None) -> bool:
        age = self.now() - last.asked
        if last.asked >= STARTED and 0 <= age < SOON:
            return True
        if keep is None or age < 0:
            return False
        count, unit = keep.split()
        return age < int(count) * _UNITS[unit.rstrip("s")]

    def _fetched(self, copy: LastAnswer, stale: str | None) -> FetchedSource:
        paths = tuple(Path(os.path.realpath(self.folder / file)) for _, file in copy.files)
        return FetchedSource(paths, tuple(name for name, _ in copy.files), stale)


def end_of_past_day(day: date, timezone: str, now: float) -> datetime | None:
    """When a day ended; None where it has not."""
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(timezone))
    return end.astimezone(UTC) if end.timestamp() <= now else None


def fetch_all(sources: Iterable[Source], fetcher: Fetcher) -> dict[str, FetchedSource | Unreadable]:
    """The files of every source that has an address, or why there are none; several are asked side
    by side."""
    fetched_sources = [
        source for source in sources if source.config.url is not None or source.config.is_lake
    ]
    if not fetched_sources:
        return {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(
            zip(
                (source.id for source in fetched_sources),
                pool.map(lambda source: _fetched_or_reason(fetcher, source), fetched_sources),
                strict=True,
            )
        )


def _fetched_or_reason(fetcher: Fetcher, source: Source) -> FetchedSource | Unreadable:
    try:
        return fetcher.get(source)
    except Unreadable as reason:
        return reason
    except OSError as error:
        return Unreadable(f"its copy cannot be written: {error.strerror or 'the disk refused it'}")


def _is_plain(name: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{40}[a-z0-9.]{0,16}", name) is not None


def response_tags(tags: Mapping[str, Any]) -> dict[str, str]:
    """Only those tags that a server gave."""
    return {key: str(value) for key, value in tags.items() if value}
