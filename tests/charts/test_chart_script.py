"""The page's script draws what the build draws: every chart of the gallery, each of its ranges, at
both widths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browser import Opened
from chart_gallery import panels, write_gallery
from svg_paths import corners

from sharekit.site.charts import Chart
from sharekit.site.charts.chart_markup import DRAWN

pytestmark = pytest.mark.slow

Open = Callable[..., Opened]
NEAR = 0.11
"""Two coordinates that were rounded to one decimal on either side of a half."""
DRAW = """() => [...document.querySelectorAll('.plot--drawn')].map((plot) => {
  const { read, draw } = window.sharekitDrawing;
  const figure = read(JSON.parse(plot.querySelector('[data-figure]').textContent));
  figure.layout.meta.finding = plot.querySelector('svg.w').getAttribute('aria-label');
  const states = Object.keys(figure.layout.meta.ranges || { '': 0 });
  const lit = undefined;
  return [plot.dataset.chart, states.map((state) =>
    [state, draw(figure, { state, narrow: false, lit }), draw(figure, { state, narrow: true, lit })])];
})"""


def drawn_charts() -> Iterator[tuple[str, str, dict[str, Chart]]]:
    """Id in the page, title and the chart of each range, of what the script draws."""
    for n, (title, chart) in enumerate(panels().items()):
        choices = {"": chart} if isinstance(chart, Chart) else chart
        first = next(iter(choices.values()), None) if choices else None
        figure = first.figure if first else {}
        if figure and figure["layout"]["meta"]["kind"] in DRAWN:
            yield f"c{n}", title, dict(choices or {})


def pieces(svg: str) -> list[tuple[str, float | str]]:
    """What is drawn, in order: names, attributes, words and numbers."""
    found: list[tuple[str, float | str]] = []
    for node in ElementTree.fromstring(svg).iter():
        where = node.tag.rpartition("}")[2]
        found.append((where, node.text or ""))
        for name, value in sorted(node.attrib.items()):
            if name == "d":
                found += [(f"{where} {name}", at) for point in corners(value) for at in point]
                value = re.sub(r"l[-\d. ]+", "l", value)
            for part in (
                re.findall(r"-?[\d.]+|[^\d.-]+", value) if name != "aria-label" else [value]
            ):
                try:
                    found.append((f"{where} {name}", float(part)))
                except ValueError:
                    found.append((f"{where} {name}", part.strip()))
    return found


def differences(built: str, drawn: str) -> list[str]:
    one, other = pieces(built), pieces(drawn)
    told = [
        f"{a} and {b}"
        for a, b in zip(one, other, strict=False)
        if a[0] != b[0]
        or (
            abs(a[1] - b[1]) > NEAR
            if isinstance(a[1], float) and isinstance(b[1], float)
            else a[1] != b[1]
        )
    ]
    return [*told, *([f"{len(one)} and {len(other)} parts"] if len(one) != len(other) else [])]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gallery(tmp_path_factory.mktemp("same"))


def test_the_script_draws_what_the_build_draws(open_page: Open, gallery: Path) -> None:
    opened = open_page(gallery)
    drawn = dict(opened.page.evaluate(DRAW))
    expected = {chart_id: (title, charts) for chart_id, title, charts in drawn_charts()}
    assert len(expected) >= 12
    assert set(drawn) == set(expected)
    wrong = {}
    for chart_id, (title, charts) in expected.items():
        for state, wide, narrow in drawn[chart_id]:
            chart = charts[state]
            for width, built, made in (
                ("wide", chart.wide, wide),
                ("narrow", chart.narrow, narrow),
            ):
                if found := differences(str(built), made):
                    wrong[f"{title} {state} {width}"] = found[:4]
    assert wrong == {}
    assert opened.trouble == []
