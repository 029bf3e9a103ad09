"""Fixtures that any test may ask for by name."""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from browser import browser, open_page, strict_server
from golden import Golden
from hypothesis import settings

from sharekit.cli import COLLECTION

__all__ = ["browser", "open_page", "strict_server"]

settings.register_profile(
    "sharekit", deadline=None, derandomize=os.environ.get("CI", "").lower() in ("1", "true")
)
settings.load_profile("sharekit")

CONFIG = """[project]
name = "New York Airports"

[people.maria]
name = "Maria Okafor"
email = "maria@ports.example"
"""


# The processes that tests start read the package's compiled modules, not its source.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# What is loaded while tests are collected lives to the end: to look for garbage in it takes a third
# of that time.
gc.disable()


SLOW_FILE = re.compile(rb"^pytestmark = pytest\.mark\.slow$", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file of slow tests alone is not imported where those are left out."""
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return True if SLOW_FILE.search(collection_path.read_bytes()) else None


def pytest_collection_finish() -> None:
    """Python collects as it does in the command."""
    gc.freeze()
    gc.set_threshold(*COLLECTION)
    gc.enable()


def pytest_configure() -> None:
    """Where a shell started the tests with interrupts ignored, as in the background, the processes
    that they interrupt would go on for ever."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases", action="store_true", help="write what comes out into the expected files"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares texts with expected files, or writes those files when asked to by --update-cases."""
    return Golden(update=request.config.getoption("--update-cases"))


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Makes a project of these files by path; a small sharekit.toml is there unless one is
    given."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        for path, content in {"sharekit.toml": CONFIG, **files}.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return make
