"""A dashboard's body: prose with live numbers, and the blocks that place metrics in it. Pure.

Checks and the renderer read the same parts. Metrics are placed by fenced code blocks (`metrics`,
`okrs`, `changes`, `table`) with YAML inside; `{{ id }}` in prose is a live number, but not in code,
and not after a backslash."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeVar

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Struct
from pydantic import BaseModel

from sharekit.errors import Place, Problem
from sharekit.project.manifest import Dashboard
from sharekit.project.read.did_you_mean import nearest
from sharekit.project.read.into_shapes import fit
from sharekit.project.read.values import ValueTree
from sharekit.project.read.yaml_text import read_yaml
from sharekit.project.shapes import (
    ChangesPlacement,
    JsonValue,
    MetricPlacement,
    MetricsPlacement,
    ScorecardPlacement,
    TablePlacement,
)

NumberPart = Literal["value", "change", "previous", "target"]
NUMBER_PARTS: tuple[NumberPart, ...] = ("value", "change", "previous", "target")
BLOCKS = ("metrics", "okrs", "changes", "table")
"""First words of the fences that place something."""

_LIVE = re.compile(r"(?<!\\)\{\{(?P<inside>[^{}\n]*)(?P<end>\}\})?")
_INSIDE = re.compile(
    r"\s*+(?P<id>[A-Za-z0-9_-]++)\s*+(?:\[(?P<member>[^\[\]]++)\])?+\s*+(?::\s*+(?P<part>[A-Za-z_]*+))?+\s*+\Z"
)
_TICKS = re.compile(r"`+")
ShapeT = TypeVar("ShapeT", bound=BaseModel)


class LiveNumber(Struct, frozen=True):
    """`{{ id }}`, `{{ id:change }}`, `{{ id[Member] }}` in prose."""

    id: str
    part: NumberPart
    member: str | None
    """Member of one of the metric's dimensions; None for the total."""
    place: Place
    start: int
    """It stands at `text[start:end]` of its Prose, braces included."""
    end: int


class ProseBlock(Struct, frozen=True):
    """Markdown between blocks, as written. Live numbers stand in it in order and never overlap."""

    line: int
    """Line of the file on which `text` begins."""
    text: str
    numbers: tuple[LiveNumber, ...] = ()


@dataclass(frozen=True)
class MetricsBlock:
    """A row of cards or charts."""

    line: int
    """Line of the fence."""
    metrics: tuple[MetricPlacement, ...]
    keys: Mapping[str, Place] = field(default_factory=dict, repr=False)
    """Where each value stands: "[0]" for a bare id, "[1].by", "columns"."""
    columns: int | None = None
    """How many columns it has, where it says so."""


@dataclass(frozen=True)
class OkrsBlock:
    """A scorecard."""

    line: int
    scorecard: ScorecardPlacement
    keys: Mapping[str, Place] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class ChangesBlock:
    """The latest announcements."""

    line: int
    changes: ChangesPlacement
    keys: Mapping[str, Place] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class TableBlock:
    """The rows of one metric."""

    line: int
    table: TablePlacement
    keys: Mapping[str, Place] = field(default_factory=dict, repr=False)


Part = ProseBlock | MetricsBlock | OkrsBlock | ChangesBlock | TableBlock


class DashboardBody(Struct, frozen=True):
    """A dashboard's parts in order, and what in it cannot be read; those pieces are left out of the
    parts."""

    parts: tuple[Part, ...]
    problems: tuple[Problem, ...] = ()


def parse_body(dashboard: Dashboard) -> tuple[Part, ...]:
    """The parts of a dashboard in order. What cannot be read is left out; checks report it."""
    return read_body(dashboard).parts


def read_body(dashboard: Dashboard) -> DashboardBody:
    """The parts of a dashboard, and all that is wrong with its blocks and live numbers."""
    return _read(dashboard.path, dashboard.body_line, dashboard.body)


@lru_cache(maxsize=256)
def _read(path: str, first_line: int, text: str) -> DashboardBody:
    """Read once in a build: checks, numbers and pages all ask."""
    return _BodyReader(path, first_line, text.split("\n"), text).read()


