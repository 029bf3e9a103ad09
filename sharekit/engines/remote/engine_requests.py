"""One engine: guard, ask, keep, and say what went wrong at its place."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from threading import Event
from typing import Any

from msgspec import Struct, convert

from sharekit.engines import Extract
from sharekit.engines.ceiling import or_raise
from sharekit.engines.duckdb.wire import Message
from sharekit.engines.remote.adapter import read_address, unique_names
from sharekit.engines.remote.column_hints import Columns, column_hint, columns_of
from sharekit.engines.remote.extract_days import DaysQuestion, days_question, is_for_days, with_days
from sharekit.engines.remote.guard import EngineRules, GuardedQuery
from sharekit.engines.remote.process import EngineJob, EngineProcess, environment
from sharekit.engines.remote.registry import SCHEMES
from sharekit.engines.remote.result_store import ResultStore, StoredResult, key_of
from sharekit.errors import OutsideError, QueryError, QueryFault
from sharekit.numbers.results import Column, SourceInfo
from sharekit.project.manifest import Metric, View
from sharekit.project.shapes import EngineConfig
from sharekit.records import replace

_FIXES: Mapping[str, str] = {
    "unknown-table": "Write schema.table as the engine names it, and check that its role may see it.",
    "refused": "Ask the keeper to grant its role SELECT on what `allow` names, or read another table.",
}
"""What to do about a fault where the engine says nothing of that."""
_TOO_MUCH = (
    "Run it again. If it ends so again, it may need more memory than the engine has: read fewer days"
    " at once, add up there in a table of its own first, or give the engine more."
)
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


class ExtractTable(Struct, frozen=True):
    """Where an extract's rows are: a table of a DuckDB file."""

    file: Path
    table: str


class FetchedExtract(Struct, frozen=True):
    """An extract, and the table that holds its rows."""

    extract: Extract
    place: ExtractTable | None = None


