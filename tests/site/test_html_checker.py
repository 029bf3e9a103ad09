"""Every page is HTML without an error, and every badge SVG, as the Nu HTML checker sees them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import site_sample
from browser import Opened
from commandline import sharekit
from machine import file_of, program
from site_files import write
from site_sample import render_site

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
Check = Callable[[Path], list[str]]
LONG = (
    "of all orders that were delivered in time without Donaudampfschifffahrtsgesellschaftskapitäne"
)
SETTINGS = """[project]
name = "A company with a rather long name that goes on"
as_of = 2026-11-20
[people.ann]
name = "Bartholomew-Alexander Featherstonehaugh-Cholmondeley"
email = "ann@x.example"
"""


@pytest.fixture(scope="session")
def faults() -> Check:
    """faults(folder) -> errors of its pages. Needs Java and SHAREKIT_VNU, the checker's vnu.jar."""
    java, jar = program("java"), file_of("SHAREKIT_VNU", "the checker's vnu.jar")

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


@pytest.fixture(scope="session")
def extremes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of a project whose names are long and whose values are huge, tiny, negative or none."""
    root = tmp_path_factory.mktemp("extremes")
    files = {"sharekit.toml": SETTINGS, "metrics/data/n.csv": "\n".join(_rows())}
    for name, unit, value in (
        ("net", "€", "sum(v)"), ("latency", "s", "abs(sum(v)) / 1e17"), ("share", '"%"', "avg(v) / 1e13")
    ):  # fmt: skip
        head = f"title: {name} {LONG}\nowner: ann\nunit: {unit}\ndirection: up\ngrain: week\ntotal: none"
        query = f"SELECT d AS week, team, {value} AS value FROM n GROUP BY ALL"
        files[f"metrics/{name}.sql"] = f"/* ---\n{head}\ndimensions: [team]\n--- */\n{query}\n"
    blocks = "\n".join(
        f"- {{id: {name}, chart: {kind}, by: team}}"
        for name in ("net", "latency", "share")
        for kind in ("bar", "line")
    )
    files["dashboards/d.md"] = f"---\ntitle: {LONG}\nowner: ann\n---\n```metrics\n{blocks}\n```\n"
    write({path: text.encode() for path, text in files.items()}, root)
    built = sharekit("build", "--project", root, "--out", root / "site")
    assert built.code == 0, built.err
    return root / "site"


def _rows() -> Iterator[str]:
    values = {f"Gains {LONG}": 9.2e11, "Loses": -8.7e11, "Nothing": 0, "Little": 3.1, "<b>&": -2e-6}
    yield "d,team,v"
    for week in range(20):
        day = date(2026, 7, 6) + timedelta(weeks=week)
        yield from (f"{day},{team},{value * (1 + week / 50)}" for team, value in values.items())


def test_pages_with_extremes(faults: Check, extremes: Path) -> None:
    assert faults(extremes) == []


@pytest.mark.parametrize("name", ["dashboards/d.html", "metrics/net.html", "metrics/index.html"])
def test_extremes_push_nothing_aside(
    open_page: Callable[..., Opened], extremes: Path, name: str
) -> None:
    for width in (320, 390, 1440):
        opened = open_page(extremes / name, width=width, touch=width < 500)
        assert opened.trouble == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


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
