"""What evaluation has to say: failures, stale data, what nobody explained. Each as a Problem at its
place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from sharekit.engines import Extract
from sharekit.errors import Phase, Place, Problem, QueryError
from sharekit.numbers.formats import format_day
from sharekit.numbers.measure import member, sql_place
from sharekit.numbers.periods import age_problem
from sharekit.numbers.results import Reading, Result, SourceInfo
from sharekit.project.dashboard_body import ProseBlock, parse_body
from sharekit.project.lineage import Lineage
from sharekit.project.manifest import Manifest, Metric, View
from sharekit.project.read.config_text import config_values
from sharekit.project.read.did_you_mean import suggestion
from sharekit.records import replace

_NAMES_A_MEMBER = re.compile(r"\{\{[^{}\n]*\[")
_FEW = 3
_CODES = {
    "failed": "query-failed",
    "outside": "engine-out-of-reach",
    "unfinished": "query-unfinished",
}
"""Codes of those faults that are not called by their own."""


def query_problem(
    metric: Metric | View, error: QueryError, broken: tuple[str, ...] = ()
) -> Problem:
    """A failed query at its line of the file. `broken`: what it reads that failed as well."""
    place = (
        sql_place(metric)
        if isinstance(metric, Metric)
        else Place(metric.path, metric.sql.first_line)
    )
    if error.line is not None:
        place = Place(
            metric.path, metric.sql.first_line + error.line - 1, error.column, error.length
        )
    hint = error.hint
    if broken:
        also = (
            f"It reads {_names_in_words(f'metrics.{name}' for name in broken)}, which failed as well; begin"
            " there."
        )
        hint = f"{hint} {also}" if hint else also
    code: str = _CODES.get(error.fault, error.fault)
    phase: Phase = "outside" if error.outside else "data"
    return Problem(code, error.message, place, hint=hint, phase=phase)


def extract_problems(
    manifest: Manifest,
    broken: Mapping[str, QueryError],
    lineage: Lineage,
    results: Mapping[str, Result],
) -> Iterator[Problem]:
    """What other engines did not answer, each at its own file; an engine out of reach once, where
    it is declared."""
    names_by_engine: dict[str, list[str]] = {}
    for name, error in broken.items():
        item = manifest.sql_item(name)
        if item is None:
            continue
        if error.fault == "outside":
            names_by_engine.setdefault(item.front.engine or "", []).append(name)
            continue
        readers = [metric for metric in manifest.metrics if name in lineage.upstream(metric)]
        problem = query_problem(item, error)
        also = f"Read by {_names_in_words(readers)}." if readers else None
        if error.fault == "unfinished":
            also = _values_left(_readers(manifest, lineage, [name]), results)
        yield replace(problem, hint=" ".join(part for part in (problem.hint, also) if part) or None)
    for engine, names in names_by_engine.items():
        error = broken[names[0]]
        suffers = _values_left(_readers(manifest, lineage, names), results)
        hint = " ".join(filter(None, (error.hint, suffers)))
        place = _engine_place(manifest, engine)
        yield Problem("engine-out-of-reach", error.message, place, hint=hint, phase="outside")


def version_problems(manifest: Manifest, extracts: Mapping[str, Extract]) -> Iterator[Problem]:
    """A `version` that could not be asked spares nothing: once, where it is declared."""
    doubts: dict[str, QueryError] = {}
    for name, extract in extracts.items():
        item = manifest.sql_item(name)
        if extract.doubt is not None and item is not None:
            doubts.setdefault(item.front.engine or "", extract.doubt)
    for engine, error in doubts.items():
        message = f"`version` failed, so all rows are fetched: {error.message}"
        place = _engine_place(manifest, engine, "version")
        yield Problem("version-failed", message, place, hint=error.hint, severity="warning")


def _readers(manifest: Manifest, lineage: Lineage, names: Iterable[str]) -> list[str]:
    """The metrics that these are, or that read them."""
    item_ids = set(names)
    return [
        metric
        for metric in manifest.metrics
        if not item_ids.isdisjoint((metric, *lineage.upstream(metric)))
    ]


def _values_left(readers: Sequence[str], results: Mapping[str, Result]) -> str:
    """Which of these have a value of an earlier day, and which none."""
    with_reading = [metric for metric in readers if results[metric].reading is not None]
    empty = [metric for metric in readers if metric not in with_reading]
    sentences = (
        f"Last good values are shown: {_names_in_words(with_reading)}." if with_reading else "",
        f"Without a value: {_names_in_words(empty)}." if empty else "",
    )
    return " ".join(filter(None, sentences))


def _engine_place(manifest: Manifest, engine: str, key: str = "url") -> Place:
    """Where a key of an engine is declared."""
    path = manifest.config_path
    places = config_values(manifest.files.get(path, ""), path).places
    return places.get(f"engines.{engine}.{key}", Place(path))


def source_problems(
    manifest: Manifest, sources: Mapping[str, SourceInfo], lineage: Lineage
) -> Iterator[Problem]:
    """Sources that could not be read, or not today, with what suffers from it; and files unlike
    their fellows."""
    for name, info in sources.items():
        readers = [item for item in manifest.metrics if name in lineage.all_sources(item)]
        declared = manifest.sources.get(name)
        place = declared.place if declared else Place(manifest.config_path)
        yield from _source_note_problems(name, info, place)
        if info.is_empty and declared:
            yield Problem(
                "empty-source",
                f"the source {name} has no rows",
                place,
                hint=f"If it should have rows, load it again. {_read_by(readers)}",
                severity="warning",
                phase="data",
            )
        if info.error is None and info.stale is None:
            continue
        yield Problem(
            "unreadable-source" if info.error is not None else "stale-source",
            (
                f"the source {name} cannot be read: {info.error}"
                if info.error is not None
                else f"the source {name} is out of reach; {info.stale}"
            ),
            place,
            hint=" ".join(
                (
                    info.hint or _mending(info.error or ""),
                    _read_by(readers),
                )
            ).strip(),
            severity="error" if readers else "warning",
            phase="outside" if info.outside or info.stale is not None else "data",
        )


def _source_note_problems(name: str, info: SourceInfo, place: Place) -> Iterator[Problem]:
    """What a source's rows have that its owner may not expect."""
    for note in info.notes:
        if note.kind == "files":
            code, message = "uneven-files", f"the files of the source {name} are not alike:"
        elif note.kind == "digits":
            code, message = "too-many-digits", f"the column {note.column} of the source {name}"
        elif note.kind == "names":
            code, message = "repeated-column", f"in the source {name},"
        elif note.kind == "repeats":
            code, message = "repeated-source-rows", f"in the source {name},"
        else:
            continue
        message = f"{message} {note.message}"
        yield Problem(code, message, place, hint=note.hint, severity="warning", phase="data")


