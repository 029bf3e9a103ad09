"""What is known of the data that each number reads: from when to when, and how its members' days
come.

Sources tell it as they are loaded. Of members, a query asks: one for each source and dimension that
it has as a column, or one for what a dimension is made of, before the numbers themselves. Where it
fails, only less is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations

from msgspec import Struct

from sharekit.engines import Engine, Extract, Query
from sharekit.engines.duckdb.values import quoted
from sharekit.numbers.additivity.dated import DatedColumns, DatedSource, MemberDays
from sharekit.numbers.additivity.member_names import NO_MEMBER, pair_name
from sharekit.numbers.evaluate.days_in_queries import DaysInQueries
from sharekit.numbers.measure.partial_members import as_period_rhythm
from sharekit.numbers.measure.period_coverage import Coverage, SourceCover
from sharekit.numbers.measure.totals import member_name
from sharekit.numbers.outages import LONGEST_STEP, OUTAGE
from sharekit.numbers.periods import floor, last_day, parse_span
from sharekit.numbers.results import Cell, Rhythm, Rows, SourceInfo, day_of_cell
from sharekit.project.days import WEEKDAYS
from sharekit.project.lineage import SCHEMA
from sharekit.project.manifest import Metric
from sharekit.project.shapes import Grain, ProjectConfig
from sharekit.records import replace

MOST_MEMBERS = 1_000
"""Of a dimension with more members than about so many nothing is asked: it is a list of things, not
of parts."""


_ColumnNames = Mapping[str, frozenset[str]]
"""Table -> its columns."""


class _MembersQuestion(Struct, frozen=True):
    """A query for the days of a dimension's members."""

    sql: str
    grain: Grain | None
    """The grain of the periods for which the days stand; None where they are days."""


