"""What holds for every page of a tree: closed tags, links that lead somewhere, the strict policy,
weight, sameness."""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import random
import re
import threading
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import site_sample
from browser import CSP
from page_facts import PageFacts, words
from site_sample import render_site

from sharekit.records import replace

Tree = Mapping[str, bytes]
STATIC = files("sharekit.site").joinpath("static")


@pytest.fixture(scope="module")
def pages(tree: Tree) -> dict[str, PageFacts]:
    return {
        path: PageFacts(content.decode())
        for path, content in tree.items()
        if path.endswith(".html")
    }


@pytest.fixture(scope="module")
def framed(pages: dict[str, PageFacts]) -> dict[str, PageFacts]:
    """The pages that a person opens; not the cards for other sites' pages."""
    return {path: page for path, page in pages.items() if not path.startswith("embed/")}


def test_tree_holds_a_page_for_everything_that_is_visible(tree: Tree) -> None:
    assert {path for path in tree if path.endswith(".html")} >= {
        "index.html", "404.html", "changes.html", "asks.html", "digest.html", "metrics/index.html",
        "dashboards/index.html", "okrs/index.html",
        "metrics/orders.html", "metrics/on_time.html", "metrics/runway.html", "metrics/largest.html",
        "metrics/failed_payments.html", "metrics/never_ran.html", "okrs/active_offices.html", "okrs/churn.html",
        "okrs/margin.html", "okrs/launch.html", "okrs/waste.html", "okrs/cac.html", "dashboards/deliveries.html",
        "objectives/2026-q4-growth.html", "objectives/2026-q4-deliver.html", "objectives/2026-q3-cost.html",
    }  # fmt: skip
    assert {
        "feed.xml",
        "sharekit.json",
        "search-index.js",
        "data/orders.csv",
        "data/orders.json",
    } <= set(tree)
    assert {"feeds/hana.xml", "feeds/mateo.xml", "feeds/priya.xml"} <= set(tree)
    assert "badges/orders.svg" in tree
    assert "badges/largest.svg" not in tree, "rows have no badge"


def test_every_tag_closes_in_order(pages: dict[str, PageFacts]) -> None:
    assert {path: page.faults for path, page in pages.items() if page.faults} == {}


def test_ids_are_unique_and_what_refers_to_one_finds_it(pages: dict[str, PageFacts]) -> None:
    wrong = []
    for path, page in pages.items():
        ids = page.ids
        wrong += [f"{path}: id {name} twice" for name in set(ids) if ids.count(name) > 1]
        for element in page.elements:
            for attribute in (
                "aria-labelledby",
                "aria-controls",
                "for",
                "data-copy-from",
                "popovertarget",
            ):
                for name in element.attrs.get(attribute, "").split():
                    if name not in ids:
                        wrong.append(f"{path}: {attribute}={name} leads nowhere")
            href = element.attrs.get("href", "")
            if element.tag == "use" and href.removeprefix("#") not in ids:
                wrong.append(f"{path}: icon {href} is not in the page")
    assert wrong == []


def test_every_link_leads_to_a_file_of_the_tree(tree: Tree, pages: dict[str, PageFacts]) -> None:
    wrong = []
    for path, page in pages.items():
        for element in page.elements:
            for attribute in ("href", "src", "data-plotly", "data-plotly-css"):
                address = element.attrs.get(attribute)
                if address is None or element.tag == "use":
                    continue
                parts = urlsplit(address)
                if parts.scheme in ("https", "mailto"):
                    continue
                assert not parts.scheme, f"{path}: {address}"
                assert not address.startswith("/"), f"{path}: {address} works on no sub-path"
                target = (
                    posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
                    if parts.path
                    else path
                )
                if target not in tree:
                    wrong.append(f"{path}: {address}")
                elif (
                    parts.fragment
                    and target in pages
                    and unquote(parts.fragment) not in pages[target].ids
                ):
                    wrong.append(f"{path}: {address} has no such anchor")
    assert wrong == []


def test_no_two_regions_of_a_page_have_one_name(pages: dict[str, PageFacts]) -> None:
    """A number may be drawn twice on a dashboard, so its panels are no regions."""
    for path, page in pages.items():
        named = {
            element.attrs["id"]: words(element)
            for element in page.elements
            if "id" in element.attrs
        }
        names = [
            named[region.attrs["aria-labelledby"]]
            for region in page.all("section")
            if "aria-labelledby" in region.attrs
        ]
        assert len(names) == len(set(names)), f"{path}: {names}"


