"""SQL that messages advise, as the dialect writes it in which the query runs: what works in DuckDB is
an error in PostgreSQL. Where a dialect has no short way that is known here, words say what to do."""

from __future__ import annotations

from collections.abc import Mapping

_DOUBLES: Mapping[str, str] = {
    "postgres": "DOUBLE PRECISION",
    "redshift": "DOUBLE PRECISION",
    "sqlite": "REAL",
    "bigquery": "FLOAT64",
    "tsql": "FLOAT",
    "clickhouse": "Float64",
}
_MINUTES: Mapping[str, str] = {
    "duckdb": "epoch({name}) / 60",
    "postgres": "EXTRACT(epoch FROM {name}) / 60",
    "redshift": "EXTRACT(epoch FROM {name}) / 60",
    "mysql": "TIME_TO_SEC({name}) / 60",
}
_DAYS_UNTIL: Mapping[str, str] = {
    "duckdb": "date_diff('day', {name}::DATE, as_of())",
    "postgres": "as_of() - {name}::DATE",
    "redshift": "as_of() - {name}::DATE",
    "mysql": "DATEDIFF(as_of(), {name})",
    "sqlite": "julianday(as_of()) - julianday({name})",
    "spark": "datediff(as_of(), {name})",
    "databricks": "datediff(as_of(), {name})",
    "tsql": "DATEDIFF(day, {name}, as_of())",
}
_FIRSTS: Mapping[str, str] = {
    "mysql": "CAST(DATE_FORMAT(..., '%Y-%m-01') AS DATE)",
    "sqlite": "date(..., 'start of month')",
}
"""The first day of a month, where no date_trunc is."""
_NO_DATE_TRUNC = frozenset(("bigquery", "tsql", "clickhouse", "mysql", "sqlite"))
_PARSED: Mapping[str, str] = {
    "duckdb": "strptime({name}, '{form}')::DATE",
    "mysql": "STR_TO_DATE({name}, '{form}')",
    "postgres": "to_date({name}, '{form}')",
    "redshift": "to_date({name}, '{form}')",
    "snowflake": "to_date({name}, '{form}')",
}
_LETTERS = (("%d", "DD"), ("%m", "MM"), ("%Y", "YYYY"))
"""How strptime and to_date write the parts of a date."""


def number_type(dialect: str) -> str:
    """The type of numbers with a fraction."""
    return _DOUBLES.get(dialect, "DOUBLE")


def minutes(dialect: str, name: str) -> str | None:
    """The minutes of a span of time; None where no way is known."""
    return _filled(_MINUTES, dialect, name)


def days_until_today(dialect: str, name: str) -> str | None:
    """The days from a date until the as-of date; None where no way is known."""
    return _filled(_DAYS_UNTIL, dialect, name)


def first_day(dialect: str, grain: str) -> str | None:
    """The first day of a period of something; None where no way is known."""
    if dialect in _NO_DATE_TRUNC:
        return _FIRSTS.get(dialect) if grain == "month" else None
    cast = f"date_trunc('{grain}', ...)"
    return f"CAST({cast} AS DATE)" if dialect == "trino" else f"{cast}::DATE"


def joined_text(dialect: str, name: str, end: str) -> str:
    """A text with another one behind it."""
    if dialect in ("mysql", "tsql", "clickhouse"):
        return f"CONCAT({name}, '{end}')"
    return f"{name} || '{end}'"


def as_date(dialect: str, text: str) -> str:
    """A date of a text as ISO 8601 writes it. SQLite has no dates: such a text is one."""
    return f"date({text})" if dialect == "sqlite" else f"CAST({text} AS DATE)"


def parsed_date(dialect: str, name: str, form: str) -> str | None:
    """A date of a text written as `form` says in strptime's words; None where no way is known."""
    if dialect in ("postgres", "redshift", "snowflake"):
        for ours, theirs in _LETTERS:
            form = form.replace(ours, theirs)
    pattern = _PARSED.get(dialect)
    return None if pattern is None else pattern.format(name=name, form=form)


def named_members(dialect: str, name: str) -> str:
    """A step that gives a member without a name one, before it is grouped."""
    if dialect == "duckdb":
        return f"FROM (SELECT * REPLACE (COALESCE({name}, 'unknown') AS {name}) FROM ...)"
    return f"FROM (SELECT COALESCE({name}, 'unknown') AS {name}, ... FROM ...) AS named"


def _filled(patterns: Mapping[str, str], dialect: str, name: str) -> str | None:
    pattern = patterns.get(dialect)
    return None if pattern is None else pattern.format(name=name)
