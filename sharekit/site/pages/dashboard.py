"""The page of a dashboard: its blocks, its switches, its owner, its age and its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from sharekit.project.manifest import Dashboard
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree, Person
from sharekit.site.events import ItemEvent, NewsTags
from sharekit.site.number_cards import DataAge, fresh
from sharekit.site.pages.dashboard_blocks import BlockMaker, BlockView, ChartView
from sharekit.site.pages.dashboard_switch import switch_of, switches
from sharekit.site.pages.explore import Switch
from sharekit.site.pages.history import LogEntry, history_log
from sharekit.site.pages.page import Page


class DashboardView(Struct, frozen=True):
    """What the page places."""

    dashboard: Dashboard
    dashboards: str
    person: Person | None
    fresh: DataAge | None
    switches: tuple[Switch, ...]
    blocks: tuple[BlockView, ...]
    log: tuple[LogEntry, ...]


def dashboard_page(
    tree: AudienceTree,
    dashboard: Dashboard,
    item_events: Sequence[ItemEvent],
    tags: NewsTags,
    history: Sequence[ItemEvent],
) -> Page:
    """`item_events`: what happened to everything, for lists of changes; `history`: what happened to
    this dashboard. Both newest first."""
    page = links.dashboard_page(dashboard.id)
    maker = BlockMaker(tree, dashboard, page, item_events, tags, switch_of(tree, dashboard))
    blocks = tuple(maker.blocks())
    has_charts = any(_charts(blocks))
    return Page(
        path=page,
        template="dashboard.html",
        title=dashboard.title,
        description=dashboard.front.description or f"{dashboard.title}.",
        section="dashboards",
        source=dashboard.path,
        twin=links.twin(page),
        charts=has_charts,
        view=DashboardView(
            dashboard=dashboard,
            dashboards=links.href(page, links.DASHBOARDS),
            person=tree.person(dashboard.front.lead),
            fresh=_oldest(tree, dashboard),
            switches=tuple(switches(maker.choice, has_charts=has_charts)),
            blocks=blocks,
            log=history_log(tree, page, history),
        ),
    )


def _charts(blocks: Iterable[BlockView]) -> Iterator[ChartView]:
    for block in blocks:
        for tile in block.tiles:
            if isinstance(tile.content, ChartView) and tile.content.plot:
                yield tile.content


def _oldest(tree: AudienceTree, dashboard: Dashboard) -> DataAge | None:
    """The oldest data on the page, as a chain is as strong as its weakest link."""
    metrics = [
        tree.manifest.metrics[name]
        for name in tree.placed[dashboard.id]
        if name in tree.manifest.metrics
    ]
    ages = [fresh(tree, metric) for metric in metrics if tree.reading(metric)]
    return min(ages, key=lambda age: (not age.stale, age.iso), default=None)
