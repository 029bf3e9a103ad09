"""Pictures for mails: drawn without a browser and without a font, with all their words beside
them."""

from __future__ import annotations

import struct
from xml.etree import ElementTree

import chart_samples as samples
import pytest
from chart_samples import AS_OF, OFFICES, Q4

from sharekit.mail.html import GROUNDS
from sharekit.numbers.results import Point
from sharekit.records import replace
from sharekit.site import charts


def definition() -> charts.MailChart:
    offices = samples.offices()
    old = samples.series([point.on for point in offices.series], 2010, 2268, 0)
    chart = charts.mail_definition_chart(OFFICES, old, offices.series)
    assert chart is not None
    return chart


def test_the_picture_has_no_words_and_the_chart_has_them_all() -> None:
    chart = definition()
    assert "<text" not in chart.svg
    assert [words for _, words in chart.key] == ["2,268 old definition", "2,041 new definition"]
    assert (chart.first, chart.last, chart.lines) == (
        "1 Oct",
        "22 Nov",
        ("1,800", "2,000", "2,200"),
    )
    assert chart.alt.startswith(
        "Active offices, 53 days to 22 Nov 2013, under both definitions. Old: 2,010 to 2,268."
    )


def test_the_picture_needs_nothing_but_itself() -> None:
    root = ElementTree.fromstring(definition().svg)
    for node in root.iter():
        assert not {"class", "style", "href"} & set(node.attrib)
    colours = [colour for colour, _ in definition().key]
    assert all(colour in definition().svg for colour in colours)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", ["#ffffff", dict(GROUNDS)["#ffffff"]])
def test_it_is_seen_on_the_light_and_on_the_dark_ground_of_a_mail(ground: str) -> None:
    pace = charts.mail_pace_chart(OFFICES, samples.offices(), samples.okr(2041), Q4, AS_OF)
    assert pace is not None
    for chart in (definition(), pace):
        root = ElementTree.fromstring(chart.svg)
        assert not [node for node in root.iter() if node.tag.endswith("rect")], "no ground"
        used = {node.get(name, "none") for node in root.iter() for name in ("stroke", "fill")}
        for colour in (colour for colour in used if colour.startswith("#")):
            low, high = sorted((luminance(colour), luminance(ground)))
            assert (high + 0.05) / (low + 0.05) >= 3, colour


def test_it_becomes_a_png_of_the_wanted_width_and_a_mails_weight() -> None:
    png = charts.svg_to_png(definition().svg, 1100)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (1100, 400)
    assert len(png) < 60_000
    assert png == charts.svg_to_png(definition().svg, 1100)


def test_the_course_of_a_key_result_is_told() -> None:
    chart = charts.mail_pace_chart(OFFICES, samples.offices(), samples.okr(2041), Q4, AS_OF)
    assert chart is not None
    assert [words for _, words in chart.key] == [
        "2,041 on 22 Nov",
        "2,093 expected by 22 Nov",
        "2,250 target",
    ]
    assert chart.alt.startswith("Active offices, 1 Oct to 31 Dec 2013")
    assert len(charts.svg_to_png(chart.svg, 1100)) < 60_000


def test_without_values_there_is_no_picture() -> None:
    nothing = [Point(AS_OF, None)]
    assert charts.mail_definition_chart(OFFICES, nothing, samples.offices().series) is None
    empty = replace(samples.offices(), series=())
    assert (
        charts.mail_pace_chart(OFFICES, empty, samples.okr(2041, forecast=None), Q4, AS_OF) is None
    )


def test_what_is_no_svg_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\w"):
        charts.svg_to_png("<svg", 100)