class EngineRequests:
    """One engine, asked for its part."""

    def __init__(
        self,
        name: str,
        config: EngineConfig,
        as_of: date,
        timezone: str,
        environ: Mapping[str, str],
        store: ResultStore,
        duckdb: str,
        stop: Event,
    ) -> None:
        """`stop`: whoever waits for this engine meets StoppedError soon after it is set."""
        self._name = name
        self._config = config
        self._as_of = as_of
        self._timezone = timezone
        self._store = store
        self._duckdb = duckdb
        self._environ = environ
        self._variable = config.url.removeprefix("env:")
        self._times: Mapping[str, str | None] = {}
        """Declared columns of time, by metric."""
        self._folder = tempfile.TemporaryDirectory(prefix="sharekit-engine-", dir=store.folder)
        self._part = Path(self._folder.name, "rows.duckdb")
        try:
            self._address = read_address(self._variable, environ, timezone)
        except OutsideError:
            self.close()
            raise
        self._fence = EngineRules(
            name, config.dialect, tuple(config.allow), tuple(config.functions)
        )
        self._process = EngineProcess(self._setup(), environment(self._variable, environ), stop)

    def close(self) -> None:
        if hasattr(self, "_process"):
            self._process.close()
        self._folder.cleanup()

    def _setup(self) -> Message:
        return {
            "variable": self._variable,
            "dialect": self._config.dialect,
            "allow": list(self._config.allow),
            "setup": list(self._config.setup),
            "seconds": self._config.seconds,
            "max_rows": self._config.max_rows,
            "jobs": self._config.jobs,
            "as_of": self._as_of.isoformat(),
            "timezone": self._timezone,
            "folder": self._folder.name,
            "target": str(self._part),
        }

    # -- results
    # -------------------------------------------------------------------------------------------

    def ask(
        self, items: Sequence[Metric | View], *, refresh: bool = True, fresh: bool = False
    ) -> tuple[dict[str, FetchedExtract], dict[str, StoredResult]]:
        """Extracts by id, and what is to be remembered by key. Raises OutsideError where there is
        no process."""
        extracts: dict[str, FetchedExtract] = {}
        guarded_queries: dict[str, GuardedQuery] = {}
        self._times = {item.id: item.front.time for item in items if isinstance(item, Metric)}
        for item in items:
            try:
                guarded_queries[item.id] = self._fence.guarded(item.sql.text, self._as_of)
            except QueryError as error:
                extracts[item.id] = failed_extract(item.id, error)
        days = self._days(items, guarded_queries)
        extracts |= self._guard_days(days, guarded_queries)
        keys = {
            item: self._key(guarded_query.sent.text)
            for item, guarded_query in guarded_queries.items()
        }
        version, doubt = self._version() if guarded_queries else (None, None)
        at_hand = {} if fresh else self._at_hand(guarded_queries, keys, version, refresh)
        extracts |= {item: self._from(item, stored) for item, stored in at_hand.items()}
        waiting = {item: query for item, query in guarded_queries.items() if item not in at_hand}
        new_answers, failed = self._fetch(waiting)
        remembered = {
            keys[item]: stored_result
            for item, stored_result in self._store_rows(new_answers, version).items()
        }
        extracts |= {item: self._from(item, remembered[keys[item]]) for item in new_answers}
        # Only now that the rows are safe: whoever hangs is killed with what it holds.
        columns = self._columns(
            guarded_queries[job.request["id"]] for job in failed if _lacks_column(job)
        )
        for job in failed:
            item = job.request["id"]
            extracts[item] = failed_extract(item, self._error(job, guarded_queries[item], columns))
        return _doubted(self._with_days(extracts, days), doubt), remembered

    def _days(
        self, items: Iterable[Metric | View], guarded_queries: Mapping[str, GuardedQuery]
    ) -> dict[str, DaysQuestion]:
        """What is to be asked about the days of these, by item."""
        dialect = self._config.dialect
        return {
            item.id: question
            for item in items
            if item.id in guarded_queries
            and (question := days_question(item, guarded_queries[item.id].sent.text, dialect))
        }

    def _guard_days(
        self, days: Mapping[str, DaysQuestion], guarded_queries: dict[str, GuardedQuery]
    ) -> dict[str, FetchedExtract]:
        """Add the queries for days, judged like all others; what the guard does not let through is
        returned as failed."""
        refused = {}
        for request, sql in (
            query for question in days.values() for query in question.queries.items()
        ):
            try:
                guarded_queries[request] = self._fence.guarded(sql, self._as_of)
            except QueryError as error:
                refused[request] = failed_extract(request, error)
        return refused

    def _with_days(
        self,
        extracts: Mapping[str, FetchedExtract],
        days: Mapping[str, DaysQuestion],
    ) -> dict[str, FetchedExtract]:
        """The extracts of items, with what is known of their days."""
        answers = {name: fetched.extract for name, fetched in extracts.items() if is_for_days(name)}
        item_extracts = {}
        for name, fetched in extracts.items():
            if name in answers:
                continue
            extract = with_days(fetched.extract, days.get(name), answers, self._as_of)
            item_extracts[name] = replace(fetched, extract=extract)
        return item_extracts

    def _at_hand(
        self,
        guarded_queries: Mapping[str, GuardedQuery],
        keys: Mapping[str, str],
        version: str | None,
        refresh: bool,
    ) -> dict[str, StoredResult]:
        """Results of earlier runs that spare the query."""
        right = {
            item: stored_result
            for item, key in keys.items()
            if (stored_result := self._still_right(key, version))
        }
        if refresh:
            return right
        to_describe = {
            item: (guarded_queries[item].sent.text, stored_result)
            for item, key in keys.items()
            if item not in right and (stored_result := self._store.get(key))
        }
        return right | self._still_valid(to_describe)

    def _fetch(
        self, guarded_queries: Mapping[str, GuardedQuery]
    ) -> tuple[dict[str, Message], list[EngineJob]]:
        """Run these: what came of each, and the jobs that failed."""
        new_answers: dict[str, Message] = {}
        failed: list[EngineJob] = []
        for job in self._process.run(
            self._request(item, query) for item, query in guarded_queries.items()
        ):
            if job.answer is not None and "fingerprint" in job.answer:
                new_answers[job.request["id"]] = job.answer
            else:
                failed.append(job)
        return new_answers, failed

    def _still_valid(
        self, without_columns: Mapping[str, tuple[str, StoredResult]]
    ) -> dict[str, StoredResult]:
        """Those of these results whose query the engine would still run, with the same columns."""
        jobs = self._process.run(
            {"op": "describe", "id": item, "sql": sql} for item, (sql, _) in without_columns.items()
        )
        described = {
            job.request["id"]: unique_names(name for name, _ in job.answer["columns"])
            for job in jobs
            if job.answer is not None and "columns" in job.answer
        }
        return {
            item: stored_result
            for item, (_, stored_result) in without_columns.items()
            if described.get(item) == [name for name, _, _ in stored_result.columns]
        }

    def _key(self, text: str) -> str:
        vendor = SCHEMES.get(self._address.scheme)
        driver = _version_of(vendor.package) if vendor and vendor.package else None
        config = self._config
        return key_of(
            " ".join(text.split()), self._as_of, self._timezone, self._name, config.dialect,
            self._address.where, driver, self._duckdb, list(config.setup), config.max_rows,
        )  # fmt: skip

    def _version(self) -> tuple[str | None, QueryError | None]:
        """What the keeper's `version` says today, and why it says nothing. It is judged as any
        other query before it is sent; an engine out of reach is told by its queries."""
        if self._config.version is None:
            return None, None
        try:
            query = self._fence.guarded(self._config.version, self._as_of)
        except QueryError as error:
            return None, error
        (job,) = self._process.run([{"op": "value", "id": "version", "sql": query.sent.text}])
        if job.answer is not None and "value" in job.answer:
            return str(job.answer["value"]), None
        doubt = self._error(job, query, self._columns([query] if _lacks_column(job) else []))
        return None, None if doubt.outside else doubt

    def _still_right(self, key: str, version: str | None) -> StoredResult | None:
        stored_result = self._store.get(key)
        if stored_result is None:
            return None
        if version is not None:
            return stored_result if stored_result.version == version else None
        seconds = keep_seconds(self._config.keep)
        return (
            stored_result
            if seconds is not None and 0 <= time.time() - stored_result.asked < seconds
            else None
        )

    def _request(self, item: str, query: GuardedQuery) -> Message:
        before, after = row_limit_wrapper(self._config.max_rows + 1)
        return {
            "op": "fetch",
            "id": item,
            "sql": query.sent.text,
            "ordered": query.ordered,
            "before": before,
            "after": after,
            "are_days": is_for_days(item),
        }

    def _store_rows(
        self, new_answers: Mapping[str, Message], version: str | None
    ) -> dict[str, StoredResult]:
        """Close the file of fresh rows and take it in."""
        if not new_answers:
            return {}
        self._process.finish()
        self._process.close()
        prints = [(item, answer["fingerprint"]) for item, answer in new_answers.items()]
        file = self._store.place(self._part, prints, self._duckdb)
        now, size = time.time(), file.stat().st_size
        return {
            item: convert(
                {
                    **answer,
                    "file": file.name,
                    "size": size,
                    "table": item,
                    "asked": now,
                    "version": version,
                },
                StoredResult,
            )
            for item, answer in new_answers.items()
        }

    def _from(self, item: str, stored_result: StoredResult) -> FetchedExtract:
        columns = tuple(Column(name, kind, ours) for name, kind, ours in stored_result.columns)  # type: ignore[arg-type]
        dated = [column.name for column in columns if column.kind in ("date", "timestamp")]
        declared = (self._times.get(item) or "").lower()
        column = next((name for name in dated if name.lower() == declared), next(iter(dated), None))
        info = SourceInfo(
            item,
            columns,
            stored_result.count,
            stored_result.fingerprint,
            _day(stored_result.latest, column),
            rhythms={
                name: rhythm for name, rhythm in stored_result.rhythms.items() if rhythm is not None
            },
            time=column,
        )
        return FetchedExtract(
            Extract(info),
            ExtractTable(self._store.folder / stored_result.file, stored_result.table),
        )

    # -- errors
    # --------------------------------------------------------------------------------------------

    def _columns(self, queries: Iterable[GuardedQuery]) -> Columns:
        """What the tables of these queries have; asked only where a column is missed."""
        tables = [table for query in queries for table in query.tables]
        return columns_of(self._process, tables, self._config.dialect) if tables else {}

    def _or_raise(self, advice: str, key: str) -> str:
        return or_raise(advice, key, f"engines.{self._name}", self._config, self._environ)

    def _error(self, job: EngineJob, query: GuardedQuery, columns: Columns) -> QueryError:
        error: dict[str, Any] = (job.answer or {}).get("error") or {}
        kind: QueryFault = error.get("kind", "failed")
        if job.killed:
            limit = f"{self._config.seconds:g} seconds"
            why = f"it did not answer within {limit}, nor when it was asked to stop"
            hint = "Is it up? If the query is too much for it, aggregate or filter more there."
            return unreachable(self._name, why, hint)
        if error.get("outside"):
            why, advice = str(error.get("message")), error.get("hint")
            if job.connected:
                return _lost_query_error(self._name, why, advice)
            check = (
                f"Is it up, and is what {self._variable} says about host, user and password right?"
            )
            return unreachable(self._name, why, advice or check)
        if kind == "timeout":
            hint = self._or_raise("Aggregate or filter more there.", "seconds")
            message = (
                f"the query took longer than {self._config.seconds:g} seconds in {self._name} and"
                " was stopped"
            )
            return QueryError(message, fault="timeout", hint=hint)
        if kind == "too-many-rows":
            advice = "Aggregate there, so that only the small result comes here."
            hint = self._or_raise(advice, "max_rows")
            message = f"the query returns more than {self._config.max_rows:,} rows"
            return QueryError(message, fault="too-many-rows", hint=hint)
        line, column, length = _spot(error, query)
        message = str(error.get("message") or "it failed")
        if not error.get("ours"):
            message = f"{self._name} says: {message}"
        column_suggestion = column_hint(error, query, columns) if _lacks_column(job) else None
        return QueryError(
            message,
            fault=kind,
            line=line,
            column=column,
            length=length,
            hint=column_suggestion or error.get("hint") or _FIXES.get(kind),
        )