def test_pages_work_under_the_strict_policy(pages: dict[str, PageFacts]) -> None:
    for path, page in pages.items():
        policies = [
            e.attrs["content"]
            for e in page.all("meta")
            if e.attrs.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policies == [CSP], path
        for element in page.elements:
            assert "style" not in element.attrs, f"{path}: {element}"
            assert element.tag != "style", path
            handlers = [name for name in element.attrs if name.startswith("on")]
            assert not handlers, f"{path}: {element}"
            if element.tag == "script" and "src" not in element.attrs:
                assert element.attrs.get("type") == "application/json", path


def test_links_to_other_sites_tell_them_nothing(pages: dict[str, PageFacts]) -> None:
    outside = [
        e
        for page in pages.values()
        for e in page.all("a")
        if e.attrs.get("href", "").startswith("http")
    ]
    assert outside
    assert all(
        "noopener" in element.attrs.get("rel", "")
        for element in outside
        if "kettlewick.example/team" not in element.attrs["href"]
    )


def test_every_page_has_one_heading_a_title_and_a_description(framed: dict[str, PageFacts]) -> None:
    titles = [page.all("title")[0].text for page in framed.values()]
    assert len(set(titles)) == len(titles)
    for path, page in framed.items():
        assert len(page.all("h1")) == 1, path
        described = [
            e.attrs["content"] for e in page.all("meta") if e.attrs.get("name") == "description"
        ]
        assert described, path
        assert all(described), path


def test_every_page_leads_to_every_section(framed: dict[str, PageFacts]) -> None:
    for path, page in framed.items():
        sections = "Pre-read Scorecard Numbers Dashboards Changes"
        assert words(page.one("nav", "nav")).startswith(sections), path


@pytest.mark.slow
def test_same_input_in_any_order_gives_the_same_bytes(tree: Tree) -> None:
    rng = random.Random(7)

    def shuffled(mapping: Mapping[str, Any]) -> dict[str, Any]:
        items = list(mapping.items())
        rng.shuffle(items)
        return dict(items)

    site = site_sample.site("team")
    manifest = replace(
        site.manifest,
        views=shuffled(site.manifest.views),
        metrics=shuffled(site.manifest.metrics),
        objectives=shuffled(site.manifest.objectives),
        sources=shuffled(site.manifest.sources),
    )
    results = replace(
        site.results,
        results=shuffled(site.results.results),
        objectives=shuffled(site.results.objectives),
    )
    lineage = replace(
        site.lineage, items=shuffled(site.lineage.items), sources=shuffled(site.lineage.sources)
    )
    told = list(site.revisions)
    rng.shuffle(told)
    again = render_site(
        replace(site, manifest=manifest, results=results, lineage=lineage, revisions=tuple(told))
    )
    assert [each.path for each in again] == sorted(tree)
    assert [each.path for each in again if each.content != tree[each.path]] == []


def test_pages_stay_within_their_weight(tree: Tree) -> None:
    pages = {path: content for path, content in tree.items() if path.endswith(".html")}
    packed = {path: len(gzip.compress(content, 6, mtime=0)) for path, content in pages.items()}
    assert [path for path, size in packed.items() if size > 40_000] == []


def test_shared_files_stay_within_their_weight(tree: Tree) -> None:
    shared = [tree["search-index.js"]]
    names = re.compile(r"assets/(style\.\w+\.css|site\.\w+\.js)")
    shared += [content for path, content in tree.items() if names.fullmatch(path)]
    assert len(shared) == 3
    assert sum(len(gzip.compress(content, 6, mtime=0)) for content in shared) < 24_000


def test_shared_files_are_named_by_their_content(tree: Tree) -> None:
    for path, content in tree.items():
        if path.startswith("assets/"):
            mark = path.split(".")[1]
            assert hashlib.sha256(content).hexdigest().startswith(mark), path


def test_dark_is_the_same_dark_by_choice_and_by_system() -> None:
    css = STATIC.joinpath("tokens.css").read_text(encoding="utf-8")
    by_system = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\n  \}', css, re.S)
    by_choice = re.search(r':root\[data-theme="dark"\] \{(.*?)\n  \}', css, re.S)
    assert by_system
    assert by_choice
    assert by_system.group(1).split() == by_choice.group(1).split()


def test_style_sheets_name_no_raw_colour_and_fetch_nothing() -> None:
    for name in ("site.css", "charts.css"):
        css = re.sub(
            r"/\*.*?\*/", "", STATIC.joinpath(name).read_text(encoding="utf-8"), flags=re.S
        )
        screen = css.partition("@media print")[0]
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?!-)", re.sub(r"url\(#[\w-]+\)", "", screen)), (
            name
        )
        assert not re.search(r"@import|url\((?!#)", css), name


def test_without_charts_there_is_no_plotly() -> None:
    only = {
        "sharekit.toml": '[project]\nname = "One"\n',
        "metrics/runway.sql": "/* ---\ntitle: Runway\n--- */\nSELECT 14.2 AS value\n",
    }
    site = site_sample.site("everyone", only, told=False)
    paths = [each.path for each in render_site(site)]
    assert not [
        path for path in paths if "plotly" in path or ("charts." in path and path.endswith(".js"))
    ]
    assert "index.html" in paths
    assert "okrs/index.html" not in paths


@pytest.mark.slow
def test_work_on_many_cores_gives_the_same_bytes() -> None:
    """With another thread alive nothing is forked: the tree is then made in this process alone."""
    files = {"sharekit.toml": '[project]\nname = "Many"\n'} | {
        f"metrics/m{n:03}.sql": f"/* ---\ntitle: Number {n}\n--- */\nSELECT week, value FROM t\n"
        for n in range(90)
    }
    rows = {f"m{n:03}": site_sample.ROWS["churn"] for n in range(90)}
    site = site_sample.site("everyone", files, told=False, rows=rows)
    spread = render_site(site)
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        assert render_site(site) == spread
    finally:
        over.set()
        other.join()
