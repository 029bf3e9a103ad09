"""The default engine: DuckDB, in a confined process of its own (see SECURITY.md).

    open_duckdb(manifest, as_of=..., cache_dir=...)    loads the sources, and hands out an Engine
    runner.py    hands queries to the process and holds it to its limits
    process.py   starts and ends it
    worker.py    is the process; guard.py, catalog.py and walls.py work inside it

Parsing happens in that process too: DuckDB 2.0's parser can be made to crash or to run for minutes
by texts shorter than 64 KiB, so no query is ever parsed by DuckDB beside the caller's secrets."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from importlib.metadata import version as installed_version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from sharekit.engines import Extract, Query, QueryResult
from sharekit.engines.ceiling import memory_bytes, or_raise, under_ceiling
from sharekit.engines.duckdb.days_table import days_sql, first_data_day
from sharekit.engines.duckdb.error_messages import reader_message
from sharekit.engines.duckdb.guard import fold_name
from sharekit.engines.duckdb.runner import QueryJob, Runner
from sharekit.engines.duckdb.wire import Message
from sharekit.engines.duckdb.worker_replies import (
    columns_of,
    day_of,
    error_of,
    rows_of,
    seconds_of,
    text_of,
)
from sharekit.engines.remote.engines import Engines
from sharekit.engines.sources.advice import Advice
from sharekit.engines.sources.fetching import (
    FetchedSource,
    Fetcher,
    Unreadable,
    end_of_past_day,
    fetch_all,
)
from sharekit.engines.sources.loader import LOAD_SECONDS, Loaded, Loader, helpers, prune, readable
from sharekit.errors import OutsideError, QueryError, QueryFault
from sharekit.files.sharekit_folders import own_folder
from sharekit.numbers.results import Column, Rows, SourceInfo
from sharekit.project.lineage import DAYS, SCHEMA, Lineage, lineage, names_read
from sharekit.project.manifest import Manifest, Source
from sharekit.records import replace

if TYPE_CHECKING:
    from sharekit.engines.remote.engine_requests import FetchedExtract as FetchedRows

OVERHEAD = 1536 * 1024**2
"""Address space beyond [limits] memory, in bytes: libraries and the allocator's reserve, most of it
never touched."""
OVERHEAD_PER_THREAD = 128 * 1024**2
"""The same for each thread: its stack and its part of the heap."""
_LIMITS: dict[QueryFault, str] = {
    "memory": "memory",
    "timeout": "seconds",
    "too-many-rows": "max_rows",
}
"""The key of [limits] that each of these faults ran into."""
MAX_THREADS = 16
SPILL_TIMES = 4
"""Disk for sorting and joining, as a multiple of the memory limit."""
MAX_LANES = 4


def open_duckdb(
    manifest: Manifest,
    *,
    as_of: date,
    cache_dir: Path | None,
    environment: Mapping[str, str] | None = None,
    refresh: bool = True,
    fresh: bool = False,
    ahead: Iterable[str] = (),
    in_place_of: DuckDBEngine | None = None,
) -> DuckDBEngine:
    """Load the manifest's sources and hand out an engine over them, its views and its metrics.

    `cache_dir` keeps loaded sources between builds; None keeps them for this engine alone. A source
    that cannot be read has its reason in `sources()` and fails only what reads it. Raises
    OutsideError where no process can be had. `environment` holds the addresses of [engines];
    default: this process's own. `refresh`: whether these run a query of which an earlier run of
    the same day left rows; else they are asked whether they would. `fresh`: whether they run it
    even where `keep` or `version` spares it. `ahead`: items for which they are asked while the
    sources are loaded. `in_place_of`: an engine that is no longer needed; its process goes on with
    this one's work if it may read all that this one needs."""
    environ = os.environ if environment is None else environment
    return DuckDBEngine(
        manifest,
        as_of,
        cache_dir,
        environ,
        refresh=refresh,
        fresh=fresh,
        ahead=ahead,
        in_place_of=in_place_of,
    )


