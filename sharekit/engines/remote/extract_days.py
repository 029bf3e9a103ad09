"""Up to which day the rows of an engine reach: what is asked for that, and what came of it.

Where a query returns days as its table has them, its rows tell. Where it makes months of them, or
leaves rows out, the table is asked: one small query a column, shared by all that read it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from sharekit.engines import Extract
from sharekit.engines.remote.period_days import PeriodDays, period_days
from sharekit.numbers.results import SourceInfo
from sharekit.project.manifest import Metric, View
from sharekit.records import replace

_PREFIX = "days of "


class DaysQuestion(Struct, frozen=True):
    """What is asked about the days of one item."""

    period: PeriodDays
    sql: str
    dialect: str
    requests: Mapping[str, str]
    """Table -> id of the request for its days; none where the item's own rows tell."""

    @property
    def queries(self) -> Mapping[str, str]:
        """Id of each request -> its query."""
        return {request: self.period.queries[table] for table, request in self.requests.items()}


def is_for_days(request: str) -> bool:
    """Whether an id is that of a request for days; no item is called so."""
    return request.startswith(_PREFIX)


def days_question(item: Metric | View, sql: str, dialect: str) -> DaysQuestion | None:
    """What to ask about the days of an item whose query is sent as `sql`; None where it has no time
    or is only a table to show."""
    if isinstance(item, View):
        period = period_days(sql, dialect)
    elif item.front.kind == "table":
        return None
    else:
        period = period_days(sql, dialect, item.front.time, item.front.dimensions)
    if period is None:
        return None
    # An extract is a source of its own: what it leaves out is not there.
    needed = period.makes_periods or (period.leaves_out and isinstance(item, Metric))
    requests = {table: _request(query) for table, query in period.queries.items()}
    return DaysQuestion(period, sql, dialect, requests if needed else {})


def _request(query: str) -> str:
    return _PREFIX + hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def with_days(
    extract: Extract, question: DaysQuestion | None, answers: Mapping[str, Extract], as_of: date
) -> Extract:
    """An extract with what is known of its days."""
    info = extract.info
    if question is None or extract.error is not None or info.time is None:
        return extract
    period: PeriodDays | None = question.period
    if question.period.name != info.time.lower():
        period = period_days(question.sql, question.dialect, info.time)
        if period is None or not period.makes_periods:
            return extract
        return _unless_rows_tell(extract, _no_column(info.time))
    if not question.requests:
        if not question.period.makes_periods:
            return extract
        return _unless_rows_tell(extract, _no_column(info.time))
    tables = []
    for table, request in question.requests.items():
        answer = answers[request]
        if answer.error is not None:
            return _unless_rows_tell(
                extract, f"its table could not be asked for its days: {answer.error.message}"
            )
        tables.append(_table(table, answer.info, as_of))
    return replace(extract, tables=tuple(tables))


def _no_column(time: str) -> str:
    return f"`{time}` cannot be traced to a column of a table"


def _unless_rows_tell(extract: Extract, why: str) -> Extract:
    """Rows of single days say themselves up to which day they reach; those of periods do not."""
    rhythm = extract.info.rhythm
    if rhythm is not None and rhythm.grain is None and rhythm.days > 2:
        return extract
    return replace(extract, days_unknown=why)


def _table(name: str, answer: SourceInfo, as_of: date) -> SourceInfo:
    """A table as a source, of which only the days are known."""
    rhythm = answer.rhythms.get("day")
    until = answer.data_until
    if rhythm is not None and rhythm.finished <= as_of:
        until = rhythm.finished
    return SourceInfo(
        name,
        rows=answer.rows,
        fingerprint=answer.fingerprint,
        data_until=until,
        rhythms={} if rhythm is None else {"day": rhythm},
        time=None if rhythm is None else "day",
    )
