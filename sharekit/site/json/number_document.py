"""The data behind a page: one JSON document for each number, the same that `sharekit show` prints,
and its CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from sharekit.documents import (
    AfterEnd,
    ComparedValue,
    DeclaredDecision,
    ForecastEntry,
    MemberValues,
    NumberDocument,
    OkrFigures,
    Point,
    TableRows,
    ValueOfPeriod,
)
from sharekit.numbers.results import (
    ClosedReading,
    Comparison,
    Forecast,
    OkrReading,
    Reading,
    Result,
    Rows,
)
from sharekit.numbers.results import (
    Point as SeriesPoint,
)
from sharekit.project.lineage import SCHEMA
from sharekit.project.manifest import Metric
from sharekit.project.shapes import KeyResultFront
from sharekit.site.exact_text import csv_cell, dumps, iso_day, json_cell, number
from sharekit.visible import Visible
from sharekit.wording.sharing import points


def data_document(visible: Visible, item: str, *, commit: str | None = None) -> NumberDocument:
    """All values of one metric or key result."""
    metric, result, lineage = visible.manifest.metrics[item], visible.result(item), visible.lineage
    reading = result.reading
    previous = _comparison(reading, "previous")
    return {
        "id": metric.id,
        "state": metric.front.state,
        "kind": "key_result" if metric.okr else metric.front.kind,
        "title": metric.title,
        "unit": metric.front.unit,
        "grain": (reading.grain if reading else None) or metric.front.grain,
        "as_of": iso_day(result.as_of),
        "owner": metric.owner,
        "owners": list(metric.owners),
        "period": iso_day(reading.period_start) if reading else None,
        "value": number(reading.value) if reading else None,
        "headline": reading.headline if reading else None,
        "so_far": _so_far(reading),
        "notes": list(reading.notes) if reading else [],
        "change": previous["change"] if previous else None,
        "previous": previous,
        "year_ago": _comparison(reading, "year_ago"),
        "dated_notes": [
            {"on": note.on.isoformat(), "text": note.text}
            for note in sorted(metric.front.notes, key=lambda note: note.on)
            if note.on <= visible.as_of
        ],
        "target": number(_target(reading, result.okr)),
        "band": [number(end) for end in metric.front.band] if metric.front.band else None,
        "status": result.okr.status if result.okr else None,
        "stale": stale_reason(result),
        "series": _series(reading.series) if reading else [],
        "slices": _slices(reading) if reading else {},
        "table": _table(reading.table) if reading and reading.table else None,
        "okr": _okr(metric, result.okr, result.closed),
        "definition": {
            "sql": None if item in visible.withheld or metric.by_hand else metric.sql.text,
            "reads": [
                *(f"{SCHEMA}.{name}" for name in lineage.items.get(metric.id, ())),
                *lineage.sources.get(metric.id, ()),
            ],
            "commit": commit,
        },
    }


def _so_far(reading: Reading | None) -> ValueOfPeriod | None:
    point = reading.so_far if reading else None
    return {"period": iso_day(point.on), "value": number(point.value)} if point else None


def stale_reason(result: Result) -> str | None:
    """Why a value is older than it should be, or could not be had; None where it is fresh."""
    if result.failure:
        return result.failure.message
    return result.stale


def document_text(document: object) -> str:
    """A document as the text of its file."""
    return dumps(document) + "\n"


def csv_text(result: Result) -> str:
    """The values as CSV: `period,value` for a series, with `dimension,member` between for slices
    (empty for the total), the rows of a table metric as they are, `value` for one number.

    Text that begins with = + - @, a tab or a carriage return gets an apostrophe in front, so that
    no spreadsheet runs it as a formula; numbers stay as they are. Lines end in CRLF as RFC 4180
    wants."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows(_csv_rows(result.reading))
    return out.getvalue()