class Coverages:
    """Coverage of every metric, from what sources and their members tell."""

    def __init__(
        self,
        sources: Mapping[str, SourceInfo],
        fetched: Callable[[str], Extract | None],
        queries: DaysInQueries,
        project: ProjectConfig,
        as_of: date,
    ) -> None:
        """`fetched` gives what another engine returned by the item that it ran."""
        self._sources = sources
        self._fetched = fetched
        self._queries = queries
        self._lineage = queries.lineage
        self._project = project
        self._as_of = as_of
        self._members: dict[str, Mapping[str, Rhythm]] = {}
        """What was answered, by the SQL of the question."""
        self._of_calendar: set[tuple[str, str]] = set()
        """Metric and dimension."""
        self._asked: dict[str, Mapping[str, tuple[_MembersQuestion, ...]]] = {}

    def ask(self, engine: Engine, metrics: Iterable[Metric]) -> None:
        """Ask for the members that these metrics need, each once."""
        asked = {
            question.sql: question
            for metric in metrics
            for questions in self._questions(metric).values()
            for question in questions
            if question.sql not in self._members
        }
        for answer in engine.run([Query(sql, sql) for sql in asked]) if asked else ():
            rows = answer.rows if answer.error is None else None
            grain = asked[answer.id].grain
            self._members[answer.id] = {} if rows is None else _rhythms(rows, grain)

    def of(self, metric: Metric, rows: Rows) -> Coverage:
        """What is known of one metric. `rows`: what its query returned."""
        names = self._lineage.all_sources(metric.id)
        extracts = self._extracts(metric)
        infos = [info for name in names if (info := self._sources.get(name)) is not None]
        infos += [
            info
            for extract in extracts
            if extract.days_unknown is None
            for info in (extract.tables or (extract.info,))
        ]
        feeding = self._feeding(metric, infos)
        covers = [
            replace(cover, feeds=info.id in feeding)
            for info in infos
            if (cover := self._cover(metric, info, rows)) is not None
        ]
        members: dict[str, Mapping[str, Rhythm]] = {}
        for dimension, questions in self._questions(metric).items():
            answers = (self._members.get(question.sql) for question in questions)
            if rhythms := next(filter(None, answers), None):
                members[dimension] = rhythms
        return Coverage(
            tuple(covers),
            members,
            of_calendar=frozenset(
                name for name in metric.front.dimensions if (metric.id, name) in self._of_calendar
            ),
            bounds=self._queries.lower_bounds(metric),
            settling_days=self._queries.settling_days(metric),
            is_empty=bool(infos) and all(info.is_empty for info in infos),
            unknown_end=next(
                (extract.days_unknown for extract in extracts if extract.days_unknown), None
            ),
        )

    def _extracts(self, metric: Metric) -> list[Extract]:
        """What other engines returned for a metric, or for what it reads. Of a table to show, no
        column is known to say how far it goes."""
        names = [*self._lineage.upstream(metric.id)]
        if metric.front.kind != "table":
            names.append(metric.id)
        return [extract for name in names if (extract := self._fetched(name)) is not None]

    def _feeding(self, metric: Metric, infos: Sequence[SourceInfo]) -> frozenset[str]:
        """The sources that the number cannot do without; asked only where there are several."""
        dated = {
            info.id: DatedSource(
                info.time, frozenset(column.name.lower() for column in info.columns)
            )
            for info in infos
            if info.time is not None
        }
        if len(dated) < 2:
            return frozenset()
        if metric.front.engine is not None:
            return frozenset(dated)  # asked for since its days are made of them
        return self._queries.feeding(metric, dated)

    def _questions(self, metric: Metric) -> Mapping[str, tuple[_MembersQuestion, ...]]:
        """By dimension: what to ask for the days of its members. The first answer counts."""
        if metric.id not in self._asked:
            self._asked[metric.id] = {
                dimension: tuple(self._questions_of(metric, dimension))
                for dimension in metric.front.dimensions
            } | {
                pair_name(*pair): tuple(self._questions_of_pair(metric, pair))
                for pair in combinations(metric.front.dimensions, 2)
            }
        return self._asked[metric.id]

    def _questions_of(self, metric: Metric, dimension: str) -> Iterator[_MembersQuestion]:
        """Of what the dimension is made of, where its query can be followed there; else of the
        sources that have a column of its name."""
        dated = self._dated_sources(metric)
        by_name = [
            self._of_column(info, column)
            for info in dated
            if (column := _column_called(info, dimension)) is not None
        ]
        is_sure = len(dated) == 1 and by_name and not self._gives_name(metric, dimension)
        followed = None
        if not is_sure and metric.front.engine is None:
            followed = self._queries.member_days(metric, (dimension,), self._dated_columns(metric))
        if followed is not None and followed.of_calendar:
            self._of_calendar.add((metric.id, dimension))
        elif followed is not None and metric.front.grain != "day":
            yield self._of_followed(metric, followed)
        else:
            yield from by_name

    def _questions_of_pair(
        self, metric: Metric, dimensions: tuple[str, str]
    ) -> Iterator[_MembersQuestion]:
        """Of each pair of members of two dimensions: of what they are made of, where the query can
        be followed there."""
        if metric.front.engine is not None or not self._of_calendar.isdisjoint(
            (metric.id, dimension) for dimension in dimensions
        ):
            return
        dated = self._dated_sources(metric)
        names = [_column_called(dated[0], dimension) for dimension in dimensions] if dated else []
        columns = [name for name in names if name is not None]
        if (
            len(dated) == 1
            and len(columns) == len(dimensions)
            and not any(self._gives_name(metric, dimension) for dimension in dimensions)
        ):
            yield self._of_column(dated[0], *columns)
            return
        followed = self._queries.member_days(metric, dimensions, self._dated_columns(metric))
        if followed is not None and not followed.of_calendar:
            yield self._of_followed(metric, followed)

    def _dated_sources(self, metric: Metric) -> list[SourceInfo]:
        names = self._lineage.all_sources(metric.id)
        infos = (self._sources.get(name) for name in names)
        return [info for info in infos if info is not None and info.rhythm and info.time]

    def _gives_name(self, metric: Metric, name: str) -> bool:
        """Whether a metric, or what it reads, may call anything by a name: told without parsing."""
        alias = re.compile(rf"\bAS\s+\"?{re.escape(name)}\b", re.IGNORECASE)
        return any(alias.search(text) for text in self._queries.texts(metric))

    def _of_followed(self, metric: Metric, followed: MemberDays) -> _MembersQuestion:
        extract = self._extracts_by_table(metric).get(followed.source)
        info = extract if extract is not None else self._sources[followed.source]
        is_usual_time = info.time is not None and followed.time.lower() == info.time.lower()
        if followed.column is not None and is_usual_time and extract is None:
            return self._of_column(info, followed.column)
        period = self._period(info) if is_usual_time else None
        return _MembersQuestion(_members_sql(followed.sql, self._as_of), period)

    def _of_column(self, info: SourceInfo, *columns: str) -> _MembersQuestion:
        """The days of the members of a column; of two columns, of their pairs of members."""
        source, time = quoted(info.id), quoted(info.time or "")
        member = quoted(columns[0])
        if len(columns) > 1:
            names = (f"coalesce({quoted(name)}::VARCHAR, '{NO_MEMBER}')" for name in columns)
            member = f"concat_ws('{pair_name('', '')}', {', '.join(names)})"
        rows = f"SELECT DISTINCT {member} AS member, TRY_CAST({time} AS DATE) AS day FROM {source}"
        few = f"(SELECT approx_count_distinct({member}) FROM {source}) <= {MOST_MEMBERS}"
        return _MembersQuestion(
            _members_sql(f"{rows} WHERE {few}", self._as_of), self._period(info)
        )

    def _period(self, info: SourceInfo) -> Grain | None:
        """The grain of the periods for which a source's dates stand; None where they are days."""
        if info.rhythm is None or not stands_for_period(info, self._project):
            return None
        return info.rhythm.grain or "month"

    def _extracts_by_table(self, metric: Metric) -> Mapping[str, SourceInfo]:
        """What other engines returned of the views that a metric reads, as `metrics.NAME`."""
        names = self._lineage.upstream(metric.id)
        extracts = {name: self._fetched(name) for name in names}
        return {
            f"{SCHEMA}.{name}": extract.info
            for name, extract in extracts.items()
            if extract is not None and extract.error is None
        }

    def _dated_columns(self, metric: Metric) -> DatedColumns:
        """The columns of all that a metric may read as a table."""
        extracts = self._extracts_by_table(metric)
        columns, dated = self._source_columns
        if extracts:
            columns, dated = (
                {**before, **here}
                for before, here in zip((columns, dated), _columns_of(extracts), strict=True)
            )
        return DatedColumns(dated, columns, self._queries.text)

    @cached_property
    def _source_columns(self) -> tuple[_ColumnNames, _ColumnNames]:
        return _columns_of(self._sources)

    def _cover(self, metric: Metric, info: SourceInfo, rows: Rows) -> SourceCover | None:
        if info.data_until is None:
            return None
        rhythm = info.rhythm
        if rhythm is None:
            return SourceCover(date.min, info.data_until)
        emptied = emptied_column(metric, info, self._queries.texts(metric), self._as_of)
        ends = emptied is not None and _says_nothing_after(rows, emptied[1])
        until = emptied[1] if emptied and ends else info.data_until
        grain = rhythm.grain or metric.front.grain or "month"
        if stands_for_period(info, self._project) or self._are_firsts(metric, info, rhythm):
            until = max(until, min(last_day(until, grain), self._as_of - timedelta(days=1)))
            rhythm = as_period_rhythm(rhythm, grain)
        return SourceCover(rhythm.first, until, rhythm)

    def _are_firsts(self, metric: Metric, info: SourceInfo, rhythm: Rhythm) -> bool:
        """Whether one or two dates, too few to tell by themselves, are firsts of the metric's
        periods."""
        grain = metric.front.grain
        if (
            grain in (None, "day")
            or info.time_is is not None
            or rhythm.days > 2
            or rhythm.grain is not None
        ):
            return False
        week_start, year_start = self._project.week_start, self._project.fiscal_year_start
        days = (rhythm.first, rhythm.last)
        return grain is not None and all(
            floor(day, grain, week_start, year_start) == day for day in days
        )


