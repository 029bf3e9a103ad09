"""What a result depends on: the keys of the cache, and the lineage, read off texts that earlier
builds have seen.

A result is found again when the meaning of its SQL and of everything that reads into it, the rows
of the sources, the as-of date, the engine, the calendar and the front matter that shapes the
reading are all the same. Meaning: comments and spacing never count. Where a text differs beyond
them, the engine parses the old one and the new one, and equal parses keep the old meaning. So a
reformatted view does not run its hundred readers again, and a build in which nothing changed parses
nothing at all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property

from sharekit import __version__
from sharekit.engines import Engine, Extract
from sharekit.errors import QueryError
from sharekit.numbers.cache import Cache, QueryFacts
from sharekit.numbers.cache.codec import FORMAT
from sharekit.numbers.results import SourceInfo
from sharekit.project.lineage import DAYS, Lineage, lineage, with_lookups
from sharekit.project.manifest import Manifest, Metric, View
from sharekit.project.shapes import KeyResultFront
from sharekit.records import replace

WORDS = frozenset({
    "id", "title", "question", "synonyms", "description", "owner", "audience", "tags", "drives", "chart", "max_age",
    "revisions", "announce", "objective", "commitment", "challenges", "plan", "help_wanted", "decisions", "offers",
    "weight", "confidence", "checkins", "state", "replaced_by", "notes",
})  # fmt: skip
"""Front-matter keys that no reading depends on. A reading may depend on every other one, those to
come too."""
_PIECES = re.compile(
    r"""(?P<kept>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?:--[^\n]*+|/\*.*?\*/|\s++)++""", re.DOTALL
)
_HARD_TO_READ = re.compile(r"""\$|\be'|/\*(?:(?!\*/).)*/\*""", re.DOTALL | re.IGNORECASE)
"""Dollar quotes, escape texts and comments in comments: there a text counts as it stands."""


def squeeze(sql: str) -> str:
    """The SQL with every run of comments and spacing as one space; texts and quoted names stay as
    they are."""
    if _HARD_TO_READ.search(sql):
        return sql
    return _PIECES.sub(lambda match: match["kept"] or " ", sql).strip()


