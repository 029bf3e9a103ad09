"""Asks the data whether a sum is one: joins that multiply its rows, rows of several currencies or
units, rows that it loses for one part without a value.

One small query a join, a column of units, and a sum of several parts; answers are kept by the query, the texts it reads
and the fingerprints of the sources, so that a build in which nothing changed asks nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from sharekit.engines import Engine, Query
from sharekit.errors import Place, Problem
from sharekit.numbers import additivity
from sharekit.numbers.additivity.columns import UNIT_COLUMNS
from sharekit.numbers.additivity.probe_types import (
    JoinedAggregate,
    JoinProbe,
    LostParts,
    Probes,
    TextPosition,
    UnitProbe,
)
from sharekit.numbers.cache.answers import Remember, answer_anew
from sharekit.numbers.cache.pack import code_version, open_section
from sharekit.numbers.results import Cell, SourceInfo
from sharekit.project.lineage import SCHEMA, Lineage
from sharekit.project.manifest import Manifest, Metric, View
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.read.excerpt import with_excerpt
from sharekit.read_json import read_json
from sharekit.records import replace

if TYPE_CHECKING:
    from sharekit.numbers.additivity.query_reader import AdditivityReader

_JOINS = re.compile(
    r"\bjoin\b|\bfrom\s*\(|\bfrom\s+[^\s,()]+\(|\bfrom\s+[^\s,()]+(?:\s+[^\s,()]+){0,2}\s*,",
    re.IGNORECASE,
)
"""A join, a comma between sources, or something in FROM that may hold one."""
_PARTS = re.compile(r"\b(?:coalesce|ifnull|greatest|least|sum)\s*\(", re.IGNORECASE)
_ADDS = re.compile(r"[+-](?!-)")
"""What may lose one part of a sum or a difference for another."""
_MANY = 1.005
"""More rows for each key than this are said: below, "1.0 rows" would be."""
Answers = Mapping[str, tuple[Cell, ...]]
"""Query -> its only row; one that failed is missing."""


def soundness(
    manifest: Manifest,
    engine: Engine,
    lineage: Lineage,
    as_of: date,
    cache_dir: Path | None,
    remember: Remember = answer_anew,
) -> tuple[Problem, ...]:
    """Warnings of what sums count twice or mix. A query that fails says nothing here: it is said
    where it stands."""
    return _Soundness(manifest, engine, lineage, as_of, cache_dir, remember).problems()


class _Soundness:
    def __init__(
        self,
        manifest: Manifest,
        engine: Engine,
        lineage: Lineage,
        as_of: date,
        cache_dir: Path | None,
        remember: Remember,
    ) -> None:
        self.manifest = manifest
        self.engine = engine
        self.lineage = lineage
        self.as_of = as_of
        self.sources = {**engine.sources(), **_extracts(manifest, engine, lineage)}
        self.texts = open_section(cache_dir, "soundness", _code, most_bytes=16 * 1024**2)
        self.remember = remember

    def problems(self) -> tuple[Problem, ...]:
        probe_lists = [
            self._probes(name) for name in (*self.manifest.views, *self.manifest.metrics)
        ]
        summed = [aggregate for probes in probe_lists for aggregate in probes.summed]
        units = [unit_probe for probes in probe_lists for unit_probe in probes.units]
        parts = [lost_parts for probes in probe_lists for lost_parts in probes.parts]
        item_of_query = {
            probe.sql: probe.spot.item for aggregate in summed for probe in aggregate.joins
        }
        item_of_query |= {probe.sql: probe.spot.item for probe in units}
        item_of_query |= {probe.sql: probe.spot.item for probe in parts}
        answers = self._ask(item_of_query)
        problems = [
            *self._join_problems(summed, answers),
            *self._unit_problems(units, answers),
            *self._part_problems(parts, answers),
            *self._unknown_columns(),
        ]
        return tuple(
            with_excerpt(problem, self.manifest.files) for problem in dict.fromkeys(problems)
        )

    def _text(self, name: str) -> str | None:
        item = self.manifest.sql_item(name)
        return item.sql.text if item else None

    def _columns(self, name: str) -> tuple[str, ...]:
        """The columns of a source, or of `metrics.NAME` where another engine returned it."""
        info = self.sources.get(name)
        return tuple(column.name for column in info.columns) if info else ()

    def _unit_column(self, name: str) -> str | None:
        metric = self.manifest.metrics.get(name)
        return metric.front.unit_column if metric else None

    def _probes(self, item: str) -> Probes:
        """What to ask about a view or a metric, from the store where nothing it depends on has
        changed."""
        query = self.manifest.sql_item(item)
        if query is not None and query.front.engine is not None:
            return Probes()  # its rows are elsewhere
        if not self._may_join(item) and not self._has_units(item) and not self._may_lose(item):
            return Probes()
        facts = [
            self._texts(item),
            self._unit_column(item),
            [(name, self._columns(name)) for name in self._read(item)],
        ]
        return self.remember("probes", facts, partial(self._probes_anew, item), Probes)

    def _probes_anew(self, item: str) -> Probes:
        from sharekit.numbers.additivity.probes import probes_of

        probes = probes_of(self._reader, item, self._unit_column(item))
        units = tuple(probe for probe in probes.units if not self._is_looked_at_there(probe))
        return replace(probes, units=units)

    @cached_property
    def _reader(self) -> AdditivityReader:
        from sharekit.numbers.additivity.query_reader import AdditivityReader

        return AdditivityReader(self._text, self._columns)

    def _may_join(self, item: str) -> bool:
        """Whether a query, or one that it reads, may join anything: said of too many rather than of
        too few."""
        return any(text is not None and _JOINS.search(text) for _, text in self._texts(item))

    def _may_lose(self, item: str) -> bool:
        """Whether a query may add or subtract what has no value everywhere."""
        text = self._text(item) or ""
        return _PARTS.search(text) is not None and _ADDS.search(text) is not None

    def _has_units(self, item: str) -> bool:
        names = {self._unit_column(item), *UNIT_COLUMNS}
        return any(
            column.lower() in names
            for source in self._read(item)
            for column in self._columns(source)
        )

    def _read(self, item: str) -> tuple[str, ...]:
        """The tables that an item reads: sources, and what other engines returned."""
        extracts = (f"{SCHEMA}.{name}" for name in sorted(self.lineage.upstream(item)))
        return (
            *self.lineage.all_sources(item),
            *(extract for extract in extracts if extract in self.sources),
        )

    def _is_looked_at_there(self, probe: UnitProbe) -> bool:
        """Whether the query of another engine that returned the rows has converted by the unit, or
        chosen one."""
        item = self.manifest.sql_item(probe.source.removeprefix(f"{SCHEMA}."))
        if item is None or item.front.engine is None or probe.source not in self.sources:
            return False
        from sharekit.numbers.additivity.columns_in_sql import looks_at

        config = self.manifest.config.engines.get(item.front.engine)
        return config is None or looks_at(item.sql.text, config.dialect, probe.column)

    def _texts(self, item: str) -> list[tuple[str, str | None]]:
        return [(name, self._text(name)) for name in (item, *sorted(self.lineage.upstream(item)))]

    # -- asking
    # --------------------------------------------------------------------------------------------

    def _ask(self, item_of_query: Mapping[str, str]) -> Answers:
        """The row of each query; `item_of_query` says of which view or metric each is."""
        keys = {sql: self._key(sql, item) for sql, item in item_of_query.items()}
        answers: dict[str, tuple[Cell, ...]] = {}
        for sql, key in keys.items():
            if (row := self._remembered_answer(key)) is not None:
                answers[sql] = row
        new_queries = [Query(sql, sql) for sql in item_of_query if sql not in answers]
        for answer in self.engine.run(new_queries) if new_queries else ():
            row = answer.rows.rows[0] if answer.rows is not None and answer.rows.rows else ()
            answers[answer.id] = row
            if answer.error is None:
                self.texts.put(keys[answer.id], json.dumps(row))
        self.texts.save()
        return answers

    def _remembered_answer(self, key: str) -> tuple[Cell, ...] | None:
        text = self.texts.get(key)
        try:
            row = read_json(text) if text is not None else None
        except ValueError:
            return None
        return tuple(row) if isinstance(row, list) else None

    def _key(self, sql: str, item: str) -> str:
        rows = [
            (name, info.fingerprint)
            for name in self._read(item)
            if (info := self.sources.get(name))
        ]
        texts = self._texts(item)
        day = str(self.as_of) if any(text and "as_of" in text.lower() for _, text in texts) else ""
        return f"row-{_digest([sql, texts, rows, day, self.engine.name, self.engine.version])}"

    # -- telling
    # -------------------------------------------------------------------------------------------

    def _join_problems(self, summed: list[JoinedAggregate], answers: Answers) -> Iterator[Problem]:
        for aggregate in summed:
            factors = dict(_factors(aggregate, answers))
            multiplying = [
                _multiplying(alias, aggregate.joins, factors) for alias in sorted(aggregate.sources)
            ]
            steps = [step for step in multiplying if step is not None]
            if not steps or len(steps) < len(multiplying):
                continue
            # Of two sources that multiply each other, the smaller factor is that of the lookup.
            probe, repeated, repeating, factor = min(steps, key=lambda step: step[3])
            times_text = f"{factor:,.1f}" if factor < 9.95 else f"{factor:,.0f}"
            whose = f" of {aggregate.item}" if aggregate.item != probe.spot.item else ""
            message = (
                f"{repeated} join {repeating} ON {probe.on}: {times_text} rows of {repeating} for"
                f" each row of {repeated}, so {aggregate.text}{whose} counts the same row of {repeated} more than once"
            )
            hint = (
                f"Bring {repeating} to one row for each {probe.on} before the join (GROUP BY in a step"
                " of its own)."
            )
            yield self._warning("join-multiplies", message, probe.spot, hint)

    def _unit_problems(self, units: list[UnitProbe], answers: Answers) -> Iterator[Problem]:
        for probe in units:
            row = answers.get(probe.sql, ())
            if (
                len(row) != 4
                or not isinstance(row[0], int | float)
                or row[0] < 2
                or not _is_text(row[3])
            ):
                continue
            message = (
                f"{probe.text} adds up rows of {row[0]:,.0f} different units: `{probe.column}` of"
                f" {probe.source} is {row[1]}, {row[2]}{', …' if row[0] > 2 else ''}"
            )
            hint = (
                f"Choose one (WHERE {probe.column} = '{row[1]}'), convert before the sum, or GROUP"
                f" BY {probe.column} and name it in `dimensions`, with `total: none`."
            )
            yield self._warning("mixed-units", message, probe.spot, hint)

    def _part_problems(self, parts: list[LostParts], answers: Answers) -> Iterator[Problem]:
        for probe in parts:
            counts = [cell for cell in answers.get(probe.sql, ()) if isinstance(cell, int)]
            if len(counts) != 2 + len(probe.parts) or not counts[1]:
                continue
            rows, lost, *lacking = counts
            part = probe.parts[lacking.index(max(lacking))]
            if probe.of_rows:
                message = (
                    f"{probe.text} loses {lost:,} of {rows:,} rows: {part} is NULL there, and so is"
                    " what it is added to or subtracted from"
                )
                hint = (
                    f"Write coalesce({part}, 0) where no value means 0; or leave these rows out by"
                    f" name: WHERE {part} IS NOT NULL."
                )
            else:
                message = (
                    f"{probe.text} loses a part in {lost:,} of {rows:,} rows: {part} is NULL there,"
                    " and so is the whole, though another part has a value"
                )
                hint = (
                    f"Give each part a value of its own: {probe.filled or 'coalesce(sum(...), 0)'}."
                )
            yield self._warning("part-missing", message, probe.spot, hint)

    def _unknown_columns(self) -> Iterator[Problem]:
        """A declared column of units that none of the sources has."""
        for metric in self.manifest.metrics.values():
            name = metric.front.unit_column
            sources = self._read(metric.id)
            columns = [column for source in sources for column in self._columns(source)]
            if name is not None and metric.front.engine is not None:
                yield Problem(
                    "no-effect",
                    f"`unit_column` has no effect: the rows are added up in {metric.front.engine}",
                    metric.at("unit_column"),
                    hint="Let a view with `engine:` return the rows, and add them up here.",
                    severity="warning",
                    phase="data",
                )
                continue
            if (
                name is None
                or (sources and not columns)
                or name.lower() in (column.lower() for column in columns)
            ):
                continue
            message = f"no source of this number has a column `{name}`"
            hint = suggestion(name, columns, are="There are")
            yield Problem(
                "unknown-column",
                message,
                metric.at("unit_column"),
                hint=hint,
                severity="warning",
                phase="data",
            )

    def _warning(self, code: str, message: str, spot: TextPosition, hint: str) -> Problem:
        item: Metric | View | None = self.manifest.sql_item(spot.item)
        assert item is not None
        place = Place(item.path, item.sql.first_line + spot.line - 1, spot.column, spot.length)
        return Problem(code, message, place, hint=hint, severity="warning", phase="data")


def _extracts(manifest: Manifest, engine: Engine, lineage: Lineage) -> Mapping[str, SourceInfo]:
    """What other engines returned for what is read here, as `metrics.NAME`."""
    read = {name for metric in manifest.metrics for name in lineage.upstream(metric)}
    items = [name for name in manifest.engine_items if name in read]
    extracts = engine.extracts(items) if items else {}
    return {
        f"{SCHEMA}.{name}": extracts[name].info
        for name in items
        if name in extracts and extracts[name].error is None
    }


def _digest(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode("utf-8", "surrogatepass")).hexdigest()


def _code() -> str:
    """Names the code that finds what to ask: another version of it may ask something else."""
    files = sorted(Path(additivity.__file__).parent.glob("*.py"))
    return code_version(files, "sqlglot")


def _is_text(kind: Cell) -> bool:
    return isinstance(kind, str) and kind.startswith(("VARCHAR", "ENUM"))


def _factors(summed: JoinedAggregate, answers: Answers) -> Iterator[tuple[tuple[str, str], float]]:
    """(source, joined source) -> how many rows of the joined one there are for each key."""
    for probe in summed.joins:
        row = answers.get(probe.sql, ())
        if len(row) != 4 or not all(isinstance(cell, int | float) for cell in row):
            continue
        left_rows, left_keys, right_rows, right_keys = (
            float(cell) for cell in row if isinstance(cell, int | float)
        )
        yield (probe.left.alias, probe.right.alias), right_rows / right_keys if right_keys else 1.0
        yield (probe.right.alias, probe.left.alias), left_rows / left_keys if left_keys else 1.0


def _multiplying(
    alias: str, joins: tuple[JoinProbe, ...], factors: Mapping[tuple[str, str], float]
) -> tuple[JoinProbe, str, str, float] | None:
    """The first join on the way from a source that multiplies its rows; None where each of them is
    there once."""
    names = {side.alias: side.name for probe in joins for side in (probe.left, probe.right)}
    visited, wave = {alias}, [alias]
    while wave:
        here = wave.pop(0)
        for probe in joins:
            ends = (probe.left.alias, probe.right.alias)
            other_end = ends[1] if ends[0] == here else ends[0] if ends[1] == here else None
            if other_end is None or other_end in visited:
                continue
            factor = factors.get((here, other_end), 1.0)
            if factor > _MANY:
                return probe, names[here], names[other_end], factor
            visited.add(other_end)
            wave.append(other_end)
    return None
