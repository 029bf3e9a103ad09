"""What builds of a project know from earlier ones."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from msgspec import Struct

from sharekit.app.inputs import software_version
from sharekit.app.page_cache import FolderPageCache, PageCounts
from sharekit.checks.facts_cache import FactsCache
from sharekit.numbers.cache import Cache
from sharekit.revisions.comparison_cache import KnownComparisons
from sharekit.revisions.history_log_store import FolderHistoryLogs


class Caches(Struct, frozen=True, dict=True):
    """All that is remembered below a project's cache folder, each part opened when it is first
    asked for. A process that builds again and again hands on the same ones: what they read is then
    at hand. Without a folder nothing outlasts them, and neither results nor pages are
    remembered."""

    folder: Path | None = None
    at_hand: bool = False
    """Whether drawn pages stay in memory too: fifty megabytes for a thousand."""

    @cached_property
    def query_facts(self) -> FactsCache:
        return FactsCache(self.folder)

    @cached_property
    def results(self) -> Cache | None:
        return None if self.folder is None else Cache(self.folder)

    @cached_property
    def comparisons(self) -> KnownComparisons:
        return KnownComparisons(self.folder)

    @cached_property
    def pages(self) -> FolderPageCache | None:
        return (
            None
            if self.folder is None
            else FolderPageCache(self.folder, self._version, at_hand=self.at_hand)
        )

    @cached_property
    def history_logs(self) -> FolderHistoryLogs:
        return FolderHistoryLogs(self.folder, lambda: self._version)

    @cached_property
    def _version(self) -> str:
        return software_version()

    def end_build(self) -> PageCounts | None:
        """Drop what this build did not need. Returns what it did with pages, where they are
        remembered."""
        self.query_facts.end_build()
        if self.results is not None:
            self.results.end_build()
        return None if self.pages is None else self.pages.end_build()
