"""YAML text -> Values. Built from the parser's events, so that depth, aliases and tags are refused
before they cost.

Plain scalars follow YAML 1.2: only `true` and `false` are yes or no (so `on:` is the key "on"), and
dates stay text until a shape asks for a date. The parser is libyaml where PyYAML was built with it.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from msgspec import Struct, field
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from sharekit.errors import Place, Problem
from sharekit.project.read.values import ValueTree, as_integer, child_path
from sharekit.project.shapes import JsonValue

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 24
_MOST_NODES = 20_000
_LONGEST_INT = 300

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_INT = re.compile(r"[-+]?[0-9]+\Z", re.ASCII)
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z", re.ASCII)
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")


def read_yaml(text: str, path: str, first_line: int = 1, *, parser: Any = _PARSER) -> ValueTree:
    """The one document in `text`, which begins on line `first_line` of the file `path`."""
    builder = _Builder(path, first_line)
    try:
        for event in yaml.parse(text, Loader=parser):
            builder.take(event)
    except _YamlRefusedError as refused:
        return ValueTree(
            builder.root, builder.places, builder.names, (*builder.problems, refused.problem)
        )
    except yaml.YAMLError as error:
        problem = _syntax_problem(error, path, first_line, text)
        return ValueTree(builder.root, builder.places, builder.names, (*builder.problems, problem))
    return ValueTree(builder.root, builder.places, builder.names, tuple(builder.problems))


class _YamlRefusedError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Open(Struct):
    """A list or mapping that is being read."""

    into: list[JsonValue] | dict[str, JsonValue]
    path: str
    key: str | None = None
    """Of a mapping: the key that waits for its value."""
    repeated: bool = False


class _Builder(Struct):
    path: str
    first_line: int
    root: JsonValue = None
    places: dict[str, Place] = field(default_factory=dict)
    names: dict[str, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    nodes: int = 0
    documents: int = 0

    def take(self, event: Event) -> None:
        if isinstance(event, ScalarEvent):
            self._node(event)
            top = self.open[-1] if self.open else None
            if top is not None and isinstance(top.into, dict) and top.key is None:
                self._key(top, event)
            else:
                self._put(_scalar(event), event)
        elif isinstance(event, CollectionStartEvent):
            self._node(event)
            self._begin(event)
        elif isinstance(event, SequenceEndEvent | MappingEndEvent):
            self.open.pop()
        elif isinstance(event, AliasEvent):
            self._refuse(
                event,
                "yaml-alias",
                "anchors and aliases (`&`, `*`) are not read here",
                "Write it out.",
            )
        elif isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._refuse(
                    event,
                    "yaml-documents",
                    "a second `---` begins another document",
                    "Remove that line.",
                )

    def _node(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > _MOST_NODES or len(self.open) > _DEEPEST:
            self._refuse(event, "yaml-too-large", "this is too large or nested too deeply", None)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(
                event, "yaml-tag", f"tags such as `{tag}` are not read here", "Remove the tag."
            )

    def _begin(self, event: Any) -> None:
        into: list[JsonValue] | dict[str, JsonValue] = (
            {} if isinstance(event, MappingStartEvent) else []
        )
        top = self.open[-1] if self.open else None
        if top is not None and isinstance(top.into, dict) and top.key is None:
            self._refuse(event, "yaml-key", "a key is one word, not a list or a mapping", None)
        self.open.append(_Open(into, self._put(into, event)))

    def _key(self, top: _Open, event: ScalarEvent) -> None:
        top.key, path = event.value, child_path(top.path, event.value)
        place = self._place(event)
        top.repeated = isinstance(top.into, dict) and event.value in top.into
        if top.repeated:
            first = self.names[path].line
            self.problems.append(
                Problem(
                    "duplicate-key",
                    f"`{path}` is written twice",
                    place,
                    hint=f"The first is on line {first}. Keep one of them.",
                )
            )
        else:
            self.names[path] = place

    def _put(self, value: JsonValue, event: Event) -> str:
        """Set a value in what is being read; its path."""
        if not self.open:
            self.root = value
            self.places[""] = self._place(event)
            return ""
        top = self.open[-1]
        if isinstance(top.into, list):
            path = child_path(top.path, len(top.into))
            top.into.append(value)
        else:
            key, top.key = top.key or "", None
            path = child_path(top.path, key)
            if top.repeated:
                return path
            top.into[key] = value
        self.places[path] = self._place(event)
        return path

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Place(self.path, self.first_line + start.line, start.column + 1, max(1, length))

    def _refuse(self, event: Event, code: str, message: str, hint: str | None) -> None:
        raise _YamlRefusedError(Problem(code, message, self._place(event), hint=hint))


def _scalar(event: ScalarEvent) -> JsonValue:
    text = event.value
    if event.style or not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.match(text):
        return int(text) if len(text) <= _LONGEST_INT else float(text)
    if _BASED.match(text) and len(text) <= _LONGEST_INT:
        return int(text, 0)
    if _FLOAT.match(text):
        return as_integer(float(text))
    if _SPECIAL.match(text):
        return float(text.replace(".", "", 1).lower())
    return text


def _syntax_problem(error: yaml.YAMLError, path: str, first_line: int, text: str) -> Problem:
    complaint = str(
        getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    )
    context = str(getattr(error, "context", None) or "")
    opened = "quoted scalar" in context or "flow" in context or "simple key" in context
    mark = getattr(error, "context_mark", None) if opened else None
    mark = mark or getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    lines = text.split("\n")
    if line >= len(lines) or (line and line == len(lines) - 1 and not lines[line].strip()):
        line = max((number for number, line in enumerate(lines) if line.strip()), default=0)
        column = len(lines[line].rstrip())
    message, hint = _sentence_and_hint(complaint, context, lines[line], column)
    return Problem("yaml-syntax", message, Place(path, first_line + line, column + 1), hint=hint)


def _sentence_and_hint(
    complaint: str, context: str, line: str, column: int
) -> tuple[str, str | None]:
    """Our words for libyaml's and PyYAML's, and how to fix it."""
    at = line[column : column + 1]
    if "\t" in line[: column + 1] and not line[: column + 1].strip():
        return "a tab where spaces are needed", "Indent with spaces."
    if "mapping values are not allowed" in complaint and ":" not in line[:column]:
        return (
            "this line is indented, so it goes on with the text above",
            "Begin the key in the column of the others.",
        )
    if "mapping values are not allowed" in complaint:
        return (
            "a second `:` in one line",
            'Put text with a colon in quotes: title: "Flights: weekly".',
        )
    if "cannot start any token" in complaint and at:
        return f"text cannot begin with {at}", f'Put it in quotes: "{at}".'
    if "quoted scalar" in context and "escape" not in complaint:
        return (
            "a quotation mark is opened and not closed",
            "Close it, or put the text in the other kind of quotes.",
        )
    if "flow" in context:
        return (
            f"the bracket {at} is not closed",
            "Close it with ] or }, and put commas between entries.",
        )
    if "could not find expected ':'" in complaint:
        return "a key without `:`", "Write key: value."
    if "did not find expected '-' indicator" in complaint:
        return (
            "this line is neither an entry of the list above nor a new key",
            "Begin entries with `- `, or indent less.",
        )
    if "did not find expected key" in complaint or "expected <block end>" in complaint:
        return (
            "this does not fit what comes before it",
            "Begin keys of one level in the same column, and put all of the text in quotes.",
        )
    if "anchor" in complaint or "alias" in complaint or "anchor" in context or "alias" in context:
        return "text cannot begin with * or &", "Put it in quotes."
    return f"this is not YAML: {complaint}", None
