"""What a failed query can learn from the columns it names: how their values are written, and how to
read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from sharekit.engines.duckdb.values import quoted
from sharekit.numbers.results import SourceInfo, SourceNote

_ITEM = re.compile(r"\bmetrics\s*\.\s*\"?(\w+)", re.IGNORECASE)
_WHEN = re.compile(
    r"date|time|day|week|month|quarter|year|period|\bon\b|_on\b|_at\b", re.IGNORECASE
)
_SOURCE_COLUMN = re.compile(r"when casting from source column (.+?)\.?$", re.MULTILINE)
_PERIOD = re.compile(
    r"(?:[a-z]{3,9}[-. /]?)?(?:19|20)\d\d|(?:19|20)\d\d[-. /]?(?:q[1-4]|w?\d\d|[a-z]{3,9})"
    r"|(?:q[1-4]|\d\d)[-. /]?(?:19|20)\d\d",
    re.IGNORECASE,
)
"""Names of columns that are periods: "Jan 2026", "2026-01", "Q1 2026", "2026"."""
_FEW = 3
_OF_ROWS = ("files", "repeats", "names")
"""Kinds of notes that are not about the values of a column."""


class Advice(Struct, frozen=True):
    """The notes of all sources, and the queries through which they are read."""

    items: Mapping[str, str]
    """SQL of views and metrics by id."""
    sources: Mapping[str, SourceInfo]

    def hint(self, sql: str, message: str, *, dates: bool = False) -> str | None:
        """What to write, where a column that the query names is not what it seems. `dates`: a date
        is missing."""
        if empty := [name for name in self._read_by(sql) if _is_only_a_header(self.sources[name])]:
            return f"`{empty[0]}` has no rows below its header, so all its columns are text."
        if dates and (wide := self._columns_as_periods(sql)):
            return wide
        notes = [note for note in self._notes(sql) if note.kind not in _OF_ROWS]
        if match := _SOURCE_COLUMN.search(message):
            notes = [
                note for note in notes if note.column.lower() == match[1].strip('"').lower()
            ] or notes
        about_dates = dates or bool(
            re.search(r"\b(date|timestamp|date_\w+)\b", message, re.IGNORECASE)
        )
        notes = [
            note
            for note in notes
            if note.kind != "count"
            or (about_dates and (match or _WHEN.search(note.column)))
            or (dates and "written as" in note.message)
        ]
        if dates:
            notes = [note for note in notes if _WHEN.search(note.hint)] or notes
        return " ".join(dict.fromkeys(_sentence(note) for note in notes[:_FEW])) or None

    def _columns_as_periods(self, sql: str) -> str | None:
        """How to make rows of a table that has months, quarters or years as columns, as sheets do."""
        for name in self._read_by(sql):
            columns = [column.name for column in self.sources[name].columns]
            period_columns = [column for column in columns if _PERIOD.fullmatch(column.strip())]
            if len(period_columns) < _FEW:
                continue
            others = ", ".join(quoted(column) for column in columns if column not in period_columns)
            apart = f"* EXCLUDE ({others})" if others else "*"
            return (
                f"`{name}` has a column for each period, such as `{period_columns[0]}`. Make rows of them: FROM"
                f" (UNPIVOT {name} ON COLUMNS({apart}) INTO NAME period VALUE value), and turn `period`"
                " into a date with strptime."
            )
        return None

    def in_quotes(self, sql: str) -> str | None:
        """What to write, where a query that cannot be parsed names a column with spaces without
        quotes."""
        for name, info in self.sources.items():
            for column in info.columns:
                bare = re.search(
                    rf"(?<![\w\"']){re.escape(column.name)}(?![\w\"'])", sql, re.IGNORECASE
                )
                if " " in column.name and bare and _names(sql, name):
                    return f'Put a name with spaces in double quotes: "{column.name}".'
        return None

    def _notes(self, sql: str) -> Iterator[SourceNote]:
        text = self._with_upstream(sql)
        for name in self._read_by(sql):
            notes = self.sources[name].notes
            yield from (note for note in notes if _names(text, note.column))

    def _read_by(self, sql: str) -> list[str]:
        """The sources that a query names, itself or through what it reads."""
        text = self._with_upstream(sql)
        return [name for name in self.sources if _names(text, name)]

    def _with_upstream(self, sql: str) -> str:
        texts, waiting, visited = [sql], [sql], set[str]()
        while waiting:
            for name in _ITEM.findall(waiting.pop()):
                if name.lower() in self.items and name.lower() not in visited:
                    visited.add(name.lower())
                    texts.append(self.items[name.lower()])
                    waiting.append(self.items[name.lower()])
        return "\n".join(texts)


def _is_only_a_header(info: SourceInfo) -> bool:
    return info.is_empty and all(column.kind == "text" for column in info.columns)


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _sentence(note: SourceNote) -> str:
    return f"`{note.column}` {note.message}. {note.hint}"
