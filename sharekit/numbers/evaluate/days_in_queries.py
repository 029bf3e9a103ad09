"""What the texts of queries say about days. sqlglot is loaded for the first text that nobody has
read before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

from msgspec import Struct

from sharekit.numbers.additivity.dated import DatedColumns, DatedSource, MemberDays
from sharekit.numbers.cache.answers import Remember, answer_anew
from sharekit.project.lineage import SCHEMA, Lineage
from sharekit.project.manifest import Metric


class DaysInQueries(Struct, frozen=True):
    """Reads what queries say about days, each text once."""

    text: Callable[[str], str | None]
    """The SQL of a view or a metric by its id."""
    lineage: Lineage
    remember: Remember = answer_anew

    def texts(self, metric: Metric) -> list[str]:
        """The SQL of a metric and of all it reads."""
        items = (metric.id, *self.lineage.upstream(metric.id))
        return [self.text(item) or "" for item in items]

    def lower_bounds(self, metric: Metric) -> tuple[date, ...]:
        """The days from which on a metric and what it reads say that they count."""

        def answer(sql: str) -> tuple[date, ...]:
            from sharekit.numbers.evaluate.days_in_sql import lower_bounds

            return lower_bounds(sql)

        return tuple(
            day
            for sql in self.texts(metric)
            for day in self.remember("bounds", [sql], partial(answer, sql), tuple[date, ...])
        )

    def settling_days(self, metric: Metric) -> int:
        """How many days pass until the value of a day is final."""

        def answer(sql: str) -> int:
            from sharekit.numbers.evaluate.settling import settling_days

            return settling_days(sql)

        return max(
            self.remember("settles", [sql], partial(answer, sql), int) for sql in self.texts(metric)
        )

    def looks_back_by_rows(self, metric: Metric) -> bool:
        """Whether the query has a window of so many rows."""
        sql = metric.sql.text

        def answer() -> bool:
            from sharekit.numbers.evaluate.days_in_sql import looks_back_by_rows

            return looks_back_by_rows(sql)

        return self.remember("looks-back", [sql], answer, bool)

    def member_days(
        self, metric: Metric, dimensions: Sequence[str], sources: DatedColumns
    ) -> MemberDays | None:
        """What to ask for the days of a dimension's members, or of pairs of those of two; None
        where that cannot be followed."""
        sql = metric.sql.text

        def answer() -> tuple[MemberDays, ...]:
            from sharekit.numbers.additivity.member_days import member_days

            followed = member_days(sql, dimensions, sources)
            return () if followed is None else (followed,)

        views = (f"{SCHEMA}.{name}" for name in sorted(self.lineage.upstream(metric.id)))
        columns = [
            (name, sorted(sources.dated.get(name, ())), sorted(sources.columns.get(name, ())))
            for name in (*self.lineage.all_sources(metric.id), *views)
        ]
        inputs = [sql, list(dimensions), self._upstream(metric), columns]
        followed = self.remember("member-days", inputs, answer, tuple[MemberDays, ...])
        return followed[0] if followed else None

    def feeding(self, metric: Metric, dated: Mapping[str, DatedSource]) -> frozenset[str]:
        """The sources that the number cannot do without, by name."""
        sql = metric.sql.text

        def answer() -> frozenset[str]:
            from sharekit.numbers.additivity.needed_sources import Feeds

            return Feeds(dated, self.text).of(sql)

        columns = [(name, source.time, sorted(source.columns)) for name, source in dated.items()]
        return self.remember(
            "feeds", [sql, self._upstream(metric), columns], answer, frozenset[str]
        )

    def _upstream(self, metric: Metric) -> list[tuple[str, str | None]]:
        return [(name, self.text(name)) for name in sorted(self.lineage.upstream(metric.id))]
