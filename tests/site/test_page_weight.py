"""What a page weighs, in bytes as a server sends them: no clock, and the same on every machine."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from commandline import sharekit
from sampling import mostly_slow

CONFIG = '[project]\nname = "Weights"\nas_of = 2025-06-30\n[people.ann]\nname = "Ann"\n'
SERIES = {
    "weekly": ("week", "DATE '2023-01-02' + INTERVAL (7 * i) DAY", 130),
    "daily": ("day", "DATE '2018-08-26' + INTERVAL (i) DAY", 2_500),
}
WIRE_KB, REQUESTS = 45, 6
"""Budget of a dashboard with ten charts, before anybody touches it."""


def metric(number: int, kind: str) -> str:
    grain, day, rows = SERIES[kind]
    return (
        f"/* ---\ntitle: Orders of shop {number}\nowner: ann\ngrain: {grain}\n--- */\n"
        f"SELECT {day} AS {grain}, 100 + (i * {number + 7}) % 41 + i // 9 AS value\n"
        f"FROM range({rows}) t(i)\n"
    )


def dashboard(title: str, *entries: str) -> str:
    return f"---\ntitle: {title}\n---\n```metrics\n" + "\n".join(entries) + "\n```\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten charts, eight bar charts of two years' weeks, and figures of more than 2,000 points."""
    root = tmp_path_factory.mktemp("weights")
    files = {"sharekit.toml": CONFIG}
    files |= {f"metrics/shop_{number}.sql": metric(number, "weekly") for number in range(10)}
    files |= {f"metrics/days_{number}.sql": metric(number, "daily") for number in range(3)}
    files |= {
        "dashboards/ten.md": dashboard(
            "Ten", *(f"- {{id: shop_{number}, chart: line}}" for number in range(10))
        ),
        "dashboards/bars.md": dashboard(
            "Bars",
            *(f"- {{id: shop_{number}, chart: bar, last: 104 weeks}}" for number in range(8)),
        ),
        "dashboards/days.md": dashboard(
            "Days", *(f"- {{id: days_{number}, chart: line}}" for number in range(3))
        ),
    }
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    said = sharekit("build", "--project", root)
    assert said.code == 0, said.err
    return root


@pytest.mark.parametrize("name", mostly_slow(["ten", "bars", "days"], quick=1))
def test_no_page_stops_another(root: Path, name: str) -> None:
    page = root / "site" / "dashboards" / f"{name}.html"
    assert page.read_text().count("<figure") >= 3


def test_a_dashboard_of_ten_charts_is_within_its_budget(root: Path) -> None:
    page = root / "site" / "dashboards" / "ten.html"
    html = page.read_text()
    beside = re.findall(
        r'<(?:link rel="(?:stylesheet|icon)"[^>]*href|script[^>]*src)="([^"]+)"', html
    )
    sent = [page, *((page.parent / name).resolve() for name in beside)]
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 6)) for path in sent}

    assert sum(sizes.values()) <= WIRE_KB * 1000, sizes
    assert len(sizes) <= REQUESTS
