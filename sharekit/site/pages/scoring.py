"""The page "How we score": what scores and statuses mean, and how they are worked out."""

from __future__ import annotations

from msgspec import Struct

from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.pages.page import Page
from sharekit.site.scorecard import StatusMark, status_mark
from sharekit.wording.scoring import how_we_score

TITLE = "How we score"


class ScoringSection(Struct, frozen=True):
    """One heading of the page."""

    title: str
    text: str
    statuses: tuple[tuple[StatusMark, str], ...]


class ScoringView(Struct, frozen=True):
    """What the page places."""

    title: str
    sections: tuple[ScoringSection, ...]


def scoring_page(tree: AudienceTree) -> Page:
    parts = how_we_score(tree.manifest.key_results.values(), tree.manifest.config.okrs)
    return Page(
        path=links.SCORING,
        template="scoring.html",
        title=TITLE,
        description="What scores and statuses mean, and how they are worked out.",
        section="scorecard",
        view=ScoringView(
            title=TITLE,
            sections=tuple(
                ScoringSection(
                    part.title,
                    " ".join(part.sentences),
                    tuple((status_mark(status), text) for status, text in part.statuses),
                )
                for part in parts
            ),
        ),
    )