def _columns_of(tables: Mapping[str, SourceInfo]) -> tuple[_ColumnNames, _ColumnNames]:
    """The columns of each table, and those of them that are dates or moments, in lower case."""
    columns = {
        name: frozenset(column.name.lower() for column in info.columns)
        for name, info in tables.items()
    }
    dated = {
        name: frozenset(
            column.name.lower() for column in info.columns if column.kind in ("date", "timestamp")
        )
        for name, info in tables.items()
    }
    return columns, dated


def _column_called(info: SourceInfo, name: str) -> str | None:
    """The column of a source that has a name, in any case."""
    return next(
        (column.name for column in info.columns if column.name.lower() == name.lower()), None
    )


def emptied_column(
    metric: Metric, info: SourceInfo, texts: Iterable[str], as_of: date
) -> tuple[str, date] | None:
    """The column that ends first of those that have no value in a source's newest rows, with its
    last day, where the metric names it in `texts`, its SQL and that of all it reads. None where
    there is none, or where the metric waits for its values (`settles`) for as long."""
    if info.rhythm is None or info.data_until is None or not info.rhythm.emptied:
        return None
    wait = parse_span(metric.front.settles) if metric.front.settles else None
    awaited_from = wait.before(as_of) - timedelta(days=1) if wait else info.data_until
    whole_text = "\n".join(texts)
    ends = [
        (end, name)
        for name, end in info.rhythm.emptied.items()
        if end < min(awaited_from, info.data_until)
        and re.search(rf"(?<!\w)(?<!\bAS ){re.escape(name)}(?!\w)", whole_text, re.IGNORECASE)
    ]
    return (min(ends)[1], min(ends)[0]) if ends else None


