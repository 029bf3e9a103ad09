"""The twins of the first page and of the list of changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sharekit.site import links
from sharekit.site.context import Tree
from sharekit.site.events import Event, announced, recent
from sharekit.site.overview import asked_for, day_of_period, headline
from sharekit.site.pages.changes import gathered
from sharekit.site.pages.home import MOST_CARDS, MOST_NEWS, MOST_WANTS, running_items, shown_key_results
from sharekit.site.pages.sharing import decisions_of, wants_of
from sharekit.wording.grading import scorecard_rule
from sharekit.site.markdown import write
from sharekit.site.markdown.shared import as_of, news, numbers, ref, scorecard, whole
from sharekit.wording.words import long_day

MOST_CHANGES = 100


def home_twin(tree: Tree, title: str, found: Sequence[Event]) -> str:
    """`title`: name of the site."""
    return write.document(_home(tree, title, found))


def _home(tree: Tree, title: str, found: Sequence[Event]) -> Iterator[str]:
    page, current = links.HOME, tree.current_key_results
    week = recent(tree, found)
    day = ", ".join(part for part in (long_day(tree.as_of), day_of_period(tree, current)) if part)
    yield write.heading(1, write.words(title))
    yield write.opening(write.words(f"{day}. {headline(tree, week, current)}"))
    yield write.facts((("Page", whole(tree, page)), ("Everything that there is", write.link(links.LLMS, links.LLMS))))
    yield from write.section("This week", news(tree, page, week[:MOST_NEWS]), ref(page, links.CHANGES, "All changes"))
    shown = shown_key_results(tree, current)
    left_out = len(current) - len(shown)
    more = f"{left_out} key results without need of a conversation are left out here." if left_out else ""
    rule = write.words(scorecard_rule(shown, tree.manifest.config.okrs))
    yield from write.section("Scorecard", scorecard(tree, page, shown), more, rule)
    items = running_items(tree, current)
    for name, asked_of in (("Decisions asked for", decisions_of), ("Help wanted", wants_of)):
        lines = (f"{write.words(each.what)} ({write.words(each.line)})" for each in asked_of(tree, page, items))
        yield from write.section(name, write.bullets(list(lines)[:MOST_WANTS]))
    asked = list(asked_for(tree))
    rest = len(asked) - MOST_CARDS
    more = f"{rest} more are in {write.link(links.LLMS, links.LLMS)}." if rest > 0 else ""
    yield from write.section("Numbers", numbers(tree, page, [(each, None) for each in asked[:MOST_CARDS]]), more)
    dashboards = (
        f"{ref(page, links.dashboard_page(each.id), each.title)}: {write.words(each.front.description or '')}"
        for each in tree.manifest.dashboards.values()
    )
    yield from write.section("Dashboards", write.bullets(line.removesuffix(": ") for line in dashboards))


def changes_twin(tree: Tree, title: str, found: Sequence[Event]) -> str:
    """The newest announcements of everything."""
    told = gathered(announced(found))
    left_out = len(told) - MOST_CHANGES
    blocks = (
        write.heading(1, write.words(f"Changes, {title}")),
        write.facts((("As of", as_of(tree)), ("Page", whole(tree, links.CHANGES)))),
        news(tree, links.CHANGES, told[:MOST_CHANGES]) or "Nothing has been announced yet.",
        f"{left_out} older ones are on the page." if left_out > 0 else "",
    )
    return write.document(blocks)