class _BodyReader(Struct):
    path: str
    first_line: int
    lines: list[str]
    text: str
    parts: list[Part] = msgspec.field(default_factory=list)
    problems: list[Problem] = msgspec.field(default_factory=list)

    def read(self) -> DashboardBody:
        tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(self.text)
        placed_until = 0
        for token in tokens:
            if token.map is None or token.type != "fence":
                continue
            first, last = token.map
            name = (token.info.split() or [""])[0]
            if name in BLOCKS and token.level == 0:
                self._prose(tokens, placed_until, first)
                self._block(name, token, first, last)
                placed_until = last
            elif name:
                self._look_alike(name, first, nested=token.level > 0)
        self._prose(tokens, placed_until, len(self.lines))
        return DashboardBody(tuple(self.parts), tuple(self.problems))

    def _place(self, line: int, column: int = 0, length: int = 1) -> Place:
        """`line` and `column` count from 0 inside the body."""
        return Place(self.path, self.first_line + line, column + 1, length)

    def _report(self, code: str, message: str, place: Place, hint: str | None) -> None:
        self.problems.append(Problem(code, message, place, hint=hint))

    # -- blocks
    # ------------------------------------------------------------------------------------------------

    def _look_alike(self, name: str, line: int, *, nested: bool) -> None:
        place = self._place(line, self.lines[line].find(name), len(name))
        if name in BLOCKS and nested:
            self._report(
                "block-inside",
                f"a `{name}` block cannot be in a list or quote",
                place,
                "Move it to the left margin.",
            )
        elif (
            name not in BLOCKS
            and (near := nearest(name, BLOCKS, 1))
            and (len(name) > 3 or f"{name}s" in BLOCKS)
        ):
            self._report(
                "unknown-block", f"there is no block `{name}`", place, f"Did you mean `{near[0]}`?"
            )

    def _block(self, name: str, token: Token, first: int, last: int) -> None:
        if not self._is_closed(token, first, last):
            place = self._place(first, 0, len(self.lines[first]))
            self._report(
                "open-block",
                f"this `{name}` block is not closed",
                place,
                f"End it with a line {token.markup}",
            )
            return
        values = read_yaml(token.content, self.path, self.first_line + first + 1)
        if values.problems:
            for problem in values.problems:
                self._report(problem.code, problem.message, problem.place, problem.hint)
            return
        line = self.first_line + first
        if name == "metrics":
            self._metrics(values, line)
        elif name == "okrs":
            if scorecard := self._fit(ScorecardPlacement, values, line, {}):
                self.parts.append(OkrsBlock(line, scorecard, values.places))
        elif name == "changes":
            if changes := self._fit(ChangesPlacement, values, line, {}):
                self.parts.append(ChangesBlock(line, changes, values.places))
        elif table := self._fit(TablePlacement, _spelled_out(values), line, None):
            self.parts.append(TableBlock(line, table, values.places))

    def _is_closed(self, token: Token, first: int, last: int) -> bool:
        closing = self.lines[last - 1].strip() if last - 1 > first else ""
        return len(closing) >= len(token.markup) and not closing.strip(token.markup[0])

    def _metrics(self, values: ValueTree, line: int) -> None:
        if isinstance(values.value, dict) and {"metrics", "columns"} & values.value.keys():
            if laid_out := self._fit(MetricsPlacement, values, line, None):
                entries = tuple(
                    MetricPlacement(id=entry) if isinstance(entry, str) else entry
                    for entry in laid_out.metrics
                )
                keys = {
                    path.removeprefix("metrics") if path.startswith("metrics[") else path: place
                    for path, place in values.places.items()
                }
                self.parts.append(MetricsBlock(line, entries, keys, laid_out.columns))
            return
        if not isinstance(values.value, list) or not values.value:
            place = values.places.get("", Place(self.path, line, 1))
            self._report(
                "bad-block",
                "a `metrics` block is a list of metrics",
                place,
                "Write one `- id` a line.",
            )
            return
        metric_placements: list[MetricPlacement] = []
        for index, entry in enumerate(values.value):
            if not isinstance(entry, str | dict):
                place = values.places[f"[{index}]"]
                self._report(
                    "bad-block",
                    "this is not a metric",
                    place,
                    "Write an id, or {id: ..., chart: ...}.",
                )
                continue
            below = _spelled_out(_below(values, index, entry))
            if placement := self._fit(MetricPlacement, below, line, None):
                metric_placements.append(placement)
        if metric_placements:
            self.parts.append(MetricsBlock(line, tuple(metric_placements), values.places))

    def _fit(
        self, model: type[ShapeT], values: ValueTree, line: int, empty: JsonValue
    ) -> ShapeT | None:
        head = values.places.get("", Place(self.path, line, 1))
        value = empty if values.value is None else values.value
        shape, problems = fit(model, ValueTree(value, values.places, values.names), head)
        for problem in problems:
            self._report(problem.code, problem.message, problem.place, problem.hint)
        return shape

    # -- prose
    # -------------------------------------------------------------------------------------------------

    def _prose(self, tokens: list[Token], first: int, last: int) -> None:
        text = "\n".join(self.lines[first:last])
        if not text.strip():
            return
        starts = [0]
        for line in self.lines[first:last]:
            starts.append(starts[-1] + len(line) + 1)
        numbers = [
            number
            for begin, end in _paragraphs(tokens, first, last)
            for number in self._numbers(first, begin, end, text, starts)
        ]
        self.parts.append(ProseBlock(self.first_line + first, text, tuple(numbers)))

    def _numbers(
        self, first: int, begin: int, end: int, text: str, starts: list[int]
    ) -> Iterator[LiveNumber]:
        """Live numbers of one paragraph, which is lines `begin` to `end` of the body."""
        low, high = starts[begin - first], min(starts[end - first], len(text))
        spans = _code_spans(text[low:high])
        begins = [start for start, _ in spans]
        for match in _LIVE.finditer(text, low, high):
            span = bisect_right(begins, match.start() - low) - 1
            if span >= 0 and match.start() - low < spans[span][1]:
                continue
            line = first + bisect_right(starts, match.start()) - 1
            place = self._place(
                line, match.start() - starts[line - first], match.end() - match.start()
            )
            if number := self._number(match, place):
                yield number

    def _number(self, match: re.Match[str], place: Place) -> LiveNumber | None:
        example = (
            "Write {{ id }}, {{ id:change }}, {{ id:previous }}, {{ id:target }} or {{"
            " id[Member] }}."
        )
        if match["end"] is None:
            self._report(
                "bad-live-number",
                "{{ is not closed in this line",
                place,
                f"{example} In plain text, write \\{{{{",
            )
            return None
        inside = _INSIDE.match(match["inside"])
        if inside is None:
            self._report("bad-live-number", f"{match.group()} is not a live number", place, example)
            return None
        part = inside["part"] if inside["part"] is not None else "value"
        for number_part in NUMBER_PARTS:
            if part == number_part:
                member = inside["member"]
                return LiveNumber(
                    inside["id"],
                    number_part,
                    member.strip() if member else None,
                    place,
                    match.start(),
                    match.end(),
                )
        near = nearest(part, NUMBER_PARTS, 1)
        hint = f"Did you mean `{near[0]}`?" if near else example
        self._report("bad-live-number", f"a live number has no `{part}`", place, hint)
        return None


