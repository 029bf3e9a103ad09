"""The blocks of a dashboard in the order written: prose with live numbers, cards, charts, scorecards,
changes and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Literal

from markupsafe import Markup
from msgspec import Struct, field

from sharekit.numbers.periods import GRAIN_DAYS, Span, parse_period, parse_span
from sharekit.numbers.results import Reading
from sharekit.project.dashboard_body import (
    ChangesBlock,
    MetricsBlock,
    OkrsBlock,
    ProseBlock,
    TableBlock,
)
from sharekit.project.dashboard_rows import (
    CHART_COLUMNS,
    MOST_COLUMNS,
    Share,
    columns_of,
    even_shares,
    is_card,
    shares,
)
from sharekit.project.manifest import Dashboard, Metric
from sharekit.project.shapes import ChartKind, MetricPlacement, ScorecardPlacement
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.cells import RowsTable, member_rows, rows_table, values_table
from sharekit.site.charts import (
    ALL,
    Accumulated,
    Chart,
    ChartOptions,
    PlacedTable,
    Size,
    Subject,
    accumulated,
    accumulated_chart,
    chart_for,
    explore_button,
    is_drawn,
    member_key,
    plot,
)
from sharekit.site.events import ItemEvent, NewsTags, announced_events
from sharekit.site.number_cards import Card, card
from sharekit.site.pages.dashboard_switch import DashboardSwitch
from sharekit.site.pages.definition import DefinitionView, definition
from sharekit.site.pages.explore import dimension_words, without_title
from sharekit.site.pages.home import NewsItem, news_item
from sharekit.site.pages.live_numbers import LiveProse
from sharekit.site.pages.metric import redefinitions
from sharekit.site.pages.notes import NoteLine, day_notes, note_lines, note_marks
from sharekit.site.prose import Prose
from sharekit.site.scorecard import Scorecard, scorecard

MOST_TABLE_ROWS = 60


class CardView(Struct, frozen=True):
    """A number card; with a switch, one for each member of the dimension as well."""

    title: str
    href: str
    variants: tuple[tuple[str, Card], ...]
    """Key of the member ("all" for the total) and its card; one variant alone where nothing
    switches."""
    slices: Mapping[str, str] = field(default_factory=dict)
    """Key of a member -> its name."""
    apart: str = ""
    """Said when a member is chosen that this card does not follow."""


class ChartView(Struct, frozen=True):
    """A chart panel."""

    id: str
    title: str
    href: str
    sub: str
    plot: Markup
    button: Markup
    table: PlacedTable | None
    definition: DefinitionView
    csv: str
    notes: tuple[NoteLine, ...] = ()
    apart: str = ""
    """Said when a member is chosen that this chart does not follow: "Not by origin"."""


class BlockView(Struct, frozen=True):
    """One block of the page; `kind` says which of the others is filled."""

    kind: str
    """prose, tiles, score, news or table."""
    html: Prose | None = None
    tiles: tuple[TileView, ...] = ()
    scorecard: Scorecard | None = None
    news: tuple[NewsItem, ...] = ()
    table: RowsTable | None = None
    title: str = ""
    href: str = ""
    id: str = ""
    apart: str = ""
    """Said when a member is chosen that this block does not follow."""

    @property
    def only_cards(self) -> bool:
        return all(isinstance(tile.content, CardView) for tile in self.tiles)


class TileView(Struct, frozen=True):
    """A card, a chart or a table, and what it takes of its row."""

    share: Share
    kind: Literal["card", "chart", "table"]
    content: CardView | ChartView | BlockView


class _Placed(Struct, frozen=True):
    """An entry whose number is shared here, and how it is shown."""

    entry: MetricPlacement
    metric: Metric
    kind: Literal["card", "chart", "table"]
    key: str
    """Of its place on the page: "2-0"."""


class BlockMaker(Struct, frozen=True):
    """Makes the blocks of one dashboard."""

    tree: AudienceTree
    dashboard: Dashboard
    page: str
    item_events: Sequence[ItemEvent]
    tags: NewsTags
    choice: DashboardSwitch

    def blocks(self) -> Iterator[BlockView]:
        place = self.tree.prose(self.page, self.dashboard.path)
        place.references = self.tree.texts.references(self.dashboard.body)
        prose = LiveProse(self.tree, self.page, self.choice)
        for at, part in enumerate(self.tree.bodies[self.dashboard.id]):
            match part:
                case ProseBlock():
                    yield BlockView("prose", html=prose.of(part, place))
                case MetricsBlock():
                    yield from self._metrics(part, at)
                case OkrsBlock():
                    yield from self._okrs(part.scorecard, at)
                case ChangesBlock():
                    yield self._changes(part)
                case TableBlock():
                    yield from self._table(part, at)

    # -- blocks
    # ------------------------------------------------------------------------------------------------

    def _metrics(self, part: MetricsBlock, at: int) -> Iterator[BlockView]:
        """Rows that fill their width. Where the block does not say how many columns it has, cards
        that stand together are one block, charts that stand together another, and a table has its
        own."""
        placed = [
            _Placed(entry, metric, self._kind_of(entry, metric), f"{at}-{index}")
            for index, entry in enumerate(part.metrics)
            if (metric := self.tree.manifest.metrics.get(entry.id)) is not None
        ]
        if columns := columns_of(part.metrics, part.columns):
            if placed:
                widths = [min(item.entry.width or 1, columns) for item in placed]
                yield self._tiles(placed, shares(widths, columns))
            return
        for kind, group in groupby(placed, key=lambda block: block.kind):
            run = list(group)
            if kind == "table":
                yield from (self._placed_table(item) for item in run)
            else:
                most = MOST_COLUMNS if kind == "card" else CHART_COLUMNS
                yield self._tiles(run, even_shares(len(run), most))

    def _kind_of(self, entry: MetricPlacement, metric: Metric) -> Literal["card", "chart", "table"]:
        if entry.chart == "table":
            return "table"
        reading = self.tree.reading(metric)
        if entry.accumulate:
            return "chart" if self._accumulated_sums(entry, reading) else "card"
        drawn = reading and is_drawn(reading, _kind(entry, metric), entry.by)
        return "chart" if drawn and not is_card(entry) else "card"

    def _tiles(self, run: Sequence[_Placed], shares: Sequence[Share]) -> BlockView:
        return BlockView("tiles", tiles=tuple(map(self._tile, run, shares)))

    def _tile(self, placed: _Placed, share: Share) -> TileView:
        if placed.kind == "table":
            return TileView(share, "table", self._placed_table(placed))
        chart = self._chart(placed, "full" if share.wide else "half")
        return TileView(share, "chart" if chart else "card", chart or self._card(placed))

    def _placed_table(self, placed: _Placed) -> BlockView:
        """An entry with `chart: table`: the values as rows, so far back and by the dimension that
        it says."""
        entry, metric, key = placed.entry, placed.metric, placed.key
        reading, subject = self.tree.reading(metric), self.tree.subject(metric, entry.title)
        title = subject.title + (f", by {dimension_words(entry.by)}" if entry.by else "")
        href = links.href(self.page, links.metric_page(metric))
        return BlockView(
            "table", table=placed_table(subject, metric, reading, entry, f"t-{key}"), title=title, href=href,
            id=f"table-{key}", apart=self.choice.apart if entry.by != self.choice.dimension else "",
        )  # fmt: skip

    def _card(self, placed: _Placed) -> CardView:
        entry, metric = placed.entry, placed.metric
        reading = self.tree.reading(metric)
        periods = _periods(entry.last, None, reading) if entry.last and reading else None
        total_card = card(self.tree, self.page, metric, title=entry.title, points=periods)
        variants = [(ALL, total_card)]
        if self.choice.dimension and reading and reading.slices.get(self.choice.dimension):
            members = {
                member_slice.member for member_slice in reading.slices[self.choice.dimension]
            }
            variants += [
                (
                    member_key(member),
                    card(
                        self.tree,
                        self.page,
                        metric,
                        title=entry.title,
                        by=self.choice.dimension,
                        member=member,
                        points=periods,
                    ),
                )
                for member in self.choice.members
                if member in members
            ]
        shown_keys = {key for key, _ in variants}
        names = {
            member_key(member): self.choice.names[member]
            for member in self.choice.members
            if member_key(member) in shown_keys
        }
        apart = self.choice.apart if len(variants) == 1 else ""
        return CardView(total_card.title, total_card.href, tuple(variants), names, apart)

    def _chart(self, placed: _Placed, size: Size) -> ChartView | None:
        entry, metric, key = placed.entry, placed.metric, placed.key
        reading = self.tree.reading(metric)
        if placed.kind != "chart" or reading is None:
            return None
        if accumulated_course := self._accumulated_sums(entry, reading):
            return self._accumulated_chart(placed, accumulated_course, size)
        subject = self.tree.subject(metric, entry.title)
        history = [event for event in self.item_events if event.item == metric.id]
        marks = (*redefinitions(history), *note_marks(self.tree, metric))
        charts: dict[str, Chart] = {}
        for name, span in (self.choice.ranges or {"": None}).items():
            last = _periods(entry.last if not name else None, span, reading)
            kind = _kind(entry, metric)
            if (
                entry.chart == "bar" and entry.by
            ):  # bars over time by `last`, else the members of the newest period
                last = (last or len(reading.series)) if entry.last else None
            chart = chart_for(
                subject,
                reading,
                ChartOptions(last=last, size=size, marks=marks),
                kind=kind,
                by=entry.by,
            )
            if chart is None:
                return None
            charts[name or "written"] = chart
        first = charts["written"]
        same = (
            len({str(chart.figure.get("layout", {}).get("xaxis")) for chart in charts.values()})
            == 1
        )
        chart_id = f"c-{key}"
        drawn = (
            plot(first, chart_id, live=True)
            if same
            else plot(charts, chart_id, view="range", shown_range="written", live=True)
        )
        return self._view(placed, first, _title(subject, entry), drawn)

    def _view(self, placed: _Placed, chart: Chart, title: str, drawn: Markup) -> ChartView:
        """The panel around a chart as it is drawn."""
        entry, metric = placed.entry, placed.metric
        subject, table = self.tree.subject(metric, entry.title), chart.table
        return ChartView(
            id=f"c-{placed.key}",
            title=title,
            href=links.href(self.page, links.metric_page(metric)),
            sub=without_title(chart.finding, subject, entry.by),
            plot=drawn,
            button=explore_button(f"c-{placed.key}", subject.title),
            table=PlacedTable(table, f"t-{placed.key}")
            if len(table.rows) <= MOST_TABLE_ROWS
            else None,
            definition=definition(self.tree, self.page, metric),
            csv=links.href(self.page, links.data_file(metric.id, "csv")),
            notes=note_lines(self.tree, metric, chart.figure) if _is_timed(chart) else (),
            apart=self.choice.apart if entry.by != self.choice.dimension else "",
        )

    def _accumulated_sums(
        self, entry: MetricPlacement, reading: Reading | None
    ) -> Accumulated | None:
        if entry.accumulate is None or reading is None:
            return None
        week_start = self.tree.manifest.config.project.week_start
        return accumulated(reading, entry.accumulate, self.tree.as_of, week_start)

    def _accumulated_chart(self, placed: _Placed, course: Accumulated, size: Size) -> ChartView:
        metric = placed.metric
        subject = self.tree.subject(metric, placed.entry.title)
        chart = accumulated_chart(subject, course, size=size, marks=day_notes(self.tree, metric))
        title = f"{subject.title}, {course.name}"
        title += " so far" if course.end >= self.tree.as_of else ""
        return self._view(placed, chart, title, plot(chart, f"c-{placed.key}", live=True))

    def _okrs(self, placement: ScorecardPlacement, at: int) -> Iterator[BlockView]:
        metrics = tuple(
            metric
            for metric in self.tree.manifest.key_results.values()
            if is_in_scorecard(self.tree, metric, placement)
        )
        if metrics:
            yield BlockView(
                "score",
                scorecard=scorecard(self.tree, self.page, metrics, self.tags.on(self.page)),
                id=f"score-{at}",
                apart=self.choice.apart,
            )

    def _changes(self, part: ChangesBlock) -> BlockView:
        events = [
            event
            for event in announced_events(self.item_events)
            if not part.changes.owner or event.owner_key == part.changes.owner
        ]
        listed_news = tuple(
            news_item(self.tree, self.page, event) for event in events[: part.changes.last]
        )
        return BlockView(
            "news",
            news=listed_news,
            href=links.href(self.page, links.CHANGES),
            apart=self.choice.apart,
        )

    def _table(self, part: TableBlock, at: int) -> Iterator[BlockView]:
        metric = self.tree.manifest.metrics.get(part.table.id)
        reading = self.tree.reading(metric) if metric else None
        if metric is None:
            return
        title = part.table.title or metric.title
        href = links.href(self.page, links.metric_page(metric))
        table = block_table(self.tree, metric, reading, part, f"t-{at}")
        yield BlockView(
            "table", table=table, title=title, href=href, id=f"table-{at}", apart=self.choice.apart
        )


def placed_table(
    subject: Subject, metric: Metric, reading: Reading | None, entry: MetricPlacement, table_id: str
) -> RowsTable | None:
    """The table that an entry with `chart: table` places."""
    if reading is None or (reading.parts_only and entry.by is None):
        return None
    if reading.table:
        return rows_table(reading.table, metric.front, table_id, MOST_TABLE_ROWS)
    if entry.by is not None and entry.last is None:
        return member_rows(subject, reading, entry.by, table_id, MOST_TABLE_ROWS)
    last = _periods(entry.last, None, reading)
    return values_table(subject, reading, table_id, MOST_TABLE_ROWS, by=entry.by, last=last)


def block_table(
    tree: AudienceTree, metric: Metric, reading: Reading | None, part: TableBlock, table_id: str
) -> RowsTable | None:
    """The table that a `table` block places: the rows of a table, the values of any other
    number."""
    if reading is None or reading.parts_only:
        return None
    if reading.table:
        return rows_table(reading.table, metric.front, table_id, part.table.rows)
    return values_table(tree.subject(metric, part.table.title), reading, table_id, part.table.rows)


def _title(subject: Subject, entry: MetricPlacement) -> str:
    if entry.by is None:
        return subject.title
    share = "share " if entry.chart == "stacked" else ""
    return f"{subject.title}, {share}by {dimension_words(entry.by)}"


def _is_timed(chart: Chart) -> bool:
    """Whether a chart goes over time, so that notes stand in it."""
    return bool(chart.figure) and chart.figure["layout"]["xaxis"].get("type") == "date"


def is_in_scorecard(tree: AudienceTree, metric: Metric, placement: ScorecardPlacement) -> bool:
    """Whether a scorecard that was placed so holds this key result."""
    terms = metric.okr
    if terms is None:
        return False
    if placement.objective and terms.objective != placement.objective:
        return False
    if placement.owner and placement.owner not in metric.owners:
        return False
    if not placement.period:
        return True
    period = parse_period(placement.period, tree.manifest.config.project.fiscal_year)
    if period is None:
        return terms.period.label == placement.period
    return (terms.period.start, terms.period.end) == (period.start, period.end)


def _kind(entry: MetricPlacement, metric: Metric) -> ChartKind | None:
    return entry.chart or (metric.front.chart if not entry.by else None)


def _periods(text: str | None, span: Span | None, reading: Reading) -> int | None:
    """How many periods of the reading's grain a range holds; None for all."""
    asked_span = parse_span(text) if text else span
    if asked_span is None or reading.grain is None:
        return None
    return max(2, round(asked_span.days / GRAIN_DAYS[reading.grain]))
