"""Every page is HTML without an error, and every badge SVG, as the Nu HTML checker sees them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import site_sample
from commandline import sharekit
from site_files import write
from site_sample import render_site

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
Check = Callable[[Path], list[str]]


@pytest.fixture(scope="session")
def faults() -> Check:
    """faults(folder) -> errors of its pages. Needs Java and SHAREKIT_VNU, the checker's vnu.jar."""
    java, jar = shutil.which("java"), os.environ.get("SHAREKIT_VNU", "")
    if not java or not Path(jar).is_file():
        reason = "needs Java, and SHAREKIT_VNU with the path of vnu.jar"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)

    def check(folder: Path) -> list[str]:
        options = ["--skip-non-html", "--also-check-svg", "--errors-only", "--format", "gnu"]
        ran = subprocess.run(
            [java, "-Xss4m", "-jar", jar, *options, str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        return [line for line in ran.stderr.splitlines() if line.strip()]

    return check


def test_the_checker_finds_a_fault(faults: Check, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><title>A</title><p id=a><p id=a>")
    assert any("Duplicate ID" in line for line in faults(tmp_path))


@pytest.mark.parametrize("audience", ["team", "board"])
def test_pages_with_one_of_everything(faults: Check, tmp_path: Path, audience: str) -> None:
    artifacts = render_site(site_sample.site(audience))
    write({each.path: each.content for each in artifacts}, tmp_path)
    assert faults(tmp_path) == []


def test_pages_of_the_example(faults: Check, tmp_path: Path) -> None:
    built = sharekit("build", "--project", ROOT, "--out", tmp_path / "site")
    assert built.code == 0, built.err
    assert faults(tmp_path / "site") == []
