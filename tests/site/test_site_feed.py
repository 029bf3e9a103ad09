"""Atom feeds that a reader can take: valid by shape, stable ids, links that work from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from xml.etree import ElementTree

import pytest
import site_sample
from site_files import FILES
from site_sample import render_site

from sharekit.records import replace

Tree = Mapping[str, bytes]
ATOM = "{http://www.w3.org/2005/Atom}"


def entries(feed: ElementTree.Element) -> list[ElementTree.Element]:
    return feed.findall(f"{ATOM}entry")


def text(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""


def test_a_feed_has_what_the_standard_wants(tree: Tree) -> None:
    feed = ElementTree.fromstring(tree["feed.xml"])
    assert text(feed, "title") == "Kettlewick Team 1: changes"
    assert text(feed, "id") == "urn:sharekit:Kettlewick:team:feed.xml" or text(
        feed, "id"
    ).startswith("urn:sharekit:")
    assert datetime.fromisoformat(text(feed, "updated")).tzinfo is not None
    ids = [text(entry, "id") for entry in entries(feed)]
    assert len(ids) == len(set(ids)) == 9
    for entry in entries(feed):
        assert datetime.fromisoformat(text(entry, "updated")).tzinfo is not None
        assert text(entry, "title")
        assert entry.find(f"{ATOM}author/{ATOM}name") is not None


def test_an_entry_says_what_changed_and_why(tree: Tree) -> None:
    first = entries(ElementTree.fromstring(tree["feed.xml"]))[0]
    assert text(first, "title") == (
        "Revised: Active offices, 2,268 (target 2,400 offices) to 2,041 offices (target 2,250"
        " offices)"
    )
    assert "I was counting trials and refunds as customers. Count payments only" in text(
        first, "summary"
    )
    link = first.find(f"{ATOM}link")
    assert link is not None
    assert (
        link.attrib["href"] == "https://numbers.kettlewick.example/team/okrs/active_offices.html#r3"
    )
    assert text(first, "updated") == "2026-11-21T16:20:00+00:00"


def test_newest_first_and_nothing_that_is_history_only(tree: Tree) -> None:
    found = entries(ElementTree.fromstring(tree["feed.xml"]))
    moments = [datetime.fromisoformat(text(entry, "updated")) for entry in found]
    assert moments == sorted(moments, reverse=True)
    categories = [entry.find(f"{ATOM}category") for entry in found]
    assert "words" not in [each.attrib["term"] for each in categories if each is not None]


def test_each_owner_has_a_feed_of_their_own(tree: Tree) -> None:
    found = entries(ElementTree.fromstring(tree["feeds/priya.xml"]))
    assert [text(entry, "title") for entry in found] == [
        "Met: Cost to win an office, On track to Met",
        "Challenge: Margin stays healthy",
    ]
    assert "feeds/olga.xml" not in tree


@pytest.mark.slow
def test_ids_stay_when_the_site_moves() -> None:
    moved = replace(site_sample.site("team"), url="https://elsewhere.example/")
    there = next(each.content for each in render_site(moved) if each.path == "feed.xml")
    here = next(
        each.content for each in render_site(site_sample.site("team")) if each.path == "feed.xml"
    )
    ids = [
        [text(entry, "id") for entry in entries(ElementTree.fromstring(feed))]
        for feed in (here, there)
    ]
    assert ids[0] == ids[1]
    assert b"https://elsewhere.example/okrs/active_offices.html" in there


@pytest.mark.slow
def test_without_an_address_links_are_relative() -> None:
    files = {
        **FILES,
        "sharekit.toml": FILES["sharekit.toml"].replace(
            'url = "https://numbers.kettlewick.example/"\n', ""
        ),
    }
    tree = {each.path: each.content for each in render_site(site_sample.site("team", files))}
    links = [
        e.attrib["href"]
        for e in ElementTree.fromstring(tree["feeds/mateo.xml"]).iter(f"{ATOM}link")
    ]
    assert links[0] == "mateo.xml"
    assert "../okrs/active_offices.html#r3" in links


def test_without_announcements_there_is_still_a_feed() -> None:
    only = {"sharekit.toml": '[project]\nname = "One & only <x>"\n'}
    tree = {
        each.path: each.content
        for each in render_site(site_sample.site("everyone", only, told=False))
    }
    feed = ElementTree.fromstring(tree["feed.xml"])
    assert entries(feed) == []
    assert text(feed, "title") == "One & only <x>: changes"
    assert text(feed, "updated") == "2026-11-22T12:00:00+00:00"
