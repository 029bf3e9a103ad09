"""The sample shop's trees, rendered once for all tests of the site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import site_sample
from page_facts import PageFacts
from site_files import write
from site_sample import render_site

Tree = Mapping[str, bytes]


@pytest.fixture(scope="session")
def tree() -> Tree:
    """The team's tree: path -> content."""
    return {each.path: each.content for each in render_site(site_sample.site("team"))}


@pytest.fixture(scope="session")
def board() -> Tree:
    """The tree of the narrower audience, which sees everything."""
    return {each.path: each.content for each in render_site(site_sample.site("board"))}


@pytest.fixture(scope="session")
def page(tree: Tree) -> Callable[[str], PageFacts]:
    """page("index.html") of the team's tree."""
    return lambda path: PageFacts(tree[path].decode())


@pytest.fixture(scope="session")
def folder(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The team's tree on disk, below two folders, so that it stands on a sub-path."""
    root = tmp_path_factory.mktemp("site")
    write(tree, root / "numbers" / "team")
    return root / "numbers" / "team"