def _day(days: Mapping[str, str | None], column: str | None) -> date | None:
    written = days.get(column) if column else None
    return None if written is None else date.fromisoformat(written)


def _lacks_column(job: EngineJob) -> bool:
    return ((job.answer or {}).get("error") or {}).get("kind") == "unknown-column"


def _spot(error: Mapping[str, Any], query: GuardedQuery) -> tuple[int | None, int | None, int]:
    """Line, column and length in the owner's text, as far as the server names a place."""
    sent = query.sent
    offset = error.get("offset")
    if offset is None and error.get("line"):
        offset = sent.at_line(int(error["line"]), error.get("column"))
        if error.get("column") is None:
            return sent.place(offset)[0], None, 1
    near = error.get("near")
    if offset is None and near:
        offset = sent.find(str(near))
    return (None, None, 1) if offset is None else (*sent.place(int(offset)), 1)


def _doubted(
    extracts: Mapping[str, FetchedExtract], doubt: QueryError | None
) -> dict[str, FetchedExtract]:
    """These, with what went wrong beside them."""
    if doubt is None:
        return dict(extracts)
    return {
        item: replace(fetched, extract=replace(fetched.extract, doubt=doubt))
        for item, fetched in extracts.items()
    }


def failed_extract(item: str, error: QueryError) -> FetchedExtract:
    """An item without rows."""
    return FetchedExtract(Extract(SourceInfo(item, error=error.message), error))


