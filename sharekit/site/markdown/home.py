"""The twins of the first page and of the list of changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sharekit.site import links
from sharekit.site.context import AudienceTree
from sharekit.site.events import ItemEvent, announced_events, recent
from sharekit.site.markdown import write
from sharekit.site.markdown.shared import as_of, news_lines, numbers, page_address, ref, scorecard
from sharekit.site.overview import asked_for, day_of_period, headline
from sharekit.site.pages.changes import gathered
from sharekit.site.pages.home import (
    MOST_CARDS,
    MOST_NEWS,
    MOST_WANTS,
    running_items,
    shown_key_results,
)
from sharekit.site.pages.sharing import decisions_of, wants_of
from sharekit.wording.scoring import scorecard_rule
from sharekit.wording.words import long_day

MOST_CHANGES = 100


def home_twin(tree: AudienceTree, title: str, item_events: Sequence[ItemEvent]) -> str:
    """`title`: name of the site."""
    return write.document(_home(tree, title, item_events))


def _home(tree: AudienceTree, title: str, item_events: Sequence[ItemEvent]) -> Iterator[str]:
    page, current = links.HOME, tree.current_key_results
    week = recent(tree, item_events)
    day = ", ".join(part for part in (long_day(tree.as_of), day_of_period(tree, current)) if part)
    yield write.heading(1, write.inline_text(title))
    yield write.opening(write.inline_text(f"{day}. {headline(tree, week, current)}"))
    yield write.facts(
        (
            ("Page", page_address(tree, page)),
            ("Everything that there is", write.link(links.LLMS, links.LLMS)),
        )
    )
    yield from write.section(
        "This week",
        news_lines(tree, page, week[:MOST_NEWS]),
        ref(page, links.CHANGES, "All changes"),
    )
    shown = shown_key_results(tree, current)
    left_out = len(current) - len(shown)
    more = (
        f"{left_out} key results without need of a conversation are left out here."
        if left_out
        else ""
    )
    rule = write.inline_text(scorecard_rule(shown, tree.manifest.config.okrs))
    yield from write.section("Scorecard", scorecard(tree, page, shown), more, rule)
    items = running_items(tree, current)
    for name, asked_of in (("Decisions asked for", decisions_of), ("Help wanted", wants_of)):
        lines = (
            f"{write.inline_text(open_want.what)} ({write.inline_text(open_want.line)})"
            for open_want in asked_of(tree, page, items)
        )
        yield from write.section(name, write.bullets(list(lines)[:MOST_WANTS]))
    asked = list(asked_for(tree))
    rest = len(asked) - MOST_CARDS
    more = f"{rest} more are in {write.link(links.LLMS, links.LLMS)}." if rest > 0 else ""
    yield from write.section(
        "Numbers", numbers(tree, page, [(metric, None) for metric in asked[:MOST_CARDS]]), more
    )
    dashboards = (
        ref(page, links.dashboard_page(dashboard.id), dashboard.title)
        + f": {write.inline_text(dashboard.front.description or '')}"
        for dashboard in tree.manifest.dashboards.values()
    )
    yield from write.section(
        "Dashboards", write.bullets(line.removesuffix(": ") for line in dashboards)
    )


def changes_twin(tree: AudienceTree, title: str, item_events: Sequence[ItemEvent]) -> str:
    """The newest announcements of everything."""
    events = gathered(announced_events(item_events))
    left_out = len(events) - MOST_CHANGES
    blocks = (
        write.heading(1, write.inline_text(f"Changes, {title}")),
        write.facts((("As of", as_of(tree)), ("Page", page_address(tree, links.CHANGES)))),
        news_lines(tree, links.CHANGES, events[:MOST_CHANGES]) or "Nothing has been announced yet.",
        f"{left_out} older ones are on the page." if left_out > 0 else "",
    )
    return write.document(blocks)
