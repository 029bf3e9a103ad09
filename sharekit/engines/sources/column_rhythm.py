"""How the days of a column come: from when to when, how far apart, and whether the first and the
last one are whole.

It asks the loader's database, inside the loader's process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sharekit.engines.duckdb.values import quoted
from sharekit.engines.duckdb.wire import Message
from sharekit.numbers.outages import LONGEST_STEP, MOST, OUTAGE

_COMPARED = 28
"""Days beside the first or last one, whose first and last moments say when a day usually begins and
ends."""
_FEWEST_COMPARED = 5
_OUR_YEARS = "BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
"""SQL: of a year that pages can write; neither infinite nor before Christ."""
_EMPTY_DAYS = 8
"""Rows may go on for fewer days than this without a value, as where a value comes a few days late."""
_FEWEST_FILLED, _FILLED = 4, 0.95
"""So many days with a value, and such a share of all rows up to its last one, say that a column is
one which is always filled."""
_FEWEST_WITH_HOLE, _FEWEST_PERIODS_WITH_HOLE = 28, 12
"""Fewer days, or rows that stand for periods, do not tell which silence is out of all proportion."""


def column_rhythm(
    connection: Any,
    column: str,
    kind: str,
    table: str = "target.main.data",
    numbers: Sequence[str] = (),
) -> Message | None:
    """The Rhythm of a column of a table, as JSON values; None where it has no day. `numbers`: the
    table's columns of numbers."""
    day = f"TRY_CAST({quoted(column)} AS DATE)"
    first, last, count, usual, longest, firsts, months, thirds, weekdays, weekday = (
        connection.execute(f"""
        WITH days AS (SELECT DISTINCT {day} AS day FROM {table} WHERE {day} {_OUR_YEARS}),
             gaps AS (SELECT day, day - lag(day) OVER (ORDER BY day) AS step FROM days),
             steps AS (SELECT day, step, {OUTAGE.format(days="()")} AS outage FROM gaps)
        SELECT min(day)::VARCHAR, max(day)::VARCHAR, count(*), quantile_disc(step, 0.9), {LONGEST_STEP},
               bool_and(day(day) = 1), count(DISTINCT month(day)), count(DISTINCT month(day) % 3),
               count(DISTINCT isodow(day)), min(isodow(day))
        FROM steps
        """).fetchone()
    )
    if not count:
        return None
    grain = None
    if count > 1 and firsts:
        grain = "year" if months == 1 else "quarter" if thirds == 1 else "month"
    elif count > 2 and weekdays == 1:
        grain = "week"
    return {
        "first": first, "last": last, "days": count, "usual": usual or 1, "longest": longest or 1, "grain": grain,
        "weekday": weekday if grain == "week" else None,
        "hole": _hole(connection, column, table, grain)
        if count >= (_FEWEST_PERIODS_WITH_HOLE if grain else _FEWEST_WITH_HOLE) else None,
        "cut": kind == "timestamp" and _is_cut(connection, column, table, first=True),
        "unfinished": kind == "timestamp" and _is_cut(connection, column, table, first=False),
        "emptied": _emptied(connection, day, table, numbers),
    }  # fmt: skip


def _emptied(connection: Any, day: str, table: str, numbers: Sequence[str]) -> dict[str, str]:
    """The columns that were always filled and then have no value, though rows go on: each with the
    last day that has one. So ends a field that was renamed where it comes from, and a column of
    actual values beside one of planned values."""
    if not numbers:
        return {}
    columns = ", ".join(f"{quoted(name)} AS n{at}" for at, name in enumerate(numbers))
    ends = ", ".join(f"max(day) FILTER (n{at} IS NOT NULL)" for at in range(len(numbers)))
    rows = f"(SELECT {day} AS day, {columns} FROM {table} WHERE {day} {_OUR_YEARS})"
    last, *last_days = connection.execute(f"SELECT max(day), {ends} FROM {rows}").fetchone()
    emptied = {}
    for at, (name, end) in enumerate(zip(numbers, last_days, strict=True)):
        if end is None or (last - end).days < _EMPTY_DAYS:
            continue
        filled, days = connection.execute(
            f"SELECT count(n{at}) / count(*), count(DISTINCT day) FROM {rows} WHERE day <= ?", [end]
        ).fetchone()
        if filled >= _FILLED and days >= _FEWEST_FILLED:
            emptied[name] = end.isoformat()
    return emptied


def _hole(connection: Any, column: str, table: str, grain: str | None) -> list[str] | None:
    """The first and the last day of the newest silence that is out of all proportion; None where
    there is none, or where it has been as silent more than once before: then it is like that.
    `grain`: that of the periods for which rows stand."""
    day = f"TRY_CAST({quoted(column)} AS DATE)"
    row = connection.execute(f"""
        WITH days AS (SELECT DISTINCT {day} AS day FROM {table} WHERE {day} {_OUR_YEARS}),
             gaps AS (SELECT day, day - lag(day) OVER (ORDER BY day) AS step FROM days),
             outages AS (SELECT day, step FROM gaps QUALIFY {OUTAGE.format(days="()")})
        SELECT arg_max((day - step::INTEGER + INTERVAL 1 {grain or "day"})::DATE, day)::VARCHAR,
               (max(day) - 1)::VARCHAR, count(*) FROM outages
        """).fetchone()
    first, last, count = row
    return [first, last] if 0 < count <= MOST else None


def _is_cut(connection: Any, column: str, table: str, *, first: bool) -> bool:
    """Whether the last day ends much earlier than the days before it did, since it was read before
    it was over; or the first one begins much later than those after it."""
    edge, order = ("min", "ASC") if first else ("max", "DESC")
    day, moment = f"TRY_CAST({quoted(column)} AS DATE)", f"TRY_CAST({quoted(column)} AS TIMESTAMP)"
    row = connection.execute(f"""
        SELECT {day}, date_diff('second', CAST({day} AS TIMESTAMP), {edge}({moment}))
        FROM {table} WHERE {day} {_OUR_YEARS} GROUP BY 1 ORDER BY 1 {order} LIMIT {_COMPARED + 1}
        """).fetchall()  # by place: any name could be one of the file's columns
    here, others = row[0][1], [seconds for _, seconds in row[1:]]
    if len(others) < _FEWEST_COMPARED:
        return False
    missing = here - max(others) if first else min(others) - here
    return bool(missing > max(others) - min(others))
