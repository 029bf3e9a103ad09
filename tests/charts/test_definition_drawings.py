"""Drawings of old and new definitions, and of what reads what."""

from __future__ import annotations

import chart_samples as samples
from chart_samples import FLIGHTS, OFFICES
from drawing_parts import lines, number, parsed

from sharekit.revisions.revision import EffectStep
from sharekit.site import charts
from sharekit.site.charts import Node
from sharekit.site.charts.labels import text_width


def test_the_difference_between_definitions_is_hatched_where_both_are_known() -> None:
    days = samples.weeks(10)
    old = samples.with_gaps(samples.series(days, 20, 30, 0), 4)
    chart = charts.definition_chart(FLIGHTS, old, samples.series(days, 15, 22, 0))
    assert len(lines(chart.wide, "between")) == 2
    assert "8 lower" in chart.wide
    assert chart.finding.endswith(
        "Old: 20 to 30 flights. New: 15 to 22 flights. The newest value is 8 flights lower."
    )


def test_the_bridge_adds_up_even_where_the_steps_do_not() -> None:
    steps = [EffectStep("Trials", -139.0), EffectStep("Refunds", -61.0)]
    rows = charts.bridge(OFFICES, 2268, 2041, steps)
    assert [(row.label, row.text) for row in rows] == [
        ("Old definition", "2,268"),
        ("Trials", "\N{MINUS SIGN}139"),
        ("Refunds", "\N{MINUS SIGN}61"),
        ("Other differences", "\N{MINUS SIGN}27"),
        ("New definition", "2,041"),
    ]
    assert [row.total for row in rows] == [True, False, False, False, True]


def test_lineage_says_how_many_it_leaves_out_and_its_links_work() -> None:
    svg = charts.lineage_drawing(
        "mrr", [Node("a")], [Node(f"m{n}", f"m{n}.html") for n in range(9)]
    )
    root = parsed(svg)
    assert root.get("role") == "group"
    assert [link.get("href") for link in root.iter("a")] == [f"m{n}.html" for n in range(5)]
    assert "+4 more" in "".join(root.itertext())
    assert root.get("aria-label", "").startswith("Lineage of mrr: reads a; used by m0, m1")


def test_long_names_stay_whole() -> None:
    name = "on_time_departures_by_origin_and_carrier"
    assert name in charts.lineage_drawing(name, [Node(name)], [])
    assert "used by nothing else yet" in charts.lineage_drawing(name, [Node(name)], [])


def test_a_name_longer_than_its_box_is_cut_inside_it() -> None:
    name = "The share of all orders placed by customers that were delivered within the window"
    for drawing in (
        charts.lineage_drawing(name, [Node(name)], []),
        charts.lineage_drawing("mrr", [Node(name)], []),
    ):
        for group in parsed(drawing).iter("g"):
            box, label = group.find("rect"), group.find("text")
            assert box is not None
            assert label is not None
            bold = group.get("class") == "me"
            wide = text_width(label.text or "", 12, bold=bold)
            assert number(label, "x") + wide <= number(box, "x") + number(box, "width")
