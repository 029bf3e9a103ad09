"""The twin of a page, by the kind of its view."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.site.audience_tree import AudienceTree
from sharekit.site.markdown import write
from sharekit.site.markdown.items import key_result_blocks, metric_blocks, objective_blocks
from sharekit.site.markdown.overviews import changes_blocks, dashboard_blocks, home_blocks
from sharekit.site.markdown.place import TwinPlace
from sharekit.site.pages.changes import ChangesView
from sharekit.site.pages.dashboard import DashboardView
from sharekit.site.pages.home import HomeView
from sharekit.site.pages.key_result import KeyResultView
from sharekit.site.pages.metric import MetricView
from sharekit.site.pages.objective import ObjectiveView
from sharekit.site.pages.page import Page


def twin_text(tree: AudienceTree, site: str, page: Page) -> str | None:
    """What a page says, as Markdown; None for a kind of page that has no twin. `site`: its name."""
    place = TwinPlace(tree, page.path)
    blocks: Iterator[str]
    title = page.title
    match page.view:
        case MetricView() as view:
            blocks = metric_blocks(place, view)
        case KeyResultView() as view:
            blocks = key_result_blocks(place, view)
        case ObjectiveView() as view:
            blocks = objective_blocks(place, view)
        case DashboardView() as view:
            blocks = dashboard_blocks(place, view)
        case ChangesView() as view:
            title, blocks = f"{page.title}, {site}", changes_blocks(place, view)
        case HomeView() as view:
            title, blocks = site, home_blocks(place, view)
        case _:
            return None
    return write.document((write.heading(1, write.inline_text(title)), *blocks))
