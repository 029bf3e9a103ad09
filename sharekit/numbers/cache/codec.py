"""Readings as JSON and back, without pickle: a cache file is data and can run nothing.

Values travel as packed 64-bit floats in base64 (NaN is a gap), days as packed ordinals: a series of
any length is two short strings, and a thousand series are read in a fraction of a second."""

from __future__ import annotations

import json
import math
import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import structs

from sharekit.errors import Place, Problem
from sharekit.numbers.exact import ExactNumber
from sharekit.numbers.results import Cell, Column, Comparison, Point, Reading, Rows, Slice, points
from sharekit.project.shapes import FiscalYear
from sharekit.read_json import read_json

FORMAT = 8
"""Changes with this encoding; entries of another number are misses."""


@dataclass(frozen=True)
class CachedReading:
    """What one metric's rows came to: a reading with its warnings, or errors and no reading."""

    reading: Reading | None
    problems: tuple[Problem, ...] = ()
    file: str = ""
    """Digest of the file that the problems' places are in: they hold for that text alone."""
    digest: str = field(default="", compare=False)
    """Of its text, where that is in the cache."""


def encode(cached: CachedReading) -> str:
    """A reading and problems as one line of JSON."""
    document = {
        "reading": None if cached.reading is None else _reading(cached.reading),
        "problems": [_problem(problem) for problem in cached.problems],
        "file": cached.file,
    }
    return json.dumps(document, separators=(",", ":"))


def _reading(reading: Reading) -> dict[str, Any]:
    starts = [point.on for point in reading.series] or _longest(reading.slices)
    return {
        "shape": reading.shape,
        "value": _number(reading.value),
        "grain": reading.grain,
        "from": _day(reading.period_start),
        "to": _day(reading.period_end),
        "starts": _days(starts),
        "series": _series(reading.series, starts),
        "open": None if reading.open_point is None else _point(reading.open_point),
        "unsettled": _points(reading.unsettled),
        "partial": _points(reading.partial),
        "irregular": reading.irregular,
        "notes": list(reading.notes),
        "silent": _day(reading.silent_since),
        "fiscal": list(reading.fiscal),
        "compared": [_comparison(entry) for entry in reading.comparisons],
        "slices": [
            [name, [_slice(member_slice, starts) for member_slice in slices]]
            for name, slices in reading.slices.items()
        ],
        "target": reading.target,
        "targets": [[_day(day), value] for day, value in reading.targets],
        "by_period": reading.targets_by_period,
        "planned": _points(reading.planned),
        "table": None if reading.table is None else _rows(reading.table),
        "until": _day(reading.data_until),
        "rule": reading.rule,
        "over": reading.over_time,
        "on": _day(reading.measured_on),
        "running": [[_day(point.on), point.value] for point in reading.running],
        "since": _day(reading.since),
        "headline": reading.headline,
    }


def decode(text: str) -> CachedReading:
    """What `encode` wrote. Raises ValueError where the text is anything else."""
    try:
        document = read_json(text)
        reading = None if document["reading"] is None else _to_reading(document["reading"])
        return CachedReading(
            reading,
            tuple(_to_problem(problem) for problem in document["problems"]),
            str(document["file"]),
        )
    except (
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
        InvalidOperation,
    ) as error:
        raise ValueError("not an encoded reading") from error


def _to_reading(document: Any) -> Reading:
    starts = list(map(date.fromordinal, _unpack("i", document["starts"])))
    return Reading(
        shape=document["shape"],
        value=_to_number(document["value"]),
        grain=document["grain"],
        period_start=_to_day(document["from"]),
        period_end=_to_day(document["to"]),
        series=_to_series(document["series"], starts),
        open_point=None if document["open"] is None else _to_point(document["open"]),
        unsettled=_to_points(document["unsettled"]),
        partial=_to_points(document["partial"]),
        irregular=bool(document["irregular"]),
        notes=tuple(map(str, document["notes"])),
        silent_since=_to_day(document["silent"]),
        fiscal=FiscalYear(*document["fiscal"]),
        comparisons=tuple(_to_comparison(entry) for entry in document["compared"]),
        slices={
            name: tuple(_to_slice(member_slice, starts) for member_slice in slices)
            for name, slices in document["slices"]
        },
        target=document["target"],
        targets=tuple((date.fromordinal(day), value) for day, value in document["targets"]),
        targets_by_period=bool(document["by_period"]),
        planned=_to_points(document["planned"]),
        table=None if document["table"] is None else _to_rows(document["table"]),
        data_until=_to_day(document["until"]),
        rule=document["rule"],
        over_time=document["over"],
        measured_on=_to_day(document["on"]),
        running=tuple(Point(date.fromordinal(day), value) for day, value in document["running"]),
        since=_to_day(document["since"]),
        headline=document["headline"],
    )


# -- days and series ------------------------------------------------------------------------------