def _read_by(readers: Sequence[str]) -> str:
    return f"Read by {_names_in_words(readers)}." if readers else "Nothing here reads it."


def _mending(error: str) -> str:
    """What to do about a file that cannot be read, where its owner may not know."""
    return (
        "Export it again: a Parquet file ends in the bytes PAR1."
        if "magic bytes" in error.lower()
        else ""
    )


def staleness(metric: Metric, reading: Reading, as_of: date) -> str | None:
    """Why a reading is too old: by the metric's max_age, else by the rhythm of its data or by how
    long nobody checked in; None where it is fresh."""
    if metric.front.max_age is None and reading.silent_since is not None:
        what = "check-in" if metric.by_hand else "data"
        return f"No {what} since {format_day(reading.silent_since, year=True)}."
    return age_problem(metric.front.max_age, reading.data_until, as_of)


def stale_problem(
    metric: Metric,
    sentence: str,
    as_of: date,
    *,
    in_engine: bool = False,
    emptied: tuple[str, date] | None = None,
) -> Problem:
    """The warning that goes with a stale reading. `in_engine`: whether its rows are those of another
    engine. `emptied`: the column that has no value though rows go on, and its last day with one."""
    has_max_age = metric.front.max_age is not None
    hint = (
        f'Say where it is: sharekit checkin {metric.id} VALUE --note "...".'
        if metric.by_hand
        else f"There are newer rows, but their `{emptied[0]}` is empty: ask whether it was renamed"
        " or moved where the rows come from. If its values always come so late, write in the front"
        f" matter: settles: {(as_of - emptied[1]).days} days."
        if emptied is not None
        else "Load newer rows there; if they come more rarely than before, say how old they may be:"
        " max_age: 60 days."
        if in_engine
        else 'Load newer rows; if its dates do not show that, write time = "none" under'
        " [sources.NAME]."
    )
    return Problem(
        "stale",
        f"{metric.title}: {_lower(sentence)}",
        metric.at("max_age" if has_max_age else "title"),
        hint=None if has_max_age else hint,
        severity="warning",
        phase="data",
    )


def failed_sentence(failure: Problem, last: date | None) -> str:
    """Why a value is older than it should be, after a failure."""
    since = f"; this is the value of {format_day(last, year=True)}" if last else ""
    return f"It failed today: {failure.message}{since}."


def unexplained(manifest: Manifest, metric: Metric, result: Result) -> Problem | None:
    """A key result that is off track with neither challenges nor plan, as [okrs] explain_off_track
    wants it."""
    severity = manifest.config.okrs.explain_off_track
    if (
        severity == "off"
        or metric.okr is None
        or result.okr is None
        or result.okr.status != "off_track"
    ):
        return None
    front = metric.okr.front
    if front.challenges or front.plan:
        return None
    return Problem(
        "off-track-unexplained",
        f"{metric.title} is off track, with neither challenges nor a plan",
        metric.at("title"),
        hint="Write `challenges:` and `plan:`; peers read them first.",
        severity=severity,
        phase="data",
    )


def unknown_members(manifest: Manifest, results: Mapping[str, Result]) -> Iterator[Problem]:
    """Live numbers such as `{{ on_time[JFK] }}` whose member is in none of the metric's
    dimensions."""
    for dashboard in manifest.dashboards.values():
        if not _NAMES_A_MEMBER.search(dashboard.body):
            continue
        numbers = (
            number
            for block in parse_body(dashboard)
            if isinstance(block, ProseBlock)
            for number in block.numbers
        )
        for number in numbers:
            result = results.get(number.id)
            if number.member is None or result is None or result.reading is None:
                continue
            if member(result.reading, number.member) is None:
                members = [
                    member_slice.member
                    for slices in result.reading.slices.values()
                    for member_slice in slices
                ]
                yield Problem(
                    "unknown-member",
                    f"{number.id} has no member `{number.member}`",
                    number.place,
                    hint=suggestion(
                        number.member,
                        members,
                        are="Its members",
                        none=f"{number.id} has no dimensions.",
                    ),
                    phase="data",
                )


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _names_in_words(names: Iterable[str]) -> str:
    all_names = list(names)
    if len(all_names) > _FEW:
        return f"{', '.join(all_names[:_FEW])} and {len(all_names) - _FEW} more"
    return " and ".join(
        [", ".join(all_names[:-1]), all_names[-1]] if len(all_names) > 1 else all_names
    )