def unreachable(engine: str, why: str, hint: str | None) -> QueryError:
    """What is said about every item of an engine that nobody could ask."""
    return QueryError(
        f"the engine {engine} cannot be asked", fault="outside", hint=_with_reason(why, hint)
    )


def _lost_query_error(engine: str, why: str, hint: str | None) -> QueryError:
    """What is said about a query during which the engine, or the way to it, was lost."""
    return QueryError(
        f"the engine {engine} did not finish this query",
        fault="unfinished",
        hint=_with_reason(why, hint or _TOO_MUCH),
    )


def _with_reason(why: str, hint: str | None) -> str | None:
    """What a driver says names hosts and users: that is for the terminal, while a message stands on
    pages."""
    reason = f"{why.rstrip('.?')}." if why else ""
    reason = reason[:1].upper() + reason[1:]
    return " ".join(part for part in (reason, hint) if part) or None


def row_limit_wrapper(rows: int) -> tuple[str, str]:
    """What stands around a query of which no more rows than this are wanted."""
    return "SELECT * FROM (\n", f"\n) AS sharekit_rows LIMIT {rows}"


def keep_seconds(keep: str | None) -> float | None:
    """Seconds of "6 hours"; None where it is not said."""
    if keep is None:
        return None
    count, unit = keep.split()
    return float(int(count) * _SECONDS[unit.removesuffix("s")])


def _version_of(package: str) -> str | None:
    try:
        return installed_version(package)
    except PackageNotFoundError:
        return None
