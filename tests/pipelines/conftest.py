"""A published project on each forge, begun once for all tests that only copy it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "announce"))

from bakery import new_project
from published import Forge, on_forge

from sharekit.project.scaffold.pipeline import FORGES


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """begun(forge) -> a project there that was published once, so that the ledger is begun."""

    @cache
    def begin(name: str) -> Path:
        folder = tmp_path_factory.mktemp(f"begun-{name}")
        new_project(folder, name)
        with on_forge(name, folder) as forge:
            ran = forge.main()
            assert ran.code == 0, ran.log
            assert forge.project.mailbox.received == [], "the first run sends nothing"
        return folder

    return begin


@pytest.fixture(params=FORGES)
def forge(
    request: pytest.FixtureRequest, begun: Callable[[str], Path], tmp_path: Path
) -> Iterator[Forge]:
    for name in ("repo", "bare.git"):
        shutil.copytree(begun(request.param) / name, tmp_path / name)
    with on_forge(request.param, tmp_path) as forge:
        yield forge
