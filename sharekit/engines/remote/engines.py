"""All engines of a project, side by side, while whoever asks does something else.

engines = Engines(manifest, as_of, folder, environment, duckdb)
engines.begin(ids)    starts asking for these, and returns at once
engines.ask(ids)      -> an Extract for each; waits for it
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import date
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from sharekit.engines.remote.result_store import ResultStore, StoredResult
from sharekit.errors import OutsideError, QueryError
from sharekit.files.sharekit_folders import own_folder
from sharekit.project.manifest import Manifest, Metric, View

if TYPE_CHECKING:
    from sharekit.engines.remote.engine_requests import FetchedExtract

    _Answers = tuple[dict[str, FetchedExtract], dict[str, StoredResult]]
    """Extracts by id, and what is to be remembered by key."""


class Engines:
    """Asks the engines of one project. `folder` keeps results between builds. For one thread."""

    def __init__(
        self,
        manifest: Manifest,
        as_of: date,
        folder: Path,
        environ: Mapping[str, str],
        duckdb: str,
        *,
        refresh: bool = True,
        fresh: bool = False,
    ) -> None:
        self._refresh = refresh
        self._fresh = fresh
        self._configs = manifest.config.engines
        self._items = manifest.engine_items
        self._as_of = as_of
        self._timezone = manifest.config.project.timezone
        self._folder = folder
        self._environ = environ
        self._duckdb = duckdb
        self._stop = Event()
        self._threads: list[Thread] = []
        self._begun: dict[str, Future[_Answers]] = {}
        """What was asked for, by item; items of one engine may share an answer."""

    @property
    def items(self) -> frozenset[str]:
        """Ids of the views and metrics that run in an engine."""
        return frozenset(self._items)

    def begin(self, ids: Iterable[str]) -> None:
        """Start asking for those of these that were not asked for yet, every engine in a process of
        its own and all of them at once."""
        groups: dict[str, list[Metric | View]] = {}
        for name in ids:
            item = self._items[name]
            if name not in self._begun:
                groups.setdefault(item.front.engine or "", []).append(item)
        if not groups:
            return
        own_folder(self._folder)
        store = ResultStore(self._folder)
        for name, items in groups.items():
            answers = self._in_thread(partial(self._ask_engine, name, items, store))
            self._begun |= {item.id: answers for item in items}

    def ask(self, ids: Iterable[str]) -> dict[str, FetchedExtract]:
        """What came of these, and of whatever was asked for together with them."""
        names = list(ids)
        self.begin(names)
        waiting = dict.fromkeys(self._begun[item] for item in names)
        answers = [future.result() for future in waiting]
        if answers:
            remembered = {key: result for _, results in answers for key, result in results.items()}
            ResultStore(self._folder).put(remembered)
        return {item: fetched for extracts, _ in answers for item, fetched in extracts.items()}

    def close(self) -> None:
        """End whatever is still being asked for."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _in_thread(self, work: Callable[[], _Answers]) -> Future[_Answers]:
        """Work in a thread that the end of Python does not wait for: `close` ends it."""
        future: Future[_Answers] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

        thread = Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()
        return future

    def _ask_engine(
        self, name: str, items: Sequence[Metric | View], store: ResultStore
    ) -> _Answers:
        # loads sqlglot, which projects without engines do not need
        from sharekit.engines.remote.engine_requests import (
            EngineRequests,
            failed_extract,
            unreachable,
        )

        config = self._configs.get(name)
        if config is None:
            error = QueryError(
                f"there is no engine `{name}`", hint=f"Declare [engines.{name}] in sharekit.toml."
            )
            return {item.id: failed_extract(item.id, error) for item in items}, {}
        try:
            asking = EngineRequests(
                name,
                config,
                self._as_of,
                self._timezone,
                self._environ,
                store,
                self._duckdb,
                self._stop,
            )
            try:
                return asking.ask(items, refresh=self._refresh, fresh=self._fresh)
            finally:
                asking.close()
        except OutsideError as error:
            return {
                item.id: failed_extract(item.id, unreachable(name, error.message, error.hint))
                for item in items
            }, {}
