"""TOML text -> Values. The parser reads the values; a second, forgiving walk over the valid text
finds the places."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, time

from msgspec import Struct, field

from sharekit.errors import Place, Problem
from sharekit.files.toml import TomlError, parse_toml
from sharekit.project.read.values import ValueTree, as_integer, child_path
from sharekit.project.shapes import JsonValue

_AT = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)\Z")
_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*+)*+")
_KEY = re.compile(r"[A-Za-z0-9_-]+|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
_TEXT = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|'
    r"'''(?:[^']|'(?!''))*'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'",
    re.DOTALL,
)
_LINE_END = re.compile("\n")
_BARE = re.compile(r"[^\s,\]}#]+(?: \d[^\s,\]}#]*)?")


def read_toml(text: str, path: str) -> ValueTree:
    """The whole document. Dates and times become text, as in JSON."""
    try:
        value = _json(parse_toml(text))
    except TomlError as error:
        return ValueTree({}, problems=(_syntax_problem(str(error), path, text),))
    walk = _Walk(text, path)
    walk.document()
    return ValueTree(value, walk.places, walk.names)


def _json(value: object) -> JsonValue:
    if isinstance(value, dict):
        return {key: _json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_json(entry) for entry in value]
    if isinstance(value, float):
        return as_integer(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise TomlError("a whole number has more than 64 bits")
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _syntax_problem(complaint: str, path: str, text: str) -> Problem:
    at = _AT.search(complaint)
    message = complaint[: at.start()] if at else complaint
    lines = text.rstrip("\n").split("\n")
    line, column = (
        (int(at["line"]), int(at["column"]))
        if at and at["line"]
        else (len(lines), len(lines[-1]) + 1)
    )
    hint = None
    if "Invalid value" in message:
        hint = 'Put text in quotes: name = "New York Airports".'
    elif "Cannot declare" in message or "Cannot overwrite" in message:
        hint = "Write each table and key once."
    return Problem(
        "toml-syntax",
        f"this is not TOML: {message[:1].lower()}{message[1:]}",
        Place(path, line, column),
        hint=hint,
    )


class _Walk(Struct):
    """Goes once through text that the parser has accepted, and notes where each key and value
    stands."""

    text: str
    path: str
    at: int = 0
    places: dict[str, Place] = field(default_factory=dict)
    names: dict[str, Place] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    """How many entries each array of tables has so far."""
    line_starts: list[int] = field(default_factory=list)

    def document(self) -> None:
        self.line_starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        table = ""
        self._gap()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._gap()

    def _header(self) -> str:
        many = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if many else 1
        keys = list(self._keys())
        self.at += 2 if many else 1
        table = self._name_all("", keys)
        if many:
            count = self.counts.get(table, 0)
            self.counts[table] = count + 1
            self.places.setdefault(table, self._place(start, self.at))
            table = child_path(table, count)
        self.places[table] = self._place(start, self.at)
        return table

    def _pair(self, table: str) -> None:
        path = self._name_all(table, list(self._keys()))
        self.at += 1  # the equals sign
        self._value(path)

    def _name_all(self, table: str, keys: list[tuple[str, int, int]]) -> str:
        """The path below `table` that these keys name; a key inside an array of tables means its
        last entry."""
        path = table
        for index, (key, start, stop) in enumerate(keys):
            path = child_path(path, key)
            self.names.setdefault(path, self._place(start, stop))
            self.places.setdefault(path, self._place(start, stop))
            if path in self.counts and index < len(keys) - 1:
                path = child_path(path, self.counts[path] - 1)
        return path

    def _keys(self) -> Iterator[tuple[str, int, int]]:
        while True:
            self._gap()
            match = _KEY.match(self.text, self.at)
            if match is None:
                return
            self.at = match.end()
            word = match.group()
            yield (word[1:-1] if word[0] in "\"'" else word), match.start(), match.end()
            self._gap()
            if not self.text.startswith(".", self.at):
                return
            self.at += 1

    def _value(self, path: str) -> None:
        self._gap()
        start = self.at
        opening = self.text[start : start + 1]
        if opening == "[":
            self._entries(path, "]")
        elif opening == "{":
            self._entries(path, "}")
        else:
            match = _TEXT.match(self.text, start) or _BARE.match(self.text, start)
            self.at = match.end() if match else start + 1
        self.places[path] = self._place(start, self.at)

    def _entries(self, path: str, close: str) -> None:
        self.at += 1
        index = 0
        self._gap()
        while self.at < len(self.text) and self.text[self.at] != close:
            if close == "]":
                self._value(child_path(path, index))
            else:
                self._pair(path)
            index += 1
            self._gap()
            if self.text.startswith(",", self.at):
                self.at += 1
            self._gap()
        self.at += 1

    def _gap(self) -> None:
        match = _GAP.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _place(self, start: int, stop: int) -> Place:
        line = bisect_right(self.line_starts, start)
        begin = self.line_starts[line - 1]
        end = self.text.find("\n", start)
        stop = min(stop, end if end >= 0 else len(self.text))
        return Place(self.path, line, start - begin + 1, max(1, stop - start))
