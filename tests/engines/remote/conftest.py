"""Servers that one test process shares, and a way to ask them as a build does."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from remote_asking import Farm
from remote_servers import SERVERS, Server


@pytest.fixture(scope="session")
def farm() -> Iterator[Farm]:
    """Every server, started when first asked for. Not in pytest's folders, which only their owner
    may enter."""
    with tempfile.TemporaryDirectory(prefix="sharekit-servers-") as top, ExitStack() as stack:
        os.chmod(top, 0o755)

        def start(name: str) -> Server:
            folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=top))
            folder.chmod(0o755)
            return stack.enter_context(SERVERS[name](folder))

        yield Farm(start)


@pytest.fixture(params=list(SERVERS))
def server(request: pytest.FixtureRequest, farm: Farm) -> Server:
    return farm[request.param]


@pytest.fixture
def postgres(farm: Farm) -> Server:
    return farm["postgres"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
