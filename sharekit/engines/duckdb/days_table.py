"""The table of days: one row a day from the first day of the project's data to the as-of date,
there for every query.

Running sums, windows by rows and offsets have holes on days without events; `FROM days LEFT JOIN
...` fills them. A source of the project's own that has the name is read instead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sharekit.numbers.results import SourceInfo
from sharekit.project.days import WEEKDAYS
from sharekit.project.shapes import ProjectConfig

MOST_DAYS = 100_000
"""More (273 years) mean a wrong date in some source."""


def first_data_day(data: Iterable[SourceInfo], as_of: date) -> date:
    """The first day in the time columns of all sources and of what engines returned; the as-of date
    where none has any before it."""
    oldest = as_of - timedelta(days=min(MOST_DAYS, as_of.toordinal() - 1))
    firsts = (info.rhythm.first for info in data if info.rhythm is not None)
    return max(oldest, min((day for day in firsts if day <= as_of), default=as_of))


def days_sql(first: date, as_of: date, project: ProjectConfig) -> str:
    """The SELECT of the table. Every period is named by its first day."""
    past = f"((isodow(day) + {7 - 1 - WEEKDAYS.index(project.week_start)}) % 7)::INTEGER"
    months = f"INTERVAL {project.fiscal_year_start - 1} MONTH"
    fiscal = {
        grain: f"(date_trunc('{grain}', date_trunc('month', day) - {months}) + {months})::DATE"
        for grain in ("quarter", "year")
    }
    return f"""
        SELECT day, day - {past} AS week, date_trunc('month', day)::DATE AS month,
               date_trunc('quarter', day)::DATE AS quarter, date_trunc('year', day)::DATE AS year,
               {fiscal["quarter"]} AS fiscal_quarter, {fiscal["year"]} AS fiscal_year, isodow(day)::INTEGER AS weekday
        FROM (SELECT unnest(range(DATE '{first}', DATE '{as_of}' + INTERVAL 1 DAY, INTERVAL 1 DAY))::DATE AS day)
    """
