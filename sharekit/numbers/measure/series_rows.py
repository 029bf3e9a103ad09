"""The rows of a series: the time of each, and the rules by which they become one value a period."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sharekit.numbers.measure.over_time import SlotTotals, add_up_over_time
from sharekit.numbers.measure.rows import MetricRows
from sharekit.numbers.measure.timeline import Timeline
from sharekit.numbers.measure.totals import MetricColumns, Rule
from sharekit.numbers.results import Cell
from sharekit.project.manifest import Metric
from sharekit.project.shapes import OverTime
from sharekit.records import replace


class SeriesRows(Struct, frozen=True):
    """Rows in the slots of a timeline."""

    metric: Metric
    table: MetricColumns
    cells: Sequence[Cell]
    """Time of each row."""
    rule: Rule
    """How rows add up over the slices."""
    over_time: OverTime
    """How the values of one period become one."""
    adds: bool
    """Whether values add up over the slices, by the query."""

    @property
    def level(self) -> bool:
        """Whether each value is of its day, as a balance is."""
        return self.over_time == "last"

    def totals(self, size: int) -> SlotTotals:
        """Totals and slices of so many slots. Raises ProblemsError."""
        return add_up_over_time(
            self.metric, self.rule, self.over_time, self.table, self.cells, size, adds=self.adds
        )

    def measured(self, timeline: Timeline) -> SeriesRows:
        """The rows without values that are dated after the as-of day in the period that runs."""
        if not timeline.ahead:
            return self
        ahead = [cell in timeline.ahead for cell in self.cells]

        def there(column: Sequence[float | None] | None) -> Sequence[float | None] | None:
            if column is None:
                return None
            return [None if late else value for value, late in zip(column, ahead, strict=True)]

        table = self.table
        columns = replace(
            table,
            value=there(table.value),
            numerator=there(table.numerator),
            denominator=there(table.denominator),
        )
        return replace(self, table=columns)

    def with_rows(self, table: MetricColumns, cells: Sequence[Cell]) -> SeriesRows:
        """Other rows of the same metric."""
        return replace(self, table=table, cells=cells)


def series_rows(
    data: MetricRows, rule: Rule, over_time: OverTime, cells: Sequence[Cell], timeline: Timeline
) -> SeriesRows:
    """The rows in the slots of their periods. Raises ProblemsError where several dates of one
    period have no rule to become one value."""
    table = data.table(list(map(timeline.slots.__getitem__, cells)))
    if timeline.finer:
        data.refuse_unsummed(over_time, timeline.grain)
    return SeriesRows(data.metric, table, cells, rule, over_time, data.adds)