def _spelled_out(values: ValueTree) -> ValueTree:
    """A bare id as {id: ...}."""
    if not isinstance(values.value, str):
        return values
    return ValueTree({"id": values.value}, {**values.places, "id": values.places[""]}, values.names)


def _below(values: ValueTree, index: int, entry: JsonValue) -> ValueTree:
    """One entry of a list, with the places of its own values."""
    head = f"[{index}]"

    def cut(places: Mapping[str, Place]) -> dict[str, Place]:
        return {
            path[len(head) :].lstrip("."): place
            for path, place in places.items()
            if path.startswith(head)
        }

    return ValueTree(entry, cut(values.places), cut(values.names))


def _paragraphs(tokens: list[Token], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Line ranges of inline content between two lines; cells of one table row are taken
    together."""
    ranges: set[tuple[int, int]] = set()
    for token in tokens:
        if token.type != "inline" or token.map is None:
            continue
        begin, end = token.map
        if first <= begin and end <= last and (begin, end) not in ranges:
            ranges.add((begin, end))
            yield begin, end


def _code_spans(text: str) -> list[tuple[int, int]]:
    """Spans between runs of backticks of equal length, as CommonMark pairs them."""
    runs = [(match.start(), match.end()) for match in _TICKS.finditer(text)]
    closers: list[int | None] = [None] * len(runs)
    latest: dict[int, int] = {}
    for index, (start, stop) in reversed(list(enumerate(runs))):
        closers[index] = latest.get(stop - start)
        latest[stop - start] = index
    spans: list[tuple[int, int]] = []
    index = 0
    while index < len(runs):
        start, close = runs[index][0], closers[index]
        if close is None or text[max(0, start - 1) : start] == "\\":
            index += 1
            continue
        spans.append((start, runs[close][1]))
        index = close + 1
    return spans
