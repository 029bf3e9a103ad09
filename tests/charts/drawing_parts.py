"""Every chart of the gallery, and what a drawing is made of: elements, lines and labels."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from chart_gallery import panels
from markupsafe import Markup

from sharekit.site.charts import Chart
from sharekit.site.charts.labels import Label

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def lines(svg: Markup, class_: str = "ln") -> list[str]:
    return [node.get("d", "") for node in parsed(svg).iter("path") if node.get("class") == class_]


def number(node: ElementTree.Element, name: str) -> float:
    return float(node.get(name, "nan"))


def label_of(node: ElementTree.Element) -> Label:
    place = number(node, "x"), number(node, "y")
    return Label(node.text or "", *place, node.get("text-anchor", "start"), node.get("class"))


HOSTILE = "\"><script>alert(1)</script>&amp;'%{x}"


def every_chart() -> Iterator[tuple[str, Chart]]:
    for title, chart in panels().items():
        if chart is None:
            continue
        for value, one in chart.items() if isinstance(chart, dict) else [("", chart)]:
            yield f"{title} {value}".strip(), one


EVERY = dict(every_chart())
each_chart = pytest.mark.parametrize("chart", EVERY.values(), ids=EVERY.keys())
