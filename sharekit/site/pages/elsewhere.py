"""Where else a number can be had: a badge and a card for other sites' pages, and its addresses for
scripts."""

from __future__ import annotations

from markupsafe import Markup
from msgspec import Struct

from sharekit.project.manifest import Metric
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.markdown import write

_FRAME = Markup(
    '<iframe src="{}" title="{}" width="320" height="180" loading="lazy" style="border:0"></iframe>'
)  # the host page's own markup: its policy is not ours


class FileAddress(Struct, frozen=True):
    """One file of a number."""

    label: str
    href: str
    full: str
    """The whole address, to copy; "" where it is not known where the site will be published."""


class ReuseView(Struct, frozen=True):
    """How to show and read the number elsewhere. Snippets are "" where nobody knows the site's
    address."""

    badge: str
    """"" for a table, which has none."""
    alt: str
    badge_snippet: str
    card: str
    card_snippet: str
    addresses: tuple[FileAddress, ...]


def elsewhere(tree: AudienceTree, page: str, metric: Metric) -> ReuseView:
    subject, reading = tree.subject(metric), tree.reading(metric)
    has_badge = metric.front.kind == "metric"

    def full(target: str) -> str:
        return links.absolute(tree.url, target) if tree.url else ""

    badge, card, home = (
        links.badge_file(metric.id),
        links.embed_page(metric.id),
        full(links.metric_page(metric)),
    )
    picture = f"!{write.link(write.inline_text(metric.title), full(badge))}"
    files = (
        ("JSON", links.data_file(metric.id, "json")),
        ("CSV", links.data_file(metric.id, "csv")),
        ("Markdown", links.twin(links.metric_page(metric))),
    )
    return ReuseView(
        badge=links.href(page, badge) if has_badge else "",
        alt=f"{metric.title}: {subject.now(reading)}",
        badge_snippet=write.link(picture, home) if home and has_badge else "",
        card=links.href(page, card),
        card_snippet=str(_FRAME.format(full(card), metric.title)) if home else "",
        addresses=tuple(
            FileAddress(label, links.href(page, file), full(file)) for label, file in files
        ),
    )
