"""The twin of a dashboard: its prose with the live numbers filled in, its cards, charts and
scorecards as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sharekit.project.dashboard_body import (
    ChangesBlock,
    LiveNumber,
    MetricsBlock,
    OkrsBlock,
    ProseBlock,
    TableBlock,
)
from sharekit.project.manifest import Dashboard, Metric
from sharekit.site import links
from sharekit.site.cells import RowsTable
from sharekit.site.context import AudienceTree
from sharekit.site.events import ItemEvent, announced_events
from sharekit.site.markdown import prose as texts
from sharekit.site.markdown import write
from sharekit.site.markdown.shared import (
    as_of,
    metric_ref,
    news_lines,
    numbers,
    owner,
    page_address,
    scorecard,
)
from sharekit.site.pages.dashboard import block_table, is_wanted, live_text, placed_table

ELSEWHERE = "*not shared here*"


def dashboard_twin(
    tree: AudienceTree, dashboard: Dashboard, item_events: Sequence[ItemEvent]
) -> str:
    return write.document(_blocks(tree, dashboard, item_events))


def _blocks(
    tree: AudienceTree, dashboard: Dashboard, item_events: Sequence[ItemEvent]
) -> Iterator[str]:
    page = links.dashboard_page(dashboard.id)
    yield write.heading(1, write.inline_text(dashboard.title))
    if dashboard.front.description:
        yield write.opening(write.inline_text(dashboard.front.description))
    yield write.facts(
        (
            ("Owner", owner(tree, dashboard.front.lead)),
            ("As of", as_of(tree)),
            ("Page", page_address(tree, page)),
        )
    )
    place = texts.prose(tree, page, dashboard.path)
    place.page.references = tree.texts.references(dashboard.body)
    for part in tree.bodies[dashboard.id]:
        match part:
            case ProseBlock():
                live = [
                    (live_number.start, live_number.end, _live(tree, page, live_number))
                    for live_number in part.numbers
                ]
                yield place.with_numbers(part.text, live)
            case MetricsBlock():
                placed = dict.fromkeys(
                    (entry.id, entry.title) for entry in part.metrics
                )  # one may be drawn twice
                found_here = ((tree.manifest.metrics.get(name), title) for name, title in placed)
                yield numbers(
                    tree, page, [(metric, title) for metric, title in found_here if metric]
                )
                for entry in part.metrics:
                    if entry.chart == "table" and (metric := tree.manifest.metrics.get(entry.id)):
                        subject = tree.subject(metric, entry.title)
                        rows = placed_table(subject, metric, tree.reading(metric), entry, "")
                        yield from _written(page, metric, rows, entry.title)
            case OkrsBlock():
                every = tree.manifest.key_results.values()
                yield scorecard(
                    tree,
                    page,
                    [
                        other_metric
                        for other_metric in every
                        if is_wanted(tree, other_metric, part.scorecard)
                    ],
                )
            case ChangesBlock():
                of = part.changes.owner
                events = [
                    event
                    for event in announced_events(item_events)
                    if not of or event.owner_key == of
                ]
                yield news_lines(tree, page, events[: part.changes.last])
            case TableBlock():
                yield from _table(tree, page, part)


def _live(tree: AudienceTree, page: str, number: LiveNumber) -> str:
    metric = tree.manifest.metrics.get(number.id)
    if metric is None:
        return ELSEWHERE
    address = links.href(page, links.twin(links.metric_page(metric)))
    return write.link(write.inline_text(live_text(tree, metric, number)), address)


def _table(tree: AudienceTree, page: str, part: TableBlock) -> Iterator[str]:
    metric = tree.manifest.metrics.get(part.table.id)
    reading = tree.reading(metric) if metric else None
    rows = block_table(tree, metric, reading, part, "") if metric else None
    if metric is None:
        return
    yield from _written(page, metric, rows, part.table.title)


def _written(page: str, metric: Metric, rows: RowsTable | None, title: str | None) -> Iterator[str]:
    if rows is None:
        return
    yield (
        f"{write.inline_text(title)} ({metric_ref(page, metric)})"
        if title
        else metric_ref(page, metric)
    )
    written = [at for at, column in enumerate(rows.columns) if not column.drawn]
    cells = ([write.inline_text(row[at].text) for at in written] for row in rows.rows)
    columns = [rows.columns[at] for at in written]
    numeric = [at for at, column in enumerate(columns) if column.numeric]
    yield write.table([write.inline_text(column.name) for column in columns], cells, numeric)
    yield rows.note