def _says_nothing_after(rows: Rows, day: date) -> bool:
    """Whether all that a query returned of later days is empty or zero: what takes another column
    where one is empty, or counts rows, goes on."""
    dates = [at for at, column in enumerate(rows.columns) if column.kind in ("date", "timestamp")]
    numbers = [at for at, column in enumerate(rows.columns) if column.kind == "number"]
    if not dates:
        return False
    later = [
        row for row in rows.rows if (on := day_of_cell(row[dates[0]])) is not None and on > day
    ]
    return any(all(not row[at] for row in later) for at in numbers)


def stands_for_period(info: SourceInfo, project: ProjectConfig) -> bool:
    """Whether a row's date stands for the whole period that begins with it: declared, or found
    where all dates are firsts of a grain. Weeks begin on Monday, as SQL has it, or as the project
    says."""
    if info.time_is is not None or info.rhythm is None:
        return info.time_is == "period"
    if info.rhythm.grain == "week":
        return info.rhythm.weekday in (1, WEEKDAYS.index(project.week_start) + 1)
    return info.rhythm.grain is not None


def _members_sql(rows: str, as_of: date) -> str:
    """How the days of each member come. `rows`: a query of each `member` and `day`."""
    return f"""
        WITH dated_members AS ({rows}), member_days AS (
            SELECT DISTINCT member, day FROM dated_members
            WHERE isfinite(day) AND day <= DATE '{as_of.isoformat()}'
        ), member_gaps AS (
            SELECT member, day, day - lag(day) OVER (PARTITION BY member ORDER BY day) AS step FROM member_days
            WHERE (SELECT approx_count_distinct(member) FROM member_days) <= {MOST_MEMBERS}
        ), member_steps AS (
            SELECT *, {OUTAGE.format(days="(PARTITION BY member)")} AS outage FROM member_gaps
        )
        SELECT member, min(day), max(day), count(*), quantile_disc(step, 0.9), {LONGEST_STEP}
        FROM member_steps GROUP BY member
    """


def _rhythms(rows: Rows, grain: Grain | None) -> dict[str, Rhythm]:
    rhythms = {}
    for member, first, last, days, usual, longest in rows.rows:
        if isinstance(first, date) and isinstance(last, date):
            rhythm = Rhythm(first, last, _integer(days), _integer(usual), _integer(longest))
            rhythms[member_name(member)] = as_period_rhythm(rhythm, grain) if grain else rhythm
    return rhythms


def _integer(cell: Cell) -> int:
    return int(cell) if isinstance(cell, int | float) else 1
