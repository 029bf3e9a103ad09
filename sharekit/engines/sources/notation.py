"""How a source writes its values: its options, and numbers and dates as SQL that reads them from
text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, field

from sharekit.engines.duckdb.values import literal, quoted

_SPACES = "[ \u00a0\u202f]"
TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
ISO_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_OFFSET = r" ?(?:Z|[+-]\d{2}(?::?\d{2})?)"
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_ORDERS = {
    "day first": "%d{0}%m{0}%{1}",
    "month first": "%m{0}%d{0}%{1}",
    "year first": "%{1}{0}%m{0}%d",
}
_SPELLED = re.compile(r"\d{1,2}([./-])\d{1,2}\1(\d{4}|\d{2})\b")


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


def text_of(name: str) -> str:
    """SQL: a column's text without spaces around it; nothing is NULL."""
    return f"nullif(trim({quoted(name)}), '')"


def cast(kind: str, text: str, fits: str, example: str = "", written: str = "") -> ColumnType:
    return ColumnType(kind, fits, f"CAST({text} AS {kind})", example, written)


def shaped(text: str, pattern: str, kind: str) -> str:
    return (
        f"regexp_full_match({text}, {literal(pattern)}) AND TRY_CAST({text} AS {kind}) IS NOT NULL"
    )


def by_format(text: str, written: str, example: str = "") -> ColumnType:
    """Dates written in one way. A year of four digits has four, so that 5/6/26 is not in the year
    26."""
    fits = f"try_strptime({text}, {literal(written)}) IS NOT NULL"
    if "%Y" in written:
        fits += f" AND regexp_matches({text}, '\\d{{4}}')"
    kind = "TIMESTAMP" if re.search(r"%[HIMSfgnpXcs]", written) else "DATE"
    return ColumnType(
        kind, fits, f"CAST(strptime({text}, {literal(written)}) AS {kind})", example, written
    )


def dates(text: str, first: str) -> list[ColumnType]:
    """Dates and timestamps as the standard writes them, and numbers in some order where the first
    value has them."""
    readings = [
        cast("DATE", text, shaped(text, ISO_DAY, "DATE")),
        cast("TIMESTAMP", text, shaped(text, f"{ISO_DAY}(?:[ T]{TIME})?", "TIMESTAMP")),
        cast("TIMESTAMPTZ", text, shaped(text, f"{ISO_DAY}[ T]{TIME}{_OFFSET}", "TIMESTAMPTZ")),
    ]
    if match := _SPELLED.match(first):
        year = "Y" if len(match[2]) == 4 else "y"
        orders = [order for order in _ORDERS if order != "year first" or year == "y"]
        readings += [
            by_format(text, _ORDERS[order].format(match[1], year) + clock, order)
            for clock in _CLOCKS
            for order in orders
            if bool(clock) == (":" in first)
        ]
    return readings
