"""The chart panel of a number: the total and each dimension, each as one drawing over the first
range. The page's script draws the others; without it the tables below hold every slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.results import Reading
from sharekit.project.shapes import Grain
from sharekit.records import replace
from sharekit.site.charts import (
    Chart,
    ChartOptions,
    ChartTable,
    Mark,
    PlacedTable,
    Subject,
    bar_chart,
    by_lines,
    explore_button,
    line_chart,
    member_key,
    plot,
)
from sharekit.site.charts.chart_types import Figure
from sharekit.wording.english import capital

TOTAL = "total"
MOST_ROWS = 60
"""Periods in a table on the page; all of them are in the CSV file."""
RECENT: Mapping[Grain, int] = {"day": 91, "week": 26, "month": 24, "quarter": 8, "year": 10}
"""Periods shown at first; the other choice is everything. More of them would be paid for by every
page, and exploring a chart zooms to any stretch of time."""


class SwitchOption(Struct, frozen=True):
    """One choice of a switch."""

    value: str
    label: str


class Switch(Struct, frozen=True):
    """A group of radios (or a select, where there are many) that shows one of several drawings."""

    view: str
    """Attribute: `range` shows what carries data-range."""
    name: str
    """Name in the address, so that a link shares the choice."""
    label: str
    options: tuple[SwitchOption, ...]
    default: str
    lights: bool = False
    """Whether it also lights the lines and rows of the chosen member."""

    @property
    def as_select(self) -> bool:
        return len(self.options) > 6


class Drawing(Struct, frozen=True):
    """One choice of the panel."""

    key: str
    plot: Markup
    button: Markup
    hidden: bool


class DataTable(Struct, frozen=True):
    """One table below the chart."""

    title: str
    table: PlacedTable
    note: str
    of: str
    """"By region"; "" of the total."""

    def newest(self, periods: int) -> str:
        """What its newest periods are called: "By region, last 12 periods"."""
        return f"{self.of}, last {periods} periods" if self.of else f"Last {periods} periods"


class Explore(Struct, frozen=True):
    """The panel as a whole."""

    switches: tuple[Switch, ...]
    drawings: tuple[Drawing, ...]
    tables: tuple[DataTable, ...]
    finding: str
    figure: Figure
    """The first drawing as data."""


def ranges(grain: Grain | None, periods: int) -> tuple[tuple[str, int | None], ...]:
    """Key and number of periods of each range worth offering, the one shown at first in front."""
    recent = RECENT[grain or "day"]
    return ((str(recent), recent), ("all", None)) if recent < periods else (("all", None),)


def explore(
    subject: Subject,
    reading: Reading,
    dimensions: Sequence[str],
    marks: Sequence[Mark] = (),
    *,
    bars: bool = False,
) -> Explore | None:
    """The panel of a metric; None where there is nothing over time to draw. `bars` draws the total
    as bars."""
    periods = len(reading.series) or max(
        (len(member_slice.series) for slices in reading.slices.values() for member_slice in slices),
        default=0,
    )
    if not periods:
        return None
    offered = ranges(reading.grain, periods)
    first_range = offered[0][0]
    totals: dict[str, Chart] = {}
    if any(point.value is not None for point in reading.series):
        totals = {
            key: bar_chart(subject, reading, ChartOptions(last=last, size="full", marks=marks))
            if bars
            else line_chart(subject, reading, ChartOptions(last=last, size="full", marks=marks))
            for key, last in offered
        }
    charts_of = {
        name: _charts_by_dimension(subject, reading, name, offered, marks)
        for name in dimensions
        if reading.slices.get(name)
    }
    groups = {TOTAL: totals} if totals else {}
    groups |= {_key(name): charts for name, charts in charts_of.items()}
    if not groups:
        return None
    first = next(iter(groups))
    names = [(TOTAL, reading.speaker or "Total")] if totals else []
    names += [(_key(name), f"By {dimension_words(name)}") for name in charts_of]
    return Explore(
        switches=tuple(_switches(names, offered, first_range, reading.grain, periods)),
        drawings=tuple(
            _drawing(subject, key, charts, first_range, hidden=key != first)
            for key, charts in groups.items()
        ),
        tables=tuple(_tables(totals, charts_of, first_range)),
        finding=without_title(
            groups[first][first_range].finding, subject, None if totals else next(iter(charts_of))
        ),
        figure=groups[first][first_range].figure,
    )


def without_title(finding: str, subject: Subject, by: str | None = None) -> str:
    """The sentence without the number's name, which stands above it."""
    names = [f"{subject.title} by {dimension_words(by)}"] if by else []
    for name in (*names, subject.title):
        if finding.startswith((f"{name}, ", f"{name}: ")):
            return capital(finding[len(name) + 2 :])
    return finding


def dimension_words(dimension: str) -> str:
    """A dimension's name in a sentence."""
    return dimension.replace("_", " ")


def _key(dimension: str) -> str:
    return f"by-{member_key(dimension)}"


def _drawing(
    subject: Subject, key: str, charts: Mapping[str, Chart], range_key: str, *, hidden: bool
) -> Drawing:
    if len(charts) == 1:
        drawn = plot(next(iter(charts.values())), f"c-{key}", live=True)
    else:
        drawn = plot(charts, f"c-{key}", view="range", shown_range=range_key, live=True)
    return Drawing(key, drawn, explore_button(f"c-{key}", subject.title), hidden)


def _charts_by_dimension(
    subject: Subject,
    reading: Reading,
    dimension: str,
    offered: Sequence[tuple[str, int | None]],
    marks: Sequence[Mark],
) -> dict[str, Chart]:
    """The charts of one dimension, one for each range."""
    return {
        key: by_lines(
            subject, reading, dimension, ChartOptions(last=last, size="full", marks=marks)
        )
        for key, last in offered
    }


def _switches(
    names: Sequence[tuple[str, str]],
    offered: Sequence[tuple[str, int | None]],
    range_key: str,
    grain: Grain | None,
    periods: int,
) -> list[Switch]:
    switches = []
    if len(names) > 1:
        options = tuple(SwitchOption(key, label) for key, label in names)
        switches.append(Switch("by", "by", "Show", options, names[0][0]))
    if len(offered) > 1:
        options = tuple(
            SwitchOption(key, str(last) if last else f"All {periods:,}") for key, last in offered
        )
        switches.append(
            Switch("range", "last", f"{capital(grain or 'period')}s", options, range_key)
        )
    return switches


def _tables(
    totals: Mapping[str, Chart], parts: Mapping[str, Mapping[str, Chart]], first: str
) -> list[DataTable]:
    tables = []
    if totals:
        tables.append(
            _data_table("The chart as a table", totals["all"].table, "t-total", totals[first], "")
        )
    for name, charts in parts.items():
        chart = charts.get("all") or next(iter(charts.values()))
        of = f"By {dimension_words(name)}"
        tables.append(
            _data_table(f"{of}, as a table", chart.table, f"t-{_key(name)}", charts[first], of)
        )
    return tables


def _data_table(title: str, table: ChartTable, table_id: str, first: Chart, of: str) -> DataTable:
    """The newest rows of a chart's table, of which those of the first view show."""
    left_out = max(0, len(table.rows) - MOST_ROWS)
    cut_table = replace(table, rows=table.rows[left_out:], keys=table.keys[left_out:])
    note = (
        f"The newest {MOST_ROWS} periods; {left_out} older ones are in the CSV file."
        if left_out
        else ""
    )
    return DataTable(title, PlacedTable(cut_table, table_id, len(first.table.rows)), note, of)
