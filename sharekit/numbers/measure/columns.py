"""Which column of a result is the time, the value, a dimension, a part of a ratio. Pure.

Columns are told by type and name; front matter can say otherwise. Names match as in SQL, whatever
their case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from sharekit.errors import Place, Problem, ProblemsError, Severity
from sharekit.numbers.measure.advised_sql import (
    as_date,
    days_until_today,
    first_day,
    joined_text,
    minutes,
    number_type,
    parsed_date,
)
from sharekit.numbers.results import Column, Rows
from sharekit.project.manifest import Metric
from sharekit.project.read.did_you_mean import suggestion
from sharekit.records import replace


class ColumnRoles(Struct, frozen=True):
    """Positions of the columns that matter; the others are left alone."""

    time: int | None
    value: int | None
    """None only where numerator and denominator say all."""
    dimensions: tuple[tuple[str, int], ...]
    """As declared, in declared order."""
    numerator: int | None = None
    denominator: int | None = None
    target: int | None = None
    """Where `target` names a column."""
    targets: int | None = None
    """Where `targets` names one."""


def column_problem(
    metric: Metric,
    code: str,
    message: str,
    *,
    key: str = "",
    hint: str | None = None,
    severity: Severity = "error",
) -> Problem:
    """Something wrong between a declaration and its rows; it stands at the front-matter key, else
    at the SQL."""
    place = metric.keys.get(key) if key else None
    return Problem(
        code, message, place or sql_place(metric), hint=hint, severity=severity, phase="data"
    )


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])\Z")
_PLAIN = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*\Z")
_DECIMAL_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?\Z")
_SPELLED = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})\Z")
_MONTHS = 12


def _texts(rows: Rows, at: int) -> list[str]:
    """The values of a column of text."""
    return [cell for row in rows.rows if isinstance(cell := row[at], str)]


def _conversion(name: str, type_name: str, dialect: str) -> tuple[str | None, str] | None:
    """SQL that makes a number of a column which no cast makes one of, where a way is known, and
    what it then is; None where a cast may do."""
    if type_name.endswith("]"):
        return f"len({name})", "how many there are"
    if type_name == "INTERVAL" or type_name.removesuffix(" WITH TIME ZONE") == "TIME":
        return minutes(dialect, name), "minutes"
    if type_name == "DATE" or type_name.startswith("TIMESTAMP"):
        return days_until_today(dialect, name), "days until today"
    return None


def _written(metric: Metric, name: str) -> str:
    """What the query writes for a column, as SQL."""
    from sharekit.numbers.additivity.columns_in_sql import written_as

    return written_as(metric.sql.text, name, metric.dialect)


def number_hint(metric: Metric, rows: Rows, at: int) -> str:
    """How to make a number of a column: by what its type has, by a cast that reads all of its
    values, else which one is none."""
    name, texts, dialect = rows.columns[at].name, _texts(rows, at), metric.dialect
    written = _written(metric, name)
    if (conversion := _conversion(written, rows.columns[at].type, dialect)) is not None:
        converted, meaning = conversion
        if converted is None:
            return f"Convert it to a number in the query, such as {meaning}."
        return f"Convert it in the query: {converted} AS {name}, {meaning}."
    not_a_number = next((text for text in texts if not _PLAIN.match(text)), None)
    double = number_type(dialect)
    if not_a_number is None:
        return f"Convert it in the query: CAST({written} AS {double}) AS {name}."
    if all(_DECIMAL_COMMA.match(text) for text in texts):
        return (
            "Convert it in the query:"
            f" CAST(replace(replace({written}, '.', ''), ',', '.') AS {double}) AS {name}."
        )
    return (
        f"`{not_a_number[:40]}` is not a number; leave such rows out of the query, then"
        f" CAST({written} AS {double}) AS {name}."
    )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def date_cast(metric: Metric, rows: Rows, at: int) -> str | None:
    """SQL that makes a date of a column of text: the one way that fits all values, or two where the
    values do not tell; None where they do not look like dates, or no way is known."""
    texts, dialect = _texts(rows, at), metric.dialect
    name = _written(metric, rows.columns[at].name)
    if texts and all(_ISO.match(text) for text in texts):
        if all(_is_date(text[:10]) for text in texts):
            return as_date(dialect, name)
        day_before_month = all(_is_date(f"{text[:5]}{text[8:10]}-{text[5:7]}") for text in texts)
        return parsed_date(dialect, name, "%Y-%d-%m") if day_before_month else None
    if texts and all(_MONTH.match(text) for text in texts):
        return as_date(dialect, joined_text(dialect, name, "-01"))
    spelled = [_SPELLED.match(text) for text in texts]
    if not spelled or not all(spelled):
        return None
    mark = spelled[0][2] if spelled[0] else ""
    firsts, seconds = ([int(match[group]) for match in spelled if match] for group in (1, 3))
    orders = {f"%d{mark}%m": seconds, f"%m{mark}%d": firsts}
    casts = [
        parsed_date(dialect, name, f"{order}{mark}%Y")
        for order, months in orders.items()
        if max(months) <= _MONTHS
    ]
    return " or ".join(cast for cast in casts if cast is not None) or None


def unknown_columns(metric: Metric, rows: Rows) -> Iterator[Problem]:
    """Columns of a table that the front matter speaks of and the query does not return."""
    columns = [column.name for column in rows.columns]
    names = {name.casefold() for name in columns}
    for name in metric.front.columns:
        if name.casefold() not in names:
            hint = suggestion(name, columns, are="It returns")
            message = f"the query returns no column `{name}`"
            yield column_problem(
                metric, "unknown-column", message, key=f"columns.{name}", hint=hint
            )


def sql_place(metric: Metric) -> Place:
    """The first line of a metric's query that says something."""
    lines = metric.sql.text.split("\n")
    blank = next((at for at, line in enumerate(lines) if line.strip()), 0)
    return Place(metric.path, metric.sql.first_line + blank)


def column_roles(metric: Metric, rows: Rows) -> ColumnRoles:
    """The roles of a result's columns. Raises ProblemsError with all that is missing."""
    finder = _ColumnFinder(metric, rows)
    roles = ColumnRoles(
        time=finder.time(),
        dimensions=finder.dimensions(),
        numerator=finder.part("numerator", metric.front.numerator),
        denominator=finder.part("denominator", metric.front.denominator),
        value=None,
        target=finder.part("target", metric.target_column),
        targets=finder.part("targets", metric.targets_column),
    )
    roles = replace(roles, value=finder.value(roles))
    if finder.problems:
        raise ProblemsError(finder.problems)
    return roles


class _ColumnFinder:
    """Looks columns up by name and keeps what it cannot find."""

    def __init__(self, metric: Metric, rows: Rows) -> None:
        self.metric = metric
        self.rows = rows
        self.columns = rows.columns
        self.problems: list[Problem] = []
        self.by_name = {
            column.name.casefold(): at for at, column in reversed(list(enumerate(rows.columns)))
        }

    def time(self) -> int | None:
        front = self.metric.front
        if front.time is not None:
            at = self._column_at("time", front.time)
            if at is not None and self.columns[at].kind not in ("date", "timestamp"):
                cast = date_cast(self.metric, self.rows, at)
                first = first_day(self.metric.dialect, front.grain or "day")
                hint = f"Return a date, such as {first} AS {front.time}."
                hint = "Return a date." if first is None else hint
                hint = f"Convert it in the query: {cast} AS {front.time}." if cast else hint
                self._wrong_type("not-a-date", "time", self.columns[at], "a date", hint)
            return at
        declared = {name.casefold() for name in front.dimensions}
        for at, column in enumerate(self.columns):
            if column.kind in ("date", "timestamp") and column.name.casefold() not in declared:
                return at
        if front.grain is not None:
            self._report(
                "no-time-column",
                f"the query returns no date, though the grain is {front.grain}; {self._there()}",
                "grain",
                self._date_of_text() or self._date_to_return(front.grain),
            )
        return None

    def _date_to_return(self, grain: str) -> str:
        first = first_day(self.metric.dialect, grain)
        if first is None:
            return "Return one, or leave out `grain`."
        return f"Return one, such as {first} AS {grain}, or leave out `grain`."

    def _date_of_text(self) -> str | None:
        """How to make a date of the first column of text that holds dates."""
        for at, column in enumerate(self.columns):
            if cast := date_cast(self.metric, self.rows, at):
                return (
                    f"Column `{column.name}` is text; make it a date in the query: {cast} AS"
                    f" {column.name}."
                )
        return None

    def dimensions(self) -> tuple[tuple[str, int], ...]:
        places = []
        for index, name in enumerate(self.metric.front.dimensions):
            at = self._column_at(f"dimensions[{index}]", name, "unknown-dimension")
            if at is not None:
                places.append((name, at))
        return tuple(places)

    def part(self, key: str, name: str | None) -> int | None:
        if name is None:
            return None
        at = self._column_at(key, name)
        return at if at is None else self._number(at, key)

    def value(self, roles: ColumnRoles) -> int | None:
        front = self.metric.front
        ratio = front.numerator is not None and front.denominator is not None
        if front.value is not None:
            at = self._column_at("value", front.value)
            return at if at is None else self._number(at, "value")
        used_columns = {
            roles.time,
            roles.numerator,
            roles.denominator,
            roles.target,
            roles.targets,
            *(at for _, at in roles.dimensions),
        }
        at = self.by_name.get("value")
        if at is not None and at not in used_columns:
            return self._number(at, "value")
        if ratio:
            return None
        numbers = [
            at
            for at, column in enumerate(self.columns)
            if column.kind == "number" and at not in used_columns
        ]
        if len(numbers) == 1:
            return numbers[0]
        if self.problems and not numbers:
            return None
        if numbers:
            names = ", ".join(f"`{self.columns[at].name}`" for at in numbers)
            self._report(
                "no-value-column",
                f"the query returns {len(numbers)} numbers and none of them is called `value`:"
                f" {names}",
                "",
                "Write `AS value` after the right one, or `value:"
                f" {self.columns[numbers[0]].name}` in the front matter.",
            )
        else:
            self._report(
                "no-value-column",
                f"the query returns no number; {self._there()}",
                "",
                "Name the number `value`, or write `kind: table` to show the rows as they are.",
            )
        return None

    def _column_at(self, key: str, name: str, code: str = "unknown-column") -> int | None:
        at = self.by_name.get(name.casefold())
        if at is None:
            names = [column.name for column in self.columns]
            self._report(
                code,
                f"the query returns no column `{name}`",
                key,
                suggestion(name, names, are="It returns"),
            )
        return at

    def _number(self, at: int, key: str) -> int:
        if self.columns[at].kind != "number":
            hint = number_hint(self.metric, self.rows, at)
            self._wrong_type("not-a-number", key, self.columns[at], "a number", hint)
        return at

    def _wrong_type(self, code: str, key: str, column: Column, expected: str, hint: str) -> None:
        self._report(code, f"column `{column.name}` is {column.type}, not {expected}", key, hint)

    def _report(self, code: str, message: str, key: str, hint: str | None) -> None:
        self.problems.append(column_problem(self.metric, code, message, key=key, hint=hint))

    def _there(self) -> str:
        return "it returns " + (
            ", ".join(f"`{column.name}` ({column.type})" for column in self.columns) or "nothing"
        )
