"""The web server's configuration in docs/publishing.md, run by a real nginx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import sharekit
from nginx import PAGE, ask, web_server

pytestmark = pytest.mark.slow

CONFIG = """[project]
name = "Ports"
audience = "airports"
[people.maria]
name = "Maria"
[people.eve]
name = "Eve"
[audiences.airports]
members = ["maria", "eve"]
[audiences.board]
members = ["eve"]
"""
METRIC = "/* ---\ntitle: {0}\nowner: eve\naudience: {1}\n--- */\nSELECT 1 AS value\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ports")
    (root / "metrics").mkdir()
    (root / "sharekit.toml").write_text(CONFIG)
    for name, audience in (("flights", "airports"), ("fees", "board")):
        (root / f"metrics/{name}.sql").write_text(METRIC.format(name.title(), audience))
    said = sharekit("build", cwd=root)
    assert said.code == 0, said.err
    return root / "site"


@pytest.fixture(scope="module")
def port(site: Path) -> Iterator[int]:
    with web_server(site, site.parent, ("airports", "board")) as number:
        yield number


def test_each_audience_logs_in_to_its_own_tree(port: int) -> None:
    assert ask(port, "/board/").status == 401
    assert ask(port, "/board/", "board").status == 200
    assert ask(port, "/airports/", "airports").status == 200
    assert ask(port, "/board/", "airports").status == 401
    for path in ("/airports/../board/index.html", "/airports/%2e%2e/board/index.html", "//board/"):
        assert ask(port, path, "airports").status in (400, 401, 404)


def test_nothing_stands_above_the_trees(port: int) -> None:
    for path in ("/", "/index.html", "/_headers", "/.sharekit", "/other/"):
        assert ask(port, path, "board").status == 404


def test_types_and_headers(port: int) -> None:
    twin = ask(port, "/board/metrics/fees.md", "board")
    assert twin.headers["Content-Type"] == "text/markdown; charset=utf-8"
    page = ask(port, "/board/index.html", "board")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "private, no-cache"


def test_every_kind_of_file_has_a_type(site: Path) -> None:
    kinds = {
        path.suffix for path in site.rglob("*.*") if path.is_file() and path.name != ".sharekit"
    }
    known = set(re.findall(r"^    \S+/\S+ (\w+);", PAGE, re.MULTILINE))
    assert {kind.removeprefix(".") for kind in kinds} <= known


def test_headers_for_static_hosts_name_no_audience(site: Path) -> None:
    text = (site / "_headers").read_text(encoding="utf-8")
    assert "text/markdown; charset=utf-8" in text
    assert "board" not in text
    assert "airports" not in text
