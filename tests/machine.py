"""What a test needs of the machine: where it is missing the test is skipped, but never in CI."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip the test and say why; in CI, which installs all of it, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def program(name: str) -> str:
    """The path of an installed program."""
    return shutil.which(name) or missing(f"{name} is not installed")


def beside_python(name: str) -> str:
    """The path of a program that a package of this environment brought."""
    path = Path(sys.executable).parent / name
    return (
        str(path) if path.exists() else missing(f"{name} is not installed: pip install '.[test]'")
    )


def file_of(variable: str, what: str) -> str:
    """The path that a variable of the environment names."""
    path = os.environ.get(variable, "")
    return path if Path(path).is_file() else missing(f"needs {variable}, the path of {what}")
