"""The page "How we grade": what grades and statuses mean, and how they come about."""

from __future__ import annotations

from dataclasses import dataclass

from sharekit.site import links
from sharekit.site.context import AudienceTree
from sharekit.site.pages.page import Page
from sharekit.site.parts import StatusMark, status_mark
from sharekit.wording.grading import how_we_grade

TITLE = "How we grade"


@dataclass(frozen=True)
class GradingSection:
    """One heading of the page."""

    title: str
    text: str
    statuses: tuple[tuple[StatusMark, str], ...]


@dataclass(frozen=True)
class GradingView:
    """What the page places."""

    title: str
    sections: tuple[GradingSection, ...]


def grading_page(tree: AudienceTree) -> Page:
    parts = how_we_grade(tree.manifest.key_results.values(), tree.manifest.config.okrs)
    return Page(
        path=links.GRADING,
        template="grading.html",
        title=TITLE,
        description="What grades and statuses mean, and how they come about.",
        section="scorecard",
        view=GradingView(
            title=TITLE,
            sections=tuple(
                GradingSection(
                    part.title,
                    " ".join(part.sentences),
                    tuple((status_mark(status), text) for status, text in part.statuses),
                )
                for part in parts
            ),
        ),
    )