def _day(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def _to_day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def _pack(code: str, numbers: Sequence[float]) -> str:
    packed = array(code, numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return b64encode(packed.tobytes()).decode("ascii")


def _unpack(code: str, text: str) -> array[Any]:
    packed = array(code)
    packed.frombytes(b64decode(text, validate=True))
    if sys.byteorder == "big":
        packed.byteswap()
    return packed


def _points(few: Sequence[Point]) -> list[Any]:
    return list(map(_point, few))


def _to_points(document: Any) -> tuple[Point, ...]:
    return tuple(map(_to_point, document))


def _days(days: Sequence[date]) -> str:
    return _pack("i", [day.toordinal() for day in days])


def _longest(slices: Mapping[str, tuple[Slice, ...]]) -> list[date]:
    """The periods of slices that have no total beside them."""
    series = (
        member_slice.series for member_slices in slices.values() for member_slice in member_slices
    )
    return [point.on for point in max(series, key=len, default=())]


def _series(points: Sequence[Point], starts: Sequence[date]) -> list[Any]:
    """[packed values, whether there are gaps, packed days where they are not the common ones,
    {place: digits} of values that have more of them than a float]."""
    values = [math.nan if point.value is None else point.value for point in points]
    own_days = (
        None
        if len(points) == len(starts)
        and all(point.on == start for point, start in zip(points, starts, strict=True))
        else points
    )
    gaps = any(point.value is None for point in points)
    long = {
        str(at): str(value.digits)
        for at, value in enumerate(values)
        if isinstance(value, ExactNumber)
    }
    return [
        _pack("d", values),
        gaps,
        None if own_days is None else _days([point.on for point in own_days]),
        long,
    ]


def _to_series(document: Any, starts: Sequence[date]) -> tuple[Point, ...]:
    text, gaps, own_days, long = document
    days = starts if own_days is None else list(map(date.fromordinal, _unpack("i", own_days)))
    values: Sequence[float | None] = _unpack("d", text)
    if len(values) != len(days):
        raise ValueError("days and values do not match")
    if gaps:
        values = [None if value != value else value for value in values]
    if long:
        values = list(values)
        for at, digits in long.items():
            values[int(at)] = ExactNumber(Decimal(digits))
    return points(days, values)


# -- parts ----------------------------------------------------------------------------------------


def _comparison(entry: Comparison) -> list[Any]:
    value, change = _number(entry.value), _number(entry.change)
    more = [entry.way, _day(entry.through), entry.measured]
    return [entry.kind, _day(entry.period), value, change, entry.change_pct, entry.better, *more]


def _to_comparison(document: Any) -> Comparison:
    kind, period, value, change, change_pct, better, way, through, measured = document
    value, change = _to_number(value), _to_number(change)
    return Comparison(
        kind,
        _to_day(period),
        value,
        change,
        change_pct,
        better,
        way,
        _to_day(through),
        bool(measured),
    )


def _slice(member_slice: Slice, starts: Sequence[date]) -> list[Any]:
    previous = None if member_slice.previous is None else _comparison(member_slice.previous)
    return [
        member_slice.member,
        _number(member_slice.value),
        _series(member_slice.series, starts),
        previous,
        member_slice.share,
        _number(member_slice.target),
        _number(member_slice.count),
        member_slice.label,
    ]


def _to_slice(document: Any, starts: Sequence[date]) -> Slice:
    member, value, series, previous, share, target, count, label = document
    compared = None if previous is None else _to_comparison(previous)
    return Slice(
        member,
        _to_number(value),
        _to_series(series, starts),
        compared,
        share,
        _to_number(target),
        _to_number(count),
        label,
    )


def _rows(rows: Rows) -> list[Any]:
    columns = [[column.name, column.type, column.kind] for column in rows.columns]
    return [columns, [[_cell(cell) for cell in row] for row in rows.rows]]


def _to_rows(document: Any) -> Rows:
    columns, rows = document
    return Rows(
        tuple(Column(name, kind, ours) for name, kind, ours in columns),
        tuple(tuple(_to_cell(cell) for cell in row) for row in rows),
    )


def _cell(cell: Cell) -> Any:
    """JSON's own kinds as they are; dates and times in a list of one, decimals in a list of two,
    which no cell is."""
    if isinstance(cell, Decimal):
        return ["decimal", str(cell)]
    return [cell.isoformat()] if isinstance(cell, date) else cell


def _to_cell(value: Any) -> Cell:
    if not isinstance(value, list):
        return value  # type: ignore[no-any-return]
    if len(value) == 2:
        return Decimal(value[1])
    text = value[0]
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _number(value: float | None) -> Any:
    """A value; one of more digits than a float has as a list of its digits."""
    return [str(value.digits)] if isinstance(value, ExactNumber) else value


def _to_number(value: Any) -> Any:
    return ExactNumber(Decimal(value[0])) if isinstance(value, list) else value


def _point(point: Point) -> list[Any]:
    return [point.on.toordinal(), _number(point.value)]


def _to_point(document: Any) -> Point:
    return Point(date.fromordinal(document[0]), _to_number(document[1]))


def _problem(problem: Problem) -> dict[str, Any]:
    document = structs.asdict(problem)
    place = problem.place
    return {**document, "place": [place.path, place.line, place.column, place.length]}


def _to_problem(document: Any) -> Problem:
    excerpt = tuple((line, text) for line, text in document["excerpt"])
    return Problem(**{**document, "place": Place(*document["place"]), "excerpt": excerpt})
