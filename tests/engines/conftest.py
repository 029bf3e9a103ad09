"""Engines that many tests only read from, opened once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from enginekit import opened, small_project

from sharekit.engines.duckdb.engine import DuckDBEngine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    """Over the small project, with the default limits."""
    with opened(small_project(tmp_path_factory.mktemp("project"))) as engine:
        yield engine


@pytest.fixture(scope="module")
def strict_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    """Over the small project, with limits that a bomb meets soon."""
    limits = {"seconds": 1, "memory": "200MB", "max_rows": 1000}
    with opened(small_project(tmp_path_factory.mktemp("project"), limits=limits)) as engine:
        yield engine


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty project folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder
