"""What people read when a file is wrong: one broken project for each mistake, beside the exact words."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest
from golden import Golden

from sharekit.checks import RULES, check
from sharekit.errors import ProblemsError, exit_code
from sharekit.loader import load
from sharekit.reports import summary, text

HERE = Path(__file__).parent
PROBLEMS = HERE / "problems"
BASE = PROBLEMS / "base"
CASES = sorted(path.name for path in PROBLEMS.iterdir() if path.is_dir() and path != BASE)


def words(root: Path) -> str:
    """What check says of a project, as in a terminal."""
    try:
        problems = check(load(root))
    except ProblemsError as error:
        problems = error.problems
    return f"{text(problems)}\n{summary(problems)}, exit code {exit_code(problems)}\n"


@pytest.mark.parametrize("case", CASES)
def test_each_mistake_has_its_words(case: str, tmp_path: Path, golden: Golden) -> None:
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    shutil.copytree(PROBLEMS / case, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.txt*"))
    golden.check(words(tmp_path), PROBLEMS / case / "expected.txt")


def test_nothing_is_wrong_with_the_base_of_the_cases() -> None:
    assert check(load(BASE)) == ()
