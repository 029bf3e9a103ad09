"""Tables of text: of which type each column is, told from all of its values. Runs in the loader's
process.

Nothing is guessed. Dates whose day and month could change places, and numbers that could be read in
two ways, are a mistake that asks for an option; what fits no type stays text, with a note that says
how it could be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from sharekit.engines.duckdb.values import NUMBERS, base, literal, quoted
from sharekit.engines.sources.long_numbers import WIDEST, LongNumbers, long_numbers
from sharekit.engines.sources.notation import (
    TIME,
    ColumnType,
    Notation,
    Numbers,
    SourceError,
    by_format,
    cast,
    dates,
    shaped,
    text_of,
)
from sharekit.engines.sources.text_readings import IN_QUERY, other_readings, quarters_and_weeks

FILE = "sharekit file"
"""Column of the raw table that says which file a row came from."""
_ROW = "sharekit row"
"""The same of its place in the raw table."""
SAMPLE = 10_000
"""Rows that rule out most types before all rows are asked."""
LOOKED_AT = 500
"""Values of a column of text that are looked at before all of its rows are."""
_NOTHING = frozenset(
    (
        "n/a",
        "na",
        "#n/a",
        "-",
        "--",
        "–",
        "—",
        "?",
        ".",
        "..",
        "null",
        "none",
        "nil",
        "missing",
        "unknown",
        "(blank)",
    )
)
"""Words that people write for no value."""
_YES_OR_NO = {"yes": True, "y": True, "t": True, "no": False, "n": False, "f": False}
"""Kept as text: NO is a country too, and N a region."""


class TypedQuery(Struct, frozen=True):
    """How a raw table is read."""

    select: str
    notes: tuple[Mapping[str, str], ...]
    """For columns that stayed text or may be dates: what they hold (`message`) and how to read it
    (`hint`)."""


Line = Callable[[str, int], str]
"""Where the nth row of a file stands, in words: "line 7"."""


def typed_query(connection: Any, raw: str, notation: Notation, line: Line) -> TypedQuery:
    """The SELECT over the table `raw`, all of whose columns are text. Raises SourceError."""
    return _NotationReader(connection, raw, notation, line).read()


class _NotationReader:
    def __init__(self, connection: Any, raw: str, notation: Notation, line: Line) -> None:
        self.connection = connection
        self.raw = raw
        self.notation = notation
        self.line = line
        described = connection.execute(f"DESCRIBE {raw}").fetchall()
        self.names = [str(row[0]) for row in described if row[0] != FILE]
        self.types = {name.lower(): kind for name, kind in notation.types.items()}
        self.numbers = Numbers(notation.decimal or ".", notation.thousands)

    def read(self) -> TypedQuery:
        self._listed_names()
        first = self._firsts()
        readings = {
            name: (
                self._types_as_declared(name, first[name])
                if name.lower() in self.types
                else self._possible(first[name], name)
            )
            for name in self.names
        }
        fitting = self._fitting(readings)
        column_types = {
            name: self._choose(name, readings[name], fitting[name], first[name])
            for name in self.names
        }
        self._format_used(column_types)
        long = self._long_numbers(column_types)
        column_types |= {name: self._exact(name, numbers) for name, numbers in long.items()}
        columns = [
            f"{reading.value if reading else quoted(name)} AS {quoted(name)}"
            for name, reading in column_types.items()
        ]
        notes = [
            note
            for name, reading in column_types.items()
            for note in (
                _digits_notes(name, long[name]) if name in long else self._notes(name, reading)
            )
        ]
        return TypedQuery(f"SELECT {', '.join(columns)} FROM {self.raw}", tuple(notes))

    def _listed_names(self) -> None:
        lowered = {name.lower() for name in self.names}
        dated = self.notation.date_format if isinstance(self.notation.date_format, Mapping) else {}
        for key, names in (("columns", self.notation.types), ("date_format", dated)):
            if strangers := [name for name in names if name.lower() not in lowered]:
                raise SourceError(
                    f"`{key}` names {', '.join(strangers)}, but it has: {', '.join(self.names)}"
                )

    def _firsts(self) -> dict[str, str]:
        """The first value of each column, "" where it has none."""
        select_list = ", ".join(
            f"first({text_of(name)}) FILTER ({text_of(name)} IS NOT NULL)" for name in self.names
        )
        row = self.connection.execute(
            f"SELECT {select_list} FROM (FROM {self.raw} LIMIT {SAMPLE})"
        ).fetchone()
        return dict(
            zip(self.names, (str(cell) if cell is not None else "" for cell in row), strict=True)
        )

    # -- types
    # ---------------------------------------------------------------------------------------------

    def _possible(self, first: str, name: str) -> list[ColumnType]:
        """The types that a column may have, the narrowest first."""
        text, numbers = text_of(name), self.numbers
        number = numbers.plain(text)
        huge = f"TRY_CAST({number} AS HUGEINT) IS NOT NULL"
        readings = [
            cast(
                "BOOLEAN",
                text,
                f"regexp_full_match({text}, '(?i:true|false)')",
            ),
            cast(
                "BIGINT",
                number,
                f"{numbers.is_integer(text)} AND TRY_CAST({number} AS BIGINT) IS NOT NULL",
            ),
            cast("HUGEINT", number, f"{numbers.is_integer(text)} AND {huge}"),
            cast(
                "DOUBLE",
                number,
                f"{numbers.fits(text)} AND (NOT {numbers.is_integer(text)} OR {huge})",
            ),
            cast("TIME", text, shaped(text, TIME, "TIME")),
        ]
        if name in self.notation.words:
            readings = []
        if (written := self.notation.format_of(name)) is not None:
            readings.insert(0, by_format(text, written))
        return [*readings, *dates(text, first)]

    def _types_as_declared(self, name: str, first: str) -> list[ColumnType]:
        """The one way to read a column of a declared type; several where its dates can be read in
        several."""
        kind, text = self.types[name.lower()], text_of(name)
        head = base(kind.upper().strip())
        written = self.notation.format_of(name)
        if head in ("DATE", "TIMESTAMP", "DATETIME", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"):
            column_types = [by_format(text, written)] if written else dates(text, first)
            casts = [
                cast(
                    kind,
                    f"({column_type.value})",
                    column_type.fits,
                    column_type.example,
                    column_type.format,
                )
                for column_type in column_types
                if column_type.format
            ]
            if casts:
                return casts
        if head in NUMBERS and (self.notation.decimal or self.notation.thousands):
            return [cast(kind, self.numbers.plain(text), f"{self.numbers.fits(text)}")]
        if head in ("VARCHAR", "TEXT", "STRING", "CHAR"):
            return [ColumnType(kind, "true", quoted(name))]
        return [cast(kind, text, f"TRY_CAST({text} AS {kind}) IS NOT NULL")]

    def _fitting(self, readings: Mapping[str, Sequence[ColumnType]]) -> dict[str, list[ColumnType]]:
        """Of each column's readings those that fit all of its values, first those of a sample, then
        of all rows."""
        sampled = self._fitting_types(readings, f"(FROM {self.raw} LIMIT {SAMPLE})")
        return self._fitting_types(sampled, self.raw)

    def _fitting_types(
        self, readings: Mapping[str, Sequence[ColumnType]], table: str
    ) -> dict[str, list[ColumnType]]:
        candidates = [
            (name, column_type)
            for name, readings_of_column in readings.items()
            for column_type in readings_of_column
        ]
        if not candidates:
            return {name: [] for name in readings}
        counts = ", ".join(
            f"count(*) FILTER ({text_of(name)} IS NOT NULL AND NOT ({column_type.fits}))"
            for name, column_type in candidates
        )
        row = self.connection.execute(f"SELECT {counts} FROM {table}").fetchone()
        counted: dict[str, list[ColumnType]] = {name: [] for name in readings}
        for (name, candidate), count in zip(candidates, row, strict=True):
            if count == 0:
                counted[name].append(candidate)
        return counted

    def _choose(
        self, name: str, candidates: Sequence[ColumnType], fitting: Sequence[ColumnType], first: str
    ) -> ColumnType | None:
        """The reading of a column; None for text. Raises SourceError where a choice would be a
        guess."""
        if name.lower() in self.types and not fitting:
            self._no_fit(name, candidates[0], f"no {self.types[name.lower()]}")
        written = self.notation.format_of(name)
        if (
            isinstance(self.notation.date_format, Mapping)
            and written
            and not any(column_type.format == written for column_type in fitting)
        ):
            self._no_fit(name, by_format(text_of(name), written), f"not written as {written}")
        if not first and name.lower() not in self.types:
            return None if not fitting or self._empty(name) else fitting[0]
        orders = [column_type for column_type in fitting if column_type.example]
        if orders and fitting[0] is orders[0] and len(orders) > 1:
            choices = " or ".join(
                f'date_format = "{column_type.format}" ({column_type.example})'
                for column_type in orders
            )
            raise SourceError(
                f"the dates in column {name}, such as {first}, can be read in {len(orders)} ways",
                f"Write {choices} under {self.notation.entry}.",
            )
        if fitting and fitting[0].type == "DOUBLE" and name.lower() not in self.types:
            self._thousands_or_decimals(name)
        return fitting[0] if fitting else None

    def _long_numbers(
        self, column_types: Mapping[str, ColumnType | None]
    ) -> dict[str, LongNumbers]:
        """The columns of numbers whose digits a double would not keep."""
        long_columns = {}
        for name, reading in column_types.items():
            if reading and reading.type == "DOUBLE" and name.lower() not in self.types:
                number = self.numbers.plain(text_of(name))
                if (long := long_numbers(self.connection, self.raw, number)) is not None:
                    long_columns[name] = long
        return long_columns

    def _exact(self, name: str, long: LongNumbers) -> ColumnType | None:
        """The type that keeps every digit; None for text."""
        kind = long.type
        return cast(kind, self.numbers.plain(text_of(name)), "true") if kind else None

    def _empty(self, name: str) -> bool:
        query = f"SELECT count({text_of(name)}) FROM {self.raw}"
        return int(self.connection.execute(query).fetchone()[0]) == 0

    def _thousands_or_decimals(self, name: str) -> None:
        """In a file that semicolons or tabs separate the comma may be the decimal sign, so 1.250 may
        well be 1250."""
        if self.notation.separator == "," or self.notation.decimal or self.notation.thousands:
            return
        text = text_of(name)
        pointed = f"{text} LIKE '%.%'"
        groups = f"regexp_full_match({text}, '[+-]?[1-9]\\d{{0,2}}\\.\\d{{3}}')"
        query = (
            f"SELECT first({text}) FILTER ({pointed}), count(*) FILTER ({pointed} AND NOT {groups})"
            f" FROM {self.raw}"
        )
        example, others = self.connection.execute(query).fetchone()
        if example is not None and others == 0:
            integer = example.replace(".", "")
            raise SourceError(
                f"the numbers in column {name}, such as {example}, can be read in 2 ways",
                f'Write decimal = "." ({example} is about {float(example):g}) or decimal = ",",'
                f' thousands = "." ({example} is {integer}) under {self.notation.entry}.',
            )

    def _no_fit(self, name: str, reading: ColumnType, expected: str) -> None:
        examples, count = self._unfit_values(name, reading.fits, 1)
        where, value = examples[0]
        more = f", and so are {count - 1} other values" if count > 1 else ""
        hint = (
            self._how(name)
            or f"Correct {where} of the file, or leave {name} out of `columns` and cast it in the query."
        )
        raise SourceError(f"{where}: {_excerpt(value)} in column {name} is {expected}{more}", hint)

    def _how(self, name: str) -> str | None:
        return next((note["hint"] for note in self._text_notes(name)), None)

    def _format_used(self, column_types: Mapping[str, ColumnType | None]) -> None:
        written = self.notation.date_format
        if not isinstance(written, str) or any(
            column_type and column_type.format == written for column_type in column_types.values()
        ):
            return
        if self.connection.execute(f"SELECT count(*) FROM {self.raw}").fetchone()[0] == 0:
            return
        hint = (
            "Write it as strptime does: %d.%m.%Y is 31.12.2026, %m/%d/%y is 12/31/26, %b %Y is Dec"
            " 2026."
        )
        raise SourceError(f'no column is written as date_format = "{written}"', hint)

    # -- notes
    # ---------------------------------------------------------------------------------------------

    def _notes(self, name: str, reading: ColumnType | None) -> list[dict[str, str]]:
        if name.lower() in self.types or name in self.notation.words:
            return []
        if reading is None:
            return self._text_notes(name)
        return self._count_notes(name) if reading.type == "BIGINT" else []

    def _count_notes(self, name: str) -> list[dict[str, str]]:
        """Whole numbers that may stand for dates: years, months, days of Excel, seconds."""
        column, number = quoted(name), self.numbers.plain(text_of(name))
        query = f"SELECT min({number}::BIGINT), max({number}::BIGINT) FROM {self.raw}"
        low, high = self.connection.execute(query).fetchone()
        sql_name = name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else column
        for first, last, what, sql in (
            (1900, 2100, "years", f"make_date({sql_name}::INTEGER, 1, 1)"),
            (
                190001,
                210012,
                "months written as 202610",
                f"strptime({sql_name} || '01', '%Y%m%d')::DATE",
            ),
            (
                19000101,
                21001231,
                "days written as 20261031",
                f"strptime({sql_name}::VARCHAR, '%Y%m%d')::DATE",
            ),
            (20000, 80000, "days as Excel counts them", f"DATE '1899-12-30' + {sql_name}::INTEGER"),
            (631152000, 4102444800, "seconds since 1970", f"epoch_ms({sql_name} * 1000)::DATE"),
            (631152000000, 4102444800000, "milliseconds since 1970", f"epoch_ms({sql_name})::DATE"),
        ):
            if low is not None and first <= low and high <= last:
                return [
                    _note(
                        name,
                        f"holds whole numbers, which may be {what}",
                        f"Write {sql} AS {sql_name}.",
                        "count",
                    )
                ]
        return []

    def _text_notes(self, name: str) -> list[dict[str, str]]:
        """How a column of text could be read: by other settings, or without some values."""
        text = text_of(name)
        values = [
            str(row[0])
            for row in self.connection.execute(
                f"SELECT DISTINCT {text} FROM {self.raw} WHERE {text} IS NOT NULL ORDER BY 1 LIMIT"
                f" {LOOKED_AT}"
            ).fetchall()
        ]
        if not values or any(re.fullmatch(r"0\d+", value) for value in values):
            return []  # codes, such as 01220: they are text
        if len(values) <= 2 and {value.lower() for value in values} <= _YES_OR_NO.keys():
            return [_yes_or_no_note(name, values)]
        if len(values) < LOOKED_AT and not any(map(_has_digit, values)):
            return []  # neither numbers nor dates
        readings = [*other_readings(text, self.notation), *quarters_and_weeks(text)]
        counted = ", ".join(f"count(*) FILTER ({fits})" for _, fits in readings)
        total, *fitting = self.connection.execute(
            f"SELECT count({text}), {counted} FROM {self.raw} WHERE {text} IS NOT NULL"
        ).fetchone()
        best = max(fitting)
        if best * 2 < total or best == 0:
            return []
        ways = [hint for (hint, _), count in zip(readings, fitting, strict=True) if count == best]
        # A setting reads the column for every query.
        ways = [way for way in ways if not way.endswith(IN_QUERY)] or ways
        ways = list(
            dict.fromkeys(way.replace("%B", "%b") if len(ways) > 1 else way for way in ways)
        )
        fits = next(
            fits for (_, fits), count in zip(readings, fitting, strict=True) if count == best
        )
        if best == total:
            return [
                _note(
                    name,
                    f"is text, such as {_excerpt(values[0])}",
                    self._options_for(name, ways),
                    "text",
                )
            ]
        return [self._odd_note(name, ways, fits, total - best)]

    def _options_for(self, name: str, ways: Sequence[str]) -> str:
        sql_name = name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else quoted(name)
        ways = [
            way.replace("{column}", sql_name).replace("{source}", self.notation.entry)
            for way in ways
        ]
        if len(ways) == 1:
            return ways[0]
        if all(way.endswith(IN_QUERY) for way in ways):
            choices = " or ".join(way.removeprefix("Write ").removesuffix(IN_QUERY) for way in ways)
            return f"Write {choices}{IN_QUERY.rstrip('.')}, as the file means it."
        bare = [
            way.removeprefix("Write ").removesuffix(f" under {self.notation.entry}.")
            for way in ways
        ]
        # Thousands that no value has are no other way.
        bare = [
            way
            for way in bare
            if not any(way != shorter and way.startswith(shorter) for shorter in bare)
        ][:3]
        if len(bare) == 1:
            return f"Write {bare[0]} under {self.notation.entry}."
        return f"Write {' or '.join(bare)} under {self.notation.entry}, as the file means it."

    def _odd_note(self, name: str, ways: Sequence[str], fits: str, count: int) -> dict[str, str]:
        """A column that would be numbers or dates but for a few values."""
        examples, _ = self._unfit_values(name, fits, 3)
        examples_text = ", ".join(f"{_excerpt(value)} ({where})" for where, value in examples)
        more = f" and {count - len(examples)} more" if count > len(examples) else ""
        values = list(dict.fromkeys(value for _, value in examples))
        column = name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else quoted(name)
        if all(value.lower() in _NOTHING for value in values):
            nulls = ", ".join(f'"{value}"' for value in values)
            hint = (
                f"Write nulls = [{nulls}] under {self.notation.entry}, if that stands for no value."
            )
        else:
            hint = f"Correct the file, or leave such rows out: WHERE {_left_out(column, values, ways[0], more)}."
        plain = ways[0] if ways[0].startswith("Cast") else self._options_for(name, ways[:1])
        return _note(
            name,
            f"is text, because of {examples_text}{more}",
            f"{hint} {plain.replace('{column}', column)}",
            "odd",
        )

    def _unfit_values(self, name: str, fits: str, most: int) -> tuple[list[tuple[str, str]], int]:
        """The first values that do not fit, each with its place, and how many there are."""
        text, file = text_of(name), quoted(FILE)
        where = f"{text} IS NOT NULL AND NOT ({fits})"
        count = self.connection.execute(
            f"SELECT count(*) FROM {self.raw} WHERE {where}"
        ).fetchone()[0]
        # Counted here and not by rowid, which may be a column of the file.
        row = quoted(_ROW)
        rows = self.connection.execute(
            f"WITH numbered AS (SELECT row_number() OVER () AS {row}, * FROM {self.raw})"
            f" SELECT {row} - (SELECT min({row}) FROM numbered AS o WHERE o.{file} = r.{file}),"
            f" {file}, {text} FROM numbered AS r WHERE {where} ORDER BY {row} LIMIT {most}"
        ).fetchall()
        return [(self.line(str(path), int(index)), str(value)) for index, path, value in rows], int(
            count
        )


def _has_digit(value: str) -> bool:
    return re.search("[0-9]", value) is not None


def _digits_notes(name: str, long: LongNumbers) -> list[dict[str, str]]:
    """What to say about numbers that neither a double nor a DECIMAL holds."""
    if long.type is not None:
        return []
    more = f" and {long.count - 1} more" if long.count > 1 else ""
    message = (
        f"is text, because no number type keeps every digit of {_excerpt(long.example)}{more}: a"
        f" DECIMAL has {WIDEST} digits, a DOUBLE about 15"
    )
    column = name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else f'"{name}"'
    hint = f'Write columns = {{ {column} = "DOUBLE" }} under its source, if about 15 digits do.'
    return [_note(name, message, hint, "digits")]


def _left_out(column: str, values: Sequence[str], way: str, more: str) -> str:
    """SQL: the condition that leaves out rows whose values do not fit; `more` tells that there are
    more than these."""
    cast = re.search(r"CAST\(.*\)", way)
    if more and cast:
        return f"TRY_{cast[0].replace('{column}', column)} IS NOT NULL"
    return f"{column} NOT IN ({', '.join(literal(value) for value in values)})"


def _yes_or_no_note(name: str, values: Sequence[str]) -> dict[str, str]:
    """How to count or average what is written as yes or no."""
    yes = next((value for value in values if _YES_OR_NO[value.lower()]), "yes")
    column = name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else quoted(name)
    hint = f"Write ({column} = {literal(yes)})::INTEGER to count or average it."
    return _note(name, f"is text, such as {_excerpt(values[0])}", hint, "text")


def _note(column: str, message: str, hint: str, kind: str) -> dict[str, str]:
    return {"column": column, "message": message, "hint": hint, "kind": kind}


def _excerpt(value: str) -> str:
    return "`" + (value if len(value) <= 40 else value[:37] + "...") + "`"
