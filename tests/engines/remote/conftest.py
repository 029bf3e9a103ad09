"""Servers that one test process shares, and a way to ask them as a build does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from remote_asking import Farm
from remote_servers import SERVERS, Server


@pytest.fixture(scope="session")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    """Every server, started when first asked for."""
    with ExitStack() as stack:
        yield Farm(lambda name: stack.enter_context(SERVERS[name](tmp_path_factory.mktemp(name))))


@pytest.fixture(params=list(SERVERS))
def server(request: pytest.FixtureRequest, farm: Farm) -> Server:
    return farm[request.param]


@pytest.fixture
def postgres(farm: Farm) -> Server:
    return farm["postgres"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
