"""The page for an address that leads nowhere."""

from __future__ import annotations

from msgspec import Struct

from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.pages.page import Page


class MissingView(Struct, frozen=True):
    """What the page places."""

    home: str


def missing_page(tree: AudienceTree) -> Page:
    """A server shows it below any address, where relative links may miss: its one link is a full
    one, where the site's address is known."""
    return Page(
        path=links.MISSING,
        template="missing.html",
        title="Nothing here",
        description="There is no page at this address.",
        section="",
        view=MissingView(home=links.absolute(tree.url, links.HOME)),
    )
