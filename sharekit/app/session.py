"""What one run of the command line has to do with the world: project, clock, terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from sharekit.errors import SharekitError
from sharekit.project.days import written_day
from sharekit.records import replace

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sharekit.app.inputs import ProjectInputs
    from sharekit.engines.duckdb.engine import DuckDBEngine
    from sharekit.history import History, NoHistory, PastTexts
    from sharekit.project.manifest import Manifest
    from sharekit.terminal.screen import Terminal


class Switches(Struct):
    """Options that stand before or after the command's name."""

    project: Path | None = None
    plain: bool = False
    debug: bool = False


class Session(Struct, frozen=True, dict=True):
    """What one run of the command line has to do with the world: where it stands, what time it is,
    who listens."""

    cwd: Path
    environ: Mapping[str, str]
    clock: Callable[[], datetime]
    """Now, with its offset; asked once, and only where a project names no date of its own."""
    switches: Switches
    wait: Callable[[float], None] = time.sleep
    """Lets seconds pass: between two tries to send a mail, say."""
    texts: PastTexts | None = None
    """What is read of the past, where one command reads the project again and again."""

    @cached_property
    def terminal(self) -> Terminal:
        from sharekit.terminal.screen import Terminal

        return Terminal(sys.stdout, sys.stderr, self.environ, plain=self.switches.plain)

    @cached_property
    def project(self) -> ProjectInputs:
        """The project to work on. Raises SharekitError where there is none."""
        from sharekit.app.inputs import find_project, refuse_committed_cache

        project_inputs = find_project((self.switches.project or self.cwd).absolute())
        refuse_committed_cache(project_inputs)
        return project_inputs

    @cached_property
    def history(self) -> History | NoHistory:
        """The project's past, opened once for all that a command asks of it."""
        from sharekit.history import open_history

        return open_history(self.project.root, self.environ, self.texts)

    def require_history(self) -> History:
        """The project's past. Raises SharekitError where git does not have it."""
        from sharekit.history import NoHistory

        if isinstance(self.history, NoHistory):
            raise SharekitError(self.history.reason, hint=self.history.hint)
        return self.history

    @cached_property
    def commit(self) -> str | None:
        """The commit that pages name: the one that is checked out; None without git, and before the
        first one."""
        from sharekit.history import NoHistory

        return None if isinstance(self.history, NoHistory) else self.history.head

    def engine(self, manifest: Manifest, as_of: date) -> DuckDBEngine:
        """The engine over a project, its loaded sources kept in the project's cache folder; a
        context manager."""
        from sharekit.app.inputs import CACHE
        from sharekit.engines.duckdb.engine import open_duckdb

        with self.terminal.progress() as tell:
            tell("Reading the sources")
            return open_duckdb(manifest, as_of=as_of, cache_dir=self.project.root / CACHE)

    def at(self, folder: Path) -> Session:
        """The same run, for the project in another folder."""
        return replace(self, switches=replace(self.switches, project=folder))

    def as_of(self, option: date | None) -> date:
        """The date numbers are of: the option, else [project] as_of, else today where the project
        is."""
        project = self.project  # a folder without one is said first
        return project_day(project, self.clock) if option is None else option


def project_day(project: ProjectInputs, clock: Callable[[], datetime]) -> date:
    """The date that a project's numbers are of by itself: [project] as_of, else today where it
    is."""
    declared = project.setting("project", "as_of")
    with suppress(ValueError):  # a date in quotes means the same; check reports what is none
        if isinstance(declared, date | str):
            return written_day(str(declared))
    return clock().astimezone(_timezone(project)).date()


def _timezone(project: ProjectInputs) -> ZoneInfo:
    """The project's time zone; UTC where it is not written or not known, which check reports."""
    from zoneinfo import ZoneInfo

    name = project.setting("project", "timezone")
    try:
        return ZoneInfo(name if isinstance(name, str) else "UTC")
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return ZoneInfo("UTC")
