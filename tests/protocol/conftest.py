"""The ferries' site, built once for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import ferries
import pytest


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built folder, with a tree for each of two audiences."""
    return ferries.new_project(tmp_path_factory.mktemp("ferries")).path / "site"