def _csv_rows(reading: Reading | None) -> Iterator[tuple[str, ...]]:
    """The rows, each cell as the file carries it."""
    if reading is not None and reading.table is not None:
        yield tuple(csv_cell(column.name) for column in reading.table.columns)
        yield from (tuple(map(csv_cell, row)) for row in reading.table.rows)
    elif reading is None or (reading.period_start is None and not reading.series):
        yield ("value",)
        yield from [] if reading is None else [(csv_cell(reading.value),)]
    elif not reading.slices:
        yield "period", "value"
        yield from ((csv_cell(point.on), csv_cell(point.value)) for point in reading.series)
    else:
        yield "period", "dimension", "member", "value"
        series = reading.series if reading.headline is None else ()
        yield from ((csv_cell(point.on), "", "", csv_cell(point.value)) for point in series)
        for dimension, members in reading.slices.items():
            for member in members:
                names = csv_cell(dimension), csv_cell(member.member)
                yield from (
                    (csv_cell(point.on), *names, csv_cell(point.value)) for point in member.series
                )


def _target(reading: Reading | None, okr: OkrReading | None) -> float | None:
    if okr and okr.target is not None:
        return okr.target
    return reading.target if reading else None


def _comparison(reading: Reading | None, kind: str) -> ComparedValue | None:
    comparison: Comparison | None = (
        next((c for c in reading.comparisons if c.kind == kind), None) if reading else None
    )
    if comparison is None:
        return None
    return {
        "period": iso_day(comparison.period),
        "value": number(comparison.value),
        "change": number(comparison.change),
        "change_pct": number(comparison.change_pct),
    }


def _series(points: Iterable[SeriesPoint]) -> list[Point]:
    return [[point.on.isoformat(), number(point.value)] for point in points]


def _slices(reading: Reading) -> dict[str, dict[str, MemberValues]]:
    return {
        dimension: {
            member.member: {
                "label": member.label or None,
                "value": number(member.value),
                "target": number(member.target),
                "count": number(member.count),
                "series": _series(member.series),
            }
            for member in members
        }
        for dimension, members in reading.slices.items()
    }


def _table(table: Rows) -> TableRows:
    return {
        "columns": [column.name for column in table.columns],
        "rows": [[json_cell(cell) for cell in row] for row in table.rows],
    }


def _late(closed: ClosedReading | None) -> AfterEnd | None:
    """What changed after a key result's end, and what today's declaration and data would give."""
    if closed is None:
        return None
    okr = closed.okr
    return {
        "changed": list(dict.fromkeys(closed.changed)),
        "value": number(okr.current),
        "target": number(okr.target),
        "score": number(okr.score),
        "status": okr.status,
    }


def _okr(metric: Metric, okr: OkrReading | None, late: ClosedReading | None) -> OkrFigures | None:
    terms = metric.okr
    if terms is None:
        return None
    return {
        "objective": terms.objective,
        "period": {
            "start": terms.period.start.isoformat(),
            "end": terms.period.end.isoformat(),
        },
        "type": terms.front.type,
        "commitment": terms.commitment,
        "baseline": number(terms.front.baseline),
        "target": number(terms.front.target),
        "band": list(terms.front.band) if terms.front.band else None,
        "confidence": number(terms.front.confidence),
        "decisions": _decisions(terms.front),
        "original_target": number(okr.original_target if okr else None),
        "expected": number(okr.expected if okr else None),
        "gap": number(okr.gap if okr else None),
        "score": number(okr.score if okr else None),
        "status": okr.status if okr else "unknown",
        "through": iso_day(okr.through if okr else None),
        "forecast": _forecast(okr.forecast) if okr and okr.forecast else None,
        "after_end": _late(late),
        "needed_rate": number(okr.needed_rate if okr else None),
        "actual_rate": number(okr.actual_rate if okr else None),
    }


def _decisions(front: KeyResultFront) -> list[DeclaredDecision]:
    """Decisions asked for, the taken ones too; `decided` is null while one is open."""
    items = points(front.decisions) if isinstance(front.decisions, str) else front.decisions or ()
    return [
        {"what": decision_item, "who": [], "by": None, "decided": None}
        if isinstance(decision_item, str)
        else {
            "what": decision_item.what,
            "who": [decision_item.who]
            if isinstance(decision_item.who, str)
            else list(decision_item.who or ()),
            "by": iso_day(decision_item.by),
            "decided": decision_item.decided,
        }
        for decision_item in items
    ]


def _forecast(forecast: Forecast) -> ForecastEntry:
    return {
        "on": forecast.on.isoformat(),
        "value": number(forecast.value),
        "low": number(forecast.low),
        "high": number(forecast.high),
        "score": number(forecast.score),
    }