class QueryTexts:
    """The SQL of all views and metrics, and what is known of it."""

    def __init__(
        self, manifest: Manifest, cache: Cache | None = None, read: Lineage | None = None
    ) -> None:
        """`read`: the lineage, where somebody has parsed the queries already; it may know of more
        items."""
        self._cache = cache
        items: dict[str, Metric | View] = {**manifest.views, **manifest.metrics}
        self._squeezed = {name: squeeze(item.sql.text) for name, item in items.items()}
        query_facts = {name: cache.text(name) for name in items} if cache else {}
        self._stored_facts = {name: fact for name, fact in query_facts.items() if fact is not None}
        new_items = {
            name
            for name, item in items.items()
            if item.front.engine is not None
            or name not in self._stored_facts
            or self._stored_facts[name].text != self._squeezed[name]
        }
        self._fresh = new_items
        self._elsewhere = frozenset(manifest.engine_items)
        self._manifest = manifest
        self.lineage = (
            self._read_lineage(manifest, new_items) if read is None else _part(read, items)
        )

    def _read_lineage(self, manifest: Manifest, new_items: set[str]) -> Lineage:
        """Parse only what is not known."""
        views = {name: view for name, view in manifest.views.items() if name in new_items}
        metrics = {name: metric for name, metric in manifest.metrics.items() if name in new_items}
        read = (
            lineage(replace(manifest, views=views, metrics=metrics))
            if new_items
            else Lineage({}, {})
        )
        without_lookups = Lineage(
            {
                name: read.items[name] if name in new_items else self._stored_facts[name].items
                for name in self._squeezed
            },
            {
                name: read.sources[name] if name in new_items else self._stored_facts[name].sources
                for name in self._squeezed
            },
        )
        return with_lookups(without_lookups, manifest)

    def meanings(self, engine: Engine) -> dict[str, str]:
        """Digest of what each text means; equal parses keep the older digest. New facts go into the
        cache."""
        return {
            name: self._meaning(name, engine)
            for name in self._squeezed
            if name not in self._elsewhere
        }

    def _meaning(self, name: str, engine: Engine) -> str:
        query_facts, text = self._stored_facts.get(name), self._squeezed[name]
        if name not in self._fresh and query_facts is not None:
            return query_facts.meaning
        meaning = (
            query_facts.meaning
            if query_facts is not None and _are_equal(engine, query_facts.text, text)
            else digest(text)
        )
        if self._cache is not None:
            items, sources = self._read_by(name)
            self._cache.keep_text(name, QueryFacts(text, meaning, items, sources))
        return meaning

    def _read_by(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What the text alone reads: names of members come from what the front matter says."""
        metric = self._manifest.metrics.get(name)
        if metric is None or not metric.front.labels:
            return self.lineage.items[name], self.lineage.sources[name]
        bare = replace(metric, front=metric.front.model_copy(update={"labels": {}}))
        own_lineage = lineage(replace(self._manifest, views={}, metrics={name: bare}))
        return own_lineage.items[name], own_lineage.sources[name]


class ResultKeys:
    """Makes the key of each metric's result. Of what other engines returned the rows count, not the
    SQL."""

    def __init__(
        self,
        manifest: Manifest,
        texts: QueryTexts,
        engine: Engine,
        as_of: date,
        sources: Mapping[str, SourceInfo],
    ) -> None:
        project = manifest.config.project
        self._lineage = texts.lineage
        self._meanings = texts.meanings(engine)
        self._sources = sources
        self._engine = engine
        self._common = [
            FORMAT,
            __version__,
            engine.name,
            engine.version,
            str(as_of),
            project.week_start,
            project.fiscal_year_start,
            project.fiscal_year_named_by,
            project.timezone,
        ]

    def of(self, metric: Metric, extracts: Mapping[str, Extract]) -> str:
        """The key of one; `extracts` has what it reads from other engines."""
        names = (metric.id, *sorted(self._lineage.upstream(metric.id)))
        sources = self._lineage.all_sources(metric.id)
        facts = [
            self._common,
            [[name, self._meaning(name, extracts)] for name in names],
            [[name, _rows_of(self._sources.get(name))] for name in sources],
            str(self._first_day) if DAYS in sources else None,
            _shaping(metric),
        ]
        return digest(json.dumps(facts, default=str))

    @cached_property
    def _first_day(self) -> date:
        return self._engine.first_day()

    def _meaning(self, name: str, extracts: Mapping[str, Extract]) -> object:
        if name in extracts:
            extract = extracts[name]
            return [
                _rows_of(extract.info),
                [[table.id, *_rows_of(table)] for table in extract.tables],
                extract.days_unknown,
            ]
        return self._meanings.get(name)


def _part(read: Lineage, names: Iterable[str]) -> Lineage:
    """The part of a lineage that is about these items, in their order."""
    listed_names = list(names)
    return Lineage(
        {name: read.items.get(name, ()) for name in listed_names},
        {name: read.sources.get(name, ()) for name in listed_names},
    )


def _rows_of(source: SourceInfo | None) -> list[str | None]:
    if source is None:
        return []
    return [source.fingerprint, str(source.data_until), source.error, source.time, source.time_is]


def _shaping(metric: Metric) -> list[object]:
    front = metric.front
    kind: str | None = front.type if isinstance(front, KeyResultFront) else None
    if metric.okr is not None and metric.okr.front.measured == "period_to_date":
        kind = f"{kind} to date, {metric.okr.period.start} to {metric.okr.period.end}"
    return [kind, [[name, value] for name, value in front if name not in WORDS]]


def _are_equal(engine: Engine, before: str, after: str) -> bool:
    try:
        return engine.canonical(before) == engine.canonical(after)
    except QueryError:
        return False


def digest(text: str) -> str:
    """A short name for a text, of which no two have the same."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]