class DuckDBEngine:
    """An Engine (see `sharekit.engines`); a context manager, too. For one thread at a time."""

    name = "duckdb"
    dialect = "duckdb"

    def __init__(
        self,
        manifest: Manifest,
        as_of: date,
        cache_dir: Path | None,
        environment: Mapping[str, str],
        *,
        refresh: bool = True,
        fresh: bool = False,
        ahead: Iterable[str] = (),
        in_place_of: DuckDBEngine | None = None,
    ) -> None:
        self.version = installed_version("duckdb")
        manifest = under_ceiling(manifest, environment)
        self._limits = manifest.config.limits
        self._environment = environment
        self._folder, self._runner, self._turn = _worker(in_place_of)
        self._as_of = as_of
        self._manifest = manifest
        self._cache = _writable(cache_dir, "sources") or self._folder / "sources"
        self._loaded: dict[str, Loaded] = {}
        path = _writable(cache_dir, "engines") or self._folder / "engines"
        self._engines = Engines(
            manifest, as_of, path, environment, self.version, refresh=refresh, fresh=fresh
        )
        self._clean = weakref.finalize(self, _clean, self._engines, self._folder)
        self._extracts: dict[str, Extract] = {}
        try:
            self.begin(ahead)
            self._loaded = self._load(manifest.sources)
            self._runner.begin(self._setup(), self._limits.seconds, self._reload)
            prune(
                self._cache,
                [
                    loaded_source.file
                    for loaded_source in self._loaded.values()
                    if loaded_source.file is not None
                ],
            )
            for name, loaded in self._loaded.items():
                if loaded.undated is not None:
                    self._loaded[name] = self._with_last_day(loaded)
        except BaseException:
            self.close()
            raise

    # -- the contract
    # ---------------------------------------------------------------------------------------

    def sources(self) -> Mapping[str, SourceInfo]:
        return {name: loaded.info for name, loaded in self._loaded.items()}

    def begin(self, items: Iterable[str]) -> None:
        self._engines.begin(item for item in items if item in self._engines.items)

    def extracts(self, items: Iterable[str]) -> Mapping[str, Extract]:
        engine_items = [item for item in dict.fromkeys(items) if item in self._engines.items]
        if missing := [item for item in engine_items if item not in self._extracts]:
            self._add_extracts(self._engines.ask(missing))
        return {item: self._extracts[item] for item in engine_items}

    def first_day(self) -> date:
        if self._has_days:
            self.extracts(self._engines.items)
        return self._first_day()

    def canonical(self, sql: str) -> str:
        return text_of(self._ask({"op": "canonical", "sql": sql}))

    def columns(self, sql: str) -> tuple[Column, ...]:
        self.extracts(self._engine_items_in([sql]))
        return columns_of(self._ask({"op": "columns", "sql": sql}))

    def query(self, sql: str) -> Rows:
        for answer in self.run([Query("query", sql)]):
            if answer.error is not None:
                raise answer.error
            if answer.rows is not None:
                return answer.rows
        raise OutsideError("the query process gave no answer")

    def run(self, queries: Sequence[Query]) -> Iterator[QueryResult]:
        self.extracts(self._engine_items_in(query.sql for query in queries))
        jobs = [self._runner.submit(self._job("query", query.sql)) for query in queries]
        try:
            for query, job in zip(queries, jobs, strict=True):
                answer = self._answer(query, self._runner.finish(job))
                job.answer = {}  # its rows are in the answer now; a thousand jobs must not hold theirs twice
                yield answer
        finally:
            self._runner.forget(jobs)

    def close(self) -> None:
        self._runner.close()
        self._clean()

    # -- beyond the contract
    # --------------------------------------------------------------------------------

    @property
    def walls(self) -> tuple[str, ...]:
        """Names of the walls that stand around the query process on this system: rlimits, landlock,
        seccomp."""
        return self._runner.process().walls

    def hand_over(self) -> tuple[Path, Runner, int]:
        """End this engine, save for its folder, its process and the number of engines that they
        served before it."""
        self._clean.detach()
        self._engines.close()
        (self._folder / "run" / self._rollups_file).unlink(missing_ok=True)
        runner, self._runner = self._runner, Runner({}, 0.0)
        return self._folder, runner, self._turn

    @property
    def pid(self) -> int:
        """Process id of the query process."""
        return self._runner.process().pid

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    # -- inside
    # ---------------------------------------------------------------------------------------------

    def _add_extracts(self, fetched: Mapping[str, FetchedRows]) -> None:
        """Results of other engines, for a query process that has them."""
        self._extracts |= {item: extract.extract for item, extract in fetched.items()}
        for item, extract in fetched.items():
            if extract.extract.error is not None:
                self._runner.setup["broken"][item] = reader_message(
                    item, extract.extract.error.message
                )
            elif extract.place is not None:
                self._runner.setup["extracts"][item] = [
                    str(extract.place.file),
                    extract.place.table,
                ]
                self._runner.setup["readable"] = [
                    *self._runner.setup["readable"],
                    str(extract.place.file),
                ]
        self._runner.setup["days"] = self._days()
        self._runner.renew()

    def _engine_items_in(self, queries: Iterable[str]) -> Iterator[str]:
        """Items of other engines that these queries read, directly or not, and that were not asked
        for yet. The table of days begins with the first day of all of them."""
        if self._engines.items <= self._extracts.keys():
            return
        words = (SCHEMA, DAYS) if self._has_days else (SCHEMA,)
        for sql in queries:
            if not any(word in sql.lower() for word in words):
                continue  # parsing takes its time
            names = names_read(sql)
            read = {name for schema, name in names if schema == SCHEMA}
            tables = {name for schema, name in names if schema != SCHEMA}
            for item in sorted(read):
                read.update(self._lineage.upstream(item))
                tables.update(self._lineage.all_sources(item))
            if self._has_days and DAYS in tables:
                yield from self._engines.items
            yield from sorted(read & self._engines.items)

    @cached_property
    def _lineage(self) -> Lineage:
        return lineage(self._manifest)

    def _load(self, sources: Mapping[str, Source], *, reload: bool = False) -> dict[str, Loaded]:
        root = Path(self._manifest.root or "/nonexistent")
        fetched = fetch_all(
            sources.values(),
            Fetcher(
                self._cache.parent / "fetched",
                self._environment,
                time.time,
                root,
                end_of_past_day(self._as_of, self._manifest.config.project.timezone, time.time()),
            ),
        )
        runner = Runner(self._loader_setup(root, sources, fetched), LOAD_SECONDS)
        loader = Loader(
            root,
            self._cache,
            runner,
            self.version,
            self._as_of,
            fetched,
            self._limits.seconds,
            self._or_raise,
            {name: self._manifest.hidden_tables(source) for name, source in sources.items()},
        )
        try:
            return {name: loader.load(source, reload=reload) for name, source in sources.items()}
        finally:
            runner.close()

    def _reload(self, names: tuple[str, ...]) -> None:
        """Sources whose cached copy turned out to be unreadable are read anew."""
        sources = {name: source for name, source in self._manifest.sources.items() if name in names}
        self._loaded |= self._load(sources, reload=True)
        self._runner.setup |= self._sources_setup()
        files = {path: None for path, _ in self._runner.setup["extracts"].values()}
        self._runner.setup["readable"] = [*self._runner.setup["readable"], *files]

    def _limit_settings(self, folder: Path) -> Message:
        """The part of a setup that says how much a process may use."""
        memory = memory_bytes(self._limits.memory)
        threads = min(MAX_THREADS, _cpus())
        return {
            "folder": str(folder),
            "memory": f"{memory // 2**20}MiB",
            "limit": self._limits.memory,
            "spill": f"{SPILL_TIMES * memory // 2**20}MiB",
            "threads": threads,
            "address_space": memory + OVERHEAD + threads * OVERHEAD_PER_THREAD,
            "as_of": self._as_of.isoformat(),
            "timezone": self._manifest.config.project.timezone,
        }

    def _loader_setup(
        self,
        root: Path,
        sources: Mapping[str, Source],
        fetched: Mapping[str, FetchedSource | Unreadable],
    ) -> Message:
        folder = self._folder / "load"
        folder.mkdir(exist_ok=True)
        return self._limit_settings(folder) | {
            "lanes": 1,
            "file_size": 2**62,
            "readable": readable(root, sources.values(), fetched),
            "prepare": helpers(sources.values()),
            "databases": {},
            "sources": [],
            "items": {},
            "rollups": [],
            "broken": {},
            "extracts": {},
            "missing": {},
            "days": None,
        }

    def _setup(self) -> Message:
        folder = self._folder / "run"
        folder.mkdir(exist_ok=True)
        limited = self._limit_settings(folder)
        return (
            limited
            | self._sources_setup()
            | {
                "lanes": min(MAX_LANES, max(2, limited["threads"])),
                "file_size": SPILL_TIMES * memory_bytes(self._limits.memory),
                "items": _items(self._manifest),
                "rollups": [
                    view.id for view in self._manifest.views.values() if view.front.materialize
                ],
                "rollups_file": self._rollups_file,
                "broken": {},
                "extracts": {},
                "days": self._days(),
            }
        )

    @property
    def _rollups_file(self) -> str:
        return f"rollups-{self._turn}.duckdb"

    @cached_property
    def _has_days(self) -> bool:
        """Whether the table of days is there: no source has its name."""
        return not any(fold_name(name) == DAYS for name in self._manifest.sources)

    def _days(self) -> str | None:
        """The SELECT of the table of days, as far as the project's data are here; None where a
        source has its name."""
        if not self._has_days:
            return None
        return days_sql(self._first_day(), self._as_of, self._manifest.config.project)

    def _first_day(self) -> date:
        infos = [*self.sources().values(), *(extract.info for extract in self._extracts.values())]
        return first_data_day(infos, self._as_of)

    def _sources_setup(self) -> Message:
        files = {
            name: str(loaded.file)
            for name, loaded in self._loaded.items()
            if loaded.file is not None
        }
        return {
            "readable": list(files.values()),
            "databases": files,
            "sources": list(self._loaded),
            "missing": {
                name: loaded.info.error
                for name, loaded in self._loaded.items()
                if loaded.info.error is not None
            },
        }

    def _with_last_day(self, loaded: Loaded) -> Loaded:
        """A source with rows after the as-of date, with the latest day before it, which only a
        query can tell."""
        try:
            answer = self._ask({"op": "until", "source": loaded.info.id, "column": loaded.undated})
            return loaded.with_day(day_of(answer), self._as_of)
        except QueryError:
            # Without it the source is only of unknown age.
            return replace(loaded, undated=None, info=replace(loaded.info, data_until=None))

    def _job(self, op: str, sql: str) -> QueryJob:
        return QueryJob(
            {"op": op, "sql": sql, "max_rows": self._limits.max_rows}, self._limits.seconds
        )

    def _answer(self, query: Query, job: QueryJob) -> QueryResult:
        answer = job.answer or {}
        seconds = seconds_of(answer, job.seconds)
        error = job.failure or error_of(query.sql, answer)
        if error is not None:
            return QueryResult(query.id, None, self._with_advice(error, query.sql), seconds)
        try:
            return QueryResult(query.id, rows_of(answer, self._limits.max_rows), None, seconds)
        except QueryError as error:
            return QueryResult(query.id, None, error, seconds)

    def _with_advice(self, error: QueryError, sql: str) -> QueryError:
        """The error with what the columns of the sources tell about it."""
        if error.fault == "failed":
            error.hint = self._advice().hint(sql, error.message) or error.hint
        elif error.fault == "syntax":
            error.hint = self._advice().in_quotes(sql) or error.hint
        elif error.fault in _LIMITS:
            error.hint = self._or_raise(error.hint or "Read less.", error.fault)
        return error

    def _or_raise(self, advice: str, fault: QueryFault) -> str:
        """The advice, and how the limit is raised that this fault ran into."""
        return or_raise(advice, _LIMITS[fault], "limits", self._limits, self._environment)

    def _advice(self) -> Advice:
        return Advice(_items(self._manifest), self.sources())

    def _ask(self, request: Message) -> Message:
        job = self._runner.finish(self._runner.submit(QueryJob(request, self._limits.seconds)))
        sql = str(request.get("sql", ""))
        error = job.failure or error_of(sql, job.answer or {})
        if error is not None:
            raise self._with_advice(error, sql)
        return job.answer or {}


def _worker(former: DuckDBEngine | None) -> tuple[Path, Runner, int]:
    """Folder and runner of a new engine, and how many engines had them before: those of one that
    ends, or new ones."""
    if former is None:
        return Path(tempfile.mkdtemp(prefix="sharekit-")), Runner({}, 0.0), 0
    folder, runner, turn = former.hand_over()
    return folder, runner, turn + 1


def _clean(engines: Engines, folder: Path) -> None:
    """End what is still asked for, and remove the files of one engine."""
    engines.close()
    shutil.rmtree(folder, ignore_errors=True)


def _items(manifest: Manifest) -> dict[str, str]:
    """SQL of all views and metrics by id."""
    return {item.id: item.sql.text for item in manifest.queries}


def _writable(cache_dir: Path | None, name: str) -> Path | None:
    """The folder for cache files; None where there is none to write to, as in a read-only
    checkout."""
    if cache_dir is None:
        return None
    folder = cache_dir / name
    try:
        own_folder(folder)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
