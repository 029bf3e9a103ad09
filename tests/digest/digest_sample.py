"""The sample shop of the site's tests, on the eve of its peers' meeting."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "site"))

from site_files import FILES, SECRETS
from site_sample import AS_OF, site

from sharekit.render.site import render_site

__all__ = ["AS_OF", "FILES", "SECRETS", "changed", "rendered", "site"]


def rendered(audience: str = "team", files: Mapping[str, str] = FILES, *, told: bool = True) -> dict[str, bytes]:
    """One audience's tree: path -> content."""
    return {each.path: each.content for each in render_site(site(audience, files, told=told))}


def changed(path: str, *edits: tuple[str, str]) -> dict[str, str]:
    """The shop's files with one of them edited."""
    text = FILES[path]
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    return {**FILES, path: text}
