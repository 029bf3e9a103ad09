"""Tables of text: of which type each column is, told from all of its values. Runs in the loader's
process.

Nothing is guessed. Dates whose day and month could change places, and numbers that could be read in
two ways, are a mistake that asks for an option; what fits no type stays text, with a note that says
how it could be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from sharekit.engines.duckdb.values import NUMBERS, base, literal, quoted
from sharekit.engines.sources.long_numbers import WIDEST, LongNumbers, long_numbers

FILE = "sharekit file"
"""Column of the raw table that says which file a row came from."""
SAMPLE = 10_000
"""Rows that rule out most types before all rows are asked."""
LOOKED_AT = 500
"""Values of a column of text that are looked at before all of them are."""
_SPACES = "[ \u00a0\u202f]"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_ISO_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_OFFSET = r" ?(?:Z|[+-]\d{2}(?::?\d{2})?)"
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_ORDERS = {
    "day first": "%d{0}%m{0}%{1}",
    "month first": "%m{0}%d{0}%{1}",
    "year first": "%{1}{0}%m{0}%d",
}
_SPELLED = re.compile(r"\d{1,2}([./-])\d{1,2}\1(\d{4}|\d{2})\b")
_FORMATS = (
    "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y", "%d. %B %Y", "%d-%b-%Y", "%d-%b-%y",
    "%d %b %y", "%a, %d %b %Y", "%A, %B %d, %Y", "%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%b %y", "%Y-%m", "%Y/%m",
    "%Y.%m", "%m/%Y", "%m.%Y", "%m-%Y", "%Y.%m.%d", "%Y %b", "%Y %B", "%Y-%b", "%Y%m%d",
)  # fmt: skip
"""How dates are written where neither the standard nor numbers in some order say it."""
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


class SourceError(Exception):
    """What is wrong with a source's files or options, and how to fix it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Notation(Struct, frozen=True):
    """How a source writes its values, as its entry under [sources] says."""

    source: str
    decimal: str | None = None
    thousands: str | None = None
    date_format: str | Mapping[str, str] | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    separator: str = ","
    words: frozenset[str] = frozenset()
    """Columns that hold text by declaration of their file: what looks like a number there is a
    code."""

    def format_of(self, column: str) -> str | None:
        """The declared format of a column's dates."""
        if not isinstance(self.date_format, Mapping):
            return self.date_format
        return next(
            (text for name, text in self.date_format.items() if name.lower() == column.lower()),
            None,
        )

    @property
    def entry(self) -> str:
        return f"[sources.{self.source}]"


class Numbers(Struct, frozen=True):
    """One way to write numbers."""

    decimal: str = "."
    thousands: str | None = None

    def fits(self, text: str) -> str:
        """SQL: whether `text` is a number."""
        return f"regexp_full_match({text}, {literal(self._pattern(fraction=True))})"

    def is_integer(self, text: str) -> str:
        """SQL: whether `text` is a whole number."""
        return f"regexp_full_match({text}, {literal(self._pattern(fraction=False))})"

    def plain(self, text: str) -> str:
        """SQL: the number as every program writes it, without groups and with a point."""
        if self.thousands is not None:
            text = f"regexp_replace({text}, {literal(self._group)}, '', 'g')"
        return text if self.decimal == "." else f"replace({text}, {literal(self.decimal)}, '.')"

    @property
    def _group(self) -> str:
        return (
            _SPACES
            if self.thousands in (" ", "\u00a0", "\u202f")
            else re.escape(self.thousands or "")
        )

    def _pattern(self, *, fraction: bool) -> str:
        integer = r"0|[1-9]\d*"
        if self.thousands is not None:
            integer += rf"|[1-9]\d{{0,2}}(?:{self._group}\d{{2,3}})*{self._group}\d{{3}}"
        if not fraction:
            return rf"[+-]?(?:{integer})"
        point = re.escape(self.decimal)
        special_values = "|(?i:nan|inf|infinity)" if self.decimal == "." else ""
        return rf"[+-]?(?:(?:(?:{integer})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?{special_values})"

    @property
    def settings(self) -> str:
        """What to write under [sources] for it."""
        declared_settings = [f'decimal = "{self.decimal}"'] if self.decimal != "." else []
        return ", ".join(
            [
                *declared_settings,
                *([f'thousands = "{self.thousands}"'] if self.thousands is not None else []),
            ]
        )


PLAIN = Numbers()
OTHER_NUMBERS = (
    Numbers(","), Numbers(".", ","), Numbers(",", "."), Numbers(".", "."), Numbers(".", " "), Numbers(",", " "),
    Numbers(".", "'"),
)  # fmt: skip


class ColumnType(Struct, frozen=True):
    """One type that a column may have."""

    type: str
    fits: str
    """SQL: whether the column's text can be read so."""
    value: str
    """SQL: the value."""
    example: str = ""
    """How dates are written, for people: day first."""
    format: str = ""


class TypedQuery(Struct, frozen=True):
    """How a raw table is read."""

    select: str
    notes: tuple[Mapping[str, str], ...]
    """For columns that stayed text or may be dates: what they hold (`message`) and how to read it
    (`hint`)."""


Line = Callable[[str, int], str]
"""Where the nth row of a file stands, in words: "line 7"."""


def typed_query(connection: Any, raw: str, notation: Notation, line: Line) -> TypedQuery:
    """The SELECT over the table `raw`, all of whose columns are text. Raises Mistake."""
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
            f"first({_text(name)}) FILTER ({_text(name)} IS NOT NULL)" for name in self.names
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
        text, numbers = _text(name), self.numbers
        number = numbers.plain(text)
        huge = f"TRY_CAST({number} AS HUGEINT) IS NOT NULL"
        readings = [
            _cast(
                "BOOLEAN",
                text,
                f"regexp_full_match({text}, '(?i:true|false)')",
            ),
            _cast(
                "BIGINT",
                number,
                f"{numbers.is_integer(text)} AND TRY_CAST({number} AS BIGINT) IS NOT NULL",
            ),
            _cast("HUGEINT", number, f"{numbers.is_integer(text)} AND {huge}"),
            _cast(
                "DOUBLE",
                number,
                f"{numbers.fits(text)} AND (NOT {numbers.is_integer(text)} OR {huge})",
            ),
            _cast("TIME", text, _shaped(text, _TIME, "TIME")),
        ]
        if name in self.notation.words:
            readings = []
        if (written := self.notation.format_of(name)) is not None:
            readings.insert(0, _by_format(text, written))
        return [*readings, *_dates(text, first)]

    def _types_as_declared(self, name: str, first: str) -> list[ColumnType]:
        """The one way to read a column of a declared type; several where its dates can be read in
        several."""
        kind, text = self.types[name.lower()], _text(name)
        head = base(kind.upper().strip())
        written = self.notation.format_of(name)
        if head in ("DATE", "TIMESTAMP", "DATETIME", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"):
            column_types = [_by_format(text, written)] if written else _dates(text, first)
            casts = [
                _cast(
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
            return [_cast(kind, self.numbers.plain(text), f"{self.numbers.fits(text)}")]
        if head in ("VARCHAR", "TEXT", "STRING", "CHAR"):
            return [ColumnType(kind, "true", quoted(name))]
        return [_cast(kind, text, f"TRY_CAST({text} AS {kind}) IS NOT NULL")]

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
            f"count(*) FILTER ({_text(name)} IS NOT NULL AND NOT ({column_type.fits}))"
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
        """The reading of a column; None for text. Raises Mistake where a choice would be a
        guess."""
        if name.lower() in self.types and not fitting:
            self._no_fit(name, candidates[0], f"no {self.types[name.lower()]}")
        written = self.notation.format_of(name)
        if (
            isinstance(self.notation.date_format, Mapping)
            and written
            and not any(column_type.format == written for column_type in fitting)
        ):
            self._no_fit(name, _by_format(_text(name), written), f"not written as {written}")
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
                number = self.numbers.plain(_text(name))
                if (long := long_numbers(self.connection, self.raw, number)) is not None:
                    long_columns[name] = long
        return long_columns

    def _exact(self, name: str, long: LongNumbers) -> ColumnType | None:
        """The type that keeps every digit; None for text."""
        kind = long.type
        return _cast(kind, self.numbers.plain(_text(name)), "true") if kind else None

    def _empty(self, name: str) -> bool:
        query = f"SELECT count({_text(name)}) FROM {self.raw}"
        return int(self.connection.execute(query).fetchone()[0]) == 0

    def _thousands_or_decimals(self, name: str) -> None:
        """In a file that semicolons separate the comma is the decimal sign, so 1.250 may well be
        1250."""
        if self.notation.separator != ";" or self.notation.decimal or self.notation.thousands:
            return
        text = _text(name)
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
        column, number = quoted(name), self.numbers.plain(_text(name))
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
        text = _text(name)
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
        readings = [*_other_readings(text, self.notation), *_months(text)]
        counted = ", ".join(f"count(*) FILTER ({fits})" for _, fits in readings)
        total, *fitting = self.connection.execute(
            f"SELECT count({text}), {counted} FROM {self.raw} WHERE {text} IS NOT NULL"
        ).fetchone()
        best = max(fitting)
        if best * 2 < total or best == 0:
            return []
        ways = [hint for (hint, _), count in zip(readings, fitting, strict=True) if count == best]
        # A setting reads the column for every query.
        ways = [way for way in ways if not way.endswith(_HERE)] or ways
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
        if all(way.endswith(_HERE) for way in ways):
            choices = " or ".join(way.removeprefix("Write ").removesuffix(_HERE) for way in ways)
            return f"Write {choices}{_HERE.rstrip('.')}, as the file means it."
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
        text, file = _text(name), quoted(FILE)
        where = f"{text} IS NOT NULL AND NOT ({fits})"
        count = self.connection.execute(
            f"SELECT count(*) FROM {self.raw} WHERE {where}"
        ).fetchone()[0]
        rows = self.connection.execute(
            f"SELECT rowid - (SELECT min(rowid) FROM {self.raw} AS o WHERE o.{file} = r.{file}),"
            f" {file}, {text} FROM {self.raw} AS r WHERE {where} ORDER BY rowid LIMIT {most}"
        ).fetchall()
        return [(self.line(str(path), int(index)), str(value)) for index, path, value in rows], int(
            count
        )


def _digits_notes(name: str, long: LongNumbers) -> list[dict[str, str]]:
    """What to say of numbers that neither a double nor a DECIMAL holds."""
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


def _text(name: str) -> str:
    """SQL: a column's text without spaces around it; nothing is NULL."""
    return f"nullif(trim({quoted(name)}), '')"


def _cast(kind: str, text: str, fits: str, example: str = "", written: str = "") -> ColumnType:
    return ColumnType(kind, fits, f"CAST({text} AS {kind})", example, written)


def _shaped(text: str, pattern: str, kind: str) -> str:
    return (
        f"regexp_full_match({text}, {literal(pattern)}) AND TRY_CAST({text} AS {kind}) IS NOT NULL"
    )


def _by_format(text: str, written: str, example: str = "") -> ColumnType:
    """Dates written in one way. A year of four digits has four, so that 5/6/26 is not in the year
    26."""
    fits = f"try_strptime({text}, {literal(written)}) IS NOT NULL"
    if "%Y" in written:
        fits += f" AND regexp_matches({text}, '\\d{{4}}')"
    kind = "TIMESTAMP" if re.search(r"%[HIMSfgnpXcs]", written) else "DATE"
    return ColumnType(
        kind, fits, f"CAST(strptime({text}, {literal(written)}) AS {kind})", example, written
    )


def _dates(text: str, first: str) -> list[ColumnType]:
    """Dates and timestamps as the standard writes them, and numbers in some order where the first
    value has them."""
    readings = [
        _cast("DATE", text, _shaped(text, _ISO_DAY, "DATE")),
        _cast("TIMESTAMP", text, _shaped(text, f"{_ISO_DAY}(?:[ T]{_TIME})?", "TIMESTAMP")),
        _cast("TIMESTAMPTZ", text, _shaped(text, f"{_ISO_DAY}[ T]{_TIME}{_OFFSET}", "TIMESTAMPTZ")),
    ]
    if match := _SPELLED.match(first):
        year = "Y" if len(match[2]) == 4 else "y"
        orders = [order for order in _ORDERS if order != "year first" or year == "y"]
        readings += [
            _by_format(text, _ORDERS[order].format(match[1], year) + clock, order)
            for clock in _CLOCKS
            for order in orders
            if bool(clock) == (":" in first)
        ]
    return readings


_HERE = " in the query."
_POINT = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
"""A number with a decimal point, and maybe thousands commas."""
_COMMA = r"(?:\d{1,3}(?:[. ]\d{3})+|\d+)(?:,\d+)?"
"""A number with a decimal comma, and maybe thousands points or blanks."""
_UNIT = r"(?:[$€£¥]|[A-Z]{3})"


def _marked(number: str) -> str:
    """A pattern of amounts with a unit before or behind, or in the brackets that mean minus."""
    return rf"[+-]?{_UNIT}? ?[+-]?{number}|[+-]?{number} ?{_UNIT}|\({_UNIT}? ?{number} ?{_UNIT}?\)"


_MARKED: tuple[tuple[str, str], ...] = (
    ("CAST(rtrim(replace({column}, '%', '')) AS DOUBLE) / 100", r"[+-]?\d+(\.\d+)? ?%"),
    (
        "CAST(rtrim(replace(replace({column}, '%', ''), ',', '.')) AS DOUBLE) / 100",
        r"[+-]?\d+(,\d+)? ?%",
    ),
    (
        "CAST(regexp_replace(replace({column}, '(', '-'), '[^0-9.-]', '', 'g') AS DOUBLE)",
        _marked(_POINT),
    ),
    (
        "CAST(replace(regexp_replace(replace({column}, '(', '-'), '[^0-9,-]', '', 'g'), ',', '.')"
        " AS DOUBLE)",
        _marked(_COMMA),
    ),
    (
        "CAST(CASE WHEN {column} LIKE '%-' THEN '-' ELSE '' END || rtrim({column}, '- ') AS DOUBLE)",
        r"\d+(\.\d+)? ?-?",
    ),
    (
        "CAST(replace({column}, '\N{MINUS SIGN}', '-') AS DOUBLE)",
        "[\N{MINUS SIGN}+-]?\\d+(\\.\\d+)?",
    ),
    ("CAST(rtrim({column}, 'kK ') AS DOUBLE) * 1000", r"[+-]?\d+(\.\d+)? ?[kK]"),
)
"""How numbers are written that no setting reads: SQL for them, and their pattern."""


def _other_readings(text: str, notation: Notation) -> list[tuple[str, str]]:
    """What to write, and the SQL that says for which values it is right, in the order of
    preference."""
    entry = notation.entry
    readings = [("Cast it in the query: CAST({column} AS DOUBLE).", PLAIN.fits(text))]
    readings += [
        (f"Write {numbers.settings} under {entry}.", numbers.fits(text))
        for numbers in OTHER_NUMBERS
        if numbers.settings
    ]
    readings += [("Cast it in the query: CAST({column} AS DATE).", _shaped(text, _ISO_DAY, "DATE"))]
    formats = [*_FORMATS, *(f"%d{mark}%m{mark}%{year}" for mark in "./-" for year in "Yy")]
    formats += [f"%m{mark}%d{mark}%{year}" for mark in "/-" for year in "Yy"]
    readings += [
        (f'Write date_format = "{form}" under {entry}.', _by_format(text, form).fits)
        for form in formats
    ]
    return [
        *readings,
        *(
            (f"Write {sql}{_HERE}", f"regexp_full_match({text}, {literal(pattern)})")
            for sql, pattern in _MARKED
        ),
    ]


def _months(text: str) -> list[tuple[str, str]]:
    """Quarters and weeks, which no format can read."""
    return [
        (
            (
                "Write make_date(left({column}, 4)::INTEGER, right({column}, 1)::INTEGER * 3 - 2,"
                " 1) in the query."
            ),
            f"regexp_full_match({text}, '\\d{{4}}[- ]?Q[1-4]')",
        ),
        (
            (
                "Write make_date(right({column}, 4)::INTEGER, {column}[2]::INTEGER * 3 - 2, 1) in"
                " the query."
            ),
            f"regexp_full_match({text}, 'Q[1-4][- /]?\\d{{4}}')",
        ),
        (
            "Write strptime({column} || '-1', '%G-W%V-%u')::DATE in the query.",
            f"regexp_full_match({text}, '\\d{{4}}-W\\d{{2}}')",
        ),
    ]
