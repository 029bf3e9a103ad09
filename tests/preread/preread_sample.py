"""The sample shop of the site's tests, on the eve of its peers' meeting."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "site"))

from site_files import FILES, SECRETS
from site_sample import AS_OF, render_site, site

from sharekit.site.audience_tree import AudienceTree

__all__ = ["ASKED", "AS_OF", "FILES", "SECRETS", "changed", "rendered", "site", "tree"]


def rendered(
    audience: str = "team", files: Mapping[str, str] = FILES, *, told: bool = True
) -> dict[str, bytes]:
    """One audience's tree: path -> content."""
    return {
        artifact.path: artifact.content
        for artifact in render_site(site(audience, files, told=told))
    }


def changed(path: str, *edits: tuple[str, str]) -> dict[str, str]:
    """The shop's files with one of them edited."""
    text = FILES[path]
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    return {**FILES, path: text}


WAITING = """question: Which campaign brought the demos?
asked:
  - {on: 2026-11-04, by: hana}
  - {on: 2026-11-18, by: priya}
owner: mateo
promised: 2026-11-20
"""
HUSHED = """question: What do salaries cost when nobody may know?
audience: board
asked:
  - {on: 2026-11-18, by: olga}
owner: priya
"""
ASKED: Mapping[str, str] = {
    **FILES,
    "metrics/asks/campaign.yaml": WAITING,
    "metrics/asks/hushed.yaml": HUSHED,
}
"""The shop with a question that waits, and one that the board keeps to itself."""


def tree(
    audience: str = "team", files: Mapping[str, str] = ASKED, *, told: bool = True
) -> AudienceTree:
    """One audience's tree before it is rendered."""
    made = site(audience, files, told=told)
    return AudienceTree(made.share(), made.manifest.commit)
